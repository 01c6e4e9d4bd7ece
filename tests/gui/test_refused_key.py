"""A gateway that refuses this shop's key is no decline of the customer's payment."""

from __future__ import annotations

from typing import Final

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTableWidget

from pos.domain.states import State
from pos.gateways import TITLES
from pos.gateways.base import Gateway
from pos.simulator.scenarios import Fault
from tests.gui.conftest import Counter, OpenCounter
from tests.support.inside import gateway_of

SENTENCE: Final = "The gateway refuses this shop's key"
MARK: Final = "refuses this shop's key"
KEYS: Final = {"opay": "hash_key", "wanpay": "key", "qfpay": "client_key", "mypay": "store_key"}
TILES: Final = {
    "opay": (Qt.Key.Key_F1, "tenderWechat"),
    "qfpay": (Qt.Key.Key_F2, "tenderAlipay"),
    "wanpay": (Qt.Key.Key_F3, "tenderAtm"),
    "mypay": (Qt.Key.Key_F4, "tenderMypay"),
}


def spoil(counter: Counter, gateway: str) -> None:
    """The gateway gives the shop another key, which the shop has not stored."""
    credentials = counter.shop._simulator.dialects[gateway].credentials
    credentials[KEYS[gateway]] = "x" * len(credentials[KEYS[gateway]])


def mend(counter: Counter, gateway: str) -> None:
    dialect = counter.shop._simulator.dialects[gateway]
    dialect.credentials.update(dialect.CREDENTIALS)


def client(counter: Counter, gateway: str) -> Gateway:
    async def found() -> Gateway:
        return gateway_of(counter.engine.host.services, gateway)

    return counter.engine.io.submit(found()).result(5)


def charge(counter: Counter, gateway: str, amount: str) -> None:
    counter.type(amount)
    counter.key(TILES[gateway][0])


def marked(counter: Counter, gateway: str) -> bool:
    return counter.button(TILES[gateway][1]).accessibleDescription() == MARK


def becomes(counter: Counter, gateway: str, *, refused: bool) -> None:
    """Wait until the tile and the header say whether the gateway refuses the key."""
    title = client(counter, gateway).FACTS.title
    counter.qtbot.waitUntil(lambda: marked(counter, gateway) is refused, timeout=8000)
    assert (f"{title} refuses this shop's key" in counter.text("connectionState")) is refused


@pytest.mark.parametrize("gateway", ["wanpay", "qfpay", "mypay"])
def test_a_refused_key_is_named_marked_and_unmarked_by_the_next_good_answer(
    open_counter: OpenCounter, gateway: str
) -> None:
    counter = open_counter("HKD" if gateway == "qfpay" else "TWD")
    spoil(counter, gateway)
    charge(counter, gateway, "125")
    counter.qtbot.waitUntil(lambda: counter.text("paymentState") == SENTENCE, timeout=8000)
    assert counter.text("paymentWords") == "Not the customer's fault. Use another way to pay."
    assert "pos doctor" in counter.text("paymentSaid")
    becomes(counter, gateway, refused=True)
    assert counter.button("tenderCash").accessibleDescription() != MARK
    counter.key(Qt.Key.Key_F7)
    counter.qtbot.waitUntil(lambda: counter.text("pastState") == SENTENCE, timeout=5000)
    counter.key(Qt.Key.Key_Escape)
    counter.key(Qt.Key.Key_Escape)
    mend(counter, gateway)
    charge(counter, gateway, "30")
    counter.wait_for(State.PENDING)
    becomes(counter, gateway, refused=False)


def test_opays_refusal_marks_its_tile_and_the_payment_goes_on_by_the_next_route(counter: Counter) -> None:
    spoil(counter, "opay")
    charge(counter, "opay", "125")
    assert counter.wait_for(State.PENDING).gateway == "mypay"
    becomes(counter, "opay", refused=True)
    assert "does not answer" not in counter.text("connectionState")


def test_a_query_marks_the_tile_and_a_probe_unmarks_it(counter: Counter) -> None:
    charge(counter, "mypay", "125")
    counter.wait_for(State.PENDING)
    spoil(counter, "mypay")
    becomes(counter, "mypay", refused=True)
    assert counter.attempts()[0].state is State.PENDING
    assert counter.text("paymentState") == "Waiting for the customer"
    mend(counter, "mypay")
    counter.engine.io.submit(client(counter, "mypay").probe()).result(5)
    becomes(counter, "mypay", refused=False)


def test_the_gateways_page_says_which_key_is_refused(counter: Counter) -> None:
    spoil(counter, "wanpay")
    counter.engine.io.submit(client(counter, "wanpay").probe()).result(5)
    counter.window.enter("gateways")
    table = counter.find("gatewaysTable")
    assert isinstance(table, QTableWidget)
    counter.qtbot.waitUntil(lambda: table.rowCount() == len(TITLES), timeout=5000)
    found = {}
    for row in range(table.rowCount()):
        name, state = table.item(row, 0), table.item(row, 3)
        assert name is not None
        assert state is not None
        found[name.text()] = state.text()
    assert found == dict.fromkeys(TITLES.values(), "In use") | {"WanPay": "Key refused"}


def test_any_other_refusal_is_not_the_keys_fault(counter: Counter) -> None:
    counter.shop.spoil(Fault.NUMBER_EXISTS, "charge", 1)  # MyPay's code 100, as for a wrong key
    charge(counter, "mypay", "88")
    counter.wait_for(State.DECLINED)
    assert counter.text("paymentState") == "Not paid"
    assert not marked(counter, "mypay")
