"""Commands of optional capabilities: capture a hold, stop a direct debit, bind a wallet, list the payment tools.

For a payment its own gateway is used, otherwise the first gateway that is set up and has the capability.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from pos.domain.direct_debit import PERIOD, DirectDebit, debit_of
from pos.domain.money import Money
from pos.domain.payment import Attempt
from pos.domain.staff import Action
from pos.domain.states import State
from pos.errors import ConfigError, InputError, KeyRefused, NoAnswer, NotAllowed, NotSent, PosError, StoreError
from pos.gateways import can, is_held, operations_with, title_of, titles_with
from pos.gateways.base import Answer, Gateway
from pos.gateways.capabilities import Capability, Operations, Outcome, Result
from pos.i18n import N_, Message, msg
from pos.runtime import Clock
from pos.services.attempt_engine import AttemptEngine
from pos.services.background import BackgroundTasks
from pos.services.order_locks import OrderLocks
from pos.services.permissions import Permission, require_permission
from pos.services.refund_options import fitted
from pos.services.sending import nothing_sent, outcome_unsaved
from pos.services.status_query import StatusQuery
from pos.services.targets import Targets
from pos.store.payments import PaymentStore

log = logging.getLogger(__name__)

FRESH: Final = timedelta(days=1)
"""How long the list of tools is valid."""


class _Kinds(NamedTuple):
    """Kinds of the journal rows of a command: before it is sent, and by its outcome."""

    asked: str
    done: str
    refused: str
    unsure: str

    def of(self, outcome: Outcome) -> str:
        """Return the kind of an outcome."""
        return {Outcome.DONE: self.done, Outcome.REFUSED: self.refused, Outcome.UNSURE: self.unsure}[outcome]


_CAPTURE: Final = _Kinds("capture_asked", "capture_done", "capture_refused", "capture_unknown")
_STOP: Final = _Kinds("debit_stop_asked", "debit_stop_done", "debit_stop_refused", "debit_stop_unsure")

_NOT_HELD: Final = N_("Only authorised money can be captured.")

_UNSETTLED: Final = frozenset({_CAPTURE.asked, _CAPTURE.unsure})
"""Kinds after which it is not known whether the money was captured."""


class MypayOperations:
    """``gateways`` are those that are set up. A command without a gateway that has it raises ConfigError."""

    def __init__(
        self, *, store: PaymentStore, gateways: Mapping[str, Gateway], engine: AttemptEngine, targets: Targets,
        locks: OrderLocks, tasks: BackgroundTasks, status_query: StatusQuery, clock: Clock,
    ) -> None:  # fmt: skip
        self._store = store
        self._engine = engine
        self._targets = targets
        self._locks = locks
        self._tasks = tasks
        self._status_query = status_query
        self._clock = clock
        self._operations = {one: operations_with(gateways, one) for one in Capability}
        self._tools: dict[Money, tuple[datetime, tuple[str, ...]]] = {}

    async def capture(self, order_no: str, amount: Money | None, permission: Permission) -> Attempt:
        """Capture a hold once, all of it or ``amount``. The query after it finds the outcome.

        A capture that may have been sent is sent again only if the gateway answers that the money is still held. Raises
        NotAllowed for a payment that is not a hold, InputError for the amount, NotSent and NoAnswer. A partial capture
        differs from the amount due, so it goes to REVIEW.
        """
        require_permission(permission, Action.CAPTURE)
        gateway = self._store.get(order_no).gateway
        if not can(gateway, Capability.HOLD):
            raise NotAllowed(_NOT_HELD)
        services = self._ready(Capability.HOLD, gateway)
        return await self._tasks.run_shielded(self._capture(services, order_no, amount))

    async def _capture(self, services: Operations, order_no: str, amount: Money | None) -> Attempt:
        if self._last_capture(order_no) in _UNSETTLED:
            await self._ask_before_repeating(order_no)
        async with self._locks.of(order_no):
            attempt = self._held(order_no)
            wanted = amount or attempt.amount
            lines = fitted(attempt.lines, wanted) if attempt.off else attempt.lines
            lines = lines if wanted == attempt.amount else ()
            message = msg(N_("Capture of {amount} requested."), amount=wanted.display)
            result = await self._command(attempt, _CAPTURE, message, lambda: services.capture(attempt, wanted, lines))
        if result.credentials:
            raise KeyRefused(result.message, result.code)
        if result.outcome is Outcome.REFUSED:
            text = N_("{gateway} refused the request.")
            raise NotAllowed(result.message or msg(text, gateway=title_of(attempt.gateway)))
        return await self._checked(order_no)

    def _held(self, order_no: str) -> Attempt:
        attempt = self._store.get(order_no)
        held = attempt.state is State.PENDING and is_held(attempt)
        if not held or self._last_capture(order_no) == _CAPTURE.done:
            raise NotAllowed(_NOT_HELD)
        return attempt

    def _last_capture(self, order_no: str) -> str:
        """Return the kind of the newest journal row about a capture of this order, "" if there is none."""
        return next((row.kind for row in reversed(self._store.history(order_no)) if row.kind in _CAPTURE), "")

    async def _ask_before_repeating(self, order_no: str) -> None:
        """Raise NotAllowed if the gateway does not answer a query about the order."""
        answers: list[Answer] = []
        await self._status_query.ask(order_no, answers.append)
        if not any(answer.is_about_order for answer in answers):
            text = N_("It is unclear whether {gateway} captured the money. Check again when {gateway} answers.")
            raise NotAllowed(msg(text, gateway=title_of(self._store.get(order_no).gateway)))

    async def _checked(self, order_no: str) -> Attempt:
        """Query the outcome of a capture. If it cannot be written now, the poller writes it later."""
        try:
            return await self._status_query.check_now(order_no)
        except StoreError as error:
            log.error("after the capture of %s: %s", order_no, error.detail or error)
            return self._store.get(order_no)

    async def stop_debit(self, order_no: str, day: date, reason: str, permission: Permission) -> Result:
        """Stop a direct debit from ``day`` on. Raises NotAllowed for a payment without one."""
        require_permission(permission, Action.STOP_DEBIT)
        attempt = self._store.get(order_no)
        group = attempt.details.get("group_id", "")
        if not group or not can(attempt.gateway, Capability.DIRECT_DEBIT):
            text = N_("{gateway} has no direct debit for this payment.")
            raise NotAllowed(msg(text, gateway=title_of(attempt.gateway)))
        services = self._ready(Capability.DIRECT_DEBIT, attempt.gateway)
        message = msg(N_("From {day} on: {reason}"), day=day.isoformat(), reason=reason)
        async with self._locks.of(order_no):
            attempt = self._store.get(order_no)
            return await self._command(
                attempt, _STOP, message, lambda: services.stop_debit(order_no, group, day, reason)
            )

    def debits(self, permission: Permission) -> Sequence[DirectDebit]:
        """Return all direct debits, newest first, with what the gateway reported about them."""
        require_permission(permission, Action.SEE_ALL)
        return [debit_of(one, self._store.history(one.order_no)) for one in self._store.debits()]

    async def refresh_debit(self, order_no: str) -> DirectDebit:
        """Ask the gateway which charge of a direct debit was the latest.

        Raises NotFound, NotAllowed, ConfigError, and NoAnswer.
        """
        attempt = self._store.get(order_no)
        self._ready(Capability.DIRECT_DEBIT, attempt.gateway)
        answers: list[Answer] = []
        attempt = await self._status_query.ask(order_no, answers.append)
        if not any(answer.is_about_order for answer in answers):
            text = N_("{gateway} did not answer. Check again later.")
            raise NoAnswer(msg(text, gateway=title_of(attempt.gateway)))
        async with self._locks.of(order_no):
            self._note_period(self._store.get(order_no), answers[-1].details.get(PERIOD, ""))
        return debit_of(self._store.get(order_no), self._store.history(order_no))

    def _note_period(self, attempt: Attempt, period: str) -> None:
        """Write the number of the latest charge; the payment itself was settled before."""
        if attempt.state is State.CAPTURED and period and period != attempt.details.get(PERIOD):
            self._engine.publish(self._store.note(attempt, "note", details={**attempt.details, PERIOD: period}))

    async def bind_wallet(self, user_id: str, person: Mapping[str, str], permission: Permission) -> Result:
        """Return the address of the page on which a customer binds a card."""
        require_permission(permission, Action.BIND_WALLET)
        return await self._ready(Capability.WALLET).bind_wallet(user_id, person)

    async def tools(self, amount: Money) -> tuple[str, ...]:
        """Return the payment tools that the shop may offer for ``amount``; requested once a day for each amount."""
        now = self._clock.now()
        known = self._tools.get(amount)
        if known is None or now - known[0] > FRESH:
            self._tools[amount] = known = now, await self._ready(Capability.TOOLS).tools(amount)
        return known[1]

    def _ready(self, capability: Capability, gateway: str = "") -> Operations:
        """Return the commands of ``gateway``, else of the first one with the capability, if its target is approved.

        Raises ConfigError if it is not set up, NotAllowed, StoreError.
        """
        found = self._operations[capability]
        name = gateway or next(iter(found), "")
        if name not in found:
            title = title_of(gateway) if gateway else titles_with(capability)
            raise ConfigError(msg(N_("{gateway} is not set up."), gateway=title))
        self._targets.check(name)
        return found[name]

    async def _command(
        self, attempt: Attempt, kinds: _Kinds, message: Message, send: Callable[[], Awaitable[Result]]
    ) -> Result:
        """Journal that a command is sent, send it, and journal its outcome.

        Raises what ``send`` raises, StoreError if nothing was sent, and NoAnswer if the outcome could not be written.
        """
        with nothing_sent():
            attempt = self._store.note(attempt, kinds.asked, message=message)
        self._engine.publish(attempt)
        try:
            result = await send()
        except (NotSent, InputError) as error:
            self._save(attempt, kinds.refused, error.message)
            raise
        except Exception as error:
            self._save(attempt, kinds.unsure, error.message if isinstance(error, PosError) else Message())
            raise
        self._save(attempt, kinds.of(result.outcome), result.message)
        return result

    def _save(self, attempt: Attempt, kind: str, message: Message) -> None:
        """Write the outcome of a command. Raises NoAnswer if that fails: the journal has it as asked."""
        try:
            before = self._store.get(attempt.order_no)
            self._engine.publish(self._store.note(before, kind, message=message))
        except StoreError as error:
            log.error("outcome %s of %s not saved: %s", kind, attempt.order_no, error.detail or error)
            raise NoAnswer(outcome_unsaved(error)) from error
