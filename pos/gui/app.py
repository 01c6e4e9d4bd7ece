"""The Qt application around one window."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from PySide6.QtCore import QTimer
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication

from pos.gui.bridge import Till
from pos.gui.main_window import MainWindow
from pos.gui.theme import FAMILIES, TYPE

RESTART: Final = -1
"""What :func:`run` returns if Counter is to be started again."""


def application() -> QApplication:
    """The one QApplication, made if there is none."""
    found = QApplication.instance()
    if isinstance(found, QApplication):
        return found
    made = QApplication([*sys.argv[:1], "-style", "fusion"])  # in words: a QStyle in Python costs 5 ms of enums
    made.setApplicationName("Counter")
    font = QFont()
    font.setFamilies(list(FAMILIES))
    font.setPixelSize(TYPE["body"])
    made.setFont(font)
    return made


def build_window(till: Till) -> MainWindow:
    """A window, not shown yet."""
    application()
    return MainWindow(till)


def run(till: Till) -> int:
    """Show the window until it is closed."""
    made = application()
    window = build_window(till)
    window.showMaximized()
    made.processEvents()  # it is shown
    QTimer.singleShot(0, window.open_journal)  # and takes keys before anything slow is loaded
    status = made.exec()
    window.bridge.end()
    return RESTART if window.restarts else status


def grab(window: MainWindow, path: Path) -> None:
    """Save a picture of the window."""
    path.parent.mkdir(parents=True, exist_ok=True)
    window.grab().save(str(path))
