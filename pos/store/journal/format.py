"""The rows of the journal and their chain by SHA-256.

The hash of row *n* is SHA-256(hash of row *n-1*, a line feed, canonical JSON of [seq, at, register, kind, order_no,
body, version, actor]); the first row is chained to :data:`GENESIS`. Rows of older programs have version 0; they have no
actor, and their hash has neither. A changed, removed or reordered row breaks every hash after it. If the tail is cut
off, other tables point to rows past the end.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, Final

from pos.domain.journal_kinds import Json
from pos.errors import StoreRefused
from pos.i18n import N_, Message, msg
from pos.store.database import Database

GENESIS: Final = hashlib.sha256(b"Counter journal, version 1").hexdigest()

OLD: Final = 0
"""The version of rows whose kind was not declared."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row as stored. ``at`` is ISO 8601 in UTC."""

    seq: int
    at: str
    register: str
    kind: str
    order_no: str | None
    body: str
    hash: str
    version: int = OLD
    actor: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """The first row that is wrong, and why: a key of the sentences below."""

    seq: int
    reason: str

    @property
    def message(self) -> Message:
        """The fault as a sentence."""
        return msg(_FAULTS[self.reason], seq=self.seq)


_FAULTS: Final = {
    "changed": N_("Row {seq} of the journal was changed."),
    "missing": N_("Row {seq} of the journal is missing."),
    "added": N_("Row {seq} of the journal was added."),
    "unreadable": N_("Row {seq} of the journal cannot be read."),
    "unknown": N_("Row {seq} of the journal is of a kind that this program does not know."),
    "impossible": N_("Row {seq} of the journal contradicts the rows before it."),
}


