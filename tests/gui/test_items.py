"""Items at the counter: keys, a scanner, quantities, a note and a discount; an amount alone is as quick as ever."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QListWidget, QTableWidget, QWidget
from pytestqt.qtbot import QtBot

from pos.domain.catalogue import Item
from pos.domain.discount import Discount
from pos.domain.invoice import Kind, invoice_request
from pos.domain.money import Money
from pos.domain.payment import Attempt, SaleTerms
from pos.domain.staff import Action
from pos.domain.states import Event, State
from pos.gui.catalogue.page import CataloguePage
from pos.gui.sale.item_panel import ItemKey, ItemPanel
from pos.gui.widgets import Button
from tests.gui.conftest import Counter, OpenCounter
from tests.gui.scanner import ENTER, scan
from tests.gui.test_check_ended import at_the_gateway
from tests.gui.test_people import MANAGER, cashier_there
from tests.support.access import permit
from tests.support.inside import attempt_engine

CSV = (
    "name,price,category,barcodes,colour,place,tax\n珍珠奶茶,55,飲料,4710088430014,brown,1,\n紅茶,30,飲料,,red,2,\n"
    "袋,0,雜項,,,1,\n米,40,雜項,,,2,exempt\n"
)


def with_items(counter: Counter) -> Counter:
    """A counter with a catalogue, which is shown as soon as it is imported."""

    async def imported() -> None:
        counter.engine.host.services.catalogue.import_csv(CSV.encode(), permit(Action.ITEMS))

    counter.engine.io.submit(imported()).result(5)
    counter.qtbot.waitUntil(lambda: counter.find("itemGrid").isVisible(), timeout=15000)
    counter.press("itemTab2")
    return counter


@pytest.fixture
def shop(counter: Counter) -> Counter:
    return with_items(counter)


def due(counter: Counter) -> str:
    return counter.text("amountDisplay")


def cash(counter: Counter, count: int = 1) -> Attempt:
    counter.key(Qt.Key.Key_F5)
    counter.key(Qt.Key.Key_F5)
    return counter.wait_for(State.CAPTURED, count)


def lines(attempt: Attempt) -> list[tuple[str, int, int]]:
    return [(one.name, one.unit_price.minor, one.quantity) for one in attempt.lines]


def test_items_are_chosen_counted_scanned_and_paid(shop: Counter) -> None:
    shop.press("item1")
    shop.type("3")
    shop.press("item2")
    assert due(shop) == "145"
    scan(shop.window.sell, "4710088430014" + ENTER, 10)
    shop.settle()
    assert (due(shop), shop.text("basketLine1")) == ("200", "2 × 珍珠奶茶")
    shop.press("basketLess2")
    shop.type("45*2")
    assert due(shop) == "45 × 2"
    shop.type("+")
    shop.press("itemTab1")
    shop.press("item1")
    assert (due(shop), shop.text("basketLine4")) == ("260", "1 × 袋"), "a gift costs nothing"
    scan(shop.window.sell, "96385074" + ENTER, 10)
    shop.settle()
    assert "No item has this barcode" in shop.window.message.label.text()
    shop.type("7")
    shop.key(Qt.Key.Key_F1)
    assert "The digits are a quantity" in shop.window.message.label.text()
    assert shop.attempts() == [], "neither the digits nor the lines were charged"
    shop.press("keyClear")
    shop.press("basketRemove1")
    paid = cash(shop)
    assert lines(paid) == [("紅茶", 30, 2), ("Item", 45, 2), ("袋", 0, 1)]
    assert paid.amount == Money(150, "TWD")
    shop.type("125")
    assert due(shop) == "125", "an amount alone is typed as ever"
    assert cash(shop, 2).lines == ()
    shop.press("itemTab2")
    shop.press("item1")
    assert due(shop) == "55"
    shop.press("itemTab1")
    shop.press("item2")
    shop.window.sell.invoice_requests.keep(invoice_request(Kind.PAPER))
    shop.key(Qt.Key.Key_F4)
    shop.settle()
    assert "several tax kinds" in shop.window.message.label.text()
    assert (due(shop), shop.text("basketLine2")) == ("95", "1 × 米"), "what was not taken is there again"
    shop.key(Qt.Key.Key_Escape)
    assert due(shop) == "0"


def field(counter: Counter, name: str, text: str) -> None:
    found = counter.find(name)
    assert isinstance(found, QLineEdit)
    found.clear()
    found.setFocus()
    if text.isascii():
        counter.qtbot.keyClicks(found, text)
    else:
        found.insert(text)  # as an input method does


def test_a_note_and_a_discount_are_of_the_sale_also_when_it_is_paid_in_another_way(shop: Counter) -> None:
    shop.type("125")
    field(shop, "saleDiscount", "50")
    field(shop, "saleReason", "scratched\r")
    shop.settle()
    assert (due(shop), shop.text("amountLeft")) == ("125", "NT$75 due")
    shop.press("keyClear")
    shop.press("keyClear")
    shop.press("item1")
    shop.type("2")
    shop.press("item2")
    field(shop, "saleNote", "A12")
    field(shop, "saleDiscount", "10%")
    shop.press("saleDiscountApply")
    assert "Enter a reason" in shop.window.message.label.text()
    assert due(shop) == "115"
    field(shop, "saleReason", "regular\r")
    assert due(shop) == "103"
    shop.find("saleNote").setFocus()
    shop.key(Qt.Key.Key_F4, Qt.KeyboardModifier.ShiftModifier)
    shop.qtbot.waitUntil(lambda: shop.window.findChild(QWidget, "toolCreditcard") is not None, timeout=15000)
    shop.press("toolCreditcard")
    waiting = shop.wait_for(State.PENDING)
    assert waiting.options["pfn"] == "CREDITCARD"
    tiles = shop.find("waitingList")
    assert isinstance(tiles, QListWidget)
    assert tiles.item(0).text() == "NT$103\nA12 MyPay · Waiting"
    note = shop.find("saleNote")
    assert isinstance(note, QLineEdit)
    assert note.text() == "", "the next sale has no note yet"
    terms = SaleTerms("A12", Discount(Money(12, "TWD"), "regular", "10%"))
    assert (waiting.terms, waiting.amount.minor, lines(waiting)) == (terms, 103, [("珍珠奶茶", 55, 1), ("紅茶", 30, 2)])
    decline(shop, waiting)
    shop.press("takeAnew")
    shop.settle()
    assert due(shop) == "103"
    paid = cash(shop)
    assert (paid.terms, lines(paid)) == (terms, lines(waiting))
    shop.key(Qt.Key.Key_F7)
    shop.settle()
    assert "A12 · Discount NT$12 (regular)" in shop.text("pastRoute")


def decline(counter: Counter, attempt: Attempt) -> None:
    """The gateway refuses the payment."""
    at_the_gateway(counter, attempt, "fail")

    async def end() -> None:
        attempt_engine(counter.engine.host.services).step(attempt, Event.REFUSED)

    counter.engine.io.submit(end()).result(5)
    counter.wait_for(State.DECLINED)


def test_a_large_discount_waits_for_a_managers_pin(open_counter: OpenCounter) -> None:
    counter = open_counter(people=cashier_there, training=False)
    counter.qtbot.waitUntil(lambda: counter.button("personSwitch").text() == "May", timeout=15000)
    shop = with_items(counter)
    shop.press("item2")
    field(shop, "saleDiscount", "20")
    field(shop, "saleReason", "scratched\r")
    shop.qtbot.waitUntil(lambda: shop.find("sellApprovalPin").isVisible(), timeout=15000)
    assert due(shop) == "30", "not yet"
    shop.qtbot.keyClicks(shop.find("sellApprovalPin"), f"{MANAGER}\r")
    shop.qtbot.waitUntil(lambda: due(shop) == "10", timeout=15000)
    paid = cash(shop)
    assert paid.amount.minor == 10
    assert paid.terms.approved_by != paid.cashier


def test_the_catalogue_is_kept_in_the_office(counter: Counter, tmp_path: Path) -> None:
    counter.window.enter("items")
    counter.settle()
    assert counter.find("itemsEmpty").isVisible()
    for name, text in (("Name", "豆漿"), ("Price", "25"), ("Category", "飲料"), ("Barcodes", "4710000000015")):
        field(counter, f"itemField{name}", text)
    counter.press("itemTax")
    counter.press("itemsSave")
    counter.settle()
    assert "check digit" in counter.window.message.label.text(), "it is only a warning"
    page, file = counter.window.navigator.page("items"), tmp_path / "items.csv"
    assert isinstance(page, CataloguePage)
    page.write(str(file))
    counter.settle()
    assert "豆漿,25,飲料,4710000000015,zero_rated,none,,yes," in file.read_text(encoding="utf-8-sig")
    file.write_text("name,price,category\n豆漿,30,飲料\n米漿,x,飲料\n", encoding="utf-8")
    page.read(str(file))
    counter.settle()
    assert "Line 3, price" in counter.window.message.label.text()
    file.write_text("name,price,category\n豆漿,30,飲料\n米漿,20,飲料\n", encoding="utf-8")
    page.read(str(file))
    counter.settle()
    counter.press("itemsNew")
    field(counter, "itemFieldName", "米漿")
    field(counter, "itemFieldCategory", "飲料")
    field(counter, "itemFieldPrice", "2\r")
    counter.settle()
    assert "another item 米漿" in counter.window.message.label.text()
    table = counter.find("itemsTable")
    assert isinstance(table, QTableWidget)
    table.selectRow(0)
    counter.press("itemsActive")
    counter.settle()
    table.selectRow(1)
    counter.press("itemsRemove")
    counter.settle()
    model = table.model()
    assert [model.index(0, column).data() for column in (1, 4)] == ["米漿", "Inactive"]
    assert table.rowCount() == 1


def test_a_category_with_many_items_is_turned_page_by_page(qtbot: QtBot) -> None:
    """A catalogue of any size makes no more than the keys that are shown."""
    panel = ItemPanel()
    qtbot.addWidget(panel)
    panel.show_items([Item(str(n), f"No. {n}", Money(n, "TWD")) for n in range(60)])
    chosen = []
    panel.chosen.connect(lambda item: chosen.append(item.id))
    for page in (1, 2, 3, 1):
        following = panel.findChildren(Button, "itemNext")[-1]
        assert following.text() == f"{page}/3"
        panel.findChildren(Button, "item1")[-1].click()
        following.click()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert chosen == ["0", "23", "46", "0"]
    assert len(panel.findChildren(ItemKey)) == 23
