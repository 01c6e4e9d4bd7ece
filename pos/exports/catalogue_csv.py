"""The catalogue as CSV, to be edited in a spreadsheet and imported again.

The names of the columns are the same in every language. A text that a spreadsheet would run as a formula has an
apostrophe in front, which an import takes off again.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Any, Final, TypeVar
from unicodedata import normalize

from pos.domain.catalogue import Colour, Item, check_item, conflicts, new_item_id
from pos.domain.money import Money, parse_sum
from pos.domain.tax import TaxKind
from pos.errors import InputError
from pos.exports.csv_file import FORMULA_PREFIXES
from pos.i18n import N_, Message, msg
from pos.text import half_width

COLUMNS: Final = ("name", "price", "category", "barcodes", "tax", "colour", "place", "active", "id")
LARGEST: Final = 4_000_000
"""Bytes of a file at most."""

_QUOTE: Final = "'"
_ID: Final = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_SHORTENED: Final = re.compile("[0-9.]+E[+][0-9]+", re.ASCII | re.IGNORECASE)
_YES_NO: Final = {"yes": True, "no": False}

E = TypeVar("E", bound=StrEnum)


class WrongRows(InputError):
    """A file was not imported. ``faults`` name line, column and rule of each fault."""

    def __init__(self, faults: Sequence[Message]) -> None:
        self.faults = tuple(faults)
        text = N_("Nothing was imported: {count} faults. {first}")
        super().__init__("file", msg(text, count=len(faults), first=faults[0].spoken()))


def as_csv(items: Iterable[Item]) -> bytes:
    """Return the file: UTF-8 with a byte order mark, CRLF. Several barcodes are separated by spaces."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(_cells(one) for one in items)
    return text.getvalue().encode("utf-8-sig")


def read_csv(data: bytes, known: Sequence[Item], currency: str) -> list[Item]:
    """Return the items of a file, each with the id of the item of ``known`` that it changes, or a new one.

    A column that the file lacks keeps the values of known items. Raises WrongRows.
    """
    faults: list[Message] = []
    items: dict[str, Item] = {}
    lines: dict[str, int] = {}
    for line, cells in _rows(data):
        try:
            item = _item(cells, known, currency)
            if item.id in items:
                raise InputError("name", msg(N_("Line {line} has the same item."), line=lines[item.id]))
            items[item.id], lines[item.id] = item, line
        except InputError as error:
            faults.append(_fault(line, error))
    others = [one for one in known if one.id not in items]
    for later, conflict in conflicts([*others, *items.values()], currency) if not faults else ():
        faults.append(_fault(lines.get(later.id, 0), conflict))
    if faults:
        raise WrongRows(faults)
    return list(items.values())


# -- cells ------------------------------------------------------------------------------------------------------------


def _cells(item: Item) -> list[str]:
    return [
        _shielded(item.name), item.price.decimal, _shielded(item.category), _shielded(" ".join(item.barcodes)),
        item.tax.value, item.colour.value, "" if item.place is None else str(item.place),
        "yes" if item.active else "no", item.id,
    ]  # fmt: skip


def _is_risky(text: str) -> bool:
    return text.startswith(_QUOTE) or normalize("NFKC", text[:1]).startswith(FORMULA_PREFIXES)


def _shielded(text: str) -> str:
    return f"{_QUOTE}{text}" if _is_risky(text) else text


def _bare(cell: str) -> str:
    """Return the text of a cell without the apostrophe of :func:`_shielded`."""
    return cell[1:] if cell.startswith(_QUOTE) and _is_risky(cell[1:]) else cell


