"""The developer's script: what it says, what it refuses, and when it makes its environment anew."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from tests.house.test_house import ROOT, module_at

SCRIPT = ROOT / "packaging" / "dev.py"


def dev() -> Any:
    return module_at(SCRIPT)


def called(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(SCRIPT), *arguments], capture_output=True, text=True, check=False)


def test_help_names_every_verb_and_prepares_nothing() -> None:
    done = called("help")
    assert done.returncode == 0
    described = set(re.findall(r"dev\.py (\w+)", done.stdout))
    assert described == {"run", "test", "lint", "tour", "simulate", "bench", "messages", "fields", "screens", "lock"}
    assert all(callable(getattr(dev(), verb)) for verb in described)


def test_a_wrong_verb_is_wrong_usage() -> None:
    assert called("tets").returncode == 2


def test_the_script_needs_nothing_but_python() -> None:
    assert subprocess.run([sys.executable, "-I", "-S", str(SCRIPT)], capture_output=True, check=False).returncode == 0


def test_another_lock_another_place_or_another_python_makes_another_environment(tmp_path: Path) -> None:
    one, other = dev(), dev()
    assert one.fingerprint() == other.fingerprint()
    other.ROOT = tmp_path
    assert one.fingerprint() != other.fingerprint()
    other = dev()
    other.LOCK = tmp_path / "requirements.txt"
    other.LOCK.write_bytes(one.LOCK.read_bytes() + b"\n")
    assert one.fingerprint() != other.fingerprint()


def test_the_exit_status_of_what_is_called_is_passed_on() -> None:
    assert dev().call(sys.executable, "-c", "import sys; sys.exit(3)") == 3


def test_what_is_called_gets_the_environment_it_is_given() -> None:
    code = "import os, sys; sys.exit(os.environ['QT_QPA_PLATFORM'] != 'offscreen')"
    assert dev().call(sys.executable, "-c", code, **dev().offscreen()) == 0


def test_everything_that_the_project_asks_for_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {re.split(r"[^\w.-]", line)[0].lower() for line in wanted}
    lock = (ROOT / "packaging" / "requirements.txt").read_text(encoding="utf-8")
    assert names <= set(re.findall(r"^([\w.-]+)==", lock, re.MULTILINE))
