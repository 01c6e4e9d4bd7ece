"""The permanent identity of a journal, and the copy of a journal that may use the merchant keys.

A journal gets its UUID when a register first works on it: a row of kind ``identity`` and the only row of the table of
the same name. A journal that is older than that table gets a UUID made from the hash of its first row, so that all its
backups have the same identity.
"""

from __future__ import annotations

import os
import uuid
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pos.domain.journal_kinds.register import JournalBegun, RegisterNamed
from pos.errors import StoreError
from pos.store import journal
from pos.store.database import FILE_NAME, Database
from pos.store.journal.importing import NAMESPACE
from pos.store.journal.recording import record

_PEOPLE: Final = "SELECT j.seq, j.hash FROM people p JOIN journal j ON j.seq = p.seq ORDER BY p.seq DESC LIMIT 1"


@dataclass(frozen=True, slots=True)
class Identity:
    """One copy of a journal: its UUID, "" if it has none yet, and the real path of its folder.

    ``people`` and ``people_hash`` are number and hash of the last journal row that changed a person; 0 and "" in a shop
    without people.
    """

    uid: str = ""
    folder: str = ""
    people: int = 0
    people_hash: str = ""


def register_uid(database: Database) -> str:
    """Return the UUID of the journal, "" for an empty journal that has none yet. Raises StoreError."""
    if _has(database, "identity") and (rows := database.rows("SELECT register_uid FROM identity")):
        return str(rows[0][0])
    first = journal.hash_of(database, 1) if journal.exists_in(database) else None
    return str(uuid.uuid5(NAMESPACE, first)) if first else ""


def ensure_identity(database: Database, at: str, register: str) -> str:
    """Return the UUID of the journal; the first call makes and stores it. Raises StoreError.

    Only the process that holds the data folder may call this. ``at`` is the time of the journal row.
    """
    if rows := database.rows("SELECT register_uid FROM identity"):
        return str(rows[0][0])
    uid = register_uid(database) or str(uuid.uuid4())
    with database.transaction() as connection:
        record(connection, at, register, JournalBegun(register_uid=uid))
    return uid


def record_name(database: Database, at: str, register: str) -> None:
    """Journal the register's name if it is not the one of the identity. Raises StoreError."""
    if database.rows("SELECT 1 FROM identity WHERE name <> ?", (register,)):
        with database.transaction() as connection:
            record(connection, at, register, RegisterNamed(name=register))


def identity_of(database: Database) -> Identity:
    """Return the identity of an open journal. Raises StoreError."""
    people, digest = _last_change_of_people(database)
    return Identity(register_uid(database), _real_folder(Path(database.path).parent), people, digest)


def identity_in(folder: Path) -> Identity:
    """Return the identity of the journal in ``folder``, without a UUID where there is no readable journal."""
    path = folder / FILE_NAME
    nothing = Identity(folder=_real_folder(folder))
    if not path.exists():
        return nothing
    try:
        with closing(Database(path, read_only=True)) as database:
            return identity_of(database)
    except StoreError:
        return nothing


def knows_people_of(folder: Path, bound: Identity) -> bool:
    """Return whether the journal in ``folder`` contains the last change of people that ``bound`` names.

    False for an older copy: it may lack people, or know PINs that were changed since.
    """
    if not bound.people:
        return True
    try:
        with closing(Database(folder / FILE_NAME, read_only=True)) as database:
            return journal.hash_of(database, bound.people) == bound.people_hash
    except StoreError:
        return False


def _last_change_of_people(database: Database) -> tuple[int, str]:
    rows = database.rows(_PEOPLE) if _has(database, "people") else []
    return (int(rows[0][0]), str(rows[0][1])) if rows else (0, "")


def _has(database: Database, table: str) -> bool:
    return bool(database.rows("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)))


def _real_folder(folder: Path) -> str:
    return os.path.normcase(folder.resolve())
