"""A pad for a PIN: by keyboard, numpad, mouse or finger; the digits are never shown."""

from __future__ import annotations

from PySide6.QtCore import QRegularExpression, Qt, Signal
from PySide6.QtGui import QRegularExpressionValidator
from PySide6.QtWidgets import QGridLayout, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from pos.domain.staff import PIN_DIGITS
from pos.gui.keypad import DIGIT
from pos.gui.widgets import Button
from pos.i18n import _

KEYS = ("7", "8", "9", "4", "5", "6", "1", "2", "3", "", "0", "")


class PinPad(QWidget):
    """``typed`` carries the whole PIN when Enter or the tick is pressed. ``name`` begins its objectNames."""

    typed = Signal(str)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.field = QLineEdit()
        self.field.setObjectName(f"{name}Pin")
        self.field.setEchoMode(QLineEdit.EchoMode.Password)
        self.field.setMaxLength(PIN_DIGITS[1])
        self.field.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.field.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.field.setValidator(QRegularExpressionValidator(QRegularExpression("[0-9]*"), self.field))
        self.field.returnPressed.connect(self._on_done)
        self.setFocusProxy(self.field)
        self._back = Button(f"{name}Backspace", "edit", self.field.backspace).with_icon("backspace", "soft", alone=True)
        self._done = Button(f"{name}Done", "primary", self._on_done).with_icon("tick", "onaccent", alone=True)
        grid = QGridLayout()
        grid.setSpacing(8)
        for place, text in enumerate(KEYS):
            key = self._digit(name, text) if text else (self._back if place == 9 else self._done)
            key.setMinimumSize(DIGIT, DIGIT)
            key.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
            key.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            grid.addWidget(key, place // 3, place % 3)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.field)
        column.addLayout(grid)
        self.retranslate()

    def _digit(self, name: str, text: str) -> Button:
        key = Button(f"{name}Key{text}", "digit", lambda: self.field.insert(text))
        key.say(text)
        return key

    def _on_done(self) -> None:
        pin = self.field.text()
        self.field.clear()
        if pin:
            self.typed.emit(pin)

    def clear(self) -> bool:
        """Empty it; False when it was empty."""
        had = bool(self.field.text())
        self.field.clear()
        return had

    def retranslate(self) -> None:
        self.field.setPlaceholderText(_("PIN"))
        self.field.setAccessibleName(_("PIN"))
        self._back.setAccessibleName(_("Backspace"))
        self._done.setAccessibleName(_("Done"))

    def repaint_icons(self) -> None:
        self._back.repaint_icon()
        self._done.repaint_icon()
