"""QFPay: /trade/v1/payment, query, reversal, close and refund."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pos.simulator.book import CannotBe, Fate, SimOrder
from pos.simulator.crypto import qfpay_body_sign, qfpay_sign
from pos.simulator.scenarios import LINKS, Fault
from pos.simulator.world import HONG_KONG, Dialect, Letter, Refused, Reply, form_of, local, rule

LINKED = ("801101", "801107", "801512", "801514")  # answer with pay_url
CODED = ("800101", "801501", "800201")  # answer with qrcode
REVERSIBLE = CODED
CURRENCIES = ("AED", "CNY", "EUR", "HKD", "IDR", "JPY", "MMK", "MYR", "SGD", "THB", "USD", "CAD", "AUD")
STATUS = {
    Fate.UNPAID: "1143",
    Fate.PAID: "0000",
    Fate.REFUNDED: "0000",
    Fate.EXPIRED: "1181",
    Fate.VOIDED: "1142",
    Fate.FAILED: "1205",
}
FORM = "%Y-%m-%d %H:%M:%S"


class QfpayDialect(Dialect):
    """The documents mask their keys: this merchant is ours."""

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

    def twisted(self, reply: Reply, fault: Fault) -> Reply:
        if fault in LINKS:
            return {name: LINKS[fault] if name in ("pay_url", "qrcode") else value for name, value in reply.items()}
        if fault is Fault.NUMBER_EXISTS:
            return {"respcd": "2011", "resperr": "訂單號重複", "respmsg": ""}
        if reply.get("data"):
            return {**reply, "data": [self._twisted_order(order, fault) for order in reply["data"]]}
        return self._twisted_order(reply, fault)

    def _twisted_order(self, order: Reply, fault: Fault) -> Reply:
        changes: dict[Fault, Reply] = {
            Fault.OTHER_ORDER: {"out_trade_no": "SOMEBODYELSE"},
            Fault.OTHER_AMOUNT: {"txamt": str(int(order.get("txamt", 0)) + 1)},
            Fault.OTHER_CURRENCY: {"txcurrcd": "THB"},
            Fault.OTHER_MERCHANT: {"mchid": "somebody"},
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
            body = json.dumps({**reply, "mchid": "somebody"}).encode()
            sign = qfpay_body_sign(body, self.credentials["client_key"])
        return Response(body, 200, {"X-QF-SIGN": sign}, "application/json")

    def letter(self, order: SimOrder) -> Letter | None:
        """On success only, repeated after 2, 10, 10, 60 minutes, 2, 6 and 15 hours."""
        url = order.facts.get("notify_url") or self.notify_url
        if not url or order.fate is not Fate.PAID:
            return None
        facts = self._item(order) | {"status": "1", "notify_type": "payment", "mchid": self.credentials["mchid"]}
        body = json.dumps(facts).encode()
        headers = {
            "Content-Type": "application/json",
            "X-QF-SIGN": qfpay_body_sign(body, self.credentials["client_key"]),
        }
        return Letter(url, headers, body, "SUCCESS", (120.0, 600.0, 600.0, 3600.0, 7200.0, 21600.0, 54000.0))

    async def _payment(self, request: Request) -> Reply:
        fields = await self._signed(request)
        pay_type = rule("1104", "pay_type", fields.get("pay_type", ""), "|".join((*LINKED, *CODED)))
        amount = int(rule("1104", "txamt", fields.get("txamt", ""), "[1-9][0-9]{0,10}"))
        currency = rule("1104", "txcurrcd", fields.get("txcurrcd", ""), "|".join(CURRENCIES))
        number = rule("1104", "out_trade_no", fields.get("out_trade_no", ""), "[!-~]{1,128}")
        if pay_type == "801101" and currency == "HKD" and amount <= 100:
            raise Refused("1104", "txamt must be more than 1 HKD")
        self._check_options(fields, pay_type)
        if self.book.tried(self.name, number) > 1 and self.book.find(self.name, number):
            raise Refused("2011", "訂單號重複")
        now = self.world.now()
        minutes = int(fields.get("expired_time", "30"))
        facts = {"txdtm": fields["txdtm"], "notify_url": fields.get("notify_url", "")}
        order = SimOrder(
            self.name, number, f"{now:%Y%m%d}0003000200{self.world.source.randrange(10**8):08d}", amount, currency,
            pay_type, now, now + timedelta(minutes=minutes), facts=facts,
        )  # fmt: skip
        self.world.place(order)
        return self._created(order, fields)

    def _check_options(self, fields: dict[str, str], pay_type: str) -> None:
        self._time(fields.get("txdtm", ""))
        rule("1104", "goods_name", fields.get("goods_name", ""), ".{0,20}")
        rule("1104", "udid", fields.get("udid", ""), ".{0,40}")
        limit = 200 if pay_type in ("801107", "801512") else 512
        rule("1104", "return_url", fields.get("return_url", ""), f".{{0,{limit}}}")
        if "expired_time" in fields:
            if self.strict and pay_type != "800201":
                raise Refused("1104", "expired_time is for 800201 only")
            rule("1104", "expired_time", fields["expired_time"], "[5-9]|[1-9][0-9]|1[01][0-9]|120")

    def _created(self, order: SimOrder, fields: dict[str, str]) -> Reply:
        now = local(self.world.now(), FORM, HONG_KONG)
        phone = f"{self.world.base_url}/phone/order/qfpay/{order.number}"
        link = {"pay_url": phone} if order.method in LINKED else {"qrcode": phone}
        return {
            "sysdtm": now, "paydtm": now, "txcurrcd": order.currency, "respmsg": "", "pay_type": order.method,
            "cardcd": "", "udid": fields.get("udid", "qiantai2"), "txdtm": fields["txdtm"],
            "txamt": str(order.amount), "resperr": "success", "out_trade_no": order.number, "syssn": order.ref,
            "respcd": "0000", "chnlsn": "", **link,
        }  # fmt: skip

    async def _query(self, request: Request) -> Reply:
        """The outer code is about the call; an order that is not there is an empty list."""
        fields = await self._signed(request)
        page = int(rule("1104", "page", fields.get("page", "1"), "[1-9][0-9]{0,4}"))
        size = int(rule("1104", "page_size", fields.get("page_size", "10"), "[1-9][0-9]?|100"))
        found = [self._item(order) for order in self._asked_for(fields)]
        cut = found[(page - 1) * size : page * size]
        return {"respcd": "0000", "resperr": "", "respmsg": "", "page": page, "page_size": size, "data": cut}

    def _asked_for(self, fields: dict[str, str]) -> list[SimOrder]:
        ours = [order for order in self.book.orders() if order.gateway == self.name]
        if numbers := fields.get("out_trade_no"):
            return [order for order in ours if order.number in numbers.split(",")]
        if refs := fields.get("syssn"):
            return [order for order in ours if order.ref in refs.split(",")]
        return ours

    async def _reversal(self, request: Request) -> Reply:
        """Undo what is not paid; a paid order is refused (newer documents)."""
        fields = await self._signed(request)
        order = self._one(fields)
        if fields.get("txamt") != str(order.amount):
            raise Refused("1266", "txamt differs")
        codes = request.url.path.endswith("reversal")
        if self.strict and codes != (order.method in REVERSIBLE):
            raise Refused("1136", "not for this pay_type")
        try:
            order.end(Fate.VOIDED, self.world.now())
        except CannotBe as error:
            raise Refused("1260", "paid already") from error
        return self._undone(order, fields)

    async def _refund(self, request: Request) -> Reply:
        fields = await self._signed(request)
        rule("1104", "out_trade_no", fields.get("out_trade_no", ""), "[!-~]{1,128}")
        order = self.book.by_ref(self.name, fields.get("syssn", ""))
        if order is None:
            raise Refused("1268", "no such order")
        amount = int(rule("1104", "txamt", fields.get("txamt", ""), "[1-9][0-9]{0,10}"))
        given = int(order.facts.get("refunded", "0"))
        if order.fate is not Fate.PAID or given + amount > order.paid:
            raise Refused("1272", "more than what is left")
        order.facts["refunded"] = str(given + amount)
        return self._undone(order, fields) | {"txamt": str(amount)}

    def _undone(self, order: SimOrder, fields: dict[str, str]) -> Reply:
        now = local(self.world.now(), FORM, HONG_KONG)
        return {
            "respcd": "0000", "resperr": "", "respmsg": "", "orig_syssn": order.ref, "syssn": f"{order.ref[:-2]}99",
            "out_trade_no": fields.get("out_trade_no", ""), "txamt": str(order.amount), "txcurrcd": order.currency,
            "txdtm": fields.get("txdtm", ""), "sysdtm": now, "chnlsn": "",
        }  # fmt: skip

    def _item(self, order: SimOrder) -> dict[str, Any]:
        paid, refunded = order.fate is Fate.PAID, int(order.facts.get("refunded", "0"))
        cancel = "2" if order.fate is Fate.VOIDED else "0"
        if refunded:
            cancel = "3" if refunded == order.paid else "5"
        amount = order.paid if paid else order.amount
        return {
            "syssn": order.ref, "out_trade_no": order.number, "txamt": str(amount), "txcurrcd": order.currency,
            "pay_type": order.method, "order_type": "payment", "respcd": STATUS[order.fate], "errmsg": "",
            "cancel": cancel, "txdtm": order.facts["txdtm"], "sysdtm": local(order.created_at, FORM, HONG_KONG),
            "paydtm": local(order.paid_at, FORM, HONG_KONG), "chnlsn": "", "cardcd": "", "goods_name": "",
        }  # fmt: skip

    def _one(self, fields: dict[str, str]) -> SimOrder:
        found = self._asked_for(fields) if fields.get("out_trade_no") or fields.get("syssn") else []
        if not found:
            raise Refused("1268", "no such order")
        return found[0]

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
