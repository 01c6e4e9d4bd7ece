"""Reconciliation: each gateway is asked about each payment and refund of a day, and four lists say what it found.

Nothing is corrected silently: money that a gateway has and the journal gave up goes to REVIEW by the state table; what
differs from a captured payment stays a difference until a manager says, with a reason, what became of it.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from pos.domain.events import Reconciled
from pos.domain.money import Money
from pos.domain.payment import CASH, Attempt
from pos.domain.reconcile import Check, Match, Progress
from pos.domain.refund import Refund, RefundState, Way
from pos.domain.shift import check_reason
from pos.domain.staff import Action, Permit
from pos.domain.states import State
from pos.errors import NotAllowed, PosError
from pos.gateways.base import Answer, Gateway, Listed, RefundAnswer, RefundVerdict, Verdict
from pos.i18n import N_, Message, msg
from pos.services.asking import Asking
from pos.services.attempts import Attempts
from pos.services.staff import granted
from pos.store.checks import CheckStore
from pos.store.refunds import RefundStore

log = logging.getLogger(__name__)

_UNPAID: Final = frozenset({Verdict.ACCEPTED, Verdict.REFUSED, Verdict.LAPSED, Verdict.VOIDED})
_NOTHING_CAME: Final = frozenset({State.DECLINED, State.EXPIRED, State.VOIDED})


@dataclass(frozen=True, slots=True)
class _Found:
    """What a comparison says, before it is written."""

    match: Match
    theirs: str
    message: Message = Message()


class Reconcile:
    """``zone`` is the shop's: its days are compared. One run at a time; :meth:`stop` ends it after the next answer."""

    def __init__(
        self, attempts: Attempts, asking: Asking, refunds: RefundStore, checks: CheckStore, zone: ZoneInfo
    ) -> None:
        self._attempts = attempts
        self._asking = asking
        self._refunds = refunds
        self._checks = checks
        self._zone = zone
        self._running = False
        self._stopped = False

    async def run(self, day: date, permit: Permit, *, afresh: bool = False) -> Sequence[Check]:
        """Compare a day. What agreed before is not asked about again unless ``afresh``; everything else is.

        Raises NotAllowed without the right, for a day to come, and while another run goes on.
        """
        granted(permit, Action.RECONCILE)
        if self._running:
            raise NotAllowed(N_("A reconciliation is under way."))
        if day > self._attempts.clock.now().astimezone(self._zone).date():
            raise NotAllowed(N_("This day has not come yet."))
        self._running, self._stopped = True, False
        try:
            await self._run(day, afresh)
        finally:
            self._running = False
        return self._checks.of_day(day)

    def stop(self) -> None:
        """End the run after the answer that is awaited; a later one goes on from there."""
        self._stopped = True

    def found(self, day: date) -> Sequence[Check]:
        """What was found of a day so far."""
        return self._checks.of_day(day)

    def waiting(self) -> Sequence[Check]:
        """Differences of all days that no manager has settled yet."""
        return self._checks.waiting()

    def settle(self, day: date, number: str, reason: str, permit: Permit) -> Check:
        """A manager's word on a difference. Raises NotFound, InputError, NotAllowed."""
        granted(permit, Action.SETTLE)
        check = self._checks.get(day, number)
        if not check.waits:
            raise NotAllowed(N_("There is nothing to settle here."))
        who = permit.approved_by or permit.who
        return self._checks.settle(replace(check, reason=check_reason(reason), settled_by=who))

    # -- one run ----------------------------------------------------------------------------------------------

    async def _run(self, day: date, afresh: bool) -> None:
        known = {} if afresh else {one.number: one for one in self._checks.of_day(day)}
        agreed = {number for number, one in known.items() if one.match is Match.AGREE or one.reason}
        first, after = self._bounds(day)
        payments = [one for one in self._attempts.store.of_span(first, after) if _was_out(one)]
        refunds = [one for one in self._refunds.between(first, after) if one.way is Way.GATEWAY]
        lists = await self._lists(day)
        work = self._work(payments, refunds, lists)
        todo = [one for one in work if one[0] not in agreed]
        for done, (number, gateway, ours, compare) in enumerate(todo):
            self._tell(day, done, len(todo))
            if self._stopped:
                break
            found = await compare()
            self._write(day, number, gateway, ours, found)
        else:
            self._only_there(day, lists, agreed)
            self._checks.ended(day, Counter(one.match for one in self._checks.of_day(day)))
        self._attempts.bus.publish(Reconciled(Progress(day, len(todo), len(todo), over=True)))

    def _work(
        self, payments: Sequence[Attempt], refunds: Sequence[Refund], lists: Mapping[str, Mapping[str, Listed]]
    ) -> list[tuple[str, str, str, Callable[[], Awaitable[_Found]]]]:
        work: list[tuple[str, str, str, Callable[[], Awaitable[_Found]]]] = []
        for one in payments:
            row = lists.get(one.gateway, {}).get(one.order_no)
            work.append((one.order_no, one.gateway, _stands(one.state, one.paid), self._payment(one.order_no, row)))
        for refund in refunds:
            row = lists.get(refund.gateway, {}).get(refund.refund_no)
            ours = _stands(refund.state, refund.amount)
            work.append((refund.refund_no, refund.gateway, ours, self._refund(refund.refund_no, row)))
        return work

    async def _lists(self, day: date) -> dict[str, dict[str, Listed]]:
        """The day as each gateway lists it, where one can; without its list it is asked one by one."""
        found: dict[str, dict[str, Listed]] = {}
        for name, gateway in self._attempts.gateways.items():
            if not gateway.FACTS.lists_days:
                continue
            await self._attempts.turnstile(name).enter(self._attempts.clock.monotonic())
            try:
                found[name] = {row.number: row for row in await gateway.list_day(day)}
            except PosError as error:
                log.warning("the day's list of %s: %s", name, error)
        return found

    def _payment(self, order_no: str, row: Listed | None) -> Callable[[], Awaitable[_Found]]:
        async def compare() -> _Found:
            attempt = self._attempts.store.get(order_no)
            gateway = self._attempts.gateways.get(attempt.gateway)
            if attempt.state is State.CAPTURED and row is not None and row.paid:
                return _same_sum(attempt.paid, row.amount)
            if gateway is None:
                return _Found(Match.UNCLEAR, "", msg(N_("This gateway is not set up any more.")))
            await self._attempts.turnstile(attempt.gateway).enter(self._attempts.clock.monotonic())
            if attempt.state is not State.CAPTURED:
                return await self._still_open(attempt, gateway)
            return await self._captured(attempt, gateway)

        return compare

    async def _captured(self, attempt: Attempt, gateway: Gateway) -> _Found:
        try:
            answer = await gateway.query(attempt)
        except PosError as error:
            return _Found(Match.UNCLEAR, "", error.message)
        return _of_captured(attempt, answer, refunded=bool(self._refunds.spent(attempt.order_no)))

    async def _still_open(self, attempt: Attempt, gateway: Gateway) -> _Found:
        """What is not captured is asked about as always: the state table decides, and late money goes to REVIEW."""
        answers: list[Answer] = []
        after = await self._asking.ask(attempt.order_no, answers.append)
        said = answers[0].code if answers else ""
        if after.state is State.REVIEW:
            return _Found(Match.DIFFER, said, after.message)
        if not answers:
            return _Found(Match.UNCLEAR, "", msg(N_("The gateway did not answer.")))
        if after.state in _NOTHING_CAME or after.state is State.CAPTURED:
            return _Found(Match.AGREE, said)
        return _Found(Match.UNCLEAR, said, msg(N_("Still open: it is being watched.")))

    def _refund(self, refund_no: str, row: Listed | None) -> Callable[[], Awaitable[_Found]]:
        async def compare() -> _Found:
            refund = self._refunds.get(refund_no)
            if row is not None and row.paid and refund.state is RefundState.REFUNDED:
                return _same_sum(refund.amount, row.amount)
            gateway = self._attempts.gateways.get(refund.gateway)
            if gateway is None:
                return _Found(Match.UNCLEAR, "", msg(N_("This gateway is not set up any more.")))
            await self._attempts.turnstile(refund.gateway).enter(self._attempts.clock.monotonic())
            try:
                answer = await gateway.query_refund(self._attempts.store.get(refund.order_no), refund)
            except PosError as error:
                return _Found(Match.UNCLEAR, "", error.message)
            return _of_refund(refund, answer)

        return compare

    # -- what is found ----------------------------------------------------------------------------------------

    def _only_there(self, day: date, lists: Mapping[str, Mapping[str, Listed]], agreed: set[str]) -> None:
        """Money in a gateway's list of which this journal knows nothing: another register's, or nobody's."""
        for name, rows in lists.items():
            for row in rows.values():
                if row.paid and row.number not in agreed and not self._ours(row.number):
                    text = N_("The gateway has it, this journal has not. Another register may have taken it.")
                    self._write(day, row.number, name, "", _Found(Match.ONLY_THERE, row.amount.display, msg(text)))

    def _ours(self, number: str) -> bool:
        return self._attempts.store.knows(number) or self._refunds.knows(number)

    def _write(self, day: date, number: str, gateway: str, ours: str, found: _Found) -> None:
        now = self._attempts.clock.now()
        self._checks.write(Check(day, number, gateway, found.match, ours, found.theirs, now, found.message))

    def _bounds(self, day: date) -> tuple[datetime, datetime]:
        """The first moment of a day of the shop and that of the next one: 23 to 25 hours."""
        first = datetime.combine(day, time.min, self._zone)
        return first, datetime.combine(day + timedelta(days=1), time.min, self._zone)

    def _tell(self, day: date, done: int, total: int) -> None:
        self._attempts.bus.publish(Reconciled(Progress(day, done, total)))


