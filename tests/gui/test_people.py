"""People at the window: signing in, locking, the first owner, the office and its people; by keys and by touch alone."""

from __future__ import annotations

import argparse
import asyncio
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QTableWidget, QWidget
from pytestqt.qtbot import QtBot

from pos.domain.staff import Action, Person, Role
from pos.domain.states import State
from pos.gui.app import build_window
from pos.gui.big_tile import BigTile
from pos.gui.navigation import PAGES
from pos.gui.office.page import OfficePage
from pos.gui.people.idle import Idle
from pos.gui.sale.sale_panels import PanelShown
from pos.gui.theme import tokens
from pos.i18n import use_language
from pos.runtime import invoke
from pos.services.permissions import Permission
from pos.services.staff import PeopleServices
from pos.windows import DemoShop
from tests.gui.conftest import Counter, OpenCounter, settle
from tests.support.access import permit

OWNER, MANAGER, CASHIER = "258025", "369036", "1470"
LONG = "Bartholomew Featherstonehaugh-Cholmondeley"[:40]


async def without_people(_people: PeopleServices) -> None:
    """A shop on its first day."""


async def three(people: PeopleServices) -> None:
    """A shop in the morning: Ann owns it, Bo manages it, May sells. Nobody has come yet."""
    staff = people.staff
    if not staff.all_people():
        ann = await staff.add("Ann", Role.OWNER, OWNER)
        permission = permit(Action.STAFF, ann.id)
        await staff.add("Bo", Role.MANAGER, MANAGER, permission)
        await staff.add("May", Role.CASHIER, CASHIER, permission)


async def cashier_there(people: PeopleServices) -> None:
    """The same shop, May at the till."""
    staff = people.staff
    await three(people)
    staff.sign_in_without_pin(next(one.id for one in staff.people() if one.name == "May"))


def people(counter: Counter) -> dict[str, Person]:
    found = counter.engine.io.submit(invoke(counter.engine.host.services.staff.all_people)).result(5)
    return {person.name: person for person in found}


def here(counter: Counter) -> str:
    return next((name for name, person in people(counter).items() if person.id == counter.actor.person), "")


def wait_page(counter: Counter, name: str) -> None:
    counter.qtbot.waitUntil(lambda: counter.window.navigator.here == name, timeout=15000)


def wait_code(counter: Counter) -> None:
    """The recovery code is shown, and has to be written down first."""
    wait_page(counter, "code")
    counter.qtbot.waitUntil(lambda: bool(counter.text("codeText")), timeout=15000)


def wait_text(counter: Counter, name: str, words: str) -> None:
    counter.qtbot.waitUntil(lambda: words in counter.text(name), timeout=15000)


def wait_locked(counter: Counter) -> None:
    counter.qtbot.waitUntil(lambda: counter.window.session_lock.locked, timeout=15000)
    counter.qtbot.waitUntil(lambda: counter.window.findChild(QWidget, "signInPerson0") is not None, timeout=15000)


def hands(counter: Counter, keys: str) -> None:
    """Whatever has the focus hears the keyboard."""
    for key in keys:
        focused = QApplication.focusWidget()
        assert focused is not None
        counter.qtbot.keyClicks(focused, key)


def strike(counter: Counter, *keys: Qt.Key) -> None:
    for key in keys:
        focused = QApplication.focusWidget()
        assert focused is not None
        counter.qtbot.keyClick(focused, key)


def touch_pin(counter: Counter, pad: str, pin: str) -> None:
    for digit in pin:
        counter.press(f"{pad}Key{digit}")
    counter.press(f"{pad}Done")


def tile_of(counter: Counter, name: str) -> str:
    """The objectName of a person's tile."""

    def found() -> str:
        tiles = counter.window.findChildren(BigTile)
        return next((one.objectName() for one in tiles if one.accessibleName() == name and one.isVisible()), "")

    counter.qtbot.waitUntil(lambda: bool(found()), timeout=15000)
    return found()


def touch_in(counter: Counter, name: str, pin: str) -> None:
    counter.press(tile_of(counter, name))
    touch_pin(counter, "signIn", pin)
    counter.qtbot.waitUntil(lambda: here(counter) == name, timeout=15000)
    counter.qtbot.waitUntil(lambda: counter.window.sell.isVisible(), timeout=15000)


@pytest.fixture
def morning(open_counter: OpenCounter) -> Counter:
    """Three people are set up, nobody is there."""
    counter = open_counter(people=three, training=False)
    wait_locked(counter)
    return counter


@pytest.fixture
def at_till(open_counter: OpenCounter) -> Counter:
    """The cashier is there."""
    counter = open_counter(people=cashier_there, training=False)
    counter.qtbot.waitUntil(lambda: counter.button("personSwitch").text() == "May", timeout=15000)
    return counter


