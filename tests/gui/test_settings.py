"""The settings pages: rules while typing, saving with a manager's PIN, search, a try of a gateway, the restart."""

from __future__ import annotations

import tomllib

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit

from pos.domain.staff import Role
from pos.domain.states import State
from pos.gateways import GATEWAYS
from pos.gui.settings.field import SettingField
from pos.gui.settings.words import SECTIONS, section_of
from pos.runtime import invoke
from pos.services.training import OWNER_PIN
from pos.settings_file import all_settings
from tests.gui.conftest import Counter, OpenCounter


def opened(counter: Counter, section: str) -> None:
    counter.window.enter("settings")
    counter.qtbot.waitUntil(lambda: counter.window.findChild(QLineEdit, "settings.shop.name") is not None)
    counter.press(f"settings{section}")


def typed(counter: Counter, key: str, text: str) -> None:
    field = counter.find(f"settings.{key}")
    assert isinstance(field, QLineEdit)
    field.setFocus()
    field.selectAll()
    counter.qtbot.keyClicks(field, text)
    counter.settle()


def let_cashier_in(counter: Counter) -> None:
    staff = counter.engine.host.services.staff
    cashier = next(one.id for one in staff.people() if one.role is Role.CASHIER)
    counter.engine.io.submit(invoke(staff.sign_in_without_pin, cashier)).result(5)
    counter.settle()


def stored(counter: Counter) -> dict[str, object]:
    return tomllib.loads((counter.shop.folder / "counter.toml").read_text(encoding="utf-8"))


def test_a_setting_is_checked_while_it_is_typed_and_saved_with_a_managers_pin(open_counter: OpenCounter) -> None:
    counter = open_counter(training=False)
    let_cashier_in(counter)
    opened(counter, "Printer")
    counter.find("settingsLook").setFocus()
    counter.qtbot.keyClick(counter.find("settingsLook"), Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is counter.find("settingsList"), "the arrow keys scroll"
    counter.qtbot.keyClick(counter.find("settingsList"), Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is counter.find("settings.printer.kind")
    typed(counter, "printer.rows", "900")
    assert counter.text("settings.printer.rows.rule") == "it must be a number from 600 to 800"
    assert counter.text("settingsSays").startswith("Rows of an e-invoice: it must be")
    assert not counter.button("settingsSave").isEnabled()
    typed(counter, "printer.rows", "620")
    counter.press("settings.printer.drawer.yes")
    counter.settle()
    assert counter.text("settings.printer.rows.rule") == ""
    counter.find("settings.printer.baud").setFocus()
    for name in ("settingsUndo", "settingsSave"):
        counter.qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        assert QApplication.focusWidget() is counter.find(name), "Tab leads from the settings to the keys below"
    counter.qtbot.keyClick(counter.find("settingsSave"), Qt.Key.Key_Return)
    counter.settle()
    assert not (counter.shop.folder / "counter.toml").exists(), "a cashier alone saves nothing"
    pin = counter.find("approvalPin")
    counter.qtbot.keyClicks(pin, OWNER_PIN)
    counter.qtbot.keyClick(pin, Qt.Key.Key_Return)
    counter.qtbot.waitUntil(lambda: "from its next start" in counter.text("settingsSays"), timeout=15000)
    assert stored(counter)["printer"] == {"rows": 620, "drawer": True}
    assert stored(counter)["shop"] == {"name": "Demo Shop", "register": "DEMO", "language": "en", "theme": "light"}
    counter.settle()
    assert counter.button("settingsRestart").isEnabled()

    counter.window.show_sale()
    counter.type("10")
    counter.key(Qt.Key.Key_F4)
    counter.wait_for(State.PENDING)
    opened(counter, "Printer")
    assert not counter.button("settingsRestart").isEnabled(), "a customer is paying"
    assert counter.button("settingsRestart").text() == "Payments are in process"
    assert not counter.window.restarts


def test_settings_are_found_and_a_gateway_is_tried(counter: Counter) -> None:
    opened(counter, "Gateways")
    typed(counter, "gateways.wanpay.orgno", "1")
    counter.press("settingsTest.wanpay")
    assert "Save first" in counter.text("settingsTested.wanpay")
    counter.press("settingsUndo")
    counter.press("settingsTest.wanpay")
    counter.qtbot.waitUntil(lambda: "key accepted" in counter.text("settingsTested.wanpay"), timeout=15000)
    search = counter.find("settingsSearch")
    counter.qtbot.keyClicks(search, "folder another")
    counter.settle()
    fields = counter.window.findChildren(SettingField)
    assert [one.one.key for one in fields if one.isVisible()] == ["backup.folder"]
    assert {one.one.key for one in fields} == {key for key, one in all_settings().items() if section_of(one)}
    for part in (*fields, *(counter.find(f"settings{section.title()}") for section in SECTIONS)):
        buttons = [one for one in part.findChildren(QAbstractButton) if one.objectName()]
        assert all(one.minimumHeight() >= 44 for one in buttons)
    assert len([name for name in GATEWAYS if counter.find(f"settingsTest.{name}")]) == len(GATEWAYS)
    counter.key(Qt.Key.Key_Escape)
    counter.press("settingsLook")
    counter.press("settings.shop.language.zh_TW")
    counter.settle()
    counter.press("settingsSave")
    counter.qtbot.waitUntil(lambda: counter.text("settingsTitle") == "設定", timeout=15000)
    counter.press("settings.shop.language.en")
    counter.settle()
    counter.press("settingsSave")
    counter.qtbot.waitUntil(lambda: counter.text("settingsTitle") == "Settings", timeout=15000)
