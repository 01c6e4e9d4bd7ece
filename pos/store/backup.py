"""Copy the journal while the register works, and verify the copy."""

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
from pos.store.database import Database, NotAJournal, damaged_error

PAGES: Final = 2048
"""Pages of one step of the copy; the program may be interrupted between two steps."""

SIDE_SUFFIXES: Final = ("", "-journal", "-wal", "-shm")
"""Suffixes of a database file and of the files that SQLite may write beside it."""


@dataclass(frozen=True, slots=True)
class BackupReport:
    """A verified copy: its path, the number of rows and the last hash of its chain, and its size in bytes."""

    path: Path
    rows: int
    head: str
    size: int


def make_backup(database: Database, target: Path) -> BackupReport:
    """Copy the present journal to ``target``: one synced file whose hash chain was verified, or nothing.

    Other writers are not blocked; rows written during the copy are not in it. Raises InputError if the file exists,
    StoreRefused if the journal itself is damaged, StoreError if the copy cannot be written.
    """
    refuse_existing(target)
    if not target.parent.is_dir():
        text = N_("There is no folder {path}.")
        raise InputError("file", msg(text, path=target.parent))
    with temporary_file(target) as part:
        head = _copy(database, part, target)
        _check(database.path, part, head)
        with copy_errors(target):
            size = part.stat().st_size
            refuse_existing(target)
            part.replace(target)
            sync_folder(target.parent)
    return BackupReport(target, *head, size)


@contextmanager
def open_backup(source: Path, *, own: bool = False) -> Iterator[Database]:
    """Open a backup, or the shop's ``own`` journal, to read. Raises StoreRefused if it is not one, StoreError."""
    with closing(_read(source, own)) as database:
        if not journal.exists_in(database):
            raise damaged_error(source, "no journal in it") if own else _not_a_journal(source)
        yield database


def _read(source: Path, own: bool) -> Database:
    try:
        return Database(source, read_only=True)
    except NotAJournal as error:
        raise (StoreRefused(error.message, error.detail) if own else _not_a_journal(source)) from None


def _not_a_journal(source: Path) -> NotAJournal:
    return NotAJournal(msg(N_("{path} is neither a journal of Counter nor a backup of one."), path=source))


@contextmanager
def copy_errors(target: Path) -> Iterator[None]:
    """Convert errors of the disk into a StoreError that names the copy."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise _copy_failed(target, full, str(error)) from error
    except sqlite3.OperationalError as error:
        raise _copy_failed(target, getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL, str(error)) from error


def make_folder(folder: Path, setting: str) -> None:
    """Make the last folder of a path that ``setting`` names; the others must exist.

    A missing parent means that a disk or share is not connected, and its content must not go to the local disk.
    Raises StoreError.
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


def delete_database(path: Path) -> None:
    """Delete ``path`` and SQLite's files beside it. Raises OSError."""
    for tail in SIDE_SUFFIXES:
        path.with_name(path.name + tail).unlink(missing_ok=True)


def _copy_failed(target: Path, full: bool, detail: str) -> StoreError:
    if full:
        return StoreError(msg(N_("The disk is full: {path}. Free some space and try again."), path=target), detail)
    return StoreError(msg(N_("The copy of the journal cannot be written: {path}."), path=target), detail)


def refuse_existing(target: Path) -> None:
    """Raise InputError if there is something at ``target``."""
    if target.exists() or target.is_symlink():  # a broken link may point to a removed disk
        raise InputError("file", msg(N_("{path} already exists and is not overwritten."), path=target))


@contextmanager
def temporary_file(target: Path) -> Iterator[Path]:
    """Make a private temporary file beside ``target``; delete it afterwards unless it was renamed."""
    with copy_errors(target):
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
        os.close(handle)
    try:
        yield Path(name)
    finally:
        delete_database(Path(name))


def _copy(database: Database, part: Path, target: Path) -> tuple[int, str]:
    """Copy a snapshot of ``database`` and return number and hash of its last row.

    Without the snapshot, every payment would restart the copy.
    """
    with database.snapshot() as source:
        head = journal.head(source)
        with copy_errors(target), closing(sqlite3.connect(part, isolation_level=None)) as copy:
            copy.execute("PRAGMA journal_mode=OFF")
            copy.execute("PRAGMA synchronous=OFF")  # synced once, at the end
            source.backup(copy, pages=PAGES)
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, readable also from a read-only disk
    with copy_errors(target):
        sync_file(part)
    return head


def _check(source: Path | str, part: Path, head: tuple[int, str]) -> None:
    with closing(Database(part, read_only=True)) as copy:
        if damage := copy.damage():
            raise damaged_error(source, damage)
        walk = journal.walk(copy)
    if walk.fault or (walk.rows, walk.head) != head:
        fault = walk.fault or journal.Fault(walk.rows + 1, "missing")
        text = N_("{path} is damaged and was not copied. {fault}")
        raise StoreRefused(msg(text, path=source, fault=fault.message.spoken()))
