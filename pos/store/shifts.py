"""Shifts and cash movements: a shift is opened with a float, closed with a count, and numbered without gaps."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from pos.domain.actor import RecordedBy
from pos.domain.money import Money, parse_sum
from pos.domain.shift import CashMovement, CashMovementKind, Shift
from pos.domain.target import Target
from pos.errors import NotAllowed, NotFound
from pos.i18n import N_, msg
from pos.runtime import Clock
from pos.store import journal
from pos.store.attempt_mapping import stamp, time_from
from pos.store.database import Database
from pos.store.journal import canonical
from pos.store.targets import sent_to

_COLUMNS: Final = (
    "id", "register", "currency", "opened_at", "opening", "opened_by", "closed_at", "closed_by", "z_no", "counted",
    "expected", "reason", "notes", "report",
)  # fmt: skip
_SELECT: Final = f"SELECT {', '.join(_COLUMNS)} FROM shifts"
DROP_REFUSED: Final = "drop_refused"
COUNTED: Final = "shift_counted"
STEP_DONE: Final = "z_followed"
_ADOPT: Final = "UPDATE bookings SET shift = ?, adopted = 1 WHERE shift IS NULL AND register = ?"
_OTHERS: Final = """
    SELECT register FROM shifts WHERE closed_at IS NULL
    UNION SELECT register FROM bookings WHERE shift IS NULL
    UNION SELECT register FROM attempts WHERE state IN ('created', 'sent', 'pending', 'unknown', 'voiding', 'review')
    UNION SELECT register FROM refunds WHERE state IN ('created', 'sent', 'pending', 'unknown', 'review')
    EXCEPT SELECT ? ORDER BY register
