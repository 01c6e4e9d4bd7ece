"""A service gets what it uses in its constructor, and reaches into no other one."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from pos.services.container import Services

ROOT: Final = Path(__file__).parent.parent.parent
FOLDERS: Final = ("services", "server", "cli", "gui")
FIELDS: Final[dict[str, str]] = {name: kind for name, kind in Services.__annotations__.items() if name != "end"}

SHOWN: Final = {
    "Targets.to": "addresses and merchant numbers, which the stores write",
    "Staff.on_first_owner": "set when the services are built: the targets exist after the people",
    "Notices.check_refund": "set when the services are built: the refunds exist after the notices",
    "Notices.take_charge": "set when the services are built: the agreements exist after the notices",
    "Notices.find_invoice_order": "set when the services are built: the stores exist after the notices",
    "Notices.wake_invoice": "set when the services are built: the e-invoices exist after the notices",
    "ServiceHost.services": "opens the services, and is none of them",
}
"""Public attributes of services, and why they may be public."""


@dataclass
class Service:
    """What a class shows: its public attributes, and the names in the types that its members return."""

    shown: set[str] = field(default_factory=set)
    returns: dict[str, set[str]] = field(default_factory=dict)
    properties: set[str] = field(default_factory=set)


def trees(*folders: str) -> Iterator[tuple[Path, ast.Module]]:
    for folder in folders:
        for path in sorted((ROOT / "pos" / folder).rglob("*.py")):
            yield path.relative_to(ROOT), ast.parse(path.read_text(encoding="utf-8"))


def classes(tree: ast.AST) -> Iterator[ast.ClassDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def names_in(annotation: ast.AST | None) -> set[str]:
    return {node.id for node in ast.walk(annotation) if isinstance(node, ast.Name)} if annotation else set()


def own_attributes(tree: ast.AST) -> Iterator[tuple[str, ast.expr | None]]:
    """Return the attributes of ``self`` that are assigned, each with its value."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Attribute) and ast.unparse(target.value) == "self":
                    yield target.attr, node.value


def described(kind: ast.ClassDef) -> Service:
    found = Service({name for name, _value in own_attributes(kind) if not name.startswith("_")})
    for function in functions(kind):
        found.returns[function.name] = names_in(function.returns)
        if any(isinstance(one, ast.Name) and one.id == "property" for one in function.decorator_list):
            found.properties.add(function.name)
    return found


def built_in(folder: str) -> dict[str, Service]:
    """Return the classes of a folder that have a constructor; errors have bases, and records no constructor."""
    return {
        kind.name: described(kind)
        for _path, tree in trees(folder)
        for kind in classes(tree)
        if not kind.bases and any(one.name == "__init__" for one in functions(kind))
    }


SERVICES: Final = built_in("services")
KNOWN: Final = {**built_in("store"), **SERVICES}
PARTS: Final = {*KNOWN, "Gateway", "Bus", "Clock"}


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> dict[str, str]:
    """Return the parameters that are services or stores, by name."""
    every = [*function.args.args, *function.args.kwonlyargs]
    return {one.arg: kind for one in every for kind in names_in(one.annotation) & set(KNOWN)}


def attributes(kind: ast.ClassDef) -> dict[str, str]:
    """Return the attributes of a class that are services or stores: those given to it, and those that it makes."""
    found: dict[str, str] = {}
    for function in functions(kind):
        given = parameters(function)
        for name, value in own_attributes(function):
            if isinstance(value, ast.Name) and value.id in given:
                found[name] = given[value.id]
            if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id in KNOWN:
                found[name] = value.func.id
    return found


def service_of(base: ast.expr, attributes: Mapping[str, str], names: Mapping[str, str]) -> str:
    """Return the class of the service or store that an expression is, empty if it is neither."""
    match base:
        case ast.Attribute(value=ast.Name(id="self"), attr=name) if name in attributes:
            return attributes[name]
        case ast.Attribute(value=ast.Name(id="services") | ast.Attribute(attr="services"), attr=name):
            return FIELDS.get(name, "")
        case ast.Name(id=name):
            return names.get(name, "")
    return ""


def reached(function: ast.AST, attributes: Mapping[str, str], names: Mapping[str, str]) -> Iterator[str]:
    """Return the chains that lead through a service or a store to one of its parts."""
    for node in ast.walk(function):
        if not isinstance(node, ast.Attribute):
            continue
        is_call = isinstance(node.value, ast.Call)
        inner = node.value.func if isinstance(node.value, ast.Call) else node.value
        if not isinstance(inner, ast.Attribute) or not (kind := service_of(inner.value, attributes, names)):
            continue
        service = KNOWN.get(kind, Service())
        is_plain = is_call or (inner.attr in service.properties)
        if not is_plain or service.returns.get(inner.attr, set()) & PARTS:
            yield ast.unparse(node)


def chains(tree: ast.Module) -> set[str]:
    found: set[str] = set()
    for kind in classes(tree):
        known = attributes(kind)
        for function in functions(kind):
            found.update(reached(function, known, parameters(function)))
    for function in functions(tree):
        found.update(reached(function, {}, parameters(function)))
    return found


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_code_reaches_through_a_service_or_a_store_to_its_parts(folder: str) -> None:
    found = {f"{path}: {chain}" for path, tree in trees(folder) for chain in chains(tree)}
    assert found == set()


def test_a_service_shows_none_of_its_parts() -> None:
    shown = {f"{name}.{one}" for name, service in SERVICES.items() for one in service.shown}
    shown |= {
        f"{name}.{one}"
        for name, service in SERVICES.items()
        for one in service.properties
        if service.returns[one] & PARTS or "Services" in service.returns[one]
    }
    assert shown == set(SHOWN)


@pytest.mark.parametrize(
    ("code", "chain"),
    [
        ("class A:\n def __init__(self, p: Payments):\n  self._p = p\n def f(self): self._p.store.get('')", True),
        ("class A:\n def __init__(self, p: Payments):\n  self._p = p\n def f(self): self._p._poller.close()", True),
        ("class A:\n def __init__(self):\n  self._p = Recovery()\n def f(self): return self._p._store.zone", True),
        ("class A:\n def f(self): return self.services.refunds._store.get('')", True),
        ("def f(store: PaymentStore): store.notices.states('opay', '')", True),
        ("def f(payments: Payments): payments._engine.publish(None)", True),
        ("def f(calls: GatewayCalls): calls.rate_limiter('opay').close()", True),
        ("def f(calls: GatewayCalls): calls.get('opay').lifetime()", True),
        (
            "class A:\n def __init__(self, p: Payments):\n  self._p = p\n def f(self): return self._p.get('').state",
            False,
        ),
        ("class A:\n def f(self): return self.services.payments.get", False),
    ],
)
def test_a_chain_is_found(code: str, chain: bool) -> None:
    assert bool(chains(ast.parse(code))) is chain
