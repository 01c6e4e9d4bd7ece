"""Customers' codes through power cuts at every point, and through each fault of the gateways."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pos.domain.customer_code import CustomerCode
from pos.domain.money import Money
from pos.domain.payment import Attempt, Sale, Tender
from pos.domain.states import State
from pos.simulator.orders import ActionRefused
from pos.simulator.scenarios import CodeFate, Fault
from pos.simulator.transport import NetworkFaults
from tests.services.test_crashes import check_money, skip_days
from tests.services.test_faults import FOREIGN_ANSWERS, NOT_STORED, STORED
from tests.support.access import SIGNED_OUT
from tests.support.power import FUSE, WiredShop, cut_everywhere, power
from tests.support.registers import SimulatedShop
from tests.support.rows import wrong
from tests.support.virtual import VirtualDay

pytestmark = pytest.mark.long

ALIPAY, ANY = "283854702356157409", "6212345678901234567"


@dataclass(frozen=True)
class Till:
    """A shop that takes codes at one gateway."""

    name: str
    currency: str
    digits: str
    tender: Tender

    @property
    def options(self) -> dict[str, dict[str, str]]:
        return {"mypay": {"customer_codes": "yes", "lookup_by_order": "yes"}}


QFPAY = Till("qfpay", "HKD", ALIPAY, Tender.ALIPAY)
MYPAY = Till("mypay", "TWD", ANY, Tender.MYPAY)
TILLS = [pytest.param(one, id=one.name) for one in (QFPAY, MYPAY)]


@pytest.fixture
def day() -> Iterator[VirtualDay]:
    with VirtualDay() as virtual:
        yield virtual


def opened(day: VirtualDay, till: Till, fate: CodeFate = CodeFate.PAID, **more: Any) -> SimulatedShop:
    shop = SimulatedShop(day, currency=till.currency, options=till.options, **more)
    shop.simulator.scenarios.code_fate = fate
    return shop


def scan(shop: SimulatedShop, till: Till, payment: str = "the payment") -> Attempt:
    sale, code = Sale(Money(1250, till.currency)), CustomerCode(till.digits)
    return shop.day.run(shop.payments.take(SIGNED_OUT, sale, till.tender, payment_id=payment, customer_code=code))


def finish(shop: SimulatedShop, till: Till) -> None:
    assert shop.simulator.orders.requested_twice() == []
    assert wrong(shop.database) == []
    assert till.digits not in repr(shop.database.rows("SELECT body FROM journal"))
    shop.stop()


# -- faults -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("till", TILLS)
def test_n1_no_connection_means_nothing_was_sent(day: VirtualDay, till: Till) -> None:
    shop = opened(day, till, weather=NetworkFaults(random.Random(0), down={till.name}))
    attempt = scan(shop, till)
    assert (attempt.state, "Nothing was sent" in str(attempt.message)) == (State.CREATED, True)
    assert shop.simulator.orders.all() == []
    finish(shop, till)


@pytest.mark.parametrize("till", TILLS)
@pytest.mark.parametrize("fault", STORED)
def test_n2_a_lost_answer_is_doubt_and_the_money_is_found(day: VirtualDay, till: Till, fault: Fault) -> None:
    shop = opened(day, till)
    shop.simulator.scenarios.plan(fault, till.name, "charge")
    attempt = scan(shop, till)
    assert attempt.state is State.UNKNOWN
    shop.pass_time(10)
    assert shop.now(attempt.order_no).state is State.CAPTURED
    finish(shop, till)


@pytest.mark.parametrize("till", TILLS)
@pytest.mark.parametrize("fault", NOT_STORED)
def test_n2_a_request_that_got_lost_is_never_sent_again_and_given_up_after_two_minutes(
    day: VirtualDay, till: Till, fault: Fault
) -> None:
    shop = opened(day, till)
    shop.simulator.scenarios.plan(fault, till.name, "charge")
    attempt = scan(shop, till)
    assert attempt.state is State.UNKNOWN
    shop.pass_time(140)
    assert shop.now(attempt.order_no).state is State.VOIDING
    assert shop.simulator.orders.all() == []
    assert attempt.payment_id == scan_again(shop, till).payment_id
    finish(shop, till)


def scan_again(shop: SimulatedShop, till: Till) -> Attempt:
    """Take the same payment with a new code, now that the first one is given up."""
    sale, code = Sale(Money(1250, till.currency)), CustomerCode(f"{till.digits[:-1]}0")
    found = shop.day.run(
        shop.payments.take(
            SIGNED_OUT, sale, till.tender, payment_id="the payment", customer_code=code, even_if_duplicate=True
        )
    )
    assert found.state is State.CAPTURED
    return found


@pytest.mark.parametrize("till", TILLS)
@pytest.mark.parametrize("fault", [*STORED, *NOT_STORED, Fault.SLOW])
def test_n2_a_question_that_fails_is_no_event(day: VirtualDay, till: Till, fault: Fault) -> None:
    shop = opened(day, till, CodeFate.CONFIRM)
    attempt = scan(shop, till)
    shop.simulator.scenarios.plan(fault, till.name, "query", times=3)
    shop.customer_pays(attempt)
    shop.pass_time(4)
    assert shop.now(attempt.order_no).state in (State.PENDING, State.CAPTURED)
    shop.pass_time(100)
    assert shop.now(attempt.order_no).state is State.CAPTURED
    finish(shop, till)


@pytest.mark.parametrize("fault", FOREIGN_ANSWERS)
def test_n5_an_answer_about_another_order_is_doubt_and_the_money_is_found(day: VirtualDay, fault: Fault) -> None:
    shop = opened(day, QFPAY)
    shop.simulator.scenarios.plan(fault, "qfpay", "charge")
    attempt = scan(shop, QFPAY)
    assert attempt.state is State.UNKNOWN
    shop.pass_time(10)
    assert shop.now(attempt.order_no).state is State.CAPTURED
    finish(shop, QFPAY)


@pytest.mark.parametrize("till", TILLS)
@pytest.mark.parametrize("fault", [Fault.OTHER_AMOUNT, Fault.OTHER_CURRENCY])
def test_n5_another_amount_or_currency_goes_to_a_manager(day: VirtualDay, till: Till, fault: Fault) -> None:
    shop = opened(day, till)
    shop.simulator.scenarios.plan(fault, till.name, "charge")
    assert scan(shop, till).state is State.REVIEW
    finish(shop, till)


@pytest.mark.parametrize("till", TILLS)
def test_n6_a_status_that_no_table_lists_is_doubt(day: VirtualDay, till: Till) -> None:
    shop = opened(day, till)
    shop.simulator.scenarios.plan(Fault.UNLISTED_CODE, till.name, "charge")
    attempt = scan(shop, till)
    assert (attempt.state, attempt.code) == (State.UNKNOWN, "7777")
    shop.pass_time(10)
    assert shop.now(attempt.order_no).state is State.CAPTURED
    finish(shop, till)


def test_n9_an_order_number_that_exists_is_queried(day: VirtualDay) -> None:
    shop = opened(day, QFPAY)
    shop.simulator.scenarios.plan(Fault.NUMBER_EXISTS, "qfpay", "charge")
    attempt = scan(shop, QFPAY)
    assert attempt.state is State.UNKNOWN
    shop.pass_time(10)
    assert shop.now(attempt.order_no).state is State.CAPTURED
    finish(shop, QFPAY)


@pytest.mark.parametrize("fault", [*STORED, *NOT_STORED, Fault.UNLISTED_CODE, Fault.OTHER_ORDER])
def test_a_reversal_whose_answer_is_lost_is_watched_until_it_is_sure(day: VirtualDay, fault: Fault) -> None:
    shop = opened(day, QFPAY, CodeFate.CONFIRM)
    attempt = scan(shop, QFPAY)
    shop.simulator.scenarios.plan(fault, "qfpay", "void", times=2)
    shop.pass_time(400)
    assert shop.now(attempt.order_no).state in (State.VOIDED, State.EXPIRED)
    finish(shop, QFPAY)


def test_a_charge_at_mypay_cannot_be_reversed_and_is_watched(day: VirtualDay) -> None:
    shop = opened(day, MYPAY, CodeFate.CONFIRM)
    attempt = scan(shop, MYPAY)
    shop.pass_time(400)
    assert shop.now(attempt.order_no).state is State.VOIDING
    shop.customer_pays(attempt)
    shop.pass_time(120)
    assert shop.now(attempt.order_no).state is State.REVIEW
    finish(shop, MYPAY)


# -- power cuts -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """One sale with a code. The customer confirms after ``confirms`` seconds, or never."""

    name: str
    till: Till
    fate: CodeFate = CodeFate.PAID
    confirms: int | None = None
    cancels: bool = False


CASES = [
    Case("qfpay, paid at once", QFPAY),
    Case("qfpay, confirmed on the phone", QFPAY, CodeFate.CONFIRM, confirms=3),
    Case("qfpay, reversed after two minutes", QFPAY, CodeFate.CONFIRM),
    Case("qfpay, confirmed after the reversal", QFPAY, CodeFate.CONFIRM, confirms=150),
    Case("qfpay, cancelled by the cashier", QFPAY, CodeFate.CONFIRM, cancels=True),
    Case("qfpay, refused", QFPAY, CodeFate.EXPIRED),
    Case("mypay, paid at once", MYPAY),
    Case("mypay, confirmed on the phone", MYPAY, CodeFate.CONFIRM, confirms=3),
    Case("mypay, never confirmed", MYPAY, CodeFate.CONFIRM),
]


def sell(shop: WiredShop, case: Case) -> None:
    """Run one sale up to the power cut."""
    attempt = scan(shop, case.till)
    if case.cancels:

        async def cancel() -> None:
            shop.payments.cancel(SIGNED_OUT, attempt.order_no)

        shop.day.run(cancel())
    if case.confirms is not None:
        shop.pass_time(case.confirms)
        confirm(shop, attempt)
    shop.pass_time(140)


def confirm(shop: WiredShop, attempt: Attempt) -> None:
    try:
        shop.customer_pays(attempt)
    except ActionRefused:
        return


def cut(folder: Path, case: Case, point: int) -> list[tuple[str, str]]:
    """Run a sale with the power cut at ``point``, start again and check everything. Return the kinds of its points."""
    with VirtualDay() as day:
        path = folder / f"{point}.sqlite"
        shop = WiredShop(day, currency=case.till.currency, path=path, options=case.till.options)
        shop.simulator.scenarios.code_fate = case.fate
        with power(point):
            sell(shop, case)
        found = list(FUSE.kinds)
        shop.stop()
        start_again(shop, case)
        for one in folder.glob(f"{path.name}*"):
            assert case.till.digits.encode() not in one.read_bytes()
    return found


def start_again(shop: WiredShop, case: Case) -> None:
    """Check that the next start finds the payment, once, and that nothing is sent a second time."""
    shop.start()
    shop.resume()
    orders = {order.number: order for order in shop.simulator.orders.all()}
    assert orders.keys() <= {attempt.order_no for attempt in shop.store.of_payment("the payment")}
    shop.pass_time(900)
    skip_days(shop)
    for attempt in shop.store.of_payment("the payment"):
        check_money(attempt, orders.get(attempt.order_no))
    assert wrong(shop.database) == []
    assert shop.simulator.orders.requested_twice() == []
    shop.stop()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_power_cut_at_any_point_loses_and_doubles_nothing(tmp_path: Path, case: Case, record_property: Any) -> None:
    record_property("crash points", cut_everywhere(case.name, lambda point: cut(tmp_path, case, point)))
