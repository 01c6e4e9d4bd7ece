"""A reason: ready-made ones for a finger, and a field for words of one's own."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from pos.domain.typed_text import REASON_LIMIT
from pos.gui.layouts import vbox
from pos.gui.scan_fields import ScanField
from pos.gui.self_updating import SelfUpdating
from pos.gui.widgets import TARGET, Button
from pos.i18n import N_, _

OTHER = N_("Another reason")


class Reasons(SelfUpdating, QWidget):
    """``entered`` is Enter, ``changed`` every letter. ``ready`` are gettext ids, as is ``hint``, which the empty
    field shows; ``name`` is the field's objectName, and with a number from 0 that of each ready-made reason."""

    entered = Signal()
    changed = Signal()

    def __init__(self, name: str, ready: Sequence[str], *, columns: int = 2, hint: str = OTHER) -> None:
        super().__init__()
        self._ready, self._hint = ready, hint
        self.buttons = [self._made(f"{name}{place}", place) for place in range(len(ready))]
        self.field = ScanField(name)  # a number that is scanned is a reason, too
        self.field.setMaxLength(REASON_LIMIT)
        self.field.returnPressed.connect(self.entered)
        self.field.textChanged.connect(lambda _text: self.changed.emit())
        self.setFocusProxy(self.field)
        grid = QGridLayout()
        grid.setSpacing(8)
        for place, button in enumerate(self.buttons):
            grid.addWidget(button, place // columns, place % columns)
        vbox(grid, self.field, into=self)
        self.retranslate()

    def _made(self, name: str, place: int) -> Button:
        button = Button(name, "", lambda: self.field.setText(_(self._ready[place])))
        button.setMinimumHeight(TARGET)
        return button

    @property
    def text(self) -> str:
        """The text in the field."""
        return self.field.text().strip()

    def offer(self, ready: Sequence[str]) -> None:
        """Offer as many other ready-made reasons."""
        self._ready = ready
        self.field.clear()
        self.retranslate()

    def clear(self, text: str = "") -> bool:
        """Set the field to ``text``; False if it was empty."""
        had = bool(self.field.text())
        self.field.setText(text)
        return had

    def retranslate(self) -> None:
        self.field.setPlaceholderText(_(self._hint))
        self.field.setAccessibleName(_("Reason"))
        for button, text in zip(self.buttons, self._ready, strict=True):
            button.say(_(text))
