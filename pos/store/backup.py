"""A copy of the journal, made while the register works and believed only after it was read again."""

from __future__ import annotations

import errno
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pos.errors import InputError, StoreError, StoreRefused
from pos.files import sync_file, sync_folder
from pos.i18n import N_, msg
from pos.os_errors import reason
from pos.store import journal
from pos.store.database import Database, NoJournal, damaged

PAGES: Final = 2048
"""Pages of one step of the copy: between two of them the program may be interrupted."""

SIDES: Final = ("", "-journal", "-wal", "-shm")
"""What SQLite may put beside a file, and the file itself."""


@dataclass(frozen=True, slots=True)
class BackupReport:
    """A copy that holds: where it lies, the rows and the last hash of its chain, its bytes."""

    path: Path
    rows: int
    head: str
    size: int


def make(database: Database, target: Path) -> BackupReport:
    """Copy the journal as it stands now to ``target``: one file, synced, walked from end to end, or nothing at all.

    Whoever writes meanwhile is not held up, and what he writes is not in the copy. Raises InputError when the file
    is there already, StoreRefused when the journal itself does not hold, StoreError when there is no room.
    """
    _refuse_existing(target)
    if not target.parent.is_dir():
        text = N_("There is no folder {path}.")
        raise InputError("file", msg(text, path=target.parent))
    with _part_of(target) as part:
        head = _copied(database, part, target)
        _check(database.path, part, head)
        with writing(target):
            size = part.stat().st_size
            _refuse_existing(target)
            part.replace(target)
            sync_folder(target.parent)
    return BackupReport(target, *head, size)


@contextmanager
def opened(source: Path, *, own: bool = False) -> Iterator[Database]:
    """A backup, or the shop's ``own`` journal, to read from. Raises StoreRefused when it is none, StoreError."""
    with closing(_read(source, own)) as database:
        if not journal.stands_in(database):
            raise damaged(source, "no journal in it") if own else _none(source)
        yield database


def _read(source: Path, own: bool) -> Database:
    try:
        return Database(source, read_only=True)
    except NoJournal as error:
        raise (StoreRefused(error.message, error.detail) if own else _none(source)) from None


def _none(source: Path) -> NoJournal:
    return NoJournal(msg(N_("{path} is neither a journal of Counter nor a backup of one."), path=source))


@contextmanager
def writing(target: Path) -> Iterator[None]:
    """What may go wrong with a copy's disk, as a sentence that names the copy."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise _unwritten(target, full, str(error)) from error
    except sqlite3.OperationalError as error:
        raise _unwritten(target, getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL, str(error)) from error


def make_folder(folder: Path, setting: str) -> None:
    """Make the last folder of a path that ``setting`` names; the others must exist.

    A missing parent is a disk or share that is not connected: its content must not go to the local disk. Raises
    StoreError.
    """
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except FileNotFoundError as error:
        text = N_(
            "The folder {path} is missing: {parent} does not exist. Connect the disk or share, or correct {setting}."
        )
        raise StoreError(msg(text, path=folder, parent=folder.parent, setting=setting), str(error)) from error
    except OSError as error:
        text = N_("The folder {path} cannot be written: {problem}.")
        raise StoreError(msg(text, path=folder, problem=reason(error).spoken()), str(error)) from error


def clear(path: Path) -> None:
    """Take ``path`` away with all that lies beside it. Raises OSError."""
    for tail in SIDES:
        path.with_name(path.name + tail).unlink(missing_ok=True)


def _unwritten(target: Path, full: bool, detail: str) -> StoreError:
    if full:
        return StoreError(msg(N_("The disk is full: {path}. Free some space and try again."), path=target), detail)
    return StoreError(msg(N_("The copy of the journal cannot be written: {path}."), path=target), detail)


def _refuse_existing(target: Path) -> None:
    if (
        target.exists() or target.is_symlink()
    ):  # a link that leads nowhere now may lead to a stick that is not plugged in
        raise InputError("file", msg(N_("{path} already exists and is not overwritten."), path=target))


@contextmanager
def _part_of(target: Path) -> Iterator[Path]:
    """A file for this user only, beside ``target``, gone afterwards unless it was renamed."""
    with writing(target):
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
        os.close(handle)
    try:
        yield Path(name)
    finally:
        clear(Path(name))


def _copied(database: Database, part: Path, target: Path) -> tuple[int, str]:
    """Copy one moment of ``database``; number and hash of its last row at that moment.

    The snapshot holds the source still for this connection: without it every payment would start the copy again.
    """
    with database.snapshot() as source:
        head = journal.head(source)
        with writing(target), closing(sqlite3.connect(part, isolation_level=None)) as copy:
            copy.execute("PRAGMA journal_mode=OFF")
            copy.execute("PRAGMA synchronous=OFF")  # synced once, at the end
            source.backup(copy, pages=PAGES)
            copy.execute("PRAGMA journal_mode=DELETE")  # one file: it can be read from where nothing can be written
    with writing(target):
        sync_file(part)
    return head


def _check(source: Path | str, part: Path, head: tuple[int, str]) -> None:
    with closing(Database(part, read_only=True)) as copy:
        if damage := copy.damage():
            raise damaged(source, damage)
        walk = journal.walk(copy)
    if walk.fault or (walk.rows, walk.head) != head:
        fault = walk.fault or journal.Fault(walk.rows + 1, "missing")
        text = N_("{path} is damaged and was not copied. {fault}")
        raise StoreRefused(msg(text, path=source, fault=fault.message.spoken()))
