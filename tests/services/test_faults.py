"""The table of faults (N1 to N9), each injected at each gateway, over the real clients and the simulator."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from pos.domain.events import ClockDrifted
from pos.domain.money import Money
from pos.domain.payment import Attempt, Sale, Tender
from pos.domain.staff import Action
from pos.domain.states import State
from pos.simulator.scenarios import LINKS, Fault
from pos.simulator.transport import NetworkFaults
from tests.gateways.fixtures import FIXTURES, NAMES
from tests.support.access import SIGNED_OUT, permit
from tests.support.power import WiredShop
from tests.support.registers import SimulatedShop
from tests.support.rows import wrong
from tests.support.virtual import VirtualDay

pytestmark = [pytest.mark.long, pytest.mark.diagonal]

SENDING = [name for name in NAMES if "charge" not in FIXTURES[name].silent]
"""Gateways at which the register places the order; at the others the customer's browser does."""

OPTIONS = {name: FIXTURES[name].shop for name in NAMES}


def seen(verb: str, *faults: Fault) -> list[tuple[str, Fault]]:
    """Return each gateway with each of the faults that its answer to ``verb`` can have."""
    names = [name for name in NAMES if verb not in FIXTURES[name].silent]
    return [(name, fault) for name in names for fault in faults if fault not in FIXTURES[name].hidden.get(verb, ())]


@pytest.fixture
def day() -> Iterator[VirtualDay]:
    with VirtualDay() as virtual:
        yield virtual


def opened(day: VirtualDay, name: str, **more: Any) -> SimulatedShop:
    return SimulatedShop(day, currency=FIXTURES[name].currency, options=OPTIONS, **more)


def charge(shop: SimulatedShop, name: str, amount: int = 1250) -> Attempt:
    """Take a payment; if the order is placed on a page, the customer opens it."""
    attempt = shop.take(FIXTURES[name].tender, amount, gateway=name)
    if shop.gateways[name].FACTS.needs_page and attempt.state is State.PENDING:
        shop.open_page(attempt)
    return attempt


def finish(shop: SimulatedShop) -> None:
    assert shop.simulator.orders.requested_twice() == []
    assert wrong(shop.database) == []
    shop.stop()


@pytest.mark.parametrize("name", SENDING)
def test_n1_no_connection_means_nothing_was_sent(day: VirtualDay, name: str) -> None:
    shop = opened(day, name, weather=NetworkFaults(random.Random(0), down={name}))
    attempt = charge(shop, name)
    assert (attempt.state, "Nothing was sent" in str(attempt.message)) == (State.CREATED, True)
    assert shop.simulator.orders.all() == []
    shop.weather.down.clear()
    again = day.run(shop.payments.send_again(SIGNED_OUT, attempt.order_no))
    assert (again.order_no, again.state) == (attempt.order_no, State.PENDING)
    finish(shop)


@pytest.mark.parametrize("fault", [Fault.REFUSED, Fault.CONNECT_TIMEOUT])
def test_n1_a_gateway_that_is_away_by_scenario_is_away_for_itself_alone(day: VirtualDay, fault: Fault) -> None:
    shop = opened(day, "mypay")
    shop.simulator.scenarios.plan(fault, "mypay")
    attempt = charge(shop, "mypay")
    assert attempt.state is State.CREATED
    assert charge(shop, "wanpay").state is State.PENDING
    shop.simulator.scenarios.plan(fault, "mypay", times=0)
    assert day.run(shop.payments.send_again(SIGNED_OUT, attempt.order_no)).state is State.PENDING
    finish(shop)


STORED = [
    Fault.LOST_ANSWER, Fault.HANG, Fault.EMPTY, Fault.TRUNCATED, Fault.NOT_JSON, Fault.HUGE, Fault.WRONG_TYPE,
    Fault.HTTP_500,
]  # fmt: skip
NOT_STORED = [Fault.DROP_BEFORE, Fault.HTTP_502, Fault.HTTP_403, Fault.REDIRECT, Fault.CAPTIVE_PORTAL, Fault.HTTP_429]


