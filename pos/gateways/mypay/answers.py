"""Read MyPay's order objects: amounts, accounts, convenience-store codes and messages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from pos.domain.money import PLACES, Money
from pos.domain.payment import VirtualAccount
from pos.errors import BadReply
from pos.gateways.base import Verdict
from pos.gateways.fields import TAIPEI, required_text, shop_time, text_of
from pos.gateways.http import json_object
from pos.gateways.received import gateway_message
from pos.i18n import N_, Message
from pos.text import identifier

DIFFERENT: Final = "290"

GROUP_LIMIT: Final = 50

STORES: Final = frozenset({"IBON", "FAMIPORT", "LIFEET", "BARCODE", "CSTORECODE"})
"""The convenience stores among 『資料內容所屬支付名稱』."""

PRC_TEXTS: Final = {
    "230": N_("Paid, and refunded at the gateway."),
    "245": N_("Authorised, not captured yet."),
    "247": N_("Capture in process."),
    "290": N_("Paid, but the details differ. Check the gateway's console."),
}


def amount_of(found: Mapping[str, Any], verdict: Verdict, ours: Money) -> Money:
    """Return the paid amount of a paid order, else the ordered amount; the latter too if it is not ``ours``."""
    ordered = money_of(required_text(found, "cost"), text_of(found, "currency") or "TWD")
    paid_otherwise = text_of(found, "prc") == DIFFERENT and text_of(found, "actual_cost")
    if ordered != ours or not (paid_otherwise or verdict is Verdict.PAID):
        return ordered
    return money_of(required_text(found, "actual_cost"), text_of(found, "actual_currency") or ordered.currency)


def money_of(text: str, currency: str) -> Money:
    """Parse an amount: ``10``, ``"10"`` or ``"1000.00"``, as in the samples. Raises BadReply for cents."""
    read = re.fullmatch(r"([0-9]{1,12})(?:\.0{1,2})?", text, re.ASCII)
    if read is None or currency not in PLACES:
        raise BadReply(N_("The amount in the gateway's answer is not a number."))
    return Money(int(read[1]) * 10 ** PLACES[currency], currency)


def account_of(found: Mapping[str, Any]) -> VirtualAccount | None:
    """Return the virtual account (『虛擬帳號回傳欄位』) in ``result_content``, JSON inside JSON; None without one."""
    content = text_of(found, "result_content")
    if text_of(found, "result_content_type") != "E_COLLECTION" or content in ("", "{}"):
        return None
    facts = json_object(content)
    number, ends = text_of(facts, "PinCode"), moment_of(text_of(found, "expired_date") or text_of(facts, "LimitDate"))
    if not re.fullmatch("[0-9]{8,16}", number, re.ASCII) or ends is None:
        return None
    return VirtualAccount(text_of(facts, "BankCode") or text_of(found, "bank_id"), "", number, ends)


def moment_of(text: str) -> datetime | None:
    """Parse ``YYYYMMDDHHmmss``, with or without separators; a date without a time means its last second."""
    digits = re.sub("[^0-9]", "", text)
    return shop_time(digits + "235959" if len(digits) == 8 else digits, "%Y%m%d%H%M%S", TAIPEI)


def details_of(found: Mapping[str, Any]) -> dict[str, str]:
    """Return the details of an order that are stored with the attempt."""
    named = {name: text_of(found, name) for name in ("pfn", "finishtime", "cardno", "acode", "nois")}
    named["group_id"] = identifier(text_of(found, "group_id"), GROUP_LIMIT)  # sent back to end a direct debit
    pin, bars, _until = store_of(found)
    named |= {"store_pin": pin, "store_bars": " ".join(bars)}
    return {name: value for name, value in named.items() if value}


def store_of(found: Mapping[str, Any]) -> tuple[str, tuple[str, ...], datetime | None]:
    """Return PIN, Code 39 barcodes and expiry of a store payment (『ibon』『FamiPort』『Life-ET』『超商條碼繳費』)."""
    content = text_of(found, "result_content")
    if text_of(found, "result_content_type") not in STORES or content in ("", "{}"):
        return "", (), None
    facts = json_object(content)
    texts = (text_of(facts, name) for name in ("BarCode1", "BarCode2", "BarCode3"))
    bars = tuple(text for text in texts if re.fullmatch(r"[0-9A-Z.$/+%-]{1,30}", text, re.ASCII))
    pin = text_of(facts, "PinCode")
    until = moment_of(text_of(found, "expired_date") or text_of(facts, "LimitDate"))
    return (pin if re.fullmatch("[0-9A-Z]{4,30}", pin, re.ASCII) else ""), bars, until


def unpaid_reason(found: Mapping[str, Any], verdict: Verdict) -> Message:
    """Return MyPay's message about an order that is refused or unclear; an empty message for other verdicts."""
    return message_of(found, "retmsg") if verdict in (Verdict.UNSURE, Verdict.REFUSED) else Message()


def message_of(found: Mapping[str, Any], name: str) -> Message:
    """Return the gateway's message in the field ``name``; an empty message if there is none."""
    return gateway_message(text_of(found, name))