# -- signing in ---------------------------------------------------------------------------------------------------


def test_the_training_shop_starts_ready_with_its_owner_and_tells_the_pin(counter: Counter) -> None:
    counter.qtbot.waitUntil(lambda: counter.button("personSwitch").text() == "Ann Lin", timeout=15000)
    assert counter.window.sell.isVisible()
    banner = counter.find("trainingBanner").findChildren(QLabel)
    assert any("258025" in label.text() for label in banner)
    counter.key(Qt.Key.Key_F12)
    wait_locked(counter)
    touch_in(counter, "May Wu", CASHIER)
    assert counter.button("personSwitch").text() == "May Wu"


def test_a_shop_with_people_starts_locked(morning: Counter) -> None:
    assert morning.window.navigator.here == "signin"
    assert not morning.window.sell.isVisible()
    assert not morning.find("signInBack").isVisible()
    assert morning.button("personSwitch").text() == "Sign in"


def test_signing_in_by_keyboard_alone(morning: Counter) -> None:
    assert morning.text("signInName") == "Ann"
    strike(morning, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left)
    assert morning.text("signInName") == "Bo"
    strike(morning, Qt.Key.Key_Right)
    hands(morning, CASHIER)
    strike(morning, Qt.Key.Key_Return)
    morning.qtbot.waitUntil(lambda: morning.window.sell.isVisible(), timeout=15000)
    assert here(morning) == "May"
    hands(morning, "12")
    assert morning.text("amountDisplay") == "12"


def test_tab_goes_through_the_names_and_digits_typed_there_are_the_pin(morning: Counter) -> None:
    tile = morning.button(tile_of(morning, "Bo"))
    tile.setFocus(Qt.FocusReason.TabFocusReason)
    strike(morning, Qt.Key.Key_Return)
    assert morning.text("signInName") == "Bo"
    tile.setFocus(Qt.FocusReason.TabFocusReason)
    hands(morning, MANAGER)
    strike(morning, Qt.Key.Key_Enter)
    morning.qtbot.waitUntil(lambda: here(morning) == "Bo", timeout=15000)


def test_signing_in_by_touch_alone(morning: Counter) -> None:
    touch_in(morning, "Bo", MANAGER)
    assert morning.button("personSwitch").text() == "Bo"
    assert morning.button("pastSwitch").isEnabled()


def test_targets_are_large_enough_for_a_finger(morning: Counter) -> None:
    for digit in "0123456789":
        assert min(morning.button(f"signInKey{digit}").size().toTuple()) >= 68
    assert morning.button("signInPerson0").height() >= 44
    assert morning.button("personSwitch").height() >= 44


def test_a_wrong_pin_is_told_in_words_and_leaves_no_digits(morning: Counter) -> None:
    touch_pin(morning, "signIn", "8080")
    wait_text(morning, "signInSays", "The PIN is wrong.")
    field = morning.find("signInPin")
    assert isinstance(field, QLineEdit)
    assert not field.text()
    assert field.echoMode() is QLineEdit.EchoMode.Password
    assert morning.window.session_lock.locked


def test_a_lock_out_counts_down_and_stays_with_its_person(morning: Counter) -> None:
    for _ in range(5):
        touch_pin(morning, "signIn", "8080")
    wait_text(morning, "signInSays", "Try again in 30 s.")
    wait_text(morning, "signInSays", "Try again in 29 s.")
    morning.qtbot.waitUntil(lambda: "Locked" in morning.button("signInPerson0").accessibleDescription(), timeout=15000)
    morning.press(tile_of(morning, "May"))
    assert not morning.text("signInSays")
    morning.press(tile_of(morning, "Ann"))
    assert "Too many wrong PINs" in morning.text("signInSays")
    touch_in(morning, "May", CASHIER)


def test_escape_takes_half_a_pin_back_and_opens_nothing(morning: Counter) -> None:
    hands(morning, "25")
    morning.key(Qt.Key.Key_Escape)
    field = morning.find("signInPin")
    assert isinstance(field, QLineEdit)
    assert not field.text()
    morning.key(Qt.Key.Key_Escape)
    assert morning.window.navigator.here == "signin"


# -- locked -------------------------------------------------------------------------------------------------------

EVERY_KEY = [getattr(Qt.Key, f"Key_F{number}") for number in range(1, 13)]


