"""The documents: generated pages are up to date, links lead somewhere, and both languages have the same pages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from pos.domain.refund import RefundEvent
from pos.domain.shift import CashMovementKind
from pos.domain.states import Event
from pos.store.database import MEMORY, Database
from tests.project.test_rules import ROOT, module_at

DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
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


def test_every_section_and_permission_is_described_and_no_description_is_left_over() -> None:
    module = reference()
    about = module.notes()
    assert {subject: set(about[subject]) for subject in module.declared()} == module.declared()
    assert all(one.title and one.help for one in module.SETTINGS.values())


def test_every_argument_of_the_command_line_has_a_meaning() -> None:
    text = (DOCS / "reference" / "command-line.md").read_text(encoding="utf-8")
    assert re.findall(r"^\|[^|]+\| +\|$", text, re.MULTILINE) == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_of_a_page_leads_to_a_file_and_a_heading(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        assert file.exists(), target
        assert not anchor or anchor in anchors(file), target


def test_a_newcomer_reads_the_readme_in_one_sitting() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 200


def test_the_guide_has_the_same_pages_in_both_languages() -> None:
    chinese, english = ({page.name for page in (DOCS / "guide" / name).glob("*.md")} for name in ("zh-TW", "en"))
    assert chinese == english
    assert len(chinese) > 7


def test_the_guide_shows_each_language_its_own_pictures() -> None:
    for folder, other in (("zh-TW", "-en.png"), ("en", "-zh_TW.png")):
        for page in (DOCS / "guide" / folder).glob("*.md"):
            assert other not in page.read_text(encoding="utf-8"), page


def test_every_picture_is_made_by_the_tour_and_shown_somewhere() -> None:
    made = {
        f"{name}-{language}.png"
        for name in module_at(ROOT / "packaging" / "dev.py").SCREENS
        for language in ("en", "zh_TW")
    }
    assert {picture.name for picture in (DOCS / "screens").iterdir()} == made
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert {name for name in made if name not in text} == set()


def test_every_reachable_page_is_linked_from_another() -> None:
    linked = {
        (page.parent / target.partition("#")[0]).resolve()
        for page in PAGES
        for target in LINK.findall(page.read_text(encoding="utf-8"))
        if "://" not in target
    }
    assert {name_of(page) for page in PAGES if page not in linked} <= {"README.md"}


def test_the_journal_page_names_every_event_and_every_table() -> None:
    text = (DOCS / "engineering" / "journal.md").read_text(encoding="utf-8")
    kinds = [*Event, *(f"refund_{event}" for event in RefundEvent), *CashMovementKind]
    tables = Database(MEMORY).rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%sqlite%'")
    assert [name for name in (*kinds, *(row[0] for row in tables)) if f"`{name}`" not in text] == []


def test_a_path_that_the_documents_name_exists() -> None:
    for page in PAGES:
        for path in re.findall(r"`((?:pos|tests|packaging|resources)/[\w./-]*)`", page.read_text(encoding="utf-8")):
            assert "/acme" in path or (ROOT / path).exists(), f"{name_of(page)}: {path}"  # acme is an example
