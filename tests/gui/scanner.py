"""Keys with the keyboard's own times: a scanner or a person types, the window may be busy meanwhile."""

from __future__ import annotations

import time
from collections.abc import Iterable
from itertools import count

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from pos.gui.scan import GAP

NONE = Qt.KeyboardModifier.NoModifier
ENTER = "\r"
TAB = "\t"
_starts = count(10_000, 10_000)

KEYS = {ENTER: Qt.Key.Key_Return, TAB: Qt.Key.Key_Tab, " ": Qt.Key.Key_Space}


def key_events(text: str, gaps: Iterable[int]) -> list[QKeyEvent]:
    """Presses and releases of ``text``; ``gaps`` are the milliseconds before each key."""
    at, events = next(_starts), []
    for char, gap in zip(text, gaps, strict=True):
        at += gap
        key = KEYS.get(char) or Qt.Key(ord(char.upper()))
        for kind, later in ((QEvent.Type.KeyPress, 0), (QEvent.Type.KeyRelease, 1)):
            event = QKeyEvent(kind, key, NONE, char)
            event.setTimestamp(at + later)
            events.append(event)
    return events


def steady(text: str, gap: int, jitter: int = 4) -> list[int]:
    """The gaps of a scanner: ``gap`` milliseconds, more or less ``jitter`` as USB asks for keys."""
    return [gap + (jitter if place % 3 == 0 else -jitter if place % 3 == 1 else 0) for place in range(len(text))]


def scan(widget: QWidget, text: str, gap: int) -> None:
    """Type as a scanner does; each key goes to the widget that has the focus by then."""
    jitter = min(4, gap // 4)
    type_keys(widget, text, steady(text, gap, jitter))


def type_keys(widget: QWidget, text: str, gaps: Iterable[int]) -> None:
    """Type ``text`` with these times, first into ``widget``."""
    widget.setFocus()
    for event in key_events(text, gaps):
        QCoreApplication.sendEvent(QApplication.focusWidget() or widget, event)


def pause(qtbot: QtBot) -> None:
    """Return when a key cannot belong to the scan before it any more."""
    ends = time.monotonic() + GAP
    qtbot.waitUntil(lambda: time.monotonic() > ends)


def scan_late(widget: QWidget, text: str, gap: int) -> None:
    """Type as a scanner does into a busy window, which reads all keys at once afterwards."""
    widget.setFocus()
    for event in key_events(text, steady(text, gap)):
        QCoreApplication.postEvent(widget, event)
    QCoreApplication.processEvents()
