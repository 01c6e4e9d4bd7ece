"""Polling: every payment in flight is queried on its schedule, each gateway at its own rate.

Each attempt has one task, which writes nothing: :mod:`pos.services.status_query` applies the answer and returns the
attempt.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from pos.domain.payment import Attempt
from pos.domain.states import IN_FLIGHT, State
from pos.errors import PosError
from pos.runtime import Clock
from pos.services.schedule import JITTER, OVERDUE, next_late_wait, next_wait

log = logging.getLogger(__name__)


class Jitter(Protocol):
    """A source of random numbers: ``random.Random``."""

    def uniform(self, a: float, b: float, /) -> float: ...


@dataclass(slots=True)
class _Polled:
    order_no: str
    gateway: str
    sent: float  # monotonic time of sending, or of the unpaid end for late polling
    wake_event: asyncio.Event = field(default_factory=asyncio.Event)


class Poller:
    """``ask`` queries one order and returns it after the answer; ``overdue`` returns whether it should have ended.

    ``wait_for_turn`` waits until a gateway may be queried, the order that was sent first before the others.
    ``needs_query`` returns whether an order must be queried although its schedule has ended.
    """

    def __init__(
        self,
        clock: Clock,
        jitter: Jitter,
        ask: Callable[[str], Awaitable[Attempt]],
        overdue: Callable[[Attempt], bool],
        wait_for_turn: Callable[[str, float], Awaitable[None]],
        needs_query: Callable[[str], bool] = lambda order_no: False,
    ) -> None:
        self._clock = clock
        self._jitter = jitter
        self._ask = ask
        self._overdue = overdue
        self._wait_for_turn = wait_for_turn
        self._needs_query = needs_query
        self._polled: dict[str, _Polled] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def follow(self, attempt: Attempt, *, at_once: bool = False) -> None:
        """Poll an attempt from now on; ``at_once`` queries before the first wait."""
        if wait(attempt, 0.0, overdue=False) is None:
            return
        known = self._start_polling(attempt)
        if at_once:
            known.wake_event.set()

    def wake(self, attempt: Attempt) -> None:
        """Query an attempt in its place of the queue, without waiting for its schedule.

        Several calls before that query cause one query.
        """
        self._start_polling(attempt).wake_event.set()

    def next_wait(self, attempt: Attempt) -> float | None:
        """Return the seconds until the next query of ``attempt``, without jitter; None if there is none."""
        known = self._polled.get(attempt.order_no)
        age = self._clock.monotonic() - known.sent if known else 0.0
        return wait(attempt, age, self._overdue(attempt)) if known else None

    def close(self) -> None:
        """Stop polling. Recovery resumes every unsettled attempt after the next start."""
        for task in self._tasks.values():
            task.cancel()
        self._polled.clear()
        self._tasks.clear()

    def _start_polling(self, attempt: Attempt) -> _Polled:
        known = self._polled.get(attempt.order_no)
        if known is None:
            known = _Polled(attempt.order_no, attempt.gateway, self._sent_moment(attempt))
            self._polled[attempt.order_no] = known
            self._tasks[attempt.order_no] = asyncio.ensure_future(self._run(known, attempt))
        return known

    async def _run(self, known: _Polled, attempt: Attempt) -> None:
        try:
            while True:
                pause = wait(attempt, self._clock.monotonic() - known.sent, self._overdue(attempt))
                if pause is None and self._needs_query(known.order_no):
                    pause = OVERDUE
                if pause is None:
                    return
                await self._pause(known, pause * self._jitter.uniform(1 - JITTER, 1 + JITTER))
                await self._wait_for_turn(known.gateway, known.sent)
                known.wake_event.clear()  # the next query serves every call of wake until now
                was = attempt.state
                try:
                    attempt = await self._ask(known.order_no)
                except PosError as error:
                    # A full disk or a locked file: the gateway is queried again.
                    log.error("query of %s: %s", known.order_no, error.detail or error)
                except Exception:  # no failure ends the polling of a payment
                    log.exception("query of %s", known.order_no)
                if was in IN_FLIGHT and attempt.state not in IN_FLIGHT:
                    known.sent = self._clock.monotonic()  # from now on poll for late money
        finally:
            if self._polled.get(known.order_no) is known:
                del self._polled[known.order_no], self._tasks[known.order_no]

    async def _pause(self, known: _Polled, seconds: float) -> None:
        sleeping = asyncio.ensure_future(self._clock.sleep(seconds))
        woken = asyncio.ensure_future(known.wake_event.wait())
        try:
            await asyncio.wait((sleeping, woken), return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeping.cancel()
            woken.cancel()
            known.wake_event.clear()

    def _sent_moment(self, attempt: Attempt) -> float:
        """Return the monotonic time of sending (or ending); the age is 0 if the wall clock was set back."""
        moment = attempt.sent_at if attempt.state in IN_FLIGHT else attempt.ended_at or attempt.sent_at
        return self._clock.monotonic() - self._age(moment)

    def _age(self, moment: datetime | None) -> float:
        return max(0.0, (self._clock.now() - moment).total_seconds()) if moment else 0.0


def wait(attempt: Attempt, age: float, overdue: bool) -> float | None:
    """Return the seconds until the next query of ``attempt`` at ``age`` seconds; None after the last one."""
    if attempt.state in IN_FLIGHT:
        return min(next_wait(age), OVERDUE) if overdue else next_wait(age)
    was_out = bool(attempt.pay_url or attempt.virtual_account or attempt.gateway_ref)
    if attempt.state in (State.CREATED, State.CAPTURED) or not was_out:
        return None
    return next_late_wait(age)
