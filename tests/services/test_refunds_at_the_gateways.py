"""Refunds through the real clients, compared with the simulator's orders, on a virtual clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from pos.domain.money import Money
from pos.domain.payment import Attempt
from pos.domain.reconcile import Match
from pos.domain.refund import Refund, RefundState
from pos.domain.staff import Action
from pos.domain.states import Event, State
from pos.simulator.scenarios import Fault
from tests.gateways.fixtures import FIXTURES, NAMES, can_query_refunds
from tests.support.access import permit
from tests.support.registers import SimulatedShop
from tests.support.virtual import VirtualDay

MAY = permit(Action.REFUND, "c", "m")
DAY = date(2026, 11, 20)
HOUR = 3600.0
SETTLE = permit(Action.SETTLE, "c", "m")


@pytest.fixture
def day() -> Iterator[VirtualDay]:
    with VirtualDay() as virtual:
        yield virtual


class Counter:
    """A shop at one gateway that refunds."""

    def __init__(self, day: VirtualDay, gateway: str, seed: int = 1) -> None:
        self.gateway = gateway
        fixture = FIXTURES[gateway]
        self.shop = SimulatedShop(day, seed=seed, currency=fixture.currency, options={gateway: fixture.shop})
        self.tender = fixture.tender

    def sold(self, amount: int = 1000, pfn: str = "") -> Attempt:
        attempt = self.shop.take(self.tender, amount, gateway=self.gateway)
        order = self.shop.simulator.orders.find(self.gateway, attempt.order_no)
        assert order is not None
        if pfn:
            order.facts["pfn"] = pfn
        self.shop.customer_pays(attempt)
        self.shop.pass_time(10)
        assert self.shop.now(attempt.order_no).state is State.CAPTURED
        return self.shop.now(attempt.order_no)

    def give(self, attempt: Attempt, amount: int, refund_no: str = "") -> Refund:
        money = Money(amount, attempt.amount.currency)
        give = self.shop.refunds.give(attempt.order_no, money, "returned", MAY, refund_no=refund_no)
        return self.shop.day.run(give)

    def now(self, refund: Refund) -> Refund:
        return self.shop.refunds.get(refund.refund_no)

    def truth(self, attempt: Attempt) -> int:
        """Return the minor units that the gateway refunded."""
        order = self.shop.simulator.orders.find(self.gateway, attempt.order_no)
        assert order is not None
        return self.shop.simulator.orders.refunded(order)

    def fault(self, fault: Fault, verb: str, times: int = 1) -> None:
        self.shop.simulator.scenarios.plan(fault, self.gateway, verb, times)


@pytest.fixture(params=[name for name in NAMES if can_query_refunds(name)])
def counter(request: pytest.FixtureRequest) -> Iterator[Counter]:
    with VirtualDay() as day:
        made = Counter(day, request.param)
        yield made
        made.shop.stop()


def test_a_whole_refund_is_done_and_booked(counter: Counter) -> None:
    sale = counter.sold()
    refund = counter.give(sale, 1000)
    counter.shop.pass_time(36 * HOUR)
    assert counter.now(refund).state is RefundState.REFUNDED
    assert counter.truth(sale) == 1000
    booked = counter.shop.ledger.of_order(sale.order_no)
    assert [line.signed for line in booked] == [1000, -1000]


def test_parts_sum_to_the_whole_and_no_further(counter: Counter) -> None:
    from pos.errors import InputError, NotAllowed

    sale = counter.sold()
    counter.give(sale, 600)
    counter.shop.pass_time(36 * HOUR)
    with pytest.raises(InputError):
        counter.give(sale, 401)
    counter.give(sale, 400)
    counter.shop.pass_time(36 * HOUR)
    assert counter.truth(sale) == 1000
    with pytest.raises(NotAllowed, match="in full"):
        counter.give(sale, 1)


def test_a_lost_answer_is_found_out_and_the_refund_never_sent_twice(counter: Counter) -> None:
    sale = counter.sold()
    counter.fault(Fault.LOST_ANSWER, "refund")
    refund = counter.give(sale, 700)
    assert refund.state is RefundState.UNKNOWN
    counter.shop.pass_time(36 * HOUR)
    assert counter.now(refund).state is RefundState.REFUNDED
    assert counter.truth(sale) == 700
    assert not [kind for kind, _number in counter.shop.simulator.orders.requested_twice() if "refund" in kind]


def test_the_same_number_asked_for_twice_is_one_refund(counter: Counter) -> None:
    sale = counter.sold()
    number = counter.shop.refunds.new_number()
    first, second = counter.give(sale, 300, number), counter.give(sale, 300, number)
    assert first.refund_no == second.refund_no
    counter.shop.pass_time(36 * HOUR)
    assert counter.truth(sale) == 300


def test_a_restart_in_doubt_goes_on_asking(counter: Counter) -> None:
    sale = counter.sold()
    counter.fault(Fault.HANG, "refund")
    refund = counter.give(sale, 800)
    assert refund.state is RefundState.UNKNOWN

    async def again() -> None:
        await counter.shop.payments.close()
        counter.shop.build()
        counter.shop.refunds.resume()

    counter.shop.day.run(again())
    counter.shop.pass_time(36 * HOUR)
    assert counter.now(refund).state is RefundState.REFUNDED
    assert counter.truth(sale) == 800


def test_the_days_reconciliation_agrees_with_every_refund(counter: Counter) -> None:
    sale = counter.sold()
    counter.give(sale, 1000)
    counter.shop.pass_time(36 * HOUR)
    found = counter.shop.day.run(counter.shop.reconcile.run(DAY, permit(Action.RECONCILE)))
    assert len(found) == 2
    assert {one.match for one in found} == {Match.AGREE}


def test_two_parts_of_one_payment_are_distinguished_by_the_reconciliation(counter: Counter) -> None:
    sale = counter.sold()
    for part in (300, 700):
        counter.give(sale, part)
        counter.shop.pass_time(36 * HOUR)
    day = counter.shop.register_clock.now().date() - timedelta(days=2)
    found = counter.shop.day.run(counter.shop.reconcile.run(DAY, permit(Action.RECONCILE)))
    later = counter.shop.day.run(counter.shop.reconcile.run(day, permit(Action.RECONCILE)))
    assert {one.match for one in (*found, *later)} == {Match.AGREE}
    assert len({one.number for one in (*found, *later)}) == 3


def test_mypay_keeps_some_refunds_until_midnight_and_gives_them_up_before() -> None:
    with VirtualDay() as day:
        counter = Counter(day, "mypay")
        first, second = counter.sold(pfn="E_COLLECTION"), counter.sold(pfn="E_COLLECTION")
        kept, dropped = counter.give(first, 1000), counter.give(second, 1000)
        assert kept.state is dropped.state is RefundState.PENDING
        assert kept.due_at is not None
        assert kept.due_at - counter.shop.register_clock.now() < timedelta(hours=24)
        gone = day.run(counter.shop.refunds.withdraw(dropped.refund_no, MAY))
        assert gone.state is RefundState.WITHDRAWN
        counter.shop.pass_time(36 * HOUR)
        assert counter.now(kept).state is RefundState.REFUNDED
        assert (counter.truth(first), counter.truth(second)) == (1000, 0)
        counter.shop.stop()


def test_what_came_too_much_and_was_accepted_goes_back_in_whole(day: VirtualDay) -> None:
    counter = Counter(day, "mypay")
    sale = counter.shop.take(counter.tender, 1000, gateway="mypay")
    counter.shop.customer_pays(sale, 1500)
    counter.shop.pass_time(10)
    review = counter.shop.now(sale.order_no)
    assert review.state is State.REVIEW
    accepted = counter.shop.store.settle(review, Event.PAID, SETTLE.by, "too much came")
    assert accepted.paid == Money(1500, "TWD")
    counter.fault(Fault.LOST_ANSWER, "refund")
    part, rest = counter.give(accepted, 1100), counter.give(accepted, 400)
    counter.shop.pass_time(36 * HOUR)
    assert [counter.now(one).state for one in (part, rest)] == [RefundState.REFUNDED] * 2
    assert counter.truth(sale) == 1500
    counter.shop.stop()


def test_qfpays_list_names_what_another_register_took() -> None:
    with VirtualDay() as day:
        counter = Counter(day, "qfpay")
        counter.sold()
        stranger = Counter(day, "qfpay", seed=2)
        stranger.shop.simulator = counter.shop.simulator
        stranger.shop.build()
        foreign = stranger.sold(4000)
        found = day.run(counter.shop.reconcile.run(DAY, permit(Action.RECONCILE)))
        there = [one for one in found if one.match is Match.ONLY_THERE]
        assert [one.number for one in there] == [foreign.order_no]
        stranger.shop.stop()
        counter.shop.stop()
