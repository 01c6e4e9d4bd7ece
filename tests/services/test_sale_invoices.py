"""E-invoices of split sales: one over the whole sale, by one order of cash, owed when the last part is paid."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pos.domain.invoice import Invoice, InvoiceRequest, Kind, PrintState, Remedy, State, invoice_request
from pos.domain.money import Money
from pos.domain.payment import Attempt, Line, Sale, Tender
from pos.domain.refund import Refund, Way
from pos.domain.split import SalePart
from pos.domain.staff import Action
from pos.domain.states import Event
from pos.domain.states import State as AttemptState
from pos.domain.totals import Figure, InvoiceOutcome, Scope, Span
from pos.errors import InputError, NotAllowed, NotFound
from pos.gateways.base import Notice
from pos.services.invoice_corrections import InvoiceCorrections
from pos.simulator.scenarios import CashFate, Fault
from tests.services.test_cash_invoices import MOBILE, PAPER, CashShop
from tests.support.access import SIGNED_OUT, permit
from tests.support.rows import wrong
from tests.support.virtual import VirtualDay

SALE = "5a1e"
TEA, CAKE = Line("茶", Money(100, "TWD"), 3), Line("蛋糕", Money(200, "TWD"), 1)
WHOLE = Sale(Money(500, "TWD"), (TEA, CAKE))
SETTLE = permit(Action.SETTLE, "m")


class SplitShop(CashShop):
    """A register at which one sale of NT$500 is split."""

    def take_part(self, amount: int, tender: Tender = Tender.CASH, **more: Any) -> Attempt:
        return self.day.run(self.taking(amount, tender, **more))

    async def taking(self, amount: int, tender: Tender, **more: Any) -> Attempt:
        part, number = SalePart(SALE, WHOLE), f"p{len(self.facts)}"
        sale = Sale(Money(amount, "TWD"), options=more.pop("options", {}))
        return await self.payments.take(SIGNED_OUT, sale, tender, payment_id=number, part=part, **more)

    def request(self, part: Attempt, *, kind: Any = PAPER) -> Invoice:
        async def later() -> Invoice:
            return self.invoicing.request_invoice(SIGNED_OUT, part.order_no, kind)

        return self.day.run(later())

    def refund_part(self, part: Attempt, amount: int, way: Way = Way.CASH) -> Refund:
        give = self.refunds.give(part.order_no, Money(amount, "TWD"), "returned", permit(Action.REFUND), way=way)
        made: Refund = self.day.run(give)
        self.pass_time(2)
        return made

    @property
    def corrections(self) -> InvoiceCorrections:
        return self.parts.corrections(self.refund_store, self.invoices)

    def due(self) -> list[tuple[str, Remedy, int]]:
        return [(one.refund.refund_no, one.remedy, one.amount.minor) for one in self.corrections.owed(SIGNED_OUT)]

    def counted(self) -> tuple[int, int]:
        """The e-invoices of the day that are owed and issued."""
        found = self.ledger.invoices(self.today())
        return found.owed, found.issued

    def today(self) -> Scope:
        day = self.register_clock.now().astimezone(self.shop.timezone).date()
        return Scope(Span.DAY, day, day, register_id="R1")


@pytest.fixture
def day() -> Iterator[VirtualDay]:
    with VirtualDay() as virtual:
        yield virtual


@pytest.fixture
def shop(day: VirtualDay) -> Iterator[SplitShop]:
    made = SplitShop(day)
    yield made
    assert wrong(made.database) == []
    assert made.simulator.orders.requested_twice() == []
    made.stop()


def test_the_last_part_owes_one_e_invoice_over_the_whole_sale(shop: SplitShop) -> None:
    waits = shop.take_part(300, Tender.ATM, gateway="wanpay", invoice_request=PAPER)
    cash = shop.take_part(200)
    shop.pass_time(60)
    assert (shop.invoice(cash).owed, shop.counted(), shop.arrived["api/orders"]) == (False, (0, 0), 0)
    shop.fate(CashFate.WAITS)
    shop.customer_pays(waits)
    shop.pass_time(60)
    sale = shop.store.split_sale(SALE)
    assert sale.invoice == shop.invoice(cash) == shop.invoice(waits)
    assert (shop.invoice(cash).paid_at, shop.counted()) == (sale.paid_at, (1, 0))
    order = shop.orders()[-1]
    assert (order.method, order.amount) == ("CASH", 500)
    assert [item["name"] for item in order.extra["requested"]["items"]] == ["茶", "蛋糕"]
    shop.confirm(order)
    shop.notify(order)
    assert (shop.invoice(waits).state, shop.counted()) == (State.ISSUED, (0, 1))
    figure = Figure(invoice=InvoiceOutcome.ISSUED)
    assert [line.order_no for line in shop.ledger.lines(shop.today(), figure)] == [waits.order_no]
    kinds = [row.kind for row in shop.store.history(waits.order_no) if row.kind.startswith("invoice")]
    assert kinds == [
        "invoice_wished", "invoice_owed", "invoice_order_send", "invoice_order_accepted", "invoice_told",
        "invoice_order_paid", "invoice_asked", "invoice_issued",
    ]  # fmt: skip


def test_requests_for_any_part_are_one_request_and_one_order(shop: SplitShop) -> None:
    """The first part failed, and two parts are clicked at once."""
    failed = shop.take_part(300, Tender.ATM, gateway="wanpay", invoice_request=MOBILE)
    shop.store.step(failed, Event.REFUSED)
    first, last = shop.take_part(300, invoice_request=PAPER), shop.take_part(200)
    assert (shop.invoice(last).request, shop.invoice(failed).order_no) == (PAPER, failed.order_no)
    shop.request(last, kind=MOBILE)

    async def clicked() -> None:
        parts = (first, last, failed, last)
        await asyncio.gather(*(shop.invoicing.issue(SIGNED_OUT, one.order_no) for one in parts))

    shop.day.run(clicked())
    shop.pass_time(60)
    assert (shop.arrived["api/orders"], shop.arrived["api/issueinvoice"], shop.counted()) == (1, 1, (0, 1))
    assert {shop.invoice(one).number for one in (failed, first, last)} == {shop.invoice(first).number}
    with pytest.raises(NotAllowed, match="cannot be changed"):
        shop.request(first)
    assert shop.invoicing.can_issue(failed)


def test_an_e_invoice_may_be_requested_after_the_sale_and_survives_a_restart(shop: SplitShop) -> None:
    shop.take_part(300, Tender.CASH)
    last = shop.take_part(200)
    with pytest.raises(NotFound):
        shop.invoice(last)
    shop.weather.down.add("mypay")
    assert shop.request(last).owed
    shop.pass_time(60)
    shop.day.run(shop.payments.close())
    shop.build()
    shop.weather.down.clear()
    shop.resume()
    shop.pass_time(60)
    assert (shop.invoice(last).state, len(shop.orders())) == (State.ISSUED, 1)


def test_refunds_of_parts_owe_allowances_and_one_void_when_all_went_back(shop: SplitShop) -> None:
    first, last = shop.take_part(300, invoice_request=PAPER), shop.take_part(200)
    shop.pass_time(5)
    options = shop.refunds.options(last.order_no)
    assert (options.items, options.remedy(options.left)) == ((), None)
    assert "of the whole split sale" in options.advice.spoken()
    assert "MyPay by hand" in options.advice.spoken()
    newest = shop.refund_part(last, 200)
    assert "still valid" in newest.message.spoken()
    assert shop.due() == [(newest.refund_no, Remedy.ALLOWANCE, 200)]
    rest = shop.refund_part(first, 300)
    assert shop.due() == [(newest.refund_no, Remedy.VOID, 200), (rest.refund_no, Remedy.VOID, 300)]
    shop.corrections.done(newest.refund_no, "V1", SETTLE)
    assert shop.due() == [], "one void corrects both"
    assert shop.refunds.get(rest.refund_no).details["corrected"] == "V1"
    with pytest.raises(NotAllowed):
        shop.corrections.done(rest.refund_no, "V2", SETTLE)


def test_after_an_allowance_the_rest_owes_another_one(shop: SplitShop) -> None:
    first, last = shop.take_part(300, invoice_request=PAPER), shop.take_part(200)
    shop.pass_time(5)
    newest = shop.refund_part(last, 200)
    shop.corrections.done(newest.refund_no, "A1", SETTLE)
    rest = shop.refund_part(first, 300)
    assert shop.due() == [(rest.refund_no, Remedy.ALLOWANCE, 300)]


def test_the_gateway_refunds_a_part_and_no_e_invoice_of_that_part(shop: SplitShop) -> None:
    paid = shop.take_part(300, Tender.MYPAY, gateway="mypay", invoice_request=PAPER)
    shop.customer_pays(paid)
    shop.pass_time(60)
    shop.take_part(200)
    shop.pass_time(5)
    refund = shop.refund_part(paid, 100, Way.GATEWAY)
    asked = shop.simulator.orders.find("mypay", paid.order_no)
    assert asked is not None
    assert (refund.remedy, refund.lines, "invoice" in asked.extra) == (None, (), False)
    shop.pass_time(24 * 3600)
    assert shop.due() == [(refund.refund_no, Remedy.ALLOWANCE, 100)]
    shop.invoices.record_answer(shop.invoice(paid), State.ALLOWANCE, {})
    assert shop.due() == [(refund.refund_no, Remedy.ALLOWANCE, 100)], "not by the gateway itself"


def test_money_above_the_sale_goes_back_without_a_correction(shop: SplitShop) -> None:
    late = shop.take_part(300, Tender.ATM, gateway="wanpay", invoice_request=PAPER)
    shop.day.run(_cancel(shop, late))
    cash = shop.take_part(500)
    shop.customer_pays(late)
    shop.pass_time(3600)
    review = shop.now(late.order_no)
    assert review.state is AttemptState.REVIEW
    shop.store.settle(review, Event.PAID, SETTLE.by, "it is there")
    assert (len(shop.orders()), shop.orders()[-1].amount) == (2, 500), "the e-invoice is over the sale"
    shop.refund_part(late, 250)
    assert shop.due() == []
    more = shop.refund_part(cash, 100)
    assert shop.due() == [(more.refund_no, Remedy.ALLOWANCE, 50)]


async def _cancel(shop: SplitShop, part: Attempt) -> None:
    shop.payments.cancel(SIGNED_OUT, part.order_no)


def test_a_part_may_not_request_an_e_invoice_of_its_own(shop: SplitShop) -> None:
    raw = {"issue_invoice_state": "1"}
    with pytest.raises(InputError, match="this part alone") as refused:
        shop.take_part(300, Tender.MYPAY, gateway="mypay", options=raw)
    assert refused.value.field == "issue_invoice_state"
    with pytest.raises(NotFound):
        shop.store.split_sale(SALE)


def test_what_can_have_no_e_invoice_is_refused_before_a_part_is_taken(day: VirtualDay) -> None:
    shop = SplitShop(day, cash_issuer="")
    for wanted in ({"invoice_request": PAPER}, {"options": {"invoice_tax_id": "04595257"}}):
        with pytest.raises(InputError, match="split sale cannot have"):
            shop.take_part(300, **wanted)
    part = shop.take_part(300)
    with pytest.raises(InputError, match="split sale cannot have") as refused:
        shop.request(part)
    assert refused.value.field == "order_no"
    begun = shop.payments.take(
        SIGNED_OUT, Sale(Money(1, "TWD")), Tender.CASH, payment_id="p", part=SalePart("none"), invoice_request=PAPER
    )
    with pytest.raises(InputError, match="split sale cannot have"):
        shop.day.run(begun)
    shop.stop()
    ready = SplitShop(day)
    unknown = ready.payments.take(
        SIGNED_OUT, Sale(Money(1, "TWD")), Tender.CASH, payment_id="p", part=SalePart("none"), invoice_request=PAPER
    )
    with pytest.raises(NotFound):
        day.run(unknown)
    ready.stop()


def test_a_part_that_goes_to_the_next_gateway_requests_no_second_e_invoice(shop: SplitShop) -> None:
    """Nor does its order, where orders request their e-invoice themselves."""
    shop.set_invoice_with_order(True)
    shop.weather.down.add("wanpay")
    part = shop.take_part(300, Tender.ATM, invoice_request=MOBILE)
    first, second = shop.store.split_sale(SALE).parts
    assert (first.gateway, first.state, second.gateway) == ("wanpay", AttemptState.VOIDED, "mypay")
    assert [row.kind for row in shop.store.history(first.order_no)].count("invoice_wished") == 1
    shop.take_part(200)
    shop.customer_pays(part)
    shop.pass_time(60)
    assert [order.method for order in shop.orders() if "invoice" in order.extra] == ["CASH"]


def test_forged_notices_mix_up_no_invoice_order_and_no_payment(shop: SplitShop) -> None:
    """Both answers were lost, and each notice names the number of one with the pair of the other, which is paid."""
    shop.fate(CashFate.WAITS)
    shop.simulator.scenarios.plan(Fault.LOST_ANSWER, "mypay", "charge", times=2)
    last = shop.take_part(500, invoice_request=PAPER)
    shop.pass_time(2)
    payment = shop.take(Tender.MYPAY, 500, gateway="mypay")
    carrier, paid = shop.orders()
    shop.confirm(carrier)
    shop.customer_pays(payment)
    for number, other in ((carrier.number, paid), (payment.order_no, carrier)):
        forged = Notice(number, "8888", other.ref, other.facts["key"], "250")
        shop.day.run(_take(shop, forged))
    shop.pass_time(600)
    assert (shop.now(payment.order_no).state, shop.invoice(last).owed) == (AttemptState.UNKNOWN, True)
    assert shop.arrived["api/issueinvoice"] == 0
    for order in (carrier, paid):
        shop.notify(order)
        shop.pass_time(60)
    assert (shop.now(payment.order_no).state, shop.invoice(last).state) == (AttemptState.CAPTURED, State.ISSUED)
    assert ["invoice" in order.extra for order in shop.orders()] == [True, False]


async def _take(shop: SplitShop, notice: Notice) -> None:
    shop.parts.notices.take("mypay", notice)


def test_a_sale_that_was_never_paid_owes_no_e_invoice(shop: SplitShop) -> None:
    part = shop.take_part(300, invoice_request=invoice_request(Kind.PAPER))
    shop.refund_part(part, 300)
    shop.pass_time(3600)
    assert (shop.invoicing.owed(SIGNED_OUT), shop.arrived["api/orders"]) == ([], 0)
    assert shop.day.run(shop.invoicing.issue(SIGNED_OUT, part.order_no)).owed is False


@pytest.mark.parametrize(("kind", "paper"), [(PAPER, PrintState.UNSURE), (MOBILE, PrintState.NEVER)])
def test_an_e_invoice_that_a_restored_journal_does_not_know_is_found_and_not_refused(
    day: VirtualDay, tmp_path: Path, kind: InvoiceRequest, paper: PrintState
) -> None:
    """Its proof may have been printed: the cashier is asked, and no second original comes out by itself."""
    file, backup = tmp_path / "counter.sqlite", tmp_path / "backup.sqlite"
    shop = SplitShop(day, path=file)
    paid = shop.take(Tender.MYPAY, 125, gateway="mypay")
    shop.customer_pays(paid)
    shop.pass_time(60)
    shop.stop()
    shutil.copy(file, backup)
    shop.start()
    shop.request(paid, kind=kind)
    shop.pass_time(5)
    known = shop.invoice(paid)
    shop.stop()
    shutil.copy(backup, file)
    shop.start()
    shop.request(paid, kind=kind)
    shop.pass_time(5)
    found = shop.invoice(paid)
    assert (found.state, found.number, found.paper) == (State.ISSUED, known.number, paper)
    shop.stop()
