"""Emit a signal when the register has not been used for a while."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

USER_EVENTS: Final = frozenset({
    QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.Wheel, QEvent.Type.TouchBegin,
})  # fmt: skip
"""Events that only a person causes. Mouse moves are left out: a mouse trembles on a glass counter."""

SHARE: Final = 10
"""It looks this many times within the time it waits, and every five seconds at least."""


def awake_or_asleep() -> float:
    """Return seconds of a clock that never goes back and does not stop while the machine is suspended."""
    clock = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))
    return time.monotonic() if clock is None else time.clock_gettime(clock)  # Windows: monotonic counts sleep


class Idle(QObject):
    """``passed`` after ``seconds`` without a key or touch, suspended time included; it costs nothing while it is off.

    ``now`` is a clock like :func:`awake_or_asleep`.
    """

    passed = Signal()

    def __init__(self, seconds: float, window: QWidget, now: Callable[[], float] = awake_or_asleep) -> None:
        super().__init__(window)
        self._window = window
        self._seconds, self._now = seconds, now
        self._last = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(max(20, min(5000, int(seconds * 1000 / SHARE))))
        self._timer.timeout.connect(self._look)

    def watch(self, on: bool) -> None:
        """From now on, or no more."""
        # The system's window alone: it gets keys and touches, not the thousand events among the widgets.
        handle = self._window.windowHandle()
        if handle is None or on == self._timer.isActive() or not self._seconds:
            return
        if on:
            self.touch()
            handle.installEventFilter(self)
            self._timer.start()
        else:
            handle.removeEventFilter(self)
            self._timer.stop()

    def touch(self) -> None:
        """Count the time from now."""
        self._last = self._now()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # Cheap on purpose: no timer is restarted.
        if event.type() not in USER_EVENTS:
            return False
        if late := self._is_over:  # the first key after a suspend comes before the timer: it must not act
            self.passed.emit()
        self._last = self._now()
        return late

    @property
    def _is_over(self) -> bool:
        return self._now() - self._last >= self._seconds

    def _look(self) -> None:
        if self._is_over:
            self.passed.emit()
