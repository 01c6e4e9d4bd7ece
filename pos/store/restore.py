"""Restore a backup as the journal, and keep the journal that it replaces.

The backup is copied into the data folder, verified, given a journal row about the restore, and renamed to
``restored-TIME.sqlite``. This rename is the commit point: the next program that locks the folder finishes the restore.
A program killed at any moment leaves the old journal or the new one. Before it the old journal is not changed.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from pathlib import Path
from typing import Any, Final

from pos.errors import NotAllowed, NotFound, StoreError, StoreRefused
from pos.files import sync_file, sync_folder
from pos.i18n import N_, Message, msg
from pos.store import journal
from pos.store.backup import SIDE_SUFFIXES, BackupReport, copy_errors, delete_database, make_backup, open_backup
from pos.store.backup_files import STAMP
from pos.store.carry_over import CarryOver, collect_carry_over, record_restore
from pos.store.data_dir_lock import DataFolder
from pos.store.database import FILE_NAME, Database
from pos.store.identity import register_uid
from pos.store.journal.format import was_imported
from pos.store.journal.rebuild import rebuild
from pos.store.journal.recording import record
from pos.store.journal.verification import verify_journal

_COPY_NAME: Final = ".restoring.sqlite"
_RESTORED_PREFIX: Final = "restored-"
_REPLACED_PREFIX: Final = "replaced-"
_DIGITS: Final = f"{'[0-9]' * 8}-{'[0-9]' * 6}"
"""Only files with such a name are restored journals; the folder may contain other files."""


@dataclass(frozen=True, slots=True)
class RestoreRequest:
    """The time, register and actor of a restore. ``replace_newer`` allows it although rows are lost.

    ``others`` are journals that may have later Z numbers than the backup; ``zone`` is the shop's, for messages.
    ``seal`` returns the seal of a row by UUID, number and hash.
    """

    at: datetime
    register_id: str
    actor: str = ""
    replace_newer: bool = False
    others: tuple[Path, ...] = ()
    zone: tzinfo = UTC
    seal: Callable[[str, int, str], str] = lambda uid, seq, head: ""


@dataclass(frozen=True, slots=True)
class LostRows:
    """Rows of the journal that a backup lacks, and the time of the last one. ``unread``: it could not be read."""

    rows: int = 0
    last_at: str = ""
    unread: bool = False

    def last_in(self, zone: tzinfo) -> str:
        """Return the time of the last row in the shop's time zone, or as stored if it is not a time."""
        try:
            return f"{datetime.fromisoformat(self.last_at).astimezone(zone):%Y-%m-%d %H:%M:%S}"
        except (ValueError, OverflowError):  # written with another tool
            return self.last_at


@dataclass(frozen=True, slots=True)
class Restored:
    """A finished restore: rows and last hash of the backup, the folder of the old journal, the rows that are lost, and
    the facts that were carried over. ``repaired`` says where tables of the backup differed from its journal."""

    path: Path
    rows: int
    head: str
    replaced: Path | None
    lost: LostRows
    carry_over: CarryOver
    repaired: tuple[Message, ...] = ()


def restore(source: Path, data_dir: Path, request: RestoreRequest) -> Restored:
    """Make ``source`` the journal of ``data_dir``; the old journal is moved to a folder beside it.

    Raises NotFound without ``source``, StoreRefused if it is damaged, foreign or of a newer program, NotAllowed if the
    journal has rows that it lacks, StoreLocked while a register works, StoreError.
    """
    if not source.is_file():
        raise NotFound(msg(N_("There is no file {path}."), path=source))
    folder = DataFolder(data_dir)
    folder.hold()
    try:
        finish_restore(data_dir)
        return _restored(source, data_dir, request)
    finally:
        folder.release()


def finish_restore(data_dir: Path) -> None:
    """Finish a restore that a killed program committed. The caller has locked the folder. Raises StoreError."""
    for waiting in sorted(data_dir.glob(f"{_RESTORED_PREFIX}{_DIGITS}.sqlite")):
        try:
            _swap_in(waiting, data_dir)
        except OSError as error:
            text = N_("The restored journal cannot be put in place yet: {path}. The next start tries again.")
            raise StoreError(msg(text, path=waiting), str(error)) from error


def _restored(source: Path, data_dir: Path, request: RestoreRequest) -> Restored:
    path, part = data_dir / FILE_NAME, data_dir / _COPY_NAME
    stamp = _free_stamp(data_dir, request.at)
    replaced = data_dir / f"{_REPLACED_PREFIX}{stamp}" if path.exists() else None
    try:
        with copy_errors(part):
            _delete_leftovers(data_dir)
        with open_backup(source) as backup:
            lost = _lost_rows(path, backup, request)
            report = make_backup(backup, part)
        repaired = _repaired(part)
        carry_over = _write_restore_row(part, source, report, lost, request, path)
        with copy_errors(part):
            sync_file(part)
            part.replace(data_dir / f"{_RESTORED_PREFIX}{stamp}.sqlite")
            sync_folder(data_dir)
    finally:
        delete_database(part)
    finish_restore(data_dir)
    return Restored(path, report.rows, report.head, replaced, lost, carry_over, repaired)