def test_while_locked_nothing_is_sold_or_seen(morning: Counter) -> None:
    for modifier in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier):
        for key in EVERY_KEY:
            morning.key(key, modifier)
            assert morning.window.navigator.here == "signin", key
    for name in ("pastSwitch", "officeSwitch", "personSwitch", "keysSwitch"):
        morning.press(name)
        assert morning.window.navigator.here == "signin", name
    for page in PAGES:
        morning.window.enter(page)
    morning.window.show_sale()
    morning.window.ask_invoice()
    assert morning.window.navigator.here == "signin"
    morning.settle()
    assert morning.attempts() == []


def test_what_was_typed_stays_through_a_quick_switch(at_till: Counter) -> None:
    at_till.type("125")
    at_till.press("personSwitch")
    wait_page(at_till, "signin")
    assert at_till.find("signInBack").isVisible()
    touch_in(at_till, "Bo", MANAGER)
    assert at_till.text("amountDisplay") == "125"
    at_till.press("personSwitch")
    at_till.key(Qt.Key.Key_Escape)
    assert at_till.window.sell.isVisible()
    assert here(at_till) == "Bo"


def test_f12_locks_and_signs_out_and_the_last_one_is_offered_first(at_till: Counter) -> None:
    at_till.type("80")
    at_till.key(Qt.Key.Key_F12)
    wait_locked(at_till)
    at_till.qtbot.waitUntil(lambda: not here(at_till), timeout=15000)
    wait_text(at_till, "signInName", "May")
    hands(at_till, CASHIER)
    strike(at_till, Qt.Key.Key_Return)
    at_till.qtbot.waitUntil(lambda: at_till.window.sell.isVisible(), timeout=15000)
    assert at_till.text("amountDisplay") == "80"


def test_a_locked_register_shows_what_waits_without_order_numbers_and_rings(at_till: Counter) -> None:
    at_till.type("125")
    at_till.key(Qt.Key.Key_F4)
    waiting = at_till.wait_for(State.PENDING)
    order = waiting.order_no
    at_till.key(Qt.Key.Key_F12)
    wait_locked(at_till)
    tiles = at_till.find("signInWaiting")
    wait_text(at_till, "signInWaitingTitle", "Waiting: 1")
    assert tiles.isVisible()
    assert tiles.item(0).text() == "NT$125\nMyPay · Waiting"  # type: ignore[attr-defined]  # a list of tiles
    assert not any(order in label.text() for label in at_till.find("page").findChildren(QLabel)
                   if label.isVisible())  # fmt: skip
    assert at_till.attempts() == [], "with nobody there nobody's payments are shown"
    at_till.shop.pay(waiting)
    wait_text(at_till, "signInNews", "NT$125 · MyPay · Paid")
    wait_text(at_till, "signInWaitingTitle", "No payment is waiting.")
    assert at_till.window.sell._sounds._last == (order, State.CAPTURED)
    touch_in(at_till, "May", CASHIER)
    assert at_till.window.sell.panels.showing is PanelShown.PAID


def test_a_touch_on_a_waiting_tile_opens_nothing_while_locked(at_till: Counter) -> None:
    at_till.type("125")
    at_till.key(Qt.Key.Key_F4)
    at_till.wait_for(State.PENDING)
    at_till.key(Qt.Key.Key_F12)
    wait_locked(at_till)
    tiles = at_till.find("signInWaiting")
    viewport = tiles.viewport()  # type: ignore[attr-defined]  # a list of tiles
    at_till.qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=QPoint(30, 20))
    assert at_till.window.navigator.here == "signin"


def test_a_key_pressed_before_the_journal_opened_takes_nothing_from_a_locked_register(
    qtbot: QtBot, tmp_path: Path
) -> None:
    typed = threading.Event()

    async def slow(people: PeopleServices) -> None:
        await asyncio.to_thread(typed.wait, 15)
        await three(people)

    shop = DemoShop(tmp_path, argparse.Namespace(currency="TWD", language="en", theme="light"), slow)
    window = build_window(shop.till)
    qtbot.addWidget(window)
    window.show()
    window.open_journal()
    qtbot.keyClicks(window.sell, "125")
    qtbot.keyClick(window, Qt.Key.Key_F4)
    typed.set()
    ends = time.monotonic() + 15
    while not window.session_lock.locked:  # a key in every gap until it is known that someone must sign in
        qtbot.keyClick(window, Qt.Key.Key_F4)
        QApplication.processEvents()
        assert time.monotonic() < ends
    settle(qtbot, window)
    assert (
        list(shop.engine.io.submit(invoke(shop.engine.host.services.search.past, window.bridge.actor, "")).result(5))
        == []
    )
    amount = window.findChild(QLabel, "amountDisplay")
    assert amount is not None
    assert amount.text() == "125"
    window.close()
    window.bridge.end()
    shop.stop()


