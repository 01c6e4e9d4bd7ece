"""The keys follow MyPay's own list of the shop's tools; without the list nothing is hidden and every charge is sent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pos.domain.money import Money
from pos.domain.payment import Sale, Tender
from pos.domain.states import State
from pos.domain.tenders import USUAL_KEYS
from pos.services.offered_tools import OfferedTools
from pos.services.routes import Offer, Routes
from pos.simulator.scenarios import Fault
from tests.support.access import SIGNED_OUT
from tests.support.registers import TENDERS, SimulatedShop
from tests.support.virtual import VirtualDay

NOT_LISTED = (Tender.PI, Tender.PX_PAY, Tender.PLUS_PAY, Tender.UNIONPAY)
"""Tools that the simulator's shop has no contract for."""


@pytest.fixture
def shop() -> Iterator[SimulatedShop]:
    with VirtualDay() as day:
        made = SimulatedShop(day)
        yield made
        made.stop()


class Keys:
    """The tenders that a shop chose for its keys, and what is known of them."""

    def __init__(self, shop: SimulatedShop, *shown: Tender) -> None:
        self.shop = shop
        self.routes = Routes(TENDERS, shop.gateways, {}, shop.shop.currency, shown)
        self.tools = OfferedTools(self.routes, shop.parts.mypay(), shop.gateways, shop.shop.currency)

    def refresh(self) -> bool:
        return self.shop.day.run(self.tools.refresh())

    @property
    def offers(self) -> dict[Tender, Offer]:
        return {offer.tender: offer for offer in self.routes.offers()}


def test_a_key_says_that_the_shop_has_no_contract_and_behind_more_it_is_not_shown(shop: SimulatedShop) -> None:
    keys = Keys(shop, Tender.LINE_PAY, Tender.PI, Tender.CASH, Tender.ATM, Tender.JKOPAY, *NOT_LISTED[1:], Tender.MYPAY)
    assert all(offer.available for offer in keys.offers.values())
    assert keys.refresh()
    assert list(keys.offers) == [
        Tender.LINE_PAY, Tender.PI, Tender.CASH, Tender.ATM, Tender.JKOPAY, Tender.MYPAY,
    ]  # fmt: skip
    assert keys.offers[Tender.LINE_PAY].routes == ("mypay",)
    pi = keys.offers[Tender.PI]
    assert (pi.available, pi.short.spoken()) == (False, "not offered")
    assert "MyPay does not offer it to this shop" in pi.reason.spoken()


def test_a_charge_is_not_held_back_by_the_list(shop: SimulatedShop) -> None:
    keys = Keys(shop, Tender.PI)
    keys.refresh()
    assert keys.routes.choose(Tender.PI, Money(125, "TWD")) == ("mypay",)
    taken = shop.day.run(shop.payments.take(SIGNED_OUT, Sale(Money(125, "TWD")), Tender.PI, payment_id="p1"))
    assert (taken.state, taken.tender) == (State.PENDING, Tender.PI)


@pytest.mark.parametrize("fault", [Fault.HTTP_500, Fault.LOST_ANSWER])
def test_without_an_answer_nothing_is_hidden_and_the_next_opening_asks_again(shop: SimulatedShop, fault: Fault) -> None:
    keys = Keys(shop, *USUAL_KEYS, Tender.PI)
    shop.simulator.scenarios.plan(fault, "mypay", "*", 1)
    assert not keys.refresh()
    assert keys.offers[Tender.PI].available
    assert keys.refresh()
    assert Tender.PI not in keys.offers


def test_the_usual_keys_ask_nothing_and_the_others_once_a_day(shop: SimulatedShop) -> None:
    assert not Keys(shop, *USUAL_KEYS).refresh()
    keys = Keys(shop, *USUAL_KEYS, Tender.LINE_PAY)
    for _ in range(3):
        assert keys.refresh()
    shop.simulator.scenarios.plan(Fault.HTTP_500, "mypay", "*", 1)
    assert keys.refresh(), "the answer of today"


def test_a_shop_without_mypay_shows_what_its_gateways_take_in_its_currency() -> None:
    with VirtualDay() as day:
        shop = SimulatedShop(day, currency="HKD")
        keys = Keys(shop, *USUAL_KEYS, Tender.PAYME, Tender.FPS, Tender.LINE_PAY)
        assert not keys.refresh()
        assert tuple(keys.offers) == (*USUAL_KEYS, Tender.PAYME, Tender.FPS)
        assert {tender for tender, offer in keys.offers.items() if not offer.available} == {Tender.ATM, Tender.MYPAY}
        shop.stop()
