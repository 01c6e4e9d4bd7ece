"""Totals: every table of a report sums to the whole; scopes are calendar days, weeks and months."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos.domain.money import Money
from pos.domain.tenders import place_of
from pos.domain.totals import (
    By,
    EntryKind,
    Group,
    InvoiceTotals,
    LedgerEntry,
    Scope,
    Span,
    Sum,
    day_scope,
    month_scope,
    move_scope,
    totals,
    week_scope,
)

DAY = date(2026, 11, 20)

numbers = st.integers(0, 10**6)
groups = st.builds(
    Group,
    st.sampled_from(("TWD", "HKD")),
    st.sampled_from(("cash", "wechat", "atm")),
    st.sampled_from(("cash", "opay", "mypay")),
    st.sampled_from(("", "anna", "ben")),
    st.sampled_from(("2026-11-20", "2026-11-21")),
    st.integers(0, 23),
    *(numbers,) * 6,
)


@given(st.lists(groups, max_size=20))
def test_every_table_sums_to_the_whole(found: list[Group]) -> None:
    made = totals(day_scope(DAY), found, InvoiceTotals())
    assert [one.currency for one in made.currencies] == sorted({one.currency for one in found})
    for one in made.currencies:
        assert one.whole == sum((group.sum for group in found if group.currency == one.currency), Sum())
        assert all(sum(one.by[by].values(), Sum()) == one.whole for by in By)
        assert list(one.by[By.TENDER]) == sorted(one.by[By.TENDER], key=place_of)
        assert all(list(table) == sorted(table) for by, table in one.by.items() if by is not By.TENDER)
    assert made.of("USD").whole == Sum()
    assert set(made.of("USD").by) == set(By)


def test_a_refund_counts_against_its_sale() -> None:
    assert Sum(sales=2, gross=300, refunds=1, refunded=120).net == 180
    sale = LedgerEntry(
        1,
        datetime(2026, 11, 20, tzinfo=UTC),
        DAY,
        8,
        EntryKind.SALE,
        "A",
        "",
        "cash",
        "cash",
        "",
        Money(125, "TWD"),
        "",
        "R1",
    )
    assert sale.signed == 125
    assert replace(sale, kind=EntryKind.REFUND).signed == -125


@pytest.mark.parametrize(
    ("day", "week", "month"),
    [
        (date(2026, 11, 20), (date(2026, 11, 16), date(2026, 11, 22)), (date(2026, 11, 1), date(2026, 11, 30))),
        (date(2026, 12, 31), (date(2026, 12, 28), date(2027, 1, 3)), (date(2026, 12, 1), date(2026, 12, 31))),
        (date(2028, 2, 29), (date(2028, 2, 28), date(2028, 3, 5)), (date(2028, 2, 1), date(2028, 2, 29))),
        (date(2027, 2, 28), (date(2027, 2, 22), date(2027, 2, 28)), (date(2027, 2, 1), date(2027, 2, 28))),
        (date(2027, 1, 1), (date(2026, 12, 28), date(2027, 1, 3)), (date(2027, 1, 1), date(2027, 1, 31))),
    ],
)
def test_weeks_and_months_are_the_calendars(day: date, week: tuple[date, date], month: tuple[date, date]) -> None:
    assert (day_scope(day).first, day_scope(day).last) == (day, day)
    assert (week_scope(day).first, week_scope(day).last) == week
    assert (month_scope(day).first, month_scope(day).last) == month


@given(
    st.dates(date(2000, 2, 1), date(2100, 1, 1)),
    st.integers(-30, 30),
    st.sampled_from((Span.DAY, Span.WEEK, Span.MONTH)),
)
def test_moving_a_scope_there_and_back_changes_nothing(day: date, by: int, span: Span) -> None:
    from pos.domain.totals import SCOPES

    scope = SCOPES[span](day, "R1")
    there = move_scope(scope, by)
    assert there.register_id == "R1"
    assert move_scope(there, -by) == scope
    if by == 1:
        assert (there.first - scope.last).days == 1


def test_scopes_move_over_a_leap_day_and_a_years_end() -> None:
    assert move_scope(day_scope(date(2028, 2, 28)), 1).first == date(2028, 2, 29)
    assert move_scope(day_scope(date(2026, 12, 31)), 1).first == date(2027, 1, 1)
    assert move_scope(month_scope(date(2026, 12, 31)), 2).last == date(2027, 2, 28)
    assert move_scope(month_scope(date(2026, 1, 31)), -1).last == date(2025, 12, 31)
    shift = Scope(Span.SHIFT, DAY, DAY, 3)
    assert move_scope(shift, 1) is shift
