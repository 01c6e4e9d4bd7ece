"""Scripted gateways: for the branches of the services, not for the protocols."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar, TypeVar
from zoneinfo import ZoneInfo

from pos.domain.payment import Attempt, Tender
from pos.domain.refund import Refund
from pos.gateways.base import (
    Answer,
    Facts,
    Gateway,
    GatewayConfig,
    Notice,
    RefundAnswer,
    RefundVerdict,
    Shop,
    Verdict,
)
from pos.runtime import Clock

SHOP = Shop("測試商店", "R1", "TWD", ZoneInfo("Asia/Taipei"), server_url="http://127.0.0.1:1")

Said = Answer | BaseException
Given = RefundAnswer | BaseException
A = TypeVar("A", Answer, RefundAnswer)


class QuietWire:
    """The part of a wire that the services use: the gateway's time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.drift = 0.0

    def now(self) -> datetime:
        return self._clock.now() - timedelta(seconds=self.drift)


class Scripted(Gateway):
    """``charges``, ``queries`` and ``voids`` are answered one after the other; the last is repeated."""

    FACTS: ClassVar[Facts] = Facts(
        name="scripted",
        title="Scripted",
        tenders=dict.fromkeys((Tender.MYPAY, Tender.WECHAT, Tender.ATM), ""),
        currencies=frozenset({"TWD"}),
        base_url="https://scripted.example",
        settings=(),
        secrets=(),
        minimum={"TWD": 6},
        maximum={"TWD": 10_000_000},
    )

    def __init__(self, clock: Clock, name: str = "scripted") -> None:
        self.quiet = QuietWire(clock)
        super().__init__(GatewayConfig({}, {}), SHOP, self.quiet, random.Random(1))  # type: ignore[arg-type]  # a double of Wire
        self.name = name
        self.charges: deque[Said] = deque()
        self.queries: deque[Said] = deque()
        self.voids: deque[Said] = deque()
        self.charged: list[str] = []
        self.asked: list[Attempt] = []
        self.voided: list[str] = []
        self.takes_seconds = 0.0

    async def charge(self, attempt: Attempt) -> Answer:
        self.charged.append(attempt.order_no)
        await asyncio.sleep(self.takes_seconds)
        return _said(self.charges)

    async def query(self, attempt: Attempt) -> Answer:
        self.asked.append(attempt)
        await asyncio.sleep(self.takes_seconds)
        return _said(self.queries)

    async def void(self, attempt: Attempt) -> Answer:
        self.voided.append(attempt.order_no)
        return _said(self.voids) if self.voids else Answer(Verdict.UNSURE)

    def page(self, attempt: Attempt) -> tuple[str, Mapping[str, str]]:
        return "https://scripted.example/create", {"Data": attempt.order_no}

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        return Notice(body.decode(), "OK")

    async def probe(self) -> Answer:
        return Answer(Verdict.MISSING)


class ScriptedRefunds(Scripted):
    """A scripted gateway that refunds: ``refunds``, ``refund_queries`` and ``withdrawals`` work as the others do."""

    FACTS: ClassVar[Facts] = replace(Scripted.FACTS, refunds=True, refund_cutoff=True)

    def __init__(self, clock: Clock, name: str = "scripted") -> None:
        super().__init__(clock, name)
        self.refunds: deque[Given] = deque([RefundAnswer(RefundVerdict.DONE)])
        self.refund_queries: deque[Given] = deque([RefundAnswer(RefundVerdict.UNSURE)])
        self.withdrawals: deque[Given] = deque([RefundAnswer(RefundVerdict.UNSURE)])
        self.refunded: list[Refund] = []
        self.asked_refunds: list[Refund] = []
        self.withdrawn: list[Refund] = []

    async def refund(self, attempt: Attempt, refund: Refund) -> RefundAnswer:
        self.refunded.append(refund)
        await asyncio.sleep(self.takes_seconds)
        return _said(self.refunds)

    async def query_refund(self, attempt: Attempt, refund: Refund) -> RefundAnswer:
        self.asked_refunds.append(refund)
        await asyncio.sleep(self.takes_seconds)
        return _said(self.refund_queries)

    async def withdraw_refund(self, attempt: Attempt, refund: Refund) -> RefundAnswer:
        self.withdrawn.append(refund)
        return _said(self.withdrawals)


class ScriptedWithPage(Scripted):
    """A scripted gateway whose order the customer's browser places."""

    FACTS: ClassVar[Facts] = Facts(
        name="scripted",
        title="Scripted",
        tenders={Tender.WECHAT: ""},
        currencies=frozenset({"TWD"}),
        base_url="https://scripted.example",
        settings=(),
        secrets=(),
        needs_page=True,
    )


def _said(script: deque[A | BaseException]) -> A:
    said = script.popleft() if len(script) > 1 else script[0]
    if isinstance(said, BaseException):
        raise said
    return said
