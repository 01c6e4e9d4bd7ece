"""With an input method on, fields for digits take digits, also full-width ones."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QGuiApplication, QInputMethodEvent, QInputMethodQueryEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from pos.domain.money import Money
from pos.domain.states import State
from pos.gui.main_window import MainWindow
from tests.gui.conftest import Counter, OpenCounter

DIGIT_FIELDS = (
    "approvalPin", "shiftCount1000", "shiftCount1", "shiftMoveAmount", "refundAmount", "invoiceCode", "invoiceBan",
)  # fmt: skip
TEXT_FIELDS = ("shiftCloseReason", "invoiceTitle", "refundReason")


def is_method_on(field: QWidget) -> bool:
    """Return what the platform's input method asks when the field gets the focus."""
    query = QInputMethodQueryEvent(Qt.InputMethodQuery.ImEnabled)
    QCoreApplication.sendEvent(field, query)
    return bool(query.value(Qt.InputMethodQuery.ImEnabled))


def field_of(counter: Counter, name: str) -> QLineEdit:
    for page in ("refund", "shift", "owed"):
        counter.window.enter(page)
    counter.qtbot.waitUntil(lambda: counter.window.findChild(QLineEdit, name) is not None)
    found = counter.find(name)
    assert isinstance(found, QLineEdit)
    return found


def commit(field: QWidget, text: str) -> None:
    """What an input method sends that stays on all the same."""
    event = QInputMethodEvent()
    event.setCommitString(text)
    QCoreApplication.sendEvent(field, event)


def test_the_input_method_is_off_where_digits_and_codes_go(counter: Counter) -> None:
    for name in DIGIT_FIELDS:
        assert not is_method_on(field_of(counter, name)), name


def test_the_input_method_is_on_where_words_go(counter: Counter) -> None:
    for name in TEXT_FIELDS:
        assert is_method_on(field_of(counter, name)), name


TYPED = [
    ("approvalPin", "２５８０２５", "258025"), ("shiftCount1000", "１２", "12"),
    ("invoiceBan", "０４５９５２５７", "04595257"), ("invoiceCode", "／ＡＢ１２＋－．", "/AB12+-."),
    ("refundAmount", "１２５", "125"), ("shiftMoveAmount", "7０", "70"),
]  # fmt: skip


def test_full_width_characters_become_half_width_ones(counter: Counter) -> None:
    for name, text, shown in TYPED:
        field = field_of(counter, name)
        commit(field, text)
        assert field.text() == shown, name
        field.clear()
        QGuiApplication.clipboard().setText(f" {text} ")
        counter.qtbot.keyClick(field, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
        assert field.text() == shown, name
        field.clear()
        for char in text:
            field.event(QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_unknown, Qt.KeyboardModifier.NoModifier, char))
        assert field.text() == shown, name


def test_an_amount_in_full_width_digits_is_an_amount(open_counter: OpenCounter) -> None:
    counter = open_counter("HKD")
    sell = counter.window.sell
    for char in "１２．５":
        QCoreApplication.sendEvent(
            sell, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_unknown, Qt.KeyboardModifier.NoModifier, char)
        )
    assert counter.text("amountDisplay") == "12.5"
    QGuiApplication.clipboard().setText("３４．５０")
    counter.qtbot.keyClick(sell, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    counter.key(Qt.Key.Key_F2)
    assert counter.wait_for(State.PENDING).amount == Money(3450, "HKD")


def test_the_sell_page_itself_asks_for_no_input_method(counter: Counter) -> None:
    assert isinstance(counter.window, MainWindow)
    assert not counter.window.sell.testAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled)
