"""The ledger: the content of entries, the entries behind a figure, and the sums of a drawer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pos.domain.money import Money
from pos.domain.payment import Tender
from pos.domain.refund import Way
from pos.domain.states import Event
from pos.domain.totals import By, EntryKind, Figure, InvoiceTotals, Scope, Span, day_scope, totals, week_scope
from pos.store.ledger import fee_hundredths
from tests.support.shop import NOON
from tests.support.tills import ANNA, OPEN, Till, twd

DAY = date(2026, 11, 20)


@pytest.fixture
def till() -> Iterator[Till]:
    made = Till()
    yield made
    made.database.close()


def test_a_sale_and_its_refund_are_two_entries(till: Till) -> None:
    till.shifts.open(twd(0), OPEN)
    sold = till.sold(300)
    till.clock.at += timedelta(hours=1)
    refund = till.refund(sold, 120, Way.BACK_OFFICE)
    sale, back = till.ledger.of_order(sold.order_no)
    assert (sale.kind, sale.amount, sale.signed, sale.way, sale.refund_no) == (EntryKind.SALE, twd(300), 300, "", "")
    assert (sale.at, sale.day, sale.hour, sale.cashier, sale.shift) == (NOON, DAY, 12, ANNA, 1)
    assert (back.kind, back.signed, back.way, back.refund_no) == (
        EntryKind.REFUND, -120, "back_office", refund.refund_no,
    )  # fmt: skip
    assert (back.tender, back.hour, back.fee) == ("mypay", 13, None)


@pytest.mark.parametrize(
    ("fee", "hundredths"),
    [("10.25", 1025), ("3", 300), ("0", 0), ("", None), ("free", None), ("1.005", None), ("NaN", None), ("1e20", None)],
)
def test_a_fee_is_kept_in_hundredths_or_not_at_all(fee: str, hundredths: int | None) -> None:
    assert fee_hundredths(fee) == hundredths


def test_fees_that_the_gateway_reports_are_summed(till: Till) -> None:
    waits = till.begun(300)
    till.payments.step(waits, Event.PAID, fee="10.25")
    till.sold(100)
    whole = totals(day_scope(DAY), till.ledger.groups(day_scope(DAY)), InvoiceTotals()).of("TWD").whole
    assert (whole.sales, whole.fees_of, whole.fees) == (2, 1, 1025)


def test_the_received_amount_is_booked(till: Till) -> None:
    differs = till.payments.step(till.begun(300), Event.DIFFERS, received=twd(250))
    till.payments.step(differs, Event.PAID)
    assert till.ledger.of_order(differs.order_no)[0].amount == twd(250)


def test_every_figure_opens_to_its_entries(till: Till) -> None:
    till.shifts.open(twd(0), OPEN)
    tea, card = till.cash(80), till.sold(300, Tender.WECHAT, "opay")
    till.clock.at += timedelta(hours=2)
    till.refund(card, 100, Way.GATEWAY)
    day = day_scope(DAY)
    for by, key, orders in (
        (By.TENDER, "cash", [tea]),
        (By.TENDER, "wechat", [card, card]),
        (By.GATEWAY, "opay", [card, card]),
        (By.CASHIER, ANNA, [tea, card, card]),
        (By.HOUR, "14", [card]),
        (By.DAY, DAY.isoformat(), [tea, card, card]),
    ):
        lines = till.ledger.lines(day, Figure(by=by, key=key))
        assert [line.order_no for line in lines] == [one.order_no for one in orders]
        found = totals(day, till.ledger.groups(day), till.ledger.invoices(day)).of("TWD").by[by][key]
        assert sum(line.signed for line in lines) == found.net
    whole = till.ledger.lines(day)
    assert till.ledger.lines(day, limit=1) == whole[:1]
    assert till.ledger.lines(day, after=whole[0].seq) == whole[1:]
    shift = Scope(Span.SHIFT, DAY, DAY, 1)
    assert till.ledger.lines(shift) == whole
    assert till.ledger.lines(Scope(Span.SHIFT, DAY, DAY, 2)) == []


def test_registers_are_reported_separately_and_together(till: Till) -> None:
    other = Till(register="R2", database=till.database)
    till.sold(100)
    other.sold(50)
    for register, gross in (("", 150), ("R1", 100), ("R2", 50), ("R3", 0)):
        scope = week_scope(DAY, register)
        assert totals(scope, till.ledger.groups(scope), InvoiceTotals()).of("TWD").whole.gross == gross


def test_the_shops_day_is_fixed_when_it_is_booked(till: Till) -> None:
    late = Till(zone=ZoneInfo("Asia/Taipei"), at=datetime(2026, 12, 31, 16, 0, tzinfo=UTC))
    sold = late.sold(10)
    line = late.ledger.of_order(sold.order_no)[0]
    assert (line.day, line.hour) == (date(2027, 1, 1), 0)
    late.database.close()


def invoiced(till: Till, state: int, sales: int, tax: int) -> None:
    sold = till.sold(sales + tax)
    till.database.rows(
        "INSERT INTO invoices VALUES (?, '{}', ?, 'none', NULL, 0, json_object('sales_amount', ?, 'tax_amount', ?), '',"
        " (SELECT max(seq) FROM journal))",
        (sold.order_no, state, str(sales), str(tax)),
    )


def test_invoices_are_counted_by_outcome(till: Till) -> None:
    for state, sales, tax in ((2, 100, 5), (2, 200, 10), (4, 50, 2), (6, 80, 4), (0, 30, 1), (3, 20, 1)):
        invoiced(till, state, sales, tax)
    assert till.ledger.invoices(day_scope(DAY)) == InvoiceTotals(2, 2, 1, 1, 380, 19)
    assert till.ledger.invoices(day_scope(DAY + timedelta(days=1))) == InvoiceTotals()


def test_a_drawer_counts_its_own_shift_and_currency(till: Till) -> None:
    till.shifts.open(Money(0, "HKD"), OPEN)
    till.cash(500, "HKD")
    till.cash(80)
    till.refund(till.cash(300, "HKD"), 100, Way.CASH)
    drawer = till.ledger.drawer(1, Money(1000, "HKD"))
    assert (drawer.cash_sales, drawer.cash_refunds) == (Money(800, "HKD"), Money(100, "HKD"))
    assert drawer.expected == Money(1700, "HKD")
    assert till.ledger.drawer(2, Money(7, "HKD")).expected == Money(7, "HKD")
