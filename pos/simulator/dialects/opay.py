"""O'Pay: WxAPI (微信公眾號支付 V1.0.3) and the checkout of periodic cards (信用卡定期定額)."""

from __future__ import annotations

import html
import json
import re
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import unquote, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from pos.simulator.book import Fate, SimOrder
from pos.simulator.crypto import Unreadable, opay_mac, opay_open, opay_seal
from pos.simulator.scenarios import Fault
from pos.simulator.world import TAIPEI, Dialect, Letter, Refused, Reply, compact, form_of, local, rule

STATUS = {Fate.UNPAID: "0", Fate.PAID: "1", Fate.REFUNDED: "1"}
EXPIRED = "v342"
PERIODS = {"D": (365, 999), "M": (12, 99), "Y": (1, 9)}  # PeriodType: at most Frequency, at most ExecTimes


class OpayDialect(Dialect):
    """Test merchant and platform of section 2."""

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
            self.route("/Cashier/AioCheckOut/V4", "charge", self._checkout),
        ]

    def refusal(self, refused: Refused, request: Request) -> Reply:
        code = int(refused.code) if refused.code.isdigit() else 99
        return {"RtnCode": code, "RtnMsg": str(refused), "MerchantID": self.credentials["merchant_id"]}

    def twisted(self, reply: Reply, fault: Fault) -> Reply:
        data = dict(reply.get("Data") or {})
        changes: dict[Fault, dict[str, Any]] = {
            Fault.OTHER_ORDER: {"MerchantTradeNo": "SOMEBODYELSE"},
            Fault.OTHER_AMOUNT: {"TradeAmt": int(data.get("TradeAmt", 0)) + 1},
            Fault.UNLISTED_CODE: {"TradeStatus": "7777"},
            Fault.WRONG_TYPE: {"TradeAmt": ["1"], "TradeStatus": {}},
        }
        if fault is Fault.OTHER_MERCHANT:
            return {**reply, "MerchantID": "9999999"}
        return {**reply, "Data": data | changes.get(fault, {})}

    def respond(self, reply: Reply, fault: Fault | None) -> Response:
        reply = dict(reply)
        stamp = {"Timestamp": int(self.world.now().timestamp()), "RqID": self._guid(), "Revision": "1"}
        data = reply.pop("Data", None)
        if data is not None:
            sealed = opay_seal(compact(data), self.credentials["hash_key"], self.credentials["hash_iv"])
            reply["Data"] = sealed[::-1] if fault is Fault.BAD_SIGNATURE else sealed
        return JSONResponse({**stamp, **reply})

    def letter(self, order: SimOrder) -> Letter | None:
        """Section 5, 付款結果通知."""
        if not order.facts.get("ReturnURL"):
            return None
        envelope = json.loads(bytes(self.respond(self._result(order), None).body))
        body = urlencode({name: str(value) for name, value in envelope.items()}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return Letter(order.facts["ReturnURL"], headers, body, "1|OK", (300.0,) * 4)

    # -- WxAPI ------------------------------------------------------------------------------------------------

    async def _create(self, request: Request) -> Reply | Response:
        """Section 4: the answer is the page that starts WeChat, which the document does not describe."""
        data = self._opened(await form_of(request))
        number = self._order_number(data)
        self.book.tried(self.name, number)
        name = self._item_name(data)
        amount = int(rule("99", "Amount", str(data.get("Amount", "")), "[1-9][0-9]{0,9}"))
        if amount < 6:
            raise Refused("99", "Amount is below NTD 6")
        self._date(str(data.get("MerchantTradeDate", "")), "%Y-%m-%d %H:%M:%S")
        url = rule("99", "ReturnURL", str(data.get("ReturnURL", "")), r"https?://[^\s]{1,192}")
        if existing := self.book.find(self.name, number):
            if existing.amount != amount or (self.strict and existing.fate is not Fate.UNPAID):
                raise Refused("99", "MerchantTradeNo exists")
            return self._pay_page(existing)
        now = self.world.now()
        order = SimOrder(
            self.name, number, f"{now:%y%m%d}{self.world.source.getrandbits(32):010d}", amount, "TWD", "wechat", now,
            now + timedelta(minutes=30), facts={"ReturnURL": url, "ItemName": name},
        )  # fmt: skip
        self.world.place(order)
        return self._pay_page(order)

    async def _query(self, request: Request) -> Reply:
        """Section 6: found, 0 for no data, 99 for other errors."""
        data = self._opened(await form_of(request))
        order = self.book.find(self.name, self._order_number(data))
        if order is None:
            raise Refused("0", "查無資料")
        status = STATUS.get(order.fate, EXPIRED)
        facts = {
            "MerchantID": self.credentials["merchant_id"],
            "MerchantTradeNo": order.number,
            "TradeNo": order.ref,
            "TradeAmt": order.paid if order.fate is Fate.PAID else order.amount,
            "PaymentDate": local(order.paid_at, "%Y/%m/%d %H:%M:%S"),
            "HandlingCharge": f"{order.paid * 2 // 100}.00" if order.paid else "0",
            "TradeDate": local(order.created_at, "%Y/%m/%d %H:%M:%S"),
            "TradeStatus": status,
            "ItemName": order.facts["ItemName"],
            "AllocateStatus": "0",
        }
        return {"MerchantID": self.credentials["merchant_id"], "RtnCode": 1, "RtnMsg": "查詢成功", "Data": facts}

    def _result(self, order: SimOrder) -> Reply:
        paid = order.fate is Fate.PAID
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
        return {"MerchantID": self.credentials["merchant_id"], "RtnCode": 1, "RtnMsg": "成功", "Data": data}

    def _opened(self, envelope: dict[str, str]) -> dict[str, Any]:
        """The envelope of sections 4 and 6; a platform's call is sealed with the platform's pair (2, item 10)."""
        platform = envelope.get("PlatformID", "")
        prefix = "platform_" if platform else ""
        if envelope.get("MerchantID") != self.credentials["merchant_id"]:
            raise Refused("99", "MerchantID is not known")
        if platform and platform != self.credentials["platform_id"]:
            raise Refused("99", "PlatformID is not known")
        self._fresh(envelope)
        revision = envelope.get("Revision") or envelope.get("Revison", "")  # the sample's spelling
        rule("99", "Revision", revision, r"1(\.[0-9]+)*")
        try:
            pair = self.credentials[f"{prefix}hash_key"], self.credentials[f"{prefix}hash_iv"]
            data = json.loads(opay_open(envelope.get("Data", ""), *pair))
        except (Unreadable, ValueError) as error:
            raise Refused("99", "Data cannot be decrypted") from error
        if not isinstance(data, dict) or data.get("MerchantID") != self.credentials["merchant_id"]:
            raise Refused("99", "MerchantID in Data differs")
        return data

    def _fresh(self, envelope: dict[str, str]) -> None:
        stamp = int(rule("99", "Timestamp", envelope.get("Timestamp", ""), "[0-9]{10}"))
        if abs(stamp - self.world.now().timestamp()) > 600:
            raise Refused("99", "Timestamp is more than 10 minutes off")
        rqid = rule("99", "RqID", envelope.get("RqID", ""), "[A-Za-z0-9-]{1,64}")
        if self.strict and self.book.tried("opay RqID", rqid) > 1:
            raise Refused("99", "RqID was used before")

    def _order_number(self, data: dict[str, Any]) -> str:
        return rule("99", "MerchantTradeNo", str(data.get("MerchantTradeNo", "")), "[A-Za-z0-9]{1,64}")

    def _item_name(self, data: dict[str, Any]) -> str:
        name = str(data.get("ItemName", ""))
        if re.fullmatch("(%[0-9A-Fa-f]{2}|[A-Za-z0-9._-])+", name) and "%" in name:
            name = unquote(name)  # the older sample encodes it once more
        if not name or "<" in name or ">" in name:
            raise Refused("99", "ItemName is not valid")
        if self.strict and len(name) > 40:
            raise Refused("99", "ItemName is longer than 40 characters")
        return name[:40]

    def _date(self, text: str, form: str) -> None:
        try:
            datetime.strptime(text, form).replace(tzinfo=TAIPEI)
        except ValueError as error:
            raise Refused("99", "MerchantTradeDate is not valid") from error

    def _guid(self) -> str:
        return f"{self.world.source.getrandbits(128):032X}"

    def _pay_page(self, order: SimOrder) -> HTMLResponse:
        phone = f"{self.world.base_url}/phone/order/opay/{order.number}"
        return HTMLResponse(
            "<!doctype html><meta charset=utf-8><meta name=viewport content='width=device-width'>"
            f"<meta http-equiv=refresh content='0;url={html.escape(phone)}'>"
            f"<p>O'Pay → <a href='{html.escape(phone)}'>WeChat Pay</a></p>"
        )

    # -- periodic cards ---------------------------------------------------------------------------------------

    async def _checkout(self, request: Request) -> Reply | Response:
        fields = await form_of(request)
        self._check_mac(fields)
        required = {
            "MerchantID": self.credentials["merchant_id"],
            "MerchantTradeNo": "[A-Za-z0-9]{1,20}",
            "PaymentType": "aio",
            "TotalAmount": "[1-9][0-9]{0,7}",
            "TradeDesc": ".{1,200}",
            "ItemName": ".{1,200}",
            "ReturnURL": r"https?://\S{1,192}",
            "ChoosePayment": "Credit",
            "PeriodType": "[DMY]",
            "Frequency": "[1-9][0-9]{0,2}",
            "ExecTimes": "[1-9][0-9]{0,2}",
        }
        for name, pattern in required.items():
            rule("10200073", name, fields.get(name, ""), pattern)
        self._date(fields.get("MerchantTradeDate", ""), "%Y/%m/%d %H:%M:%S")
        most, times = PERIODS[fields["PeriodType"]]
        if int(fields["Frequency"]) > most or not 2 <= int(fields["ExecTimes"]) <= times:
            raise Refused("10200073", "Frequency or ExecTimes is out of range")
        if fields.get("PeriodAmount") != fields["TotalAmount"]:
            raise Refused("10200073", "PeriodAmount differs from TotalAmount")
        if self.book.tried(self.name, fields["MerchantTradeNo"]) > 1:
            raise Refused("10200047", "MerchantTradeNo exists")
        now = self.world.now()
        order = SimOrder(
            self.name, fields["MerchantTradeNo"], f"{now:%y%m%d}{self.world.source.getrandbits(32):010d}",
            int(fields["TotalAmount"]), "TWD", "card_periodic", now, now + timedelta(hours=72),
            facts={"ItemName": fields["ItemName"]},
        )  # fmt: skip
        self.world.place(order)
        return self._pay_page(order)

    def _check_mac(self, fields: dict[str, str]) -> None:
        sha256 = fields.get("EncryptType") == "1"
        expected = opay_mac(fields, self.credentials["hash_key"], self.credentials["hash_iv"], sha256=sha256)
        if fields.get("CheckMacValue", "").upper() != expected:
            raise Refused("10200073", "CheckMacValue Error")
