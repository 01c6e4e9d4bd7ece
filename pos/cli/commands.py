"""The commands of the command line: the module of each, and the permission it requires."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from importlib import import_module
from typing import Final

from pos.domain.staff import Action
from pos.keyrings import system_keyring
from pos.output import say

COMMANDS: Final = {
    "payments": ("charge", "show", "pending", "cancel"),
    "refunds": ("refund", "refunds", "refund-cancel", "again", "recover", "settle"),
    "invoices": ("invoice", "invoices", "invoice-corrected", "printer-test"),
    "agreements": ("agreement",),
    "sales": ("sale",),
    "items": ("items",),
    "mypay": ("capture", "stop-debit", "bind-wallet", "tools"),
    "shifts": ("shift",),
    "reports": ("report",),
    "reconcile": ("reconcile",),
    "journal": ("journal",),
    "staff": ("staff",),
    "keys": ("key",),
    "settings": ("settings",),
    "machine": ("doctor", "simulator"),
}
"""The commands of each module; a command's function has its name, with ``_`` for ``-``."""


_SELL: Final = "selling is the right of every user"
_IN_FLIGHT: Final = "payments in flight are listed for every user, who must serve the customer"
_SELL_WITH_DISCOUNT: Final = f"{_SELL}; a discount of more than 10% asks for DISCOUNT"
_PRICES: Final = "shows names and prices, which every customer sees"
_MACHINE: Final = "looks at this computer, and at no payment"

RIGHTS: Final[Mapping[str, Action | str]] = {
    "charge": _SELL_WITH_DISCOUNT, "cancel": "for payments in flight; others only for a user who may see them",
    "again": "for payments that were not sent; a refund asks for REFUND", "recover": _IN_FLIGHT, "pending": _IN_FLIGHT,
    "refunds": _IN_FLIGHT, "show": Action.SEE_ALL, "refund": Action.REFUND, "refund-cancel": Action.REFUND,
    "settle": Action.SETTLE, "invoice": Action.SEE_ALL, "invoice --invoice": Action.INVOICE_LATER,
    "invoices": Action.SEE_ALL, "invoice-corrected": Action.SETTLE, "printer-test": _MACHINE,
    "sale show": "needs the whole number of the sale or of a part, as on the receipt", "sale list": _IN_FLIGHT,
    "items import": Action.ITEMS, "items export": _PRICES, "items list": _PRICES,
    "agreement create": _SELL, "agreement show": Action.SEE_ALL, "agreement list": Action.SEE_ALL,
    "agreement refresh": "queries the gateway about an agreement whose whole number is given",
    "agreement stop": Action.STOP_DEBIT, "agreement settle": Action.SETTLE,
    "capture": Action.CAPTURE, "stop-debit": Action.STOP_DEBIT, "bind-wallet": Action.BIND_WALLET,
    "tools": "names of payment tools, and no payment",
    "shift open": Action.SHIFT, "shift status": "leaves out every sum without the right to X_REPORT",
    "shift close": Action.SHIFT, "shift in": Action.PAY_IN_OUT, "shift out": Action.PAY_IN_OUT,
    "shift drop": Action.DROP, "shift take-over": Action.TAKE_OVER,
    "report x": Action.X_REPORT, "report z": Action.X_REPORT, "report day": Action.REPORTS,
    "report week": Action.REPORTS, "report month": Action.REPORTS,
    "reconcile": Action.RECONCILE, "reconcile --waiting": Action.RECONCILE, "reconcile --settle": Action.SETTLE,
    "journal verify": Action.BACKUP, "journal backup": Action.BACKUP, "journal rebuild": Action.BACKUP,
    "journal restore": Action.RESTORE,
    "staff add": Action.STAFF, "staff list": Action.SEE_STAFF, "staff change": Action.STAFF,
    "staff recovery-code": Action.STAFF,
    "key set": Action.KEYS, "key forget": Action.KEYS, "key approve": Action.KEYS, "key bind": Action.KEYS,
    "key list": "names of keys and where they are, and no value",
    "settings get": "shows the settings file, which has no key and no figure", "settings set": Action.SETTINGS,
    "settings check": _MACHINE,
    "doctor": _MACHINE, "simulator": _MACHINE, "demo": "a throw-away shop",
}  # fmt: skip
"""The right that each command requires, or why it needs none. A test compares it with the command line."""


def run_command(asked: argparse.Namespace) -> int:
    """Run the command that was given and return its exit status. Only its own module is loaded."""
    module = next(name for name, commands in COMMANDS.items() if asked.verb in commands)
    try:
        status: int = getattr(import_module(f"pos.cli.{module}"), asked.verb.replace("-", "_"))(asked)
    finally:
        if asked.verb != "doctor" and (problem := system_keyring().problem):
            say(problem.spoken())
    return status
