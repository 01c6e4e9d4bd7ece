"""『PayPage金流交易』欄位: every field of the request table, its type and its range."""

from __future__ import annotations

import ipaddress
from datetime import datetime
from typing import Any

from pos.simulator.base import TAIPEI, Refused, day_of, rule

TOOLS = {
    "0": "0", "all": "0", "MobilePayAll": "0", "1": "CREDITCARD", "3": "CSTORECODE", "4": "WEBATM",
    "6": "E_COLLECTION", "7": "UNIONPAY", "9": "ABROAD", "10": "ALIPAY", "13": "WECHAT", "14": "DIRECTDEBIT",
    "15": "LINEPAYON", "16": "LINEPAYOFF", "19": "WECHATOFF", "20": "APPLEPAY", "21": "GOOGLEPAY",
    "23": "C_INSTALLMENT", "24": "C_REDEEM", "25": "CARDLESS", "27": "PION", "28": "PIOFF", "29": "AMEX",
    "31": "JKOON", "32": "JKOOFF", "JKOOF": "JKOOFF", "33": "ALIPAYOFF", "34": "M_RECHARGE", "36": "AFP", "37": "CASH",
    "38": "EASYWALLETON", "39": "EASYWALLETOFF", "40": "EASYCARD", "41": "IPASS", "42": "ICASH", "43": "BARCODE",
    "46": "PXPAYOFF", "51": "DIRECTDEBIT_ABROAD", "52": "PLUSPAYON", "53": "PLUSPAYOFF", "56": "PXPAYON",
}  # fmt: skip
NAMES = {*TOOLS.values(), "SVC", "EACH"}

TEXT, DIGITS, DAY = ".{0,255}", "[0-9]{0,12}", "([0-9]{8})?"
FIELDS = {
    "store_uid": ".{1,16}", "user_id": ".{1,255}", "user_name": TEXT, "user_real_name": TEXT, "user_zipcode": DIGITS,
    "user_address": TEXT, "user_sn_type": "[123]?", "user_sn": TEXT, "user_phone": TEXT,
    "user_cellphone_code": "[0-9]{0,5}", "user_cellphone": "[0-9]{0,15}", "user_email": TEXT, "user_birthday": DAY,
    "cost": "[1-9][0-9]{0,9}", "currency": "(TWD|CNY)?", "enable_dcc": "[01]?", "ip": ".{2,45}", "item": DIGITS,
    "regular": "[WFMSHAO]?", "regular_total": "[0-9]{0,3}", "regular_first_charge_date": DAY, "group_id": TEXT,
    "echo_0": TEXT, "echo_1": TEXT, "echo_2": TEXT, "echo_3": TEXT, "echo_4": TEXT, "pfn": ".{0,200}",
    "interface": "(pc|app)?", "discount": "(-[0-9]{1,9}|0)?", "success_returl": TEXT, "failure_returl": TEXT,
    "limit_pay_days": "([1-9][0-9]?)?", "shipping_fee": DIGITS, "enable_quickpay": "[01]?", "enable_ewallet": "[01]?",
    "virtual_pan": TEXT, "ewallet_type": "[12]?", "transaction_type": "[12]?", "creditcard_installment": ".{0,2000}",
    "cardless_code": TEXT, "cardless_installment": TEXT, "each_code": TEXT, "issue_invoice_state": "[012]?",
    "invoice_ratetype": "[123]?", "invoice_input_type": "[12]?", "invoice_cloud_type": "[234]?",
    "invoice_tax_id": "([0-9]{8})?", "invoice_mobile_code": r"(/[0-9A-Z+\-.]{7})?",
    "invoice_natural_person": "([A-Z]{2}[0-9]{14})?", "invoice_love_code": "([0-9]{3,7})?",
    "invoice_b2b_title": TEXT, "invoice_b2b_id": "([0-9]{8})?", "invoice_b2b_address": TEXT,
    "invoice_b2b_title_force": "[01]?", "invoice_b2b_id_force": "[01]?", "invoice_b2b_address_force": "[01]?",
    "price": DIGITS, "recharge_code": TEXT, "agent_sms_fee_type": "[01]?", "agent_charge_fee_type": "[01]?",
    "agent_charge_fee": DIGITS, "is_agent_charge": "[01]?", "creditcard_is_automatic_payment": "[01]?",
}  # fmt: skip
"""Patterns of the scalar fields as text; invoice_input_type 3 is not for PayPage."""

