"""Arguments only: every verb calls one function of :mod:`pos.verbs` (design, section 5)."""

from __future__ import annotations

import argparse
import logging
import os
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn, TextIO, cast

from pos import __version__, output
from pos.domain.payment import Tender
from pos.errors import InputError, PosError, UsageError
from pos.exits import INTERRUPTED, OK
from pos.i18n import N_, msg, system_language, use_language
from pos.streams import write

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

    Verbs = argparse._SubParsersAction["_Parser"]


log = logging.getLogger(__name__)

AS_JSON = "one JSON object on standard output"

PLACED = frozenset({"name", "file", "order_no", "refund_no", "number"})
"""What is given by its place, without an option."""


LONGEST_WAIT: Final = 86_400
"""Seconds of a day."""

_NAMED: Final = re.compile(r"(?:^argument |required: )(?:-\w/)?(?:--)?([\w-]+)")
"""The first option that a message of argparse is about."""


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


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = _Parser(
        prog="pos",
        description="Counter, a register for shop counters. Without a verb the window opens.",
        epilog="What needs a manager takes the PIN from POS_PIN, or asks for it at a terminal. Exit status: 0 done, or "
        "waiting as asked; 1 a fault, or nothing could be sent; 2 wrong usage, or not allowed; 3 declined, expired or "
        "voided; 4 unknown or in review; 5 not set up, or refused by the gateway.",
    )
    top.add_argument("--version", action="version", version=f"Counter {__version__}")
    top.add_argument("--data-dir", type=Path, metavar="DIR", help="where the journal lies")
    top.add_argument("--config", metavar="FILE", help="the settings file (also: POS_CONFIG)")
    verbs = top.add_subparsers(dest="verb", metavar="VERB", parser_class=_Parser)
    _demo(verbs.add_parser("demo", help="a throw-away shop on the built-in simulator"))
    _simulator(verbs.add_parser("simulator", help="the four gateways on 127.0.0.1"))
    _charge(verbs.add_parser("charge", help="take one payment, without a window"))
    _invoice(verbs.add_parser("invoice", help="one payment's e-invoice: ask for it, look at it, print it"))
    verbs.add_parser("printer-test", help="print the test page").add_argument(
        "--json", action="store_true", help=AS_JSON
    )
    _mypay(verbs)
    _reconcile(verbs.add_parser("reconcile", help="compare a day with the gateways, payment by payment"))
    _report(verbs.add_parser("report", help="totals of the open shift, a Z, a day, a week or a month"))
    _journal(verbs.add_parser("journal", help="the journal as a whole: verify it, back it up, restore it"))
    _again(verbs.add_parser("again", help="send a payment or a refund of which nothing was sent"))
    _key(verbs.add_parser("key", help="the gateways' merchant keys: store one, list them, forget one, bind them"))
    _refunds(verbs)
    _staff(verbs.add_parser("staff", help="the people of the shop and their PINs"))
    _shift(verbs.add_parser("shift", help="open a shift, read it, move cash, count and close it"))
    for name, text in (("show", "one payment with its history"), ("cancel", "give one payment up")):
        verb = verbs.add_parser(name, help=text)
        verb.add_argument("order_no", metavar="ORDER_NO")
        verb.add_argument("--json", action="store_true", help=AS_JSON)
    for name, text in (
        ("pending", "payments and refunds that are not settled"),
        ("recover", "ask about all payments and refunds in flight, now"),
        ("invoices", "e-invoices that are still to be issued, or to be corrected after a refund"),
        ("doctor", "look for what is missing on this machine"),
    ):
        verbs.add_parser(name, help=text).add_argument("--json", action="store_true", help=AS_JSON)
    return top


