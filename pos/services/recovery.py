"""Recovery after a start: everything in flight is queried, and nothing is sent a second time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from pos.domain.payment import Attempt
from pos.domain.states import IN_FLIGHT
from pos.services.payments import Payments
from pos.services.schedule import LATE


def resume(payments: Payments) -> Sequence[Attempt]:
    """Read every unsettled attempt, turn each SENT into UNKNOWN, and poll them all from now on.

    A CREATED attempt stays CREATED: it was not sent, and only a user may send it now.
    """
    found = mark_all_interrupted(payments)
    for attempt in found:
        payments.status_query.poller.follow(attempt, at_once=True)
    since = payments.attempts.clock.now() - timedelta(seconds=LATE[-1])
    for attempt in payments.store.ended_without_money(since):
        payments.status_query.poller.follow(attempt)
    payments.status_query.notices.resume()
    return found


async def ask_all(payments: Payments) -> Sequence[Attempt]:
    """Query everything in flight once, and return it after the answers (``pos recover``)."""
    found = mark_all_interrupted(payments)
    asked = [attempt for attempt in found if attempt.state in IN_FLIGHT]
    settled = await asyncio.gather(*(payments.status_query.check_now(attempt.order_no) for attempt in asked))
    return [*settled, *(attempt for attempt in found if attempt.state not in IN_FLIGHT)]


def mark_all_interrupted(payments: Payments) -> list[Attempt]:
    """Return every unsettled attempt; one that was SENT when the program stopped becomes UNKNOWN."""
    return [payments.status_query.mark_interrupted(attempt) for attempt in payments.store.waiting()]
