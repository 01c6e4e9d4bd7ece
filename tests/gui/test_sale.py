"""A cashier takes payments: digits and one key."""

from __future__ import annotations

from io import BytesIO

import pytest
import zxingcpp
from PIL import Image
from PySide6.QtCore import QBuffer, QEvent, QObject, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QApplication, QLabel, QListWidget, QWidget
from pytestqt.qtbot import QtBot

from pos.domain.events import DrawerFailed
from pos.domain.money import Money
from pos.domain.staff import Role
from pos.domain.states import State
from pos.gui.app import build_window
from pos.gui.sale.qr import SMALLEST
from pos.i18n import msg
from pos.runtime import invoke
from tests.gui.conftest import Counter, OpenCounter
from tests.gui.scanner import pause, type_keys


def shown_code(counter: Counter) -> str:
    """What a phone reads off the window."""
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    counter.find("paymentQr").grab().save(buffer, "PNG")
    found = zxingcpp.read_barcodes(Image.open(BytesIO(buffer.data().data())))
    return found[0].text if found else ""


def test_digits_and_one_key_show_a_code_that_a_phone_can_read(counter: Counter) -> None:
    counter.type("125")
    assert counter.text("amountDisplay") == "125"
    counter.key(Qt.Key.Key_F4)
    attempt = counter.wait_for(State.PENDING)
    assert attempt.amount == Money(125, "TWD")
    counter.qtbot.waitUntil(lambda: shown_code(counter) == attempt.pay_url, timeout=15000)
    code = counter.find("paymentQr")
    assert min(code.width(), code.height()) >= SMALLEST
    assert counter.text("paymentState") == "Waiting for the customer"


def test_paid_is_a_full_panel_and_the_next_digit_starts_the_next_sale(counter: Counter) -> None:
    counter.type("80")
    counter.press("tenderMypay")
    counter.shop.pay(counter.wait_for(State.PENDING))
    counter.wait_for(State.CAPTURED)
    assert counter.find("paidPanel").isVisible()
    assert counter.text("paidAmount") == "NT$80"
    counter.type("7")
    assert counter.text("amountDisplay") == "7"
    assert not counter.find("paidPanel").isVisible()


def test_an_atm_account_is_shown_in_groups_and_copied_whole(counter: Counter) -> None:
    counter.type("1280")
    counter.key(Qt.Key.Key_F3)
    attempt = counter.wait_for(State.PENDING)
    assert attempt.virtual_account is not None
    assert counter.text("virtualAccount") == attempt.virtual_account.grouped
    counter.press("copyAccount")
    assert QGuiApplication.clipboard().text() == attempt.virtual_account.account
    assert "left" in counter.text("paymentExpiry")


def test_a_double_click_is_one_payment(counter: Counter) -> None:
    counter.type("125")
    tile = counter.button("tenderMypay")
    counter.qtbot.mouseClick(tile, Qt.MouseButton.LeftButton)
    counter.qtbot.mouseDClick(tile, Qt.MouseButton.LeftButton)  # without what comes before and after it
    counter.qtbot.mouseRelease(tile, Qt.MouseButton.LeftButton)
    counter.qtbot.mouseClick(tile, Qt.MouseButton.LeftButton)
    counter.wait_for(State.PENDING)
    counter.settle()
    assert len(counter.attempts()) == 1


def test_two_tenders_at_once_are_one_payment(counter: Counter) -> None:
    counter.type("125")
    counter.key(Qt.Key.Key_F4)
    counter.key(Qt.Key.Key_F3)
    counter.wait_for(State.PENDING)
    counter.settle()
    assert [one.tender.value for one in counter.attempts()] == ["mypay"]


def test_a_held_key_is_one_payment(counter: Counter) -> None:
    counter.type("125")
    tile = counter.button("tenderMypay")
    tile.setFocus()
    for repeated in (False, True, True, True):
        event = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier, "\r", repeated)
        QApplication.sendEvent(tile, event)
    counter.wait_for(State.PENDING)
    counter.settle()
    assert len(counter.attempts()) == 1


