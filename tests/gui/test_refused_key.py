"""A gateway that refuses this shop's key is no decline of the customer's payment."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from pos.domain.payment import Attempt
from pos.domain.states import Event, State
from tests.gui.conftest import Counter


def refuse(counter: Counter, amount: str, blame: str) -> Attempt:
    """Charge ``amount`` through MyPay, whose answer is then the refusal of a request or of a key."""
    counter.type(amount)
    counter.key(Qt.Key.Key_F4)
    attempt = counter.wait_for(State.PENDING)

    async def end() -> None:
        payments = await counter.engine.desk._ready()
        payments.attempts.step(attempt, Event.REFUSED, details={"rejected": blame})

    counter.engine.io.submit(end()).result(5)
    return counter.wait_for(State.DECLINED)


def under(counter: Counter, tile: str) -> str:
    return counter.button(tile).accessibleDescription()


def test_a_refused_key_is_named_marked_and_unmarked_after_an_accepted_order(counter: Counter) -> None:
    refuse(counter, "125", "credentials")
    assert counter.text("paymentState") == "The gateway refuses this shop's key"
    assert "pos key set" in counter.text("paymentWords")
    assert under(counter, "tenderMypay") == "refuses this shop's key"
    assert under(counter, "tenderCash") != "refuses this shop's key"
    counter.key(Qt.Key.Key_F7)
    counter.qtbot.waitUntil(lambda: counter.text("pastState") == "The gateway refuses this shop's key", timeout=15000)
    counter.key(Qt.Key.Key_Escape)
    counter.key(Qt.Key.Key_Escape)
    counter.type("30")
    counter.key(Qt.Key.Key_F4)
    counter.wait_for(State.PENDING)
    assert under(counter, "tenderMypay") != "refuses this shop's key"


@pytest.mark.parametrize("blame", ["request", ""])
def test_any_other_refusal_is_not_the_keys_fault(counter: Counter, blame: str) -> None:
    refuse(counter, "88", blame)
    assert counter.text("paymentState") == "Not paid"
    assert under(counter, "tenderMypay") != "refuses this shop's key"
