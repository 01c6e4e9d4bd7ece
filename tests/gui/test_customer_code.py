"""The customer's code at the window: scanned with an amount it is charged at once, without one it waits a moment."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject, Qt

from pos.domain.money import Money
from pos.domain.payment import Tender
from pos.domain.states import State
from pos.gui.sale.customer_code import KEPT_SECONDS
from pos.simulator.scenarios import CodeFate
from tests.gui.conftest import Counter, OpenCounter
from tests.gui.scanner import ENTER, TAB, pause, scan

ALIPAY, WECHAT, UNIONPAY = "283854702356157409", "134567890123456789", "6212345678901234567"


@pytest.fixture
def hongkong(open_counter: OpenCounter) -> Iterator[Counter]:
    counter = open_counter("HKD")
    yield counter
    shown = [one.text() for one in counter.window.findChildren(QObject) if hasattr(one, "text") and callable(one.text)]
    assert not [text for text in shown if ALIPAY in text or WECHAT in text or UNIONPAY in text]


def at_phones(counter: Counter, fate: CodeFate) -> None:
    """Decide what the codes meet at the gateway."""
    counter.shop._simulator.scenarios.code_fate = fate


def present(counter: Counter, code: str, end: str = ENTER) -> None:
    """Scan a code, and wait until it is read."""
    scan(counter.window.sell, code + end, 5)
    counter.qtbot.waitUntil(lambda: not counter.window.sell.codes._end.isActive())
    counter.settle()
    pause(counter.qtbot)


@pytest.mark.parametrize("end", [ENTER, TAB, ""])
def test_a_scan_with_an_amount_is_charged_at_once(hongkong: Counter, end: str) -> None:
    hongkong.type("12.50")
    pause(hongkong.qtbot)
    present(hongkong, ALIPAY, end)
    attempt = hongkong.wait_for(State.CAPTURED)
    assert (attempt.amount, attempt.tender, attempt.code_type) == (Money(1250, "HKD"), Tender.ALIPAY, "800108")
    assert hongkong.text("amountDisplay") == "0"


def test_the_same_code_read_twice_is_one_charge(hongkong: Counter) -> None:
    hongkong.type("12.50")
    pause(hongkong.qtbot)
    present(hongkong, ALIPAY)
    present(hongkong, ALIPAY)
    assert "already" in hongkong.text("messageLine")
    hongkong.wait_for(State.CAPTURED)
    hongkong.type("20")
    pause(hongkong.qtbot)
    present(hongkong, ALIPAY)
    assert "charged already" in hongkong.text("messageLine")
    assert hongkong.text("amountDisplay") == "20"
    assert len(hongkong.attempts()) == 1


def test_a_customer_who_confirms_on_the_phone_is_waited_for(hongkong: Counter) -> None:
    at_phones(hongkong, CodeFate.CONFIRM)
    hongkong.type("12.50")
    pause(hongkong.qtbot)
    present(hongkong, WECHAT)
    attempt = hongkong.wait_for(State.PENDING)
    assert "confirm" in hongkong.text("paymentWords")
    assert not hongkong.window.sell.panels.payment.qr.isVisible()
    hongkong.shop.pay(attempt)
    hongkong.key(Qt.Key.Key_F6)
    assert hongkong.wait_for(State.CAPTURED).tender is Tender.WECHAT


def test_a_code_that_is_refused_says_why_and_a_new_one_may_be_scanned(hongkong: Counter) -> None:
    at_phones(hongkong, CodeFate.EXPIRED)
    hongkong.type("12.50")
    pause(hongkong.qtbot)
    present(hongkong, ALIPAY)
    first = hongkong.wait_for(State.DECLINED)
    assert "expired" in hongkong.text("paymentSaid")
    at_phones(hongkong, CodeFate.PAID)
    hongkong.press("takeAnew")
    assert hongkong.text("amountDisplay") == "12.50"
    present(hongkong, WECHAT)
    assert hongkong.wait_for(State.CAPTURED).payment_id == first.payment_id


def test_a_code_without_an_amount_waits_for_it_and_its_wallets_key(hongkong: Counter) -> None:
    present(hongkong, ALIPAY)
    assert "28…7409" in hongkong.text("messageLine")
    hongkong.type("12.50")
    assert "28…7409" in hongkong.text("messageLine")
    assert hongkong.attempts() == []
    hongkong.key(Qt.Key.Key_F2)
    assert hongkong.wait_for(State.CAPTURED).code_type == "800108"
    assert "28…7409" not in hongkong.text("messageLine")


def test_a_kept_code_is_forgotten_after_its_time(hongkong: Counter) -> None:
    present(hongkong, ALIPAY)
    codes = hongkong.window.sell.codes
    assert 0 < codes._expiry.remainingTime() <= KEPT_SECONDS * 1000
    codes._expiry.start(1)
    hongkong.qtbot.waitUntil(lambda: "forgotten" in hongkong.text("messageLine"))
    hongkong.type("12.50")
    hongkong.key(Qt.Key.Key_F2)
    assert hongkong.wait_for(State.PENDING).code_type == ""


@pytest.mark.parametrize("way", ["escape", "cash", "sign out"])
def test_a_kept_code_is_forgotten_with_the_customer(hongkong: Counter, way: str) -> None:
    present(hongkong, ALIPAY)
    if way == "escape":
        hongkong.key(Qt.Key.Key_Escape)
    elif way == "cash":
        hongkong.type("10")
        hongkong.key(Qt.Key.Key_F5)
    else:
        hongkong.window._on_person("")
    assert hongkong.window.sell.codes.saying == ("", "")
    assert "28…7409" not in hongkong.text("messageLine")


def test_the_key_of_another_wallet_charges_nothing_and_keeps_the_amount(hongkong: Counter) -> None:
    present(hongkong, ALIPAY)
    hongkong.type("12.50")
    hongkong.key(Qt.Key.Key_F1)
    hongkong.settle()
    assert "Alipay" in hongkong.text("messageLine")
    assert hongkong.text("amountDisplay") == "12.50"
    assert hongkong.attempts() == []
    hongkong.key(Qt.Key.Key_F2)
    assert hongkong.wait_for(State.CAPTURED).tender is Tender.ALIPAY


def test_a_code_of_an_unknown_wallet_asks_for_the_key(hongkong: Counter) -> None:
    hongkong.type("12.50")
    pause(hongkong.qtbot)
    present(hongkong, UNIONPAY)
    assert "wallet of this code is not known" in hongkong.text("messageLine")
    assert hongkong.text("amountDisplay") == "12.50"
    assert hongkong.attempts() == []
    hongkong.key(Qt.Key.Key_F2)  # the gateway knows that it is not one of Alipay
    assert hongkong.wait_for(State.DECLINED).tender is Tender.ALIPAY


def test_a_code_that_was_not_sent_is_scanned_again(hongkong: Counter) -> None:
    hongkong.shop._gateways.submit(hongkong.shop._served.stop()).result(timeout=10)
    hongkong.type("12.50")
    pause(hongkong.qtbot)
    present(hongkong, ALIPAY)
    hongkong.wait_for(State.CREATED)
    assert "Scan" in hongkong.text("paymentWords")
    assert not hongkong.button("sendAgain").isVisible()
    present(hongkong, ALIPAY)
    [attempt] = hongkong.attempts()
    assert attempt.state is State.CREATED
    sent = [row.kind for row in hongkong.history(attempt.order_no)].count("send")
    assert sent == 2


def test_a_scan_while_cash_is_taken_charges_nothing(hongkong: Counter) -> None:
    hongkong.type("80")
    hongkong.key(Qt.Key.Key_F5)
    present(hongkong, ALIPAY)
    assert "not an amount" in hongkong.text("messageLine")
    assert hongkong.attempts() == []


def test_a_shop_whose_gateways_take_no_codes_says_that_a_code_is_no_amount(counter: Counter) -> None:
    counter.type("125")
    pause(counter.qtbot)
    present(counter, WECHAT)
    assert "not an amount" in counter.text("messageLine")
    assert counter.text("amountDisplay") == "125"
    assert counter.attempts() == []
