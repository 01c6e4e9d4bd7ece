"""Finding out what became of an attempt: by the schedule, or at once. Notices: :mod:`pos.services.notices`."""

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
"""Verdicts about the order itself; the others leave its fate open."""

STOPPED: Final = N_("The register stopped before the answer came.")


class StatusQuery:
    """``attempts.gateways`` are asked; a question without an answer is no event."""

    def __init__(self, attempts: AttemptEngine) -> None:
        self._attempts = attempts
        self._silent: dict[str, int] = {}
        self.sending: set[str] = set()
        self.notices = Notices(attempts, lambda attempt: self.poller.wake(attempt))
        self.poller = Poller(
            attempts.clock, attempts.source, self.ask, attempts.overdue, attempts.rate_limiter, self.notices.needs_query
        )

    async def check_now(self, order_no: str) -> Attempt:
        """Ask the gateway at once, before everyone who waits; the attempt as it stands after the answer."""
        attempt = self._attempts.store.get(order_no)
        if attempt.state is State.CREATED or attempt.gateway == CASH:
            return attempt
        await self._attempts.rate_limiter(attempt.gateway).acquire(0.0)
        return await self._attempts.run_shielded(self.ask(order_no))

    async def ask(self, order_no: str, on_answer: Callable[[Answer], object] = lambda answer: None) -> Attempt:
        """Query once and take what steps the answer allows; ``on_answer`` gets the answer, if one comes.

        Raises NotFound and StoreError.
        """
        async with self._attempts.lock(order_no):
            attempt, answered = await self._ask(self.mark_interrupted(self._attempts.store.get(order_no)), on_answer)
        self._attempts.bus.publish(QueryEnded(order_no, answered, self.poller.next_wait(attempt)))
        return attempt

    async def void(self, order_no: str) -> None:
        """Tell the gateway that an attempt was given up, where it can be told."""
        async with self._attempts.lock(order_no):
            await self._void(self._attempts.store.get(order_no))

    def mark_interrupted(self, attempt: Attempt) -> Attempt:
        """Take the steps that a stopped program or a failed write left out.

        A SENT attempt that is not being sent is UNKNOWN. One that the cashier gave up meanwhile is cancelled.
        """
        if attempt.order_no in self.sending:
            return attempt
        if attempt.state is State.SENT:
            attempt = self._attempts.step(attempt, Event.NO_ANSWER, message=msg(STOPPED))
        if attempt.cancel_wanted and attempt.state in CANCELLABLE:
            attempt = self._attempts.step(attempt, Event.CANCEL)
        return attempt

    async def _ask(self, attempt: Attempt, on_answer: Callable[[Answer], object]) -> tuple[Attempt, bool]:
        """The attempt after one question, and whether the gateway said something about it."""
        if not self._attempts.may_ask(attempt.gateway):
            return attempt, False
        answer = await self._answer(attempt, lambda gateway: self.notices.query(gateway, attempt))
        after = self._attempts.store.get(attempt.order_no)
        if answer is not None:
            on_answer(answer)
            # While it is being cancelled, the answers to the cancellation are kept: two texts in turn fill the journal.
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
        says = answer is not None and (answer.is_about_order or answer.credentials)  # else it could not be undone
        return self._attempts.settle(after, answer) if answer is not None and says else after

    async def _answer(self, attempt: Attempt, call: Callable[[Gateway], Awaitable[Answer]]) -> Answer | None:
        """What the attempt's gateway says to ``call``; None when it says nothing that can be used."""
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
            log.error("asking about %s: %s", attempt.order_no, error)
        except Exception:
            log.exception("asking about %s: the reply broke the client", attempt.order_no)
        else:
            self._attempts.answered(gateway)
            return answer
        return None

    def _no_usable_answer(self, attempt: Attempt) -> Attempt:
        """No usable answer. Past the deadline that is counted, and a manager must look in the end."""
        if attempt.state not in IN_FLIGHT or attempt.state is State.SENT or not self._attempts.overdue(attempt):
            return attempt
        silent = self._silent.get(attempt.order_no, 0) + 1
        self._silent[attempt.order_no] = silent
        if silent < SILENCES:
            return attempt
        text = N_("The gateway gave no usable answer by the deadline. Check the gateway's console.")
        return self._attempts.step(attempt, Event.GIVE_UP, message=msg(text))
