"""Polling of refunds: each one in flight is queried on the schedule of the payments, from the moment it is due."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from pos.domain.refund import REFUNDS_IN_FLIGHT, Refund
from pos.runtime import Clock
from pos.services.background import BackgroundTasks
from pos.services.gateway_calls import GatewayCalls
from pos.services.schedule import next_wait

log = logging.getLogger(__name__)


class RefundPoller:
    """``check`` queries one refund and returns it after the answer."""

    def __init__(
        self, clock: Clock, tasks: BackgroundTasks, calls: GatewayCalls, check: Callable[[str], Awaitable[Refund]]
    ) -> None:
        self._clock = clock
        self._tasks = tasks
        self._calls = calls
        self._check = check
        self._followed: set[str] = set()

    def follow(self, refund: Refund) -> None:
        """Poll a refund in flight from now on."""
        if refund.state in REFUNDS_IN_FLIGHT and refund.refund_no not in self._followed:
            self._followed.add(refund.refund_no)
            self._tasks.spawn(self._until_settled(refund))

    async def _until_settled(self, refund: Refund) -> None:
        try:
            while refund.state in REFUNDS_IN_FLIGHT:
                await self._clock.sleep(self._wait(refund))
                await self._calls.wait_for_turn(refund.gateway)
                try:
                    refund = await self._check(refund.refund_no)
                except Exception as error:  # a full disk, or an unreadable answer: it is queried again
                    log.error("query of refund %s", refund.refund_no, exc_info=error)
        finally:
            self._followed.discard(refund.refund_no)

    def _wait(self, refund: Refund) -> float:
        now = self._clock.now()
        rest = (refund.due_at - now).total_seconds() if refund.due_at else 0.0
        return max(rest, next_wait(age_of(refund, now).total_seconds()))


def age_of(refund: Refund, now: datetime) -> timedelta:
    """Return the time since a refund was sent; zero if the wall clock was set back."""
    return max(timedelta(0), now - (refund.sent_at or refund.created_at))
