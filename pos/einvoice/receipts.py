"""Papers that are no invoice: receipt, ATM slip, convenience-store bars, and the printer's test page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pos.domain.payment import Attempt
from pos.domain.words import TENDERS, spoken
from pos.einvoice.qr import single
from pos.einvoice.receipt_canvas import WIDTH, Bitmap, ReceiptCanvas, shrunk
from pos.einvoice.receipt_header import ReceiptHeader
from pos.einvoice.rows import BODY, LARGE, MARGIN, SMALL, head_of, indented, paragraph, row, rows
from pos.i18n import _


def receipt(head: ReceiptHeader, attempt: Attempt) -> Bitmap:
    """A plain receipt of a paid attempt, in the language spoken now."""
    strip = ReceiptCanvas()
    y = head_of(strip, head, _("Receipt"))
    y = rows(strip, y, _facts(head, attempt))
    y = strip.rule(y + 4) + 8
    for line in attempt.lines:
        y = paragraph(strip, y, line.name)
        y = indented(strip, y, f"{line.unit_price.decimal} x {line.quantity}", line.total.decimal) + 2
    if attempt.differs:
        y = row(strip, y + 4, _("Amount due"), attempt.amount.display)
    total = _("Received") if attempt.differs else _("Total")
    y = row(strip, y + 4, total, attempt.shown_amount.display, LARGE)
    if attempt.rounding is not None:
        y = row(strip, y, _("Rounding"), attempt.rounding.display)
        y = row(strip, y, _("To pay in cash"), attempt.cash_due.display)
    y = row(strip, y, spoken(TENDERS, attempt.tender), (attempt.tendered or attempt.shown_amount).display)
    if attempt.change is not None and attempt.change.minor:
        y = row(strip, y, _("Change"), attempt.change.display)
    if attempt.refunded:
        y = row(strip, y, _("Refunded"), f"−{attempt.refunded.display}")
    y = strip.bars(y + 8, attempt.order_no, 56)  # the scanner of the counter finds the payment again
    return strip.bitmap(y + MARGIN)


def atm_slip(head: ReceiptHeader, attempt: Attempt) -> Bitmap:
    """Where to transfer how much until when; the code carries the account's digits."""
    account = attempt.virtual_account
    assert account is not None
    strip = ReceiptCanvas()
    y = head_of(strip, head, _("ATM transfer"))
    y = row(strip, y, _("Amount"), attempt.amount.display, LARGE)
    y = row(strip, y, _("Bank"), f"{account.bank_code} {account.bank_name}".strip())
    y = strip.text(y, _("Account"), BODY) + 8
    y = strip.text(y, account.grouped, shrunk(account.grouped, LARGE, BODY, WIDTH - 32), bold=True, side="centre") + 10
    y = row(strip, y, _("Pay until"), f"{account.expires_at.astimezone(head.zone):%Y-%m-%d %H:%M}")
    y = strip.codes(y + 8, (single(account.account),)) + 12
    y = rows(strip, y, _facts(head, attempt))
    return strip.bitmap(y + MARGIN)


def store_slip(head: ReceiptHeader, attempt: Attempt, pin: str, bars: Sequence[str], until: datetime | None) -> Bitmap:
    """What a convenience store's scanner reads: up to three Code 39 barcodes (『ibon』欄位, BARCODE), or the PIN."""
    strip = ReceiptCanvas()
    y = head_of(strip, head, _("Pay at a convenience store"))
    y = row(strip, y, _("Amount"), attempt.amount.display, LARGE)
    if until is not None:
        y = row(strip, y, _("Pay until"), f"{until.astimezone(head.zone):%Y-%m-%d %H:%M}")
    if pin:
        y = strip.text(y, pin, shrunk(pin, LARGE, SMALL, WIDTH - 32, bold=True), bold=True, side="centre") + 12
    for text in bars:
        y = strip.bars(y + 8, text, 56) + 6
        y = strip.text(y, text, SMALL, side="centre") + 12
    if pin and not bars:
        y = strip.codes(y, (single(pin),)) + 12
    y = rows(strip, y, _facts(head, attempt))
    return strip.bitmap(y + MARGIN)


def code_slip(head: ReceiptHeader, code: str) -> Bitmap:
    """The shop's recovery code, for the safe."""
    strip = ReceiptCanvas()
    y = head_of(strip, head, _("Recovery code"))
    y = strip.text(y + 8, code, shrunk(code, LARGE, SMALL, WIDTH - 32, bold=True), bold=True, side="centre") + 16
    about = _("Keep this in the safe. Anyone who has it can add owners and replace the merchant keys.")
    return strip.bitmap(paragraph(strip, y, about) + MARGIN)


def test_page(head: ReceiptHeader) -> Bitmap:
    """Edges, letters and the finest bars: what a hand must look at before the first invoice."""
    strip = ReceiptCanvas()
    y = head_of(strip, head, _("Test page"))
    y = strip.text(y, "電子發票證明聯", 46, bold=True, side="centre") + 12
    y = strip.bars(y, "11104JH000002423385", 48) + 16
    y = strip.codes(y, (single("Counter 0123456789"),)) + 16
    for text in (
        _("Both ends of the line must be on the paper."),
        _("If a phone cannot read the barcode, lower the print density: darker is harder to read."),
    ):
        y = paragraph(strip, y, text)
    y = strip.edges(y + 8) + 8
    return strip.bitmap(y + MARGIN)


def _facts(head: ReceiptHeader, attempt: Attempt) -> list[tuple[str, str]]:
    at = (attempt.ended_at or attempt.created_at).astimezone(head.zone)
    return [
        (_("Time"), f"{at:%Y-%m-%d %H:%M:%S}"),
        (_("Register"), head.register_id),
        (_("Order"), attempt.order_no),
    ]
