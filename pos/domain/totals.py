"""Totals: what was sold and given back, by tender, gateway, cashier and hour. Sums of bookings, nothing else.

A booking is one line of the shop's book: a sale when its money was captured, a refund when it was done. Its day and
hour are the shop's own, fixed when it was booked, so that midnight and daylight saving never move a sum afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from pos.domain.money import Money


class Booked(StrEnum):
    """The two kinds of lines. The names are stored."""

    SALE = "sale"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class Booking:
    """One line of the book. ``amount`` is positive for both kinds; ``fee`` is hundredths of the currency's unit.

    ``at`` is aware, in UTC; ``day`` and ``hour`` are the shop's. ``refund_no`` is "" for a sale; ``way`` says how
    the money of a refund went back (a :class:`pos.domain.refund.Way`), "" for a sale.
    """

    seq: int
    at: datetime
    day: date
    hour: int
    kind: Booked
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

    @property
    def signed(self) -> int:
        """Minor units, negative for a refund."""
        return self.amount.minor if self.kind is Booked.SALE else -self.amount.minor


@dataclass(frozen=True, slots=True)
class Sum:
    """Counts, and sums in minor units; ``fees`` in hundredths of the currency's unit, of ``fees_of`` sales."""

    sales: int = 0
    gross: int = 0
    refunds: int = 0
    refunded: int = 0
    fees_of: int = 0
    fees: int = 0

    @property
    def net(self) -> int:
        return self.gross - self.refunded

    def __add__(self, other: Sum) -> Sum:
        return Sum(
            self.sales + other.sales, self.gross + other.gross, self.refunds + other.refunds,
            self.refunded + other.refunded, self.fees_of + other.fees_of, self.fees + other.fees,
        )  # fmt: skip


class By(StrEnum):
    """What totals are told by."""

    TENDER = "tender"
    GATEWAY = "gateway"
    CASHIER = "cashier"
    HOUR = "hour"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Group:
    """What the store adds up: all bookings that agree in these."""

    currency: str
    tender: str
    gateway: str
    cashier: str
    day: str
    hour: int
    sum: Sum


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
    found: dict[str, dict[By, dict[str, Sum]]] = {}
    for group in groups:
        tables = found.setdefault(group.currency, {by: {} for by in By})
        for by, key in _keys(group).items():
            tables[by][key] = tables[by].get(key, Sum()) + group.sum
    return Totals(scope, tuple(_currency(name, found[name]) for name in sorted(found)), invoices)


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


SCOPES: Final = {Span.DAY: day_scope, Span.WEEK: week_scope, Span.MONTH: month_scope}


def moved(scope: Scope, by: int) -> Scope:
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


def _keys(group: Group) -> dict[By, str]:
    return {
        By.TENDER: group.tender,
        By.GATEWAY: group.gateway,
        By.CASHIER: group.cashier,
        By.HOUR: f"{group.hour:02d}",
        By.DAY: group.day,
    }


def _currency(name: str, tables: dict[By, dict[str, Sum]]) -> CurrencyTotals:
    ordered = {by: dict(sorted(table.items())) for by, table in tables.items()}
    whole = sum(ordered[By.TENDER].values(), Sum())
    return CurrencyTotals(name, whole, ordered)
