"""The keypad: 7-8-9 on top, as on every register; targets of 18 mm."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from pos.gui.self_updating import SelfUpdating
from pos.gui.widgets import Button
from pos.i18n import _

DIGIT = 68
"""Pixels of a digit's side at least: 18 mm at 96 dpi."""

PLACES = {
    "7": (0, 0), "8": (0, 1), "9": (0, 2),
    "4": (1, 0), "5": (1, 1), "6": (1, 2),
    "1": (2, 0), "2": (2, 1), "3": (2, 2),
    "0": (3, 0), "00": (3, 1), ".": (3, 2),
}  # fmt: skip


class Keypad(SelfUpdating, QWidget):
    """``typed`` carries digits or a point, ``backspaced`` and ``cleared`` nothing."""

    typed = Signal(str)
    backspaced = Signal()
    cleared = Signal()

    def __init__(self, *, takes_point: bool) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(8)
        self._point = Button("keyPoint", "digit" if takes_point else "note", lambda: self.typed.emit("."))
        self._point.setEnabled(takes_point)
        for text, (row, column) in PLACES.items():
            key = self._point if text == "." else self._digit(text)
            key.say(text)
            grid.addWidget(_large(key), row, column)
        self._back = Button("keyBackspace", "edit", self.backspaced.emit).with_icon("backspace", "soft", alone=True)
        self._clear = Button("keyClear", "edit", self.cleared.emit)
        grid.addWidget(_large(self._back), 0, 3, 2, 1)
        grid.addWidget(_large(self._clear), 2, 3, 2, 1)
        self.retranslate()

    def _digit(self, text: str) -> Button:
        return Button(f"key{text}", "digit", lambda: self.typed.emit(text))

    def retranslate(self) -> None:
        self._back.setAccessibleName(_("Backspace"))
        self._clear.say("C", _("Clear the amount"))
        if self._point.isEnabled():
            self._point.say(".", _("Decimal point"))
        else:
            self._point.say(_("whole\ndollars"), _("This currency has no cents."))


def _large(key: Button) -> Button:
    key.setMinimumSize(DIGIT, DIGIT)
    key.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
    return key
