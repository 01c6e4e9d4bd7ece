"""A sale split over several payments: never paid twice, whatever becomes of a part."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from typing import Any

import pytest

from pos.domain.invoice import Kind, invoice_request
from pos.domain.money import Money
from pos.domain.payment import Attempt, Sale, Tender
from pos.domain.refund import RefundEvent, Way
from pos.domain.split import SalePart, SplitSale, SplitState
from pos.domain.staff import Action
from pos.domain.states import Event, State
from pos.errors import InputError, NoAnswer, NotAllowed, NotFound, NotSent
from pos.gateways.base import Answer, Verdict
from pos.services.payments import PossibleDuplicate
from pos.services.refund_options import RefundView, order_of_refunds
from pos.services.split_sales import SplitSales
from pos.store.invoices import InvoiceStore
from pos.store.refunds import RefundStore
from tests.services.conftest import MakeRegister, Register
from tests.services.test_answer_rules import PAID, SHOWN
from tests.support.access import SIGNED_OUT, EveryPayment, permit
from tests.support.gateways import Scripted
from tests.support.shop import refund
from tests.support.virtual import VirtualDay

SALE = "5a1e" * 8
WHOLE = Sale(Money(500, "TWD"))


class Counter:
    """A register at which one sale of NT$500 is split."""

    def __init__(self, make_register: MakeRegister, day: VirtualDay, *answers: Answer | Exception) -> None:
        self.gateway = Scripted(day.clock)
        self.gateway.charges = deque(answers or (SHOWN,))
        self.register: Register = make_register(self.gateway)
        self.sales = SplitSales(self.register.store)
        self.parts = 0

    def take(self, amount: int, tender: Tender = Tender.MYPAY, payment_id: str = "", **more: Any) -> Attempt:
        return self.register.run(self.taking(amount, tender, payment_id, **more))

    async def taking(self, amount: int, tender: Tender, payment_id: str = "", **more: Any) -> Attempt:
        self.parts += 1
        part, number = SalePart(SALE, WHOLE), payment_id or f"part {self.parts}"
        sale = Sale(Money(amount, "TWD"))
        return await self.register.payments.take(SIGNED_OUT, sale, tender, payment_id=number, part=part, **more)

    @property
    def sale(self) -> SplitSale:
        return self.sales.get(SALE)

    def sums(self) -> tuple[int, int, int]:
        return self.sale.paid.minor, self.sale.in_process.minor, self.sale.left.minor

    def rows(self, kind: str) -> list[dict[str, Any]]:
        sql = "SELECT body FROM journal WHERE kind = ? ORDER BY seq"
        return [json.loads(row[0]) for row in self.register.database.rows(sql, (kind,))]


@pytest.fixture
def counter(make_register: MakeRegister, day: VirtualDay) -> Counter:
    return Counter(make_register, day)


def test_each_part_is_a_payment_and_the_last_one_ends_the_sale(counter: Counter) -> None:
    waits = counter.take(300)
    assert (waits.sale_id, counter.sums(), counter.sale.state) == (SALE, (0, 300, 200), SplitState.OPEN)
    assert counter.sales.unfinished() == []
    cash = counter.take(200, Tender.CASH, tendered=Money(1000, "TWD"))
    assert (cash.state, counter.sums(), counter.sale.state) == (State.CAPTURED, (200, 300, 0), SplitState.PART)
    assert [one.sale_id for one in counter.sales.unfinished()] == [SALE]
    counter.register.store.step(waits, Event.PAID)
    assert (counter.sums(), counter.sale.state) == ((500, 0, 0), SplitState.PAID)
    assert counter.sale.paid_at is not None
    assert counter.sales.unfinished() == []
    assert (len(counter.rows("sale_opened")), counter.rows("sale_paid")) == (1, [{"sale_id": SALE}])
    assert [one.order_no for one in counter.sales.get(cash.order_no).parts] == [waits.order_no, cash.order_no]
    with pytest.raises(NotAllowed, match="already paid"):
        counter.take(1, Tender.CASH)
    with pytest.raises(NotFound):
        counter.sales.get("another")


def test_a_part_that_fails_leaves_the_rest(make_register: MakeRegister, day: VirtualDay) -> None:
    counter = Counter(make_register, day, Answer(Verdict.REFUSED, "300"), SHOWN)
    counter.take(200, Tender.CASH)
    assert counter.take(300).state is State.DECLINED
    assert (counter.sums(), counter.sales.left(SALE)) == ((200, 0, 300), Money(300, "TWD"))
    assert counter.take(300).state is State.PENDING
    with pytest.raises(NotAllowed, match="in process"):
        counter.sales.left(SALE)


def test_a_part_of_which_nothing_was_sent_is_taken_until_it_is_cancelled(
    make_register: MakeRegister, day: VirtualDay
) -> None:
    counter = Counter(make_register, day, NotSent("refused"))
    unsent = counter.take(300)
    assert (unsent.state, counter.sums()) == (State.CREATED, (0, 300, 200))
    counter.register.call(counter.register.payments.cancel, SIGNED_OUT, unsent.order_no)
    assert counter.sums() == (0, 0, 500)


def test_a_part_without_an_answer_stays_taken(make_register: MakeRegister, day: VirtualDay) -> None:
    """Its twin of the same amount is another part of this sale, and for any other sale still a possible duplicate."""
    counter = Counter(make_register, day, NoAnswer("timed out"), SHOWN)
    unknown = counter.take(250)
    assert (unknown.state, counter.sums()) == (State.UNKNOWN, (0, 250, 250))
    assert counter.take(250).state is State.PENDING
    with pytest.raises(PossibleDuplicate):
        counter.register.take(250)


def test_a_part_that_expired_may_have_been_paid(make_register: MakeRegister, day: VirtualDay) -> None:
    counter = Counter(make_register, day, Answer(Verdict.LAPSED, "1181"), SHOWN)
    assert counter.take(250).state is State.EXPIRED
    with pytest.raises(PossibleDuplicate):
        counter.take(250)
    assert counter.take(250, even_if_duplicate=True).state is State.PENDING


def test_two_parts_at_once_never_exceed_the_sale(counter: Counter) -> None:
    """Two presses of one part are one payment, and of two parts that are too much only one is sent."""

    async def press(*wanted: tuple[int, str]) -> list[object]:
        takes = [counter.taking(amount, Tender.MYPAY, number) for amount, number in wanted]
        return list(await asyncio.gather(*takes, return_exceptions=True))

    counter.gateway.takes_seconds = 3
    same = counter.register.run(press((100, "one"), (100, "one")))
    assert [type(one) for one in same] == [Attempt, NotAllowed]
    both = counter.register.run(press((300, "two"), (300, "three")))
    assert [type(one) for one in both] == [Attempt, InputError]
    assert (counter.sums(), len(counter.gateway.charged)) == ((0, 400, 100), 2)


def test_nothing_is_written_of_a_part_that_is_too_much(counter: Counter) -> None:
    for tender in (Tender.CASH, Tender.MYPAY):
        with pytest.raises(InputError, match="Only") as refused:
            counter.take(501, tender)
        assert refused.value.field == "amount"
    assert counter.rows("created") == counter.rows("sale_opened") == []
    with pytest.raises(NotFound):
        counter.register.run(
            counter.register.payments.take(
                SIGNED_OUT, WHOLE, Tender.CASH, payment_id="p", part=SalePart("a sale that did not begin")
            )
        )


def test_late_money_of_a_part_goes_to_a_manager(make_register: MakeRegister, day: VirtualDay) -> None:
    """It counts as taken while the manager decides, and as too much if they accept it."""
    counter = Counter(make_register, day, SHOWN)
    counter.gateway.queries = deque([SHOWN])
    first = counter.take(300)
    counter.register.call(counter.register.payments.cancel, SIGNED_OUT, first.order_no)
    assert counter.sums() == (0, 0, 500)
    counter.take(500, Tender.CASH)
    counter.gateway.queries = deque([Answer(Verdict.PAID, amount=Money(300, "TWD"))])
    late = counter.register.run(counter.register.payments.check_now(SIGNED_OUT, first.order_no))
    assert (late.state, counter.sums(), counter.sale.state) == (State.REVIEW, (500, 300, 0), SplitState.PAID)
    counter.register.store.settle(late, Event.PAID, permit(Action.SETTLE, "", "m").by, "it is there")
    assert (counter.sale.overpaid, len(counter.rows("sale_paid"))) == (Money(300, "TWD"), 1)


def test_a_split_sale_has_no_e_invoice_because_it_would_leave_out_the_other_parts(counter: Counter) -> None:
    paper = invoice_request(Kind.PAPER)
    for tender in (Tender.MYPAY, Tender.CASH):
        with pytest.raises(InputError, match="split sale") as refused:
            counter.take(300, tender, invoice_request=paper)
        assert refused.value.field == "invoice"
    paid = counter.take(300, Tender.CASH)
    invoices = InvoiceStore(counter.register.database, "R1", counter.register.clock)
    invoicing = counter.register.parts.invoicing(invoices, {"cash": None}, None, "", EveryPayment())  # type: ignore[arg-type,dict-item]  # neither issues nor prints
    with pytest.raises(InputError, match="split sale"):
        invoicing.request_invoice(SIGNED_OUT, paid.order_no, paper)


def test_a_part_that_is_paid_after_another_one_went_back_does_not_complete_the_sale(counter: Counter) -> None:
    """It waits for its own refund, and no e-invoice is owed."""
    waits, cash = counter.take(300), counter.take(200, Tender.CASH)
    InvoiceStore(counter.register.database, "R1", counter.register.clock).request_invoice(
        cash.order_no, invoice_request(Kind.PAPER)
    )
    store = RefundStore(counter.register.database, "R1", counter.register.clock)
    store.create(refund(cash, 200, way=Way.CASH, gateway="cash"), RefundEvent.DONE)
    counter.register.store.step(waits, Event.PAID)
    assert (counter.sale.state, counter.sale.paid_at, counter.rows("sale_paid")) == (SplitState.PART, None, [])
    assert (counter.sale.invoice is not None, [one.sale_id for one in counter.sales.unfinished()]) == (True, [SALE])
    assert counter.rows("invoice_owed") == []
    with pytest.raises(NotAllowed, match="was refunded"):
        counter.sales.left(SALE)


def test_the_rows_of_a_sale_that_is_not_split_do_not_grow(make_register: MakeRegister, day: VirtualDay) -> None:
    counter = Counter(make_register, day, PAID)
    assert counter.register.take(125).sale_id == ""
    assert ["sale_id" in body for body in counter.rows("created")] == [False]
    counter.take(300)
    assert [body.get("sale_id") for body in counter.rows("created")] == [None, SALE]


def test_the_adviser_names_the_newest_part_first(make_register: MakeRegister, day: VirtualDay) -> None:
    """It is advice: an older part can be refunded too."""
    counter = Counter(make_register, day, Answer(Verdict.PAID, amount=Money(300, "TWD")))
    first = counter.take(300)
    assert order_of_refunds(counter.sale, first).spoken() == "Part of a split sale of NT$500."
    newest = counter.take(200, Tender.CASH)
    assert "It is the newest part: refund it first." in order_of_refunds(counter.sale, newest).spoken()
    assert f"the newest part first: NT$200, {newest.order_no}." in order_of_refunds(counter.sale, first).spoken()
    store = RefundStore(counter.register.database, "R1", day.clock)
    store.create(refund(newest, way=Way.CASH, gateway="cash"), RefundEvent.DONE)
    assert "It is the newest part" in order_of_refunds(counter.sale, first).spoken()
    view = RefundView(first, (), None, sale=counter.sale)
    assert view.order == order_of_refunds(counter.sale, first)
    assert not RefundView(first, (), None).order


def test_a_search_finds_the_parts_of_a_sale_together(counter: Counter) -> None:
    parts = [counter.take(300), counter.take(200, Tender.CASH)]
    other = counter.register.take(200)
    store, newest = counter.register.store, sorted(one.order_no for one in parts)
    for text, amount in ((parts[0].order_no, None), ("500", 500), (SALE, None)):
        assert sorted(one.order_no for one in store.search(text, amount, 9, None)) == newest
    for text in (parts[0].order_no, SALE):  # of two parts, one is paid
        [found] = store.search_refundable(text, None, None, 9, None)
        assert found.order_no == parts[1].order_no
    assert other.order_no in [one.order_no for one in store.search("200", 200, 9, None)]
