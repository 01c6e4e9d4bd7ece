"""The fields of an order, each with its rule.

Lengths and limits are those of the document. Patterns of numbers, ``EncryptType`` and the fields of the e-invoice are
those of the gateway's SDK (public).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from pos.domain.agreement import LIMITS, Terms
from pos.errors import InputError
from pos.gateways.fields import check_length, cleaned
from pos.i18n import N_, msg
from pos.text import clean

LONGEST_EXPIRY: Final = timedelta(hours=72)
"""``ExpireTime`` may be this long after the order is sent."""

TIME: Final = "%Y/%m/%d %H:%M:%S"
LARGEST: Final = 2**31 - 1
"""Amounts are Int."""

NOT_LISTED: Final = N_("{field} must be one of {choices}.")
_NUMBER: Final = N_("{field} must be a number from {low} to {high}.")


class Rule(NamedTuple):
    """The rule of one field: at most ``limit`` characters, all of the value matches ``pattern``; ``text`` says so."""

    limit: int
    pattern: str
    text: str
    required: bool = False


_ADDRESS: Final = N_("{field} must be a web address.")
_DIGITS: Final = N_("{field} must be 7 to 10 digits.")
_TEXT: Final = N_("{field} may not be empty.")
_MOMENT: Final = N_("{field} must be a time like 2026/01/31 12:00:00.")
_FIXED: Final = N_("{field} has a fixed value.")
_URL: Final = r"https?://[!-~]+"
_TIME: Final = "[0-9]{4}(/[0-9]{2}){2} [0-9]{2}(:[0-9]{2}){2}"


def _required(limit: int, pattern: str, text: str) -> Rule:
    return Rule(limit, pattern, text, required=True)


ORDER: Final[Mapping[str, Rule]] = {
    "MerchantID": _required(10, "[0-9]{7,10}", _DIGITS),
    "MerchantTradeNo": _required(20, "[A-Za-z0-9]{4,20}", N_("{field} must be 4 to 20 letters and digits.")),
    "MerchantTradeDate": _required(20, _TIME, _MOMENT),
    "PaymentType": _required(20, "aio", _FIXED),
    "TotalAmount": _required(10, "[1-9][0-9]*", N_("{field} must be more than zero.")),
    "TradeDesc": _required(200, r"[^\x00-\x1f]+", _TEXT),
    "ItemName": _required(200, r"[^\x00-\x1f]+", _TEXT),
    "ReturnURL": _required(200, _URL, _ADDRESS),
    "ChoosePayment": _required(20, "Credit", _FIXED),
    "PeriodAmount": _required(10, "[1-9][0-9]*", N_("{field} must be more than zero.")),
    "PeriodType": _required(1, "[DMY]", N_("{field} must be D, M or Y.")),
    "Frequency": _required(3, "[1-9][0-9]*", N_("{field} must be more than zero.")),
    "ExecTimes": _required(3, "[1-9][0-9]*", N_("{field} must be more than zero.")),
    "StoreID": Rule(20, r"[A-Za-z0-9_-]+", N_("{field} may have letters, digits, _ and - only.")),
    "PeriodReturnURL": Rule(200, _URL, _ADDRESS),
    "Language": Rule(3, "ENG", N_("{field} may be ENG only.")),
    "PaymentInfoURL": Rule(200, _URL, _ADDRESS),
    "ClientBackURL": Rule(200, _URL, _ADDRESS),
    "ItemURL": Rule(200, _URL, _ADDRESS),
    "OrderResultURL": Rule(200, _URL, _ADDRESS),
    "NeedExtraPaidInfo": Rule(1, "Y", N_("{field} may be Y only.")),
    "DeviceSource": Rule(10, "[PM]", N_("{field} may be P or M only.")),
    "PlatformID": Rule(10, "[0-9]{7,10}", _DIGITS),
    "ExpireTime": Rule(20, _TIME, _MOMENT),
    "InvoiceMark": Rule(1, "Y", N_("{field} may be Y only.")),
    "EncryptType": Rule(1, "1", _FIXED),
}
"""The rules of all fields but those of the e-invoice and ``CheckMacValue``."""

INVOICE: Final[Mapping[str, Rule]] = {
    "RelateNumber": _required(30, "[A-Za-z0-9_]+", N_("{field} may have letters, digits and _ only.")),
    "CustomerID": Rule(20, "[A-Za-z0-9_]+", N_("{field} may have letters, digits and _ only.")),
    "CustomerIdentifier": Rule(8, "[0-9]{8}", N_("{field} must be 8 digits.")),
    "CustomerName": Rule(20, r"[^\x00-\x1f]+", _TEXT),
    "CustomerAddr": Rule(200, r"[^\x00-\x1f]+", _TEXT),
    "CustomerPhone": Rule(20, "[0-9]{10,20}", N_("{field} must be 10 to 20 digits.")),
    "CustomerEmail": Rule(200, r"[^@\s]+@[^@\s]+", N_("{field} must be an e-mail address.")),
    "ClearanceMark": Rule(1, "[12]", N_("{field} must be 1 or 2.")),
    "TaxType": _required(1, "[1239]", N_("{field} must be 1, 2, 3 or 9.")),
    "CarruerType": Rule(1, "[123]", N_("{field} must be 1, 2 or 3.")),
    "CarruerNum": Rule(16, r"/[0-9A-Z+.-]{7}|[A-Z]{2}[0-9]{14}", N_("{field} is not the code of a carrier.")),
    "Donation": _required(1, "[12]", N_("{field} must be 1 or 2.")),
    "LoveCode": Rule(7, "[0-9]{3,7}", N_("{field} must be 3 to 7 digits.")),
    "Print": _required(1, "[01]", N_("{field} must be 0 or 1.")),
    "InvoiceItemName": _required(4096, r"[^\x00-\x1f]+", _TEXT),
    "InvoiceItemCount": _required(4096, r"[0-9|]+", N_("{field} may have digits only.")),
    "InvoiceItemWord": _required(4096, r"[^\x00-\x1f]+", _TEXT),
    "InvoiceItemPrice": _required(4096, r"[0-9|]+", N_("{field} may have digits only.")),
    "InvoiceItemTaxType": _required(4096, "[1239|]+", N_("{field} must be 1, 2, 3 or 9.")),
    "InvoiceRemark": Rule(4096, r"[^\x00-\x1f]+", _TEXT),
    "DelayDay": _required(2, "[0-9]|1[0-5]", N_("{field} must be from 0 to 15.")),
    "InvType": _required(2, "0[78]", N_("{field} must be 07 or 08.")),
}
"""The rules of the fields that ``InvoiceMark`` needs, before :data:`ENCODED` are encoded."""

ENCODED: Final = frozenset(
    {"CustomerName", "CustomerAddr", "CustomerEmail", "InvoiceItemName", "InvoiceItemWord", "InvoiceRemark"}
)
"""Fields of the e-invoice that are percent-encoded before the CheckMacValue is made."""


def check_fields(fields: Mapping[str, str], rules: Mapping[str, Rule]) -> None:
    """Check ``fields`` against ``rules``. Raises InputError with the first field that breaks its rule."""
    for name, rule in rules.items():
        value = fields.get(name, "")
        if not value:
            if rule.required:
                raise InputError(name, msg(_TEXT, field=name))
            continue
        check_length(name, value, rule.limit)
        if not re.fullmatch(rule.pattern, value):
            raise InputError(name, msg(rule.text, field=name))
        if re.search("<[^>]*>", value):
            raise InputError(name, msg(N_("{field} may not contain HTML."), field=name))


def check_period(fields: Mapping[str, str], terms: Terms) -> None:
    """Check that the amounts are equal and the period is within the limits of its type. Raises InputError."""
    if fields["PeriodAmount"] != fields["TotalAmount"]:
        raise InputError("PeriodAmount", N_("PeriodAmount must equal TotalAmount."))
    limits = LIMITS[terms.period.unit]
    for name, low, high in (("Frequency", 1, limits.every), ("ExecTimes", 2, limits.times)):
        if not low <= int(fields[name]) <= high:
            raise InputError(name, msg(_NUMBER, field=name, low=low, high=high))


def check_expiry(expires_at: datetime, now: datetime) -> None:
    """Raise InputError unless ``expires_at`` is in the future and within 72 hours."""
    if not now < expires_at <= now + LONGEST_EXPIRY:
        raise InputError("ExpireTime", N_("ExpireTime must be within 72 hours."))


def plain_name(text: str, limit: int) -> str:
    """Return a name without tags, ``#`` and ``|``, which separate items, of at most ``limit`` characters."""
    changed = cleaned(text).translate({ord("<"): "＜", ord(">"): "＞", ord("#"): "＃", ord("|"): "｜"})
    return clean(changed, limit).strip() or "商品"
