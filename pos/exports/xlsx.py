"""A report as a workbook: typed cells, and totals that are formulas over the other sheets.

Numbers in a workbook are binary with 53 bits. Amounts are passed as Decimal and written with 16 significant digits;
those of up to 15 digits are read back unchanged, and every sum is rounded to its currency's places.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from pos.domain.agreement_lines import ChargeLine
from pos.domain.agreement_words import CHARGES as STATES
from pos.domain.money import Money
from pos.domain.refund_words import REFUNDS, WAYS
from pos.domain.shift import Shift
from pos.domain.totals import LedgerEntry
from pos.domain.words import TENDERS, spoken
from pos.exports.report import RefundRow, Report, fit, hundredths
from pos.exports.xlsx_pen import Cell, Pen, paper
from pos.exports.xlsx_totals import Ranges, write_totals
from pos.i18n import N_, _


@dataclass(frozen=True, slots=True)
class Column:
    """A column. ``key`` names it in formulas, ``title`` is a gettext id, ``width`` is in digits."""

    key: str
    title: str
    width: int


PAYMENTS: Final = (
    Column("at", N_("Time"), 19), Column("day", N_("Day"), 11), Column("hour", N_("Hour"), 6),
    Column("order", N_("Order"), 24), Column("tender", N_("Tender"), 14), Column("gateway", N_("Gateway"), 12),
    Column("cashier", N_("Cashier"), 18), Column("register", N_("Register"), 9), Column("shift", N_("Shift"), 7),
    Column("currency", N_("Currency"), 9), Column("amount", N_("Amount"), 14), Column("fee", N_("Fee"), 10),
)  # fmt: skip

REFUNDED: Final = (
    Column("at", N_("Time"), 19), Column("day", N_("Day"), 11), Column("hour", N_("Hour"), 6),
    Column("refund", N_("Refund number"), 24), Column("order", N_("Order"), 24), Column("tender", N_("Tender"), 14),
    Column("gateway", N_("Gateway"), 12), Column("way", N_("Refund method"), 16), Column("state", N_("State"), 14),
    Column("cashier", N_("Cashier"), 18), Column("approved", N_("Approved by"), 18),
    Column("register", N_("Register"), 9), Column("shift", N_("Shift"), 7), Column("reason", N_("Reason"), 30),
    Column("currency", N_("Currency"), 9), Column("asked", N_("Requested"), 14), Column("amount", N_("Booked"), 14),
)  # fmt: skip

SHIFTS: Final = (
    Column("z", N_("Z"), 10), Column("register", N_("Register"), 9), Column("opened", N_("Opened"), 19),
    Column("opened_by", N_("Opened by"), 18), Column("closed", N_("Closed"), 19),
    Column("closed_by", N_("Closed by"), 18), Column("currency", N_("Currency"), 9),
    Column("float", N_("Float"), 14), Column("expected", N_("Expected"), 14), Column("counted", N_("Counted"), 14),
    Column("difference", N_("Over or short"), 14), Column("reason", N_("Reason"), 40),
    Column("sent_to", N_("Gateway addresses"), 60),
)  # fmt: skip


CHARGES: Final = (
    Column("agreement", N_("Agreement"), 24), Column("reference", N_("Reference"), 24),
    Column("number", N_("Charge no."), 9), Column("times", N_("Number of charges"), 9), Column("due", N_("Due"), 11),
    Column("state", N_("State"), 14), Column("order", N_("Order"), 24), Column("currency", N_("Currency"), 9),
    Column("amount", N_("Amount"), 14),
)  # fmt: skip

MOST: Final = 31
"""Characters of a sheet's name."""

ROUNDING: Final = Column("rounding", N_("Rounding"), 10)
"""The last column of payments and refunds, if cash is rounded."""


