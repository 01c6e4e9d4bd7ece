"""Refunds: a step is one journal row and one row of ``refunds``, with a ledger entry when it is refunded."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, tzinfo
from typing import Any, Final

from pos.domain.invoice import Remedy
from pos.domain.journal_kinds.payments import RefundCreated, RefundStep
from pos.domain.money import Money
from pos.domain.payment import Line
from pos.domain.refund import (
    HOLDS_MONEY,
    REFUNDS_IN_FLIGHT,
    Refund,
    RefundEvent,
    RefundState,
    Way,
    advance_refund,
)
from pos.domain.split import SplitSale
from pos.domain.states import State
from pos.errors import InputError, NotAllowed, NotFound
from pos.i18n import N_, msg
from pos.runtime import Clock
from pos.store.attempt_mapping import (
    lines_from,
    lines_text,
    message_from,
    message_text,
    minor_of,
    money_from,
    stamp,
    time_from,
)
from pos.store.database import Database
from pos.store.invoiced import holder_of
from pos.store.journal import canonical
from pos.store.journal.recording import Recorder
from pos.store.ledger import booked_at
from pos.store.projections.refunds import MOVING, NEW_REFUND
from pos.store.reconciliation import IN_REVIEW
from pos.store.targets import NO_TARGETS, Targets, target_of

_FIXED: Final = (
    "refund_no", "order_no", "gateway", "way", "amount", "currency", "reason", "register", "created_at", "by",
    "approved_by", "reference", "remedy", "lines", "rounding",
)  # fmt: skip
_COLUMNS: Final = (*_FIXED, *MOVING)
_SELECT: Final = f"SELECT {', '.join(_COLUMNS)} FROM refunds"
_SAME: Final = "SELECT 1 FROM refunds WHERE refund_no = ? AND state = ?"
_COMMITTED: Final = (
    "SELECT coalesce(sum(amount), 0) FROM refunds WHERE order_no = ?"
    f" AND state IN ({', '.join(repr(one.value) for one in sorted(HOLDS_MONEY))})"
)
_DISPUTED: Final = f"SELECT 1 FROM checks WHERE order_no = ? AND {IN_REVIEW} LIMIT 1"
_REFUNDED_LINES: Final = (
    "SELECT lines, currency FROM refunds WHERE order_no = ?"
    f" AND state IN ({', '.join(repr(one.value) for one in sorted(HOLDS_MONEY))})"
)
_UNCORRECTED: Final = (
    f"WHERE state = 'refunded' AND EXISTS (SELECT 1 FROM invoices i WHERE i.order_no = {holder_of('refunds.order_no')}"
    " AND (i.state = 2 OR (i.state = 6 AND (refunds.way <> 'gateway'"
    " OR EXISTS (SELECT 1 FROM sale_parts p WHERE p.order_no = refunds.order_no)))))"
    " AND json_extract(details, '$.corrected') IS NULL ORDER BY +created_at, refund_no"
)
"""The gateway makes the allowance of its own refunds; a manual refund and that of a part need one of their own."""
_ENDED: Final = frozenset(state for state in RefundState if state not in REFUNDS_IN_FLIGHT) - {
    RefundState.CREATED,
    RefundState.REVIEW,
}


class RefundStore:
    """The refunds of a journal, written by one register. Every method raises StoreError."""

    def __init__(
        self, database: Database, register_id: str, clock: Clock, zone: tzinfo = UTC, to: Targets = NO_TARGETS
    ) -> None:
        self._database = database
        self._register = register_id
        self._clock = clock
        self._recorder = Recorder(register_id, clock)
        self._zone = zone
        self._to = to

    def create(self, refund: Refund, *events: RefundEvent) -> Refund:
        """Journal a new refund and its first steps in one transaction; return the refund after them.

        Raises NotAllowed for a payment that is not captured or has an unsettled difference, and InputError for more
        than is left of it or of one of its items. All are checked under the write lock, so that two registers cannot
        refund the same money.
        """
        with self._database.transaction() as connection:
            _refuse_duplicate(connection, refund)
            self.refuse_disputed(refund.order_no)
            _refuse_too_much(connection, refund)
            _refuse_items_twice(connection, refund)
            self._recorder.record(connection, _creation(refund), order_no=refund.order_no, actor=refund.by)
            for event in events:
                refund = self._update(connection, refund, event, {})
        return refund

    def step(self, refund: Refund, event: RefundEvent, **facts: Any) -> Refund:
        """Write one step of the state table and return the refund after it.

        Raises IllegalTransition, and NotAllowed if another program changed the refund since it was read, or if it is to
        be sent while its payment has an unsettled difference.
        """
        with self._database.transaction() as connection:
            if event is RefundEvent.SEND:
                self.refuse_disputed(refund.order_no)
            return self._update(connection, refund, event, facts)

    def note(self, refund: Refund, **facts: Any) -> Refund:
        """Write new facts about a refund without a step."""
        after = replace(refund, **facts)
        if after != refund:
            with self._database.transaction() as connection:
                self._write(connection, refund, after, "refund_note")
        return after

    def get(self, refund_no: str) -> Refund:
        """Return the refund with this number. Raises NotFound."""
        found = self._all("WHERE refund_no = ?", refund_no)
        if not found:
            raise NotFound(msg(N_("There is no refund {number}."), number=refund_no))
        return found[0]

    def knows(self, refund_no: str) -> bool:
        """Return whether there is a refund with this number."""
        return bool(self._database.rows("SELECT 1 FROM refunds WHERE refund_no = ?", (refund_no,)))

    def of_order(self, order_no: str) -> list[Refund]:
        """Return all refunds of one payment, oldest first."""
        return self._all("WHERE order_no = ? ORDER BY created_at", order_no)

    def waiting(self) -> list[Refund]:
        """Return all refunds that have not ended, oldest first; those in REVIEW wait for a manager."""
        states = "('created', 'sent', 'pending', 'unknown', 'review')"
        return self._all(f"WHERE state IN {states} ORDER BY created_at")

    def between(self, first: datetime, last: datetime) -> list[Refund]:
        """Return the refunds that began or ended in [first, last), oldest first."""
        numbers = (
            "SELECT refund_no FROM refunds WHERE created_at >= ? AND created_at < ?"
            " UNION SELECT refund_no FROM refunds WHERE ended_at >= ? AND ended_at < ?"
        )
        bounds = [stamp(one.astimezone(UTC)) for one in (first, last)]
        return self._all(f"WHERE refund_no IN ({numbers}) ORDER BY created_at", *bounds, *bounds)

    def booked(self, first: date, last: date) -> list[Refund]:
        """Return the refunds with a ledger entry on the shop's days from ``first`` to ``last``, oldest first."""
        where = (
            "WHERE refund_no IN (SELECT refund_no FROM bookings WHERE day BETWEEN ? AND ? AND kind = 'refund')"
            " ORDER BY created_at"
        )
        return self._all(where, first.isoformat(), last.isoformat())

    def uncorrected(self) -> list[Refund]:
        """Return the refunds whose e-invoice was not corrected yet, oldest first."""
        return self._all(_UNCORRECTED)

    def record_correction(self, refunds: Sequence[Refund], details: Mapping[str, str]) -> list[Refund]:
        """Record who corrected the e-invoice and how; ``details`` are added to those of each of the ``refunds``."""
        after = [replace(one, details={**one.details, **details}) for one in refunds]
        with self._database.transaction() as connection:
            for before, one in zip(refunds, after, strict=True):
                self._write(connection, before, one, "refund_corrected")
        return after

    def of_sale(self, sale: SplitSale) -> list[tuple[str, Money]]:
        """Return numbers and amounts of the refunds that were made of the parts of a split sale, the oldest first.

        The amount of a refund in another currency is that of its part.
        """
        made = [
            (one.created_at, one.refund_no, one.amount if one.amount.currency == sale.amount.currency else part.amount)
            for part in sale.captured
            for one in self.of_order(part.order_no)
            if one.state is RefundState.REFUNDED
        ]
        return [(number, amount) for _at, number, amount in sorted(made, key=lambda one: one[:2])]

    def committed(self, order_no: str) -> int:
        """Return the minor units of a payment that were refunded or may still be."""
        return int(self._database.rows(_COMMITTED, (order_no,))[0][0])

    def refuse_disputed(self, order_no: str) -> None:
        """Raise NotAllowed while a difference of this payment, or of a refund of it, waits for a manager."""
        if self._database.rows(_DISPUTED, (order_no,)):
            raise NotAllowed(
                N_("The gateway's record of this payment differs. Settle the difference under Reconcile first.")
            )

    def _update(
        self, connection: sqlite3.Connection, refund: Refund, event: RefundEvent, facts: Mapping[str, Any]
    ) -> Refund:
        after = replace(refund, state=advance_refund(refund.state, event), **facts)
        now = self._clock.now()
        if after.state is RefundState.SENT:
            after = replace(after, sent_at=now)
        if after.state in _ENDED and refund.state is not after.state:
            after = replace(after, ended_at=now)
        self._write(connection, refund, after, f"refund_{event.value}")
        return after

    def _write(self, connection: sqlite3.Connection, before: Refund, after: Refund, kind: str) -> None:
        """Write one row about a refund. Raises NotAllowed if another program changed it since it was read."""
        if connection.execute(_SAME, (before.refund_no, before.state.value)).fetchone() is None:
            raise NotAllowed(msg(N_("{order_no} was changed by another program."), order_no=before.refund_no))
        facts = _changes(before, after)
        if after.state is RefundState.REFUNDED and before.state is not RefundState.REFUNDED:
            facts |= booked_at(connection, self._register, after.ended_at or after.created_at, self._zone)
        to = target_of(kind, self._to.get(after.gateway))
        row = RefundStep(kind=kind, refund_no=after.refund_no, to=to, **facts)
        self._recorder.record(connection, row, order_no=after.order_no)

    def _all(self, where: str, *values: object) -> list[Refund]:
        return [_refund(row) for row in self._database.rows(f"{_SELECT} {where}", tuple(values))]


