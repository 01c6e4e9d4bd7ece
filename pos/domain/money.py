"""Money in whole minor units; amounts are never floats."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from pos.errors import InputError
from pos.i18n import N_, msg

PLACES: Final = {
    "TWD": 0, "JPY": 0, "IDR": 2, "MMK": 2, "HKD": 2, "CNY": 2, "USD": 2, "EUR": 2,
    "AED": 2, "MYR": 2, "SGD": 2, "THB": 2, "CAD": 2, "AUD": 2,
}  # fmt: skip
"""Minor digits by ISO 4217 currency. TWD has none in trade: no gateway accepts cents of it."""

SIGNS: Final = {"TWD": "NT$", "HKD": "HK$", "JPY": "¥", "CNY": "CN¥", "USD": "US$", "EUR": "€"}

MAX_DIGITS: Final = 12
"""Digits of an amount in minor units, as WanPay's ``total_fee`` has them (3.1.1)."""

_PLAIN = re.compile(r"([0-9]+)(?:\.([0-9]*))?", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount of one currency: ``minor`` whole minor units (TWD 125 is 125, HKD 12.50 is 1250)."""

    minor: int
    currency: str

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __mul__(self, times: int) -> Money:
        return Money(self.minor * times, self.currency)

    def __str__(self) -> str:
        return f"{self.currency} {self.decimal}"

    @property
    def decimal(self) -> str:
        """The amount with the currency's decimal places and no grouping: ``"125"`` for TWD, ``"12.50"`` for HKD."""
        return decimal(self.minor, self.currency)

    @property
    def display(self) -> str:
        """The amount for people: ``"NT$1,250"``, ``"HK$12.50"``."""
        whole, dot, rest = self.decimal.lstrip("-").partition(".")
        sign = SIGNS.get(self.currency, self.currency + " ")
        return f"{'-' if self.minor < 0 else ''}{sign}{int(whole):,}{dot}{rest}"

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add")
        return other.minor


def places(currency: str) -> int:
    """Return the minor digits of ``currency``. Raises InputError for a currency that Counter does not know."""
    try:
        return PLACES[currency]
    except KeyError:
        text = N_("Counter does not support the currency {currency}.")
        raise InputError("currency", msg(text, currency=currency)) from None


def decimal(minor: int, currency: str) -> str:
    """Return minor units as a decimal string with the currency's decimal places."""
    digits = places(currency)
    if digits == 0:
        return str(minor)
    whole, rest = divmod(abs(minor), 10**digits)
    return f"{'-' if minor < 0 else ''}{whole}.{rest:0{digits}d}"


def display_hundredths(value: int, currency: str) -> str:
    """Return a sum in hundredths of the currency's unit, as gateways report fees, for people: ``"NT$1,402.39"``."""
    sign = SIGNS.get(currency, currency + " ")
    return f"{'-' if value < 0 else ''}{sign}{abs(value) // 100:,}.{abs(value) % 100:02d}"


def parse(text: str, currency: str) -> Money:
    """Return a positive amount that a person typed or a gateway sent.

    Accepts ASCII digits with at most the currency's places after a point; no sign, no exponent, no grouping,
    at most 12 digits in minor units. Raises InputError that names the broken rule.
    """
    found = parse_sum(text, currency)
    if found.minor == 0:
        raise _refused(N_("The amount must be more than zero."))
    return found


def parse_sum(text: str, currency: str) -> Money:
    """Return an amount as :func:`parse` does, but accept 0: for a float or a count of the drawer."""
    digits = places(currency)
    found = _PLAIN.fullmatch(text)
    if found is None:
        raise _refused(N_("Write the amount in digits, for example 125 or 12.50."))
    whole, rest = found[1], found[2] or ""
    if len(rest) > digits:
        text = N_("{currency} has {places} decimal places; the amount has more.")
        raise InputError("amount", msg(text, currency=currency, places=digits))
    if len(whole.lstrip("0") + rest.ljust(digits, "0")) > MAX_DIGITS:
        raise _refused(N_("The amount is too large: at most 12 digits."))
    return Money(int(whole + rest.ljust(digits, "0")), currency)


def read_money(text: str) -> Money:
    """Return the amount of ``str(Money)``, such as ``TWD 125``. Raises InputError."""
    currency, _space, amount = text.partition(" ")
    return parse_sum(amount, currency)


def _refused(text: str) -> InputError:
    return InputError("amount", msg(text))
