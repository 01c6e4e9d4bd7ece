"""A shop that records its calls to O'Pay, and the customer's browser."""

from __future__ import annotations

import json
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode

import httpx

from pos.domain.payment import Attempt, Tender
from pos.gateways import build
from pos.gateways.base import Gateway, GatewayConfig
from pos.gateways.http import Wire
from pos.simulator.crypto import Unreadable, opay_text
from pos.simulator.transport import InProcess
from pos.store import journal
from tests.support.registers import BASE, SimulatedShop, config_of

PAIRS = [
    ("5294y06JbISpM5x9", "v77hoKGq4kWxNNIS"),
    ("bkuAEQufy2bpEng1", "B0lzARl9ZSdhW9jg"),
    ("bkuAEQufy2bpEng1", "B0lzARI9ZSdhW9jg"),
]
"""Keys of the test shop, and of the test platform in both spellings."""


@dataclass(frozen=True)
class Call:
    """One call to O'Pay, at a moment of the virtual day."""

    path: str
    dialect: str
    number: str
    at: float

    @property
    def is_probe(self) -> bool:
        return self.number.startswith("PROBE")


class Listening(InProcess):
    """Record every call before it is passed on."""

    def __init__(self, shop: OpayShop) -> None:
        super().__init__(shop.simulator, shop.weather)
        self._shop = shop

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._shop.calls.append(read_call(request.url.path, request.content, self._shop.day.loop.time()))
        return await super().handle_async_request(request)


class OpayShop(SimulatedShop):
    """A shop whose calls to O'Pay are kept in ``calls``."""

    calls: list[Call]

    def __init__(self, *arguments: Any, **more: Any) -> None:
        self.calls = []
        super().__init__(*arguments, **more)

    def _gateway(self, name: str) -> Gateway:
        if name != "opay":
            return super()._gateway(name)
        config = GatewayConfig(config_of(self.simulator, name, **self.options.get(name, {})).options, self._secrets())
        return build(name, config, self.shop, Wire(name, self.register_clock, Listening(self)), self.source)

    def _secrets(self) -> dict[str, str]:
        return {"hash_key": PAIRS[0][0], "hash_iv": PAIRS[0][1]}

    @property
    def probes(self) -> list[str]:
        """The dialects that were tried, in order."""
        return [call.dialect for call in self.calls if call.is_probe]

    def kept(self) -> list[tuple[str, str]]:
        """Dialect and day of every fact in the journal, oldest first."""
        rows = [json.loads(row.body) for row in journal.entries(self.database) if row.kind == "gateway_fact"]
        return [(row["value"], row["day"]) for row in rows if row["name"] == "dialect"]

    def restart(self) -> None:
        """Close the program and start it again on the same journal."""
        self.day.run(self.payments.close())
        self.database.close()
        self.calls.clear()
        self.start()
        self.resume()

    def wechat(self, amount: int = 125) -> Attempt:
        return self.take(Tender.WECHAT, amount, gateway="opay")

    def get(self, path: str) -> httpx.Response:
        """Return what the shop's page server sends to a browser."""

        async def go() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.page_app())
            async with httpx.AsyncClient(transport=transport, base_url=BASE) as browser:
                return await browser.get(path)

        return self.day.run(go())

    def customer_scans(self, attempt: Attempt) -> httpx.Response:
        """Open the payment page as a browser does: decode its HTML, encode its form, post it to the gateway."""
        page = Form()
        page.feed(self.get(attempt.pay_url.removeprefix(self.shop.server_url)).text)
        body = urlencode(page.fields).encode()

        async def go() -> httpx.Response:
            async with httpx.AsyncClient(transport=InProcess(self.simulator)) as browser:
                headers = {"Content-Type": "application/x-www-form-urlencoded"}
                return await browser.post(page.action, content=body, headers=headers)

        self.calls.append(read_call("page", body, self.day.loop.time()))
        return self.day.run(go())


class Form(HTMLParser):
    """Return the only form of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = found["action"]
        if tag == "input":
            self.fields[found["name"]] = found["value"]


def read_call(path: str, body: bytes, at: float) -> Call:
    """Return the fields of a call, and its dialect."""
    data = parse_qs(body.decode())["Data"][0]
    text = next(opened for pair in PAIRS if "MerchantID" in (opened := _opened(data, pair))[:16])
    wire, plain = "twice" if "%" in data else "once", "percent" if text.startswith("%7B") else "json"
    fields = json.loads(unquote(text) if plain == "percent" else text)
    return Call(path, f"{wire}+{plain}", fields["MerchantTradeNo"], at)


def _opened(data: str, pair: tuple[str, str]) -> str:
    try:
        return opay_text(data, *pair)
    except (Unreadable, UnicodeDecodeError):
        return ""
