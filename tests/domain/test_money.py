"""Amounts as people type them and gateways send them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos.domain.money import PLACES, Money, decimal, display_hundredths, parse, places
from pos.errors import InputError


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("125", "TWD", 125),
        ("0125", "TWD", 125),
        ("12.50", "HKD", 1250),
        ("12.5", "HKD", 1250),
        ("12.", "HKD", 1200),
        ("12", "HKD", 1200),
        ("0.01", "HKD", 1),
        ("999999999999", "TWD", 999_999_999_999),
        ("9999999999.99", "HKD", 999_999_999_999),
    ],
)
def test_an_amount_is_read_in_the_currencys_own_places(text: str, currency: str, minor: int) -> None:
    assert parse(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    "text",
    ["", " ", "0", "0.00", "-5", "+5", "1e9", "１２５", "12.345", "1,250", "12.3.4", ".5", "NT$5", "٣", "5\n", "1 2",
     "1234567890123", "99999999999.99", "nan", "inf", "0x10", "1_000"],
)  # fmt: skip
def test_an_invalid_amount_is_refused_with_a_message(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(text, "HKD")
    assert caught.value.field == "amount"
    assert str(caught.value).endswith((".", "12.50."))


def test_cents_of_a_currency_without_cents_are_refused() -> None:
    with pytest.raises(InputError, match="TWD has 0 decimal places"):
        parse("12.5", "TWD")


def test_an_unknown_currency_is_refused() -> None:
    with pytest.raises(InputError, match="XYZ"):
        places("XYZ")


@given(st.integers(1, 999_999_999_999), st.sampled_from(sorted(PLACES)))
def test_writing_and_reading_an_amount_gives_it_back(minor: int, currency: str) -> None:
    assert parse(decimal(minor, currency), currency) == Money(minor, currency)


def test_people_see_grouping_and_the_currencys_sign() -> None:
    assert Money(1_234_567, "TWD").display == "NT$1,234,567"
    assert Money(123_456, "HKD").display == "HK$1,234.56"
    assert Money(-50, "HKD").display == "-HK$0.50"
    assert Money(100, "SGD").display == "SGD 1.00"
    assert str(Money(5, "HKD")) == "HKD 0.05"


def test_money_adds_only_to_the_same_currency() -> None:
    assert Money(5, "TWD") + Money(7, "TWD") == Money(12, "TWD")
    assert Money(5, "TWD") - Money(7, "TWD") == Money(-2, "TWD")
    assert Money(5, "TWD") * 3 == Money(15, "TWD")
    with pytest.raises(ValueError, match="do not add"):
        Money(5, "TWD") + Money(5, "HKD")


@pytest.mark.parametrize(
    ("value", "currency", "shown"),
    [(200, "TWD", "NT$2.00"), (140239, "TWD", "NT$1,402.39"), (-5, "HKD", "-HK$0.05"), (100, "AED", "AED 1.00")],
)
def test_a_fee_is_shown_with_hundredths_in_every_currency(value: int, currency: str, shown: str) -> None:
    assert display_hundredths(value, currency) == shown
