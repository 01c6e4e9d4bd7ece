"""Checks of fields that several gateways share, and of links that are shown as a QR code."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Final
from urllib.parse import unquote_to_bytes, urlsplit
from zoneinfo import ZoneInfo

from pos.domain.money import Money
from pos.errors import BadNotice, BadReply, InputError
from pos.gateways.http import LOOPBACK
from pos.gateways.received import LINK_LIMIT
from pos.i18n import N_, Message, msg
from pos.text import clean

TAIPEI: Final = ZoneInfo("Asia/Taipei")

NOTICE_LIMIT: Final = 64 * 1024
"""Bytes of a notification; documented notifications are far shorter."""

FIELD_LIMIT: Final = 500
"""Fields of a form body that are read; the longest documented form (MyPay) has fewer than 100."""

QUOTED: Final = 40
"""Characters of a mismatched value that an error message repeats."""

NAME_LIMIT: Final = 1000
"""Characters of a text that is sent; the limit of each field is lower."""

_HOST: Final = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", re.ASCII)


def check_length(name: str, value: str, limit: int) -> str:
    """Return ``value`` if it has at most ``limit`` characters. Raises InputError with the field."""
    if len(value) > limit:
        text = N_("{field} may have {limit} characters at most.")
        raise InputError(name, msg(text, field=name, limit=limit))
    return value


def check_pattern(name: str, value: str, pattern: str, rule: str) -> str:
    """Return ``value`` if all of it matches ``pattern``. Raises InputError with ``rule``, a gettext id with {field}."""
    if not re.fullmatch(pattern, value, re.ASCII):
        raise InputError(name, msg(rule, field=name))
    return value


def check_part(amount: Money, whole: Money) -> int:
    """Return the minor units of ``amount``, which is a part or all of ``whole``. Raises InputError."""
    if amount.currency != whole.currency or not 0 < amount.minor <= whole.minor:
        raise InputError("amount", msg(N_("The amount must be from 1 to {most}."), most=whole.display))
    return amount.minor


def cleaned(text: str) -> str:
    """Return ``text`` on one line, with the characters that receipts and gateways can show (:func:`pos.text.clean`)."""
    return clean(text, NAME_LIMIT)


def secure_link(url: str, hosts: tuple[str, ...]) -> str:
    """Return ``url`` with ``https`` if it is ``http`` to one of ``hosts`` (or a subdomain), else unchanged.

    MyPay's sample of a payment link is ``http``. Links to this machine (the simulator) stay unchanged.
    """
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname or ""
    except ValueError:
        return url
    if parts.scheme != "http" or host in LOOPBACK or not _is_known(host, hosts):
        return url
    netloc = parts.netloc.removesuffix(":80") if port == 80 else parts.netloc
    return f"https://{netloc}{url[url.index('//') + 2 + len(parts.netloc) :]}"


def _is_known(host: str, hosts: tuple[str, ...]) -> bool:
    return bool(_HOST.fullmatch(host)) and any(host == known or host.endswith(f".{known}") for known in hosts)


def link_fault(url: str, hosts: tuple[str, ...], *, wechat: bool = False) -> Message:
    """Return why ``url`` may not be shown as a QR code; an empty message if it may (reliability I3).

    Allowed are https to one of ``hosts`` (or a subdomain), ``weixin://wxpay/`` on a WeChat route, and http only if the
    gateway is on this machine.
    """
    if len(url) > LINK_LIMIT:
        return msg(N_("The gateway's link is too long to show."))
    if any(unicodedata.category(char)[0] == "C" or char.isspace() for char in url):
        return msg(N_("The gateway's link contains control characters."))
    if wechat and url.startswith("weixin://wxpay/"):
        return Message()
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return msg(N_("The gateway's link is not an address."))
    if "\\" in parts.netloc or "@" in parts.netloc:
        # Browsers end the host at a backslash, and people take the text before an @ for the host.
        return msg(N_("The gateway's link is not an address."))
    if parts.scheme == "http" and host in LOOPBACK and host in hosts:
        return Message()
    if parts.scheme != "https":
        return msg(N_("The gateway's link is not safe; it is not shown."))
    if not _is_known(host, hosts):
        return msg(N_("The gateway's link leads to {host}; it is not shown."), host=clean(host, 60))
    return Message()


def text_of(found: Mapping[str, Any], name: str) -> str:
    """Return a field as text; "" if it is absent or null. Raises BadReply if it is neither text nor a number."""
    value = found.get(name)
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadReply(msg(N_("The field {field} of the gateway's answer has a wrong type."), field=name))
    return str(value)


def required_text(found: Mapping[str, Any], name: str) -> str:
    """Return a required field as text. Raises BadReply if it is absent or empty."""
    value = text_of(found, name)
    if not value:
        raise BadReply(msg(N_("The field {field} is missing from the gateway's answer."), field=name))
    return value


def required_value(found: Mapping[str, Any], name: str, rule: Callable[[str], str]) -> str:
    """Return a required value that later calls send back unchanged. Raises BadReply if ``rule`` rejects it."""
    value = rule(required_text(found, name))
    if not value:
        raise BadReply(msg(N_("The field {field} of the gateway's answer has a wrong type."), field=name))
    return value


def require_match(name: str, theirs: str, ours: str, *, secret: bool = False) -> None:
    """Raise BadReply if an answer is about another order or shop (reliability N5).

    ``secret``: the error does not repeat the value.
    """
    if theirs != ours:
        text = N_("The gateway's answer is about another {field}: {theirs}.")
        raise BadReply(msg(text, field=name, theirs="…" if secret else clean(theirs, QUOTED)))


def form_fields(body: bytes) -> dict[str, str]:
    """Read a form body as browsers do (WHATWG URL standard, "application/x-www-form-urlencoded parsing").

    Empty fields (a stray ``&``) and fields without ``=`` are accepted, bytes that are not UTF-8 become U+FFFD, and of
    two fields with one name the last counts. Only the first :data:`FIELD_LIMIT` fields are read. Raises nothing.
    """
    pieces = (piece.partition(b"=") for piece in body.split(b"&", FIELD_LIMIT)[:FIELD_LIMIT] if piece)
    return {_form_text(name): _form_text(value) for name, _, value in pieces}


def _form_text(raw: bytes) -> str:
    return unquote_to_bytes(raw.replace(b"+", b" ")).decode("utf-8", "replace")


def notice_fields(body: bytes) -> dict[str, str]:
    """Return the fields of a notification that is a form. Raises BadNotice if it is too long."""
    if len(body) > NOTICE_LIMIT:
        raise BadNotice(N_("The notification is too long."))
    return form_fields(body)


def shop_time(text: str, form: str, zone: ZoneInfo) -> datetime | None:
    """Return a gateway's local time with its time zone; None if ``text`` is not a time."""
    try:
        return datetime.strptime(text, form).replace(tzinfo=zone)
    except ValueError:
        return None


def last_day(text: str) -> date | None:
    """Return the date written as ``2026-12-31``; None for any other text."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def check_web_address(name: str, url: str, limit: int) -> str:
    """Return ``url`` if it is empty or a web address. Raises InputError with the field."""
    return check_pattern(
        name, check_length(name, url, limit), r"(https?://[!-~]+)?", N_("{field} must be a web address.")
    )


def masked(number: str) -> str:
    """Return an account or card number with only its last four digits readable."""
    return "*" * max(0, len(number) - 4) + number[-4:] if number else ""
