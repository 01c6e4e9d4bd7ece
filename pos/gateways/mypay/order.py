"""『PayPage金流交易』欄位 (document 1.0.6): the optional fields of an order, as data.

An option is the name of a field and its value as text; a value that is sent as JSON is JSON in the option.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum, EnumType
from typing import Any, Final

from pos.domain.payment import Attempt, Line, adjustment, tax_of
from pos.domain.tax import TaxKind
from pos.errors import InputError
from pos.gateways.fields import cleaned
from pos.gateways.mypay import values
from pos.gateways.mypay.codes import known_pfn
from pos.i18n import N_, msg

TEXT: Final = r"[^\x00-\x1f\x7f]{1,255}"
WHOLE: Final = "[0-9]{1,9}"
ADDRESS: Final = "https?://[!-~]{1,240}"
BAN: Final = "[0-9]{8}"


def is_day(text: str) -> bool:
    """Return whether ``text`` is a date written YYYYMMDD."""
    try:
        return re.fullmatch("[0-9]{8}", text, re.ASCII) is not None and date.fromisoformat(text) is not None
    except ValueError:
        return False


RATES: Final = {TaxKind.ZERO: values.RateType.ZERO, TaxKind.EXEMPT: values.RateType.FREE}
"""『電子發票稅率別』 of sales that are not taxed; without the field an e-invoice is."""

NUMBER, STRING, JSON, OBJECT = range(4)
"""Types of a field in the request: an integer, a string, JSON inside a string, an object or array."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an order. ``rule`` is a pattern for the whole text, or the enum of the values."""

    rule: str | type[Enum] | Callable[[str], bool]
    wire: int = STRING


FIELDS: Final[Mapping[str, Field]] = {
    "user_id": Field(TEXT),
    "user_name": Field(TEXT),
    "user_real_name": Field(TEXT),
    "user_zipcode": Field("[0-9]{3,6}"),
    "user_address": Field(TEXT),
    "user_sn_type": Field(values.IdKind),
    "user_sn": Field("[A-Za-z0-9]{1,30}"),
    "user_phone": Field("[0-9+#() -]{1,30}"),
    "user_cellphone_code": Field("[0-9]{1,5}"),
    "user_cellphone": Field("[0-9]{6,15}"),
    "user_email": Field(r"[^@\s]{1,64}@[^@\s]{1,190}"),
    "user_birthday": Field(is_day),
    "enable_dcc": Field(values.Dcc, NUMBER),
    "ip": Field("[0-9A-Fa-f.:]{2,45}"),
    "regular": Field(values.Regular),
    "regular_total": Field("[0-9]{1,3}"),
    "regular_first_charge_date": Field(is_day),
    "group_id": Field(TEXT),
    "echo_0": Field(TEXT),
    "echo_1": Field(TEXT),
    "echo_2": Field(TEXT),
    "echo_3": Field(TEXT),
    "echo_4": Field(TEXT),
    "pfn": Field(known_pfn),
    "interface": Field(values.Interface),
    "discount": Field("-[0-9]{1,9}|0"),
    "success_returl": Field(ADDRESS),
    "failure_returl": Field(ADDRESS),
    "limit_pay_days": Field("[1-9][0-9]?", NUMBER),
    "shipping_fee": Field(WHOLE),
    "enable_quickpay": Field(values.QuickPay, NUMBER),
    "enable_ewallet": Field(values.Wallet, NUMBER),
    "virtual_pan": Field("[A-Za-z0-9_-]{1,100}"),
    "ewallet_type": Field(values.WalletMode, NUMBER),
    "transaction_type": Field(values.TransactionType, NUMBER),
    "creditcard_installment": Field("", JSON),
    "cardless_code": Field(TEXT),
    "cardless_installment": Field("", JSON),
    "each_code": Field(TEXT),
    "issue_invoice_state": Field(values.IssueInvoice, NUMBER),
    "invoice_ratetype": Field(values.RateType, NUMBER),
    "invoice_input_type": Field("[12]", NUMBER),
    "invoice_cloud_type": Field(values.CloudType),
    "invoice_tax_id": Field(BAN),
    "invoice_mobile_code": Field(r"/[0-9A-Z+\-.]{7}"),
    "invoice_natural_person": Field("[A-Z]{2}[0-9]{14}"),
    "invoice_love_code": Field("[0-9]{3,7}"),
    "invoice_b2b_title": Field(TEXT),
    "invoice_b2b_id": Field(BAN),
    "invoice_b2b_address": Field(TEXT),
    "invoice_b2b_title_force": Field(values.Fixed),
    "invoice_b2b_id_force": Field(values.Fixed),
    "invoice_b2b_address_force": Field(values.Fixed, NUMBER),
    "user_data": Field("", OBJECT),
    "files_path": Field("", JSON),
    "price": Field(WHOLE),
    "recharge_code": Field(TEXT),
    "recharge_items": Field("", OBJECT),
    "agent_sms_fee_type": Field(values.SmsFee, NUMBER),
    "agent_charge_fee_type": Field(values.ChargeFee, NUMBER),
    "agent_charge_fee": Field(WHOLE, NUMBER),
    "is_agent_charge": Field(values.AgentCharge, NUMBER),
    "shipping_info": Field("", OBJECT),
    "creditcard_is_automatic_payment": Field(values.Capture),
}

