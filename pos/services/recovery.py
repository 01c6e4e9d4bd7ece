"""Recovery after a start: everything in flight is queried, and nothing is sent a second time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from pos.domain.payment import Attempt
from pos.domain.states import IN_FLIGHT
from pos.runtime import Clock
from pos.services.notices import Notices
from pos.services.poller import Poller
from pos.services.schedule import LATE
from pos.services.status_query import StatusQuery
from pos.store.payments import PaymentStore


class Recovery:
    """Find the outcome of what an earlier run of the program left unsettled."""

    def __init__(
        self, store: PaymentStore, clock: Clock, status_query: StatusQuery, poller: Poller, notices: Notices
    ) -> None:
        self._store = store
        self._clock = clock
        self._status_query = status_query
        self._poller = poller
        self._notices = notices

    def resume(self) -> Sequence[Attempt]:
        """Read every unsettled attempt, turn each SENT into UNKNOWN, and poll them all from now on.

        A CREATED attempt stays CREATED: it was not sent, and only a user may send it now.
        """
        found = self._marked()
        for attempt in found:
            self._poller.follow(attempt, at_once=True)
        since = self._clock.now() - timedelta(seconds=LATE[-1])
        for attempt in self._store.ended_without_money(since):
            self._poller.follow(attempt)
        self._notices.resume()
        return found

    async def ask_all(self) -> Sequence[Attempt]:
        """Query everything in flight once, and return it after the answers (``pos recover``)."""
        found = self._marked()
        asked = [attempt for attempt in found if attempt.state in IN_FLIGHT]
        settled = await asyncio.gather(*(self._status_query.check_now(attempt.order_no) for attempt in asked))
        return [*settled, *(attempt for attempt in found if attempt.state not in IN_FLIGHT)]

    def _marked(self) -> list[Attempt]:
        """Return every unsettled attempt; one that was SENT when the program stopped becomes UNKNOWN."""
        return [self._status_query.mark_interrupted(attempt) for attempt in self._store.waiting()]
