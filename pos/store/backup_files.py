"""The files in a backup folder: named by time and register, pruned by number and age."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from pos.errors import StoreError
from pos.i18n import N_, msg

BACKUP_FOLDER: Final = "backups"
"""The default folder, beside the journal."""

STAMP: Final = "%Y%m%d-%H%M%S"
_NAME: Final = re.compile(r"(\.?)counter-([0-9]{8}-[0-9]{6})-([A-Za-z0-9]{1,10})\.sqlite(-[\w-]+)?", re.ASCII)
_HALF_DONE_FOR: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class BackupFile:
    """One file of the folder. ``half_done``: the program was killed while it wrote the file."""

    at: datetime
    register_id: str
    path: Path
    half_done: bool = False


def backup_name(at: datetime, register_id: str) -> str:
    """Return the file name of a backup made at ``at``. The time in it is UTC, so that it is unique."""
    return f"counter-{at.astimezone(UTC).strftime(STAMP)}-{register_id}.sqlite"


def list_backups(folder: Path, register_id: str = "") -> list[BackupFile]:
    """Return the backups in ``folder`` of one register or, without ``register_id``, of all, newest first.

    Raises StoreError.
    """
    return [one for one in _files(folder, register_id) if not one.half_done]


def newest_backup(folder: Path, register_id: str = "") -> Path | None:
    """Return the newest backup, None if there is none. Raises StoreError."""
    found = list_backups(folder, register_id)
    return found[0].path if found else None


def prune(folder: Path, register_id: str, keep: int, days: int, now: datetime) -> list[Path]:
    """Remove this register's backups that are older than ``days`` except the ``keep`` newest; return those removed.

    Backups of other registers and other files in the folder are not touched. Raises StoreError.
    """
    old = [one for one in list_backups(folder, register_id)[keep:] if now - one.at > timedelta(days=days)]
    half = [one for one in _files(folder, register_id) if one.half_done and now - one.at > _HALF_DONE_FOR]
    return [_remove(one.path) for one in (*old, *half)]


def _remove(path: Path) -> Path:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(msg(N_("The old backup cannot be removed: {path}."), path=path), str(error)) from error
    return path


def _files(folder: Path, register_id: str) -> list[BackupFile]:
    try:
        names = [path for path in folder.iterdir() if path.is_file()]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise StoreError(msg(N_("The backup folder cannot be read: {path}."), path=folder), str(error)) from error
    found = [one for one in map(_parsed, names) if one and register_id in ("", one.register_id)]
    return sorted(found, reverse=True)


def _parsed(path: Path) -> BackupFile | None:
    match = _NAME.fullmatch(path.name)
    if not match or bool(match[1]) is not bool(match[4]):
        return None
    try:
        at = datetime.strptime(match[2], STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None
    return BackupFile(at, match[3], path, half_done=bool(match[1]))