SENT_ALWAYS: Final = ("store_uid", "user_id", "cost", "currency", "order_id", "ip", "items", "pfn")
"""Fields that the register fills in; options may set ``user_id``, ``ip`` and ``pfn``."""

NOT_SENT: Final[Mapping[str, str]] = {
    "item": "the number of items in the older form of the request; items replaces it",
}
"""Fields of the document that no option sets, with the reason."""

WALLET_NEEDS: Final = ("user_name", "user_real_name", "user_cellphone_code", "user_cellphone", "user_email")
"""『電子錢包交易必要欄位』."""

DEBITS: Final = frozenset({"14", "51", "DIRECTDEBIT", "DIRECTDEBIT_ABROAD"})


def order_fields(options: Mapping[str, str]) -> dict[str, object]:
    """Return the fields of ``options`` as they are sent. Raises InputError with the field and the rule."""
    body = {name: _wire_value(name, text) for name, text in options.items()}
    if options.get("enable_ewallet") == values.Wallet.ON.value:
        for name in WALLET_NEEDS:
            if name not in options:
                raise InputError(name, msg(N_("{field} is missing: a wallet needs it."), field=name))
    if ("regular" in options) != (options.get("pfn", "") in DEBITS):
        raise InputError("regular", N_("regular and a pfn of direct debit go together."))
    if "shipping_info" in body:
        _check_shipping(body["shipping_info"])
    return body


def own_options(attempt: Attempt) -> dict[str, str]:
    """Return the options of an order with what its sale says: all discounts as one, and the tax kind of its lines."""
    options = dict(attempt.options)
    if attempt.off:
        options["discount"] = str(adjustment({"discount": options.get("discount", "")}) - attempt.off)
    rate = RATES.get(tax_of(attempt.lines) or TaxKind.TAXED)
    return options if rate is None else {"invoice_ratetype": rate.value, **options}


def _check_shipping(found: object) -> None:
    """Check 『後付款送貨資訊』欄位. Raises InputError."""
    facts = found if isinstance(found, dict) else {}
    kind = str(facts.get("shipment_type", ""))
    store = ("cvs", "cvs_store", "cvs_store_name") if kind == values.Shipment.STORE_TO_STORE.value else ("zip_code",)
    if kind not in {one.value for one in values.Shipment}:
        text = N_("{field} may not be {value}.")
        raise InputError("shipping_info", msg(text, field="shipment_type", value=kind[:40]))
    for name in ("name", "ship_address", "tel", *store):
        if not facts.get(name):
            raise InputError("shipping_info", msg(N_("{field} is missing."), field=name))


def _wire_value(name: str, text: str) -> object:
    field = FIELDS.get(name)
    if field is None:
        raise InputError(name, msg(N_("{field} is not a field of MyPay's orders."), field=name))
    if field.wire in (JSON, OBJECT):
        return _parsed(name, text, field.wire)
    if not _fits(field.rule, text):
        raise InputError(name, msg(N_("{field} may not be {value}."), field=name, value=text[:40]))
    return int(text) if field.wire == NUMBER else text


def _fits(rule: str | type[Enum] | Callable[[str], bool], text: str) -> bool:
    if isinstance(rule, str):
        return re.fullmatch(rule, text, re.ASCII if rule != TEXT else 0) is not None
    if isinstance(rule, EnumType):
        members: Mapping[str, Enum] = rule.__members__
        return text in {one.value for one in members.values()}
    return rule(text)


def _parsed(name: str, text: str, wire: int) -> object:
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict | list):
        raise InputError(name, msg(N_("{field} must be a JSON object or array."), field=name))
    return json.dumps(found, ensure_ascii=False, separators=(",", ":")) if wire == JSON else found


def items(lines: Sequence[Line]) -> list[dict[str, object]]:
    """Return 『商品項目』欄位 of ``lines``, before their discounts: those are one field of the order."""
    return [
        {
            "id": str(number),
            "name": item_name(line.name),
            "cost": line.unit_price.minor,
            "amount": line.quantity,
            "total": line.gross.minor,
        }
        for number, line in enumerate(lines, 1)
    ]


def item_name(name: str) -> str:
    """Return an item's name, never empty: MyPay refuses an item without a name (『商品項目』)."""
    return cleaned(name) or "商品"
