"""The data folder, and the lock by which one program at a time works on its journal."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import IO

from pos.errors import StoreError, StoreLocked, StoreRefused
from pos.files import append_private
from pos.i18n import N_, msg
from pos.store.database import FILE_NAME
from pos.store.modes import make_private

LOCK_NAME = "counter.lock"


class DataFolder:
    """A folder locked by this process until :meth:`release`; the system releases the lock when the process dies.

    If the journal is a link, the folder of the real file is locked too, so that two folders cannot share one journal.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._files: list[IO[str]] = []

    def hold(self) -> None:
        """Lock the folder, and remove other users' permissions from its files.

        Raises StoreLocked if another process holds it, StoreError if it cannot be written.
        """
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            for folder in self._folders():
                self._lock(folder)
        except OSError as error:
            self.release()
            text = N_("The data folder cannot be written: {path}.")
            raise StoreError(msg(text, path=self.path), detail=str(error)) from error
        except StoreLocked:
            self.release()
            raise
        make_private(self.path)

    def release(self) -> None:
        for file in self._files:
            file.close()
        self._files.clear()

    def _folders(self) -> list[Path]:
        """Return the folders to lock, always in the same order, so that two processes cannot deadlock."""
        return sorted({self.path.resolve(), (self.path / FILE_NAME).resolve().parent})

    def _lock(self, folder: Path) -> None:
        file = append_private(folder / LOCK_NAME, "ascii")
        if not _locked(file):
            file.close()
            text = N_("Counter is already open on this data folder: {path}.")
            raise StoreLocked(msg(text, path=self.path))
        self._files.append(file)


def refuse_hard_link(journal: Path) -> None:
    """Raise StoreRefused for a journal with a second name (a hard link).

    Each name has a write-ahead log of its own, so two programs would corrupt the journal
    (sqlite.org/howtocorrupt.html).
    """
    if journal.exists() and journal.stat().st_nlink > 1:
        text = N_(
            "The journal has a second name (a hard link): {path}. It was left untouched. Copy it to a new file, and put"
            " the copy in its place."
        )
        raise StoreRefused(msg(text, path=journal))


if sys.platform == "win32":
    import msvcrt

    def _locked(file: IO[str]) -> bool:
        try:
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _locked(file: IO[str]) -> bool:
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        os.set_inheritable(file.fileno(), False)
        return True
