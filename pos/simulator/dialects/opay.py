"""O'Pay: WxAPI (微信公眾號支付 V1.0.3).

By default it accepts ``Data`` in every form of the document and of the gateway's SDK, and answers like a recorded reply
of the test environment. ``Scenarios.opay_dialect`` restricts it to one form, ``opay_reply`` changes the form of the
answers. It accepts both spellings of the platform's HashIV: the document has ``B0lzARl9ZSdhW9jg`` (a small L), the SDK
``B0lzARI9ZSdhW9jg`` (a capital i).
"""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import unquote, unquote_plus

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from pos.simulator.base import TAIPEI, Dialect, Notification, Refused, Reply, compact, form_of, local, rule
from pos.simulator.crypto import Unreadable, dotnet_encode, opay_seal, opay_seal_bare, opay_text
from pos.simulator.dialects import opay_days
from pos.simulator.orders import OrderStatus, SimOrder
from pos.simulator.scenarios import ANY_DIALECT, Fault

FORM = "application/x-www-form-urlencoded"
STATUS = {OrderStatus.UNPAID: "0", OrderStatus.PAID: "1", OrderStatus.REFUNDED: "1"}
EXPIRED = "v342"
PLATFORM_IVS = ("B0lzARl9ZSdhW9jg", "B0lzARI9ZSdhW9jg")  # in the document, in the SDK


Pair = tuple[str, str]
"""HashKey and HashIV."""


@dataclass(frozen=True)
class Call:
    """A decrypted call: ``data``, the platform (or "") and the ``pair`` of keys."""

    data: dict[str, Any]
    platform: str
    pair: Pair


