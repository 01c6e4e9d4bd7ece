"""Power cuts at every point of an agreement: before and after each write and each call."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pos.domain.agreement import AgreementState, ChargeState, terms
from pos.domain.money import Money
from pos.domain.staff import Action
from pos.domain.states import State
from pos.errors import NotFound
from tests.support.access import SIGNED_OUT, permit
from tests.support.power import FUSE, WiredShop, cut_everywhere, power
from tests.support.rows import wrong
from tests.support.virtual import VirtualDay

pytestmark = pytest.mark.long

DAY = 86400
NT500 = Money(500, "TWD")
OPTIONS = {"opay_periodic": {"stop_path": "/Cashier/CreditCardPeriodAction"}}
STOP = permit(Action.STOP_DEBIT, "m", "m")


def agree(shop: WiredShop, stops: bool) -> None:
    """Run an agreement up to the power cut: create, pay, one later charge that is declined and one that is made."""
    made = shop.day.run(shop.agreements.create(SIGNED_OUT, terms(NT500, "10D", "4")))
    shop.customer_pays(shop.now(made.order_no))
    shop.pass_time(10)
    watch(shop)
    shop.simulator.scenarios.card_failures = 1
    shop.pass_time(21.5 * DAY)
    if stops:
        shop.day.run(shop.agreements.stop(made.order_no, "moved away", STOP))


def watch(shop: WiredShop) -> None:
    async def on_the_loop() -> None:
        shop.agreements.resume()

    shop.day.run(on_the_loop())


def cut(folder: Path, stops: bool, point: int) -> list[tuple[str, str]]:
    """Run it with the power cut at ``point``, start again, and check everything. Return the kinds of its points."""
    with VirtualDay() as day:
        shop = WiredShop(day, path=folder / f"{point}.sqlite", options=OPTIONS)
        shop.simulator.scenarios.stop_call = True
        with power(point):
            agree(shop, stops)
        kinds = list(FUSE.kinds)
        shop.stop()
        shop.start()
        shop.resume()
        watch(shop)
        shop.pass_time(45 * DAY)
        check(shop)
        shop.stop()
    return kinds


def check(shop: WiredShop) -> None:
    """Everything the gateway took is booked once, on its day, and the agreement says so."""
    assert wrong(shop.database) == []
    assert shop.simulator.orders.requested_twice() == []
    booked = [one for one in shop.store.search("", None, 50, None) if one.state is State.CAPTURED]
    assert sum(one.amount.minor for one in booked) == shop.simulator.orders.captured_total("TWD")
    for agreement in shop.agreement_store.all():
        made = [one for one in agreement.charges if one.state is ChargeState.CAPTURED]
        assert {one.order_no for one in made} == {one.order_no for one in booked}
        assert all(shop.ledger.of_order(one.order_no)[0].day == one.due for one in made if one.number > 1)
        over = (AgreementState.ENDED, AgreementState.STOPPED, AgreementState.FAILED)
        assert agreement.state in (*over, AgreementState.CREATED)
        assert agreement.state is not AgreementState.CREATED or shop.now(agreement.order_no).state is State.CREATED
    for order in shop.simulator.orders.all():
        if "first" not in order.extra:
            with_agreement(shop, order.number)


def with_agreement(shop: WiredShop, number: str) -> None:
    try:
        shop.agreements.get(number)
    except NotFound:
        raise AssertionError(f"the gateway has an order that no agreement names: {number}") from None


@pytest.mark.parametrize(
    "stops", [pytest.param(False, marks=pytest.mark.thorough, id="to its end"), pytest.param(True, id="stopped")]
)
def test_a_power_cut_at_any_point_loses_and_doubles_nothing(tmp_path: Path, stops: bool, record_property: Any) -> None:
    record_property("crash points", cut_everywhere("agreement", lambda point: cut(tmp_path, stops, point)))
