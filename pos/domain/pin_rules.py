"""Rules for PINs: which digits are allowed, and how long wrong PINs lock further tries.

Limits on guessing, whatever mix of names, actions, correct PINs of one's own and restarts an attacker uses:

- Every try that names a person counts against that person, for all actions together. Only that person's correct PIN or
  a new PIN ends the count. After 5 wrong PINs each further try is locked for 30 s, 1, 5 and 15 minutes, then 1 hour:
  at most 9 tries, then 1 an hour.
- Every try without a name counts against its action, with the same limits, and against one count shared by all
  actions, which locks after 10. No PIN ends these counts. Time does: each falls by 1 an hour. The shared count allows
  at most 15 tries, then 1 an hour.

Together at most 24 tries, then 2 an hour, can be compared with one person's PIN: 72 in the first day, 48 in each
further one. Managers and owners have 6 digits or more, so 10,000 guesses take 207 days and find a PIN with a chance of
1 in 100. Without waiting for the locks an attacker has 15 guesses: 5 with the name, 10 without. Each sign-in of the
person ends that person's own count, so it gives up to 4 guesses more.

Typing mistakes in daily use: 4 wrong PINs without a name within an hour lock nothing, 5 lock that action for 30
seconds, and an hour later one of them no longer counts. While unnamed tries are locked, a manager's PIN still works
after the manager's name is chosen.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import timedelta
from typing import Final

from pos.domain.staff import Role
from pos.errors import InputError, LockedOut
from pos.i18n import N_, msg

PIN_DIGITS: Final = {Role.CASHIER: (4, 8), Role.MANAGER: (6, 12), Role.OWNER: (6, 12)}
"""Digits of a new PIN, least and most."""

SHORTEST: Final = min(low for low, _high in PIN_DIGITS.values())
LONGEST: Final = max(high for _low, high in PIN_DIGITS.values())

FREE_TRIES: Final = 5
"""Wrong PINs of one count before the first lock-out."""

SHARED_TRIES: Final = 10
"""The same for the count that all tries without a name share."""

LOCKS: Final = tuple(timedelta(seconds=one) for one in (30, 60, 300, 900, 3600))
"""Lock-outs after the last free try and each further wrong PIN; the last one repeats."""

DECAY: Final = LOCKS[-1]
"""A count that only time ends falls by 1 in this time: after the longest lock one more try is possible."""


def typed_pin(text: str) -> str:
    """Return the digits of a typed PIN: full-width digits become ASCII, spaces and line ends are dropped.

    Raises InputError for a text that cannot be a PIN. Such a text is not counted as a try.
    """
    wide = unicodedata.normalize("NFKC", text)
    digits = "".join(one for one in wide if not one.isspace() and unicodedata.category(one) not in ("Cc", "Cf"))
    if not re.fullmatch(f"[0-9]{{{SHORTEST},{LONGEST}}}", digits, re.ASCII):
        raise InputError("pin", msg(N_("A PIN has {low} to {high} digits."), low=SHORTEST, high=LONGEST))
    return digits


def check_pin(pin: str, role: Role) -> str:
    """Return a PIN that a person of this role may set. Raises InputError."""
    pin = typed_pin(pin)
    low, high = PIN_DIGITS[role]
    if not low <= len(pin) <= high:
        text = N_("A PIN has {low} to {high} digits.")
        if role is not Role.CASHIER:
            text = N_("The PIN of a manager or owner has {low} to {high} digits.")
        raise InputError("pin", msg(text, low=low, high=high))
    if len(set(pin)) == 1 or pin in "01234567890" or pin in "09876543210":
        raise InputError("pin", N_("This PIN is too easy to guess: do not use repeated or consecutive digits."))
    return pin


def needs_new_pin(before: Role, after: Role) -> bool:
    """Return whether a change of role asks for a new PIN: the old one may be shorter than the new role allows."""
    return PIN_DIGITS[after][0] > PIN_DIGITS[before][0]


def is_short(pin: str, role: Role) -> bool:
    """Return whether a correct PIN is shorter than a new one of this role may be. It works until it is changed."""
    return len(pin) < PIN_DIGITS[role][0]


def lock_after(wrong: float, free: int = FREE_TRIES) -> timedelta | None:
    """Return how long tries are locked after ``wrong`` wrong PINs, None while tries are free.

    A part of a count is rounded: some seconds between tries make no difference.
    """
    count = int(wrong + 0.5)
    if count < free:
        return None
    return LOCKS[min(count - free, len(LOCKS) - 1)]


def decayed(wrong: float, elapsed: float) -> float:
    """Return what is left of a count that falls with time, ``elapsed`` seconds after its last wrong PIN."""
    return max(0.0, wrong - elapsed / DECAY.total_seconds())


def locked_out(left: timedelta) -> LockedOut:
    """Return the error to raise while tries are locked."""
    seconds = max(1, round(left.total_seconds()))
    return LockedOut(msg(N_("Too many wrong PINs. Try again in {seconds} s."), seconds=seconds), seconds)
