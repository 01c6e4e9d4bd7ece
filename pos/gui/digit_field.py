"""A field for digits that knows a scanner: what that types is taken back, and its Enter is no wish."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit

from pos.gui.scan import Burst


class DigitField(QLineEdit):
    """``scanned`` says that a barcode came instead of a sum, or of a PIN."""

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
            self.setText(before)
            self.scanned.emit()
