"""No query of a report, a search or a history reads a whole table, by SQLite's query plans."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pos.domain.money import Money
from pos.domain.totals import (
    By,
    EntryKind,
    Figure,
    InvoiceOutcome,
    LedgerEntry,
    Scope,
    Span,
    day_scope,
    month_scope,
    totals,
)
from pos.errors import NotFound
from pos.store.database import Database
from pos.store.ledger import Ledger
from pos.store.payments import PaymentStore
from pos.store.refunds import RefundStore
from tests.support.busy import LAST_DAY, REGISTER, ZONE, BusyShop
from tests.support.rows import wrong
from tests.support.shop import StoppedClock

NOW = datetime(2026, 11, 20, 14, tzinfo=UTC)


class Planned(Database):
    """Records the plan of every query."""

    plans: list[str]

    def rows(self, sql: str, values: Any = ()) -> list[tuple[Any, ...]]:
        self.plans += [row[3] for row in super().rows(f"EXPLAIN QUERY PLAN {sql}", values)]
        return super().rows(sql, values)


class Shop:
    def __init__(self, path: Path) -> None:
        self.busy = BusyShop(path, days=3, payments=60).write()
        Planned.plans = []
        self.database = Planned(path)
        clock = StoppedClock(NOW)
        self.ledger = Ledger(self.database)
        self.payments = PaymentStore(self.database, REGISTER, clock, ZONE)
        self.refunds = RefundStore(self.database, REGISTER, clock, ZONE)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    made = Shop(tmp_path_factory.mktemp("busy") / "counter.sqlite")
    yield made
    made.database.close()


SCOPES = [day_scope(LAST_DAY), day_scope(LAST_DAY, REGISTER), month_scope(LAST_DAY),
          Scope(Span.SHIFT, LAST_DAY, LAST_DAY, 2, REGISTER)]  # fmt: skip
FIGURES = [
    Figure(), Figure(currency="TWD"), Figure(kind=EntryKind.REFUND), Figure(fee_known=True), Figure(rounded=True),
    *(Figure(invoice=one) for one in InvoiceOutcome),
    Figure(currency="TWD", by=By.TENDER, key="atm", kind=EntryKind.SALE),
    Figure(by=By.GATEWAY, key="opay"), Figure(by=By.CASHIER, key="amy"), Figure(by=By.HOUR, key="09"),
    Figure(by=By.DAY, key=LAST_DAY.isoformat()),
]  # fmt: skip
TEXTS = ["A12", "lisa", "261120", "atm", "cash", "declined", "qfpay", "125", "14:30", "11-20", "2026-11-19 10:00",
         "2026-11", "REF1", "261120AAAAAAAAAAAAAA", "0123456789abcdef" * 2]  # fmt: skip


def asked(shop: Shop) -> list[Callable[[], object]]:
    found: list[Callable[[], object]] = []
    lines = shop.ledger.lines
    for scope in SCOPES:
        found += [partial(shop.ledger.groups, scope), partial(shop.ledger.invoices, scope)]
        found += [partial(lines, scope, figure, limit=10, after=3) for figure in FIGURES]
    store = shop.payments
    for text in TEXTS:
        found += [partial(store.search, text, 125, 100, None), partial(store.search, text, None, 100, NOW)]
    for text in ("", "atm", "125", "REF1", "261120", "261120A", "261120AAAAAAAAAAAAAA", "0123456789abcdef" * 2):
        found.append(partial(store.search_refundable, text, 125, None, 100, NOW))
    return [
        *found, lambda: store.search_refundable("", None, (NOW, NOW), 100, None),
        lambda: store.search("", None, 100, NOW),
        lambda: store.history("261120A"), store.waiting, store.unfinished_sales, partial(looked_up, store),
        lambda: store.ended_without_money(NOW), lambda: store.find_possible_duplicates(125, "TWD", NOW),
        lambda: store.last_of("amy", 10), lambda: shop.ledger.of_order("261120A"), shop.ledger.last,
        lambda: shop.ledger.drawer(1, Money(0, "TWD")), lambda: shop.refunds.booked(LAST_DAY, LAST_DAY),
        shop.refunds.waiting, lambda: shop.refunds.of_order("261120A"), lambda: shop.refunds.between(NOW, NOW),
    ]  # fmt: skip


def looked_up(store: PaymentStore) -> None:
    with pytest.raises(NotFound):
        store.split_sale("261120A")


def test_no_query_reads_a_whole_table(shop: Shop) -> None:
    tables = ("journal", "payments", "attempts", "bookings", "refunds", "invoices", "sale_parts", "sale_terms", "s")
    for question in asked(shop):
        Planned.plans.clear()
        question()
        scans = [plan for plan in Planned.plans if plan.startswith("SCAN")]
        assert not [plan for plan in scans if plan.split()[1] in (*tables, "a", "b", "d", "i", "p", "j")], Planned.plans


def test_late_money_is_searched_among_the_latest_ended_attempts(shop: Shop) -> None:
    Planned.plans.clear()
    shop.payments.ended_without_money(NOW)
    assert any("attempts_by_end" in plan for plan in Planned.plans), Planned.plans


def test_the_newest_payments_come_in_the_order_of_an_index(shop: Shop) -> None:
    Planned.plans.clear()
    assert len(shop.payments.search("", None, 5, None)) == 5
    assert [plan for plan in Planned.plans if "SCAN" in plan] == ["SCAN a USING INDEX attempts_by_time"]
    assert not any("TEMP B-TREE" in plan for plan in Planned.plans)


def test_the_busy_shop_verifies_and_is_the_same_for_a_seed(shop: Shop, tmp_path: Path) -> None:
    assert wrong(shop.database) == []
    again = BusyShop(tmp_path / "again.sqlite", days=3, payments=60).write()
    assert again.counted == shop.busy.counted
    other = BusyShop(tmp_path / "other.sqlite", days=3, payments=60, seed=2).write()
    assert other.counted != shop.busy.counted


@pytest.mark.parametrize("day", [LAST_DAY - timedelta(days=back) for back in range(3)])
def test_totals_are_what_was_sold(shop: Shop, day: date) -> None:
    scope, counted = day_scope(day), shop.busy.counted[day]
    found = totals(scope, shop.ledger.groups(scope), shop.ledger.invoices(scope))
    whole = found.of("TWD").whole
    assert (whole.sales, whole.gross) == (counted.sales, counted.gross)
    assert (whole.refunds, whole.refunded, whole.fees) == (counted.refunds, counted.refunded, counted.fees)
    assert found.invoices.issued == counted.invoices


@pytest.mark.parametrize("scope", SCOPES, ids=str)
def test_every_figure_opens_to_the_entries_that_it_sums(shop: Shop, scope: Scope) -> None:
    found = totals(scope, shop.ledger.groups(scope), shop.ledger.invoices(scope)).of("TWD")
    for by, table in found.by.items():
        for key, one in table.items():
            lines = shop.ledger.lines(scope, Figure("TWD", by, key))
            assert sum(line.signed for line in lines) == one.net
            assert len(lines) == one.sales + one.refunds
            assert len(shop.ledger.lines(scope, Figure("TWD", by, key, EntryKind.REFUND))) == one.refunds
            assert (
                sum(line.fee or 0 for line in shop.ledger.lines(scope, Figure("TWD", by, key, fee_known=True)))
                == one.fees
            )
    assert shop.ledger.lines(scope, Figure("HKD")) == []
    issued = shop.ledger.lines(scope, Figure(invoice=InvoiceOutcome.ISSUED))
    assert len(issued) == shop.ledger.invoices(scope).issued
    assert shop.ledger.lines(scope, Figure(invoice=InvoiceOutcome.OWED)) == []


def test_lines_come_page_by_page(shop: Shop) -> None:
    scope, found, last = month_scope(LAST_DAY), list[LedgerEntry](), shop.ledger.last()
    while more := shop.ledger.lines(scope, limit=50, after=found[-1].seq if found else 0, until=last):
        assert len(more) <= 50
        found += more
    assert found == shop.ledger.lines(scope)
    assert shop.ledger.lines(scope, until=found[9].seq) == found[:10]


def test_a_payment_is_found_by_the_minute_it_was_paid_in(shop: Shop) -> None:
    paid = next(one for one in shop.payments.search("wechat", None, 100, None) if one.state.value == "captured")
    assert paid.ended_at is not None
    for at in (paid.created_at, paid.ended_at):
        local = at.astimezone(ZONE)
        assert paid in list(shop.payments.search(f"{local:%Y-%m-%d %H:%M}", None, 100, None))
    assert paid in list(shop.payments.search(f"{LAST_DAY}", None, 1000, None))
    assert len(shop.payments.search("2026-11", None, 1000, None)) == 180


@pytest.mark.parametrize("text", ["cash", "mypay", "captured", "qfpay", "2026-11-20"])
def test_a_page_of_search_results_is_merged_from_the_indexes(shop: Shop, text: str) -> None:
    """Cash is a tender and a gateway: a payment that matches twice is found once and does not displace others."""
    Planned.plans.clear()
    found = shop.payments.search(text, None, 8, None)
    by_note = text == "qfpay"  # a word may be a note too: the few payments with it are sorted
    assert sum("TEMP B-TREE" in plan for plan in Planned.plans) == by_note, Planned.plans
    assert len({one.order_no for one in found}) == 8
    whole = shop.payments.search(text, None, 1000, None)
    assert found == whole[:8] == sorted(whole, key=lambda one: one.created_at, reverse=True)[:8]
    assert shop.payments.search(text, None, 8, found[3].created_at)[:4] == found[4:]
