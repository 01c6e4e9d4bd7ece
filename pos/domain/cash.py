"""Cash: the notes and coins of each currency, and how an amount is rounded to what coins can pay."""

from __future__ import annotations

from typing import Final

from pos.domain.money import Money
from pos.errors import InputError
from pos.i18n import N_, msg

SMALLEST_COINS: Final = {
    "TWD": 1, "HKD": 10, "CNY": 10, "JPY": 1, "USD": 1, "EUR": 1, "SGD": 5, "MYR": 5, "THB": 25, "CAD": 5, "AUD": 5,
    "AED": 25, "IDR": 10_000, "MMK": 5_000,
}  # fmt: skip
"""The smallest coin (or note, where there are no coins) in circulation, in minor units.

Sources: Central Bank of the Republic of China, coins in circulation (NT$1); Hong Kong Monetary Authority, coins in
circulation (10 cents); People's Bank of China, coins (1 jiao); Act on Currency Units and Issuance of Coins of Japan,
article 5 (1 yen); United States Mint (1 cent); Council Regulation (EU) 729/2014 (1 cent); Monetary Authority of
Singapore, end of the 1-cent coin, 2002 (5 cents); Bank Negara Malaysia, rounding mechanism, 2008 (5 sen); Royal Thai
Mint (25 satang); Royal Canadian Mint, end of the penny, 2013 (5 cents); Royal Australian Mint, end of the 1-cent and
2-cent coins, 1992 (5 cents); Central Bank of the UAE (25 fils); Bank Indonesia, coins of 2016 (100 rupiah); Central
Bank of Myanmar, notes in circulation (50 kyat).
"""

DENOMINATIONS: Final = {
    "TWD": (2000, 1000, 500, 200, 100, 50, 20, 10, 5, 1),
    "HKD": (100000, 50000, 10000, 5000, 2000, 1000, 500, 200, 100, 50, 20, 10),
}
"""Notes and coins in minor units, the largest first; other currencies are counted as one sum."""


def smallest_coin(currency: str) -> int:
    """Return the smallest coin of ``currency`` in minor units."""
    return SMALLEST_COINS.get(currency, 1)


def is_rounded(currency: str) -> bool:
    """Return whether cash of ``currency`` is rounded: some of its amounts cannot be paid in coins."""
    return smallest_coin(currency) > 1


def round_cash(amount: Money) -> Money:
    """Round ``amount``, at least 0, to the nearest multiple of the smallest coin; half a coin rounds up."""
    coin = smallest_coin(amount.currency)
    return Money((2 * amount.minor + coin) // (2 * coin) * coin, amount.currency)


def rounding_of(amount: Money) -> Money | None:
    """Return what rounding adds to ``amount`` in cash (negative: takes off); None if coins can pay it."""
    difference = round_cash(amount) - amount
    return difference if difference.minor else None


def check_coins(field: str, amount: Money) -> None:
    """Raise InputError if no coins make up ``amount``; ``field`` names the input."""
    if amount.minor % smallest_coin(amount.currency):
        text = N_("The smallest coin is {coin}: no coins make up {amount}.")
        coin = Money(smallest_coin(amount.currency), amount.currency)
        raise InputError(field, msg(text, coin=coin.display, amount=amount.display))