def as_xlsx(report: Report) -> bytes:
    """Return the file. Rows are written to the disk at once, so that a month needs little memory."""
    import xlsxwriter

    raw = io.BytesIO()
    workbook = xlsxwriter.Workbook(raw, {"constant_memory": True})
    workbook.set_properties({"title": report.title, "author": fit(report.shop), "created": _utc(report.made_at)})
    sales, refunds = report.sales, report.refund_rows
    pen = Pen(workbook, report)
    names = [_("Totals"), _("Payments"), _("Refunds"), _("Shifts")]
    sheets = [workbook.add_worksheet(name) for name in names]
    last = (ROUNDING,) if report.is_rounded else ()
    paid, back = (*PAYMENTS, *last), (*REFUNDED, *last)
    ranges = Ranges(names[1], _keys(paid), len(sales)), Ranges(names[2], _keys(back), len(refunds))
    write_totals(pen, sheets[0], *ranges)
    _lines(pen, sheets[1], paid, (_payment(report, one) for one in sales), len(sales))
    _lines(pen, sheets[2], back, (_refund(report, one) for one in refunds), len(refunds))
    _lines(pen, sheets[3], SHIFTS, (_shift(report, one) for one in report.shifts), len(report.shifts))
    if report.charges:
        sheet = workbook.add_worksheet(_("Charges of agreements")[:MOST])
        _lines(pen, sheet, CHARGES, (_charge(one) for one in report.charges), len(report.charges))
    workbook.close()
    return raw.getvalue()


def _lines(pen: Pen, sheet: Any, columns: Sequence[Column], rows: Iterable[Sequence[Cell]], count: int) -> None:
    for number, column in enumerate(columns):
        sheet.set_column(number, number, column.width)
        sheet.write_string(0, number, _(column.title), pen.title)
    for place, row in enumerate(rows, start=1):
        for number, value in enumerate(row):
            pen.put(sheet, place, number, value)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(count, 1), len(columns) - 1)
    paper(pen, sheet)
    sheet.set_landscape()
    sheet.repeat_rows(0)


def _payment(report: Report, one: LedgerEntry) -> tuple[Cell, ...]:
    return (
        one.at, one.day, one.hour, one.order_no, spoken(TENDERS, one.tender), report.gateway(one.gateway),
        report.name(one.cashier), one.register_id, one.shift, one.amount.currency, one.amount, _fee(one),
        *_rounding(report, one.rounding, one.amount.currency),
    )  # fmt: skip


def _refund(report: Report, row: RefundRow) -> tuple[Cell, ...]:
    booking, refund = row.booking, row.refund
    approved = report.name(refund.approved_by) if refund and refund.approved_by else None
    return (
        row.at, booking.day if booking else None, booking.hour if booking else None, row.refund_no, row.order_no,
        spoken(TENDERS, row.tender), report.gateway(row.gateway), spoken(WAYS, row.way), spoken(REFUNDS, row.state),
        report.name(row.by), approved, row.register_id, booking.shift if booking else None,
        refund.reason if refund else None, row.asked.currency, row.asked, row.booked,
        *_rounding(report, row.rounding, row.asked.currency),
    )  # fmt: skip


def _shift(report: Report, one: Shift) -> tuple[Cell, ...]:
    return (
        one.z_no, one.register_id, one.opened_at, report.name(one.opened_by), one.closed_at,
        report.name(one.closed_by) if one.closed_at else None, one.opening.currency, one.opening, one.expected,
        one.counted, one.difference, one.reason or None,
        ", ".join(f"{target.gateway} {target.address}" for target in one.sent_to) or None,
    )  # fmt: skip


def _charge(one: ChargeLine) -> tuple[Cell, ...]:
    return (
        one.agreement_no, one.reference, one.number, one.times, one.due, spoken(STATES, one.state),
        one.order_no or None, one.amount.currency, one.amount,
    )  # fmt: skip


def _rounding(report: Report, minor: int, currency: str) -> tuple[Cell, ...]:
    return (Money(minor, currency),) if report.is_rounded else ()


def _fee(one: LedgerEntry) -> Decimal | None:
    return None if one.fee is None else Decimal(hundredths(one.fee))


def _keys(columns: Sequence[Column]) -> tuple[str, ...]:
    return tuple(column.key for column in columns)


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(tzinfo=None)
