"""Genuine and forged notices over HTTP."""

from __future__ import annotations

import asyncio
import json
import logging
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest

from pos.domain.payment import Attempt, Tender
from pos.domain.refund import RefundState
from pos.domain.staff import Action
from pos.domain.states import State
from pos.gateways.base import Gateway
from pos.gateways.http import Wire
from pos.gateways.signing import qfpay_body_sign, wanpay_sign
from pos.server.admission import LOGGED_SOURCES, PER_ADDRESS
from pos.server.app import REFUSED
from pos.simulator.scenarios import Fault
from pos.simulator.transport import InProcess
from pos.store import journal
from tests.support.access import permit
from tests.support.registers import SimulatedShop
from tests.support.rows import wrong
from tests.support.sample import examples
from tests.support.virtual import VirtualDay


@pytest.fixture
def day() -> Iterator[VirtualDay]:
    with VirtualDay() as virtual:
        yield virtual


class Outside:
    """A client of the shop's server with any address."""

    def __init__(self, shop: SimulatedShop) -> None:
        self.shop = shop
        self.app = shop.page_app()

    async def post(
        self, gateway: str, body: bytes, address: str = "203.0.113.9", headers: dict[str, str] | None = None
    ) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.app, client=(address, 40_000))
        async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
            return await client.post(f"/notify/{gateway}", content=body, headers=headers)

    def send(
        self, gateway: str, body: bytes, address: str = "203.0.113.9", headers: dict[str, str] | None = None
    ) -> httpx.Response:
        return self.shop.day.run(self.post(gateway, body, address, headers))


def wanpay_notice(shop: SimulatedShop, number: str, status: str = "0000") -> bytes:
    fields = {"orgno": "21008024", "out_trade_no": number, "status": status, "total_fee": "125000"}
    fields["sign"] = wanpay_sign(fields, shop.simulator.credentials["wanpay"]["key"])
    return urlencode(fields).encode()


def rows(shop: SimulatedShop) -> int:
    return journal.last(shop.database)[0]


