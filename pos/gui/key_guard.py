"""Detect scanner input in key events, so that it is not read as an amount or a press of a button."""

from __future__ import annotations

import time
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from pos.gui.scan import Burst

ENTER: Final = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter})
PRESSES: Final = frozenset({*ENTER, Qt.Key.Key_Space, Qt.Key.Key_Select})
"""Keys that press a focused button."""


class KeyGuard:
    """Follows the keys of one widget by the time the keyboard sent them, however late the window reads them."""

    def __init__(self) -> None:
        self._burst = Burst()

    @property
    def before(self) -> str:
        """What the field showed before the scan."""
        return self._burst.before

    @property
    def scanned(self) -> str:
        """The keys of the scan so far."""
        return self._burst.text

    def is_scan(self, event: QKeyEvent, before: str = "") -> bool:
        """Note a printable key while the field shows ``before``; return whether it is part of a scan.

        A held key repeats at a scanner's speed; its repeats are not noted.
        """
        at, exact = _time_of(event)
        text = event.text()
        if event.isAutoRepeat() or not text or not text.isprintable():
            return False
        return self._burst.add(at, text, before, exact=exact)

    def restart(self) -> None:
        """Forget the keys so far: the next one begins a new burst."""
        self._burst = Burst()

    def ends_scan(self, event: QKeyEvent) -> bool:
        """Return whether this Enter or Tab is the last key of a scan."""
        return self._burst.end(_time_of(event)[0])

    def holds_press(self, event: QKeyEvent) -> bool:
        """Return whether a key must not press the focused button: it is part of a scan. Note every other key."""
        held = event.key() in PRESSES and self._burst.holds_press(_time_of(event)[0])
        if held or event.key() not in PRESSES:
            self.is_scan(event)
        return held


def _time_of(event: QKeyEvent) -> tuple[float, bool]:
    """Return the time of a key in seconds, and whether it is the keyboard's own."""
    sent = event.timestamp()
    return (sent / 1000, True) if sent else (time.monotonic(), False)
