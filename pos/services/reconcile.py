"""Reconciliation: query each gateway about each payment and refund of a day, and list the result of each comparison.

Nothing is corrected silently. A payment that ended unpaid but has money at the gateway goes to REVIEW by the state
table. A captured payment cannot leave its state, so the difference itself is in review: it is counted with the reviews,
is shown in the payment's history, and blocks refunds of the payment until a manager settles it with a reason.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from pos.domain.events import DifferenceChanged, ReconciliationProgressed
from pos.domain.payment import CASH, Attempt
from pos.domain.reconcile import DIFFERENCES, Check, Match, Progress, state_text
from pos.domain.refund import HOLDS_MONEY, Refund, RefundState, Way
from pos.domain.staff import Action
from pos.domain.states import State
from pos.domain.typed_text import check_reason
from pos.errors import NotAllowed, PosError
from pos.gateways.base import Answer, Gateway, Listed, RefundAnswer, Verdict
from pos.i18n import N_, Message, msg
from pos.runtime import Bus, Clock
from pos.services.comparison import NO_MONEY, Found, of_captured, of_refund, same_sum
from pos.services.gateway_calls import GatewayCalls
from pos.services.permissions import Permission, require_permission
from pos.services.status_query import StatusQuery
from pos.store.payments import PaymentStore
from pos.store.reconciliation import CheckStore
from pos.store.refunds import RefundStore

log = logging.getLogger(__name__)

_NOTHING_CAME: Final = frozenset({State.DECLINED, State.EXPIRED, State.VOIDED})
_AT_THE_GATEWAY: Final = frozenset({Way.GATEWAY, Way.BACK_OFFICE})
"""Ways of refund that the gateway's answer about a payment may include."""


@dataclass(frozen=True, slots=True)
class _Work:
    """One comparison to make: ``ours`` is the state before it, ``state_now`` returns the current one."""

    number: str
    order_no: str
    gateway: str
    ours: str
    state_now: Callable[[], str]
    compare: Callable[[], Awaitable[Found]]


QueryRefund = Callable[[Gateway, Attempt, Refund], Awaitable[RefundAnswer]]
"""Query a refund, with what distinguishes it from others (:meth:`pos.services.refunds.Refunds.query`)."""


def plain_query(gateway: Gateway, attempt: Attempt, refund: Refund) -> Awaitable[RefundAnswer]:
    """Query a refund by its number alone."""
    return gateway.query_refund(attempt, refund)