def _repaired(part: Path) -> tuple[Message, ...]:
    """Rebuild the tables of a copy that differ from its journal; return what differed. Raises StoreRefused.

    A copy that an older program wrote is believed: its tables become the first rows that can be compared.
    """
    with closing(Database(part, read_only=True)) as copy:
        walk = verify_journal(copy)
        if walk.fault:
            raise StoreRefused(walk.fault.message)
        found = walk.findings if was_imported(copy) else ()
        if found:
            rebuild(copy, part.with_name(f"{_COPY_NAME}-rebuilt"))
    if found:
        with copy_errors(part):
            part.with_name(f"{_COPY_NAME}-rebuilt").replace(part)
    return found


def _delete_leftovers(data_dir: Path) -> None:
    """Delete the files of a restore that was killed before its commit point."""
    for left in data_dir.glob(f"{_COPY_NAME}*"):
        left.unlink()
    for left in data_dir.glob(f".{_COPY_NAME}-*"):
        left.unlink()


def _free_stamp(data_dir: Path, at: datetime) -> str:
    """Return the first second from ``at`` on without a folder of its name, so that no old journal is overwritten."""
    while (data_dir / f"{_REPLACED_PREFIX}{(stamp := at.astimezone(UTC).strftime(STAMP))}").exists():
        at += timedelta(seconds=1)
    return stamp


def _write_restore_row(
    part: Path, source: Path, report: BackupReport, lost: LostRows, request: RestoreRequest, path: Path
) -> CarryOver:
    """Write the row about the restore and the facts of the journal at ``path`` into the copy.

    Opening the copy also migrates it.
    """
    body: dict[str, Any] = {"file": source.name, "rows": report.rows, "head": report.head, "lost": lost.rows}
    at = request.at.astimezone(UTC).isoformat(timespec="microseconds")
    with closing(Database(part)) as fresh:
        carry_over = collect_carry_over(path, lost.rows, request.others, fresh)
        body["seal"] = request.seal(register_uid(fresh), report.rows, report.head)
        with fresh.transaction() as connection:
            record_restore(
                connection, partial(record, connection, at, request.register_id), body, carry_over, request.actor
            )
    return carry_over


def _swap_in(waiting: Path, data_dir: Path) -> None:
    """Move the old journal away and the new one in. Every step may have been done before.

    The write-ahead log is moved first: it must never be beside a file that it does not belong to.
    """
    path = data_dir / FILE_NAME
    replaced = data_dir / waiting.stem.replace(_RESTORED_PREFIX, _REPLACED_PREFIX)
    old = [one for one in (path.with_name(FILE_NAME + tail) for tail in reversed(SIDE_SUFFIXES)) if one.exists()]
    if old:
        replaced.mkdir(mode=0o700, exist_ok=True)
        for one in old:
            _set_aside(one, replaced / one.name, keep_original=one == path)
        sync_folder(replaced)
        sync_folder(data_dir)
    waiting.replace(path)
    sync_folder(data_dir)


def _set_aside(file: Path, place: Path, *, keep_original: bool) -> None:
    """Move one old file to ``place``, unless a killed program did. A log written since then is of a reader."""
    if not keep_original:
        file.unlink() if place.exists() else file.replace(place)
        return
    try:
        os.link(file, place)  # not moved, so that the folder always has a journal
    except FileExistsError:
        return
    except OSError:  # a file system without links
        file.replace(place)


def _lost_rows(path: Path, backup: Database, request: RestoreRequest) -> LostRows:
    """Return the rows that would be lost. Raises NotAllowed if there are any, unless the request allows it."""
    try:
        lost = _newer_rows(path, backup)
    except StoreRefused:  # damaged or foreign: its rows cannot be compared, and it is kept as it is
        return LostRows(unread=True)
    except StoreError:
        if not request.replace_newer:
            raise
        return LostRows(unread=True)
    if lost.rows and not request.replace_newer:
        text = N_(
            "The backup lacks rows of the journal: {rows}, the last one of {at}. Nothing was replaced."
            " With --replace-newer they are set aside with the old journal. People and PINs stay as they are now."
        )
        raise NotAllowed(msg(text, rows=lost.rows, at=lost.last_in(request.zone)))
    return lost


def _newer_rows(path: Path, backup: Database) -> LostRows:
    """Return the rows that the backup lacks. Rows with the same number and hash have the same rows before them."""
    if not path.exists():
        return LostRows()
    with closing(Database(path, read_only=True, allow_newer=True)) as present:
        if not journal.exists_in(present):
            return LostRows(unread=True)
        last, at = journal.last(present)
        both = range(1, min(last, journal.last(backup)[0]) + 1)
        same = bisect_left(both, True, key=lambda row: journal.hash_of(present, row) != journal.hash_of(backup, row))
    return LostRows(last - same, at) if last > same else LostRows()
