"""Telling a scanner from fingers: a barcode is no amount, and its Enter is no wish (reliability.md D2). No Qt here."""

from __future__ import annotations

from typing import Final

FAST: Final = 0.03
"""Seconds between two keys that no fingers reach over a whole code."""

CODE: Final = 8
"""Keys of the shortest barcode (EAN-8)."""


class Burst:
    """Listens to the keys as they come; times are monotonic, in seconds."""

    def __init__(self) -> None:
        self._last = 0.0
        self._count = 0
        self._before = ""

    def heard(self, at: float, before: str) -> None:
        """A key came while ``before`` stood on the display."""
        if at - self._last > FAST:
            self._count, self._before = 0, before
        self._last = at
        self._count += 1

    def ended(self, at: float) -> str | None:
        """Enter came: what stood there before a scanner wrote over it; None when it was fingers."""
        scanned = self._count >= CODE and at - self._last <= FAST
        self._count = 0
        return self._before if scanned else None
