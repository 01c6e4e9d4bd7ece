"""The data folder, and the lock that lets one program at a time work on it (reliability P6)."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import IO

from pos.errors import StoreError, StoreLocked
from pos.i18n import N_, msg

LOCK_NAME = "counter.lock"


class DataFolder:
    """A folder held by this process until :meth:`release`; the system lets go of it when the process dies."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[str] | None = None

    def hold(self) -> None:
        """Raises StoreLocked when another process holds it, StoreError when it cannot be written."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            file = (self.path / LOCK_NAME).open("a+", encoding="ascii")
        except OSError as error:
            text = N_("The data folder cannot be written: {path}.")
            raise StoreError(msg(text, path=self.path), detail=str(error)) from error
        if not _locked(file):
            file.close()
            text = N_("Counter is already open on this data folder: {path}.")
            raise StoreLocked(msg(text, path=self.path))
        self._file = file

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


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
