"""Rules for the source code."""

from __future__ import annotations

import ast
import importlib.util
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent.parent
SOURCES = sorted((ROOT / "pos").rglob("*.py"))


def module_at(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def test_files_stay_small_and_say_what_they_are() -> None:
    assert [path for path in SOURCES if path.read_text(encoding="utf-8").count("\n") > 400] == []
    assert [path for path in SOURCES if path.stat().st_size and not ast.get_docstring(tree_of(path))] == []


def test_functions_stay_small() -> None:
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    found = [(path, node) for path in SOURCES for node in ast.walk(tree_of(path)) if isinstance(node, functions)]
    assert len(found) > 1000
    assert [(path, node.name) for path, node in found if (node.end_lineno or 0) - node.lineno >= 60] == []


def test_every_sentence_is_translated_and_the_catalogue_is_fresh() -> None:
    messages = module_at(ROOT / "packaging" / "messages.py")
    wanted = {entry.id for entry in messages.extracted() if entry.id}
    catalog = messages.translated()
    known = {entry.id: entry.string for entry in catalog if entry.id}
    assert {text for text in wanted if not known.get(text)} == set()
    assert set(known) == wanted, "run packaging/dev.py messages"
    for text, translation in known.items():
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", translation)), text
    assert messages.PO.with_suffix(".mo").read_bytes() == messages.compiled(catalog)


@pytest.mark.parametrize("module", ["pos.cli.main", "pos.gateways", "pos.settings"])
def test_a_start_loads_nothing_slow(module: str) -> None:
    code = (
        f"import sys, {module};"
        "slow = {'httpx', 'Crypto', 'PIL', 'starlette', 'uvicorn', 'sqlite_utils', 'qrcode', 'tomlkit'};"
        "sys.exit(str(slow & set(sys.modules)) if slow & set(sys.modules) else 0)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_the_window_starts_without_what_it_needs_later() -> None:
    code = (
        "import sys, pos.windows;"
        "slow = {'httpx', 'Crypto', 'PIL', 'starlette', 'uvicorn', 'sqlite_utils', 'qrcode', 'tomlkit',"
        " 'PySide6.QtMultimedia', 'keyring', 'ctypes', 'socket', 'html', 'pos.gui.start_page', 'pos.gui.words',"
        " 'pos.domain.payment', 'pos.domain.staff', 'pos.settings', 'pos.gateways'};"
        "sys.exit(str(slow & set(sys.modules)) if slow & set(sys.modules) else 0)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_the_source_of_the_windows_modules_is_not_read_at_the_start() -> None:
    code = (
        "import linecache, sys, pos.windows;"
        "files = {module.__file__ for name, module in sys.modules.items() if name.startswith('pos.gui.')};"
        "read = files & set(linecache.cache);"
        "sys.exit(str(read) if read or not files else 0)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_the_readme_names_the_commands_and_the_changelog_what_is_new() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "python3 packaging/dev.py run" in readme
    assert "python3 packaging/dev.py test" in readme
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    for picture in re.findall(r"\((docs/[^)]+\.png)\)", readme):
        assert (ROOT / picture).exists(), picture


def test_the_lock_has_hashes_and_names_no_index() -> None:
    lock = (ROOT / "packaging" / "requirements.txt").read_text(encoding="utf-8")
    packages = re.findall(r"^[a-z0-9][\w.-]*==", lock, re.MULTILINE | re.IGNORECASE)
    assert len(packages) > 30
    assert lock.count("--hash=sha256:") >= len(packages)
    assert "://" not in lock
    assert not re.search(r"^pyside6==6\.12\.0", lock, re.MULTILINE)


CLIENTS = [path for path in SOURCES if "gateways" in path.parts and path.name != "codes.py"]


def test_a_client_decides_by_the_gateways_own_code_and_not_by_the_tender() -> None:
    assert not [
        (path, node.lineno)
        for path in CLIENTS
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Tender"
    ]


def literals(tree: ast.AST) -> list[str]:
    """Return the strings of a module that are not docstrings."""
    blocks = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    bodies = [node.body for node in ast.walk(tree) if isinstance(node, blocks)]
    notes = {id(one.value) for body in bodies for one in body if isinstance(one, ast.Expr)}
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in notes]
    return [node.value for node in found if isinstance(node.value, str)]


NAMING = {"pos/gateways", "pos/simulator", "pos/domain/tenders.py", "pos/former_messages.py", "pos/gui/help_page.py"}
"""Where a gateway's title may be written: its own package, and the tender that has the same name."""


def test_sentences_take_the_title_of_a_gateway_from_its_facts() -> None:
    from pos.gateways import TITLES

    others = [path for path in SOURCES if not any(path.is_relative_to(ROOT / one) for one in NAMING)]
    assert not [
        (path, text)
        for path in others
        for text in literals(tree_of(path))
        if any(title in text for title in TITLES.values())
    ]