@pytest.mark.parametrize("name", SENDING)
@pytest.mark.parametrize("fault", STORED)
def test_n2_a_lost_answer_is_doubt_and_the_money_is_found(day: VirtualDay, name: str, fault: Fault) -> None:
    shop = opened(day, name)
    shop.simulator.scenarios.plan(fault, name, "charge")
    attempt = charge(shop, name)
    assert attempt.state is State.UNKNOWN
    shop.customer_pays(attempt)
    shop.pass_time(90)
    assert shop.now(attempt.order_no).state is State.CAPTURED
    finish(shop)


@pytest.mark.parametrize("name", SENDING)
@pytest.mark.parametrize("fault", NOT_STORED)
def test_n2_n3_a_request_that_got_lost_is_never_sent_again(day: VirtualDay, name: str, fault: Fault) -> None:
    shop = opened(day, name)
    shop.simulator.scenarios.plan(fault, name, "charge")
    attempt = charge(shop, name)
    assert attempt.state is State.UNKNOWN
    shop.pass_time(1200)
    assert shop.now(attempt.order_no).state is State.UNKNOWN
    assert shop.simulator.orders.all() == []
    finish(shop)


@pytest.mark.parametrize("name", SENDING)
def test_n2_after_days_without_a_trace_of_it_a_manager_must_look(day: VirtualDay, name: str) -> None:
    shop = opened(day, name)
    shop.simulator.scenarios.plan(Fault.DROP_BEFORE, name, "charge")
    attempt = charge(shop, name)
    shop.pass_time(6 * 86400)
    assert shop.now(attempt.order_no).state is State.REVIEW
    finish(shop)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("fault", [*STORED, *NOT_STORED, Fault.SLOW])
def test_n2_n3_a_question_that_fails_is_no_event(day: VirtualDay, name: str, fault: Fault) -> None:
    shop = opened(day, name)
    attempt = charge(shop, name)
    shop.simulator.scenarios.plan(fault, name, "query", times=3)
    shop.customer_pays(attempt)
    shop.pass_time(4)
    assert shop.now(attempt.order_no).state in (State.PENDING, State.CAPTURED)
    shop.pass_time(300)
    assert shop.now(attempt.order_no).state is State.CAPTURED
    finish(shop)


FOREIGN_ANSWERS = (Fault.OTHER_ORDER, Fault.OTHER_MERCHANT, Fault.BAD_SIGNATURE)


@pytest.mark.parametrize(("name", "fault"), seen("charge", *FOREIGN_ANSWERS))
def test_n5_an_answer_about_somebody_else_is_doubt(day: VirtualDay, name: str, fault: Fault) -> None:
    shop = opened(day, name)
    shop.simulator.scenarios.plan(fault, name, "charge")
    attempt = charge(shop, name)
    assert attempt.state is State.UNKNOWN
    shop.pass_time(10)
    assert shop.now(attempt.order_no).state is State.PENDING
    finish(shop)


@pytest.mark.parametrize(("name", "fault"), seen("query", *FOREIGN_ANSWERS))
def test_n5_money_of_somebody_else_is_never_ours(day: VirtualDay, name: str, fault: Fault) -> None:
    shop = opened(day, name)
    attempt = charge(shop, name)
    shop.simulator.scenarios.plan(fault, name, "query", times=1000)
    shop.customer_pays(attempt)
    shop.pass_time(60)
    assert shop.now(attempt.order_no).state is State.PENDING
    finish(shop)


@pytest.mark.parametrize(("name", "fault"), seen("query", Fault.OTHER_AMOUNT, Fault.OTHER_CURRENCY))
def test_n5_another_amount_or_currency_goes_to_a_manager_with_both(day: VirtualDay, name: str, fault: Fault) -> None:
    shop = opened(day, name)
    attempt = charge(shop, name)
    shop.simulator.scenarios.plan(fault, name, "query", times=1000)
    shop.customer_pays(attempt)
    shop.pass_time(6)
    found = shop.now(attempt.order_no)
    assert found.state is State.REVIEW
    assert attempt.amount.display in str(found.message)
    assert "The gateway says" in str(found.message)
    finish(shop)


