"""Replies as the documents print them, about the attempt of :func:`order`."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx

from pos.domain.money import Money
from pos.domain.payment import Attempt, Tender
from pos.gateways.signing import compact, opay_encrypt
from tests.gateways.conftest import CURRENCY, SECRETS, Responder
from tests.support.shop import attempt

NUMBER = "261120AAAAAAAAAAAAAA"
REFUND_NO = "261120RRRRRRRRRRRRRR"
TENDER = {"opay": Tender.WECHAT, "wanpay": Tender.ATM, "qfpay": Tender.ALIPAY, "mypay": Tender.MYPAY}


def order(name: str, **facts: Any) -> Attempt:
    """An attempt over 125 of the gateway's currency, as it stands after the first answer."""
    first = {"tender": TENDER[name], "gateway": name, "amount": Money(125, CURRENCY[name])}
    if name == "mypay":
        first |= {"gateway_ref": "81127", "gateway_key": "af4e678325dd49f8036949c38ab04105"}
    return attempt(NUMBER, **(first | facts))


def opay(envelope: dict[str, Any] | None = None, **data: Any) -> dict[str, Any]:
    """Section 6: the answer to a query."""
    facts = {
        "MerchantID": "2000132", "MerchantTradeNo": NUMBER, "TradeNo": "1203161234567", "TradeAmt": 125,
        "PaymentDate": "2026/11/20 12:03:12", "HandlingCharge": "10.25", "TradeDate": "2026/11/20 12:00:00",
        "TradeStatus": "1", "ItemName": "商品1", "AllocateStatus": "0",
    }  # fmt: skip
    sealed = opay_encrypt(compact(facts | data), SECRETS["opay"]["hash_key"], SECRETS["opay"]["hash_iv"])
    whole = {
        "MerchantID": "2000132", "Timestamp": 1763611200, "RqID": "1322628BD63B43279FB094A19451B81A",
        "Revision": "1", "RtnCode": 1, "RtnMsg": "成功", "Data": sealed,
    }  # fmt: skip
    return whole | (envelope or {})


def wanpay_order(**data: Any) -> dict[str, Any]:
    """3.1.1, the sample."""
    facts = {
        "code_url": "46710722851832", "expiredate": "2026-11-23 23:59:59", "bankcode": "013",
        "bankname": "國泰世華商業銀行", "branchcode": "2022", "branchname": "大昌分行",
        "receiver": "旺沛大數位股份有限公司", "out_trade_no": NUMBER,
    }  # fmt: skip
    return {"status": "900", "info": "下单成功", "data": facts | data}


def wanpay(status: str = "900", **data: Any) -> dict[str, Any]:
    """3.1.3."""
    facts = {"total_fee": "12500", "out_trade_no": NUMBER, "orderstatus": "0000"}
    return {"status": status, "info": "查詢訂單成功", "data": facts | data}


def qfpay_order(**facts: Any) -> dict[str, Any]:
    """The document's sample."""
    return {
        "sysdtm": "2026-11-20 12:00:00", "paydtm": "2026-11-20 12:00:00", "txcurrcd": "HKD", "respmsg": "",
        "pay_type": "801101", "cardcd": "", "udid": "R1", "txdtm": "2026-11-20 12:00:00", "txamt": "125",
        "resperr": "success", "out_trade_no": NUMBER, "syssn": "20261120000300020087033882", "respcd": "0000",
        "pay_url": "https://globalmapi.alipay.com/gateway.do?total_fee=1.25", "chnlsn": "",
    } | facts  # fmt: skip


def qfpay(outer: dict[str, Any] | None = None, **order_facts: Any) -> dict[str, Any]:
    """The public answer to a query."""
    facts = {
        "syssn": "20261120000300020087033882", "out_trade_no": NUMBER, "txamt": "125", "txcurrcd": "HKD",
        "pay_type": "801501", "order_type": "payment", "respcd": "0000", "errmsg": "", "cancel": "0",
        "txdtm": "2026-11-20 12:00:00", "sysdtm": "2026-11-20 12:00:01", "paydtm": "2026-11-20 12:00:30",
    }  # fmt: skip
    whole = {"respcd": "0000", "resperr": "", "respmsg": "", "data": [facts | order_facts]}
    return whole | (outer or {})


