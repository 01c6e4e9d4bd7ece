"""Put a backup in the journal's place, and keep what stood there.

The new journal is copied into the data folder, walked, signed with a row of its own, and renamed to
``restored-TIME.sqlite``. With that name the restore is decided: whoever holds the folder next finishes it, so a
program killed at any moment leaves the old journal or the new one. Until then nothing of the old one is touched.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Final

from pos.errors import NotAllowed, NotFound, StoreError, StoreRefused
from pos.files import sync_file, sync_folder
from pos.i18n import N_, msg
from pos.store import journal
from pos.store.backup import SIDES, BackupReport, clear, make, opened, writing
from pos.store.backup_files import STAMP
from pos.store.carry_over import Past, carry, past_of
from pos.store.data_dir_lock import DataFolder
from pos.store.database import FILE_NAME, Database

_PART: Final = ".restoring.sqlite"
_WAITING: Final = "restored-"
_ASIDE: Final = "replaced-"
_DIGITS: Final = f"{'[0-9]' * 8}-{'[0-9]' * 6}"
"""No other name is taken for a decision: somebody may keep a file of his own here."""


@dataclass(frozen=True, slots=True)
class Order:
    """Who wants it, when, at which register; ``replace_newer``: also where rows are lost by it.

    ``others`` are journals beside it that may know of later Zs than the backup; ``zone`` is the shop's, for words.
    """

    at: datetime
    register_id: str
    who: str = ""
    replace_newer: bool = False
    others: tuple[Path, ...] = ()
    zone: tzinfo = UTC


@dataclass(frozen=True, slots=True)
class Lost:
    """Rows of the journal that a backup lacks, and the time of the last one. Nobody knows where it is ``unread``."""

    rows: int = 0
    last_at: str = ""
    unread: bool = False

    def last_in(self, zone: tzinfo) -> str:
        """The time of the last row on the shop's clock; as it stands there where it is none."""
        try:
            return f"{datetime.fromisoformat(self.last_at).astimezone(zone):%Y-%m-%d %H:%M:%S}"
        except (ValueError, OverflowError):  # written with another tool
            return self.last_at


@dataclass(frozen=True, slots=True)
class Restored:
    """The backup's rows and last hash, now the journal's beginning; where the old journal lies; what it had more, and
    what of that is known to the new one."""

    path: Path
    rows: int
    head: str
    replaced: Path | None
    lost: Lost
    past: Past


def restore(source: Path, data_dir: Path, order: Order) -> Restored:
    """Make ``source`` the journal of ``data_dir``; what stood there is kept in a folder beside it.

    Raises NotFound without ``source``, StoreRefused when it is not whole, not Counter's or of a newer program,
    NotAllowed when the journal has rows that it lacks, StoreLocked while a register works, StoreError.
    """
    if not source.is_file():
        raise NotFound(msg(N_("There is no file {path}."), path=source))
    folder = DataFolder(data_dir)
    folder.hold()
    try:
        finish_restore(data_dir)
        return _restored(source, data_dir, order)
    finally:
        folder.release()


def finish_restore(data_dir: Path) -> None:
    """What a killed program had decided but not done. The caller holds the folder. Raises StoreError."""
    for waiting in sorted(data_dir.glob(f"{_WAITING}{_DIGITS}.sqlite")):
        try:
            _take_its_place(waiting, data_dir)
        except OSError as error:
            text = N_("The restored journal cannot be put in place yet: {path}. The next start tries again.")
            raise StoreError(msg(text, path=waiting), str(error)) from error


def _restored(source: Path, data_dir: Path, order: Order) -> Restored:
    path, part = data_dir / FILE_NAME, data_dir / _PART
    stamp = _free_stamp(data_dir, order.at)
    aside = data_dir / f"{_ASIDE}{stamp}" if path.exists() else None
    try:
        with writing(part):
            _sweep(data_dir)
        with opened(source) as backup:
            lost = _lost(path, backup, order)
            report = make(backup, part)
        past = _sign(part, source, report, lost, order, path)
        with writing(part):
            sync_file(part)
            part.replace(data_dir / f"{_WAITING}{stamp}.sqlite")
            sync_folder(data_dir)
    finally:
        clear(part)
    finish_restore(data_dir)
    return Restored(path, report.rows, report.head, aside, lost, past)


