"""Each fact has one wording: whatever page, list or count a person looks at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QTableView

from pos.domain.invoice import Kind, invoice_request
from pos.domain.money import Money
from pos.domain.payment import Attempt, Sale, Tender
from pos.domain.refund import Refund, RefundState, Way
from pos.domain.staff import Action
from pos.domain.states import State
from pos.gui.page import Page
from pos.i18n import use_language
from pos.runtime import invoke
from pos.services.container import Services
from pos.services.permissions import Permission
from pos.services.training import OWNER_PIN
from tests.gui.conftest import Counter

AMOUNT, STATE = 1, 3
OWNER = "Ann Lin"
CASHIER = "May Wu"


class Shop:
    """The window, and what happens behind it."""

    def __init__(self, counter: Counter) -> None:
        self.counter = counter

    @property
    def services(self) -> Services:
        return self.counter.engine.host.services

    def run(self, work: Any) -> Any:
        return self.counter.engine.io.submit(work).result(10)

    def ask(self, question: Callable[[Any], Any]) -> Any:
        return self.run(invoke(question, self.services))

    def permission(self, action: Action) -> Permission:
        given: Permission = self.run(invoke(self.services.authorization.approve, self.counter.actor, action, OWNER_PIN))
        return given

    def signs_in(self, name: str) -> None:
        self.ask(
            lambda services: services.staff.sign_in_without_pin(
                next(one.id for one in services.staff.people() if one.name == name)
            )
        )
        self.counter.settle()

    def opens_a_shift(self) -> None:
        permission = self.permission(Action.SHIFT)
        self.ask(lambda services: services.shifts.open(Money(1000, "TWD"), permission))

    def takes(self, amount: int, tender: Tender = Tender.CASH, gateway: str | None = None) -> Attempt:
        sale = Sale(Money(amount, "TWD"))
        taken: Attempt = self.run(
            self.services.payments.take(
                self.counter.actor, sale, tender, payment_id=f"{tender}{amount}", gateway=gateway
            )
        )
        if tender is Tender.CASH:
            return taken
        self.counter.shop.pay(taken)
        paid: Attempt = self.run(self.services.payments.check_now(self.counter.actor, taken.order_no))
        assert paid.state is State.CAPTURED
        return paid

    def takes_short(self, asked: int, came: int) -> Attempt:
        """The customer transfers another amount than was asked for; a manager must look."""
        waits = self.run(
            self.services.payments.take(
                self.counter.actor, Sale(Money(asked, "TWD")), Tender.ATM, payment_id=f"short{asked}"
            )
        )
        self.counter.shop.pay(waits, came)
        found: Attempt = self.run(self.services.payments.check_now(self.counter.actor, waits.order_no))
        assert found.state is State.REVIEW
        return found

    def accepts(self, short: Attempt) -> Attempt:
        permission = self.permission(Action.SETTLE)
        found: Attempt = self.ask(lambda services: services.reviews.accept(short.order_no, "it is fine", permission))
        return found

    def refunds(self, paid: Attempt, amount: int, way: Way | None = Way.CASH) -> Refund:
        permission, sum_ = self.permission(Action.REFUND), Money(amount, "TWD")
        given: Refund = self.run(
            invoke(self.services.refunds.give, paid.order_no, sum_, "returned", permission, way=way)
        )
        return given

    def takes_back(self, refund: Refund) -> None:
        permission = self.permission(Action.REFUND)
        back = self.run(invoke(self.services.refunds.withdraw, refund.refund_no, permission))
        assert back.state is RefundState.WITHDRAWN

    def a_refund_waits_for_midnight(self) -> Refund:
        waits = self.refunds(self.takes(88, Tender.ATM, "mypay"), 50, None)
        assert waits.state is RefundState.PENDING
        return waits

    def enters(self, name: str) -> Page:
        page = self.counter.window.enter(name)
        assert page is not None
        return page

    def until(self, condition: Callable[[], bool]) -> None:
        self.counter.qtbot.waitUntil(condition, timeout=5000)

    def texts(self, name: str) -> list[str]:
        """What all labels of this name say that are in the page in front."""
        return [one.text() for one in self.counter.window.findChildren(QLabel, name) if one.isVisible()]

    def says(self, name: str, words: str) -> None:
        self.until(lambda: words in "\n".join(self.texts(name)))

    def column(self, table: str, column: int) -> list[str]:
        found = self.counter.find(table)
        assert isinstance(found, QTableView)
        model = found.model()
        return [str(model.index(row, column).data()) for row in range(model.rowCount())]


@pytest.fixture
def shop(counter: Counter) -> Shop:
    made = Shop(counter)
    made.signs_in(OWNER)
    return made


# -- what is in process -------------------------------------------------------------------------------------------


def test_the_shift_the_count_and_the_x_name_the_same_refund(shop: Shop) -> None:
    shop.opens_a_shift()
    waits = shop.a_refund_waits_for_midnight()
    page = shop.enters("shift")
    shop.says("shiftInFlight", waits.refund_no)
    shop.says("shiftInFlight", "1 in process, carried over")
    shop.counter.press("shiftCount")
    shop.says("shiftHandedOn", waits.refund_no)
    page.open()
    shop.until(shop.counter.find("shiftX").isVisible)
    shop.counter.press("shiftX")
    shop.says("shiftFlying", "In process: 1")


def test_the_pages_of_the_shift_follow_a_refund_that_ends_meanwhile(shop: Shop) -> None:
    shop.opens_a_shift()
    waits = shop.a_refund_waits_for_midnight()
    shop.enters("shift")
    shop.says("shiftInFlight", waits.refund_no)
    shop.takes_back(waits)
    shop.says("shiftInFlight", "Nothing is in process.")
    shop.counter.press("shiftCount")
    shop.says("shiftHandedOn", "Nothing is in process.")
    again = shop.refunds(shop.takes(60, Tender.ATM, "mypay"), 20, None)
    shop.says("shiftHandedOn", again.refund_no)


# -- refunded payments --------------------------------------------------------------------------------------------


def test_lists_say_how_much_was_refunded_and_follow(shop: Shop) -> None:
    whole, part, late = shop.takes(320), shop.takes(500), shop.takes(75)
    shop.refunds(whole, 320)
    shop.refunds(part, 200)
    for page, table in (("past", "pastPayments"), ("refund", "refundPayments")):
        shop.enters(page)
        shop.until(lambda table=table: shop.column(table, STATE) == ["Paid", "Partly refunded", "Refunded"])  # type: ignore[misc]  # binds the value of this turn
    shop.refunds(late, 75)
    shop.until(lambda: shop.column("refundPayments", STATE)[0] == "Refunded")
    shop.enters("past")
    shop.until(lambda: shop.column("pastPayments", STATE)[0] == "Refunded")
    shop.refunds(part, 300)
    shop.until(lambda: shop.column("pastPayments", STATE) == ["Refunded"] * 3)


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ("Partly refunded: NT$200", "Refunded: NT$500")), ("zh_TW", ("部分退款：NT$200", "已退款：NT$500"))],
)
def test_one_payment_says_the_sum_that_was_refunded(shop: Shop, language: str, words: tuple[str, str]) -> None:
    use_language(language)
    try:
        paid = shop.takes(500)
        shop.enters("past")
        for amount, said in zip((200, 300), words, strict=True):
            shop.refunds(paid, amount)
            shop.says("pastState", said)
    finally:
        use_language("en")


def test_a_refund_in_process_is_no_refund_yet(shop: Shop) -> None:
    waits = shop.a_refund_waits_for_midnight()
    shop.enters("past")
    shop.says("pastState", "Refund in process: NT$50")
    assert shop.column("pastPayments", STATE) == ["Refund in process"]
    shop.takes_back(waits)
    shop.says("pastState", "Paid")


def test_the_green_panel_turns_grey_when_its_payment_is_refunded(shop: Shop) -> None:
    counter = shop.counter
    counter.window.show_sale()
    counter.type("250")
    counter.key(Qt.Key.Key_F5)
    counter.key(Qt.Key.Key_F5)
    paid = counter.wait_for(State.CAPTURED)
    panel = counter.find("paidPanel")
    shop.until(lambda: panel.accessibleName() == "Paid NT$250")
    green = panel.grab().toImage().pixelColor(40, 8)
    shop.refunds(paid, 50)
    shop.until(lambda: panel.accessibleName() == "Partly refunded: NT$50 NT$250")
    assert panel.grab().toImage().pixelColor(40, 8) != green
    shop.refunds(paid, 200)
    shop.until(lambda: panel.accessibleName() == "Refunded: NT$250 NT$250")
    counter.type("10")
    counter.key(Qt.Key.Key_F5)
    counter.key(Qt.Key.Key_F5)
    shop.until(lambda: panel.accessibleName() == "Paid NT$10")
    assert panel.grab().toImage().pixelColor(40, 8) == green


# -- a refund that is listed --------------------------------------------------------------------------------------


def test_a_pending_refund_is_on_its_page_once(shop: Shop) -> None:
    paid = shop.takes(88, Tender.ATM, "mypay")
    shop.enters("refund")
    shop.until(lambda: shop.counter.find("refundAll").isVisible() and shop.counter.find("refundAll").isEnabled())
    shop.counter.press("refundAll")
    shop.until(shop.counter.find("refundGive").isVisible)
    reason = shop.counter.find("refundReason")
    reason.setText("returned")  # type: ignore[attr-defined]  # it is a field
    shop.until(lambda: shop.counter.button("refundGive").text() == "Refund NT$88")
    shop.counter.press("refundGive")
    shop.until(shop.counter.find("approvalPin").isVisible)
    shop.counter.qtbot.keyClicks(shop.counter.find("approvalPin"), OWNER_PIN)
    shop.counter.qtbot.keyClick(shop.counter.find("approvalPin"), Qt.Key.Key_Return)
    shop.says("refundRowState1", "Waiting until")
    (refund,) = shop.ask(lambda services: services.refunds.of_order(paid.order_no))
    assert refund.state is RefundState.PENDING
    labels = [one.text() for one in shop.counter.find("refundCard").findChildren(QLabel) if one.isVisible()]
    assert sum("Waiting until" in text for text in labels) == 1
    assert shop.texts("refundLeft") == ["A refund of the remaining amount is still in process."]


# -- short money --------------------------------------------------------------------------------------------------


def test_short_money_is_shown_as_it_came(shop: Shop) -> None:
    shop.opens_a_shift()
    short = shop.takes_short(120, 100)
    shop.enters("past")
    shop.until(lambda: shop.column("pastPayments", AMOUNT) == ["NT$100"])
    shop.says("pastReviewCame", "Due: NT$120 · received: NT$100")
    shop.enters("shift")
    shop.says("shiftInFlight", f"{short.order_no}  NT$100")
    shop.accepts(short)
    shop.enters("past")
    shop.until(lambda: shop.column("pastPayments", STATE) == ["Paid"])
    assert shop.column("pastPayments", AMOUNT) == ["NT$100"]
    shop.says("pastRoute", "Due: NT$120 · received: NT$100")
    shop.enters("refund")
    shop.until(lambda: shop.column("refundPayments", AMOUNT) == ["NT$100"])
    shop.says("refundAbout", "Due: NT$120 · received: NT$100")
    shop.until(lambda: shop.counter.button("refundAll").text() == "Refund all · NT$100")
    permission = shop.permission(Action.X_REPORT)
    x = shop.ask(lambda services: services.shifts.read(permission))
    assert x.totals.of("TWD").whole.gross == 100


@pytest.mark.parametrize(("asked", "came"), [(120, 70), (60, 75)])
def test_money_that_a_manager_denied_is_listed_as_asked(shop: Shop, asked: int, came: int) -> None:
    other = shop.takes_short(asked, came)
    permission = shop.permission(Action.SETTLE)
    shop.ask(lambda services: services.reviews.close(other.order_no, "it went back", permission))
    shop.enters("past")
    shop.until(lambda: shop.column("pastPayments", STATE) == ["Cancelled"])
    assert shop.column("pastPayments", AMOUNT) == [f"NT${asked}"]


# -- what a person may not see ------------------------------------------------------------------------------------


def test_hidden_totals_are_no_zeros(shop: Shop) -> None:
    shop.takes(100)
    shop.signs_in(CASHIER)
    shop.counter.key(Qt.Key.Key_F10, Qt.KeyboardModifier.ShiftModifier)
    shop.until(lambda: shop.counter.find("approval").isVisible())
    shop.counter.press("approvalCancel")
    assert not shop.counter.find("totalsRounding").isVisible()  # the shop's currency is not rounded
    for name in ("Net", "Gross", "Refunds", "Sales", "Average", "Fees", "Issued", "Owed", "Void", "Allowance", "Tax"):
        assert shop.counter.text(f"totals{name}Value") == "–", name
        assert "not shown" in shop.counter.button(f"totals{name}").accessibleName(), name
    shop.says("totalsEmpty", "may not see these totals")


def test_a_difference_that_is_not_visible_is_named_so(shop: Shop) -> None:
    shop.opens_a_shift()
    permission = shop.permission(Action.SHIFT)
    shop.run(invoke(shop.services.shifts.close, Money(990, "TWD"), {}, "short", permission))
    for name, words in ((OWNER, "Short NT$10"), (CASHIER, "Not visible to you")):
        shop.signs_in(name)
        shop.enters("shift")
        shop.until(lambda words=words: shop.column("shiftLast", 3) == [words])  # type: ignore[misc]  # binds the value of this turn


def test_who_sees_only_their_own_payments_is_not_told_that_every_e_invoice_is_issued(shop: Shop) -> None:
    for name, words in ((OWNER, "Every e-invoice is issued."), (CASHIER, "the payments you can see")):
        shop.signs_in(name)
        shop.enters("owed")
        shop.says("owedEmpty", words)


def test_the_count_of_e_invoices_is_that_of_the_list_after_another_person_signs_in(shop: Shop) -> None:
    button = shop.counter.button("owedSwitch")
    sale = Sale(Money(125, "TWD"))
    waits = shop.run(
        shop.services.payments.take(
            shop.counter.actor, sale, Tender.MYPAY, payment_id="wished", invoice_request=invoice_request(Kind.PAPER)
        )
    )
    shop.counter.shop.pay(waits)
    paid = shop.run(shop.services.payments.check_now(shop.counter.actor, waits.order_no))
    shop.until(lambda: shop.run(invoke(shop.services.invoicing.find, shop.counter.actor, paid.order_no)).number != "")
    shop.refunds(paid, 125)  # by hand: its e-invoice is to be corrected
    shop.until(lambda: button.isVisible() and button.text() == "1 to do")
    shop.signs_in(CASHIER)
    shop.until(lambda: not button.isVisible())
    shop.enters("owed")
    shop.says("owedEmpty", "the payments you can see")
    shop.signs_in(OWNER)
    shop.until(button.isVisible)
