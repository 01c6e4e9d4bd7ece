"""A register's drawer on one database: shifts with the ledger, permissions, and recorded sales."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pos.domain.events import Fact
from pos.domain.money import Money
from pos.domain.payment import CASH, Attempt, Tender
from pos.domain.refund import Refund, RefundEvent, Way
from pos.domain.staff import Action
from pos.domain.states import Event
from pos.i18n import Message
from pos.runtime import Bus
from pos.services.permissions import Permission
from pos.services.shifts import CloseStep, Shifts
from pos.services.z_report import ReportNames
from pos.store.database import Database
from pos.store.ledger import Ledger
from pos.store.payments import PaymentStore
from pos.store.refunds import RefundStore
from pos.store.shifts import ShiftStore
from tests.support.access import permit
from tests.support.journals import new_journal
from tests.support.shop import NOON, StoppedClock, attempt

TAIPEI = ZoneInfo("Asia/Taipei")
ANNA = "anna"


def twd(amount: int) -> Money:
    return Money(amount, "TWD")


def permission(action: Action, approved_by: str = "") -> Permission:
    return permit(action, ANNA, approved_by)


OPEN = CLOSE = permission(Action.SHIFT)
READ = permission(Action.X_REPORT)


class Till:
    """One register of a shop in ``zone``. ``asked`` counts the queries before a close."""

    def __init__(
        self,
        path: Path | str = ":memory:",
        *,
        register: str = "R1",
        zone: ZoneInfo = TAIPEI,
        at: datetime = NOON,
        close_steps: Sequence[CloseStep] = (),
        database: Database | None = None,
    ) -> None:
        self.clock = StoppedClock(at)
        self.database = database or new_journal(path)
        self.register, self.zone = register, zone
        self.shop, self.people = "十全茶行", {"anna": "Anna"}
        self.payments = PaymentStore(self.database, register, self.clock, zone)
        self.refunds = RefundStore(self.database, register, self.clock, zone)
        self.store = ShiftStore(self.database, register, self.clock)
        self.ledger = Ledger(self.database)
        self.facts: list[Fact] = []
        self.asked = self.kicked = 0
        self.ask: Awaitable[object] | None = None
        self._number = 0
        bus = self.bus = Bus()
        bus.listen(self.facts.append)
        self.shifts = Shifts(
            self.store,
            self.ledger,
            self.payments,
            self.refunds,
            bus,
            self.names,
            self._ask_all,
            close_steps,
            self._kick,
        )

    def names(self) -> ReportNames:
        return ReportNames(self.shop, self.zone, self.people)

    async def _ask_all(self) -> None:
        self.asked += 1
        if self.ask is not None:
            await self.ask

    async def _kick(self) -> Message:
        self.kicked += 1
        return Message("The drawer stays shut.")

    def begun(
        self, amount: int, tender: Tender = Tender.MYPAY, gateway: str = "mypay", currency: str = "TWD"
    ) -> Attempt:
        """Return a payment that waits for the customer."""
        sent = self.payments.step(self.prepared(amount, tender, gateway, currency), Event.SEND)
        return self.payments.step(sent, Event.ACCEPTED)

    def prepared(
        self, amount: int, tender: Tender = Tender.MYPAY, gateway: str = "mypay", currency: str = "TWD"
    ) -> Attempt:
        """Return a payment that was not sent yet."""
        self._number += 1
        name = f"261120{self.register}{self._number:0{14 - len(self.register)}d}"
        fresh = attempt(
            name, amount=Money(amount, currency), tender=tender, gateway=gateway, register_id=self.register,
            created_at=self.clock.now(), cashier=ANNA,
        )  # fmt: skip
        return self.payments.create(fresh)

    def paid(self, waiting: Attempt) -> Attempt:
        return self.payments.step(waiting, Event.PAID)

    def sold(
        self, amount: int, tender: Tender = Tender.MYPAY, gateway: str = "mypay", currency: str = "TWD"
    ) -> Attempt:
        return self.paid(self.begun(amount, tender, gateway, currency))

    def cash(self, amount: int, currency: str = "TWD") -> Attempt:
        return self.sold(amount, Tender.CASH, CASH, currency)

    def refund(self, sold: Attempt, amount: int, way: Way, *events: RefundEvent) -> Refund:
        """Record a refund by hand, unless other ``events`` are given."""
        self._number += 1
        fresh = Refund(
            f"261120R{self.register}{self._number:0{13 - len(self.register)}d}", sold.order_no, sold.gateway, way,
            Money(amount, sold.amount.currency), "broken", self.register, self.clock.now(), by=ANNA,
        )  # fmt: skip
        return self.refunds.create(fresh, *(events or (RefundEvent.DONE,)))
