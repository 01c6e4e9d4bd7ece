"""The expected cash of a drawer, counting by denomination, and reasons."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos.domain.cash import DENOMINATIONS
from pos.domain.money import Money, parse_sum
from pos.domain.shift import MAX_PIECES, Drawer, Shift, sum_of_count
from pos.domain.typed_text import check_reason
from pos.errors import InputError

sums = st.integers(0, 10**9)


@given(sums, sums, sums, sums, sums, sums, st.integers(-(10**9), 10**9), st.sampled_from(sorted(DENOMINATIONS)))
def test_the_expected_cash_follows_the_formula(
    a: int, b: int, c: int, d: int, e: int, f: int, rounding: int, currency: str
) -> None:
    drawer = Drawer(*(Money(one, currency) for one in (a, b, c, d, e, f, rounding)))
    assert drawer.expected.minor == a + b - c + d - e - f + rounding
    assert all(money.minor >= 0 for _text, money, _sign in drawer.steps())
    assert sum(money.minor * sign for _text, money, sign in drawer.steps()) == drawer.expected.minor


def test_a_difference_exists_after_the_count() -> None:
    shift = Shift(1, "R1", datetime(2026, 11, 20, tzinfo=UTC), Money(5, "TWD"))
    assert shift.difference is None
    counted = Shift(1, "R1", shift.opened_at, shift.opening, counted=Money(3, "TWD"), expected=Money(5, "TWD"))
    assert counted.difference == Money(-2, "TWD")


@pytest.mark.parametrize("currency", DENOMINATIONS)
@given(data=st.data())
def test_a_count_is_the_sum_of_its_pieces(currency: str, data: st.DataObject) -> None:
    pieces = DENOMINATIONS[currency]
    assert list(pieces) == sorted(pieces, reverse=True)
    notes = data.draw(st.dictionaries(st.sampled_from(pieces), st.integers(0, MAX_PIECES)))
    assert sum_of_count(notes, currency) == Money(sum(one * many for one, many in notes.items()), currency)


def test_unknown_denominations_are_refused() -> None:
    for notes, currency in (({3: 1}, "TWD"), ({2000: 1}, "USD"), ({1: 1}, "HKD")):
        with pytest.raises(InputError, match="no such note"):
            sum_of_count(notes, currency)
    for many in (-1, MAX_PIECES + 1):
        with pytest.raises(InputError, match="At most 99999"):
            sum_of_count({1: many}, "TWD")
    assert sum_of_count({}, "USD") == Money(0, "USD")


def test_a_reason_is_a_short_line() -> None:
    assert check_reason("  no \t idea ") == "no idea"
    for text, words in (
        ("", "Enter a reason"),
        (" \n", "Enter a reason"),
        ("x" * 201, "200 characters"),
        ("a\x00b", "cannot be shown"),
    ):
        with pytest.raises(InputError, match=words):
            check_reason(text)
    assert check_reason("找錯錢") == "找錯錢"


def test_a_float_and_a_count_may_be_zero() -> None:
    assert parse_sum("0", "TWD") == Money(0, "TWD")
    assert parse_sum("0.00", "HKD") == Money(0, "HKD")
    for text in ("-5", "", "1.5", "1e3", "９"):
        with pytest.raises(InputError):
            parse_sum(text, "TWD")
