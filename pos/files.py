"""Write small files atomically (settings and stored keys), and sync files and folders."""

from __future__ import annotations

import os
import shutil
import tempfile
from io import TextIOWrapper
from pathlib import Path


def write_whole(path: Path, content: bytes, *, private: bool = False) -> None:
    """Replace the content of ``path`` atomically, also if the power fails. Raises OSError.

    A new file is for this user only. An existing file keeps its mode unless it is ``private``; a link is followed.
    """
    target = path.resolve()
    if target.exists() and not target.is_file():
        raise FileExistsError(f"{target} is no file")  # a folder or a device
    target.parent.mkdir(mode=0o700 if private else 0o777, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
    fresh = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if target.exists() and not private:
            shutil.copymode(target, fresh)
        fresh.replace(target)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)


def append_private(path: Path, encoding: str) -> TextIOWrapper:
    """Open a text file to read and append; a new file is for this user only. Raises OSError."""
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags, 0o600), "a+", encoding=encoding)


def sync_file(path: Path) -> None:
    """Sync the content of ``path`` to the disk. Raises OSError."""
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Sync the entries of ``folder`` to the disk. Raises OSError."""
    if os.name == "nt":
        return  # Windows writes a folder's entries with the file
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def own_private_file(path: Path) -> bool:
    """Return whether ``path`` is a file of this user and not a link to another folder; set its mode to 0600.

    On Windows only links are checked. Raises OSError.
    """
    if path.resolve().parent != path.parent.resolve():
        return False
    if os.name == "nt":
        return True
    found = path.stat()
    if found.st_uid != os.geteuid():
        return False
    if found.st_mode & 0o077:
        path.chmod(0o600)
    return True
