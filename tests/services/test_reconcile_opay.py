"""The reconciliation with O'Pay's list of the day, which only a setting turns on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pos.domain.agreement import terms
from pos.domain.money import Money
from pos.domain.payment import Tender
from pos.domain.reconcile import Check, Match
from pos.domain.staff import Action
from pos.simulator.dialects.opay_days import PATH
from pos.simulator.orders import SimOrder
from pos.simulator.scenarios import Fault
from tests.support.access import SIGNED_OUT, permit
from tests.support.registers import BASE, SimulatedShop
from tests.support.virtual import VirtualDay

LISTED = {name: {"day_list_url": f"{BASE}/{name}{PATH}"} for name in ("opay", "opay_periodic")}


@pytest.fixture
def day() -> Iterator[VirtualDay]:
    with VirtualDay() as virtual:
        yield virtual


def sold(shop: SimulatedShop) -> tuple[str, str]:
    """Take a WeChat payment and the first charge of an agreement; O'Pay has one order more of each kind."""
    wechat = shop.take(Tender.WECHAT, 125, gateway="opay")
    agreed = shop.day.run(shop.agreements.create(SIGNED_OUT, terms(Money(500, "TWD"), "1M", "3")))
    for number in (wechat.order_no, agreed.order_no):
        shop.customer_pays(shop.now(number))
    shop.pass_time(30)
    now = shop.day.clock.now()
    for gateway, method in (("opay", "wechat"), ("opay_periodic", "card_periodic")):
        stranger = SimOrder(gateway, f"WEB{gateway.replace('_', '')}", "77", 80, "TWD", method, now, now)
        stranger.extra["first"] = stranger  # a charge of a contract that began elsewhere
        stranger.pay(now)
        shop.simulator.orders.add(stranger)
    return wechat.order_no, agreed.order_no


def reconciled(shop: SimulatedShop) -> dict[str, Check]:
    today = shop.day.clock.now().astimezone(shop.shop.timezone).date()
    return {one.number: one for one in shop.day.run(shop.reconcile.run(today, permit(Action.RECONCILE)))}


def test_orders_that_only_opay_has_are_listed_and_known_ones_are_queried(day: VirtualDay) -> None:
    shop = SimulatedShop(day, options=LISTED)
    known = sold(shop)
    found = reconciled(shop)
    assert [found[number].match for number in known] == [Match.AGREE] * 2
    only_there = {number: one.theirs for number, one in found.items() if one.match is Match.ONLY_THERE}
    assert only_there == {"WEBopay": "NT$80", "WEBopayperiodic": "NT$80"}
    shop.pass_time(30 * 86400)
    shop.day.run(shop.agreements.refresh(known[1]))
    assert {one.match for one in reconciled(shop).values()} == {Match.AGREE}, (
        "a later charge has the first one's number"
    )
    shop.stop()


def test_without_the_setting_no_list_is_asked_for(day: VirtualDay) -> None:
    shop = SimulatedShop(day)
    sold(shop)
    assert Match.ONLY_THERE not in {one.match for one in reconciled(shop).values()}
    shop.stop()


def test_a_list_that_fails_is_recorded_and_payments_are_compared_all_the_same(day: VirtualDay) -> None:
    shop = SimulatedShop(day, options=LISTED)
    known = sold(shop)
    shop.simulator.scenarios.plan(Fault.NOT_JSON, "opay", "list")
    found = reconciled(shop)
    assert [found[number].match for number in known] == [Match.AGREE] * 2
    assert [one.gateway for one in found.values() if one.match is Match.UNCLEAR] == ["opay"]
    shop.stop()
