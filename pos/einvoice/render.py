"""電子發票證明聯 格式一 as one bitmap: the same dots for preview, PDF and paper.

Geometry and letter heights: MOF 電子發票實施作業要點 附件一 (5.7 cm wide, first part 9 cm, fixed order of lines).
"""

from __future__ import annotations

from typing import Final

from pos.einvoice.payload import Proof
from pos.einvoice.qr import module_of, pair
from pos.einvoice.receipt_canvas import WIDTH, Bitmap, ReceiptCanvas, shortened, shrunk
from pos.einvoice.rows import indented, paragraph
from pos.errors import InputError
from pos.i18n import N_

PROOF_ROWS: Final = 624
"""Rows of the proof, for a knife 12 mm past the head: 9 cm of paper together."""

TITLE: Final = "電子發票證明聯"
COPY: Final = "補印"
FORMAT: Final = "格式25"
"""營業稅申報格式代碼, for a buyer with a number."""

RATES: Final = {1: "TX", 2: "TZ", 3: ""}
"""課稅別: taxed, zero rate, free of tax."""

BODY: Final = 24
SMALL: Final = 20
BARS: Final = 48
BLANK: Final = 16


def proof_sheet(proof: Proof, shop: str, *, copy: bool, rows: int = PROOF_ROWS, picture: bytes = b"") -> Bitmap:
    """The proof of a consumer, or the whole strip of a company; ``picture`` stands in the place of the name.

    Raises InputError where a code does not fit.
    """
    strip = ReceiptCanvas()
    end = _proof(strip, proof, shop, copy, picture)
    if end > rows:
        raise InputError("rows", N_("The proof is longer than the paper that is set for it."))
    if not proof.for_company:
        return strip.bitmap(rows)
    return strip.bitmap(_details(strip, rows, proof) + BLANK)


def detail_sheet(proof: Proof, shop: str) -> Bitmap:
    """A consumer's 交易明細, a sheet of its own."""
    strip = ReceiptCanvas()
    y = strip.lines(BLANK, shop or "交易明細", 30, smallest=BODY, side="centre", gap=12)
    y = strip.text(y, f"{proof.track}-{proof.number}", BODY, side="centre") + 8
    y = strip.text(y, f"{proof.issued_at:%Y-%m-%d %H:%M:%S}", BODY, side="centre") + 12
    return strip.bitmap(_details(strip, y, proof) + BLANK)


def _proof(strip: ReceiptCanvas, proof: Proof, shop: str, copy: bool, picture: bytes = b"") -> int:
    name = shop if proof.title_is_picture or not proof.title else proof.title
    if not (picture and strip.picture(8, picture, 44)):
        fitted = shrunk(name, 34, SMALL, WIDTH - 24)
        strip.text(14, shortened(name, fitted, WIDTH - 24), fitted, side="centre")
    strip.text(60, TITLE + COPY if copy else TITLE, 42 if copy else 46, bold=True, side="centre")
    strip.text(116, proof.period.label, 54, bold=True, side="centre")
    strip.text(181, f"{proof.track}-{proof.number}", 54, bold=True, side="centre")
    strip.text(236, f"{proof.issued_at:%Y-%m-%d %H:%M:%S}", BODY)
    if proof.for_company:
        strip.text(236, FORMAT, BODY, side="right")
    strip.text(264, f"隨機碼 {proof.random}", BODY)
    strip.text(264, f"總計 {proof.total}", BODY, side="right")
    strip.text(296, f"賣方 {proof.seller}", BODY)
    if proof.for_company:
        strip.text(296, f"買方 {proof.buyer}", BODY, side="right")
    strip.bars(333, proof.middle, BARS)
    codes = pair(proof.left, proof.right)
    if module_of(len(codes[0]), WIDTH) < 2:
        raise InputError("qrcode", N_("The code is too long for the paper."))
    return strip.codes(405, codes) + BLANK


def _details(strip: ReceiptCanvas, y: int, proof: Proof) -> int:
    """品名、數量、單價、金額、總計、課稅別; for a company 銷售額 and 稅額 too."""
    y = strip.rule(y + 4) + 8
    for line in proof.lines:
        y = paragraph(strip, y, line.name)
        y = indented(
            strip, y, f"{line.price} x {line.quantity}", f"{line.amount} {RATES.get(proof.rate_type, '')}".rstrip()
        )
    y = strip.rule(y) + 8
    sums = [("總計", proof.total)]
    if proof.for_company:
        sums = [("銷售額", proof.sales), ("稅額", proof.tax), ("總計", proof.total)]
    for name, amount in sums:
        strip.text(y, name, BODY)
        y = strip.text(y, str(amount), BODY, side="right") + 10
    return y
