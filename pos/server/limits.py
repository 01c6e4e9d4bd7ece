"""Limits of the page server's connections: in total, from one address, and in time.

uvicorn has no such limits, and each connection uses a file descriptor that the calls to the gateways need.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from pos.runtime import Clock

MOST_DESCRIPTORS: Final = 65_536
"""Upper bound when the soft limit of file descriptors is raised to the hard one."""

FEW_DESCRIPTORS: Final = 256
"""Assumed if the system does not report its limit (Windows: 512 by the C library, none for sockets)."""

ACCEPTED_AT_ONCE: Final = 16
"""Connections that are accepted at once before the limit can close any (asyncio's ``backlog``)."""

KEEP_ALIVE: Final = 2
"""Seconds that a connection may idle after an answer."""

LOG_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits. ``total`` and ``per_address`` are connections, the others seconds.

    ``per_address`` is high enough for a reverse proxy, whose connections all have one address: it forwards a request
    when it has all of it, so each connection lasts for milliseconds. It is low enough that one address cannot use all
    connections. When a limit is reached, the connection that has waited longest for its request is closed, so a phone
    or a gateway that sends its request at once is served among any number of idle connections.
    """

    total: int = 128
    per_address: int = 64
    header: float = 10.0
    body: float = 10.0
    answer: float = 30.0


def limits_here(limits: Limits | None = None) -> Limits:
    """Raise the limit of file descriptors, and return limits that leave at least half of them for the gateways."""
    limits = limits or Limits()
    total = max(1, min(limits.total, raised_descriptors() // 2))
    return Limits(total, min(limits.per_address, total), limits.header, limits.body, limits.answer)


def raised_descriptors() -> int:
    """Raise the soft limit of file descriptors to the hard one, and return the new limit."""
    try:
        import resource
    except ImportError:  # Windows
        return FEW_DESCRIPTORS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, MOST_DESCRIPTORS)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return MOST_DESCRIPTORS if soft == resource.RLIM_INFINITY else soft
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (OSError, ValueError):  # macOS allows less than it reports
        return soft
    return wanted


class Connections:
    """The open connections."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.dropped = 0
        self._open: dict[LimitedProtocol, None] = {}

    def add(self, new: LimitedProtocol) -> None:
        """Add a connection. If there are too many, close the one that has waited longest for its request."""
        self._open[new] = None
        same = [one for one in self._open if one.address == new.address]
        candidates = same if len(same) > self.limits.per_address else list(self._open)
        if len(same) <= self.limits.per_address and len(self._open) <= self.limits.total:
            return
        self.dropped += 1
        min(candidates, key=lambda one: (not one.is_waiting, one.waiting_since)).drop()

    def remove(self, gone: LimitedProtocol) -> None:
        """Remove a connection."""
        self._open.pop(gone, None)


class LimitedProtocol(H11Protocol):
    """uvicorn's HTTP/1.1 with a deadline for each phase of a request: its header, its body, its answer."""

    registry: Connections

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn narrows the type too
        super().connection_made(transport)
        self.address = self.client[0] if self.client else ""
        self.waiting_since = self.loop.time()
        self._phase = ""
        self._deadline: asyncio.TimerHandle | None = None
        self._follow_phase()
        self.registry.add(self)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._follow_phase()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._follow_phase()

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_deadline()
        self.registry.remove(self)
        super().connection_lost(exc)

    @property
    def is_waiting(self) -> bool:
        """Return whether the client has not sent the whole of a request."""
        return self._phase != "answer"

    def drop(self) -> None:
        """Close the connection at once, without sending the rest."""
        self._cancel_deadline()
        self.registry.remove(self)
        self.transport.abort()

    def _follow_phase(self) -> None:
        phase = self._phase_now()
        if phase == self._phase:
            return
        self._cancel_deadline()
        self._phase, self.waiting_since = phase, self.loop.time()
        seconds = {"header": self.registry.limits.header, "body": self.registry.limits.body}
        self._deadline = self.loop.call_later(seconds.get(phase, self.registry.limits.answer), self.drop)

    def _phase_now(self) -> str:
        if self.conn.their_state is h11.SEND_BODY:
            return "body"
        is_answered = self.cycle is None or self.cycle.response_complete
        return "header" if is_answered and self.conn.their_state is h11.IDLE else "answer"

    def _cancel_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def protocol_of(registry: Connections) -> type[LimitedProtocol]:
    """Return a protocol class whose connections are counted in ``registry``."""
    return type("CountedProtocol", (LimitedProtocol,), {"registry": registry})


class LogLimit(logging.Filter):
    """A log filter that passes one line per minute and message template, with the number of lines left out.

    With ``beginning``, only lines that begin with it are limited.
    """

    def __init__(self, clock: Clock, beginning: str = "") -> None:
        super().__init__()
        self._clock = clock
        self._beginning = beginning
        self._kinds: dict[str, tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        kind: Any = record.msg if isinstance(record.msg, str) else type(record.msg).__name__
        if not kind.startswith(self._beginning):
            return True
        now = self._clock.monotonic()
        since, left_out = self._kinds.get(kind, (now - LOG_SECONDS, 0))
        if now - since < LOG_SECONDS:
            self._kinds[kind] = since, left_out + 1
            return False
        self._kinds[kind] = now, 0
        if left_out:
            record.msg = f"{record.getMessage()} ({left_out} more since the last line)"
            record.args = ()
        return True
