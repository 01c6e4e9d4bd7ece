"""Update the translation catalogues: extract, merge, compile. Run it after changing a sentence; commit the results."""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
PO = ROOT / "resources" / "locale" / "zh_TW" / "LC_MESSAGES" / "pos.po"


def extracted() -> Catalog:
    """Return all sentences marked with ``_`` or ``N_`` in the program."""
    catalog = Catalog(project="Counter", charset="utf-8")
    for _name, _line, text, _comments, _context in extract_from_dir(ROOT / "pos", keywords={"_": None, "N_": None}):
        catalog.add(text)
    return catalog


def translated() -> Catalog:
    """Return the catalogue in the repository."""
    return read_po(BytesIO(PO.read_bytes()), locale="zh_TW") if PO.exists() else Catalog(locale="zh_TW")


def compiled(catalog: Catalog) -> bytes:
    """Return the bytes of a .mo file."""
    out = BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def main() -> int:
    """Rewrite ``pos.po`` and ``pos.mo``; return 1 if a sentence lacks a translation."""
    catalog = translated()
    catalog.update(extracted(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    PO.parent.mkdir(parents=True, exist_ok=True)
    out = BytesIO()
    write_po(out, catalog, no_location=True, sort_output=True, width=120)
    PO.write_bytes(out.getvalue())
    PO.with_suffix(".mo").write_bytes(compiled(catalog))
    missing = [message.id for message in catalog if message.id and not message.string]
    for text in missing:
        sys.stderr.write(f"not translated: {text}\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
