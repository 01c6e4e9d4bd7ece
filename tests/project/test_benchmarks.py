"""The benchmarks still run; their results are not checked."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.sample import cases

ROOT = Path(__file__).parents[2]
NAMES = sorted(file.stem for file in (ROOT / "tests" / "benchmarks").glob("bench_*.py"))


@pytest.mark.parametrize("name", cases(NAMES, lambda name: name == "bench_charge"))
def test_a_benchmark_runs_once(name: str) -> None:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "BENCH_TIMES": "1"}
    done = subprocess.run(
        [sys.executable, "-m", f"tests.benchmarks.{name}"],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "aim" in done.stdout
