"""MyPay's other services: well-formed answers of the document's samples, and the rules that decide between them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pos.simulator.book import Fate
from pos.simulator.world import Refused, Reply, local, rule

if TYPE_CHECKING:
    from pos.simulator.dialects.mypay import MypayDialect

Service = Callable[["MypayDialect", dict[str, Any]], Reply]

DONE = {"code": "B200", "msg": "執行成功"}


def refund(dialect: MypayDialect, data: dict[str, Any]) -> Reply:
    """交易退款: at once, in part or whole, never more than is left."""
    order = dialect.order_of(data)
    cost = int(rule("B500", "cost", str(data.get("cost", "")), "[1-9][0-9]{0,9}"))
    given = int(order.facts.get("refunded", "0"))
    if order.fate is not Fate.PAID or given + cost > order.paid:
        raise Refused("B500", "退款金額錯誤")
    order.facts["refunded"] = str(given + cost)
    row = {
        "uid": int(order.ref), "refund_uid": int(order.ref) + 50_000 + given, "key": order.facts["key"], "prc": "230",
        "finishtime": local(dialect.world.now(), "%Y%m%d%H%M%S"), "order_id": order.number,
        "user_id": order.facts["user_id"], "cost": cost, "currency": order.currency, "actual_cost": cost,
        "actual_currency": order.currency, "retmsg": "退款完成", "pfn": order.method, "payment_name": "", "nois": "",
        "group_id": "", "refund_type": 1, "expected_refund_date": "",
    }  # fmt: skip
    return {"row_data": row, "key": order.facts["key"], "uid": order.ref, **DONE}


def refundcancel(dialect: MypayDialect, data: dict[str, Any]) -> Reply:
    """取消退款: only while the refund waits for midnight; here refunds go out at once."""
    order = dialect.order_of(data)
    return {"key": order.facts["key"], "uid": order.ref, "code": "B500", "msg": "退款已上傳,無法取消", "row_data": {}}


def cancelauthorization(dialect: MypayDialect, data: dict[str, Any]) -> Reply:
    """信用卡取消授權: of a hold (245) only."""
    order = dialect.order_of(data)
    if order.facts["prc"] != "245":
        raise Refused("B500", "訂單狀態非授權完成")
    order.end(Fate.FAILED, dialect.world.now())
    return {"code": "B200", "msg": "執行成功,取消授權完成", "content": dialect.order_object(order)}


def authorizedrequestpayment(dialect: MypayDialect, data: dict[str, Any]) -> Reply:
    """信用卡授權請款: once, in part or whole, of a hold (245) only."""
    order = dialect.order_of(data)
    cost = int(rule("B500", "cost", str(data.get("cost", "")), "[1-9][0-9]{0,9}"))
    if order.facts["prc"] != "245" or cost > order.amount:
        raise Refused("B500", "訂單狀態非授權完成")
    order.facts["prc"] = "247"
    return {"code": "B200", "msg": "執行成功,請款處理進行中。", "content": dialect.order_object(order)}


def disabledirectdebit(dialect: MypayDialect, data: dict[str, Any]) -> Reply:
    """取消定期定額式扣款: from a day after today on."""
    stop = rule("B500", "stop_time", str(data.get("stop_time", "")), "[0-9]{8}")
    if stop <= local(dialect.world.now(), "%Y%m%d"):
        raise Refused("B500", "停扣日必須大於今日")
    return {**DONE, "order_id": data.get("order_id", ""), "group_id": data.get("group_id", "")}


def ewalletbind(dialect: MypayDialect, data: dict[str, Any]) -> Reply:
    """MYPAY電子錢包綁定."""
    for name in ("store_uid", "user_id", "ip"):
        if not data.get(name):
            raise Refused("100", f"{name} 必填")
    return {**DONE, "url": f"{dialect.world.base_url}/ewallet/1.html"}


def issueinvoice(dialect: MypayDialect, data: dict[str, Any]) -> Reply:
    """電子發票開立: of a paid order."""
    order = dialect.order_of(data)
    if order.fate is not Fate.PAID:
        raise Refused("B500", "訂單未付款")
    order.facts["invoiced"] = "1"
    return {**invoice(dialect, data), **DONE, "order_id": order.number, "actual_cost": order.paid}


def invoice(dialect: MypayDialect, data: dict[str, Any]) -> Reply:
    """電子發票查詢; a miss echoes what was asked."""
    order = dialect.order_of(data)
    if "invoiced" not in order.facts:
        return {"uid": data.get("uid", ""), "key": data.get("key", "")}
    return {
        "uid": int(order.ref), "key": order.facts["key"], "state": 1,
        "date": local(dialect.world.now(), "%Y%m%d%H%M%S"), "wordtrack": "", "number": "", "rand_code": "",
        "seller_ban": "28915188", "buyer_ban": "", "left_qrcode": "", "middle_barcode": "", "right_qrcode": "",
        "title_type": 1, "title": "", "amount": str(order.paid), "sales_amount": "0", "tax_amount": "0",
        "order_detail": "[]", "ratetype": 1, "input_type": 1, "allowance": [],
    }  # fmt: skip


def paymentsupportpaymode(dialect: MypayDialect, data: dict[str, Any]) -> Reply:
    """特約商店可用支付工具."""
    if str(data.get("store_uid")) != dialect.credentials["store_uid"]:
        raise Refused("100", "store_uid 錯誤")
    rule("B500", "cost", str(data.get("cost", "")), "[1-9][0-9]{0,9}")
    return {**DONE, "content": ["CREDITCARD", "CSTORECODE", "E_COLLECTION", "ALIPAY", "WECHAT", "LINEPAYON", "JKOON"]}


SERVICES: dict[str, Service] = {
    "api/refund": refund,
    "api/refundcancel": refundcancel,
    "api/cancelauthorization": cancelauthorization,
    "api/authorizedrequestpayment": authorizedrequestpayment,
    "api/disabledirectdebit": disabledirectdebit,
    "api/ewalletbind": ewalletbind,
    "api/issueinvoice": issueinvoice,
    "api/invoice": invoice,
    "api/paymentsupportpaymode": paymentsupportpaymode,
}
