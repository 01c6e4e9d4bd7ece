"""Copies of a journal in memory, changed as another tool could change the file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pos.store import journal
from pos.store.database import MEMORY, Database
from pos.store.journal.format import ALL_ROWS
from pos.store.journal.replay import apply_row
from pos.store.projections.register import SEALED

Row = tuple[Any, ...]
COLUMNS: Final = ("seq", "at", "register", "kind", "order_no", "body", "hash", "version", "actor")
_INSERT: Final = f"INSERT INTO journal ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"
_TRIGGERS: Final = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"


@dataclass(frozen=True)
class Original:
    """A journal that is copied. ``blank`` is an empty one, ``secrets`` has its secrets by their digests."""

    whole: sqlite3.Connection
    blank: sqlite3.Connection
    rows: tuple[Row, ...]
    secrets: Mapping[str, str]

    @contextmanager
    def copy(self) -> Iterator[Database]:
        """Return a copy in memory, without foreign keys and checks of columns."""
        with closing(_opened(self.whole)) as database:
            yield database

    @contextmanager
    def forged(self, rows: Iterable[Row]) -> Iterator[Database]:
        """Return a journal of ``rows`` with a chain that is computed again, and tables that follow from it."""
        with closing(_opened(self.blank)) as database:
            with database.transaction() as connection:
                for row in chained(rows):
                    connection.execute(_INSERT, row)
                    apply_row(connection.execute, row, self.secrets)
            yield database


@contextmanager
def original(path: Path, *backups: Path) -> Iterator[Original]:
    """Read the journal at ``path`` into memory. Older ``backups`` have secrets that were replaced since."""
    with closing(Database(path, read_only=True)) as file, closing(Database(MEMORY)) as empty:
        whole, blank = (sqlite3.connect(MEMORY) for _ in range(2))
        with file.snapshot() as source, empty.snapshot() as nothing:
            source.backup(whole)
            nothing.backup(blank)
        known = {journal.digest(one): one for place in (path, *backups) for one in _secrets(place)}
        with closing(whole), closing(blank):
            yield Original(whole, blank, tuple(file.rows(ALL_ROWS)), known)


def _secrets(path: Path) -> list[str]:
    with closing(Database(path, read_only=True)) as file:
        return [one for table, column in SEALED for (one,) in file.rows(f"SELECT {column} FROM {table}") if one]


def _opened(source: sqlite3.Connection) -> Database:
    class Copy(sqlite3.Connection):
        def __init__(self, *values: Any, **more: Any) -> None:
            super().__init__(*values, **more)
            source.backup(self)

    database = Database(MEMORY, connection=Copy)
    database.rows("PRAGMA foreign_keys=OFF")
    database.rows("PRAGMA ignore_check_constraints=ON")
    return database


def change_journal(database: Database, *statements: str, values: Row = ()) -> None:
    """Run statements without the triggers, which are as before afterwards."""
    with database.transaction() as connection:
        triggers = connection.execute(_TRIGGERS).fetchall()
        for name, _sql in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        for one in statements:
            connection.execute(one, values)
        for _name, sql in triggers:
            connection.execute(sql)


def chained(rows: Iterable[Row]) -> Iterator[Row]:
    """Number the rows from 1 and compute their hashes. Later rows that name a changed hash name the new one."""
    previous, changed = journal.GENESIS, dict[str, str]()
    for seq, (_seq, at, register, kind, order_no, body, old, version, actor) in enumerate(rows, 1):
        for before, after in changed.items():
            body = body.replace(before, after)
        found = journal.chain_hash(previous, seq, at, register, kind, order_no, body, version, actor)
        if found != old:
            changed[old] = found
        previous = found
        yield seq, at, register, kind, order_no, body, found, version, actor


def with_column(row: Row, name: str, value: object) -> Row:
    """Return a row of the journal with another value in one column."""
    place = COLUMNS.index(name)
    return (*row[:place], value, *row[place + 1 :])
