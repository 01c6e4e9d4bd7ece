"""The arguments of the command line. Each command is a function of the module that
:data:`pos.cli.commands.COMMANDS` names."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Mapping, Set
from pathlib import Path
from typing import Final

from pos import __version__
from pos.cli import step_arguments
from pos.cli.parsing import (
    Parser,
    add_invoice_options,
    add_json,
    add_options,
    add_order_no,
    add_reason,
    add_wait,
    seconds,
)
from pos.domain.payment import Tender


def parser(words: Iterable[str] = ()) -> argparse.ArgumentParser:
    """Return the parser of the command line: of the verbs among ``words`` if any is, otherwise of all verbs.

    One call needs one verb, and the arguments of all verbs take longer than reading the journal.
    """
    top = Parser(
        prog="pos",
        description="Counter, a register for shop counters. Without a verb, open the window.",
        epilog="For actions that need a manager, set POS_PIN or type the PIN at a terminal. Exit status: 0 done, or "
        "waiting as asked; 1 a fault, or nothing could be sent; 2 wrong usage, or not allowed; 3 declined, expired or "
        "voided; 4 unknown or in review; 5 not set up, or refused by the gateway.",
    )
    top.add_argument("--version", action="version", version=f"Counter {__version__}")
    top.add_argument("--data-dir", type=Path, metavar="DIR", help="the data folder with the journal")
    top.add_argument("--config", metavar="FILE", help="the settings file (also: POS_CONFIG)")
    verbs = top.add_subparsers(dest="verb", metavar="VERB", parser_class=Parser)
    for name in _named(set(words)):
        text, add_arguments = VERBS[name]
        add_arguments(verbs.add_parser(name, help=text))
    return top


def _named(words: Set[str]) -> list[str]:
    """Return the verbs that may be meant; all of them for a help text, which lists them."""
    if words.isdisjoint(("-h", "--help", "--hel", "--he", "--h")):
        return [name for name in VERBS if name in words] or list(VERBS)
    return list(VERBS)


def _demo(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--tour", type=Path, metavar="DIR", help="unattended, with a screenshot of each step in DIR")
    verb.add_argument("--currency", default="TWD", choices=("TWD", "HKD"), help="of the throw-away shop")
    verb.add_argument("--language", choices=("zh_TW", "en"), help="of the window")
    verb.add_argument("--theme", choices=("light", "dark", "system"), help="of the window")
    verb.add_argument("--size", metavar="WxH", help="of the tour's window, e.g. 1024x768")


def _simulator(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--port", type=int, default=0, help="0 takes a free one")
    verb.add_argument("--json", action="store_true", help="print only the first line")
    verb.add_argument("--lenient", action="store_true", help="accept what only some readings of the documents allow")
    verb.add_argument(
        "--autopay", type=seconds("autopay"), metavar="SECONDS", help="pay every order automatically after this time"
    )


def _charge(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--tender", help=f"{', '.join(tender.value for tender in Tender)}; needed without --auth-code")
    _auth_code(verb, "charge the code on the customer's phone")
    verb.add_argument(
        "--amount",
        help="in the shop's currency, e.g. 125 or 12.50, before --discount; needed without --sale or --item",
    )
    verb.add_argument("--sale-amount", help="begin a split sale of this amount; --amount is its first part")
    verb.add_argument(
        "--sale", metavar="SALE_ID", help="the next part of this split sale (default of --amount: all that is left)"
    )
    verb.add_argument("--gateway", help="this one only, instead of the tender's routes")
    verb.add_argument(
        "--item",
        action="append",
        default=[],
        metavar="NAME:PRICE:QTY",
        help="repeatable; must add up to the amount of the sale",
    )
    verb.add_argument("--note", metavar="TEXT", help="a note or pick-up number: on the receipt, and found by a search")
    verb.add_argument(
        "--discount", metavar="10%|50", help="off the whole sale; more than a tenth of it needs a manager"
    )
    verb.add_argument("--discount-reason", metavar="REASON", help="needed with --discount")
    add_options(verb, "a field of the gateway's orders, by its own name; @FILE reads it; repeatable")
    add_invoice_options(verb)
    verb.add_argument("--tendered", help="cash received")
    verb.add_argument(
        "--even-if-duplicate",
        action="store_true",
        help="charge although the outcome of a payment of the same amount is not known",
    )
    verb.add_argument(
        "--wait",
        type=seconds("wait"),
        default=0.0,
        metavar="SECONDS",
        help="wait at most this long for the result; a payment page is served meanwhile",
    )
    add_json(verb)


def _auth_code(verb: argparse.ArgumentParser, text: str) -> None:
    verb.add_argument(
        "--auth-code", metavar="CODE", help=f"{text}; - reads it from standard input, so that no process list shows it"
    )


def _again(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("number", metavar="NUMBER", help="ORDER_NO, or REFUND_NO with a manager's PIN")
    _auth_code(verb, "for a payment with a customer's code: the code again")
    add_wait(verb)
    add_json(verb)


def _one_payment(verb: argparse.ArgumentParser) -> None:
    add_order_no(verb)
    add_json(verb)


def _capture(verb: argparse.ArgumentParser) -> None:
    add_json(verb)
    add_order_no(verb)
    verb.add_argument("--amount", help="a part of the amount (default: all of it)")


def _stop_debit(verb: argparse.ArgumentParser) -> None:
    add_json(verb)
    add_order_no(verb)
    verb.add_argument("--day", required=True, help="the first day without a charge, for example 2026-12-31")
    verb.add_argument("--reason", default="")


def _bind_wallet(verb: argparse.ArgumentParser) -> None:
    add_json(verb)
    verb.add_argument("--user", required=True, help="the customer's name at the shop")
    add_options(verb, "a field of the wallet, by the gateway's name; repeatable")


def _tools(verb: argparse.ArgumentParser) -> None:
    add_json(verb)
    verb.add_argument("--amount", required=True)


def _reconcile(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--date", metavar="D", help="a day of the shop, for example 2026-12-31 (default: today)")
    instead = verb.add_mutually_exclusive_group()
    instead.add_argument("--afresh", action="store_true", help="check again what matched before")
    instead.add_argument("--waiting", action="store_true", help="list the differences in review, of all days")
    instead.add_argument("--settle", metavar="NUMBER", help="settle a difference in review")
    verb.add_argument("--reason", default="", metavar="TEXT", help="with --settle; recorded in the journal")
    add_json(verb)


def _refund(verb: argparse.ArgumentParser) -> None:
    add_json(verb)
    add_order_no(verb)
    add_reason(verb)
    verb.add_argument("--amount", required=True, help="in the payment's currency")
    verb.add_argument(
        "--way", help="gateway, cash, transfer or back_office (default: the first that the payment allows)"
    )
    verb.add_argument("--reference", default="", help="of a refund made outside the register")
    verb.add_argument(
        "--item", action="append", default=[], metavar="NAME:PRICE:QTY", help="if the sale has an e-invoice"
    )
    add_wait(verb)


def _refund_cancel(verb: argparse.ArgumentParser) -> None:
    add_json(verb)
    verb.add_argument("refund_no", metavar="REFUND_NO")


def _invoice_corrected(verb: argparse.ArgumentParser) -> None:
    add_json(verb)
    verb.add_argument("refund_no", metavar="REFUND_NO")
    verb.add_argument("--reference", required=True, help="its number at the gateway")


def _settle(verb: argparse.ArgumentParser) -> None:
    add_json(verb)
    add_order_no(verb)
    add_reason(verb)
    decision = verb.add_mutually_exclusive_group(required=True)
    decision.add_argument("--accept", action="store_true", help="the money was received (of a refund: it was refunded)")
    decision.add_argument("--close", action="store_true", help="no money was received (of a refund: none was refunded)")


def _report(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("span", choices=("x", "z", "day", "week", "month"), help="x: the open shift, z: a closed one")
    verb.add_argument("--date", metavar="YYYY-MM-DD", help="a day of the shop (default: today)")
    verb.add_argument("--z", type=int, metavar="N", help="this Z (default: the last one)")
    verb.add_argument("--format", default="json", metavar="json|csv|xlsx|pdf")
    verb.add_argument("--out", type=Path, metavar="FILE", help="the file to write; an existing one is replaced")
    verb.add_argument("--json", action="store_true", help="print in JSON which file was written")


def _invoice(verb: argparse.ArgumentParser) -> None:
    add_order_no(verb)
    add_invoice_options(verb)
    verb.add_argument("--ask", action="store_true", help="check with the gateway now")
    verb.add_argument("--print", action="store_true", help="print the proof: the original once, then copies")
    verb.add_argument("--pdf", type=Path, metavar="FILE", help="save the proof as a PDF")
    add_json(verb)


VERBS: Final[Mapping[str, tuple[str, Callable[[argparse.ArgumentParser], None]]]] = {
    "demo": ("open a throw-away shop on the built-in simulator", _demo),
    "simulator": ("run the gateways on 127.0.0.1", _simulator),
    "charge": ("take one payment, without a window", _charge),
    "agreement": (
        "charge a card again and again: create, show, list, refresh or stop an agreement",
        step_arguments.agreement,
    ),
    "items": ("import, export or list the items of the catalogue", step_arguments.items),
    "sale": ("show a split sale with its parts, or list those that were paid in part", step_arguments.sale),
    "invoice": ("request, show or print one payment's e-invoice", _invoice),
    "printer-test": ("print the test page", add_json),
    "capture": ("capture authorised money at the gateway, in full or in part", _capture),
    "stop-debit": ("end a direct debit", _stop_debit),
    "bind-wallet": ("open the page on which a customer binds a card", _bind_wallet),
    "tools": ("list the payment tools that the shop may offer", _tools),
    "reconcile": ("compare a day with the gateways, payment by payment", _reconcile),
    "report": ("print the totals of the open shift, a Z, a day, a week or a month", _report),
    "journal": ("verify, back up, rebuild or restore the journal", step_arguments.journal),
    "again": ("send a payment or a refund that was not sent", _again),
    "key": ("store, list, forget or bind the gateways' merchant keys", step_arguments.key),
    "refund": ("refund a payment; a manager's PIN: POS_PIN, or a prompt", _refund),
    "refunds": ("list refunds that are not settled", add_json),
    "refund-cancel": ("cancel a refund before money moved", _refund_cancel),
    "settle": ("settle a payment or a refund in review", _settle),
    "invoice-corrected": ("mark a refund's e-invoice as voided, or its allowance as issued", _invoice_corrected),
    "staff": ("manage the people of the shop and their PINs", step_arguments.staff),
    "shift": ("open a shift, read it, move cash, count and close it", step_arguments.shift),
    "show": ("show one payment with its history", _one_payment),
    "cancel": ("cancel one payment", _one_payment),
    "pending": ("list payments, refunds and split sales that are not settled", add_json),
    "recover": ("check all payments and refunds in process now", add_json),
    "invoices": ("list e-invoices to issue, or to correct after a refund", add_json),
    "settings": ("show the settings, change one, or try what they set up", step_arguments.settings),
    "doctor": ("check this computer's setup", add_json),
}
"""The help text of each verb, and the function that adds its arguments."""
