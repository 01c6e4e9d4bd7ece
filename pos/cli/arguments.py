"""The arguments of the command line. Each command is a function of the module that
:data:`pos.cli.commands.COMMANDS` names."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Set
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn, TextIO, cast

from pos import __version__
from pos.domain.payment import Tender
from pos.errors import InputError, UsageError
from pos.i18n import N_, msg
from pos.streams import write

if TYPE_CHECKING:
    from _typeshed import SupportsWrite


AS_JSON = "one JSON object on standard output"

LONGEST_WAIT: Final = 86_400
"""Seconds of a day."""

_NAMED: Final = re.compile(r"(?:^argument |required: )(?:-\w/)?(?:--)?([\w-]+)")
"""Match the first option in a message of argparse."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Raise UsageError."""
        self.print_usage(sys.stderr)
        named = _NAMED.search(message)
        raise UsageError(named[1].lower().replace("-", "_") if named else "", message)

    def _print_message(self, message: str, file: SupportsWrite[str] | None = None) -> None:
        write(cast("TextIO", sys.stderr if file is None else file), message)


def seconds(field: str) -> Callable[[str], float]:
    """Return the reader of an option that is a number of seconds. It raises InputError."""

    def read(text: str) -> float:
        try:
            found = float(text)
        except ValueError:
            found = -1
        if not 0 <= found <= LONGEST_WAIT:  # not a number fails too
            raise InputError(
                field, msg(N_("{value} is not a number from 0 to {high}."), value=text[:40], high=LONGEST_WAIT)
            )
        return found

    return read


def parser(words: Iterable[str] = ()) -> argparse.ArgumentParser:
    """Return the parser of the command line: of the verbs among ``words`` if any is, otherwise of all verbs.

    One call needs one verb, and the arguments of all verbs take longer than reading the journal.
    """
    top = _Parser(
        prog="pos",
        description="Counter, a register for shop counters. Without a verb, open the window.",
        epilog="For actions that need a manager, set POS_PIN or type the PIN at a terminal. Exit status: 0 done, or "
        "waiting as asked; 1 a fault, or nothing could be sent; 2 wrong usage, or not allowed; 3 declined, expired or "
        "voided; 4 unknown or in review; 5 not set up, or refused by the gateway.",
    )
    top.add_argument("--version", action="version", version=f"Counter {__version__}")
    top.add_argument("--data-dir", type=Path, metavar="DIR", help="the data folder with the journal")
    top.add_argument("--config", metavar="FILE", help="the settings file (also: POS_CONFIG)")
    verbs = top.add_subparsers(dest="verb", metavar="VERB", parser_class=_Parser)
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
    verb.add_argument("--amount", required=True, help="in the shop's currency, e.g. 125 or 12.50")
    verb.add_argument("--gateway", help="this one only, instead of the tender's routes")
    verb.add_argument(
        "--item", action="append", default=[], metavar="NAME:PRICE:QTY", help="repeatable; must add up to the amount"
    )
    _options(verb, "a field of the gateway's orders, by its own name; @FILE reads it; repeatable")
    _add_invoice_options(verb)
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
    _json(verb)


def _auth_code(verb: argparse.ArgumentParser, text: str) -> None:
    verb.add_argument(
        "--auth-code", metavar="CODE", help=f"{text}; - reads it from standard input, so that no process list shows it"
    )


