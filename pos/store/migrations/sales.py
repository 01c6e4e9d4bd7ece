"""Tables for sales that are split over several payments."""

from __future__ import annotations

from sqlite_utils import Database

from pos.store.migrations.base import MIGRATIONS, run


@MIGRATIONS(name="split_sales")
def _split_sales(db: Database) -> None:
    """Create the tables of split sales, and of the attempts at their parts. Most sales are not split and in neither."""
    run(
        db,
        """
        CREATE TABLE split_sales (
            sale_id TEXT PRIMARY KEY,
            amount INTEGER NOT NULL,
            currency TEXT NOT NULL,
            lines TEXT NOT NULL,
            options TEXT NOT NULL,
            register TEXT NOT NULL,
            cashier TEXT NOT NULL,
            created_at TEXT NOT NULL,
            paid_at TEXT,
            seq INTEGER NOT NULL REFERENCES journal (seq)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX split_sales_unpaid ON split_sales (created_at) WHERE paid_at IS NULL",
        "CREATE INDEX split_sales_by_amount ON split_sales (amount, created_at)",
        """
        CREATE TABLE sale_parts (
            order_no TEXT PRIMARY KEY REFERENCES attempts (order_no),
            sale_id TEXT NOT NULL REFERENCES split_sales (sale_id),
            seq INTEGER NOT NULL REFERENCES journal (seq)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX sale_parts_by_sale ON sale_parts (sale_id)",
    )