@dataclass(frozen=True, slots=True)
class Walk:
    """The result of a verification: the number of valid rows, the hash of the last one, and the fault of the next.

    ``findings`` say where tables, backups, seals or paper differ from a journal whose chain is valid.
    """

    rows: int
    head: str
    fault: Fault | None = None
    findings: tuple[Message, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether nothing wrong was found."""
        return self.fault is None and not self.findings

    @property
    def messages(self) -> tuple[Message, ...]:
        """All that was found, as sentences."""
        return (self.fault.message,) if self.fault else self.findings


_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
_COLUMNS: Final = "seq, at, register, kind, order_no, body, hash"
_SELECT: Final = f"SELECT {_COLUMNS}, version, actor FROM journal"
ALL_ROWS: Final = f"{_SELECT} ORDER BY seq"
"""Query for all rows, oldest first."""
_SELECT_OLD: Final = f"SELECT {_COLUMNS}, {OLD}, '' FROM journal"

PROGRESS_ROWS: Final = 1000
"""Rows between two progress reports of a walk."""


def canonical(body: Json) -> str:
    """Return the canonical JSON of the journal: sorted keys, no white space."""
    return _ENCODER.encode(body)


def digest(secret: str) -> str:
    """Return the SHA-256 of a secret, which the journal has in its place; "" for no secret."""
    return hashlib.sha256(secret.encode()).hexdigest() if secret else ""


def chain_hash(
    previous: str, seq: int, at: str, register: str, kind: str, order_no: str | None, body: str, version: int,
    actor: str,
) -> str:  # fmt: skip
    """Return the hash of a row that follows the row with the hash ``previous``."""
    row: list[Json] = [seq, at, register, kind, order_no, body]
    if version != OLD:
        row += (version, actor)
    return hashlib.sha256(f"{previous}\n{canonical(row)}".encode()).hexdigest()


def head(connection: sqlite3.Connection) -> tuple[int, str]:
    """Return number and hash of the last row; ``(0, GENESIS)`` for an empty journal."""
    found = connection.execute("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
    return (found[0], found[1]) if found else (0, GENESIS)


def head_of(database: Database) -> tuple[int, str]:
    """Return number and hash of the last row; ``(0, GENESIS)`` for an empty journal."""
    found = database.rows("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1")
    return (found[0][0], found[0][1]) if found else (0, GENESIS)


def last(database: Database) -> tuple[int, str]:
    """Return number and time of the last row; ``(0, "")`` for an empty journal."""
    found = database.rows("SELECT seq, at FROM journal ORDER BY seq DESC LIMIT 1")
    return (found[0][0], found[0][1]) if found else (0, "")


def hash_of(database: Database, seq: int) -> str | None:
    """Return the stored hash of a row, None if there is no such row."""
    found = database.rows("SELECT hash FROM journal WHERE seq = ?", (seq,))
    return found[0][0] if found else None


def exists_in(database: Database) -> bool:
    """Return whether the file has a journal."""
    return bool(database.rows("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'journal'"))


def append(
    connection: sqlite3.Connection, at: str, register: str, kind: str, order_no: str | None, body: Json,
    version: int = 1, actor: str = "",
) -> int:  # fmt: skip
    """Write one row inside the caller's transaction and return its number. Only a declared kind can be replayed."""
    last, previous = head(connection)
    text = canonical(body)
    seq = last + 1
    digest = chain_hash(previous, seq, at, register, kind, order_no, text, version, actor)
    connection.execute(
        "INSERT INTO journal (seq, at, register, kind, order_no, body, hash, version, actor)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (seq, at, register, kind, order_no, text, digest, version, actor),
    )
    return seq


def entries(database: Database, order_no: str | None = None) -> Iterator[Entry]:
    """Return all rows, or those of one order, oldest first."""
    if order_no is None:
        rows = database.rows(ALL_ROWS)
    else:
        rows = database.rows(f"{_SELECT} WHERE order_no = ? ORDER BY seq", (order_no,))
    return (Entry(*row) for row in rows)


def of_order(database: Database, order_no: str) -> list[tuple[str, str, str]]:
    """Return time, kind and body of each row of one order, oldest first, for its history."""
    return database.rows("SELECT at, kind, body FROM journal WHERE order_no = ? ORDER BY seq", (order_no,))


def rows_of(database: Database) -> str:
    """Return the query for all rows, oldest first, with version and actor, for a journal of any age."""
    columns = {row[1] for row in database.rows("PRAGMA table_info(journal)")}
    return ALL_ROWS if "version" in columns else f"{_SELECT_OLD} ORDER BY seq"


def was_imported(database: Database) -> bool:
    """Return whether the tables must follow from the journal. Those of a program that declared no kinds do not yet.

    Declared rows count, whatever the file says about its migrations.
    """
    if not database.needs_update():
        return True
    declared = rows_of(database) == ALL_ROWS
    return declared and bool(database.rows("SELECT 1 FROM journal WHERE version <> ? LIMIT 1", (OLD,)))


def verify(database: Database) -> Fault | None:
    """Return the first row that was changed, removed, reordered or cut off; None if the chain is valid."""
    return walk(database).fault


def walk(database: Database, on_progress: Callable[[int], object] = lambda rows: None) -> Walk:
    """Verify the chain of a snapshot to its first fault or its end, with one row in memory at a time.

    ``on_progress`` is called with the number of rows verified so far. Raises StoreError.
    """
    with database.snapshot():
        walked = _walked(database, on_progress)
        return walked if walked.fault else replace(walked, fault=cut_off(database, walked.rows + 1))


def _walked(database: Database, on_progress: Callable[[int], object]) -> Walk:
    rows, previous = 0, GENESIS
    try:
        with closing(database.iterate(rows_of(database))) as found:
            for row in found:
                if fault := fault_of(row, rows + 1, previous):
                    return Walk(rows, previous, fault)
                rows, previous = rows + 1, row[6]
                if rows % PROGRESS_ROWS == 0:
                    on_progress(rows)
    except StoreRefused:
        return Walk(rows, previous, Fault(rows + 1, "unreadable"))
    return Walk(rows, previous)


def fault_of(row: tuple[Any, ...], expected: int, previous: str) -> Fault | None:
    """Return the fault of a row that should have the number ``expected`` and follow the hash ``previous``."""
    seq, at, register, kind, order_no, body, digest, version, actor = row
    try:
        if seq != expected:
            return Fault(expected, "missing") if seq > expected else Fault(seq, "added")
        if digest != chain_hash(previous, seq, at, register, kind, order_no, body, version, actor):
            return Fault(seq, "changed")
    except TypeError:  # another tool wrote a value of another type
        return Fault(expected, "changed")
    return None


def cut_off(database: Database, expected: int) -> Fault | None:
    """Return a fault if a table points to a row at or after ``expected``: the end of the journal was cut off."""
    pointing = database.rows(
        'SELECT t.name, k."from" FROM sqlite_master t, pragma_foreign_key_list(t.name) k'
        " WHERE t.type = 'table' AND k.\"table\" = 'journal'"
    )
    for table, column in pointing:
        sql = f"SELECT 1 FROM {_quoted(table)} WHERE {_quoted(column)} >= ? LIMIT 1"
        if database.rows(sql, (expected,)):
            return Fault(expected, "missing")
    return None


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
