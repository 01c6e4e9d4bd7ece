"""A report: the totals of a scope, the entries that they are sums of, and the texts that all formats share."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from pos.domain.agreement_lines import ChargeLine
from pos.domain.agreement_words import CHARGES
from pos.domain.cash import is_rounded
from pos.domain.money import Money
from pos.domain.refund import Refund, RefundState
from pos.domain.shift import Shift
from pos.domain.totals import By, CurrencyTotals, EntryKind, InvoiceTotals, LedgerEntry, Span, Sum, Totals
from pos.domain.words import TENDERS, gateway_name, spoken
from pos.i18n import N_, _
from pos.text import clean

TITLES: Final = {
    Span.DAY: N_("Day report"),
    Span.WEEK: N_("Week report"),
    Span.MONTH: N_("Month report"),
    Span.SHIFT: N_("Shift report"),
}

TABLES: Final = {
    By.TENDER: N_("By tender"),
    By.GATEWAY: N_("By gateway"),
    By.CASHIER: N_("By cashier"),
    By.HOUR: N_("By hour"),
    By.DAY: N_("By day"),
}

TAIWAN_CURRENCY: Final = "TWD"
"""The currency of e-invoices."""

NO_NAME: Final = "–"
"""Shown for an unknown person. A spreadsheet does not read it as a formula."""

CELL_LIMIT: Final = 500


@dataclass(frozen=True, slots=True)
class RefundRow:
    """A refund and its ledger entry in the report's span; one of them may be None."""

    refund: Refund | None
    booking: LedgerEntry | None

    @property
    def refund_no(self) -> str:
        return self.booking.refund_no if self.booking else self._asked.refund_no

    @property
    def order_no(self) -> str:
        return self.booking.order_no if self.booking else self._asked.order_no

    @property
    def at(self) -> datetime:
        """The time of the entry, otherwise of the request (aware, UTC)."""
        return self.booking.at if self.booking else self._asked.created_at

    @property
    def asked(self) -> Money:
        return self.refund.amount if self.refund else self._booked.amount

    @property
    def booked(self) -> Money | None:
        """The amount in the totals, None if the refund has no entry in this span."""
        return self.booking.amount if self.booking else None

    @property
    def rounding(self) -> int:
        """What the rounding of cash added to the drawer, in minor units."""
        return self.booking.rounding if self.booking else 0

    @property
    def tender(self) -> str:
        return self.booking.tender if self.booking else ""

    @property
    def gateway(self) -> str:
        return self.booking.gateway if self.booking else self._asked.gateway

    @property
    def way(self) -> str:
        return self.booking.way if self.booking else self._asked.way.value

    @property
    def state(self) -> str:
        return self.refund.state.value if self.refund else RefundState.REFUNDED.value

    @property
    def by(self) -> str:
        """The id of the person that the totals count it for."""
        return self.booking.cashier if self.booking else self._asked.by

    @property
    def register_id(self) -> str:
        return self.booking.register_id if self.booking else self._asked.register_id

    @property
    def _asked(self) -> Refund:
        assert self.refund is not None
        return self.refund

    @property
    def _booked(self) -> LedgerEntry:
        assert self.booking is not None
        return self.booking


@dataclass(frozen=True, slots=True)
class Table:
    """Totals by one grouping, with rows of (name, key, sum). All tables of a currency have the same sum."""

    by: By
    title: str
    rows: tuple[tuple[str, str, Sum], ...]


