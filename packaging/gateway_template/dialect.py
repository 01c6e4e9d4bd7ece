"""New Pay API 1.0: /v1/orders, query, cancel, and refunds."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pos.simulator.orders import ActionRefused, OrderStatus, RefundStatus, SimOrder, SimRefund
from pos.simulator.scenarios import LINKS, Fault
from pos.simulator.base import Dialect, Notification, Refused, Reply, rule

STATUS = {
    OrderStatus.UNPAID: "unpaid",
    OrderStatus.PAID: "paid",
    OrderStatus.REFUNDED: "paid",
    OrderStatus.FAILED: "failed",
    OrderStatus.EXPIRED: "expired",
    OrderStatus.VOIDED: "cancelled",
}


class NewpayDialect(Dialect):
    """New Pay with a made-up test merchant."""

    name = "newpay"
    CREDENTIALS: ClassVar[dict[str, str]] = {"merchant": "S0001", "key": "0123456789abcdef0123456789abcdef"}

    def routes(self) -> list[Route]:
        return [
            self.route("/v1/orders", "charge", self._order),
            self.route("/v1/orders/query", "query", self._query),
            self.route("/v1/orders/cancel", "void", self._cancel),
            self.route("/v1/refunds", "refund", self._refund),
            self.route("/v1/refunds/query", "query", self._query_refund),
        ]

    def refusal(self, refused: Refused, request: Request) -> Reply:
        return {"code": refused.code, "message": str(refused)}

    def corrupted(self, reply: Reply, fault: Fault) -> Reply:
        if fault in LINKS:
            return reply | {"pay_url": LINKS[fault]}
        changes: dict[Fault, Reply] = {
            Fault.NUMBER_EXISTS: {"code": "409", "message": "the order exists"},
            Fault.OTHER_ORDER: {"order": "ANOTHER"},
            Fault.OTHER_AMOUNT: {"amount": int(reply.get("amount", 0)) + 1},
            Fault.OTHER_CURRENCY: {"currency": "HKD"},
            Fault.OTHER_MERCHANT: {"merchant": "S9999"},
            Fault.UNLISTED_CODE: {"code": "7777"} if "pay_url" in reply else {"status": "7777"},
            Fault.WRONG_TYPE: {"status": ["paid"], "order": {}},
        }
        return reply | changes.get(fault, {})

    def respond(self, reply: Reply, fault: Fault | None) -> Response:
        body = json.dumps({"merchant": self.credentials["merchant"], **reply}).encode()
        sign = self._sign(body)
        return Response(body, 200, {"X-Signature": sign[::-1] if fault is Fault.BAD_SIGNATURE else sign})

    def notification(self, order: SimOrder) -> Notification | None:
        """Return the notification of section 5, repeated after 1 and 10 minutes."""
        if not order.facts.get("notify_url") or order.status is not OrderStatus.PAID:
            return None
        body = json.dumps({"merchant": self.credentials["merchant"], **self._facts(order)}).encode()
        headers = {"Content-Type": "application/json", "X-Signature": self._sign(body)}
        return Notification(order.facts["notify_url"], headers, body, "OK", (60.0, 600.0))

    async def _order(self, request: Request) -> Reply:
        fields = await self._signed(request)
        number = rule("400", "order", str(fields.get("order", "")), "[A-Z0-9]{1,32}")
        amount = int(rule("400", "amount", str(fields.get("amount", "")), "[1-9][0-9]{0,11}"))
        currency = rule("400", "currency", str(fields.get("currency", "")), "TWD")
        rule("400", "title", str(fields.get("title", "")), ".{1,64}")
        if self.orders.count_request(self.name, number) > 1 and self.orders.find(self.name, number):
            raise Refused("409", "the order exists")
        now = self.context.now()
        facts = {"notify_url": str(fields.get("notify_url", ""))}
        order = SimOrder(
            self.name, number, self._ref("S"), amount, currency, "qr", now, now + timedelta(minutes=30), facts=facts
        )
        self.context.place(order)
        return self._facts(order) | {"pay_url": f"{self.context.base_url}/phone/order/{self.name}/{number}"}

    async def _query(self, request: Request) -> Reply:
        return self._facts(self._one(await self._signed(request)))

    async def _cancel(self, request: Request) -> Reply:
        order = self._one(await self._signed(request))
        try:
            order.end(OrderStatus.VOIDED, self.context.now())
        except ActionRefused as error:
            raise Refused("422", "paid already") from error
        return self._facts(order)

    async def _refund(self, request: Request) -> Reply:
        fields = await self._signed(request)
        order = self._one(fields)
        number = rule("400", "refund", str(fields.get("refund", "")), "[A-Z0-9]{1,32}")
        amount = int(rule("400", "amount", str(fields.get("amount", "")), "[1-9][0-9]{0,11}"))
        self.orders.count_request(f"{self.name} refund", number)
        if self.orders.find_refund(self.name, number):
            raise Refused("409", "the refund exists")
        if order.status is not OrderStatus.PAID or amount > self.orders.refundable(order):
            raise Refused("422", "more than what is left")
        now = self.context.now()
        made = SimRefund(order, number, self._ref("R"), amount, now, now)
        self.orders.add_refund(made, now)
        return self._refund_facts(made)

    async def _query_refund(self, request: Request) -> Reply:
        fields = await self._signed(request)
        found = self.orders.find_refund(self.name, str(fields.get("refund", "")))
        if found is None:
            raise Refused("404", "no such refund")
        return self._refund_facts(found)

    def _facts(self, order: SimOrder) -> dict[str, Any]:
        paid = order.status in (OrderStatus.PAID, OrderStatus.REFUNDED)
        return {
            "code": "0",
            "order": order.number,
            "number": order.ref,
            "amount": order.paid if paid else order.amount,
            "currency": order.currency,
            "status": STATUS[order.status],
        }

    def _refund_facts(self, made: SimRefund) -> dict[str, Any]:
        return {
            "code": "0",
            "order": made.order.number,
            "refund": made.number,
            "number": made.ref,
            "amount": made.amount,
            "currency": made.order.currency,
            "status": "done" if made.status is RefundStatus.DONE else "working",
        }

    def _one(self, fields: dict[str, Any]) -> SimOrder:
        found = self.orders.find(self.name, str(fields.get("order", "")))
        if found is None:
            raise Refused("404", "no such order")
        return found

    async def _signed(self, request: Request) -> dict[str, Any]:
        body = await request.body()
        if not hmac.compare_digest(request.headers.get("x-signature", ""), self._sign(body)):
            raise Refused("401", "signature")
        fields: dict[str, Any] = json.loads(body)
        if fields.get("merchant") != self.credentials["merchant"]:
            raise Refused("401", "merchant")
        if abs(int(fields.get("time", 0)) - self.context.now().timestamp()) > 600:
            raise Refused("400", "time")
        return fields

    def _sign(self, body: bytes) -> str:
        return hmac.new(self.credentials["key"].encode(), body, hashlib.sha256).hexdigest()

    def _ref(self, kind: str) -> str:
        return f"{kind}{self.context.source.randrange(10**12):012d}"