# -- the idle lock ------------------------------------------------------------------------------------------------

SOON = 0.6 / 60
"""Minutes until the register locks itself."""


def outlast_lock(counter: Counter) -> None:
    """Return when another idle lock with twice the patience has passed."""
    patience = Idle(2 * SOON * 60, counter.window)
    passed: list[bool] = []
    patience.passed.connect(lambda: passed.append(True))
    patience.watch(True)
    counter.qtbot.waitUntil(lambda: bool(passed), timeout=15000)
    patience.watch(False)


def test_nobody_at_the_register_locks_it(open_counter: OpenCounter) -> None:
    counter = open_counter(people=cashier_there, lock_minutes=SOON)
    ends = time.monotonic() + 1.5 * SOON * 60

    def is_outlasted() -> bool:
        QTest.keyClick(counter.window.windowHandle(), Qt.Key.Key_Shift)  # as the system brings it
        return time.monotonic() > ends

    counter.qtbot.waitUntil(is_outlasted, timeout=15000)
    QTest.keyClick(counter.window.windowHandle(), Qt.Key.Key_1)
    assert counter.text("amountDisplay") == "1"
    assert not counter.window.session_lock.locked
    wait_locked(counter)
    counter.qtbot.waitUntil(lambda: not here(counter), timeout=15000)


def test_a_customer_who_still_pays_sees_the_code(open_counter: OpenCounter) -> None:
    counter = open_counter(people=cashier_there, lock_minutes=SOON)
    counter.type("125")
    counter.key(Qt.Key.Key_F4)
    counter.wait_for(State.PENDING)
    outlast_lock(counter)
    assert not counter.window.session_lock.locked
    assert counter.find("paymentQr").isVisible()
    counter.shop.pay(counter.attempts()[0])
    counter.wait_for(State.CAPTURED)
    assert not counter.window.session_lock.locked, "the cashier sees that it is paid"
    wait_locked(counter)


def test_an_account_that_waits_for_days_keeps_no_register_open(open_counter: OpenCounter) -> None:
    counter = open_counter(people=cashier_there, lock_minutes=SOON)
    counter.type("125")
    counter.key(Qt.Key.Key_F3)
    counter.wait_for(State.PENDING)
    wait_locked(counter)
    wait_text(counter, "signInWaitingTitle", "Waiting: 1")


def test_with_zero_minutes_it_never_locks_by_itself(open_counter: OpenCounter) -> None:
    counter = open_counter(people=cashier_there, lock_minutes=0)
    outlast_lock(counter)
    assert not counter.window.session_lock.locked


def test_a_shop_without_people_never_locks(open_counter: OpenCounter) -> None:
    counter = open_counter(people=without_people, lock_minutes=SOON)
    counter.key(Qt.Key.Key_F12)
    wait_text(counter, "messageLine", "Add the owner first")
    outlast_lock(counter)
    assert counter.window.sell.isVisible()
    counter.press("personSwitch")
    wait_page(counter, "owner")


# -- the first start ----------------------------------------------------------------------------------------------


def test_the_first_start_asks_for_an_owner_and_touch_alone_makes_one(open_counter: OpenCounter) -> None:
    counter = open_counter(people=without_people, training=False)
    wait_page(counter, "owner")
    touch_pin(counter, "owner", OWNER)
    touch_pin(counter, "owner", OWNER)
    wait_code(counter)
    counter.press("codeDone")
    counter.qtbot.waitUntil(lambda: counter.window.sell.isVisible(), timeout=15000)
    assert counter.button("personSwitch").text() == "Shop owner"
    assert people(counter)["Shop owner"].role is Role.OWNER
    counter.key(Qt.Key.Key_F12)
    wait_locked(counter)
    touch_in(counter, "Shop owner", OWNER)


def test_the_owner_is_made_by_keyboard_alone(open_counter: OpenCounter) -> None:
    counter = open_counter(people=without_people, training=False)
    wait_page(counter, "owner")
    strike(counter, Qt.Key.Key_Backtab)
    counter.find("ownerName").setFocus(Qt.FocusReason.TabFocusReason)
    counter.find("ownerName").selectAll()  # type: ignore[attr-defined]  # a field
    hands(counter, "Ann Lin")
    strike(counter, Qt.Key.Key_Return)
    hands(counter, OWNER)
    strike(counter, Qt.Key.Key_Return)
    hands(counter, "8080")
    strike(counter, Qt.Key.Key_Return)
    wait_text(counter, "ownerSays", "not the same")
    hands(counter, "123456")
    strike(counter, Qt.Key.Key_Return)
    hands(counter, "123456")
    strike(counter, Qt.Key.Key_Return)
    wait_text(counter, "ownerSays", "too easy to guess")
    hands(counter, OWNER)
    strike(counter, Qt.Key.Key_Return)
    hands(counter, OWNER)
    strike(counter, Qt.Key.Key_Return)
    counter.qtbot.waitUntil(lambda: here(counter) == "Ann Lin", timeout=15000)


