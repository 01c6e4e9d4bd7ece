"""Serve the simulator on loopback."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from pos.simulator.app import Receive, Scope, Send, Simulator
from pos.simulator.base import ConnectionDropped
from pos.simulator.listeners import HOST, Listeners


class _DroppingProtocol(H11Protocol):
    """HTTP/1.1 that closes the socket without an answer on ConnectionDropped."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        inner: Any = self.app

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            try:
                await inner(scope, receive, send)
            except ConnectionDropped:
                self.transport.abort()
                await self.cycle.receive()  # until uvicorn noticed the closed connection

        self.app = app


class _EmbeddedServer(uvicorn.Server):
    """A server without signal handlers; ``listeners`` are its further sockets."""

    listeners: Listeners

    def protocol(self) -> asyncio.Protocol:
        """Return the protocol of a connection to any of the sockets."""
        return _DroppingProtocol(self.config, self.server_state, self.lifespan.state)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        await self.listeners.open()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.listeners.close()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class RunningSimulator:
    """A running simulator: ``base_url`` until :meth:`stop`."""

    def __init__(self, simulator: Simulator, port: int = 0) -> None:
        if not 0 <= port < 2**16:
            raise OverflowError(
                "ports go from 0 to 65535"
            )  # socket.create_server raises it too, but leaves a socket open
        self._socket = socket.create_server((HOST, port))
        self.base_url = f"http://{HOST}:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(
            simulator.app, log_config=None, access_log=False, lifespan="off", date_header=False, http=_DroppingProtocol,
            timeout_graceful_shutdown=1,
        )  # fmt: skip
        self._server = _EmbeddedServer(config)
        self._server.listeners = Listeners(simulator.dialects, simulator.scenarios, self._server.protocol)
        simulator.context.listeners = self._server.listeners
        self.announcement = simulator.announcement(self.base_url, self._server.listeners.addresses)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> RunningSimulator:
        self._task = asyncio.ensure_future(self._server.serve([self._socket]))
        return self  # the sockets listen already: early connections wait in their queues

    async def wait(self) -> None:
        """Serve until stopped."""
        if self._task is not None:
            await self._task

    async def stop(self) -> None:
        self._server.should_exit = True
        await self.wait()
