"""Limits for every string of a gateway's answer, applied when the answer object is made.

The dataclasses in :mod:`pos.gateways.base` derive from :class:`Received`, so the limits apply to every client and to
every new field. Text for people is cleaned and shortened. A value that programs read is kept unchanged or dropped: a
changed number would query another order.
"""

from __future__ import annotations

import binascii
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from enum import Enum
from typing import Any, Final

from pos.domain.payment import VirtualAccount
from pos.i18n import N_, Message, msg
from pos.text import clean, identifier

CODE_LIMIT: Final = 32
NUMBER_LIMIT: Final = 64
KEY_LIMIT: Final = 128
LINK_LIMIT: Final = 2048

DISPLAY_LIMIT: Final = 200
"""Characters of a message or a detail of the gateway."""

BANK_NAME_LIMIT: Final = 60
MOST_DETAILS: Final = 40
MOST_CONTENTS: Final = 200

CONTENT_LIMIT: Final = 500
"""Characters of a text in the contents of an answer (:func:`contents`)."""

LARGEST: Final = 10**18
"""Largest integer that is kept from an answer; no amount is larger."""

EXACT: Final = frozenset(
    {"uid", "key", "url", "order_id", "group_id", "refund_uid", "left_qrcode", "right_qrcode", "middle_barcode"}
)
"""Names of contents that are used unchanged: cleaning would make different numbers and codes of them."""

JSON_TEXT: Final = frozenset({"order_detail", "result_content"})
"""Names of contents that are JSON inside a string."""

_FEE: Final = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?", re.ASCII)
_BANK: Final = re.compile("[0-9A-Za-z]{0,10}", re.ASCII)
_ACCOUNT: Final = re.compile("[0-9]{8,16}", re.ASCII)
_EMV: Final = re.compile("000201[ -~]{20,494}6304[0-9A-F]{4}", re.ASCII)


def as_code(text: str) -> str:
    """Return a code as the gateway wrote it, or "" if it cannot be one."""
    return identifier(text, CODE_LIMIT)


def as_number(text: str) -> str:
    """Return a gateway's number of an order or a refund, or "" if it cannot be one."""
    return identifier(text, NUMBER_LIMIT)


def as_key(text: str) -> str:
    """Return a key that belongs to one order, or "" if it cannot be one."""
    return identifier(text, KEY_LIMIT)


def as_fee(text: str) -> str:
    """Return a decimal number as the gateway wrote it, or ""."""
    return text if _FEE.fullmatch(text) else ""


def as_link(text: str) -> str:
    """Return a link without a character that an address cannot have, or a scheme's payment code, or ""."""
    fits = len(text) <= LINK_LIMIT and text.isprintable() and " " not in text
    return text if fits or is_emv_code(text) else ""


def is_emv_code(text: str) -> bool:
    """Return whether ``text`` is a payment code of a scheme (EMVCo, merchant-presented mode) with a correct checksum.

    The last field, 63, is the CRC-16 (polynomial 0x1021, start 0xFFFF) of all that is before its value.
    """
    return bool(_EMV.fullmatch(text)) and int(text[-4:], 16) == binascii.crc_hqx(text[:-4].encode("ascii"), 0xFFFF)


def display_text(text: str) -> str:
    """Return a gateway's text for people on one line, at most :data:`DISPLAY_LIMIT` characters."""
    return clean(text, DISPLAY_LIMIT)


def gateway_message(text: str) -> Message:
    """Return a message that quotes a gateway's text; an empty message for an empty text."""
    shown = display_text(text)
    return msg(N_("The gateway says: {words}"), words=shown) if shown else Message()


MACHINE_READ: Final[Mapping[str, Callable[[str], str]]] = {
    "code": as_code,
    "bank_ref": as_number,
    "gateway_ref": as_number,
    "gateway_key": as_key,
    "pay_url": as_link,
    "fee": as_fee,
    "number": lambda text: as_number(text) or unusable_number(text),
}
"""Checks of the fields that programs read, by name; every other string is text for people."""


class Received:
    """The base class of the dataclasses that hold a gateway's answer."""

    __slots__ = ()

    def __post_init__(self) -> None:
        for one in fields(self):  # type: ignore[arg-type]  # subclasses are dataclasses
            value = getattr(self, one.name)
            kept = received(one.name, value)
            if kept is not value:
                object.__setattr__(self, one.name, kept)


def received(name: str, value: Any) -> Any:
    """Return the value of the field ``name`` after its check."""
    if isinstance(value, str) and not isinstance(value, Enum):
        return MACHINE_READ.get(name, display_text)(value)
    if isinstance(value, Message):
        return (
            Message(value.text, {key: display_text(text) for key, text in value.args.items()}) if value.args else value
        )
    if isinstance(value, VirtualAccount):
        return _account(value)
    if isinstance(value, Mapping):
        return details(value) if name == "details" else contents(value)
    return value


def details(found: Mapping[str, Any]) -> dict[str, str]:
    """Return the details of an answer: at most :data:`MOST_DETAILS`, with names of visible ASCII characters."""
    kept = {name: display_text(str(value)) for name, value in found.items() if as_code(str(name))}
    return dict(list(kept.items())[:MOST_DETAILS])


def contents(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the contents of an answer for storing, every text cleaned, at any depth.

    Codes that are printed or sent back (:data:`EXACT`) stay unchanged or become empty.
    """
    kept = {name: _content(name, value) for name, value in found.items() if as_code(str(name))}
    return dict(list(kept.items())[:MOST_CONTENTS])


def _content(name: str, value: Any) -> Any:
    if isinstance(value, str):
        if name in EXACT:
            return value if len(value) <= LINK_LIMIT and value.isprintable() else ""
        return _inner_json(value) if name in JSON_TEXT else clean(value, CONTENT_LIMIT)
    if isinstance(value, Mapping):
        return contents(value)
    if isinstance(value, list | tuple):
        return [_content(name, one) for one in value]
    return None if isinstance(value, int) and abs(value) > LARGEST else value


def _inner_json(text: str) -> str:
    """Clean the texts of JSON inside a string; a string that is not JSON is cleaned as a text."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return clean(text, CONTENT_LIMIT)
    kept = _content("", found)
    return text if kept == found else json.dumps(kept, ensure_ascii=False)


def unusable_number(text: str) -> str:
    """Return a placeholder for a listed number that cannot be one of ours.

    The row still counts as money, so it needs a number of its own: no order number has a space, and the digest
    distinguishes rows.
    """
    if not text:
        return ""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"? {clean(text, 30)} {digest}"


def _account(account: VirtualAccount) -> VirtualAccount | None:
    """Return the account of a transfer, or None if its digits are malformed: a wrong account must not be shown."""
    if not (_BANK.fullmatch(account.bank_code) and _ACCOUNT.fullmatch(account.account)):
        return None
    name = clean(account.bank_name, BANK_NAME_LIMIT)
    return VirtualAccount(account.bank_code, name, account.account, account.expires_at)