def test_a_tender_that_cannot_be_used_says_why(open_counter: OpenCounter) -> None:
    counter = open_counter("HKD")
    counter.type("12.50")
    assert counter.text("amountDisplay") == "12.50"
    counter.key(Qt.Key.Key_F3)
    assert counter.text("messageLine") == "WanPay does not take HKD."
    assert counter.button("tenderAtm").accessibleDescription() == "WanPay does not take HKD."
    assert counter.attempts() == []
    assert counter.text("amountDisplay") == "12.50"
    counter.key(Qt.Key.Key_F2)
    assert counter.wait_for(State.PENDING).amount == Money(1250, "HKD")


@pytest.mark.parametrize("text", ["-5", "1e9", "１２x", "12.345", "1234567890123", "", "https://x", "0"])
def test_what_is_no_amount_is_not_pasted(counter: Counter, text: str) -> None:
    counter.type("9")
    QGuiApplication.clipboard().setText(text)
    counter.qtbot.keyClick(counter.window.sell, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert counter.text("amountDisplay") == "9"
    assert counter.text("messageLine")


def test_an_amount_may_be_pasted_typed_on_the_pad_and_taken_back(counter: Counter) -> None:
    QGuiApplication.clipboard().setText(" 125 ")
    counter.qtbot.keyClick(counter.window.sell, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert counter.text("amountDisplay") == "125"
    counter.press("keyBackspace")
    counter.press("key00")
    counter.press("key7")
    assert counter.text("amountDisplay") == "12,007"
    counter.press("keyClear")
    assert counter.text("amountDisplay") == "0"
    assert not counter.button("keyPoint").isEnabled()
    type_keys(counter.window.sell, "0" * 3 + "1" * 13, [150] * 16)
    assert counter.text("amountDisplay") == "111,111,111,111"
    assert counter.text("messageLine") == "No more digits can be entered."


def test_a_key_without_an_amount_takes_nothing(counter: Counter) -> None:
    counter.key(Qt.Key.Key_F4)
    assert counter.text("messageLine") == "Type the amount first."
    assert counter.attempts() == []


def test_cash_with_change(counter: Counter) -> None:
    counter.type("125")
    counter.key(Qt.Key.Key_F5)
    assert counter.text("cashDue") == "NT$125"
    counter.type("200")
    assert counter.text("cashChange") == "NT$75"
    counter.qtbot.keyClick(counter.window.sell, Qt.Key.Key_Return)
    counter.qtbot.keyClick(counter.window.sell, Qt.Key.Key_Return)
    attempt = counter.wait_for(State.CAPTURED)
    assert attempt.change == Money(75, "TWD")
    assert counter.text("paidChange") == "Change NT$75"
    assert len(counter.attempts()) == 1


def test_cash_in_hong_kong_is_rounded_where_everybody_sees_it(open_counter: OpenCounter) -> None:
    counter = open_counter("HKD")
    counter.type("12.34")
    counter.key(Qt.Key.Key_F5)
    assert (counter.text("cashDue"), counter.text("cashRounding")) == ("HK$12.30", "HK$12.34, rounding -HK$0.04")
    assert counter.button("cashQuick0").text() == "Exact HK$12.30"
    counter.type("20.05")
    assert "no coins make up HK$20.05" in counter.text("cashRounding")
    assert not counter.button("cashDone").isEnabled()
    counter.key(Qt.Key.Key_F5)
    assert counter.attempts() == []
    counter.qtbot.keyClick(counter.window.sell, Qt.Key.Key_Backspace)
    assert counter.text("cashChange") == "HK$7.70"
    counter.press("cashDone")
    attempt = counter.wait_for(State.CAPTURED)
    assert (attempt.amount, attempt.cash_due) == (Money(1234, "HKD"), Money(1230, "HKD"))
    assert counter.text("paidChange") == "Change HK$7.70"


def test_a_drawer_that_stays_shut_is_said_beside_the_change_until_the_next_sale(counter: Counter) -> None:
    counter.type("125")
    counter.key(Qt.Key.Key_F5)
    counter.type("200")
    counter.press("cashDone")
    first = counter.wait_for(State.CAPTURED)
    assert not counter.find("paidDrawer").isVisible()
    counter.window.bridge.fact.emit(DrawerFailed(first.order_no, msg("The printer does not answer.")))
    assert counter.text("paidChange") == "Change NT$75"
    assert counter.text("paidDrawer").startswith("The drawer did not open: open it with its key. The printer")
    assert counter.find("paidDrawer").isVisible()
    pause(counter.qtbot)  # 125, 200 and 60 without one are a barcode
    counter.type("60")
    counter.key(Qt.Key.Key_F5)
    counter.press("cashQuick0")
    counter.wait_for(State.CAPTURED, 2)
    counter.window.bridge.fact.emit(DrawerFailed(first.order_no, msg("Late."), "R1"))
    assert counter.text("paidDrawer") == "", "it was the sale before"


def test_too_little_cash_is_not_taken(counter: Counter) -> None:
    counter.type("125")
    counter.press("tenderCash")
    counter.type("100")
    assert not counter.button("cashDone").isEnabled()
    counter.key(Qt.Key.Key_F5)
    assert counter.attempts() == []
    counter.key(Qt.Key.Key_Escape)
    counter.key(Qt.Key.Key_Escape)
    assert counter.text("amountDisplay") == "125"
    counter.press("tenderCash")
    counter.press("cashQuick0")
    assert counter.wait_for(State.CAPTURED).change == Money(0, "TWD")


def test_a_cancelled_code_is_gone_from_the_screen(counter: Counter) -> None:
    counter.type("125")
    counter.key(Qt.Key.Key_F4)
    attempt = counter.wait_for(State.PENDING)
    counter.qtbot.waitUntil(lambda: shown_code(counter) == attempt.pay_url, timeout=15000)
    counter.press("cancelPayment")
    counter.wait_for(State.VOIDING)
    assert not counter.find("paymentQr").isVisible()
    assert counter.text("paymentState") == "Cancelled, still monitored"
    assert not counter.button("cancelPayment").isEnabled()
    counter.shop.pay(attempt)
    counter.press("checkNow")
    counter.wait_for(State.REVIEW)
    assert counter.text("paymentState") == "Needs a manager"
    assert "Money arrived after" in counter.text("paymentSaid")


def test_doubt_says_do_not_charge_again_and_the_fence_stops_once(counter: Counter) -> None:
    counter.shop.spoil("lost_answer", "charge", 1)
    counter.shop.spoil("http_500", "query", 1000)
    counter.type("350")
    counter.key(Qt.Key.Key_F3)
    counter.wait_for(State.UNKNOWN)
    assert counter.text("paymentWords").startswith("Do not charge again.")
    assert not counter.find("paymentQr").isVisible()
    counter.key(Qt.Key.Key_Escape)
    counter.type("350")
    counter.key(Qt.Key.Key_F4)
    counter.qtbot.waitUntil(lambda: "still unknown" in counter.text("messageLine"), timeout=15000)
    counter.key(Qt.Key.Key_F4)  # a double press read nothing of the warning
    counter.settle()
    assert len(counter.attempts()) == 1
    assert counter.text("amountDisplay") == "350"
    counter.press_again(Qt.Key.Key_F4, 2)
    counter.wait_for(State.PENDING)
    assert len(counter.attempts()) == 2


def warn_of_a_twin(counter: Counter) -> None:
    """NT$350 is typed once more while the outcome of a payment of the same amount is unknown."""
    counter.shop.spoil("lost_answer", "charge", 1)
    counter.shop.spoil("http_500", "query", 1000)
    counter.type("350")
    counter.key(Qt.Key.Key_F3)
    counter.wait_for(State.UNKNOWN)
    counter.key(Qt.Key.Key_Escape)
    counter.type("350")
    wait_warned(counter)


def wait_warned(counter: Counter) -> None:
    """The key charges nothing; the cashier is warned first."""
    counter.key(Qt.Key.Key_F4)
    counter.qtbot.waitUntil(lambda: "still unknown" in counter.text("messageLine"), timeout=15000)


@pytest.mark.parametrize("again", [(Qt.Key.Key_Delete, "350"), (*3 * (Qt.Key.Key_Backspace,), "350")], ids=len)
def test_an_amount_that_is_typed_again_is_warned_of_again(counter: Counter, again: tuple[Qt.Key | str, ...]) -> None:
    warn_of_a_twin(counter)
    *keys, amount = again
    for key in keys:
        assert isinstance(key, Qt.Key)
        counter.qtbot.keyClick(counter.window.sell, key)
    assert counter.text("amountDisplay") == "0"
    counter.type(str(amount))
    wait_warned(counter)
    assert len(counter.attempts()) == 1


def test_another_user_is_warned_of_the_amount_again(counter: Counter) -> None:
    warn_of_a_twin(counter)
    staff = counter.engine.host.services.staff
    people = counter.engine.io.submit(invoke(staff.people)).result(5)
    cashier = next(one for one in people if one.role is Role.CASHIER)
    counter.engine.io.submit(invoke(staff.sign_in_without_pin, cashier.id)).result(5)
    counter.qtbot.waitUntil(lambda: counter.button("personSwitch").text() == cashier.name, timeout=15000)
    assert counter.text("amountDisplay") == "350"
    wait_warned(counter)
    assert counter.attempts() == [], "those of this cashier"


def test_an_unsent_payment_is_sent_again_with_one_key(counter: Counter) -> None:
    counter.stop_gateways()  # the gateways are gone
    counter.type("125")
    counter.key(Qt.Key.Key_F4)
    counter.wait_for(State.CREATED)
    assert counter.text("paymentState") == "Not sent"
    assert counter.button("sendAgain").isVisible()
    assert "Nothing was sent" in counter.text("paymentWords")
    counter.press("cancelPayment")
    counter.wait_for(State.VOIDED)


def test_many_payments_wait_at_once_and_none_holds_up_the_next(counter: Counter) -> None:
    for amount in ("11", "22", "33"):
        counter.type(amount)
        counter.key(Qt.Key.Key_F4)
        counter.wait_for(State.PENDING, int(amount) // 11)
        counter.press("newSale")
    tiles = counter.find("waitingList")
    assert isinstance(tiles, QListWidget)
    assert [tiles.item(row).text().split("\n")[0] for row in range(3)] == ["NT$33", "NT$22", "NT$11"]
    oldest = next(one for one in counter.attempts() if one.amount.minor == 11)
    tiles.itemClicked.emit(tiles.item(2))
    counter.qtbot.waitUntil(lambda: shown_code(counter) == oldest.pay_url, timeout=15000)
    counter.shop.pay(oldest)
    counter.wait_for(State.CAPTURED)
    assert tiles.count() == 2
    assert counter.text("paidAmount") == "NT$11"


def test_as_many_tiles_stand_in_a_row_as_have_room(counter: Counter) -> None:
    for amount in range(11, 16):
        counter.type(str(amount))
        counter.key(Qt.Key.Key_F4)
    counter.wait_for(State.PENDING, 5)
    tiles = counter.find("waitingList")
    assert isinstance(tiles, QListWidget)
    counter.qtbot.waitUntil(lambda: tiles.count() == 5, timeout=15000)
    places = [tiles.visualItemRect(tiles.item(place)) for place in range(5)]
    assert len({place.top() for place in places[:4]}) == 1
    assert places[4].top() > places[3].top()
    assert all(tiles.viewport().rect().contains(place) for place in places)


class Browser(QObject):
    """Whatever the desktop would open."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    @Slot(QUrl)
    def open(self, url: QUrl) -> None:
        self.opened.append(url.toString())


def test_in_training_a_touch_on_the_code_opens_what_the_phone_would(counter: Counter) -> None:
    browser = Browser()
    QDesktopServices.setUrlHandler("http", browser, "open")  # type: ignore[arg-type]  # takes text, against its stub
    counter.type("125")
    counter.key(Qt.Key.Key_F1)
    attempt = counter.wait_for(State.PENDING)
    counter.qtbot.waitUntil(lambda: shown_code(counter) == attempt.pay_url, timeout=15000)
    assert "tap the QR code to simulate payment" in counter.text("paymentExpiry")
    counter.qtbot.mouseClick(counter.find("paymentQr"), Qt.MouseButton.LeftButton)
    QDesktopServices.unsetUrlHandler("http")
    assert browser.opened == [attempt.pay_url]


def test_the_window_answers_keys_while_a_gateway_hangs(counter: Counter) -> None:
    counter.shop.spoil("hang", "charge", 1)
    counter.type("125")
    counter.key(Qt.Key.Key_F4)
    counter.wait_for(State.SENT)
    counter.type("3141592653")
    assert counter.text("amountDisplay") == "3,141,592,653"
    assert [one.state for one in counter.attempts()] == [State.SENT], "shown before the gateway answered"
    counter.key(Qt.Key.Key_F3)
    counter.shop.pay(counter.wait_for(State.PENDING))
    counter.wait_for(State.CAPTURED)


def test_the_digits_before_and_after_a_tender_key_are_no_barcode(counter: Counter) -> None:
    """Together they are a valid EAN-8."""
    counter.type("96385")
    counter.key(Qt.Key.Key_F4)
    counter.type("074")
    assert counter.text("amountDisplay") == "74"
    counter.wait_for(State.PENDING)


def test_nothing_on_the_sell_page_ever_moves(counter: Counter) -> None:
    names = ["amountDisplay", "key7", "key0", "keyPoint", "tenderWechat", "tenderCash", "paymentPanel", "waitingList"]

    def places() -> list[object]:
        return [counter.find(name).mapTo(counter.window, counter.find(name).rect().center()) for name in names[1:]]

    before = places()
    counter.type("125")
    assert places() == before
    counter.key(Qt.Key.Key_F4)
    attempt = counter.wait_for(State.PENDING)
    assert places() == before
    counter.shop.pay(attempt)
    counter.wait_for(State.CAPTURED)
    assert places() == before
    counter.window.show_message("A long sentence. " * 20, "bad")
    counter.settle()
    assert places() == before


def test_all_keys_fit_beneath_the_banner_of_training_in_the_smallest_window(counter: Counter) -> None:
    counter.window.resize(counter.window.minimumSize())
    counter.settle()
    assert counter.find("trainingBanner").isVisible()
    assert counter.window.sell.minimumSizeHint().height() <= counter.window.sell.height()


def test_nothing_moves_when_what_a_digit_does_not_need_is_built(counter: Counter, qtbot: QtBot) -> None:
    window = build_window(counter.till)
    qtbot.addWidget(window)
    window.resize(1024, 768)
    window.show()
    qtbot.keyClicks(window.sell, "7")
    here = [part for part in window.findChildren(QWidget) if part.isVisible() and part.objectName()]
    assert {"amountDisplay", "key7", "tenderWechat", "keysSwitch", "headerClock"} <= {
        part.objectName() for part in here
    }

    def places() -> list[object]:
        return [part.rect().translated(part.mapTo(window, part.rect().topLeft())) for part in here]

    before = places()
    window.sell.build_deferred()
    window.header.build_deferred()
    QApplication.processEvents()
    assert places() == before
    display = window.findChild(QLabel, "amountDisplay")
    assert display is not None
    assert display.text() == "7"
    window.close()


def test_touch_targets_are_large_enough(counter: Counter) -> None:
    for digit in "0123456789":
        key = counter.find(f"key{digit}")
        assert min(key.width(), key.height()) >= 68
    for name in ("tenderWechat", "tenderAlipay", "tenderAtm", "tenderMypay", "tenderCash"):
        tile = counter.find(name)
        assert tile.height() >= 76
        assert tile.width() >= 113
    for name in ("checkNow", "cancelPayment", "newSale"):
        assert counter.find(name).minimumHeight() >= 44


def test_every_key_has_a_name_for_a_screen_reader(counter: Counter) -> None:
    unnamed = [
        widget.objectName()
        for widget in counter.window.findChildren(QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.objectName() and not widget.accessibleName()
    ]
    assert [name for name in unnamed if name not in ("page", "paymentWords", "virtualAccount")] == []
