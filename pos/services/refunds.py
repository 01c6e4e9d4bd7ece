"""Refunds: approved by a manager, journaled, sent and polled to their end; or done by hand and recorded.

The order is that of the payments: write ``sent`` and commit, then send. A refund that may have arrived is queried and
never sent again. Only an explicit answer of the gateway, with our amount, ends a refund.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, Final

from pos.domain.actor import NO_PERSON, RecordedBy
from pos.domain.events import RefundChanged
from pos.domain.money import Money
from pos.domain.payment import Attempt, Line
from pos.domain.refund import (
    HOLDS_MONEY,
    MANUAL,
    REFUNDS_IN_FLIGHT,
    Refund,
    RefundEvent,
    RefundState,
    Way,
    tidy_reference,
)
from pos.domain.staff import Action
from pos.domain.typed_text import check_reason
from pos.errors import InputError, NoAnswer, NotAllowed, NotFound, NotSent, PosError
from pos.gateways.base import Gateway, RefundAnswer, RefundVerdict
from pos.i18n import N_, Message, msg
from pos.runtime import Bus, Clock
from pos.services.background import BackgroundTasks
from pos.services.gateway_calls import GatewayCalls
from pos.services.order_locks import OrderLocks
from pos.services.order_numbers import OrderNumbers
from pos.services.permissions import Permission, require_permission
from pos.services.refund_answers import amount_differs, event_of, facts_of, with_others
from pos.services.refund_options import RefundOptions, RefundView, check_amount, items_of, refund_options, reminder
from pos.services.refund_poller import RefundPoller, age_of
from pos.services.sending import nothing_sent, outcome_unsaved
from pos.services.targets import Targets
from pos.store.invoices import InvoiceStore
from pos.store.payments import PaymentStore
from pos.store.refunds import RefundStore

log = logging.getLogger(__name__)

OVERDUE: Final = timedelta(days=1)
"""Time after the moment a refund is due, before it goes to REVIEW."""

ARRIVING: Final = timedelta(minutes=10)
"""Time during which a refund that the gateway does not know may still be arriving there."""

Call = Callable[[Gateway, Attempt, Refund], Awaitable[RefundAnswer]]


class Refunds:
    """Refund payments on the I/O loop; methods that move money need a permission. ``currency`` is the drawer's."""

    def __init__(
        self, *, payments: PaymentStore, store: RefundStore, invoices: InvoiceStore, gateways: Mapping[str, Gateway],
        calls: GatewayCalls, targets: Targets, locks: OrderLocks, tasks: BackgroundTasks, numbers: OrderNumbers,
        clock: Clock, bus: Bus, refresh_invoice: Callable[[str], None], register: str, shop: str, currency: str,
    ) -> None:  # fmt: skip
        self._payments = payments
        self._store = store
        self._invoices = invoices
        self._gateways = gateways
        self._calls = calls
        self._targets = targets
        self._locks = locks
        self._tasks = tasks
        self._numbers = numbers
        self._clock = clock
        self._bus = bus
        self._refresh_invoice = refresh_invoice
        self._register = register
        self._shop = shop
        self._currency = currency
        self._poller = RefundPoller(clock, tasks, calls, self.check_now)

    # -- reading ----------------------------------------------------------------------------------------------

    def options(self, order_no: str) -> RefundOptions:
        """Return the refund options of a payment. Raises NotFound, and NotAllowed if it cannot be refunded."""
        attempt = self._payments.get(order_no)
        self._store.refuse_disputed(order_no)
        invoice = self._invoices.find(order_no)
        gateway = self._gateways.get(attempt.gateway)
        spent, now = self._store.committed(order_no), self._clock.now()
        held = [one for one in self._store.of_order(order_no) if one.state in HOLDS_MONEY]
        facts = gateway.FACTS if gateway else None
        return refund_options(attempt, spent, invoice, facts, self._shop, now, held, drawer=self._currency)

    def view(self, order_no: str) -> RefundView:
        """Return a payment with its refunds, refund options and split sale. Raises NotFound."""
        attempt, refunds = self._payments.get(order_no), tuple(self._store.of_order(order_no))
        sale = self._payments.split_sale(attempt.sale_id) if attempt.sale_id else None
        try:
            return RefundView(attempt, refunds, self.options(order_no), sale=sale)
        except NotAllowed as error:
            return RefundView(attempt, refunds, None, error.message, sale)

    def get(self, refund_no: str) -> Refund:
        """Return the refund with this number. Raises NotFound."""
        return self._store.get(refund_no)

    def of_order(self, order_no: str) -> Sequence[Refund]:
        """Return all refunds of one payment, oldest first."""
        return self._store.of_order(order_no)

    def waiting(self) -> Sequence[Refund]:
        """Return the refunds that are not settled, oldest first."""
        return self._store.waiting()

    def check(
        self, order_no: str, amount: Money, reason: str, *, way: Way | None = None, reference: str = "",
        lines: Sequence[Line] = (),
    ) -> Refund:  # fmt: skip
        """Return the refund that :meth:`give` would make, without writing it; call it before a PIN. Raises as it."""
        return self._fresh(order_no, amount, check_reason(reason), NO_PERSON, way, reference, lines, "")

    def new_number(self) -> str:
        """Return a number for a new refund. A repeated call of :meth:`give` with it makes no second refund."""
        return self._numbers.new()

    # -- sending ----------------------------------------------------------------------------------------------

    async def give(
        self,
        order_no: str,
        amount: Money,
        reason: str,
        permission: Permission,
        *,
        way: Way | None = None,
        reference: str = "",
        lines: Sequence[Line] = (),
        refund_no: str = "",
    ) -> Refund:
        """Refund ``amount`` of a captured payment. Return the refund after the first answer.

        ``way`` defaults to the first of the refund options. Raises InputError, NotAllowed and StoreError, all before
        anything is sent. For a ``refund_no`` that exists already, that refund is returned.
        """
        require_permission(permission, Action.REFUND)
        if known := self._known(refund_no):
            return known
        refund = self._fresh(order_no, amount, check_reason(reason), permission.by, way, reference, lines, refund_no)
        if refund.way in MANUAL:
            return self._publish(self._store.create(refund, RefundEvent.DONE))
        create = partial(self._store.create, refund, RefundEvent.SEND)
        return await self._tasks.run_shielded(self._send(refund, create))

    async def send_again(self, refund_no: str, permission: Permission) -> Refund:
        """Send a refund that was not sent. Raises NotAllowed for any other."""
        require_permission(permission, Action.REFUND)
        refund = self._store.get(refund_no)
        if refund.state is not RefundState.CREATED:
            raise NotAllowed(N_("Only a refund that was not sent can be sent again."))
        if refund.gateway not in self._gateways:
            raise NotAllowed(msg(N_("{gateway} is no longer set up here."), gateway=refund.gateway))
        step = partial(self._store.step, refund, RefundEvent.SEND, message=Message(), code="")
        return await self._tasks.run_shielded(self._send(refund, step))

    async def withdraw(self, refund_no: str, permission: Permission) -> Refund:
        """Withdraw a refund that was not sent, or that waits for midnight. Raises NotAllowed for any other."""
        require_permission(permission, Action.REFUND)
        refund = self._store.get(refund_no)
        if refund.state is RefundState.CREATED:
            return self._publish(self._store.step(refund, RefundEvent.WITHDRAW))
        due, now = refund.due_at, self._clock.now()
        if refund.state is not RefundState.PENDING or due is None or due <= now:
            raise NotAllowed(N_("This refund can no longer be cancelled."))
        if any(one.state is RefundState.PENDING for one in self._others(refund)):
            text = N_(
                "Two refunds of this payment are waiting, and the gateway cannot tell them apart. Cancel them"
                " in the gateway's console."
            )
            raise NotAllowed(text)
        async with self._locks.of(refund.order_no):
            refund = self._store.get(refund_no)
            return await self._ask(refund, lambda at, of, one: at.withdraw_refund(of, one), self._after_withdrawal)

    def settle(self, refund_no: str, *, done: bool, reason: str, permission: Permission) -> Refund:
        """Settle a refund in REVIEW by a manager: ``done`` if it was refunded. Raises NotAllowed for any other."""
        require_permission(permission, Action.SETTLE)
        why = msg(N_("Settled by a manager: {reason}"), reason=check_reason(reason))
        event = RefundEvent.DONE if done else RefundEvent.REFUSED
        refund = self._store.get(refund_no)
        if refund.state is not RefundState.REVIEW:
            raise NotAllowed(N_("Only a refund in review can be settled."))
        details = {**refund.details, "settled_by": permission.approved_by or permission.actor}
        return self._moved(self._publish(self._store.step(refund, event, message=why, details=details)))

    # -- queries ----------------------------------------------------------------------------------------------

    async def check_now(self, refund_no: str) -> Refund:
        """Query the gateway about a refund, and apply the answer."""
        refund = self._mark_interrupted(self._store.get(refund_no))
        if refund.state not in REFUNDS_IN_FLIGHT or not self._calls.may_ask(refund.gateway):
            return refund
        async with self._locks.of(refund.order_no):
            return await self._ask(self._store.get(refund_no), self.query, self._settled)

    def resume(self) -> None:
        """Resume polling: what was SENT when the program stopped becomes UNKNOWN. Call once after a start."""
        for refund in self._store.waiting():
            self._poller.follow(self._mark_interrupted(refund))
        now = self._clock.now()
        for refund in (*self._store.between(now - OVERDUE, now + OVERDUE), *self._store.uncorrected()):
            self._moved(refund)  # the program may have stopped before it queried the e-invoice

    async def ask_all(self) -> Sequence[Refund]:
        """Query every unsettled refund once, and return them after the answers (``pos recover``)."""
        return [await self.check_now(one.refund_no) for one in self._store.waiting()]

    # -- steps ------------------------------------------------------------------------------------------------

    def _known(self, refund_no: str) -> Refund | None:
        try:
            return self._store.get(refund_no) if refund_no else None
        except NotFound:
            return None

    def _fresh(
        self, order_no: str, amount: Money, reason: str, by: RecordedBy, way: Way | None, reference: str,
        lines: Sequence[Line], refund_no: str,
    ) -> Refund:  # fmt: skip
        found = self.options(order_no)
        check_amount(found, amount)
        chosen = way or found.ways[0]
        if chosen is Way.CASH and chosen not in found.ways:
            text = N_("The drawer is in {currency}. Refund this payment another way.")
            raise InputError("way", msg(text, currency=self._currency))
        if chosen not in found.ways:
            text = N_("This payment cannot be refunded this way: {way}. Possible: {ways}.")
            raise InputError("way", msg(text, way=chosen.value, ways=", ".join(found.ways)))
        reference = tidy_reference(reference)
        if chosen in (Way.TRANSFER, Way.BACK_OFFICE) and not reference:
            raise InputError("reference", N_("Enter the reference of a refund that is made outside the register."))
        by_gateway = chosen is Way.GATEWAY
        self._targets.check(found.attempt.gateway if by_gateway else "")
        return Refund(
            refund_no=refund_no or self.new_number(), order_no=order_no, gateway=found.attempt.gateway, way=chosen,
            amount=amount, reason=reason, register_id=self._register, created_at=self._clock.now(),
            by=by.actor, approved_by=by.approved_by, reference=reference,
            remedy=found.remedy(amount) if by_gateway else None,
            lines=items_of(found, amount, lines) if by_gateway or lines else (),
            message=Message() if by_gateway and found.remedy(amount) else reminder(found),
            rounding=found.rounding(amount) if chosen is Way.CASH else None,
        )  # fmt: skip

    async def _send(self, refund: Refund, write: Callable[[], Refund]) -> Refund:
        """Write the refund as sent with ``write`` and commit, then send it."""
        gateway = self._calls.approved(refund.gateway)
        async with self._locks.of(refund.order_no):
            if (known := self._known(refund.refund_no)) and known != refund:
                return known  # requested twice: the first request was written meanwhile
            attempt = self._payments.get(refund.order_no)
            with nothing_sent():
                refund = write()
            self._publish(refund)
            try:
                refund = await self._charge_back(gateway, attempt, refund)
            except Exception as error:  # the journal has it as SENT: it is queried, and written later
                log.error("outcome of refund %s not saved", refund.refund_no, exc_info=error)
                refund = self._publish(replace(refund, message=outcome_unsaved(error)))
        self._poller.follow(refund)
        return refund

    async def _charge_back(self, gateway: Gateway, attempt: Attempt, refund: Refund) -> Refund:
        try:
            answer = await gateway.refund(attempt, refund)
        except (NotSent, InputError, NotAllowed) as error:
            return self._publish(self._store.step(refund, RefundEvent.NOT_SENT, message=error.message))
        except NoAnswer as error:
            self._calls.unanswered(gateway, error)
            return self._publish(self._store.step(refund, RefundEvent.NO_ANSWER, message=error.message))
        except Exception:
            log.exception("refund %s", refund.refund_no)  # the client could not read the reply: the refund may exist
            text = N_("The gateway's answer could not be read.")
            return self._publish(self._store.step(refund, RefundEvent.NO_ANSWER, message=msg(text)))
        self._calls.answered(gateway)
        return self._settled(refund, answer)

    async def _ask(self, refund: Refund, call: Call, settle: Callable[[Refund, RefundAnswer], Refund]) -> Refund:
        """Return the refund after one call about it. Without an answer only the deadline is checked."""
        gateway = self._gateways.get(refund.gateway)
        if gateway is None or refund.state not in REFUNDS_IN_FLIGHT:
            return self._check_deadline(refund)
        try:
            answer = await call(gateway, self._payments.get(refund.order_no), refund)
        except NoAnswer as error:
            self._calls.unanswered(gateway, error)
            return self._check_deadline(self._reread(refund))
        except PosError as error:
            log.warning("query of refund %s: %s", refund.refund_no, error)
            return self._check_deadline(self._reread(refund))
        self._calls.answered(gateway)
        return settle(self._reread(refund), answer)

    def _reread(self, refund: Refund) -> Refund:
        """Read a refund again after a wait: a manager may have settled it meanwhile."""
        return self._store.get(refund.refund_no)

    def _settled(self, refund: Refund, answer: RefundAnswer) -> Refund:
        if refund.state not in REFUNDS_IN_FLIGHT:
            return refund
        facts, event = facts_of(refund, answer), event_of(refund, answer)
        if amount_differs(refund, answer):
            return self._differs(refund, answer, facts)
        if event is RefundEvent.ACCEPTED and refund.state is RefundState.PENDING:
            news = {name: facts[name] for name in ("gateway_ref", "due_at") if name in facts}
            return self._check_deadline(self._note(refund, **news))
        if event is None:
            return self._inconclusive(refund, answer, facts)
        return self._moved(self._publish(self._store.step(refund, event, **facts)))

    def _after_withdrawal(self, refund: Refund, answer: RefundAnswer) -> Refund:
        """Apply the answer to a withdrawal. Only a confirmation changes the refund's state."""
        if answer.verdict is RefundVerdict.WITHDRAWN and refund.state is RefundState.PENDING:
            return self._settled(refund, answer)
        text = N_("The gateway did not cancel the refund.")
        return self._note(refund, message=answer.message or msg(text), code=answer.code)

    def _note(self, refund: Refund, **facts: Any) -> Refund:
        """Write facts that do not change the state, and publish the refund if they are new."""
        after = self._store.note(refund, **facts)
        return refund if after == refund else self._publish(after)

    def _inconclusive(self, refund: Refund, answer: RefundAnswer, facts: dict[str, Any]) -> Refund:
        if refund.state is RefundState.SENT:
            return self._publish(self._store.step(refund, RefundEvent.NO_ANSWER, **facts))
        if (
            answer.verdict is RefundVerdict.MISSING
            and not self._is_queued(refund)
            and age_of(refund, self._clock.now()) > ARRIVING
        ):
            text = N_("The gateway does not know this refund. Check the gateway's console before you settle this.")
            return self._publish(self._store.step(refund, RefundEvent.GIVE_UP, message=msg(text)))
        if answer.message and not self._is_queued(refund):  # before it is due, the gateway may not show it yet
            refund = self._note(refund, message=answer.message, code=answer.code)
        return self._check_deadline(refund)

    def _differs(self, refund: Refund, answer: RefundAnswer, facts: dict[str, Any]) -> Refund:
        theirs = answer.amount.display if answer.amount else "?"
        text = N_("The gateway says {theirs}; {ours} was requested.")
        facts["message"] = msg(text, theirs=theirs, ours=refund.amount.display)
        if refund.state is RefundState.SENT:
            refund = self._store.step(refund, RefundEvent.NO_ANSWER, **facts)
        return self._publish(self._store.step(refund, RefundEvent.GIVE_UP, **facts))

    def _check_deadline(self, refund: Refund) -> Refund:
        """Move a refund without a usable answer to REVIEW when OVERDUE has passed since it was due."""
        now = self._clock.now()
        ends = (refund.due_at or refund.sent_at or refund.created_at) + OVERDUE
        if refund.state not in (RefundState.PENDING, RefundState.UNKNOWN) or now < ends:
            return refund
        text = N_("The gateway gave no usable answer by the deadline. Check the gateway's console.")
        return self._publish(self._store.step(refund, RefundEvent.GIVE_UP, message=msg(text)))

    def _mark_interrupted(self, refund: Refund) -> Refund:
        if refund.state is not RefundState.SENT or self._locks.is_held(refund.order_no):
            return refund
        text = N_("The register stopped before the answer came.")
        return self._publish(self._store.step(refund, RefundEvent.NO_ANSWER, message=msg(text)))

    def _moved(self, refund: Refund) -> Refund:
        """Query the e-invoice after a refund that corrects it has ended. Return the refund."""
        if refund.state in (RefundState.REFUNDED, RefundState.WITHDRAWN) and refund.remedy is not None:
            self._refresh_invoice(refund.order_no)
        return refund

    def _others(self, refund: Refund) -> list[Refund]:
        """Return the other refunds of the same payment that the gateway knows or may know."""
        known = HOLDS_MONEY - {RefundState.CREATED}
        return [
            one
            for one in self._store.of_order(refund.order_no)
            if one.way is Way.GATEWAY and one.state in known and one.refund_no != refund.refund_no
        ]

    def query(self, gateway: Gateway, attempt: Attempt, refund: Refund) -> Awaitable[RefundAnswer]:
        """Query a gateway about a refund."""
        return gateway.query_refund(attempt, with_others(refund, self._others(refund)))

    def _is_queued(self, refund: Refund) -> bool:
        return refund.due_at is not None and refund.due_at > self._clock.now()

    def _publish(self, refund: Refund) -> Refund:
        self._bus.publish(RefundChanged(refund))
        return refund
