"""O'Pay: periodic cards (信用卡定期定額): the checkout, and the public calls around it.

The contract runs on the gateway's clock. Each later authorisation that succeeds is an order of its own, with the number
of the contract and of the period, so that the totals contain it.
"""

from __future__ import annotations

import asyncio
import html
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from pos.simulator.base import TAIPEI, Dialect, Notification, Refused, Reply, SimulatorContext, form_of, local, rule
from pos.simulator.contracts import Authorisation, Contract
from pos.simulator.crypto import opay_mac
from pos.simulator.dialects import opay_days
from pos.simulator.dialects.opay_periodic_results import FAILED, TIME, first_result, later_result, log_row
from pos.simulator.orders import OrderStatus, SimOrder, SimRefund
from pos.simulator.scenarios import Fault

FORM = "application/x-www-form-urlencoded"
MAC_ERROR = "10200073"
NOT_FOUND = "10200047"
STATUS = {OrderStatus.UNPAID: "0", OrderStatus.PAID: "1", OrderStatus.REFUNDED: "1"}
PERIODS = {"D": (365, 999), "M": (12, 99), "Y": (1, 9)}  # PeriodType: at most Frequency, at most ExecTimes
VERSIONS = ("V2", "V4", "V5")
PLATFORM_IVS = ("B0lzARl9ZSdhW9jg", "B0lzARI9ZSdhW9jg")  # in the document, in the SDK
URL = r"https?://\S{1,192}"
LOOK = 3600.0
"""Seconds between two looks for what is due."""

REQUIRED = {
    "MerchantTradeNo": "[A-Za-z0-9]{4,20}",
    "PaymentType": "aio",
    "TotalAmount": "[1-9][0-9]{0,9}",
    "TradeDesc": "[^<>]{1,200}",
    "ItemName": "[^<>]{1,200}",
    "ReturnURL": URL,
    "ChoosePayment": "Credit",
    "PeriodType": "[DMY]",
    "Frequency": "[1-9][0-9]{0,2}",
    "ExecTimes": "[1-9][0-9]{0,2}",
}
OPTIONAL = {
    "StoreID": ".{0,20}", "PeriodReturnURL": f"({URL})?", "Language": "(ENG)?", "PaymentInfoURL": f"({URL})?",
    "ClientBackURL": f"({URL})?", "ItemURL": f"({URL})?", "OrderResultURL": f"({URL})?", "NeedExtraPaidInfo": "[YN]?",
    "DeviceSource": "[PM]?", "InvoiceMark": "[YN]?", "EncryptType": "[01]?",
}  # fmt: skip
INVOICE = (
    "RelateNumber", "TaxType", "Donation", "Print", "InvoiceItemName", "InvoiceItemCount", "InvoiceItemWord",
    "InvoiceItemPrice", "InvoiceItemTaxType", "InvType",
)  # fmt: skip

BUYER = (
    "InvoiceMark", "CustomerIdentifier", "CustomerName", "CarruerType", "CarruerNum", "Donation", "LoveCode", "Print",
)  # fmt: skip
CARRIERS = {"": "", "1": "", "2": "[A-Z]{2}[0-9]{14}", "3": r"/[0-9A-Z+.\-]{7}"}

Pair = tuple[str, str]