def _agreement(verb: argparse.ArgumentParser) -> None:
    steps = verb.add_subparsers(dest="step", metavar="STEP", required=True, parser_class=_Parser)
    for name, text in (
        ("create", "create one; the first charge is paid on its page"),
        ("show", "show one with its charges"),
        ("list", "list all"),
        ("refresh", "check one with the gateway now"),
        ("stop", "stop one: no further charges"),
    ):
        steps.add_parser(name, help=text).add_argument("--json", action="store_true", help=AS_JSON)
    for name in ("show", "refresh", "stop"):
        steps.choices[name].add_argument("order_no", metavar="NO", help="agreement_no")
    steps.choices["stop"].add_argument("--reason", default="", help="why")
    create = steps.choices["create"]
    create.add_argument("--amount", required=True, help="of each charge, in the shop's currency")
    create.add_argument("--every", required=True, metavar="1M|30D|1Y", help="the period between two charges")
    create.add_argument("--times", required=True, metavar="N", help="the number of charges, with the first")
    create.add_argument("--item", action="append", default=[], metavar="NAME:PRICE:QTY", help="of each charge")
    create.add_argument("--reference", default="", help="the shop's own, such as a member number")
    _options(create, "a field of the gateway's order, as for an e-invoice; @FILE reads it; repeatable")
    create.add_argument("--even-if-duplicate", action="store_true", help="as for charge")
    _wait(create)


