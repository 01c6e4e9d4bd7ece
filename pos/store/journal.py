"""The journal: an append-only record of all events, chained by SHA-256.

The hash of row *n* is SHA-256(hash of row *n-1*, a line feed, canonical JSON of [seq, at, register, kind, order_no,
body]); the first row is chained to :data:`GENESIS`. A changed, removed or reordered row breaks every hash after it. If
the tail is cut off, other tables point to rows past the end.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, Final

from pos.errors import StoreRefused
from pos.i18n import N_, Message, msg
from pos.store.database import Database

GENESIS: Final = hashlib.sha256(b"Counter journal, version 1").hexdigest()

Json = str | int | float | bool | None | Mapping[str, "Json"] | list["Json"]


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


@dataclass(frozen=True, slots=True)
class Fault:
    """The first row that breaks the chain, and why: changed, missing, added or unreadable."""

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
}


@dataclass(frozen=True, slots=True)
class Walk:
    """The result of a verification: the number of valid rows, the hash of the last one, and the fault of the next."""

    rows: int
    head: str
    fault: Fault | None = None


_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
_COLUMNS: Final = "SELECT seq, at, register, kind, order_no, body, hash FROM journal"

PROGRESS_ROWS: Final = 1000
"""Rows between two progress reports of a walk."""


def canonical(body: Json) -> str:
    """Return the canonical JSON of the journal: sorted keys, no white space."""
    return _ENCODER.encode(body)


def chain_hash(previous: str, seq: int, at: str, register: str, kind: str, order_no: str | None, body: str) -> str:
    """Return the hash of a row that follows the row with the hash ``previous``."""
    row = canonical([seq, at, register, kind, order_no, body])
    return hashlib.sha256(f"{previous}\n{row}".encode()).hexdigest()


def head(connection: sqlite3.Connection) -> tuple[int, str]:
    """Return number and hash of the last row; ``(0, GENESIS)`` for an empty journal."""
    found = connection.execute("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
    return (found[0], found[1]) if found else (0, GENESIS)


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


def append(connection: sqlite3.Connection, at: str, register: str, kind: str, order_no: str | None, body: Json) -> int:
    """Write one row inside the caller's transaction and return its number."""
    last, previous = head(connection)
    text = canonical(body)
    seq = last + 1
    digest = chain_hash(previous, seq, at, register, kind, order_no, text)
    connection.execute(
        "INSERT INTO journal (seq, at, register, kind, order_no, body, hash) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (seq, at, register, kind, order_no, text, digest),
    )
    return seq


def entries(database: Database, order_no: str | None = None) -> Iterator[Entry]:
    """Return all rows, or those of one order, oldest first."""
    if order_no is None:
        rows = database.rows(f"{_COLUMNS} ORDER BY seq")
    else:
        rows = database.rows(f"{_COLUMNS} WHERE order_no = ? ORDER BY seq", (order_no,))
    return (Entry(*row) for row in rows)


def of_order(database: Database, order_no: str) -> list[tuple[str, str, str]]:
    """Return time, kind and body of each row of one order, oldest first, for its history."""
    return database.rows("SELECT at, kind, body FROM journal WHERE order_no = ? ORDER BY seq", (order_no,))


def write(database: Database, at: str, register: str, kind: str, body: Json) -> int:
    """Write one row about the register itself in a transaction and return its number. Raises StoreError."""
    with database.transaction() as connection:
        return append(connection, at, register, kind, None, body)


def verify(database: Database) -> Fault | None:
    """Return the first row that was changed, removed, reordered or cut off; None if the chain is valid."""
    return walk(database).fault


def walk(database: Database, on_progress: Callable[[int], object] = lambda rows: None) -> Walk:
    """Verify the chain of a snapshot to its first fault or its end, with one row in memory at a time.

    ``on_progress`` is called with the number of rows verified so far. Raises StoreError.
    """
    with database.snapshot():
        walked = _walked(database, on_progress)
        return walked if walked.fault else replace(walked, fault=_cut_off(database, walked.rows + 1))


def _walked(database: Database, on_progress: Callable[[int], object]) -> Walk:
    rows, previous = 0, GENESIS
    try:
        with closing(database.iterate(f"{_COLUMNS} ORDER BY seq")) as found:
            for row in found:
                if fault := _fault(row, rows + 1, previous):
                    return Walk(rows, previous, fault)
                rows, previous = rows + 1, row[-1]
                if rows % PROGRESS_ROWS == 0:
                    on_progress(rows)
    except StoreRefused:
        return Walk(rows, previous, Fault(rows + 1, "unreadable"))
    return Walk(rows, previous)


def _fault(row: tuple[Any, ...], expected: int, previous: str) -> Fault | None:
    seq, at, register, kind, order_no, body, digest = row
    try:
        if seq != expected:
            return Fault(expected, "missing") if seq > expected else Fault(seq, "added")
        if digest != chain_hash(previous, seq, at, register, kind, order_no, body):
            return Fault(seq, "changed")
    except TypeError:  # another tool wrote a value of another type
        return Fault(expected, "changed")
    return None


def _cut_off(database: Database, expected: int) -> Fault | None:
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