def _rows(data: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the number of each line with its cells by column; empty lines are left out. Raises WrongRows."""
    if len(data) > LARGEST:
        raise WrongRows([msg(N_("The file is too large."))])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise WrongRows([msg(N_("The file is not UTF-8. Save it as “CSV UTF-8”."))]) from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        names = [_bare(one).strip().lower() for one in next(reader, [])]
        _check_columns(names)
        for cells in reader:
            if any(one.strip() for one in cells):
                yield reader.line_num, _named(names, cells)
    except csv.Error as error:
        raise WrongRows([msg(N_("Line {line} is not CSV: {problem}."), line=reader.line_num, problem=error)]) from None


def _check_columns(names: Sequence[str]) -> None:
    """Raise WrongRows for a missing, unknown or repeated column."""
    known = ", ".join(COLUMNS)
    wrong = [one for one in names if one and (one not in COLUMNS or names.count(one) > 1)]
    missing = [one for one in ("name", "price") if one not in names]
    if wrong or missing:
        text = N_("The first line must name the columns name and price, and may name others of {columns}; not {value}.")
        raise WrongRows([msg(text, columns=known, value=", ".join(dict.fromkeys(wrong or missing)))])


def _named(names: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    found = {name: _bare(cell).strip() for name, cell in zip(names, cells, strict=False) if name}
    if any(one.strip() for one in cells[len(names) :]):
        found[""] = "more"  # reported with its line
    return found


# -- items ------------------------------------------------------------------------------------------------------------


def _item(cells: Mapping[str, str], known: Sequence[Item], currency: str) -> Item:
    """Return the item of a line. Raises InputError."""
    if "" in cells:
        raise InputError("name", N_("The line has more cells than columns."))
    price = parse_price(cells.get("price", ""), currency)
    base = _base(cells, known, price)
    given: dict[str, Any] = {"name": cells.get("name", ""), "price": price}
    if "category" in cells:
        given["category"] = cells["category"]
    if "barcodes" in cells:
        given["barcodes"] = _barcodes(cells["barcodes"])
    if "tax" in cells:
        given["tax"] = _choice("tax", cells["tax"], TaxKind, TaxKind.TAXED)
    if "colour" in cells:
        given["colour"] = _choice("colour", cells["colour"], Colour, Colour.NONE)
    if "place" in cells:
        given["place"] = _place(cells["place"])
    if "active" in cells:
        given["active"] = _active(cells["active"])
    return check_item(replace(base, **given))


def _base(cells: Mapping[str, str], known: Sequence[Item], price: Money) -> Item:
    """Return the item that a line changes, by its id or else by category and name; a new one if there is none."""
    number = cells.get("id", "").lower()
    if number and not _ID.fullmatch(number):
        raise InputError(
            "id", msg(N_("{value} is not the id of an item. Leave it empty for a new item."), value=number)
        )
    name = (cells.get("category"), cells.get("name", ""))
    for item in known:
        same = item.id == number if number else (item.category if name[0] is None else name[0], name[1]) == (
            item.category, item.name
        )  # fmt: skip
        if same:
            return item
    return Item(number or new_item_id(), "", price)


def parse_price(text: str, currency: str) -> Money:
    """Return a typed price, which may be 0. Raises InputError."""
    try:
        return parse_sum(half_width(text), currency)
    except InputError as error:
        raise InputError("price", error.message) from None


def _barcodes(cell: str) -> tuple[str, ...]:
    codes = tuple(cell.split())
    for code in codes:
        if _SHORTENED.fullmatch(code):
            text = N_("A spreadsheet shortened the barcode to {code}. Format the column as text.")
            raise InputError("barcodes", msg(text, code=code))
    return codes


def _choice(column: str, cell: str, kinds: type[E], empty: E) -> E:
    if not cell:
        return empty
    try:
        return kinds(cell.lower())
    except ValueError:
        text = N_("{value} is not one of {known}.")
        raise InputError(column, msg(text, value=cell[:40], known=", ".join(kinds))) from None


def _place(cell: str) -> int | None:
    if cell and not (cell.isascii() and cell.isdigit() and len(cell) <= 9):
        raise InputError("place", msg(N_("{value} is not a place: use a number, or nothing."), value=cell[:40]))
    return int(cell) if cell else None


def _active(cell: str) -> bool:
    if cell.lower() not in ("", *_YES_NO):
        raise InputError("active", msg(N_("{value} is not one of {known}."), value=cell[:40], known="yes, no"))
    return _YES_NO.get(cell.lower(), True)


def _fault(line: int, error: InputError) -> Message:
    text = N_("Line {line}, {column}: {problem}")
    return msg(text, line=line, column=error.field, problem=error.message.spoken())
