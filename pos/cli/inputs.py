"""Readers of typed arguments: amounts, items, days, tenders, options. Each raises InputError with a message."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Final

from pos.domain.customer_code import CustomerCode
from pos.domain.invoice import InvoiceRequest, Kind, invoice_request
from pos.domain.money import Money, parse, parse_sum
from pos.domain.payment import Line, Tender
from pos.domain.typed_text import tidy_text
from pos.errors import InputError
from pos.i18n import N_, msg
from pos.text import half_width

LONGEST_CODE: Final = 100
"""Characters that are read for a customer's code."""

EARLIEST: Final = date(2000, 1, 1)
LATEST: Final = date(2999, 12, 31)
"""The first and last day that can be named."""


def invoice_request_of(asked: argparse.Namespace) -> InvoiceRequest | None:
    """Read ``--invoice KIND[:CODE] --ban --title``; None if no e-invoice is requested. Raises InputError."""
    if not asked.invoice:
        if asked.ban or asked.title:
            raise InputError("invoice", N_("A company number needs --invoice."))
        return None
    kind, _colon, code = asked.invoice.partition(":")
    try:
        return invoice_request(Kind(kind), code, asked.ban or "", asked.title or "")
    except ValueError:
        known = ", ".join(one.value for one in Kind)
        text = N_("{value} is not a kind of e-invoice. Use one of {known}")
        raise InputError("invoice", msg(text, value=kind, known=known)) from None


def tender_of(text: str) -> Tender:
    """Return the tender with this name. Raises InputError."""
    try:
        return Tender(text)
    except ValueError:
        known = ", ".join(tender.value for tender in Tender)
        raise InputError(
            "tender", msg(N_("{value} is not a tender. Use one of {known}"), value=text, known=known)
        ) from None


def customer_code_of(asked: argparse.Namespace) -> CustomerCode | None:
    """Read ``--auth-code``, from standard input if it is "-"; None without it. Raises InputError."""
    if asked.auth_code is None:
        return None
    text = sys.stdin.readline(LONGEST_CODE) if asked.auth_code == "-" else asked.auth_code
    return CustomerCode(half_width(text).strip())


def day_of(text: str | None) -> date | None:
    """Read a day like ``2026-11-20``. Raises InputError."""
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
        if not EARLIEST <= found <= LATEST:
            raise ValueError(text)
        return found
    except ValueError:
        raise InputError("date", msg(N_("{value} is not a day like 2026-12-31."), value=text[:20])) from None


def options_of(asked: argparse.Namespace) -> dict[str, str]:
    """Read all ``--option NAME=VALUE``. Raises InputError."""
    return dict(_option(text) for text in asked.option)


def _option(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise InputError("option", msg(N_("{item} is not NAME=VALUE."), item=text[:40]))
    if not value.startswith("@"):
        return name, value
    try:
        return name, Path(value[1:]).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(name, msg(N_("The file {path} cannot be read."), path=value[1:])) from error


def line_of(item: str, currency: str) -> Line:
    """Read ``NAME:PRICE:QTY``; the price of a gift is 0. Raises InputError."""
    name, *numbers = item.rsplit(":", 2)
    if len(numbers) != 2 or not name.strip() or not (numbers[1].isascii() and numbers[1].isdigit()):
        raise InputError("item", msg(N_("{item} is not NAME:PRICE:QTY."), item=item[:40]))
    if not 1 <= int(numbers[1]) <= 9999:
        raise InputError("item", msg(N_("The quantity of {item} must be from 1 to 9999."), item=item[:40]))
    if len(name) > 200:
        raise InputError("item", msg(N_("The name of {item} may have 200 characters at most."), item=name[:40]))
    return Line(tidy_text("item", name), money_of("item", numbers[0], currency, parse_sum), int(numbers[1]))


def money_of(field: str, text: str, currency: str, read: Callable[[str, str], Money] = parse) -> Money:
    """Read the amount of ``field``. Raises InputError with the name of the field."""
    try:
        return read(half_width(text), currency)
    except InputError as error:
        raise InputError(field, error.message) from None
