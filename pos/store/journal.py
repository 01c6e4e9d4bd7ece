"""The append-only record of all that happened, chained by SHA-256.

Row *n* carries SHA-256(hash of row *n-1*, a line feed, canonical JSON of [seq, at, register, kind, order_no,
body]), the first one chained to :data:`GENESIS`. Whoever changes, removes or reorders a row breaks every hash
after it; whoever cuts the tail off leaves attempts that point past the end.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pos.store.database import Database

GENESIS: Final = hashlib.sha256(b"Counter journal, version 1").hexdigest()

Json = str | int | float | bool | None | Mapping[str, "Json"] | list["Json"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One row as it stands. ``at`` is ISO 8601 in UTC."""

    seq: int
    at: str
    register: str
    kind: str
    order_no: str | None
    body: str
    hash: str


@dataclass(frozen=True, slots=True)
class Fault:
    """The first row that does not hold, and why."""

    seq: int
    reason: str


def canonical(body: Json) -> str:
    """The one way Counter writes JSON into the journal."""
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def chained(previous: str, seq: int, at: str, register: str, kind: str, order_no: str | None, body: str) -> str:
    """The hash of a row that follows ``previous``."""
    row = canonical([seq, at, register, kind, order_no, body])
    return hashlib.sha256(f"{previous}\n{row}".encode()).hexdigest()


def head(connection: sqlite3.Connection) -> tuple[int, str]:
    """Number and hash of the last row; ``(0, GENESIS)`` of an empty journal."""
    found = connection.execute("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
    return (found[0], found[1]) if found else (0, GENESIS)


def append(connection: sqlite3.Connection, at: str, register: str, kind: str, order_no: str | None, body: Json) -> int:
    """Write one row inside the caller's transaction; its number."""
    last, previous = head(connection)
    text = canonical(body)
    seq = last + 1
    digest = chained(previous, seq, at, register, kind, order_no, text)
    connection.execute(
        "INSERT INTO journal (seq, at, register, kind, order_no, body, hash) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (seq, at, register, kind, order_no, text, digest),
    )
    return seq


def entries(database: Database, order_no: str | None = None) -> Iterator[Entry]:
    """All rows, or those of one order, oldest first."""
    columns = "SELECT seq, at, register, kind, order_no, body, hash FROM journal"
    if order_no is None:
        rows = database.rows(f"{columns} ORDER BY seq")
    else:
        rows = database.rows(f"{columns} WHERE order_no = ? ORDER BY seq", (order_no,))
    return (Entry(*row) for row in rows)


def verify(database: Database) -> Fault | None:
    """Walk the chain. The first row that was changed, removed, reordered or cut off; None when all hold."""
    previous, expected = GENESIS, 1
    for entry in entries(database):
        if entry.seq != expected:
            return Fault(expected, "missing") if entry.seq > expected else Fault(entry.seq, "added")
        if entry.hash != chained(previous, entry.seq, entry.at, entry.register, entry.kind, entry.order_no, entry.body):
            return Fault(entry.seq, "changed")
        previous, expected = entry.hash, expected + 1
    return _cut_off(database, expected)


def _cut_off(database: Database, expected: int) -> Fault | None:
    found = database.rows("SELECT max(seq) FROM attempts")[0][0]
    return Fault(expected, "missing") if found is not None and found >= expected else None
