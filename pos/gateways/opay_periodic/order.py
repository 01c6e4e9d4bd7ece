"""The fields of an order: items, the period, and the e-invoice that ``InvoiceMark`` requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from pos.domain.agreement import EVERY, REFERENCE, TIMES, Terms, terms
from pos.domain.invoice import CODES, InvoiceRequest, Kind
from pos.domain.payment import Attempt, Line
from pos.errors import InputError
from pos.gateways.opay_periodic.fields import ENCODED, INVOICE, check_fields, plain_name
from pos.gateways.signing import dotnet_encode
from pos.i18n import N_, msg

ITEM_LIMIT: Final = 200
NAME_LIMIT: Final = 60
"""Characters of one name in ``ItemName`` and on the e-invoice."""

INVOICE_KIND: Final = "invoice"
"""The option of an order that requests an e-invoice; its value is a :class:`~pos.domain.invoice.Kind`."""

CUSTOMER: Final[Mapping[str, str]] = {
    "invoice_ban": "CustomerIdentifier",
    "invoice_name": "CustomerName",
    "invoice_address": "CustomerAddr",
    "invoice_phone": "CustomerPhone",
    "invoice_email": "CustomerEmail",
}
"""Options of an order about the buyer, with the fields of the e-invoice."""

CODE: Final = "invoice_code"
OPTIONS: Final = frozenset({EVERY, TIMES, REFERENCE, INVOICE_KIND, CODE, *CUSTOMER})
"""All options that an order may have."""

_CARRIERS: Final = {Kind.CERTIFICATE: "2", Kind.MOBILE: "3"}


def terms_of(attempt: Attempt) -> Terms:
    """Return the terms in the options of an order. Raises InputError if they are missing or out of range."""
    if unknown := set(attempt.options) - OPTIONS:
        text = N_("{gateway} has no such options: {names}.")
        raise InputError("option", msg(text, gateway="O'Pay", names=", ".join(sorted(unknown))))
    return terms(attempt.amount, attempt.options.get(EVERY, ""), attempt.options.get(TIMES, ""))


def item_name(attempt: Attempt, shop: str) -> str:
    """Return ``名稱 單價 元 x 數量`` of each line, joined with ``#``; over 200 characters the shop and the amount."""
    lines = [f"{plain_name(one.name, NAME_LIMIT)} {one.unit_price.minor} 元 x {one.quantity}" for one in attempt.lines]
    listed = "#".join(lines)
    if lines and len(listed) <= ITEM_LIMIT:
        return listed
    return f"{plain_name(shop, NAME_LIMIT)} {attempt.amount.minor} 元 x 1"


def invoice_options(invoice_request: InvoiceRequest) -> dict[str, str]:
    """Return the options of an order for a buyer's request; contact and address are options of their own."""
    asked = {
        INVOICE_KIND: invoice_request.kind.value,
        CODE: invoice_request.code,
        "invoice_ban": invoice_request.ban,
        "invoice_name": invoice_request.title,
    }
    return {name: value for name, value in asked.items() if value}


def invoice_fields(attempt: Attempt, shop: str) -> dict[str, str]:
    """Return the fields by which the gateway issues an e-invoice, encoded; none without the option.

    The document says that it is issued once the payment is complete (InvoiceMark), and nothing about later charges.
    Raises InputError with the field and its rule.
    """
    asked = attempt.options.get(INVOICE_KIND, "")
    if not asked:
        return {}
    if asked not in list(Kind):
        text = N_("{field} must be one of {choices}.")
        raise InputError(INVOICE_KIND, msg(text, field=INVOICE_KIND, choices=", ".join(Kind)))
    fields = dict.fromkeys(INVOICE, "") | _items(attempt, shop) | _buyer(attempt, Kind(asked))
    check_fields(fields, INVOICE)
    _check_together(fields)
    coded = {name: _encoded(value) if name in ENCODED else value for name, value in fields.items()}
    return {"InvoiceMark": "Y", **coded}


def _buyer(attempt: Attempt, kind: Kind) -> dict[str, str]:
    """Return the fields about the buyer. A printed e-invoice goes to an address; the others go to a carrier."""
    code = attempt.options.get(CODE, "")
    given = {field: attempt.options.get(option, "") for option, field in CUSTOMER.items()}
    return {
        **given,
        "RelateNumber": attempt.order_no,
        "TaxType": "1",
        "CarruerType": _CARRIERS.get(kind, ""),
        "CarruerNum": code if kind in _CARRIERS else "",
        "Donation": "1" if kind is Kind.DONATION else "2",
        "LoveCode": code if kind is Kind.DONATION else "",
        "Print": "1" if kind is Kind.PAPER else "0",
        "DelayDay": "0",
        "InvType": "07",
    }


def _items(attempt: Attempt, shop: str) -> dict[str, str]:
    lines: Sequence[Line] = attempt.lines or (Line(shop, attempt.amount, 1),)
    return {
        "InvoiceItemName": "|".join(plain_name(one.name, NAME_LIMIT) for one in lines),
        "InvoiceItemCount": "|".join(str(one.quantity) for one in lines),
        "InvoiceItemWord": "|".join("個" for _ in lines),
        "InvoiceItemPrice": "|".join(str(one.unit_price.minor) for one in lines),
        "InvoiceItemTaxType": "|".join("1" for _ in lines),
    }


def _check_together(fields: Mapping[str, str]) -> None:
    """Check the rules about several fields. Raises InputError."""
    if not (fields["CustomerPhone"] or fields["CustomerEmail"]):
        raise InputError("CustomerEmail", N_("An e-invoice needs CustomerPhone or CustomerEmail."))
    for name in ("CustomerName", "CustomerAddr"):
        if fields["Print"] == "1" and not fields[name]:
            raise InputError(name, msg(N_("A printed e-invoice needs {field}."), field=name))
    if fields["CarruerType"] and not fields["CarruerNum"]:
        raise InputError("CarruerNum", CODES[Kind.MOBILE if fields["CarruerType"] == "3" else Kind.CERTIFICATE][1])
    if fields["Donation"] == "1" and not fields["LoveCode"]:
        raise InputError("LoveCode", CODES[Kind.DONATION][1])
    if fields["Donation"] == "1" and fields["CustomerIdentifier"]:
        raise InputError("CustomerIdentifier", N_("An e-invoice with a company number cannot be donated."))


def _encoded(value: str) -> str:
    """Return a value percent-encoded, each part between ``|`` on its own."""
    return "|".join(dotnet_encode(part) for part in value.split("|"))
