"""The recovery code, short PINs and approvals on the sell page, in a real window."""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractButton, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from pos.domain.recovery_code import typed_code
from pos.domain.staff import Action, Person, Role
from pos.gui.people.person_sheet import PersonSheet, Typed
from pos.gui.sale.sale_panels import PanelShown
from pos.gui.session_lock import NO_CODE, SHORT_PIN
from pos.i18n import msg
from pos.runtime import invoke
from pos.services.pin_hashing import PLAIN, PinHasher
from pos.services.staff import PeopleServices
from tests.gui.conftest import Counter, OpenCounter, write_protected
from tests.gui.test_people import (
    MANAGER,
    OWNER,
    cashier_there,
    hands,
    here,
    touch_in,
    wait_locked,
    wait_page,
    without_people,
)
from tests.support.inside import people_store


def first_owner(counter: Counter) -> str:
    """Set the owner up; the code that is shown."""
    wait_page(counter, "owner")
    hands(counter, f"{OWNER}\r{OWNER}\r")
    wait_page(counter, "code")
    counter.qtbot.waitUntil(lambda: bool(counter.text("codeText")), timeout=15000)
    return counter.text("codeText")


def message(counter: Counter) -> str:
    return counter.window.message.label.text()


def test_the_first_owner_sees_the_code_once_and_writes_it_down(open_counter: OpenCounter) -> None:
    counter = open_counter(people=without_people, training=False)
    code = first_owner(counter)
    typed_code(code)
    assert not counter.find("codeBack").isVisible(), "it is not passed over"
    assert not counter.find("codePrint").isVisible(), "no printer is set up"
    counter.press("codeDone")
    counter.qtbot.waitUntil(lambda: counter.window.sell.isVisible(), timeout=15000)
    counter.qtbot.waitUntil(lambda: message(counter) != msg(NO_CODE).spoken(), timeout=15000)
    counter.window.enter("code")
    counter.qtbot.waitUntil(lambda: counter.find("codeMake").isVisible(), timeout=15000)
    assert counter.text("codeText") == ""
    granted = invoke(counter.engine.host.services.authorization.approve_by_code, counter.actor, Action.STAFF, code)
    assert counter.engine.io.submit(granted).result(5).action is Action.STAFF


def test_a_new_code_ends_the_old_one(open_counter: OpenCounter) -> None:
    counter = open_counter(people=without_people, training=False)
    first = first_owner(counter)
    counter.press("codeDone")
    counter.window.enter("people")
    counter.press("peopleCode")
    counter.press("codeMake")
    counter.qtbot.waitUntil(lambda: bool(counter.text("codeText")), timeout=15000)
    assert counter.text("codeText") != first


def test_the_owner_of_a_shop_without_a_code_is_reminded(open_counter: OpenCounter) -> None:
    async def older(people: PeopleServices) -> None:
        staff = people.staff
        await staff.add("Ann", Role.OWNER, OWNER)

    counter = open_counter(people=older, training=False)
    wait_locked(counter)
    touch_in(counter, "Ann", OWNER)
    counter.qtbot.waitUntil(lambda: message(counter) == msg(NO_CODE).spoken(), timeout=15000)


def test_a_short_pin_lets_in_and_a_change_is_asked_for(open_counter: OpenCounter) -> None:
    async def older(people: PeopleServices) -> None:
        staff = people.staff
        people_store(staff).add(Person("0a", "Ann", Role.OWNER), PinHasher(PLAIN).hash("2580"), "")

    counter = open_counter(people=older, training=False)
    wait_locked(counter)
    touch_in(counter, "Ann", "2580")
    counter.qtbot.waitUntil(lambda: message(counter) == msg(SHORT_PIN).spoken(), timeout=15000)


def test_a_cashier_needs_a_managers_pin_to_capture(open_counter: OpenCounter) -> None:
    counter = open_counter(people=cashier_there, training=False)
    counter.qtbot.waitUntil(lambda: counter.button("personSwitch").text() == "May", timeout=15000)
    panels = counter.window.sell.panels
    for leave in (True, False):
        panels.payment.capture_wanted.emit("261120AAAAAAAAAAAAAA")
        counter.qtbot.waitUntil(lambda: panels.showing is PanelShown.APPROVAL, timeout=15000)
        field = counter.window.findChild(QWidget, "sellApprovalPin")
        assert field is not None
        if leave:
            counter.window.sell.escape()
        else:
            counter.qtbot.keyClicks(field, f"{MANAGER}\r")
        counter.qtbot.waitUntil(lambda: panels.showing is not PanelShown.APPROVAL, timeout=15000)
    counter.qtbot.waitUntil(lambda: message(counter) != "", timeout=15000)  # there is no such payment
    assert here(counter) == "May"


def test_a_failure_while_a_pin_is_checked_for_the_sale_is_shown_in_full(open_counter: OpenCounter) -> None:
    counter = open_counter(people=cashier_there, training=False)
    counter.qtbot.waitUntil(lambda: counter.button("personSwitch").text() == "May", timeout=15000)
    panels = counter.window.sell.panels
    panels.payment.capture_wanted.emit("261120AAAAAAAAAAAAAA")
    counter.qtbot.waitUntil(lambda: panels.showing is PanelShown.APPROVAL, timeout=15000)
    write_protected(counter, True)
    counter.qtbot.keyClicks(counter.find("sellApprovalPin"), f"{MANAGER}\r")
    counter.qtbot.waitUntil(lambda: message(counter) != "", timeout=15000)
    counter.press("messageDetails")
    details = counter.find("detailsText")
    assert isinstance(details, QPlainTextEdit)
    assert "readonly" in details.toPlainText()


def test_a_role_that_needs_a_longer_pin_asks_for_one_at_once(qtbot: QtBot) -> None:
    sheet = PersonSheet("people")
    qtbot.addWidget(sheet)
    sheet.ask(lambda: ("May", "", "Save", "Back"), name="May", role=Role.CASHIER, role_before=Role.CASHIER)
    pad = sheet.pins.fields["Again"]
    assert not pad.isVisibleTo(sheet)
    for role, asked in ((Role.MANAGER, True), (Role.CASHIER, False), (Role.OWNER, True)):
        key = sheet.findChild(QAbstractButton, f"peopleRole{role.value.title()}")
        assert key is not None
        key.click()
        assert pad.isVisibleTo(sheet) is asked
    typed: list[Typed] = []
    sheet.done.connect(typed.append)
    for end in ("", "Again"):
        sheet.pins.fields[end].insert("975397")
    sheet.pins.done.emit()
    assert [(one.role, one.pin) for one in typed] == [(Role.OWNER, "975397")]
