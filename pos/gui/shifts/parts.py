"""What the shift page is made of: a field for a sum with its keys, a reason, a list to choose from."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QRegularExpression, Qt, Signal
from PySide6.QtGui import QKeyEvent, QRegularExpressionValidator
from PySide6.QtWidgets import (
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from pos.domain.money import MAX_DIGITS, Money, parse_sum, places
from pos.gui.digit_pad import BACK, DigitPad
from pos.gui.layouts import hbox, vbox
from pos.gui.scan_fields import DigitField
from pos.gui.tables import RecordTable
from pos.gui.widgets import Button, Card, Palette, label


class SumPad(QWidget):
    """One sum, typed or touched; nothing typed is nothing. ``entered`` is Enter, ``changed`` every digit, ``scanned`` a
    barcode, of which nothing stays."""

    entered = Signal()
    changed = Signal()
    scanned = Signal()

    def __init__(self, name: str, field: str, currency: str) -> None:
        super().__init__()
        self._currency, digits = currency, places(currency)
        self.word = label("caption")
        self.field = DigitField(field)
        self.field.scanned.connect(self.scanned)
        self.field.setProperty("role", "sum")
        self.field.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.field.setPlaceholderText("0")
        self.field.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        cents = rf"(\.[0-9]{{0,{digits}}})?" if digits else ""
        allowed = QRegularExpression(rf"[0-9]{{0,{MAX_DIGITS - digits}}}{cents}")
        self.field.setValidator(QRegularExpressionValidator(allowed, self.field))
        self.field.returnPressed.connect(self.entered)
        self.field.textChanged.connect(lambda _text: self.changed.emit())
        self.keys = DigitPad(name, ("0", "00", ".", BACK) if digits else ("0", "00", BACK))
        self.keys.typed.connect(self._on_key)
        self.keys.backspaced.connect(lambda: self._on_key(""))
        self.setFocusProxy(self.field)
        vbox(self.word, self.field, (self.keys, 1), into=self)

    @property
    def money(self) -> Money:
        """The sum in the field."""
        text = self.field.text()
        return parse_sum(f"0{text}" if text.startswith(".") else text or "0", self._currency)

    def put(self, sum_: Money) -> None:
        """Write a sum into it."""
        self.field.setText(sum_.decimal)

    def clear(self) -> bool:
        """Empty it; False when it was empty."""
        had = bool(self.field.text())
        self.field.clear()
        return had

    def say(self, word: str) -> None:
        """What the sum is."""
        self.word.setText(word)
        self.field.setAccessibleName(word)

    def _on_key(self, text: str) -> None:
        self.field.setFocus()
        self.field.insert(text) if text else self.field.backspace()


class Rows(RecordTable):
    """A table whose rows open: ``chosen`` carries a row that was touched or got Enter."""

    chosen = Signal(int)

    def __init__(self, name: str, columns: Mapping[str, int], right: int = -1) -> None:
        super().__init__(name, columns, right)
        self.cellClicked.connect(lambda row, _column: self.chosen.emit(row))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.currentRow() >= 0 and not event.isAutoRepeat():
                self.chosen.emit(self.currentRow())
            return
        super().keyPressEvent(event)


def sheet(margin: int = 16) -> tuple[Card, QVBoxLayout]:
    """A card and its column. In training there is room for the mark above."""
    card = Card(role="card")
    card.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)  # the row's shares, nothing else
    margins = margin, 2 * margin if Palette.training else margin, margin, margin
    return card, vbox(into=card, margins=margins)


def pair(owner: QWidget, left: Card, right: Card, share: int) -> None:
    """Two cards beside each other; the left one has ``share`` of a hundred."""
    hbox((left, share), (right, 100 - share), into=owner, spacing=16)


def big_button(name: str, role: str, action: Callable[[], object], height: int = 64) -> Button:
    """A button for what one came here for."""
    made = Button(name, role, action)
    made.setMinimumHeight(height)
    return made
