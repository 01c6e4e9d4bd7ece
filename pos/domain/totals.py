"""Totals: what was sold and given back, by tender, gateway, cashier and hour. Sums of bookings, nothing else.

A booking is one line of the shop's book: a sale when its money was captured, a refund when it was done. Its day and
hour are the shop's own, fixed when it was booked, so that midnight and daylight saving never move a sum afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from operator import add
from typing import Final, NamedTuple

from pos.domain.money import Money
from pos.domain.shift import Shift

FORMATS: Final = ("csv", "xlsx", "pdf")
"""What a report may be written as, for spreadsheets and for paper."""

JSON: Final = "json"
"""The same for programs."""


class EntryKind(StrEnum):
    """The two kinds of lines. The names are stored."""

    SALE = "sale"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One line of the book. ``amount`` is positive for both kinds; ``fee`` is hundredths of the currency's unit.

    ``at`` is aware, in UTC; ``day`` and ``hour`` are the shop's. ``refund_no`` is "" for a sale; ``way`` says how
    the money of a refund went back (a :class:`pos.domain.refund.Way`), "" for a sale. ``rounding`` is what the rounding
    of cash added to the drawer, in minor units, negative if it took off.
    """

    seq: int
    at: datetime
    day: date
    hour: int
    kind: EntryKind
    order_no: str
    refund_no: str
    tender: str
    gateway: str
    way: str
    amount: Money
    cashier: str
    register_id: str
    shift: int | None = None
    fee: int | None = None
    rounding: int = 0

    @property
    def signed(self) -> int:
        """Minor units, negative for a refund."""
        return self.amount.minor if self.kind is EntryKind.SALE else -self.amount.minor


@dataclass(frozen=True, slots=True)
class Sum:
    """Counts, and sums in minor units; ``fees`` in hundredths of the currency's unit, of ``fees_of`` sales.

    ``rounding`` is what the rounding of cash added to the drawer, negative if it took off. It is not part of ``net``.
    """

    sales: int = 0
    gross: int = 0
    refunds: int = 0
    refunded: int = 0
    fees_of: int = 0
    fees: int = 0
    rounding: int = 0

    @property
    def net(self) -> int:
        return self.gross - self.refunded

    @property
    def taken(self) -> int:
        """The net with the rounding of cash."""
        return self.net + self.rounding

    @property
    def average(self) -> int:
        """A sale's amount on average, to the nearest minor unit; 0 without sales."""
        return (2 * self.gross + self.sales) // (2 * self.sales) if self.sales else 0

    def __add__(self, other: Sum) -> Sum:
        return Sum(
            self.sales + other.sales, self.gross + other.gross, self.refunds + other.refunds,
            self.refunded + other.refunded, self.fees_of + other.fees_of, self.fees + other.fees,
            self.rounding + other.rounding,
        )  # fmt: skip


class By(StrEnum):
    """What totals are told by."""

    TENDER = "tender"
    GATEWAY = "gateway"
    CASHIER = "cashier"
    HOUR = "hour"
    DAY = "day"


class Group(NamedTuple):
    """What the store adds up: all bookings that agree in the first six. A month has thousands of them."""

    currency: str
    tender: str
    gateway: str
    cashier: str
    day: str
    hour: int
    sales: int
    gross: int
    refunds: int
    refunded: int
    fees_of: int
    fees: int
    rounding: int

    @property
    def sum(self) -> Sum:
        return Sum(*self[6:])


@dataclass(frozen=True, slots=True)
class CurrencyTotals:
    """All that was booked in one currency. Every table of ``by`` sums to ``whole``."""

    currency: str
    whole: Sum
    by: Mapping[By, Mapping[str, Sum]]


@dataclass(frozen=True, slots=True)
class InvoiceTotals:
    """E-invoices of the same payments, counted by what became of them; ``tax`` in whole New Taiwan dollars."""

    issued: int = 0
    owed: int = 0
    void: int = 0
    allowance: int = 0
    sales: int = 0
    tax: int = 0


class InvoiceOutcome(StrEnum):
    """What became of an e-invoice, as totals count them."""

    ISSUED = "issued"
    OWED = "owed"
    VOID = "void"
    ALLOWANCE = "allowance"
    TAXED = "taxed"  # what stands: issued, also where an allowance came after; the tax is theirs


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a report: which of a scope's bookings it is told of. What is left out narrows nothing."""

    currency: str = ""
    by: By | None = None
    key: str = ""
    kind: EntryKind | None = None
    fee_known: bool = False
    rounded: bool = False  # in cash: the amount was rounded to what coins can pay
    invoice: InvoiceOutcome | None = None


