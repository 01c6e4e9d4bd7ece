"""uvicorn inside the register's own I/O loop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pos.errors import ConfigError
from pos.i18n import N_, msg

if TYPE_CHECKING:
    import uvicorn
    from starlette.applications import Starlette


class PageServer:
    """Serves ``app`` on an address until :meth:`stop`."""

    def __init__(self, app: Starlette, host: str, port: int) -> None:
        self._app = app
        self._host = host
        self._port = port
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> int:
        """Listen; the port (port 0 takes a free one). Raises ConfigError when the address is taken."""
        listening = self._listen()
        self._server = _server(self._app)
        self._task = asyncio.ensure_future(self._server.serve([listening]))
        port: int = listening.getsockname()[1]
        return port

    async def stop(self) -> None:
        """Finish what is being answered, then close."""
        if self._task is not None:
            self._server.should_exit = True
            await self._task
            self._task = None

    def _listen(self) -> socket.socket:
        try:
            return socket.create_server((self._host, self._port))
        except OSError as error:
            text = N_("The page server cannot listen on {address}.")
            address = f"{self._host}:{self._port}"
            raise ConfigError(msg(text, address=address), detail=str(error)) from error


def _server(app: Starlette) -> uvicorn.Server:
    import uvicorn

    class Guest(uvicorn.Server):
        """A server that leaves the signals to the program it is a guest of."""

        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

    return Guest(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", server_header=False))
