"""A paper canvas that grows downwards: text and codes on whole dots, in black and white.

Nothing is cropped: a drawing that does not fit the paper's width or length raises :class:`DoesNotFit`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from PIL import Image, ImageDraw

from pos.einvoice import code39
from pos.einvoice.fonts import Typeface, font
from pos.einvoice.pictures import read_picture
from pos.einvoice.qr import GAP, Matrix, module_size
from pos.errors import InputError
from pos.i18n import N_

WIDTH: Final = 384
"""Dots of a 58 mm printer's head, 8 per millimetre."""

DOTS_PER_MM: Final = 8
STEP: Final = 2000
"""Initial rows of a canvas, and rows by which it grows."""

INK: Final = 140
"""Grey (of 255) up to which a dot of text is black."""

Box = tuple[int, int, int, int]
"""Left, top, width, height, in dots."""


@dataclass(frozen=True, slots=True)
class Bitmap:
    """A bitmap for the printer, and the boxes of its bars, which the PDF draws as vectors."""

    image: Image.Image
    bars: tuple[Box, ...]

    @property
    def height(self) -> int:
        return self.image.height


class DoesNotFit(InputError):
    """A drawing does not fit on the paper. Nothing is printed."""

    def __init__(self, detail: str) -> None:
        super().__init__("paper", N_("This does not fit on the paper, so it is not printed. Nothing was lost."))
        self.detail = detail


