"""MYPAY LINK PayPage 1.0.6: one address, eleven services, form or JSON bodies."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pos.simulator.base import TAIPEI, Dialect, Notification, Refused, Reply, SimulatorContext, compact, form_of, local
from pos.simulator.crypto import Unreadable, mypay_open
from pos.simulator.dialects.mypay_fields import check_order, tool_of
from pos.simulator.dialects.mypay_invoices import prefixed
from pos.simulator.dialects.mypay_money import CARDS, apply_due, begin_debit, refund_rows
from pos.simulator.dialects.mypay_services import SERVICES, TOOLS
from pos.simulator.orders import CASH, OrderStatus, SimOrder
from pos.simulator.scenarios import LINKS, CashFate, Fault

ENDED = {OrderStatus.FAILED: "300", OrderStatus.VOIDED: "220", OrderStatus.REFUNDED: "230"}
ACCOUNTS = ("E_COLLECTION", "CSTORECODE", "BARCODE")
VERBS = {
    "api/orders": "charge",
    "api/transaction": "charge",
    "api/queryorder": "query",
    "api/querydirect": "query",
    "api/refund": "refund",
    "api/refundcancel": "withdraw",
}


class MypayDialect(Dialect):
    """The test store of the document's samples."""

    name = "mypay"
    CREDENTIALS: ClassVar[dict[str, str]] = {
        "store_uid": "289151880002",
        "store_key": "KYTjd9ACcjGaTK6V3zWmMkyrQS08Ndcx",
    }
    notify_url = ""  # set in the console, not with the order
    _wallets = 0
    _next_key = ""
    _key_ends: datetime | None = None

    def __init__(self, context: SimulatorContext) -> None:
        super().__init__(context)
        self.tools = list(TOOLS)

    def routes(self) -> list[Route]:
        # The verb is encrypted in the body, so the fault is drawn after decryption.
        return [Route("/api/init", self._init, methods=["POST"])]

    async def _init(self, request: Request) -> Response:
        command = await self._command(request)
        handler = self.route("/", VERBS.get(command, "service"), self._answer).endpoint
        answered: Response = await handler(request)
        return answered

    async def _command(self, request: Request) -> str:
        try:
            return str(self._decrypted(await self._fields(request), "service").get("cmd", ""))
        except Refused:
            return ""

    async def _answer(self, request: Request) -> Reply:
        fields = await self._fields(request)
        if fields.get("store_uid") != self.credentials["store_uid"]:
            raise Refused("100", "store_uid 錯誤")
        service, data = self._decrypted(fields, "service"), self._decrypted(fields, "encry_data")
        command = service.get("cmd", "")
        own: dict[str, Callable[[dict[str, Any]], Reply]] = {
            "api/orders": self._orders,
            "api/queryorder": self._queryorder,
            "api/querydirect": self._querydirect,
        }
        if service.get("service_name") != "api" or command not in own | SERVICES:
            raise Refused("100", "service 錯誤")
        return own[command](data) if command in own else SERVICES[command](self, data)

    def refusal(self, refused: Refused, request: Request) -> Reply:
        code = refused.code if refused.code in ("100", "400", "B500") else "100"
        return {"code": code, "msg": str(refused)}

    def corrupted(self, reply: Reply, fault: Fault) -> Reply:
        if fault in LINKS:
            return {**reply, "url": LINKS[fault]} if "url" in reply else reply
        changes: dict[Fault, Reply] = {
            Fault.OTHER_ORDER: {"order_id": "ANOTHERORDER", "uid": "1"},
            Fault.OTHER_AMOUNT: {"cost": reply.get("cost", 0) + 1, "actual_cost": reply.get("actual_cost", 0) + 1},
            Fault.OTHER_CURRENCY: {"currency": "CNY", "actual_currency": "CNY"},
            Fault.BAD_SIGNATURE: {"key": "0" * 32},
            Fault.UNLISTED_CODE: {"prc": "7777"} if "prc" in reply else {"code": "7777"},
            Fault.WRONG_TYPE: {"uid": ["1"], "code": {}} if "url" in reply else {"uid": ["1"], "prc": {}},
            Fault.NUMBER_EXISTS: {"code": "100", "msg": "訂單編號重複"} if "url" in reply else {},
        }
        if row := reply.get("row_data"):
            reply = {**reply, "row_data": self.corrupted(row, fault)}
        return reply | changes.get(fault, {})

    def respond(self, reply: Reply, fault: Fault | None) -> Response:
        return JSONResponse(reply)

    def notification(self, order: SimOrder) -> Notification | None:
        """Return 交易完成回傳資訊: unsigned; five times, five minutes apart."""
        if not self.notify_url:
            return None
        fields = {name: str(value) for name, value in self.order_object(order).items()}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return Notification(self.notify_url, headers, urlencode(fields).encode(), "8888", (300.0,) * 4)

    # -- orders and queries -----------------------------------------------------------------------------------

    def _orders(self, data: dict[str, Any]) -> Reply:
        """Place an order (PayPage金流交易)."""
        tool, fate = tool_of(str(data.get("pfn", "0"))), self.context.scenarios.cash_fate
        if tool == CASH and fate is CashFate.REFUSED:
            raise Refused("100", "支付工具未開通")
        order = self.placed(data, tool)
        if tool == CASH and fate is CashFate.PAID:
            self.context.pay(order)
        url = f"{self.context.base_url}/phone/order/mypay/{order.number}"
        return {"code": "200", "msg": "資料正確", "url": url, "uid": int(order.ref), "key": order.facts["key"]}

    def placed(self, data: dict[str, Any], tool: str) -> SimOrder:
        """Check the fields of an order and place it, to be paid with ``tool``. Raises Refused."""
        check_order(data, self.credentials["store_uid"], self.context.now(), strict=self.strict)
        number, amount = str(data["order_id"]), int(str(data["cost"]))
        if self.orders.count_request(self.name, number) > 1 and self.orders.find(self.name, number) and self.strict:
            raise Refused("100", "訂單編號重複")
        uid = str(81000 + len(self.orders.all()))
        key = f"{self.context.source.getrandbits(128):032x}"
        now = self.context.now()
        facts = {"key": key, "user_id": str(data["user_id"]), "prc": "200"}
        facts |= {name: str(data.get(name, "")) for name in (f"echo_{n}" for n in range(5))}
        order = SimOrder(
            self.name, number, uid, amount, str(data.get("currency", "TWD")), tool, now,
            self._expiry(now, int(data.get("limit_pay_days") or 3), tool), facts=facts,
        )  # fmt: skip
        order.extra["items"] = data["items"]
        order.extra["requested"] = data
        if str(data.get("creditcard_is_automatic_payment", "1")) == "0" and tool in (*CARDS, "0"):
            order.extra["hold"] = "wanted"
        if data.get("regular"):
            begin_debit(order, data, now, len(self.orders.all()) + 520)
        if tool in ACCOUNTS:
            facts |= {"prc": "270" if tool == "E_COLLECTION" else "260", "bank": "007"}
            facts["account"] = f"9917{self.context.source.randrange(10**10):010d}"
        self.context.place(order)
        return order

    def _queryorder(self, data: dict[str, Any]) -> Reply:
        """Query an order (交易查詢); the reply about an unknown order repeats the request."""
        uid, key = str(data.get("uid", "")), str(data.get("key", ""))
        order = self.orders.by_ref(self.name, uid)
        if order is None or order.facts["key"] != key:
            return {"uid": data.get("uid", ""), "key": key}
        apply_due(self, order)
        return self.order_object(order)

    def _querydirect(self, data: dict[str, Any]) -> Reply:
        """Query an order by the shop's number (public)."""
        order = self.orders.find(self.name, str(data.get("order_id", "")))
        if order is None or str(data.get("cost", "")) != str(order.amount):
            return {"code": "B500", "msg": "查無資料", "rows": []}
        return {"code": "B200", "msg": "執行成功", "rows": [self.order_object(order)]}

    def order_object(self, order: SimOrder) -> Reply:
        """Return an order as the flat object of the document's sample."""
        prc = self.prc(order)
        kind, content = content_of(order)
        return {
            "key": order.facts["key"], "prc": prc, "cardno": "", "acode": "", "issuing_bank": "",
            "issuing_bank_uid": "", "is_agent_charge": 0, "transaction_mode": 1, "supplier_name": "高鉅金融",
            "supplier_code": "T0", "order_id": order.number, "user_id": order.facts["user_id"], "uid": int(order.ref),
            "cost": order.amount, "currency": order.currency, "actual_cost": order.paid,
            "actual_currency": order.currency, "love_cost": 0, "retmsg": "付款完成" if prc == "250" else "",
            "pay_mode_uid": 1, "pfn": order.method, "trans_type": 1, "redeem": "", "installment": "",
            "finishtime": local(order.paid_at, "%Y%m%d%H%M%S"), "store_group_id": order.extra.get("group", ""),
            "nois": str(order.extra.get("charged", "") or ""), "payment_name": "",
            "bank_id": order.facts.get("bank", ""), "result_type": 4, "result_content_type": kind,
            "result_content": compact(content), "expired_date": content.get("LimitDate", ""), "appropriation_date": "",
            **(prefixed(order.extra["invoice"]) if "invoice" in order.extra else {"invoice_state": 0}),
            "group_id": order.extra.get("group", ""),
            "refund_order": refund_rows(self, order),
            "cancel_order": [],
            **{name: order.facts.get(name, "") for name in (f"echo_{n}" for n in range(5))},
        }  # fmt: skip

    def prc(self, order: SimOrder) -> str:
        """Return the status of an order (附錄二)."""
        if order.status is OrderStatus.PAID:
            due = order.extra.get("captured", order.amount) * max(1, order.extra.get("charged", 1))
            return "250" if order.paid == due else "290"
        if order.extra.get("hold") == "held" and order.status is OrderStatus.EXPIRED:
            return "300"
        if order.status is OrderStatus.EXPIRED:
            return "380" if order.method in ACCOUNTS else "A0002"
        return ENDED.get(order.status) or order.facts["prc"]

    def order_of(self, data: dict[str, Any]) -> SimOrder:
        """Return the order of a ``uid`` and its ``key``. Raises Refused."""
        order = self.orders.by_ref(self.name, str(data.get("uid", "")))
        if order is None or order.facts["key"] != str(data.get("key", "")):
            raise Refused("B500", "查無訂單")
        apply_due(self, order)
        return order

    def next_wallet(self) -> int:
        self._wallets += 1
        return 107_000 + self._wallets

    # -- the envelope -----------------------------------------------------------------------------------------

    async def _fields(self, request: Request) -> dict[str, str]:
        if "json" in request.headers.get("content-type", ""):
            try:
                found = json.loads(await request.body())
            except ValueError as error:
                raise Refused("100", "JSON 錯誤") from error
            return {name: str(value) for name, value in found.items()} if isinstance(found, dict) else {}
        return await form_of(request)

    def _decrypted(self, fields: dict[str, str], name: str) -> dict[str, Any]:
        sealed = fields.get(name, "")
        if not self.strict:
            sealed = sealed.replace(" ", "+")  # of a client that does not percent-encode its Base64
        found = next((found for key in self._keys() if (found := _decrypted_json(sealed, key)) is not None), None)
        if found is None:
            raise Refused("100", "資料解密失敗")
        if not isinstance(found, dict):
            raise Refused("100", "資料格式錯誤")
        return found

    def renew_key(self, key: str, ends: datetime) -> None:
        """Set the next key, as MyPay does seven days before the old one expires; both are valid until ``ends``."""
        self._next_key, self._key_ends = key, ends

    def _keys(self) -> tuple[str, ...]:
        old = self.credentials["store_key"]
        if self._key_ends is None:
            return (old,)
        return (old, self._next_key) if self.context.now() < self._key_ends else (self._next_key,)

    def _expiry(self, now: datetime, days: int, tool: str) -> datetime:
        if tool not in ACCOUNTS:
            return now + timedelta(hours=24)
        return (now.astimezone(TAIPEI) + timedelta(days=days)).replace(hour=23, minute=59, second=59, microsecond=0)


def _decrypted_json(sealed: str, key: str) -> Any:
    try:
        return json.loads(mypay_open(sealed, key))
    except (Unreadable, ValueError):
        return None


def content_of(order: SimOrder) -> tuple[str, dict[str, str]]:
    """Return the type and the content of ``result_content``: how a customer pays later, and with which codes."""
    account = order.facts.get("account", "")
    if not account or order.method not in ACCOUNTS:
        return order.method, {}
    ends = {"LimitDate": local(order.expires_at, "%Y%m%d%H%M%S")}
    if order.method == "E_COLLECTION":
        return "E_COLLECTION", {"PinCode": account, **ends, "BankCode": "007"}
    digits = account[-10:]
    bars = {
        "BarCode1": f"{local(order.expires_at, '%y%m%d')}C8N",
        "BarCode2": f"010151{digits}",
        "BarCode3": f"{local(order.expires_at, '%m%d')}99{order.amount:09d}",
    }
    if order.method == "BARCODE":
        return "BARCODE", {**bars, **ends}
    return "IBON", {"PinCode": f"LYL{digits}", **bars, **ends, "BarcodeEndDate": ends["LimitDate"]}
