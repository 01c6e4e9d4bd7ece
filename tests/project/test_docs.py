"""The documents: generated pages are up to date, links lead somewhere, and both languages have the same pages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tests.project.test_rules import ROOT, module_at

DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
WRITTEN_SEPARATELY = {DOCS / "engineering" / "adding-a-gateway.md"}
"""Pages that may be linked before they are there."""
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def reference() -> Any:
    return module_at(ROOT / "packaging" / "reference.py")


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub makes of a page's headings."""
    heads = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def test_the_generated_pages_are_up_to_date() -> None:
    for page, text in reference().pages().items():
        assert page.read_text(encoding="utf-8") == text, f"{name_of(page)}: run python3 packaging/dev.py reference"


def test_every_generated_part_is_on_one_page() -> None:
    parts = [
        name for page in DOCS.rglob("*.md") for name in re.findall(r"<!-- generated: ([\w-]+) -->", page.read_text())
    ]
    assert sorted(parts) == sorted(reference().PARTS)


def test_every_setting_and_permission_is_described_and_nothing_else() -> None:
    module = reference()
    about = module.notes()
    assert {key for key in about["settings"] if "." in key} == module.declared()["settings"]
    assert {key for key in about["gateways"] if "." in key} == module.declared()["gateways"]
    assert set(about["permissions"]) == module.declared()["permissions"]


def test_every_argument_of_the_command_line_has_a_meaning() -> None:
    text = (DOCS / "reference" / "command-line.md").read_text(encoding="utf-8")
    assert re.findall(r"^\|[^|]+\| +\|$", text, re.MULTILINE) == []
