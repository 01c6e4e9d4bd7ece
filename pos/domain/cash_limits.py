"""Limits of the cash received for a sale, so that a scanned barcode or a typing mistake is not booked as cash.

A customer does not pay with a note that the sale does not need, so the change is less than the largest note of the
currency. :func:`is_unusual` reports an amount that breaks this rule; the window then asks for a second press. Change of
:data:`MOST_NOTES` largest notes or more is refused. :func:`pos.domain.cash.check_coins` refuses amounts that cannot be
paid in coins.
"""

from __future__ import annotations

from typing import Final

from pos.domain.cash import DENOMINATIONS
from pos.domain.money import Money
from pos.errors import InputError
from pos.i18n import N_, msg

MOST_NOTES: Final = 10
"""Limit of the change, in largest notes of the currency."""

LARGEST_ELSEWHERE: Final = 1_000_000
"""Largest note, in minor units, of a currency whose notes are not listed."""


def is_unusual(amount: Money, tendered: Money) -> bool:
    """Return whether the change is worth the largest note of the currency or more."""
    return (tendered - amount).minor >= _largest(amount.currency)


def check_cash(amount: Money, tendered: Money) -> None:
    """Raise InputError if the change for ``amount`` is worth :data:`MOST_NOTES` largest notes or more."""
    limit = MOST_NOTES * _largest(amount.currency)
    if (tendered - amount).minor >= limit:
        text = N_("{tendered} is too much cash for {amount}. Enter the cash received.")
        raise InputError("tendered", msg(text, tendered=tendered.display, amount=amount.display))


def _largest(currency: str) -> int:
    return DENOMINATIONS.get(currency, (LARGEST_ELSEWHERE,))[0]
