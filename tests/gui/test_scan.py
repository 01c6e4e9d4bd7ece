"""A scanner at the amount: what it types is fast, long and ends with Enter; no part of it may become money."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from pos.gui.scan import CODE, FAST, Burst
from tests.gui.conftest import Counter


def test_what_a_scanner_types_is_taken_back(counter: Counter) -> None:
    counter.type("125")
    counter.qtbot.wait(100)
    QTest.keyClicks(counter.window.sell, "4710088430014", Qt.KeyboardModifier.NoModifier, 0)
    QTest.keyClick(counter.window.sell, Qt.Key.Key_Return)
    assert counter.text("amountDisplay") == "125"
    assert "not an amount" in counter.text("messageLine")


def test_fingers_and_enter_are_no_scanner() -> None:
    burst, now = Burst(), 0.0
    for _key in range(CODE):
        now += FAST * 3
        burst.heard(now, "1")
    assert burst.ended(now + FAST) is None


def test_a_burst_remembers_what_stood_there_before_it() -> None:
    burst, now = Burst(), 10.0
    burst.heard(5.0, "")
    for number in range(CODE):
        burst.heard(now + number * FAST / 2, "7" * number or "12")
    assert burst.ended(now + CODE * FAST / 2) == "12"
    assert burst.ended(now + CODE * FAST / 2) is None


def test_letters_are_no_amount(counter: Counter) -> None:
    counter.type("1x2")
    assert counter.text("amountDisplay") == "12"
    counter.type("x")
    assert "digits 0 to 9" in counter.text("messageLine")
