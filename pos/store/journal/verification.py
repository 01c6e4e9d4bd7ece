"""Verify a journal: its chain, every table against a replay of its rows, and the heads that were frozen elsewhere."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from pos.domain.journal_kinds.register import BackupMade, Restored
from pos.domain.journal_kinds.shifts import ShiftClosed
from pos.errors import StoreError, StoreRefused
from pos.i18n import N_, Message, msg
from pos.store.database import FILE_NAME, MEMORY, Database
from pos.store.identity import register_uid
from pos.store.journal.anchors import Anchor, Seals, anchor_of, broken_anchors
from pos.store.journal.format import (
    GENESIS,
    OLD,
    PROGRESS_ROWS,
    Fault,
    Walk,
    cut_off,
    fault_of,
    hash_of,
    rows_of,
    walk,
    was_imported,
)
from pos.store.journal.replay import (
    BLOCK,
    CONTRADICTIONS,
    CannotReplay,
    Difference,
    Impossible,
    ReplayedTables,
    differences,
    read_body,
    schema_of,
)
from pos.store.projections.register import KEYS

OnProgress = Callable[[int], object]

_ANCHORS: Final = ShiftClosed.KINDS | BackupMade.KINDS | Restored.KINDS
_NO_SEALS: Final = Seals()


@dataclass(frozen=True, slots=True)
class Outside:
    """What is known from outside the journal: anchors of backups, seals, and the hash on paper ("" for none)."""

    backups: Sequence[Anchor] = ()
    seals: Seals = _NO_SEALS
    printed: str = ""


@dataclass
class _Chain:
    """The rows read so far, and the anchors in them."""

    rows: int = 0
    head: str = GENESIS
    printed: bool = False
    declared: bool = False
    anchors: list[Anchor] = field(default_factory=list)


def verify_journal(
    database: Database, outside: Outside | None = None, on_progress: OnProgress = lambda rows: None
) -> Walk:
    """Verify a snapshot of the journal; other writers are not blocked. Raises StoreError.

    The chain is followed to its first fault. If it has none, all rows are replayed and every table is compared; the
    first difference of each table and kind is reported. A journal of a program that declared no kinds, and that was
    not migrated yet, has its chain verified only.
    """
    known = outside or Outside()
    if not was_imported(database):
        return walk(database, on_progress)
    if database.needs_update():
        return _verified_update(database, known, on_progress)
    with database.snapshot() as connection, closing(ReplayedTables(_schema())) as replayed:
        chain = _Chain()
        fault = _followed(database, replayed, chain, known.printed, on_progress) or cut_off(database, chain.rows + 1)
        found = Walk(chain.rows, chain.head, fault)
        if fault is not None:
            return found
        return replace(found, findings=tuple(_findings(database, connection, replayed, chain, known)))


def _verified_update(database: Database, known: Outside, on_progress: OnProgress) -> Walk:
    """Verify a copy of an older journal as it is after its update, which a file with a false mark does not survive."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / FILE_NAME
        with database.snapshot() as source, closing(sqlite3.connect(path)) as copy:
            source.backup(copy)
        try:
            with closing(Database(path)) as updated:
                return verify_journal(updated, known, on_progress)
        except StoreError as error:
            text = N_("An older program seems to have written the file, but it cannot be brought up to date: {problem}")
            found = walk(database, on_progress)
            return replace(found, findings=(msg(text, problem=error.detail or error.message.spoken()),))


def _followed(
    database: Database, replayed: ReplayedTables, chain: _Chain, printed: str, on_progress: OnProgress
) -> Fault | None:
    """Follow the chain and replay its rows, block by block, to its end or its first fault."""
    with closing(database.iterate(rows_of(database))) as rows:
        more = True
        while more:
            block, fault = _next_block(rows, chain)
            more = len(block) == BLOCK
            fault = _replayed(replayed, block, chain) or fault
            _count(chain, block, fault, printed)
            if fault is not None:
                return fault
            if chain.rows % PROGRESS_ROWS == 0:
                on_progress(chain.rows)
    try:
        replayed.finish()
    except Impossible as error:
        return Fault(error.seq, error.reason)
    return None


def _next_block(rows: Iterator[tuple[Any, ...]], chain: _Chain) -> tuple[list[tuple[Any, ...]], Fault | None]:
    """Return the next rows that follow in the chain, and the fault of the row after them."""
    block: list[tuple[Any, ...]] = []
    head = chain.head
    try:
        for row in islice(rows, BLOCK):
            fault = fault_of(row, chain.rows + len(block) + 1, head)
            if fault is None and chain.declared and row[7] == OLD:
                fault = Fault(row[0], "unknown")  # no program writes such a row after declared ones
            if fault is not None:
                return block, fault
            chain.declared = row[7] != OLD
            block.append(row)
            head = row[6]
    except StoreRefused:
        return block, Fault(chain.rows + len(block) + 1, "unreadable")
    return block, None


