"""People, their roles, and the rights of each role."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from pos.domain.typed_text import tidy_text
from pos.errors import InputError, NotAllowed
from pos.i18n import N_, msg


class Role(StrEnum):
    """The names are stored."""

    CASHIER = "cashier"
    MANAGER = "manager"
    OWNER = "owner"


class Action(StrEnum):
    """An action that needs a right. The names are stored in the journal."""

    SELL = "sell"  # charge, query, cancel, print a receipt
    SEE_LAST = "see_last"  # one's own last ten payments
    SEE_ALL = "see_all"  # all payments, and the search
    SHIFT = "shift"  # open, count and close the register's shift
    DROP = "drop"  # move cash from the drawer to the safe
    PAY_IN_OUT = "pay_in_out"  # put cash into the drawer, take it out, open it without a sale
    X_REPORT = "x_report"  # the open shift's totals, with the cash that should be in the drawer
    REPORTS = "reports"  # totals of days and people, and exports
    REFUND = "refund"
    SETTLE = "settle"  # decide the outcome of a payment in review
    RECONCILE = "reconcile"
    CAPTURE = "capture"  # capture an authorised payment
    STOP_DEBIT = "stop_debit"  # end a customer's direct debit
    BIND_WALLET = "bind_wallet"  # bind a customer's card at the gateway
    INVOICE_LATER = "invoice_later"  # request an e-invoice for any payment; for one's own last ten no right is needed
    TAKE_OVER = "take_over"  # continue what the register left open under its former name
    SEE_STAFF = "see_staff"  # list the people of the shop with their roles
    DISCOUNT = "discount"  # take more off a sale than every cashier may
    ITEMS = "items"  # change the catalogue
    BACKUP = "backup"  # copy the journal, verify it
    RESTORE = "restore"
    STAFF = "staff"  # add people, change their PINs and roles
    SETTINGS = "settings"  # change the settings file
    KEYS = "keys"  # store and remove the merchant keys of the gateways


_CASHIER: Final = frozenset({Action.SELL, Action.SEE_LAST, Action.SHIFT, Action.DROP})
_MANAGER: Final = _CASHIER | {
    Action.SEE_ALL, Action.PAY_IN_OUT, Action.X_REPORT, Action.REPORTS, Action.REFUND, Action.SETTLE,
    Action.RECONCILE, Action.BACKUP, Action.CAPTURE, Action.STOP_DEBIT, Action.BIND_WALLET, Action.INVOICE_LATER,
    Action.TAKE_OVER, Action.SEE_STAFF, Action.DISCOUNT, Action.ITEMS, Action.SETTINGS,
}  # fmt: skip

RIGHTS: Final[dict[Role, frozenset[Action]]] = {
    Role.CASHIER: _CASHIER,
    Role.MANAGER: _MANAGER,
    Role.OWNER: _MANAGER | {Action.RESTORE, Action.STAFF, Action.KEYS},
}

SIGNED_OUT_RIGHTS: Final = _CASHIER - {Action.SEE_LAST}
"""Rights without a sign-in in a shop with people: those of a cashier, without payments of one's own."""

RIGHTS_BEFORE_PEOPLE: Final = _MANAGER - {Action.REFUND, Action.SETTLE} | {Action.RESTORE, Action.KEYS}
"""Rights in a shop without people: those of a manager without refunds and settling, with restore and keys."""

NAME_LIMIT: Final = 40


@dataclass(frozen=True, slots=True)
class Person:
    """A person who may sign in; ``id`` stays the same when the name changes."""

    id: str
    name: str
    role: Role
    active: bool = True
    locked_until: datetime | None = None

    def may(self, action: Action) -> bool:
        return self.active and action in RIGHTS[self.role]


def check_name(name: str) -> str:
    """Return a person's name with its white space tidied. Raises InputError."""
    tidy = " ".join(name.split())
    if not tidy or len(tidy) > NAME_LIMIT:
        raise InputError("name", msg(N_("A name has 1 to {limit} characters."), limit=NAME_LIMIT))
    return tidy_text("name", tidy)


def not_allowed(action: Action) -> NotAllowed:
    """Return the error to raise for a person without the right to ``action``."""
    return NotAllowed(_REFUSALS[action])


_REFUSALS: Final = {
    Action.SELL: N_("This needs a manager: taking payments."),
    Action.SEE_LAST: N_("This needs a manager: your own last payments."),
    Action.SEE_ALL: N_("This needs a manager: all payments."),
    Action.SHIFT: N_("This needs a manager: opening and closing a shift."),
    Action.DROP: N_("This needs a manager: a drop to the safe."),
    Action.PAY_IN_OUT: N_("This needs a manager: money into or out of the drawer."),
    Action.X_REPORT: N_("This needs a manager: the totals of a shift."),
    Action.REPORTS: N_("This needs a manager: reports."),
    Action.REFUND: N_("This needs a manager: a refund."),
    Action.SETTLE: N_("This needs a manager: settling a payment in review."),
    Action.RECONCILE: N_("This needs a manager: reconciliation."),
    Action.CAPTURE: N_("This needs a manager: capturing authorised money."),
    Action.STOP_DEBIT: N_("This needs a manager: ending a direct debit."),
    Action.BIND_WALLET: N_("This needs a manager: binding a customer's card."),
    Action.INVOICE_LATER: N_("This needs a manager: an e-invoice for another person's payment."),
    Action.TAKE_OVER: N_("This needs a manager: continuing what is open under the former name."),
    Action.SEE_STAFF: N_("This needs a manager: the list of people."),
    Action.DISCOUNT: N_("This needs a manager: a discount of more than 10%."),
    Action.ITEMS: N_("This needs a manager: changing items."),
    Action.BACKUP: N_("This needs a manager: copying or checking the journal."),
    Action.RESTORE: N_("This needs the owner: restoring a backup."),
    Action.STAFF: N_("This needs the owner: managing people."),
    Action.SETTINGS: N_("This needs a manager: the settings."),
    Action.KEYS: N_("This needs the owner: the merchant keys."),
}
