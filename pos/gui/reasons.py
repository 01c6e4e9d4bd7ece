"""A reason: ready-made ones for a finger, and a field for words of one's own."""

from __future__ import annotations

import time
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QLineEdit, QVBoxLayout, QWidget

from pos.domain.shift import REASON_LIMIT
from pos.gui.scan import Burst
from pos.gui.widgets import TARGET, Button
from pos.i18n import N_, _

OTHER = N_("Another reason")


class ReasonField(QLineEdit):
    """Words. A number that is scanned is a reason too, but a scanner's Enter is no wish (reliability.md D2)."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setMaxLength(REASON_LIMIT)
        self._burst = Burst()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if event.text():
                self._burst.heard(time.monotonic(), self.text())
            super().keyPressEvent(event)
        elif self._burst.ended(time.monotonic()) is None:
            super().keyPressEvent(event)


class Reasons(QWidget):
    """``entered`` is Enter, ``changed`` every letter. ``ready`` are gettext ids, as is ``hint``, which stands in the
    empty field; ``name`` is the field's objectName, and with a number from 0 that of each ready-made reason."""

    entered = Signal()
    changed = Signal()

    def __init__(self, name: str, ready: Sequence[str], *, columns: int = 2, hint: str = OTHER) -> None:
        super().__init__()
        self._ready, self._hint = ready, hint
        self.buttons = [self._made(f"{name}{place}", place) for place in range(len(ready))]
        self.field = ReasonField(name)
        self.field.returnPressed.connect(self.entered)
        self.field.textChanged.connect(lambda _text: self.changed.emit())
        self.setFocusProxy(self.field)
        grid = QGridLayout()
        grid.setSpacing(8)
        for place, button in enumerate(self.buttons):
            grid.addWidget(button, place // columns, place % columns)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(grid)
        column.addWidget(self.field)
        self.retranslate()

    def _made(self, name: str, place: int) -> Button:
        button = Button(name, "", lambda: self.field.setText(_(self._ready[place])))
        button.setMinimumHeight(TARGET)
        return button

    @property
    def text(self) -> str:
        """What stands in the field."""
        return self.field.text().strip()

    def offer(self, ready: Sequence[str]) -> None:
        """Begin anew with as many other ready-made ones."""
        self._ready = ready
        self.field.clear()
        self.retranslate()

    def clear(self, text: str = "") -> bool:
        """Begin anew with ``text``; False when there was nothing to clear."""
        had = bool(self.field.text())
        self.field.setText(text)
        return had

    def retranslate(self) -> None:
        self.field.setPlaceholderText(_(self._hint))
        self.field.setAccessibleName(_("Reason"))
        for button, text in zip(self.buttons, self._ready, strict=True):
            button.say(_(text))