def _replayed(replayed: ReplayedTables, block: list[tuple[Any, ...]], chain: _Chain) -> Fault | None:
    """Replay the rows of a block and keep their anchors, to the first fault."""
    found: CannotReplay | None = None
    try:
        for row in block:
            if row[3] in _ANCHORS:
                chain.anchors += _anchors(row)
    except CannotReplay as error:
        found = error
    try:
        replayed.replay(row for row in block if found is None or row[0] <= found.seq)
    except CannotReplay as error:
        found = error
    return Fault(found.seq, found.reason) if found is not None else None


def _count(chain: _Chain, block: list[tuple[Any, ...]], fault: Fault | None, printed: str) -> None:
    """Count the rows of a block before its fault."""
    valid = block if fault is None else [row for row in block if row[0] < fault.seq]
    if valid:
        chain.rows, chain.head = chain.rows + len(valid), valid[-1][6]
    if printed and any(row[6].startswith(printed) for row in valid):
        chain.printed = True


def _anchors(row: tuple[Any, ...]) -> list[Anchor]:
    seq, at, _register, kind, _order_no, body, _hash, version, _actor = row
    try:
        found = None if version == OLD else anchor_of(seq, at, read_body(seq, kind, version, body))
    except CONTRADICTIONS as error:
        raise Impossible(seq, str(error)) from error
    return [found] if found else []


def _findings(
    database: Database, connection: sqlite3.Connection, replayed: ReplayedTables, chain: _Chain, known: Outside
) -> Iterator[Message]:
    yield from _foreign_objects(connection)
    ours, theirs = _objects(connection), _made()
    tables = [table for table in KEYS if ours.get(table) == theirs[table]]  # others cannot be compared
    yield from (one.message for one in _first_of_each(differences(connection, replayed.connection, tables)))
    uid = register_uid(database)
    yield from broken_anchors(chain.anchors, known.backups, known.seals, uid, lambda seq: hash_of(database, seq))
    if known.printed and not chain.printed:
        yield msg(N_("No row of the journal has the hash {hash}."), hash=known.printed)


def _first_of_each(found: Iterator[tuple[Difference, tuple[Any, ...] | None]]) -> Iterator[Difference]:
    """Yield the first difference of each table and kind."""
    seen = set()
    for one, _row in found:
        if (one.table, one.reason) not in seen:
            seen.add((one.table, one.reason))
            yield one


def _foreign_objects(connection: sqlite3.Connection) -> Iterator[Message]:
    """Yield each trigger, view or index that Counter did not make, and each of its own that is missing or different."""
    ours, theirs = _objects(connection), _made()
    for name in sorted(ours.keys() ^ theirs.keys()):
        reason = N_("The database has an object that Counter did not make: {name}.")
        gone = N_("The database lacks an object that Counter made: {name}.")
        yield msg(reason if name in ours else gone, name=name)
    for name in sorted(ours.keys() & theirs.keys()):
        if ours[name] != theirs[name]:
            yield msg(N_("The database has another {name} than Counter made."), name=name)


def _objects(connection: sqlite3.Connection) -> dict[str, str]:
    """Return the definitions of all objects but SQLite's own tables and indexes; a trigger or view with such a name is
    none of those.

    A table is defined by its columns: migrations may have added them in any order.
    """
    sql = "SELECT name, type, sql FROM sqlite_master WHERE NOT (type IN ('table', 'index') AND name GLOB 'sqlite_*')"
    return {
        name: _columns(connection, name) if kind == "table" else " ".join(f"{kind} {text}".split())
        for name, kind, text in connection.execute(sql).fetchall()
    }


def _columns(connection: sqlite3.Connection, table: str) -> str:
    sql = 'SELECT name, type, "notnull", pk FROM pragma_table_info(?) ORDER BY name'
    return repr(connection.execute(sql, (table,)).fetchall())


@cache
def _made() -> dict[str, str]:
    with closing(Database(MEMORY)) as fresh, fresh.snapshot() as connection:
        return _objects(connection)


@cache
def _schema() -> dict[str, str]:
    with closing(Database(MEMORY)) as fresh, fresh.snapshot() as connection:
        return schema_of(connection)
