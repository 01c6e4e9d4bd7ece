"""A printed sheet as a PDF for the archive and the office printer: the bars are vectors, the letters the same dots.

The thermal printer never gets this file: a driver's scaling would take the bars' edges away.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from PIL import Image, ImageDraw, ImageOps

from pos.einvoice.receipt_canvas import DOTS_PER_MM, WIDTH, Bitmap

PAPER_MM: Final = 57
"""Width of the paper; the head leaves the same margin on both sides of it."""

MARGIN_MM: Final = (PAPER_MM - WIDTH / DOTS_PER_MM) / 2


def pdf_of(sheets: Iterable[Bitmap]) -> bytes:
    """One page a sheet, in its own size, sharp at every resolution. Takes milliseconds: not on the GUI thread."""
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
    """The letters alone, three dots for one, so that no viewer blurs them much. In greys: fpdf2 2.8 writes pictures
    of one bit with rows that no reader finds."""
    letters = sheet.image.convert("L")
    draw = ImageDraw.Draw(letters)
    for x, y, wide, high in sheet.bars:
        draw.rectangle((x, y, x + wide - 1, y + high - 1), fill=255)
    return ImageOps.scale(letters, 3, Image.Resampling.NEAREST)