class ReceiptCanvas:
    """A canvas. Methods draw at ``y`` (dots from the top); most return the y beneath. :meth:`bitmap` cuts the paper."""

    def __init__(self) -> None:
        self._image = Image.new("L", (WIDTH, STEP), 255)
        self._draw = ImageDraw.Draw(self._image)
        self._bars: list[Box] = []
        self._lowest = 0

    def text(self, y: int, text: str, pixels: int, *, bold: bool = False, side: str = "left", left: int = 16) -> int:
        """Draw one line whose Chinese characters begin at ``y``; ``side`` is left, right or centre.

        Raises DoesNotFit if the line is wider than the paper.
        """
        face = font(pixels, bold=bold)
        x0, y0, x1, y1 = face.getbbox(text)
        _x0, top, _x1, bottom = face.getbbox("國")  # digits and Chinese of one row share a line
        wide = x1 - x0
        x = {"left": left, "right": WIDTH - 16 - wide, "centre": (WIDTH - wide) // 2}[side]
        self._reserve(x, y + y0 - top, wide, y1 - y0, text)
        face.draw(self._draw, x - x0, y - top, text)
        return int(y + bottom - top)

    def lines(
        self,
        y: int,
        text: str,
        pixels: int,
        *,
        smallest: int = 20,
        side: str = "left",
        gap: int = 6,
    ) -> int:
        """Draw ``text`` on one line, shrunk down to ``smallest`` pixels if needed, otherwise on several lines."""
        width = WIDTH - 32
        fitted = shrunk(text, pixels, smallest, width)
        for part in wrapped(text, font(fitted), width):
            y = self.text(y, part, fitted, side=side) + gap
        return y

    def picture(self, y: int, raw: bytes, height: int) -> bool:
        """Draw a picture, centred and at most ``height`` rows high; return False if it is not a picture."""
        flat = read_picture(raw)
        if flat is None:
            return False
        flat.thumbnail((WIDTH - 24, height))
        self._reserve(0, y, flat.width, flat.height, "picture")
        self._image.paste(flat, ((WIDTH - flat.width) // 2, y))
        return True

    def bars(self, y: int, text: str, height: int) -> int:
        """Draw a centred Code 39 barcode."""
        dots = code39.modules(text)
        left = (WIDTH - len(dots)) // 2
        for x, wide in _runs([dot == "1" for dot in dots]):
            self._fill(left + x, y, wide, height)
        return y + height

    def codes(self, y: int, pair: Sequence[Matrix]) -> int:
        """Draw one QR code or two side by side, centred, scaled by whole dots."""
        side = len(pair[0])
        module = module_size(side, WIDTH)
        wide = side * module * len(pair) + GAP * (len(pair) - 1)
        for number, matrix in enumerate(pair):
            left = (WIDTH - wide) // 2 + number * (side * module + GAP)
            for row, line in enumerate(matrix):
                for x, run in _runs(line):
                    self._fill(left + x * module, y + row * module, run * module, module)
        return y + side * module

    def rule(self, y: int) -> int:
        """Draw a dotted line across the paper."""
        self._reserve(0, y, WIDTH, 2, "rule")
        for x in range(16, WIDTH - 16, 8):
            self._draw.rectangle((x, y, x + 3, y + 1), fill=0)
        return y + 2

    def edges(self, y: int) -> int:
        """Draw a line from the first dot of the print head to the last, with ticks at both ends."""
        self._reserve(0, y, WIDTH, 18, "edges")
        self._draw.rectangle((0, y, WIDTH - 1, y + 1), fill=0)
        for x in (0, WIDTH - 2):
            self._draw.rectangle((x, y, x + 1, y + 16), fill=0)
        return y + 18

    def bitmap(self, height: int) -> Bitmap:
        """Return the first ``height`` rows, one bit per dot. Raises DoesNotFit if something is drawn beneath them."""
        if self._lowest > height:
            raise DoesNotFit(f"{self._lowest} of {height} rows")
        self._grow(height)
        whole = self._image.crop((0, 0, WIDTH, height)).point(lambda grey: 255 if grey > INK else 0)
        return Bitmap(whole.convert("1"), tuple(self._bars))

    def _fill(self, x: int, y: int, wide: int, high: int) -> None:
        self._reserve(x, y, wide, high, "code")
        self._bars.append((x, y, wide, high))
        self._draw.rectangle((x, y, x + wide - 1, y + high - 1), fill=0)

    def _reserve(self, x: float, y: float, wide: float, high: float, what: str) -> None:
        """Grow the canvas until the box fits. Raises DoesNotFit for a box beside or above the paper."""
        if x < 0 or y < 0 or x + wide > WIDTH:
            raise DoesNotFit(f"{what[:40]!r} at {x}, {y}, {wide} dots wide")
        self._lowest = max(self._lowest, ceil(y + high))
        self._grow(self._lowest)

    def _grow(self, height: int) -> None:
        if height > self._image.height:
            taller = Image.new("L", (WIDTH, height + STEP), 255)
            taller.paste(self._image, (0, 0))
            self._image, self._draw = taller, ImageDraw.Draw(taller)


def wrapped(text: str, face: Typeface, width: int) -> list[str]:
    """Split ``text`` into lines of ``width`` dots at most; Chinese breaks anywhere, Latin text between words."""
    lines, line = [], ""
    for character in text:
        while line and face.getlength(line + character) > width:
            kept = _breakable(line, character)
            lines.append(line[:kept].rstrip())
            line = line[kept:]
        line += character if line or not lines else character.lstrip(" ")
    return [*lines, line]


def _breakable(line: str, following: str) -> int:
    """Return the length of a full line that stays on it: all, or the part before a Latin word that would be cut."""
    if following.isascii() and following != " ":
        found = re.search(r"[!-~]+$", line)
        return found.start() or len(line) if found else len(line)
    return len(line)


def shortened(text: str, pixels: int, width: int, *, bold: bool = False) -> str:
    """Return ``text`` if it fits into ``width`` dots, otherwise its beginning with an ellipsis."""
    face = font(pixels, bold=bold)
    if face.getlength(text) <= width:
        return text
    kept = text
    while kept and face.getlength(kept + "…") > width:
        kept = kept[:-1].rstrip()
    return kept + "…"


def shrunk(text: str, pixels: int, smallest: int, width: int, *, bold: bool = False) -> int:
    """Return the largest size from ``smallest`` to ``pixels`` with which ``text`` fits into ``width`` dots."""
    while pixels > smallest and font(pixels, bold=bold).getlength(text) > width:
        pixels -= 1
    return pixels


def _runs(line: Sequence[bool]) -> list[tuple[int, int]]:
    """Return start and length of each black run."""
    found: list[tuple[int, int]] = []
    for x, dark in enumerate(line):
        if dark and found and sum(found[-1]) == x:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        elif dark:
            found.append((x, 1))
    return found