OBJECTS = ("items", "user_data", "files_path", "recharge_items", "shipping_info")
WALLET = ("user_name", "user_real_name", "user_cellphone_code", "user_cellphone", "user_email")


def tool_of(pfn: str) -> str:
    """Return the name of the single payment tool of ``pfn``; "0" if the customer chooses. Raises Refused."""
    named = [TOOLS.get(part, part) for part in pfn.split(",")]
    if not all(name in NAMES for name in named):
        raise Refused("100", "pfn 錯誤")
    return named[0] if len(named) == 1 else "0"


def check_order(data: dict[str, Any], store_uid: str, now: datetime, *, strict: bool) -> None:
    """Check an order. Raises Refused with code 100, 資料錯誤."""
    unknown = [name for name in data if name not in FIELDS and name not in (*OBJECTS, "order_id")]
    if strict and unknown:
        raise Refused("100", f"{unknown[0]} 不在文件中")
    for name in ("store_uid", "user_id", "cost", "order_id", "ip"):
        if data.get(name) in (None, ""):
            raise Refused("100", f"{name} 必填")
    for name, pattern in FIELDS.items():
        if name in data:
            rule("100", name, _text(name, data[name]), pattern)
    if data["store_uid"] != store_uid:
        raise Refused("100", "store_uid 錯誤")
    if not 1 <= len(str(data["order_id"]).encode()) <= 50:
        raise Refused("100", "order_id 最長 50 bytes")
    _check_ip(str(data["ip"]))
    tool_of(str(data.get("pfn", "0")) or "0")
    _check_items(data)
    _check_dependent(data, now)


WALLET_FIELDS = frozenset(
    {*(name for name in FIELDS if name.startswith(("user_", "echo_"))), "user_english_name", "store_uid", "ip", "pfn",
     "success_returl", "failure_returl"}
)  # fmt: skip


def check_wallet(data: dict[str, Any], store_uid: str) -> None:
    """Check 『MYPAY電子錢包綁定』欄位. Raises Refused."""
    if unknown := set(data) - WALLET_FIELDS:
        raise Refused("100", f"{min(unknown)} 不在文件中")
    for name in ("store_uid", "user_id", "ip"):
        if not data.get(name):
            raise Refused("100", f"{name} 必填")
    if data["store_uid"] != store_uid:
        raise Refused("100", "store_uid 錯誤")
    for name, value in data.items():
        rule("100", name, _text(name, value), FIELDS.get(name, TEXT))
    _check_ip(str(data["ip"]))


def _text(name: str, value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Refused("100", f"{name} 型態錯誤")
    return str(value)


def _check_ip(text: str) -> None:
    try:
        ipaddress.ip_address(text)
    except ValueError as error:
        raise Refused("100", "ip 格式錯誤") from error


def _check_items(data: dict[str, Any]) -> None:
    """Check 『商品項目』欄位: cost × amount = total, and items, discount and shipping add up to the order's cost."""
    items = data.get("items")
    if not isinstance(items, list) or not items:
        raise Refused("100", "items 必填")
    sum_of_items = 0
    for item in items:
        if not isinstance(item, dict) or not str(item.get("name", "")):
            raise Refused("100", "items 格式錯誤")
        numbers = [
            int(rule("100", "items", _text("items", item.get(name)), "-?[0-9]{1,10}"))
            for name in ("cost", "amount", "total")
        ]
        if numbers[0] * numbers[1] != numbers[2]:
            raise Refused("100", "items total 不符")
        sum_of_items += numbers[2]
    extra = int(str(data.get("discount") or 0)) + int(str(data.get("shipping_fee") or 0))
    if sum_of_items + extra != int(str(data["cost"])):
        raise Refused("100", "cost 不符")


def _check_dependent(data: dict[str, Any], now: datetime) -> None:
    if str(data.get("enable_ewallet", "0")) == "1" and not all(data.get(name) for name in WALLET):
        raise Refused("100", "電子錢包必要欄位")
    first = str(data.get("regular_first_charge_date", ""))
    if first and day_of("100", "regular_first_charge_date", first) < now.astimezone(TAIPEI).date():
        raise Refused("100", "regular_first_charge_date 不得小於當日")
    debit = str(data.get("pfn", "")) in ("14", "51", "DIRECTDEBIT", "DIRECTDEBIT_ABROAD")
    if bool(data.get("regular")) != debit:
        raise Refused("100", "定期扣款與 pfn 不符")
