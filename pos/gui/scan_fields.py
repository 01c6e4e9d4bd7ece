"""Text fields that detect scanner input (reliability.md D2) and take digits with an input method on."""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QGuiApplication, QInputMethodEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLineEdit

from pos.gui.key_guard import ENTER, KeyGuard
from pos.text import half_width

TABS: Final = frozenset({Qt.Key.Key_Tab, Qt.Key.Key_Backtab})


class CodeField(QLineEdit):
    """A field for digits and codes in ASCII: the input method is off, so that a Chinese one does not swallow digits.

    Full-width characters, from a paste or an input method that stays on, are entered as half-width ones.
    """

    def inputMethodQuery(self, query: Qt.InputMethodQuery, argument: Any = None) -> Any:
        # ImhDigitsOnly and WA_InputMethodEnabled alone leave the input method on.
        return False if query == Qt.InputMethodQuery.ImEnabled else super().inputMethodQuery(query)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        committed = QInputMethodEvent()
        committed.setCommitString(half_width(event.commitString()))
        super().inputMethodEvent(committed)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Paste):
            self.insert(QGuiApplication.clipboard().text().strip())
        else:
            super().keyPressEvent(half_width_key(event))

    def insert(self, text: str) -> None:
        super().insert(half_width(text))


def half_width_key(event: QKeyEvent) -> QKeyEvent:
    """Return the key with half-width characters; the event itself if it has no others."""
    text = half_width(event.text())
    if text == event.text():
        return event
    made = QKeyEvent(event.type(), event.key(), event.modifiers(), text, event.isAutoRepeat(), event.count())
    made.setTimestamp(event.timestamp())
    return made


class ScanField(QLineEdit):
    """Keeps a scanned text, without its Enter or Tab. ``scanned`` is emitted after a scan."""

    scanned = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self._guard = KeyGuard()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and self._is_scanned_tab(event):
            self._end_scan()
            return True
        return bool(super().event(event))

    def _is_scanned_tab(self, event: QKeyEvent) -> bool:
        return event.key() in TABS and self._guard.ends_scan(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in ENTER and self._guard.ends_scan(event):
            self._end_scan()
        elif not (self._guard.is_scan(event, self.text()) and self.drop_scan()):
            super().keyPressEvent(event)

    def _end_scan(self) -> None:
        self.drop_scan()
        self.scanned.emit()

    def drop_scan(self) -> bool:
        """Remove the scanned text; return whether this field does so."""
        return False


class DigitField(CodeField, ScanField):
    """A field for a sum, a count or a PIN: scanned text is removed."""

    def drop_scan(self) -> bool:
        self.setText(self._guard.before)
        return True
