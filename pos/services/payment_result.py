"""The result that the customer sees after paying on the gateway's page, from the register's own records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pos.domain.payment import Attempt
from pos.domain.states import State
from pos.gateways.base import Gateway
from pos.runtime import Clock
from pos.services.poller import Poller
from pos.store.payments import PaymentStore

ASK_AGAIN: Final = 15.0
"""Least seconds between two queries that visits of the page cause."""

REMEMBERED: Final = 1000
"""Payments whose last query is remembered."""


class Outcome(StrEnum):
    """The outcome that the page shows."""

    PAID = "paid"
    WAITING = "waiting"
    NOT_PAID = "not_paid"
    CHECKING = "checking"


OUTCOMES: Final = {
    State.CREATED: Outcome.WAITING,
    State.SENT: Outcome.WAITING,
    State.PENDING: Outcome.WAITING,
    State.UNKNOWN: Outcome.WAITING,
    State.VOIDING: Outcome.NOT_PAID,
    State.CAPTURED: Outcome.PAID,
    State.DECLINED: Outcome.NOT_PAID,
    State.EXPIRED: Outcome.NOT_PAID,
    State.VOIDED: Outcome.NOT_PAID,
    State.REVIEW: Outcome.CHECKING,
}


@dataclass(frozen=True, slots=True)
class PaymentResult:
    """The outcome of one payment; ``amount`` is ready to show."""

    outcome: Outcome
    shop: str
    amount: str


class PaymentResults:
    """Results by page token. ``remembered`` limits the number of visits in memory."""

    def __init__(
        self,
        store: PaymentStore,
        gateways: Mapping[str, Gateway],
        poller: Poller,
        clock: Clock,
        remembered: int = REMEMBERED,
    ) -> None:
        self._store = store
        self._gateways = gateways
        self._poller = poller
        self._clock = clock
        self._remembered = remembered
        self._asked: dict[str, float] = {}

    def get(self, token: str) -> PaymentResult:
        """Return the outcome of the payment with this page; for a waiting one, wake the poller.

        Raises NotFound for an unknown token.
        """
        attempt = self._store.by_page(token)
        outcome = OUTCOMES[attempt.state]
        if outcome is Outcome.WAITING and self._may_ask(attempt):
            self._poller.follow(attempt, at_once=True)
        shop = self._gateways[attempt.gateway].shop
        return PaymentResult(outcome, shop.name, attempt.shown_amount.display)

    def _may_ask(self, attempt: Attempt) -> bool:
        """Return whether this page may cause a query: ASK_AGAIN seconds must pass between two."""
        now = self._clock.monotonic()
        last = self._asked.pop(attempt.order_no, None)
        wait = last is not None and now - last < ASK_AGAIN
        self._asked[attempt.order_no] = last if wait and last is not None else now
        if len(self._asked) > self._remembered:
            del self._asked[next(iter(self._asked))]
        return not wait
