"""E-invoices of cash sales: the money is in the drawer, and an order of cash at MyPay carries the e-invoice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from pos.domain.invoice import Invoice, Kind, Remedy, State, invoice_request
from pos.domain.invoice_order import InvoiceOrder, InvoiceOrderEvent, InvoiceOrderState
from pos.domain.money import Money
from pos.domain.payment import Attempt, Line, Sale, Tender
from pos.domain.refund import Way
from pos.domain.staff import Action
from pos.domain.states import State as AttemptState
from pos.errors import BadNotice, ConfigError, IllegalTransition, InputError, NotAllowed, NotFound, PosError
from pos.i18n import Message
from pos.simulator.dialects.mypay import MypayDialect
from pos.simulator.orders import SimOrder
from pos.simulator.scenarios import CashFate, Fault
from tests.support.access import SIGNED_OUT, permit
from tests.support.power import WiredShop
from tests.support.rows import wrong
from tests.support.virtual import VirtualDay

PAPER = invoice_request(Kind.PAPER)
MOBILE = invoice_request(Kind.MOBILE, "/ABC+123")
LOOKUP = {"mypay": {"lookup_by_order": "yes"}}
TWD125 = Money(125, "TWD")


class CashShop(WiredShop):
    """A register whose cash sales get their e-invoices through MyPay."""

    def __init__(self, day: VirtualDay, **more: Any) -> None:
        super().__init__(day, **{"cash_issuer": "mypay", **more})

    def fate(self, fate: CashFate) -> None:
        self.simulator.scenarios.cash_fate = fate

    def sell(self, sale: Sale | None = None) -> Attempt:
        wanted = sale or Sale(TWD125)
        take = self.payments.take(SIGNED_OUT, wanted, Tender.CASH, payment_id="p1", invoice_request=PAPER)
        made: Attempt = self.day.run(take)
        assert made.state is AttemptState.CAPTURED, "cash is taken at once"
        self.pass_time(2)
        return made

    def invoice(self, made: Attempt) -> Invoice:
        return self.invoices.get(made.order_no)

    def issue_now(self, made: Attempt) -> Invoice:
        issued: Invoice = self.day.run(self.invoicing.issue(SIGNED_OUT, made.order_no))
        return issued

    def orders(self) -> list[SimOrder]:
        """The orders at MyPay, the oldest first."""
        return self.simulator.orders.all()[::-1]

    def confirm(self, order: SimOrder, amount: int | None = None) -> None:
        async def on_the_loop() -> None:
            self.simulator.context.pay(order, amount)

        self.day.run(on_the_loop())

    def notify(self, order: SimOrder, **changed: str) -> None:
        """MyPay sends its notification of an order."""
        dialect = self.simulator.dialects["mypay"]
        assert isinstance(dialect, MypayDialect)
        dialect.notify_url = "https://shop.example/notify/mypay"
        made = dialect.notification(order)
        assert made is not None
        body = made.body
        for name, value in changed.items():
            body = body.replace(f"{name}={order.facts.get(name, '')}".encode(), f"{name}={value}".encode())

        async def on_the_loop() -> None:
            assert self.parts.notices.receive("mypay", {}, body) == "8888"

        self.day.run(on_the_loop())
        self.pass_time(2)


@pytest.fixture
def day() -> Iterator[VirtualDay]:
    with VirtualDay() as virtual:
        yield virtual


@pytest.fixture
def shop(day: VirtualDay) -> Iterator[CashShop]:
    made = CashShop(day)
    yield made
    assert wrong(made.database) == []
    assert made.simulator.orders.requested_twice() == []
    made.stop()


def test_a_cash_sale_gets_its_e_invoice_and_is_booked_once_as_cash(shop: CashShop) -> None:
    made = shop.sell()
    (order,) = shop.orders()
    assert (order.method, order.amount, order.extra["requested"]["transaction_type"]) == ("CASH", 125, 2)
    assert order.number != made.order_no
    assert shop.invoice(made).state is State.ISSUED
    assert shop.invoice(made).found["number"] == order.extra["invoice"]["number"]
    assert [row.kind for row in shop.store.history(made.order_no)] == [
        "created", "send", "paid", "invoice_wished", "invoice_owed", "invoice_order_send", "invoice_order_accepted",
        "invoice_order_paid", "invoice_asked", "invoice_issued",
    ]  # fmt: skip
    assert shop.database.rows("SELECT tender, gateway, amount FROM bookings") == [("cash", "cash", 125)]
    assert shop.database.rows("SELECT order_no FROM attempts") == [(made.order_no,)]


def test_an_order_that_waits_leaves_the_invoice_owed_until_mypay_says_paid(shop: CashShop) -> None:
    shop.fate(CashFate.WAITS)
    made = shop.sell()
    [(owed, left)] = shop.invoicing.owed(SIGNED_OUT)
    assert "has not reported the cash order as paid" in owed.message.spoken()
    assert timedelta(hours=47) < left < timedelta(hours=48)
    (order,) = shop.orders()
    with pytest.raises(BadNotice):
        shop.notify(order, key="0" * 32)
    shop.notify(order)
    shop.notify(order)  # the same news again
    assert shop.arrived["api/queryorder"] == 3, "at once, after five seconds, after the notice"
    shop.simulator.scenarios.plan(Fault.LOST_ANSWER, "mypay", "query")
    shop.pass_time(200)
    shop.weather.down.add("mypay")
    shop.pass_time(700)
    assert "Nothing was sent" in shop.invoice(made).message.spoken()
    shop.weather.down.clear()
    shop.confirm(order)
    shop.notify(order)
    assert shop.invoice(made).state is State.ISSUED
    shop.notify(order)
    assert (len(shop.orders()), shop.arrived["api/issueinvoice"]) == (1, 1)


def test_a_refused_order_is_not_repeated_until_a_user_asks_for_it(shop: CashShop) -> None:
    shop.fate(CashFate.REFUSED)
    made = shop.sell()
    shop.pass_time(3600)
    owed = shop.invoice(made)
    assert (owed.owed, shop.arrived["api/orders"]) == (True, 1)
    assert "支付工具未開通" in owed.message.spoken()
    shop.fate(CashFate.PAID)
    assert shop.issue_now(made).state is State.ISSUED
    numbers = {row[0] for row in shop.database.rows("SELECT number FROM invoice_orders")}
    assert len(numbers) == 2, "the second order has its own number"
    assert shop.database.rows("SELECT sum(amount) FROM bookings") == [(125,)]


@pytest.mark.parametrize("by_notice", [True, False])
def test_after_a_refused_order_the_next_one_is_retried_by_itself_again(shop: CashShop, by_notice: bool) -> None:
    shop.fate(CashFate.WAITS if by_notice else CashFate.REFUSED)
    made = shop.sell()
    shop.pass_time(25 * 3600)
    shop.simulator.scenarios.plan(Fault.LOST_ANSWER, "mypay", "service", times=3)
    shop.fate(CashFate.PAID)
    if by_notice:
        shop.confirm(shop.orders()[0])
        shop.notify(shop.orders()[0])
    else:
        shop.issue_now(made)
    assert shop.invoice(made).owed
    shop.pass_time(3600)
    assert (shop.invoice(made).state, shop.arrived["api/issueinvoice"]) == (State.ISSUED, 1)


def test_an_order_that_ended_unpaid_is_asked_about_before_it_is_replaced(shop: CashShop) -> None:
    shop.fate(CashFate.WAITS)
    made = shop.sell()
    shop.pass_time(25 * 3600)
    ended = shop.invoice(made)
    assert ended.order is not None
    assert ended.order.state is InvoiceOrderState.REFUSED
    assert "A0002" in ended.message.spoken()
    shop.confirm(shop.orders()[0])  # late, but paid
    assert shop.issue_now(made).state is State.ISSUED
    assert len(shop.orders()) == 1


def test_a_lost_answer_is_never_resent_and_a_notification_brings_the_number(shop: CashShop) -> None:
    shop.fate(CashFate.WAITS)
    shop.simulator.scenarios.plan(Fault.LOST_ANSWER, "mypay", "charge")
    made = shop.sell()
    shop.pass_time(3600)
    assert "answer was lost" in shop.issue_now(made).message.spoken()
    (order,) = shop.orders()
    assert shop.arrived["api/orders"] == 1
    shop.confirm(order)
    shop.notify(order)
    assert shop.invoice(made).state is State.ISSUED
    assert len(shop.orders()) == 1


def test_an_order_that_replaced_another_one_is_found_by_its_own_notification(shop: CashShop) -> None:
    shop.fate(CashFate.WAITS)
    shop.simulator.scenarios.plan(Fault.LOST_ANSWER, "mypay", "charge", times=2)
    made = shop.sell()
    shop.notify(shop.orders()[0])  # its number is confirmed, and no help for the next order
    shop.pass_time(25 * 3600)
    shop.issue_now(made)
    _first, second = shop.orders()
    shop.confirm(second)
    shop.notify(second)
    assert shop.invoice(made).state is State.ISSUED
    assert len(shop.orders()) == 2


def test_an_order_that_never_arrived_is_placed_again_once_mypay_says_so(day: VirtualDay) -> None:
    shop = CashShop(day, options=LOOKUP)
    shop.simulator.scenarios.plan(Fault.HTTP_502, "mypay", "charge")
    made = shop.sell()
    shop.pass_time(300)
    assert shop.orders() == [], "it may still arrive"
    shop.pass_time(1800)
    assert shop.invoice(made).state is State.ISSUED
    assert len(shop.orders()) == 1
    assert wrong(shop.database) == []
    shop.stop()


def test_without_a_connection_the_sale_is_paid_and_the_same_order_goes_out_later(shop: CashShop) -> None:
    shop.weather.down.add("mypay")
    made = shop.sell()
    shop.pass_time(60)
    assert shop.invoice(made).owed
    shop.weather.down.clear()
    shop.pass_time(200)
    assert shop.invoice(made).state is State.ISSUED
    assert shop.database.rows("SELECT count(*) FROM invoice_orders") == [(1,)]


def test_another_amount_at_mypay_issues_nothing(shop: CashShop) -> None:
    shop.fate(CashFate.WAITS)
    made = shop.sell()
    shop.confirm(shop.orders()[0], 100)
    shop.notify(shop.orders()[0])
    owed = shop.issue_now(made)
    assert (owed.owed, shop.arrived["api/issueinvoice"]) == (True, 0)
    assert "another amount" in owed.message.spoken()
    assert len(shop.orders()) == 1


def test_an_e_invoice_may_be_requested_after_the_cash_sale(shop: CashShop) -> None:
    made = shop.take(Tender.CASH, 125)

    async def later() -> Invoice:
        return shop.invoicing.request_invoice(SIGNED_OUT, made.order_no, MOBILE)

    assert (shop.invoicing.can_issue(made), shop.invoicing.cash_problem()) == (True, Message())
    assert shop.day.run(later()).owed
    shop.simulator.scenarios.plan(Fault.HTTP_502, "mypay", "service", times=2)
    assert shop.day.run(shop.invoicing.first_try(SIGNED_OUT, made.order_no)).owed, "the order is paid"
    shop.pass_time(60)
    assert (shop.invoice(made).state, len(shop.orders())) == (State.ISSUED, 1)


REFUSALS = [
    ({"cash_issuer": ""}, Sale(TWD125), InputError, "MyPay"),
    ({"cash_issuer": "wanpay_"}, Sale(TWD125), ConfigError, "not set up"),
    ({}, Sale(TWD125, (Line("茶", Money(150, "TWD"), 1), Line("折", Money(-25, "TWD"), 1))), InputError, "below zero"),
    ({"currency": "HKD"}, Sale(Money(12500, "HKD")), InputError, "does not take HKD"),
]


@pytest.mark.parametrize(("more", "sale", "error", "words"), REFUSALS)
def test_what_can_have_no_e_invoice_is_refused_before_the_cash_is_taken(
    day: VirtualDay, more: dict[str, Any], sale: Sale, error: type[PosError], words: str
) -> None:
    shop = CashShop(day, **more)
    with pytest.raises(error, match=words):
        shop.sell(sale)
    assert words in shop.invoicing.cash_problem().spoken() or shop.invoicing.cash_problem() == Message()
    assert shop.database.rows("SELECT count(*) FROM bookings") == [(0,)]
    with pytest.raises(NotFound):
        shop.store.get("p1")
    shop.stop()


def test_an_order_is_stepped_only_from_its_present_state(shop: CashShop) -> None:
    made = shop.take(Tender.CASH, 125)
    orders = shop.store.invoice_orders
    sent = orders.step(InvoiceOrder("N1", made.order_no, "mypay", made.created_at), InvoiceOrderEvent.SEND)
    orders.step(sent, InvoiceOrderEvent.REFUSED)
    with pytest.raises(NotAllowed, match="another program"):
        orders.step(sent, InvoiceOrderEvent.ACCEPTED)
    with pytest.raises(IllegalTransition, match="refused cannot take the step send"):
        orders.step(replace(sent, state=InvoiceOrderState.REFUSED), InvoiceOrderEvent.SEND)


def test_a_cash_refund_says_that_the_e_invoice_is_corrected_by_hand_at_mypay(shop: CashShop) -> None:
    made = shop.sell()
    options = shop.refunds.options(made.order_no)
    assert "Void the e-invoice JH-" in options.advice.spoken()
    assert "MyPay" in options.advice.spoken()
    refund = shop.day.run(shop.refunds.give(made.order_no, TWD125, "returned", permit(Action.REFUND)))
    assert (refund.way, "at MyPay" in refund.message.spoken()) == (Way.CASH, True)
    corrections = shop.parts.corrections(shop.refund_store, shop.invoices)
    (due,) = corrections.owed(SIGNED_OUT)
    assert (due.remedy, due.invoice.issuer(refund.gateway)) == (Remedy.VOID, "mypay")
    order = shop.orders()[0]
    assert due.invoice.order is not None
    assert due.invoice.order.number == order.number, "the number to look for at MyPay"
    order.extra["invoice"]["state"] = 4
    shop.day.run(shop.invoicing.refresh(SIGNED_OUT, made.order_no))
    assert shop.invoice(made).state is State.VOID
    assert corrections.owed(SIGNED_OUT) == []
