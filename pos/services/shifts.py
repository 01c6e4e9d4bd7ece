"""Shifts: open with a float, move cash, read (X), count blind, close (Z). A Z stores its report."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from pos.domain.actor import Actor
from pos.domain.cash import check_coins
from pos.domain.events import ShiftChanged
from pos.domain.in_process import InProcess, in_process_of
from pos.domain.money import Money
from pos.domain.shift import CashMovement, CashMovementKind, Shift, sum_of_count
from pos.domain.staff import Action
from pos.domain.totals import shift_scope, totals
from pos.domain.typed_text import check_reason
from pos.errors import InputError, NotAllowed, NotFound, PosError
from pos.i18n import N_, Message, msg
from pos.runtime import Bus
from pos.services.journal_seals import JournalSeals
from pos.services.permissions import Permission, require_permission
from pos.services.z_report import ReportNames, ShiftReport, completed, load, serialize
from pos.store.journal.anchors import Anchor
from pos.store.ledger import Ledger
from pos.store.payments import PaymentStore
from pos.store.refunds import RefundStore
from pos.store.shifts import ShiftStore

__all__ = ("CloseStep", "Closed", "ShiftReport", "Shifts")

log = logging.getLogger(__name__)

QUERY_TIMEOUT: Final = 15.0
"""Seconds for which a close waits for the gateways' answers about what is in flight."""

COUNT: Final = "count"
"""The journaled reason if a drawer is opened to be counted."""

_ACTIONS: Final = {
    CashMovementKind.PAID_IN: Action.PAY_IN_OUT,
    CashMovementKind.PAID_OUT: Action.PAY_IN_OUT,
    CashMovementKind.DROP: Action.DROP,
}


@dataclass(frozen=True, slots=True)
class Closed:
    """The report of a closed shift, and the messages of the steps after it (backup, exports, print)."""

    report: ShiftReport
    messages: tuple[Message, ...] = ()


class _CountDiffers(InputError):
    """The count differs from the expected amount, and no reason was given."""

    def __init__(self, shift: Shift, expected: Money, message: Message) -> None:
        super().__init__("reason", message)
        self.shift = shift
        self.expected = expected


def _anchor(closed: Shift) -> Anchor:
    """Return the head of the journal that a Z froze."""
    assert closed.closed_at is not None
    head = closed.report["journal"]
    return Anchor(f"Z {closed.z_no}", head["seq"], head["hash"], closed.closed_at.isoformat(timespec="microseconds"))


async def _no_drawer() -> Message:
    return Message()


@dataclass(frozen=True, slots=True)
class CloseStep:
    """A step after a Z. ``work`` returns an empty message on success, and may raise PosError.

    Success is journaled under ``name``. ``again``: repeat the step at the next start if the program stopped before it
    was done.
    """

    name: str
    work: Callable[[ShiftReport], Awaitable[Message]]
    again: bool = True


