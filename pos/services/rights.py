"""The right that each public method of the services requires, in one table. A test compares it with the code.

A method that is not listed fails the test, so a new method needs a decision. ``Action`` means: the method takes a
permission for this action and refuses any other. A text of ``BY_ACTOR`` means: the method takes the actor as its first
argument and decides by that; ``OWN`` is one of them. Any other text is the reason why every caller may call it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pos.domain.staff import Action

OWN: Final = "the actor's own last payments only, without the right to see all"

_SELL: Final = "selling is the right of every actor, who becomes the payment's cashier"
_IN_FLIGHT: Final = "payments in flight are listed for every user, who must serve the customer"
_STATE: Final = "shows what is set up, and no figure"
_START: Final = "part of starting and ending the program"
_SIGN_IN: Final = "asks for a PIN itself, or shows what the sign-in page shows"
_OWN_SESSION: Final = "shows or changes what is the actor's own"
_RIGHTS: Final = "gives or checks the rights of the actor itself"
_GIVERS: Final = "checks a permission, a PIN or a payment for the methods that give rights"
_ASKING: Final = "queries a gateway, and applies its answer"
_WITH_NUMBER: Final = "needs the whole number of the payment, as on the customer's receipt; shows no other payment"
_FIGURES_HIDDEN: Final = "leaves out the figures that the actor has no right to"
_BY_SPAN: Final = "asks for X_REPORT or REPORTS, after the span"
_VIEW_BY_SPAN: Final = "asks for X_REPORT or REPORTS, after the span, and lists the shifts that the actor may see"
_GIVEN: Final = "prints or draws data that the caller already has"
_PRICES: Final = "shows names and prices, which every customer sees"
_SENDING: Final = "is called by the services that send, and returns no figure"

BY_ACTOR: Final = frozenset({OWN, _SELL, _OWN_SESSION, _RIGHTS, _FIGURES_HIDDEN, _VIEW_BY_SPAN})
"""The texts of methods that take an actor."""

Right = Action | str

SERVICES: Final[Mapping[str, Mapping[str, Right]]] = {
    "Staff": {
        "people": _SIGN_IN, "all_people": "names for reports, with no figure",
        "visible": _OWN_SESSION, "listed": Action.SEE_STAFF, "names": "names for reports, with no figure",
        "sign_in": _SIGN_IN, "sign_out": _OWN_SESSION,
        "sign_in_without_pin": "for the training shop, whose PINs are public",
        "has_short_pin": _GIVERS, "has_recovery_code": _STATE,
        "make_recovery_code": Action.STAFF, "add": Action.STAFF,
        "open_shop": "the first owner; in a shop that has people it asks for STAFF as add does", "change": Action.STAFF,
        "change_own_pin": _OWN_SESSION,
    },
    "Authorization": {
        "may": _RIGHTS, "allowed": _RIGHTS, "permission": _RIGHTS, "approve": _RIGHTS, "approve_by_code": _RIGHTS,
        "sees": _GIVERS, "able": _GIVERS, "has_lost_people": _STATE,
    },
    "Access": {
        "shows": _RIGHTS, "require_visible": _RIGHTS, "make_visible": Action.SEE_ALL, "check_later_invoice": _RIGHTS,
        "is_own": _GIVERS, "permission": _RIGHTS, "approve": _RIGHTS,
    },
    "PaymentSearch": {"past": OWN, "refundable": OWN, "in_review": _IN_FLIGHT},
    "Refunds": {
        "options": _WITH_NUMBER, "view": _WITH_NUMBER, "get": _WITH_NUMBER, "of_order": _WITH_NUMBER,
        "waiting": _IN_FLIGHT, "check": _WITH_NUMBER, "new_number": _STATE, "give": Action.REFUND,
        "send_again": Action.REFUND, "withdraw": Action.REFUND, "settle": Action.SETTLE, "check_now": _ASKING,
        "resume": _START, "ask_all": _ASKING, "query": _ASKING,
    },
    "Agreements": {
        "create": _SELL, "get": _WITH_NUMBER, "first_charge": _WITH_NUMBER, "listed": Action.SEE_ALL,
        "refresh": _ASKING, "ask_due": _ASKING, "stop": Action.STOP_DEBIT, "resume": _START, "refusal": _STATE,
        "take_charge": "takes a notice that was verified, and shows nothing",
    },
    "AgreementReviews": {
        "settle": Action.SETTLE, "waiting": "without a permission it lists what waits for a manager, and no figure",
    },
    "ReviewResolution": {"accept": Action.SETTLE, "close": Action.SETTLE},
    "Shifts": {
        "open": Action.SHIFT, "move": "asks for DROP or PAY_IN_OUT, after the kind of movement",
        "open_drawer": Action.PAY_IN_OUT, "begin_count": Action.SHIFT, "current": _STATE, "needed": _STATE,
        "others": _STATE, "renamed": _STATE, "take_over": Action.TAKE_OVER, "last": _FIGURES_HIDDEN,
        "in_process": _IN_FLIGHT, "moves": "shows the float and cash movements, and no sale",
        "read": Action.X_REPORT, "last_z": Action.X_REPORT, "close": Action.SHIFT, "resume_close_steps": _START,
    },
    "Reports": {
        "today": _STATE, "registers": _STATE, "scope_of": _STATE, "running": _STATE, "closed": _STATE,
        "totals": _BY_SPAN, "people": _BY_SPAN, "lines": _BY_SPAN,
        "report": _BY_SPAN, "file_name": _STATE,
        "write": _BY_SPAN, "at_close": "the export after a Z, into the set folder",
    },
    "Reconcile": {
        "run": Action.RECONCILE, "stop": "ends a run that a manager started", "found": Action.RECONCILE,
        "in_review": "without a permission it lists what waits for a manager, and no figure",
        "settle": Action.SETTLE,
    },
    "Backups": {
        "make": Action.BACKUP, "at_close": "the backup after a Z, into the set folder", "verify": Action.BACKUP,
        "restore": Action.RESTORE, "rebuild": Action.BACKUP, "list": "names of files, with no content",
    },
    "InvoiceCorrections": {"backlog": OWN, "owed": OWN, "done": Action.SETTLE},
    "MypayOperations": {
        "capture": Action.CAPTURE, "stop_debit": Action.STOP_DEBIT, "bind_wallet": Action.BIND_WALLET,
        "tools": "the tools of the tender key", "debits": Action.SEE_ALL, "refresh_debit": _ASKING,
    },
    "OfferedTools": {"refresh": "which tenders the keys show: no payment, and nothing of one"},
    "Payments": {
        "take": _SELL, "send_again": OWN, "check_now": OWN, "get": OWN, "history": OWN,
        "waiting": _IN_FLIGHT, "cancel": OWN, "gateway_warnings": _STATE,
        "close": _START,
    },
    "Catalogue": {
        "items": _PRICES, "of_barcode": _PRICES, "export_csv": _PRICES, "export_file": _PRICES,
        "add": Action.ITEMS, "change": Action.ITEMS,
        "remove": Action.ITEMS, "import_csv": Action.ITEMS, "import_file": Action.ITEMS,
    },
    "SplitSales": {"get": _WITH_NUMBER, "left": _WITH_NUMBER, "unfinished": _IN_FLIGHT},
    "Invoicing": {
        "request_invoice": Action.INVOICE_LATER,
        "find": OWN, "owed": Action.SEE_ALL, "issue": OWN, "refresh": OWN, "sheets": OWN,
        "print_proof": OWN, "confirm_printed": OWN, "resume": _START, "close": _START,
        "cash_problem": _STATE, "can_issue": _STATE, "first_try": OWN,
        "wake": "tries to issue in the background after a notice, and shows nothing",
        "refresh_soon": "asks in the background after a refund, and shows nothing",
    },
    "ReceiptPrinting": {
        "print_slip": OWN, "slip": OWN, "print_shift": _GIVEN, "print_z": _GIVEN, "shift_slip": _GIVEN,
        "print_recovery_code": _GIVEN, "can_print": _STATE, "close": _START,
        "open_drawer": "is called by Shifts, which asks for PAY_IN_OUT or SHIFT",
    },
    "ShiftOverviews": {"read": _FIGURES_HIDDEN},
    "TotalsView": {"answer": _VIEW_BY_SPAN},
    "Targets": {
        **dict.fromkeys(("guard", "check", "allows", "refusal", "problem_of"), _SENDING), "states": _STATE,
        "problems": _STATE,
        "approve": Action.KEYS, "approve_for_owner": "is called when the first owner of the shop is made",
    },
    "SettingsService": {
        "values": _STATE, "change": Action.SETTINGS, "test": "queries a gateway about no order, as doctor does",
    },
    "Recovery": {"resume": _START, "ask_all": _ASKING},
    "BackgroundTasks": dict.fromkeys(("run_shielded", "spawn", "close"), "runs work that a service started"),
}  # fmt: skip
"""Services by class name, their public methods and properties."""