def _refuse_duplicate(connection: sqlite3.Connection, refund: Refund) -> None:
    if connection.execute("SELECT 1 FROM refunds WHERE refund_no = ?", (refund.refund_no,)).fetchone():
        raise NotAllowed(msg(N_("There is already a refund {number}."), number=refund.refund_no))


def _refuse_too_much(connection: sqlite3.Connection, refund: Refund) -> None:
    sql = "SELECT state, amount, currency, received FROM attempts WHERE order_no = ?"
    found = connection.execute(sql, (refund.order_no,)).fetchone()
    if found is None:
        raise NotFound(msg(N_("There is no payment {number}."), number=refund.order_no))
    state, amount, currency, received = found
    if state != State.CAPTURED.value:
        raise NotAllowed(msg(N_("A payment that is {state} cannot be refunded."), state=state))
    paid = money_from(received) or Money(amount, currency)
    left = paid.minor - int(connection.execute(_COMMITTED, (refund.order_no,)).fetchone()[0])
    if refund.amount.currency != paid.currency or not 0 < refund.amount.minor <= left:
        text = N_("Only {left} of this payment can still be refunded.")
        raise InputError("amount", msg(text, left=Money(left, paid.currency).display))


def _refuse_items_twice(connection: sqlite3.Connection, refund: Refund) -> None:
    """Raise InputError if more of an item would be refunded than was sold.

    Amounts paid beside the items, such as a shipping fee, may be refunded with any item. A sale without items is
    checked by its amount only.
    """
    sql = (
        "SELECT p.lines, p.currency, a.amount, a.received FROM attempts a JOIN payments p ON p.id = a.payment_id"
        " WHERE a.order_no = ?"
    )
    lines, currency, amount, received = connection.execute(sql, (refund.order_no,)).fetchone()
    sold = _worth(lines_from(lines, currency))
    paid = money_from(received) or Money(amount, currency)
    beside = max(0, paid.minor - sum(sold.values()))
    given = [line for row in connection.execute(_REFUNDED_LINES, (refund.order_no,)) for line in lines_from(*row)]
    gone, asked = _worth(given), _worth(refund.lines)
    for name, minor in asked.items() if sold else ():
        if name not in sold or gone.get(name, 0) + minor > sold[name] + beside:
            raise InputError("items", msg(N_("The refund has more of {item} than was sold."), item=name[:40]))


