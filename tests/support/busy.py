"""The journal of a busy shop: days of payments through the real schema; the same for the same seed.

A month is 30 days of 2,000 payments, a year 350 days. Each payment has the rows that its steps would have written, in a
chain that verifies; it is fast because it is one transaction without a sync.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from pos.domain.in_process import InProcess
from pos.domain.invoice import split_inclusive
from pos.domain.money import Money
from pos.domain.payment import Attempt, Tender, new_order_no
from pos.domain.refund import Refund, RefundState, Way
from pos.domain.shift import Drawer
from pos.domain.states import State
from pos.domain.totals import shift_scope, totals
from pos.runtime import SystemClock
from pos.services.z_report import ReportNames, ShiftReport, serialize
from pos.store import journal, refunds
from pos.store.attempt_mapping import changed, fixed, moving, stamp
from pos.store.database import Database
from pos.store.journal import canonical, chain_hash
from pos.store.ledger import Ledger, fee_hundredths
from pos.store.payments import _INSERT, _creation
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

_TABLES: Final = {
    "journal": "INSERT INTO journal (seq, at, register, kind, order_no, body, hash) VALUES (?, ?, ?, ?, ?, ?, ?)",
    "payments": "INSERT INTO payments (id, amount, currency, lines, options, created_at) VALUES (?, ?, ?, '[]', '', ?)",
    "attempts": _INSERT,
    "bookings": f"INSERT INTO bookings VALUES ({', '.join('?' * 16)}, 0, 0)",
    "refunds": refunds._INSERT,
    "invoices": f"INSERT INTO invoices VALUES ({', '.join('?' * 9)})",
    "shifts": f"INSERT INTO shifts VALUES ({', '.join('?' * 15)})",
}


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
    _rows: dict[str, list[tuple[Any, ...]]] = field(default_factory=lambda: {name: [] for name in _TABLES})
    _seq: int = 0
    _hash: str = journal.GENESIS

    def write(self) -> BusyShop:
        """Write the file, and close it."""
        Database(self.path).close()
        connection = sqlite3.connect(self.path, isolation_level=None)
        # A rollback journal of a new file stays empty; the data is made up, so nothing is synced.
        for pragma in ("journal_mode=DELETE", "synchronous=OFF", "cache_size=-400000"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN")
        dice = random.Random(self.seed)
        for number in range(self.days):
            self._day(self.last - timedelta(days=self.days - 1 - number), number + 1, dice)
            self._flush(connection)
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.close()
        self._write_zs()
        return self

    def _write_zs(self) -> None:
        """Store the figures of each shift in its Z; the drawer holds its float."""
        names = ReportNames("茶行", ZONE, {cashier: cashier.title() for cashier in CASHIERS})
        nothing = Money(0, "TWD")
        with closing(Database(self.path)) as database, database.transaction() as connection:
            ledger, store = Ledger(database), ShiftStore(database, REGISTER, SystemClock())
            for shift in store.last(self.days):
                scope = shift_scope(shift, self.last, ZONE)
                drawer = Drawer(shift.opening, nothing, nothing, nothing, nothing, nothing, nothing)
                found = totals(scope, ledger.groups(scope), ledger.invoices(scope))
                body = serialize(ShiftReport(shift, drawer, found, (), InProcess(), names))
                connection.execute("UPDATE shifts SET report = ? WHERE id = ?", (canonical(body), shift.id))

    def _flush(self, connection: sqlite3.Connection) -> None:
        for name, sql in _TABLES.items():
            connection.executemany(sql, self._rows[name])
            self._rows[name].clear()

    def _day(self, day: date, shift: int, dice: random.Random) -> None:
        counted = self.counted.setdefault(day, Counted())
        opened = datetime.combine(day, time(9), ZONE).astimezone(UTC)
        closed = opened + timedelta(hours=13)
        self._journal(opened, "shift_opened", None, {"shift": shift})
        for at in _moments(opened, self.payments, dice):
            self._payment(at, shift, dice, counted)
        seq = self._journal(closed, "shift_closed", None, {"shift": shift})
        self._rows["shifts"].append(
            (shift, REGISTER, "TWD", stamp(opened), 5000, "amy", stamp(closed), "amy", shift, 5000, 5000, "", "{}",
             "{}", seq)
        )  # fmt: skip

    def _payment(self, at: datetime, shift: int, dice: random.Random, counted: Counted) -> None:
        tender, gateway = ROUTES[dice.randrange(len(ROUTES))]
        cash = tender is Tender.CASH
        created = Attempt(
            new_order_no(at.astimezone(ZONE), dice), f"{dice.getrandbits(128):032x}", tender, gateway,
            Money(dice.randrange(10, 3000), "TWD"), State.CREATED, REGISTER, at,
            cashier=CASHIERS[dice.randrange(len(CASHIERS))],
        )  # fmt: skip
        amount = created.amount
        self._rows["payments"].append((created.payment_id, amount.minor, amount.currency, stamp(at)))
        self._journal(at, "created", created.order_no, _creation(created))
        sent = replace(created, state=State.SENT, sent_at=at)
        self._journal(at, "send", created.order_no, changed(created, sent))
        end = at if cash else at + timedelta(seconds=dice.randrange(5, 90))
        paid = cash or dice.random() < 0.92
        state, event = (State.CAPTURED, "paid") if paid else UNPAID[dice.randrange(2)]
        ended = replace(
            sent, state=state, ended_at=end, gateway_ref="" if cash else f"{dice.getrandbits(60):018d}",
            fee=f"{amount.minor * 2 / 100:.2f}" if paid and gateway == "opay" else "",
        )  # fmt: skip
        seq = self._journal(end, event, created.order_no, changed(sent, ended))
        self._rows["attempts"].append((*fixed(ended), *moving(ended), seq))
        if paid:
            self._sale(ended, seq, shift, counted)
            if dice.random() < 0.02:
                self._refund(ended, shift, dice, counted)
            if gateway == "mypay" and dice.random() < 0.5:
                self._invoice(ended, counted)

    def _sale(self, paid: Attempt, seq: int, shift: int, counted: Counted) -> None:
        fee = fee_hundredths(paid.fee) if paid.fee else None
        counted.sales, counted.gross = counted.sales + 1, counted.gross + paid.amount.minor
        counted.fees += fee or 0
        assert paid.ended_at is not None
        self._book(paid, paid.ended_at, seq, shift, ("sale", "", "", paid.amount.minor, fee))

    def _refund(self, paid: Attempt, shift: int, dice: random.Random, counted: Counted) -> None:
        assert paid.ended_at is not None
        at = paid.ended_at + timedelta(minutes=5)
        amount = Money(dice.randrange(1, paid.amount.minor + 1), "TWD")
        way = Way.CASH if paid.tender is Tender.CASH else Way.GATEWAY
        made = Refund(
            new_order_no(at.astimezone(ZONE), dice), paid.order_no, paid.gateway, way, amount, "returned", REGISTER, at,
            state=RefundState.REFUNDED, by=paid.cashier, sent_at=at, ended_at=at,
        )  # fmt: skip
        self._journal(at, "refund_created", paid.order_no, {"refund_no": made.refund_no, "amount": amount.minor})
        seq = self._journal(at, "refund_done", paid.order_no, {"refund_no": made.refund_no})
        self._rows["refunds"].append((*refunds._fixed(made), *refunds._moving(made), seq))
        counted.refunds, counted.refunded = counted.refunds + 1, counted.refunded + amount.minor
        self._book(paid, at, seq, shift, ("refund", made.refund_no, way.value, amount.minor, None))

    def _book(self, paid: Attempt, at: datetime, seq: int, shift: int, line: tuple[Any, ...]) -> None:
        kind, refund_no, way, amount, fee = line
        local = at.astimezone(ZONE)
        self._rows["bookings"].append(
            (seq, stamp(at), local.date().isoformat(), local.hour, kind, paid.order_no, refund_no, paid.tender.value,
             paid.gateway, way, amount, "TWD", paid.cashier, REGISTER, shift, fee)
        )  # fmt: skip

    def _invoice(self, paid: Attempt, counted: Counted) -> None:
        assert paid.ended_at is not None
        sales, tax = split_inclusive(paid.amount.minor)
        found = canonical({"sales_amount": str(sales), "tax_amount": str(tax), "number": paid.gateway_ref[-8:]})
        seq = self._journal(paid.ended_at, "invoice_issued", paid.order_no, {"invoice_state": 2})
        counted.invoices += 1
        self._rows["invoices"].append(
            (paid.order_no, '["paper","","",""]', 2, "none", stamp(paid.ended_at), 0, found, "", seq)
        )

    def _journal(self, at: datetime, kind: str, order_no: str | None, body: Mapping[str, journal.Json]) -> int:
        self._seq += 1
        when, text = str(stamp(at)), canonical(body)
        self._hash = chain_hash(self._hash, self._seq, when, REGISTER, kind, order_no, text)
        self._rows["journal"].append((self._seq, when, REGISTER, kind, order_no, text, self._hash))
        return self._seq


def _moments(opened: datetime, count: int, dice: random.Random) -> Iterator[datetime]:
    """Return ``count`` times within thirteen hours, in order."""
    for second in sorted(dice.randrange(13 * 3600 - 600) for _ in range(count)):
        yield opened + timedelta(seconds=second, microseconds=dice.randrange(1_000_000))
