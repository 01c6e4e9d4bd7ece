"""Shifts and cash movements: a shift is opened with a float, closed with a count, and numbered without gaps."""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from pos.domain.actor import RecordedBy
from pos.domain.journal_kinds import JournalKind
from pos.domain.journal_kinds.register import RegisterTakenOver
from pos.domain.journal_kinds.shifts import (
    CashMoved,
    DrawerOpened,
    ShiftClosed,
    ShiftCounted,
    ShiftOpened,
    StepAfterZ,
)
from pos.domain.money import Money, read_money
from pos.domain.shift import CashMovement, CashMovementKind, Shift
from pos.domain.target import Target
from pos.errors import NotAllowed, NotFound
from pos.i18n import N_, msg
from pos.runtime import Clock
from pos.store import journal
from pos.store.attempt_mapping import stamp, time_from
from pos.store.database import Database
from pos.store.journal.recording import Recorder
from pos.store.projections.shifts import OWN_NAMES
from pos.store.targets import sent_to

_COLUMNS: Final = (
    "id", "register", "currency", "opened_at", "opening", "opened_by", "closed_at", "closed_by", "z_no", "counted",
    "expected", "reason", "notes", "report",
)  # fmt: skip
_SELECT: Final = f"SELECT {', '.join(_COLUMNS)} FROM shifts"
DROP_REFUSED: Final = "drop_refused"
COUNTED: Final = "shift_counted"
STEP_DONE: Final = "z_followed"
_OTHERS: Final = f"""
    SELECT register FROM shifts WHERE closed_at IS NULL
    UNION SELECT register FROM bookings WHERE shift IS NULL
    UNION SELECT register FROM attempts WHERE state IN ('created', 'sent', 'pending', 'unknown', 'voiding', 'review')
    UNION SELECT register FROM refunds WHERE state IN ('created', 'sent', 'pending', 'unknown', 'review')
    EXCEPT SELECT name FROM ({OWN_NAMES}) ORDER BY register
"""
_ADOPTABLE: Final = f"SELECT count(*) FROM bookings WHERE shift IS NULL AND register IN ({OWN_NAMES})"
_OPEN: Final = f"WHERE register IN ({OWN_NAMES}) AND closed_at IS NULL"
_NEXT_Z: Final = (
    "SELECT coalesce(max(z_no), 0) + 1 FROM (SELECT z_no FROM shifts WHERE register = ?"
    " UNION ALL SELECT z_no FROM z_given WHERE register = ?)"
)

Seal = Callable[[int, str], str]
"""Return the seal of a journal row by its number and hash, "" without a key."""


def unsealed(seq: int, head: str) -> str:
    """Return no seal."""
    return ""


