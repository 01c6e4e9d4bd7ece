"""The rows that every slip is made of: its head, and a name with a value at the right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pos.einvoice.fonts import font
from pos.einvoice.head import Head
from pos.einvoice.strip import WIDTH, Strip, shrunk
from pos.i18n import _

BODY: Final = 24
LARGE: Final = 34
SMALL: Final = 20
MARGIN: Final = 16


def head_of(strip: Strip, head: Head, title: str) -> int:
    """The shop, the mark of training, the title and a rule. The y beneath them."""
    y = strip.text(MARGIN, head.shop or "Counter", shrunk(head.shop, LARGE, SMALL, WIDTH - 24), side="centre") + 10
    if head.training:
        y = strip.text(y, _("TRAINING"), LARGE, bold=True, side="centre") + 10
    return strip.rule(strip.text(y, title, BODY, side="centre") + 10) + 10


def rows(strip: Strip, y: int, pairs: Sequence[tuple[str, str]]) -> int:
    """Names and values in small letters. The y beneath them."""
    for name, value in pairs:
        y = row(strip, y, name, value, SMALL)
    return y


def row(strip: Strip, y: int, name: str, value: str, pixels: int = BODY) -> int:
    """A name at the left, its value at the right, shrunk where it must be. The y beneath them."""
    room = WIDTH - 2 * MARGIN - int(font(min(pixels, BODY)).getlength(name)) - 16
    fitted = shrunk(value, pixels, SMALL, room)
    strip.text(y + max(0, fitted - BODY) // 2, name, min(pixels, BODY))
    return strip.text(y, value, fitted, side="right") + 10
