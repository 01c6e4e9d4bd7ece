"""A register with a manager, a gateway that refunds, and captured payments."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Coroutine
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Any, TypeVar

from pos.domain.events import Fact, RefundChanged
from pos.domain.invoice import Kind, State, invoice_request
from pos.domain.money import Money
from pos.domain.payment import Attempt, Line, Sale, Tender
from pos.domain.refund import Refund, RefundState
from pos.domain.staff import Action
from pos.domain.states import State as AttemptState
from pos.einvoice.printer import Printer, PrinterSettings
from pos.gateways.base import Answer, Verdict
from pos.runtime import Bus
from pos.service_parts import service_parts
from pos.services.routes import Routes
from pos.store.invoices import InvoiceStore
from pos.store.ledger import Ledger
from pos.store.payments import PaymentStore
from pos.store.reconciliation import CheckStore
from pos.store.refunds import RefundStore
from tests.support.access import SIGNED_OUT, EveryPayment, permit
from tests.support.gateways import Scripted, ScriptedRefunds
from tests.support.journals import new_journal
from tests.support.virtual import VirtualDay

T = TypeVar("T")

REFUND = permit(Action.REFUND, "cashier", "manager")
SETTLE = permit(Action.SETTLE, "cashier", "manager")


def twd(minor: int) -> Money:
    return Money(minor, "TWD")


class RefundShop:
    """One register with its services and stores."""

    currency = "TWD"
    zone: tzinfo = UTC

    def __init__(
        self,
        day: VirtualDay,
        gateway: Scripted | None = None,
        path: Path | str = ":memory:",
        connection: type[sqlite3.Connection] = sqlite3.Connection,
    ) -> None:
        self.day = day
        self.path, self.connection = path, connection
        self.scripted = gateway or ScriptedRefunds(day.clock)
        self.facts: list[Fact] = []
        self.source = random.Random(7)
        self.start()

    @property
    def gateway(self) -> ScriptedRefunds:
        assert isinstance(self.scripted, ScriptedRefunds)
        return self.scripted

    def start(self) -> None:
        """Open the journal and build the services on it, as the program's start does."""
        self.database = new_journal(self.path, self.connection)
        self.build({self.scripted.name: self.scripted})

    def build(self, gateways: dict[str, Scripted]) -> None:
        bus = Bus()
        bus.listen(self.facts.append)
        clock = self.day.clock
        self.store = PaymentStore(self.database, "R1", clock, self.zone)
        self.refund_store = RefundStore(self.database, "R1", clock)
        self.ledger = Ledger(self.database)
        self.bus = bus
        self.parts = service_parts(self.store, dict(gateways), clock, self.source, bus)
        tenders = dict.fromkeys((Tender.MYPAY, Tender.WECHAT, Tender.ATM), tuple(gateways))
        self.payments = self.parts.payments(Routes(tenders, dict(gateways), {}, "TWD"), "R1", EveryPayment())
        self.invoices = InvoiceStore(self.database, "R1", clock)
        self.invoicing = self.parts.invoicing(self.invoices, {}, Printer(PrinterSettings()), "十全茶行", EveryPayment())
        self.checks = CheckStore(self.database, "R1", clock)
        self.refunds = self.parts.refunds(
            self.refund_store,
            self.invoices,
            self.invoicing.refresh_soon,
            "R1",
            "十全茶行",
            self.currency,
        )
        self.settling = self.parts.reviews(self.checks)

    def stop(self) -> None:
        self.run(self.payments.close())
        self.invoicing.close()
        self.database.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.day.run(work)

    def call(self, function: Callable[..., T], *args: object) -> T:
        async def called() -> T:
            return function(*args)

        return self.run(called())

    def pass_time(self, seconds: float) -> None:
        self.run(self.day.clock.sleep(seconds))

    def paid(self, amount: int = 125, number: str = "p1", lines: tuple[Line, ...] = ()) -> Attempt:
        """Return a captured payment through the gateway."""
        self.scripted.charges.append(Answer(Verdict.PAID, amount=twd(amount), gateway_ref=f"REF-{number}"))
        sale = Sale(twd(amount), lines)
        made = self.run(self.payments.take(SIGNED_OUT, sale, Tender.MYPAY, payment_id=number, even_if_duplicate=True))
        self.scripted.charges.clear()
        assert made.state is AttemptState.CAPTURED
        return made

    def cash(self, amount: int = 125, number: str = "c1") -> Attempt:
        return self.run(self.payments.take(SIGNED_OUT, Sale(twd(amount)), Tender.CASH, payment_id=number))

    def invoiced(self, made: Attempt, state: State = State.ISSUED) -> None:
        """Return an e-invoice of a payment, as MyPay reported it."""
        self.invoices.request_invoice(made.order_no, invoice_request(Kind.PAPER))
        owed = self.invoices.mark_owed(self.invoices.get(made.order_no), self.day.clock.now())
        self.invoices.record_answer(owed, state, {"date": "20261120", "wordtrack": "AB", "number": "12345678"})

    def give(self, made: Attempt, amount: int = 125, reason: str = "returned", **more: Any) -> Refund:
        return self.run(self.refunds.give(made.order_no, twd(amount), reason, REFUND, **more))

    def now(self, refund: Refund) -> Refund:
        return self.refund_store.get(refund.refund_no)

    def told(self) -> list[RefundState]:
        """Return the published events about refunds."""
        return [fact.refund.state for fact in self.facts if isinstance(fact, RefundChanged)]
