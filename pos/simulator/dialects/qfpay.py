"""QFPay: /trade/v1/payment, query, reversal, close and refund."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pos.simulator.base import HONG_KONG, Dialect, Notification, Refused, Reply, form_of, local, rule
from pos.simulator.crypto import qfpay_body_sign, qfpay_sign
from pos.simulator.orders import ActionRefused, OrderStatus, RefundStatus, SimOrder, SimRefund
from pos.simulator.scenarios import LINKS, CodeFate, Fault
from pos.simulator.wallets import ALIPAY, ANY, UNIONPAY, WECHAT

GOODS = "[0-9A-Za-z \u3400-\u9fff\uf900-\ufaff]{0,20}"  # no special characters (public)
LINKED = ("801101", "801107", "801512", "801514")  # answer with pay_url
CODED = ("800101", "801501", "800201", "800701", "802001", "803701", "805801")  # answer with qrcode (public)
SCANNED = {
    "800008": ANY, "800108": ALIPAY, "800208": WECHAT, "801008": WECHAT, "800708": UNIONPAY, "805808": ANY,
}  # fmt: skip
"""Types that charge an auth_code (public), each with the wallet whose codes it takes."""
IN_HKD = ("802001", "803701", "805801", "805808")  # in HKD only (public)
TAGGED = ("800101", "801501", "801510")  # may name one of Alipay's wallets (public)
NOT_REFUNDED = "802001"  # FPS (public)
REFUSED_CODES = {CodeFate.POOR: "1201", CodeFate.WRONG: "1202", CodeFate.EXPIRED: "2005"}
REVERSIBLE = ("800101", "801501", "800201", "800108")
CONFIRM_MINUTES = 10
CURRENCIES = ("AED", "CNY", "EUR", "HKD", "IDR", "JPY", "MMK", "MYR", "SGD", "THB", "USD", "CAD", "AUD")
STATUS = {
    OrderStatus.UNPAID: "1143",
    OrderStatus.PAID: "0000",
    OrderStatus.REFUNDED: "0000",
    OrderStatus.EXPIRED: "1181",
    OrderStatus.VOIDED: "1142",
    OrderStatus.FAILED: "1205",
}
FORM = "%Y-%m-%d %H:%M:%S"


class QfpayDialect(Dialect):
    """QFPay. The documents mask their keys, so the test merchant is made up."""

    name = "qfpay"
    CREDENTIALS: ClassVar[dict[str, str]] = {
        "app_code": "A6A49A66B4C94028AE1C2E0A9B1C3D5E",
        "mchid": "ZaMVgTEST",
        "client_key": "TESTKEY0E32A59A8B454940A2FF39",
    }
    notify_url = ""  # registered by mail, one for each app_code

    def routes(self) -> list[Route]:
        return [
            self.route("/trade/v1/payment", "charge", self._payment),
            self.route("/trade/v1/query", "query", self._query),
            self.route("/trade/v1/reversal", "void", self._reversal),
            self.route("/trade/v1/close", "void", self._reversal),
            self.route("/trade/v1/refund", "refund", self._refund),
        ]

    def refusal(self, refused: Refused, request: Request) -> Reply:
        code = refused.code if refused.code.isdigit() else "1103"
        return {"respcd": code, "resperr": str(refused), "respmsg": ""}

    def corrupted(self, reply: Reply, fault: Fault) -> Reply:
        if fault in LINKS:
            return {name: LINKS[fault] if name in ("pay_url", "qrcode") else value for name, value in reply.items()}
        if fault is Fault.NUMBER_EXISTS:
            return {"respcd": "2011", "resperr": "訂單號重複", "respmsg": ""}
        if reply.get("data"):
            return {**reply, "data": [self._corrupted_order(order, fault) for order in reply["data"]]}
        return self._corrupted_order(reply, fault)

    def _corrupted_order(self, order: Reply, fault: Fault) -> Reply:
        changes: dict[Fault, Reply] = {
            Fault.OTHER_ORDER: {"out_trade_no": "ANOTHERORDER", "orig_syssn": "1", "origssn": "1"},
            Fault.OTHER_AMOUNT: {"txamt": str(int(order.get("txamt", 0)) + 1)},
            Fault.OTHER_CURRENCY: {"txcurrcd": "THB"},
            Fault.OTHER_MERCHANT: {"mchid": "another"},
            Fault.UNLISTED_CODE: {"respcd": "7777", "pay_url": "", "qrcode": ""},
            Fault.WRONG_TYPE: {"respcd": ["0000"], "out_trade_no": {}},
        }
        return order | changes.get(fault, {})

    def respond(self, reply: Reply, fault: Fault | None) -> Response:
        body = json.dumps(reply).encode()
        sign = qfpay_body_sign(body, self.credentials["client_key"])
        if fault is Fault.BAD_SIGNATURE:
            sign = sign[::-1]
        if fault is Fault.OTHER_MERCHANT:
            body = json.dumps({**reply, "mchid": "another"}).encode()
            sign = qfpay_body_sign(body, self.credentials["client_key"])
        return Response(body, 200, {"X-QF-SIGN": sign}, "application/json")

    def notification(self, order: SimOrder) -> Notification | None:
        """Return the notification of a success, repeated after 2, 10, 10, 60 minutes, 2, 6 and 15 hours."""
        url = order.facts.get("notify_url") or self.notify_url
        if not url or order.status is not OrderStatus.PAID:
            return None
        facts = self._item(order) | {"status": "1", "notify_type": "payment", "mchid": self.credentials["mchid"]}
        body = json.dumps(facts).encode()
        headers = {
            "Content-Type": "application/json",
            "X-QF-SIGN": qfpay_body_sign(body, self.credentials["client_key"]),
        }
        return Notification(url, headers, body, "SUCCESS", (120.0, 600.0, 600.0, 3600.0, 7200.0, 21600.0, 54000.0))

    async def _payment(self, request: Request) -> Reply:
        fields = await self._signed(request)
        pay_type = rule("1104", "pay_type", fields.get("pay_type", ""), "|".join((*LINKED, *CODED, *SCANNED)))
        amount = int(rule("1104", "txamt", fields.get("txamt", ""), "[1-9][0-9]{0,10}"))
        currency = rule("1104", "txcurrcd", fields.get("txcurrcd", ""), "|".join(CURRENCIES))
        number = rule("1104", "out_trade_no", fields.get("out_trade_no", ""), "[!-~]{1,128}")
        if self.strict and pay_type == "801101" and currency == "HKD" and amount <= 100:
            raise Refused("1104", "txamt must be more than 1 HKD")
        if self.strict and pay_type in IN_HKD and currency != "HKD":
            raise Refused("1104", "txcurrcd must be HKD")
        self._check_options(fields, pay_type)
        if self.orders.count_request(self.name, number) > 1 and self.orders.find(self.name, number):
            raise Refused("2011", "訂單號重複")
        now = self.context.now()
        minutes = CONFIRM_MINUTES if pay_type in SCANNED else int(fields.get("expired_time", "30"))
        facts = {"txdtm": fields["txdtm"], "notify_url": fields.get("notify_url", "")}
        order = SimOrder(
            self.name, number, f"{now:%Y%m%d}0003000200{self.context.source.randrange(10**8):08d}", amount, currency,
            pay_type, now, now + timedelta(minutes=minutes), facts=facts,
        )  # fmt: skip
        self.context.place(order)
        return self._charged(order, fields) if pay_type in SCANNED else self._created(order, fields)

    def _charged(self, order: SimOrder, fields: dict[str, str]) -> Reply:
        """Charge the customer's code: 0000 is paid here, 1143 while the customer types a password (public)."""
        fate = self.context.wallets.present(fields["auth_code"], SCANNED[order.method])
        code = REFUSED_CODES.get(fate, "1143")
        if fate in REFUSED_CODES:
            order.facts["respcd"] = code
            order.end(OrderStatus.FAILED, self.context.now())
        elif fate is CodeFate.PAID:
            self.context.pay(order)
            code = "0000"
        texts = {"0000": "交易成功", "1143": "等待使用者輸入密碼", "1201": "餘額不足"}
        return {**self._answer(order, fields), "respcd": code, "resperr": texts.get(code, "付款碼錯誤或過期")}

    def _check_options(self, fields: dict[str, str], pay_type: str) -> None:
        self._time(fields.get("txdtm", ""))
        rule("1104", "goods_name", fields.get("goods_name", ""), GOODS if self.strict else ".{0,20}")
        rule("1104", "udid", fields.get("udid", ""), ".{0,40}")
        limit = 200 if pay_type in ("801107", "801512") else 512
        rule("1104", "return_url", fields.get("return_url", ""), f".{{0,{limit}}}")
        if ("auth_code" in fields) != (pay_type in SCANNED):
            raise Refused("1104", "auth_code goes with a customer's code")
        rule("1104", "auth_code", fields.get("auth_code", "0" * 16), "[0-9]{16,24}")
        if "pay_tag" in fields:
            rule("1104", "pay_tag", fields["pay_tag"], "ALIPAYHK|ALIPAYCN" if pay_type in TAGGED else "")
        if "expired_time" in fields:
            if self.strict and pay_type != "800201":
                raise Refused("1104", "expired_time is for 800201 only")
            rule("1104", "expired_time", fields["expired_time"], "[5-9]|[1-9][0-9]|1[01][0-9]|120")

    def _created(self, order: SimOrder, fields: dict[str, str]) -> Reply:
        phone = f"{self.context.base_url}/phone/order/qfpay/{order.number}"
        link = {"pay_url": phone} if order.method in LINKED else {"qrcode": phone}
        return self._answer(order, fields) | link

    def _answer(self, order: SimOrder, fields: dict[str, str]) -> Reply:
        now = local(self.context.now(), FORM, HONG_KONG)
        return {
            "sysdtm": now, "paydtm": now, "txcurrcd": order.currency, "respmsg": "", "pay_type": order.method,
            "cardcd": "", "udid": fields.get("udid", "qiantai2"), "txdtm": fields["txdtm"],
            "txamt": str(order.amount), "resperr": "success", "out_trade_no": order.number, "syssn": order.ref,
            "respcd": "0000", "chnlsn": "",
        }  # fmt: skip

    async def _query(self, request: Request) -> Reply:
        """Query orders and refunds, the newest first; an unknown order is an empty list."""
        fields = await self._signed(request)
        page = int(rule("1104", "page", fields.get("page", "1"), "[1-9][0-9]{0,4}"))
        size = int(rule("1104", "page_size", fields.get("page_size", "10"), "[1-9][0-9]?|100"))
        found = [row for row in self._selected_rows(fields) if self._passes_filters(row, fields)]
        cut = found[(page - 1) * size : page * size]
        return {"respcd": "0000", "resperr": "", "respmsg": "", "page": page, "page_size": size, "data": cut}

    def _selected_rows(self, fields: dict[str, str]) -> list[Reply]:
        """Return the rows by numbers, else by time; without a time those of this month."""
        if numbers := fields.get("out_trade_no", ""):
            return self._rows(lambda number, ref: number in numbers.split(","))
        if refs := fields.get("syssn", ""):
            return self._rows(lambda number, ref: ref in refs.split(","))
        now = self.context.now().astimezone(HONG_KONG)
        first = now.replace(day=1, hour=0, minute=0, second=0).strftime(FORM)
        start, end = fields.get("start_time", first), fields.get("end_time", now.strftime(FORM))
        for moment in (start, end):
            self._time(moment)
        return [row for row in self._rows(lambda number, ref: True) if start <= row["sysdtm"] <= end]

    def _rows(self, fits: Callable[[str, str], bool]) -> list[Reply]:
        """Return the payments and refunds whose numbers fit, the newest first."""
        orders = [one for one in self.orders.all()[::-1] if one.gateway == self.name and fits(one.number, one.ref)]
        refunds = [one for one in self.orders.refunds() if one.order.gateway == self.name and fits(one.number, one.ref)]
        rows = [*map(self._item, orders), *map(self._refund_item, refunds)]
        return sorted(rows, key=lambda row: str(row["sysdtm"]))[::-1]

    @staticmethod
    def _passes_filters(row: Reply, fields: dict[str, str]) -> bool:
        return all(row[name] in fields[name].split(",") for name in ("pay_type", "respcd") if fields.get(name))

    async def _reversal(self, request: Request) -> Reply:
        """Cancel an unpaid order; a paid one is refused (newer documents)."""
        fields = await self._signed(request)
        order = self._one(fields)
        if fields.get("txamt") != str(order.amount):
            raise Refused("1266", "txamt differs")
        codes = request.url.path.endswith("reversal")
        if self.strict and codes != (order.method in REVERSIBLE):
            raise Refused("1136", "not for this pay_type")
        try:
            order.end(OrderStatus.VOIDED, self.context.now())
        except ActionRefused as error:
            raise Refused("1260", "paid already") from error
        return self._cancelled(order, fields)

    async def _refund(self, request: Request) -> Reply:
        """Refund up to the rest of the payment, each time with a new number."""
        fields = await self._signed(request)
        number = rule("1104", "out_trade_no", fields.get("out_trade_no", ""), "[!-~]{1,128}")
        amount = int(rule("1104", "txamt", fields.get("txamt", ""), "[1-9][0-9]{0,10}"))
        self._time(fields.get("txdtm", ""))
        order = self.orders.by_ref(self.name, rule("1104", "syssn", fields.get("syssn", ""), "[!-~]{1,128}"))
        self._check_number(number)
        if order is None:
            raise Refused("1268", "no such order")
        if order.method == NOT_REFUNDED:
            raise Refused("1155", "不支援退款")
        self._check_refund(order, amount)
        now = self.context.now()
        made = SimRefund(
            order, number, f"{now:%Y%m%d}0003000299{self.context.source.randrange(10**8):08d}", amount, now,
            now + timedelta(seconds=self.context.scenarios.refund_seconds),
        )  # fmt: skip
        self.orders.add_refund(made, now)
        return {
            "respcd": self._refund_code(made), "resperr": "", "respmsg": "", "syssn": made.ref,
            "orig_syssn": order.ref, "out_trade_no": number, "txamt": str(amount), "txcurrcd": order.currency,
            "txdtm": fields["txdtm"], "sysdtm": local(now, FORM, HONG_KONG), "chnlsn": "", "cardcd": "",
        }  # fmt: skip

    def _check_number(self, number: str) -> None:
        self.orders.count_request(f"{self.name} refund", number)
        if self.orders.find_refund(self.name, number):
            raise Refused("1102", "重複請求")
        if self.orders.find(self.name, number):
            raise Refused("2011", "訂單號重複")

    def _check_refund(self, order: SimOrder, amount: int) -> None:
        if order.status is OrderStatus.REFUNDED or (
            order.status is OrderStatus.PAID and not self.orders.refundable(order)
        ):
            raise Refused("1262", "該訂單已退款")
        if order.status is not OrderStatus.PAID:
            raise Refused("1261" if order.status is OrderStatus.UNPAID else "1264", "該訂單未支付")
        if amount > self.orders.refundable(order):
            raise Refused("1272", "退款金額超過可退款金額")
        clock = local(self.context.now(), "%H:%M", HONG_KONG)
        if self.context.scenarios.refund_window and (clock >= "23:30" or clock < "00:30"):
            raise Refused("1265", "23:30-00:30 不支援退款")

    @staticmethod
    def _refund_code(made: SimRefund) -> str:
        return "0000" if made.status is RefundStatus.DONE else "1145"

    def _cancelled(self, order: SimOrder, fields: dict[str, str]) -> Reply:
        now = local(self.context.now(), FORM, HONG_KONG)
        return {
            "respcd": "0000", "resperr": "", "respmsg": "", "orig_syssn": order.ref, "syssn": f"{order.ref[:-2]}99",
            "out_trade_no": fields.get("out_trade_no", ""), "txamt": str(order.amount), "txcurrcd": order.currency,
            "txdtm": fields.get("txdtm", ""), "sysdtm": now, "chnlsn": "",
        }  # fmt: skip

    def _item(self, order: SimOrder) -> dict[str, Any]:
        paid, refunded = order.status in (OrderStatus.PAID, OrderStatus.REFUNDED), self.orders.refunded(order)
        undone = "1" if order.method in SCANNED else "2"
        cancel = undone if order.status is OrderStatus.VOIDED else "0"
        if refunded:
            cancel = "3" if refunded == order.paid else "5"
        amount = order.paid if paid else order.amount
        respcd = order.facts.get("respcd", STATUS[order.status]) if not paid else STATUS[order.status]
        return {
            "syssn": order.ref, "out_trade_no": order.number, "txamt": str(amount), "txcurrcd": order.currency,
            "pay_type": order.method, "order_type": "payment", "respcd": respcd, "errmsg": "",
            "cancel": cancel, "txdtm": order.facts["txdtm"], "sysdtm": local(order.created_at, FORM, HONG_KONG),
            "paydtm": local(order.paid_at, FORM, HONG_KONG), "chnlsn": "", "cardcd": "", "goods_name": "",
        }  # fmt: skip

    def _refund_item(self, made: SimRefund) -> dict[str, Any]:
        order, at = made.order, local(made.asked_at, FORM, HONG_KONG)
        return {
            "syssn": made.ref, "out_trade_no": made.number, "txamt": str(made.amount), "txcurrcd": order.currency,
            "pay_type": order.method, "order_type": "refund", "respcd": self._refund_code(made), "errmsg": "",
            "cancel": "0", "origssn": order.ref, "txdtm": at, "sysdtm": at, "paydtm": at, "chnlsn": "",
            "cardcd": "", "goods_name": "",
        }  # fmt: skip

    def _one(self, fields: dict[str, str]) -> SimOrder:
        number, ref = fields.get("out_trade_no", ""), fields.get("syssn", "")
        found = self.orders.find(self.name, number) if number else self.orders.by_ref(self.name, ref)
        if found is None:
            raise Refused("1268", "no such order")
        return found

    async def _signed(self, request: Request) -> dict[str, str]:
        fields = await form_of(request)
        if request.headers.get("x-qf-appcode") != self.credentials["app_code"]:
            raise Refused("1106", "app_code")
        kind = request.headers.get("x-qf-signtype", "MD5").upper()
        expected = qfpay_sign(fields, self.credentials["client_key"], sha256=kind == "SHA256")
        if request.headers.get("x-qf-sign", "").upper() != expected:
            raise Refused("1108", "sign")
        if fields.get("mchid", self.credentials["mchid"]) != self.credentials["mchid"]:
            raise Refused("1107", "mchid")
        return fields

    def _time(self, text: str) -> None:
        try:
            datetime.strptime(text, FORM).replace(tzinfo=HONG_KONG)
        except ValueError as error:
            raise Refused("1103", "txdtm") from error
