"""The catalogue of the shop: list, find, add, change, remove, import and export items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pos.domain.actor import RecordedBy
from pos.domain.catalogue import Item, check_catalogue, check_item, has_wrong_check_digit, new_item_id
from pos.domain.events import CatalogueChanged
from pos.domain.staff import Action
from pos.errors import InputError, NotFound
from pos.files import write_whole
from pos.i18n import N_, Message, msg
from pos.runtime import Bus
from pos.services.permissions import Permission, require_permission
from pos.store.catalogue import CatalogueStore


@dataclass(frozen=True, slots=True)
class Imported:
    """The result of an import: the numbers of items, and warnings about barcodes."""

    added: int
    changed: int
    unchanged: int
    warnings: tuple[Message, ...] = ()


class Catalogue:
    """The items of one register, priced in ``currency``."""

    def __init__(self, store: CatalogueStore, bus: Bus, currency: str) -> None:
        self._store = store
        self._bus = bus
        self._currency = currency

    def items(self) -> Sequence[Item]:
        """Return all items by category, place and name, also inactive ones."""
        return self._store.all()

    def of_barcode(self, barcode: str) -> Item | None:
        """Return the active item with this barcode, None if there is none."""
        try:
            found = self._store.of_barcode(barcode)
        except NotFound:
            return None
        return found if found.active else None

    def add(self, item: Item, permission: Permission) -> Item:
        """Add an item under a new id and return it. Raises NotAllowed, InputError."""
        by = require_permission(permission, Action.ITEMS).by
        return self._write(replace(item, id=new_item_id()), by)

    def change(self, item: Item, permission: Permission) -> Item:
        """Replace the item with this id and return it. Raises NotAllowed, InputError, NotFound."""
        by = require_permission(permission, Action.ITEMS).by
        self._store.get(item.id)
        return self._write(item, by)

    def remove(self, item_id: str, permission: Permission) -> Item:
        """Remove an item and return it. Sales that have it stay as they are. Raises NotAllowed, NotFound."""
        removed = self._store.remove(item_id, require_permission(permission, Action.ITEMS).by)
        self._bus.publish(CatalogueChanged())
        return removed

    def export_csv(self) -> bytes:
        """Return the catalogue as CSV."""
        from pos.exports.catalogue_csv import as_csv

        return as_csv(self._store.all())

    def export_file(self, path: Path) -> Path:
        """Write the catalogue as CSV and return the path. Raises InputError."""
        try:
            write_whole(path, self.export_csv())
        except OSError as error:
            raise InputError("file", msg(N_("The file {path} cannot be written."), path=path)) from error
        return path

    def import_file(self, path: Path, permission: Permission) -> Imported:
        """Import a CSV file as :meth:`import_csv` does. Raises InputError too if it cannot be read."""
        from pos.exports.catalogue_csv import LARGEST

        require_permission(permission, Action.ITEMS)
        try:
            with path.open("rb") as file:
                data = file.read(LARGEST + 1)
        except OSError as error:
            raise InputError("file", msg(N_("The file {path} cannot be read."), path=path)) from error
        return self.import_csv(data, permission)

    def import_csv(self, data: bytes, permission: Permission) -> Imported:
        """Add and change the items of a CSV file, all of them in one transaction or none.

        A row with an id changes that item; one without changes the item with its name and category, or adds one. Items
        that the file does not name stay as they are. Raises NotAllowed, and InputError that names each wrong line.
        """
        from pos.exports.catalogue_csv import read_csv

        by = require_permission(permission, Action.ITEMS).by
        rows: list[Item] = []

        def checked(known: Sequence[Item]) -> Sequence[Item]:
            rows.extend(read_csv(data, known, self._currency))
            return rows

        written = self._store.write(checked, by)
        if written:
            self._bus.publish(CatalogueChanged())
        added = sum(kind == "item_added" for kind, _item in written)
        codes = (code for _kind, item in written for code in item.barcodes)
        warnings = tuple(_warning(code) for code in codes if has_wrong_check_digit(code))
        return Imported(added, len(written) - added, len(rows) - len(written), warnings)

    def _write(self, item: Item, by: RecordedBy) -> Item:
        tidy = check_item(item)

        def checked(known: Sequence[Item]) -> Sequence[Item]:
            check_catalogue([*(one for one in known if one.id != tidy.id), tidy], self._currency)
            return (tidy,)

        if self._store.write(checked, by):
            self._bus.publish(CatalogueChanged())
        return tidy


def barcode_warnings(item: Item) -> tuple[Message, ...]:
    """Return what may be wrong with the barcodes of an item."""
    return tuple(_warning(code) for code in item.barcodes if has_wrong_check_digit(code))


def _warning(code: str) -> Message:
    return msg(N_("The check digit of the barcode {code} is wrong. Scan it once to make sure."), code=code)
