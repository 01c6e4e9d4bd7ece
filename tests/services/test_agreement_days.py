"""Seeded months with several agreements: declines, retries, faults of queries, notices or none, restarts, stops."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from pos.domain.agreement import AgreementState, ChargeState, terms
from pos.domain.money import Money
from pos.domain.staff import Action
from pos.domain.states import State
from pos.errors import BadNotice, PosError
from pos.simulator.orders import SimOrder
from pos.simulator.scenarios import Fault
from tests.support.access import SIGNED_OUT, permit
from tests.support.registers import SimulatedShop
from tests.support.rows import wrong
from tests.support.sample import cases
from tests.support.virtual import VirtualDay

pytestmark = pytest.mark.long

DAY = 86400
SEEDS = (0, 1, 2, 9, 15, 20)
"""Seeds that found something once, and one that did not."""
PERIODS = (("1D", "9"), ("7D", "6"), ("1M", "4"), ("2M", "2"), ("30D", "3"), ("1Y", "2"))
FAULTS = (Fault.LOST_ANSWER, Fault.HTTP_500, Fault.EMPTY, Fault.NOT_JSON, Fault.OTHER_AMOUNT, Fault.UNLISTED_CODE,
          Fault.HTTP_403)  # fmt: skip
STOP = permit(Action.STOP_DEBIT, "m", "m")


class Months:
    """A shop whose seed decides what happens."""

    def __init__(self, day: VirtualDay, seed: int, path: Path) -> None:
        self.source = random.Random(seed)
        options = {"opay_periodic": {"stop_path": "/Cashier/CreditCardPeriodAction"}}
        self.shop = SimulatedShop(day, seed=seed, options=options, path=path)
        self.shop.simulator.scenarios.stop_call = True
        self.shop.simulator.context.on_paid = self._arrived
        self.arrived: list[SimOrder] = []
        self.numbers: list[str] = []

    def _arrived(self, order: SimOrder) -> None:
        """Keep the notifications of the gateway; some get lost."""
        if self.source.random() < 0.6:
            self.arrived.append(order)

    def live(self, days: int) -> None:
        self.resume()
        for _ in range(days):
            self.one_day()

    def one_day(self) -> None:
        source, scenarios = self.source, self.shop.simulator.scenarios
        if source.random() < 0.15 and len(self.numbers) < 6:
            self.agree()
        if source.random() < 0.2:
            scenarios.card_failures, scenarios.card_retry = source.randrange(3), source.random() < 0.5
        if source.random() < 0.2:
            scenarios.plan(source.choice(FAULTS), "opay_periodic", "query_agreement", source.randrange(1, 4))
        self.notify()
        self.shop.pass_time(DAY * source.uniform(0.3, 1.2))
        if source.random() < 0.05:
            self.restart()
        if source.random() < 0.03 and self.numbers:
            self.stop(source.choice(self.numbers))

    def agree(self) -> None:
        every, times = self.source.choice(PERIODS)
        wanted = terms(Money(self.source.randrange(1, 5000), "TWD"), every, times)
        made = self.shop.day.run(self.shop.agreements.create(SIGNED_OUT, wanted, even_if_duplicate=True))
        self.numbers.append(made.order_no)
        if self.source.random() < 0.85:
            self.shop.customer_pays(self.shop.now(made.order_no))

    def notify(self) -> None:
        """Deliver the notifications, in any order, some of them twice."""
        self.source.shuffle(self.arrived)
        for order in self.arrived:
            for _ in range(self.source.choice((1, 1, 2))):
                self.deliver(order)
        self.arrived.clear()

    def deliver(self, order: SimOrder) -> None:
        notification = self.shop.simulator.dialects[order.gateway].notification(order)
        assert notification is not None

        async def on_the_loop() -> None:
            try:
                self.shop.parts.notices.receive(order.gateway, notification.headers, notification.body)
            except BadNotice:
                return  # too many at once: the gateway would repeat it

        self.shop.day.run(on_the_loop())

    def restart(self) -> None:
        self.shop.stop()
        self.shop.pass_time(DAY * self.source.uniform(0, 12))
        self.shop.start()
        self.resume()

    def resume(self) -> None:
        self.shop.resume()

        async def on_the_loop() -> None:
            self.shop.agreements.resume()

        self.shop.day.run(on_the_loop())

    def stop(self, number: str) -> None:
        try:
            self.shop.day.run(self.shop.agreements.stop(number, "moved away", STOP))
        except PosError:
            return

    def finish(self) -> None:
        """Let everything come to its end, then compare with the gateway."""
        self.shop.simulator.scenarios.clear()
        self.shop.pass_time(400 * DAY)
        check(self.shop)


def check(shop: SimulatedShop) -> None:
    assert wrong(shop.database) == []
    assert shop.simulator.orders.requested_twice() == []
    booked = [one for one in shop.store.search("", None, 500, None) if one.state is State.CAPTURED]
    assert sum(one.amount.minor for one in booked) == shop.simulator.orders.captured_total("TWD")
    refs = Counter(one.gateway_ref for one in booked)
    assert not [ref for ref, count in refs.items() if count > 1 or not ref]
    for agreement in shop.agreement_store.all():
        if agreement.charges:
            assert agreement.state in (AgreementState.ENDED, AgreementState.STOPPED)
            made = sum(one.state is ChargeState.CAPTURED for one in agreement.charges)
            assert made == successes(shop, agreement.order_no)
        else:
            assert agreement.state is AgreementState.FAILED


def successes(shop: SimulatedShop, number: str) -> int:
    """Return how often the gateway took money by an agreement."""
    order = shop.simulator.orders.find("opay_periodic", number)
    assert order is not None
    return len(order.extra["contract"].successes)


@pytest.mark.parametrize("seed", cases(SEEDS, lambda seed: None))
def test_what_the_register_says_is_what_the_gateway_took(tmp_path: Path, seed: int) -> None:
    with VirtualDay() as day:
        months = Months(day, seed, tmp_path / "counter.sqlite")
        months.live(60)
        months.finish()
        months.shop.stop()
