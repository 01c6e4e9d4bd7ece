"""The developer's script: its commands, its lock files, and when it creates its environment again."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import re
import subprocess
import sys
import tomllib
import venv
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.project.test_rules import ROOT, module_at

SCRIPT = ROOT / "packaging" / "dev.py"


def dev() -> Any:
    return module_at(SCRIPT)


def called(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(SCRIPT), *arguments], capture_output=True, text=True, check=False)


def test_help_names_every_verb_and_prepares_nothing() -> None:
    done = called("help")
    assert done.returncode == 0
    described = set(re.findall(r"dev\.py (\w+)", done.stdout))
    assert described == {
        "run", "test", "thorough", "lint", "tour", "simulate", "bench", "messages", "reference", "screens", "lock",
    }  # fmt: skip
    assert all(callable(getattr(dev(), verb)) for verb in described)


def test_a_wrong_verb_is_wrong_usage() -> None:
    assert called("tets").returncode == 2


def test_the_script_needs_nothing_but_python() -> None:
    assert subprocess.run([sys.executable, "-I", "-S", str(SCRIPT)], capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("kind", [True, False])
def test_another_lock_another_folder_or_another_python_needs_another_environment(kind: bool, tmp_path: Path) -> None:
    one, other = dev(), dev()
    assert one.fingerprint(dev=kind) == other.fingerprint(dev=kind)
    other.ROOT = tmp_path
    assert one.fingerprint(dev=kind) != other.fingerprint(dev=kind)
    other = dev()
    other.LOCK = tmp_path / "requirements.txt"
    other.LOCK.write_bytes(one.LOCK.read_bytes() + b"\n")
    assert one.fingerprint(dev=kind) != other.fingerprint(dev=kind)


def test_a_shop_and_a_developer_have_different_environments() -> None:
    assert dev().fingerprint(dev=True) != dev().fingerprint(dev=False)


def test_the_exit_status_of_what_is_called_is_passed_on() -> None:
    assert dev().call(sys.executable, "-c", "import sys; sys.exit(3)") == 3


def test_what_is_called_gets_the_environment_it_is_given() -> None:
    code = "import os, sys; sys.exit(os.environ['QT_QPA_PLATFORM'] != 'offscreen')"
    assert dev().call(sys.executable, "-c", code, **dev().offscreen()) == 0


def names_of(lines: Iterable[str]) -> dict[str, Requirement]:
    return {canonicalize_name(one.name): one for one in map(Requirement, lines)}


def test_both_locks_pin_everything_that_the_project_asks_for_with_its_extras() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    shop, developer = names_of(dev().locked(dev().LOCK)), names_of(dev().locked(dev().DEV_LOCK))
    for lock, lines in (
        (shop, project["dependencies"]),
        (developer, [*project["dependencies"], *project["optional-dependencies"]["dev"]]),
    ):
        for name, wanted in names_of(lines).items():
            assert wanted.extras <= lock[name].extras, name
            assert wanted.specifier.contains(str(lock[name].specifier).removeprefix("==")), name


def test_a_shop_installs_no_test_tools_and_the_same_versions_as_a_developer() -> None:
    shop, developer = names_of(dev().locked(dev().LOCK)), names_of(dev().locked(dev().DEV_LOCK))
    assert not {"pytest", "mypy", "hypothesis", "ruff", "coverage", "babel"} & set(shop)
    assert {name: shop[name].specifier for name in shop} == {name: developer[name].specifier for name in shop}


def test_every_installed_package_finds_what_it_asks_for_in_the_lock() -> None:
    lock = names_of(dev().locked(dev().DEV_LOCK))
    for distribution in importlib.metadata.distributions():
        name = canonicalize_name(distribution.metadata["Name"])
        extras = lock[name].extras if name in lock else set()
        for text in distribution.requires or ():
            asked = Requirement(text)
            if not any(applies(asked, extra) for extra in ("", *extras)):
                continue
            pinned = lock[canonicalize_name(asked.name)]
            assert asked.extras <= pinned.extras, f"{name} asks for {text}; the lock pins {pinned}"
            assert asked.specifier.contains(str(pinned.specifier).removeprefix("=="), prereleases=True), text


def applies(asked: Requirement, extra: str) -> bool:
    return asked.marker is None or asked.marker.evaluate({"extra": extra})


@pytest.mark.parametrize("fresh", [True, False], ids=["the pip of Python", "the pip of the lock"])
def test_the_locked_version_is_installed_though_an_index_has_a_newer_one(fresh: bool, tmp_path: Path) -> None:
    """pip's resolver refuses a lock without extras as soon as an index has a newer version of what an extra names."""
    index, target = tmp_path / "index", tmp_path / "installed"
    index.mkdir()
    locked = [
        wheel(index, "till-drawer", "1.0", extra="lamp"),
        wheel(index, "till", "2.0", needs="till-drawer[lamp]>=1.0"),
    ]
    wheel(index, "till-drawer", "1.5", extra="lamp")
    lock = tmp_path / "lock.txt"
    lock.write_text("".join(f"{name} --hash=sha256:{digest}\n" for name, digest in locked))
    done = installed_by(python_with_its_own_pip(tmp_path) if fresh else Path(sys.executable), lock, index, target)
    assert done.returncode == 0, done.stderr
    assert "2/2 unpacking" in done.stderr
    assert {one.stem for one in target.glob("*.dist-info")} == {"till-2.0", "till_drawer-1.0"}


