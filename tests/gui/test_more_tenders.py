"""More ways to pay than keys: the first five have F1 to F5 and their place, the others are chosen beside them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt

from pos.bootstrap import register_for
from pos.domain.payment import Tender
from pos.domain.states import State
from pos.gui.sale.sale_panels import PanelShown
from pos.windows import register_of_machine
from tests.gui.conftest import OpenCounter

SHIFT = Qt.KeyboardModifier.ShiftModifier

SHOWN = (
    Tender.LINE_PAY, Tender.CREDIT_CARD, Tender.WECHAT, Tender.CASH, Tender.PI, Tender.ATM, Tender.JKOPAY,
    Tender.PLUS_PAY, Tender.STORE_CODE,
)  # fmt: skip
"""The simulator's shop has no contract for Pi and Plus Pay."""


def test_the_shops_own_keys_and_a_choice_of_the_others(open_counter: OpenCounter) -> None:
    counter = open_counter(tenders=SHOWN)
    sell, showing = counter.window.sell, lambda: counter.window.sell.panels.showing
    keys = sell.tenders
    assert [tile.objectName() for tile in keys.tiles.values()] == [
        "tenderLinePay", "tenderCreditCard", "tenderWechat", "tenderCash", "tenderPi",
    ]  # fmt: skip
    counter.qtbot.waitUntil(lambda: Tender.PLUS_PAY not in [one.tender for one in keys.others], timeout=15000)
    assert counter.button("tenderPi").accessibleDescription() == "not offered"
    assert [one.tender for one in keys.others] == [Tender.ATM, Tender.JKOPAY, Tender.STORE_CODE]
    places = [tile.geometry() for tile in keys.tiles.values()]

    counter.press("tenderMore")
    counter.settle()
    assert showing() is PanelShown.MORE
    assert [tile.objectName() for tile in sell.panels.more.tiles] == ["tenderAtm", "tenderJkopay", "tenderStoreCode"]
    assert [tile.geometry() for tile in keys.tiles.values()] == places
    counter.key(Qt.Key.Key_Escape)
    assert showing() is PanelShown.HINT

    counter.type("125")
    counter.key(Qt.Key.Key_F5, SHIFT)
    assert counter.button("tenderAtm").hasFocus()
    counter.key(Qt.Key.Key_Escape)
    assert (showing(), counter.text("amountDisplay")) == (PanelShown.HINT, "125")
    counter.key(Qt.Key.Key_F5, SHIFT)
    focused = counter.button("tenderAtm")
    counter.qtbot.keyClick(focused, Qt.Key.Key_Right)
    counter.qtbot.keyClick(counter.button("tenderJkopay"), Qt.Key.Key_Return)
    assert counter.wait_for(State.PENDING).tender is Tender.JKOPAY
    assert showing() is PanelShown.PAYMENT

    counter.type("80")
    counter.key(Qt.Key.Key_F1)
    assert counter.wait_for(State.PENDING, 2).tender is Tender.LINE_PAY
    counter.type("60")
    counter.press("tenderMore")
    counter.press("tenderStoreCode")
    taken = counter.wait_for(State.PENDING, 3)
    assert taken.tender is Tender.STORE_CODE
    counter.qtbot.waitUntil(lambda: counter.text("storePin").startswith("LYL"), timeout=15000)

    counter.key(Qt.Key.Key_F4, SHIFT)
    assert counter.text("messageLine") == "This register does not show this way to pay."


def test_five_keys_or_fewer_need_no_choice(open_counter: OpenCounter) -> None:
    counter = open_counter(tenders=(Tender.CASH, Tender.LINE_PAY))
    assert list(counter.window.sell.tenders.tiles) == [Tender.CASH, Tender.LINE_PAY]
    counter.key(Qt.Key.Key_F5, SHIFT)
    counter.key(Qt.Key.Key_F3)
    assert counter.window.sell.panels.showing is PanelShown.HINT


def test_the_settings_decide_what_the_window_and_the_register_show(tmp_path: Path) -> None:
    """The window shows the keys before the file is checked; the register's offers follow them."""
    path = tmp_path / "counter.toml"
    path.write_text('[tenders]\nkeys = ["cash", "fps", "line_pay"]\n', encoding="utf-8")
    shown = (Tender.CASH, Tender.FPS, Tender.LINE_PAY)
    assert register_of_machine(str(path), tmp_path).shop.tenders == shown
    offers = register_for(str(path), tmp_path).routes.offers()
    assert [(one.tender, one.available) for one in offers] == [(one, one is Tender.CASH) for one in shown]
