"""The parser of the command line, and options that several verbs share."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NoReturn, TextIO, cast

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


class Parser(argparse.ArgumentParser):
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


def add_options(verb: argparse.ArgumentParser, text: str) -> None:
    verb.add_argument("--option", action="append", default=[], metavar="NAME=VALUE", help=text)


def add_invoice_options(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--invoice", metavar="KIND[:CODE]", help="e-invoice: paper, mobile:/…, certificate:…, donation:…")
    verb.add_argument("--ban", help="the buyer's company number")
    verb.add_argument("--title", help="the buyer's company name")


def add_json(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--json", action="store_true", help=AS_JSON)


def add_order_no(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("order_no", metavar="ORDER_NO")


def add_reason(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--reason", required=True, help="recorded in the journal")


def add_wait(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--wait", type=seconds("wait"), default=0.0, metavar="SECONDS", help="wait at most this long for the result"
    )
