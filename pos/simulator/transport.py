"""The simulator without sockets, for tests on a virtual clock."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field

import httpx

from pos.simulator.app import Simulator
from pos.simulator.base import ConnectionDropped
from pos.simulator.scenarios import Fault


@dataclass
class NetworkFaults:
    """Faults of the network between register and gateways. Probabilities are per call, drawn from ``source``."""

    source: random.Random
    refused: float = 0.0  # N1: nothing is listening
    unrouted: float = 0.0  # N1: the connection times out
    lost_request: float = 0.0  # N2: the connection breaks before the gateway read it
    down: set[str] = field(default_factory=set)  # gateways that refuse every connection


class InProcess(httpx.AsyncBaseTransport):
    """Calls the application directly, with faults of the network and the client's time-outs."""

    def __init__(self, simulator: Simulator, network: NetworkFaults | None = None) -> None:
        self._inner = httpx.ASGITransport(app=simulator.app)
        self._scenarios = simulator.scenarios
        self._network = network or NetworkFaults(random.Random(0))
        self._late: set[asyncio.Future[httpx.Response]] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._connect(request)
        wait = request.extensions.get("timeout", {}).get("read")
        work = asyncio.ensure_future(self._answered(request))
        # A time-out of the client does not stop the gateway: it may store the order later.
        done, _ = await asyncio.wait((work,), timeout=wait)
        if not done:
            self._late.add(work)
            work.add_done_callback(self._late.discard)
            raise httpx.ReadTimeout("no answer", request=request)
        return work.result()

    async def _answered(self, request: httpx.Request) -> httpx.Response:
        try:
            return await self._inner.handle_async_request(request)
        except ConnectionDropped as error:
            raise httpx.ReadError("connection dropped", request=request) from error

    def _connect(self, request: httpx.Request) -> None:
        network, draw = self._network, self._network.source.random()
        gateway = request.url.path.strip("/").partition("/")[0]
        outage = self._scenarios.outage(gateway)
        if outage is Fault.REFUSED or gateway in network.down or draw < network.refused:
            raise httpx.ConnectError("connection refused", request=request)
        if outage is Fault.CONNECT_TIMEOUT or draw < network.refused + network.unrouted:
            raise httpx.ConnectTimeout("no route", request=request)
        if draw < network.refused + network.unrouted + network.lost_request:
            raise httpx.ReadError("reset", request=request)
