"""A shift at the window: by keyboard alone, by touch alone, blind, with a word for every difference."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QTableWidget, QWidget

from pos.domain.cash import DENOMINATIONS
from pos.domain.in_process import InProcess
from pos.domain.money import Money
from pos.domain.shift import CashMovementKind, Shift
from pos.domain.staff import Action, Role
from pos.domain.states import State
from pos.gui.digit_pad import DIGIT
from pos.gui.shifts.page import ShiftPage
from pos.gui.shifts.words import fits
from pos.gui.widgets import TARGET
from pos.i18n import use_language
from pos.runtime import invoke
from tests.gui.conftest import Counter, OpenCounter
from tests.support.access import permit
from tests.support.inside import payment_store

F5, F10, ENTER, ESC = Qt.Key.Key_F5, Qt.Key.Key_F10, Qt.Key.Key_Return, Qt.Key.Key_Escape


def office(counter: Counter, question: Any) -> Any:
    return counter.engine.io.submit(invoke(question, counter.engine.host.services)).result(5)


def current(counter: Counter) -> Shift | None:
    found: Shift | None = office(counter, lambda one: one.shifts.current())
    return found


def hire(counter: Counter) -> None:
    async def work(one: Any) -> None:
        max_ = await one.staff.add(
            "Max", Role.CASHIER, "4711", one.authorization.permission(counter.actor, Action.STAFF)
        )
        one.staff.sign_in_without_pin(max_.id)

    counter.engine.io.submit(invoke(work, counter.engine.host.services)).result(10)
    counter.settle()


def visible(counter: Counter, name: str) -> bool:
    found = counter.window.findChild(QWidget, name)
    return found is not None and found.isVisible()


def until(counter: Counter, name: str) -> None:
    """Until something is on the screen."""
    counter.qtbot.waitUntil(lambda: visible(counter, name), timeout=15000)


def says(counter: Counter, name: str, words: str) -> None:
    counter.qtbot.waitUntil(lambda: words in counter.text(name), timeout=15000)


def keys(counter: Counter, text: str, end: Qt.Key | None = None) -> None:
    """Type where the focus is."""
    front = QApplication.focusWidget()
    assert front is not None
    counter.qtbot.keyClicks(front, text)
    if end is not None:
        counter.qtbot.keyClick(front, end)


def focus(counter: Counter, name: str) -> None:
    counter.qtbot.waitUntil(lambda: counter.find(name).hasFocus(), timeout=15000)


def field(counter: Counter, name: str) -> QLineEdit:
    found = counter.find(name)
    assert isinstance(found, QLineEdit)
    return found


def rows(counter: Counter, name: str) -> list[list[str]]:
    table = counter.find(name)
    assert isinstance(table, QTableWidget)
    return [[str(table.model().index(row, column).data()) for column in range(4)] for row in range(table.rowCount())]


def cash(counter: Counter, amount: str, count: int) -> None:
    counter.window.show_sale()
    counter.type(amount)
    counter.key(F5)
    counter.key(F5)
    counter.wait_for(State.CAPTURED, count)


def opened(counter: Counter, amount: str = "1000") -> None:
    counter.key(F10)
    focus(counter, "shiftFloat")
    keys(counter, amount, ENTER)
    focus(counter, "shiftBack")  # one Enter more goes to the sale


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    yield
    use_language("en")


def test_a_float_typed_before_the_page_knows_the_shift_is_kept(counter: Counter) -> None:
    counter.window.enter("shift")
    for digit in "2000":
        counter.press(f"shiftKey{digit}")
    until(counter, "shiftOpen")
    counter.settle()
    assert "NT$2,000" in counter.button("shiftOpen").text()


def test_a_whole_shift_by_keyboard_alone(counter: Counter, tmp_path: Path) -> None:
    opened(counter)
    says(counter, "messageLine", "The shift is open with NT$1,000.")
    cash(counter, "125", 1)
    assert counter.text("messageLine") == ""
    counter.key(F10)
    focus(counter, "shiftCount")
    keys(counter, "", ENTER)
    focus(counter, "shiftCount2000")
    for pieces in ("", "1", "", "", "1"):
        keys(counter, pieces, ENTER)
    focus(counter, "shiftCount50")
    for pieces in ("", "", "2", "1"):
        keys(counter, pieces, ENTER)
    counter.qtbot.keyClick(counter.find("shiftCount1"), Qt.Key.Key_Up)
    counter.qtbot.keyClick(counter.find("shiftCount1"), Qt.Key.Key_Down)
    assert counter.text("shiftCountSum") == "NT$1,125"
    keys(counter, "", ENTER)
    focus(counter, "shiftClose")
    keys(counter, "", ENTER)
    focus(counter, "shiftNext")
    assert counter.text("shiftSheetTitle") == "Z 1"
    assert counter.text("shiftOver") == "Balanced"
    assert (counter.text("shiftExpected"), counter.text("shiftCounted")) == ("NT$1,125", "NT$1,125")
    assert counter.text("shiftNet") == "NT$125"
    last = office(
        counter,
        lambda one: one.shifts.last(counter.actor, 1, one.authorization.permission(counter.actor, Action.X_REPORT)),
    )[0]
    assert re.sub(r"\s", "", counter.text("shiftHash")) == last.report["journal"]["hash"]
    keys(counter, "", ENTER)
    focus(counter, "shiftFloat")
    assert [row[0] for row in rows(counter, "shiftLast")] == ["Z 1"]
    keys(counter, "", ENTER)  # an Enter too many opens no shift with nothing in it
    assert current(counter) is None
    counter.key(ESC)
    assert counter.window.sell.isVisible()


def test_a_whole_shift_by_touch_alone(counter: Counter) -> None:
    counter.press("officeSwitch")
    counter.press("officeShift")
    until(counter, "shiftOpen")
    for key in ("shiftKey5", "shiftKey00", "shiftKey0", "shiftBackspace"):
        counter.press(key)
    assert counter.button("shiftOpen").text() == "Open the shift with NT$500 · Enter"
    counter.press("shiftOpen")
    until(counter, "shiftPaidIn")
    counter.press("shiftPaidIn")
    until(counter, "shiftMoveDone")
    assert not counter.button("shiftMoveDone").isEnabled()
    counter.press("shiftMoveKey1")
    counter.press("shiftMoveKey00")
    assert not counter.button("shiftMoveDone").isEnabled()  # no reason yet
    counter.press("shiftMoveReason0")
    counter.press("shiftMoveDone")
    until(counter, "shiftMoves")
    assert [row[1:3] + row[3:] for row in rows(counter, "shiftMoves")] == [
        ["Paid in", "NT$100", "Change from the bank · Ann Lin"]
    ]  # fmt: skip
    counter.press("shiftCount")
    until(counter, "shiftClose")
    counter.press("shiftCount500More")
    counter.press("shiftCount100More")
    counter.press("shiftCount100More")
    counter.press("shiftCount100Less")
    counter.press("shiftCount100Less")
    assert counter.text("shiftCountSum") == "NT$500"
    counter.press("shiftClose")
    says(counter, "shiftDifference", "The drawer is short by NT$100. Count again, or enter a reason.")
    assert not counter.button("shiftClose").isEnabled()
    counter.press("shiftCountAgain")
    counter.press("shiftCount50More")
    counter.press("shiftCountKey2")  # the field that was touched has the keys: 12
    assert counter.text("shiftCountSum") == "NT$1,100"
    counter.press("shiftCountBackspace")
    counter.press("shiftClose")
    says(counter, "shiftDifference", "short by NT$50")
    counter.press("shiftCloseReason0")
    counter.press("shiftClose")
    until(counter, "shiftNext")
    assert counter.text("shiftOver") == "Short NT$50"
    assert counter.text("shiftReasonShown") == "Wrong change given"
    counter.press("shiftNext")
    until(counter, "shiftLastCount")
    counter.press("shiftLastCount")
    assert counter.button("shiftOpen").text() == "Open the shift with NT$550 · Enter"


def test_the_count_is_blind_and_every_try_is_written_down(counter: Counter) -> None:
    opened(counter)
    cash(counter, "437", 1)
    counter.key(F10)
    focus(counter, "shiftCount")
    counter.press("shiftCount")
    focus(counter, "shiftCount2000")
    shown = " ".join(
        one.text() for one in counter.window.navigator.page("shift").findChildren(QLabel) if one.isVisible()
    )
    assert "1,437" not in shown
    assert "437" not in shown
    counter.press("shiftClose")
    says(counter, "shiftDifference", "short by NT$1,437")
    counter.press("shiftCountAgain")
    field(counter, "shiftCount1000").setText("1")
    counter.press("shiftClose")
    says(counter, "shiftDifference", "short by NT$437")
    field(counter, "shiftCount1000").setText("2")  # another count needs another answer
    assert not visible(counter, "shiftDifference")
    assert counter.button("shiftClose").text() == "Close the shift"
    counter.press("shiftClose")
    says(counter, "shiftDifference", "over by NT$563")
    keys(counter, "found", ENTER)
    until(counter, "shiftNext")
    z = office(
        counter,
        lambda one: one.shifts.last(counter.actor, 1, one.authorization.permission(counter.actor, Action.X_REPORT)),
    )[0]
    assert [minor for _at, minor in z.report["counts"]] == [0, 1000, 2000]
    assert z.reason == "found"


def test_payments_in_flight_are_named_before_and_after_the_close(counter: Counter) -> None:
    opened(counter)
    counter.window.show_sale()
    counter.type("860")
    counter.key(Qt.Key.Key_F3)
    waits = counter.wait_for(State.PENDING)
    counter.key(F10)
    says(counter, "shiftInFlight", waits.order_no)
    assert "carried over to the next shift" in counter.text("shiftInFlight")
    counter.press("shiftCount")
    until(counter, "shiftClose")
    assert waits.order_no in counter.text("shiftHandedOn")
    field(counter, "shiftCount1000").setText("1")
    counter.press("shiftClose")
    until(counter, "shiftNext")
    shown = [one.text() for one in counter.window.navigator.page("shift").findChildren(QLabel)]
    assert "Carried over to the next shift: 1" in shown
    assert waits.order_no in shown


def test_an_x_is_read_at_any_time_and_closes_nothing(counter: Counter, tmp_path: Path) -> None:
    opened(counter)
    cash(counter, "125", 1)
    counter.key(F10)
    focus(counter, "shiftCount")
    counter.press("shiftX")
    until(counter, "shiftPrint")
    assert counter.text("shiftSheetTitle") == "X"
    assert counter.text("shiftExpected") == "NT$1,125"
    assert not visible(counter, "shiftNext")
    assert current(counter) is not None
    page = counter.window.navigator.page("shift")
    assert isinstance(page, ShiftPage)
    page.save(str(tmp_path / "x.pdf"))
    says(counter, "messageLine", "Saved.")
    assert (tmp_path / "x.pdf").read_bytes().startswith(b"%PDF")
    page.save(str(tmp_path / "nowhere" / "x.pdf"))
    says(counter, "messageLine", "cannot be written")
    counter.press("shiftPrint")
    says(counter, "messageLine", "No printer is set up.")
    counter.press("shiftBack")  # one panel back
    until(counter, "shiftCount")
    counter.press("shiftBack")
    assert counter.window.sell.isVisible()


def test_a_renamed_register_is_told_so_and_goes_on_with_its_shift(counter: Counter) -> None:
    opened(counter)
    counter.key(ESC)
    rename_behind(counter, "OLD")
    counter.key(F10)
    until(counter, "shiftTakeOver")
    assert "under the name OLD" in counter.text("shiftRenamed")
    assert counter.button("shiftTakeOver").text() == "Continue what is open under OLD"
    counter.press("shiftTakeOver")
    until(counter, "shiftCount")
    shift = current(counter)
    assert shift is not None
    assert shift.opening == Money(1000, "TWD")


def rename_behind(counter: Counter, name: str) -> None:
    """As if the shift had been opened when the register had another name."""
    connection = sqlite3.connect(counter.shop.folder / "counter.sqlite")
    connection.execute("UPDATE shifts SET register = ?", (name,))
    connection.commit()
    connection.close()


def test_an_old_z_opens_again_from_the_list(counter: Counter) -> None:
    opened(counter, "0")
    counter.press("shiftCount")
    until(counter, "shiftClose")
    counter.press("shiftClose")
    until(counter, "shiftNext")
    counter.press("shiftNext")
    until(counter, "shiftLast")
    table = counter.find("shiftLast")
    assert isinstance(table, QTableWidget)
    table.setFocus()
    table.selectRow(0)
    counter.qtbot.keyClick(table, ENTER)
    until(counter, "shiftPrint")
    assert counter.text("shiftSheetTitle") == "Z 1"
    assert not visible(counter, "shiftNext")
    counter.key(ESC)
    until(counter, "shiftLast")
    counter.qtbot.mouseClick(
        table.viewport(), Qt.MouseButton.LeftButton, pos=table.visualRect(table.model().index(0, 0)).center()
    )
    until(counter, "shiftPrint")


def test_a_cashier_does_not_see_what_was_short_in_the_shifts_of_others(counter: Counter) -> None:
    opened(counter, "0")
    counter.press("shiftCount")
    until(counter, "shiftClose")
    counter.press("shiftClose")
    until(counter, "shiftNext")
    counter.press("shiftNext")
    until(counter, "shiftLast")
    assert rows(counter, "shiftLast")[0][3] != "Not visible to you"
    counter.key(ESC)
    hire(counter)
    counter.qtbot.waitUntil(lambda: counter.window.sell.isVisible(), timeout=15000)
    counter.key(F10)
    counter.qtbot.waitUntil(
        lambda: [row[3] for row in rows(counter, "shiftLast")] == ["Not visible to you"], timeout=5000
    )


def test_a_cashier_needs_a_manager_for_figures_and_for_money_in_and_out(counter: Counter) -> None:
    hire(counter)
    opened(counter)
    counter.press("shiftX")
    until(counter, "approval")
    assert not visible(counter, "shiftX")
    counter.key(ESC)
    until(counter, "shiftX")
    counter.press("shiftPaidOut")
    focus(counter, "shiftMoveAmount")
    keys(counter, "5", ENTER)
    keys(counter, "stamps", ENTER)
    until(counter, "approval")
    keys(counter, "4711", ENTER)  # Max is no manager
    says(counter, "approvalSays", "needs a manager")
    counter.press("approvalCancel")
    until(counter, "shiftMoveDone")
    assert counter.button("shiftMoveDone").isEnabled()  # what was typed still stands there
    counter.press("shiftMoveDone")
    until(counter, "approval")
    keys(counter, "258025", ENTER)
    until(counter, "shiftMoves")
    moves = office(counter, lambda one: one.shifts.moves())
    assert [(one.kind, one.amount, one.reason) for one in moves] == [
        (CashMovementKind.PAID_OUT, Money(5, "TWD"), "stamps")
    ]
    counter.press("shiftDrop")  # that needs nobody
    focus(counter, "shiftMoveAmount")
    keys(counter, "7", ENTER)
    keys(counter, "safe", ENTER)
    counter.qtbot.waitUntil(lambda: len(rows(counter, "shiftMoves")) == 2, timeout=15000)


def test_a_held_enter_moves_cash_once(counter: Counter) -> None:
    opened(counter)
    counter.press("shiftDrop")
    focus(counter, "shiftMoveAmount")
    keys(counter, "7", ENTER)
    keys(counter, "safe")
    reason = field(counter, "shiftMoveReason")
    for _time in range(5):
        reason.returnPressed.emit()
    until(counter, "shiftMoves")
    counter.settle()
    assert len(office(counter, lambda one: one.shifts.moves())) == 1


def test_the_drawer_opens_with_a_reason_and_that_is_written_down(counter: Counter) -> None:
    opened(counter)
    counter.press("shiftDrawer")
    focus(counter, "shiftMoveReason")
    assert not visible(counter, "shiftMoveAmount")
    counter.press("shiftMoveReason0")
    counter.press("shiftMoveDone")
    says(counter, "messageLine", "No cash drawer is connected")

    def written(_office: Any) -> Any:
        store = payment_store(counter.engine.host.services)
        return store.database.rows("SELECT body FROM journal WHERE kind = 'drawer_opened'")

    assert [json.loads(body)["reason"] for (body,) in office(counter, written)] == ["Change for a customer"]


def test_a_refusal_leaves_the_panel_as_it_was(counter: Counter) -> None:
    opened(counter)
    counter.press("shiftPaidIn")
    focus(counter, "shiftMoveAmount")
    keys(counter, "5", ENTER)
    keys(counter, "change")
    close = invoke(counter.engine.host.services.shifts.close, Money(1000, "TWD"), {}, "", permit(Action.SHIFT))
    counter.engine.io.submit(close).result(20)  # somebody closed it at the command line
    keys(counter, "", ENTER)
    says(counter, "messageLine", "No shift is open on this register")
    assert counter.button("shiftMoveDone").isEnabled()
    counter.key(ESC)
    counter.key(ESC)
    assert field(counter, "shiftMoveAmount").text() == ""
    counter.key(ESC)
    until(counter, "shiftOpen")
    open_ = invoke(counter.engine.host.services.shifts.open, Money(5, "TWD"), permit(Action.SHIFT))
    counter.engine.io.submit(open_).result(5)
    until(counter, "shiftPaidIn")  # and opened it there: the page follows


def test_a_shift_that_another_hand_opened_meanwhile_is_said_so(counter: Counter) -> None:
    counter.key(F10)
    focus(counter, "shiftFloat")
    page = counter.window.navigator.page("shift")
    assert isinstance(page, ShiftPage)
    page.start.opening.emit(Money(5, "TWD"))
    until(counter, "shiftCount")
    page.start.opening.emit(Money(5, "TWD"))
    says(counter, "messageLine", "A shift is open on this register.")
    assert current(counter) is not None


def test_a_touched_line_of_the_count_is_counted_anew(counter: Counter) -> None:
    opened(counter)
    counter.press("shiftCount")
    until(counter, "shiftCount100")
    field = counter.window.findChild(QLineEdit, "shiftCount100")
    assert field is not None
    QTest.mouseClick(field, Qt.MouseButton.LeftButton)
    counter.press("shiftCountKey1")
    counter.press("shiftCountKey5")
    QTest.mouseClick(field, Qt.MouseButton.LeftButton)
    counter.press("shiftCountKey9")
    assert counter.text("shiftCountSum") == "NT$900"


def test_esc_clears_the_count_before_it_leaves(counter: Counter) -> None:
    opened(counter)
    counter.press("shiftCount")
    focus(counter, "shiftCount2000")
    keys(counter, "3")
    counter.press("shiftClose")
    until(counter, "shiftDifference")
    counter.key(ESC)
    assert not visible(counter, "shiftDifference")
    assert counter.text("shiftCountSum") == "NT$6,000"
    counter.key(ESC)
    assert counter.text("shiftCountSum") == "NT$0"
    counter.key(ESC)
    until(counter, "shiftPaidIn")


def test_what_is_being_closed_stands_as_it_was_counted(counter: Counter) -> None:
    opened(counter)
    counter.press("shiftCount")
    focus(counter, "shiftCount2000")
    keys(counter, "3")
    page = counter.window.navigator.page("shift")
    assert isinstance(page, ShiftPage)
    panel = page.count
    panel.busy(True)  # as long as the gateways are asked
    counter.key(ESC)
    keys(counter, "5")
    counter.press("shiftCount2000More")
    assert counter.text("shiftCountSum") == "NT$6,000"
    assert visible(counter, "shiftCountSum")
    panel.busy(False)
    counter.press("shiftCount2000More")
    assert counter.text("shiftCountSum") == "NT$8,000"


def test_cash_without_a_shift_is_said_quietly(counter: Counter) -> None:
    place = counter.button("key1").geometry()
    cash(counter, "125", 1)
    says(counter, "messageLine", "No shift is open, so this cash will not be counted. Open a shift (F10).")
    assert counter.button("key1").geometry() == place
    counter.type("1")
    assert counter.text("messageLine") == ""


def test_hong_kong_counts_its_notes_and_cents(open_counter: OpenCounter) -> None:
    counter = open_counter("HKD")
    opened(counter, "500.50")
    counter.press("shiftCount")
    focus(counter, "shiftCount100000")
    field(counter, "shiftCount50000").setText("1")
    field(counter, "shiftCount50").setText("1")
    assert counter.text("shiftCountSum") == "HK$500.50"
    counter.press("shiftClose")
    until(counter, "shiftNext")
    assert counter.text("shiftCounted") == "HK$500.50"


def test_a_currency_without_known_pieces_is_counted_as_one_sum(counter: Counter) -> None:
    from pos.gui.shifts.count import CountPanel

    assert "USD" not in DENOMINATIONS
    panel = CountPanel("USD")
    counter.qtbot.addWidget(panel)
    panel.begin(InProcess())
    panel.repaint_icons()
    for key in ("1", "2", "Point", "5"):
        found = panel.findChild(QAbstractButton, f"shiftCountKey{key}")
        assert found is not None
        found.click()
    assert panel.counted == Money(1250, "USD")
    assert panel.notes == {}
    close = panel.findChild(QAbstractButton, "shiftClose")
    assert close is not None
    with counter.qtbot.waitSignal(panel.closing) as closing:
        close.click()
    assert closing.args == [Money(1250, "USD"), {}, ""]
    assert panel.escape()
    assert not panel.escape()


def test_every_target_is_large_enough_for_a_finger(counter: Counter) -> None:
    opened(counter)
    for name in ("", "shiftPaidIn", "shiftX", "shiftCount"):
        if name:
            counter.key(F10)
            until(counter, "shiftPaidIn")
            counter.press(name)
            counter.settle()
        page = counter.window.navigator.page("shift")
        for button in page.findChildren(QAbstractButton):
            if button.isVisible():
                assert min(button.width(), button.height()) >= TARGET, button.objectName()
                if button.property("role") == "digit":
                    assert min(button.width(), button.height()) >= DIGIT, button.objectName()


def test_every_panel_changes_its_language_and_its_colours_while_running(counter: Counter) -> None:
    opened(counter)
    page = counter.window.navigator.page("shift")
    assert isinstance(page, ShiftPage)
    for name in ("shiftX", "shiftPaidOut", "shiftDrawer", "shiftCount"):
        counter.press(name)
        counter.settle()
        counter.press("themeSwitch")
        counter.press("languageSwitch")
        counter.press("languageSwitch")
        counter.press("themeSwitch")
        page.open()
        until(counter, "shiftPaidIn")
    assert counter.text("shiftOpenTitle") == "The shift is open"


def test_what_interacts_has_a_name_and_a_word_for_a_screen_reader(counter: Counter) -> None:
    opened(counter)
    counter.press("shiftCount")
    until(counter, "shiftClose")
    page = counter.window.navigator.page("shift")
    for one in [*page.findChildren(QAbstractButton), *page.findChildren(QLineEdit)]:
        if one.isVisible():
            assert one.objectName().startswith("shift"), one
            assert one.accessibleName(), one.objectName()


def test_over_and_short_have_word_colour_and_icon() -> None:
    assert fits(Money(0, "TWD")) == ("Balanced", "good", "tick")
    assert fits(Money(5, "TWD")) == ("Over NT$5", "warn", "question")
    assert fits(Money(-5, "HKD")) == ("Short HK$0.05", "bad", "cross")
