"""What the command line does: a module for each room, a function for each verb."""

from __future__ import annotations

import argparse
from importlib import import_module
from typing import Final

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


def run(asked: argparse.Namespace) -> int:
    """Do what was asked for; the exit status. Only the verb's own room is loaded. Raises what that raises."""
    room = next(name for name, verbs in ROOMS.items() if asked.verb in verbs)
    status: int = getattr(import_module(f"{__name__}.{room}"), asked.verb.replace("-", "_"))(asked)
    return status