def mypay_order(**facts: Any) -> dict[str, Any]:
    """PayPage金流交易, the sample."""
    return {
        "code": "200", "msg": "資料正確", "url": "https://pay.usecase.cc/payment/81127.html", "uid": 81127,
        "key": "af4e678325dd49f8036949c38ab04105",
    } | facts  # fmt: skip


def mypay(**facts: Any) -> dict[str, Any]:
    """交易查詢, after the sample."""
    return {
        "key": "af4e678325dd49f8036949c38ab04105", "prc": "250", "order_id": NUMBER, "user_id": NUMBER, "uid": 81127,
        "cost": 125, "currency": "TWD", "actual_cost": 125, "actual_currency": "TWD", "retmsg": "付款完成",
        "pfn": "CREDITCARD", "finishtime": "20261120120000", "cardno": "493817******0003", "acode": "AA1234",
        "nois": "", "bank_id": "", "result_type": 4, "result_content_type": "CREDITCARD", "result_content": "{}",
        "expired_date": "",
    } | facts  # fmt: skip


PAID: dict[str, Callable[..., dict[str, Any]]] = {"opay": opay, "wanpay": wanpay, "qfpay": qfpay, "mypay": mypay}
"""A paid order, by gateway."""


def answer(reply: dict[str, Any]) -> Responder:
    body = json.dumps(reply).encode()
    return lambda request: httpx.Response(200, content=body)


def qfpay_refund(**facts: Any) -> dict[str, Any]:
    """The public answer to a refund of 50 of the order."""
    return {
        "syssn": "20261120000300020087034000", "orig_syssn": "20261120000300020087033882", "txamt": "50",
        "txcurrcd": "HKD", "out_trade_no": REFUND_NO, "txdtm": "2026-11-20 12:00:00",
        "sysdtm": "2026-11-20 12:00:01", "respcd": "0000", "resperr": "success", "respmsg": "", "chnlsn": "",
    } | facts  # fmt: skip


def qfpay_refund_row(outer: dict[str, Any] | None = None, **facts: Any) -> dict[str, Any]:
    """The public answer to a query for that refund."""
    row = {
        "syssn": "20261120000300020087034000", "origssn": "20261120000300020087033882", "out_trade_no": REFUND_NO,
        "order_type": "refund", "txamt": "50",
    }  # fmt: skip
    return qfpay(outer, **(row | facts))


def mypay_refund(outer: dict[str, Any] | None = None, **facts: Any) -> dict[str, Any]:
    """交易退款, after the sample: an immediate refund of 50."""
    row = {
        "uid": 81127, "refund_uid": 88834, "key": "af4e678325dd49f8036949c38ab04105", "prc": "230",
        "finishtime": "20261120120001", "order_id": NUMBER, "user_id": NUMBER, "cost": 50, "currency": "TWD",
        "actual_cost": 50, "actual_currency": "TWD", "retmsg": "退款完成", "pfn": "CREDITCARD", "payment_name": "",
        "nois": "", "group_id": "", "refund_type": 1, "expected_refund_date": "",
    }  # fmt: skip
    whole = {"row_data": row | facts, "key": row["key"], "uid": "81127", "code": "B200", "msg": "執行成功"}
    return whole | (outer or {})


def mypay_refund_row(**facts: Any) -> dict[str, Any]:
    """『交易查詢-退款資訊』欄位."""
    return {
        "uid": "88834", "prc": "230", "cost": "50", "currency": "TWD", "actual_cost": "50",
        "actual_currency": "TWD", "retmsg": "退款完成", "finishtime": "20261120120001", "appropriation_date": "",
    } | facts  # fmt: skip


def mypay_refunded(*rows: dict[str, Any], **facts: Any) -> dict[str, Any]:
    """交易查詢 of an order with refunds."""
    return mypay(refund_order=list(rows) or [mypay_refund_row()], **facts)
