"""Kill a restore at each of its steps on the disk in turn, and report what the next start finds.

A step is a call that Python announces to audit hooks (PEP 578) with a path of the data folder. Run as
``python -m tests.support.killed_restore DATA_DIR BACKUP SCRATCH``; one JSON object a kill.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from contextlib import closing
from pathlib import Path

from pos.store import journal
from pos.store.data_dir_lock import DataFolder
from pos.store.database import FILE_NAME, Database
from pos.store.restore import RestoreRequest, finish_restore, restore
from tests.support.shop import NOON

EVENTS = {"open", "os.rename", "os.link", "os.remove", "os.mkdir", "os.listdir", "sqlite3.connect"}


def killed_at(step: int, data_dir: Path, backup: Path) -> bool:
    """Return whether the child reached the step and was killed there."""
    child = os.fork()
    if child == 0:
        count = 0

        def hook(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal count
            if event in EVENTS and str(data_dir) in str(arguments[0]):
                count += 1
                if count == step:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)
        restore(backup, data_dir, RestoreRequest(NOON, "R1"))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, status
    return os.WIFSIGNALED(status)


def found(data_dir: Path) -> dict[str, object]:
    """Return the journal that the next start finds, and what is kept of the old one."""
    there = (data_dir / FILE_NAME).exists()
    folder = DataFolder(data_dir)
    folder.hold()
    finish_restore(data_dir)
    row: dict[str, object] = {"there": there, "rows": rows_of(data_dir / FILE_NAME)}
    row["kept"] = [rows_of(one / FILE_NAME) for one in data_dir.glob("replaced-*")]
    row["left"] = [one.name for one in data_dir.glob("restored-*")]
    folder.release()
    return row


def rows_of(path: Path) -> int:
    with closing(Database(path)) as database:
        walk = journal.walk(database)
    assert walk.fault is None, walk
    return walk.rows


def main(data_dir: Path, backup: Path, scratch: Path) -> None:
    step, killed = 0, True
    while killed:
        step += 1
        shutil.copytree(data_dir, scratch)
        killed = killed_at(step, scratch, backup)
        sys.stdout.write(json.dumps(found(scratch)) + "\n")
        sys.stdout.flush()
        shutil.rmtree(scratch)


if __name__ == "__main__":
    main(*(Path(one) for one in sys.argv[1:]))
