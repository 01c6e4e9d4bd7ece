"""The gateway's SDK as a client of the simulator, written from its public repository.

Its ``Data`` is Base64(AES-128-CBC(JSON)) with ``ItemName`` percent-encoded inside, .NET style; the Base64 is
percent-encoded before it becomes a form value. The order is a form that the customer's browser posts, the query is
posted by the shop's server, and its answer is a form string that PHP's parse_str reads.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlencode

import httpx
import pytest
from Crypto.Cipher import AES
from Crypto.Util.Padding import pad, unpad

from pos.simulator.base import local
from tests.simulator.caller import Caller

OWN_PAIR = ("5294y06JbISpM5x9", "v77hoKGq4kWxNNIS")
PLATFORM_PAIR = ("bkuAEQufy2bpEng1", "B0lzARI9ZSdhW9jg")
DOCUMENTS_PAIR = ("bkuAEQufy2bpEng1", "B0lzARl9ZSdhW9jg")
SOYA = [("歐付寶黑芝麻豆漿", 2000, 1), ("歐付寶白豆漿", -10, 2)]


BARE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.!*()"


def dot_net(text: str) -> str:
    """Percent-encode as .NET does."""
    return "".join(_dot_net_char(char) for char in text)


def _dot_net_char(char: str) -> str:
    small = "".join(f"%{byte:02x}" for byte in char.encode())
    return char if char in BARE else "+" if char == " " else small


class Sdk:
    """A merchant with the SDK. ``key`` and ``iv`` are the platform's if ``platform`` is not empty."""

    def __init__(self, caller: Caller, platform: str = "", pair: tuple[str, str] = OWN_PAIR) -> None:
        self._caller = caller
        self._platform = platform
        self._key, self._iv = (one.encode() for one in pair)
        self._serial = 0

    async def check_out(self, number: str, items: list[tuple[str, int, int]], **changes: Any) -> httpx.Response:
        name = "".join(f"#{what} {price} 元 x {count}" for what, price, count in items)
        order = {
            "MerchantID": "2000132",
            "ItemName": dot_net(name),
            "MerchantTradeNo": number,
            "MerchantTradeDate": local(self._caller.clock.now(), "%Y-%m-%d %H:%M:%S"),
            "ReturnURL": "https://shop.example/notice",
            "Amount": sum(price * count for _, price, count in items),
            "ClientBackURL": "https://shop.example/back?order=1",
        }
        return await self._post("/opay/WxAPI/Create", order | changes)

    async def query(self, number: str) -> tuple[dict[str, str], dict[str, Any]]:
        """Return the fields of the answer, and those in its ``Data``."""
        reply = await self._post("/opay/WxAPI/QueryTradeInfo", {"MerchantID": "2000132", "MerchantTradeNo": number})
        fields = dict(parse_qsl(reply.text, keep_blank_values=True))
        return fields, self.opened(fields["Data"]) if "Data" in fields else {}

    def opened(self, data: str) -> dict[str, Any]:
        sealed = b64decode(data.replace(" ", "+"))
        plain = unpad(AES.new(self._key, AES.MODE_CBC, self._iv).decrypt(sealed), 16)
        found: dict[str, Any] = json.loads(plain)
        return found

    async def _post(self, path: str, data: dict[str, Any]) -> httpx.Response:
        self._serial += 1
        php = json.dumps(data, separators=(",", ":")).replace("/", "\\/")
        sealed = b64encode(AES.new(self._key, AES.MODE_CBC, self._iv).encrypt(pad(php.encode(), 16))).decode()
        fields = {
            "MerchantID": "2000132", "PlatformID": self._platform, "Timestamp": str(self._caller.now()),
            "RqID": f"rqid_5f3a{self._serial:09x}", "Revision": "1", "Data": dot_net(sealed),
        }  # fmt: skip
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return await self._caller.client.post(path, content=urlencode(fields).encode(), headers=kind)


