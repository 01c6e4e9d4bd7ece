"""Agreements and their charges. The first charge is an attempt; each later one that brings money becomes one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, tzinfo
from typing import Any, Final

from pos.domain.actor import NO_PERSON, RecordedBy
from pos.domain.agreement import (
    AGREEMENT_TABLE,
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
    advance_agreement,
    advance_charge,
    parse_period,
    terms,
)
from pos.domain.agreement_lines import ChargeLine
from pos.domain.agreement_review import NOT_DECIDED, Decided
from pos.domain.journal_kinds import Json
from pos.domain.journal_kinds.agreements import AgreementChargeStep, AgreementCreated, AgreementStep
from pos.domain.money import Money
from pos.domain.payment import Attempt
from pos.domain.states import State
from pos.errors import NotAllowed, NotFound
from pos.i18n import N_, Message, msg
from pos.runtime import Clock
from pos.store.attempt_mapping import message_from, message_text, stamp, time_from
from pos.store.database import Database
from pos.store.journal.recording import Recorder

_A, _E = AgreementState, AgreementEvent

_SELECT: Final = (
    "SELECT order_no, every, times, amount, currency, reference, state, asked, message, reviewed FROM agreements"
)
_CHARGES: Final = (
    "SELECT number, due, amount, state, at, charge_order_no, bank_ref, charge_ref, message, received"
    " FROM agreement_charges"
    " WHERE order_no = ? ORDER BY number"
)
_STATE: Final = "SELECT state FROM agreements WHERE order_no = ?"
_CHARGE_STATE: Final = "SELECT state FROM agreement_charges WHERE order_no = ? AND number = ?"
_IN_REVIEW: Final = (
    "SELECT order_no FROM agreement_charges WHERE state = 'review' UNION SELECT order_no FROM agreements"
    " WHERE state = 'review' AND EXISTS (SELECT 1 FROM agreement_charges c WHERE c.order_no = agreements.order_no)"
)
_LINES: Final = (
    "SELECT c.order_no, a.reference, c.number, a.times, c.due, c.state, c.charge_order_no,"
    " coalesce(c.received, c.amount), a.currency FROM agreement_charges c JOIN agreements a ON a.order_no = c.order_no"
)
_IN_FORCE: Final = "('active', 'ended', 'stopped')"

_FOLLOWING: Final[Mapping[State, tuple[AgreementEvent, ...]]] = {
    State.PENDING: (_E.HAND_OUT,),
    State.CAPTURED: (_E.HAND_OUT, _E.ACTIVATE),
    State.DECLINED: (_E.FAIL,),
    State.EXPIRED: (_E.FAIL,),
    State.VOIDED: (_E.FAIL,),
    State.REVIEW: (_E.HAND_OUT, _E.DIFFERS),
}
"""The steps of an agreement by the state that its first attempt enters, as far as the agreement can take them."""


def create_agreement(connection: sqlite3.Connection, recorder: Recorder, attempt: Attempt) -> None:
    """Write the agreement of a new attempt whose options name its terms, inside the caller's transaction."""
    if EVERY not in attempt.options:
        return
    found = terms(attempt.amount, attempt.options[EVERY], attempt.options.get(TIMES, ""))
    row = AgreementCreated(
        every=str(found.period), times=found.times, amount=found.amount.minor, currency=found.amount.currency,
        reference=attempt.options.get(REFERENCE, ""),
    )  # fmt: skip
    recorder.record(connection, row, order_no=attempt.order_no, actor=attempt.cashier)


def follow_attempt(
    connection: sqlite3.Connection, recorder: Recorder, before: Attempt, after: Attempt, zone: tzinfo
) -> None:
    """Write the steps of an agreement that follow from a step of its first attempt, in the same transaction."""
    if EVERY not in after.options or before.state is after.state:
        return
    state = AgreementState(connection.execute(_STATE, (after.order_no,)).fetchone()[0])
    for event in _FOLLOWING.get(after.state, ()):
        if event not in AGREEMENT_TABLE[state]:
            continue
        state = AGREEMENT_TABLE[state][event]
        begun = _begun(after, zone) if event is _E.ACTIVATE else {}
        row = AgreementStep(kind=f"agreement_{event}", agreement_state=state.value, **begun)
        recorder.record(connection, row, order_no=after.order_no)


