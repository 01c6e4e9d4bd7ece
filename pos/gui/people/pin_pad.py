"""A pad for PINs: by keyboard, numpad, mouse or finger; the digits are never shown."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRegularExpression, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QRegularExpressionValidator
from PySide6.QtWidgets import QLineEdit, QWidget

from pos.domain.pin_rules import LONGEST
from pos.errors import LockedOut, PosError
from pos.gui.big_tile import ARROWS
from pos.gui.digit_pad import BACK, DONE, DigitPad
from pos.gui.layouts import hbox, vbox
from pos.gui.scan_fields import DigitField
from pos.gui.self_updating import SelfUpdating
from pos.gui.widgets import Band, label
from pos.i18n import N_, Message, _

OLD: Final = "Old"
NEW: Final = ""
AGAIN: Final = "Again"
CAPTIONS: Final = {OLD: N_("Current PIN"), NEW: N_("PIN"), AGAIN: N_("Repeat PIN")}
"""The fields of a :class:`PinForm`, by the end of their objectNames."""


class PinField(DigitField):
    """Takes the digits of a PIN and shows dots. Arrows are left to the page, and a scanned receipt is
    not a wrong PIN."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self.setMaxLength(LONGEST)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setInputMethodHints(Qt.InputMethodHint.ImhDigitsOnly | Qt.InputMethodHint.ImhSensitiveData)
        self.setValidator(QRegularExpressionValidator(QRegularExpression("[0-9]*"), self))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in ARROWS:
            event.ignore()
        else:
            super().keyPressEvent(event)


class PinPad(SelfUpdating, QWidget):
    """``typed`` carries the whole PIN when Enter or the tick is pressed. ``name`` begins its objectNames."""

    typed = Signal(str)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.field = PinField(f"{name}Pin")
        self.field.returnPressed.connect(self._on_done)
        self.setFocusProxy(self.field)
        self._keys = DigitPad(name, (BACK, "0", DONE))
        self._keys.typed.connect(self.type)
        self._keys.backspaced.connect(self.field.backspace)
        self._keys.done.connect(self._on_done)
        vbox(self.field, (self._keys, 1), into=self)
        self.retranslate()

    def type(self, digits: str) -> None:
        """As if they were typed into the field."""
        self.field.setFocus()
        self.field.insert(digits)

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


class PinForm(SelfUpdating, QWidget):
    """Some PINs one after the other, with one pad: Enter or the tick goes to the next field, and after the last one
    ``done`` is emitted. ``name`` begins the objectNames, :data:`CAPTIONS` end those of the fields."""

    done = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.fields = {end: PinField(f"{name}Pin{end}") for end in CAPTIONS}
        self._captions = {end: label("caption") for end in CAPTIONS}
        self._places = {end: QWidget() for end in CAPTIONS}
        self._wanted: tuple[str, ...] = (NEW, AGAIN)
        self._keys = DigitPad(name, (BACK, "0", DONE))
        self._keys.typed.connect(self._type)
        self._keys.backspaced.connect(lambda: self._here.backspace())
        self._keys.done.connect(self._on_done)
        for end, field in self.fields.items():
            field.returnPressed.connect(self._on_done)
            vbox(self._captions[end], field, into=self._places[end], spacing=4)
        vbox(hbox(*((place, 1) for place in self._places.values())), (self._keys, 1), into=self)
        self.retranslate()

    def ask(self, *ends: str) -> None:
        """Empty, with these fields."""
        self._wanted = ends
        for end, field in self.fields.items():
            field.clear()
            self._places[end].setVisible(end in ends)

    def clear(self) -> bool:
        """Empty all of them; False when they were empty."""
        had = any(field.text() for field in self.fields.values())
        for field in self.fields.values():
            field.clear()
        return had

    def begin(self) -> None:
        """Put the focus where typing begins."""
        self.fields[self._wanted[0]].setFocus()

    @property
    def _here(self) -> PinField:
        """The field that has the focus, else the first that is empty, else the last."""
        fields = [self.fields[end] for end in self._wanted]
        focused = next((field for field in fields if field.hasFocus()), None)
        return focused or next((field for field in fields if not field.text()), fields[-1])

    def _type(self, digit: str) -> None:
        field = self._here
        field.setFocus()
        field.insert(digit)

    def _on_done(self) -> None:
        empty = next((self.fields[end] for end in self._wanted if not self.fields[end].text()), None)
        if empty is not None:
            empty.setFocus()
        else:
            self.done.emit()

    def retranslate(self) -> None:
        for end, caption in CAPTIONS.items():
            self._captions[end].setText(_(caption))
            self.fields[end].setAccessibleName(_(caption))


class Refusal(Band):
    """Why a PIN was not taken; a lock-out counts down by itself, and goes away when it is ``over``."""

    over = Signal()

    def __init__(self, name: str) -> None:
        super().__init__(name, margin=0)
        self.setMinimumHeight(52)
        self._message = Message()
        self._left = 0
        self._ticker = QTimer(self)
        self._ticker.setInterval(1000)
        self._ticker.timeout.connect(self._tick)

    def refuse(self, error: PosError) -> None:
        """Say it, and count down where it says how long."""
        self._message = error.message
        self._left = error.seconds if isinstance(error, LockedOut) else 0
        self._ticker.start() if self._left else self._ticker.stop()
        self.retranslate()

    def clear(self) -> None:
        self._message, self._left = Message(), 0
        self._ticker.stop()
        self.say("")

    def _tick(self) -> None:
        self._left -= 1
        if self._left > 0:
            self.retranslate()
        else:
            self.clear()
            self.over.emit()

    def retranslate(self) -> None:
        message = self._message
        if self._left:
            message = Message(message.text, {**message.args, "seconds": str(self._left)})
        icon = "lock" if self._left else "cross"
        self.say(message.spoken(), "bad" if message else "", icon if message else "")
