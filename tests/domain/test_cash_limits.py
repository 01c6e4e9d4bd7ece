"""The limits of the cash received for a sale."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos.domain.cash import DENOMINATIONS
from pos.domain.cash_limits import MOST_NOTES, check_cash, is_unusual
from pos.domain.money import PLACES, Money
from pos.errors import InputError

CURRENCIES = st.sampled_from(sorted(DENOMINATIONS))


@given(CURRENCIES, st.integers(1, 10**9), st.data())
def test_the_fewest_notes_that_cover_an_amount_are_usual_cash(currency: str, minor: int, data: st.DataObject) -> None:
    note = data.draw(st.sampled_from(DENOMINATIONS[currency]))
    handed = Money(-(-minor // note) * note, currency)
    check_cash(Money(minor, currency), handed)
    assert not is_unusual(Money(minor, currency), handed)


@given(CURRENCIES, st.integers(1, 10**6), st.integers(0, 10**11))
def test_change_of_ten_largest_notes_is_refused(currency: str, minor: int, more: int) -> None:
    amount, largest = Money(minor, currency), DENOMINATIONS[currency][0]
    with pytest.raises(InputError, match="too much cash"):
        check_cash(amount, amount + Money(MOST_NOTES * largest + more, currency))
    assert is_unusual(amount, amount + Money(largest + more, currency))


@given(st.sampled_from(sorted(PLACES)), st.integers(1, 10**9))
def test_the_exact_amount_is_accepted_in_every_currency(currency: str, minor: int) -> None:
    amount = Money(minor, currency)
    check_cash(amount, amount)
    assert not is_unusual(amount, amount)
