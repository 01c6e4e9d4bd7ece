"""People at the register: who may do what, and what a PIN must be. The table of rights is data, tested whole."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from pos.domain.shift import shown
from pos.errors import InputError, LockedOut, NotAllowed
from pos.i18n import N_, msg


class Role(StrEnum):
    """The names are stored."""

    CASHIER = "cashier"
    MANAGER = "manager"
    OWNER = "owner"


class Action(StrEnum):
    """What the services ask a right for. The names are written into the journal."""

    SELL = "sell"  # charge, ask, cancel, print what was sold
    SEE_LAST = "see_last"  # one's own last ten payments
    SEE_ALL = "see_all"  # everybody's payments, and the search
    SHIFT = "shift"  # open, count and close one's register
    DROP = "drop"  # bring money from the drawer to the safe
    PAY_IN_OUT = "pay_in_out"  # put money into the drawer, take it out, open it without a sale
    X_REPORT = "x_report"  # the running shift's totals, and with them what should be in the drawer
    REPORTS = "reports"  # totals of days and people, and exports
    REFUND = "refund"
    SETTLE = "settle"  # say what became of a payment in review
    RECONCILE = "reconcile"
    BACKUP = "backup"  # keep a copy of the journal, verify it
    RESTORE = "restore"
    STAFF = "staff"  # make people, change their PINs and roles
    KEYS = "keys"  # store and forget the merchant keys of the gateways


_CASHIER: Final = frozenset({Action.SELL, Action.SEE_LAST, Action.SHIFT, Action.DROP})
_MANAGER: Final = _CASHIER | {
    Action.SEE_ALL, Action.PAY_IN_OUT, Action.X_REPORT, Action.REPORTS, Action.REFUND, Action.SETTLE,
    Action.RECONCILE, Action.BACKUP,
}  # fmt: skip

RIGHTS: Final[dict[Role, frozenset[Action]]] = {
    Role.CASHIER: _CASHIER,
    Role.MANAGER: _MANAGER,
    Role.OWNER: _MANAGER | {Action.RESTORE, Action.STAFF, Action.KEYS},
}

UNATTENDED: Final = _CASHIER
"""Rights of whoever has not signed in where there are people: a script at the till is a cashier."""

BEFORE_PEOPLE: Final = _MANAGER - {Action.REFUND, Action.SETTLE} | {Action.RESTORE, Action.KEYS}
"""Rights in a shop without people: all but what hands money out on one person's word. The first owner may be made."""

PIN_DIGITS: Final = (4, 8)
"""Digits of a PIN, least and most."""

FREE_TRIES: Final = 5
"""Wrong PINs in a row before the first lock-out (reliability S1)."""

LOCKS: Final = tuple(timedelta(seconds=one) for one in (30, 60, 300, 900, 3600))
"""Lock-outs after the fifth, sixth, … wrong PIN; the last one for every further one."""

NAME_LIMIT: Final = 40


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may sign in; ``id`` stays the same when the name changes."""

    id: str
    name: str
    role: Role
    active: bool = True
    locked_until: datetime | None = None

    def may(self, action: Action) -> bool:
        return self.active and action in RIGHTS[self.role]


@dataclass(frozen=True, slots=True)
class Permit:
    """A right that was checked, for one action: services that hand out money or figures ask for one.

    ``who`` stands at the till, ``approved_by`` typed the PIN where that was somebody else. Both are ids, "" for nobody.
    """

    action: Action
    who: str = ""
    approved_by: str = ""


def check_pin(pin: str) -> str:
    """A PIN that may be set. Raises InputError."""
    low, high = PIN_DIGITS
    if not re.fullmatch(f"[0-9]{{{low},{high}}}", pin, re.ASCII):
        raise InputError("pin", msg(N_("A PIN has {low} to {high} digits."), low=low, high=high))
    if len(set(pin)) == 1 or pin in "01234567890" or pin in "09876543210":
        raise InputError("pin", N_("This PIN is too easy to guess: no row of equal or following digits."))
    return pin


def check_name(name: str) -> str:
    """A person's name, spaces tidied. Raises InputError."""
    tidy = " ".join(name.split())
    if not tidy or len(tidy) > NAME_LIMIT:
        raise InputError("name", msg(N_("A name has 1 to {limit} characters."), limit=NAME_LIMIT))
    return shown("name", tidy)


def lock_after(wrong: int) -> timedelta | None:
    """How long nobody may try again after ``wrong`` wrong PINs in a row; None while tries are free."""
    if wrong < FREE_TRIES:
        return None
    return LOCKS[min(wrong - FREE_TRIES, len(LOCKS) - 1)]


def locked_out(left: timedelta) -> LockedOut:
    """To be raised for a PIN while nobody may try one."""
    seconds = max(1, round(left.total_seconds()))
    return LockedOut(msg(N_("Too many wrong PINs. Try again in {seconds} s."), seconds=seconds), seconds)


def refuse(action: Action) -> NotAllowed:
    """To be raised for whoever lacks a right."""
    return NotAllowed(_REFUSALS[action])


_REFUSALS: Final = {
    Action.SELL: N_("This needs a manager: taking payments."),
    Action.SEE_LAST: N_("This needs a manager: one's own last payments."),
    Action.SEE_ALL: N_("This needs a manager: all payments."),
    Action.SHIFT: N_("This needs a manager: opening and closing a shift."),
    Action.DROP: N_("This needs a manager: a drop to the safe."),
    Action.PAY_IN_OUT: N_("This needs a manager: money into or out of the drawer."),
    Action.X_REPORT: N_("This needs a manager: the totals of a shift."),
    Action.REPORTS: N_("This needs a manager: reports."),
    Action.REFUND: N_("This needs a manager: a refund."),
    Action.SETTLE: N_("This needs a manager: settling a payment in review."),
    Action.RECONCILE: N_("This needs a manager: reconciliation."),
    Action.BACKUP: N_("This needs a manager: copying or checking the journal."),
    Action.RESTORE: N_("This needs the owner: restoring a backup."),
    Action.STAFF: N_("This needs the owner: managing people."),
    Action.KEYS: N_("This needs the owner: the merchant keys."),
}
