"""A gateway is named only in its package, the registry and the simulator; no other module lists gateways."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from pos.domain.payment import Tender
from pos.domain.words import gateway_name
from pos.gateways import GATEWAYS, TITLES
from pos.settings import default_tenders
from tests.gateways.fixtures import NAMES
from tests.support.tree import ROOT

OWN = ("pos/gateways/", "pos/simulator/")


@cache
def texts() -> dict[str, set[str]]:
    """Return the string constants of the modules of the program that are not about one gateway, by their paths."""
    paths = {path.relative_to(ROOT).as_posix(): path for path in sorted((ROOT / "pos").rglob("*.py"))}
    return {name: set(strings(path)) for name, path in paths.items() if not name.startswith(OWN)}


def strings(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@pytest.mark.parametrize("name", NAMES)
def test_no_other_module_names_it(name: str) -> None:
    if name in list(Tender):
        pytest.skip("a tender has the same name")
    assert [path for path, found in texts().items() if found & {name, GATEWAYS[name].FACTS.title}] == []


@pytest.mark.parametrize("name", NAMES)
def test_no_import_contract_names_it(name: str) -> None:
    assert f"gateways.{name}" not in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_without_a_set_order_it_is_tried_for_each_tender_that_it_offers(name: str) -> None:
    offered = {tender for tender, routes in default_tenders().items() if name in routes}
    assert offered == {tender.value for tender in GATEWAYS[name].FACTS.tenders}


def test_a_removed_gateway_is_shown_with_its_key() -> None:
    assert gateway_name(TITLES, "closed") == "closed"
    assert gateway_name(TITLES, "opay") == "O'Pay"
    assert gateway_name(TITLES, "cash") == "Cash"
