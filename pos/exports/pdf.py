"""A report as PDF on A4 with searchable text: totals first, then every line."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Final

from pos.domain.money import Money
from pos.domain.refund_words import REFUNDS, WAYS
from pos.domain.shift import Shift
from pos.domain.totals import CurrencyTotals, LedgerEntry, Sum
from pos.domain.words import TENDERS, spoken
from pos.exports.pdf_pen import Column, Pen
from pos.exports.report import RefundRow, Report, Table, charge_cells, hundredths, invoice_words
from pos.i18n import _

HEADING: Final = 11.0


def as_pdf(report: Report) -> bytes:
    """Return the file. Takes half a second for a day, seconds for a month: not for the GUI thread.

    Raises ConfigError without a font.
    """
    title = f"{report.shop} · {report.title}".strip(" ·")
    pen = Pen(f"{title} · {report.span_label}", _("TRAINING") if report.training else "")
    pen.text(title, 16)
    pen.text(f"{report.span_label} · {report.register_label}", HEADING)
    pen.text(f"{report.made_label}{' · ' + _('TRAINING') if report.training else ''}", grey=90)
    for found in report.totals.currencies:
        _totals(pen, report, found)
    if not report.totals.currencies:
        pen.space(4)
        pen.text(_("Nothing was booked."))
    if report.shows_invoices:
        _invoices(pen, report)
    _payments(pen, report)
    _refunds(pen, report)
    _charges(pen, report)
    _shifts(pen, report)
    return pen.output()


def _totals(pen: Pen, report: Report, found: CurrencyTotals) -> None:
    pen.space(4)
    pen.text(_("Total {currency}").format(currency=found.currency), HEADING)
    pen.table(_sum_columns(""))
    pen.row([_("All"), *_sums(found.whole, found.currency)])
    pen.end()
    if report.is_rounded:
        pen.text(_rounding_words(found))
    for table in report.tables(found):
        _table(pen, table, found.currency)


def _rounding_words(found: CurrencyTotals) -> str:
    """Return a text on what the rounding of cash added, and the net with it."""
    rounding, taken = (Money(one, found.currency) for one in (found.whole.rounding, found.whole.taken))
    text = _("Rounding of cash: {rounding}. Net with rounding: {taken}.")
    return text.format(rounding=rounding.display, taken=taken.display)


def _table(pen: Pen, table: Table, currency: str) -> None:
    pen.table(_sum_columns(table.title), rows=min(3, len(table.rows)))
    for name, _key, one in table.rows:
        pen.row([name, *_sums(one, currency)])
    pen.end()


def _sum_columns(title: str) -> tuple[Column, ...]:
    return (
        Column(title, 42), Column(_("Sales, count"), 18, True), Column(_("Gross"), 31, True),
        Column(_("Refunds, count"), 20, True), Column(_("Refunded"), 28, True), Column(_("Net"), 31, True),
        Column(_("Fees known"), 20, True),
    )  # fmt: skip


def _sums(one: Sum, currency: str) -> tuple[str, ...]:
    gross, refunded, net = (Money(minor, currency).display for minor in (one.gross, one.refunded, one.net))
    fees = f"{Decimal(hundredths(one.fees)):,}" if one.fees_of else ""
    return f"{one.sales:,}", gross, f"{one.refunds:,}", refunded, net, fees


def _invoices(pen: Pen, report: Report) -> None:
    words = invoice_words(report)
    pen.table((Column(_("E-invoices"), 80), Column("", 30, True), Column("", 80)), rows=len(words))
    for name, number in words:
        pen.row((name, f"{number:,}", ""))
    pen.end()


def _heading(pen: Pen, title: str, count: int) -> None:
    pen.space(4)
    pen.text(f"{title} ({count:,})", HEADING)


def _payments(pen: Pen, report: Report) -> None:
    _heading(pen, _("Payments"), len(report.sales))
    pen.table((
        Column(_("Time"), 31), Column(_("Order"), 38), Column(_("Tender"), 24), Column(_("Gateway"), 18),
        Column(_("Cashier"), 32), Column(_("Amount"), 32, True), Column(_("Fee"), 15, True),
    ))  # fmt: skip
    for one in report.sales:
        pen.row(_payment(report, one), more=bool(one.rounding))
        if one.rounding:
            pen.note(_rounded(one.rounding, one.amount.currency))
    pen.end()


def _payment(report: Report, one: LedgerEntry) -> tuple[str, ...]:
    return (
        _time(report, one.at), one.order_no, spoken(TENDERS, one.tender), report.gateway(one.gateway),
        report.name(one.cashier), one.amount.display, "" if one.fee is None else hundredths(one.fee),
    )  # fmt: skip


def _refunds(pen: Pen, report: Report) -> None:
    rows = report.refund_rows
    _heading(pen, _("Refunds"), len(rows))
    pen.table((
        Column(_("Time"), 31), Column(_("Refund number"), 37), Column(_("Order"), 37), Column(_("Refund method"), 22),
        Column(_("State"), 17), Column(_("Requested"), 23, True), Column(_("Booked"), 23, True),
    ))  # fmt: skip
    for row in rows:
        pen.row(_refund(report, row), more=1)
        pen.note(_why(report, row))
    pen.end()


def _refund(report: Report, row: RefundRow) -> tuple[str, ...]:
    return (
        _time(report, row.at), row.refund_no, row.order_no, spoken(WAYS, row.way), spoken(REFUNDS, row.state),
        row.asked.display, row.booked.display if row.booked else "",
    )  # fmt: skip


def _why(report: Report, row: RefundRow) -> str:
    """Return the note of a refund: gateway, actor, approver, reason and rounding."""
    parts = [report.gateway(row.gateway), report.name(row.by)]
    if row.refund and row.refund.approved_by:
        parts.append(_("approved by {name}").format(name=report.name(row.refund.approved_by)))
    if row.refund and row.refund.reason:
        parts.append(row.refund.reason)
    if row.rounding:
        parts.append(_rounded(row.rounding, row.asked.currency))
    return " · ".join(parts)


def _charges(pen: Pen, report: Report) -> None:
    if not report.charges:
        return
    _heading(pen, _("Charges of agreements"), len(report.charges))
    pen.table((
        Column(_("Agreement"), 40), Column(_("Reference"), 32), Column(_("Charge no."), 18), Column(_("Due"), 22),
        Column(_("State"), 22), Column(_("Amount"), 28, True),
    ))  # fmt: skip
    for one in report.charges:
        pen.row((*charge_cells(one)[:5], one.amount.display))
    pen.end()


def _rounded(minor: int, currency: str) -> str:
    return _("Rounding {amount}").format(amount=Money(minor, currency).display)


def _shifts(pen: Pen, report: Report) -> None:
    _heading(pen, _("Shifts"), len(report.shifts))
    pen.table((
        Column(_("Z"), 17), Column(_("Register"), 17), Column(_("Opened"), 28), Column(_("Closed"), 28),
        Column(_("Float"), 25, True), Column(_("Expected"), 25, True), Column(_("Counted"), 25, True),
        Column(_("Over or short"), 25, True),
    ))  # fmt: skip
    for one in report.shifts:
        pen.row(_shift(report, one), more=1 + len(one.sent_to))
        pen.note(" · ".join(part for part in (_people(report, one), one.reason) if part))
        for target in one.sent_to:
            pen.note(f"{target.gateway} {target.merchant} · {target.address}")
    pen.end()


def _shift(report: Report, one: Shift) -> tuple[str, ...]:
    amounts = (one.opening, one.expected, one.counted, one.difference)
    return (
        "" if one.z_no is None else str(one.z_no), one.register_id, _time(report, one.opened_at),
        _time(report, one.closed_at) if one.closed_at else _("still open"),
        *("" if amount is None else amount.display for amount in amounts),
    )  # fmt: skip


def _people(report: Report, one: Shift) -> str:
    opened = _("opened by {name}").format(name=report.name(one.opened_by))
    closed = _("closed by {name}").format(name=report.name(one.closed_by)) if one.closed_at else ""
    return " · ".join(part for part in (opened, closed) if part)


def _time(report: Report, at: datetime) -> str:
    return f"{report.local(at):%Y-%m-%d %H:%M:%S}"
