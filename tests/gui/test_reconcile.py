"""Reconciliation at the window: one key starts it, five lists tell, a manager's word ends a difference."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QTableWidget

from pos.domain.payment import Attempt
from pos.domain.reconcile import Check, Match
from pos.domain.staff import Role
from pos.domain.states import State
from pos.gui.office.difference_card import DifferenceCard, settled_elsewhere
from pos.gui.office.reconcile_page import ReconcilePage
from pos.runtime import invoke
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
    assert "Press Start" in counter.text("reconcileEmpty")
    assert counter.button("reconcileStart").text() == "Start"


def test_one_key_compares_the_day_and_what_agrees_is_listed(counter: Counter) -> None:
    paid = sold(counter)
    page_of(counter)
    assert counter.button("reconcileStart").hasFocus()
    counter.qtbot.keyClick(counter.button("reconcileStart"), Qt.Key.Key_Return)
    counter.qtbot.waitUntil(lambda: "matches the gateways" in counter.text("messageLine"), timeout=15000)
    assert rows(counter)[0][:3] == [paid.order_no, "MyPay", "Paid NT$125"]
    assert counter.button("reconcileAgree").text().endswith("1")
    counter.press("reconcileOnlyHere")
    assert counter.text("reconcileEmpty") == "This list is empty."


def test_a_day_without_payments_is_not_said_to_agree(counter: Counter) -> None:
    page_of(counter)
    counter.press("reconcileStart")
    counter.qtbot.waitUntil(lambda: "nothing to reconcile" in counter.text("messageLine"), timeout=15000)


def test_what_is_still_open_is_not_said_to_agree(counter: Counter) -> None:
    counter.type("125")
    counter.key(Qt.Key.Key_F4)
    counter.wait_for(State.PENDING)
    page_of(counter)
    counter.press("reconcileStart")
    counter.qtbot.waitUntil(lambda: "have no answer yet" in counter.text("messageLine"), timeout=15000)


def differs(counter: Counter) -> Attempt:
    """A paid payment of which the gateway then tells another sum."""
    paid = sold(counter)
    counter.shop.spoil("other_amount", "query", 9)
    page_of(counter)
    counter.press("reconcileStart")
    counter.qtbot.waitUntil(lambda: "waiting for a manager: 1" in counter.text("messageLine"), timeout=15000)
    return paid


def wait_difference(counter: Counter, attempt: Attempt) -> None:
    card = counter.find("reconcileSettleCard")
    counter.qtbot.waitUntil(
        lambda: card.isVisible() and attempt.order_no in counter.text("reconcileSays"), timeout=15000
    )


def test_a_difference_is_settled_with_a_reason_and_a_pin(counter: Counter) -> None:
    paid = differs(counter)
    assert paid.order_no in counter.text("reconcileSays")
    assert not counter.button("reconcileSettle").isEnabled()
    counter.press("reconcileReason0")
    field = counter.find("reconcileReason")
    assert isinstance(field, QLineEdit)
    assert field.text() == "Settled with the gateway"
    counter.qtbot.keyClick(field, Qt.Key.Key_Return)
    counter.qtbot.waitUntil(lambda: counter.find("approval").isVisible(), timeout=15000)
    counter.key(Qt.Key.Key_Escape)
    assert not counter.find("approval").isVisible()
    counter.press("reconcileSettle")
    counter.qtbot.waitUntil(lambda: counter.find("approvalPin").hasFocus(), timeout=15000)
    counter.qtbot.keyClicks(counter.find("approvalPin"), "258025\r")
    counter.qtbot.waitUntil(lambda: rows(counter)[0][4] == "Settled: Settled with the gateway", timeout=15000)
    assert not counter.find("reconcileSettleCard").isVisible()


def test_the_bell_rings_for_a_difference_and_leads_to_it(counter: Counter) -> None:
    paid = differs(counter)
    counter.qtbot.waitUntil(lambda: counter.button("reviewSwitch").text() == "1 to settle", timeout=15000)
    counter.window.show_sale()
    counter.press("reviewSwitch")
    wait_difference(counter, paid)
    counter.press("reconcileEarlier")
    counter.qtbot.waitUntil(counter.find("reconcileOthers").isVisible, timeout=15000)
    counter.press("reconcileOthers")
    wait_difference(counter, paid)
    counter.press("reconcilePayment")
    counter.qtbot.waitUntil(lambda: "differs" in counter.text("pastHistory"), timeout=15000)
    counter.press("pastRefund")
    counter.qtbot.waitUntil(
        lambda: "Settle the difference under Reconcile" in counter.text("refundLeft"), timeout=15000
    )
    assert not counter.button("refundAll").isEnabled()


def test_a_cashier_sees_the_days_comparison_by_a_managers_pin_only(counter: Counter) -> None:
    differs(counter)
    staff = counter.engine.io.submit(invoke(counter.engine.host.services.staff.people)).result(5)
    cashier = next(one.id for one in staff if one.role is Role.CASHIER)
    counter.engine.io.submit(invoke(counter.engine.host.services.staff.sign_in_without_pin, cashier)).result(5)
    counter.qtbot.waitUntil(lambda: counter.find("approval").isVisible(), timeout=15000)
    assert rows(counter) == []
    counter.qtbot.keyClicks(counter.find("approvalPin"), "258025\r")
    counter.qtbot.waitUntil(lambda: len(rows(counter)) == 1, timeout=15000)


def test_late_money_among_the_differences_is_settled_on_its_own_page(counter: Counter) -> None:
    counter.type("125")
    counter.key(Qt.Key.Key_F4)
    attempt = counter.wait_for(State.PENDING)
    counter.press("cancelPayment")
    counter.wait_for(State.VOIDING)
    counter.shop.pay(attempt)
    page_of(counter)
    counter.press("reconcileStart")
    counter.wait_for(State.REVIEW)
    wait_difference(counter, attempt)
    assert not counter.find("reconcileReason").isVisible()
    counter.press("reconcilePayment")
    counter.qtbot.waitUntil(lambda: counter.find("reviewCard").isVisible(), timeout=15000)


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
    assert counter.window.navigator.here == ""


def test_the_page_speaks_both_languages_and_both_themes(counter: Counter) -> None:
    page_of(counter)
    counter.press("languageSwitch")
    assert counter.text("reconcileTitle") == "對帳"
    counter.press("themeSwitch")
    counter.press("languageSwitch")
    assert counter.text("reconcileTitle") == "Reconciliation"


@pytest.mark.parametrize(("number", "own"), [("PAYMENT", True), ("REFUND", False)])
def test_a_difference_of_a_refund_in_review_takes_its_reason_here(counter: Counter, number: str, own: bool) -> None:
    page_of(counter)
    card = counter.find("reconcileSettleCard")
    assert isinstance(card, DifferenceCard)
    now = datetime(2026, 11, 20, 4, tzinfo=UTC)
    differs = Check(now.date(), number, "mypay", Match.DIFFER, "review NT$25", "done NT$20", now, order_no="PAYMENT")
    card.show_check(differs)
    assert counter.button("reconcileSettle").isVisible() is not own
    assert settled_elsewhere(differs) is own
