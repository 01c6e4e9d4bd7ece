"""Faults before a request is sent, simulated with real sockets and called with the register's wire."""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import Coroutine
from typing import Any

import httpx
import pytest

from pos.errors import GatewayError, NoAnswer, NotSent
from pos.gateways.http import Reply, Wire, translated
from pos.runtime import SystemClock
from pos.simulator.app import Simulator
from pos.simulator.serve import RunningSimulator

NAMES = ("opay", "wanpay", "qfpay", "mypay", "opay_periodic")
PATHS = {
    "opay": "/WxAPI/Create",
    "opay_periodic": "/Cashier/AioCheckOut/V4",
    "wanpay": "/wxzfservice/orderquery",
    "qfpay": "/trade/v1/query",
    "mypay": "/api/init",
}


class Setup:
    """A running simulator, a script at its control, and a register's wire."""

    def __init__(self, served: RunningSimulator, simulator: Simulator) -> None:
        self.announced = served.announcement
        self.simulator = simulator
        self._script = httpx.AsyncClient(base_url=self.announced["control"], trust_env=False)

    async def plan(self, **fields: Any) -> dict[str, Any]:
        answer = await self._script.post("/scenarios", json=fields)
        found: dict[str, Any] = answer.raise_for_status().json()
        return found

    async def clear(self) -> None:
        (await self._script.delete("/scenarios")).raise_for_status()

    async def call(self, name: str, address: str = "") -> Reply:
        wire = Wire(name, SystemClock())
        try:
            return await wire.post_form((address or self.announced[name]) + PATHS[name], {"a": "1"})
        finally:
            await wire.aclose()

    async def refusal(self, name: str, address: str = "") -> GatewayError:
        with pytest.raises(GatewayError) as caught:
            await self.call(name, address)
        return caught.value

    async def close(self) -> None:
        await self._script.aclose()


def run_served(check: Any) -> None:
    async def whole() -> None:
        simulator = Simulator(SystemClock(), random.Random(3))
        served = await RunningSimulator(simulator).start()
        setup = Setup(served, simulator)
        try:
            await check(setup)
        finally:
            await setup.close()
            await served.stop()

    work: Coroutine[Any, Any, None] = whole()
    asyncio.run(work)


def test_each_gateway_has_an_address_and_answers_there() -> None:
    async def check(setup: Setup) -> None:
        assert len({setup.announced[name] for name in NAMES}) == len(NAMES)
        for name in NAMES:
            assert (await setup.call(name)).body
            assert (await setup.call(name, setup.announced["control"].replace("control", name))).body

    run_served(check)


@pytest.mark.parametrize("name", NAMES)
def test_n1_a_gateway_without_a_listener_refuses_and_the_others_work(name: str) -> None:
    async def check(setup: Setup) -> None:
        await setup.plan(fault="refused", gateway=name)
        for _again in range(2):
            error = await setup.refusal(name)
            assert isinstance(error, NotSent)
            assert error.detail.startswith("ConnectError: [")  # followed by the operating system's error number
        for other in set(NAMES) - {name}:
            assert (await setup.call(other)).body
        await setup.plan(fault="refused", gateway=name, times=0)
        assert (await setup.call(name)).body

    run_served(check)


def test_n1_all_gateways_are_down_until_all_is_cleared() -> None:
    async def check(setup: Setup) -> None:
        await setup.plan(fault="refused")
        for name in NAMES:
            assert isinstance(await setup.refusal(name), NotSent)
        await setup.clear()
        for name in NAMES:
            assert (await setup.call(name)).body

    run_served(check)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not leave a caller waiting at a full queue")
def test_n1_a_connection_that_is_never_made_means_not_sent() -> None:
    async def check(setup: Setup) -> None:
        await setup.plan(fault="connect_timeout", gateway="mypay")
        async with httpx.AsyncClient(trust_env=False, timeout=httpx.Timeout(5, connect=0.3)) as client:
            with pytest.raises(httpx.ConnectTimeout) as caught:
                await client.post(setup.announced["mypay"] + PATHS["mypay"])
        assert isinstance(translated(caught.value), NotSent)
        assert (await setup.call("opay")).body
        await setup.clear()
        assert (await setup.call("mypay")).body

    run_served(check)


def test_n2_a_connection_that_breaks_means_no_answer() -> None:
    async def check(setup: Setup) -> None:
        await setup.plan(fault="drop_before", gateway="mypay")
        assert isinstance(await setup.refusal("mypay"), NoAnswer)
        assert (await setup.call("mypay")).body

    run_served(check)


@pytest.mark.parametrize(("fault", "reason"), [("bad_certificate", "certificate"), ("old_tls", "no safe connection")])
@pytest.mark.parametrize("name", NAMES)
def test_n4_an_address_that_is_not_safe_gets_nothing(name: str, fault: str, reason: str) -> None:
    async def check(setup: Setup) -> None:
        addresses = (await setup.plan(fault=fault, gateway=name))["addresses"][fault]
        assert addresses[name].startswith("https://127.0.0.1:")
        error = await setup.refusal(name, addresses[name])
        assert isinstance(error, NotSent)
        assert reason in str(error)
        assert (await setup.call(name)).body  # its http address still works
        await setup.clear()
        assert "cannot be reached" in str(await setup.refusal(name, addresses[name]))

    run_served(check)