def test_later_sells_without_people_and_invites(open_counter: OpenCounter) -> None:
    counter = open_counter(people=without_people, training=False)
    wait_page(counter, "owner")
    counter.press("ownerCancel")
    assert counter.window.sell.isVisible()
    assert "No people are set up yet" in counter.text("messageLine")
    counter.type("10")
    counter.key(Qt.Key.Key_F5)
    counter.key(Qt.Key.Key_F5)
    counter.wait_for(State.CAPTURED)
    counter.press("officeSwitch")
    counter.press("officePeople")
    wait_page(counter, "owner")
    touch_pin(counter, "owner", OWNER)
    touch_pin(counter, "owner", OWNER)
    counter.qtbot.waitUntil(lambda: here(counter) == "Shop owner", timeout=15000)
    counter.qtbot.waitUntil(lambda: "No one is set up" not in counter.text("messageLine"), timeout=15000)


def test_a_cashier_at_work_keeps_the_sale_and_is_only_invited(qtbot: QtBot, tmp_path: Path) -> None:
    shop = DemoShop(tmp_path, argparse.Namespace(currency="TWD", language="en", theme="light"), without_people)
    till = replace(shop.till, shop=replace(shop.till.shop, training=False))
    window = build_window(till)
    qtbot.addWidget(window)
    window.show()
    qtbot.keyClicks(window.sell, "7")
    window.open_journal()
    qtbot.waitUntil(lambda: "No people are set up yet" in window.message.label.text(), timeout=15000)
    assert window.sell.isVisible()
    window.close()
    window.bridge.end()
    shop.stop()


# -- the office ---------------------------------------------------------------------------------------------------


def test_the_office_has_a_tile_for_every_page_that_is_there(at_till: Counter) -> None:
    at_till.press("officeSwitch")
    wait_page(at_till, "office")
    shown = {tile.objectName() for tile in at_till.window.findChildren(BigTile) if tile.isVisible()}
    known = (
        "past", "refund", "shift", "totals", "reconcile", "agreements", "owed", "items", "people", "backups",
        "settings", "gateways",
    )  # fmt: skip
    assert shown == {f"office{name.title()}" for name in known if name in PAGES}
    whole = OfficePage(at_till.till, at_till.window.bridge, known)
    assert [tile.objectName() for tile in whole.tiles] == [f"office{name.title()}" for name in known]
    whole.deleteLater()


def test_a_tile_says_whose_word_it_needs_and_opens_all_the_same(at_till: Counter) -> None:
    at_till.press("officeSwitch")
    tile = at_till.find("officePeople")
    at_till.qtbot.waitUntil(lambda: "needs the owner" in tile.accessibleDescription(), timeout=15000)
    assert "needs" not in at_till.find("officePast").accessibleDescription()
    strike(at_till, Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_Return)
    wait_page(at_till, "past")
    at_till.press("officeSwitch")
    at_till.press("officePeople")
    wait_page(at_till, "people")
    at_till.press("peopleBack")
    wait_page(at_till, "office")


def test_what_the_office_opened_leads_back_to_its_tile(at_till: Counter) -> None:
    at_till.press("officeSwitch")
    for page in ("shift", "totals", "owed"):
        at_till.press(f"office{page.title()}")
        wait_page(at_till, page)
        at_till.key(Qt.Key.Key_Escape)
        wait_page(at_till, "office")
        assert at_till.find(f"office{page.title()}").hasFocus()
    at_till.key(Qt.Key.Key_Escape)
    assert at_till.window.sell.isVisible()
    at_till.key(Qt.Key.Key_F10)
    wait_page(at_till, "shift")
    at_till.key(Qt.Key.Key_Escape)
    assert at_till.window.sell.isVisible()


def test_the_office_follows_whoever_comes(at_till: Counter) -> None:
    at_till.press("officeSwitch")
    tile = at_till.find("officePeople")
    at_till.qtbot.waitUntil(lambda: "needs the owner" in tile.accessibleDescription(), timeout=15000)
    ann = people(at_till)["Ann"].id
    at_till.engine.io.submit(invoke(at_till.engine.host.services.staff.sign_in_without_pin, ann)).result(5)
    at_till.qtbot.waitUntil(lambda: "needs" not in tile.accessibleDescription(), timeout=15000)
    assert at_till.window.navigator.here == "office"


