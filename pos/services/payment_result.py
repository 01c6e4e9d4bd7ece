"""The result that the customer sees after paying on the gateway's page, from the register's own records."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pos.domain.payment import Attempt
from pos.domain.states import State
from pos.services.payments import Payments

ASK_AGAIN: Final = 15.0
"""Seconds. Looking at the page makes the register ask the gateway no more often than this."""

REMEMBERED: Final = 1000
"""Payments whose last question is remembered."""


class Outcome(StrEnum):
    """What the page says."""

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
    """Answers by page token. ``remembered`` limits the memory of visits."""

    def __init__(self, payments: Payments, remembered: int = REMEMBERED) -> None:
        self._payments = payments
        self._remembered = remembered
        self._asked: dict[str, float] = {}

    def get(self, token: str) -> PaymentResult:
        """Return the outcome of the payment with this page, and have a waiting one asked about in its turn.

        Raises NotFound for an unknown token.
        """
        attempt = self._payments.store.by_page(token)
        outcome = OUTCOMES[attempt.state]
        if outcome is Outcome.WAITING and self._may_ask(attempt):
            self._payments.status_query.poller.follow(attempt, at_once=True)
        shop = self._payments.gateways[attempt.gateway].shop
        return PaymentResult(outcome, shop.name, attempt.shown_amount.display)

    def _may_ask(self, attempt: Attempt) -> bool:
        """Whether the last question from this page is long enough ago; reloading the page must not hurry the poller."""
        now = self._payments.attempts.clock.monotonic()
        last = self._asked.pop(attempt.order_no, None)
        wait = last is not None and now - last < ASK_AGAIN
        self._asked[attempt.order_no] = last if wait and last is not None else now
        if len(self._asked) > self._remembered:
            del self._asked[next(iter(self._asked))]
        return not wait
