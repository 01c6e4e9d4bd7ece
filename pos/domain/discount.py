"""Discounts: a percentage or an amount that is taken off a sale or a line. Pure functions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from pos.domain.money import Money, parse
from pos.domain.typed_text import check_reason
from pos.errors import InputError
from pos.i18n import N_, Message, msg

FREE_PERCENT: Final = 10
"""The share of a sale, in percent, that every cashier may take off. More needs a manager's approval."""

_PERCENT: Final = re.compile(r"([0-9]{1,3})(?:\.([0-9]{1,2}))?%", re.ASCII)


@dataclass(frozen=True, slots=True)
class Discount:
    """What is taken off, more than zero. ``rate`` is a percentage as it was typed, like ``10%``; "" for an amount."""

    amount: Money
    reason: str
    rate: str = ""


def discount_of(text: str, base: Money, reason: str) -> Discount:
    """Return the discount that a person typed, ``10%`` or ``50``, off ``base``; a percentage is rounded half up.

    Raises InputError for what is no discount, is more than ``base`` or comes to nothing, and for a missing reason.
    """
    given = text.strip()
    off = percent_of(given, base) if given.endswith("%") else _amount(given, base.currency)
    if off.minor > base.minor:
        raise _refused(msg(N_("The discount is more than {amount}."), amount=base.display))
    if not off.minor:
        raise _refused(msg(N_("{value} of {amount} is no discount."), value=given[:20], amount=base.display))
    return Discount(off, _reason(reason), given if given.endswith("%") else "")


def percent_of(text: str, base: Money) -> Money:
    """Return the part of ``base`` that a percentage such as ``12.5%`` is, rounded half up to the minor unit.

    Raises InputError unless it is from 0 to 100 with two decimal places at most.
    """
    found = _PERCENT.fullmatch(text)
    hundredths = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")) if found else -1
    if not 0 <= hundredths <= 10_000:
        raise _refused(msg(N_("{value} is not a discount like 10% or 50."), value=text[:20]))
    return Money((base.minor * hundredths + 5_000) // 10_000, base.currency)


def needs_approval(off: int, gross: int) -> bool:
    """Return whether ``off`` is more of ``gross`` than every cashier may take off; both in minor units.

    The limit is rounded as a discount of so many percent is.
    """
    return off > (gross * FREE_PERCENT + 50) // 100


def _amount(text: str, currency: str) -> Money:
    try:
        return parse(text, currency)
    except InputError as error:
        raise _refused(error.message) from None


def _reason(text: str) -> str:
    try:
        return check_reason(text)
    except InputError as error:
        raise InputError("discount_reason", error.message) from None


def _refused(message: Message | str) -> InputError:
    return InputError("discount", message)
