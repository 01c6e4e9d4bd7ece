"""Queries of an attempt's outcome, by schedule or at once. Notices: :mod:`pos.services.notices`."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Final

from pos.domain.events import QueryEnded
from pos.domain.payment import CASH, Attempt
from pos.domain.states import CANCELLABLE, IN_FLIGHT, Event, State
from pos.errors import NoAnswer, NotSent, PosError
from pos.gateways.base import Answer, Gateway, Verdict
from pos.i18n import N_, msg
from pos.runtime import Bus
from pos.services.attempt_engine import AttemptEngine
from pos.services.background import BackgroundTasks
from pos.services.gateway_calls import GatewayCalls
from pos.services.notices import Notices
from pos.services.order_locks import OrderLocks
from pos.services.schedule import SILENCES
from pos.store.payments import PaymentStore

log = logging.getLogger(__name__)

_SAYS_SOMETHING: Final = frozenset(
    {Verdict.ACCEPTED, Verdict.PAID, Verdict.REFUSED, Verdict.LAPSED, Verdict.VOIDED, Verdict.DIFFERS}
)
"""Verdicts about the order itself; after the others its state is still unknown."""

REVERSED: Final = N_("No result within 2 minutes: the charge is reversed. Money that still arrives needs a manager.")

STOPPED: Final = N_("The register stopped before the answer came.")


class StatusQuery:
    """Query the gateways. A query without an answer causes no event.

    ``next_wait`` returns the seconds until the next scheduled query of an attempt, None if there is none.
    """

    def __init__(
        self, store: PaymentStore, engine: AttemptEngine, calls: GatewayCalls, locks: OrderLocks,
        tasks: BackgroundTasks, bus: Bus, notices: Notices, next_wait: Callable[[Attempt], float | None],
    ) -> None:  # fmt: skip
        self._store = store
        self._engine = engine
        self._calls = calls
        self._locks = locks
        self._tasks = tasks
        self._bus = bus
        self._notices = notices
        self._next_wait = next_wait
        self._silent: dict[str, int] = {}
        self._sending: set[str] = set()

    @contextmanager
    def sending(self, order_no: str) -> Iterator[None]:
        """Mark an attempt as being sent: until the end its SENT is no sign of a stopped program."""
        self._sending.add(order_no)
        try:
            yield
        finally:
            self._sending.discard(order_no)

    async def check_now(self, order_no: str) -> Attempt:
        """Query the gateway at once, before the queue. Return the attempt after the answer."""
        attempt = self._store.get(order_no)
        if attempt.state is State.CREATED or attempt.gateway == CASH:
            return attempt
        await self._calls.wait_for_turn(attempt.gateway, 0.0)
        return await self._tasks.run_shielded(self.ask(order_no))

    async def ask(self, order_no: str, on_answer: Callable[[Answer], object] = lambda answer: None) -> Attempt:
        """Query once and apply the answer; ``on_answer`` is called with the answer, if there is one.

        Raises NotFound and StoreError.
        """
        async with self._locks.of(order_no):
            attempt, answered = await self._ask(self.mark_interrupted(self._store.get(order_no)), on_answer)
        self._bus.publish(QueryEnded(order_no, answered, self._next_wait(attempt)))
        return attempt

    async def void(self, order_no: str) -> None:
        """Ask the gateway to void a cancelled attempt."""
        async with self._locks.of(order_no):
            await self._void(self._store.get(order_no))

    def mark_interrupted(self, attempt: Attempt) -> Attempt:
        """Apply the events that a stopped program or a failed write left out.

        A SENT attempt that is not being sent becomes UNKNOWN. One that the cashier cancelled meanwhile is cancelled.
        """
        if attempt.order_no in self._sending:
            return attempt
        if attempt.state is State.SENT:
            attempt = self._engine.step(attempt, Event.NO_ANSWER, message=msg(STOPPED))
        if attempt.cancel_wanted and attempt.state in CANCELLABLE:
            attempt = self._engine.step(attempt, Event.CANCEL)
        return attempt

    async def _ask(self, attempt: Attempt, on_answer: Callable[[Answer], object]) -> tuple[Attempt, bool]:
        """Return the attempt after one query, and whether the answer was about the order."""
        if not self._calls.may_ask(attempt.gateway):
            return attempt, False
        answer = await self._answer(attempt, lambda gateway: self._notices.query(gateway, attempt))
        after = self._store.get(attempt.order_no)
        if answer is not None:
            on_answer(answer)
            # During a cancellation only the answers to it are noted: two alternating texts would fill the journal.
            notes = after.state is not State.VOIDING or answer.credentials
            after = self._engine.settle(after, answer, notes=notes)
        if answer is not None and answer.verdict in _SAYS_SOMETHING:
            self._silent.pop(attempt.order_no, None)
        else:
            after = self._no_usable_answer(after)
        if answer is not None:
            self._notices.answered(after)
        return await self._void(self._reversed(after)), answer is not None and answer.is_about_order

    def _reversed(self, attempt: Attempt) -> Attempt:
        """Cancel the charge of a customer's code that has no result in time; it is watched as any cancelled payment."""
        if attempt.state not in (State.PENDING, State.UNKNOWN) or not self._engine.waited_too_long(attempt):
            return attempt
        return self._engine.step(attempt, Event.CANCEL, message=msg(REVERSED))

    async def _void(self, attempt: Attempt) -> Attempt:
        if attempt.state is not State.VOIDING:
            return attempt
        answer = await self._answer(attempt, lambda gateway: gateway.void(attempt))
        after = self._store.get(attempt.order_no)
        says = answer is not None and (answer.is_about_order or answer.credentials)  # else nothing can be concluded
        return self._engine.settle(after, answer) if answer is not None and says else after

    async def _answer(self, attempt: Attempt, call: Callable[[Gateway], Awaitable[Answer]]) -> Answer | None:
        """Return the gateway's answer to ``call``; None if it has no usable one."""
        gateway = self._calls.get(attempt.gateway)
        if gateway is None:
            return None
        try:
            answer = await call(gateway)
        except NoAnswer as error:
            self._calls.unanswered(gateway, error)
        except NotSent as error:
            self._calls.not_sent(gateway, error.message)
        except PosError as error:
            log.error("query of %s: %s", attempt.order_no, error)
        except Exception:
            log.exception("query of %s: the reply could not be read", attempt.order_no)
        else:
            self._calls.answered(gateway)
            return answer
        return None

    def _no_usable_answer(self, attempt: Attempt) -> Attempt:
        """Count a query without a usable answer after the deadline; after SILENCES of them go to REVIEW."""
        if attempt.state not in IN_FLIGHT or attempt.state is State.SENT or not self._engine.overdue(attempt):
            return attempt
        silent = self._silent.get(attempt.order_no, 0) + 1
        self._silent[attempt.order_no] = silent
        if silent < SILENCES:
            return attempt
        text = N_("The gateway gave no usable answer by the deadline. Check the gateway's console.")
        return self._engine.step(attempt, Event.GIVE_UP, message=msg(text))
