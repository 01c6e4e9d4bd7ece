"""What a backup does not know of the journal whose place it takes, and must: numbers that were given, people and PINs,
locks, money that went back. The rest stays in the old journal and is counted, so that it can be said."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pos.domain.refund import HOLDS_MONEY
from pos.domain.states import State
from pos.errors import StoreError
from pos.i18n import N_, msg
from pos.store import journal
from pos.store.attempt_mapping import message_text
from pos.store.database import Database
from pos.store.people import recovery_hash_in

_Z_NUMBERS: Final = (
    "SELECT register, max(z_no) FROM shifts WHERE z_no IS NOT NULL GROUP BY register",
    "SELECT register, z_no FROM z_given",
)
_OPEN: Final = frozenset(State) - {State.CAPTURED, State.DECLINED, State.EXPIRED, State.VOIDED}
_LOCK: Final = (
    "INSERT INTO locks (person, wrong, since) VALUES (?, ?, ?) ON CONFLICT (person)"
    " DO UPDATE SET wrong = max(wrong, excluded.wrong), since = max(since, excluded.since)"
)
_PEOPLE: Final = "SELECT id, name, role, active, pin FROM people ORDER BY active, id"
_PERSON: Final = (
    "INSERT INTO people (id, name, role, active, pin, seq) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id)"
    " DO UPDATE SET name = excluded.name, role = excluded.role, active = excluded.active, pin = excluded.pin,"
    " seq = excluded.seq"
)
_DOUBT: Final = (
    "UPDATE attempts SET state = 'unknown', sent_at = ?, gateway_ref = ?, gateway_key = ?, message = ?, seq = ?"
    " WHERE order_no = ?"
)
_RUNNING: Final = "SELECT id FROM shifts WHERE register = ? AND closed_at IS NULL"

_Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Past:
    """``z_numbers`` are the last Zs given, by register, where the backup knows only earlier ones; ``refunds`` those of
    payments that the backup has, each with its line of the book. ``sent`` are payments that the backup knows as not
    sent, and that went out since: in doubt, and asked about. ``payments`` began in the old journal alone, ``open`` of
    them were not settled. ``people`` (names) differ: the newer ones of the old journal, in ``staff``, replace those of
    the backup, and who is in the backup alone may no longer sign in. ``code`` is the hash of the recovery code. Of what
    is not ``whole`` the old journal could not be read to its end.
    """

    z_numbers: Mapping[str, int] = field(default_factory=dict)
    locks: tuple[tuple[str, int, float], ...] = ()
    refunds: tuple[tuple[_Row, _Row | None], ...] = ()
    sent: tuple[tuple[str, str, str, str], ...] = ()
    payments: int = 0
    open: int = 0
    people: tuple[str, ...] = ()
    whole: bool = True
    staff: tuple[tuple[Any, ...], ...] = ()
    code: str = ""

    def told(self) -> dict[str, journal.Json]:
        """The same for the journal and for programs."""
        return {
            "z_numbers": dict(self.z_numbers), "payments": self.payments, "open": self.open,
            "refunds": len(self.refunds), "sent": len(self.sent), "people": list(self.people),
        }  # fmt: skip


def past_of(path: Path, lost: int, others: Iterable[Path], fresh: Database) -> Past:
    """What the journal at ``path`` knows in its last ``lost`` rows, and ``fresh`` does not; ``others`` may know of
    later Zs, too."""
    z_numbers = _later_zs((path, *others), fresh)
    if not lost:
        return Past(z_numbers)
    try:
        with closing(Database(path, read_only=True, newer_too=True)) as old:
            return _past(old, journal.last(old)[0] - lost, fresh, z_numbers)
    except StoreError:  # damaged further on: it is replaced all the same
        return Past(z_numbers, whole=False)


def carry(connection: sqlite3.Connection, seq: int, past: Past, at: str, register: str) -> None:
    """Write down what must not be forgotten; ``seq`` is the journal's row about the restore."""
    for name, z_no in past.z_numbers.items():
        connection.execute("INSERT OR REPLACE INTO z_given VALUES (?, ?, ?)", (name, z_no, seq))
    connection.executemany(_LOCK, past.locks)
    _carry_people(connection, seq, past, at, register)
    for order_no, sent_at, reference, key in past.sent:
        said = message_text(msg(N_("The replaced journal had already sent it.")))
        body: dict[str, journal.Json] = {"state": State.UNKNOWN.value, "sent_at": sent_at, "message": said}
        row = journal.append(connection, at, register, "no_answer", order_no, body)
        connection.execute(_DOUBT, (sent_at, reference, key, said, row, order_no))
    for refund, booking in past.refunds:
        facts = {("refund_state" if name == "state" else name): value for name, value in refund.items()}
        row = journal.append(connection, at, register, "refund_carried", refund["order_no"], facts)
        connection.execute("DELETE FROM refunds WHERE refund_no = ?", (refund["refund_no"],))
        _insert(connection, "refunds", {**refund, "seq": row})
        if booking is not None:
            shift = connection.execute(_RUNNING, (booking["register"],)).fetchone()
            _insert(connection, "bookings", {**booking, "seq": row, "shift": shift[0] if shift else None, "adopted": 0})