# -- people -------------------------------------------------------------------------------------------------------


def rows(counter: Counter) -> list[list[str]]:
    table = counter.find("peopleList")
    assert isinstance(table, QTableWidget)
    cells = [[table.item(row, column) for column in range(3)] for row in range(table.rowCount())]
    return [[cell.text() if cell else "" for cell in row] for row in cells]


def open_people(counter: Counter) -> None:
    counter.window.enter("people")
    counter.qtbot.waitUntil(lambda: len(rows(counter)) >= 3, timeout=15000)


def choose(counter: Counter, name: str) -> None:
    table = counter.find("peopleList")
    assert isinstance(table, QTableWidget)
    table.selectRow([row[0] for row in rows(counter)].index(name))


@pytest.fixture
def owner_there(morning: Counter) -> Counter:
    touch_in(morning, "Ann", OWNER)
    open_people(morning)
    return morning


def test_the_owner_adds_somebody_by_keyboard_alone(owner_there: Counter) -> None:
    owner_there.button("peopleAdd").setFocus(Qt.FocusReason.TabFocusReason)
    strike(owner_there, Qt.Key.Key_Return)
    owner_there.qtbot.waitUntil(lambda: owner_there.find("peopleName").hasFocus(), timeout=15000)
    hands(owner_there, "Eve")
    strike(owner_there, Qt.Key.Key_Tab, Qt.Key.Key_Tab, Qt.Key.Key_Space)
    owner_there.find("peoplePin").setFocus(Qt.FocusReason.TabFocusReason)
    hands(owner_there, "975397")
    strike(owner_there, Qt.Key.Key_Return)
    hands(owner_there, "975397")
    strike(owner_there, Qt.Key.Key_Return)
    owner_there.qtbot.waitUntil(lambda: ["Eve", "Store manager", "Active"] in rows(owner_there), timeout=15000)
    assert owner_there.text("peopleChosen") == "Eve"


def test_a_cashier_needs_the_owners_pin_for_each_change(at_till: Counter) -> None:
    open_people(at_till)
    choose(at_till, "Bo")
    at_till.press("peopleLeave")
    at_till.qtbot.waitUntil(lambda: at_till.find("approval").isVisible(), timeout=15000)
    assert "needs the owner" in at_till.text("approvalTitle")
    touch_pin(at_till, "approval", MANAGER)
    wait_text(at_till, "approvalSays", "needs the owner")
    assert people(at_till)["Bo"].active
    touch_pin(at_till, "approval", OWNER)
    at_till.qtbot.waitUntil(lambda: not people(at_till)["Bo"].active, timeout=15000)
    at_till.qtbot.waitUntil(lambda: "Bo" not in [row[0] for row in rows(at_till)], timeout=15000)  # a cashier's list
    assert not at_till.find("approval").isVisible()
    assert here(at_till) == "May"
    at_till.press("peopleNewPin")
    at_till.qtbot.waitUntil(lambda: at_till.find("approval").isVisible(), timeout=15000)
    at_till.key(Qt.Key.Key_Escape)
    assert not at_till.find("approval").isVisible()
    assert at_till.window.navigator.here == "people"
    assert not people(at_till)["Bo"].active


def test_where_several_may_approve_one_of_them_can_be_chosen(at_till: Counter) -> None:
    open_people(at_till)
    page = at_till.window.navigator.page("people")
    permits: list[Permission] = []
    page.require(Action.REPORTS, permits.append)
    at_till.qtbot.waitUntil(lambda: at_till.button("approvalWho").isVisible(), timeout=15000)
    assert at_till.button("approvalWho").text() == "Anyone authorised"
    at_till.press("approvalWho")
    at_till.press("approvalWho")
    assert at_till.button("approvalWho").text() == "Bo"
    touch_pin(at_till, "approval", OWNER)
    wait_text(at_till, "approvalSays", "The PIN is wrong.")
    at_till.press("approvalWho")
    touch_pin(at_till, "approval", OWNER)
    at_till.qtbot.waitUntil(lambda: bool(permits), timeout=15000)
    found = people(at_till)
    assert permits == [permit(Action.REPORTS, found["May"].id, found["Ann"].id)]


def test_approvals_lock_out_with_a_countdown(at_till: Counter) -> None:
    open_people(at_till)
    at_till.press("peopleAdd")
    at_till.qtbot.waitUntil(lambda: at_till.find("approval").isVisible(), timeout=15000)
    for _ in range(5):
        touch_pin(at_till, "approval", "8080")
    wait_text(at_till, "approvalSays", "Try again in 29 s.")
    at_till.press("approvalCancel")
    assert not at_till.find("approval").isVisible()


