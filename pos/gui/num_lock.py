"""Notice a keypad with NumLock off: its keys arrive as arrows, Home, Insert or Delete, and no digit is typed."""

from __future__ import annotations

import sys
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from pos.gui.scan_fields import CodeField
from pos.i18n import N_

HINT: Final = N_("NumLock is off: the keypad types no digits. Press the NumLock key, then type again.")

MOVES: Final = frozenset({
    Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Left, Qt.Key.Key_Right,
    Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Insert, Qt.Key.Key_Delete, Qt.Key.Key_Clear,
})  # fmt: skip
"""What the digits and the point of a keypad are without NumLock."""


def is_without_num_lock(event: QKeyEvent) -> bool:
    """Return whether a key of the keypad arrives as a navigation key.

    With Shift, Ctrl or Alt it says nothing: Shift turns NumLock around on some systems.
    """
    return event.key() in MOVES and event.modifiers() == Qt.KeyboardModifier.KeypadModifier


def types_digits(focus: QWidget | None) -> bool:
    """Return whether digits typed now are meant for an amount, a PIN, a count or a code."""
    while focus is not None:
        if isinstance(focus, QLineEdit):
            return isinstance(focus, CodeField)
        if getattr(focus, "types_digits", False):
            return True
        focus = focus.parentWidget()
    return False


class NumLock(QObject):
    """``missed``: such a key was pressed where digits are typed, and does nothing else there. ``typed``: a digit was.

    On other pages these keys navigate, as the arrows do. On macOS every arrow counts as a key of the keypad, and there
    is no NumLock.
    """

    missed = Signal()
    typed = Signal()

    def __init__(self, watched: QWidget) -> None:
        """``watched``: the window whose keys are looked at once it is shown."""
        super().__init__(watched)
        if sys.platform != "darwin":
            watched.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(watched, QWidget):
            if event.type() == QEvent.Type.Show and (handle := watched.windowHandle()) is not None:
                watched.removeEventFilter(self)
                handle.installEventFilter(self)  # it gets each key once, before any widget
            return False
        return event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and self._is_held(event)

    def _is_held(self, event: QKeyEvent) -> bool:
        if not is_without_num_lock(event):
            if event.text().isdigit():
                self.typed.emit()
            return False
        if not types_digits(QApplication.focusWidget()):
            return False
        if not event.isAutoRepeat():
            self.missed.emit()
        return True