def _worth(lines: Sequence[Line]) -> dict[str, int]:
    """Return the total of the lines by item name, in minor units."""
    found: dict[str, int] = {}
    for line in lines:
        found[line.name] = found.get(line.name, 0) + line.total.minor
    return found


def _moving(refund: Refund) -> tuple[Any, ...]:
    return (
        refund.state.value, stamp(refund.sent_at), stamp(refund.ended_at), stamp(refund.due_at), refund.gateway_ref,
        message_text(refund.message), refund.code, canonical(dict(refund.details)),
    )  # fmt: skip


def _creation(refund: Refund) -> RefundCreated:
    return RefundCreated(
        refund_no=refund.refund_no, refund_state=refund.state.value, gateway=refund.gateway, way=refund.way.value,
        amount=refund.amount.minor, currency=refund.amount.currency, reason=refund.reason,
        created_at=refund.created_at.isoformat(timespec="microseconds"), approved_by=refund.approved_by,
        reference=refund.reference, remedy=None if refund.remedy is None else int(refund.remedy),
        lines=lines_text(refund.lines), rounding=minor_of(refund.rounding),
        facts={name: value for name, value in _named(refund).items() if value != NEW_REFUND[name]} or None,
    )  # fmt: skip


def _named(refund: Refund) -> dict[str, Any]:
    """Return the columns that may change, but for the state."""
    return {name: value for name, value in zip(MOVING, _moving(refund), strict=True) if name != "state"}


def _changes(before: Refund, after: Refund) -> dict[str, Any]:
    """Return the columns that a step changed, with ``state`` as ``refund_state``: ``state`` is the payment's."""
    old = _named(before)
    changed = {name: value for name, value in _named(after).items() if value != old[name]}
    return {**changed, "refund_state": after.state.value} if after.state is not before.state else changed


def _refund(row: tuple[Any, ...]) -> Refund:
    found = dict(zip(_COLUMNS, row, strict=True))
    return Refund(
        refund_no=found["refund_no"],
        order_no=found["order_no"],
        gateway=found["gateway"],
        way=Way(found["way"]),
        amount=Money(found["amount"], found["currency"]),
        reason=found["reason"],
        register_id=found["register"],
        created_at=datetime.fromisoformat(found["created_at"]),
        state=RefundState(found["state"]),
        by=found["by"],
        approved_by=found["approved_by"],
        reference=found["reference"],
        remedy=None if found["remedy"] is None else Remedy(found["remedy"]),
        lines=lines_from(found["lines"], found["currency"]),
        sent_at=time_from(found["sent_at"]),
        ended_at=time_from(found["ended_at"]),
        due_at=time_from(found["due_at"]),
        gateway_ref=found["gateway_ref"],
        message=message_from(found["message"]),
        code=found["code"],
        details=json.loads(found["details"]),
        rounding=Money(found["rounding"], found["currency"]) if found["rounding"] else None,
    )
