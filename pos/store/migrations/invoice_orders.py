"""A table for the orders that carry the e-invoices of cash sales, and the number pairs of their notices."""

from __future__ import annotations

from sqlite_utils import Database

from pos.store.migrations.base import MIGRATIONS, run


@MIGRATIONS(name="invoice_orders")
def _invoice_orders(db: Database) -> None:
    """Create the table of invoice orders; a cash sale has one, and another one after one that was refused."""
    run(
        db,
        """
        CREATE TABLE invoice_orders (
            number TEXT PRIMARY KEY,
            order_no TEXT NOT NULL REFERENCES attempts (order_no),
            gateway TEXT NOT NULL,
            state TEXT NOT NULL,
            sent_at TEXT,
            gateway_ref TEXT NOT NULL,
            gateway_key TEXT NOT NULL,
            code TEXT NOT NULL,
            message TEXT NOT NULL,
            created_at TEXT NOT NULL,
            seq INTEGER NOT NULL REFERENCES journal (seq)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX invoice_orders_by_sale ON invoice_orders (order_no, created_at)",
    )


@MIGRATIONS(name="pairs_of_invoice_orders")
def _pairs(db: Database) -> None:
    """Let an invoice order have candidate pairs of its own: ``order_no`` is the number that the gateway knows."""
    run(
        db,
        """
        CREATE TABLE named_pairs (
            id INTEGER PRIMARY KEY,
            order_no TEXT NOT NULL,
            gateway_ref TEXT NOT NULL,
            gateway_key TEXT NOT NULL,
            confirmed INTEGER NOT NULL DEFAULT 0,
            UNIQUE (order_no, gateway_ref, gateway_key)
        ) STRICT
        """,
        "INSERT INTO named_pairs SELECT id, order_no, gateway_ref, gateway_key, confirmed FROM notice_pairs",
        "DROP TABLE notice_pairs",
        "ALTER TABLE named_pairs RENAME TO notice_pairs",
    )