"""
_TAKEN_OVER: Final = (
    "UPDATE shifts SET register = :ours WHERE register = :theirs AND closed_at IS NULL",
    "UPDATE attempts SET register = :ours WHERE register = :theirs AND state <> 'captured'",
    "UPDATE refunds SET register = :ours WHERE register = :theirs AND state <> 'refunded'",
    "UPDATE bookings SET register = :ours WHERE register = :theirs AND shift IS NULL",
)
_BOOK_INTO: Final = "UPDATE bookings SET shift = :shift, adopted = at < :since WHERE shift IS NULL AND register = :ours"
_NEXT_Z: Final = (
    "SELECT coalesce(max(z_no), 0) + 1 FROM (SELECT z_no FROM shifts WHERE register = ?"
    " UNION ALL SELECT z_no FROM z_given WHERE register = ?)"
)


class ShiftStore:
    """The shifts of all registers in a journal, written by one register. Every method raises StoreError."""

    def __init__(self, database: Database, register_id: str, clock: Clock) -> None:
        self._database = database
        self._register = register_id
        self._clock = clock

    def open(self, opening: Money, by: RecordedBy) -> Shift:
        """Open a shift. Raises NotAllowed while one is open.

        Ledger entries written while no shift was open are assigned to it, so that each is in one Z. Their cash is in
        the float already and does not count for the drawer.
        """
        with self._database.transaction() as connection:
            if self._open(connection) is not None:
                raise NotAllowed(N_("A shift is open on this register. Close it first."))
            number = int(connection.execute("SELECT coalesce(max(id), 0) + 1 FROM shifts").fetchone()[0])
            shift = Shift(number, self._register, self._clock.now(), opening, by.actor)
            adopted = connection.execute(_ADOPT, (number, self._register)).rowcount
            body: dict[str, journal.Json] = {
                "shift": number,
                "opening": str(opening),
                "who": by.actor,
                "adopted": adopted,
            }
            self._insert(connection, shift, self._journal(connection, "shift_opened", body))
        return shift

    def move(self, kind: CashMovementKind, amount: Money, reason: str, by: RecordedBy) -> CashMovement:
        """Record a cash movement without a sale. Raises NotAllowed while no shift is open."""
        move = CashMovement(self._clock.now(), kind, amount, reason, by.actor, by.approved_by)
        with self._database.transaction() as connection:
            shift = self._require_open(connection)
            body: dict[str, journal.Json] = {
                "shift": shift.id, "amount": str(amount), "reason": reason, "who": by.actor,
                "approved_by": by.approved_by,
            }  # fmt: skip
            seq = self._journal(connection, kind.value, body)
            connection.execute(
                "INSERT INTO cash_moves (seq, shift, at, kind, amount, currency, reason, who, approved_by)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (seq, shift.id, stamp(move.at), kind.value, amount.minor, amount.currency, reason, by.actor,
                 by.approved_by),
            )  # fmt: skip
        return move

    def record_refused_drop(self, shift: Shift, amount: Money, reason: str, by: RecordedBy) -> None:
        """Journal a drop that was refused because the drawer should not hold so much."""
        body: dict[str, journal.Json] = {
            "shift": shift.id, "amount": str(amount), "reason": reason, "who": by.actor,
            "approved_by": by.approved_by,
        }  # fmt: skip
        with self._database.transaction() as connection:
            self._journal(connection, DROP_REFUSED, body)

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
        body: dict[str, journal.Json] = {
            "shift": shift.id, "counted": str(counted), "expected": str(expected), "notes": _notes(notes),
            "who": by.actor,
        }  # fmt: skip
        with self._database.transaction() as connection:
            self._journal(connection, COUNTED, body)

    def counts(self, shift: int) -> list[tuple[datetime, Money]]:
        """Return time and result of the open shift's counts that differed, oldest first."""
        sql = (
            "SELECT at, json_extract(body, '$.counted') FROM journal WHERE kind = ?"
            " AND json_extract(body, '$.shift') = ? AND seq > (SELECT seq FROM shifts WHERE id = ?) ORDER BY seq"
        )
        rows = self._database.rows(sql, (COUNTED, shift, shift))
        return [(datetime.fromisoformat(at), _money(counted)) for at, counted in rows]

    def sent_to(self) -> list[Target]:
        """Return the targets that requests were sent to since this register's last Z."""
        sql = "SELECT seq FROM shifts WHERE register = ? AND closed_at IS NOT NULL ORDER BY id DESC LIMIT 1"
        rows = self._database.rows(sql, (self._register,))
        return sent_to(self._database, rows[0][0] if rows else 0)

    def record_drawer_opened(self, reason: str, by: RecordedBy) -> None:
        """Journal that the drawer is opened without a sale; a shift need not be open."""
        body: dict[str, journal.Json] = {
            "reason": reason, "who": by.actor, "approved_by": by.approved_by,
        }  # fmt: skip
        with self._database.transaction() as connection:
            shift = self._open(connection)
            self._journal(connection, "drawer_opened", {**body, "shift": shift.id if shift else None})

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
        report: Mapping[str, Any], reason: str, by: RecordedBy,
    ) -> Shift:  # fmt: skip
        seq, head = journal.head(connection)
        z_no = int(connection.execute(_NEXT_Z, (self._register, self._register)).fetchone()[0])
        closed = replace(
            shift, closed_at=self._clock.now(), closed_by=by.actor, counted=counted, expected=expected,
            z_no=z_no, reason=reason, notes=dict(notes),
            report={**report, "journal": {"seq": seq, "hash": head}},
        )  # fmt: skip
        body: dict[str, journal.Json] = {
            "shift": shift.id, "z_no": closed.z_no, "counted": str(counted), "expected": str(expected),
            "reason": reason, "who": by.actor, "notes": _notes(notes), "report": dict(closed.report),
        }  # fmt: skip
        self._update(connection, closed, self._journal(connection, "shift_closed", body))
        return closed

    def other_registers(self) -> list[str]:
        """Return the other registers of this journal with an open shift, with payments or refunds in process, or with
        entries in no shift."""
        return [row[0] for row in self._database.rows(_OTHERS, (self._register,))]

    def take_over(self, register: str, by: RecordedBy) -> Shift | None:
        """Take over what the name ``register`` left open: its open shift, unsettled payments and refunds.

        Its ledger entries in no shift are assigned to the shift that is open then, which is returned. Raises NotFound
        for a name that left nothing open, and NotAllowed if both have an open shift.
        """
        body: dict[str, journal.Json] = {
            "from": register, "to": self._register, "who": by.actor, "approved_by": by.approved_by,
        }  # fmt: skip
        with self._database.transaction() as connection:
            if register not in [row[0] for row in connection.execute(_OTHERS, (self._register,))]:
                raise NotFound(msg(N_("Register {name} has nothing open here."), name=register))
            sql = "SELECT 1 FROM shifts WHERE register = ? AND closed_at IS NULL"
            if self._open(connection) is not None and connection.execute(sql, (register,)).fetchone():
                raise NotAllowed(N_("A shift is open on this register. Close it first."))
            self._journal(connection, "register_taken_over", body)
            for statement in _TAKEN_OVER:
                connection.execute(statement, {"ours": self._register, "theirs": register})
            if (shift := self._open(connection)) is not None:
                since = stamp(shift.opened_at)
                connection.execute(_BOOK_INTO, {"shift": shift.id, "since": since, "ours": self._register})
        return shift

    def record_step(self, shift: Shift, step: str) -> None:
        """Journal that a step after the Z of ``shift`` is done."""
        with self._database.transaction() as connection:
            self._journal(connection, STEP_DONE, {"shift": shift.id, "z_no": shift.z_no, "step": step})

    def done_steps(self, shift: int) -> set[str]:
        """Return the steps after the Z of a shift that are done."""
        sql = (
            "SELECT json_extract(body, '$.step') FROM journal WHERE kind = ? AND json_extract(body, '$.shift') = ?"
            " AND seq > (SELECT seq FROM shifts WHERE id = ?)"
        )
        return {row[0] for row in self._database.rows(sql, (STEP_DONE, shift, shift))}

    def current(self) -> Shift | None:
        """Return the open shift of this register, None if none is open."""
        rows = self._database.rows(f"{_SELECT} WHERE register = ? AND closed_at IS NULL", (self._register,))
        return _shift(rows[0]) if rows else None

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
        row = connection.execute(f"{_SELECT} WHERE register = ? AND closed_at IS NULL", (self._register,)).fetchone()
        return _shift(row) if row else None

    def _require_open(self, connection: sqlite3.Connection) -> Shift:
        shift = self._open(connection)
        if shift is None:
            raise NotAllowed(N_("No shift is open on this register. Open one first."))
        return shift

    def _journal(self, connection: sqlite3.Connection, kind: str, body: dict[str, journal.Json]) -> int:
        at = self._clock.now().isoformat(timespec="microseconds")
        return journal.append(connection, at, self._register, kind, None, body)

    def _insert(self, connection: sqlite3.Connection, shift: Shift, seq: int) -> None:
        marks = ", ".join("?" * (len(_COLUMNS) + 1))
        connection.execute(f"INSERT INTO shifts ({', '.join(_COLUMNS)}, seq) VALUES ({marks})", (*_row(shift), seq))

    def _update(self, connection: sqlite3.Connection, shift: Shift, seq: int) -> None:
        settings = ", ".join(f"{name} = ?" for name in _COLUMNS[6:])
        values = (*_row(shift)[6:], seq, shift.id)
        connection.execute(f"UPDATE shifts SET {settings}, seq = ? WHERE id = ? AND closed_at IS NULL", values)