class ShiftStore:
    """The shifts of all registers in a journal, written by one register. Every method raises StoreError."""

    def __init__(self, database: Database, register_id: str, clock: Clock) -> None:
        self._database = database
        self._register = register_id
        self._clock = clock
        self._recorder = Recorder(register_id, clock)

    def open(self, opening: Money, by: RecordedBy) -> Shift:
        """Open a shift. Raises NotAllowed while one is open.

        Ledger entries written while no shift was open are assigned to it, so that each is in one Z. Their cash is in
        the float already and does not count for the drawer.
        """
        with self._database.transaction() as connection:
            if self._open(connection) is not None:
                raise NotAllowed(N_("A shift is open on this register. Close it first."))
            number = int(connection.execute("SELECT coalesce(max(id), 0) + 1 FROM shifts").fetchone()[0])
            adopted = int(connection.execute(_ADOPTABLE, (self._register,)).fetchone()[0])
            shift = Shift(number, self._register, self._clock.now(), opening, by.actor)
            row = ShiftOpened(shift=number, uid=str(uuid.uuid4()), opening=str(opening), adopted=adopted)
            self._recorder.record(connection, row, actor=by.actor, at=shift.opened_at)
        return shift

    def move(self, kind: CashMovementKind, amount: Money, reason: str, by: RecordedBy) -> CashMovement:
        """Record a cash movement without a sale. Raises NotAllowed while no shift is open."""
        move = CashMovement(self._clock.now(), kind, amount, reason, by.actor, by.approved_by)
        with self._database.transaction() as connection:
            shift = self._require_open(connection)
            self._record(connection, _cash_moved(kind.value, shift, amount, reason, by), by, move.at)
        return move

    def record_refused_drop(self, shift: Shift, amount: Money, reason: str, by: RecordedBy) -> None:
        """Journal a drop that was refused because the drawer should not hold so much."""
        with self._database.transaction() as connection:
            self._record(connection, _cash_moved(DROP_REFUSED, shift, amount, reason, by), by)

    def has_refused_drop(self, shift: int) -> bool:
        """Return whether a drop of the open shift was refused after the last cash movement that was approved."""
        sql = (
            "SELECT 1 FROM journal WHERE kind = ? AND seq > (SELECT seq FROM shifts WHERE id = ?)"
            " AND seq > coalesce((SELECT max(seq) FROM cash_moves WHERE shift = ? AND approved_by <> ''), 0) LIMIT 1"
        )
        return bool(self._database.rows(sql, (DROP_REFUSED, shift, shift)))

    def record_count(
        self, shift: Shift, counted: Money, expected: Money, notes: Mapping[int, int], by: RecordedBy
    ) -> None:
        """Journal a count that differs, before the difference is shown."""
        row = ShiftCounted(shift=shift.id, counted=str(counted), expected=str(expected), notes=_notes(notes))
        with self._database.transaction() as connection:
            self._record(connection, row, by)

    def counts(self, shift: int) -> list[tuple[datetime, Money]]:
        """Return time and result of the open shift's counts that differed, oldest first."""
        sql = (
            "SELECT at, json_extract(body, '$.counted') FROM journal WHERE kind = ?"
            " AND json_extract(body, '$.shift') = ? AND seq > (SELECT seq FROM shifts WHERE id = ?) ORDER BY seq"
        )
        rows = self._database.rows(sql, (COUNTED, shift, shift))
        return [(datetime.fromisoformat(at), read_money(counted)) for at, counted in rows]

    def sent_to(self) -> list[Target]:
        """Return the targets that requests were sent to since this register's last Z."""
        sql = "SELECT seq FROM shifts WHERE register = ? AND closed_at IS NOT NULL ORDER BY id DESC LIMIT 1"
        rows = self._database.rows(sql, (self._register,))
        return sent_to(self._database, rows[0][0] if rows else 0)

    def record_drawer_opened(self, reason: str, by: RecordedBy) -> None:
        """Journal that the drawer is opened without a sale; a shift need not be open."""
        with self._database.transaction() as connection:
            shift = self._open(connection)
            row = DrawerOpened(reason=reason, approved_by=by.approved_by, shift=shift.id if shift else None)
            self._record(connection, row, by)

    @contextmanager
    def closing(self) -> Iterator[ClosingShift]:
        """Close the open shift: what is read inside the context is exactly what :meth:`ClosingShift.write` closes.

        The context is one write transaction. An exception, or leaving without ``write``, keeps the shift open.
        Raises NotAllowed while no shift is open.
        """
        with self._database.transaction() as connection:
            yield ClosingShift(self, connection, self._require_open(connection))

    def _close(
        self, connection: sqlite3.Connection, shift: Shift, counted: Money, notes: Mapping[int, int], expected: Money,
        report: Mapping[str, Any], reason: str, by: RecordedBy, seal: Seal,
    ) -> Shift:  # fmt: skip
        seq, head = journal.head(connection)
        z_no = int(connection.execute(_NEXT_Z, (self._register, self._register)).fetchone()[0])
        closed = replace(
            shift, register_id=self._register, closed_at=self._clock.now(), closed_by=by.actor, counted=counted,
            expected=expected, z_no=z_no, reason=reason, notes=dict(notes),
            report={**report, "journal": {"seq": seq, "hash": head}},
        )  # fmt: skip
        row = ShiftClosed(
            shift=shift.id, z_no=z_no, counted=str(counted), expected=str(expected), reason=reason,
            notes=_notes(notes), report=closed.report, seal=seal(seq, head),
        )  # fmt: skip
        self._record(connection, row, by, closed.closed_at)
        return closed

    def own_names(self) -> list[str]:
        """Return the names of this register: its present one, and those that it took over."""
        return [row[0] for row in self._database.rows(OWN_NAMES, (self._register,))]

    def other_registers(self) -> list[str]:
        """Return the other registers of this journal with an open shift, with payments or refunds in process, or with
        entries in no shift."""
        return [row[0] for row in self._database.rows(_OTHERS, (self._register,))]

    def take_over(self, register: str, by: RecordedBy) -> Shift | None:
        """Take over what the name ``register`` left open: its open shift, unsettled payments and refunds.

        What was written under that name keeps it. Its ledger entries in no shift are assigned to the shift that is open
        then, which is returned. Raises NotFound for a name that left nothing open, and NotAllowed if both have an open
        shift.
        """
        with self._database.transaction() as connection:
            if register not in [row[0] for row in connection.execute(_OTHERS, (self._register,))]:
                raise NotFound(msg(N_("Register {name} has nothing open here."), name=register))
            theirs = connection.execute(f"{_SELECT} WHERE register = ? AND closed_at IS NULL", (register,)).fetchone()
            ours = self._open(connection)
            if ours is not None and theirs is not None:
                raise NotAllowed(N_("A shift is open on this register. Close it first."))
            shift = self._own(theirs) if theirs is not None else ours
            number = shift.id if shift is not None else None
            self._record(connection, RegisterTakenOver(name=register, shift=number, approved_by=by.approved_by), by)
        return shift

    def record_step(self, shift: Shift, step: str) -> None:
        """Journal that a step after the Z of ``shift`` is done."""
        with self._database.transaction() as connection:
            self._recorder.record(connection, StepAfterZ(shift=shift.id, z_no=shift.z_no, step=step))

    def done_steps(self, shift: int) -> set[str]:
        """Return the steps after the Z of a shift that are done."""
        sql = (
            "SELECT json_extract(body, '$.step') FROM journal WHERE kind = ? AND json_extract(body, '$.shift') = ?"
            " AND seq > (SELECT seq FROM shifts WHERE id = ?)"
        )
        return {row[0] for row in self._database.rows(sql, (STEP_DONE, shift, shift))}

    def current(self) -> Shift | None:
        """Return the open shift of this register, None if none is open."""
        rows = self._database.rows(f"{_SELECT} {_OPEN}", (self._register,))
        return self._own(rows[0]) if rows else None

    def get(self, number: int) -> Shift:
        """Return the shift with this id. Raises NotFound."""
        rows = self._database.rows(f"{_SELECT} WHERE id = ?", (number,))
        if not rows:
            raise NotFound(msg(N_("There is no shift {number}."), number=number))
        return _shift(rows[0])

    def last(self, limit: int = 100) -> list[Shift]:
        """Return the latest shifts of this register, newest first."""
        sql = f"{_SELECT} WHERE register = ? ORDER BY id DESC LIMIT ?"
        return [_shift(row) for row in self._database.rows(sql, (self._register, limit))]

    def between(self, first: datetime, last: datetime) -> list[Shift]:
        """Return the shifts that overlap [first, last), oldest first. If the clock was set back, a shift may end before
        it began."""
        sql = (
            f"{_SELECT} WHERE min(opened_at, coalesce(closed_at, opened_at)) < ?"
            " AND max(opened_at, coalesce(closed_at, '9999')) >= ? ORDER BY opened_at"
        )
        return [
            _shift(row) for row in self._database.rows(sql, (stamp(last.astimezone(UTC)), stamp(first.astimezone(UTC))))
        ]

    def registers(self) -> list[str]:
        """Return the names of all registers that opened a shift in this journal."""
        return [row[0] for row in self._database.rows("SELECT DISTINCT register FROM shifts ORDER BY register")]

    def by_z(self, z_no: int) -> Shift:
        """Return the shift with this Z number on this register. Raises NotFound."""
        rows = self._database.rows(f"{_SELECT} WHERE register = ? AND z_no = ?", (self._register, z_no))
        if not rows:
            raise NotFound(msg(N_("There is no Z {number}."), number=z_no))
        return _shift(rows[0])

    def moves(self, shift: int) -> list[CashMovement]:
        """Return the cash movements of one shift, oldest first."""
        sql = "SELECT at, kind, amount, currency, reason, who, approved_by FROM cash_moves WHERE shift = ? ORDER BY seq"
        return [
            CashMovement(datetime.fromisoformat(at), CashMovementKind(kind), Money(amount, currency), *rest)
            for at, kind, amount, currency, *rest in self._database.rows(sql, (shift,))
        ]

    def _open(self, connection: sqlite3.Connection) -> Shift | None:
        row = connection.execute(f"{_SELECT} {_OPEN}", (self._register,)).fetchone()
        return self._own(row) if row else None

    def _own(self, row: tuple[Any, ...]) -> Shift:
        """Return the open shift under the register's present name, whatever it was opened under."""
        return replace(_shift(row), register_id=self._register)

    def _require_open(self, connection: sqlite3.Connection) -> Shift:
        shift = self._open(connection)
        if shift is None:
            raise NotAllowed(N_("No shift is open on this register. Open one first."))
        return shift

    def _record(
        self, connection: sqlite3.Connection, row: JournalKind, by: RecordedBy, at: datetime | None = None
    ) -> None:
        self._recorder.record(connection, row, actor=by.actor, at=at)


