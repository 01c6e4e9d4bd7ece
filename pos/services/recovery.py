"""After a start: nothing that was in flight is forgotten, and nothing is sent a second time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from pos.domain.payment import Attempt
from pos.domain.states import IN_FLIGHT
from pos.services.payments import Payments
from pos.services.schedule import LATE


def resume(payments: Payments) -> Sequence[Attempt]:
    """Read every unsettled attempt, turn each SENT into UNKNOWN, and watch them all from now on.

    An attempt that was only CREATED stays so: nothing of it was sent, and only a person may send it now.
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
    """Ask about everything in flight once, and wait for the answers (``pos recover``)."""
    found = mark_all_interrupted(payments)
    asked = [attempt for attempt in found if attempt.state in IN_FLIGHT]
    settled = await asyncio.gather(*(payments.status_query.check_now(attempt.order_no) for attempt in asked))
    return [*settled, *(attempt for attempt in found if attempt.state not in IN_FLIGHT)]


def mark_all_interrupted(payments: Payments) -> list[Attempt]:
    """Everything unsettled; what was SENT when the program died is UNKNOWN from here on."""
    return [payments.status_query.mark_interrupted(attempt) for attempt in payments.store.waiting()]
