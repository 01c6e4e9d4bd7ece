"""QFPay's refunds and lists: the client against the simulator, which is written from the same documents."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from pos.domain.money import Money
from pos.domain.payment import Attempt, Tender
from pos.domain.refund import Refund
from pos.errors import NoAnswer
from pos.gateways.base import RefundAnswer, RefundVerdict, Shop
from pos.gateways.http import Wire
from pos.gateways.qfpay.client import Qfpay
from pos.simulator.app import Simulator
from pos.simulator.orders import OrderStatus, SimOrder
from pos.simulator.transport import InProcess, NetworkFaults
from tests.support.registers import BASE, config_of
from tests.support.shop import attempt, refund
from tests.support.virtual import VirtualDay

DONE, ACCEPTED, REFUSED = RefundVerdict.DONE, RefundVerdict.ACCEPTED, RefundVerdict.REFUSED
UNSURE, MISSING = RefundVerdict.UNSURE, RefundVerdict.MISSING
DAY = date(2026, 11, 20)


class Counter:
    """A client and the gateway on one virtual clock."""

    def __init__(self, day: VirtualDay) -> None:
        self.day = day
        self.simulator = Simulator(day.clock, random.Random(5))
        self.simulator.announcement(BASE)
        self.transport = InProcess(self.simulator, NetworkFaults(random.Random(6)))
        shop = Shop("測試商店", "R1", "HKD", ZoneInfo("Asia/Hong_Kong"))
        config = config_of(self.simulator, "qfpay", require_signature="yes")
        self.qfpay = Qfpay(config, shop, Wire("qfpay", day.clock, self.transport), random.Random(7))

    def paid(self, number: str = "A1", minor: int = 12_550) -> Attempt:
        """Make a paid order."""
        made = attempt(
            number, tender=Tender.ALIPAY, gateway="qfpay", amount=Money(minor, "HKD"), created_at=self.day.clock.now()
        )
        result = self.day.run(self.qfpay.charge(made))
        found = self.simulator.orders.find("qfpay", number)
        assert found is not None
        self.simulator.context.pay(found)
        return attempt(
            number, tender=Tender.ALIPAY, gateway="qfpay", amount=made.amount, created_at=made.created_at,
            gateway_ref=result.gateway_ref,
        )  # fmt: skip

    def give(self, of: Attempt, given: Refund) -> RefundAnswer:
        found: RefundAnswer = self.day.run(self.qfpay.refund(of, given))
        return found

    def ask(self, of: Attempt, given: Refund) -> RefundAnswer:
        found: RefundAnswer = self.day.run(self.qfpay.query_refund(of, given))
        return found

    def sleep(self, seconds: float) -> None:
        self.day.run(self.day.clock.sleep(seconds))

    def control(self, method: str, path: str, **fields: Any) -> Any:
        async def asked() -> Any:
            async with httpx.AsyncClient(transport=self.transport, base_url=BASE) as browser:
                return (await browser.request(method, f"/control{path}", json=fields)).json()

        return self.day.run(asked())


@pytest.fixture
def counter() -> Iterator[Counter]:
    with VirtualDay() as day:
        yield Counter(day)


def test_partial_refunds_are_made_up_to_the_paid_amount(counter: Counter) -> None:
    of = counter.paid()
    first = refund(of, 10_000)
    result = counter.give(of, first)
    assert (result.verdict, result.amount) == (DONE, Money(10_000, "HKD"))
    too_much = counter.give(of, refund(of, 2_551, refund_no="R2"))
    assert (too_much.verdict, too_much.code) == (REFUSED, "1272")
    assert counter.give(of, refund(of, 2_550, refund_no="R3")).verdict is DONE
    assert counter.give(of, refund(of, 1, refund_no="R4")).code == "1262"
    found = counter.ask(of, first)
    assert (found.verdict, found.gateway_ref) == (DONE, result.gateway_ref)
    truth = counter.control("GET", "/truth")
    assert (truth["captured"], truth["refunded"], truth["refunded_twice"]) == ({"HKD": 12_550}, {"HKD": 12_550}, [])
    assert [(one["number"], one["order"], one["amount"], one["done"]) for one in truth["refunds"]] == [
        (first.refund_no, "A1", 10_000, True),
        ("R3", "A1", 2_550, True),
    ]


@pytest.mark.parametrize("fault", ["lost_answer", "empty", "not_json", "http_500", "truncated", "wrong_type"])
def test_a_refund_whose_answer_was_lost_is_found_by_its_number(counter: Counter, fault: str) -> None:
    of = counter.paid()
    given = refund(of, 5_000)
    counter.simulator.scenarios.plan(fault, "qfpay", "refund")
    with pytest.raises(NoAnswer):
        counter.give(of, given)
    assert counter.ask(of, given).verdict is DONE
    assert counter.simulator.orders.refunded_total("HKD") == 5_000


@pytest.mark.parametrize("fault", ["drop_before", "http_502", "captive_portal", "http_429"])
def test_a_refund_that_was_not_received_is_missing(counter: Counter, fault: str) -> None:
    of = counter.paid()
    given = refund(of, 5_000)
    counter.simulator.scenarios.plan(fault, "qfpay", "refund")
    with pytest.raises(NoAnswer):
        counter.give(of, given)
    assert counter.ask(of, given).verdict is MISSING
    assert counter.simulator.orders.refunds() == []


def test_a_refund_that_is_sent_twice_is_made_once(counter: Counter) -> None:
    of = counter.paid()
    given = refund(of, 5_000)
    counter.give(of, given)
    again = counter.give(of, given)
    assert (again.verdict, again.code) == (UNSURE, "1102")
    assert counter.ask(of, given).verdict is DONE
    truth = counter.control("GET", "/truth")
    assert (truth["refunded"], truth["refunded_twice"]) == ({"HKD": 5_000}, [given.refund_no])


@pytest.mark.parametrize("fault", ["bad_signature", "other_order", "other_amount", "other_currency", "other_merchant",
                                   "unlisted_code", "number_exists"])  # fmt: skip
@pytest.mark.parametrize("verb", ["refund", "query"])
def test_a_corrupted_answer_never_settles_a_refund(counter: Counter, fault: str, verb: str) -> None:
    of = counter.paid()
    given = refund(of, 5_000)
    if verb == "query":
        counter.give(of, given)
    counter.simulator.scenarios.plan(fault, "qfpay", verb)
    try:
        result = counter.give(of, given) if verb == "refund" else counter.ask(of, given)
    except NoAnswer:
        pass
    else:
        assert result.verdict is UNSURE
    assert counter.ask(of, given).verdict is DONE


def test_a_refund_may_stay_in_progress(counter: Counter) -> None:
    of = counter.paid()
    given = refund(of, 5_000)
    assert counter.control("POST", "/refunds", seconds=90)["seconds"] == 90.0
    assert counter.give(of, given).verdict is ACCEPTED
    assert counter.ask(of, given).verdict is ACCEPTED
    assert counter.give(of, refund(of, 7_551, refund_no="R2")).code == "1272"
    assert [one["state"] for one in counter.control("GET", "/refunds")["refunds"]] == ["waiting"]
    counter.sleep(91)
    assert counter.ask(of, given).verdict is DONE


def test_around_midnight_there_are_no_refunds(counter: Counter) -> None:
    of = counter.paid()
    counter.control("POST", "/refunds", window=True)
    counter.sleep(14 * 3600 + 1800)  # 23:30 in Hong Kong
    refused = counter.give(of, refund(of, 5_000))
    assert (refused.verdict, refused.code, "23:30" in str(refused.message)) == (REFUSED, "1265", True)
    counter.sleep(3600)
    assert counter.give(of, refund(of, 5_000, refund_no="R2")).verdict is DONE


def test_unpaid_and_unknown_orders_are_not_refunded(counter: Counter) -> None:
    of = counter.paid()
    order = counter.simulator.orders.find("qfpay", "A1")
    assert order is not None
    order.status = OrderStatus.UNPAID
    assert counter.give(of, refund(of, 5_000)).code == "1261"
    order.status = OrderStatus.EXPIRED
    assert counter.give(of, refund(of, 5_000, refund_no="R2")).code == "1264"
    stranger = attempt("A9", gateway="qfpay", amount=of.amount, gateway_ref="1" * 26)
    assert counter.give(stranger, refund(stranger, 5_000, refund_no="R3")).code == "1268"
    assert counter.give(of, refund(of, 5_000, refund_no="A1")).code == "2011"
    assert counter.simulator.orders.refunds() == []


def test_a_refunded_payment_keeps_its_status(counter: Counter) -> None:
    of = counter.paid()
    for number, minor, cancel in (("R1", 5_000, "5"), ("R2", 7_550, "3")):
        counter.give(of, refund(of, minor, refund_no=number))
        found = counter.day.run(counter.qfpay.query(of))
        assert (found.verdict.value, found.amount) == ("differs", of.amount)
        assert found.details["cancel"] == cancel


# -- the list of a day --------------------------------------------------------------------------------------------


def fill(counter: Counter, count: int) -> None:
    """Add a day with many payments, and a payment on the day before and after."""
    zone = ZoneInfo("Asia/Hong_Kong")
    first = datetime(2026, 11, 20, tzinfo=zone)
    times = [first + timedelta(seconds=n * 60) for n in range(count)]
    for number, at in enumerate([first - timedelta(seconds=1), *times, first + timedelta(days=1)]):
        order = SimOrder(
            "qfpay", f"N{number}", f"S{number}", 100 + number, "HKD", "801501", at, at + timedelta(hours=1)
        )
        order.facts["txdtm"] = ""
        counter.simulator.orders.add(order)
        order.pay(at)


def test_a_day_is_listed_completely_and_without_the_days_around_it(counter: Counter) -> None:
    fill(counter, 257)
    counter.sleep(2 * 86_400)
    found = counter.day.run(counter.qfpay.list_day(DAY))
    assert {one.number for one in found} == {f"N{number}" for number in range(1, 258)}
    assert len(found) == 257
    assert sum(one.amount.minor for one in found) == sum(100 + number for number in range(1, 258))
    assert len(counter.day.run(counter.qfpay.list_day(date(2026, 11, 19)))) == 1
    assert list(counter.day.run(counter.qfpay.list_day(date(2026, 10, 1)))) == []


def test_a_list_distinguishes_refunds_from_payments(counter: Counter) -> None:
    of = counter.paid()
    counter.give(of, refund(of, 5_000, refund_no="R1"))
    counter.simulator.scenarios.refund_seconds = 600.0
    counter.give(of, refund(of, 1_000, refund_no="R2"))
    found = counter.day.run(counter.qfpay.list_day(DAY))
    assert sorted((one.number, one.is_refund, one.paid, one.amount.minor) for one in found) == [
        ("A1", False, True, 12_550),
        ("R1", True, True, 5_000),
        ("R2", True, False, 1_000),
    ]


@pytest.mark.parametrize("fault", ["bad_signature", "lost_answer", "other_merchant", "truncated"])
@pytest.mark.parametrize("page", [1, 2, 3])
def test_a_list_with_a_lost_or_forged_page_is_refused(counter: Counter, fault: str, page: int) -> None:
    fill(counter, 257)
    spoilt = SpoiledCall(counter, fault, page)
    counter.qfpay.wire = Wire("qfpay", counter.day.clock, spoilt)
    with pytest.raises(NoAnswer):
        counter.day.run(counter.qfpay.list_day(DAY))
    assert spoilt.calls == page
    assert len(counter.day.run(counter.qfpay.list_day(DAY))) == 257


class SpoiledCall(httpx.AsyncBaseTransport):
    """A transport that spoils one call; ``call`` counts from 1."""

    def __init__(self, counter: Counter, fault: str, call: int) -> None:
        self._counter, self._fault, self._call = counter, fault, call
        self.calls = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.calls += 1
        if self.calls == self._call:
            self._counter.simulator.scenarios.plan(self._fault, "qfpay", "query")
        return await self._counter.transport.handle_async_request(request)