class OpayPeriodicDialect(Dialect):
    """O'Pay's AIO with the test merchant and platform of its document."""

    name = "opay_periodic"
    CREDENTIALS: ClassVar[dict[str, str]] = {
        "merchant_id": "2000132",
        "hash_key": "5294y06JbISpM5x9",
        "hash_iv": "v77hoKGq4kWxNNIS",
        "platform_id": "2012441",
        "platform_hash_key": "bkuAEQufy2bpEng1",
        "platform_hash_iv": "B0lzARl9ZSdhW9jg",
    }

    def __init__(self, context: SimulatorContext) -> None:
        super().__init__(context)
        self._followers: set[asyncio.Task[None]] = set()

    def routes(self) -> list[Route]:
        versions = [
            self.route(f"/Cashier/{call}/{version}", verb, handler)
            for version in VERSIONS
            for call, verb, handler in (
                ("AioCheckOut", "charge", self._checkout),
                ("QueryTradeInfo", "query", self._query),
            )
        ]
        return [
            *versions,
            self.route("/Cashier/QueryCreditCardPeriodInfo", "query_agreement", self._query_period),
            self.route("/Cashier/CreditCardPeriodAction", "stop", self._stop),
            self.route("/CreditDetail/DoAction", "refund", self._do_action),
            self.route(opay_days.PATH, "list", self._day_list),
        ]

    def refusal(self, refused: Refused, request: Request) -> Reply:
        return {"RtnCode": refused.code if refused.code.isdigit() else "0", "RtnMsg": str(refused)}

    def corrupted(self, reply: Reply, fault: Fault) -> Reply:
        changes: dict[Fault, dict[str, Any]] = {
            Fault.OTHER_ORDER: {"MerchantTradeNo": "ANOTHERORDER"},
            Fault.OTHER_MERCHANT: {"MerchantID": "9999999"},
            Fault.OTHER_AMOUNT: {name: int(reply[name]) + 1 for name in ("TradeAmt", "PeriodAmount") if name in reply},
            Fault.UNLISTED_CODE: {"TradeStatus": "7777"} if "TradeStatus" in reply else {"ExecStatus": "7"},
            Fault.WRONG_TYPE: {"TradeAmt": "?", "ExecLog": {}, "RtnCode": ""},
        }
        if fault in (Fault.UNLISTED_CODE, Fault.BAD_SIGNATURE) and not {"TradeNo", "ExecLog"} & reply.keys():
            code = {"RtnCode": "7777"} if fault is Fault.UNLISTED_CODE else {"RtnCode": MAC_ERROR}
            return {**reply, **code, "RtnMsg": "Error" if fault is Fault.UNLISTED_CODE else "CheckMacValue Error"}
        return {**reply, **{k: v for k, v in changes.get(fault, {}).items() if k in reply}}

    def respond(self, reply: Reply, fault: Fault | None) -> Response:
        """Return JSON for the query of periods, else a form string whose ``+`` and spaces are literal."""
        if "ExecLog" in reply:
            return JSONResponse(reply, media_type="text/html")
        pair, sha256 = reply.get("pair"), reply.get("sha256", True)
        texts = {name: str(value) for name, value in reply.items() if name not in ("pair", "sha256")}
        if pair is not None and "TradeStatus" in reply:
            mac = opay_mac(texts, *pair, sha256=bool(sha256))
            texts["CheckMacValue"] = mac[::-1] if fault is Fault.BAD_SIGNATURE else mac
        body = "&".join(f"{name}={quote(value, safe=' +/:|#')}" for name, value in texts.items())
        return PlainTextResponse(body, media_type="text/html")

    def notification(self, order: SimOrder) -> Notification | None:
        """Return the notification to ReturnURL, or of a later authorisation to PeriodReturnURL."""
        made: Authorisation | None = order.extra.get("authorisation")
        url = order.facts.get("ReturnURL" if made is None else "PeriodReturnURL", "")
        if not url:
            return None
        merchant = self.credentials["merchant_id"]
        fields = first_result(order, merchant) if made is None else later_result(order, made, merchant)
        pair = order.facts["hash_key"], order.facts["hash_iv"]
        fields["CheckMacValue"] = opay_mac(fields, *pair, sha256=order.facts["sha256"] == "1")
        return Notification(url, {"Content-Type": FORM}, urlencode(fields).encode(), "1|OK", (600.0,) * 4)

    # -- the checkout -----------------------------------------------------------------------------------------

    async def _checkout(self, request: Request) -> Reply | Response:
        fields = await form_of(request)
        pair = self._signed(fields, sha256=fields.get("EncryptType") == "1")
        for rules in (REQUIRED, OPTIONAL):
            for name, pattern in rules.items():
                rule("10200050", name, fields.get(name, ""), pattern)
        if fields.get("InvoiceMark") == "Y":
            _check_invoice(fields)
        now = self.context.now()
        self._moment(fields.get("MerchantTradeDate", ""), "MerchantTradeDate")
        expires = self._moment(fields["ExpireTime"], "ExpireTime") if fields.get("ExpireTime") else _in_three_days(now)
        if not now < expires <= _in_three_days(now) + timedelta(seconds=60):
            raise Refused("10200050", "ExpireTime is not within 72 hours")
        contract = _contract(fields)
        if self.orders.count_request(self.name, fields["MerchantTradeNo"]) > 1:
            raise Refused("10300028", "MerchantTradeNo exists")
        kept = ("ReturnURL", "PeriodReturnURL", "ClientBackURL", "ItemName", "StoreID")
        facts = {name: fields.get(name, "") for name in kept}
        facts |= {"hash_key": pair[0], "hash_iv": pair[1], "sha256": fields.get("EncryptType", "")}
        order = SimOrder(
            self.name, fields["MerchantTradeNo"], self._trade_no(), contract.amount, "TWD", "card_periodic", now,
            expires, facts=facts, extra={"contract": contract, "invoice": {n: fields.get(n, "") for n in BUYER}},
        )  # fmt: skip
        self.context.place(order)
        self._follow(order)
        return self._pay_page(order)

    def _pay_page(self, order: SimOrder) -> HTMLResponse:
        phone = html.escape(f"{self.context.base_url}/phone/order/{self.name}/{order.number}")
        return HTMLResponse(
            "<!doctype html><meta charset=utf-8><meta name=viewport content='width=device-width'>"
            f"<meta http-equiv=refresh content='0;url={phone}'><p>O'Pay → <a href='{phone}'>信用卡</a></p>"
        )

    # -- the run of a contract --------------------------------------------------------------------------------

    def _follow(self, order: SimOrder) -> None:
        task = asyncio.ensure_future(self._run(order))
        self._followers.add(task)
        task.add_done_callback(self._followers.discard)

    async def _run(self, order: SimOrder) -> None:
        contract: Contract = order.extra["contract"]
        while order.status in (OrderStatus.UNPAID, OrderStatus.PAID, OrderStatus.REFUNDED) and contract.status == "1":
            await self.context.clock.sleep(LOOK)
            self.orders.process_due(self.context.now())
            self.charge_due(order)

    def charge_due(self, order: SimOrder) -> None:
        """Make the authorisations of a contract that are due, and notify the shop of each."""
        contract: Contract = order.extra["contract"]
        if contract.start is None and order.paid_at is not None:
            contract.start = order.paid_at.astimezone(TAIPEI)
            contract.log.append(Authorisation(1, contract.start, "1", order.paid, self._gwsr(), order.ref))
        while (at := contract.next_at()) is not None and at <= self.context.now():
            self.context.on_paid(self._authorise(order, contract))

    def _authorise(self, order: SimOrder, contract: Contract) -> SimOrder:
        scenarios = self.context.scenarios
        fails = scenarios.card_failures > 0
        scenarios.card_failures -= int(fails)
        code, trade_no = ("10100248", "") if fails else ("1", self._trade_no())
        made = contract.execute(code, self._gwsr(), trade_no, retry=scenarios.card_retry)
        number = f"{order.number}-{len(contract.log)}"
        charge = SimOrder(
            self.name, number, made.trade_no, made.amount, "TWD", "card_periodic", made.at, made.at,
            facts=dict(order.facts), extra={"authorisation": made, "contract": contract, "first": order},
        )  # fmt: skip
        if made.succeeded:
            charge.pay(made.at)
        else:
            charge.end(OrderStatus.FAILED, made.at)
        self.orders.add(charge)
        return charge

    async def _day_list(self, request: Request) -> Response:
        orders = [one for one in self.orders.all() if one.gateway == self.name]
        return opay_days.day_list(orders[::-1], await form_of(request), self.credentials)

    # -- queries, refunds, the end ----------------------------------------------------------------------------

    async def _query(self, request: Request) -> Reply:
        fields = await form_of(request)
        pair = self._asked(fields)
        sha256 = len(fields["CheckMacValue"]) == 64
        order = self.orders.find(self.name, fields.get("MerchantTradeNo", ""))
        if order is None:
            empty = dict.fromkeys(("TradeNo", "TradeAmt", "PaymentDate", "PaymentType", "HandlingCharge"), "")
            found = {**empty, "MerchantTradeNo": fields.get("MerchantTradeNo", ""), "TradeStatus": NOT_FOUND}
            return {"MerchantID": fields["MerchantID"], **found, "pair": pair, "sha256": sha256}
        return {
            "MerchantID": fields["MerchantID"],
            "MerchantTradeNo": order.number,
            "StoreID": order.facts["StoreID"],
            "TradeNo": order.ref,
            "TradeAmt": order.paid if order.status is OrderStatus.PAID else order.amount,
            "PaymentDate": local(order.paid_at, TIME),
            "PaymentType": "Credit_CreditCard",
            "HandlingCharge": f"{order.paid * 2 // 100}" if order.paid else "0",
            "PaymentTypeChargeFee": "0",
            "TradeDate": local(order.created_at, TIME),
            "TradeStatus": STATUS.get(order.status, FAILED),
            "ItemName": order.facts["ItemName"],
            "pair": pair,
            "sha256": sha256,
        }

    async def _query_period(self, request: Request) -> Reply:
        fields = await form_of(request)
        self._asked(fields)
        order = self._contract_of(fields)
        contract: Contract = order.extra["contract"]
        first = contract.log[0] if contract.log else None
        return {
            "MerchantID": fields["MerchantID"],
            "MerchantTradeNo": order.number,
            "TradeNo": order.ref,
            "RtnCode": 1 if first else 0,
            "PeriodType": contract.kind,
            "Frequency": contract.frequency,
            "ExecTimes": contract.times,
            "PeriodAmount": contract.amount,
            "amount": first.amount if first else 0,
            "gwsr": int(first.gwsr) if first else 0,
            "process_date": local(first.at, TIME) if first else "",
            "auth_code": "777777" if first else "",
            "card4no": "2222",
            "card6no": "431195",
            "TotalSuccessTimes": len(contract.successes),
            "TotalSuccessAmount": sum(one.amount for one in contract.successes),
            "ExecLog": [log_row(one) for one in contract.log],
            "ExecStatus": contract.status,
        }

    async def _stop(self, request: Request) -> Reply | Response:
        """Stop a contract. Only the sister gateway has this call, so it is an extension that is off by default."""
        if not self.context.scenarios.stop_call:
            return PlainTextResponse("Not Found", 404)
        fields = await form_of(request)
        self._asked(fields)
        rule("10200050", "Action", fields.get("Action", ""), "Cancel")
        order = self._contract_of(fields)
        order.extra["contract"].stopped = True
        return {"MerchantID": fields["MerchantID"], "MerchantTradeNo": order.number, "RtnCode": "1", "RtnMsg": "OK"}

    async def _do_action(self, request: Request) -> Reply:
        """Give money of one charge back (Action R)."""
        fields = await form_of(request)
        self._signed(fields, sha256=len(fields.get("CheckMacValue", "")) == 64)
        order = self._contract_of(fields)
        rule("10200050", "Action", fields.get("Action", ""), "R")
        amount = int(rule("10200050", "TotalAmount", fields.get("TotalAmount", ""), "[1-9][0-9]{0,9}"))
        found = {name: fields.get(name, "") for name in ("MerchantID", "MerchantTradeNo", "TradeNo")}
        charge = self.orders.by_ref(self.name, found["TradeNo"])
        if charge is None or charge.extra.get("first", charge) is not order:
            return {**found, "RtnCode": "10100059", "RtnMsg": "TradeNo is not known"}
        if amount > self.orders.refundable(charge):
            return {**found, "RtnCode": "10100058", "RtnMsg": "TotalAmount is more than what is left"}
        now, number = self.context.now(), self._trade_no()
        self.orders.add_refund(SimRefund(charge, number, number, amount, now, now), now)
        return {**found, "RtnCode": "1", "RtnMsg": "OK"}

    # -- checks -----------------------------------------------------------------------------------------------

    def _asked(self, fields: Mapping[str, str]) -> Pair:
        """Check the signature and the time of a query, then run what is due."""
        pair = self._signed(fields, sha256=len(fields.get("CheckMacValue", "")) == 64)
        stamp = int(rule("10200050", "TimeStamp", fields.get("TimeStamp", ""), "[0-9]{10}"))
        if abs(stamp - self.context.now().timestamp()) > 180:
            raise Refused("10200050", "TimeStamp is more than 3 minutes off")
        for order in self.orders.all():
            if order.gateway == self.name and "first" not in order.extra:
                self.charge_due(order)
        return pair

    def _signed(self, fields: Mapping[str, str], *, sha256: bool) -> Pair:
        """Return the keys with which a call is signed; a platform's call has the platform's keys."""
        platform = fields.get("PlatformID", "")
        if fields.get("MerchantID") != self.credentials["merchant_id"]:
            raise Refused("0", "MerchantID Error")
        if platform and platform != self.credentials["platform_id"]:
            raise Refused("0", "PlatformID is not known; CheckMacValue Error")
        theirs = fields.get("CheckMacValue", "").upper()
        for pair in self._pairs(platform):
            if theirs == opay_mac(dict(fields), *pair, sha256=sha256):
                return pair
        raise Refused(MAC_ERROR, "CheckMacValue Error")

    def _pairs(self, platform: str) -> list[Pair]:
        if not platform:
            return [(self.credentials["hash_key"], self.credentials["hash_iv"])]
        ivs = dict.fromkeys((self.credentials["platform_hash_iv"], *PLATFORM_IVS))
        return [(self.credentials["platform_hash_key"], iv) for iv in ivs]

    def _contract_of(self, fields: Mapping[str, str]) -> SimOrder:
        order = self.orders.find(self.name, fields.get("MerchantTradeNo", ""))
        if order is None or "first" in order.extra:
            raise Refused(NOT_FOUND, "Can not find the trade data")
        return order

    def _moment(self, text: str, name: str) -> datetime:
        try:
            return datetime.strptime(text, TIME).replace(tzinfo=TAIPEI)
        except ValueError as error:
            raise Refused("10200050", f"{name} is not valid") from error

    def _trade_no(self) -> str:
        return f"{self.context.now():%y%m%d}{self.context.source.getrandbits(32):010d}"

    def _gwsr(self) -> str:
        return str(10_000_000 + self.context.source.getrandbits(26))


