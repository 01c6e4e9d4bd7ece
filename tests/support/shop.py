"""Attempts and stores for tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from pos.domain.money import Money
from pos.domain.payment import Attempt, Tender
from pos.domain.refund import Refund, Way
from pos.domain.states import State

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


class StoppedClock:
    """A clock that the test sets. ``wrong_by`` shifts only the wall clock; the machine was started at ``started``."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at
        self.wrong_by = timedelta()
        self.started = at - timedelta(days=1)

    def now(self) -> datetime:
        return self.at + self.wrong_by

    def monotonic(self) -> float:
        return (self.at - self.started).total_seconds()

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("nobody sleeps here")


def attempt(number: str = "261120AAAAAAAAAAAAAA", **facts: Any) -> Attempt:
    """Return a new MyPay attempt over NT$125, changed by ``facts``."""
    first: dict[str, Any] = {
        "order_no": number,
        "payment_id": f"payment of {number}",
        "tender": Tender.MYPAY,
        "gateway": "mypay",
        "amount": Money(125, "TWD"),
        "state": State.CREATED,
        "register_id": "R1",
        "created_at": NOON,
    }
    return Attempt(**(first | facts))


def refund(of: Attempt, minor: int | None = None, **facts: Any) -> Refund:
    """Return a refund of ``of`` through its gateway, of all or of ``minor``, changed by ``facts``."""
    first: dict[str, Any] = {
        "refund_no": "261120RRRRRRRRRRRRRR",
        "order_no": of.order_no,
        "gateway": of.gateway,
        "way": Way.GATEWAY,
        "amount": of.amount if minor is None else Money(minor, of.amount.currency),
        "reason": "客人退貨",
        "register_id": "R1",
        "created_at": NOON,
    }
    return Refund(**(first | facts))