@pytest.mark.parametrize("name", NAMES)
def test_n5_a_customer_who_paid_less_goes_to_a_manager(day: VirtualDay, name: str) -> None:
    shop = opened(day, name)
    attempt = charge(shop, name)
    shop.customer_pays(attempt, 1200)
    shop.pass_time(6)
    assert shop.now(attempt.order_no).state is State.REVIEW
    finish(shop)


@pytest.mark.parametrize("name", SENDING)
def test_n6_a_code_that_no_table_lists_is_doubt_and_shown(day: VirtualDay, name: str) -> None:
    shop = opened(day, name)
    shop.simulator.scenarios.plan(Fault.UNLISTED_CODE, name, "charge")
    attempt = charge(shop, name)
    assert (attempt.state, attempt.code) == (State.UNKNOWN, "7777")
    finish(shop)


@pytest.mark.parametrize("name", NAMES)
def test_n6_an_unlisted_state_of_an_order_settles_nothing(day: VirtualDay, name: str) -> None:
    shop = opened(day, name)
    attempt = charge(shop, name)
    shop.simulator.scenarios.plan(Fault.UNLISTED_CODE, name, "query", times=2)
    shop.pass_time(2.5)
    found = shop.now(attempt.order_no)
    assert (found.state, found.code, "7777" in str(found.message)) == (State.PENDING, "7777", True)
    shop.customer_pays(attempt)
    shop.pass_time(10)
    assert shop.now(attempt.order_no).state is State.CAPTURED
    finish(shop)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("minutes", [3, 15, 24 * 60, -3, -15, -24 * 60])
def test_n8_a_wrong_clock_is_corrected_and_told(day: VirtualDay, name: str, minutes: int) -> None:
    shop = opened(day, name)
    first = charge(shop, name)  # its answer brings the gateway's time
    shop.customer_pays(first)
    shop.pass_time(6)
    shop.register_clock.wrong_by = timedelta(minutes=minutes)
    second = charge(shop, name) if abs(minutes) < 10 else None
    if second is None:
        # The first call with so wrong a clock may be refused; that answer brings the time.
        day.run(shop.gateways[name].probe())
        second = charge(shop, name)
    assert second.state is State.PENDING
    shop.customer_pays(second)
    shop.pass_time(6)
    assert shop.now(second.order_no).state is State.CAPTURED
    drifts = [fact.seconds for fact in shop.facts if isinstance(fact, ClockDrifted)]
    assert any(abs(seconds - minutes * 60) < 5 for seconds in drifts)
    finish(shop)


@pytest.mark.parametrize("name", [name for name, _fault in seen("charge", Fault.NUMBER_EXISTS)])
def test_n9_a_number_that_exists_was_ours_and_is_asked_about(day: VirtualDay, name: str) -> None:
    shop = opened(day, name)
    shop.simulator.scenarios.plan(Fault.NUMBER_EXISTS, name, "charge")
    attempt = charge(shop, name)
    assert attempt.state is State.UNKNOWN
    shop.pass_time(2)
    found = shop.now(attempt.order_no)
    assert (found.state, "code was lost" in str(found.message)) == (State.PENDING, True)
    shop.customer_pays(attempt)
    shop.pass_time(10)
    assert shop.now(attempt.order_no).state is State.CAPTURED
    finish(shop)


@pytest.mark.parametrize(("name", "fault"), seen("charge", *sorted(LINKS)))
def test_i3_an_order_whose_link_may_not_be_shown_is_given_up_and_watched(
    day: VirtualDay, name: str, fault: Fault
) -> None:
    shop = opened(day, name)
    shop.simulator.scenarios.plan(fault, name, "charge")
    attempt = charge(shop, name)
    assert (attempt.state, attempt.pay_url) == (State.VOIDING, "")
    assert "Charge again" in str(attempt.message)
    finish(shop)


