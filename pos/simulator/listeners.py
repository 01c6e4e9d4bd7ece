"""Where the gateways are called: an address each, so that one can be gone while the others work (N1, N4).

An application behind an open port cannot refuse a connection: its caller has sent before it answers, and a socket
that is reset then is a lost answer (N2). So the listening socket itself goes away. No route and a name that DNS does
not know are played by no server at all: they are addresses, as https://192.0.2.1 and https://gateway.invalid.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import sys
from collections.abc import Callable, Iterable

from pos.simulator.orders import CannotBe
from pos.simulator.scenarios import Fault, Scenarios

HOST = "127.0.0.1"
CROWD = 3
"""Connections that fill the queue of a socket which accepts none."""

Protocol = Callable[[], asyncio.Protocol]


class Door:
    """One port, its own for good. It listens from the beginning; who calls before it is opened waits."""

    def __init__(self, protocol: Protocol, context: ssl.SSLContext | None = None) -> None:
        self._protocol = protocol
        self._context = context
        self._sockets = [socket.create_server((HOST, 0))]
        self.port: int = self._sockets[0].getsockname()[1]
        self._server: asyncio.Server | None = None
        self._away: Fault | None = None

    async def open(self) -> None:
        """Serve who calls."""
        listening = self._sockets.pop() if self._sockets else _bound(self.port)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._protocol, sock=listening, ssl=self._context)

    async def become(self, away: Fault | None) -> None:
        """Open, or away in this manner."""
        if away is self._away:
            return
        self.close()
        self._away = away
        if away is None:
            await self.open()
        else:
            self._sockets = [_bound(self.port)]  # refuses, and keeps the port from others
        if away is Fault.CONNECT_TIMEOUT:
            self._sockets += _crowded(self._sockets[0], self.port)

    def close(self) -> None:
        """Let go of the port."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for one in self._sockets:
            one.close()
        self._sockets = []


class Doors:
    """The addresses of the gateways ``names``; ``protocol`` serves a connection of any of them."""

    def __init__(self, names: Iterable[str], scenarios: Scenarios, protocol: Protocol) -> None:
        self._scenarios = scenarios
        self._protocol = protocol
        self._own = {name: Door(protocol) for name in names}
        self._unsafe: dict[Fault, Door] = {}

    @property
    def addresses(self) -> dict[str, str]:
        """By gateway."""
        return {name: f"http://{HOST}:{door.port}/{name}" for name, door in self._own.items()}

    async def open(self) -> None:
        """All of them."""
        for door in self._own.values():
            await door.open()

    async def follow(self) -> dict[str, dict[str, str]]:
        """See :class:`pos.simulator.world.Doors`. Raises CannotBe where this system cannot play it."""
        away = {name: self._scenarios.away(name) for name in self._own}
        if Fault.CONNECT_TIMEOUT in away.values() and sys.platform != "linux":
            raise CannotBe("only Linux leaves a caller waiting at a full queue")
        for name, door in self._own.items():
            await door.become(away[name])
        await self._follow_unsafe()
        return {
            fault.value: {name: f"https://{HOST}:{door.port}/{name}" for name in self._own}
            for fault, door in self._unsafe.items()
        }

    async def _follow_unsafe(self) -> None:
        wanted = self._scenarios.unsafe
        for fault in wanted - self._unsafe.keys():
            self._unsafe[fault] = Door(self._protocol, _context(fault))
            await self._unsafe[fault].open()
        for fault in self._unsafe.keys() - wanted:
            self._unsafe.pop(fault).close()

    def close(self) -> None:
        """None of them answers any more."""
        for door in (*self._own.values(), *self._unsafe.values()):
            door.close()


def _context(fault: Fault) -> ssl.SSLContext:
    from pos.simulator.certificate import outdated, unvouched  # slow to load, and seldom asked for

    return outdated() if fault is Fault.OLD_TLS else unvouched()


def _bound(port: int) -> socket.socket:
    """Bound and not listening. POSIX holds a port back from a socket whose connections just ended, without the option;
    Windows would let two share it, with the option."""
    made = socket.socket()
    if sys.platform != "win32":
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind((HOST, port))
    return made


def _crowded(listening: socket.socket, port: int) -> list[socket.socket]:
    """Fill a queue of none: Linux answers no further caller, neither with yes nor with no."""
    listening.listen(0)
    crowd = [socket.socket() for _ in range(CROWD)]
    for one in crowd:
        one.setblocking(False)
        one.connect_ex((HOST, port))
    return crowd
