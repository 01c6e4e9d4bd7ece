"""Fields that know a scanner from fingers: its Enter is no wish (reliability.md D2)."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit

from pos.gui.scan import Burst


class ScanField(QLineEdit):
    """Keeps what is scanned as what it is: words. ``scanned`` says that a barcode came."""

    scanned = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self._burst = Burst()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if event.text():
                self._burst.heard(time.monotonic(), self.text())
            super().keyPressEvent(event)
        elif (before := self._burst.ended(time.monotonic())) is None:
            super().keyPressEvent(event)
        else:
            self.keep(before)
            self.scanned.emit()

    def keep(self, before: str) -> None:
        """What stands there after a scan; ``before`` stood there until then."""


class DigitField(ScanField):
    """For a sum, a count or a PIN: what a scanner types is taken back."""

    def keep(self, before: str) -> None:
        self.setText(before)
