"""The catalogue's items and their barcodes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pos.domain.journal_kinds.catalogue import ItemRemoved, ItemWritten
from pos.store.projections.base import Change, Projections, Row, insert

_COLUMNS: Final = ("id", "name", "price", "currency", "category", "colour", "tax", "active", "place", "seq")
_ITEM: Final = (
    f"{insert('items', _COLUMNS)} ON CONFLICT (id)"
    f" DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _COLUMNS[1:])}"
)
_BARCODE: Final = (  # an item that is written later in the same import may still have it
    f"{insert('item_barcodes', ('barcode', 'item', 'number', 'seq'))} ON CONFLICT (barcode)"
    " DO UPDATE SET item = excluded.item, number = excluded.number, seq = excluded.seq"
)
_NO_BARCODES: Final = "DELETE FROM item_barcodes WHERE item = ?"
_REMOVED: Final = "DELETE FROM items WHERE id = ?"


def _written(row: Row) -> Iterator[Change]:
    body: ItemWritten = row.body
    look = (body.category, body.colour, body.tax, int(body.active), body.place)
    yield Change(_ITEM, (body.item, body.name, body.price, body.currency, *look, row.seq), "")
    yield Change(_NO_BARCODES, (body.item,), "")
    for number, barcode in enumerate(body.barcodes):
        yield Change(_BARCODE, (barcode, body.item, number, row.seq), "")


def _removed(row: Row) -> Iterator[Change]:
    body: ItemRemoved = row.body
    yield Change(_NO_BARCODES, (body.item,), "")
    yield Change(_REMOVED, (body.item,), "")


PROJECTIONS: Final[Projections] = {ItemWritten: _written, ItemRemoved: _removed}
