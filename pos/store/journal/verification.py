"""Verify a journal: its chain, every table against a replay of its rows, and the heads that were frozen elsewhere."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Final

from pos.domain.journal_kinds.register import BackupMade, Restored
from pos.domain.journal_kinds.shifts import ShiftClosed
from pos.errors import StoreRefused
from pos.i18n import N_, Message, msg
from pos.store.database import MEMORY, Database
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
)
from pos.store.journal.replay import (
    Difference,
    Impossible,
    ReplayedTables,
    UnknownRow,
    differences,
    read_body,
    schema_of,
)

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
    anchors: list[Anchor] = field(default_factory=list)


def verify_journal(
    database: Database, outside: Outside | None = None, on_progress: OnProgress = lambda rows: None
) -> Walk:
    """Verify a snapshot of the journal; other writers are not blocked. Raises StoreError.

    The chain is followed to its first fault. If it has none, all rows are replayed and every table is compared; the
    first difference of each table and kind is reported. A journal that an older program wrote, and that was not
    migrated yet, has its chain verified only.
    """
    known = outside or Outside()
    if database.needs_update():
        return walk(database, on_progress)
    with database.snapshot() as connection, closing(ReplayedTables(_schema())) as replayed:
        chain = _Chain()
        try:
            fault = _followed(database, replayed, chain, known.printed, on_progress) or cut_off(
                database, chain.rows + 1
            )
        except StoreRefused:
            fault = Fault(chain.rows + 1, "unreadable")
        found = Walk(chain.rows, chain.head, fault)
        if fault is not None:
            return found
        return replace(found, findings=tuple(_findings(database, connection, replayed, chain, known)))


def _followed(
    database: Database, replayed: ReplayedTables, chain: _Chain, printed: str, on_progress: OnProgress
) -> Fault | None:
    """Follow the chain and replay its rows to its end or its first fault."""
    with closing(database.iterate(rows_of(database))) as rows:
        for row in rows:
            if fault := fault_of(row, chain.rows + 1, chain.head) or _replayed(replayed, row, chain):
                return fault
            chain.rows, chain.head = chain.rows + 1, row[6]
            if printed and row[6].startswith(printed):
                chain.printed = True
            if chain.rows % PROGRESS_ROWS == 0:
                on_progress(chain.rows)
    return None


def _replayed(replayed: ReplayedTables, row: tuple[Any, ...], chain: _Chain) -> Fault | None:
    seq, kind = row[0], row[3]
    try:
        replayed.replay(row)
        if kind in _ANCHORS:
            chain.anchors += _anchors(row)
    except UnknownRow:
        return Fault(seq, "unknown")
    except Impossible:
        return Fault(seq, "impossible")
    return None


def _anchors(row: tuple[Any, ...]) -> list[Anchor]:
    seq, at, _register, kind, _order_no, body, _hash, version, _actor = row
    found = None if version == OLD else anchor_of(seq, at, read_body(kind, version, body))
    return [found] if found else []


def _findings(
    database: Database, connection: sqlite3.Connection, replayed: ReplayedTables, chain: _Chain, known: Outside
) -> Iterator[Message]:
    yield from _foreign_objects(connection)
    yield from (one.message for one in _first_of_each(differences(connection, replayed.connection)))
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
    """Return each object's definition; of a table its columns, because migrations may have added them in any order."""
    sql = "SELECT name, type, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
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
