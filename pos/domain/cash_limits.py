"""Limits of the cash handed over for a sale, so that a barcode or a slip of the hand is not booked as cash.

A customer does not hand over a note that can be taken back with the sale still covered, so the change is less than the
largest note of the currency. :func:`is_unusual` reports what breaks this rule; the window asks for a second press then.
Change of :data:`MOST_NOTES` largest notes or more, and sums that no notes and coins make, are refused.
"""

from __future__ import annotations

from typing import Final

from pos.domain.money import Money
from pos.domain.shift import DENOMINATIONS
from pos.errors import InputError
from pos.i18n import N_, msg

MOST_NOTES: Final = 10
"""Largest notes that the change may be worth."""

LARGEST_ELSEWHERE: Final = 1_000_000
"""Minor units that stand for the largest note of a currency whose notes are not listed."""


def is_unusual(amount: Money, tendered: Money) -> bool:
    """Return whether the change is worth a note that the customer would have kept."""
    return (tendered - amount).minor >= _largest(amount.currency)


def check_cash(amount: Money, tendered: Money) -> None:
    """Check that ``tendered`` can be cash for ``amount``. Exactly the amount always can.

    Raises InputError: the change is worth :data:`MOST_NOTES` largest notes or more, or no notes and coins make the sum.
    """
    limit = MOST_NOTES * _largest(amount.currency)
    if (tendered - amount).minor >= limit:
        text = N_("{tendered} is too much cash for {amount}. Type what was handed over.")
        raise InputError("tendered", msg(text, tendered=tendered.display, amount=amount.display))
    pieces = DENOMINATIONS.get(amount.currency)
    if pieces and tendered != amount and tendered.minor % pieces[-1]:
        text = N_("No notes and coins make {tendered}; the smallest coin is {coin}.")
        coin = Money(pieces[-1], amount.currency).display
        raise InputError("tendered", msg(text, tendered=tendered.display, coin=coin))


def _largest(currency: str) -> int:
    return DENOMINATIONS.get(currency, (LARGEST_ELSEWHERE,))[0]