class ClosingShift:
    """The open shift inside the transaction of its close; see :meth:`ShiftStore.closing`."""

    def __init__(self, store: ShiftStore, connection: sqlite3.Connection, shift: Shift) -> None:
        self._store = store
        self._connection = connection
        self.shift = shift

    def write(
        self, counted: Money, notes: Mapping[int, int], expected: Money, report: Mapping[str, Any], reason: str,
        by: RecordedBy, seal: Seal = unsealed,
    ) -> Shift:  # fmt: skip
        """Write the Z with the expected cash and ``report``. The Z contains the journal's head before it, sealed."""
        return self._store._close(self._connection, self.shift, counted, notes, expected, report, reason, by, seal)


def _cash_moved(kind: str, shift: Shift, amount: Money, reason: str, by: RecordedBy) -> CashMoved:
    return CashMoved(kind=kind, shift=shift.id, amount=str(amount), reason=reason, approved_by=by.approved_by)


def _notes(notes: Mapping[int, int]) -> dict[str, int]:
    return {str(piece): number for piece, number in sorted(notes.items(), reverse=True) if number}


def _shift(row: tuple[Any, ...]) -> Shift:
    found = dict(zip(_COLUMNS, row, strict=True))
    currency = found["currency"]
    return Shift(
        id=found["id"],
        register_id=found["register"],
        opened_at=datetime.fromisoformat(found["opened_at"]),
        opening=Money(found["opening"], currency),
        opened_by=found["opened_by"],
        closed_at=time_from(found["closed_at"]),
        closed_by=found["closed_by"],
        z_no=found["z_no"],
        counted=None if found["counted"] is None else Money(found["counted"], currency),
        expected=None if found["expected"] is None else Money(found["expected"], currency),
        reason=found["reason"],
        notes={int(piece): number for piece, number in json.loads(found["notes"]).items()},
        report=json.loads(found["report"]),
    )
