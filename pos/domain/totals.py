"""Totals of sales and refunds by tender, gateway, cashier, hour and day, computed from ledger entries.

A ledger entry is written for a sale when it is captured, and for a refund when it is done. Day and hour are in the
shop's time zone, stored with the entry, so that later changes of the clock do not move a sum.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Final, NamedTuple

from pos.domain.money import Money
from pos.domain.shift import Shift
from pos.domain.tenders import place_of

FORMATS: Final = ("csv", "xlsx", "pdf")
"""File formats of a report, for spreadsheets and for paper."""

JSON: Final = "json"
"""File format of a report for programs."""


class EntryKind(StrEnum):
    """The kind of a ledger entry. The names are stored."""

    SALE = "sale"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One entry of the ledger. ``amount`` is positive for both kinds; ``fee`` is in hundredths of the currency's unit.

    ``at`` is aware, in UTC; ``day`` and ``hour`` are the shop's. ``refund_no`` is "" for a sale; ``way`` is the method
    of a refund (a :class:`pos.domain.refund.Way`), "" for a sale. ``rounding`` is what the rounding of cash added to
    the drawer, in minor units, negative if it took off.
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
        """The amount in minor units, negative for a refund."""
        return self.amount.minor if self.kind is EntryKind.SALE else -self.amount.minor


@dataclass(frozen=True, slots=True)
class Sum:
    """Counts, and sums in minor units; ``fees`` is in hundredths of the currency's unit, for ``fees_of`` sales.

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
        """The net plus the rounding of cash."""
        return self.net + self.rounding

    @property
    def average(self) -> int:
        """The average amount of a sale, to the nearest minor unit; 0 without sales."""
        return (2 * self.gross + self.sales) // (2 * self.sales) if self.sales else 0

    def __add__(self, other: Sum) -> Sum:
        return Sum(
            self.sales + other.sales, self.gross + other.gross, self.refunds + other.refunds,
            self.refunded + other.refunded, self.fees_of + other.fees_of, self.fees + other.fees,
            self.rounding + other.rounding,
        )  # fmt: skip


class By(StrEnum):
    """The key that totals are grouped by."""

    TENDER = "tender"
    GATEWAY = "gateway"
    CASHIER = "cashier"
    HOUR = "hour"
    DAY = "day"


class Group(NamedTuple):
    """Sums of ledger entries with the same first six fields; sales and refunds may be groups of their own.

    A month has thousands of groups.
    """

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
    """The totals of one currency. Every table of ``by`` sums to ``whole``."""

    currency: str
    whole: Sum
    by: Mapping[By, Mapping[str, Sum]]


@dataclass(frozen=True, slots=True)
class InvoiceTotals:
    """Counts of the payments' e-invoices by outcome; ``sales`` and ``tax`` are in whole New Taiwan dollars."""

    issued: int = 0
    owed: int = 0
    void: int = 0
    allowance: int = 0
    sales: int = 0
    tax: int = 0


class InvoiceOutcome(StrEnum):
    """The outcome of an e-invoice, as totals count it."""

    ISSUED = "issued"
    OWED = "owed"
    VOID = "void"
    ALLOWANCE = "allowance"
    TAXED = "taxed"  # issued, with or without an allowance: these count for sales and tax


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a report: the filter of its ledger entries. A field with its default does not filter."""

    currency: str = ""
    by: By | None = None
    key: str = ""
    kind: EntryKind | None = None
    fee_known: bool = False
    rounded: bool = False  # only entries whose cash amount was rounded
    invoice: InvoiceOutcome | None = None


class Span(StrEnum):
    """The span of a report."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    SHIFT = "shift"


@dataclass(frozen=True, slots=True)
class Scope:
    """The entries of a report: days of the shop from ``first`` to ``last``, or one shift. Without ``register_id``, all
    registers."""

    span: Span
    first: date
    last: date
    shift: int | None = None
    register_id: str = ""


@dataclass(frozen=True, slots=True)
class Totals:
    """The totals of a scope, by currency."""

    scope: Scope
    currencies: tuple[CurrencyTotals, ...] = ()
    invoices: InvoiceTotals = field(default_factory=InvoiceTotals)

    def of(self, currency: str) -> CurrencyTotals:
        """Return the totals of one currency, all zero if it has no entries."""
        empty = CurrencyTotals(currency, Sum(), {by: {} for by in By})
        return next((one for one in self.currencies if one.currency == currency), empty)