class Span(StrEnum):
    """How long a report reaches."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    SHIFT = "shift"


@dataclass(frozen=True, slots=True)
class Scope:
    """Which bookings: days of the shop from ``first`` to ``last``, or one shift. No ``register_id`` means all."""

    span: Span
    first: date
    last: date
    shift: int | None = None
    register_id: str = ""


@dataclass(frozen=True, slots=True)
class Totals:
    """A report's numbers, one entry a currency."""

    scope: Scope
    currencies: tuple[CurrencyTotals, ...] = ()
    invoices: InvoiceTotals = field(default_factory=InvoiceTotals)

    def of(self, currency: str) -> CurrencyTotals:
        """The totals of one currency, all zero where nothing was booked in it."""
        empty = CurrencyTotals(currency, Sum(), {by: {} for by in By})
        return next((one for one in self.currencies if one.currency == currency), empty)


def totals(scope: Scope, groups: Iterable[Group], invoices: InvoiceTotals) -> Totals:
    """Add groups up, by everything a report tells."""
    found: dict[str, tuple[_Sums, ...]] = {}
    for group in groups:
        currency, tender, gateway, cashier, day, hour, *sums = group
        tables = found.get(currency) or found.setdefault(currency, tuple({} for _by in _ORDER))
        keys: tuple[str | int, ...] = (tender, gateway, cashier, hour, day)
        for table, key in zip(tables, keys, strict=True):
            known = table.get(key)
            table[key] = sums if known is None else list(map(add, known, sums))
    return Totals(scope, tuple(_currency(name, found[name]) for name in sorted(found)), invoices)


def shares(table: Mapping[str, Sum]) -> dict[str, int]:
    """Each one's part of the gross in whole percent, the largest first; together they are 100, or all 0."""
    gross = {key: one.gross for key, one in table.items()}
    whole = sum(gross.values())
    ordered = sorted(gross, key=lambda key: (-gross[key], key))
    if not whole:
        return dict.fromkeys(ordered, 0)
    found = {key: 100 * gross[key] // whole for key in ordered}
    lost = sorted(ordered, key=lambda key: -(100 * gross[key] % whole))
    return {key: found[key] + (key in lost[: 100 - sum(found.values())]) for key in ordered}


def day_scope(day: date, register_id: str = "") -> Scope:
    """One day of the shop."""
    return Scope(Span.DAY, day, day, register_id=register_id)


def week_scope(day: date, register_id: str = "") -> Scope:
    """Monday to Sunday around ``day`` (ISO 8601)."""
    monday = day - timedelta(days=day.weekday())
    return Scope(Span.WEEK, monday, monday + timedelta(days=6), register_id=register_id)


def month_scope(day: date, register_id: str = "") -> Scope:
    """The calendar month of ``day``."""
    first = day.replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return Scope(Span.MONTH, first, following - timedelta(days=1), register_id=register_id)


def shift_scope(shift: Shift, now: date, zone: tzinfo) -> Scope:
    """One shift, from the shop's day of its beginning to that of its end, ``now`` while it is open; a clock that was
    set back meanwhile turns the two around."""
    opened = shift.opened_at.astimezone(zone).date()
    closed = shift.closed_at.astimezone(zone).date() if shift.closed_at else max(opened, now)
    return Scope(Span.SHIFT, min(opened, closed), max(opened, closed), shift.id, shift.register_id)


SCOPES: Final = {Span.DAY: day_scope, Span.WEEK: week_scope, Span.MONTH: month_scope}


def move_scope(scope: Scope, by: int) -> Scope:
    """The span ``by`` spans later (or earlier, below zero). A shift stays where it is."""
    if scope.span is Span.SHIFT:
        return scope
    if scope.span is Span.DAY:
        day = scope.first + timedelta(days=by)
    elif scope.span is Span.WEEK:
        day = scope.first + timedelta(days=7 * by)
    else:
        months = scope.first.year * 12 + scope.first.month - 1 + by
        day = date(months // 12, months % 12 + 1, 1)
    return replace(SCOPES[scope.span](day), register_id=scope.register_id)


_Sums = dict[str | int, list[int]]
_ORDER: Final = (By.TENDER, By.GATEWAY, By.CASHIER, By.HOUR, By.DAY)


def _currency(name: str, tables: tuple[_Sums, ...]) -> CurrencyTotals:
    by = {one: _by_key(table) for one, table in zip(_ORDER, tables, strict=True)}
    return CurrencyTotals(name, sum(by[By.TENDER].values(), Sum()), by)


def _by_key(table: _Sums) -> dict[str, Sum]:
    """By key; hours as two digits."""
    named = {key if isinstance(key, str) else f"{key:02d}": sums for key, sums in table.items()}
    return {key: Sum(*named[key]) for key in sorted(named)}
