"""Power cuts before and after each write and each call of a refund: nothing is lost, nothing is refunded twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pos.domain.invoice import Kind, State, invoice_request
from pos.domain.payment import Attempt, Line, Sale, Tender
from pos.domain.refund import Refund, RefundState, Way
from pos.gateways.base import RefundAnswer, RefundVerdict
from tests.support.access import SIGNED_OUT
from tests.support.gateways import ScriptedRefunds
from tests.support.power import FUSE, Wired, WiredShop, cut_everywhere, power
from tests.support.refunds import REFUND, RefundShop, twd
from tests.support.rows import wrong
from tests.support.virtual import VirtualDay

pytestmark = pytest.mark.long


class Bank(ScriptedRefunds):
    """A gateway that remembers its refunds; a point before each call and one after it."""

    def __init__(self, day: VirtualDay, queues: bool) -> None:
        super().__init__(day.clock)
        self.queues = queues
        self.given: dict[str, int] = {}
        self.queue: dict[str, int] = {}
        self.times: dict[str, int] = {}

    async def refund(self, attempt: Attempt, refund: Refund) -> RefundAnswer:
        FUSE.point()
        self.times[refund.refund_no] = self.times.get(refund.refund_no, 0) + 1
        (self.queue if self.queues else self.given)[refund.refund_no] = refund.amount.minor
        due = refund.created_at + timedelta(hours=5)
        FUSE.done("refund")
        if self.queues:
            return RefundAnswer(RefundVerdict.ACCEPTED, due=due)
        return RefundAnswer(RefundVerdict.DONE, amount=refund.amount)

    async def query_refund(self, attempt: Attempt, refund: Refund) -> RefundAnswer:
        if refund.refund_no in self.given:
            return RefundAnswer(RefundVerdict.DONE, amount=refund.amount)
        return RefundAnswer(RefundVerdict.UNSURE if refund.refund_no in self.queue else RefundVerdict.MISSING)

    async def withdraw_refund(self, attempt: Attempt, refund: Refund) -> RefundAnswer:
        FUSE.point()
        self.queue.pop(refund.refund_no, None)
        FUSE.done("withdrawal")
        return RefundAnswer(RefundVerdict.WITHDRAWN)

    def midnight(self) -> None:
        self.given |= self.queue
        self.queue.clear()


CASES = [(False, False, None), (True, False, None), (True, True, None), (False, False, Way.CASH)]


def cut(folder: Path, queues: bool, withdraws: bool, way: Way | None, point: int) -> list[tuple[str, str]]:
    """Run a refund with the power cut at ``point``, start again, check everything. Return the kinds of its points."""
    with VirtualDay() as day:
        bank = Bank(day, queues)
        shop = RefundShop(day, bank, folder / f"{point}.sqlite", Wired)
        made = shop.paid(125)
        with power(point):
            given = shop.run(shop.refunds.give(made.order_no, twd(80), "r", REFUND, way=way))
            if withdraws:
                shop.run(shop.refunds.withdraw(given.refund_no, REFUND))
            shop.pass_time(8)
        kinds = list(FUSE.kinds)
        shop.stop()
        start_again(shop, bank, made)
    return kinds


def start_again(shop: RefundShop, bank: Bank, made: Attempt) -> None:
    """Check the next start: at most one refund, settled or in review."""
    shop.start()
    assert wrong(shop.database) == [], "the tables follow from the journal at every cut"
    shop.call(shop.refunds.resume)
    shop.pass_time(5 * 3600)
    bank.midnight()
    shop.pass_time(3 * 86400)
    refunds = shop.refunds.of_order(made.order_no)
    assert len(refunds) <= 1
    assert set(bank.given) <= {one.refund_no for one in refunds}
    assert all(times == 1 for times in bank.times.values())
    for one in refunds:
        allowed = {RefundState.REVIEW, RefundState.REFUNDED}
        if one.refund_no not in bank.given and one.way is Way.GATEWAY:
            allowed = {RefundState.REVIEW, RefundState.WITHDRAWN}
        assert one.state in allowed
        assert shop.refund_store.committed(made.order_no) == (0 if one.state is RefundState.WITHDRAWN else 80)
    booked = [one.amount.minor for one in shop.ledger.of_order(made.order_no) if one.kind.value == "refund"]
    assert booked == [80 for one in refunds if one.state is RefundState.REFUNDED]
    assert wrong(shop.database) == []
    shop.stop()


@pytest.mark.parametrize(("queues", "withdraws", "way"), CASES, ids=["at once", "queued", "withdrawn", "cash"])
def test_a_power_cut_at_any_point_gives_nothing_back_twice(
    tmp_path: Path, queues: bool, withdraws: bool, way: Way | None
) -> None:
    cut_everywhere("refund", lambda point: cut(tmp_path, queues, withdraws, way, point))


# -- refunds with items, by MyPay, of sales with e-invoices -----------------------------------------------------

TEA, CAKE = Line("茶", twd(100), 1), Line("糕", twd(25), 1)


@dataclass(frozen=True)
class Given:
    """The refunds of a sale of 125. ``tool`` decides whether MyPay does it at once or at midnight."""

    name: str
    tool: str
    lines: tuple[Line, ...]
    invoice: State
    withdraws: bool = False

    @property
    def amount(self) -> int:
        return sum(line.total.minor for line in self.lines)


GIVEN = [
    Given("whole, e-invoice voided", "CREDITCARD", (TEA, CAKE), State.VOID),
    Given("a part, allowance", "CREDITCARD", (CAKE,), State.ALLOWANCE),
    Given("whole at midnight, e-invoice voided", "E_COLLECTION", (TEA, CAKE), State.VOID),
    Given("withdrawn before midnight", "E_COLLECTION", (TEA,), State.ALLOWANCE, withdraws=True),
]


def invoiced_sale(shop: WiredShop, given: Given) -> Attempt:
    """A captured sale of two items whose e-invoice is issued."""
    sale = Sale(twd(125), (TEA, CAKE), {"pfn": given.tool})
    take = shop.payments.take(
        SIGNED_OUT, sale, Tender.MYPAY, payment_id="p1", invoice_request=invoice_request(Kind.PAPER)
    )
    made = shop.day.run(take)
    shop.customer_pays(made)
    shop.pass_time(8)
    assert shop.invoices.get(made.order_no).state is State.ISSUED
    return shop.now(made.order_no)


def cut_with_items(folder: Path, given: Given, point: int) -> list[tuple[str, str]]:
    with VirtualDay() as day:
        shop = WiredShop(day, path=folder / f"{point}.sqlite", options={"mypay": {"lookup_by_order": "yes"}})
        made = invoiced_sale(shop, given)
        with power(point):
            give = shop.refunds.give(made.order_no, twd(given.amount), "returned", REFUND, lines=given.lines)
            refund = shop.day.run(give)
            if given.withdraws:
                shop.day.run(shop.refunds.withdraw(refund.refund_no, REFUND))
            shop.pass_time(8)
        kinds = list(FUSE.kinds)
        shop.stop()
        start_again_with_items(shop, given, made)
    return kinds


def start_again_with_items(shop: WiredShop, given: Given, made: Attempt) -> None:
    """Check that the refunds and the state of the e-invoice equal the gateway's."""
    shop.start()
    assert wrong(shop.database) == [], "the tables follow from the journal at every cut"
    shop.resume()
    shop.pass_time(3 * 86400)
    order = shop.simulator.orders.find("mypay", made.order_no)
    assert order is not None
    truth, refunds = shop.simulator.orders.refunded(order), shop.refunds.of_order(made.order_no)
    assert shop.arrived["api/refund"] <= 1
    assert truth in (0, given.amount)
    assert [one.lines for one in refunds] in ([], [given.lines])
    booked = [one.amount.minor for one in shop.ledger.of_order(made.order_no) if one.kind.value == "refund"]
    assert booked == [given.amount for one in refunds if one.state is RefundState.REFUNDED]
    for one in refunds:
        assert one.state in (
            {RefundState.REFUNDED, RefundState.REVIEW} if truth else {RefundState.WITHDRAWN, RefundState.REVIEW}
        )
        if one.state is not RefundState.REVIEW:
            assert shop.invoices.get(made.order_no).state == order.extra["invoice"]["state"] == given.invoice
    assert wrong(shop.database) == []
    shop.stop()


@pytest.mark.parametrize("given", GIVEN, ids=lambda given: given.name)
def test_a_power_cut_leaves_a_refund_with_items_and_its_e_invoice_as_the_gateway_has_them(
    tmp_path: Path, given: Given, record_property: Any
) -> None:
    points = cut_everywhere(given.name, lambda point: cut_with_items(tmp_path, given, point))
    record_property("crash points", points)
