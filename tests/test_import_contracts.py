"""The import contracts cover modules that no contract names: a new gateway, service, top-level module or dialect."""

from __future__ import annotations

import pytest

from tests.support.tree import Tree

CLIENT = '''"""A made-up gateway."""

from __future__ import annotations

from pos.gateways.base import Gateway


class Acme(Gateway):
    """A client without a wire."""
'''


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    made = Tree(tmp_path_factory.mktemp("tree"), ("pos", "pyproject.toml"))
    made.write("pos/gateways/acme/__init__.py", '"""A made-up gateway."""\n')
    return made


def test_a_new_gateway_may_import_what_all_gateways_share(tree: Tree) -> None:
    shared = ["base", "capabilities", "fields", "http", "merchant_key", "received", "signing"]
    tree.write("pos/gateways/acme/client.py", CLIENT + "".join(f"\nimport pos.gateways.{name}" for name in shared))
    kept, report = tree.check_contracts()
    assert kept, report


@pytest.mark.parametrize(
    ("module", "forbidden", "contract"),
    [
        ("client", "import httpx", "httpx only in"),
        ("codes", "def send():\n    from httpx import post", "httpx only in"),
        ("client", "from Crypto.Cipher import AES", "Ciphers only in"),
        ("client", "from pos.gateways.opay.client import Opay", "Gateways never import each other"),
        ("codes", "from pos.gateways.opay.dialect import Dialect", "Gateways never import each other"),
        ("client", "from pos.gateways import GATEWAYS", "Gateways never import each other"),
        ("client", "import sqlite3", "SQL only in the store"),
        ("client", "from PySide6.QtCore import QObject", "Qt only in the window"),
    ],
)
def test_a_new_gateway_that_imports_what_is_forbidden_fails(
    tree: Tree, module: str, forbidden: str, contract: str
) -> None:
    sources = {"client": CLIENT, "codes": '"""Tables."""\n'}
    for name, source in sources.items():
        added = forbidden if name == module else ""
        tree.write(f"pos/gateways/acme/{name}.py", f"{source}\n{added}\n")
    kept, report = tree.check_contracts()
    assert not kept
    assert broken(report, contract), report


def test_a_new_simulated_gateway_uses_no_cipher_of_its_own(tree: Tree) -> None:
    tree.write("pos/gateways/acme/client.py", CLIENT)
    tree.write("pos/gateways/acme/codes.py", '"""Tables."""\n')
    tree.write("pos/simulator/dialects/acme.py", "from Crypto.Cipher import AES\n")
    kept, report = tree.check_contracts()
    (tree.folder / "pos/simulator/dialects/acme.py").unlink()
    assert not kept
    assert broken(report, "Ciphers only in"), report


@pytest.mark.parametrize("place", ["pos/acme.py", "pos/services/acme.py", "pos/exports/acme.py", "pos/store/acme.py"])
def test_a_new_module_that_imports_what_is_forbidden_fails(tree: Tree, place: str) -> None:
    forbidden = {
        "from PySide6.QtCore import QObject": "Qt only in the window",
        "import sqlite3": "SQL only in the store",
        "import sqlite_utils": "SQL only in the store",
        "from httpx import post": "httpx only in",
        "from Crypto.Cipher import AES": "Ciphers only in",
        "from pos.simulator.orders import SimOrder": "Only the verbs that start it import the simulator",
    }
    tree.write(place, '"""A made-up module."""\n\n' + "\n".join(forbidden))
    kept, report = tree.check_contracts()
    (tree.folder / place).unlink()
    assert not kept
    for line, contract in forbidden.items():
        is_store = place.startswith("pos/store/") and "sqlite" in line
        assert is_store or broken(report, contract), (line, report)


def test_a_new_module_of_the_window_reads_neither_the_journal_nor_the_simulator(tree: Tree) -> None:
    tree.write("pos/gui/acme.py", "import sqlite3\n\nfrom PySide6.QtCore import QObject\n\nimport pos.simulator.app\n")
    kept, report = tree.check_contracts()
    (tree.folder / "pos/gui/acme.py").unlink()
    assert not kept
    assert broken(report, "SQL only in the store"), report
    assert broken(report, "Only the verbs that start it import the simulator"), report
    assert not broken(report, "Qt only in the window"), report


def broken(report: str, contract: str) -> list[str]:
    """Return the lines of ``report`` that call the contract whose name begins with ``contract`` broken."""
    return [line for line in report.splitlines() if line.startswith(contract) and " BROKEN" in line]