def test_the_form_of_a_payment_page_sent_back_repeatedly_is_refused(day: VirtualDay) -> None:
    shop = SimulatedShop(day)
    attempt = shop.take(Tender.WECHAT, 125, gateway="opay")
    transport = httpx.ASGITransport(app=shop.page_app())

    async def opened() -> str:
        async with httpx.AsyncClient(transport=transport, base_url="http://shop") as phone:
            return (await phone.get(f"/pay/{attempt.page_token}")).text

    import html
    import re

    page = day.run(opened())
    fields = {name: html.unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', page)}
    assert "Data" in fields
    outside, before = Outside(shop), rows(shop)
    for _ in range(300):
        assert outside.send("opay", urlencode(fields).encode()).status_code == 503
    assert rows(shop) == before
    shop.stop()


FORGED = examples(1000, 200)
"""Forged notices, and as many replayed ones, among 100 genuine ones."""

SPREAD = 3.0
"""Seconds between two genuine notices: a gateway is queried at most twice a second, for other payments too."""


@pytest.mark.parametrize("addresses", [1, 500])
def test_genuine_notices_settle_in_two_seconds_among_replays_and_forgeries(day: VirtualDay, addresses: int) -> None:
    shop, dice = SimulatedShop(day), random.Random(3)
    old = [shop.take(Tender.ATM, 1250, gateway="wanpay") for _ in range(101)]
    shop.parts.poller.close()  # the register is off for two hours
    shop.pass_time(2 * 3600)
    shop.resume()
    shop.pass_time(120)
    outside, replayed, true = Outside(shop), old[0], old[1:]
    shop.customer_pays(replayed)
    outside.send("wanpay", wanpay_notice(shop, replayed.order_no))
    shop.pass_time(2)
    before, answers, slow = rows(shop), Counter[str](), []

    async def hostile(forged: bool) -> None:
        await asyncio.sleep(dice.uniform(0, 100 * SPREAD))
        victim = dice.choice(true).order_no if forged else replayed.order_no
        body = wanpay_notice(shop, victim)
        body = body.replace(b"sign=", b"sign=0") if forged else body
        answer = await outside.post("wanpay", body, f"198.51.{dice.randrange(addresses) // 250}.7")
        answers[answer.text] += 1

    async def honest(attempt: Attempt, at: float) -> None:
        await asyncio.sleep(at)
        order = shop.simulator.orders.find("wanpay", attempt.order_no)
        assert order is not None
        shop.simulator.context.pay(order)
        answer = await outside.post("wanpay", wanpay_notice(shop, attempt.order_no), "198.51.0.7")
        answers[answer.text] += 1
        await asyncio.sleep(2)
        if shop.now(attempt.order_no).state is not State.CAPTURED:
            slow.append(attempt.order_no)

    async def everything() -> None:
        sent = [hostile(forged) for forged in (True, False) for _ in range(FORGED)]
        await asyncio.gather(*sent, *(honest(one, number * SPREAD) for number, one in enumerate(true)))

    day.run(everything())
    assert slow == []
    assert answers == {"success": 100 + FORGED, REFUSED: FORGED}
    assert rows(shop) == before + 2 * len(true)  # a notice and a payment each
    assert wrong(shop.database) == []
    shop.stop()


class Counting(httpx.AsyncBaseTransport):
    """A transport that counts the calls in progress."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self.inner = inner
        self.now = self.most = self.calls = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.calls += 1
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            return await self.inner.handle_async_request(request)
        finally:
            self.now -= 1


class CountedShop(SimulatedShop):
    def _gateway(self, name: str) -> Gateway:
        made = super()._gateway(name)
        if name == "wanpay":
            self.counting = Counting(InProcess(self.simulator, self.weather))
            made.wire = Wire(name, self.register_clock, self.counting)
        return made


def test_an_order_has_one_query_at_a_time(day: VirtualDay) -> None:
    shop = CountedShop(day)
    attempt = shop.take(Tender.ATM, 1250, gateway="wanpay")
    shop.pass_time(7200)
    outside, calls = Outside(shop), shop.counting.calls
    shop.simulator.scenarios.plan(Fault.SLOW, "wanpay", "query", times=5)

    async def burst() -> None:
        for status in ("5801", "5804", "5805", "0000"):
            for _ in range(20):
                assert (await outside.post("wanpay", wanpay_notice(shop, attempt.order_no, status))).text == "success"
            await asyncio.sleep(1)
        await asyncio.sleep(30)

    day.run(burst())
    assert shop.counting.most == 1
    assert shop.counting.calls == calls + 2  # one for the first state, one for those that came meanwhile
    shop.stop()


def test_all_refusals_have_the_same_answer(day: VirtualDay) -> None:
    shop = SimulatedShop(day)
    shop.simulator.scenarios.plan(Fault.LOST_ANSWER, "mypay", "charge")
    lost = shop.take(Tender.MYPAY, 1250, gateway="mypay")
    known = shop.take(Tender.MYPAY, 1250, gateway="mypay")
    cash = shop.take(Tender.CASH, 100)
    wechat = shop.take(Tender.WECHAT, 1250, gateway="opay")
    outside = Outside(shop)

    def mypay(number: str, **fields: str) -> bytes:
        return urlencode({"uid": "1", "key": "x", "order_id": number, "prc": "250"} | fields).encode()

    full = [outside.send("mypay", mypay(lost.order_no, key=f"k{n}")) for n in range(20)]
    assert full[0].text == "8888"
    refused = [
        full[-1],  # the order has as many candidate pairs as are kept
        outside.send("mypay", mypay(known.order_no)),
        outside.send("mypay", mypay("261120ZZZZZZZZZZZZZZ")),
        outside.send("mypay", mypay(cash.order_no)),
        outside.send("mypay", mypay(wechat.order_no)),
        outside.send("mypay", mypay(known.order_no, prc="\x1b[31m" * 9000)),
        outside.send("mypay", b"x" * 200_000),
        outside.send("mypay", b""),
        outside.send("qfpay", json.dumps({"out_trade_no": known.order_no}).encode()),
        outside.send("wanpay", wanpay_notice(shop, known.order_no)),
        outside.send("opay", b"MerchantID=2000132&RtnCode=1&Data=x"),
        outside.send("linepay", mypay(known.order_no)),
        outside.send("MYPAY", mypay(known.order_no)),
    ]
    assert {(one.status_code, one.text, str(one.headers)) for one in refused} == {
        (503, REFUSED, str(refused[0].headers))
    }
    shop.stop()


def test_the_answer_to_a_lost_order_is_found_after_a_start(day: VirtualDay, tmp_path: Path) -> None:
    shop = SimulatedShop(day, path=tmp_path / "counter.sqlite")
    shop.simulator.scenarios.plan(Fault.LOST_ANSWER, "mypay", "charge")
    lost = shop.take(Tender.MYPAY, 1250, gateway="mypay")
    assert (lost.state, lost.gateway_ref) == (State.UNKNOWN, "")
    order = shop.simulator.orders.find("mypay", lost.order_no)
    assert order is not None
    shop.customer_pays(lost)
    outside = Outside(shop)
    fields = {"uid": order.ref, "key": order.facts["key"], "order_id": lost.order_no, "prc": "250"}
    shop.parts.poller.close()  # the program stops before the query
    for forged in ({"key": "0" * 32}, {"uid": "1"}):
        assert outside.send("mypay", urlencode(fields | forged).encode()).text == "8888"
    assert outside.send("mypay", urlencode(fields).encode()).text == "8888"
    shop.stop()
    shop.start()
    shop.resume()
    shop.pass_time(5)
    found = shop.now(lost.order_no)
    assert (found.state, found.gateway_ref, found.gateway_key) == (State.CAPTURED, order.ref, order.facts["key"])
    shop.stop()


def test_a_notice_of_a_refund_by_its_own_number_is_acknowledged_and_queried(day: VirtualDay) -> None:
    shop = SimulatedShop(day, currency="HKD")
    sold = shop.take(Tender.ALIPAY, 1250, gateway="qfpay")
    shop.customer_pays(sold)
    shop.pass_time(10)
    shop.simulator.scenarios.refund_seconds = 4000
    permission = permit(Action.REFUND, "c", "m")
    made = day.run(shop.refunds.give(sold.order_no, shop.now(sold.order_no).amount, "returned", permission))
    assert made.state is RefundState.PENDING
    shop.pass_time(4001)
    assert shop.refunds.get(made.refund_no).state is RefundState.PENDING  # the next scheduled query is minutes away
    facts = {"notify_type": "refund", "out_trade_no": made.refund_no, "respcd": "0000", "status": "1"}
    body = json.dumps(facts).encode()
    sign = {"X-QF-SIGN": qfpay_body_sign(body, shop.simulator.credentials["qfpay"]["client_key"])}
    outside, before = Outside(shop), rows(shop)
    for _ in range(3):
        answer = outside.send("qfpay", body, headers=sign)
        assert (answer.status_code, answer.text) == (200, "SUCCESS")
        shop.pass_time(1)
    assert shop.refunds.get(made.refund_no).state is RefundState.REFUNDED
    assert rows(shop) == before + 2
    assert "notice" in [row.kind for row in shop.store.history(sold.order_no)]
    shop.stop()


def test_refused_notices_are_one_line_for_a_source_and_minute(
    day: VirtualDay, caplog: pytest.LogCaptureFixture
) -> None:
    shop = SimulatedShop(day)
    outside = Outside(shop)

    async def attack() -> None:
        for number in range(400):
            address = f"2001:db8::{number:x}" if number % 2 else "203.0.113.9"
            await outside.post(f"wan%0Apay{number % 3}", b"x", address)
            await asyncio.sleep(0.5)

    with caplog.at_level(logging.WARNING, "pos.server.admission"):
        day.run(attack())
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 2 * 4  # two sources, 200 seconds
    assert all("\n" not in line for line in lines)
    assert sum(int(line.split()[0]) for line in lines) >= 2 * 180
    assert {line.split(" from ")[1].split()[0] for line in lines} == {"203.0.113.9", "2001:db8::/64"}
    shop.stop()


def test_memory_for_sources_is_bounded(day: VirtualDay) -> None:
    shop = SimulatedShop(day)
    outside = Outside(shop)

    async def attack() -> None:
        for number in range(LOGGED_SOURCES + 50):
            await outside.post("wanpay", b"x", f"198.51.100.{number}" if number % 5 else f"unix{number}")

    day.run(attack())
    shop.stop()


def test_too_many_requests_of_one_address_get_status_429(day: VirtualDay) -> None:
    shop = SimulatedShop(day)
    outside = Outside(shop)

    async def flood() -> list[int]:
        return [(await outside.post("wanpay", b"x")).status_code for _ in range(PER_ADDRESS.burst + 10)]

    found = day.run(flood())
    assert found.count(429) == 10
    assert outside.send("wanpay", b"x", "203.0.113.10").status_code == 503
    shop.pass_time(1)
    assert outside.send("wanpay", b"x").status_code == 503
    shop.stop()
