"""Drive the window as the tour: press the keys a cashier presses, wait, and take pictures."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEventLoop
from PySide6.QtWidgets import QAbstractButton

from pos.gui.app import grab
from pos.gui.main_window import MainWindow

PATIENCE = 20.0
"""Seconds a step may take."""


class UiDriver:
    """On one window; pictures are numbered in the order they are taken."""

    def __init__(self, window: MainWindow, folder: Path) -> None:
        self.window, self.folder = window, folder

    def type(self, digits: str, name: str = "key") -> None:
        """Digits on a keypad whose keys are called ``name`` and the digit."""
        for digit in digits:
            self.press(f"{name}{digit}")

    def press(self, name: str) -> None:
        """One button; nothing where there is none."""
        found = self._button(name)
        if found is not None:
            found.click()
        QCoreApplication.processEvents()

    def shows(self, name: str) -> bool:
        """Whether a button is on the screen and may be pressed."""
        found = self._button(name)
        return found is not None and found.isVisible() and found.isEnabled()

    def _button(self, name: str) -> QAbstractButton | None:
        """The one that is seen, where several pages have one of that name."""
        found = self.window.findChildren(QAbstractButton, name)
        return next((one for one in found if one.isVisible()), found[0] if found else None)

    def wait(self, holds: Callable[[], bool], seconds: float = PATIENCE) -> bool:
        """Until something holds; False when it did not in time."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
            if holds():
                return True
            time.sleep(0.01)
        return False

    def rest(self, seconds: float) -> None:
        """Let the window go on for a while."""
        self.wait(lambda: False, seconds)

    def picture(self, name: str) -> None:
        """Save a picture of the window."""
        self.rest(0.1)
        number = len(list(self.folder.glob("[0-9][0-9]-*.png"))) + 1
        grab(self.window, self.folder / f"{number:02}-{name}.png")
