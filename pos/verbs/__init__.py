"""What the command line does: a module for each room, a function for each verb."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from importlib import import_module
from typing import Final

from pos.domain.staff import Action
from pos.keyrings import system_keyring
from pos.output import say

ROOMS: Final = {
    "payments": ("charge", "show", "pending", "cancel"),
    "refunds": ("refund", "refunds", "refund-cancel", "again", "recover", "settle"),
    "invoices": ("invoice", "invoices", "invoice-corrected", "printer-test"),
    "mypay": ("capture", "stop-debit", "bind-wallet", "tools"),
    "shifts": ("shift",),
    "reports": ("report",),
    "reconcile": ("reconcile",),
    "journal": ("journal",),
    "staff": ("staff",),
    "keys": ("key",),
    "machine": ("doctor", "simulator"),
}
"""Each module and its verbs; a verb's function is called as the verb, with ``_`` for ``-``."""


_SELL: Final = "selling is everybody's right"
_IN_FLIGHT: Final = "what is in flight is listed for everybody, because somebody must serve its customer"
_MACHINE: Final = "looks at this computer, and at no payment"

RIGHTS: Final[Mapping[str, Action | str]] = {
    "charge": _SELL, "cancel": "for payments in flight; any other is refused to who may not see it",
    "again": "for payments that were not sent; a refund asks for REFUND", "recover": _IN_FLIGHT, "pending": _IN_FLIGHT,
    "refunds": _IN_FLIGHT, "show": Action.SEE_ALL, "refund": Action.REFUND, "refund-cancel": Action.REFUND,
    "settle": Action.SETTLE, "invoice": Action.SEE_ALL, "invoice --invoice": Action.INVOICE_LATER,
    "invoices": Action.SEE_ALL, "invoice-corrected": Action.SETTLE, "printer-test": _MACHINE,
    "capture": Action.CAPTURE, "stop-debit": Action.STOP_DEBIT, "bind-wallet": Action.BIND_WALLET,
    "tools": "names of payment tools, and no payment",
    "shift open": Action.SHIFT, "shift status": "leaves out every sum without the right to X_REPORT",
    "shift close": Action.SHIFT, "shift in": Action.PAY_IN_OUT, "shift out": Action.PAY_IN_OUT,
    "shift drop": Action.DROP, "shift take-over": Action.TAKE_OVER,
    "report x": Action.X_REPORT, "report z": Action.X_REPORT, "report day": Action.REPORTS,
    "report week": Action.REPORTS, "report month": Action.REPORTS,
    "reconcile": Action.RECONCILE, "reconcile --waiting": Action.RECONCILE, "reconcile --settle": Action.SETTLE,
    "journal verify": Action.BACKUP, "journal backup": Action.BACKUP, "journal restore": Action.RESTORE,
    "staff add": Action.STAFF, "staff list": Action.SEE_STAFF, "staff change": Action.STAFF,
    "staff recovery-code": Action.STAFF,
    "key set": Action.KEYS, "key forget": Action.KEYS, "key approve": Action.KEYS, "key bind": Action.KEYS,
    "key list": "names of keys and where they are, and no value",
    "doctor": _MACHINE, "simulator": _MACHINE, "demo": "a throw-away shop",
}  # fmt: skip
"""The right that each verb asks for, or why it needs none; a test compares it with the command line and runs it."""


def run(asked: argparse.Namespace) -> int:
    """Do what was asked for; the exit status. Only the verb's own room is loaded. Raises what that raises."""
    room = next(name for name, verbs in ROOMS.items() if asked.verb in verbs)
    try:
        status: int = getattr(import_module(f"{__name__}.{room}"), asked.verb.replace("-", "_"))(asked)
    finally:
        if asked.verb != "doctor" and (problem := system_keyring().problem):
            say(problem.spoken())
    return status
