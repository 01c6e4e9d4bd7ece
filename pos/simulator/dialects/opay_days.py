"""O'Pay's vendor site: the orders of a day as a Big5 CSV (PaymentMedia/TradeNoAio), after the gateway's public SDKs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from starlette.responses import Response

from pos.simulator.base import TAIPEI, Refused, day_of, local, rule
from pos.simulator.crypto import opay_mac
from pos.simulator.orders import OrderStatus, SimOrder

PATH = "/PaymentMedia/TradeNoAio"
COLUMNS = (
    "訂單日期", "廠商訂單編號", "歐付寶訂單編號", "平台名稱", "付款方式", "費率(每筆)", "信用卡授權單號",
    "信用卡卡號末4碼", "超商資訊/ATM繳款帳號", "付款狀態", "交易金額", "退款日期", "退款金額", "交易手續費",
    "平台手續費", "應收款項(淨額)", "撥款狀態", "買家備註", "廠商備註",
)  # fmt: skip
FIELDS = {
    "DateType": "[2456]", "BeginDate": "[0-9]{4}-[0-9]{2}-[0-9]{2}", "EndDate": "[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "PaymentType": "(0[1234789])?", "PlatformStatus": "[12]?", "PaymentStatus": "[012]?", "AllocateStatus": "[01]?",
    "MediaFormated": "[01]",
}  # fmt: skip
PAID = (OrderStatus.PAID, OrderStatus.REFUNDED)


def day_list(orders: Iterable[SimOrder], fields: Mapping[str, str], credentials: Mapping[str, str]) -> Response:
    """Return the list of the orders that ``fields`` ask for. Raises Refused.

    Later charges of a periodic card have the number of its order, and their own number of the gateway.
    """
    if fields.get("MerchantID") != credentials["merchant_id"]:
        raise Refused("0", "MerchantID Error")
    if unknown := set(fields) - {*FIELDS, "MerchantID", "CheckMacValue"}:
        raise Refused("10200050", f"{min(unknown)} is not a field")
    theirs = fields.get("CheckMacValue", "").upper()
    pairs = [(credentials[f"{kind}hash_key"], credentials[f"{kind}hash_iv"]) for kind in ("", "platform_")]
    if theirs not in [opay_mac(dict(fields), *pair, sha256=len(theirs) == 64) for pair in pairs]:
        raise Refused("10200073", "CheckMacValue Error")
    for name, pattern in FIELDS.items():
        rule("10200050", name, fields.get(name, ""), pattern)
    first, last = (day_of("10200050", name, fields[name].replace("-", "")) for name in ("BeginDate", "EndDate"))
    wanted = fields.get("PaymentStatus", "")
    found = [
        one
        for one in orders
        if (at := _date(one, fields["DateType"])) is not None
        and first <= at.astimezone(TAIPEI).date() <= last
        and wanted in ("", _status(one))
    ]
    lines = [COLUMNS, *map(_row, found)]
    text = "\r\n".join(",".join(f'="{cell}"' for cell in line) for line in lines)
    return Response(text.encode("big5"), media_type="text/csv")


def _date(order: SimOrder, kind: str) -> datetime | None:
    return order.paid_at if kind == "2" else order.created_at if kind == "6" else None


def _status(order: SimOrder) -> str:
    return "1" if order.status in PAID else "0" if order.status is OrderStatus.UNPAID else "2"


def _row(order: SimOrder) -> list[str]:
    first: SimOrder = order.extra.get("first", order)
    cells = dict.fromkeys(COLUMNS, "") | {
        "訂單日期": local(order.created_at, "%Y/%m/%d %H:%M:%S"), "廠商訂單編號": first.number,
        "歐付寶訂單編號": order.ref,
        "付款方式": "信用卡" if order.method == "card_periodic" else "微信支付",
        "付款狀態": {"0": "未付款", "1": "已付款", "2": "訂單失敗"}[_status(order)],
        "交易金額": str(order.paid or order.amount), "撥款狀態": "未撥款",
    }  # fmt: skip
    return list(cells.values())
