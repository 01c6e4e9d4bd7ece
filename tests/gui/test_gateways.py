"""The page of the gateways: where each is reached, and the owner's approval of a change."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLabel, QTableWidget, QWidget
from pytestqt.qtbot import QtBot

from pos.assembly import Ports
from pos.bootstrap import Register, build_register
from pos.domain.staff import Action, Role
from pos.gateways import GATEWAYS
from pos.gui.app import build_window
from pos.gui.bridge import ShopView, Till
from pos.gui.main_window import MainWindow
from pos.runtime import invoke
from pos.secrets import SecretStore
from pos.services.staff import PeopleServices
from pos.settings import Settings
from pos.shop_settings import ShopSettings
from pos.windows import engine_of
from tests.gui.conftest import Counter
from tests.support.access import permit

OWNER, MANAGER = "258036", "147025"


def cells(window: MainWindow) -> list[list[str]]:
    table = window.findChild(QTableWidget, "gatewaysTable")
    assert table is not None
    found = [[table.item(row, column) for column in range(4)] for row in range(table.rowCount())]
    return [[item.text() if item else "" for item in row] for row in found]


def test_the_page_names_every_address_and_merchant(counter: Counter) -> None:
    counter.window.enter("gateways")
    counter.qtbot.waitUntil(lambda: len(cells(counter.window)) == len(GATEWAYS))
    found = cells(counter.window)
    assert all(address.startswith("http://127.0.0.1") and merchant for _name, address, merchant, _state in found)
    assert {row[3] for row in found} == {"In use"}
    assert "approved" in counter.text("gatewaysSays")
    assert not counter.button("gatewaysApprove").isVisible()
    counter.press("languageSwitch")
    assert {row[3] for row in cells(counter.window)} == {"使用中"}
    counter.press("themeSwitch")
    counter.press("languageSwitch")


async def manager_at_the_till(people: PeopleServices) -> None:
    """Olga owns the shop, and Max has signed in."""
    staff = people.staff
    if not staff.all_people():
        olga = await staff.add("Olga", Role.OWNER, OWNER)
        await staff.add("Max", Role.MANAGER, MANAGER, permit(Action.STAFF, olga.id))
    staff.sign_in_without_pin(next(one.id for one in staff.people() if one.role is Role.MANAGER))


def shop_at(folder: Path, address: str) -> Register:
    """A shop whose ATM gateway is reached at ``address``."""
    shop = ShopSettings(name="測試商店", language="en", sounds="no", theme="light")
    gateways = {"wanpay": {"orgno": "21008024", "base_url": address}}
    secrets = SecretStore(folder, folder, {"POS_SECRET_WANPAY_KEY": "k" * 32})
    settings = Settings(folder / "counter.toml", shop, gateways=gateways)
    return build_register(settings, secrets, folder, Ports(people=manager_at_the_till))


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    """The window of a shop whose gateway has another address than when its owner was made."""

    async def founded() -> None:
        register = shop_at(tmp_path, "https://api.wan-pay.com")
        await register.host.open(watching=False)
        await register.host.close()

    asyncio.run(founded())
    engine = engine_of(shop_at(tmp_path, "https://api.wan-pay.example"))
    view = ShopView("測試商店", "R1", "TWD", "Asia/Taipei", language="en", theme="light", sounds=False)
    made = build_window(Till(view, lambda: engine, lambda key, value: None))
    qtbot.addWidget(made)
    made.resize(1024, 768)
    with qtbot.waitActive(made):
        made.show()
    made.open_journal()
    qtbot.waitUntil(lambda: made.bridge.ready)
    engine.io.submit(invoke(engine.host.services.payments.waiting)).result(8)
    yield made
    made.close()
    made.bridge.end()


def part(window: MainWindow, name: str) -> QWidget:
    found = window.findChild(QWidget, name)
    assert found is not None, name
    return found


def text(window: MainWindow, name: str) -> str:
    found = window.findChild(QLabel, name)
    return found.text() if found else ""


def test_a_changed_address_is_approved_with_the_owners_pin_in_place(qtbot: QtBot, window: MainWindow) -> None:
    window.enter("gateways")
    qtbot.waitUntil(lambda: [row[3] for row in cells(window)] == ["Needs approval"], timeout=15000)
    assert "so far it was https://api.wan-pay.com" in text(window, "gatewaysSays")
    approve = part(window, "gatewaysApprove")
    assert isinstance(approve, QAbstractButton)
    assert approve.text() == "Approve WanPay"
    qtbot.mouseClick(approve, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: part(window, "approval").isVisible(), timeout=15000)
    qtbot.keyClicks(part(window, "approvalPin"), f"{MANAGER}\r")
    qtbot.waitUntil(lambda: "owner" in text(window, "approvalSays"), timeout=15000)
    assert [row[3] for row in cells(window)] == ["Needs approval"]
    qtbot.keyClicks(part(window, "approvalPin"), f"{OWNER}\r")
    qtbot.waitUntil(lambda: not part(window, "approval").isVisible(), timeout=15000)
    qtbot.waitUntil(lambda: [row[3] for row in cells(window)] == ["In use"], timeout=15000)
    assert "approved" in text(window, "gatewaysSays")