@pytest.mark.parametrize("name", NAMES)
def test_a_cancelled_payment_that_is_paid_all_the_same_goes_to_a_manager(day: VirtualDay, name: str) -> None:
    shop = opened(day, name)
    attempt = charge(shop, name)
    shop.simulator.scenarios.plan(Fault.DROP_BEFORE, name, "void", times=1000)

    async def cancel() -> None:
        shop.payments.cancel(SIGNED_OUT, attempt.order_no)

    day.run(cancel())
    shop.customer_pays(attempt)
    shop.pass_time(30)
    assert shop.now(attempt.order_no).state is State.REVIEW
    finish(shop)


@pytest.mark.parametrize(
    "name", [name for name in NAMES if "void" in FIXTURES[name].replies and not FIXTURES[name].voidable]
)
def test_a_cancel_is_confirmed_at_the_gateway(day: VirtualDay, name: str) -> None:
    shop = opened(day, name)
    attempt = charge(shop, name)

    async def cancel() -> None:
        shop.payments.cancel(SIGNED_OUT, attempt.order_no)

    day.run(cancel())
    shop.pass_time(1)
    assert shop.now(attempt.order_no).state is State.VOIDED
    order = shop.simulator.orders.find(name, attempt.order_no)
    assert order is not None
    assert order.status.value == "voided"
    finish(shop)


@pytest.mark.parametrize("name", NAMES)
def test_late_money_is_found_and_goes_to_a_manager(day: VirtualDay, name: str) -> None:
    shop = opened(day, name)
    attempt = charge(shop, name)
    order = shop.simulator.orders.find(name, attempt.order_no)
    assert order is not None
    from pos.simulator.orders import OrderStatus

    order.end(OrderStatus.EXPIRED, day.clock.now())
    shop.pass_time(6)
    assert shop.now(attempt.order_no).state in (State.EXPIRED, State.DECLINED)
    shop.customer_pays(attempt)
    shop.pass_time(700)
    assert shop.now(attempt.order_no).state is State.REVIEW
    assert attempt.amount == Money(order.paid, attempt.amount.currency)
    finish(shop)


@pytest.mark.parametrize("cancelled", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_the_same_answer_again_is_not_written_again(day: VirtualDay, name: str, cancelled: bool) -> None:
    shop = opened(day, name)
    attempt = charge(shop, name)
    if cancelled:
        day.run(cancel(shop, attempt))
    rows = rows_written(shop, attempt)
    assert rows_written(shop, attempt) == rows
    finish(shop)


@pytest.mark.parametrize("captured", [False, True])
def test_a_held_sum_is_not_written_again_while_nothing_is_new(day: VirtualDay, captured: bool) -> None:
    shop = WiredShop(day, options=OPTIONS)
    held = Sale(Money(1250, "TWD"), (), {"pfn": "CREDITCARD", "creditcard_is_automatic_payment": "0"})
    attempt = day.run(shop.payments.take(SIGNED_OUT, held, Tender.MYPAY, payment_id="p1", gateway="mypay"))
    shop.customer_pays(attempt)
    rows_written(shop, attempt)
    if captured:
        day.run(shop.mypay.capture(attempt.order_no, attempt.amount, permit(Action.CAPTURE)))
    rows = rows_written(shop, attempt)
    assert rows_written(shop, attempt) == rows
    finish(shop)


async def cancel(shop: SimulatedShop, attempt: Attempt) -> Attempt:
    return shop.payments.cancel(SIGNED_OUT, attempt.order_no)


def rows_written(shop: SimulatedShop, attempt: Attempt) -> int:
    """Return the rows about a payment, a minute later."""
    shop.pass_time(60)
    return len(shop.store.history(attempt.order_no))
