"""Keys that an X server delivers, with its own times: a scanner's are never money, a person's always are."""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
EAN_13, CARRIER, PAYMENT_CODE = "4710088430014", "/AB12+-.", "134567890123456789"

pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(not shutil.which("Xvfb") or not shutil.which("xdotool"), reason="needs Xvfb and xdotool"),
]


class Till:
    """The window's process, and a keyboard on its X server."""

    def __init__(self, display: str, folder: Path) -> None:
        plain = {name: value for name, value in os.environ.items() if name != "QT_QPA_PLATFORM"}
        self.environment = {**plain, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.window_on_x", str(folder)],
            cwd=ROOT, env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.lines: queue.Queue[dict[str, str]] = queue.Queue()
        self.shown: dict[str, str] = {}
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(json.loads(line))

    def wait(self, name: str, text: str, seconds: float = 20) -> None:
        """Wait until the label ``name`` shows ``text``: a sum exactly, of a sentence a part."""
        end = time.monotonic() + seconds
        while not self._shows(name, text):
            try:
                self.shown |= self.lines.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                pytest.fail(f"{name} never showed {text!r}; last: {self.shown}")

    def _shows(self, name: str, text: str) -> bool:
        found = self.shown.get(name, "")
        return text in found if name == "messageLine" else text == found

    def keys(self, *names: str) -> None:
        subprocess.run(["xdotool", "key", "--delay", "120", *names], env=self.environment, check=True)

    def focus(self) -> None:
        found = subprocess.run(
            ["xdotool", "search", "--sync", "--onlyvisible", "--name", "Counter"],
            env=self.environment, check=True, capture_output=True, text=True,
        )  # fmt: skip
        subprocess.run(["xdotool", "windowfocus", found.stdout.split()[0]], env=self.environment, check=True)

    def scan(self, code: str, gap: int) -> None:
        """Press the keys of ``code`` and Return, ``gap`` milliseconds each."""
        keys = [{"/": "slash", "+": "plus", "-": "minus", ".": "period"}.get(key, key) for key in code]
        call = ["xdotool", "key", "--delay", str(gap), *keys, "Return"]
        subprocess.run(call, env=self.environment, check=True)

    def keep_busy(self, seconds: float) -> None:
        """Let the event loop do nothing for a time; return once it has begun."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{seconds}\n")
        self.process.stdin.flush()
        self.wait("busy", str(seconds))
        self.shown.pop("busy")

    def stop(self) -> int:
        assert self.process.stdin is not None
        self.process.stdin.close()
        status = self.process.wait(20)
        self._reader.join(5)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return status


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1366x768x24", "-nolisten", "tcp"],
        pass_fds=(write,), stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(write)
    with os.fdopen(read) as numbers:
        yield f":{numbers.readline().strip()}"
    server.terminate()
    server.wait(10)


@pytest.fixture(scope="module")
def till(display: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Till]:
    made = Till(display, tmp_path_factory.mktemp("till"))
    made.focus()
    made.wait("ready", "True")
    yield made
    assert made.stop() == 0


@pytest.fixture(autouse=True)
def empty(till: Till) -> None:
    """Leave what the test before left."""
    till.keys("Escape", "Escape", "Delete")
    till.wait("amountDisplay", "0")


@pytest.mark.parametrize(
    ("code", "gap"), [*((EAN_13, gap) for gap in (5, 20, 40, 80)), (CARRIER, 40), (PAYMENT_CODE, 80)]
)
def test_a_scanner_is_not_read_as_an_amount(till: Till, code: str, gap: int) -> None:
    till.keys("1", "2", "5")
    till.wait("amountDisplay", "125")
    till.scan(code, gap)
    till.wait("messageLine", "not an amount")
    till.wait("amountDisplay", "125")


@pytest.mark.parametrize("gap", [5, 20, 40, 80])
def test_a_scan_into_a_busy_window_is_not_the_money_handed_over(till: Till, gap: int) -> None:
    till.keys("8", "0", "F5")
    till.wait("cashDue", "NT$80")
    till.keep_busy(1.5)
    till.scan(EAN_13, gap)
    till.wait("messageLine", "not an amount")
    assert till.shown["cashTendered"] == "–"
    till.keys("1", "0", "0")
    till.wait("cashTendered", "NT$100")


def test_a_person_types_an_amount_and_takes_cash(till: Till) -> None:
    till.keys("3", "5", "0", "F5")
    till.wait("cashDue", "NT$350")
    till.keys("5", "0", "0", "Return")
    till.wait("amountDisplay", "0")
    till.wait("messageLine", "")
