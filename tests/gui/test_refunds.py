"""The page of refunds and late money: by keyboard alone, by touch alone, on the real window, desk and simulator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QTableView, QWidget
from pytestqt.qtbot import QtBot

from pos.domain.events import RefundChanged
from pos.domain.invoice import Kind, invoice_request
from pos.domain.money import Money
from pos.domain.payment import Attempt, Line, Sale, Tender
from pos.domain.refund import Refund, RefundEvent, RefundState, Way
from pos.domain.staff import Role
from pos.domain.states import State
from pos.gui.refunds.rows import RefundRows
from pos.gui.refunds.words import doubt_words
from pos.i18n import msg
from pos.runtime import SystemClock, invoke
from pos.services.container import Services
from pos.services.staff import Staff
from pos.store.refunds import RefundStore
from tests.gui.conftest import Counter, OpenCounter
from tests.gui.scanner import type_keys
from tests.support.inside import payment_store

T = TypeVar("T")

PIN = "258025"


def _cashier(staff: Staff) -> str:
    return next(one.id for one in staff.people() if one.role is Role.CASHIER)


class UiDriver:
    """A cashier at the page of refunds, and the owner with the PIN."""

    def __init__(self, counter: Counter) -> None:
        self.counter = counter
        self.run(
            invoke(
                lambda: counter.engine.host.services.staff.sign_in_without_pin(
                    _cashier(counter.engine.host.services.staff)
                )
            )
        )
        counter.settle()

    def run(self, work: Any) -> Any:
        return self.counter.engine.io.submit(work).result(10)

    def office(self, question: Callable[[Services], T]) -> T:
        found: T = self.run(invoke(question, self.counter.engine.host.services))
        return found

    def take(self, amount: int, tender: Tender = Tender.CASH, lines: tuple[Line, ...] = (), **more: Any) -> Attempt:
        sale = Sale(Money(amount, "TWD"), lines)
        number = f"{tender.value}{amount}"
        attempt: Attempt = self.run(
            self.counter.engine.host.services.payments.take(self.counter.actor, sale, tender, payment_id=number, **more)
        )
        if tender is not Tender.CASH:
            self.counter.shop.pay(attempt)
            attempt = self.run(
                self.counter.engine.host.services.payments.check_now(self.counter.actor, attempt.order_no)
            )
        assert attempt.state is State.CAPTURED
        return attempt

    def late(self, amount: int) -> Attempt:
        """Money that comes after the payment was given up."""
        payments = self.counter.engine.host.services.payments
        attempt = self.run(
            payments.take(self.counter.actor, Sale(Money(amount, "TWD")), Tender.ATM, payment_id=f"late{amount}")
        )
        self.run(invoke(payments.cancel, self.counter.actor, attempt.order_no))
        self.counter.shop.pay(attempt)
        found: Attempt = self.run(payments.check_now(self.counter.actor, attempt.order_no))
        assert found.state is State.REVIEW
        return found

    def page(self) -> QWidget:
        return self.counter.window.navigator.page(self.counter.window.navigator.here)

    def find(self, name: str) -> QWidget:
        """On the page in front."""
        found = self.page().findChild(QWidget, name)
        assert found is not None, name
        return found

    def is_there(self, name: str) -> bool:
        page = self.page()
        return page.findChild(QWidget, name) is not None

    def text(self, name: str) -> str:
        found = self.find(name)
        assert isinstance(found, QLabel | QAbstractButton | QLineEdit)
        return found.text()

    def until(self, condition: Callable[[], bool]) -> None:
        self.counter.qtbot.waitUntil(condition, timeout=15000)

    def until_focus(self, name: str) -> None:
        self.until(lambda: self.focused() == name)

    def focused(self) -> str:
        widget = self.counter.window.focusWidget()
        return widget.objectName() if widget is not None else ""

    def keys(self, text: str) -> None:
        """Typed into whatever has the focus, as fast as a scanner."""
        self.counter.qtbot.keyClicks(self.counter.window.focusWidget(), text)

    def words(self, text: str) -> None:
        """The same by fingers, whose times the keyboard sends."""
        type_keys(self.counter.window.focusWidget(), text, [150 + 10 * (place % 3) for place in range(len(text))])

    def enter(self) -> None:
        self.counter.qtbot.keyClick(self.counter.window.focusWidget(), Qt.Key.Key_Return)

    def touch(self, name: str) -> None:
        self.until(lambda: self.find(name).isVisible() and self.find(name).isEnabled())
        self.counter.qtbot.mouseClick(self.find(name), Qt.MouseButton.LeftButton)

    def touch_pin(self, pin: str = PIN) -> None:
        self.until(lambda: self.find("approval").isVisible())
        for digit in pin:
            self.touch(f"approvalKey{digit}")
        self.touch("approvalDone")

    def refunds(self, attempt: Attempt) -> list[Refund]:
        return list(self.office(lambda services: services.refunds.of_order(attempt.order_no)))

    def rows(self) -> list[str]:
        table = self.find("refundPayments")
        assert isinstance(table, QTableView)
        model = table.model()
        return [str(model.index(row, 1).data()) for row in range(model.rowCount())]


@pytest.fixture
def hands(counter: Counter) -> UiDriver:
    return UiDriver(counter)


def test_a_payment_is_refunded_by_keyboard_alone(hands: UiDriver) -> None:
    hands.take(60)
    paid = hands.take(125)
    hands.counter.key(Qt.Key.Key_F9)
    hands.until_focus("refundSearch")
    hands.keys("125")
    hands.enter()
    hands.until_focus("refundAll")
    assert hands.text("refundAll") == "Refund all · NT$125"
    hands.enter()
    hands.until_focus("refundReason")
    hands.words("goods came back")
    hands.enter()
    hands.until_focus("refundGive")
    assert hands.text("refundGive") == "Refund NT$125"
    for _ in range(3):
        hands.enter()
    hands.until_focus("approvalPin")
    hands.keys(PIN)
    hands.enter()
    hands.until(lambda: hands.text("refundOutcome") == "Recorded. Give the customer NT$125 from the drawer now.")
    (given,) = hands.refunds(paid)
    assert (given.state, given.amount.minor, given.reason) == (RefundState.REFUNDED, 125, "goods came back")
    hands.until(lambda: not hands.find("refundAll").isEnabled())
    assert hands.text("refundLeft") == "This payment is already refunded in full."
    hands.counter.key(Qt.Key.Key_Escape)  # clears the search first
    assert hands.text("refundSearch") == ""
    hands.counter.key(Qt.Key.Key_Escape)
    assert hands.counter.window.sell.isVisible()


def test_a_part_is_refunded_by_touch_alone_from_past_payments(hands: UiDriver) -> None:
    paid = hands.take(340)
    hands.counter.press("pastSwitch")
    hands.touch("pastRefund")
    hands.until(lambda: hands.counter.window.navigator.here == "refund" and hands.text("refundPaid") == "NT$340")
    hands.touch("refundPart")
    for key in ("1", "00", "Backspace"):
        hands.touch(f"refundPad{'Key' if key.isdigit() else ''}{key}")
    hands.until(lambda: hands.text("refundGive") == "Refund NT$10")
    hands.touch("refundReason1")
    hands.counter.qtbot.mouseDClick(hands.find("refundGive"), Qt.MouseButton.LeftButton)
    hands.touch("refundGive")
    hands.touch_pin()
    hands.until(lambda: "NT$10 refunded" in hands.text("refundLeft"))
    assert [one.reason for one in hands.refunds(paid)] == ["Wrong amount"]
    assert all(hands.find(name).height() >= 44 for name in ("refundAll", "refundPart", "refundSearchPadSwitch"))


def test_a_scanned_receipt_opens_its_payment_at_once(hands: UiDriver) -> None:
    paid = hands.take(60)
    hands.take(125)
    hands.counter.key(Qt.Key.Key_F9)
    hands.until(lambda: hands.rows() == ["NT$125", "NT$60"])
    hands.keys(paid.order_no + "\r")
    hands.until(lambda: hands.text("refundPaid") == "NT$60" and hands.focused() == "refundAll")
    assert hands.rows() == ["NT$60"]


def test_the_list_is_searched_with_the_pad_and_says_when_nothing_fits(hands: UiDriver) -> None:
    hands.take(60)
    hands.counter.key(Qt.Key.Key_F9)
    hands.until(lambda: hands.rows() == ["NT$60"])
    hands.touch("refundSearchPadSwitch")
    for key in ("7", "7"):
        hands.touch(f"refundSearchPadKey{key}")
    hands.until(lambda: hands.find("refundEmpty").isVisible())
    assert hands.find("refundNothing").isVisible()
    hands.touch("refundSearchPadBackspace")
    hands.touch("refundSearchPadBackspace")
    hands.until(lambda: hands.rows() == ["NT$60"])
    hands.touch("refundSearchPadSwitch")
    assert not hands.find("refundSearchPadKey7").isVisible()


def test_a_cashier_is_told_whose_payments_were_searched(hands: UiDriver) -> None:
    theirs = hands.take(60)
    cashier = next(one.id for one in hands.office(lambda services: services.staff.people()) if one.role is Role.CASHIER)
    hands.office(lambda services: services.staff.sign_in_without_pin(cashier))
    hands.counter.settle()
    hands.counter.key(Qt.Key.Key_F9)
    hands.until(lambda: "Not found in your last ten" in hands.text("refundEmpty"))
    hands.keys(theirs.order_no + "\r")
    hands.until(lambda: hands.rows() == ["NT$60"])


def test_the_arrow_down_leads_from_the_search_to_the_next_payment(hands: UiDriver) -> None:
    hands.take(60)
    hands.take(125)
    hands.counter.key(Qt.Key.Key_F9)
    hands.until(lambda: hands.rows() == ["NT$125", "NT$60"] and hands.text("refundPaid") == "NT$125")
    hands.counter.qtbot.keyClick(hands.find("refundSearch"), Qt.Key.Key_Down)
    hands.until(lambda: hands.focused() == "refundPayments" and hands.text("refundPaid") == "NT$60")
    hands.enter()
    hands.until_focus("refundAll")


def test_nothing_goes_back_without_the_right_pin(hands: UiDriver) -> None:
    paid = hands.take(60)
    hands.counter.key(Qt.Key.Key_F9)
    hands.touch("refundAll")
    hands.touch("refundGive")
    hands.until(lambda: hands.counter.text("messageLine") == "Enter a reason.")
    hands.touch("refundReason0")
    hands.touch("refundGive")
    hands.touch_pin("9999")
    hands.until(lambda: hands.text("approvalSays") == "The PIN is wrong.")
    hands.counter.key(Qt.Key.Key_Escape)
    assert not hands.find("approval").isVisible()
    hands.until_focus("refundGive")
    hands.touch("refundGive")
    hands.touch("approvalCancel")
    hands.counter.key(Qt.Key.Key_Escape)
    assert hands.find("refundPayments").isVisible()
    assert hands.refunds(paid) == []


def test_more_than_is_left_is_refused_with_what_is_left(hands: UiDriver) -> None:
    hands.take(60)
    hands.counter.key(Qt.Key.Key_F9)
    hands.touch("refundPart")
    hands.until_focus("refundAmount")
    hands.keys("61")
    assert hands.text("refundGive") == "Refund"
    hands.enter()
    hands.until_focus("refundReason")
    hands.touch("refundReason0")
    hands.touch("refundGive")
    assert hands.counter.text("messageLine") == "Only NT$60 of this payment can still be refunded."
    hands.touch("refundChooseAll")
    assert hands.text("refundGive") == "Refund NT$60"
    hands.touch("refundLeave")
    assert hands.find("refundAll").isVisible()


def test_a_refund_by_hand_asks_for_its_reference_and_says_that_it_moves_no_money(hands: UiDriver) -> None:
    paid = hands.take(88, Tender.ATM)
    hands.counter.key(Qt.Key.Key_F9)
    hands.touch("refundAll")
    hands.until(lambda: "cannot refund from the register" in hands.text("refundAdvice"))
    hands.touch("refundWayTransfer")
    assert "only records this refund" in hands.text("refundHint")
    hands.touch("refundReason0")
    hands.touch("refundGive")
    hands.until(lambda: "Enter the reference" in hands.counter.text("messageLine"))
    hands.until_focus("refundReference")
    for key in ("4", "Dash", "2"):
        hands.touch(f"refundReferencePadKey{key}")
    assert hands.text("refundReferenceOpen") == "4-2"
    hands.touch("refundReferenceOpen")
    hands.touch("refundGive")
    hands.touch_pin()
    hands.until(lambda: hands.text("refundOutcome") == "Recorded: NT$88. The register moved no money.")
    (given,) = hands.refunds(paid)
    assert (given.way, given.reference) == (Way.TRANSFER, "4-2")
    hands.until(lambda: hands.is_there("refundRowAbout1"))
    assert "recorded only" in hands.text("refundRowAbout1")


def test_with_an_e_invoice_the_items_are_ticked(hands: UiDriver) -> None:
    lines = (Line("茶", Money(50, "TWD"), 2), Line("餅", Money(25, "TWD"), 1))
    paid = hands.take(125, Tender.MYPAY, lines, invoice_request=invoice_request(Kind.PAPER))
    hands.until(
        lambda: (
            (
                found := hands.run(
                    invoke(hands.counter.engine.host.services.invoicing.find, hands.counter.actor, paid.order_no)
                )
            )
            and found.is_valid
        )
    )
    hands.counter.key(Qt.Key.Key_F9)
    hands.touch("refundPart")
    hands.until_focus("refundItem1")
    hands.touch("refundReason0")
    hands.touch("refundGive")
    assert hands.counter.text("messageLine") == "Choose the items to refund."
    hands.touch("refundItem1")
    hands.touch("refundItem2More")
    hands.touch("refundItem1Less")
    assert hands.text("refundItemsSum") == "Total NT$75"
    hands.touch("refundItem2")
    assert hands.text("refundItemsSum") == "Total NT$50"
    hands.touch("refundWayCash")
    assert "is not changed" in hands.text("refundHint")
    hands.touch("refundGive")
    hands.touch_pin()
    hands.until(lambda: [one.amount.minor for one in hands.refunds(paid)] == [50])


def test_late_money_is_refunded_with_one_reason(hands: UiDriver) -> None:
    late = hands.late(99)
    hands.until(lambda: hands.counter.button("reviewSwitch").isVisible())
    assert hands.counter.button("reviewSwitch").text() == "1 to settle"
    hands.counter.press("reviewSwitch")
    hands.until_focus("reviewReason")
    assert "Due: NT$99" in hands.text("reviewCame")
    hands.touch("reviewRefund")
    assert hands.counter.text("messageLine") == "Enter a reason."
    hands.touch("reviewReason3")
    hands.touch("reviewRefund")
    hands.touch_pin()
    hands.until(lambda: hands.find("refundGive").isVisible())
    assert hands.text("refundReason") == "Customer paid in another way"
    hands.touch("refundWayCash")
    hands.touch("refundGive")
    hands.touch_pin()
    hands.until(lambda: [one.state for one in hands.refunds(late)] == [RefundState.REFUNDED])
    hands.until(lambda: not hands.counter.button("reviewSwitch").isVisible())


@pytest.mark.parametrize(("choice", "state"), [("Accept", State.CAPTURED), ("Close", State.VOIDED)])
def test_late_money_is_settled_from_past_payments(hands: UiDriver, choice: str, state: State) -> None:
    late = hands.late(99)
    hands.counter.key(Qt.Key.Key_F7)
    hands.until(lambda: hands.find("pastReview").isVisible())
    assert "Due: NT$99" in hands.text("pastReviewCame")
    hands.touch(f"pastReview{choice}")
    hands.until_focus("reviewReason")
    hands.words("looked it up")
    hands.enter()
    hands.until_focus(f"review{choice}")
    hands.enter()
    hands.touch_pin()
    hands.until(
        lambda: (
            hands.run(invoke(hands.counter.engine.host.services.payments.get, hands.counter.actor, late.order_no)).state
            is state
        )
    )
    hands.until(lambda: hands.find("refundCard").isVisible())


def refund_store(services: Services) -> RefundStore:
    """The refunds as the journal has them, beside the service that writes them."""
    return RefundStore(payment_store(services).database, "DEMO", SystemClock())


def in_review(hands: UiDriver, paid: Attempt) -> Refund:
    """A refund of which nobody knows what became."""

    def made(services: Services) -> Refund:
        store = refund_store(services)
        fresh = services.refunds.check(paid.order_no, Money(20, "TWD"), "r", way=Way.CASH)
        sent = store.create(fresh, RefundEvent.SEND, RefundEvent.NO_ANSWER)
        given_up = store.step(sent, RefundEvent.GIVE_UP)
        hands.counter.engine.bus.publish(RefundChanged(given_up))
        return given_up

    return hands.office(made)


@pytest.mark.parametrize(("choice", "state"), [("Done", RefundState.REFUNDED), ("NotDone", RefundState.REFUSED)])
def test_a_refund_in_review_is_settled_by_a_manager(hands: UiDriver, choice: str, state: RefundState) -> None:
    paid = hands.take(60)
    in_review(hands, paid)
    hands.until(lambda: hands.counter.button("reviewSwitch").isVisible())
    hands.counter.press("reviewSwitch")
    hands.touch("refundSettle1")
    hands.touch("settleReason0")
    hands.counter.key(Qt.Key.Key_Escape)
    hands.touch("refundSettle1")
    hands.touch(f"settle{choice}")
    assert hands.counter.text("messageLine") == "Enter a reason."
    hands.touch("settleReason0")
    hands.touch(f"settle{choice}")
    hands.touch_pin()
    hands.until(lambda: [one.state for one in hands.refunds(paid)] == [state])
    hands.until(lambda: hands.find("refundCard").isVisible())


def test_what_was_not_sent_is_sent_again_asked_about_or_taken_back(hands: UiDriver) -> None:
    paid = hands.take(88, Tender.ATM)

    def made(services: Services) -> None:
        for _ in range(2):
            fresh = services.refunds.check(paid.order_no, Money(20, "TWD"), "r", way=Way.CASH)
            refund_store(services).create(fresh, RefundEvent.SEND, RefundEvent.NOT_SENT)

    hands.office(made)
    hands.counter.key(Qt.Key.Key_F9)
    hands.touch("refundAgain1")  # WanPay has no refund call: nothing is sent
    hands.touch_pin()
    hands.until(lambda: "by hand" in hands.text("refundRowAbout1") + hands.text("refundRowAbout2"))
    hands.touch("refundTakeBack2")
    hands.touch_pin()
    hands.until(lambda: {one.state for one in hands.refunds(paid)} == {RefundState.CREATED, RefundState.WITHDRAWN})


def test_a_refund_in_doubt_shows_the_code_as_it_came() -> None:
    sent = refund("R", state=RefundState.UNKNOWN, code="7777")
    assert doubt_words(sent) == "(7777)"
    assert doubt_words(replace(sent, message=msg("No such table."))) == "No such table. (7777)"
    assert doubt_words(replace(sent, state=RefundState.REFUNDED)) == ""


def test_the_page_speaks_both_languages_and_wears_both_themes(hands: UiDriver) -> None:
    hands.take(60)
    in_review(hands, hands.take(125))
    hands.late(99)
    hands.counter.key(Qt.Key.Key_F9)
    hands.until(lambda: len(hands.rows()) == 3)
    hands.counter.press("languageSwitch")
    hands.counter.press("themeSwitch")
    hands.counter.window.grab()
    hands.counter.press("themeSwitch")
    hands.counter.press("languageSwitch")
    assert hands.text("refundTitle") == "Refunds"


def test_facts_of_other_payments_disturb_nothing(hands: UiDriver) -> None:
    hands.take(60)
    hands.counter.key(Qt.Key.Key_F9)
    hands.until(lambda: hands.find("refundCard").isVisible() and hands.text("refundPaid") == "NT$60")
    hands.take(125)
    hands.counter.settle()
    assert hands.text("refundPaid") == "NT$60"


# -- rows by themselves -------------------------------------------------------------------------------------------

SOON = datetime.now(UTC) + timedelta(hours=3)


def refund(number: str, **facts: Any) -> Refund:
    first: dict[str, Any] = {
        "refund_no": number, "order_no": "O", "gateway": "mypay", "way": Way.GATEWAY, "amount": Money(5, "TWD"),
        "reason": "r", "register_id": "R1", "created_at": datetime(2026, 11, 20, tzinfo=UTC),
    }  # fmt: skip
    return Refund(**(first | facts))


@pytest.mark.parametrize(
    ("facts", "word", "buttons"),
    [
        ({"state": RefundState.CREATED}, "Refund not sent", {"refundAgain1", "refundTakeBack1"}),
        ({"state": RefundState.SENT}, "Sending refund", {"refundAsk1"}),
        ({"state": RefundState.PENDING}, "In process at the gateway", {"refundAsk1"}),
        ({"state": RefundState.PENDING, "due_at": SOON}, "Waiting until", {"refundAsk1", "refundTakeBack1"}),
        ({"state": RefundState.UNKNOWN}, "Refund result unknown", {"refundAsk1"}),
        ({"state": RefundState.REFUNDED}, "Refunded", set()),
        ({"state": RefundState.REFUSED}, "Refund refused", set()),
        ({"state": RefundState.WITHDRAWN}, "Refund cancelled", set()),
        ({"state": RefundState.REVIEW}, "Needs a manager", {"refundSettle1"}),
    ],
)
def test_a_refund_says_its_state_and_offers_what_can_be_done(
    qtbot: QtBot, facts: dict[str, Any], word: str, buttons: set[str]
) -> None:
    rows = RefundRows(ZoneInfo("Asia/Taipei"))
    qtbot.addWidget(rows)
    heard: list[Refund] = []
    for signal in (rows.ask_wanted, rows.again_wanted, rows.take_back_wanted, rows.settle_wanted):
        signal.connect(heard.append)
    made = refund("R1", **facts)
    rows.show_refunds([made])
    said = rows.findChild(QLabel, "refundRowState1")
    assert said is not None
    assert word in said.text()
    found = {one.objectName(): one for one in rows.findChildren(QAbstractButton)}
    assert set(found) & {f"refund{name}1" for name in ("Ask", "Again", "TakeBack", "Settle")} == buttons
    for name in buttons:
        found[name].click()
    assert heard == [made] * len(buttons)


def test_the_page_takes_cents_where_the_shop_has_them(open_counter: OpenCounter) -> None:
    hands = UiDriver(open_counter("HKD"))
    payments = hands.counter.engine.host.services.payments
    hands.run(payments.take(hands.counter.actor, Sale(Money(1250, "HKD")), Tender.CASH, payment_id="hk"))
    hands.counter.key(Qt.Key.Key_F9)
    hands.touch("refundPart")
    for key in ("2", "Point", "5"):
        hands.touch(f"refundPadKey{key}")
    assert hands.text("refundGive") == "Refund HK$2.50"


def test_cash_goes_back_in_coins_and_the_rounding_is_said(open_counter: OpenCounter) -> None:
    hands = UiDriver(open_counter("HKD"))
    payments = hands.counter.engine.host.services.payments
    hands.run(payments.take(hands.counter.actor, Sale(Money(1237, "HKD")), Tender.CASH, payment_id="hk"))
    hands.counter.key(Qt.Key.Key_F9)
    hands.touch("refundAll")
    hands.until(lambda: hands.text("refundGive") == "Refund HK$12.37")
    assert "Pay out HK$12.40 in cash (rounding HK$0.03)." in hands.text("refundHint")