def _sweep(data_dir: Path) -> None:
    """Away with what a restore left that was killed before it was decided."""
    for left in data_dir.glob(f"{_PART}*"):
        left.unlink()
    for left in data_dir.glob(f".{_PART}-*"):
        left.unlink()


def _free_stamp(data_dir: Path, at: datetime) -> str:
    """The first second from ``at`` on that has no folder yet: nothing that was kept is ever written over."""
    stamp = at.astimezone(UTC).strftime(STAMP)
    return _free_stamp(data_dir, at + timedelta(seconds=1)) if (data_dir / f"{_ASIDE}{stamp}").exists() else stamp


def _sign(part: Path, source: Path, report: BackupReport, lost: Lost, order: Order, path: Path) -> Past:
    """The restored journal says itself that it is one, and learns what it must not forget of the journal at ``path``.
    Opening it also brings an old one up to date."""
    body: dict[str, journal.Json] = {"file": source.name, "rows": report.rows, "head": report.head, "lost": lost.rows}
    at = order.at.astimezone(UTC).isoformat(timespec="microseconds")
    with closing(Database(part)) as fresh:
        past = past_of(path, lost.rows, order.others, fresh)
        with fresh.transaction() as connection:
            told = {**body, "who": order.who, **past.told()}
            seq = journal.append(connection, at, order.register_id, "restored", None, told)
            carry(connection, seq, past, at, order.register_id)
    return past


def _take_its_place(waiting: Path, data_dir: Path) -> None:
    """Every step may have been done already. The log goes first: it must never meet a file that it is not of."""
    path = data_dir / FILE_NAME
    aside = data_dir / waiting.stem.replace(_WAITING, _ASIDE)
    old = [one for one in (path.with_name(FILE_NAME + tail) for tail in reversed(SIDES)) if one.exists()]
    if old:
        aside.mkdir(mode=0o700, exist_ok=True)
        for one in old:
            _keep(one, aside / one.name, stays=one == path)
        sync_folder(aside)
        sync_folder(data_dir)
    waiting.replace(path)
    sync_folder(data_dir)


def _keep(file: Path, place: Path, *, stays: bool) -> None:
    """What a killed program kept already is not written over: a log beside it now is only of one who read along."""
    if not stays:
        file.unlink() if place.exists() else file.replace(place)
        return
    try:
        os.link(file, place)  # not moved: a journal stands in the folder at every moment
    except FileExistsError:
        return
    except OSError:  # a file system without links
        file.replace(place)


def _lost(path: Path, backup: Database, order: Order) -> Lost:
    """Raises NotAllowed when something would be, unless that is wanted."""
    try:
        lost = _newer_rows(path, backup)
    except StoreRefused:  # damaged or foreign: nobody can tell, and it is kept as it is
        return Lost(unread=True)
    except StoreError:
        if not order.replace_newer:
            raise
        return Lost(unread=True)
    if lost.rows and not order.replace_newer:
        text = N_(
            "The backup lacks rows of the journal: {rows}, the last one of {at}. Nothing was replaced."
            " With --replace-newer they are set aside with the old journal. People and PINs stay as they are now."
        )
        raise NotAllowed(msg(text, rows=lost.rows, at=lost.last_in(order.zone)))
    return lost


def _newer_rows(path: Path, backup: Database) -> Lost:
    """Where two rows of one number have one hash, all rows before them are the same, too."""
    if not path.exists():
        return Lost()
    with closing(Database(path, read_only=True, newer_too=True)) as present:
        if not journal.stands_in(present):
            return Lost(unread=True)
        last, at = journal.last(present)
        both = range(1, min(last, journal.last(backup)[0]) + 1)
        same = bisect_left(both, True, key=lambda row: journal.hash_of(present, row) != journal.hash_of(backup, row))
    return Lost(last - same, at) if last > same else Lost()
