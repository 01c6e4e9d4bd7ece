"""Search for a payment to refund or settle: by number, amount, or the time on the customer's phone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final

from pos.domain.actor import Actor
from pos.domain.moments import LONGEST_MINUTE, parse_time_span
from pos.domain.money import parse
from pos.domain.payment import Attempt
from pos.domain.refund import RefundState
from pos.domain.staff import Action
from pos.domain.states import State
from pos.errors import InputError
from pos.runtime import Clock
from pos.services.access import LAST_ONES
from pos.services.authorization import Authorization
from pos.store.payments import PaymentStore
from pos.store.refunds import RefundStore

AROUND: Final = timedelta(minutes=10)
"""A time of day matches the payments this long before and after it, because clocks differ."""

NUMBER: Final = 20
"""Characters of a whole order number, as on the receipt. It finds all parts of a split sale, which are on it too."""

BACK: Final = (State.CAPTURED, State.REVIEW)
"""States of payments that may be refunded."""

_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A parsed search: ``text`` for numbers and words, ``amount`` in minor units, ``span`` of the time of payment."""

    text: str
    amount: int | None = None
    span: tuple[datetime, datetime] | None = None


class PaymentSearch:
    """Search payments. An actor without the right to see all finds their own last ones, and one by its whole number."""

    def __init__(
        self,
        payments: PaymentStore,
        refunds: RefundStore,
        authorization: Authorization,
        clock: Clock,
        currency: str,
        zone: tzinfo,
    ) -> None:
        self._payments = payments
        self._refunds = refunds
        self._authorization = authorization
        self._clock = clock
        self._currency = currency
        self._zone = zone

    def past(self, actor: Actor, text: str, limit: int = 100, before: datetime | None = None) -> Sequence[Attempt]:
        """Return past payments, newest first; see :meth:`pos.store.payments.PaymentStore.search`.

        An actor who may not see all payments gets their own last ten, for every ``text``.
        """
        if not self._authorization.may(actor, Action.SEE_ALL):
            return self._own(actor)
        return self._payments.search(text, _amount_of(text.strip(), self._currency), limit, before)

    def refundable(
        self, actor: Actor, text: str, limit: int = 100, before: datetime | None = None
    ) -> Sequence[Attempt]:
        """Return matching payments that are captured or in review, newest first."""
        now = self._clock.now().astimezone(self._zone)
        query = parse_query(text, self._currency, now)
        if self._authorization.may(actor, Action.SEE_ALL):
            return self._payments.search_refundable(query.text, query.amount, query.span, limit, before)
        if len(query.text) == NUMBER:
            return self._payments.search_refundable(query.text, None, None, limit, None)
        return [one for one in self._own(actor) if one.state in BACK and matches(one, query)]

    def _own(self, actor: Actor) -> Sequence[Attempt]:
        if not actor.person or not self._authorization.may(actor, Action.SEE_LAST):
            return []
        return self._payments.last_of(actor.person, LAST_ONES)

    def in_review(self) -> Sequence[Attempt]:
        """Return payments in review, and those with a refund in review, oldest first."""
        waiting = [one for one in self._payments.waiting() if one.state is State.REVIEW]
        known = {one.order_no for one in waiting}
        orders = {one.order_no for one in self._refunds.waiting() if one.state is RefundState.REVIEW} - known
        return sorted([*waiting, *map(self._payments.get, orders)], key=lambda one: one.created_at)


def parse_query(text: str, currency: str, now: datetime) -> SearchQuery:
    """Parse a search. ``now`` is aware, in the shop's zone.

    A time, or a day without its year, means the last one that has begun, by a clock that may be AROUND ahead.
    """
    tidy = " ".join(text.split())
    if span := parse_time_span(tidy, now + AROUND):
        return SearchQuery("", span=_widened(*span))
    return SearchQuery(tidy.strip("*"), _amount_of(tidy, currency))


def _amount_of(text: str, currency: str) -> int | None:
    """Return a typed amount in minor units, None if the text is not an amount."""
    try:
        return parse(text.replace(",", "").lstrip("NTHK$ "), currency).minor
    except InputError:
        return None


def matches(attempt: Attempt, query: SearchQuery) -> bool:
    """Return whether a payment matches the search."""
    if query.span is not None:
        return query.span[0] <= (attempt.ended_at or attempt.created_at) < query.span[1]
    words = (attempt.gateway_ref, attempt.tender.value, attempt.gateway)
    sums = (attempt.amount.minor, attempt.paid.minor)
    text = query.text
    return not text or query.amount in sums or text.lower() in words or attempt.order_no.startswith(text.upper())


def _widened(start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """Return the span; a single minute is widened by AROUND on both sides."""
    return (start - AROUND, end - _MINUTE + AROUND) if end - start <= LONGEST_MINUTE else (start, end)
