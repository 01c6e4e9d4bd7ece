"""Printed slips other than invoices: receipt, ATM slip, convenience-store slip, recovery code, and test page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pos.domain.agreement_lines import ChargeLine
from pos.domain.agreement_words import count_words
from pos.domain.payment import Attempt, Line, SaleTerms
from pos.domain.words import TENDERS, spoken
from pos.einvoice.qr import single
from pos.einvoice.receipt_canvas import WIDTH, Bitmap, ReceiptCanvas, shrunk
from pos.einvoice.receipt_header import ReceiptHeader
from pos.einvoice.rows import BODY, LARGE, MARGIN, SMALL, draw_header, indented, paragraph, row, rows
from pos.i18n import _


def receipt(header: ReceiptHeader, attempt: Attempt, charge: ChargeLine | None = None) -> Bitmap:
    """Draw a receipt of a captured attempt, in the current language; ``charge`` is what it is of an agreement."""
    canvas = ReceiptCanvas()
    y = draw_header(canvas, header, _("Receipt"))
    y = rows(canvas, y, [*facts(header, attempt), *_charge(charge)])
    y = canvas.rule(y + 4) + 8
    y = terms(canvas, items(canvas, y, attempt.lines), attempt.terms)
    if attempt.differs:
        y = row(canvas, y + 4, _("Amount due"), attempt.amount.display)
    total = _("Received") if attempt.differs else _("Total")
    y = row(canvas, y + 4, total, attempt.shown_amount.display, LARGE)
    if attempt.rounding is not None:
        y = row(canvas, y, _("Rounding"), attempt.rounding.display)
        y = row(canvas, y, _("To pay in cash"), attempt.cash_due.display)
    y = row(canvas, y, spoken(TENDERS, attempt.tender), (attempt.tendered or attempt.shown_amount).display)
    if attempt.change is not None and attempt.change.minor:
        y = row(canvas, y, _("Change"), attempt.change.display)
    if attempt.refunded:
        y = row(canvas, y, _("Refunded"), f"−{attempt.refunded.display}")
    y = canvas.bars(y + 8, attempt.order_no, 56)  # to find the payment with the scanner
    return canvas.bitmap(y + MARGIN)


def atm_slip(header: ReceiptHeader, attempt: Attempt) -> Bitmap:
    """Draw the account, amount and deadline of an ATM transfer; the QR code has the account's digits."""
    account = attempt.virtual_account
    assert account is not None
    canvas = ReceiptCanvas()
    y = draw_header(canvas, header, _("ATM transfer"))
    y = row(canvas, y, _("Amount"), attempt.amount.display, LARGE)
    y = row(canvas, y, _("Bank"), f"{account.bank_code} {account.bank_name}".strip())
    y = canvas.text(y, _("Account"), BODY) + 8
    y = canvas.text(y, account.grouped, shrunk(account.grouped, LARGE, BODY, WIDTH - 32), bold=True, side="centre") + 10
    y = row(canvas, y, _("Pay until"), f"{account.expires_at.astimezone(header.zone):%Y-%m-%d %H:%M}")
    y = canvas.codes(y + 8, (single(account.account),)) + 12
    y = rows(canvas, y, facts(header, attempt))
    return canvas.bitmap(y + MARGIN)


def store_slip(
    header: ReceiptHeader, attempt: Attempt, pin: str, bars: Sequence[str], until: datetime | None
) -> Bitmap:
    """Draw up to three Code 39 barcodes (『ibon』欄位, BARCODE), or the PIN, for a convenience store."""
    canvas = ReceiptCanvas()
    y = draw_header(canvas, header, _("Pay at a convenience store"))
    y = row(canvas, y, _("Amount"), attempt.amount.display, LARGE)
    if until is not None:
        y = row(canvas, y, _("Pay until"), f"{until.astimezone(header.zone):%Y-%m-%d %H:%M}")
    if pin:
        y = canvas.text(y, pin, shrunk(pin, LARGE, SMALL, WIDTH - 32, bold=True), bold=True, side="centre") + 12
    for text in bars:
        y = canvas.bars(y + 8, text, 56) + 6
        y = canvas.text(y, text, SMALL, side="centre") + 12
    if pin and not bars:
        y = canvas.codes(y, (single(pin),)) + 12
    y = rows(canvas, y, facts(header, attempt))
    return canvas.bitmap(y + MARGIN)


def code_slip(header: ReceiptHeader, code: str) -> Bitmap:
    """Draw the shop's recovery code."""
    canvas = ReceiptCanvas()
    y = draw_header(canvas, header, _("Recovery code"))
    y = canvas.text(y + 8, code, shrunk(code, LARGE, SMALL, WIDTH - 32, bold=True), bold=True, side="centre") + 16
    about = _("Keep this in the safe. Anyone who has it can add owners and replace the merchant keys.")
    return canvas.bitmap(paragraph(canvas, y, about) + MARGIN)


def test_page(header: ReceiptHeader) -> Bitmap:
    """Draw a test page with edges, letters and the finest bars, to be checked before the first invoice."""
    canvas = ReceiptCanvas()
    y = draw_header(canvas, header, _("Test page"))
    y = canvas.text(y, "電子發票證明聯", 46, bold=True, side="centre") + 12
    y = canvas.bars(y, "11104JH000002423385", 48) + 16
    y = canvas.codes(y, (single("Counter 0123456789"),)) + 16
    for text in (
        _("Both ends of the line must be on the paper."),
        _("If a phone cannot read the barcode, lower the print density: darker is harder to read."),
    ):
        y = paragraph(canvas, y, text)
    y = canvas.edges(y + 8) + 8
    return canvas.bitmap(y + MARGIN)


def _charge(charge: ChargeLine | None) -> list[tuple[str, str]]:
    if charge is None:
        return []
    found = [(_("Agreement"), charge.agreement_no), (_("Charge no."), count_words(charge.number, charge.times))]
    return [*found, (_("Next charge"), charge.next_due.isoformat())] if charge.next_due else found


def items(canvas: ReceiptCanvas, y: int, lines: Sequence[Line]) -> int:
    """Draw the items of a sale; return the y beneath."""
    for line in lines:
        y = paragraph(canvas, y, line.name)
        y = indented(canvas, y, f"{line.unit_price.decimal} x {line.quantity}", line.gross.decimal) + 2
        if line.discount:
            y = indented(canvas, y, _("Discount"), f"−{line.discount.decimal}") + 2
    return y


def terms(canvas: ReceiptCanvas, y: int, found: SaleTerms) -> int:
    """Draw the discount and the note of a sale; return the y beneath."""
    if off := found.discount:
        name = f"{_('Discount')} {off.rate}".rstrip()
        y = row(canvas, y + 4, name, f"−{off.amount.display}")
        y = paragraph(canvas, y, off.reason)
    return row(canvas, y + 4, _("Note"), found.note, LARGE) if found.note else y


def facts(header: ReceiptHeader, attempt: Attempt) -> list[tuple[str, str]]:
    """Return the time, register and order number of a payment, with their names."""
    at = (attempt.ended_at or attempt.created_at).astimezone(header.zone)
    return [
        (_("Time"), f"{at:%Y-%m-%d %H:%M:%S}"),
        (_("Register"), header.register_id),
        (_("Order"), attempt.order_no),
    ]
