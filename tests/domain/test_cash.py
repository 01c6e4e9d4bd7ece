"""The smallest coins, and the rounding of cash."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos.domain.cash import (
    DENOMINATIONS,
    SMALLEST_COINS,
    check_coins,
    is_rounded,
    round_cash,
    rounding_of,
    smallest_coin,
)
from pos.domain.money import PLACES, Money
from pos.domain.payment import check_tendered
from pos.errors import InputError

amounts = st.builds(Money, st.integers(0, 10**12), st.sampled_from(sorted(PLACES)))


def test_every_known_currency_has_a_smallest_coin() -> None:
    assert set(SMALLEST_COINS) == set(PLACES)
    assert smallest_coin("XYZ") == 1


@pytest.mark.parametrize("currency", DENOMINATIONS)
def test_the_smallest_coin_of_a_count_is_the_one_used_for_rounding(currency: str) -> None:
    assert min(DENOMINATIONS[currency]) == smallest_coin(currency)
    assert all(piece % smallest_coin(currency) == 0 for piece in DENOMINATIONS[currency])


@pytest.mark.parametrize(
    ("minor", "currency", "rounded"),
    [
        (1234, "HKD", 1230), (1235, "HKD", 1240), (4, "HKD", 0), (99_999, "HKD", 100_000), (5, "CNY", 10),
        (1002, "SGD", 1000), (1003, "SGD", 1005), (7, "MYR", 5), (8, "AUD", 10), (1238, "THB", 1250),
        (125, "TWD", 125), (1, "JPY", 1), (1234, "USD", 1234), (33, "EUR", 33),
    ],
)  # fmt: skip
def test_cash_is_rounded_half_up_to_the_smallest_coin(minor: int, currency: str, rounded: int) -> None:
    assert round_cash(Money(minor, currency)) == Money(rounded, currency)


@given(amounts)
def test_rounded_cash_is_the_nearest_amount_in_coins(amount: Money) -> None:
    coin, rounded = smallest_coin(amount.currency), round_cash(amount)
    check_coins("amount", rounded)
    assert -coin < 2 * (rounded.minor - amount.minor) <= coin
    assert round_cash(rounded) == rounded
    rounding = rounding_of(amount)
    assert (amount + rounding if rounding else amount) == rounded
    if not is_rounded(amount.currency):
        assert rounding is None


@given(amounts)
def test_cash_that_cannot_be_paid_in_coins_is_refused(amount: Money) -> None:
    if amount.minor % smallest_coin(amount.currency) == 0:
        check_tendered(Money(0, amount.currency), amount)
        return
    with pytest.raises(InputError, match="no coins make up") as caught:
        check_tendered(Money(0, amount.currency), amount)
    assert caught.value.field == "tendered"
