"""Clients on a transport that answers what the test writes."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import httpx

from pos.gateways import GATEWAYS, build
from pos.gateways.base import Gateway, GatewayConfig, Shop
from pos.gateways.http import Wire
from tests.support.shop import StoppedClock

T = TypeVar("T")

OPTIONS: dict[str, dict[str, str]] = {
    "opay": {"merchant_id": "2000132", "base_url": "https://payment-stage.opay.tw"},
    "wanpay": {"orgno": "21008024"},
    "qfpay": {"app_code": "APP", "mchid": "ZaMVgTEST", "currency": "HKD"},
    "mypay": {"store_uid": "289151880002"},
}
SECRETS: dict[str, dict[str, str]] = {
    "opay": {"hash_key": "5294y06JbISpM5x9", "hash_iv": "v77hoKGq4kWxNNIS"},
    "wanpay": {"key": "QGbZvggxNdGgMUnp"},
    "qfpay": {"client_key": "TESTKEY0E32A59A8B454940A2FF39"},
    "mypay": {"store_key": "KYTjd9ACcjGaTK6V3zWmMkyrQS08Ndcx"},
}
CURRENCY = {"opay": "TWD", "wanpay": "TWD", "qfpay": "HKD", "mypay": "TWD"}

Responder = Callable[[httpx.Request], httpx.Response]


def shop(currency: str = "TWD", server_url: str = "https://shop.example") -> Shop:
    return Shop("測試商店", "R1", currency, ZoneInfo("Asia/Taipei"), server_url, "192.168.1.20")


def client(
    name: str,
    responder: Responder,
    options: Mapping[str, str] | None = None,
    secrets: Mapping[str, str] | None = None,
    server_url: str = "https://shop.example",
) -> Gateway:
    """A real client whose gateway is ``responder``."""
    config = GatewayConfig({**OPTIONS[name], **(options or {})}, {**SECRETS[name], **(secrets or {})})
    wire = Wire(name, StoppedClock(), httpx.MockTransport(responder))
    return build(name, config, shop(CURRENCY[name], server_url), wire, random.Random(1))


def replying(reply: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Responder:
    """Always the same JSON."""
    return lambda request: httpx.Response(status, json=reply, headers=dict(headers or {}))


def form(request: httpx.Request) -> dict[str, str]:
    return dict(parse_qsl(request.content.decode(), keep_blank_values=True))


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def body_of(reply: object) -> bytes:
    return json.dumps(reply).encode()


NAMES = sorted(GATEWAYS)
