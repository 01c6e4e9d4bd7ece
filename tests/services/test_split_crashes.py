"""Power cuts at every point of a split sale: no part is lost or taken twice, and the sale is never paid twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pos.domain.invoice import Kind, invoice_request
from pos.domain.invoice import State as InvoiceState
from pos.domain.money import Money
from pos.domain.payment import Attempt, Sale, Tender
from pos.domain.split import SalePart, SplitSale, SplitState
from pos.domain.states import State
from pos.errors import NotFound
from tests.support.access import SIGNED_OUT
from tests.support.power import FUSE, WiredShop, cut_everywhere, power
from tests.support.rows import wrong
from tests.support.virtual import VirtualDay

pytestmark = pytest.mark.long

SALE = "5a1e"
PAPER = invoice_request(Kind.PAPER)
LOOKUP = {"mypay": {"lookup_by_order": "yes"}}
WHOLE = Sale(Money(500, "TWD"))
SPELL = 900
"""Seconds during which the register queries at the first, short intervals."""


def take(shop: WiredShop, amount: int, tender: Tender, gateway: str | None = None, **more: Any) -> Attempt:
    sale, part = Sale(Money(amount, "TWD")), SalePart(SALE, WHOLE)
    number = f"{amount} by {tender}"
    taken = shop.payments.take(SIGNED_OUT, sale, tender, payment_id=number, gateway=gateway, part=part, **more)
    return shop.day.run(taken)


def sell(shop: WiredShop) -> None:
    """Take NT$300 by ATM transfer, then NT$200 in cash while the transfer is in process, up to the power cut."""
    waits = take(shop, 300, Tender.ATM, "wanpay")
    take(shop, 200, Tender.CASH)
    shop.customer_pays(waits)
    shop.pass_time(8)


def sell_with_invoice(shop: WiredShop) -> None:
    """Request an e-invoice with the first part, and have the transfer paid after the cash."""
    waits = take(shop, 300, Tender.ATM, "wanpay", invoice_request=PAPER)
    take(shop, 200, Tender.CASH)
    shop.customer_pays(waits)
    shop.pass_time(8)


def cut(
    folder: Path, point: int, sell: Callable[[WiredShop], None] = sell, *, invoiced: bool = False
) -> list[tuple[str, str]]:
    """Cut the power at ``point``, start again, finish the sale, check it. Return the kinds of the points."""
    with VirtualDay() as day:
        shop = WiredShop(day, path=folder / f"{point}.sqlite", cash_issuer="mypay", options=LOOKUP)
        with power(point):
            sell(shop)
        kinds = list(FUSE.kinds)
        shop.stop()
        shop.start()
        assert wrong(shop.database) == [], "the tables follow from the journal at every cut"
        shop.resume()
        shop.pass_time(SPELL)
        finish(shop)
        if invoiced:
            check_invoice(shop)
        assert wrong(shop.database) == []
        shop.stop()
    return kinds


def finish(shop: WiredShop) -> None:
    """Pay or cancel what is in process, take what is left in cash, and check that the sale was paid exactly once."""
    sale = begun(shop)
    for part in sale.parts if sale else ():
        order = shop.simulator.orders.find(part.gateway, part.order_no)
        if part.state is State.PENDING and order is not None and not order.paid:
            shop.customer_pays(part)
        elif part.state in (State.CREATED, State.UNKNOWN):
            shop.day.run(cancel(shop, part))
    shop.pass_time(SPELL)
    sale = begun(shop)
    left = WHOLE.amount.minor if sale is None else sale.left.minor
    if left:
        take(shop, left, Tender.CASH)
    sale = shop.store.split_sale(SALE)
    assert (sale.state, sale.paid, sale.left.minor) == (SplitState.PAID, WHOLE.amount, 0)
    assert sale.paid_at is not None
    assert sum(order.paid for order in shop.simulator.orders.all() if order.method != "CASH") in (0, 300)
    assert shop.simulator.orders.requested_twice() == []


def check_invoice(shop: WiredShop) -> None:
    """Request the e-invoice where it is not, and check that the sale gets exactly one, over its whole amount."""
    last = shop.store.split_sale(SALE).parts[-1].order_no

    async def request() -> None:
        shop.invoicing.request_invoice(SIGNED_OUT, last, PAPER)

    if shop.invoices.find(last) is None:
        shop.day.run(request())
    shop.pass_time(3 * SPELL)
    invoice = shop.invoices.get(last)
    assert (invoice.state, invoice.owed) == (InvoiceState.ISSUED, False)
    (order,) = [one for one in shop.simulator.orders.all() if one.method == "CASH"]
    assert (order.amount, order.extra["invoice"]["number"]) == (500, invoice.found["number"])
    assert shop.simulator.orders.requested_twice() == []


async def cancel(shop: WiredShop, part: Attempt) -> None:
    """Cancel a part that reached no gateway; its amount is free at once."""
    shop.payments.cancel(SIGNED_OUT, part.order_no)


def begun(shop: WiredShop) -> SplitSale | None:
    try:
        return shop.store.split_sale(SALE)
    except NotFound:
        return None


def test_a_power_cut_at_any_point_of_a_split_sale_loses_and_doubles_nothing(
    tmp_path: Path, record_property: Any
) -> None:
    record_property("crash points", cut_everywhere("split sale", lambda point: cut(tmp_path, point)))


def test_a_power_cut_at_any_point_of_a_split_sale_makes_one_e_invoice(tmp_path: Path, record_property: Any) -> None:
    points = cut_everywhere("e-invoice", lambda point: cut(tmp_path, point, sell_with_invoice, invoiced=True))
    record_property("crash points", points)
