"""A payment that ended without money may still be asked about, and is checked before a second charge."""

from __future__ import annotations

import urllib.request

import pytest
from PySide6.QtCore import Qt

from pos.domain.payment import Attempt
from pos.domain.states import Event, State
from tests.gui.conftest import Counter
from tests.support.inside import attempt_engine

ENDS = [(Event.REFUSED, State.DECLINED), (Event.LAPSED, State.EXPIRED)]


def ended(counter: Counter, amount: str, event: Event, state: State) -> Attempt:
    """A payment of ``amount`` that ended without money."""
    counter.type(amount)
    counter.key(Qt.Key.Key_F4)
    attempt = counter.wait_for(State.PENDING)
    at_the_gateway(counter, attempt, "fail" if event is Event.REFUSED else "expire")

    async def end() -> None:
        attempt_engine(counter.engine.host.services).step(attempt, event)

    counter.engine.io.submit(end()).result(5)
    return counter.wait_for(state)


def at_the_gateway(counter: Counter, attempt: Attempt, action: str) -> None:
    """Let the simulator's control page do something to an order."""
    control = counter.till.shop.phone_url.replace("/phone", "/control")
    url = f"{control}/orders/{attempt.gateway}/{attempt.order_no}/{action}"
    with urllib.request.urlopen(urllib.request.Request(url, b"{}"), timeout=10) as answer:
        assert answer.status == 200


@pytest.mark.parametrize(("event", "state"), ENDS)
def test_money_that_comes_after_the_end_is_found_with_f6(counter: Counter, event: Event, state: State) -> None:
    attempt = ended(counter, "410", event, state)
    assert "Check now before you charge again" in counter.text("paymentExpiry")
    counter.key(Qt.Key.Key_F6)
    counter.qtbot.waitUntil(lambda: "no money has come" in counter.text("paymentExpiry"), timeout=15000)
    at_the_gateway(counter, attempt, "pay_late")
    counter.key(Qt.Key.Key_F6)
    counter.wait_for(State.REVIEW)
    assert counter.text("paymentState") == "Needs a manager"


def test_a_gateway_that_does_not_answer_is_no_proof_that_no_money_came(counter: Counter) -> None:
    ended(counter, "95", Event.REFUSED, State.DECLINED)
    counter.shop.spoil("http_502", "query", 1000)
    counter.press("checkNow")
    counter.qtbot.waitUntil(lambda: "did not answer" in counter.text("paymentExpiry"), timeout=15000)


def test_an_ended_payment_is_checked_from_past_payments(counter: Counter) -> None:
    attempt = ended(counter, "77", Event.LAPSED, State.EXPIRED)
    counter.key(Qt.Key.Key_F7)
    counter.qtbot.waitUntil(lambda: counter.button("pastCheckNow").isEnabled(), timeout=15000)
    at_the_gateway(counter, attempt, "pay_late")
    counter.key(Qt.Key.Key_F6)
    counter.wait_for(State.REVIEW)


def test_cash_is_never_asked_about(counter: Counter) -> None:
    counter.type("20")
    counter.key(Qt.Key.Key_F5)
    counter.key(Qt.Key.Key_F5)
    counter.wait_for(State.CAPTURED)
    counter.key(Qt.Key.Key_F7)
    counter.qtbot.waitUntil(lambda: counter.text("pastState") == "Paid", timeout=15000)
    assert not counter.button("pastCheckNow").isEnabled()


def test_a_second_charge_of_an_expired_amount_is_warned_about_once(counter: Counter) -> None:
    ended(counter, "640", Event.LAPSED, State.EXPIRED)
    counter.key(Qt.Key.Key_Escape)
    counter.type("640")
    counter.key(Qt.Key.Key_F4)
    counter.qtbot.waitUntil(lambda: "expired unpaid. Check it first" in counter.text("messageLine"), timeout=15000)
    assert counter.text("paymentAmount") == "NT$640"
    assert len(counter.attempts()) == 1
    counter.press_again(Qt.Key.Key_F4, 2)
    counter.wait_for(State.PENDING)
    assert len(counter.attempts()) == 2