def _was_out(attempt: Attempt) -> bool:
    return attempt.gateway != CASH and attempt.sent_at is not None


def _stands(state: State | RefundState, amount: Money) -> str:
    return f"{state.value} {amount.display}"


def _same_sum(ours: Money, theirs: Money) -> _Found:
    if ours == theirs:
        return _Found(Match.AGREE, theirs.display)
    text = N_("The gateway says {theirs}; {ours} is booked.")
    return _Found(Match.DIFFER, theirs.display, msg(text, theirs=theirs.display, ours=ours.display))


def _of_captured(attempt: Attempt, answer: Answer, *, refunded: bool) -> _Found:
    theirs = f"{answer.code} {answer.amount.display if answer.amount else ''}".strip()
    if answer.verdict is Verdict.PAID and answer.amount is not None:
        return replace(_same_sum(attempt.paid, answer.amount), theirs=theirs)
    if answer.verdict is Verdict.MISSING:
        return _Found(Match.ONLY_HERE, theirs, msg(N_("The gateway knows nothing of it.")))
    if refunded and answer.verdict not in _UNPAID and answer.amount in (None, attempt.paid):
        return _Found(Match.AGREE, theirs, msg(N_("It was refunded since.")))
    if answer.verdict is Verdict.DIFFERS and answer.amount == attempt.paid and attempt.received is not None:
        return _Found(Match.AGREE, theirs)  # a manager accepted what came
    if answer.verdict in _UNPAID or answer.verdict is Verdict.DIFFERS:
        return _Found(Match.DIFFER, theirs, answer.message or msg(N_("The gateway does not say: paid.")))
    return _Found(Match.UNCLEAR, theirs, answer.message)


def _of_refund(refund: Refund, answer: RefundAnswer) -> _Found:
    theirs = f"{answer.verdict.value} {answer.amount.display if answer.amount else ''}".strip()
    done = answer.verdict is RefundVerdict.DONE
    if answer.verdict is RefundVerdict.UNSURE:
        return _Found(Match.UNCLEAR, answer.code, answer.message)
    if done and answer.amount not in (None, refund.amount):
        return _Found(Match.DIFFER, theirs)
    if refund.state is RefundState.REFUNDED:
        missing = answer.verdict is RefundVerdict.MISSING
        return _Found(Match.AGREE if done else Match.ONLY_HERE if missing else Match.DIFFER, theirs, answer.message)
    if refund.state in (RefundState.REFUSED, RefundState.WITHDRAWN):
        return _Found(Match.DIFFER if done else Match.AGREE, theirs, answer.message)
    return _Found(Match.UNCLEAR, theirs, msg(N_("Still open: it is being watched.")))
