"""Write a printed sheet as a PDF, for the archive and for office printers: bars as vectors, letters as a bitmap.

The thermal printer does not use this file: scaling by a driver would blur the edges of the bars.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from PIL import Image, ImageDraw, ImageOps

from pos.einvoice.receipt_canvas import DOTS_PER_MM, WIDTH, Bitmap

PAPER_MM: Final = 57
"""Width of the paper; the printable area is centred on it."""

MARGIN_MM: Final = (PAPER_MM - WIDTH / DOTS_PER_MM) / 2


def pdf_of(sheets: Iterable[Bitmap]) -> bytes:
    """Return a PDF with one page of its own size for each sheet. Takes milliseconds: not for the GUI thread."""
    from fpdf import FPDF

    made = FPDF(unit="mm")
    made.set_auto_page_break(auto=False)
    made.set_image_filter("FlateDecode")
    made.set_creator("Counter")
    for sheet in sheets:
        made.add_page(format=(PAPER_MM, sheet.height / DOTS_PER_MM))
        letters = _without_bars(sheet)
        made.image(letters, MARGIN_MM, 0, w=WIDTH / DOTS_PER_MM, h=sheet.height / DOTS_PER_MM)
        made.set_fill_color(0)
        for x, y, wide, high in sheet.bars:
            made.rect(MARGIN_MM + x / DOTS_PER_MM, y / DOTS_PER_MM, wide / DOTS_PER_MM, high / DOTS_PER_MM, style="F")
    return bytes(made.output())


def _without_bars(sheet: Bitmap) -> Image.Image:
    """Return the letters without the bars, scaled by three so that viewers blur them little.

    In grey: fpdf2 2.8 writes pictures of one bit with wrong rows.
    """
    letters = sheet.image.convert("L")
    draw = ImageDraw.Draw(letters)
    for x, y, wide, high in sheet.bars:
        draw.rectangle((x, y, x + wide - 1, y + high - 1), fill=255)
    return ImageOps.scale(letters, 3, Image.Resampling.NEAREST)