@pytest.fixture
def half_approved(at_till: Counter) -> Counter:
    """The cashier asked to add a person, and half of a manager's PIN is typed."""
    open_people(at_till)
    at_till.press("peopleAdd")
    at_till.qtbot.waitUntil(lambda: at_till.find("approval").isVisible(), timeout=15000)
    hands(at_till, "25")
    assert approval_pin(at_till) == "25"
    return at_till


def approval_pin(counter: Counter) -> str:
    field = counter.find("approvalPin")
    assert isinstance(field, QLineEdit)
    return field.text()


def test_an_approval_does_not_outlive_the_sign_in_of_who_asked(half_approved: Counter) -> None:
    services, bo = half_approved.engine.host.services, people(half_approved)["Bo"].id
    half_approved.engine.io.submit(invoke(services.staff.sign_in_without_pin, bo)).result(5)
    half_approved.qtbot.waitUntil(lambda: half_approved.button("personSwitch").text() == "Bo", timeout=15000)
    assert half_approved.window.navigator.here == "people"
    assert not half_approved.find("approval").isVisible()
    assert approval_pin(half_approved) == ""


def test_an_approval_loses_its_digits_at_once_when_the_register_is_locked(half_approved: Counter) -> None:
    half_approved.key(Qt.Key.Key_F12)
    assert approval_pin(half_approved) == ""
    wait_locked(half_approved)
    touch_in(half_approved, "Bo", MANAGER)
    open_people(half_approved)
    assert not half_approved.find("approval").isVisible()


def test_an_approval_is_gone_when_its_page_is_opened_again(half_approved: Counter) -> None:
    half_approved.key(Qt.Key.Key_F7)
    wait_page(half_approved, "past")
    open_people(half_approved)
    assert not half_approved.find("approval").isVisible()
    assert half_approved.find("peopleDetail").isVisible()


def test_name_role_and_pin_are_changed(owner_there: Counter) -> None:
    choose(owner_there, "May")
    owner_there.press("peopleChange")
    name = owner_there.find("peopleName")
    assert isinstance(name, QLineEdit)
    owner_there.qtbot.waitUntil(name.isVisible, timeout=15000)
    name.setText("Mei")
    owner_there.press("peopleRoleManager")
    owner_there.press("peopleSave")
    wait_text(owner_there, "peopleSays", "needs a new PIN of 6 digits")  # the old one may be too short for the role
    touch_pin(owner_there, "people", "864286")
    touch_pin(owner_there, "people", "864286")
    owner_there.qtbot.waitUntil(lambda: ["Mei", "Store manager", "Active"] in rows(owner_there), timeout=15000)
    choose(owner_there, "Mei")
    owner_there.press("peopleNewPin")
    owner_there.qtbot.waitUntil(lambda: owner_there.find("peoplePad").isVisible(), timeout=15000)
    touch_pin(owner_there, "people", "975397")
    touch_pin(owner_there, "people", "975397")
    wait_text(owner_there, "messageLine", "Saved: Mei")
    owner_there.key(Qt.Key.Key_F12)
    wait_locked(owner_there)
    touch_in(owner_there, "Mei", "975397")


def change_in_the_journal(counter: Counter, who: str, **changes: Any) -> None:
    found = people(counter)
    work = counter.engine.host.services.staff.change(found[who].id, permit(Action.STAFF, found["Ann"].id), **changes)
    counter.engine.io.submit(work).result(5)


def test_a_new_name_of_who_is_there_is_shown_and_another_persons_is_not(at_till: Counter) -> None:
    change_in_the_journal(at_till, "Bo", name="Bob")
    change_in_the_journal(at_till, "May", name="Mei")
    at_till.qtbot.waitUntil(lambda: at_till.button("personSwitch").text() == "Mei", timeout=15000)
    assert here(at_till) == "Mei"


def test_who_is_deactivated_while_there_is_signed_out_and_the_register_locked(at_till: Counter) -> None:
    change_in_the_journal(at_till, "Bo", active=False)
    at_till.settle()
    assert not at_till.window.session_lock.locked
    change_in_the_journal(at_till, "May", active=False)
    wait_locked(at_till)
    at_till.settle()
    assert here(at_till) == ""
    assert at_till.attempts() == []


def test_what_a_call_found_for_the_last_user_is_not_shown_to_the_next(at_till: Counter) -> None:
    """The history that May asked for comes after the register was locked."""
    at_till.type("125")
    at_till.key(Qt.Key.Key_F4)
    at_till.wait_for(State.PENDING)
    shown: list[object] = []
    search = at_till.engine.host.services.search
    at_till.window.bridge.call(search.past, at_till.actor, "").then(shown.append, shown.append)
    at_till.key(Qt.Key.Key_F12)
    wait_locked(at_till)
    at_till.settle()
    assert shown == []