def _again(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("number", metavar="NUMBER", help="ORDER_NO, or REFUND_NO with a manager's PIN")
    _auth_code(verb, "for a payment with a customer's code: the code again")
    _wait(verb)
    _json(verb)


def _options(verb: argparse.ArgumentParser, text: str) -> None:
    verb.add_argument("--option", action="append", default=[], metavar="NAME=VALUE", help=text)


def _json(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--json", action="store_true", help=AS_JSON)


def _order_no(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("order_no", metavar="ORDER_NO")


def _one_payment(verb: argparse.ArgumentParser) -> None:
    _order_no(verb)
    _json(verb)


def _reason(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--reason", required=True, help="recorded in the journal")


def _wait(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--wait", type=seconds("wait"), default=0.0, metavar="SECONDS", help="wait at most this long for the result"
    )


def _capture(verb: argparse.ArgumentParser) -> None:
    _json(verb)
    _order_no(verb)
    verb.add_argument("--amount", help="a part of the amount (default: all of it)")


def _stop_debit(verb: argparse.ArgumentParser) -> None:
    _json(verb)
    _order_no(verb)
    verb.add_argument("--day", required=True, help="the first day without a charge, for example 2026-12-31")
    verb.add_argument("--reason", default="")


def _bind_wallet(verb: argparse.ArgumentParser) -> None:
    _json(verb)
    verb.add_argument("--user", required=True, help="the customer's name at the shop")
    _options(verb, "a field of the wallet, by the gateway's name; repeatable")


def _tools(verb: argparse.ArgumentParser) -> None:
    _json(verb)
    verb.add_argument("--amount", required=True)


def _reconcile(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--date", metavar="D", help="a day of the shop, for example 2026-12-31 (default: today)")
    instead = verb.add_mutually_exclusive_group()
    instead.add_argument("--afresh", action="store_true", help="check again what matched before")
    instead.add_argument("--waiting", action="store_true", help="list the differences in review, of all days")
    instead.add_argument("--settle", metavar="NUMBER", help="settle a difference in review")
    verb.add_argument("--reason", default="", metavar="TEXT", help="with --settle; recorded in the journal")
    _json(verb)


def _journal(verb: argparse.ArgumentParser) -> None:
    actions = verb.add_subparsers(
        dest="action", metavar="verify|backup|rebuild|restore", parser_class=_Parser, required=True
    )
    verify = actions.add_parser("verify", help="verify the chain, the tables and the seals; name what differs")
    verify.add_argument("file", type=Path, nargs="?", metavar="FILE", help="a backup, instead of the journal")
    verify.add_argument("--against", metavar="HASH", help="a hash on paper, or its beginning; the journal must have it")
    backup = actions.add_parser("backup", help="make a verified copy; works beside an open window")
    backup.add_argument("file", type=Path, metavar="FILE", help="a file that does not exist yet")
    rebuild = actions.add_parser("rebuild", help="write a new file, with all tables rebuilt from the journal")
    rebuild.add_argument("file", type=Path, metavar="FILE", help="a file that does not exist yet")
    restore = actions.add_parser("restore", help="replace the journal with a backup, and keep the old journal")
    restore.add_argument("file", type=Path, metavar="FILE")
    restore.add_argument("--replace-newer", action="store_true", help="even if the journal has rows that FILE lacks")
    for action in (verify, backup, rebuild, restore):
        action.add_argument("--json", action="store_true", help=AS_JSON)


def _key(verb: argparse.ArgumentParser) -> None:
    actions = verb.add_subparsers(
        dest="action", metavar="set|list|forget|bind|approve", parser_class=_Parser, required=True
    )
    for name, text in (
        ("set", "store a key: type it twice at a terminal, or pass it on standard input"),
        ("list", "list which keys are needed and where they are stored; never a value"),
        ("forget", "delete a key from the keyring and the file"),
        ("bind", "use the stored keys for the journal in this folder, after the folder was moved"),
        ("approve", "approve the address that the settings give for a gateway"),
    ):
        actions.add_parser(name, help=text).add_argument("--json", action="store_true", help=AS_JSON)
    for name in ("set", "forget"):
        actions.choices[name].add_argument("name", metavar="NAME", help="for example opay.hash_key")
    actions.choices["approve"].add_argument("gateway", metavar="GATEWAY", help="for example opay")


def _refund(verb: argparse.ArgumentParser) -> None:
    _json(verb)
    _order_no(verb)
    _reason(verb)
    verb.add_argument("--amount", required=True, help="in the payment's currency")
    verb.add_argument(
        "--way", help="gateway, cash, transfer or back_office (default: the first that the payment allows)"
    )
    verb.add_argument("--reference", default="", help="of a refund made outside the register")
    verb.add_argument(
        "--item", action="append", default=[], metavar="NAME:PRICE:QTY", help="if the sale has an e-invoice"
    )
    _wait(verb)


def _refund_cancel(verb: argparse.ArgumentParser) -> None:
    _json(verb)
    verb.add_argument("refund_no", metavar="REFUND_NO")


def _invoice_corrected(verb: argparse.ArgumentParser) -> None:
    _json(verb)
    verb.add_argument("refund_no", metavar="REFUND_NO")
    verb.add_argument("--reference", required=True, help="its number at the gateway")


def _settle(verb: argparse.ArgumentParser) -> None:
    _json(verb)
    _order_no(verb)
    _reason(verb)
    decision = verb.add_mutually_exclusive_group(required=True)
    decision.add_argument("--accept", action="store_true", help="the money was received (of a refund: it was refunded)")
    decision.add_argument("--close", action="store_true", help="no money was received (of a refund: none was refunded)")


def _staff(verb: argparse.ArgumentParser) -> None:
    actions = verb.add_subparsers(dest="what", metavar="WHAT", required=True, parser_class=_Parser)
    for name, text in (
        ("add", "add a person"),
        ("list", "list all people"),
        ("change", "change name, role or PIN, deactivate or reactivate"),
        ("recovery-code", "make a new recovery code, which replaces the old one"),
    ):
        actions.add_parser(name, help=text).add_argument("--json", action="store_true", help=AS_JSON)
    add, change = actions.choices["add"], actions.choices["change"]
    for one in (add, change):
        one.add_argument("name", metavar="NAME")
        one.add_argument("--role", required=one is add, help="owner, manager or cashier")
    change.add_argument("--rename", metavar="NAME")
    change.add_argument("--pin", action="store_true", help="a new PIN: POS_NEW_PIN, or a prompt")
    activity = change.add_mutually_exclusive_group()
    activity.add_argument("--leaves", action="store_true", help="deactivate the person")
    activity.add_argument("--returns", action="store_true", help="reactivate the person")


def _report(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("span", choices=("x", "z", "day", "week", "month"), help="x: the open shift, z: a closed one")
    verb.add_argument("--date", metavar="YYYY-MM-DD", help="a day of the shop (default: today)")
    verb.add_argument("--z", type=int, metavar="N", help="this Z (default: the last one)")
    verb.add_argument("--format", default="json", metavar="json|csv|xlsx|pdf")
    verb.add_argument("--out", type=Path, metavar="FILE", help="the file to write; an existing one is replaced")
    verb.add_argument("--json", action="store_true", help="print in JSON which file was written")


def _add_invoice_options(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--invoice", metavar="KIND[:CODE]", help="e-invoice: paper, mobile:/…, certificate:…, donation:…")
    verb.add_argument("--ban", help="the buyer's company number")
    verb.add_argument("--title", help="the buyer's company name")


def _invoice(verb: argparse.ArgumentParser) -> None:
    _order_no(verb)
    _add_invoice_options(verb)
    verb.add_argument("--ask", action="store_true", help="check with the gateway now")
    verb.add_argument("--print", action="store_true", help="print the proof: the original once, then copies")
    verb.add_argument("--pdf", type=Path, metavar="FILE", help="save the proof as a PDF")
    _json(verb)


def _shift(verb: argparse.ArgumentParser) -> None:
    steps = verb.add_subparsers(dest="step", metavar="STEP", required=True)
    for name, text in (
        ("open", "open a shift with the cash in the drawer"),
        ("status", "show who opened it and when, and the totals to those who may see them"),
        ("close", "close the shift with the counted cash (Z)"),
        ("in", "put cash into the drawer"),
        ("out", "take cash out of the drawer"),
        ("drop", "move cash from the drawer to the safe"),
        ("take-over", "continue what is open under this register's former name"),
    ):
        steps.add_parser(name, help=text).add_argument("--json", action="store_true", help=AS_JSON)
    steps.choices["open"].add_argument("--float", required=True, help="in the shop's currency; 0 is allowed")
    steps.choices["take-over"].add_argument("name", metavar="NAME", help="the register's former name")
    steps.choices["close"].add_argument(
        "--counted", required=True, help="all the cash in the drawer, including the float"
    )
    steps.choices["close"].add_argument("--reason", default="", help="why it is over or short")
    for name in ("in", "out", "drop"):
        steps.choices[name].add_argument("--amount", required=True, help="in the shop's currency")
        steps.choices[name].add_argument("--reason", required=True, help="printed on the Z")


VERBS: Final[Mapping[str, tuple[str, Callable[[argparse.ArgumentParser], None]]]] = {
    "demo": ("open a throw-away shop on the built-in simulator", _demo),
    "simulator": ("run the gateways on 127.0.0.1", _simulator),
    "charge": ("take one payment, without a window", _charge),
    "agreement": ("charge a card again and again: create, show, list, refresh or stop an agreement", _agreement),
    "invoice": ("request, show or print one payment's e-invoice", _invoice),
    "printer-test": ("print the test page", _json),
    "capture": ("capture authorised money at the gateway, in full or in part", _capture),
    "stop-debit": ("end a direct debit", _stop_debit),
    "bind-wallet": ("open the page on which a customer binds a card", _bind_wallet),
    "tools": ("list the payment tools that the shop may offer", _tools),
    "reconcile": ("compare a day with the gateways, payment by payment", _reconcile),
    "report": ("print the totals of the open shift, a Z, a day, a week or a month", _report),
    "journal": ("verify, back up, rebuild or restore the journal", _journal),
    "again": ("send a payment or a refund that was not sent", _again),
    "key": ("store, list, forget or bind the gateways' merchant keys", _key),
    "refund": ("refund a payment; a manager's PIN: POS_PIN, or a prompt", _refund),
    "refunds": ("list refunds that are not settled", _json),
    "refund-cancel": ("cancel a refund before money moved", _refund_cancel),
    "settle": ("settle a payment or a refund in review", _settle),
    "invoice-corrected": ("mark a refund's e-invoice as voided, or its allowance as issued", _invoice_corrected),
    "staff": ("manage the people of the shop and their PINs", _staff),
    "shift": ("open a shift, read it, move cash, count and close it", _shift),
    "show": ("show one payment with its history", _one_payment),
    "cancel": ("cancel one payment", _one_payment),
    "pending": ("list payments and refunds that are not settled", _json),
    "recover": ("check all payments and refunds in process now", _json),
    "invoices": ("list e-invoices to issue, or to correct after a refund", _json),
    "doctor": ("check this computer's setup", _json),
}
"""The help text of each verb, and the function that adds its arguments."""