def totals(scope: Scope, groups: Iterable[Group], invoices: InvoiceTotals) -> Totals:
    """Return the totals of the groups by every grouping."""
    found: dict[str, tuple[_Sums, ...]] = {}
    for group in groups:
        currency, tender, gateway, cashier, day, hour = group[:6]
        sums = group[6:]
        tables = found.get(currency) or found.setdefault(currency, tuple(defaultdict(list) for _by in _ORDER))
        by_tender, by_gateway, by_cashier, by_hour, by_day = tables
        by_tender[tender].append(sums)
        by_gateway[gateway].append(sums)
        by_cashier[cashier].append(sums)
        by_hour[hour].append(sums)
        by_day[day].append(sums)
    return Totals(scope, tuple(_currency(name, found[name]) for name in sorted(found)), invoices)


def shares(table: Mapping[str, Sum]) -> dict[str, int]:
    """Return each key's share of the gross in whole percent, the largest first; they sum to 100, or are all 0."""
    gross = {key: one.gross for key, one in table.items()}
    whole = sum(gross.values())
    ordered = sorted(gross, key=lambda key: (-gross[key], key))
    if not whole:
        return dict.fromkeys(ordered, 0)
    found = {key: 100 * gross[key] // whole for key in ordered}
    lost = sorted(ordered, key=lambda key: -(100 * gross[key] % whole))
    return {key: found[key] + (key in lost[: 100 - sum(found.values())]) for key in ordered}


def day_scope(day: date, register_id: str = "") -> Scope:
    """Return the scope of one day of the shop."""
    return Scope(Span.DAY, day, day, register_id=register_id)


def week_scope(day: date, register_id: str = "") -> Scope:
    """Return the scope of the week of ``day``, Monday to Sunday (ISO 8601)."""
    monday = day - timedelta(days=day.weekday())
    return Scope(Span.WEEK, monday, monday + timedelta(days=6), register_id=register_id)


def month_scope(day: date, register_id: str = "") -> Scope:
    """Return the scope of the calendar month of ``day``."""
    first = day.replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return Scope(Span.MONTH, first, following - timedelta(days=1), register_id=register_id)


def shift_scope(shift: Shift, now: date, zone: tzinfo) -> Scope:
    """Return the scope of one shift: from the day it was opened to the day it was closed, ``now`` while it is open.

    The days are in order also if the clock was set back in between.
    """
    opened = shift.opened_at.astimezone(zone).date()
    closed = shift.closed_at.astimezone(zone).date() if shift.closed_at else max(opened, now)
    return Scope(Span.SHIFT, min(opened, closed), max(opened, closed), shift.id, shift.register_id)


SCOPES: Final = {Span.DAY: day_scope, Span.WEEK: week_scope, Span.MONTH: month_scope}


def move_scope(scope: Scope, by: int) -> Scope:
    """Return the scope ``by`` spans later (earlier if negative). A shift is returned unchanged."""
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


_Sums = dict[str | int, list[tuple[int, ...]]]
"""By key, the sums of each group: adding them column by column at the end is faster than group by group."""

_ORDER: Final = (By.TENDER, By.GATEWAY, By.CASHIER, By.HOUR, By.DAY)


def _currency(name: str, tables: tuple[_Sums, ...]) -> CurrencyTotals:
    return currency_totals(name, {one: _by_key(table) for one, table in zip(_ORDER, tables, strict=True)})


def currency_totals(name: str, by: Mapping[By, Mapping[str, Sum]]) -> CurrencyTotals:
    """Return the totals of one currency from its tables, the tenders in their order."""
    tenders = by[By.TENDER]
    ordered = {key: tenders[key] for key in sorted(tenders, key=place_of)}
    return CurrencyTotals(name, sum(tenders.values(), Sum()), {**by, By.TENDER: ordered})


def _by_key(table: _Sums) -> dict[str, Sum]:
    """Return the sums by key, sorted; hours have two digits."""
    named = {key if isinstance(key, str) else f"{key:02d}": sums for key, sums in table.items()}
    return {key: Sum(*map(sum, zip(*named[key], strict=True))) for key in sorted(named)}