class Reconcile:
    """Compare days in the shop's ``zone``. One run at a time; :meth:`stop` ends it after the next answer."""

    def __init__(
        self,
        *,
        payments: PaymentStore,
        refunds: RefundStore,
        checks: CheckStore,
        gateways: Mapping[str, Gateway],
        calls: GatewayCalls,
        status_query: StatusQuery,
        clock: Clock,
        bus: Bus,
        zone: ZoneInfo,
        query_refund: QueryRefund,
    ) -> None:
        self._payments = payments
        self._refunds = refunds
        self._checks = checks
        self._gateways = gateways
        self._calls = calls
        self._status_query = status_query
        self._clock = clock
        self._bus = bus
        self._zone = zone
        self._query_refund = query_refund
        self._running = False
        self._stopped = False

    async def run(self, day: date, permission: Permission, *, recheck: bool = False) -> Sequence[Check]:
        """Compare a day. What agreed before and has not changed is skipped unless ``recheck`` is set.

        Raises NotAllowed without the right, for a future day, and during another run.
        """
        require_permission(permission, Action.RECONCILE)
        if self._running:
            raise NotAllowed(N_("A reconciliation is already running."))
        if day > self._clock.now().astimezone(self._zone).date():
            raise NotAllowed(N_("This day has not come yet."))
        self._running, self._stopped = True, False
        try:
            await self._run(day, recheck)
        finally:
            self._running = False
        return self._checks.of_day(day)

    def stop(self) -> None:
        """End the run after the current answer; a later run continues from there."""
        self._stopped = True

    def found(self, day: date, permission: Permission) -> Sequence[Check]:
        """Return the results of a day so far. Raises NotAllowed."""
        require_permission(permission, Action.RECONCILE)
        return self._checks.of_day(day)

    def in_review(self, permission: Permission | None = None) -> Sequence[Check]:
        """Return the differences of all days that no manager has settled, the oldest day first.

        Without a permission the figures are left out: every user may see that a manager is needed. Raises NotAllowed
        for another permission.
        """
        if permission is not None:
            require_permission(permission, Action.RECONCILE)
            return self._checks.in_review()
        return [replace(one, ours="", theirs="", message=Message()) for one in self._checks.in_review()]

    def settle(self, day: date, number: str, reason: str, permission: Permission) -> Check:
        """Settle a difference with a manager's reason. Raises NotFound, InputError, NotAllowed."""
        require_permission(permission, Action.SETTLE)
        check = self._checks.get(day, number)
        if not check.in_review:
            raise NotAllowed(N_("There is nothing to settle here."))
        if check.order_no and self._payments.get(check.order_no).state is State.REVIEW:
            raise NotAllowed(
                N_("The payment itself is in review. Accept it there, or confirm that no money was received.")
            )
        actor = permission.approved_by or permission.actor
        after = self._checks.settle(replace(check, reason=check_reason(reason), settled_by=actor))
        self._bus.publish(DifferenceChanged(after))
        return after

    # -- one run ----------------------------------------------------------------------------------------------

    async def _run(self, day: date, recheck: bool) -> None:
        known = {one.number: one for one in self._checks.of_day(day)}
        agreed = {} if recheck else {one.number: one.ours for one in known.values() if one.settled}
        first, after = self._bounds(day)
        payments = [one for one in self._payments.of_span(first, after) if _was_out(one)]
        refunds = [one for one in self._refunds.between(first, after) if _went_out(one)]
        lists = await self._lists(day, known)
        payments += self._paid_after_all(lists, {one.order_no for one in payments})
        todo = [one for one in self._work(payments, refunds, lists) if agreed.get(one.number) != one.ours]
        done = 0
        for done, one in enumerate(todo):
            self._publish_progress(day, done, len(todo))
            if self._stopped:
                break
            found = await one.compare()
            self._write(day, one.number, one.gateway, one.state_now(), found, one.order_no)
        else:
            self._only_there(day, lists, agreed)
            self._checks.ended(day, Counter(one.match for one in self._checks.of_day(day)))
            done = len(todo)
        self._bus.publish(ReconciliationProgressed(Progress(day, done, len(todo), over=True)))

    def _work(
        self, payments: Sequence[Attempt], refunds: Sequence[Refund], lists: Mapping[str, Mapping[str, Listed]]
    ) -> list[_Work]:
        work: list[_Work] = []
        for one in payments:
            row = lists.get(one.gateway, {}).get(one.order_no)
            state_now = partial(self._payment_state, one.order_no)
            compare = self._compare_payment(one.order_no, row)
            ours, number = state_text(one.state, one.paid), one.order_no
            work.append(_Work(number, number, one.gateway, ours, state_now, compare))
        for refund in refunds:
            row = lists.get(refund.gateway, {}).get(refund.refund_no)
            ours, state_now = state_text(refund.state, refund.amount), partial(self._refund_state, refund.refund_no)
            compare, number = self._compare_refund(refund.refund_no, row), refund.refund_no
            work.append(_Work(number, refund.order_no, refund.gateway, ours, state_now, compare))
        return work

    def _paid_after_all(self, lists: Mapping[str, Mapping[str, Listed]], named: set[str]) -> list[Attempt]:
        """Return payments of other days that a list has as paid and that ended unpaid here: they are queried too."""
        numbers = [row.number for rows in lists.values() for row in rows.values() if row.paid]
        store = self._payments
        found = [store.get(number) for number in numbers if number not in named and store.knows(number)]
        return [one for one in found if one.state in _NOTHING_CAME]

    def _payment_state(self, order_no: str) -> str:
        attempt = self._payments.get(order_no)
        return state_text(attempt.state, attempt.paid)

    def _refund_state(self, refund_no: str) -> str:
        refund = self._refunds.get(refund_no)
        return state_text(refund.state, refund.amount)

    async def _lists(self, day: date, known: Mapping[str, Check]) -> dict[str, dict[str, Listed]]:
        """Return the day's list of each gateway that has one.

        If a list fails, its payments are queried one by one. Money that only the gateway knows stays unnoticed then, so
        the list is recorded as unclear.
        """
        found: dict[str, dict[str, Listed]] = {}
        for name, gateway in self._gateways.items():
            if not gateway.can_list_days():
                continue
            await self._calls.wait_for_turn(name)
            try:
                found[name] = {row.number: row for row in await gateway.list_day(day)}
            except PosError as error:
                log.warning("the day's list of %s: %s", name, error)
                self._write(day, _list_of(name), name, "", Found(Match.UNCLEAR, "", error.message))
                continue
            if _list_of(name) in known:
                self._write(day, _list_of(name), name, "", Found(Match.AGREE, ""))
        return found

    def _compare_payment(self, order_no: str, row: Listed | None) -> Callable[[], Awaitable[Found]]:
        async def compare() -> Found:
            attempt = self._payments.get(order_no)
            gateway = self._gateways.get(attempt.gateway)
            if attempt.state is State.CAPTURED and row is not None and row.paid and row.proves:
                return same_sum(attempt.paid, row.amount)
            if gateway is None:
                return Found(Match.UNCLEAR, "", msg(N_("This gateway is no longer set up.")))
            await self._calls.wait_for_turn(attempt.gateway)
            if attempt.state is not State.CAPTURED:
                return await self._still_open(attempt, gateway)
            return await self._captured(attempt, gateway)

        return compare

    async def _captured(self, attempt: Attempt, gateway: Gateway) -> Found:
        try:
            answer = await gateway.query(attempt)
        except PosError as error:
            return Found(Match.UNCLEAR, "", error.message)
        back = [one for one in self._refunds.of_order(attempt.order_no) if one.way in _AT_THE_GATEWAY]
        refunded = any(one.state in HOLDS_MONEY and one.state is not RefundState.CREATED for one in back)
        return of_captured(attempt, answer, refunded=refunded)

    async def _still_open(self, attempt: Attempt, gateway: Gateway) -> Found:
        """Query an attempt that is not captured, and apply the answer: late money goes to REVIEW."""
        answers: list[Answer] = []
        after = await self._status_query.ask(attempt.order_no, answers.append)
        code = answers[0].code if answers else ""
        if after.state is State.REVIEW:
            return Found(Match.DIFFER, code, after.message)
        if not answers:
            return Found(Match.UNCLEAR, "", msg(N_("The gateway did not answer.")))
        if after.state is State.CAPTURED or (after.state in _NOTHING_CAME and answers[0].verdict in NO_MONEY):
            return Found(Match.AGREE, code)
        if answers[0].verdict is Verdict.UNSURE and self._refused_at_once(after):
            return Found(Match.AGREE, code, msg(N_("The gateway refused it at once and made no order.")))
        if after.state in _NOTHING_CAME:
            text = N_("The gateway does not say whether money came.")
            return Found(Match.UNCLEAR, code, answers[0].message or msg(text))
        return Found(Match.UNCLEAR, code, msg(N_("Still open: the register keeps checking.")))

    def _refused_at_once(self, attempt: Attempt) -> bool:
        """Return whether the gateway refused the charge itself: then it made no order that could be queried."""
        steps = {row.kind for row in self._payments.history(attempt.order_no)}
        return attempt.state is State.DECLINED and not steps & {"accepted", "no_answer"}

    def _compare_refund(self, refund_no: str, row: Listed | None) -> Callable[[], Awaitable[Found]]:
        async def compare() -> Found:
            refund = self._refunds.get(refund_no)
            if row is not None and row.paid and row.proves and refund.state is RefundState.REFUNDED:
                return same_sum(refund.amount, row.amount)
            gateway = self._gateways.get(refund.gateway)
            if gateway is None:
                return Found(Match.UNCLEAR, "", msg(N_("This gateway is no longer set up.")))
            await self._calls.wait_for_turn(refund.gateway)
            try:
                answer = await self._query_refund(gateway, self._payments.get(refund.order_no), refund)
            except PosError as error:
                return Found(Match.UNCLEAR, "", error.message)
            return of_refund(refund, answer)

        return compare

    # -- what is found ----------------------------------------------------------------------------------------

    def _only_there(self, day: date, lists: Mapping[str, Mapping[str, Listed]], agreed: Mapping[str, str]) -> None:
        """Record paid orders of a gateway's list that are not in this journal; another register may have taken them."""
        for name, rows in lists.items():
            for row in rows.values():
                if row.paid and row.number not in agreed and not self._ours(row.number):
                    text = N_(
                        "The gateway has this payment, but this journal does not. Another register may have taken it."
                    )
                    found = Found(Match.ONLY_THERE, row.amount.display, msg(text))
                    self._write(day, row.number, name, "", found)

    def _ours(self, number: str) -> bool:
        return self._payments.knows(number) or self._refunds.knows(number)

    def _write(self, day: date, number: str, gateway: str, ours: str, found: Found, order_no: str = "") -> None:
        """Write a result. A settled difference stays settled while it is the same; an unclear answer removes none.

        The result before is read again, because a manager may have settled it during the run.
        """
        now, before = self._clock.now(), self._checks.find(day, number)
        if before and found.match is Match.UNCLEAR and _outlasts(before, ours):
            found = Found(before.match, before.theirs, before.message)
        check = Check(day, number, gateway, found.match, ours, found.theirs, now, found.message, order_no)
        if before and (before.match, before.ours, before.theirs) == (check.match, check.ours, check.theirs):
            check = replace(check, reason=before.reason, settled_by=before.settled_by)
        differed = before is not None and before.in_review
        self._checks.write(check)
        if differed or check.match in DIFFERENCES:
            self._bus.publish(DifferenceChanged(check))

    def _bounds(self, day: date) -> tuple[datetime, datetime]:
        """Return the first moments of a day of the shop and of the next day, 23 to 25 hours apart."""
        first = datetime.combine(day, time.min, self._zone)
        return first, datetime.combine(day + timedelta(days=1), time.min, self._zone)

    def _publish_progress(self, day: date, done: int, total: int) -> None:
        self._bus.publish(ReconciliationProgressed(Progress(day, done, total)))


def _outlasts(before: Check, ours: str) -> bool:
    """Return whether a difference stays after an unclear answer: in review always, settled if our state is the same."""
    return before.in_review or (before.match in DIFFERENCES and before.ours == ours)


def _list_of(gateway: str) -> str:
    """Return the key of a gateway's whole list, used as a number; order numbers contain no space."""
    return f"{gateway.upper()} LIST"


def _was_out(attempt: Attempt) -> bool:
    """Return whether the gateway may have the order; an attempt that is CREATED again was not sent."""
    return attempt.gateway != CASH and attempt.sent_at is not None and attempt.state is not State.CREATED


def _went_out(refund: Refund) -> bool:
    return refund.way is Way.GATEWAY and refund.sent_at is not None and refund.state is not RefundState.CREATED