def _check_invoice(fields: dict[str, str]) -> None:
    """Check the fields that InvoiceMark needs (public SDK). Raises Refused."""
    for name in INVOICE:
        rule("10200050", name, fields.get(name, ""), ".+")
    if not (fields.get("CustomerPhone") or fields.get("CustomerEmail")):
        raise Refused("10200050", "CustomerPhone or CustomerEmail is missing")
    carrier, donated, printed = fields.get("CarruerType", ""), fields["Donation"] == "1", fields["Print"] == "1"
    if carrier not in CARRIERS:
        raise Refused("10200050", "CarruerType")
    rule("10200050", "CarruerNum", fields.get("CarruerNum", ""), CARRIERS[carrier])
    rule("10200050", "LoveCode", fields.get("LoveCode", ""), "[0-9]{3,7}" if donated else "")
    if donated and (printed or fields.get("CustomerIdentifier")):
        raise Refused("10200050", "Donation with Print or CustomerIdentifier")
    if printed and not (fields.get("CustomerName") and fields.get("CustomerAddr")):
        raise Refused("10200050", "Print needs CustomerName and CustomerAddr")


def _contract(fields: Mapping[str, str]) -> Contract:
    """Return the contract of an order. Raises Refused outside the limits of its type."""
    kind, amount = fields["PeriodType"], int(fields["TotalAmount"])
    frequency, times = int(fields["Frequency"]), int(fields["ExecTimes"])
    most, most_times = PERIODS[kind]
    if frequency > most or not 2 <= times <= most_times:
        raise Refused("10200050", "Frequency or ExecTimes is out of range")
    if fields.get("PeriodAmount") != fields["TotalAmount"]:
        raise Refused("10200050", "PeriodAmount differs from TotalAmount")
    return Contract(kind, frequency, times, amount)


def _in_three_days(now: datetime) -> datetime:
    return now + timedelta(hours=72)