def _demo(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--tour", type=Path, metavar="DIR", help="unattended, with a screenshot of each step in DIR")
    verb.add_argument("--currency", default="TWD", choices=("TWD", "HKD"), help="of the throw-away shop")
    verb.add_argument("--language", choices=("zh_TW", "en"), help="of the window")
    verb.add_argument("--theme", choices=("light", "dark", "system"), help="of the window")
    verb.add_argument("--size", metavar="WxH", help="of the tour's window, e.g. 1024x768")


def _simulator(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--port", type=int, default=0, help="0 takes a free one")
    verb.add_argument("--json", action="store_true", help="print nothing but the first line")
    verb.add_argument("--lenient", action="store_true", help="accept what only some readings of the documents allow")
    verb.add_argument(
        "--autopay", type=seconds("autopay"), metavar="SECONDS", help="pay every order by itself after a while"
    )


def _charge(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--tender", required=True, help=", ".join(tender.value for tender in Tender))
    verb.add_argument("--amount", required=True, help="in the shop's currency, e.g. 125 or 12.50")
    verb.add_argument("--gateway", help="this one only, instead of the tender's routes")
    verb.add_argument("--item", action="append", default=[], metavar="NAME:PRICE:QTY", help="repeatable; must sum up")
    _options(verb, "a field of MyPay's orders, by its own name; @FILE reads it; repeatable")
    _wish(verb)
    verb.add_argument("--tendered", help="cash handed over")
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
        help="until it is settled, at most so long; O'Pay's page is served meanwhile",
    )
    verb.add_argument("--json", action="store_true", help=AS_JSON)


def _again(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("number", metavar="NUMBER", help="ORDER_NO, or REFUND_NO with a manager's PIN")
    verb.add_argument(
        "--wait", type=seconds("wait"), default=0.0, metavar="SECONDS", help="until it is settled, at most so long"
    )
    verb.add_argument("--json", action="store_true", help=AS_JSON)


def _options(verb: argparse.ArgumentParser, text: str) -> None:
    verb.add_argument("--option", action="append", default=[], metavar="NAME=VALUE", help=text)


def _mypay(verbs: Verbs) -> None:
    for name, text in (
        ("capture", "take money that MyPay holds, all or a part"),
        ("stop-debit", "end a direct debit"),
        ("bind-wallet", "the page on which a customer binds a card"),
        ("tools", "which payment tools MyPay lets the shop offer"),
    ):
        verbs.add_parser(name, help=text).add_argument("--json", action="store_true", help=AS_JSON)
    chosen = verbs.choices
    for name in ("capture", "stop-debit"):
        chosen[name].add_argument("order_no", metavar="ORDER_NO")
    chosen["capture"].add_argument("--amount", help="a part; all of it without")
    chosen["stop-debit"].add_argument("--day", required=True, help="the first day without a charge, as 2026-12-31")
    chosen["stop-debit"].add_argument("--reason", default="")
    chosen["bind-wallet"].add_argument("--user", required=True, help="the customer's name at the shop")
    _options(chosen["bind-wallet"], "a field of the wallet, by MyPay's name; repeatable")
    chosen["tools"].add_argument("--amount", required=True)


def _reconcile(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--date", metavar="D", help="a day of the shop as 2026-12-31; today without")
    instead = verb.add_mutually_exclusive_group()
    instead.add_argument("--afresh", action="store_true", help="ask again about what agreed before")
    instead.add_argument("--waiting", action="store_true", help="list the differences in review, of all days")
    instead.add_argument("--settle", metavar="NUMBER", help="say what became of a difference in review")
    verb.add_argument("--reason", default="", metavar="TEXT", help="with --settle; it is written into the journal")
    verb.add_argument("--json", action="store_true", help=AS_JSON)


def _journal(verb: argparse.ArgumentParser) -> None:
    deeds = verb.add_subparsers(dest="deed", metavar="verify|backup|restore", parser_class=_Parser, required=True)
    verify = deeds.add_parser("verify", help="walk the chain; names the first row that does not hold")
    verify.add_argument("file", type=Path, nargs="?", metavar="FILE", help="a backup, instead of the journal")
    backup = deeds.add_parser("backup", help="a copy that was read again; beside an open window, too")
    backup.add_argument("file", type=Path, metavar="FILE", help="never one that is there already")
    restore = deeds.add_parser("restore", help="put a backup in the journal's place, and keep what stood there")
    restore.add_argument("file", type=Path, metavar="FILE")
    restore.add_argument("--replace-newer", action="store_true", help="although the journal has rows that FILE lacks")
    for deed in (verify, backup, restore):
        deed.add_argument("--json", action="store_true", help=AS_JSON)


def _key(verb: argparse.ArgumentParser) -> None:
    deeds = verb.add_subparsers(
        dest="deed", metavar="set|list|forget|bind|approve", parser_class=_Parser, required=True
    )
    for name, text in (
        ("set", "store one: typed twice at a terminal, else out of standard input"),
        ("list", "which are needed, which are known, and from where; never a value"),
        ("forget", "take one out of the keyring and the file"),
        ("bind", "use the stored keys for the journal in this folder, after the folder was moved"),
        ("approve", "let a gateway be reached at the address that the settings name now"),
    ):
        deeds.add_parser(name, help=text).add_argument("--json", action="store_true", help=AS_JSON)
    for name in ("set", "forget"):
        deeds.choices[name].add_argument("name", metavar="NAME", help="as opay.hash_key")
    deeds.choices["approve"].add_argument("gateway", metavar="GATEWAY", help="as opay")


def _refunds(verbs: Verbs) -> None:
    for name, text in (
        ("refund", "give money back; a manager's PIN: POS_PIN, or a prompt"),
        ("refunds", "refunds that are not settled"),
        ("refund-cancel", "take a refund back before money moved"),
        ("settle", "say what became of a payment, or a refund, in review"),
        ("invoice-corrected", "say that a refund's e-invoice was voided, or an allowance written"),
    ):
        verbs.add_parser(name, help=text).add_argument("--json", action="store_true", help=AS_JSON)
    chosen = verbs.choices
    for name in ("refund-cancel", "invoice-corrected"):
        chosen[name].add_argument("refund_no", metavar="REFUND_NO")
    chosen["invoice-corrected"].add_argument("--reference", required=True, help="its number at MyPay")
    for name in ("refund", "settle"):
        chosen[name].add_argument("order_no", metavar="ORDER_NO")
        chosen[name].add_argument("--reason", required=True, help="it is written into the journal")
    word = chosen["settle"].add_mutually_exclusive_group(required=True)
    word.add_argument("--accept", action="store_true", help="the money is there (of a refund: it went back)")
    word.add_argument("--close", action="store_true", help="no money came (of a refund: none went back)")
    verb = chosen["refund"]
    verb.add_argument("--amount", required=True, help="in the payment's currency")
    verb.add_argument("--way", help="gateway, cash, transfer, back_office; the first the payment allows without")
    verb.add_argument("--reference", default="", help="of a refund that is done elsewhere")
    verb.add_argument("--item", action="append", default=[], metavar="NAME:PRICE:QTY", help="where an e-invoice stands")
    verb.add_argument(
        "--wait", type=seconds("wait"), default=0.0, metavar="SECONDS", help="until it is settled, at most so long"
    )


def _staff(verb: argparse.ArgumentParser) -> None:
    whats = verb.add_subparsers(dest="what", metavar="WHAT", required=True, parser_class=_Parser)
    for name, text in (
        ("add", "a new person"),
        ("list", "everybody"),
        ("change", "name, role, PIN, leaving"),
        ("recovery-code", "make a new recovery code; the old one ends"),
    ):
        whats.add_parser(name, help=text).add_argument("--json", action="store_true", help=AS_JSON)
    add, change = whats.choices["add"], whats.choices["change"]
    for one in (add, change):
        one.add_argument("name", metavar="NAME")
        one.add_argument("--role", required=one is add, help="owner, manager or cashier")
    change.add_argument("--rename", metavar="NAME")
    change.add_argument("--pin", action="store_true", help="a new PIN: POS_NEW_PIN, or a prompt")
    gone = change.add_mutually_exclusive_group()
    gone.add_argument("--leaves", action="store_true", help="does not work here any more")
    gone.add_argument("--returns", action="store_true", help="works here again")


def _report(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("span", choices=("x", "z", "day", "week", "month"), help="x: the open shift, z: a closed one")
    verb.add_argument("--date", metavar="YYYY-MM-DD", help="a day of the shop; today without")
    verb.add_argument("--z", type=int, metavar="N", help="this Z; the last one without")
    verb.add_argument("--format", default="json", metavar="json|csv|xlsx|pdf")
    verb.add_argument("--out", type=Path, metavar="FILE", help="replaced whole or not at all")
    verb.add_argument("--json", action="store_true", help="say in JSON which file was written")


def _wish(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--invoice", metavar="KIND[:CODE]", help="e-invoice: paper, mobile:/…, certificate:…, donation:…")
    verb.add_argument("--ban", help="the buyer's company number")
    verb.add_argument("--title", help="the buyer's company name")


def _invoice(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("order_no", metavar="ORDER_NO")
    _wish(verb)
    verb.add_argument("--ask", action="store_true", help="ask MyPay what became of it")
    verb.add_argument("--print", action="store_true", help="the proof: the original once, copies after")
    verb.add_argument("--pdf", type=Path, metavar="FILE", help="the proof as a PDF")
    verb.add_argument("--json", action="store_true", help=AS_JSON)


def _shift(verb: argparse.ArgumentParser) -> None:
    steps = verb.add_subparsers(dest="step", metavar="STEP", required=True)
    for name, text in (
        ("open", "with what lies in the drawer"),
        ("status", "who opened it and when; the sums for whoever may see them"),
        ("close", "with what was counted: the Z"),
        ("in", "put cash into the drawer"),
        ("out", "pay something out of it"),
        ("drop", "bring cash from it to the safe"),
        ("take-over", "go on with what this register left open under its former name"),
    ):
        steps.add_parser(name, help=text).add_argument("--json", action="store_true", help=AS_JSON)
    steps.choices["open"].add_argument("--float", required=True, help="in the shop's currency; 0 is allowed")
    steps.choices["take-over"].add_argument("name", metavar="NAME", help="the register's former name")
    steps.choices["close"].add_argument("--counted", required=True, help="all that lies in the drawer, float included")
    steps.choices["close"].add_argument("--reason", default="", help="why it is over or short")
    for name in ("in", "out", "drop"):
        steps.choices[name].add_argument("--amount", required=True, help="in the shop's currency")
        steps.choices[name].add_argument("--reason", required=True, help="stands on the Z")


def run(arguments: Sequence[str]) -> int:
    """Run one call and return its exit status. With ``--json`` one JSON object is printed on every path."""
    use_language(system_language())
    output.begin()
    asked, as_json = argparse.Namespace(), _wants_json(arguments)
    try:
        parser().parse_args(arguments, asked)
        _refuse_half_characters(asked)
        return _dispatch(asked)
    except SystemExit as stop:  # --help, --version
        return stop.code if isinstance(stop.code, int) else OK
    except PosError as error:
        return output.put_error(error, _said(error, asked), as_json)
    except KeyboardInterrupt:
        return _interrupted(as_json)
    except Exception as error:
        if logging.getLogger().handlers:  # without a log file the traceback would be printed
            log.exception("unexpected")
        problem = output.unexpected(error)
        return output.put_error(problem, problem.spoken(), as_json)


def _wants_json(arguments: Sequence[str]) -> bool:
    """Return whether ``--json``, or its beginning, is among the arguments: they may be too wrong to be parsed."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return any(len(one) > 2 and "--json".startswith(one) for one in options)


def _interrupted(as_json: bool) -> int:
    problem = PosError(N_("Interrupted. What was sent is asked about at the next start."))
    return output.put_error(problem, problem.spoken(), as_json, INTERRUPTED)


def _refuse_half_characters(asked: argparse.Namespace) -> None:
    """Read UTF-8 where the locale has another encoding (``LANG=C``); paths stay as they are.

    Raises InputError for bytes that are no text: nothing was written or sent.
    """
    for name, value in vars(asked).items():
        if name == "config":
            continue
        if isinstance(value, list):
            setattr(asked, name, [_text(name, one) for one in value])
        elif isinstance(value, str):
            setattr(asked, name, _text(name, value))


def _text(name: str, value: str) -> str:
    if not any("\ud800" <= char <= "\udfff" for char in value):
        return value
    try:
        return os.fsencode(value).decode()
    except UnicodeError:
        raise InputError(name, msg(N_("{field} has bytes that are no text."), field=name)) from None


def _dispatch(asked: argparse.Namespace) -> int:
    if asked.verb in (None, "demo"):
        from pos import windows

        return windows.open_window(asked) if asked.verb is None else windows.demo(asked)
    from pos import verbs

    return verbs.run(asked)


def _said(error: PosError, asked: argparse.Namespace) -> str:
    """The sentence, after the option that it is about where it does not name that itself."""
    said = error.spoken()
    if (
        not isinstance(error, InputError)
        or isinstance(error, UsageError)
        or error.field in PLACED
        or error.field not in vars(asked)
    ):
        return said
    option = f"--{error.field}"
    return said if option in said else f"{option}: {said}"
