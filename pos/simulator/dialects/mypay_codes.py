"""MyPay: direct transactions, in which the customer shows a code (public manual 2.0.23, 直接交易)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pos.simulator.base import Refused, Reply, rule
from pos.simulator.orders import OrderStatus, SimOrder
from pos.simulator.scenarios import CodeFate
from pos.simulator.wallets import ANY, WECHAT

if TYPE_CHECKING:
    from pos.simulator.dialects.mypay import MypayDialect

FIELDS = {
    "LINEPAYOFF": "linepayCode", "16": "linepayCode", "PIOFF": "piCode", "28": "piCode", "WECHATOFF": "wechatCode",
    "19": "wechatCode", "JKOOFF": "jkoCode", "32": "jkoCode", "OFFLINE": "qrCode", "98": "qrCode",
}  # fmt: skip
NAMES = {"16": "LINEPAYOFF", "19": "WECHATOFF", "28": "PIOFF", "32": "JKOOFF", "98": "OFFLINE"}
WITH_JKO = {"posId": ".{1,40}", "posTradeTime": "[0-9]{14}", "remark": ".{0,200}"}
TEXTS = {CodeFate.POOR: "餘額不足", CodeFate.WRONG: "付款碼錯誤", CodeFate.EXPIRED: "付款碼已失效"}


def transaction(dialect: MypayDialect, data: dict[str, Any]) -> Reply:
    """Charge a customer's code (直接交易): 250 paid, 280 while the customer confirms, 300 failed."""
    pfn = str(data.get("pfn", ""))
    if pfn not in FIELDS:
        raise Refused("100", "pfn 錯誤")
    code = _code(data, pfn)
    order = dialect.placed({**data, "pfn": "0"}, NAMES.get(pfn, pfn))
    fate = dialect.context.wallets.present(code, WECHAT if FIELDS[pfn] == "wechatCode" else ANY)
    if fate in TEXTS:
        order.end(OrderStatus.FAILED, dialect.context.now())
    elif fate is CodeFate.PAID:
        dialect.context.pay(order)
    else:
        order.facts["prc"] = "280"
    return _answer(dialect, order, TEXTS.get(fate, "執行成功"))


def _code(data: dict[str, Any], pfn: str) -> str:
    """Return the code in ``data_json``, whose fields are those of the tool. Raises Refused."""
    try:
        fields = json.loads(str(data.pop("data_json", "")))
    except ValueError:
        raise Refused("100", "data_json 錯誤") from None
    name, more = FIELDS[pfn], WITH_JKO if FIELDS[pfn] == "jkoCode" else {}
    if not isinstance(fields, dict) or set(fields) != {name, *more}:
        raise Refused("100", "data_json 錯誤")
    for field, pattern in more.items():
        rule("100", field, str(fields[field]), pattern)
    return rule("100", name, str(fields[name]), "[0-9A-Za-z]{8,64}")


def _answer(dialect: MypayDialect, order: SimOrder, text: str) -> Reply:
    known = dialect.order_object(order)
    names = (
        "uid", "key", "finishtime", "cardno", "acode", "order_id", "user_id", "cost", "currency", "actual_cost",
        "actual_currency", "pfn", "result_type", "result_content", *(f"echo_{n}" for n in range(5)),
    )  # fmt: skip
    return {"code": known["prc"], "msg": text, **{name: known[name] for name in names}}
