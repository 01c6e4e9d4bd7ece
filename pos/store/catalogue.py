"""The catalogue of a journal: items, found by category or barcode."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from pos.domain.actor import RecordedBy
from pos.domain.catalogue import Colour, Item
from pos.domain.journal_kinds.catalogue import ItemRemoved, ItemWritten
from pos.domain.money import Money
from pos.domain.tax import TaxKind
from pos.errors import NotFound
from pos.i18n import N_
from pos.runtime import Clock
from pos.store.database import Database
from pos.store.journal.recording import Recorder

_SELECT: Final = "SELECT id, name, price, currency, category, colour, tax, active, place FROM items"
_ALL: Final = f"{_SELECT} ORDER BY category, place, name"
_BARCODES: Final = "SELECT item, barcode FROM item_barcodes ORDER BY item, number"
_BARCODES_OF: Final = "SELECT item, barcode FROM item_barcodes WHERE item = ? ORDER BY number"
_OF_BARCODE: Final = f"{_SELECT} WHERE id = (SELECT item FROM item_barcodes WHERE barcode = ?)"

Check = Callable[[Sequence[Item]], Iterable[Item]]
"""Returns the items to write, given all present ones. Raises what stops the writing."""


class CatalogueStore:
    """The items of a journal. Every method raises StoreError."""

    def __init__(self, database: Database, register_id: str, clock: Clock) -> None:
        self._database = database
        self._recorder = Recorder(register_id, clock)

    def all(self) -> list[Item]:
        """Return all items by category, place and name; those without a place first."""
        return self._items(self._database.rows(_ALL), self._database.rows(_BARCODES))

    def get(self, number: str) -> Item:
        """Return one item by its id. Raises NotFound."""
        return self._one(self._database.rows(f"{_SELECT} WHERE id = ?", (number,)))

    def of_barcode(self, barcode: str) -> Item:
        """Return the item with this barcode. Raises NotFound."""
        return self._one(self._database.rows(_OF_BARCODE, (barcode,)))

    def write(self, check: Check, by: RecordedBy) -> list[tuple[str, Item]]:
        """Write the items that ``check`` returns, in one transaction; those that are the same are not written.

        Return the kind of each journal row with its item.
        """
        with self._database.transaction() as connection:
            known = {one.id: one for one in self.all()}
            written = [
                ("item_changed" if item.id in known else "item_added", item)
                for item in check(list(known.values()))
                if known.get(item.id) != item
            ]
            for kind, item in written:
                self._record(connection, kind, item, by)
        return written

    def remove(self, number: str, by: RecordedBy) -> Item:
        """Remove an item and return it. Raises NotFound."""
        with self._database.transaction() as connection:
            item = self.get(number)
            row = ItemRemoved(item=item.id, approved_by=by.approved_by)
            self._recorder.record(connection, row, actor=by.actor)
        return item

    def _record(self, connection: sqlite3.Connection, kind: str, item: Item, by: RecordedBy) -> None:
        row = ItemWritten(
            kind=kind, item=item.id, name=item.name, price=item.price.minor, currency=item.price.currency,
            category=item.category, barcodes=item.barcodes, colour=item.colour.value, tax=item.tax.value,
            active=item.active, place=item.place, approved_by=by.approved_by,
        )  # fmt: skip
        self._recorder.record(connection, row, actor=by.actor)

    def _one(self, rows: list[tuple[Any, ...]]) -> Item:
        if not rows:
            raise NotFound(N_("There is no such item."))
        return self._items(rows, self._database.rows(_BARCODES_OF, (rows[0][0],)))[0]

    @staticmethod
    def _items(rows: Iterable[tuple[Any, ...]], barcodes: Iterable[tuple[Any, ...]]) -> list[Item]:
        codes: dict[str, list[str]] = defaultdict(list)
        for owner, barcode in barcodes:
            codes[owner].append(barcode)
        return [
            Item(
                number, name, Money(price, currency), category, tuple(codes.get(number, ())), Colour(colour),
                TaxKind(tax), bool(active), place,
            )
            for number, name, price, currency, category, colour, tax, active, place in rows
        ]  # fmt: skip
