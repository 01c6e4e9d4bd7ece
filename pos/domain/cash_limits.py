"""Limits of the cash handed over for a sale, so that a barcode or a slip of the hand is not booked as cash.

A customer does not hand over a note that can be taken back with the sale still covered, so the change is less than the
largest note of the currency. :func:`is_unusual` reports what breaks this rule; the window asks for a second press then.
Change of :data:`MOST_NOTES` largest notes or more is refused. (:func:`pos.domain.cash.check_coins` refuses sums that no
coins make.)
"""

from __future__ import annotations

from typing import Final

from pos.domain.cash import DENOMINATIONS
from pos.domain.money import Money
from pos.errors import InputError
from pos.i18n import N_, msg

MOST_NOTES: Final = 10
"""Largest notes that the change may be worth."""

LARGEST_ELSEWHERE: Final = 1_000_000
"""Minor units taken for the largest note of a currency whose notes are not listed."""


def is_unusual(amount: Money, tendered: Money) -> bool:
    """Return whether the change is worth a note that the customer would have kept."""
    return (tendered - amount).minor >= _largest(amount.currency)


def check_cash(amount: Money, tendered: Money) -> None:
    """Raise InputError if the change for ``amount`` is worth :data:`MOST_NOTES` largest notes or more."""
    limit = MOST_NOTES * _largest(amount.currency)
    if (tendered - amount).minor >= limit:
        text = N_("{tendered} is too much cash for {amount}. Enter the cash received.")
        raise InputError("tendered", msg(text, tendered=tendered.display, amount=amount.display))


def _largest(currency: str) -> int:
    return DENOMINATIONS.get(currency, (LARGEST_ELSEWHERE,))[0]