def _carry_people(connection: sqlite3.Connection, seq: int, past: Past, at: str, register: str) -> None:
    """Replace the people of a backup with the newer ones; each is journaled. A journal without people brings none."""
    if past.staff:
        connection.execute("UPDATE people SET active = 0")
    for number, name, role, active, pin in past.staff:
        body: dict[str, journal.Json] = {"person": number, "name": name, "role": role, "active": bool(active)}
        row = journal.append(connection, at, register, "person_carried", None, body)
        connection.execute(_PERSON, (number, name, role, active, pin, row))
    if past.code:
        connection.execute("INSERT OR REPLACE INTO recovery (id, hash, seq) VALUES (1, ?, ?)", (past.code, seq))


def _past(old: Database, after: int, fresh: Database, z_numbers: Mapping[str, int]) -> Past:
    begun = _begun(old, after, fresh)
    people = _other_people(old, fresh)
    return Past(
        z_numbers,
        tuple(_locks(old)),
        tuple(_gone(old, after, fresh)),
        tuple(_sent(old, fresh)),
        len(begun),
        sum(state in _OPEN for state in begun),
        people,
        staff=tuple(_rows(old, "people", _PEOPLE)) if people else (),
        code=recovery_hash_in(old),
    )


def _later_zs(files: Iterable[Path], fresh: Database) -> dict[str, int]:
    known = _zs(fresh)
    found: dict[str, int] = {}
    for file in files:
        for register, z_no in _zs_in(file).items():
            if z_no > max(known.get(register, 0), found.get(register, 0)):
                found[register] = z_no
    return found


def _zs_in(file: Path) -> dict[str, int]:
    """None of a file that cannot be read: it is asked for what it may know, no more."""
    try:
        with closing(Database(file, read_only=True, newer_too=True)) as old:
            return _zs(old)
    except StoreError:
        return {}


def _zs(database: Database) -> dict[str, int]:
    found: dict[str, int] = {}
    for table, sql in zip(("shifts", "z_given"), _Z_NUMBERS, strict=True):
        for register, z_no in _rows(database, table, sql):
            found[register] = max(z_no, found.get(register, 0))
    return found


def _begun(old: Database, after: int, fresh: Database) -> list[str]:
    """The states of payments that began in these rows and that ``fresh`` has not."""
    sql = (
        "SELECT a.order_no, a.state FROM journal j JOIN attempts a ON a.order_no = j.order_no"
        " WHERE j.seq > ? AND j.kind = 'created'"
    )
    return [state for number, state in old.rows(sql, (after,)) if not _known(fresh, "attempts", "order_no", number)]


def _sent(old: Database, fresh: Database) -> Iterator[tuple[str, str, str, str]]:
    """Payments of which nothing had been sent when the backup was made."""
    sql = "SELECT order_no, sent_at, gateway_ref, gateway_key FROM attempts WHERE order_no = ? AND state <> 'created'"
    for (order_no,) in fresh.rows("SELECT order_no FROM attempts WHERE state = 'created'"):
        yield from old.rows(f"{sql} AND sent_at IS NOT NULL", (order_no,))


def _gone(old: Database, after: int, fresh: Database) -> Iterator[tuple[_Row, _Row | None]]:
    """Refunds that hold money of payments that ``fresh`` has, and whatever became of those that it has: what it knows
    as not sent may have been, and must not go back a second time."""
    for refund in _named(old, fresh, "refunds", "WHERE seq > ?", after):
        number, order_no = refund["refund_no"], refund["order_no"]
        known = _known(fresh, "refunds", "refund_no", number)
        if known or (refund["state"] in HOLDS_MONEY and _known(fresh, "attempts", "order_no", order_no)):
            line = _named(old, fresh, "bookings", "WHERE order_no = ? AND refund_no = ?", order_no, number)
            booked = fresh.rows("SELECT 1 FROM bookings WHERE order_no = ? AND refund_no = ?", (order_no, number))
            yield refund, line[0] if line and not booked else None


def _locks(old: Database) -> list[tuple[Any, ...]]:
    """Who typed how many wrong PINs; an older program told the end of a lock-out by the wall clock."""
    since = "since" if "since" in _columns(old, "locks") else "0.0"
    return _rows(old, "locks", f"SELECT person, wrong, {since} FROM locks")


def _other_people(old: Database, fresh: Database) -> tuple[str, ...]:
    before = {row[0]: row[1:] for row in _rows(old, "people", _PEOPLE)}
    now = {row[0]: row[1:] for row in fresh.rows(_PEOPLE)}
    changed = [who for who in before.keys() | now.keys() if before.get(who) != now.get(who)]
    return tuple(sorted((before.get(who) or now[who])[0] for who in changed))


def _known(database: Database, table: str, key: str, number: str) -> bool:
    return bool(database.rows(f"SELECT 1 FROM {table} WHERE {key} = ?", (number,)))


def _rows(database: Database, table: str, sql: str, *values: object) -> list[tuple[Any, ...]]:
    """Nothing of a table that an older program did not have."""
    there = database.rows("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,))
    return database.rows(sql, values) if there else []


def _named(old: Database, fresh: Database, table: str, where: str, *values: object) -> list[_Row]:
    """Rows by the names of those columns that both programs know."""
    theirs = _columns(old, table)
    names = [name for name in _columns(fresh, table) if name in theirs]
    rows = _rows(old, table, f"SELECT {', '.join(names)} FROM {table} {where}", *values)
    return [dict(zip(names, row, strict=True)) for row in rows]


def _columns(database: Database, table: str) -> list[str]:
    return [row[1] for row in database.rows(f"PRAGMA table_info({table})")]


def _insert(connection: sqlite3.Connection, table: str, row: _Row) -> None:
    marks = ", ".join("?" * len(row))
    connection.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))
