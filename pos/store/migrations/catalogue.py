"""Tables for the catalogue, and for what cashiers add to sales: notes and discounts."""

from __future__ import annotations

from sqlite_utils import Database

from pos.store.migrations.base import MIGRATIONS, run


@MIGRATIONS(name="catalogue")
def _catalogue(db: Database) -> None:
    """Create the tables of items and their barcodes, and of the few sales with a note or a discount.

    ``sale_terms.id`` is the id of a payment or of a split sale.
    """
    run(
        db,
        """
        CREATE TABLE items (
            id TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            price INTEGER NOT NULL,
            currency TEXT NOT NULL,
            category TEXT NOT NULL,
            colour TEXT NOT NULL,
            tax TEXT NOT NULL,
            active INTEGER NOT NULL,
            place INTEGER,
            seq INTEGER NOT NULL REFERENCES journal (seq)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX items_by_category ON items (category, place, name)",
        """
        CREATE TABLE item_barcodes (
            barcode TEXT PRIMARY KEY,
            item TEXT NOT NULL REFERENCES items (id),
            number INTEGER NOT NULL,
            seq INTEGER NOT NULL REFERENCES journal (seq)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX item_barcodes_by_item ON item_barcodes (item, number)",
        """
        CREATE TABLE sale_terms (
            id TEXT PRIMARY KEY,
            note TEXT NOT NULL,
            discount TEXT NOT NULL,
            approved_by TEXT NOT NULL,
            seq INTEGER NOT NULL REFERENCES journal (seq)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX sale_terms_by_note ON sale_terms (note COLLATE NOCASE) WHERE note <> ''",
    )