def test_a_package_that_does_not_match_its_hash_is_not_installed(tmp_path: Path) -> None:
    index = tmp_path / "index"
    index.mkdir()
    name, digest = wheel(index, "till", "2.0")
    lock = tmp_path / "lock.txt"
    lock.write_text(f"{name} --hash=sha256:{digest[::-1]}\n")
    done = installed_by(Path(sys.executable), lock, index, tmp_path / "installed")
    assert done.returncode != 0
    assert "HASH" in done.stderr.upper()
    assert not list(tmp_path.glob("installed/*"))


def python_with_its_own_pip(folder: Path) -> Path:
    """The interpreter of a new environment, with the pip that this Python brings."""
    venv.create(folder / "venv", with_pip=True, symlinks=sys.platform != "win32")
    return folder / "venv" / Path(dev().PYTHON).relative_to(dev().VENV)


def installed_by(python: Path, lock: Path, index: Path, target: Path) -> subprocess.CompletedProcess[str]:
    """Install a lock file as the script does, from a folder of wheels into another folder."""
    script = (
        "import importlib.util, pathlib, sys\n"
        "spec = importlib.util.spec_from_file_location('dev', sys.argv[1])\n"
        "dev = importlib.util.module_from_spec(spec)\n"
        "spec.loader.exec_module(dev)\n"
        "dev.install_locked(pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]), 2)\n"
    )
    settings = {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(index),
        "PIP_TARGET": str(target),
    }
    words = [sys.executable, "-c", script, str(SCRIPT), str(python), str(lock)]
    return subprocess.run(words, env={**os.environ, **settings}, capture_output=True, text=True, check=False)


def wheel(folder: Path, name: str, version: str, *, needs: str = "", extra: str = "") -> tuple[str, str]:
    """Write a wheel without code. Return its pinned name and its SHA-256."""
    stem = f"{name.replace('-', '_')}-{version}"
    file = folder / f"{stem}-py3-none-any.whl"
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Dist: {needs}"] * bool(needs) + [f"Provides-Extra: {extra}"] * bool(extra)
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(f"{stem}.dist-info/METADATA", "\n".join([*lines, "", ""]))
        archive.writestr(f"{stem}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{stem}.dist-info/RECORD", "")
    return f"{name}=={version}", hashlib.sha256(file.read_bytes()).hexdigest()
