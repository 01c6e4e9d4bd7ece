"""Bring a journal of an older program up to date: what its rows do not say is written into it once."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from itertools import chain, groupby, islice
from typing import Any, Final

from pos.domain.journal_kinds.register import Imported, Migrated
from pos.store.journal.format import ALL_ROWS, OLD, append, head
from pos.store.journal.replay import BLOCK, Difference, ReplayedTables, columns_of, differences, schema_of, sealed
from pos.store.projections.register import KEYS

ROWS_AT_ONCE: Final = 100
"""Table rows in one journal row."""

NAMESPACE: Final = uuid.UUID("5d1b0e3c-6c0a-4a61-9b0f-0f5d6b6c2f0e")


def import_tables(connection: sqlite3.Connection) -> None:
    """Write a ``migrated`` row and the ``imported`` rows, inside the caller's transaction. The tables stay as they are.

    An empty journal gets no row, nor does one with declared rows: its tables must follow from what it has.
    """
    rows, last_hash = head(connection)
    declared = connection.execute("SELECT 1 FROM journal WHERE version <> ? LIMIT 1", (OLD,)).fetchone()
    if not rows or declared:
        return
    uid = uid_of(connection)
    _name_shifts(connection, uid)
    schema = schema_of(connection)
    with closing(ReplayedTables(schema)) as replayed:
        stored = connection.execute(ALL_ROWS)
        while rows_read := stored.fetchmany(BLOCK):
            replayed.replay(rows_read)
        replayed.finish()
        found = _imported(
            connection, differences(connection, replayed.connection, [table for table in KEYS if table in schema])
        )
        at = datetime.now(UTC).isoformat(timespec="microseconds")
        register = connection.execute("SELECT register FROM journal ORDER BY seq DESC LIMIT 1").fetchone()[0]
        begun = Migrated(register_uid=uid, rows=rows, head=last_hash)
        for one in chain((begun,), found):  # their table changes are made already
            append(connection, at, register, one.kind, None, one.body(), one.VERSION)


def uid_of(connection: sqlite3.Connection) -> str:
    """Return the UUID of a journal; one that is older than identities gets it from the hash of its first row."""
    stored = connection.execute("SELECT register_uid FROM identity").fetchone()
    first = connection.execute("SELECT hash FROM journal WHERE seq = 1").fetchone()
    return str(stored[0]) if stored else str(uuid.uuid5(NAMESPACE, first[0])) if first else ""


def _name_shifts(connection: sqlite3.Connection, uid: str) -> None:
    for (number,) in connection.execute("SELECT id FROM shifts").fetchall():
        one = str(uuid.uuid5(NAMESPACE, f"{uid}/shift/{number}"))
        connection.execute("UPDATE shifts SET uid = ? WHERE id = ?", (one, number))


def _imported(
    connection: sqlite3.Connection, found: Iterable[tuple[Difference, tuple[Any, ...] | None]]
) -> Iterator[Imported]:
    for table, group in groupby(found, key=lambda one: one[0].table):
        columns = columns_of(connection, table)
        while some := list(islice(group, ROWS_AT_ONCE)):
            rows = [sealed(table, columns, row) for _difference, row in some if row is not None]
            gone = [difference.key for difference, row in some if row is None]
            yield Imported(table=table, columns=columns, rows=rows, gone=gone)
