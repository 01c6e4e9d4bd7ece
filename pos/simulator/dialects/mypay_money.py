"""MyPay: refunds at once or at midnight, holds and captures, and periodic direct debits."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pos.simulator.base import TAIPEI, Refused, Reply, day_of, local, rule
from pos.simulator.dialects import mypay_invoices as invoices
from pos.simulator.orders import OrderStatus, RefundStatus, SimOrder, SimRefund

if TYPE_CHECKING:
    from pos.simulator.dialects.mypay import MypayDialect

IMMEDIATE_TOOLS = frozenset(
    {"CREDITCARD", "AMEX", "LINEPAYON", "LINEPAYOFF", "PION", "PIOFF", "JKOON", "JKOOFF", "WECHAT", "WECHATOFF",
     "ALIPAY", "ALIPAYOFF", "EASYWALLETON", "EASYWALLETOFF", "CASH", "GOOGLEPAY", "APPLEPAY"}
)  # fmt: skip
"""Tools whose refund is immediate (交易退款); the others wait for the next midnight."""

CARDS = frozenset({"CREDITCARD", "AMEX", "UNIONPAY", "ABROAD", "GOOGLEPAY", "APPLEPAY"})
CAPTURE_DAYS = 5
MONTHS = {"M": 1, "S": 3, "H": 6, "A": 12}
DAYS = {"W": 7, "F": 14}


def apply_due(dialect: MypayDialect, order: SimOrder) -> None:
    """Apply what is due by now: a capture, the e-invoice, and periods of a direct debit."""
    now = dialect.context.now()
    if order.extra.get("hold") == "capturing" and now >= order.extra["captures_at"]:
        order.extra["hold"] = "captured"
        order.pay(order.extra["captures_at"], order.extra["captured"])
    if order.status is OrderStatus.PAID:
        order.extra["signed"] = True
        invoices.issue_with_payment(dialect, order)
    _debit(order, now)


# -- refunds ----------------------------------------------------------------------------------------------------


def refund(dialect: MypayDialect, data: dict[str, Any]) -> Reply:
    """Refund a part or all of the rest (交易退款)."""
    _check_store(dialect, data)
    order = dialect.order_of(data)
    cost = _cost(data)
    if order.status is not OrderStatus.PAID or cost > dialect.orders.refundable(order):
        raise Refused("B500", "退款金額錯誤")
    invoices.apply_refund(dialect, order, data, cost)
    now = dialect.context.now()
    uid = str(int(order.ref) * 100 + len(dialect.orders.refunds(order)) + 1)
    made = SimRefund(order, uid, uid, cost, now, now if order.method in IMMEDIATE_TOOLS else _midnight(now))
    dialect.orders.add_refund(made, now)
    answer = {"key": order.facts["key"], "uid": order.ref, "code": "B200", "msg": "執行成功"}
    return {**answer, "row_data": refund_object(made)} if made.status is RefundStatus.DONE else answer


def refundcancel(dialect: MypayDialect, data: dict[str, Any]) -> Reply:
    """Cancel a refund that waits for midnight (取消退款)."""
    _check_store(dialect, data)
    order = dialect.order_of(data)
    waiting = [one for one in dialect.orders.refunds(order) if one.status is RefundStatus.WAITING]
    answer = {"key": order.facts["key"], "uid": order.ref, "row_data": None}
    if not waiting:
        return {**answer, "code": "B500", "msg": "無法取消此筆退款,原因為目前此筆狀態不是申請中。"}
    waiting[-1].status = RefundStatus.CANCELLED
    return {**answer, "code": "B200", "msg": "執行成功"}


def refund_object(made: SimRefund) -> Reply:
    """Return 『退款完成回傳資訊』欄位."""
    order = made.order
    return {
        "uid": int(order.ref), "refund_uid": int(made.ref), "key": order.facts["key"], "prc": "230",
        "finishtime": local(made.done_at, "%Y%m%d%H%M%S"), "order_id": order.number,
        "user_id": order.facts["user_id"], "cost": made.amount, "currency": order.currency,
        "actual_cost": made.amount, "actual_currency": order.currency, "retmsg": "退款完成", "pfn": order.method,
        "payment_name": "", "nois": "", "group_id": "", "refund_type": 1, "expected_refund_date": "",
        **{name: order.facts.get(name, "") for name in (f"echo_{n}" for n in range(5))},
    }  # fmt: skip


def refund_rows(dialect: MypayDialect, order: SimOrder) -> list[Reply]:
    """Return 『交易查詢-退款資訊』欄位 of the completed refunds; here ``uid`` is the refund's."""
    return [
        {
            "uid": int(made.ref), "prc": "230", "cost": made.amount, "currency": order.currency,
            "actual_cost": made.amount, "actual_currency": order.currency, "retmsg": "退款完成",
            "finishtime": local(made.done_at, "%Y%m%d%H%M%S"), "appropriation_date": "",
        }
        for made in dialect.orders.refunds(order)
        if made.status is RefundStatus.DONE
    ]  # fmt: skip


