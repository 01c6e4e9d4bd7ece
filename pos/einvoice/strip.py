"""A strip of paper that grows downwards: text and codes on whole dots, black or white, nothing between."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from pos.einvoice import code39
from pos.einvoice.fonts import font
from pos.einvoice.pictures import read_picture
from pos.einvoice.qr import GAP, Matrix, module_of

WIDTH: Final = 384
"""Dots of a 58 mm printer's head, 8 in a millimetre."""

DOTS_PER_MM: Final = 8
INK: Final = 140
"""Grey from which a dot of text is black, of 255."""

Box = tuple[int, int, int, int]
"""Left, top, width, height, in dots."""


@dataclass(frozen=True, slots=True)
class Bitmap:
    """What goes to the printer, and which boxes of it are the bars, for those who draw them as vectors."""

    image: Image.Image
    bars: tuple[Box, ...]

    @property
    def height(self) -> int:
        return self.image.height


class Strip:
    """Everything is drawn at ``y`` of its own; :meth:`bitmap` cuts the paper."""

    def __init__(self, height: int = 4000) -> None:
        self._image = Image.new("L", (WIDTH, height), 255)
        self._draw = ImageDraw.Draw(self._image)
        self._bars: list[Box] = []

    def text(self, y: int, text: str, pixels: int, *, bold: bool = False, side: str = "left", left: int = 16) -> int:
        """Draw one line whose Chinese begins at ``y``; ``side`` is left, right or centre. The y beneath it."""
        face = font(pixels, bold=bold)
        x0, _y0, x1, _y1 = face.getbbox(text)
        _x0, top, _x1, bottom = face.getbbox("國")  # digits and Chinese of one row stand on one line
        wide = x1 - x0
        x = {"left": left, "right": WIDTH - 16 - wide, "centre": (WIDTH - wide) // 2}[side]
        self._draw.text((x - x0, y - top), text, font=face, fill=0)
        return int(y + bottom - top)

    def picture(self, y: int, raw: bytes, height: int) -> bool:
        """A picture in black and white, at most ``height`` rows high, centred; False for what is no picture."""
        flat = read_picture(raw)
        if flat is None:
            return False
        flat.thumbnail((WIDTH - 24, height))
        self._image.paste(flat, ((WIDTH - flat.width) // 2, y))
        return True

    def bars(self, y: int, text: str, height: int) -> int:
        """A Code 39 barcode, centred. The y beneath it."""
        dots = code39.modules(text)
        left = (WIDTH - len(dots)) // 2
        for x, wide in _runs([dot == "1" for dot in dots]):
            self._fill(left + x, y, wide, height)
        return y + height

    def codes(self, y: int, pair: Sequence[Matrix]) -> int:
        """Two QR codes beside each other, or one, centred. The y beneath them. Nothing is scaled but by whole dots."""
        side = len(pair[0])
        module = module_of(side, WIDTH)
        wide = side * module * len(pair) + GAP * (len(pair) - 1)
        for number, matrix in enumerate(pair):
            left = (WIDTH - wide) // 2 + number * (side * module + GAP)
            for row, line in enumerate(matrix):
                for x, run in _runs(line):
                    self._fill(left + x * module, y + row * module, run * module, module)
        return y + side * module

    def rule(self, y: int) -> int:
        """A dotted line across the paper."""
        for x in range(16, WIDTH - 16, 8):
            self._draw.rectangle((x, y, x + 3, y + 1), fill=0)
        return y + 2

    def edges(self, y: int) -> int:
        """A rule from the first dot of the head to the last."""
        self._draw.rectangle((0, y, WIDTH - 1, y + 1), fill=0)
        for x in (0, WIDTH - 2):
            self._draw.rectangle((x, y, x + 1, y + 16), fill=0)
        return y + 18

    def bitmap(self, height: int) -> Bitmap:
        """The first ``height`` rows, one bit a dot."""
        whole = self._image.crop((0, 0, WIDTH, height)).point(lambda grey: 255 if grey > INK else 0)
        return Bitmap(whole.convert("1"), tuple(self._bars))

    def _fill(self, x: int, y: int, wide: int, high: int) -> None:
        self._bars.append((x, y, wide, high))
        self._draw.rectangle((x, y, x + wide - 1, y + high - 1), fill=0)


def wrapped(text: str, face: ImageFont.FreeTypeFont, room: int) -> list[str]:
    """``text`` in lines of ``room`` dots at most; Chinese may break anywhere, Latin words between them."""
    lines, line = [], ""
    for character in text:
        while line and face.getlength(line + character) > room:
            kept = _breakable(line, character)
            lines.append(line[:kept].rstrip())
            line = line[kept:]
        line += character if line or not lines else character.lstrip(" ")
    return [*lines, line]


def _breakable(line: str, following: str) -> int:
    """How much of a full line stays on it: all, or what stands before a Latin word that would be cut."""
    if following.isascii() and following != " ":
        word = re.search(r"[!-~]+$", line)
        return word.start() or len(line) if word else len(line)
    return len(line)


def shrunk(text: str, pixels: int, smallest: int, room: int, *, bold: bool = False) -> int:
    """The largest size of at most ``pixels`` with which ``text`` fits into ``room`` dots, ``smallest`` at least."""
    while pixels > smallest and font(pixels, bold=bold).getlength(text) > room:
        pixels -= 1
    return pixels


def _runs(line: Sequence[bool]) -> list[tuple[int, int]]:
    """Where black begins and how long it goes on."""
    found: list[tuple[int, int]] = []
    for x, dark in enumerate(line):
        if dark and found and sum(found[-1]) == x:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        elif dark:
            found.append((x, 1))
    return found