class ClosingShift:
    """The open shift inside the transaction of its close; see :meth:`ShiftStore.closing`."""

    def __init__(self, store: ShiftStore, connection: sqlite3.Connection, shift: Shift) -> None:
        self._store = store
        self._connection = connection
        self.shift = shift

    def write(
        self, counted: Money, notes: Mapping[int, int], expected: Money, report: Mapping[str, Any], reason: str,
        by: RecordedBy,
    ) -> Shift:  # fmt: skip
        """Write the Z with the expected cash and ``report``. The Z contains the journal's head before it."""
        return self._store._close(self._connection, self.shift, counted, notes, expected, report, reason, by)


def _money(text: str) -> Money:
    currency, _space, amount = text.partition(" ")
    return parse_sum(amount, currency)


def _notes(notes: Mapping[int, int]) -> dict[str, journal.Json]:
    return {str(piece): number for piece, number in sorted(notes.items(), reverse=True) if number}


def _row(shift: Shift) -> tuple[Any, ...]:
    return (
        shift.id, shift.register_id, shift.opening.currency, stamp(shift.opened_at), shift.opening.minor,
        shift.opened_by, stamp(shift.closed_at), shift.closed_by, shift.z_no,
        shift.counted.minor if shift.counted is not None else None,
        shift.expected.minor if shift.expected is not None else None,
        shift.reason, canonical(_notes(shift.notes)), canonical(dict(shift.report)),
    )  # fmt: skip


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
