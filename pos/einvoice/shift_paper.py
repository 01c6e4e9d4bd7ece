"""The paper of a shift: X while it runs, Z when it is closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from pos.domain.in_process_words import Entry
from pos.domain.money import Money
from pos.domain.payment import Tender
from pos.domain.shift import Drawer, Shift
from pos.domain.target import Target
from pos.domain.totals import By, CurrencyTotals, InvoiceTotals, Sum, Totals
from pos.domain.words import TENDERS, spoken
from pos.einvoice.qr import single
from pos.einvoice.receipt_canvas import Bitmap, ReceiptCanvas, shrunk
from pos.einvoice.receipt_header import ReceiptHeader
from pos.einvoice.rows import BODY, LARGE, MARGIN, ROOM, SMALL, head_of, indented, paragraph, row, rows
from pos.i18n import _


def shift_slip(
    head: ReceiptHeader,
    shift: Shift,
    drawer: Drawer,
    totals: Totals,
    in_process: Sequence[Entry],
    people: Mapping[str, str],
    journal_head: str,
    z: bool,
    *,
    blind: bool = False,
    made_at: datetime | None = None,
    strip: ReceiptCanvas | None = None,
    sent_to: Sequence[Target] = (),
) -> Bitmap:
    """The slip, in the language spoken now. ``journal_head`` is the hash of the journal's last row, also as a code.

    ``blind`` keeps from an X what the drawer should hold, and all that it could be worked out from. ``made_at`` is
    when an X was drawn (aware), ``strip`` the canvas (a new one by default).
    """
    strip = strip or ReceiptCanvas()
    blind = blind and not z
    y = head_of(strip, head, _title(shift, z))
    for name, value in _facts(head, shift, people, made_at):
        y = row(strip, y, name, value, SMALL)
    y = _float(strip, y, shift) if blind else _drawer(strip, y, drawer, shift)
    y = _count(strip, y, shift)
    for found in totals.currencies:
        y = _tenders(strip, y, found, blind)
    if shift.opening.currency == "TWD" or totals.invoices != InvoiceTotals():
        y = _invoices(strip, y, totals.invoices)
    y = _in_process(strip, y, in_process, z)
    y = _sent_to(strip, y, sent_to)
    return strip.bitmap(_proof(strip, y, journal_head) + MARGIN)


def _title(shift: Shift, z: bool) -> str:
    return _("Z report no. {number}").format(number=shift.z_no) if z else _("X report, not closed")


def _facts(
    head: ReceiptHeader, shift: Shift, people: Mapping[str, str], made_at: datetime | None
) -> list[tuple[str, str]]:
    found = [(_("Register"), shift.register_id), (_("Opened"), _time(head, shift.opened_at))]
    if shift.opened_by:
        found.append((_("Opened by"), people.get(shift.opened_by, shift.opened_by)))
    if shift.closed_at:
        found.append((_("Closed"), _time(head, shift.closed_at)))
    if shift.closed_by:
        found.append((_("Closed by"), people.get(shift.closed_by, shift.closed_by)))
    if made_at:
        found.append((_("Printed"), _time(head, made_at)))
    return found


def _heading(strip: ReceiptCanvas, y: int, title: str) -> int:
    fitted = shrunk(title, BODY, SMALL, ROOM, bold=True)
    return strip.text(strip.rule(y + 8) + 10, title, fitted, bold=True) + 10


def _float(strip: ReceiptCanvas, y: int, shift: Shift) -> int:
    y = row(strip, _heading(strip, y, _("Drawer")), _("Float"), shift.opening.display)
    return paragraph(strip, y, _("This is a blind count: the expected cash is not shown.")) + 4


def _drawer(strip: ReceiptCanvas, y: int, drawer: Drawer, shift: Shift) -> int:
    """The formula line by line, then the count and what is over or short."""
    y = _heading(strip, y, _("Drawer"))
    for number, (word, amount, sign) in enumerate(drawer.steps()):
        before = "" if number == 0 else "+ " if sign > 0 else "− "
        y = row(strip, y, f"{before}{_(word)}", amount.display)
    y = row(strip, strip.rule(y) + 8, f"= {_('Expected')}", drawer.expected.display)
    if shift.counted is None:
        return y
    y = row(strip, y, _("Counted"), shift.counted.display)
    return _difference(strip, y, shift, shift.counted - drawer.expected)


def _difference(strip: ReceiptCanvas, y: int, shift: Shift, found: Money) -> int:
    if found.minor == 0:
        return row(strip, y, _("Balanced"), found.display)
    word = _("Over") if found.minor > 0 else _("Short")
    y = row(strip, y, word, Money(abs(found.minor), found.currency).display, LARGE)
    return paragraph(strip, y, _("Reason: {reason}").format(reason=shift.reason)) + 4 if shift.reason else y


def _count(strip: ReceiptCanvas, y: int, shift: Shift) -> int:
    pieces = [(piece, number) for piece, number in sorted(shift.notes.items(), reverse=True) if number]
    if not pieces or shift.counted is None:
        return y
    y = _heading(strip, y, _("Count"))
    for piece, number in pieces:
        one = Money(piece, shift.opening.currency)
        y = row(strip, y, f"{one.display} × {number:,}", (one * number).display, SMALL)
    return y


def _tenders(strip: ReceiptCanvas, y: int, found: CurrencyTotals, blind: bool) -> int:
    y = _heading(strip, y, _("By tender, {currency}").format(currency=found.currency))
    for tender, one in found.by[By.TENDER].items():
        if not (blind and tender == Tender.CASH):
            y = _sum(strip, y, spoken(TENDERS, tender), one, found.currency)
    return y if blind else _sum(strip, strip.rule(y) + 8, _("Total"), found.whole, found.currency)


def _sum(strip: ReceiptCanvas, y: int, name: str, one: Sum, currency: str) -> int:
    """A name with its net, beneath it what that is the difference of."""
    gross, back = Money(one.gross, currency).display, Money(one.refunded, currency).display
    y = row(strip, y, name, Money(one.net, currency).display)
    y = indented(strip, y - 2, _("Sales × {count}").format(count=one.sales), gross)
    if one.rounding:
        y = indented(strip, y, _("Rounding"), Money(one.rounding, currency).display)
    return indented(strip, y, _("Refunds × {count}").format(count=one.refunds), f"−{back}") if one.refunds else y + 4


def _invoices(strip: ReceiptCanvas, y: int, found: InvoiceTotals) -> int:
    y = _heading(strip, y, _("E-invoices"))
    counts = ((_("Issued"), found.issued), (_("To be issued"), found.owed), (_("Void"), found.void))
    y = rows(strip, y, [(word, f"{number:,}") for word, number in (*counts, (_("Allowances"), found.allowance))])
    sums = ((_("Sales on e-invoices"), found.sales), (_("Tax on e-invoices"), found.tax))
    return rows(strip, y, [(word, Money(amount, "TWD").display) for word, amount in sums])


def _in_process(strip: ReceiptCanvas, y: int, in_process: Sequence[Entry], z: bool) -> int:
    """Each payment and refund whose end is not known yet, by its number: the next shift goes on with them."""
    title = _("Carried over to the next shift: {count}") if z else _("In process: {count}")
    y = _heading(strip, y, title.format(count=len(in_process)))
    for number, amount, words in in_process:
        y = strip.text(y, number, shrunk(number, BODY, SMALL, ROOM)) + 6
        y = indented(strip, y, words, amount) + 4
    return y


def _sent_to(strip: ReceiptCanvas, y: int, targets: Sequence[Target]) -> int:
    """The addresses that the gateways were reached at."""
    if not targets:
        return y
    y = _heading(strip, y, _("Gateway addresses"))
    for one in targets:
        y = row(strip, y, one.gateway, one.merchant, SMALL)
        y = paragraph(strip, y, one.address) + 4
        if one.local:
            y = paragraph(strip, y, _("On this computer or its network, like a simulator")) + 4
    return y


def _proof(strip: ReceiptCanvas, y: int, journal_head: str) -> int:
    """The journal's head: what stands here can no longer be changed there without being found out."""
    if not journal_head:
        return y
    y = _heading(strip, y, _("Journal"))
    for start in range(0, len(journal_head), 16):
        group = journal_head[start : start + 16]
        y = strip.text(y, " ".join(group[at : at + 4] for at in range(0, 16, 4)), BODY, side="centre") + 6
    return strip.codes(y + 8, (single(journal_head),))


def _time(head: ReceiptHeader, at: datetime) -> str:
    return f"{at.astimezone(head.zone):%Y-%m-%d %H:%M:%S}"
