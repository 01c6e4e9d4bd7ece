"""State transitions shared by charging and polling: each step is written first, then published."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pos.domain.events import AttemptChanged, Fact
from pos.domain.payment import Attempt
from pos.domain.states import Event
from pos.gateways.base import Answer, Gateway
from pos.runtime import Bus
from pos.services.answer_rules import judge
from pos.services.customer_codes import TIMEOUT
from pos.services.schedule import GRACE
from pos.store.payments import PaymentStore


class AttemptEngine:
    """Apply transitions to attempts, and publish the changes."""

    def __init__(self, store: PaymentStore, gateways: Mapping[str, Gateway], bus: Bus) -> None:
        self._store = store
        self._gateways = gateways
        self._bus = bus

    def step(self, attempt: Attempt, event: Event, **facts: Any) -> Attempt:
        """Write one step of the state table, then publish the attempt."""
        return self.publish(self._store.step(attempt, event, **facts))

    def publish(self, attempt: Attempt, *written: Fact) -> Attempt:
        """Publish the current state of an attempt, then what was written with it. Return the attempt."""
        for fact in (AttemptChanged(attempt), *written):
            self._bus.publish(fact)
        return attempt

    def settle(self, attempt: Attempt, answer: Answer, *, notes: bool = True) -> Attempt:
        """Apply the transition for ``answer``. Without an event, write its new facts if ``notes`` is set."""
        transition = judge(attempt, answer, overdue=self.overdue(attempt))
        for event in transition.events[:-1]:
            attempt = self.step(attempt, event)
        if transition.events:
            return self.step(attempt, transition.events[-1], **transition.facts)
        if transition.facts and notes:
            return self.publish(self._store.note(attempt, "note", **transition.facts))
        return attempt

    def overdue(self, attempt: Attempt) -> bool:
        """Return whether the order should have ended, by the gateway's clock: this computer's may be a day ahead."""
        gateway = self._gateways.get(attempt.gateway)
        if gateway is None or attempt.sent_at is None:
            return False
        ends = attempt.expires_at or attempt.sent_at + gateway.lifetime()
        now: datetime = gateway.wire.now()
        return now > ends + GRACE

    def waited_too_long(self, attempt: Attempt) -> bool:
        """Return whether a customer's code was sent :data:`TIMEOUT` ago, by the clock that wrote ``sent_at``."""
        gateway = self._gateways.get(attempt.gateway)
        if gateway is None or attempt.sent_at is None or not attempt.code_type:
            return False
        now: datetime = gateway.wire.now() + timedelta(seconds=gateway.wire.drift)
        return now >= attempt.sent_at + TIMEOUT
