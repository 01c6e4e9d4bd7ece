"""A pad of digits for a text field: a touch till has no keyboard."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLineEdit, QSizePolicy, QWidget

from pos.gui.keypad import DIGIT
from pos.gui.self_updating import SelfUpdating
from pos.gui.widgets import Button
from pos.i18n import _


class FieldPad(SelfUpdating, QWidget):
    """Types into ``field``; its keys never take the focus, so that Tab leads on. ``sign`` is the one key beside the
    digits: a point, a colon, a dash."""

    def __init__(self, name: str, field: QLineEdit, sign: str) -> None:
        super().__init__()
        self._field = field
        self._back = Button(f"{name}Backspace", "edit", self._on_back).with_icon("backspace", "soft", alone=True)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(8)
        foot = ("0", sign) if sign == "00" else (sign, "0")  # as on every other pad of the register
        for place, text in enumerate(("7", "8", "9", "4", "5", "6", "1", "2", "3", *foot, "")):
            key = self._digit(name, text) if text else self._back
            key.setMinimumSize(DIGIT, DIGIT)
            key.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
            key.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            grid.addWidget(key, place // 3, place % 3)
        self.retranslate()

    def _digit(self, name: str, text: str) -> Button:
        names = {".": "Point", ":": "Colon", "-": "Dash"}
        key = Button(f"{name}Key{names.get(text, text)}", "digit", lambda: self._field.insert(text))
        key.say(text)
        return key

    def _on_back(self) -> None:
        self._field.backspace()

    def retranslate(self) -> None:
        self._back.setAccessibleName(_("Backspace"))
