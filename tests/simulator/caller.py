"""Well-formed calls to the simulator for tests, built from the documents with the tested ciphers."""

from __future__ import annotations

import json
import random
from collections.abc import Coroutine
from typing import Any, TypeVar
from urllib.parse import parse_qsl, quote

import httpx

from pos.simulator.app import Simulator
from pos.simulator.base import compact, local
from pos.simulator.crypto import mypay_seal, opay_open, opay_seal, qfpay_sign, wanpay_sign
from pos.simulator.orders import SimOrder
from pos.simulator.transport import InProcess, NetworkFaults
from tests.support.virtual import VirtualDay

T = TypeVar("T")
HOST = "http://127.0.0.1:8000"
HOOK = "https://shop.example/notice"


class Caller:
    """A simulator on virtual time, and calls to it."""

    def __init__(self, *, strict: bool = True, day: VirtualDay | None = None, **parts: Any) -> None:
        self.day = day or VirtualDay()
        self.clock = self.day.clock
        self.simulator = Simulator(self.clock, random.Random(7), strict=strict, **parts)
        self.simulator.announcement(HOST)
        self.network = NetworkFaults(random.Random(11))
        self.transport = InProcess(self.simulator, self.network)
        self.client = httpx.AsyncClient(transport=self.transport, base_url=HOST, timeout=15.0)
        self.orders = self.simulator.orders
        self._serial = 0

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.day.run(work)

    def order(self, gateway: str, number: str) -> SimOrder:
        """Return an existing order. Raises AssertionError if there is none."""
        found = self.orders.find(gateway, number)
        assert found is not None
        return found

    def pay(self, gateway: str, number: str, amount: int | None = None) -> None:
        """Pay an order as the customer."""
        self.simulator.context.pay(self.order(gateway, number), amount)

    def now(self) -> int:
        return int(self.clock.now().timestamp())

    def serial(self) -> str:
        self._serial += 1
        return f"{self._serial:032X}"

    async def post(self, path: str, fields: dict[str, Any], **more: Any) -> httpx.Response:
        return await self.client.post(path, data=fields, **more)

    # O'Pay, WeChat

    def wx_fields(self, data: dict[str, Any], **outer: str) -> dict[str, str]:
        own = self.simulator.credentials["opay"]
        sealed = opay_seal(compact(data), own["hash_key"], own["hash_iv"])
        usual = {"MerchantID": own["merchant_id"], "Timestamp": str(self.now()), "RqID": self.serial()}
        return usual | {"Revision": "1", "Data": sealed} | outer

    def wx_order(self, number: str = "WX0001", **facts: Any) -> dict[str, Any]:
        return {
            "MerchantID": self.simulator.credentials["opay"]["merchant_id"],
            "ItemName": "紅茶 125元X1",
            "MerchantTradeNo": number,
            "MerchantTradeDate": local(self.clock.now(), "%Y-%m-%d %H:%M:%S"),
            "ReturnURL": HOOK,
            "Amount": 125,
        } | facts

    async def wx_create(self, number: str = "WX0001", **facts: Any) -> httpx.Response:
        return await self.post("/opay/WxAPI/Create", self.wx_fields(self.wx_order(number, **facts)))

    async def wx_query(self, number: str = "WX0001", **outer: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the envelope of the reply and the fields of its ``Data``."""
        own = self.simulator.credentials["opay"]
        data = {"MerchantID": own["merchant_id"], "MerchantTradeNo": number}
        answer = await self.post("/opay/WxAPI/QueryTradeInfo", self.wx_fields(data, **outer))
        envelope = form_reply(answer.text)
        if "Data" not in envelope:
            return envelope, {}
        return envelope, json.loads(opay_open(envelope["Data"], own["hash_key"], own["hash_iv"]))

    # WanPay

    def wan_fields(self, **fields: str) -> dict[str, str]:
        own = self.simulator.credentials["wanpay"]
        all_fields = {
            "orgno": own["orgno"],
            "secondtimestamp": str(self.now()),
            "nonce_str": "12345678",
        } | fields
        return all_fields | {"sign": wanpay_sign(all_fields, own["key"])}

    async def wan_order(self, number: str = "WAN0001", **fields: str) -> Any:
        usual = {"total_fee": "12500", "out_trade_no": number, "virtualatmvalidity": "3", "backurl": HOOK}
        answer = await self.post("/wanpay/wxzfservice/virtualatmpay", self.wan_fields(**(usual | fields)))
        return answer.json()

    async def wan_query(self, number: str = "WAN0001", **fields: str) -> Any:
        body = self.wan_fields(out_trade_no=number, **fields)
        return (await self.post("/wanpay/wxzfservice/orderquery", body)).json()

    # QFPay

    async def qf(self, step: str, fields: dict[str, str], **headers: str) -> httpx.Response:
        own = self.simulator.credentials["qfpay"]
        signed = {"mchid": own["mchid"]} | fields
        signed = {name: value for name, value in signed.items() if value}
        usual = {"X-QF-APPCODE": own["app_code"], "X-QF-SIGN": qfpay_sign(signed, own["client_key"])}
        return await self.post(f"/qfpay/trade/v1/{step}", signed, headers=usual | headers)

    def qf_order(self, number: str = "QF0001", **fields: str) -> dict[str, str]:
        usual = {"txamt": "12550", "txcurrcd": "HKD", "pay_type": "801501", "out_trade_no": number}
        return usual | {"txdtm": local(self.clock.now(), "%Y-%m-%d %H:%M:%S"), "notify_url": HOOK} | fields

    async def qf_pay(self, number: str = "QF0001", **fields: str) -> Any:
        return (await self.qf("payment", self.qf_order(number, **fields))).json()

    async def qf_query(self, number: str = "QF0001") -> Any:
        return (await self.qf("query", {"out_trade_no": number})).json()

    # MyPay

    def my_fields(self, command: str, fields: Any) -> dict[str, str]:
        own = self.simulator.credentials["mypay"]
        service = json.dumps({"service_name": "api", "cmd": f"api/{command}"})
        return {
            "store_uid": own["store_uid"],
            "service": mypay_seal(service, own["store_key"], b"\1" * 16),
            "encry_data": mypay_seal(json.dumps(fields), own["store_key"], b"\2" * 16),
        }

    async def my(self, command: str, fields: Any) -> Any:
        return (await self.post("/mypay/api/init", self.my_fields(command, fields))).json()

    def my_goods(self, number: str = "MY0001", **fields: Any) -> dict[str, Any]:
        return {
            "store_uid": self.simulator.credentials["mypay"]["store_uid"],
            "user_id": "counter",
            "cost": 125,
            "order_id": number,
            "ip": "192.168.0.9",
            "items": [{"id": "1", "name": "紅茶", "cost": 125, "amount": 1, "total": 125}],
        } | fields

    async def my_order(self, number: str = "MY0001", **fields: Any) -> Any:
        return await self.my("orders", self.my_goods(number, **fields))

    async def my_query(self, answer: Any) -> Any:
        return await self.my("queryorder", {"uid": answer["uid"], "key": answer["key"]})


def form_reply(text: str) -> dict[str, str]:
    """Parse a form string as PHP's parse_str does."""
    return dict(parse_qsl(text, keep_blank_values=True))


def twice_encoded(text: str) -> str:
    """Percent-encode a text, as in the sample of O'Pay's section 4, before the form encodes it again."""
    return quote(text, safe="")
