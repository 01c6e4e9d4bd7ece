"""What a convenience store needs: the PIN in large digits, and up to three Code 39 barcodes for its scanner."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from pos.domain.payment import Attempt
from pos.gui.layouts import STRETCH, vbox
from pos.gui.theme import TYPE
from pos.gui.widgets import label
from pos.i18n import _

HIGH, TEXT, GAP, QUIET = 44, 20, 8, 20
"""Pixels of a barcode, of its text, between two, and of white beside it."""

LOWEST = 28
"""Pixels of a barcode where the window is low."""


class Bars(QWidget):
    """Black on white in every theme: a scanner knows no other."""

    def __init__(self) -> None:
        super().__init__()
        self._texts: tuple[str, ...] = ()
        self._modules: tuple[str, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_texts(self, texts: tuple[str, ...]) -> None:
        """The barcodes of one payment."""
        from pos.einvoice.code39 import modules

        self._texts, self._modules = texts, tuple(modules(text) for text in texts)
        self.setMinimumHeight(len(texts) * (LOWEST + TEXT + GAP) + GAP)
        self.setMaximumHeight(len(texts) * (HIGH + TEXT + GAP) + GAP)
        self.setAccessibleName(", ".join(texts))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._texts:
            return
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor("white"))
        font = QFont(self.font())
        font.setPixelSize(TYPE["small"])
        painter.setFont(font)
        painter.setPen(QColor("black"))
        high = (self.height() - GAP) // len(self._texts) - TEXT - GAP
        y = GAP
        for text, dots in zip(self._texts, self._modules, strict=True):
            wide = max(1, (self.width() - 2 * QUIET) // len(dots))
            x = (self.width() - wide * len(dots)) // 2
            for place, dot in enumerate(dots):
                if dot == "1":
                    painter.fillRect(x + place * wide, y, wide, high, QColor("black"))
            painter.drawText(QRect(0, y + high, self.width(), TEXT), Qt.AlignmentFlag.AlignCenter, text)
            y += high + TEXT + GAP


class StoreView(QWidget):
    """PIN and bars."""

    def __init__(self) -> None:
        super().__init__()
        centre = Qt.AlignmentFlag.AlignCenter
        self._words, self._pin = label("caption", align=centre), label("big", "storePin", align=centre)
        self._bars = Bars()
        self._bars.setObjectName("storeBars")
        vbox(STRETCH, self._words, self._pin, (self._bars, 40), (None, 2), into=self)

    def show_attempt(self, attempt: Attempt) -> None:
        """The codes of the payment in front."""
        self._words.setText(_("Pay at a convenience store"))
        self._pin.setText(attempt.details.get("store_pin", ""))
        self._pin.setVisible(bool(self._pin.text()))
        self._bars.show_texts(tuple(attempt.details.get("store_bars", "").split()))


def has_store_codes(attempt: Attempt) -> bool:
    """Whether a convenience store is where this payment is to be paid."""
    return bool(attempt.details.get("store_pin") or attempt.details.get("store_bars"))
