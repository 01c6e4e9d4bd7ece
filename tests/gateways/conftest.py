"""Real clients on a transport with the replies of a test."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import httpx

from pos.gateways import build
from pos.gateways.base import Gateway, GatewayConfig, Shop
from pos.gateways.http import Wire
from tests.gateways.fixtures import FIXTURES
from tests.gateways.fixtures.base import Responder
from tests.support.shop import StoppedClock

T = TypeVar("T")


def shop(currency: str = "TWD", server_url: str = "https://shop.example") -> Shop:
    return Shop("測試商店", "R1", currency, ZoneInfo("Asia/Taipei"), server_url, "192.168.1.20")


def client(
    name: str,
    responder: Responder,
    options: Mapping[str, str] | None = None,
    secrets: Mapping[str, str] | None = None,
    server_url: str = "https://shop.example",
) -> Gateway:
    """Return a real client whose gateway is ``responder``."""
    fixture = FIXTURES[name]
    config = GatewayConfig({**fixture.options, **(options or {})}, {**fixture.secrets, **(secrets or {})})
    wire = Wire(name, StoppedClock(), httpx.MockTransport(responder))
    return build(name, config, shop(fixture.currency, server_url), wire, random.Random(1))


def replying(reply: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Responder:
    """Return a gateway that always gives this reply as JSON."""
    return lambda request: httpx.Response(status, json=reply, headers=dict(headers or {}))


def answer(reply: object) -> Responder:
    """Return a gateway that always gives this reply with status 200, without headers."""
    return lambda request: httpx.Response(200, content=body_of(reply))


def form(request: httpx.Request) -> dict[str, str]:
    return dict(parse_qsl(request.content.decode(), keep_blank_values=True))


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def body_of(reply: object) -> bytes:
    return json.dumps(reply).encode()
