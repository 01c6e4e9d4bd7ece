"""Rows shared by all slips: the header, and a name with a value at the right. All functions return the y beneath."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pos.einvoice.fonts import font
from pos.einvoice.receipt_canvas import WIDTH, ReceiptCanvas, shrunk, wrapped
from pos.einvoice.receipt_header import ReceiptHeader
from pos.i18n import _

BODY: Final = 24
LARGE: Final = 34
SMALL: Final = 20
MARGIN: Final = 16
GAP: Final = 16
"""Least number of dots between a name and its value on one line."""

INDENT: Final = 40
CONTENT_WIDTH: Final = WIDTH - 2 * MARGIN


def draw_header(canvas: ReceiptCanvas, header: ReceiptHeader, title: str) -> int:
    """Draw the shop's name, the training mark, the title and a rule."""
    y = canvas.lines(MARGIN, header.shop or "Counter", LARGE, smallest=BODY, side="centre", gap=10)
    if header.training:
        y = canvas.text(y, _("TRAINING"), LARGE, bold=True, side="centre") + 10
    return canvas.rule(canvas.lines(y, title, BODY, side="centre", gap=10)) + 10


def rows(canvas: ReceiptCanvas, y: int, pairs: Sequence[tuple[str, str]]) -> int:
    """Draw names and values in small letters."""
    for name, value in pairs:
        y = row(canvas, y, name, value, SMALL)
    return y


def row(canvas: ReceiptCanvas, y: int, name: str, value: str, pixels: int = BODY) -> int:
    """Draw a name at the left and its value at the right, shrunk if needed, otherwise beneath the name."""
    name_pixels = min(pixels, BODY)
    width = CONTENT_WIDTH - font(name_pixels).getlength(name) - GAP
    if font(SMALL).getlength(value) > width:
        return canvas.lines(canvas.lines(y, name, name_pixels), value, SMALL, side="right") + 4
    fitted = shrunk(value, pixels, SMALL, int(width))
    canvas.text(y + max(0, fitted - BODY) // 2, name, name_pixels)
    return canvas.text(y, value, fitted, side="right") + 10


def indented(canvas: ReceiptCanvas, y: int, name: str, value: str) -> int:
    """Draw an indented name and value in small letters, on two lines if they do not fit on one."""
    face = font(SMALL)
    beneath = canvas.text(y, name, SMALL, left=INDENT)
    if INDENT + face.getlength(name) + GAP + face.getlength(value) > WIDTH - MARGIN:
        y = beneath + 6
    return canvas.text(y, value, SMALL, side="right") + 8


def paragraph(canvas: ReceiptCanvas, y: int, text: str) -> int:
    """Draw ``text`` in small letters on as many lines as it needs."""
    for part in wrapped(text, font(SMALL), CONTENT_WIDTH):
        y = canvas.text(y, part, SMALL) + 6
    return y
