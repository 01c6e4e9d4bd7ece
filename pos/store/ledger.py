"""The ledger: one entry for each sale and refund. It is written by the row that captures or refunds."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from pos.domain.money import Money
from pos.domain.refund import Way
from pos.domain.shift import Drawer
from pos.domain.totals import By, EntryKind, Figure, Group, InvoiceOutcome, InvoiceTotals, LedgerEntry, Scope, Span
from pos.store.database import Database
from pos.store.invoiced import booked_with
from pos.store.projections.shifts import OWN_NAMES

_COLUMNS: Final = (
    "seq", "at", "day", "hour", "kind", "order_no", "refund_no", "tender", "gateway", "way", "amount", "currency",
    "cashier", "register", "shift", "fee", "rounding",
)  # fmt: skip
_OPEN_SHIFT: Final = f"SELECT id FROM shifts WHERE closed_at IS NULL AND register IN ({OWN_NAMES})"
_SUMS: Final = (  # of the entries of one kind: a filter for each sum would look at each entry five times
    "count(*) * (kind = 'sale'), sum(amount) * (kind = 'sale'), count(*) * (kind = 'refund'),"
    " sum(amount) * (kind = 'refund'), count(fee), coalesce(sum(fee), 0), sum(rounding)"
)
_KEYS: Final = {
    By.TENDER: "tender = ?",
    By.GATEWAY: "gateway = ?",
    By.CASHIER: "cashier = ?",
    By.HOUR: "hour = CAST(? AS INTEGER)",
    By.DAY: "day = ?",
}
_ISSUED, _VOID, _ALLOWANCE = 2, 4, 6  # 『電子發票開立狀態類型』, as pos.domain.invoice.State
_OUTCOMES: Final = {
    InvoiceOutcome.ISSUED: f"= {_ISSUED}",
    InvoiceOutcome.VOID: f"= {_VOID}",
    InvoiceOutcome.ALLOWANCE: f"= {_ALLOWANCE}",
    InvoiceOutcome.OWED: f"NOT IN ({_ISSUED}, {_VOID}, {_ALLOWANCE})",
    InvoiceOutcome.TAXED: f"IN ({_ISSUED}, {_ALLOWANCE})",
}
_ENDLESS: Final = 2**63 - 1
WHOLE: Final = Figure()
"""The figure without a filter: all entries of a scope."""


def booked_at(connection: sqlite3.Connection, register: str, at: datetime, zone: tzinfo) -> dict[str, Any]:
    """Return the shop's day and hour of an entry, and the shift that is open on the register."""
    local = at.astimezone(zone)
    shift = connection.execute(_OPEN_SHIFT, (register,)).fetchone()
    return {"day": local.date().isoformat(), "hour": local.hour, "shift": shift[0] if shift else None}


def fee_hundredths(fee: str) -> int | None:
    """Return a gateway's fee, received as ``10.25``, in hundredths; None if it is empty or not a number."""
    try:
        value = Decimal(fee) * 100
    except InvalidOperation:
        return None
    whole = int(value) if value.is_finite() and abs(value) < 10**12 else None
    return whole if whole == value else None