def test_a_name_that_is_taken_is_told_on_the_sheet(owner_there: Counter) -> None:
    choose(owner_there, "May")
    owner_there.press("peopleChange")
    name = owner_there.find("peopleName")
    assert isinstance(name, QLineEdit)
    owner_there.qtbot.waitUntil(name.isVisible, timeout=15000)
    name.setText("Bo")
    strike(owner_there, Qt.Key.Key_Return)
    wait_text(owner_there, "peopleSays", "already a person named Bo")
    owner_there.key(Qt.Key.Key_Escape)
    assert owner_there.find("peopleList").isVisible()
    owner_there.key(Qt.Key.Key_Escape)
    wait_page(owner_there, "office")
    owner_there.key(Qt.Key.Key_Escape)
    assert owner_there.window.sell.isVisible()


def test_everybody_changes_their_own_pin_by_touch(at_till: Counter) -> None:
    open_people(at_till)
    at_till.press("peopleOwnPin")
    touch_pin(at_till, "people", CASHIER)
    touch_pin(at_till, "people", "9753")
    touch_pin(at_till, "people", "9753")
    wait_text(at_till, "messageLine", "Saved: May")
    at_till.key(Qt.Key.Key_F12)
    wait_locked(at_till)
    touch_in(at_till, "May", "9753")


def test_the_last_owner_is_not_sent_away(owner_there: Counter) -> None:
    choose(owner_there, "Ann")
    owner_there.press("peopleLeave")
    wait_text(owner_there, "messageLine", "this is the last one")
    assert people(owner_there)["Ann"].active


def test_leaving_is_far_from_everything_else(owner_there: Counter) -> None:
    card = owner_there.find("peopleDetail")
    card.resize(card.width(), card.minimumSizeHint().height())  # no spare height keeps them apart
    leave = owner_there.button("peopleLeave")
    page = owner_there.window.navigator.page("people")
    others = [one for one in page.findChildren(QAbstractButton) if one.isVisible()]
    others.remove(leave)
    assert owner_there.button("peopleNewPin") in others
    assert all(distance(leave, other) >= 40 for other in others)
    assert leave.height() >= 44


def distance(one: QWidget, other: QWidget) -> int:
    """Pixels between two widgets, along the axis on which they are further apart."""
    here, there = (QRect(part.mapToGlobal(QPoint()), part.size()) for part in (one, other))
    return max(
        there.left() - here.right(), here.left() - there.right(),
        there.top() - here.bottom(), here.top() - there.bottom(),
    )  # fmt: skip


# -- looks --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tongue", ["en", "zh_TW"])
def test_the_header_has_room_for_long_names_at_1024(open_counter: OpenCounter, tongue: str) -> None:
    counter = open_counter(people=three, language=tongue, name="The Extraordinarily Long-Named Corner Shop of Jiufen")
    wait_locked(counter)
    may = people(counter)["May"].id
    permission = permit(Action.STAFF, may)
    work = invoke(counter.engine.host.services.staff.change, may, permission, name=LONG)
    counter.engine.io.submit(work).result(5)
    counter.engine.io.submit(invoke(counter.engine.host.services.staff.sign_in_without_pin, may)).result(5)
    counter.qtbot.waitUntil(lambda: counter.button("personSwitch").accessibleName() == LONG, timeout=15000)
    counter.window.header.show_gateway_health("opay", False)
    counter.window.header.count_owed([1] * 12)
    counter.settle()
    assert counter.window.width() == 1024
    assert counter.window.header.minimumSizeHint().width() <= 1024
    assert counter.button("personSwitch").text() != LONG
    assert counter.find("headerClock").geometry().right() < 1024


def test_language_and_theme_change_on_the_locked_page(morning: Counter) -> None:
    touch_in(morning, "Ann", OWNER)
    for page in ("people", "office", "owner"):
        morning.window.enter(page)
    morning.key(Qt.Key.Key_F12)
    wait_locked(morning)
    touch_pin(morning, "signIn", "8080")
    wait_text(morning, "signInSays", "The PIN is wrong.")
    morning.press("languageSwitch")
    morning.press("themeSwitch")
    assert morning.window.grab().toImage().pixelColor(4, 400).name() == tokens("dark")["page"]
    morning.press("languageSwitch")
    morning.press("themeSwitch")
    assert morning.text("signInSays") == "The PIN is wrong."
    assert morning.window.navigator.here == "signin"


def teardown_module() -> None:
    use_language("en")
