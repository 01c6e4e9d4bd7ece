"""Which of its eight masks a QR code takes: the calmest (ISO/IEC 18004, 7.8.3).

A picture is one integer, a bit a module, row after row, the quiet zone included: a run of five dark modules is five
shifted pictures laid over each other. qrcode looks at every module of every mask, four fifths of its whole time.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_M

QUIET: Final = 4
"""Modules of white around the code (ISO/IEC 18004)."""

FINDER: Final = "10111010000"
"""Looks like a corner of the code with white beside it; read from both ends."""


def picture(text: str) -> tuple[int, int]:
    """Modules of a side with the quiet zone, and the picture of ``text``."""
    code: QRCode[Any] = QRCode(error_correction=ERROR_CORRECT_M, border=QUIET, mask_pattern=0)
    code.add_data(text)
    code.make(fit=True)
    plain, side = _packed(code), code.modules_count + 2 * QUIET
    return side, min((plain ^ change for change in _changes(code.version)), key=lambda one: penalty(one, side))


def penalty(dark: int, side: int) -> int:
    """The points of 7.8.3.1 against a picture."""
    inside = _inside(side)
    light, whole = inside ^ dark, inside.bit_count()
    points = 10 * (abs(20 * dark.bit_count() - 10 * whole) // whole)  # ten for every 5 % away from the half
    for step in (1, side):  # along the rows, along the columns
        points += _runs(dark, step) + _runs(light, step)
        points += 40 * (_finders(dark, light, step, FINDER) + _finders(dark, light, step, FINDER[::-1]))
    return points + 3 * (_blocks(dark, side) + _blocks(light, side))


def _runs(one: int, step: int) -> int:
    """A run of five or more of one colour counts its length less two."""
    two = one & one >> step
    five = two & two >> 2 * step & one >> 4 * step  # a run of n holds n - 4 of these
    return five.bit_count() + 2 * (five & ~(five >> step)).bit_count()


def _blocks(one: int, side: int) -> int:
    two = one & one >> 1
    return (two & two >> side).bit_count()


def _finders(dark: int, light: int, step: int, wanted: str) -> int:
    found = -1
    for place, module in enumerate(wanted):
        found &= (dark if module == "1" else light) >> place * step
    return found.bit_count()


@lru_cache(maxsize=64)
def _inside(side: int) -> int:
    """Every module that is no quiet zone."""
    row = ((1 << side - 2 * QUIET) - 1) << QUIET
    return sum(row << side * number for number in range(QUIET, side - QUIET))


@lru_cache(maxsize=64)
def _changes(version: int) -> tuple[int, ...]:
    """What each mask turns over in a picture of mask 0: the same whatever the code says."""
    code: QRCode[Any] = QRCode(version, error_correction=ERROR_CORRECT_M, border=QUIET, mask_pattern=0)
    code.make(fit=False)
    masked = []
    for mask in range(8):
        code.makeImpl(False, mask)
        masked.append(_packed(code))
    return tuple(masked[0] ^ one for one in masked)


def _packed(code: QRCode[Any]) -> int:
    return int("".join("1" if dark else "0" for row in code.get_matrix() for dark in row), 2)
