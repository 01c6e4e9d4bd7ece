"""The page of the gateways: where each is reached, and the owner's approval of a change."""

from __future__ import annotations

from PySide6.QtWidgets import QTableWidget

from tests.gui.conftest import Counter


def cells(counter: Counter) -> list[list[str]]:
    table = counter.find("gatewaysTable")
    assert isinstance(table, QTableWidget)
    found = [[table.item(row, column) for column in range(4)] for row in range(table.rowCount())]
    return [[item.text() if item else "" for item in row] for row in found]


def test_the_page_names_every_address_and_merchant(counter: Counter) -> None:
    counter.window.enter("gateways")
    counter.qtbot.waitUntil(lambda: len(cells(counter)) == 4)
    assert all(
        address.startswith("http://127.0.0.1") and merchant for _name, address, merchant, _state in cells(counter)
    )
    assert {row[3] for row in cells(counter)} == {"In use"}
    assert "approved" in counter.text("gatewaysSays")
    assert not counter.button("gatewaysApprove").isVisible()
    counter.press("languageSwitch")
    assert {row[3] for row in cells(counter)} == {"使用中"}
    counter.press("themeSwitch")
    counter.press("languageSwitch")