@pytest.mark.parametrize("reply", ["form", "raw"])
@pytest.mark.parametrize(
    ("platform", "pair"),
    [("", OWN_PAIR), ("2012441", PLATFORM_PAIR), ("2012441", ("bkuAEQufy2bpEng1", "B0lzARl9ZSdhW9jg"))],
)
def test_its_order_and_its_query_succeed(caller: Caller, platform: str, pair: tuple[str, str], reply: str) -> None:
    caller.simulator.scenarios.opay_reply = reply
    sdk = Sdk(caller, platform, pair)

    async def day() -> None:
        for number in range(8):
            name = f"merchant_5d8d6287c{number:x}"
            page = await sdk.check_out(name, SOYA)
            assert page.headers["content-type"].startswith("text/html"), page.text
            outside, inside = await sdk.query(name)
            assert (outside["RtnCode"], outside["PlatformID"], inside["TradeStatus"]) == ("1", platform, "0")
            caller.pay("opay", name)
            outside, inside = await sdk.query(name)
            assert (inside["TradeStatus"], inside["TradeAmt"]) == ("1", 1980)
            assert (inside["RtnCode"], inside["RtnMsg"], inside["Amount"]) == (0, None, 0)
            assert inside["HandlingCharge"] == "39.0000"
            assert inside["ItemName"] == dot_net("#歐付寶黑芝麻豆漿 2000 元 x 1#歐付寶白豆漿 -10 元 x 2")

    caller.run(day())
    assert caller.order("opay", "merchant_5d8d6287c0").facts["ItemName"].startswith("#歐付寶黑芝麻豆漿 2000 元 x 1#")


def test_its_reader_of_notices_finds_the_result(caller: Caller) -> None:
    sdk = Sdk(caller)
    caller.run(sdk.check_out("merchant_1", SOYA))
    caller.pay("opay", "merchant_1")
    notification = caller.simulator.dialects["opay"].notification(caller.order("opay", "merchant_1"))
    assert notification is not None
    post = dict(parse_qsl(notification.body.decode(), keep_blank_values=True))
    assert set(post) == {
        "MerchantID", "PlatformID", "Timestamp", "RqID", "Revision", "RtnCode", "RtnMsg", "Data",
    }  # fmt: skip
    assert (post["RtnCode"], sdk.opened(post["Data"])["RtnCode"]) == ("1", 1)


def test_an_unknown_order_is_answered_with_a_form_string(caller: Caller) -> None:
    outside, inside = caller.run(Sdk(caller).query("merchant_none"))
    assert (outside["RtnCode"], outside["RtnMsg"], inside) == ("0", "查無資料", {})


@pytest.mark.parametrize(
    "items",
    [
        [("茶", 6, 1)],
        [("a+b & c/d %41 ~'", 100, 1)],
        [("很長的商品名稱" * 8, 100, 1)],
        [(f"商品{n}", 10, 1) for n in range(30)],
    ],
)
def test_its_names_of_items_are_accepted_and_cut_at_forty_characters(
    caller: Caller, items: list[tuple[str, int, int]]
) -> None:
    page = caller.run(Sdk(caller).check_out("merchant_2", items))
    assert page.headers["content-type"].startswith("text/html"), page.text
    whole = "".join(f"#{what} {price} 元 x {count}" for what, price, count in items)
    assert caller.order("opay", "merchant_2").facts["ItemName"] == whole[:40]


@pytest.mark.parametrize("changes", [{"Amount": 5}, {"Amount": 1}, {"ClientBackURL": "javascript:alert(1)"}])
def test_it_is_refused_what_the_document_forbids(caller: Caller, changes: dict[str, Any]) -> None:
    page = caller.run(Sdk(caller).check_out("merchant_3", SOYA, **changes))
    assert dict(parse_qsl(page.text))["RtnCode"] == "99"
    assert caller.orders.all() == []


@pytest.mark.parametrize("rqid", ["rqid_5f3a", "a", "x" * 64, "含 空白/與+符號", "{1322628B-D63B}"])
def test_any_rqid_of_64_characters_is_accepted_once(caller: Caller, rqid: str) -> None:
    async def day() -> None:
        assert (await caller.wx_query("WX0009", RqID=rqid))[0]["RtnCode"] == "0"
        assert (await caller.wx_query("WX0009", RqID=rqid))[0]["RtnCode"] == "99"

    caller.run(day())


@pytest.mark.parametrize("rqid", ["", "x" * 65])
def test_no_other_rqid_is(caller: Caller, rqid: str) -> None:
    assert caller.run(caller.wx_query("WX0009", RqID=rqid))[0]["RtnCode"] == "99"


def test_dot_net_is_written_as_the_recorded_reply_has_it() -> None:
    assert dot_net("#歐 -10 元 x 2") == "%23%e6%ad%90+-10+%e5%85%83+x+2"
    assert unquote_plus(dot_net("a~b!*()'/=+")) == "a~b!*()'/=+"
    assert dot_net("!*()-_.~") == "!*()-_.%7e"
