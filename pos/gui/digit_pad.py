"""Pads of digits: 7-8-9 on top, as on every register; targets of 18 mm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLineEdit, QSizePolicy, QWidget

from pos.gui.self_updating import SelfUpdating
from pos.gui.widgets import Button
from pos.i18n import _

DIGIT: Final = 68
"""Pixels of a digit's side at least: 18 mm at 96 dpi."""

DIGITS: Final = ("7", "8", "9", "4", "5", "6", "1", "2", "3")
BACK, DONE = "back", "done"
SIGNS: Final = {".": "Point", ":": "Colon", "-": "Dash"}
"""What ends the objectName of a sign's key."""


class DigitPad(SelfUpdating, QWidget):
    """``typed`` carries a digit or sign, ``backspaced`` and ``done`` nothing. Its keys never take the focus.

    ``foot``: the keys below 1-2-3, three in a row; one that is alone in its row takes the whole row. ``name`` begins
    the objectNames; that of a digit is ``<name>Key7``.
    """

    typed = Signal(str)
    backspaced = Signal()
    done = Signal()
    focus_policy = Qt.FocusPolicy.NoFocus

    def __init__(self, name: str, foot: Sequence[str]) -> None:
        super().__init__()
        self._back = Button(f"{name}Backspace", "edit", self.backspaced.emit).with_icon("backspace", "soft", alone=True)
        self._done = Button(f"{name}Done", "primary", self.done.emit) if DONE in foot else None
        if self._done is not None:
            self._done.with_icon("tick", "onaccent", alone=True)
        self.grid = QGridLayout(self)
        self.grid.setContentsMargins(0, 0, 0, 0)
        self.grid.setSpacing(8)
        self.keys: dict[str, Button] = {}
        others = {BACK: self._back, DONE: self._done}
        texts = (*DIGITS, *foot)
        for place, text in enumerate(texts):
            alone = place % 3 == 0 and place == len(texts) - 1
            self.place(others.get(text) or self._made_key(name, text), place // 3, place % 3, 1, 3 if alone else 1)
        self.retranslate()

    def place(self, key: Button, row: int, column: int, rows: int = 1, columns: int = 1) -> None:
        """Put a key of full size on the pad."""
        key.setMinimumSize(DIGIT, DIGIT)
        key.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        key.setFocusPolicy(self.focus_policy)
        self.grid.addWidget(key, row, column, rows, columns)

    def _made_key(self, name: str, text: str) -> Button:
        key = Button(self.key_name(name, text), "digit", lambda: self.typed.emit(text))
        key.say(text)
        self.keys[text] = key
        return key

    def key_name(self, name: str, text: str) -> str:
        """Return the objectName of a digit's or sign's key."""
        return f"{name}Key{SIGNS.get(text, text)}"

    def retranslate(self) -> None:
        self._back.setAccessibleName(_("Backspace"))
        if self._done is not None:
            self._done.setAccessibleName(_("Done"))


class Keypad(DigitPad):
    """The pad of the sale. ``cleared`` is its key C; its point is disabled where the currency has no cents.

    ``split``: what is typed is the amount of a sale that is paid in several parts.
    """

    cleared = Signal()
    split = Signal()
    focus_policy = Qt.FocusPolicy.TabFocus

    def __init__(self, *, takes_point: bool) -> None:
        self._clear = Button("keyClear", "edit", lambda: self.cleared.emit())
        self._split = Button("keySplit", "word", lambda: self.split.emit())
        super().__init__("key", ("0", "00", "."))
        point = self.keys["."]
        point.setProperty("role", "digit" if takes_point else "note")
        point.setEnabled(takes_point)
        self.place(self._back, 0, 3, 2)
        self.place(self._clear, 2, 3)
        self.place(self._split, 3, 3)
        self.retranslate()

    def key_name(self, name: str, text: str) -> str:
        return f"{name}{SIGNS.get(text, text)}"

    def retranslate(self) -> None:
        super().retranslate()
        self._clear.say("C", _("Clear the amount"))
        self._split.say(_("Split"), _("Split the sale over several payments"))
        point = self.keys["."]
        if point.isEnabled():
            point.say(".", _("Decimal point"))
        else:
            point.say(_("whole\ndollars"), _("This currency has no cents."))


def field_pad(name: str, field: QLineEdit, sign: str) -> DigitPad:
    """Return a pad that types into ``field``. ``sign`` is its one key beside the digits: a point, a colon, "00"."""
    foot = ("0", sign) if sign == "00" else (sign, "0")
    pad = DigitPad(name, (*foot, BACK))
    pad.typed.connect(lambda text: field.insert(text))
    pad.backspaced.connect(lambda: field.backspace())
    return pad
