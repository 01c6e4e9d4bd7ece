"""Distinguish scanner input from typing by the times of the keys and by the text. No Qt here."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from pos.domain.money import MAX_DIGITS

GAP: Final = 0.1
"""Longest time in seconds between two keys of one scan."""

QUICK: Final = 0.06
"""Mean time in seconds between keys that a person does not reach over eight keys."""

MACHINE: Final = 0.035
"""Longest time in seconds between keys that a person does not reach over six keys."""

SPREAD: Final = 0.016
"""Difference in seconds between the longest and the shortest time of a slow scanner; a person varies more."""

CODE: Final = 8
"""Keys of the shortest barcode (EAN-8)."""

SHORT_CODE: Final = 6
"""Keys of a shorter code, which counts only at machine speed and with Enter or Tab at its end."""

MIXED_CODE: Final = 4
"""Keys from which a quick text that is not a number is a scan."""

_NUMBER: Final = re.compile(r"[0-9.]*", re.ASCII)
_PAYMENT_CODE: Final = re.compile(r"[0-9]{16,24}", re.ASCII)
_RETAIL_LENGTHS: Final = (8, 12, 13, 14)  # EAN-8, UPC-A, EAN-13, GTIN-14


def is_retail_code(text: str) -> bool:
    """Return whether ``text`` is an EAN-8, UPC-A, EAN-13 or GTIN-14 with a correct check digit."""
    if len(text) not in _RETAIL_LENGTHS or not (text.isascii() and text.isdigit()):
        return False
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(text)))
    return weighted % 10 == 0


def is_code(text: str) -> bool:
    """Return whether ``text`` is a code and not an amount.

    Codes are retail barcodes, a customer's payment code (16 to 24 digits), and everything that is not a number:
    carriers (``/ABC+123``), order numbers, the Code 39 of receipts, addresses.
    """
    if _NUMBER.fullmatch(text):
        return is_retail_code(text) or _PAYMENT_CODE.fullmatch(text) is not None
    return len(text) >= MIXED_CODE


@dataclass(slots=True)
class Burst:
    """The keys that follow each other within :data:`GAP`. Times are in seconds on one clock.

    ``exact`` says that the times are those of the keyboard, not of the program: without them a busy window can make
    typing look quick, so only long or known codes count.
    """

    text: str = ""
    before: str = ""
    """What the field showed before the first key of the burst."""
    gaps: list[float] = field(default_factory=list)
    exact: bool = False
    _last: float = float("-inf")

    def add(self, at: float, key: str, before: str, *, exact: bool) -> bool:
        """Add a printable key while the field shows ``before``; return whether the burst is a scan by now."""
        if self._follows(at):
            self.gaps.append(at - self._last)
        else:
            self.text, self.before, self.gaps = "", before, []
        self.text += key
        self._last, self.exact = at, exact
        return self._is_known_scan

    def end(self, at: float) -> bool:
        """Return whether Enter or Tab at ``at`` ends a scan. The next key begins another burst."""
        if not self._follows(at):
            return False
        self.gaps.append(at - self._last)
        scan = self._is_known_scan or self._is_ended_scan
        self._last = float("-inf")
        return scan

    def holds_press(self, at: float) -> bool:
        """Return whether Enter or Space at ``at`` follows keys like one of a scan.

        A person types nothing on a button, so with exact times one key before it is enough.
        """
        return self._follows(at) and (self.exact or len(self.text) >= CODE)

    def _follows(self, at: float) -> bool:
        return 0 <= at - self._last <= GAP

    @property
    def _is_quick(self) -> bool:
        return bool(self.gaps) and sum(self.gaps) / len(self.gaps) <= QUICK

    @property
    def _is_steady(self) -> bool:
        if not self.exact:
            return bool(self.gaps) and max(self.gaps) <= MACHINE
        return self._is_quick or (bool(self.gaps) and max(self.gaps) - min(self.gaps) <= SPREAD)

    @property
    def _is_known_scan(self) -> bool:
        if self.exact and ((self._is_quick and len(self.text) >= CODE) or self._is_no_amount):
            return True
        return self._is_steady and is_code(self.text) and (self.exact or len(self.text) >= CODE)

    @property
    def _is_no_amount(self) -> bool:
        """Whether these are more digits than an amount has; a scanner on a busy machine is not steady."""
        return len(self.text) > MAX_DIGITS

    @property
    def _is_ended_scan(self) -> bool:
        if self._is_steady and len(self.text) >= CODE:
            return True
        return self.exact and len(self.text) >= SHORT_CODE and max(self.gaps) <= MACHINE
