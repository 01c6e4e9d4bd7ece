"""Python's search for cycles, on the GUI thread alone.

The interpreter looks for them on whatever thread happens to allocate. A widget that dies so on the I/O thread takes the
program with it: Qt's objects may only be destroyed where they live.
"""

from __future__ import annotations

import gc
from typing import Final

from PySide6.QtCore import QObject, QTimer

EVERY: Final = 1000
"""Milliseconds between two looks."""


class GuiThreadGc(QObject):
    """Takes over from the interpreter until :meth:`stop`."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def look(self) -> None:
        """Collect what the interpreter would have by now: young objects often, old ones seldom."""
        counts, limits = gc.get_count(), gc.get_threshold()
        due = [generation for generation in range(3) if counts[generation] > limits[generation]]
        if due:
            gc.collect(due[-1])

    def stop(self) -> None:
        """Give it back."""
        self._timer.stop()
        gc.enable()
