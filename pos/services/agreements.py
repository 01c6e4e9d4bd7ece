"""Agreements by which a card is charged again and again.

The first charge is a payment like any other: page, notices, queries. From then on the gateway charges by itself. Each
later charge is booked once, on its own day, when the gateway names it: after a notice, or at a query on schedule.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import replace
from datetime import date, tzinfo
from typing import Final

from pos.domain.actor import Actor
from pos.domain.agreement import (
    CHARGES_OPEN,
    EVERY,
    PAID_AT,
    REFERENCE,
    TIMES,
    Agreement,
    AgreementCharge,
    AgreementEvent,
    AgreementState,
    ChargeEvent,
    ChargeState,
    Terms,
    is_given_up,
    needs_query,
    tidy_reference,
)
from pos.domain.events import AttemptChanged, Fact
from pos.domain.invoice import InvoiceRequest
from pos.domain.money import Money
from pos.domain.payment import Attempt, Line, Sale, Tender, new_payment_id
from pos.domain.staff import Action
from pos.domain.states import IN_FLIGHT
from pos.errors import ConfigError, KeyRefused, NoAnswer, NotAllowed, NotSent, PosError
from pos.gateways import title_of
from pos.gateways.base import Answer, Gateway, Notice, Verdict
from pos.gateways.capabilities import AgreementAnswer, Capability, ChargeReport, ContractStatus, Outcome, Result
from pos.i18n import N_, Message, msg
from pos.runtime import Bus, Clock
from pos.services.agreement_rules import (
    AFTER_END,
    GIVEN_UP,
    NO_NEWS,
    STOPPED,
    TWICE,
    charge_of,
    event_of,
    is_second,
    reported,
)
from pos.services.agreement_steps import AgreementSteps
from pos.services.attempt_engine import AttemptEngine
from pos.services.background import BackgroundTasks
from pos.services.gateway_calls import GatewayCalls
from pos.services.invoice_request import agreement_options
from pos.services.order_locks import OrderLocks
from pos.services.payments import Payments
from pos.services.permissions import Permission, require_permission
from pos.services.routes import Routes
from pos.services.sending import nothing_sent
from pos.services.status_query import StatusQuery
from pos.store.agreements import AgreementStore
from pos.store.payments import PaymentStore
from pos.store.targets import Targets, target_of

log = logging.getLogger(__name__)

LOOK: Final = 3600.0
"""Seconds between two looks for charges that are due."""

SAMPLE: Final = 1000
"""An amount in minor units that the gateway takes."""

_BEGUN: Final = frozenset({AgreementState.ACTIVE, AgreementState.ENDED, AgreementState.STOPPED, AgreementState.REVIEW})
_OVER: Final = frozenset({AgreementState.ENDED, AgreementState.STOPPED})


class Agreements:
    """Make, show, query and stop agreements. ``to`` are the targets that requests are sent to."""

    def __init__(
        self, *, store: AgreementStore, payments: PaymentStore, charging: Payments, calls: GatewayCalls,
        status_query: StatusQuery, engine: AttemptEngine, locks: OrderLocks, tasks: BackgroundTasks,
        clock: Clock, bus: Bus, zone: tzinfo, to: Targets, routes: Routes, currency: str, steps: AgreementSteps,
    ) -> None:  # fmt: skip
        self._store = store
        self._payments = payments
        self._charging = charging
        self._calls = calls
        self._status_query = status_query
        self._engine = engine
        self._locks = locks
        self._tasks = tasks
        self._clock = clock
        self._zone = zone
        self._to = to
        self._steps = steps
        self._routes = routes
        self._sample = Money(SAMPLE, currency)
        bus.listen(self._on_fact)

    def refusal(self) -> Message:
        """Return why no agreement can be made here, an empty message if one can."""
        try:
            self._routes.choose(Tender.CARD_PERIODIC, self._sample)
        except PosError as error:
            return error.message
        return Message()

    async def create(
        self, actor: Actor, terms: Terms, *, lines: Sequence[Line] = (), reference: str = "",
        options: Mapping[str, str] | None = None, invoice_request: InvoiceRequest | None = None,
        even_if_duplicate: bool = False,
    ) -> Agreement:  # fmt: skip
        """Journal an agreement and hand out the page of its first charge; the actor is its cashier.

        ``options`` are further fields of the gateway's order. With ``invoice_request`` the order has the gateway issue
        the e-invoice. Raises as :meth:`Payments.take`.
        """
        terms.due_dates(self._steps.today())
        known = {EVERY: str(terms.period), TIMES: str(terms.times), REFERENCE: tidy_reference(reference)}
        wanted = agreement_options(options or {}, invoice_request)
        given = {**wanted, **{name: value for name, value in known.items() if value}}
        sale = Sale(terms.amount, tuple(lines), given)
        attempt = await self._charging.take(
            actor, sale, Tender.CARD_PERIODIC, payment_id=new_payment_id(), even_if_duplicate=even_if_duplicate
        )
        return self._steps.publish(attempt.order_no)

    def get(self, order_no: str) -> Agreement:
        """Return the agreement with this number. Raises NotFound."""
        return self._store.get(order_no)

    def first_charge(self, order_no: str) -> Attempt:
        """Return the payment of an agreement's first charge. Raises NotFound."""
        return self._payments.get(self._store.get(order_no).order_no)

    def listed(self, permission: Permission) -> Sequence[Agreement]:
        """Return all agreements, the newest first."""
        require_permission(permission, Action.SEE_ALL)
        return self._store.all()

    async def refresh(self, order_no: str) -> Agreement:
        """Query the gateway about an agreement at once, and apply the answer.

        Raises NotFound, ConfigError, NotAllowed, NotSent, NoAnswer.
        """
        self._store.get(order_no)
        if self._payments.get(order_no).state in IN_FLIGHT:
            await self._status_query.check_now(order_no)
        if self._has_begun(self._store.get(order_no)):
            await self._tasks.run_shielded(self._ask(order_no))
        return self._store.get(order_no)

    async def stop(self, order_no: str, reason: str, permission: Permission) -> Agreement:
        """End an agreement at the gateway: no further charges.

        The gateway is queried first, so that charges until now are known. Raises NotAllowed with what to do where the
        gateway has no such call, and for an agreement that is not active.
        """
        require_permission(permission, Action.STOP_DEBIT)
        agreement = await self.refresh(order_no)
        if agreement.state is not AgreementState.ACTIVE:
            text = N_("An agreement that is {state} cannot be stopped.")
            raise NotAllowed(msg(text, state=agreement.state.value))
        async with self._locks.of(order_no):
            return await self._tasks.run_shielded(self._stop(self._store.get(order_no), reason, permission))

    def take_charge(self, attempt: Attempt, notice: Notice) -> None:
        """Take the verified notice of a charge. It is a reason to query; it settles only where no query can be made."""
        assert notice.charge is not None
        if not notice.settles:
            self._tasks.spawn(self._ask_quietly(attempt.order_no))
        elif notice.is_later:
            after = self._report(self._store.get(attempt.order_no), notice.charge)
            self._steps.finish(after, finished=False)
        else:
            self._settle_first(attempt, notice.charge)

    def resume(self) -> None:
        """Query what is due, now and on schedule. Call once after a start."""
        self._tasks.spawn(self._watch())

    async def ask_due(self) -> None:
        """Query the gateways about every agreement with a charge that is due and has no news."""
        for agreement in self._store.begun():
            if agreement.state is AgreementState.ACTIVE and needs_query(
                agreement.charges, self._steps.today(), agreement.asked
            ):
                await self._ask_quietly(agreement.order_no)

    # -- queries ----------------------------------------------------------------------------------------------

    async def _watch(self) -> None:
        while True:
            await _quietly(self.ask_due(), "agreements that are due")
            await self._clock.sleep(LOOK)

    async def _ask_quietly(self, order_no: str) -> None:
        if self._has_begun(self._store.get(order_no)):
            await _quietly(self._ask(order_no), order_no)

    async def _ask(self, order_no: str) -> None:
        attempt = self._payments.get(order_no)
        gateway = self._gateway(attempt)
        if not self._calls.may_ask(attempt.gateway):
            raise NotAllowed(msg(N_("The address of {gateway} is not approved."), gateway=title_of(attempt.gateway)))
        await self._calls.wait_for_turn(attempt.gateway)
        async with self._locks.of(order_no):
            self._apply(attempt, await self._answer(gateway, attempt))

    async def _answer(self, gateway: Gateway, attempt: Attempt) -> AgreementAnswer:
        try:
            answer = await gateway.operations().query_agreement(attempt)
        except NoAnswer as error:
            self._calls.unanswered(gateway, error)
            raise
        except NotSent as error:
            self._calls.not_sent(gateway, error.message)
            raise
        self._calls.answered(gateway)
        if answer.credentials:
            raise KeyRefused(answer.message, answer.code)
        return answer

    def _gateway(self, attempt: Attempt) -> Gateway:
        found = self._calls.get(attempt.gateway)
        if found is None or Capability.AGREEMENT not in found.FACTS.capabilities:
            raise ConfigError(msg(N_("{gateway} is not set up."), gateway=title_of(attempt.gateway)))
        return found

    # -- answers ----------------------------------------------------------------------------------------------

    def _apply(self, attempt: Attempt, answer: AgreementAnswer) -> None:
        """Apply an answer: every authorisation it names, then what it does not name, then its status."""
        agreement = self._store.get(attempt.order_no)
        for report in answer.reports:
            agreement = self._report(agreement, report)
        if answer.status is ContractStatus.UNSURE:
            self._steps.finish(agreement, finished=False)
            return
        today = self._steps.today()
        for charge in agreement.charges:
            self._without_news(agreement, charge, today)
        agreement = self._store.asked(self._store.get(agreement.order_no), today)
        if agreement.state is AgreementState.ACTIVE and answer.status is ContractStatus.STOPPED:
            self._store.step(agreement, AgreementEvent.STOP, msg(STOPPED))
        else:
            self._steps.finish(agreement, finished=answer.status is ContractStatus.FINISHED)
        self._steps.publish(agreement.order_no)

    def _report(self, agreement: Agreement, report: ChargeReport) -> Agreement:
        """Apply one authorisation, and return the agreement after it. The first one is the payment's own."""
        if report.at is None or not agreement.charges:
            return agreement
        charge = charge_of(agreement, report, report.at.astimezone(self._zone).date())
        if charge.number == 1:
            return agreement
        if is_second(charge, report):
            text = msg(TWICE, due=charge.due.isoformat(), amount=charge.amount.display)
            is_known = report.bank_ref in agreement.reviewed
            return agreement if is_known else self._in_review(agreement, text, report.bank_ref)
        event = event_of(charge, report, agreement.terms.amount)
        if event is None:
            return agreement
        self._steps.charge(agreement, reported(charge, report, event, agreement.terms.amount), event)
        agreement = self._store.get(agreement.order_no)
        if event is ChargeEvent.PAID and agreement.state in _OVER:
            text = msg(AFTER_END, amount=charge.amount.display, day=report.at.date().isoformat())
            agreement = self._in_review(agreement, text)
        return self._steps.publish(agreement.order_no)

    def _without_news(self, agreement: Agreement, charge: AgreementCharge, today: date) -> None:
        if charge.state is ChargeState.EXPECTED and charge.due < today:
            charge = replace(charge, message=msg(NO_NEWS))
            self._store.charge(agreement, charge, ChargeEvent.NO_NEWS)
            charge = replace(charge, state=ChargeState.UNKNOWN)
        if charge.state in CHARGES_OPEN and is_given_up(charge, today):
            self._store.charge(agreement, replace(charge, message=msg(GIVEN_UP)), ChargeEvent.GIVE_UP)

    def _in_review(self, agreement: Agreement, message: Message, bank_ref: str = "") -> Agreement:
        """Ask for a manager. One in review stays there; what came beside it is found again after the decision."""
        if agreement.state is AgreementState.REVIEW:
            return agreement
        self._store.step(agreement, AgreementEvent.DIFFERS, message, bank_ref=bank_ref)
        return self._steps.publish(agreement.order_no)

    def _settle_first(self, attempt: Attempt, report: ChargeReport) -> None:
        verdict = Verdict.PAID if report.paid else Verdict.REFUSED
        details = {PAID_AT: report.at.isoformat()} if report.at else {}
        answer = Answer(
            verdict, report.code, report.message, report.amount, gateway_ref=report.gateway_ref, details=details
        )
        self._engine.settle(self._status_query.mark_interrupted(attempt), answer)

    # -- stop -------------------------------------------------------------------------------------------------

    async def _stop(self, agreement: Agreement, reason: str, permission: Permission) -> Agreement:
        attempt = self._payments.get(agreement.order_no)
        gateway, by = self._gateway(attempt), permission.by
        to = target_of("agreement_stop_asked", self._to.get(attempt.gateway))
        with nothing_sent():
            self._store.note(agreement, "agreement_stop_asked", by=by, reason=reason, to=to)
        try:
            result = await gateway.operations().stop_agreement(attempt)
        except NotSent as error:
            self._store.note(agreement, "agreement_stop_refused", message=error.message)
            raise
        except NoAnswer as error:
            self._store.note(agreement, "agreement_stop_unsure", message=error.message)
            raise
        return self._stopped(agreement, result)

    def _stopped(self, agreement: Agreement, result: Result) -> Agreement:
        if result.outcome is Outcome.DONE:
            self._store.step(agreement, AgreementEvent.STOP)
            return self._steps.publish(agreement.order_no)
        self._store.note(agreement, "agreement_stop_refused", message=result.message)
        if result.credentials:
            raise KeyRefused(result.message, result.code)
        raise NotAllowed(result.message or msg(N_("The gateway refused to stop the agreement.")))

    # -- steps ------------------------------------------------------------------------------------------------

    def _has_begun(self, agreement: Agreement) -> bool:
        return agreement.state in _BEGUN and bool(agreement.charges)

    def _on_fact(self, fact: Fact) -> None:
        """Publish an agreement after each step of its first charge, which may be a step of the agreement too."""
        if isinstance(fact, AttemptChanged) and EVERY in fact.attempt.options:
            self._steps.publish(fact.attempt.order_no)


async def _quietly(work: Awaitable[None], about: str) -> None:
    """Do ``work``, and log a failure: the schedule repeats it, and no failure ends the schedule."""
    try:
        await work
    except PosError as error:
        log.error("query of %s: %s", about, error.detail or error)
    except Exception:
        log.exception("query of %s", about)
