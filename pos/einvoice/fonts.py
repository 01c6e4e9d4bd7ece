"""Find fonts for printing on this machine, and draw text with them.

The main font has Chinese. Characters that it lacks are drawn with a fallback font; if no font has them, the geta mark
is printed in their place, as is usual in Chinese and Japanese typesetting, instead of an empty box.
"""

from __future__ import annotations

import os
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PIL import ImageFont

from pos.errors import ConfigError
from pos.i18n import N_

if TYPE_CHECKING:
    from PIL import ImageDraw

File = tuple[str, int]
"""A font file, and the number of a face in it."""

REGULAR: Final[tuple[File, ...]] = (
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 3),
    ("/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc", 3),
    ("/usr/share/fonts/google-noto-sans-cjk-fonts/NotoSansCJK-Regular.ttc", 3),
    ("/System/Library/Fonts/PingFang.ttc", 1),
    ("C:/Windows/Fonts/msjh.ttc", 0),
)
BOLD: Final[tuple[File, ...]] = (
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc", 3),
    ("/usr/share/fonts/noto-cjk/NotoSansCJK-Bold.ttc", 3),
    ("/usr/share/fonts/google-noto-sans-cjk-fonts/NotoSansCJK-Bold.ttc", 3),
    ("/System/Library/Fonts/PingFang.ttc", 7),
    ("C:/Windows/Fonts/msjhbd.ttc", 0),
)
"""Fonts with the Traditional Chinese face."""

FALLBACKS: Final[tuple[File, ...]] = (
    ("/usr/share/fonts/truetype/noto/NotoEmoji-Regular.ttf", 0),
    ("/usr/share/fonts/truetype/ancient-scripts/Symbola_hint.ttf", 0),
    ("/usr/share/fonts/truetype/noto/NotoSansThai-Regular.ttf", 0),
    ("/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf", 0),
    ("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", 0),
    ("/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf", 0),
    ("/System/Library/Fonts/Apple Symbols.ttf", 0),
    ("/System/Library/Fonts/Supplemental/Arial Unicode.ttf", 0),
    ("C:/Windows/Fonts/seguisym.ttf", 0),
    ("C:/Windows/Fonts/seguiemj.ttf", 0),
    ("C:/Windows/Fonts/LeelawUI.ttf", 0),
)
"""Fonts with outlines for characters that a Chinese font lacks: emoji, symbols, Thai and other scripts."""

MISSING: Final = "〓"
"""Replacement for a character that no font on this machine has (U+3013, the geta mark)."""

_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def font_file(*, bold: bool = False) -> File:
    """Return the file and the face of the main font. Raises ConfigError if this machine has none."""
    for path, face in BOLD if bold else REGULAR:
        if Path(path).is_file():
            return path, face
    hint = os.environ.get("WINDIR")
    raise ConfigError(N_("No Chinese font was found for printing. Install Noto Sans CJK."), hint or "")


@lru_cache(maxsize=64)
def font(pixels: int, *, bold: bool = False) -> Typeface:
    """Return the typeface of ``pixels`` per em. Raises ConfigError if this machine has no Chinese font."""
    return Typeface(pixels, font_file(bold=bold), _fallback_files())


@dataclass(frozen=True, slots=True)
class Typeface:
    """A size of the main font with its fallbacks. Lengths are in dots."""

    pixels: int
    main: File
    fallbacks: tuple[File, ...] = ()

    def getlength(self, text: str) -> float:
        """Return the advance of ``text``."""
        return sum(face.getlength(part) for face, part in self._runs(text))

    def getbbox(self, text: str) -> tuple[float, float, float, float]:
        """Return left, top, right and bottom of the ink of ``text``, drawn at (0, 0)."""
        boxes = []
        x = 0.0
        for face, part in self._runs(text):
            left, top, right, bottom = face.getbbox(part)
            boxes.append((x + left, top, x + right, bottom))
            x += face.getlength(part)
        if not boxes:
            return 0, 0, 0, 0
        lefts, tops, rights, bottoms = zip(*boxes, strict=True)
        return min(lefts), min(tops), max(rights), max(bottoms)

    def draw(self, canvas: ImageDraw.ImageDraw, x: float, y: float, text: str) -> None:
        """Draw ``text`` in black, all parts on the main font's baseline."""
        main = _load(self.main, self.pixels)
        ascent = main.getmetrics()[0]
        for face, part in self._runs(text):
            canvas.text((x, y + ascent - face.getmetrics()[0]), part, font=face, fill=0)
            x += face.getlength(part)

    def _runs(self, text: str) -> list[tuple[ImageFont.FreeTypeFont, str]]:
        """Split ``text`` into runs of one font each."""
        shown = printable(text, self.main, self.fallbacks)
        parts = groupby(shown, key=lambda one: _file_for(one, self.main, self.fallbacks))
        return [(_load(file or self.main, self.pixels), "".join(part)) for file, part in parts]


def printable(text: str, main: File, fallbacks: tuple[File, ...]) -> str:
    """Return ``text`` without invisible characters, with :data:`MISSING` for characters that no font has."""
    found = []
    for one in unicodedata.normalize("NFC", text):
        if unicodedata.category(one) in _INVISIBLE or "\ufe00" <= one <= "\ufe0f":
            continue
        found.append(one if _file_for(one, main, fallbacks) else MISSING)
    return "".join(found)


@lru_cache(maxsize=4096)
def _file_for(character: str, main: File, fallbacks: tuple[File, ...]) -> File | None:
    """Return the first font that has the character, None if no font has it."""
    return next((file for file in (main, *fallbacks) if ord(character) in _characters(file)), None)


@lru_cache(maxsize=16)
def _characters(file: File) -> frozenset[int]:
    """Return the code points of a face. Takes about 0.2 s for a Chinese font, once."""
    from fontTools.ttLib import TTFont, TTLibError

    try:
        with TTFont(file[0], fontNumber=file[1], lazy=True) as opened:
            return frozenset(opened.getBestCmap() or ())
    except (OSError, TTLibError):
        return frozenset()


@lru_cache(maxsize=128)
def _load(file: File, pixels: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(file[0], pixels, index=file[1])


@lru_cache(maxsize=1)
def _fallback_files() -> tuple[File, ...]:
    return tuple(file for file in FALLBACKS if Path(file[0]).is_file())
