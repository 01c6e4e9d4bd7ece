"""The receipt of a split sale: its items, its total, and all parts that were paid."""

from __future__ import annotations

from pos.domain.payment import Attempt
from pos.domain.split import SplitSale
from pos.domain.words import TENDERS, spoken
from pos.einvoice.receipt_canvas import Bitmap, ReceiptCanvas
from pos.einvoice.receipt_header import ReceiptHeader
from pos.einvoice.receipts import facts, items, terms
from pos.einvoice.rows import INDENT, LARGE, MARGIN, SMALL, draw_header, indented, row, rows
from pos.i18n import _


def split_receipt(header: ReceiptHeader, sale: SplitSale) -> Bitmap:
    """Draw one receipt of a sale with a paid part. The barcode is the number of the newest: it is refunded first."""
    newest = sale.captured[-1]
    canvas = ReceiptCanvas()
    y = draw_header(canvas, header, _("Receipt"))
    y = rows(canvas, y, facts(header, newest))
    y = canvas.rule(y + 4) + 8
    y = terms(canvas, items(canvas, y, sale.lines), sale.terms)
    y = row(canvas, y + 4, _("Total"), sale.amount.display, LARGE)
    for part in sale.captured:
        y = _part(canvas, y, part)
    y = _sums(canvas, canvas.rule(y + 4) + 8, sale)
    return canvas.bitmap(canvas.bars(y + 8, newest.order_no, 56) + MARGIN)


def _part(canvas: ReceiptCanvas, y: int, part: Attempt) -> int:
    y = row(canvas, y + 4, spoken(TENDERS, part.tender), part.shown_amount.display)
    y = canvas.text(y, part.order_no, SMALL, left=INDENT) + 8
    if part.rounding is not None:
        y = indented(canvas, y, _("Rounding"), part.rounding.display)
    if part.tendered is not None and part.change is not None and part.change.minor:
        y = indented(canvas, y, _("Cash received"), part.tendered.display)
        y = indented(canvas, y, _("Change"), part.change.display)
    if part.refunded:
        y = indented(canvas, y, _("Refunded"), f"−{part.refunded.display}")
    return y


def _sums(canvas: ReceiptCanvas, y: int, sale: SplitSale) -> int:
    y = row(canvas, y, _("Paid"), sale.paid.display)
    if sale.unpaid.minor:
        y = row(canvas, y, _("Still to pay"), sale.unpaid.display)
    if sale.overpaid.minor:
        y = row(canvas, y, _("Paid too much"), sale.overpaid.display)
    return y
