"""The journal of a busy shop: days of payments through the real schema; the same for the same seed.

A month is 30 days of 2,000 payments, a year 350 days. Each payment has the rows that its steps would have written; it
is fast because a day is one transaction without a sync.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from pos.domain.in_process import InProcess
from pos.domain.invoice import split_inclusive
from pos.domain.journal_kinds import JournalKind
from pos.domain.journal_kinds.payments import AttemptStep, InvoiceStep, RefundStep
from pos.domain.journal_kinds.shifts import ShiftClosed, ShiftOpened
from pos.domain.money import Money
from pos.domain.payment import Attempt, Tender, new_order_no
from pos.domain.refund import Refund, RefundState, Way
from pos.domain.shift import Drawer
from pos.domain.states import State
from pos.domain.totals import shift_scope, totals
from pos.runtime import SystemClock
from pos.services.z_report import ReportNames, ShiftReport, serialize
from pos.store import payments, refunds
from pos.store.attempt_mapping import changed, stamp
from pos.store.database import Database
from pos.store.identity import ensure_identity
from pos.store.journal import canonical
from pos.store.journal.recording import record
from pos.store.ledger import Ledger, fee_hundredths
from pos.store.shifts import ShiftStore

ZONE: Final = ZoneInfo("Asia/Taipei")
LAST_DAY: Final = date(2026, 11, 20)
CASHIERS: Final = ("amy", "bo", "chen")
ROUTES: Final = (
    (Tender.WECHAT, "opay"), (Tender.WECHAT, "qfpay"), (Tender.ALIPAY, "qfpay"), (Tender.ATM, "wanpay"),
    (Tender.MYPAY, "mypay"), (Tender.MYPAY, "mypay"), (Tender.CASH, "cash"), (Tender.CASH, "cash"),
)  # fmt: skip
UNPAID: Final = ((State.DECLINED, "refused"), (State.EXPIRED, "lapsed"))
REGISTER: Final = "R1"


@dataclass
class Counted:
    """The content of the file, counted while it was written."""

    sales: int = 0
    gross: int = 0
    refunds: int = 0
    refunded: int = 0
    fees: int = 0
    invoices: int = 0


@dataclass
class BusyShop:
    """Write ``days`` days with ``payments`` a day into a new journal at ``path``; ``last`` is the last day."""

    path: Path
    days: int = 30
    payments: int = 2000
    seed: int = 1
    last: date = LAST_DAY
    counted: dict[date, Counted] = field(default_factory=dict)
    _connection: sqlite3.Connection = field(init=False)

    def write(self) -> BusyShop:
        """Write the file, and close it."""
        with closing(Database(self.path)) as database:
            # A rollback journal of a new file stays empty; the data is made up, so nothing is synced.
            for pragma in ("journal_mode=DELETE", "synchronous=OFF", "cache_size=-400000"):
                database.rows(f"PRAGMA {pragma}")
            ensure_identity(database, str(stamp(self._opening(0))), REGISTER)
            dice = random.Random(self.seed)
            for number in range(self.days):
                with database.transaction() as connection:
                    self._connection = connection
                    self._day(database, number, dice)
            database.rows("PRAGMA journal_mode=WAL")
        return self

    def _opening(self, number: int) -> datetime:
        day = self.last - timedelta(days=self.days - 1 - number)
        return datetime.combine(day, time(9), ZONE).astimezone(UTC)

    def _day(self, database: Database, number: int, dice: random.Random) -> None:
        opened, shift = self._opening(number), number + 1
        counted = self.counted.setdefault(opened.astimezone(ZONE).date(), Counted())
        opening = str(Money(5000, "TWD"))
        uid = f"{dice.getrandbits(128):032x}"
        self._write(opened, ShiftOpened(shift=shift, uid=uid, opening=opening), actor="amy")
        for at in _moments(opened, self.payments, dice):
            self._payment(at, shift, dice, counted)
        report = self._report(database, shift)
        closed = ShiftClosed(
            shift=shift, z_no=shift, counted=opening, expected=opening, reason="", notes={}, report=report
        )
        self._write(opened + timedelta(hours=13), closed, actor="amy")

    def _report(self, database: Database, number: int) -> dict[str, Any]:
        """Return the figures of a shift; its drawer holds its float."""
        names = ReportNames("茶行", ZONE, {cashier: cashier.title() for cashier in CASHIERS})
        nothing = Money(0, "TWD")
        ledger, shift = Ledger(database), ShiftStore(database, REGISTER, SystemClock()).get(number)
        scope = shift_scope(shift, self.last, ZONE)
        drawer = Drawer(shift.opening, nothing, nothing, nothing, nothing, nothing, nothing)
        found = totals(scope, ledger.groups(scope), ledger.invoices(scope))
        return serialize(ShiftReport(shift, drawer, found, (), InProcess(), names))

    def _payment(self, at: datetime, shift: int, dice: random.Random, counted: Counted) -> None:
        tender, gateway = ROUTES[dice.randrange(len(ROUTES))]
        cash = tender is Tender.CASH
        created = Attempt(
            new_order_no(at.astimezone(ZONE), dice), f"{dice.getrandbits(128):032x}", tender, gateway,
            Money(dice.randrange(10, 3000), "TWD"), State.CREATED, REGISTER, at,
            cashier=CASHIERS[dice.randrange(len(CASHIERS))],
        )  # fmt: skip
        amount = created.amount
        self._write(at, payments._creation(created), created)
        sent = replace(created, state=State.SENT, sent_at=at)
        self._write(at, AttemptStep(kind="send", **changed(created, sent)), created)
        end = at if cash else at + timedelta(seconds=dice.randrange(5, 90))
        paid = cash or dice.random() < 0.92
        state, event = (State.CAPTURED, "paid") if paid else UNPAID[dice.randrange(2)]
        ended = replace(
            sent, state=state, ended_at=end, gateway_ref="" if cash else f"{dice.getrandbits(60):018d}",
            fee=f"{amount.minor * 2 / 100:.2f}" if paid and gateway == "opay" else "",
        )  # fmt: skip
        booked = self._booked(end, shift) if paid else {}
        if paid and ended.fee:
            booked["fee_hundredths"] = fee_hundredths(ended.fee)
        self._write(end, AttemptStep(kind=event, **changed(sent, ended), **booked), created)
        if paid:
            counted.sales, counted.gross = counted.sales + 1, counted.gross + amount.minor
            counted.fees += booked.get("fee_hundredths") or 0
            if dice.random() < 0.02:
                self._refund(ended, shift, dice, counted)
            if gateway == "mypay" and dice.random() < 0.5:
                self._invoice(ended, counted)

    @staticmethod
    def _booked(at: datetime, shift: int) -> dict[str, Any]:
        local = at.astimezone(ZONE)
        return {"day": local.date().isoformat(), "hour": local.hour, "shift": shift}

    def _refund(self, paid: Attempt, shift: int, dice: random.Random, counted: Counted) -> None:
        assert paid.ended_at is not None
        at = paid.ended_at + timedelta(minutes=5)
        amount = Money(dice.randrange(1, paid.amount.minor + 1), "TWD")
        way = Way.CASH if paid.tender is Tender.CASH else Way.GATEWAY
        made = Refund(
            new_order_no(at.astimezone(ZONE), dice), paid.order_no, paid.gateway, way, amount, "returned", REGISTER, at,
            by=paid.cashier,
        )  # fmt: skip
        self._write(at, refunds._creation(made), paid)
        done = replace(made, state=RefundState.REFUNDED, sent_at=at, ended_at=at)
        facts = {**refunds._changes(made, done), **self._booked(at, shift)}
        self._write(at, RefundStep(kind="refund_done", refund_no=made.refund_no, **facts), paid)
        counted.refunds, counted.refunded = counted.refunds + 1, counted.refunded + amount.minor

    def _invoice(self, paid: Attempt, counted: Counted) -> None:
        assert paid.ended_at is not None
        sales, tax = split_inclusive(paid.amount.minor)
        found = canonical({"sales_amount": str(sales), "tax_amount": str(tax), "number": paid.gateway_ref[-8:]})
        at = stamp(paid.ended_at)
        self._write(paid.ended_at, InvoiceStep(kind="invoice_wished", wish=["paper", "", "", ""], paid_at=at), paid)
        self._write(paid.ended_at, InvoiceStep(kind="invoice_issued", invoice_state=2, found=found), paid)
        counted.invoices += 1

    def _write(self, at: datetime, row: JournalKind, about: Attempt | None = None, actor: str = "") -> None:
        order_no, who = (about.order_no, about.cashier) if about else (None, actor)
        named = who if row.kind in ("created", "refund_created") or actor else ""
        record(self._connection, str(stamp(at)), REGISTER, row, order_no=order_no, actor=named)


def _moments(opened: datetime, count: int, dice: random.Random) -> Iterator[datetime]:
    """Return ``count`` times within thirteen hours, in order."""
    for second in sorted(dice.randrange(13 * 3600 - 600) for _ in range(count)):
        yield opened + timedelta(seconds=second, microseconds=dice.randrange(1_000_000))
