"""Queries of an attempt's outcome, by schedule or at once. Notices: :mod:`pos.services.notices`."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Final

from pos.domain.events import QueryEnded
from pos.domain.payment import CASH, Attempt
from pos.domain.states import CANCELLABLE, IN_FLIGHT, Event, State
from pos.errors import NoAnswer, NotSent, PosError
from pos.gateways.base import Answer, Gateway, Verdict
from pos.i18n import N_, msg
from pos.services.attempt_engine import AttemptEngine
from pos.services.notices import Notices
from pos.services.poller import Poller
from pos.services.schedule import SILENCES

log = logging.getLogger(__name__)

_SAYS_SOMETHING: Final = frozenset(
    {Verdict.ACCEPTED, Verdict.PAID, Verdict.REFUSED, Verdict.LAPSED, Verdict.VOIDED, Verdict.DIFFERS}
)
"""Verdicts about the order itself; after the others its state is still unknown."""

STOPPED: Final = N_("The register stopped before the answer came.")


class StatusQuery:
    """Query the gateways of ``attempts``. A query without an answer causes no event."""

    def __init__(self, attempts: AttemptEngine) -> None:
        self._attempts = attempts
        self._silent: dict[str, int] = {}
        self.sending: set[str] = set()
        self.notices = Notices(attempts, lambda attempt: self.poller.wake(attempt))
        self.poller = Poller(
            attempts.clock, attempts.source, self.ask, attempts.overdue, attempts.rate_limiter, self.notices.needs_query
        )

    async def check_now(self, order_no: str) -> Attempt:
        """Query the gateway at once, before the queue. Return the attempt after the answer."""
        attempt = self._attempts.store.get(order_no)
        if attempt.state is State.CREATED or attempt.gateway == CASH:
            return attempt
        await self._attempts.rate_limiter(attempt.gateway).acquire(0.0)
        return await self._attempts.run_shielded(self.ask(order_no))

    async def ask(self, order_no: str, on_answer: Callable[[Answer], object] = lambda answer: None) -> Attempt:
        """Query once and apply the answer; ``on_answer`` is called with the answer, if there is one.

        Raises NotFound and StoreError.
        """
        async with self._attempts.lock(order_no):
            attempt, answered = await self._ask(self.mark_interrupted(self._attempts.store.get(order_no)), on_answer)
        self._attempts.bus.publish(QueryEnded(order_no, answered, self.poller.next_wait(attempt)))
        return attempt

    async def void(self, order_no: str) -> None:
        """Ask the gateway to void a cancelled attempt."""
        async with self._attempts.lock(order_no):
            await self._void(self._attempts.store.get(order_no))

    def mark_interrupted(self, attempt: Attempt) -> Attempt:
        """Apply the events that a stopped program or a failed write left out.

        A SENT attempt that is not being sent becomes UNKNOWN. One that the cashier cancelled meanwhile is cancelled.
        """
        if attempt.order_no in self.sending:
            return attempt
        if attempt.state is State.SENT:
            attempt = self._attempts.step(attempt, Event.NO_ANSWER, message=msg(STOPPED))
        if attempt.cancel_wanted and attempt.state in CANCELLABLE:
            attempt = self._attempts.step(attempt, Event.CANCEL)
        return attempt

    async def _ask(self, attempt: Attempt, on_answer: Callable[[Answer], object]) -> tuple[Attempt, bool]:
        """Return the attempt after one query, and whether the answer was about the order."""
        if not self._attempts.may_ask(attempt.gateway):
            return attempt, False
        answer = await self._answer(attempt, lambda gateway: self.notices.query(gateway, attempt))
        after = self._attempts.store.get(attempt.order_no)
        if answer is not None:
            on_answer(answer)
            # During a cancellation only the answers to it are noted: two alternating texts would fill the journal.
            notes = after.state is not State.VOIDING or answer.credentials
            after = self._attempts.settle(after, answer, notes=notes)
        if answer is not None and answer.verdict in _SAYS_SOMETHING:
            self._silent.pop(attempt.order_no, None)
        else:
            after = self._no_usable_answer(after)
        if answer is not None:
            self.notices.answered(after)
        return await self._void(after), answer is not None and answer.is_about_order

    async def _void(self, attempt: Attempt) -> Attempt:
        if attempt.state is not State.VOIDING:
            return attempt
        answer = await self._answer(attempt, lambda gateway: gateway.void(attempt))
        after = self._attempts.store.get(attempt.order_no)
        says = answer is not None and (answer.is_about_order or answer.credentials)  # else nothing can be concluded
        return self._attempts.settle(after, answer) if answer is not None and says else after

    async def _answer(self, attempt: Attempt, call: Callable[[Gateway], Awaitable[Answer]]) -> Answer | None:
        """Return the gateway's answer to ``call``; None if it has no usable one."""
        gateway = self._attempts.gateways.get(attempt.gateway)
        if gateway is None:
            return None
        try:
            answer = await call(gateway)
        except NoAnswer as error:
            self._attempts.unanswered(gateway, error)
        except NotSent as error:
            self._attempts.gateway_health.silent(gateway, error.message)
        except PosError as error:
            log.error("query of %s: %s", attempt.order_no, error)
        except Exception:
            log.exception("query of %s: the reply could not be read", attempt.order_no)
        else:
            self._attempts.answered(gateway)
            return answer
        return None

    def _no_usable_answer(self, attempt: Attempt) -> Attempt:
        """Count a query without a usable answer after the deadline; after SILENCES of them go to REVIEW."""
        if attempt.state not in IN_FLIGHT or attempt.state is State.SENT or not self._attempts.overdue(attempt):
            return attempt
        silent = self._silent.get(attempt.order_no, 0) + 1
        self._silent[attempt.order_no] = silent
        if silent < SILENCES:
            return attempt
        text = N_("The gateway gave no usable answer by the deadline. Check the gateway's console.")
        return self._attempts.step(attempt, Event.GIVE_UP, message=msg(text))
