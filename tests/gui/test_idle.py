"""The idle lock counts the time that the machine was suspended."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pos.gui.people.idle import Idle, awake_or_asleep
from tests.gui.conftest import Counter


def press(counter: Counter) -> None:
    handle = counter.window.windowHandle()
    event = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_5, Qt.KeyboardModifier.NoModifier, "5")
    QApplication.sendEvent(handle, event)


@pytest.mark.parametrize("asleep", [600, 3600, 86_400])
def test_the_first_key_after_a_suspend_locks_and_does_nothing_else(counter: Counter, asleep: int) -> None:
    now, passed = [1000.0], []
    idle = Idle(600, counter.window, lambda: now[0])
    idle.passed.connect(lambda: passed.append(now[0]))
    idle.watch(True)
    now[0] += asleep
    press(counter)
    assert passed == [1000.0 + asleep]
    assert counter.text("amountDisplay") == "0"
    press(counter)
    assert len(passed) == 1
    idle.watch(False)


@pytest.mark.parametrize("away", [1, 300, 599])
def test_a_key_in_time_keeps_the_register_open(counter: Counter, away: int) -> None:
    now, passed = [1000.0], []
    idle = Idle(600, counter.window, lambda: now[0])
    idle.passed.connect(lambda: passed.append(now[0]))
    idle.watch(True)
    for _turn in range(5):
        now[0] += away
        press(counter)
    assert passed == []
    idle.watch(False)


def test_the_clock_goes_on_and_includes_every_suspend(qtbot: QtBot) -> None:
    before = awake_or_asleep()
    qtbot.waitUntil(lambda: awake_or_asleep() > before)
    if hasattr(time, "CLOCK_BOOTTIME"):
        earlier, now = time.clock_gettime(time.CLOCK_BOOTTIME), awake_or_asleep()
        assert earlier <= now <= time.clock_gettime(time.CLOCK_BOOTTIME)
