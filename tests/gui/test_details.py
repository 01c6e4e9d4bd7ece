"""The technical details of an error: on request, to read and copy, and nothing that stops the counter."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Final

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QPlainTextEdit

from pos.domain.states import State
from pos.errors import PosError, StoreError
from pos.gui.people.approval import Approval
from pos.gui.widgets import TARGET
from pos.i18n import N_
from tests.gui.conftest import Counter, OpenCounter
from tests.gui.test_people import cashier_there
from tests.support.hostile import HOSTILE

GUI: Final = Path(__file__).parent.parent.parent / "pos" / "gui"
SAID, DETAIL = N_("The disk is full."), "OSError: [Errno 28] No space left on device: '/srv/counter'"


def fail(counter: Counter, detail: str = DETAIL) -> None:
    counter.window.fail(StoreError(SAID, detail))


def text(counter: Counter) -> QPlainTextEdit:
    found = counter.find("detailsText")
    assert isinstance(found, QPlainTextEdit)
    return found


def test_an_error_with_details_shows_them_on_request_and_copies_them(counter: Counter) -> None:
    fail(counter)
    assert counter.text("messageLine") == SAID
    counter.press("messageDetails")
    assert text(counter).isVisible()
    assert text(counter).toPlainText() == f"{SAID}\n\n{DETAIL}"
    counter.press("detailsCopy")
    assert QGuiApplication.clipboard().text() == f"{SAID}\n\n{DETAIL}"
    assert counter.button("detailsCopy").text() == "Copied"
    counter.press("detailsClose")
    assert not text(counter).isVisible()
    counter.press("messageDetails")
    assert (text(counter).isVisible(), counter.button("detailsCopy").text()) == (True, "Copy")
    counter.press("messageDetails")
    assert not text(counter).isVisible()
    assert counter.text("messageLine") == SAID


@pytest.mark.parametrize("detail", ["", "  \n", "\u202e\0\x1b"])
def test_an_error_without_details_has_no_button(counter: Counter, detail: str) -> None:
    fail(counter)
    fail(counter, detail)
    assert counter.text("messageLine") == SAID
    assert not counter.button("messageDetails").isVisible()


def test_details_work_by_keyboard_alone_and_give_the_focus_back(counter: Counter) -> None:
    fail(counter)
    for _ in range(40):
        if counter.button("messageDetails").hasFocus():
            break
        counter.qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    counter.qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    assert text(counter).hasFocus()
    counter.qtbot.keyClick(text(counter), Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    counter.qtbot.keyClick(text(counter), Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == f"{SAID}\n\n{DETAIL}"
    counter.qtbot.keyClick(text(counter), Qt.Key.Key_Tab)
    assert counter.button("detailsCopy").hasFocus()
    counter.key(Qt.Key.Key_Escape)
    assert not text(counter).isVisible()
    assert counter.button("messageDetails").hasFocus()
    counter.key(Qt.Key.Key_Escape)  # the next one clears the message, and nothing is pressed by accident
    assert counter.text("messageLine") == ""
    assert counter.window.sell.hasFocus()


def test_open_details_stop_no_sale(counter: Counter) -> None:
    fail(counter)
    counter.button("messageDetails").setFocus()
    counter.qtbot.keyClick(counter.button("messageDetails"), Qt.Key.Key_Return)
    assert QApplication.activeModalWidget() is None
    counter.qtbot.keyClicks(text(counter), "125")
    assert counter.text("amountDisplay").endswith("125")
    assert not text(counter).isVisible()
    counter.key(Qt.Key.Key_F5)
    counter.key(Qt.Key.Key_F5)
    assert counter.wait_for(State.CAPTURED).amount.minor == 125


def test_details_go_with_their_message_their_page_and_the_person(counter: Counter) -> None:
    for leave in (
        lambda: counter.window.enter("past"),
        lambda: counter.window.show_message("Another sentence.", "warn"),
        lambda: counter.key(Qt.Key.Key_F12),
    ):
        counter.window.show_sale()
        fail(counter)
        counter.press("messageDetails")
        assert text(counter).isVisible()
        leave()
        assert not text(counter).isVisible()
        assert not counter.button("messageDetails").isVisible()
    assert counter.window.session_lock.locked


@pytest.mark.parametrize("size", [(1024, 768), (1366, 768), (1920, 1080)])
def test_details_stay_above_the_message_line(counter: Counter, size: tuple[int, int]) -> None:
    fail(counter, "\n".join(f"frame {number}" for number in range(500)))
    counter.press("messageDetails")
    counter.window.resize(*size)
    card, line = counter.find("detailsCard"), counter.find("messageDetails")
    counter.qtbot.waitUntil(lambda: card.width() == counter.window.width() - 32, timeout=2000)
    assert card.geometry().bottom() < line.mapTo(counter.window, line.rect().topLeft()).y()
    bar = text(counter).verticalScrollBar()
    assert (bar.value(), bar.maximum() > 400) == (0, True)


def test_hostile_details_are_text(counter: Counter) -> None:
    for name, hostile in HOSTILE.items():
        fail(counter, f"<b>{hostile[:5000]}</b>&amp;")
        counter.press("messageDetails")
        shown = text(counter).toPlainText()
        assert "<b>" in shown, name
        assert "&amp;" in shown, name
        assert all(char.isprintable() or char in "\n\u3000\u00a0\u200b" for char in shown), name
        counter.press("messageDetails")


def test_endless_details_are_cut(counter: Counter) -> None:
    fail(counter, "x" * 5_000_000)
    counter.press("messageDetails")
    assert len(text(counter).toPlainText()) < 11_000


def test_what_the_system_said_is_among_the_details(counter: Counter) -> None:
    (counter.engine.data_dir / "backups").write_text("a file in the way")
    counter.window.enter("backups")
    counter.press("backupsMake")
    counter.qtbot.waitUntil(lambda: counter.button("messageDetails").isVisible(), timeout=8000)
    counter.press("messageDetails")
    assert "Errno" in text(counter).toPlainText()


def test_an_unexpected_error_has_its_kind_in_the_details(counter: Counter) -> None:
    async def breaks() -> None:
        raise ValueError("no such thing")

    counter.window.bridge.run(breaks(), done=lambda _none: None, failed=counter.window.sell.failed.emit)
    counter.qtbot.waitUntil(lambda: "unexpected" in counter.text("messageLine"), timeout=3000)
    counter.press("messageDetails")
    assert "ValueError: no such thing" in text(counter).toPlainText()


def test_every_page_sends_its_errors_the_same_way(counter: Counter) -> None:
    for name in ("past", "refund", "owed", "proof", "backups", "totals", "people", "shift", "help"):
        counter.window.message.say("ready", "good")
        assert not counter.button("messageDetails").isVisible()
        counter.window.navigator.page(name).failed.emit(PosError(SAID, DETAIL))
        assert counter.button("messageDetails").isVisible(), name


def test_no_page_says_an_error_without_its_details() -> None:
    """An error that is emitted as a sentence has lost its details: ``failed`` carries it whole."""
    for path in GUI.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        calls = [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Call)]
        assert not [one for one in calls if "told.emit(" in one and "error." in one], path


def test_a_sentence_of_two_lines_is_whole_and_a_longer_one_opens(counter: Counter) -> None:
    line = counter.find("messageLine")
    word = "gateway "
    for count in range(1, 60):
        counter.window.message.say(word * count, "bad")
        QApplication.processEvents()
        is_whole = line.heightForWidth(line.width()) <= line.height()
        assert is_whole or counter.button("messageDetails").isVisible(), count
    assert not is_whole
    counter.press("messageDetails")
    assert text(counter).toPlainText() == word * 59
    counter.window.resize(3000, 800)
    counter.window.message.say("Short.", "bad")
    assert not counter.button("messageDetails").isVisible()


def test_a_long_refusal_of_a_pin_is_whole_somewhere(open_counter: OpenCounter) -> None:
    counter = open_counter(people=cashier_there, training=False)
    counter.qtbot.waitUntil(lambda: counter.button("personSwitch").accessibleName() == "May", timeout=15000)
    counter.window.enter("backups")
    counter.qtbot.waitUntil(lambda: counter.button("backupsMake").isVisible(), timeout=15000)
    counter.press("backupsMake")
    counter.qtbot.waitUntil(lambda: counter.find("approval").isVisible(), timeout=15000)
    approval, said = counter.find("approval"), counter.find("approvalSays")
    assert isinstance(approval, Approval)
    for height in (700, 768, 1080):
        counter.window.resize(1366, height)
        counter.settle()
        counter.window.message.say("")
        approval._on_wrong(approval._asked, StoreError(N_("PINs cannot be checked. ") * 6))
        counter.settle()
        is_whole = said.heightForWidth(said.width()) <= said.height()
        assert is_whole or "PINs cannot be checked" in counter.text("messageLine")
        assert counter.button("approvalCancel").height() >= TARGET
        lowest = counter.button("approvalKey0")
        assert lowest.visibleRegion().boundingRect().height() == lowest.height()
