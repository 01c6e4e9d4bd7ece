"""NumLock is off: the keypad sends arrows instead of digits, and the register says so instead of doing nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QListWidget, QTableView, QWidget

from pos.domain.states import State
from pos.gui.num_lock import HINT, MOVES
from pos.i18n import use_language
from tests.gui.conftest import Counter, OpenCounter

KEYPAD = Qt.KeyboardModifier.KeypadModifier
NONE = Qt.KeyboardModifier.NoModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def counter(open_counter: OpenCounter) -> Counter:
    return settled(open_counter())


def settled(counter: Counter) -> Counter:
    """The start is over: it clears the line of messages when it knows who is there."""
    until(counter, lambda: counter.button("personSwitch").text() not in ("Sign in", "登入"))
    return counter


def press(counter: Counter, key: Qt.Key, modifiers: Qt.KeyboardModifier = KEYPAD) -> None:
    """As the keyboard does: the key reaches the window, which gives it to what has the focus."""
    handle = counter.window.windowHandle()
    assert handle is not None
    QTest.keyClick(handle, key, modifiers)


def says(counter: Counter) -> str:
    return counter.text("messageLine")


def until(counter: Counter, condition: Callable[[], bool]) -> None:
    counter.qtbot.waitUntil(condition, timeout=15000)


def focused(counter: Counter, name: str) -> QWidget:
    until(counter, lambda: counter.find(name).hasFocus())
    return counter.find(name)


def test_each_key_of_the_keypad_is_explained_at_the_sale(counter: Counter) -> None:
    for key in MOVES:
        counter.type("12")
        press(counter, key)
        assert says(counter) == HINT, key
        assert counter.text("amountDisplay") == "12", key  # its point is Delete, which clears the amount
        press(counter, Qt.Key.Key_5)
        assert says(counter) == ""
        assert counter.text("amountDisplay") == "125"
        counter.press("keyClear")


def test_the_hint_is_in_the_language_of_the_window(open_counter: OpenCounter) -> None:
    counter = settled(open_counter(language="zh_TW"))
    try:
        press(counter, Qt.Key.Key_Home)
        assert "NumLock" in says(counter)
        assert says(counter) != HINT
    finally:
        use_language("en")


def test_a_key_of_the_sale_that_has_the_focus_moves_nowhere(counter: Counter) -> None:
    tender = counter.find("tenderCash")
    tender.setFocus()
    press(counter, Qt.Key.Key_Down)
    assert (says(counter), tender.hasFocus()) == (HINT, True)
    press(counter, Qt.Key.Key_Down, NONE)
    assert not tender.hasFocus()


def test_real_arrows_walk_through_the_waiting_payments(counter: Counter) -> None:
    for amount in ("100", "200"):
        counter.type(amount)
        counter.key(Qt.Key.Key_F3)
        counter.wait_for(State.PENDING, int(amount) // 100)
    tiles = counter.find("waitingList")
    assert isinstance(tiles, QListWidget)
    tiles.setFocus()
    tiles.setCurrentRow(0)
    press(counter, Qt.Key.Key_Right)
    assert (tiles.currentRow(), says(counter)) == (0, HINT)
    counter.window.show_message("", "")
    press(counter, Qt.Key.Key_Right, NONE)
    assert (tiles.currentRow(), says(counter)) == (1, "")


def test_a_pin_a_count_and_a_float_are_digits_too(counter: Counter) -> None:
    counter.key(Qt.Key.Key_F10)
    focused(counter, "shiftFloat")
    press(counter, Qt.Key.Key_Insert)
    assert says(counter) == HINT
    press(counter, Qt.Key.Key_5)
    press(counter, Qt.Key.Key_Return, NONE)
    until(counter, lambda: counter.find("shiftCount").isVisible())
    counter.press("shiftCount")
    pieces = focused(counter, "shiftCount2000")
    assert isinstance(pieces, QLineEdit)
    press(counter, Qt.Key.Key_Up)
    assert (says(counter), pieces.text()) == (HINT, "")  # the arrow up counts one more
    press(counter, Qt.Key.Key_Up, NONE)
    assert pieces.text() == "1"
    counter.key(Qt.Key.Key_F12)
    pin = focused(counter, "signInPin")
    assert isinstance(pin, QLineEdit)
    until(counter, lambda: counter.text("signInName") != "")
    name = counter.text("signInName")
    press(counter, Qt.Key.Key_Right)
    assert (says(counter), counter.text("signInName")) == (HINT, name)
    press(counter, Qt.Key.Key_4)
    assert (says(counter), pin.text()) == ("", "4")
    press(counter, Qt.Key.Key_Right, NONE)
    assert counter.text("signInName") != name


def test_in_a_search_and_in_a_list_the_keypad_may_move(counter: Counter) -> None:
    for number in (1, 2):
        counter.type("100")
        counter.key(Qt.Key.Key_F5)
        counter.key(Qt.Key.Key_F5)
        counter.wait_for(State.CAPTURED, number)
    counter.key(Qt.Key.Key_F7)
    search = focused(counter, "pastSearch")
    assert isinstance(search, QLineEdit)
    table = counter.find("pastPayments")
    assert isinstance(table, QTableView)
    until(counter, lambda: table.model().rowCount() == 2)
    with counter.qtbot.waitSignal(table.model().modelReset, timeout=15000):  # what is found replaces the list
        search.setText("100")
        press(counter, Qt.Key.Key_Home)
        assert (search.cursorPosition(), says(counter)) == (0, "")
    assert table.model().rowCount() == 2
    table.setFocus()
    press(counter, Qt.Key.Key_Down)
    assert (table.currentIndex().row(), says(counter)) == (1, "")


@pytest.mark.parametrize("modifiers", [KEYPAD | SHIFT, SHIFT, NONE])
def test_with_shift_or_off_the_keypad_nothing_is_said(counter: Counter, modifiers: Qt.KeyboardModifier) -> None:
    counter.type("12")
    press(counter, Qt.Key.Key_Home, modifiers)
    assert says(counter) == ""


def test_a_held_key_says_it_once(counter: Counter) -> None:
    handle = counter.window.windowHandle()
    assert handle is not None
    said: list[str] = []
    for held in (False, True, True):
        QCoreApplication.sendEvent(handle, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_End, KEYPAD, "", held))
        said.append(says(counter))
        counter.window.show_message("", "")
    assert said == [HINT, "", ""]
