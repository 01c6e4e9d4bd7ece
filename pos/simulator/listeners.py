"""The sockets of the gateways: an address for each, so that one can be down while the others work (N1, N4).

An application behind an open port cannot refuse a connection: the client has sent its request before, and a reset is
then a lost answer (N2). So the listening socket itself is closed. "No route" and "unknown host" need no server: use
addresses like https://192.0.2.1 and https://gateway.invalid.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import sys
from collections.abc import Callable, Iterable

from pos.simulator.orders import ActionRefused
from pos.simulator.scenarios import Fault, Scenarios

HOST = "127.0.0.1"
QUEUE_FILLERS = 3
"""Connections that fill the queue of a socket that accepts none."""

Protocol = Callable[[], asyncio.Protocol]


class Listener:
    """A port that is kept for one gateway. It listens from the start; early connections wait until it is opened."""

    def __init__(self, protocol: Protocol, context: ssl.SSLContext | None = None) -> None:
        self._protocol = protocol
        self._context = context
        self._sockets = [socket.create_server((HOST, 0))]
        self.port: int = self._sockets[0].getsockname()[1]
        self._server: asyncio.Server | None = None
        self._outage: Fault | None = None

    async def open(self) -> None:
        """Serve the connections."""
        listening = self._sockets.pop() if self._sockets else _bound(self.port)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._protocol, sock=listening, ssl=self._context)

    async def set_outage(self, outage: Fault | None) -> None:
        """Start or end an outage: REFUSED or CONNECT_TIMEOUT; None serves again."""
        if outage is self._outage:
            return
        self.close()
        self._outage = outage
        if outage is None:
            await self.open()
        else:
            self._sockets = [_bound(self.port)]  # refuses, and keeps the port reserved
        if outage is Fault.CONNECT_TIMEOUT:
            self._sockets += _fill_queue(self._sockets[0], self.port)

    def close(self) -> None:
        """Release the port."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for one in self._sockets:
            one.close()
        self._sockets = []


class Listeners:
    """The listeners of the gateways ``names``; ``protocol`` serves a connection to any of them."""

    def __init__(self, names: Iterable[str], scenarios: Scenarios, protocol: Protocol) -> None:
        self._scenarios = scenarios
        self._protocol = protocol
        self._listeners = {name: Listener(protocol) for name in names}
        self._tls_listeners: dict[Fault, Listener] = {}

    @property
    def addresses(self) -> dict[str, str]:
        """The addresses by gateway."""
        return {name: f"http://{HOST}:{listener.port}/{name}" for name, listener in self._listeners.items()}

    async def open(self) -> None:
        """Open all listeners."""
        for listener in self._listeners.values():
            await listener.open()

    async def apply_scenarios(self) -> dict[str, dict[str, str]]:
        """See :class:`pos.simulator.base.Listeners`. Raises ActionRefused if this system cannot simulate a fault."""
        outages = {name: self._scenarios.outage(name) for name in self._listeners}
        if Fault.CONNECT_TIMEOUT in outages.values() and sys.platform != "linux":
            raise ActionRefused("only Linux leaves a caller waiting at a full queue")
        for name, listener in self._listeners.items():
            await listener.set_outage(outages[name])
        await self._apply_tls_faults()
        return {
            fault.value: {name: f"https://{HOST}:{listener.port}/{name}" for name in self._listeners}
            for fault, listener in self._tls_listeners.items()
        }

    async def _apply_tls_faults(self) -> None:
        wanted = self._scenarios.tls_faults
        for fault in wanted - self._tls_listeners.keys():
            self._tls_listeners[fault] = Listener(self._protocol, _context(fault))
            await self._tls_listeners[fault].open()
        for fault in self._tls_listeners.keys() - wanted:
            self._tls_listeners.pop(fault).close()

    def close(self) -> None:
        """Close all listeners."""
        for listener in (*self._listeners.values(), *self._tls_listeners.values()):
            listener.close()


def _context(fault: Fault) -> ssl.SSLContext:
    from pos.simulator.certificate import self_signed, self_signed_old_tls  # slow to import, seldom needed

    return self_signed_old_tls() if fault is Fault.OLD_TLS else self_signed()


def _bound(port: int) -> socket.socket:
    """Return a socket that is bound but not listening.

    Without SO_REUSEADDR, POSIX refuses a port whose connections just ended; with it, Windows lets two sockets share it.
    """
    made = socket.socket()
    if sys.platform != "win32":
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind((HOST, port))
    return made


def _fill_queue(listening: socket.socket, port: int) -> list[socket.socket]:
    """Fill the queue of a listening socket: Linux then neither accepts nor refuses further connections."""
    listening.listen(0)
    fillers = [socket.socket() for _ in range(QUEUE_FILLERS)]
    for one in fillers:
        one.setblocking(False)
        one.connect_ex((HOST, port))
    return fillers
