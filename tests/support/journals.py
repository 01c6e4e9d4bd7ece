"""New journals for tests, copied from one that was migrated once: to migrate takes longer than most tests."""

from __future__ import annotations

import sqlite3
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from pos.files import append_private
from pos.store.database import FILE_NAME, MEMORY, Database


def new_journal(path: Path | str = MEMORY, connection: type[sqlite3.Connection] = sqlite3.Connection) -> Database:
    """Open the journal at ``path`` with a ``connection`` of this class; make it if there is none."""
    if str(path) == MEMORY:
        return Database(path, connection=_migrated(connection))
    if not Path(path).exists():
        make_journal(Path(path))
    return Database(path, connection=connection)


def make_journal(path: Path) -> None:
    """Write an empty journal to ``path``, which only its owner may read."""
    append_private(path, "ascii").close()
    path.write_bytes(_empty_file())


@cache
def _empty_file() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / FILE_NAME
        Database(path).close()
        return path.read_bytes()


@cache
def _empty_memory() -> bytes:
    database = Database(MEMORY)
    with database.snapshot() as connection:
        made = connection.serialize()
    database.close()
    return made


def _migrated(kind: type[sqlite3.Connection]) -> type[sqlite3.Connection]:
    """Return the class of a connection to a database in memory that is migrated from its start."""

    class Migrated(kind):  # type: ignore[misc, valid-type]  # the base is one of several
        def __init__(self, *args: Any, **more: Any) -> None:
            super().__init__(*args, **more)
            self.deserialize(_empty_memory())

    return Migrated
