"""Splitting a sale at the counter: the amount, then part by part; leaving it and finding it again."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QListWidget, QWidget

from pos.domain.payment import Attempt
from pos.domain.states import Event, State
from tests.gui.conftest import Counter
from tests.gui.test_check_ended import ended

SHIFT = Qt.KeyboardModifier.ShiftModifier


def split(counter: Counter, amount: str) -> None:
    counter.type(amount)
    counter.key(Qt.Key.Key_F6, SHIFT)


def cash(counter: Counter, amount: str, count: int) -> Attempt:
    """Take a part in cash; it is the ``count``-th payment that came."""
    counter.type(amount)
    counter.key(Qt.Key.Key_F5)
    counter.key(Qt.Key.Key_F5)
    return counter.wait_for(State.CAPTURED, count)


def places(counter: Counter) -> dict[str, QPoint]:
    """Return where the right upper corners are: digits are aligned right."""
    names = ("amountDisplay", "key7", "keyClear", "tenderCash", "tenderMypay", "waitingTitle")
    parts = [counter.find(name) for name in names]
    return {part.objectName(): part.mapTo(counter.window, part.rect().topRight()) for part in parts}


def message(counter: Counter) -> str:
    return counter.window.message.label.text()


def test_a_sale_is_paid_in_parts_and_the_last_one_shows_all(counter: Counter) -> None:
    """A part that fails leaves the rest, and nothing on the page moves."""
    before = places(counter)
    split(counter, "500")
    assert (counter.text("splitTotal"), counter.text("splitLeft")) == ("NT$500", "NT$500")
    assert counter.text("amountDisplay") == "500", "all that is left, unless a part is typed"
    cash(counter, "100", 1)
    assert counter.find("paidPanel").isVisible()
    counter.type("300")
    assert (counter.text("amountLeft"), counter.text("amountWhole")) == ("NT$400 left", "of NT$500")
    assert places(counter) == before
    counter.key(Qt.Key.Key_Escape)
    failed = ended(counter, "300", Event.REFUSED, State.DECLINED)
    counter.press("tenderCash")
    assert "Type the amount" in message(counter), "not twice by a second press"
    counter.press("takeAnew")
    counter.settle()
    assert (counter.text("amountDisplay"), counter.text("amountLeft")) == ("300", "NT$400 left")
    counter.key(Qt.Key.Key_Escape)
    assert (counter.text("splitPaid"), counter.text("splitLeft")) == ("NT$100", "NT$400")
    counter.type("250")
    counter.key(Qt.Key.Key_F4)
    counter.shop.pay(counter.wait_for(State.PENDING))
    counter.wait_for(State.CAPTURED, 2)
    assert counter.text("paidAmount") == "NT$250"
    counter.key(Qt.Key.Key_Escape)
    cash(counter, "", 3)
    assert counter.text("paidAmount") == "NT$500"
    assert places(counter) == before
    sale = counter.sale(failed.sale_id)
    assert [one.amount.minor for one in sale.captured] == [100, 250, 150]
    counter.type("7")
    assert (counter.text("amountDisplay"), counter.text("amountLeft")) == ("7", "")


def test_a_sale_that_is_left_with_a_part_paid_waits_to_be_continued_or_refunded(counter: Counter) -> None:
    split(counter, "500")
    part = cash(counter, "300", 1)
    counter.key(Qt.Key.Key_Escape)
    counter.key(Qt.Key.Key_Escape)
    assert "NT$300 of NT$500 is paid. Press Esc again" in message(counter)
    counter.key(Qt.Key.Key_Escape)
    counter.settle()
    assert not counter.find("splitTotal").isVisible()
    assert counter.text("waitingTitle") == "Waiting: 1"
    tile = tiles(counter).item(0)
    assert tile.text() == "NT$500\nSplit · NT$300 paid"
    counter.qtbot.mouseClick(
        tiles(counter).viewport(), Qt.MouseButton.LeftButton, pos=tiles(counter).visualItemRect(tile).center()
    )
    counter.settle()
    assert (counter.text("splitLeft"), counter.text("waitingTitle")) == ("NT$200", "No payment is waiting.")
    counter.key(Qt.Key.Key_F8, SHIFT)
    counter.settle()
    assert "whole sale" in counter.text("invoiceAbout")
    counter.press("invoiceDone")
    counter.settle()
    assert (counter.text("splitInvoice"), counter.text("invoiceWish")) == ("E-invoice · Paper", "")
    counter.press("splitRefund")
    counter.settle()
    assert counter.text("refundLeft") == "Not refunded yet.\nPart of a split sale of NT$500."
    counter.key(Qt.Key.Key_F7)
    counter.settle()
    assert "Split sale · NT$300 of NT$500 paid" in counter.text("pastRoute")
    assert part.order_no in counter.text("pastRoute")


def test_one_e_invoice_is_of_the_whole_split_sale(counter: Counter) -> None:
    """It is requested before the first part, stays with the sale, and is shown with each part."""
    counter.key(Qt.Key.Key_F8, SHIFT)
    counter.press("invoiceDone")
    split(counter, "500")
    assert (counter.text("splitInvoice"), counter.text("invoiceWish")) == ("E-invoice · Paper", "")
    first = cash(counter, "300", 1)
    counter.key(Qt.Key.Key_Escape)
    assert counter.text("splitInvoice") == "E-invoice · Paper"
    cash(counter, "", 2)
    counter.qtbot.waitUntil(lambda: "E-invoice issued · JH-" in counter.text("paidInvoice"), timeout=15000)
    number = counter.text("paidInvoice")
    counter.key(Qt.Key.Key_F7)
    field = counter.find("pastSearch")
    counter.qtbot.keyClicks(field, first.order_no)
    counter.qtbot.waitUntil(lambda: counter.text("pastInvoice") == number, timeout=15000)
    assert counter.button("pastInvoiceAct").text() == "Print the proof"


def tiles(counter: Counter) -> QListWidget:
    found: QWidget = counter.find("waitingList")
    assert isinstance(found, QListWidget)
    return found
