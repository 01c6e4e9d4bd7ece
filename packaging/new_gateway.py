#!/usr/bin/env python3
"""Add a gateway from the template: its package, its dialect in the simulator, its fixture, and a line in each registry.

    python3 packaging/new_gateway.py NAME "TITLE"

See docs/engineering/adding-a-gateway.md for the next steps.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = ROOT / "packaging" / "gateway_template"
PLACES = {
    "__init__.py": "pos/gateways/{name}/__init__.py",
    "client.py": "pos/gateways/{name}/client.py",
    "codes.py": "pos/gateways/{name}/codes.py",
    "dialect.py": "pos/simulator/dialects/{name}.py",
    "fixture.py": "tests/gateways/fixtures/{name}.py",
}
"""The destination of each file of the template."""

CLIENTS = "pos/gateways/__init__.py"
DIALECTS = "pos/simulator/dialects/__init__.py"


def main(arguments: Sequence[str]) -> int:
    """Return the exit status: 2 for a name that cannot be a package or that is taken."""
    if len(arguments) != 2 or not re.fullmatch("[a-z][a-z0-9_]{1,30}", arguments[0]):
        sys.stderr.write(__doc__ or "")
        return 2
    name, title = arguments
    if (ROOT / "pos" / "gateways" / name).exists() or (ROOT / "pos" / "gateways" / f"{name}.py").exists():
        sys.stderr.write(f"pos/gateways/{name} exists.\n")
        return 2
    changed = [*copied(name, title), *registered(name)]
    for command in (["check", "--quiet", "--fix", "--select", "I"], ["format", "--quiet"]):
        subprocess.run([sys.executable, "-m", "ruff", *command, *changed], cwd=ROOT, check=False)
    sys.stdout.write("".join(f"{path}\n" for path in changed))
    return 0


def copied(name: str, title: str) -> list[str]:
    """Write the files of the template under the new name; return their paths."""
    made = []
    for source, place in PLACES.items():
        text = (TEMPLATE / source).read_text(encoding="utf-8")
        text = text.replace("New Pay", title).replace("Newpay", class_name(name)).replace("newpay", name)
        target = ROOT / place.format(name=name)
        target.parent.mkdir(exist_ok=True)
        target.write_text(text, encoding="utf-8")
        made.append(place.format(name=name))
    return made


def registered(name: str) -> list[str]:
    """Add the gateway to both registries, as the last one: routes are tried in this order. Return their paths."""
    kind = class_name(name)
    add(CLIENTS, f"from pos.gateways.{name}.client import {kind}\n", "GATEWAYS: ", f'    "{name}": {kind},\n')
    add(DIALECTS, f"from pos.simulator.dialects.{name} import {kind}Dialect\n", "DIALECTS = ", f"    {kind}Dialect,\n")
    return [CLIENTS, DIALECTS]


def add(path: str, imported: str, registry: str, line: str) -> None:
    """Insert ``imported`` before the first import of the program, and ``line`` at the end of ``registry``."""
    text = (ROOT / path).read_text(encoding="utf-8")
    head, start, rest = text.partition(f"\n{registry}")
    end = re.search(r"^[})]", rest, re.MULTILINE)
    assert end is not None
    head = head.replace("from pos.", f"{imported}from pos.", 1)
    (ROOT / path).write_text(head + start + rest[: end.start()] + line + rest[end.start() :], encoding="utf-8")


def class_name(name: str) -> str:
    """Return ``AcmePay`` for ``acme_pay``."""
    return "".join(part.title() for part in name.split("_"))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