def _begun(attempt: Attempt, zone: tzinfo) -> dict[str, Any]:
    """Return the facts of an activation: all due days count from the shop's day of the first charge at the gateway.

    The register may have learned of it weeks later.
    """
    at = time_from(attempt.details.get(PAID_AT)) or attempt.ended_at or attempt.created_at
    found = terms(attempt.amount, attempt.options[EVERY], attempt.options[TIMES])
    dues = found.due_dates(at.astimezone(zone).date())
    return {
        "received": attempt.received.minor if attempt.received else None,
        "dues": [day.isoformat() for day in dues],
        "charged_at": stamp(at.astimezone(UTC)),
        "charge_ref": attempt.gateway_ref,
    }


class AgreementStore:
    """The tables ``agreements`` and ``agreement_charges``. Every method raises StoreError."""

    def __init__(self, database: Database, register_id: str, clock: Clock) -> None:
        self._database = database
        self._recorder = Recorder(register_id, clock)

    def get(self, order_no: str) -> Agreement:
        """Return the agreement with this number. Raises NotFound."""
        found = self._all("WHERE order_no = ?", order_no)
        if not found:
            raise NotFound(msg(N_("There is no agreement {number}."), number=order_no))
        return found[0]

    def all(self) -> Sequence[Agreement]:
        """Return all agreements, the newest first."""
        return self._all("ORDER BY created_at DESC")

    def begun(self) -> Sequence[Agreement]:
        """Return the agreements whose first charge was made, and that no manager must settle."""
        return self._all(f"WHERE state IN {_IN_FORCE}")

    def in_review(self) -> Sequence[str]:
        """Return the agreements with something that a manager must settle, the oldest first; not first payments."""
        return [row[0] for row in self._database.rows(_IN_REVIEW)]

    def line_of(self, order_no: str) -> ChargeLine | None:
        """Return the charge that was booked as this payment, with the next due day; None for any other payment."""
        found = self._lines("WHERE c.charge_order_no = ?", order_no) if order_no else []
        if not found:
            return None
        coming = self.get(found[0].agreement_no).coming
        return replace(found[0], next_due=coming[0].due if coming else None)

    def lines_of(self, orders: Iterable[str]) -> list[ChargeLine]:
        """Return the charges that were booked as these payments, in their order."""
        return [line for order_no in orders for line in self._lines("WHERE c.charge_order_no = ?", order_no)]

    def failed_between(self, first: date, last: date) -> list[ChargeLine]:
        """Return the charges that were due in these days and brought no money: declined, without news, in review."""
        where = (
            "WHERE c.due BETWEEN ? AND ? AND c.state IN ('declined', 'unknown', 'review') ORDER BY c.due, c.order_no"
        )
        return self._lines(where, first.isoformat(), last.isoformat())

    def step(
        self, agreement: Agreement, event: AgreementEvent, message: Message = Message(), *, bank_ref: str = "",
        decided: Decided = NOT_DECIDED,
    ) -> Agreement:  # fmt: skip
        """Write one step of the state table. Raises IllegalTransition, NotAllowed if another program changed it.

        ``bank_ref`` is the second authorisation that is put to a manager, ``decided`` a manager's decision.
        """
        state = advance_agreement(agreement.state, event)
        with self._database.transaction() as connection:
            self._check(connection, agreement)
            row = AgreementStep(
                kind=decided.kind("agreement_", event), agreement_state=state.value,
                message=message_text(message), bank_ref=bank_ref, approved_by=decided.by.approved_by,
            reason=decided.reason,
            )  # fmt: skip
            self._recorder.record(connection, row, order_no=agreement.order_no, actor=decided.by.actor)
        return replace(agreement, state=state, message=message)

    def note(
        self, agreement: Agreement, kind: str, *, message: Message = Message(), by: RecordedBy = NO_PERSON,
        reason: str = "", to: Mapping[str, Json] | None = None,
    ) -> None:  # fmt: skip
        """Write what became of a request about an agreement, without a step."""
        with self._database.transaction() as connection:
            row = AgreementStep(
                kind=kind, message=message_text(message), to=to, approved_by=by.approved_by, reason=reason
            )
            self._recorder.record(connection, row, order_no=agreement.order_no, actor=by.actor)

    def asked(self, agreement: Agreement, day: date) -> Agreement:
        """Write that the gateway answered on a shop day."""
        if agreement.asked == day:
            return agreement
        with self._database.transaction() as connection:
            row = AgreementStep(kind="agreement_asked", asked=day.isoformat())
            self._recorder.record(connection, row, order_no=agreement.order_no)
        return replace(agreement, asked=day)

    def charge(
        self, agreement: Agreement, charge: AgreementCharge, event: ChargeEvent, decided: Decided = NOT_DECIDED
    ) -> None:
        """Write one step of a charge that moves no money; ``charge`` is as it is before it, with the new facts."""
        with self._database.transaction() as connection:
            self.record_charge(connection, agreement, charge, event, decided)

    def record_charge(
        self, connection: sqlite3.Connection, agreement: Agreement, charge: AgreementCharge, event: ChargeEvent,
        decided: Decided = NOT_DECIDED,
    ) -> None:  # fmt: skip
        """Write one step of a charge inside the caller's transaction; ``decided`` is a manager's decision.

        Raises IllegalTransition, and NotAllowed if another program changed the charge.
        """
        state = advance_charge(charge.state, event)
        found = connection.execute(_CHARGE_STATE, (agreement.order_no, charge.number)).fetchone()
        if found is None or found[0] != charge.state.value:
            raise _changed(agreement)
        row = AgreementChargeStep(
            kind=decided.kind("agreement_charge_", event), number=charge.number, charge_state=state.value,
            at=stamp(charge.at.astimezone(UTC)) if charge.at else None, charge_order_no=charge.order_no,
            bank_ref=charge.bank_ref, charge_ref=charge.gateway_ref, message=message_text(charge.message),
            received=charge.received.minor if charge.received else None, approved_by=decided.by.approved_by,
            reason=decided.reason,
        )  # fmt: skip
        self._recorder.record(connection, row, order_no=agreement.order_no, actor=decided.by.actor)

    def _check(self, connection: sqlite3.Connection, agreement: Agreement) -> None:
        found = connection.execute(_STATE, (agreement.order_no,)).fetchone()
        if found is None or found[0] != agreement.state.value:
            raise _changed(agreement)

    def _all(self, where: str, *values: object) -> list[Agreement]:
        rows = self._database.rows(f"{_SELECT} {where}", tuple(values))
        return [self._agreement(row) for row in rows]

    def _lines(self, where: str, *values: str) -> list[ChargeLine]:
        return [_line(row) for row in self._database.rows(f"{_LINES} {where}", values)]

    def _agreement(self, row: Sequence[Any]) -> Agreement:
        order_no, every, times, amount, currency, reference, state, asked, message, reviewed = row
        charges = self._database.rows(_CHARGES, (order_no,))
        return Agreement(
            order_no=order_no,
            terms=Terms(Money(amount, currency), parse_period(every), times),
            reference=reference,
            state=AgreementState(state),
            asked=date.fromisoformat(asked) if asked else None,
            message=message_from(message),
            charges=tuple(_charge(one, currency) for one in charges),
            reviewed=frozenset(reviewed.split()),
        )


def _line(row: Sequence[Any]) -> ChargeLine:
    agreement, reference, number, times, due, state, order_no, amount, currency = row
    paid = Money(amount, currency)
    return ChargeLine(agreement, reference, number, times, date.fromisoformat(due), ChargeState(state), order_no, paid)


def _charge(row: Sequence[Any], currency: str) -> AgreementCharge:
    number, due, amount, state, at, order_no, bank_ref, ref, message, received = row
    moment: datetime | None = time_from(at)
    return AgreementCharge(
        number, date.fromisoformat(due), Money(amount, currency), ChargeState(state), moment, order_no, bank_ref, ref,
        message_from(message), None if received is None else Money(received, currency),
    )  # fmt: skip


def _changed(agreement: Agreement) -> NotAllowed:
    return NotAllowed(msg(N_("{order_no} was changed by another program."), order_no=agreement.order_no))
