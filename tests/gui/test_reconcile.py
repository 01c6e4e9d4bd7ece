"""Reconciliation at the window: one key starts it, five lists tell, a manager's word ends a difference."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QTableWidget

from pos.domain.payment import Attempt
from pos.domain.reconcile import Check, Match
from pos.domain.states import State
from pos.gui.reconcile_page import ReconcilePage
from tests.gui.conftest import Counter


def page_of(counter: Counter) -> ReconcilePage:
    page = counter.window.enter("reconcile")
    assert isinstance(page, ReconcilePage)
    return page


def sold(counter: Counter) -> Attempt:
    counter.type("125")
    counter.key(Qt.Key.Key_F4)
    counter.shop.pay(counter.wait_for(State.PENDING))
    counter.press("checkNow")
    return counter.wait_for(State.CAPTURED)


def rows(counter: Counter) -> list[list[str]]:
    table = counter.find("reconcileTable")
    assert isinstance(table, QTableWidget)
    found = []
    for row in range(table.rowCount()):
        items = (table.item(row, column) for column in range(table.columnCount()))
        found.append([item.text() if item else "" for item in items])
    return found


def test_an_empty_day_says_what_to_do(counter: Counter) -> None:
    page_of(counter)
    assert "Start asks each gateway" in counter.text("reconcileEmpty")
    assert counter.button("reconcileStart").text() == "Start"


def test_one_key_compares_the_day_and_what_agrees_is_listed(counter: Counter) -> None:
    paid = sold(counter)
    page_of(counter)
    assert counter.button("reconcileStart").hasFocus()
    counter.qtbot.keyClick(counter.button("reconcileStart"), Qt.Key.Key_Return)
    counter.qtbot.waitUntil(lambda: "agrees with the gateways" in counter.text("messageLine"), timeout=8000)
    assert rows(counter)[0][:3] == [paid.order_no, "MyPay", "Paid NT$125"]
    assert counter.button("reconcileAgree").text().endswith("1")
    counter.press("reconcileOnlyHere")
    assert counter.text("reconcileEmpty") == "Nothing in this list."


def test_what_is_still_open_is_not_said_to_agree(counter: Counter) -> None:
    counter.type("125")
    counter.key(Qt.Key.Key_F4)
    counter.wait_for(State.PENDING)
    page_of(counter)
    counter.press("reconcileStart")
    counter.qtbot.waitUntil(lambda: "could not be told yet" in counter.text("messageLine"), timeout=8000)


def test_a_difference_is_settled_with_a_reason_and_a_pin(counter: Counter) -> None:
    page = page_of(counter)
    checks = counter.engine.io.submit(_store(counter, page)).result(5)
    page._came(checks)
    assert counter.find("reconcileSettleCard").isVisible()
    assert not counter.button("reconcileSettle").isEnabled()
    counter.press("reconcileReason0")
    field = counter.find("reconcileReason")
    assert isinstance(field, QLineEdit)
    assert field.text() == "Settled with the gateway"
    counter.press("reconcileSettle")
    counter.qtbot.waitUntil(lambda: counter.find("approval").isVisible(), timeout=5000)
    counter.key(Qt.Key.Key_Escape)
    assert not counter.find("approval").isVisible()
    assert page.isVisible()


async def _store(counter: Counter, page: ReconcilePage) -> list[Check]:
    check = Check(page._today(), "X1", "qfpay", Match.DIFFER, "captured NT$125", "0000 NT$100", datetime.now(UTC))
    await counter.engine.desk.ask(lambda office: office.reconcile._checks.write(check))
    return [check]


@pytest.mark.parametrize("days", [1, 3])
def test_earlier_days_are_one_touch_away_and_tomorrow_is_not(counter: Counter, days: int) -> None:
    page = page_of(counter)
    today = counter.text("reconcileDay")
    assert not counter.button("reconcileLater").isEnabled()
    for _ in range(days):
        counter.press("reconcileEarlier")
    assert counter.text("reconcileDay") < today
    for _ in range(days + 2):
        counter.press("reconcileLater")
    assert counter.text("reconcileDay") == today
    page.left.emit()
    assert counter.window.rooms.here == ""


def test_the_page_speaks_both_languages_and_both_themes(counter: Counter) -> None:
    page_of(counter)
    counter.press("languageSwitch")
    assert counter.text("reconcileTitle") == "對帳"
    counter.press("themeSwitch")
    counter.press("languageSwitch")
    assert counter.text("reconcileTitle") == "Reconciliation"
