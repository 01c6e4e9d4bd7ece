"""Run uvicorn in the register's I/O loop, with the limits of :mod:`pos.server.limits`."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from pos.errors import ConfigError
from pos.i18n import N_, msg
from pos.os_errors import reason
from pos.runtime import SystemClock

if TYPE_CHECKING:
    import uvicorn
    from starlette.applications import Starlette

    from pos.server.limits import Limits


LAST_REQUESTS: Final = 3
"""Seconds that requests in progress have when the server stops."""


class PageServer:
    """Serves ``app`` on an address until :meth:`stop`.

    A reverse proxy on this machine may name the clients in ``X-Forwarded-For``; clients behind any other proxy all
    count as the proxy's address.
    """

    def __init__(self, app: Starlette, host: str, port: int, limits: Limits | None = None) -> None:
        self._app = app
        self._limits = limits
        self._host = host
        self._port = port
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> int:
        """Listen and return the port; port 0 chooses a free one. Raises ConfigError if the address is in use."""
        from pos.server.limits import limits_here

        listening = self._listen()
        self._server = _server(self._app, limits_here(self._limits))
        self._limit_logs()
        self._task = asyncio.ensure_future(self._server.serve([listening]))
        port: int = listening.getsockname()[1]
        return port

    async def stop(self) -> None:
        """Finish the requests in progress, for :data:`LAST_REQUESTS` seconds at most, then close."""
        if self._task is not None:
            self._server.should_exit = True
            await self._task
            self._task = None
            for name, limit in self._log_limits.items():
                logging.getLogger(name).removeFilter(limit)

    def _limit_logs(self) -> None:
        """Limit the log lines of uvicorn and asyncio, so that bad requests or a lack of descriptors do not fill the
        log."""
        from pos.server.limits import LogLimit

        clock = SystemClock()
        self._log_limits = {"uvicorn.error": LogLimit(clock), "asyncio": LogLimit(clock, "socket.accept()")}
        for name, limit in self._log_limits.items():
            logging.getLogger(name).addFilter(limit)

    def _listen(self) -> socket.socket:
        try:
            return socket.create_server((self._host, self._port))
        except OSError as error:
            text = N_("The page server cannot listen on {address}: {problem}. Check [server] listen.")
            address = f"{self._host}:{self._port}"
            raise ConfigError(msg(text, address=address, problem=reason(error).spoken()), str(error)) from error


def _server(app: Starlette, limits: Limits) -> uvicorn.Server:
    import uvicorn

    from pos.server.limits import ACCEPTED_AT_ONCE, KEEP_ALIVE, Connections, protocol_of

    class EmbeddedServer(uvicorn.Server):
        """A server that installs no signal handlers."""

        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

    config = uvicorn.Config(
        app,
        http=protocol_of(Connections(limits)),
        ws="none",
        backlog=ACCEPTED_AT_ONCE,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=LAST_REQUESTS,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
    )
    return EmbeddedServer(config)