class Ledger:
    """Queries to the ledger. Every method raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Run all queries inside the context on one snapshot of the ledger."""
        with self._database.snapshot():
            yield

    def groups(self, scope: Scope) -> list[Group]:
        """Return the sums of a scope, by every field that a report groups by."""
        where, values = _where(scope)
        keys = "currency, tender, gateway, cashier, day, hour"
        order = "day, currency, tender, gateway, cashier, hour, kind"  # of the index, so that nothing is sorted
        sql = f"SELECT {keys}, {_SUMS} FROM bookings WHERE {where} GROUP BY {order}"
        return list(map(Group._make, self._database.rows(sql, values)))

    def lines(
        self, scope: Scope, figure: Figure = WHOLE, *, limit: int = -1, after: int = 0, until: int | None = None
    ) -> list[LedgerEntry]:
        """Return the entries behind a figure with ``after`` < ``seq`` <= ``until``, oldest first, at most ``limit``."""
        where, values = _where(scope)
        narrow, more = _narrow(figure)
        # The plus keeps SQLite from scanning the whole table by seq; the inner query reads an index only.
        inner = f"SELECT seq FROM bookings WHERE {where}{narrow} AND +seq > ? AND +seq <= ? ORDER BY seq LIMIT ?"
        sql = f"SELECT {', '.join(_COLUMNS)} FROM bookings WHERE seq IN ({inner}) ORDER BY seq"
        bounds = (after, _ENDLESS if until is None else until, limit)
        return [_entry(row) for row in self._database.rows(sql, (*values, *more, *bounds))]

    def last(self) -> int:
        """Return the ``seq`` of the newest entry, 0 if the ledger is empty."""
        return int(self._database.rows("SELECT coalesce(max(seq), 0) FROM bookings")[0][0])

    def of_order(self, order_no: str) -> list[LedgerEntry]:
        """Return the entries of one order: its sale and its refunds."""
        sql = f"SELECT {', '.join(_COLUMNS)} FROM bookings WHERE order_no = ? ORDER BY seq"
        return [_entry(row) for row in self._database.rows(sql, (order_no,))]

    def invoices(self, scope: Scope) -> InvoiceTotals:
        """Return the e-invoices of the sales in ``scope``, counted by outcome."""
        where, values = _where(scope)
        sql = (
            "SELECT i.state, count(*), coalesce(sum(CAST(json_extract(i.found, '$.sales_amount') AS INTEGER)), 0),"
            " coalesce(sum(CAST(json_extract(i.found, '$.tax_amount') AS INTEGER)), 0)"
            # A cross join makes SQLite start with the days of the scope; an order has one sale.
            f" FROM bookings b CROSS JOIN invoices i ON i.order_no = {booked_with('b')}"
            f" WHERE {where} AND kind = 'sale' GROUP BY i.state"
        )
        found: dict[int, tuple[int, int, int]] = {row[0]: row[1:] for row in self._database.rows(sql, values)}
        issued, void, allowance = (found.pop(state, (0, 0, 0)) for state in (_ISSUED, _VOID, _ALLOWANCE))
        return InvoiceTotals(
            issued=issued[0],
            owed=sum(row[0] for row in found.values()),
            void=void[0],
            allowance=allowance[0],
            sales=issued[1] + allowance[1],
            tax=issued[2] + allowance[2],
        )

    def drawer(self, shift: int, opening: Money) -> Drawer:
        """Return the sums that changed the drawer in a shift."""
        currency = opening.currency
        cash = self._database.rows(
            "SELECT coalesce(sum(amount) FILTER (WHERE kind = 'sale' AND tender = 'cash'), 0),"
            " coalesce(sum(amount) FILTER (WHERE kind = 'refund' AND way = ?), 0), coalesce(sum(rounding), 0)"
            " FROM bookings WHERE shift = ? AND currency = ? AND adopted = 0",
            (Way.CASH.value, shift, currency),
        )[0]
        sql = "SELECT kind, sum(amount) FROM cash_moves WHERE shift = ? AND currency = ? GROUP BY kind"
        moves: dict[str, int] = {row[0]: row[1] for row in self._database.rows(sql, (shift, currency))}
        sales, refunds, rounding = cash
        sums = (sales, refunds, *(moves.get(kind, 0) for kind in ("paid_in", "paid_out", "drop")), rounding)
        return Drawer(opening, *(Money(one, currency) for one in sums))


def _where(scope: Scope) -> tuple[str, tuple[object, ...]]:
    if scope.span is Span.SHIFT:
        return "shift = ?", (scope.shift,)
    where, values = "day BETWEEN ? AND ?", (scope.first.isoformat(), scope.last.isoformat())
    return (f"{where} AND register = ?", (*values, scope.register_id)) if scope.register_id else (where, values)


def _narrow(figure: Figure) -> tuple[str, tuple[object, ...]]:
    parts: list[str] = []
    values: list[object] = []
    if figure.by is not None:
        parts.append(_KEYS[figure.by])
        values.append(figure.key)
    for name, wanted in (("currency", figure.currency), ("kind", figure.kind)):
        if wanted:
            parts.append(f"{name} = ?")
            values.append(str(wanted))
    if figure.fee_known:
        parts.append("fee IS NOT NULL")
    if figure.rounded:
        parts.append("rounding != 0")
    if figure.invoice is not None:
        fate = _OUTCOMES[figure.invoice]
        parts.append(
            "kind = 'sale' AND EXISTS"
            f" (SELECT 1 FROM invoices i WHERE i.order_no = {booked_with('bookings')} AND i.state {fate})"
        )
    return "".join(f" AND {part}" for part in parts), tuple(values)


def _entry(row: Sequence[object]) -> LedgerEntry:
    found = dict(zip(_COLUMNS, row, strict=True))
    return LedgerEntry(
        seq=_int(found["seq"]),
        at=datetime.fromisoformat(str(found["at"])),
        day=date.fromisoformat(str(found["day"])),
        hour=_int(found["hour"]),
        kind=EntryKind(str(found["kind"])),
        order_no=str(found["order_no"]),
        refund_no=str(found["refund_no"]),
        tender=str(found["tender"]),
        gateway=str(found["gateway"]),
        way=str(found["way"]),
        amount=Money(_int(found["amount"]), str(found["currency"])),
        cashier=str(found["cashier"]),
        register_id=str(found["register"]),
        shift=None if found["shift"] is None else _int(found["shift"]),
        fee=None if found["fee"] is None else _int(found["fee"]),
        rounding=_int(found["rounding"]),
    )


def _int(value: object) -> int:
    assert isinstance(value, int)
    return value
