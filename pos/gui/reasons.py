"""A reason: ready-made ones for a finger, and a field for words of one's own."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QLineEdit, QVBoxLayout, QWidget

from pos.domain.shift import REASON_LIMIT
from pos.gui.widgets import TARGET, Button
from pos.i18n import _


class Reasons(QWidget):
    """``entered`` says that Enter was pressed. ``ready`` are gettext ids; ``name`` begins the objectNames."""

    entered = Signal()

    def __init__(self, name: str, ready: Sequence[str]) -> None:
        super().__init__()
        self._ready = ready
        self.buttons = [self._made(f"{name}Reason{place}", text) for place, text in enumerate(ready, 1)]
        self.field = QLineEdit()
        self.field.setObjectName(f"{name}Reason")
        self.field.setMaxLength(REASON_LIMIT)
        self.field.returnPressed.connect(self.entered)
        self.setFocusProxy(self.field)
        grid = QGridLayout()
        grid.setSpacing(8)
        for place, button in enumerate(self.buttons):
            grid.addWidget(button, place // 2, place % 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.field)
        column.addLayout(grid)
        self.retranslate()

    def _made(self, name: str, text: str) -> Button:
        button = Button(name, "", lambda: self.field.setText(_(text)))
        button.setMinimumHeight(TARGET)
        return button

    @property
    def text(self) -> str:
        """What stands in the field."""
        return self.field.text()

    def clear(self, text: str = "") -> None:
        self.field.setText(text)

    def retranslate(self) -> None:
        self.field.setPlaceholderText(_("Reason"))
        self.field.setAccessibleName(_("Reason"))
        for button, text in zip(self.buttons, self._ready, strict=True):
            button.say(_(text))
