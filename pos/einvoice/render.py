"""Draw 電子發票證明聯 格式一 as one bitmap, the same for preview, PDF and paper.

Geometry and letter heights: MOF 電子發票實施作業要點 附件一 (5.7 cm wide, first part 9 cm, fixed order of lines).
"""

from __future__ import annotations

from typing import Final

from pos.einvoice.payload import Proof
from pos.einvoice.qr import module_size, pair
from pos.einvoice.receipt_canvas import WIDTH, Bitmap, ReceiptCanvas, shortened, shrunk
from pos.einvoice.rows import indented, paragraph
from pos.errors import InputError
from pos.i18n import N_

PROOF_ROWS: Final = 624
"""Rows of the proof: with a knife 12 mm after the print head, 9 cm of paper."""

TITLE: Final = "電子發票證明聯"
COPY: Final = "補印"
FORMAT: Final = "格式25"
"""營業稅申報格式代碼, for a buyer with a number."""

RATES: Final = {1: "TX", 2: "TZ", 3: ""}
"""課稅別: taxed, zero rate, exempt."""

BODY: Final = 24
SMALL: Final = 20
BARS: Final = 48
BLANK: Final = 16


def proof_sheet(proof: Proof, shop: str, *, copy: bool, rows: int = PROOF_ROWS, picture: bytes = b"") -> Bitmap:
    """Draw the proof of a consumer, or proof and details of a company; ``picture`` replaces the shop's name.

    Raises InputError if a code does not fit.
    """
    canvas = ReceiptCanvas()
    end = _proof(canvas, proof, shop, copy, picture)
    if end > rows:
        raise InputError("rows", N_("The proof is longer than the paper that is set for it."))
    if not proof.for_company:
        return canvas.bitmap(rows)
    return canvas.bitmap(_details(canvas, rows, proof) + BLANK)


def detail_sheet(proof: Proof, shop: str) -> Bitmap:
    """Draw a consumer's 交易明細 on a sheet of its own."""
    canvas = ReceiptCanvas()
    y = canvas.lines(BLANK, shop or "交易明細", 30, smallest=BODY, side="centre", gap=12)
    y = canvas.text(y, f"{proof.track}-{proof.number}", BODY, side="centre") + 8
    y = canvas.text(y, f"{proof.issued_at:%Y-%m-%d %H:%M:%S}", BODY, side="centre") + 12
    return canvas.bitmap(_details(canvas, y, proof) + BLANK)


def _proof(canvas: ReceiptCanvas, proof: Proof, shop: str, copy: bool, picture: bytes = b"") -> int:
    name = shop if proof.title_is_picture or not proof.title else proof.title
    if not (picture and canvas.picture(8, picture, 44)):
        fitted = shrunk(name, 34, SMALL, WIDTH - 24)
        canvas.text(14, shortened(name, fitted, WIDTH - 24), fitted, side="centre")
    canvas.text(60, TITLE + COPY if copy else TITLE, 42 if copy else 46, bold=True, side="centre")
    canvas.text(116, proof.period.label, 54, bold=True, side="centre")
    canvas.text(181, f"{proof.track}-{proof.number}", 54, bold=True, side="centre")
    canvas.text(236, f"{proof.issued_at:%Y-%m-%d %H:%M:%S}", BODY)
    if proof.for_company:
        canvas.text(236, FORMAT, BODY, side="right")
    canvas.text(264, f"隨機碼 {proof.random}", BODY)
    canvas.text(264, f"總計 {proof.total}", BODY, side="right")
    canvas.text(296, f"賣方 {proof.seller}", BODY)
    if proof.for_company:
        canvas.text(296, f"買方 {proof.buyer}", BODY, side="right")
    canvas.bars(333, proof.middle, BARS)
    codes = pair(proof.left, proof.right)
    if module_size(len(codes[0]), WIDTH) < 2:
        raise InputError("qrcode", N_("The code is too long for the paper."))
    return canvas.codes(405, codes) + BLANK


def _details(canvas: ReceiptCanvas, y: int, proof: Proof) -> int:
    """Draw 品名、數量、單價、金額、總計、課稅別; for a company 銷售額 and 稅額 too."""
    y = canvas.rule(y + 4) + 8
    for line in proof.lines:
        y = paragraph(canvas, y, line.name)
        y = indented(
            canvas, y, f"{line.price} x {line.quantity}", f"{line.amount} {RATES.get(proof.rate_type, '')}".rstrip()
        )
    y = canvas.rule(y) + 8
    sums = [("總計", proof.total)]
    if proof.for_company:
        sums = [("銷售額", proof.sales), ("稅額", proof.tax), ("總計", proof.total)]
    for name, amount in sums:
        canvas.text(y, name, BODY)
        y = canvas.text(y, str(amount), BODY, side="right") + 10
    return y
