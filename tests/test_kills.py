"""Real kills: a child takes payments from the loopback simulator and dies at random moments."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from pos.runtime import SystemClock
from pos.store.database import FILE_NAME, Database
from pos.store.payments import PaymentStore
from tests.support.processes import ROOT, SimulatorProcess
from tests.support.rows import wrong
from tests.support.sample import examples

SALES = (0, 1, 2, 0, 3, 1, 1, 0, 2, 1, 1, 2)[: examples(12, 5)]
"""Sales that each program acknowledges before it is killed, at a random moment of the next one."""

pytestmark = [
    pytest.mark.kills,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL"),
]


def test_what_was_said_is_written_whenever_the_program_is_killed(tmp_path: Path) -> None:
    simulator = SimulatorProcess(tmp_path, "--autopay", "0.2")
    dice = random.Random(20261121)
    said: list[str] = []
    try:
        usual = seconds_to_the_first_sale(simulator)
        for sales in SALES:
            said += killed(simulator, sales, dice.uniform(0, 0.4) if sales else usual * dice.uniform(0.5, 1))
            with closing(Database(tmp_path / "data" / FILE_NAME)) as database:
                assert wrong(database) == [], "the tables follow from the journal after every kill"
        recovered = simulator.pos("recover", "--json")
        assert recovered.returncode in (0, 4), recovered.stderr
        truth = {one["number"]: one for one in simulator.get("/orders")}
        twice = simulator.get("/truth")["asked_twice"]
    finally:
        simulator.stop()
    check(tmp_path / "data" / FILE_NAME, said, truth)
    assert twice == []


def seller(simulator: SimulatorProcess) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.support.seller", *simulator.words()],
        cwd=ROOT, env=simulator.environment(), stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def seconds_to_the_first_sale(simulator: SimulatorProcess) -> float:
    """Measure how long a sale takes on this machine, for kills before it."""
    begun, child = time.monotonic(), seller(simulator)
    assert child.stdout is not None
    child.stdout.readline()
    child.kill()
    child.communicate(timeout=10)
    return time.monotonic() - begun


def killed(simulator: SimulatorProcess, sales: int, seconds: float) -> list[str]:
    """Kill a child ``seconds`` after it acknowledged ``sales``. Return the order numbers that it acknowledged."""
    child = seller(simulator)
    assert child.stdout is not None
    said = [child.stdout.readline() for _ in range(sales)]
    time.sleep(seconds)
    child.send_signal(signal.SIGKILL)
    out, _ = child.communicate(timeout=10)
    return [line for line in (*"".join(said).splitlines(), *out.splitlines()) if len(line) == 20]


def check(path: Path, said: list[str], truth: dict[str, dict[str, object]]) -> None:
    database = Database(path)
    try:
        assert wrong(database) == []
        store = PaymentStore(database, "R1", SystemClock())
        known = {one.order_no: one for one in store.search("", None, 100_000, None)}
    finally:
        database.close()
    assert set(said) <= set(known)
    assert set(truth) <= set(known)
    captured = {number for number, one in known.items() if one.state.value == "captured"}
    assert all(truth[number]["paid"] == known[number].amount.minor for number in captured)
    assert len(said) >= sum(SALES)
