"""A small journal with rows in every derived table, written by the real stores and services."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, TypeVar

from pos.domain.agreement import EVERY, TIMES, AgreementEvent, ChargeEvent
from pos.domain.agreement_review import Decided
from pos.domain.catalogue import Colour, Item
from pos.domain.discount import Discount
from pos.domain.gateway_facts import GatewayFact
from pos.domain.invoice import Kind, State, invoice_request
from pos.domain.invoice_order import InvoiceOrder, InvoiceOrderEvent
from pos.domain.payment import Line, Sale, SaleTerms, Tender
from pos.domain.reconcile import Check, Match
from pos.domain.refund import RefundEvent, Way
from pos.domain.shift import CashMovementKind
from pos.domain.staff import Action, Person, Role
from pos.domain.states import Event
from pos.domain.target import Target
from pos.domain.tax import TaxKind
from pos.services.backups import Backups, Keeping
from pos.services.journal_seals import JournalSeals
from pos.services.pin_hashing import PinHasher
from pos.services.shifts import Closed, Shifts
from pos.store.agreements import AgreementStore
from pos.store.backup import make_backup
from pos.store.catalogue import CatalogueStore
from pos.store.database import FILE_NAME, Database
from pos.store.gateway_facts import GatewayFactStore
from pos.store.identity import ensure_identity, identity_in, record_name
from pos.store.invoice_orders import InvoiceOrderStore
from pos.store.invoices import InvoiceStore
from pos.store.notices import Pair
from pos.store.people import UNNAMED, PeopleStore
from pos.store.reconciliation import CheckStore
from pos.store.settings_in_use import record_settings
from pos.store.targets import Basis, TargetStore
from tests.support.access import PIN, permit
from tests.support.seals import MemoryVault
from tests.support.shop import NOON, StoppedClock, attempt
from tests.support.tills import ANNA, CLOSE, OPEN, READ, Till, permission, twd

T = TypeVar("T")

CHEAP: Final = (1, 8, 1)
OWNER: Final = Person(ANNA, "Anna", Role.OWNER)
CASHIER: Final = Person("0c", "May", Role.CASHIER)
BACKUP: Final = permit(Action.BACKUP, ANNA)


async def here(function: Callable[[], T]) -> T:
    """Run blocking work in place."""
    return function()


def run(work: Awaitable[T]) -> T:
    async def whole() -> T:
        return await work

    return asyncio.run(whole())


class FilledShop:
    """The journal of a shop in ``folder`` that was renamed, restored and closed three times, with sealed anchors."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data = folder, folder / "data"
        self.path = self.data / FILE_NAME
        self.vault = MemoryVault()
        self.sold = self.unsent = ""
        self._tills = 0
        self.data.mkdir()
        self._under_the_former_name()
        self._until_the_backup()
        self._after_the_backup()
        self._restore()
        self._after_the_restore()

    @property
    def seals(self) -> JournalSeals:
        return JournalSeals(self.vault, lambda: identity_in(self.data).uid, str(self.data))

    def backups(self, writer: Database | None = None, at: datetime = NOON) -> Backups:
        keeping = Keeping(self.folder / "backups", "R1")
        return Backups(self.path, keeping, StoppedClock(at), writer, here, self.seals)

    @contextmanager
    def till(self, hour: int, register: str = "R1") -> Iterator[Till]:
        """Open the register ``hour`` hours after noon. It seals its Zs, and repeats no order number."""
        made = Till(self.path, register=register, at=NOON + timedelta(hours=hour))
        self._tills += 1
        made._number = 100 * self._tills
        made.shifts = Shifts(
            made.store, made.ledger, made.payments, made.refunds, made.bus, made.names, made._ask_all, (), made._kick,
            seals=self.seals,
        )  # fmt: skip
        with closing(made.database):
            yield made

    def _under_the_former_name(self) -> None:
        with self.till(0, "R0") as till:
            now = till.clock.now().isoformat(timespec="microseconds")
            ensure_identity(till.database, now, "R0")
            record_settings(till.database, now, "R0", {"currency": "TWD", "tenders": {"cash": ["cash"]}})
            people = PeopleStore(till.database, "R0", till.clock)
            people.add(OWNER, PinHasher(CHEAP).hash(PIN), "")
            people.add(CASHIER, "hash", OWNER.id)
            people.set_recovery_hash("of the code", OWNER.id)
            till.shifts.open(twd(1000), OPEN)
            till.cash(300)

    def _until_the_backup(self) -> None:
        with self.till(1) as till:
            record_name(till.database, till.clock.now().isoformat(timespec="microseconds"), "R1")
            till.shifts.take_over("R0", permission(Action.TAKE_OVER))
            self.sold = till.cash(200).order_no
            unsent = attempt("261120UNSENT00000000", created_at=till.clock.now(), cashier=ANNA)
            self.unsent = till.payments.create(unsent).order_no
            closed(till)
            make_backup(till.database, self.folder / "old.sqlite")

    def _after_the_backup(self) -> None:
        """Write what the restored backup lacks: a Z, a refund, a PIN, wrong PINs, a request."""
        with self.till(2) as till:
            people = PeopleStore(till.database, "R1", till.clock)
            people.change(replace(CASHIER, role=Role.MANAGER), OWNER.id, "newer hash")
            people.record_try(UNNAMED, right=False)
            till.shifts.open(twd(1000), OPEN)
            till.refund(till.payments.get(self.sold), 50, Way.CASH)
            sent = till.payments.step(till.payments.get(self.unsent), Event.SEND)
            till.payments.step(sent, Event.ACCEPTED, gateway_ref="81001", gateway_key="key of 81001")
            closed(till)

    def _restore(self) -> None:
        restoring = self.backups(at=NOON + timedelta(hours=3))
        run(restoring.restore(permit(Action.RESTORE, ANNA), self.folder / "old.sqlite", replace_newer=True))

    def _after_the_restore(self) -> None:
        with self.till(4) as till:
            till.shifts.open(twd(2000), OPEN)
            run(till.shifts.move(CashMovementKind.PAID_IN, twd(500), "coins", permission(Action.PAY_IN_OUT)))
            self._sell(till)
            self._learn(till)
            self._agree(till)
            self._split(till)
            self._list_items(till)
            closed(till)
            run(self.backups(till.database, till.clock.at).make(BACKUP))
            till.shifts.open(twd(100), OPEN)
            till.cash(75)

    def _sell(self, till: Till) -> None:
        """Sell items for an e-invoice, refund a part, and leave a payment open."""
        lines = (Line("茶", twd(100), 2), Line("糕", twd(35), 1, twd(5), "1" * 32, TaxKind.EXEMPT))
        fresh = attempt(
            "261120ITEMS000000000", amount=twd(225), lines=lines, created_at=till.clock.now(), cashier=ANNA,
            options={"note": "less ice"}, page_token="token of the page",
            terms=SaleTerms("A12", Discount(twd(5), "regular guest", "2%"), OPEN.by.actor),
        )  # fmt: skip
        sent = till.payments.step(till.payments.create(fresh, Event.SEND), Event.ACCEPTED, pay_url="https://pay/1")
        paid = till.payments.step(
            sent, Event.PAID, gateway_ref="81002", gateway_key="key of 81002", fee="2.25", received=twd(230)
        )
        invoices = InvoiceStore(till.database, "R1", till.clock)
        owed = invoices.request_invoice(paid.order_no, invoice_request(Kind.PAPER, "", "04595257", "統一"))
        invoices.record_answer(owed, State.ISSUED, {"number": "12345678"})
        self._place_for_cash(till)
        till.refund(paid, 25, Way.GATEWAY, RefundEvent.SEND, RefundEvent.DONE)
        waiting = till.begun(90, Tender.ATM, "wanpay")
        till.payments.notices.add("wanpay", waiting.order_no, waiting.order_no, "250", None, unanswered=True)
        till.payments.notices.add("wanpay", "R", waiting.order_no, None, Pair("900", "key of 900"), unanswered=False)

    def _place_for_cash(self, till: Till) -> None:
        """Place the order that carries the e-invoice of a cash sale."""
        orders, sold = InvoiceOrderStore(till.database, "R1", till.clock), till.cash(60)
        order = InvoiceOrder("261120CASHORDER00000", sold.order_no, "mypay", till.clock.now())
        sent = orders.step(order, InvoiceOrderEvent.SEND)
        facts = {"code": "200", "gateway_ref": "81004", "gateway_key": "key of 81004"}
        orders.step(sent, InvoiceOrderEvent.ACCEPTED, **facts)

    def _agree(self, till: Till) -> None:
        """Take the first charge of an agreement; its later ones are due."""
        fresh = attempt(
            "261120AGREEMENT00000", amount=twd(500), created_at=till.clock.now(), cashier=ANNA,
            tender=Tender.CARD_PERIODIC, gateway="opay_periodic", options={EVERY: "1M", TIMES: "3"},
        )  # fmt: skip
        sent = till.payments.step(till.payments.create(fresh, Event.SEND), Event.ACCEPTED)
        till.payments.step(sent, Event.PAID, gateway_ref="81003")
        self._settle(AgreementStore(till.database, "R1", till.clock), sent.order_no)

    def _settle(self, store: AgreementStore, number: str) -> None:
        """The gateway took another amount for the second charge, and charged the third one twice."""
        decided = Decided(OPEN.by, "refunded")
        made = store.get(number)
        store.charge(made, replace(made.charges[1], received=twd(499), bank_ref="B2"), ChargeEvent.DIFFERS)
        store.charge(made, store.get(number).charges[1], ChargeEvent.REFUSED, decided)
        odd = store.step(made, AgreementEvent.DIFFERS, bank_ref="B9")
        store.step(odd, AgreementEvent.ACTIVATE, decided=decided)

    def _split(self, till: Till) -> None:
        """Split two sales: one is paid, of the other a part."""
        for sale_id, parts in (("5a1e0000", (100, 200)), ("5a1e0001", (150,))):
            for amount in parts:
                fresh = attempt(
                    f"261120PART{sale_id}{amount}"[:20].ljust(20, "0"), amount=twd(amount), tender=Tender.CASH,
                    gateway="cash", created_at=till.clock.now(), cashier=ANNA, sale_id=sale_id,
                )  # fmt: skip
                till.payments.create(fresh, Event.SEND, Event.PAID, opens=Sale(twd(300), terms=SaleTerms("B7")))

    def _list_items(self, till: Till) -> None:
        """Two items are in the catalogue; one of them was changed, and a third one removed."""
        store, by = CatalogueStore(till.database, "R1", till.clock), OPEN.by
        tea = Item("11111111-0000-4000-8000-000000000001", "茶", twd(100), "飲料", ("4710000000014", "T1"), place=1)
        cake = Item("11111111-0000-4000-8000-000000000002", "糕", twd(35), colour=Colour.RED, tax=TaxKind.EXEMPT)
        gift = Item("11111111-0000-4000-8000-000000000003", "袋", twd(0), active=False)
        store.write(lambda known: (tea, cake, gift), by)
        store.write(lambda known: (replace(cake, price=twd(40), barcodes=("4710000000021",)),), by)
        store.remove(gift.id, by)

    def _learn(self, till: Till) -> None:
        """Reconcile, and learn facts and targets of gateways."""
        now = till.clock.now()
        check = Check(now.date(), self.sold, "mypay", Match.DIFFER, "captured NT$200", "declined", now)
        CheckStore(till.database, "R1", till.clock).write(replace(check, order_no=self.sold))
        fact = GatewayFact("once+json", "https://payment.opay.tw", now.date())
        GatewayFactStore(till.database, "R1", till.clock).keep("opay", "dialect", fact)
        target = Target("wanpay", "https://wanpay.example", "M1")
        TargetStore(till.database, "R1", till.clock).record((target,), Basis.OWNER, OPEN.by)


def closed(till: Till) -> Closed:
    """Close the shift with exactly the expected cash."""
    return run(till.shifts.close(till.shifts.read(READ).drawer.expected, {}, "", CLOSE))
