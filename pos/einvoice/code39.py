"""Code 39 (ISO/IEC 16388) without a check character, for the proof and for convenience stores."""

from __future__ import annotations

from typing import Final

from pos.errors import InputError
from pos.i18n import N_

NARROW, WIDE = 1, 3
"""Dots of a narrow and a wide bar: the only ratio with which 19 characters fit into 384 dots and can be scanned."""

_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. *$/+%"
_WIDE_ELEMENTS: Final = (
    "000110100", "100100001", "001100001", "101100000", "000110001", "100110000", "001110000", "000100101",
    "100100100", "001100100", "100001001", "001001001", "101001000", "000011001", "100011000", "001011000",
    "000001101", "100001100", "001001100", "000011100", "100000011", "001000011", "101000010", "000010011",
    "100010010", "001010010", "000000111", "100000110", "001000110", "000010110", "110000001", "011000001",
    "111000000", "010010001", "110010000", "011010000", "010000101", "110000100", "011000100", "010010100",
    "010101000", "010100010", "010001010", "000101010",
)  # fmt: skip
"""Nine elements of each character, bars and gaps in turn, 1 for a wide one (table 1 of the standard)."""

_TABLE: Final = dict(zip(_ALPHABET, _WIDE_ELEMENTS, strict=True))


def modules(text: str) -> str:
    """Return ``text`` with start and stop characters, one character per dot, 1 for black.

    Raises InputError for a character that Code 39 lacks.
    """
    if not text or any(character not in _TABLE or character == "*" for character in text):
        raise InputError("barcode", N_("A Code 39 barcode can contain only digits, capital letters and -. $/+%."))
    return "0".join(_character(character) for character in f"*{text}*")


def _character(character: str) -> str:
    widths = (WIDE if wide == "1" else NARROW for wide in _TABLE[character])
    return "".join(("1" if place % 2 == 0 else "0") * width for place, width in enumerate(widths))