class Shifts:
    """``names`` returns the names of today; a Z keeps them. ``ask_all`` queries everything in flight once;
    ``close_steps`` run after each Z, one after the other.

    ``kick`` opens the cash drawer, and returns a message if that failed. ``sees`` returns whether the person who gave a
    permission may know the expected amount in the drawer.
    """

    def __init__(
        self,
        store: ShiftStore,
        ledger: Ledger,
        payments: PaymentStore,
        refunds: RefundStore,
        bus: Bus,
        names: Callable[[], ReportNames],
        ask_all: Callable[[], Awaitable[object]],
        close_steps: Sequence[CloseStep] = (),
        kick: Callable[[], Awaitable[Message]] = _no_drawer,
        sees: Callable[[Permission], bool] = lambda permission: True,
        seals: JournalSeals | None = None,
    ) -> None:
        self._seals = seals or JournalSeals()
        self._store = store
        self._ledger = ledger
        self._payments = payments
        self._refunds = refunds
        self._bus = bus
        self._names = names
        self._ask_all = ask_all
        self._close_steps = close_steps
        self._kick = kick
        self._sees = sees

    def open(self, opening: Money, permission: Permission) -> Shift:
        """Open a shift with ``opening`` in the drawer. Raises NotAllowed while one is open, InputError below zero."""
        require_permission(permission, Action.SHIFT)
        if opening.minor < 0:
            raise InputError("float", N_("The float cannot be below zero."))
        check_coins("float", opening)
        return self._publish(self._store.open(opening, permission.by))

    async def move(self, kind: CashMovementKind, amount: Money, reason: str, permission: Permission) -> CashMovement:
        """Record cash that moves without a sale, and open the drawer.

        Raises InputError, also for more than the drawer should hold, NotAllowed and NotFound.
        """
        require_permission(permission, _ACTIONS[kind])
        if amount.minor <= 0:
            raise InputError("amount", N_("The amount must be more than zero."))
        shift = self.needed()
        if amount.currency != shift.opening.currency:
            raise InputError("amount", N_("The drawer is in another currency."))
        check_coins("amount", amount)
        reason_text = check_reason(reason)
        if kind is not CashMovementKind.PAID_IN:
            self._refuse_too_much(kind, shift, amount, reason_text, permission)
        move = self._store.move(kind, amount, reason_text, permission.by)
        self._publish(shift)
        await self._kick()
        return move

    async def open_drawer(self, reason: str, permission: Permission) -> Message:
        """Open the cash drawer without a sale; it is journaled first. Return a message if the drawer did not open.

        Raises InputError, NotAllowed.
        """
        require_permission(permission, Action.PAY_IN_OUT)
        self._store.record_drawer_opened(check_reason(reason), permission.by)
        return await self._kick()

    async def begin_count(self, permission: Permission) -> Message:
        """Open the drawer to count the open shift. Raises NotFound, NotAllowed."""
        require_permission(permission, Action.SHIFT)
        self.needed()
        self._store.record_drawer_opened(COUNT, permission.by)
        return await self._kick()

    def current(self) -> Shift | None:
        """Return the open shift or None, without figures, which need :meth:`read`."""
        return self._store.current()

    def needed(self) -> Shift:
        """Return the open shift. Raises NotFound."""
        shift = self._store.current()
        if shift is None:
            raise NotFound(self.renamed() or msg(N_("No shift is open on this register. Open one first.")))
        return shift

    def others(self) -> Sequence[str]:
        """Return other names under which something is open in this journal.

        Each register has its own journal, so these are former names of this register.
        """
        return self._store.other_registers()

    def renamed(self) -> Message:
        """Return a message about :meth:`others`, empty if there are none."""
        return renamed_words(names) if (names := self.others()) else Message()

    def take_over(self, register: str, permission: Permission) -> Shift | None:
        """Continue the open shift and everything in flight of the former name ``register`` under the present name.

        Return the shift that is open then, or None. Raises NotFound, and NotAllowed if both names have an open shift.
        """
        require_permission(permission, Action.TAKE_OVER)
        shift = self._store.take_over(register, permission.by)
        return shift and self._publish(shift)

    def last(self, actor: Actor, limit: int = 100, permission: Permission | None = None) -> Sequence[Shift]:
        """Return the newest shifts of this register, newest first.

        Without a permission to read an X the expected amounts are left out, except for the shifts that the
        actor closed; the counted amount is always included. Raises NotAllowed for another permission.
        """
        found = self._store.last(limit)
        if permission is not None:
            require_permission(permission, Action.X_REPORT)
            return found
        own = actor.person
        return [one if own and one.closed_by == own else replace(one, expected=None, report={}) for one in found]

    def in_process(self) -> InProcess:
        """Return what a close would carry over now. It needs no right, because it contains no figure of the drawer.

        Raises NotFound.
        """
        return self._in_process(self.needed())

    def moves(self) -> Sequence[CashMovement]:
        """Return the cash movements of the open shift, oldest first; they contain no sales. Raises NotFound."""
        return self._store.moves(self.needed().id)

    def read(self, permission: Permission, number: int | None = None) -> ShiftReport:
        """Return the X of the open shift, or the report of the shift ``number``. Raises NotFound, NotAllowed."""
        require_permission(permission, Action.X_REPORT)
        return self._report(self.needed() if number is None else self._store.get(number))

    def last_z(self, permission: Permission) -> ShiftReport:
        """Return the report of the newest closed shift. Raises NotFound, NotAllowed."""
        require_permission(permission, Action.X_REPORT)
        closed = next((one for one in self._store.last() if one.z_no is not None), None)
        if closed is None:
            raise NotFound(N_("No shift has been closed yet."))
        return self._report(closed)

    async def close(self, counted: Money, notes: Mapping[int, int], reason: str, permission: Permission) -> Closed:
        """Close the open shift with the counted amount; a difference needs a reason.

        Raises NotFound, NotAllowed, and InputError with the difference; such a count is journaled.
        """
        require_permission(permission, Action.SHIFT)
        _check_count(counted, notes, self.needed().opening.currency)
        reason_text = check_reason(reason) if reason.strip() else ""
        await self._ask_first()
        await self._seals.prepare()
        try:
            closed = self._write_z(counted, notes, reason_text, permission)
        except _CountDiffers as off:
            self._store.record_count(off.shift, counted, off.expected, notes, permission.by)
            raise
        report = self._report(closed)
        self._publish(closed)
        await self._seals.keep(_anchor(closed))
        return Closed(
            report, tuple([message for one in self._close_steps if (message := await self._run_step(one, report))])
        )

    async def resume_close_steps(self) -> None:
        """Repeat the steps of the last Z that are not journaled as done. Call once after a start.

        The print is not repeated, because it may have been printed.
        """
        try:
            shift = next((one for one in self._store.last() if one.z_no is not None), None)
            done = self._store.done_steps(shift.id) if shift else set()
        except PosError as error:
            log.warning("the steps after the last Z are not known: %s", error.detail or error)
            return
        for one in self._close_steps:
            if shift is not None and one.again and one.name not in done:
                await self._run_step(one, self._report(shift))

    # -- steps ------------------------------------------------------------------------------------------------

    async def _ask_first(self) -> None:
        """Query everything in flight before the figures are stored; what stays open is carried over."""
        try:
            async with asyncio.timeout(QUERY_TIMEOUT):
                await self._ask_all()
        except (TimeoutError, PosError) as error:
            log.warning("closing without all answers: %s", error)

    async def _run_step(self, one: CloseStep, report: ShiftReport) -> Message:
        """Run one step after a close. Its failure does not undo the close."""
        try:
            message = await one.work(report)
            if not message:
                self._store.record_step(report.shift, one.name)
        except PosError as error:
            log.warning("after Z %s: %s", report.shift.z_no, error.detail or error)
            return error.message
        return message

    def _refuse_too_much(
        self, kind: CashMovementKind, shift: Shift, amount: Money, reason: str, permission: Permission
    ) -> None:
        """Raise InputError for more than the drawer should hold, and NotAllowed for a user who may not know that.

        Each refused drop is journaled. After one, every further drop needs an approval, so that a series of drops
        does not reveal the amount in the drawer.
        """
        sees = self._sees(permission)
        too_much = amount > self._ledger.drawer(shift.id, shift.opening).expected
        if not too_much and (sees or not self._store.has_refused_drop(shift.id)):
            return
        if kind is CashMovementKind.DROP:
            self._store.record_refused_drop(shift, amount, reason, permission.by)
        if not sees:
            raise NotAllowed(N_("A manager must approve this drop."))
        raise InputError("amount", N_("This is too much for a drawer. Check the amount."))

    def _write_z(self, counted: Money, notes: Mapping[int, int], reason: str, permission: Permission) -> Shift:
        """Read the figures and write the Z in one transaction."""
        with self._store.closing() as closing:
            report = self._report(closing.shift)
            expected = report.drawer.expected
            if counted != expected and not reason:
                raise _CountDiffers(closing.shift, expected, _difference(counted - expected))
            return closing.write(counted, notes, expected, serialize(report), reason, permission.by, self._seals.seal)

    def _report(self, shift: Shift) -> ShiftReport:
        names = self._names()
        moves = partial(self._store.moves, shift.id)
        if shift.z_no is not None:
            body = completed(shift.report, moves, self._payments, self._refunds)
            return load(replace(shift, report=body), names)
        scope = shift_scope(shift, shift.opened_at.astimezone(names.zone).date(), names.zone)
        return ShiftReport(
            shift,
            self._ledger.drawer(shift.id, shift.opening),
            totals(scope, self._ledger.groups(scope), self._ledger.invoices(scope)),
            moves(),
            self._in_process(shift),
            names,
            self._store.counts(shift.id),
            self._store.sent_to(),
        )

    def _in_process(self, shift: Shift) -> InProcess:
        """Return what is in process; the X, the count, the Z and the command line show this list."""
        return in_process_of(
            {shift.register_id, *self._store.own_names()}, self._payments.waiting(), self._refunds.waiting(),
            self._payments.unfinished_sales(),
        )  # fmt: skip

    def _publish(self, shift: Shift) -> Shift:
        self._bus.publish(ShiftChanged(shift))
        return shift


def renamed_words(names: Sequence[str]) -> Message:
    """Return the message about names under which something is still open."""
    text = N_(
        "Shifts or payments are still open here under the name {names}. Was this register renamed? Continue them."
    )
    return msg(text, names=", ".join(names))


def _check_count(counted: Money, notes: Mapping[int, int], currency: str) -> None:
    if counted.minor < 0 or counted.currency != currency:
        raise InputError("counted", N_("The count must be in the drawer's currency."))
    check_coins("counted", counted)
    if notes and sum_of_count(notes, currency) != counted:
        raise InputError("counted", N_("The notes and coins do not add up to the count."))


def _difference(difference: Money) -> Message:
    text = N_("The drawer is over by {sum}. Count again, or enter a reason.")
    if difference.minor < 0:
        text = N_("The drawer is short by {sum}. Count again, or enter a reason.")
    return msg(text, sum=Money(abs(difference.minor), difference.currency).display)
