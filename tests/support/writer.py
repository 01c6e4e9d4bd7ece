"""A child process that holds a data folder and writes payments until its standard input ends."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

from pos.domain.states import Event
from pos.runtime import SystemClock
from pos.store.data_dir_lock import DataFolder
from pos.store.database import FILE_NAME, Database
from pos.store.payments import PaymentStore
from tests.support.processes import ROOT
from tests.support.shop import attempt


def started(data_dir: Path) -> subprocess.Popen[str]:
    """Return the child after it has written its first payment."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.support.writer", str(data_dir)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert child.stdout is not None
    assert child.stdout.readline() == "writing\n"
    return child


def ended(child: subprocess.Popen[str]) -> int:
    """Return the number of payments it wrote, after it has closed its journal."""
    out, _ = child.communicate(timeout=30)
    assert child.returncode == 0
    return int(out)


def write(data_dir: Path) -> None:
    stop = threading.Event()
    threading.Thread(target=_await_end, args=(stop,), daemon=True).start()
    folder = DataFolder(data_dir)
    folder.hold()
    database = Database(data_dir / FILE_NAME)
    store = PaymentStore(database, "R1", SystemClock())
    written = 0
    while not stop.is_set():
        store.step(store.create(attempt(f"261120{written:014d}")), Event.SEND)
        written += 1
        if written == 1:
            sys.stdout.write("writing\n")
            sys.stdout.flush()
    database.close()
    sys.stdout.write(f"{written}\n")


def _await_end(stop: threading.Event) -> None:
    sys.stdin.read()
    stop.set()


if __name__ == "__main__":
    write(Path(sys.argv[1]))
