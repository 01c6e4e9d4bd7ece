"""Power cuts at every point of a sale: before and after each write and each call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pos.domain.invoice import InvoiceRequest, Kind, State, invoice_request
from pos.domain.money import Money
from pos.domain.payment import Attempt, Sale, Tender
from pos.domain.staff import Action
from pos.domain.states import ENDED
from pos.domain.states import State as AttemptState
from pos.errors import PosError
from pos.gateways import can
from pos.gateways.capabilities import Capability
from pos.services.invoice_request import RequestedInvoice
from pos.simulator.orders import SimOrder
from tests.support.access import SIGNED_OUT, permit
from tests.support.power import FUSE, Fuse, PowerCut, WiredShop, cut_everywhere, power
from tests.support.rows import wrong
from tests.support.virtual import VirtualDay

pytestmark = pytest.mark.long

CAPTURE = permit(Action.CAPTURE)

PAPER = invoice_request(Kind.PAPER)
MOBILE = invoice_request(Kind.MOBILE, "/ABC+123")
HOLD = {"pfn": "CREDITCARD", "creditcard_is_automatic_payment": "0"}
LOOKUP = {"mypay": {"lookup_by_order": "yes"}}
SPELL = 900
"""Seconds during which the register queries at the first, short intervals."""
DAYS = 5
"""Seconds until the register stops polling an unpaid order."""


@dataclass(frozen=True)
class Case:
    """One sale. ``invoice`` is requested with it, ``later`` after it; ``captured`` is taken of a hold."""

    name: str
    tender: Tender
    gateway: str | None
    currency: str = "TWD"
    cancels: bool = False
    invoice: RequestedInvoice | None = None
    later: InvoiceRequest | None = None
    captured: int = 0
    options: dict[str, str] = field(default_factory=dict)


CASES = [
    Case("wanpay, paid", Tender.ATM, "wanpay"),
    Case("mypay, paid", Tender.MYPAY, "mypay"),
    Case("qfpay, paid", Tender.WECHAT, "qfpay", "HKD"),
    Case("qfpay, cancelled", Tender.WECHAT, "qfpay", "HKD", cancels=True),
    Case("wanpay, cancelled", Tender.ATM, "wanpay", cancels=True),
    Case("cash", Tender.CASH, None),
    Case("cash with an e-invoice", Tender.CASH, None, invoice=RequestedInvoice(PAPER)),
    Case("paper e-invoice", Tender.MYPAY, None, invoice=RequestedInvoice(PAPER)),
    Case("e-invoice to a carrier", Tender.ATM, None, invoice=RequestedInvoice(MOBILE)),
    Case("e-invoice with the order", Tender.MYPAY, None, invoice=RequestedInvoice(MOBILE, with_order=True)),
    Case("paper, where orders ask themselves", Tender.MYPAY, None, invoice=RequestedInvoice(PAPER, with_order=True)),
    Case("e-invoice after the payment", Tender.MYPAY, "mypay", later=PAPER),
    Case("e-invoice changed after the payment", Tender.MYPAY, None, invoice=RequestedInvoice(PAPER), later=MOBILE),
    Case("hold taken", Tender.MYPAY, "mypay", captured=1250, options=HOLD),
    Case("part of a hold taken, e-invoice", Tender.MYPAY, None, captured=1000, options=HOLD,
         invoice=RequestedInvoice(PAPER)),
]  # fmt: skip


def sell(shop: WiredShop, case: Case) -> None:
    """Run one sale up to the power cut: charge, perhaps cancel, pay, query."""
    sale = Sale(Money(1250, case.currency), (), case.options)
    asked = case.invoice or RequestedInvoice(PAPER)
    shop.set_invoice_with_order(asked.with_order)
    wanted = asked.request if case.invoice else None
    take = shop.payments.take(
        SIGNED_OUT, sale, case.tender, payment_id="the payment", gateway=case.gateway, invoice_request=wanted
    )
    attempt = shop.day.run(take)
    if case.cancels:
        on_the_loop(shop, lambda: shop.payments.cancel(SIGNED_OUT, attempt.order_no))
    elif attempt.gateway != "cash":
        shop.customer_pays(attempt)
    shop.pass_time(8)
    if case.later:
        later = case.later
        with_errors(
            lambda: on_the_loop(shop, lambda: shop.invoicing.request_invoice(SIGNED_OUT, attempt.order_no, later))
        )
    if case.captured:
        shop.day.run(shop.mypay.capture(attempt.order_no, Money(case.captured, case.currency), CAPTURE))
    shop.pass_time(8)


def with_errors(call: Callable[[], object]) -> None:
    """Run ``call``; an e-invoice that is issued already is refused, which changes nothing."""
    try:
        call()
    except PosError:
        return


def on_the_loop(shop: WiredShop, call: Callable[[], object]) -> None:
    async def called() -> None:
        call()

    shop.day.run(called())


def cut(folder: Path, case: Case, point: int) -> list[tuple[str, str]]:
    """Run a sale with the power cut at ``point``, start again, and check everything. Return the kinds of its points."""
    with VirtualDay() as day:
        path = folder / f"{point}.sqlite"
        shop = WiredShop(day, currency=case.currency, path=path, options=LOOKUP, cash_issuer="mypay")
        with power(point):  # making the file is not part of the sale
            sell(shop, case)
        kinds = list(FUSE.kinds)
        shop.stop()
        start_again(shop, case)
    return kinds


def start_again(shop: WiredShop, case: Case) -> None:
    """Check that the next start finds everything, once."""
    shop.start()
    assert wrong(shop.database) == [], "the tables follow from the journal at every cut"
    shop.resume()
    orders = {order.number: order for order in shop.simulator.orders.all()}
    attempts = shop.store.of_payment("the payment")
    carriers = {row[0] for row in shop.database.rows("SELECT number FROM invoice_orders")}
    assert orders.keys() <= {attempt.order_no for attempt in attempts} | carriers
    for attempt in attempts:
        check_request(shop, case, attempt)
    shop.pass_time(SPELL)
    skip_days(shop)
    for attempt in shop.store.of_payment("the payment"):
        check_money(attempt, orders.get(attempt.order_no))
        check_invoice(shop, case, attempt)
    assert wrong(shop.database) == []
    assert shop.simulator.orders.requested_twice() == []
    assert shop.arrived["api/authorizedrequestpayment"] <= 1
    shop.stop()


def skip_days(shop: WiredShop) -> None:
    """Switch the register off until every unpaid order has ended, then let it query them."""
    shop.stop()
    shop.pass_time(DAYS * 86400)
    shop.start()
    shop.resume()
    shop.pass_time(SPELL)


def check_money(attempt: Attempt, order: SimOrder | None) -> None:
    if attempt.tender is Tender.CASH:
        assert attempt.state is AttemptState.CAPTURED
    elif order is not None and order.paid == attempt.amount.minor:
        assert attempt.state in (AttemptState.CAPTURED, AttemptState.REVIEW)
    elif order is not None and order.paid:
        assert attempt.state is AttemptState.REVIEW, "a part of what was due: a manager looks"
    else:
        assert attempt.state in ENDED | {AttemptState.CREATED, AttemptState.REVIEW}
        assert attempt.state is not AttemptState.CAPTURED


def check_request(shop: WiredShop, case: Case, attempt: Attempt) -> None:
    """Check right after the start that the request is stored, and owed if the payment is captured."""
    invoice = shop.invoices.find(attempt.order_no)
    assert invoice is not None or case.invoice is None
    if invoice is not None:
        assert invoice.paid_at == (attempt.ended_at if attempt.state is AttemptState.CAPTURED else None)


def check_invoice(shop: WiredShop, case: Case, attempt: Attempt) -> None:
    """Check that it is issued if the payment is captured, and was requested from the gateway once."""
    invoice, asked = shop.invoices.find(attempt.order_no), shop.arrived["api/issueinvoice"]
    if invoice is None or attempt.state is not AttemptState.CAPTURED:
        assert asked == 0
        assert invoice is None or not invoice.owed
        return
    assert invoice.state is State.ISSUED
    assert can(invoice.issuer(attempt.gateway), Capability.E_INVOICE)
    number = invoice.order.number if invoice.order else attempt.order_no
    order = shop.simulator.orders.find("mypay", number)
    assert order is not None
    assert attempt.tender is not Tender.CASH or len(shop.simulator.orders.all()) == 1
    assert invoice.found["number"] == order.extra["invoice"]["number"]
    assert asked == (0 if case.invoice and case.invoice.in_order else 1)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_power_cut_at_any_point_loses_and_doubles_nothing(tmp_path: Path, case: Case, record_property: Any) -> None:
    record_property("crash points", cut_everywhere(case.name, lambda point: cut(tmp_path, case, point)))


def test_the_fuse_really_blows() -> None:
    fuse = Fuse()
    fuse.set(2)
    fuse.point()
    with pytest.raises(PowerCut):
        fuse.point()
