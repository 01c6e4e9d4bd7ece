"""What stands on the screen is whole: no half sums, no keys out of reach, and the focus where the hands expect it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QScrollArea, QTableView, QWidget

from pos.domain.invoice import Kind, invoice_request
from pos.domain.money import Money
from pos.domain.payment import Attempt, Line, Sale, Tender
from pos.domain.reconcile import Check, Match
from pos.domain.shift import CashMovementKind
from pos.domain.staff import Action, Role
from pos.domain.states import State
from pos.gui.office.reconcile_page import ReconcilePage
from pos.gui.page import Visit
from pos.gui.sale.waiting_delegate import with_whole_state
from pos.gui.theme import TYPE
from pos.gui.totals.figures import Tile
from pos.gui.widgets import Elided
from pos.runtime import invoke
from pos.services.container import Services
from pos.services.staff import PeopleServices
from pos.services.training import OWNER_PIN
from tests.gui.conftest import Counter, OpenCounter
from tests.gui.scanner import pause
from tests.support.access import permit

T = TypeVar("T")

TEA = "Oolong tea with pearls and a name that nobody reads to its end, large, no ice"
SMALL = 42
"""Pixels below which a finger misses: 11 mm at 96 dpi."""


async def twenty(people: PeopleServices) -> None:
    """A large shop; the owner is the last of all names."""
    staff = people.staff
    owner = await staff.add("Zoe", Role.OWNER, OWNER_PIN)
    permission = permit(Action.STAFF, owner.id)
    for number in range(19):
        await staff.add(f"Clerk {number:02}", Role.CASHIER, f"73{number:02}19", permission)
    staff.sign_in_without_pin(owner.id)


def run(counter: Counter, work: Coroutine[Any, Any, T]) -> T:
    return counter.engine.io.submit(work).result(10)


def office(counter: Counter, question: Callable[[Services], T]) -> T:
    return run(counter, invoke(question, counter.engine.host.services))


def cashier_stands_there(counter: Counter) -> None:
    def let_in(one: Services) -> None:
        one.staff.sign_in_without_pin(next(person.id for person in one.staff.people() if person.role is Role.CASHIER))

    before = counter.button("personSwitch").accessibleName()
    office(counter, let_in)
    counter.qtbot.waitUntil(lambda: counter.button("personSwitch").accessibleName() != before, timeout=15000)


def take(counter: Counter, amount: int, tender: Tender = Tender.CASH, **more: Any) -> Attempt:
    sale = Sale(Money(amount, "TWD"), more.pop("lines", ()))
    return run(
        counter,
        counter.engine.host.services.payments.take(
            counter.actor, sale, tender, payment_id=f"{tender.value}{amount}", **more
        ),
    )


def late(counter: Counter) -> Attempt:
    """Money that came after the payment was given up."""
    attempt = take(counter, 35_000, Tender.ATM)
    run(counter, invoke(counter.engine.host.services.payments.cancel, counter.actor, attempt.order_no))
    counter.shop.pay(attempt)
    return run(counter, counter.engine.host.services.payments.check_now(counter.actor, attempt.order_no))


def seen(counter: Counter, name: str) -> QWidget:
    """The one in front, where several pages have one of that name."""
    found: list[QWidget] = []

    def is_there() -> bool:
        found[:] = [one for one in counter.window.findChildren(QWidget, name) if one.isVisible()]
        return bool(found)

    counter.qtbot.waitUntil(is_there, timeout=15000)
    return found[0]


def is_whole(widget: QWidget) -> bool:
    """All of it can be seen, and no sister lies over it."""
    home = widget.parentWidget()
    assert home is not None
    return widget.visibleRegion().boundingRect().size() == widget.size() and not any(
        other.isVisible() and other is not widget and other.geometry().intersects(widget.geometry())
        for other in home.findChildren(QAbstractButton, options=Qt.FindChildOption.FindDirectChildrenOnly)
    )


def has_room_for_text(button: QAbstractButton) -> bool:
    """Return whether the text of a button fits between its edges."""
    return button.minimumSizeHint().width() <= button.width()


def reads_whole(label: QLabel) -> bool:
    room = label.contentsRect()
    needs = QFontMetrics(label.font()).boundingRect(0, 0, room.width(), 9999, Qt.TextFlag.TextWordWrap, label.text())
    return needs.width() <= room.width() + 1 and needs.height() <= room.height() + 1


def elided(table: QTableView) -> list[str]:
    """Texts of the columns with a width of their own that have no room."""
    model, metrics = table.model(), table.fontMetrics()
    return [
        str(model.index(row, column).data())
        for row in range(model.rowCount())
        for column in range(model.columnCount())
        if metrics.horizontalAdvance(str(model.index(row, column).data())) + 16 > table.columnWidth(column)
    ]


def focused() -> str:
    widget = QApplication.focusWidget()
    return widget.objectName() if widget is not None else ""


def pin_of_owner(counter: Counter) -> None:
    field = seen(counter, "approvalPin")
    counter.qtbot.keyClicks(field, OWNER_PIN)
    counter.qtbot.keyClick(field, Qt.Key.Key_Return)


def has_rows(table: QTableView) -> bool:
    return table.model().rowCount() > 0


@pytest.mark.diagonal
@pytest.mark.parametrize(
    ("page", "asks"), [("backups", "backupsMake"), ("reconcile", "reconcileStart"), ("totals", ""), ("shift", "")]
)
@pytest.mark.parametrize("language", ["en", "zh_TW"])
def test_a_managers_pin_is_typed_on_whole_keys(open_counter: OpenCounter, page: str, asks: str, language: str) -> None:
    counter = open_counter(language=language)
    cashier_stands_there(counter)
    if page == "shift":
        office(
            counter,
            lambda one: one.shifts.open(Money(0, "TWD"), one.authorization.permission(counter.actor, Action.SHIFT)),
        )
    counter.window.enter(page)
    if page == "shift":
        asks = "shiftX"
    if asks:
        counter.qtbot.mouseClick(seen(counter, asks), Qt.MouseButton.LeftButton)
    seen(counter, "approvalPin")
    counter.settle()
    for name in (*(f"approvalKey{digit}" for digit in range(10)), "approvalDone", "approvalCancel"):
        key = seen(counter, name)
        assert is_whole(key), name
        assert min(key.width(), key.height()) >= SMALL, name


@pytest.mark.parametrize("language", ["en", "zh_TW"])
def test_the_pin_of_a_refund_is_typed_on_whole_keys_in_the_smallest_window(
    open_counter: OpenCounter, language: str
) -> None:
    counter = open_counter(language=language)
    counter.window.resize(counter.window.minimumSize())
    paid = take(counter, 125)
    counter.window.visit(Visit("refund", paid.order_no))
    counter.qtbot.waitUntil(lambda: focused() == "refundAll", timeout=15000)
    counter.qtbot.keyClick(seen(counter, "refundAll"), Qt.Key.Key_Return)
    counter.qtbot.mouseClick(seen(counter, "refundReason0"), Qt.MouseButton.LeftButton)
    counter.qtbot.mouseClick(seen(counter, "refundGive"), Qt.MouseButton.LeftButton)
    seen(counter, "approvalPin")
    counter.settle()
    keys = [seen(counter, name) for name in ("approvalKey0", "approvalKey7", "approvalBackspace", "approvalDone")]
    assert [key.height() for key in keys] == [keys[0].height()] * 4
    pad = keys[0].parentWidget()
    assert pad is not None
    for key in (*keys, seen(counter, "approvalCancel")):
        assert is_whole(key), key.objectName()
    assert all(pad.rect().contains(key.geometry()) for key in keys)


@pytest.mark.parametrize(("page", "asker"), [("backups", "backupsMake"), ("reconcile", "reconcileStart")])
def test_the_pin_gives_the_focus_back_to_what_asked_for_it(counter: Counter, page: str, asker: str) -> None:
    cashier_stands_there(counter)
    counter.window.enter(page)
    counter.qtbot.keyClick(seen(counter, asker), Qt.Key.Key_Return)
    seen(counter, "approvalPin")
    counter.key(Qt.Key.Key_Escape)
    assert focused() == asker
    assert counter.window.navigator.here == page


def test_after_the_pin_of_the_totals_enter_opens_no_other_page(counter: Counter) -> None:
    cashier_stands_there(counter)
    counter.window.enter("totals")
    pin_of_owner(counter)
    seen(counter, "totalsNetValue")
    assert focused() == "totalsBack"


@pytest.mark.parametrize("language", ["en", "zh_TW"])
def test_the_buttons_of_a_waiting_payment_read_whole_in_a_small_window(
    open_counter: OpenCounter, language: str
) -> None:
    counter = open_counter(language=language)
    counter.type("125")
    counter.key(Qt.Key.Key_F1)
    counter.wait_for(State.PENDING)
    for name in ("newSale", "checkNow", "cancelPayment"):
        button = seen(counter, name)
        assert isinstance(button, QAbstractButton)
        counter.qtbot.waitUntil(partial(has_room_for_text, button), timeout=5000)


@pytest.mark.parametrize("language", ["en", "zh_TW"])
def test_late_money_shows_all_its_ways_out_whole(open_counter: OpenCounter, language: str) -> None:
    counter = open_counter(language=language)
    attempt = late(counter)
    assert attempt.state is State.REVIEW
    counter.window.visit(Visit("past", attempt.order_no))
    for name in ("pastReviewAccept", "pastReviewRefund", "pastReviewClose", "pastCheckNow"):
        assert is_whole(seen(counter, name)), name
    said = seen(counter, "pastReviewSays")
    assert isinstance(said, QLabel)
    counter.qtbot.waitUntil(lambda: reads_whole(said), timeout=15000)
    seen(counter, "reviewSwitch")
    counter.press("reviewSwitch")
    seen(counter, "reviewReason")
    counter.settle()
    for name in ("reviewReason0", "reviewReason3", "reviewAccept", "reviewClose"):
        assert is_whole(seen(counter, name)), name


def test_of_another_payment_nobody_says_that_no_money_came(counter: Counter) -> None:
    paid = take(counter, 125)
    counter.window.visit(Visit("past", paid.order_no))
    seen(counter, "pastRefund")
    assert not counter.find("pastReviewClose").isVisible()


@pytest.mark.parametrize("language", ["en", "zh_TW"])
def test_no_list_shows_half_a_sum(open_counter: OpenCounter, language: str) -> None:
    counter = open_counter(language=language)
    office(
        counter, lambda one: one.shifts.open(Money(0, "TWD"), one.authorization.permission(counter.actor, Action.SHIFT))
    )
    take(counter, 12_345_678)
    late(counter)
    permission = office(counter, lambda one: one.authorization.permission(counter.actor, Action.PAY_IN_OUT))
    run(
        counter,
        invoke(
            counter.engine.host.services.shifts.move,
            CashMovementKind.PAID_IN,
            Money(87_654_321, "TWD"),
            "-",
            permission,
        ),
    )
    for page, table in (("refund", "refundPayments"), ("past", "pastPayments"), ("shift", "shiftMoves")):
        counter.window.enter(page)
        found = seen(counter, table)
        assert isinstance(found, QTableView)
        counter.qtbot.waitUntil(partial(has_rows, found), timeout=15000)
        counter.settle()
        assert elided(found) == []
        assert not found.horizontalScrollBar().isVisible()


@pytest.mark.parametrize("language", ["en", "zh_TW"])
def test_a_difference_of_the_count_reads_whole(open_counter: OpenCounter, language: str) -> None:
    counter = open_counter(language=language)
    counter.window.resize(1366, 768)
    office(
        counter, lambda one: one.shifts.open(Money(0, "TWD"), one.authorization.permission(counter.actor, Action.SHIFT))
    )
    counter.window.enter("shift")
    counter.qtbot.waitUntil(lambda: counter.button("shiftCount").isVisible(), timeout=15000)
    counter.press("shiftCount")
    counter.qtbot.waitUntil(lambda: counter.button("shiftClose").isVisible(), timeout=15000)
    for _ in range(7):
        counter.press("shiftCount2000More")
    counter.press("shiftClose")
    counter.qtbot.waitUntil(lambda: "NT$14,000" in counter.text("shiftDifference"), timeout=15000)
    said = counter.find("shiftDifference")
    assert isinstance(said, QLabel)
    counter.qtbot.waitUntil(said.isVisible, timeout=2000)
    counter.settle()
    assert reads_whole(said)
    assert said.height() >= 2 * 1.5 * TYPE["body"]  # two lines of a Chinese font


@pytest.mark.parametrize("state", ["Unknown", "Needs manager", "結果不明"])
def test_a_waiting_tile_cuts_the_tender_and_never_the_state(qapp: QApplication, state: str) -> None:
    metrics = QFontMetrics(qapp.font())
    whole = f"ATM transfer · {state}"
    for wide in range(metrics.horizontalAdvance(state) + 1, metrics.horizontalAdvance(whole)):
        shown = with_whole_state(whole, metrics, wide)
        assert shown.endswith(state)
        assert metrics.horizontalAdvance(shown) <= wide
    assert with_whole_state(whole, metrics, metrics.horizontalAdvance(whole)) == whole


def test_a_figure_without_room_ends_in_dots_and_never_in_another_figure(counter: Counter) -> None:
    take(counter, 987_654_321_098)
    take(counter, 999_999_999_999)
    counter.window.enter("totals")
    counter.qtbot.waitUntil(lambda: "1,987" in counter.text("totalsGrossValue"), timeout=15000)
    counter.settle()
    for name in ("Net", "Gross", "Average"):
        tile = counter.find(f"totals{name}")
        assert isinstance(tile, Tile)
        assert isinstance(tile.value, Elided)
        has_room = tile.value.fontMetrics().horizontalAdvance(tile.value.text()) <= tile.value.width()
        assert has_room or tile.value.font().pixelSize() == TYPE["small"], name
        assert tile.toolTip().endswith(tile.value.text())


def test_items_with_long_names_keep_their_keys_in_reach(counter: Counter) -> None:
    lines = tuple(Line(f"{number} {TEA}", Money(55, "TWD"), 3) for number in range(3))
    paid = take(counter, 495, Tender.MYPAY, lines=lines, invoice_request=invoice_request(Kind.PAPER))
    counter.shop.pay(paid)
    run(counter, counter.engine.host.services.payments.check_now(counter.actor, paid.order_no))

    def is_issued() -> bool:
        found = run(counter, invoke(counter.engine.host.services.invoicing.find, counter.actor, paid.order_no))
        return found is not None and found.is_valid

    counter.qtbot.waitUntil(is_issued, timeout=15000)
    counter.window.visit(Visit("refund", paid.order_no))
    counter.qtbot.waitUntil(lambda: seen(counter, "refundPart").isEnabled(), timeout=15000)
    counter.qtbot.mouseClick(seen(counter, "refundPart"), Qt.MouseButton.LeftButton)
    for name in ("refundItem1", "refundItem1Less", "refundItem1More"):
        assert is_whole(seen(counter, name)), name
    counter.qtbot.mouseClick(seen(counter, "refundItem1More"), Qt.MouseButton.LeftButton)
    assert counter.text("refundItem1Count") == "1"
    tick = seen(counter, "refundItem1")
    assert isinstance(tick, QAbstractButton)
    assert TEA in tick.accessibleName()
    assert not tick.grab().isNull()


def test_escape_from_a_search_leaves_the_focus_in_the_search(counter: Counter) -> None:
    paid = take(counter, 125)
    counter.window.visit(Visit("refund", paid.order_no))
    counter.qtbot.waitUntil(lambda: focused() == "refundAll", timeout=15000)
    counter.key(Qt.Key.Key_Escape)
    assert focused() == "refundSearch"
    assert counter.window.navigator.here == "refund"


def test_what_was_missing_is_not_said_any_more_when_it_is_there(counter: Counter) -> None:
    paid = take(counter, 1280, Tender.ATM)
    counter.shop.pay(paid)
    run(counter, counter.engine.host.services.payments.check_now(counter.actor, paid.order_no))
    counter.window.visit(Visit("refund", paid.order_no))
    counter.qtbot.waitUntil(lambda: focused() == "refundAll", timeout=15000)
    counter.qtbot.keyClick(seen(counter, "refundAll"), Qt.Key.Key_Return)
    counter.qtbot.mouseClick(seen(counter, "refundReason0"), Qt.MouseButton.LeftButton)
    counter.qtbot.mouseClick(seen(counter, "refundGive"), Qt.MouseButton.LeftButton)
    counter.qtbot.waitUntil(lambda: "reference" in counter.text("messageLine"), timeout=15000)
    reference = seen(counter, "refundReference")
    counter.qtbot.keyClicks(reference, "AB-1")
    counter.qtbot.mouseClick(seen(counter, "refundGive"), Qt.MouseButton.LeftButton)
    seen(counter, "approvalPin")
    assert counter.text("messageLine") == ""


def test_a_payment_opened_from_the_totals_is_left_for_them_with_one_escape(counter: Counter) -> None:
    paid = take(counter, 125)
    counter.window.enter("totals")
    counter.window.visit(Visit("past", paid.order_no, returns=True))
    counter.key(Qt.Key.Key_Escape)
    assert counter.window.navigator.here == "totals"
    counter.window.show_sale()
    counter.key(Qt.Key.Key_F7)
    search = seen(counter, "pastSearch")
    assert isinstance(search, QLineEdit)
    counter.qtbot.keyClicks(search, "12")
    counter.key(Qt.Key.Key_Escape)
    assert (counter.window.navigator.here, search.text()) == ("past", "")


def test_whoever_signs_in_is_in_sight_among_twenty(open_counter: OpenCounter) -> None:
    counter = open_counter(people=twenty)
    counter.qtbot.waitUntil(lambda: counter.button("personSwitch").accessibleName() == "Zoe", timeout=15000)
    counter.window.session_lock.lock()
    counter.qtbot.waitUntil(lambda: counter.window.findChild(QWidget, "signInPerson19") is not None, timeout=15000)

    def chosen() -> QAbstractButton:
        tiles = [counter.button(f"signInPerson{place}") for place in range(20)]
        return next(tile for tile in tiles if tile.isChecked())

    assert chosen().accessibleName() == "Zoe"
    counter.qtbot.waitUntil(lambda: is_whole(chosen()), timeout=15000)
    for _ in range(6):
        counter.key(Qt.Key.Key_Up)
    counter.qtbot.waitUntil(lambda: is_whole(chosen()), timeout=15000)


def test_every_key_of_the_page_of_keys_reads_whole(counter: Counter) -> None:
    for _theme in range(2):
        counter.window.enter("help")
        counter.settle()
        caps = [one for one in counter.window.findChildren(QLabel) if one.property("role") == "keycap"]
        assert {"Backspace", "Shift+F10"} <= {cap.text() for cap in caps}
        assert all(cap.fontMetrics().horizontalAdvance(cap.text()) <= cap.contentsRect().width() for cap in caps)
        counter.window.switch_theme()


def test_a_difference_says_whole_what_was_found_before_anybody_settles_it(counter: Counter) -> None:
    page = counter.window.enter("reconcile")
    assert isinstance(page, ReconcilePage)
    words = "Money arrived after this payment was given up: NT$35,000. Accept or refund it."
    today = datetime.now(counter.till.shop.timezone).date()
    check = Check(
        today, "X1", "qfpay", Match.DIFFER, "review NT$35,000", "250", datetime.now(UTC), late(counter).message
    )
    counter.qtbot.waitUntil(lambda: page._permit is not None, timeout=15000)
    page._show([check])
    counter.settle()
    says = counter.find("reconcileSays")
    assert isinstance(says, QLabel)
    assert words in says.text()
    assert reads_whole(says)


def test_a_long_number_of_a_refund_needs_no_scrolling_sideways(counter: Counter) -> None:
    paid = take(counter, 500)
    permission = run(
        counter, invoke(counter.engine.host.services.authorization.approve, counter.actor, Action.REFUND, OWNER_PIN)
    )
    run(
        counter,
        invoke(counter.engine.host.services.refunds.give, paid.order_no, Money(5, "TWD"), "R" * 200, permission),
    )
    counter.window.visit(Visit("refund", paid.order_no))
    rows = seen(counter, "refundRows")
    assert isinstance(rows, QScrollArea)
    counter.qtbot.waitUntil(lambda: counter.window.findChild(QLabel, "refundRowAbout1") is not None, timeout=15000)
    counter.settle()
    inside = rows.widget()
    assert inside is not None
    assert inside.width() <= rows.viewport().width()


def scan(counter: Counter, code: str) -> None:
    """A scanner types faster than anybody, into whatever has the focus, and ends with Enter."""
    for letter in code:
        widget = QApplication.focusWidget()
        assert widget is not None
        counter.qtbot.keyClicks(widget, letter)
    widget = QApplication.focusWidget()
    assert widget is not None
    counter.qtbot.keyClick(widget, Qt.Key.Key_Return)


def test_a_scanned_receipt_opens_no_shift(counter: Counter) -> None:
    counter.window.enter("shift")
    counter.qtbot.waitUntil(lambda: focused() == "shiftFloat", timeout=15000)
    scan(counter, "261121MV5K1T54W4KXTT")
    assert counter.text("messageLine") == "A scanned code is not an amount; nothing was entered."
    field = seen(counter, "shiftFloat")
    assert isinstance(field, QLineEdit)
    assert field.text() == ""
    assert office(counter, lambda one: one.shifts.current()) is None


def test_a_scanned_receipt_counts_no_notes(counter: Counter) -> None:
    office(
        counter, lambda one: one.shifts.open(Money(0, "TWD"), one.authorization.permission(counter.actor, Action.SHIFT))
    )
    counter.window.enter("shift")
    counter.qtbot.mouseClick(seen(counter, "shiftCount"), Qt.MouseButton.LeftButton)
    counter.qtbot.waitUntil(lambda: focused() == "shiftCount2000", timeout=15000)
    counter.qtbot.keyClicks(seen(counter, "shiftCount2000"), "3")
    pause(counter.qtbot)
    scan(counter, "2611215454401234")
    field = seen(counter, "shiftCount2000")
    assert isinstance(field, QLineEdit)
    assert (field.text(), focused()) == ("3", "shiftCount2000")
    pause(counter.qtbot)
    counter.qtbot.keyClick(field, Qt.Key.Key_Return)
    assert focused() == "shiftCount1000"


def test_the_enter_behind_a_barcode_presses_nothing(counter: Counter) -> None:
    counter.window.enter("backups")
    counter.qtbot.waitUntil(lambda: focused() == "backupsMake", timeout=15000)
    scan(counter, "261121MV5K1T54W4KXTT")
    counter.settle()
    assert counter.button("backupsMake").isEnabled(), "it is grey while a backup is made"
    assert office(counter, lambda one: one.backups.list()) == []
    pause(counter.qtbot)
    counter.qtbot.keyClick(seen(counter, "backupsMake"), Qt.Key.Key_Return)
    counter.qtbot.waitUntil(lambda: bool(office(counter, lambda one: one.backups.list())), timeout=15000)


@pytest.mark.parametrize("place", ["refundAll", "refundPayments"])
def test_the_next_receipt_may_be_scanned_wherever_the_focus_is(counter: Counter, place: str) -> None:
    first, second = take(counter, 45), take(counter, 46)
    counter.window.visit(Visit("refund", first.order_no))
    counter.qtbot.waitUntil(lambda: focused() == "refundAll", timeout=15000)
    seen(counter, place).setFocus()
    scan(counter, second.order_no)
    counter.qtbot.waitUntil(lambda: counter.text("refundPaid") == "NT$46", timeout=15000)
    assert not counter.find("refundGive").isVisible()


def test_a_search_begins_anew_where_past_payments_are_looked_through(counter: Counter) -> None:
    paid = take(counter, 45)
    take(counter, 46)
    counter.key(Qt.Key.Key_F7)
    table = seen(counter, "pastPayments")
    assert isinstance(table, QTableView)
    table.setFocus()
    scan(counter, paid.order_no)
    counter.qtbot.waitUntil(lambda: table.model().rowCount() == 1, timeout=15000)
    assert focused() == "pastSearch"


def test_a_receipt_scanned_at_the_locked_register_is_no_wrong_pin(counter: Counter) -> None:
    counter.qtbot.waitUntil(lambda: counter.window.session_lock.people, timeout=15000)
    counter.window.session_lock.lock()
    counter.qtbot.waitUntil(lambda: focused() == "signInPin", timeout=15000)
    for _ in range(6):
        scan(counter, "26112151544012345678")
        counter.settle()
    field = seen(counter, "signInPin")
    assert isinstance(field, QLineEdit)
    assert (field.text(), counter.text("signInSays")) == ("", "")
    counter.qtbot.keyClicks(field, OWNER_PIN)
    counter.qtbot.keyClick(field, Qt.Key.Key_Return)
    counter.qtbot.waitUntil(lambda: not counter.window.session_lock.locked, timeout=15000)


def test_a_code_scanned_as_a_reason_stands_there_and_moves_no_cash(counter: Counter) -> None:
    run(
        counter,
        invoke(
            lambda: counter.engine.host.services.shifts.open(
                Money(1000, "TWD"), counter.engine.host.services.authorization.permission(counter.actor, Action.SHIFT)
            )
        ),
    )
    counter.window.enter("shift")
    counter.press("shiftPaidOut")
    seen(counter, "shiftMoveAmount")
    counter.qtbot.keyClicks(counter.find("shiftMoveAmount"), "50")
    counter.find("shiftMoveReason").setFocus()
    scan(counter, "SLIP-20261121-77")
    counter.settle()
    field = counter.find("shiftMoveReason")
    assert isinstance(field, QLineEdit)
    assert field.text() == "SLIP-20261121-77"
    assert run(counter, invoke(counter.engine.host.services.shifts.moves)) == []
    counter.qtbot.keyClick(field, Qt.Key.Key_Return)
    counter.qtbot.waitUntil(
        lambda: len(run(counter, invoke(counter.engine.host.services.shifts.moves))) == 1, timeout=15000
    )


def test_digits_typed_while_the_header_has_the_focus_are_the_amount(counter: Counter) -> None:
    counter.button("officeSwitch").setFocus(Qt.FocusReason.TabFocusReason)
    counter.qtbot.keyClicks(counter.button("officeSwitch"), "1")
    assert counter.text("amountDisplay").endswith("1")
    assert not counter.button("officeSwitch").hasFocus()
    counter.window.enter("help")
    counter.button("officeSwitch").setFocus(Qt.FocusReason.TabFocusReason)
    counter.qtbot.keyClicks(counter.button("officeSwitch"), "5")
    assert counter.text("amountDisplay").endswith("1"), "nothing is typed behind a page"


def test_the_office_has_a_key(counter: Counter) -> None:
    counter.key(Qt.Key.Key_F7, Qt.KeyboardModifier.ShiftModifier)
    assert counter.find("officePast").isVisible()
