"""The printed report of a shift: X while it is open, Z when it is closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from pos.domain.in_process_words import InProcessLine
from pos.domain.money import Money
from pos.domain.payment import Tender
from pos.domain.shift import Drawer, Shift
from pos.domain.target import Target
from pos.domain.totals import By, CurrencyTotals, InvoiceTotals, Sum, Totals
from pos.domain.words import TENDERS, spoken
from pos.einvoice.qr import single
from pos.einvoice.receipt_canvas import Bitmap, ReceiptCanvas, shrunk
from pos.einvoice.receipt_header import ReceiptHeader
from pos.einvoice.rows import BODY, CONTENT_WIDTH, LARGE, MARGIN, SMALL, draw_header, indented, paragraph, row, rows
from pos.i18n import _


def shift_slip(
    header: ReceiptHeader,
    shift: Shift,
    drawer: Drawer,
    totals: Totals,
    in_process: Sequence[InProcessLine],
    people: Mapping[str, str],
    journal_head: str,
    z: bool,
    *,
    blind: bool = False,
    made_at: datetime | None = None,
    canvas: ReceiptCanvas | None = None,
    sent_to: Sequence[Target] = (),
) -> Bitmap:
    """Draw the report in the current language. ``journal_head`` is the hash of the journal's last row, also as a code.

    ``blind`` leaves out of an X what the drawer should hold, and all figures that it can be computed from. ``made_at``
    is the time of an X (aware); ``canvas`` is a new one by default.
    """
    canvas = canvas or ReceiptCanvas()
    blind = blind and not z
    y = draw_header(canvas, header, _title(shift, z))
    for name, value in _facts(header, shift, people, made_at):
        y = row(canvas, y, name, value, SMALL)
    y = _float(canvas, y, shift) if blind else _drawer(canvas, y, drawer, shift)
    y = _count(canvas, y, shift)
    for found in totals.currencies:
        y = _tenders(canvas, y, found, blind)
    if shift.opening.currency == "TWD" or totals.invoices != InvoiceTotals():
        y = _invoices(canvas, y, totals.invoices)
    y = _in_process(canvas, y, in_process, z)
    y = _sent_to(canvas, y, sent_to)
    return canvas.bitmap(_proof(canvas, y, journal_head) + MARGIN)


def _title(shift: Shift, z: bool) -> str:
    return _("Z report no. {number}").format(number=shift.z_no) if z else _("X report, not closed")


def _facts(
    header: ReceiptHeader, shift: Shift, people: Mapping[str, str], made_at: datetime | None
) -> list[tuple[str, str]]:
    found = [(_("Register"), shift.register_id), (_("Opened"), _time(header, shift.opened_at))]
    if shift.opened_by:
        found.append((_("Opened by"), people.get(shift.opened_by, shift.opened_by)))
    if shift.closed_at:
        found.append((_("Closed"), _time(header, shift.closed_at)))
    if shift.closed_by:
        found.append((_("Closed by"), people.get(shift.closed_by, shift.closed_by)))
    if made_at:
        found.append((_("Printed"), _time(header, made_at)))
    return found


def _heading(canvas: ReceiptCanvas, y: int, title: str) -> int:
    fitted = shrunk(title, BODY, SMALL, CONTENT_WIDTH, bold=True)
    return canvas.text(canvas.rule(y + 8) + 10, title, fitted, bold=True) + 10


def _float(canvas: ReceiptCanvas, y: int, shift: Shift) -> int:
    y = row(canvas, _heading(canvas, y, _("Drawer")), _("Float"), shift.opening.display)
    return paragraph(canvas, y, _("This is a blind count: the expected cash is not shown.")) + 4


def _drawer(canvas: ReceiptCanvas, y: int, drawer: Drawer, shift: Shift) -> int:
    """Draw the formula line by line, then the count and the difference."""
    y = _heading(canvas, y, _("Drawer"))
    for number, (name, amount, sign) in enumerate(drawer.steps()):
        before = "" if number == 0 else "+ " if sign > 0 else "− "
        y = row(canvas, y, f"{before}{_(name)}", amount.display)
    y = row(canvas, canvas.rule(y) + 8, f"= {_('Expected')}", drawer.expected.display)
    if shift.counted is None:
        return y
    y = row(canvas, y, _("Counted"), shift.counted.display)
    return _difference(canvas, y, shift, shift.counted - drawer.expected)


def _difference(canvas: ReceiptCanvas, y: int, shift: Shift, found: Money) -> int:
    if found.minor == 0:
        return row(canvas, y, _("Balanced"), found.display)
    name = _("Over") if found.minor > 0 else _("Short")
    y = row(canvas, y, name, Money(abs(found.minor), found.currency).display, LARGE)
    return paragraph(canvas, y, _("Reason: {reason}").format(reason=shift.reason)) + 4 if shift.reason else y


def _count(canvas: ReceiptCanvas, y: int, shift: Shift) -> int:
    pieces = [(piece, number) for piece, number in sorted(shift.notes.items(), reverse=True) if number]
    if not pieces or shift.counted is None:
        return y
    y = _heading(canvas, y, _("Count"))
    for piece, number in pieces:
        one = Money(piece, shift.opening.currency)
        y = row(canvas, y, f"{one.display} × {number:,}", (one * number).display, SMALL)
    return y


def _tenders(canvas: ReceiptCanvas, y: int, found: CurrencyTotals, blind: bool) -> int:
    y = _heading(canvas, y, _("By tender, {currency}").format(currency=found.currency))
    for tender, one in found.by[By.TENDER].items():
        if not (blind and tender == Tender.CASH):
            y = _sum(canvas, y, spoken(TENDERS, tender), one, found.currency)
    return y if blind else _sum(canvas, canvas.rule(y) + 8, _("Total"), found.whole, found.currency)


def _sum(canvas: ReceiptCanvas, y: int, name: str, one: Sum, currency: str) -> int:
    """Draw a name with its net, and beneath it sales, rounding and refunds."""
    gross, back = Money(one.gross, currency).display, Money(one.refunded, currency).display
    y = row(canvas, y, name, Money(one.net, currency).display)
    y = indented(canvas, y - 2, _("Sales × {count}").format(count=one.sales), gross)
    if one.rounding:
        y = indented(canvas, y, _("Rounding"), Money(one.rounding, currency).display)
    return indented(canvas, y, _("Refunds × {count}").format(count=one.refunds), f"−{back}") if one.refunds else y + 4


def _invoices(canvas: ReceiptCanvas, y: int, found: InvoiceTotals) -> int:
    y = _heading(canvas, y, _("E-invoices"))
    counts = ((_("Issued"), found.issued), (_("To be issued"), found.owed), (_("Void"), found.void))
    y = rows(canvas, y, [(name, f"{number:,}") for name, number in (*counts, (_("Allowances"), found.allowance))])
    sums = ((_("Sales on e-invoices"), found.sales), (_("Tax on e-invoices"), found.tax))
    return rows(canvas, y, [(name, Money(amount, "TWD").display) for name, amount in sums])


def _in_process(canvas: ReceiptCanvas, y: int, in_process: Sequence[InProcessLine], z: bool) -> int:
    """Draw each payment and refund in process with its number; the next shift takes them over."""
    title = _("Carried over to the next shift: {count}") if z else _("In process: {count}")
    y = _heading(canvas, y, title.format(count=len(in_process)))
    for number, amount, words in in_process:
        y = canvas.text(y, number, shrunk(number, BODY, SMALL, CONTENT_WIDTH)) + 6
        y = indented(canvas, y, words, amount) + 4
    return y


def _sent_to(canvas: ReceiptCanvas, y: int, targets: Sequence[Target]) -> int:
    """Draw the addresses that requests were sent to."""
    if not targets:
        return y
    y = _heading(canvas, y, _("Gateway addresses"))
    for one in targets:
        y = row(canvas, y, one.gateway, one.merchant, SMALL)
        y = paragraph(canvas, y, one.address) + 4
        if one.local:
            y = paragraph(canvas, y, _("On this computer or its network, like a simulator")) + 4
    return y


def _proof(canvas: ReceiptCanvas, y: int, journal_head: str) -> int:
    """Draw the journal's head: a later change of earlier rows is detected by comparing it with the paper."""
    if not journal_head:
        return y
    y = _heading(canvas, y, _("Journal"))
    for start in range(0, len(journal_head), 16):
        group = journal_head[start : start + 16]
        y = canvas.text(y, " ".join(group[at : at + 4] for at in range(0, 16, 4)), BODY, side="centre") + 6
    return canvas.codes(y + 8, (single(journal_head),))


def _time(header: ReceiptHeader, at: datetime) -> str:
    return f"{at.astimezone(header.zone):%Y-%m-%d %H:%M:%S}"
