"""WanPay ATM 虛擬帳號 V1.3: virtualatmpay and orderquery."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pos.simulator.base import TAIPEI, Dialect, Notification, Refused, Reply, form_of, local, rule
from pos.simulator.crypto import wanpay_sign
from pos.simulator.orders import OrderStatus, SimOrder
from pos.simulator.scenarios import Fault

STATUS = {
    OrderStatus.UNPAID: "5801",
    OrderStatus.PAID: "0000",
    OrderStatus.REFUNDED: "0000",
    OrderStatus.EXPIRED: "5803",
    OrderStatus.VOIDED: "5803",
    OrderStatus.FAILED: "5805",
}


class WanpayDialect(Dialect):
    """WanPay with the test merchant of 2.1."""

    name = "wanpay"
    CREDENTIALS: ClassVar[dict[str, str]] = {"orgno": "21008024", "key": "QGbZvggxNdGgMUnp"}

    def routes(self) -> list[Route]:
        return [
            self.route("/wxzfservice/virtualatmpay", "charge", self._order),
            self.route("/wxzfservice/orderquery", "query", self._query),
        ]

    def refusal(self, refused: Refused, request: Request) -> Reply:
        return {"status": refused.code if refused.code.isdigit() else "910", "info": str(refused)}

    def corrupted(self, reply: Reply, fault: Fault) -> Reply:
        data: dict[str, Any] = dict(reply.get("data") or {})
        if fault is Fault.NUMBER_EXISTS:
            return {"status": "6307", "info": "此訂單號已存在"}
        if fault is Fault.UNLISTED_CODE and "orderstatus" not in data:
            return {"status": "7777", "info": "?"}
        if fault is Fault.BAD_SIGNATURE:
            return {**reply, "sign": "0" * 32}
        fee = int(data.get("total_fee", 0)) + 100
        changes: dict[Fault, dict[str, Any]] = {
            Fault.OTHER_ORDER: {"out_trade_no": "ANOTHERORDER"},
            Fault.OTHER_AMOUNT: {"total_fee": str(fee)} if "total_fee" in data else {},
            Fault.OTHER_MERCHANT: {"orgno": "99999999"},
            Fault.UNLISTED_CODE: {"orderstatus": "7777"},
            Fault.WRONG_TYPE: {"out_trade_no": ["?"], "code_url": {}},
        }
        return {**reply, "data": data | changes.get(fault, {})}

    def respond(self, reply: Reply, fault: Fault | None) -> Response:
        return JSONResponse(reply)

    def notification(self, order: SimOrder) -> Notification | None:
        """Return the notification (3.1.2), repeated after 1, 3 and 5 minutes."""
        if not order.facts.get("backurl"):
            return None
        fields = {
            "orgno": self.credentials["orgno"],
            "secondtimestamp": str(int(self.context.now().timestamp())),
            "nonce_str": f"{self.context.source.getrandbits(32):08x}",
            "out_trade_no": order.number,
            "status": STATUS[order.status],
            "result": "支付成功",
            "total_fee": str(order.paid * 100),
            "orderdate": local(order.paid_at, "%Y-%m-%d %H:%M:%S"),
            "bankno": "822",
            "acctno": "0000123456789012",
        }
        fields["sign"] = wanpay_sign(fields, self.credentials["key"])
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return Notification(
            order.facts["backurl"], headers, urlencode(fields).encode(), "success", (60.0, 180.0, 300.0)
        )

    async def _order(self, request: Request) -> Reply:
        """Create a virtual account (3.1.1)."""
        fields = self._signed(await form_of(request))
        number = self._number(fields)
        fee = int(rule("910", "total_fee", fields.get("total_fee", ""), "[1-9][0-9]{3,11}"))
        if fee < 1100 or fee % 100:
            raise Refused("910", "total_fee")
        for name in ("returnurl", "backurl"):
            rule("910", name, fields.get(name, ""), "[^#?&]{0,256}")
        rule("910", "body", fields.get("body", ""), ".{0,256}")
        days = int(rule("910", "virtualatmvalidity", fields.get("virtualatmvalidity", "3"), "[1-9]|[12][0-9]|30"))
        self.orders.count_request(self.name, number)
        if self.orders.find(self.name, number):
            raise Refused("6307", "此訂單號已存在")
        now = self.context.now()
        ends = (now.astimezone(TAIPEI) + timedelta(days=days)).replace(hour=23, minute=59, second=59, microsecond=0)
        account = f"4671{self.context.source.randrange(10**10):010d}"
        facts = {"account": account, "bank": "013", "backurl": fields.get("backurl", "")}
        order = SimOrder(self.name, number, account, fee // 100, "TWD", "atm", now, ends, facts=facts)
        self.context.place(order)
        return {"status": "900", "info": "下单成功", "data": self._account(order)}

    async def _query(self, request: Request) -> Reply:
        """Query an order (3.1.3)."""
        fields = self._signed(await form_of(request))
        order = self.orders.find(self.name, self._number(fields))
        if order is None:
            raise Refused("5223", "此商戶訂單號不存在")
        fee = order.paid if order.status is OrderStatus.PAID else order.amount
        data: dict[str, Any] = {
            "total_fee": str(fee * 100) if self.strict else f"{fee}.00",
            "out_trade_no": order.number,
            "orderstatus": STATUS[order.status],
        }
        if order.status is OrderStatus.PAID:
            data |= {"bankno": "822", "acctno": "0000123456789012"}
        return {"status": "900", "info": "查詢訂單成功", "data": data}

    def _signed(self, fields: dict[str, str]) -> dict[str, str]:
        if fields.get("orgno") != self.credentials["orgno"]:
            raise Refused("913", "商戶校驗失敗")
        if fields.get("sign", "") != wanpay_sign(fields, self.credentials["key"]):
            raise Refused("913", "商戶校驗失敗")
        stamp = int(rule("910", "secondtimestamp", fields.get("secondtimestamp", ""), "[0-9]{10}"))
        if abs(stamp - self.context.now().timestamp()) > 600:
            raise Refused("910", "secondtimestamp 過期")
        rule("910", "nonce_str", fields.get("nonce_str", ""), "[!-~]{1,8}")
        return fields

    def _number(self, fields: dict[str, str]) -> str:
        pattern = "[A-Z0-9]{1,20}" if self.strict else "[A-Za-z0-9]{1,32}"
        return rule("910", "out_trade_no", fields.get("out_trade_no", ""), pattern)

    def _account(self, order: SimOrder) -> dict[str, str]:
        return {
            "code_url": order.facts["account"],
            "expiredate": local(order.expires_at, "%Y-%m-%d %H:%M:%S"),
            "bankcode": "013",
            "bankname": "國泰世華商業銀行",
            "branchcode": "2022",
            "branchname": "大昌分行",
            "receiver": "旺沛大數位股份有限公司",
            "out_trade_no": order.number,
        }
