"""An ordinary run takes a sample of long enumerations, a thorough run all of them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.sample import VARIABLE
from tests.support.tree import ROOT

TESTS = """
import pytest
from tests.support.sample import cases

@pytest.mark.diagonal
@pytest.mark.parametrize("fault", ["lost", "late", "wrong"])
@pytest.mark.parametrize("gateway", ["a", "b"])
def test_faults(gateway, fault): ...

@pytest.mark.diagonal
@pytest.mark.parametrize(("gateway", "fault"), [("a", "lost"), ("b", "lost")])
def test_pairs(gateway, fault): ...

@pytest.mark.parametrize("seed", cases([1, 2, 11], lambda seed: seed < 10))
def test_seeds(seed): ...
"""
ORDINARY = {
    "faults[a-lost]",
    "faults[b-late]",
    "faults[a-wrong]",
    "pairs[a-lost]",
    "pairs[b-lost]",
    "seeds[1]",
    "seeds[11]",
}
BESIDE = {"faults[a-late]", "faults[b-lost]", "faults[b-wrong]", "seeds[2]"}


@pytest.mark.parametrize(("run", "taken"), [("", ORDINARY), ("thorough", ORDINARY | BESIDE)])
def test_an_ordinary_run_takes_each_value_and_each_kind_and_a_thorough_run_everything(
    tmp_path: Path, run: str, taken: set[str]
) -> None:
    (tmp_path / "test_shop.py").write_text(TESTS, "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--collect-only", "-c", ROOT / "pyproject.toml", "-p", "tests.conftest",
         tmp_path / "test_shop.py"],
        cwd=ROOT, env={**os.environ, VARIABLE: run}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    found = {line.partition("::test_")[2] for line in done.stdout.splitlines() if "::test_" in line}
    assert found == taken, done.stdout
