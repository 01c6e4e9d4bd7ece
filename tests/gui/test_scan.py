"""A scanner's keys are never an amount, a PIN, a count or a press of a button; a person's keys always are."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from pos.domain.money import Money
from pos.domain.states import State
from pos.gui.people.pin_pad import PinField
from pos.gui.sale.confirmation import ONE_PRESS
from pos.gui.scan import Burst, is_code, is_retail_code
from pos.gui.scan_fields import DigitField, ScanField
from pos.gui.widgets import Button
from tests.gui.conftest import Counter, OpenCounter
from tests.gui.scanner import ENTER, TAB, pause, scan, scan_late, type_keys
from tests.support.sample import cases

EAN_13, EAN_8, UPC_A = "4710088430014", "96385074", "036000291452"
CODES = (
    EAN_13, EAN_8, UPC_A, "9789863479116",
    "/AB12+-.", "/7654321", "134567890123456789", "2847719203345561", "261128A7KQ3M9XWZ4T2B", "11411AB123456781234",
    "HTTPS://EXAMPLE.TW/1",
)  # fmt: skip
SPEEDS = (5, 20, 40, 80)


@pytest.fixture(scope="module")
def amounts() -> list[int]:
    """Milliseconds between the keys of a person who types 12,345,670 on a keypad, as measured at a till."""
    return [140, 92, 118, 60, 101, 87, 112, 96, 105]


def show_alone(counter: Counter, widget: QWidget) -> None:
    """Show one widget in the window, beside its pages."""
    widget.setParent(counter.window.centralWidget())
    widget.show()


@pytest.mark.parametrize("gap", cases(SPEEDS, lambda gap: gap == SPEEDS[-1]))
def test_no_code_becomes_an_amount_at_any_speed(counter: Counter, gap: int) -> None:
    ends = (ENTER, TAB, "")
    for number, code in enumerate(CODES, SPEEDS.index(gap)):  # each speed ends a code in another way
        end = ends[number % len(ends)]
        counter.type("125")
        scan(counter.window.sell, code + end, gap)
        assert counter.text("amountDisplay") == "125", (code, end)
        assert "not an amount" in counter.text("messageLine")
        counter.press("keyClear")


@pytest.mark.parametrize("gap", cases(SPEEDS, lambda gap: gap == SPEEDS[-1]))
def test_a_busy_window_reads_the_keys_late_and_knows_the_scanner_all_the_same(counter: Counter, gap: int) -> None:
    scan_late(counter.window.sell, EAN_13 + ENTER, gap)
    assert counter.text("amountDisplay") == "0"
    assert counter.attempts() == []


def test_a_window_that_needs_a_moment_for_each_key_knows_the_scanner(counter: Counter) -> None:
    from tests.gui.scanner import key_events, steady

    for event in key_events(UPC_A + ENTER, steady(UPC_A + ENTER, 10)):
        time.sleep(0.011)  # what the window does meanwhile
        QApplication.processEvents()
        counter.window.sell.event(event)
    assert counter.text("amountDisplay") == "0"


@pytest.mark.parametrize("gap", cases(SPEEDS, lambda gap: gap == SPEEDS[-1]))
def test_a_scan_while_cash_is_taken_is_not_the_money_handed_over(counter: Counter, gap: int) -> None:
    counter.type("80")
    counter.key(Qt.Key.Key_F5)
    for code in (EAN_13, EAN_8, "2847719203345561"):
        scan(counter.window.sell, code + ENTER, gap)
    counter.settle()
    assert counter.attempts() == []
    assert counter.text("cashTendered") == "–"
    counter.key(Qt.Key.Key_F5)
    assert counter.wait_for(State.CAPTURED).tendered == Money(80, "TWD")


def test_a_person_types_a_long_amount_quickly(counter: Counter, amounts: list[int]) -> None:
    type_keys(counter.window.sell, "12345670" + ENTER, amounts)  # the digits of an EAN-8
    assert is_retail_code("12345670")
    assert counter.text("amountDisplay") == "12,345,670"


def test_a_person_types_and_takes_cash_with_enter(counter: Counter) -> None:
    type_keys(counter.window.sell, "350", [200, 95, 80])
    counter.key(Qt.Key.Key_F5)
    type_keys(counter.window.sell, "500" + ENTER, [300, 82, 60, 110])
    assert counter.wait_for(State.CAPTURED).tendered == Money(500, "TWD")


@given(st.data())
def test_a_person_is_never_taken_for_a_scanner(data: st.DataObject) -> None:
    """80 to 120 ms a key, one key in five quicker; amounts up to seven digits."""
    text = data.draw(st.text("0123456789", min_size=1, max_size=7))
    gaps = data.draw(st.lists(st.integers(80, 120), min_size=len(text) + 1, max_size=len(text) + 1))
    for place in range(0, len(gaps), 5):
        gaps[place] = 60
    burst, now = Burst(), 50.0
    for key, gap in zip(text, gaps, strict=False):
        now += gap / 1000
        assert not burst.add(now, key, "", exact=True)
    assert not burst.end(now + gaps[-1] / 1000)


@given(st.sampled_from(SPEEDS), st.sampled_from(CODES), st.integers(0, 2**32), st.sampled_from(("", "1", "12.")))
def test_every_code_at_every_speed_is_a_scan_and_what_was_typed_before_is_kept(
    gap: int, code: str, start: int, before: str
) -> None:
    burst, now, shown = Burst(), start / 1000, before
    known = False
    for key in code:
        now += gap / 1000
        known = burst.add(now, key, shown, exact=True)
        shown += key
    assert known
    assert burst.before == before
    assert burst.end(now + gap / 1000)
    assert not burst.end(now + 2 * gap / 1000)


@given(st.text("0123456789", min_size=8, max_size=14))
def test_a_wrong_check_digit_is_no_retail_code(digits: str) -> None:
    if len(digits) in (8, 12, 13, 14):
        assert sum(is_retail_code(digits[:-1] + last) for last in "0123456789") == 1
    else:
        assert not is_retail_code(digits)


@pytest.mark.parametrize("text", ["", "5", "12.50", "99999", "1234567", "12345678901", "0.50", "４７１００８８４"])
def test_an_amount_is_no_code(text: str) -> None:
    assert not is_code(text) or not text.isascii()


@pytest.mark.parametrize("gap", cases(SPEEDS, lambda gap: gap == SPEEDS[-1]))
def test_a_scan_never_presses_the_button_that_has_the_focus(counter: Counter, gap: int) -> None:
    pressed: list[str] = []
    button = Button("refundAll", "danger", lambda: pressed.append("refund"))
    show_alone(counter, button)
    for code in ("12345", *CODES, "AB 12 CD"):
        scan(button, code + ENTER, gap)
    assert pressed == []
    type_keys(button, ENTER, [500])
    type_keys(button, " ", [500])
    assert pressed == ["refund", "refund"]


@pytest.mark.parametrize("gap", cases(SPEEDS, lambda gap: gap == SPEEDS[-1]))
def test_a_scan_on_a_tender_tile_or_a_header_button_charges_nothing(counter: Counter, gap: int) -> None:
    counter.type("125")
    for name in ("tenderMypay", "tenderCash", "officeSwitch", "key5"):
        scan(counter.button(name), EAN_13 + ENTER, gap)
        assert counter.text("amountDisplay") == "125", name
    assert counter.attempts() == []
    assert counter.window.navigator.here == ""


@pytest.mark.parametrize("gap", cases(SPEEDS, lambda gap: gap == SPEEDS[-1]))
def test_a_scan_is_no_pin_no_count_and_no_sum(counter: Counter, gap: int) -> None:
    entered: list[str] = []
    for field in (DigitField("aCount"), PinField("aPin")):
        field.returnPressed.connect(lambda: entered.append(""))
        show_alone(counter, field)
        type_keys(field, "7", [400])
        for code in (*CODES, "00123456"):
            for end in (ENTER, TAB):
                scan(field, code + end, gap)
                assert field.text() == "7", code
        assert entered == []


@pytest.mark.parametrize("gap", cases(SPEEDS, lambda gap: gap == SPEEDS[-1]))
def test_a_scanned_reason_is_kept_and_its_enter_confirms_nothing(counter: Counter, gap: int) -> None:
    field = ScanField("aReason")
    entered: list[str] = []
    field.returnPressed.connect(lambda: entered.append(field.text()))
    show_alone(counter, field)
    scan(field, "11411AB123456781234" + ENTER, gap)
    assert field.text() == "11411AB123456781234"
    assert entered == []
    type_keys(field, ENTER, [500])
    assert entered == ["11411AB123456781234"]


def test_every_field_for_sums_and_reasons_detects_scans(counter: Counter) -> None:
    for page in ("refund", "owed", "shift"):
        counter.window.enter(page)
    names = ("refundAmount", "refundReference", "owedReference", "shiftCount1000")
    counter.qtbot.waitUntil(lambda: all(counter.window.findChild(QLineEdit, name) is not None for name in names))
    assert [name for name in names if not isinstance(counter.find(name), ScanField)] == []


def test_keys_without_times_count_when_the_code_is_known(counter: Counter) -> None:
    counter.type("125")
    pause(counter.qtbot)
    QTest.keyClicks(counter.window.sell, EAN_13, Qt.KeyboardModifier.NoModifier, 0)
    QTest.keyClick(counter.window.sell, Qt.Key.Key_Return)
    assert counter.text("amountDisplay") == "125"


def test_a_held_digit_is_no_scan(counter: Counter) -> None:
    from tests.gui.scanner import key_events

    for event in key_events("1" + "0" * 7, [500, *[30] * 7]):
        event = type(event)(event.type(), event.key(), event.modifiers(), event.text(), event.text() == "0")
        counter.window.sell.event(event)
    assert counter.text("amountDisplay") == "10,000,000"


def test_letters_are_no_amount(counter: Counter) -> None:
    counter.type("1x2")
    assert counter.text("amountDisplay") == "12"
    counter.type("x")
    assert "digits 0 to 9" in counter.text("messageLine")


# -- cash that no notes make up -------------------------------------------------------------------------------


def test_an_unusual_sum_of_cash_needs_a_second_press(counter: Counter) -> None:
    counter.type("80")
    counter.key(Qt.Key.Key_F5)
    counter.type("8000")
    counter.key(Qt.Key.Key_F5)
    counter.key(Qt.Key.Key_F5)  # the same press
    assert "NT$7,920" in counter.text("messageLine")
    assert counter.attempts() == []
    counter.press_again(Qt.Key.Key_F5, 1)
    assert counter.wait_for(State.CAPTURED).tendered == Money(8000, "TWD")


def test_an_unusual_sum_of_cash_that_is_typed_again_is_warned_of_again(counter: Counter) -> None:
    counter.type("80")
    counter.key(Qt.Key.Key_F5)
    counter.type("8000")
    counter.key(Qt.Key.Key_F5)
    counter.press("keyClear")
    assert counter.text("messageLine") == ""
    ends = time.monotonic() + ONE_PRESS
    while time.monotonic() <= ends:  # a second press would be another one by then
        counter.settle()
    counter.type("8000")
    counter.key(Qt.Key.Key_F5)
    assert "NT$7,920" in counter.text("messageLine")
    assert counter.attempts() == []


@pytest.mark.parametrize(("typed", "said"), [("30000", "too much cash"), ("47100884300", "too much cash")])
def test_cash_far_above_the_amount_is_refused_however_often_it_is_pressed(
    counter: Counter, typed: str, said: str
) -> None:
    counter.type("80")
    counter.key(Qt.Key.Key_F5)
    counter.type(typed)
    ends = time.monotonic() + ONE_PRESS
    while time.monotonic() <= ends:  # longer than two presses that are one
        counter.key(Qt.Key.Key_F5)
        assert said in counter.text("messageLine")
        counter.settle()
    assert counter.attempts() == []


def test_cents_that_no_coin_makes_are_refused(open_counter: OpenCounter) -> None:
    counter = open_counter("HKD")
    counter.type("12.50")
    counter.key(Qt.Key.Key_F5)
    counter.type("20.05")
    counter.key(Qt.Key.Key_F5)
    assert "HK$0.10" in counter.text("cashRounding")
    assert counter.attempts() == []