def _check_store(dialect: MypayDialect, data: dict[str, Any]) -> None:
    if str(data.get("store_uid", "")) != dialect.credentials["store_uid"]:
        raise Refused("100", "store_uid 錯誤")


# -- holds ------------------------------------------------------------------------------------------------------


def cancelauthorization(dialect: MypayDialect, data: dict[str, Any]) -> Reply:
    """Release a hold (245), which becomes 300 (信用卡取消授權)."""
    order = _held(dialect, data)
    order.extra["hold"] = "released"
    order.end(OrderStatus.FAILED, dialect.context.now())
    return {"code": "B200", "msg": "執行成功,取消授權完成", "content": dialect.order_object(order)}


def authorizedrequestpayment(dialect: MypayDialect, data: dict[str, Any]) -> Reply:
    """Capture a part or all of a hold, once, within five days; the batch runs at midnight (信用卡授權請款)."""
    order = _held(dialect, data)
    cost = _cost(data)
    if cost > order.amount:
        raise Refused("B500", "請款金額錯誤")
    _check_names(order, data.get("items"), cost)
    order.extra |= {"hold": "capturing", "captured": cost, "captures_at": _midnight(dialect.context.now())}
    order.facts["prc"] = "247"
    return {"code": "B200", "msg": "執行成功,請款處理進行中。", "content": dialect.order_object(order)}


def _held(dialect: MypayDialect, data: dict[str, Any]) -> SimOrder:
    order = dialect.order_of(data)
    if order.extra.get("hold") != "held" or order.status is not OrderStatus.UNPAID:
        raise Refused("B500", "訂單狀態非授權完成")
    return order


def _check_names(order: SimOrder, items: object, cost: int) -> None:
    """Check the items' names: 商品名稱必須與原交易時商品名稱相同. Raises Refused."""
    if items is None:
        return
    known = {str(item["name"]) for item in order.extra["items"]}
    if not isinstance(items, list) or any(str(item.get("name")) not in known for item in items):
        raise Refused("B500", "商品名稱與原交易不同")
    if sum(int(str(item.get("total", 0))) for item in items) != cost:
        raise Refused("B500", "商品總額與請款金額不符")


# -- direct debits ----------------------------------------------------------------------------------------------


def disabledirectdebit(dialect: MypayDialect, data: dict[str, Any]) -> Reply:
    """End a direct debit from a day after today on (定期定額式扣款取消)."""
    echoed = {"order_id": data.get("order_id", ""), "group_id": data.get("group_id", "")}
    order = dialect.orders.find(dialect.name, str(data.get("order_id", "")))
    if order is None or order.extra.get("group") != data.get("group_id"):
        return {"code": "B500", "msg": "查無定期扣款", **echoed}
    stop = day_of("B500", "stop_time", str(data.get("stop_time", "")))
    if stop <= dialect.context.now().astimezone(TAIPEI).date():
        return {"code": "B500", "msg": "停扣日必須大於今日", **echoed}
    order.extra["stopped"] = stop
    return {"code": "B200", "msg": "執行成功", **echoed}


def begin_debit(order: SimOrder, data: dict[str, Any], now: datetime, serial: int) -> None:
    """Begin a direct debit: its dates and number of charges (0: unlimited)."""
    first = str(data.get("regular_first_charge_date") or "")
    day = date.fromisoformat(first) if first else now.astimezone(TAIPEI).date()
    order.extra |= {
        "group": str(data.get("group_id") or f"D{serial:010d}"), "regular": data["regular"], "first": day,
        "periods": int(str(data.get("regular_total") or 0)), "charged": 0, "stopped": None,
    }  # fmt: skip


def _debit(order: SimOrder, now: datetime) -> None:
    """Charge the periods of a direct debit that are due."""
    if "group" not in order.extra or not order.extra.get("signed"):
        return
    while (day := _next_period(order)) is not None and day <= now.astimezone(TAIPEI).date():
        order.extra["charged"] += 1
        if order.extra["charged"] > 1:
            order.paid += order.amount


def _next_period(order: SimOrder) -> date | None:
    more = order.extra
    done, unit = more["charged"], more["regular"]
    if (more["periods"] and done >= more["periods"]) or (unit == "O" and done):
        return None
    first: date = more["first"]
    if unit in MONTHS:
        day = _months_later(first, done * MONTHS[unit])
    else:
        day = first + timedelta(days=done * DAYS.get(unit, 0))
    return None if more["stopped"] and day >= more["stopped"] else day


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(day.year + year, month + 1, last)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def _midnight(now: datetime) -> datetime:
    local_day = now.astimezone(TAIPEI) + timedelta(days=1)
    return local_day.replace(hour=0, minute=0, second=0, microsecond=0)


def _cost(data: dict[str, Any]) -> int:
    return int(rule("B500", "cost", str(data.get("cost", "")), "[1-9][0-9]{0,9}"))