class OpayDialect(Dialect):
    """O'Pay with the test merchant and platform of section 2."""

    name = "opay"
    CREDENTIALS: ClassVar[dict[str, str]] = {
        "merchant_id": "2000132",
        "hash_key": "5294y06JbISpM5x9",
        "hash_iv": "v77hoKGq4kWxNNIS",
        "platform_id": "2012441",
        "platform_hash_key": "bkuAEQufy2bpEng1",
        "platform_hash_iv": "B0lzARl9ZSdhW9jg",
    }

    def routes(self) -> list[Route]:
        return [
            self.route("/WxAPI/Create", "charge", self._create),
            self.route("/WxAPI/QueryTradeInfo", "query", self._query),
            self.route(opay_days.PATH, "list", self._day_list),
        ]

    def refusal(self, refused: Refused, request: Request) -> Reply:
        code = int(refused.code) if refused.code.isdigit() else 99
        return {"RtnCode": code, "RtnMsg": str(refused), "MerchantID": self.credentials["merchant_id"]}

    def corrupted(self, reply: Reply, fault: Fault) -> Reply:
        data = dict(reply.get("Data") or {})
        changes: dict[Fault, dict[str, Any]] = {
            Fault.OTHER_ORDER: {"MerchantTradeNo": "ANOTHERORDER"},
            Fault.OTHER_AMOUNT: {"TradeAmt": int(data.get("TradeAmt", 0)) + 1},
            Fault.UNLISTED_CODE: {"TradeStatus": "7777"},
            Fault.WRONG_TYPE: {"TradeAmt": ["1"], "TradeStatus": {}},
        }
        if fault is Fault.OTHER_MERCHANT:
            return {**reply, "MerchantID": "9999999"}
        if "Data" not in reply:  # a refusal, which is not encrypted
            return reply
        return {**reply, "Data": data | changes.get(fault, {})}

    def respond(self, reply: Reply, fault: Fault | None) -> Response:
        envelope = self._envelope(reply, fault)
        if self.context.scenarios.opay_reply == "json":
            return JSONResponse(envelope)
        return Response(self._form_string(envelope), media_type=FORM)

    def notification(self, order: SimOrder) -> Notification | None:
        """Return the notification of section 5 (付款結果通知)."""
        if not order.facts.get("ReturnURL"):
            return None
        body = self._form_string(self._envelope(self._result(order), None)).encode()
        return Notification(order.facts["ReturnURL"], {"Content-Type": FORM}, body, "1|OK", (300.0,) * 4)

    def _envelope(self, reply: Reply, fault: Fault | None) -> dict[str, Any]:
        """Return the reply with its ``Data`` encrypted with the keys of the call."""
        outside = {name: value for name, value in reply.items() if name not in ("Data", "pair")}
        stamp = {"Timestamp": int(self.context.now().timestamp()), "RqID": self._guid(), "Revision": "1"}
        if "Data" not in reply:
            return {**outside, **stamp}
        seal = opay_seal if self._encodes_answers else opay_seal_bare
        sealed = seal(compact(reply["Data"]), *reply["pair"])
        return {**outside, **stamp, "Data": sealed[::-1] if fault is Fault.BAD_SIGNATURE else sealed}

    def _form_string(self, envelope: dict[str, Any]) -> str:
        bare = ("Data",) if self.context.scenarios.opay_reply == "raw" else ()
        texts = {name: "" if value is None else str(value) for name, value in envelope.items()}
        return "&".join(f"{name}={text if name in bare else dotnet_encode(text)}" for name, text in texts.items())

    # -- WxAPI ------------------------------------------------------------------------------------------------

    async def _create(self, request: Request) -> Reply | Response:
        """Place an order (section 4); the document does not describe the page that starts WeChat."""
        call = self._decrypted_call(await form_of(request))
        data = call.data
        number = self._order_number(data)
        self.orders.count_request(self.name, number)
        name = self._item_name(data)
        amount = int(rule("99", "Amount", str(data.get("Amount", "")), "[1-9][0-9]{0,9}"))
        if amount < 6:
            raise Refused("99", "Amount is below NTD 6")
        self._date(str(data.get("MerchantTradeDate", "")), "%Y-%m-%d %H:%M:%S")
        url = rule("99", "ReturnURL", str(data.get("ReturnURL", "")), r"https?://[^\s]{1,192}")
        back = rule("99", "ClientBackURL", str(data.get("ClientBackURL") or ""), r"(https?://[^\s]{1,192})?")
        if existing := self.orders.find(self.name, number):
            if existing.amount != amount or (self.strict and existing.status is not OrderStatus.UNPAID):
                raise Refused("99", "MerchantTradeNo exists")
            return self._pay_page(existing)
        now = self.context.now()
        order = SimOrder(
            self.name, number, f"{now:%y%m%d}{self.context.source.getrandbits(32):010d}", amount, "TWD", "wechat", now,
            now + timedelta(minutes=30),
            facts={
                "ReturnURL": url, "ClientBackURL": back, "ItemName": name, "platform": call.platform,
                "hash_key": call.pair[0], "hash_iv": call.pair[1],
            },
        )  # fmt: skip
        self.context.place(order)
        return self._pay_page(order)

    async def _query(self, request: Request) -> Reply:
        """Query an order (section 6): 1 found, 0 no data, 99 other errors. ``RtnCode`` and ``Amount`` inside are 0."""
        call = self._decrypted_call(await form_of(request))
        order = self.orders.find(self.name, self._order_number(call.data))
        if order is None:
            raise Refused("0", "查無資料")
        status = STATUS.get(order.status, EXPIRED)
        name = order.facts["ItemName"]
        facts = {
            "RtnCode": 0,
            "RtnMsg": None,
            "MerchantID": self.credentials["merchant_id"],
            "MerchantTradeNo": order.number,
            "TradeNo": order.ref,
            "Amount": 0,
            "TradeAmt": order.paid if order.status is OrderStatus.PAID else order.amount,
            "PaymentDate": local(order.paid_at, "%Y/%m/%d %H:%M:%S"),
            "HandlingCharge": f"{order.paid * 2 // 100}.0000" if order.paid else "0",
            "TradeDate": local(order.created_at, "%Y/%m/%d %H:%M:%S"),
            "TradeStatus": status,
            "ItemName": name if self._encodes_answers else dotnet_encode(name),
            "AllocateStatus": "0",
        }
        return self._answer("查詢成功", facts, call.platform, call.pair)

    async def _day_list(self, request: Request) -> Response:
        orders = [one for one in self.orders.all() if one.gateway == self.name]
        return opay_days.day_list(orders[::-1], await form_of(request), self.credentials)

    def _result(self, order: SimOrder) -> Reply:
        paid = order.status is OrderStatus.PAID
        data: dict[str, object] = {
            "MerchantID": self.credentials["merchant_id"],
            "MerchantTradeNo": order.number,
            "RtnCode": 1 if paid else 10200095,
            "RtnMsg": "付款成功" if paid else "付款失敗",
        }
        if paid:
            data |= {
                "TradeNo": order.ref,
                "TradeAmt": order.paid,
                "PaymentDate": local(order.paid_at, "%Y/%m/%d %H:%M:%S"),
                "TradeDate": local(order.created_at, "%Y/%m/%d %H:%M:%S"),
            }
        pair = order.facts["hash_key"], order.facts["hash_iv"]
        return self._answer("成功", data, order.facts["platform"], pair)

    def _answer(self, message: str, data: dict[str, Any], platform: str, pair: Pair) -> Reply:
        """Return the reply of a successful call; ``pair`` is for :meth:`_envelope` and is not sent."""
        outside = {"MerchantID": self.credentials["merchant_id"], "PlatformID": platform}
        return {**outside, "RtnCode": 1, "RtnMsg": message, "Data": data, "pair": pair}

    def _decrypted_call(self, envelope: dict[str, str]) -> Call:
        """Decrypt the envelope of sections 4 and 6; a platform's call has the platform's keys (2, item 10)."""
        platform = envelope.get("PlatformID", "")
        if envelope.get("MerchantID") != self.credentials["merchant_id"]:
            raise Refused("99", "MerchantID is not known")
        if platform and platform != self.credentials["platform_id"]:
            raise Refused("99", "PlatformID is not known")
        self._check_freshness(envelope)
        revision = envelope.get("Revision") or envelope.get("Revison", "")  # as the sample spells it
        rule("99", "Revision", revision, r"1(\.[0-9]+)*")
        for pair in self._pairs(platform):
            data = self._data(envelope.get("Data", ""), pair)
            if data is not None and data.get("MerchantID") == self.credentials["merchant_id"]:
                return Call(data, platform, pair)
        raise Refused("99", "Data cannot be decrypted")

    def _pairs(self, platform: str) -> list[Pair]:
        if not platform:
            return [(self.credentials["hash_key"], self.credentials["hash_iv"])]
        ivs = dict.fromkeys((self.credentials["platform_hash_iv"], *PLATFORM_IVS))
        return [(self.credentials["platform_hash_key"], iv) for iv in ivs]

    def _data(self, data: str, pair: Pair) -> dict[str, Any] | None:
        """Return the fields of ``Data``; None if these keys or the accepted dialect do not decrypt it."""
        try:
            text = opay_text(data, *pair)
            percent = text.startswith(("%7B", "%7b"))
            fields = json.loads(unquote_plus(text) if percent else text)
        except (Unreadable, ValueError, RecursionError):
            return None
        looks_the_same = not re.search("[+/=]", unquote(data))  # encoded once or twice
        wire = looks_the_same or self._accepts("twice" if "%" in data else "once")
        fits = wire and self._accepts("percent" if percent else "json")
        return fields if fits and isinstance(fields, dict) else None

    def _accepts(self, part: str) -> bool:
        """Return whether the gateway accepts a dialect with this part in its name."""
        only = self.context.scenarios.opay_dialect
        return only == ANY_DIALECT or part in only.split("+")

    @property
    def _encodes_answers(self) -> bool:
        """Return whether the JSON of answers is percent-encoded; the recorded answer's is not."""
        return "percent" in self.context.scenarios.opay_dialect

    def _check_freshness(self, envelope: dict[str, str]) -> None:
        stamp = int(rule("99", "Timestamp", envelope.get("Timestamp", ""), "[0-9]{10}"))
        if abs(stamp - self.context.now().timestamp()) > 600:
            raise Refused("99", "Timestamp is more than 10 minutes off")
        rqid = rule("99", "RqID", envelope.get("RqID", ""), ".{1,64}")
        if self.strict and self.orders.count_request("opay RqID", rqid) > 1:
            raise Refused("99", "RqID was used before")

    def _order_number(self, data: dict[str, Any]) -> str:
        """Check an order number: letters and digits by the document; the SDK also uses underscores."""
        return rule("99", "MerchantTradeNo", str(data.get("MerchantTradeNo", "")), "[A-Za-z0-9_]{1,64}")

    def _item_name(self, data: dict[str, Any]) -> str:
        """Check ``ItemName``, plain or percent-encoded; section 4 cuts it off after 40 characters."""
        name = str(data.get("ItemName", ""))
        if "%" in name and re.fullmatch("(%[0-9A-Fa-f]{2}|[A-Za-z0-9+._!*()~-])+", name):
            name = unquote_plus(name)
        if not name or "<" in name or ">" in name:
            raise Refused("99", "ItemName is not valid")
        return name[:40]

    def _date(self, text: str, form: str) -> None:
        try:
            datetime.strptime(text, form).replace(tzinfo=TAIPEI)
        except ValueError as error:
            raise Refused("99", "MerchantTradeDate is not valid") from error

    def _guid(self) -> str:
        return f"{self.context.source.getrandbits(128):032X}"

    def _pay_page(self, order: SimOrder) -> HTMLResponse:
        phone = f"{self.context.base_url}/phone/order/opay/{order.number}"
        return HTMLResponse(
            "<!doctype html><meta charset=utf-8><meta name=viewport content='width=device-width'>"
            f"<meta http-equiv=refresh content='0;url={html.escape(phone)}'>"
            f"<p>O'Pay → <a href='{html.escape(phone)}'>WeChat Pay</a></p>"
        )
