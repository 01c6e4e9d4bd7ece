"""Rebuild the tables from the journal into a new file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pos.errors import StoreRefused
from pos.files import sync_file, sync_folder
from pos.i18n import N_, msg
from pos.store.backup import copy_errors, refuse_existing, temporary_file
from pos.store.database import Database
from pos.store.journal.format import GENESIS, PROGRESS_ROWS, Fault, digest, fault_of, rows_of, was_imported
from pos.store.journal.replay import CannotReplay, apply_row
from pos.store.projections.base import Sealed
from pos.store.projections.register import SEALED

_COPY: Final = (
    "INSERT INTO journal (seq, at, register, kind, order_no, body, hash, version, actor)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_INDEXES: Final = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A rebuilt file: its rows, its head, and the columns with the number of secrets that could not be taken over."""

    path: Path
    rows: int
    head: str
    lost: Mapping[str, int]


def rebuild(database: Database, target: Path, on_progress: Callable[[int], object] = lambda rows: None) -> Rebuilt:
    """Write the journal and tables replayed from it to ``target``: one synced file, or nothing.

    Secrets, of which the journal has only digests, are taken from the present tables where they fit. Raises InputError
    if the file exists, StoreRefused for a journal with a fault or of an older program, StoreError.
    """
    refuse_existing(target)
    if not was_imported(database):
        text = N_("An older program wrote {path}. Open Counter once: it brings the journal up to date.")
        raise StoreRefused(msg(text, path=database.path))
    with temporary_file(target) as part:
        part.unlink()
        with closing(Database(part)) as fresh, database.snapshot() as source:
            fresh.rows("PRAGMA foreign_keys=OFF")
            with fresh.transaction() as connection:
                made = _replayed(database, connection, _secrets(source), on_progress)
            fresh.rows("PRAGMA journal_mode=DELETE")
        with copy_errors(target):
            sync_file(part)
            part.replace(target)
            sync_folder(target.parent)
    return Rebuilt(target, *made)


def _replayed(
    database: Database, connection: sqlite3.Connection, secrets: Mapping[str, str], on_progress: Callable[[int], object]
) -> tuple[int, str, dict[str, int]]:
    indexes = dict(connection.execute(_INDEXES).fetchall())
    for name in indexes:
        connection.execute(f"DROP INDEX {name}")
    rows, head = 0, GENESIS
    with closing(database.iterate(rows_of(database))) as found:
        for row in found:
            fault = fault_of(row, rows + 1, head) or _applied(connection, row, secrets)
            if fault is not None:
                raise StoreRefused(fault.message)
            rows, head = rows + 1, row[6]
            if rows % PROGRESS_ROWS == 0:
                on_progress(rows)
    try:
        for sql in indexes.values():
            connection.execute(sql)
    except sqlite3.IntegrityError as error:
        text = N_("The rows of the journal contradict each other: {problem}.")
        raise StoreRefused(msg(text, problem=error)) from error
    return rows, head, dict(_blanked(connection, set(secrets.values())))


def _applied(connection: sqlite3.Connection, row: tuple[Any, ...], secrets: Mapping[str, str]) -> Fault | None:
    connection.execute(_COPY, row)
    try:
        apply_row(connection.execute, row, secrets)
    except CannotReplay as error:
        return Fault(error.seq, error.reason)
    return None


def _secrets(source: sqlite3.Connection) -> dict[str, str]:
    """Return the secrets of the present tables by their digests."""
    found = (row[0] for table, column in SEALED for row in source.execute(f"SELECT {column} FROM {table}"))
    return {digest(str(one)): str(one) for one in found if one}


def _blanked(connection: sqlite3.Connection, secrets: set[str]) -> Iterator[tuple[str, int]]:
    """Empty the columns whose secrets are not known; yield them with their number."""
    for table, column in sorted(SEALED):
        known = {row[0] for row in connection.execute(f"SELECT DISTINCT {column} FROM {table}")}
        lost = known - secrets - {""}
        for one in lost:
            connection.execute(f"UPDATE {table} SET {column} = '' WHERE {column} = ?", (Sealed(one),))
        if lost:
            yield f"{table}.{column}", len(lost)
