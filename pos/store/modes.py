"""File modes of the data folder: for this user only (POSIX; on Windows nothing is changed).

The folder gets 0700 and the files that Counter writes there 0600, also those of older programs. Only known names are
changed, no link is followed, and no file of another user is changed. Folders outside the data folder, for backups and
reports, keep their modes; files written there get 0600.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pos.store.backup_files import BACKUP_FOLDER

FOLDERS: Final = (BACKUP_FOLDER, "replaced-[0-9]*")
FILES: Final = (
    "counter.sqlite*", "counter.lock", "counter.log*", "keys.sealed", "restored-[0-9]*.sqlite*", ".restoring.sqlite*",
    ".*counter.sqlite-*", ".keys.sealed-*", ".*.restoring.sqlite-*",
    *(f"{folder}/{name}" for folder in FOLDERS for name in ("counter*.sqlite*", ".counter*.sqlite*")),
)  # fmt: skip

_OTHERS: Final = 0o077


def make_private(data_dir: Path) -> None:
    """Remove the permissions of other users from the data folder and from Counter's files in it.

    Does nothing on a file system without permissions.
    """
    if os.name == "nt":
        return
    if data_dir.resolve() not in (Path.home().resolve(), *Path.home().resolve().parents):
        _restrict(data_dir.resolve())
    for path in _known(data_dir):
        _restrict(path)


def _known(data_dir: Path) -> Iterator[Path]:
    for folder in FOLDERS:
        yield from data_dir.glob(folder)
    for name in FILES:
        for path in data_dir.glob(name):
            if not path.parent.is_symlink() or path.parent == data_dir:
                yield path


def _restrict(path: Path) -> None:
    """Change the mode of one file or folder of this user, through its descriptor, so that no link is followed."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:  # a link, deleted, or not readable
        return
    try:
        found = os.fstat(handle)
        plain = stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)
        if plain and found.st_uid == os.geteuid() and found.st_mode & _OTHERS:
            os.fchmod(handle, stat.S_IMODE(found.st_mode) & ~_OTHERS)
    except OSError:  # a file system without modes
        return
    finally:
        os.close(handle)