@dataclass(frozen=True, slots=True)
class Report:
    """The content of a report. ``bookings`` are the entries of ``totals``, read in the same snapshot.

    ``register_id`` is "" for all registers; ``made_at`` is aware; ``people`` has names and ``gateways`` titles by id.
    ``refunds`` may include refunds without an entry: in process or refused. ``currency`` is the shop's. ``charges`` are
    those of agreements: booked, or due and failed.
    """

    shop: str
    register_id: str
    zone: ZoneInfo
    made_at: datetime
    training: bool
    totals: Totals
    bookings: Sequence[LedgerEntry] = ()
    refunds: Sequence[Refund] = ()
    shifts: Sequence[Shift] = ()
    people: Mapping[str, str] = field(default_factory=dict)
    currency: str = TAIWAN_CURRENCY
    gateways: Mapping[str, str] = field(default_factory=dict)
    charges: Sequence[ChargeLine] = ()
    names: Mapping[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", _distinct(self.people, self._ids()))

    @property
    def title(self) -> str:
        return _(TITLES[self.totals.scope.span])

    @property
    def span_label(self) -> str:
        """The days or the shift: ``2026-11-16 – 2026-11-22``."""
        scope = self.totals.scope
        if scope.span is Span.MONTH:
            return f"{scope.first:%Y-%m}"
        days = f"{scope.first}" if scope.first == scope.last else f"{scope.first} – {scope.last}"
        return f"{self._shift_label()} · {days}" if scope.span is Span.SHIFT else days

    @property
    def register_label(self) -> str:
        return _("Register {number}").format(number=self.register_id) if self.register_id else _("All registers")

    @property
    def made_label(self) -> str:
        return _("Created {time}").format(time=f"{self.local(self.made_at):%Y-%m-%d %H:%M:%S} ({self.zone.key})")

    @property
    def sales(self) -> tuple[LedgerEntry, ...]:
        return tuple(one for one in self.bookings if one.kind is EntryKind.SALE)

    @property
    def refund_rows(self) -> tuple[RefundRow, ...]:
        """The refunds with an entry, in the ledger's order; then those without an entry in this span."""
        known = {refund.refund_no: refund for refund in self.refunds}
        booked = [one for one in self.bookings if one.kind is EntryKind.REFUND]
        done = {one.refund_no for one in booked}
        rows = [RefundRow(known.get(one.refund_no), one) for one in booked]
        return (*rows, *(RefundRow(one, None) for one in self.refunds if one.refund_no not in done))

    def local(self, at: datetime) -> datetime:
        """Return a time in the shop's zone."""
        return at.astimezone(self.zone)

    def name(self, person_id: str) -> str:
        """Return a person's name, which is unique in the report."""
        return self.names.get(person_id, person_id or NO_NAME)

    def gateway(self, key: str) -> str:
        """Return a gateway's title, or the word for cash."""
        return gateway_name(self.gateways, key)

    def tables(self, found: CurrencyTotals) -> Iterator[Table]:
        """Yield the tables of a currency; the one by day only if the report has several days."""
        scope = self.totals.scope
        for by, title in TABLES.items():
            if by is not By.DAY or scope.first != scope.last:
                rows = tuple((self._key_name(by, key), key, one) for key, one in found.by.get(by, {}).items())
                yield Table(by, _(title), rows)

    @property
    def shows_invoices(self) -> bool:
        """Whether the report has e-invoices: always in Taiwan, elsewhere if there are any."""
        return self.currency == TAIWAN_CURRENCY or self.totals.invoices != InvoiceTotals()

    @property
    def is_rounded(self) -> bool:
        """Whether the report has a column for the rounding of cash."""
        rounded = any(one.rounding for one in self.bookings)
        return rounded or is_rounded(self.currency) or any(is_rounded(one.currency) for one in self.totals.currencies)

    def file_name(self, ending: str) -> str:
        """Return a suggested file name: ``counter-day-2026-11-20.csv``, with the register's name if it is for one."""
        scope = self.totals.scope
        what, which = scope.span.value, f"{scope.first:%Y-%m}" if scope.span is Span.MONTH else f"{scope.first}"
        if scope.span is Span.SHIFT:
            what, which = ("z", str(self._z_no)) if self._z_no else (what, str(scope.shift))
        parts = ["counter", *(["training"] if self.training else []), what, which]
        parts += [re.sub("[^0-9A-Za-z]", "", self.register_id)] if self.register_id else []
        return f"{'-'.join(parts)}.{ending}"

    def _key_name(self, by: By, key: str) -> str:
        if by is By.TENDER:
            return spoken(TENDERS, key)
        if by is By.GATEWAY:
            return self.gateway(key)
        if by is By.CASHIER:
            return self.name(key)
        return f"{key}:00" if by is By.HOUR else key

    def _shift_label(self) -> str:
        return _("Z report no. {number}").format(number=self._z_no) if self._z_no else _("X report, not closed")

    @property
    def _z_no(self) -> int | None:
        return next((one.z_no for one in self.shifts if one.id == self.totals.scope.shift), None)

    def _ids(self) -> set[str]:
        found = {one.cashier for one in self.bookings} | {one.by for one in self.refunds}
        return found.union(*(table.by.get(By.CASHIER, {}) for table in self.totals.currencies))


def charge_cells(charge: ChargeLine) -> tuple[str, ...]:
    """Return a charge of an agreement: agreement, reference, number, due day, state and payment."""
    number = f"{charge.number}/{charge.times}"
    state = spoken(CHARGES, charge.state)
    return charge.agreement_no, charge.reference, number, charge.due.isoformat(), state, charge.order_no


def invoice_words(report: Report) -> tuple[tuple[str, int], ...]:
    """Return names and values on e-invoices: counts, then whole New Taiwan dollars; empty if the report has none."""
    found = report.totals.invoices
    if not report.shows_invoices:
        return ()
    return (
        (_("E-invoices issued"), found.issued),
        (_("E-invoices to do"), found.owed),
        (_("E-invoices voided"), found.void),
        (_("E-invoices with an allowance"), found.allowance),
        (_("Sales on e-invoices, NT$"), found.sales),
        (_("Tax on e-invoices, NT$"), found.tax),
    )


def hundredths(fee: int) -> str:
    """Return a fee as a decimal string with two places in every currency: O'Pay charges parts of a dollar."""
    return f"{'-' if fee < 0 else ''}{abs(fee) // 100}.{abs(fee) % 100:02d}"


def fit(text: str) -> str:
    """Return ``text`` as a cell of a file: one printable line of limited length."""
    return clean(text, CELL_LIMIT)


def _distinct(people: Mapping[str, str], ids: set[str]) -> dict[str, str]:
    """Return a unique name for each id, so that no two people share a sum."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for person_id in sorted(ids | set(people)):
        name = fit(people.get(person_id, "") or person_id) or NO_NAME
        while name in taken:
            name += f" ({fit(person_id)})"
        taken.add(name)
        found[person_id] = name
    return found
