"""State transitions shared by charging and polling: each step is written first, then published."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Protocol, TypeVar
from weakref import WeakValueDictionary

from pos.domain.events import AttemptChanged, MerchantKeyChanged
from pos.domain.payment import Attempt, new_order_no
from pos.domain.states import Event
from pos.errors import NoAnswer, RateLimited
from pos.gateways.base import Answer, Gateway
from pos.runtime import Bus, Clock
from pos.services.answer_rules import judge
from pos.services.gateway_health import GatewayHealth
from pos.services.rate_limiter import RateLimiter
from pos.services.schedule import GRACE
from pos.services.targets import Targets
from pos.store.payments import PaymentStore

T = TypeVar("T")
log = logging.getLogger(__name__)


class Randomness(Protocol):
    """A source of random numbers: ``random.Random`` or ``random.SystemRandom``."""

    def getrandbits(self, k: int, /) -> int: ...
    def uniform(self, a: float, b: float, /) -> float: ...


class AttemptEngine:
    """Apply transitions to attempts, serialize the calls about one attempt, and publish the changes."""

    def __init__(
        self, store: PaymentStore, gateways: Mapping[str, Gateway], clock: Clock, source: Randomness, bus: Bus,
        targets: Targets | None = None,
    ) -> None:  # fmt: skip
        self.store = store
        self.gateways = gateways
        self.clock = clock
        self.source = source
        self.bus = bus
        self.gateway_health = GatewayHealth(bus)
        self.targets = targets or Targets(gateways)
        self._rate_limiters: dict[str, RateLimiter] = {}
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._tasks: set[asyncio.Task[Any]] = set()
        for name, gateway in gateways.items():
            gateway.pace = self.rate_limiter(name)  # for calls that a gateway makes by itself
            gateway.merchant_key.on_change = partial(self._publish_key, name)

    def new_number(self) -> str:
        """Return a number for an attempt or a refund; it begins with the shop's day."""
        return new_order_no(self.clock.now().astimezone(self.store.zone), self.source)

    def step(self, attempt: Attempt, event: Event, **facts: Any) -> Attempt:
        """Write one step of the state table, then publish the attempt."""
        return self.publish(self.store.step(attempt, event, **facts))

    def publish(self, attempt: Attempt) -> Attempt:
        """Publish the current state of an attempt, and return it."""
        self.bus.publish(AttemptChanged(attempt))
        return attempt

    def settle(self, attempt: Attempt, answer: Answer, *, notes: bool = True) -> Attempt:
        """Apply the transition for ``answer``. Without an event, write its new facts if ``notes`` is set."""
        transition = judge(attempt, answer, overdue=self.overdue(attempt))
        for event in transition.events[:-1]:
            attempt = self.step(attempt, event)
        if transition.events:
            return self.step(attempt, transition.events[-1], **transition.facts)
        if transition.facts and notes:
            return self.publish(self.store.note(attempt, "note", **transition.facts))
        return attempt

    def overdue(self, attempt: Attempt) -> bool:
        """Return whether the order should have ended, by the gateway's clock: this computer's may be a day ahead."""
        gateway = self.gateways.get(attempt.gateway)
        if gateway is None or attempt.sent_at is None:
            return False
        ends = attempt.expires_at or attempt.sent_at + gateway.lifetime()
        now: datetime = gateway.wire.now()
        return now > ends + GRACE

    def unanswered(self, gateway: Gateway, error: NoAnswer) -> None:
        """Record a call whose outcome is unknown, and back off if the gateway asks for it."""
        if isinstance(error, RateLimited):
            self.rate_limiter(gateway.FACTS.name).back_off(error.retry_after)
        self.gateway_health.silent(gateway, error.message)

    def answered(self, gateway: Gateway) -> None:
        """Record a call that was answered."""
        self.rate_limiter(gateway.FACTS.name).answered()
        self.gateway_health.answered(gateway)

    def _publish_key(self, gateway: str, refused: bool) -> None:
        self.bus.publish(MerchantKeyChanged(gateway, refused))

    def approved(self, gateway: str) -> Gateway:
        """Return a gateway whose target is approved. Raises NotAllowed, StoreError."""
        self.targets.check(gateway)
        return self.gateways[gateway]

    def may_ask(self, gateway: str) -> bool:
        """Return whether the gateway's target is approved; the reason is published if it is not. Raises StoreError."""
        problem = self.targets.refusal(gateway)
        if problem:
            self.gateway_health.silent(self.gateways[gateway], problem)
        return not problem

    def rate_limiter(self, gateway: str) -> RateLimiter:
        """Return the rate limiter of one gateway."""
        if gateway not in self._rate_limiters:
            self._rate_limiters[gateway] = RateLimiter(self.clock)
        return self._rate_limiters[gateway]

    def lock(self, order_no: str) -> asyncio.Lock:
        """Return the lock that serializes calls about one order; it exists while it is held or awaited."""
        return self._locks.setdefault(order_no, asyncio.Lock())

    async def run_shielded(self, work: Coroutine[Any, Any, T]) -> T:
        """Run ``work`` to its end even if the caller is cancelled."""
        return await asyncio.shield(self._start(work))

    def spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start ``work`` in the background; it is cancelled by :meth:`close` and by nothing else. Log its failure."""
        task = self._start(work)
        task.add_done_callback(_log_failure)
        return task

    def _start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def close(self) -> None:
        """Cancel all background work. Attempts keep the state that is written; recovery resumes them."""
        for rate_limiter in self._rate_limiters.values():
            rate_limiter.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _log_failure(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("background work failed", exc_info=error)
