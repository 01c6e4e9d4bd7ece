"""A gateway made from the template passes the tests of every gateway, and changes only its own files."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.made_up_gateway import PLACE, add_capabilities
from tests.support.tree import ROOT, Tree

OWN = {
    "pos/gateways/acme/__init__.py",
    "pos/gateways/acme/client.py",
    "pos/gateways/acme/codes.py",
    "pos/simulator/dialects/acme.py",
    "tests/gateways/fixtures/acme.py",
}
REGISTRIES = {"pos/gateways/__init__.py", "pos/simulator/dialects/__init__.py"}
SHARED = (
    "tests/gateways/test_contract.py",
    "tests/gateways/test_refunds.py",
    "tests/services/test_faults.py",
    "tests/services/test_refunds_at_the_gateways.py",
    "tests/services/test_refused_keys.py",
)
"""The tests that run over the registry."""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """A copy of the source tree."""
    return Tree(tmp_path_factory.mktemp("tree"), ("pos", "tests", "packaging", "resources/locale", "pyproject.toml"))


def digests(folder: Path) -> Mapping[str, str]:
    """A digest of each source file, by its path."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.suffix in (".py", ".toml", ".po")
    }


def test_a_gateway_from_the_template_passes_the_shared_tests_and_changes_only_its_own_places(tree: Tree) -> None:
    before = digests(tree.folder)
    made = tree.python("packaging/new_gateway.py", "acme", "Acme Pay")
    assert made.returncode == 0, made.stderr
    after = digests(tree.folder)
    assert set(made.stdout.split()) == OWN | REGISTRIES
    assert after.keys() - before.keys() == OWN
    assert {path for path in before if after.get(path) != before[path]} == REGISTRIES

    kept, report = tree.check_contracts()
    assert kept, report
    style = tree.python("-m", "ruff", "check", *sorted(OWN | REGISTRIES))
    assert style.returncode == 0, style.stdout
    run = tree.python("-m", "pytest", "-q", "-k", "acme", *SHARED)
    assert run.returncode == 0, run.stdout[-4000:]
    found = re.search(r"(\d+) passed", run.stdout)
    assert found is not None
    assert int(found[1]) > 100


def test_a_new_gateway_holds_money_and_issues_e_invoices_without_a_change_of_the_services(tree: Tree) -> None:
    if not (tree.folder / "pos/gateways/acme").exists():
        assert tree.python("packaging/new_gateway.py", "acme", "Acme Pay").returncode == 0
    before = digests(tree.folder)
    add_capabilities(tree)
    after = digests(tree.folder)
    assert {path for path in after if after[path] != before.get(path)} <= OWN | {PLACE}

    kept, report = tree.check_contracts()
    assert kept, report
    run = tree.python("-m", "pytest", "-q", "-k", "acme", PLACE, "tests/gateways/test_contract.py")
    assert run.returncode == 0, run.stdout[-4000:]


@pytest.mark.parametrize("arguments", [(), ("acme",), ("Acme", "Acme Pay"), ("../acme", "Acme Pay"), ("opay", "O'Pay")])
def test_a_name_that_cannot_be_a_new_package_changes_nothing(tree: Tree, arguments: tuple[str, ...]) -> None:
    before = digests(tree.folder)
    assert tree.python("packaging/new_gateway.py", *arguments).returncode == 2
    assert digests(tree.folder) == before


def test_the_page_names_every_place() -> None:
    page = (ROOT / "docs" / "engineering" / "adding-a-gateway.md").read_text(encoding="utf-8")
    assert {path for path in OWN | REGISTRIES if not path.endswith("acme/__init__.py")} <= set(
        re.findall(r"`([\w./]+\.py)`", page)
    )
