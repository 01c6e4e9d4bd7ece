"""Cash in Hong Kong: amounts that coins cannot pay are rounded, booked and counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos.domain.cash import round_cash
from pos.domain.money import Money
from pos.domain.payment import Attempt, Sale, Tender
from pos.domain.refund import Refund, Way
from pos.domain.shift import CashMovementKind
from pos.domain.staff import Action
from pos.domain.totals import By, day_scope, totals
from pos.errors import InputError
from pos.services.shifts import Shifts
from pos.services.z_report import ReportNames, load, serialize
from pos.store.shifts import ShiftStore
from tests.support.access import SIGNED_OUT
from tests.support.refunds import REFUND, RefundShop
from tests.support.rows import wrong
from tests.support.sample import examples
from tests.support.tills import CLOSE, OPEN, READ, TAIPEI, permission
from tests.support.virtual import VirtualDay


def hkd(minor: int) -> Money:
    return Money(minor, "HKD")


NAMES = ReportNames("十全茶行", TAIPEI, {})


class Shop(RefundShop):
    """A register in Hong Kong dollars, with its shift."""

    currency = "HKD"

    def build(self, gateways: dict) -> None:  # type: ignore[type-arg]  # passed on unchanged
        super().build(gateways)
        self.shift_store = ShiftStore(self.database, "R1", self.day.clock)

        async def no_questions() -> None: ...

        self.shifts = Shifts(
            self.shift_store,
            self.ledger,
            self.store,
            self.refund_store,
            self.bus,
            lambda: NAMES,
            no_questions,
        )

    def sell(self, minor: int, tendered: int | None = None) -> Attempt:
        self.sold = getattr(self, "sold", 0) + 1
        handed = None if tendered is None else hkd(tendered)
        take = self.payments.take(
            SIGNED_OUT, Sale(hkd(minor)), Tender.CASH, payment_id=f"p{self.sold}", tendered=handed
        )
        return self.run(take)

    def back(self, made: Attempt, minor: int) -> Refund:
        return self.run(self.refunds.give(made.order_no, hkd(minor), "returned", REFUND, way=Way.CASH))


@pytest.fixture
def shop() -> Iterator[Shop]:
    with VirtualDay() as day:
        made = Shop(day)
        yield made
        assert wrong(made.database) == []
        made.stop()


@pytest.mark.parametrize(("price", "taken"), [(1234, 1230), (1235, 1240), (1239, 1240), (1230, 1230), (6, 10)])
def test_a_cash_sale_keeps_its_amount_and_takes_what_coins_can_pay(shop: Shop, price: int, taken: int) -> None:
    sold = shop.sell(price)
    assert (sold.amount, sold.cash_due, sold.tendered, sold.change) == (hkd(price), hkd(taken), hkd(taken), hkd(0))
    assert shop.store.get(sold.order_no) == sold
    (line,) = shop.ledger.of_order(sold.order_no)
    assert (line.amount, line.signed, line.rounding) == (hkd(price), price, taken - price)


def test_change_is_what_coins_make_up(shop: Shop) -> None:
    assert shop.sell(1234, 2000).change == hkd(770)
    for tendered, words in ((1231, "no coins make up HK\\$12.31"), (1220, "does not cover HK\\$12.30")):
        with pytest.raises(InputError, match=words) as caught:
            shop.sell(1234, tendered)
        assert caught.value.field == "tendered"


def test_the_journal_has_the_rounding_only_of_rounded_sales(shop: Shop) -> None:
    for price, said in ((1234, -4), (1230, None), (8888, 2)):
        sold = shop.sell(price)
        sql = "SELECT json_extract(body, '$.rounding') FROM journal WHERE kind = 'created' AND order_no = ?"
        assert shop.database.rows(sql, (sold.order_no,)) == [(said,)]


def test_a_sale_and_its_refund_leave_the_drawer_as_it_was(shop: Shop) -> None:
    shop.shifts.open(hkd(50_000), OPEN)
    sold = shop.sell(1234)
    drawer = shop.shifts.read(READ).drawer
    assert (drawer.cash_sales, drawer.rounding, drawer.expected) == (hkd(1234), hkd(-4), hkd(51_230))
    assert ("Rounding", hkd(4), -1) in drawer.steps()
    refund = shop.back(sold, 1234)
    assert (refund.amount, refund.cash_due) == (hkd(1234), hkd(1230))
    assert shop.refund_store.get(refund.refund_no) == refund
    drawer = shop.shifts.read(READ).drawer
    assert (drawer.cash_refunds, drawer.rounding, drawer.expected) == (hkd(1234), hkd(0), hkd(50_000))


def test_what_a_gateway_took_and_the_drawer_gives_back_is_rounded_once(shop: Shop) -> None:
    shop.shifts.open(hkd(50_000), OPEN)
    sold = replace(shop.sell(2000), order_no="261120BBBBBBBBBBBBBB")
    assert shop.refunds.options(shop.sell(1234).order_no).rounding(hkd(3)) == hkd(-3)
    assert sold.rounding is None


@settings(deadline=None, max_examples=examples(25, 10))
@given(price=st.integers(1, 3000), parts=st.lists(st.integers(1, 200), max_size=6))
def test_many_small_refunds_give_back_no_more_cash_than_one(price: int, parts: list[int]) -> None:
    with VirtualDay() as day:
        shop = Shop(day)
        shop.shifts.open(hkd(0), OPEN)
        sold, given_back = shop.sell(price), 0
        for part in parts:
            if given_back + part <= price:
                shop.back(sold, part)
                given_back += part
        cash = sum((one.cash_due.minor for one in shop.refunds.of_order(sold.order_no)), 0)
        assert cash == round_cash(hkd(given_back)).minor
        assert shop.shifts.read(READ).drawer.expected.minor == round_cash(hkd(price)).minor - cash
        shop.stop()


def test_the_totals_say_the_rounding_beside_the_net(shop: Shop) -> None:
    for price in (1234, 1238, 5000):
        shop.sell(price)
    shop.back(shop.sell(999), 999)
    scope = day_scope(shop.ledger.lines(day_scope(shop.day.clock.now().date()))[0].day)
    found = totals(scope, shop.ledger.groups(scope), shop.ledger.invoices(scope)).of("HKD")
    lines = shop.ledger.lines(scope)
    assert (found.whole.net, found.whole.rounding) == (1234 + 1238 + 5000, -4 + 2)
    assert found.whole.rounding == sum(one.rounding for one in lines)
    assert found.whole.taken == found.by[By.TENDER]["cash"].taken == 1230 + 1240 + 5000


def test_a_z_keeps_the_rounding_and_an_older_z_had_none(shop: Shop) -> None:
    shop.shifts.open(hkd(1000), OPEN)
    shop.sell(1234)
    closed = shop.run(shop.shifts.close(hkd(2230), {}, "", CLOSE)).report
    assert (closed.shift.difference, closed.drawer.rounding) == (hkd(0), hkd(-4))
    assert closed.totals.of("HKD").whole.rounding == -4
    report = serialize(closed)
    del report["drawer"]["rounding"]
    for table in report["totals"]["HKD"].values():
        for numbers in table.values():
            numbers.pop()
    older = replace(closed.shift, report=report)
    found = load(older, NAMES)
    assert (found.drawer.rounding, found.totals.of("HKD").whole.rounding) == (hkd(0), 0)


def test_no_float_movement_or_count_is_written_that_no_coins_make_up(shop: Shop) -> None:
    with pytest.raises(InputError, match=r"The smallest coin is HK\$0\.10: no coins make up HK\$500\.05"):
        shop.shifts.open(hkd(50_005), OPEN)
    shop.shifts.open(hkd(50_000), OPEN)
    for kind, action in ((CashMovementKind.PAID_IN, Action.PAY_IN_OUT), (CashMovementKind.DROP, Action.DROP)):
        with pytest.raises(InputError, match="no coins make up"):
            shop.run(shop.shifts.move(kind, hkd(1001), "change", permission(action)))
    with pytest.raises(InputError, match="no coins make up") as caught:
        shop.run(shop.shifts.close(hkd(49_999), {}, "lost", CLOSE))
    assert caught.value.field == "counted"


def test_a_taiwan_shop_sees_no_rounding(tmp_path: Path) -> None:
    with VirtualDay() as day:
        shop = RefundShop(day, path=tmp_path / "shop.sqlite")
        sold = shop.cash(127)
        refund = shop.give(sold, 33, way=Way.CASH)
        assert (sold.rounding, refund.rounding) == (None, None)
        drawer = shop.ledger.drawer(1, Money(0, "TWD"))
        assert "Rounding" not in [word for word, _amount, _sign in drawer.steps()]
        assert not [one for one in shop.database.rows("SELECT body FROM journal") if "rounding" in one[0]]
        shop.stop()
