"""A register on a virtual clock with scripted gateways."""

from __future__ import annotations

import random
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeVar

import pytest

from pos.domain.events import Fact
from pos.domain.money import Money
from pos.domain.payment import Attempt, Sale, Tender
from pos.runtime import Bus
from pos.service_parts import service_parts
from pos.services.payments import Payments
from pos.services.routes import Routes
from pos.store.payments import PaymentStore
from tests.support.access import SIGNED_OUT, EveryPayment
from tests.support.gateways import Scripted
from tests.support.journals import new_journal
from tests.support.rows import wrong
from tests.support.virtual import VirtualClock, VirtualDay

T = TypeVar("T")


class Register:
    """One register with its services and stores."""

    def __init__(self, day: VirtualDay, *gateways: Scripted) -> None:
        self.day = day
        self.bus = Bus()
        self.facts: list[Fact] = []
        self.bus.listen(self.facts.append)
        self.database = new_journal()
        self.store = PaymentStore(self.database, "R1", day.clock)
        self.source = random.Random(7)
        self.by_name = {gateway.name: gateway for gateway in gateways}
        self.payments = self.restarted()

    def restarted(self) -> Payments:
        """Return new services on the same journal, as after a start of the program."""
        names = tuple(self.by_name)
        tenders = {Tender.MYPAY: names, Tender.WECHAT: names, Tender.ATM: names}
        self.parts = service_parts(self.store, dict(self.by_name), self.day.clock, self.source, self.bus)
        self.routes = Routes(tenders, self.by_name, {}, "TWD")
        self.payments = self.parts.payments(self.routes, "R1", EveryPayment())
        self.recovery = self.parts.recovery()
        return self.payments

    @property
    def clock(self) -> VirtualClock:
        return self.day.clock

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.day.run(work)

    def take(self, amount: int = 125, payment_id: str = "p1", **more: Any) -> Attempt:
        sale = Sale(Money(amount, "TWD"))
        return self.run(self.payments.take(SIGNED_OUT, sale, Tender.MYPAY, payment_id=payment_id, **more))

    def call(self, function: Callable[..., T], *args: object) -> T:
        """Call a function on the event loop."""

        async def called() -> T:
            return function(*args)

        return self.run(called())

    def pass_time(self, seconds: float) -> None:
        self.run(self.clock.sleep(seconds))

    def now(self, order_no: str) -> Attempt:
        return self.store.get(order_no)

    def kinds(self, order_no: str) -> list[str]:
        return [row.kind for row in self.store.history(order_no)]


MakeRegister = Callable[..., Register]


@pytest.fixture
def day() -> Iterator[VirtualDay]:
    with VirtualDay() as virtual:
        yield virtual


@pytest.fixture
def make_register(day: VirtualDay) -> Iterator[MakeRegister]:
    made: list[Register] = []

    def make(*gateways: Scripted) -> Register:
        made.append(Register(day, *(gateways or (Scripted(day.clock),))))
        return made[-1]

    yield make
    for register in made:
        register.run(register.payments.close())
        assert wrong(register.database) == []
        register.database.close()
