"""Columns for the rounding of cash, and a table of the companies on e-invoices."""

from __future__ import annotations

import json

from sqlite_utils import Database

from pos.store.migrations.base import MIGRATIONS, run


@MIGRATIONS(name="cash_rounding")
def _cash_rounding(db: Database) -> None:
    """Store the rounding of cash in minor units: what it adds to the amount of payments and refunds, and in the ledger
    what it adds to the drawer. Earlier payments were not rounded."""
    run(
        db,
        *(
            f"ALTER TABLE {table} ADD COLUMN rounding INTEGER NOT NULL DEFAULT 0"
            for table in ("attempts", "refunds", "bookings")
        ),
        "DROP INDEX bookings_by_day",
        """
        CREATE INDEX bookings_by_day ON bookings
        (day, currency, tender, gateway, cashier, hour, kind, register, amount, fee, rounding)
        """,
        "DROP INDEX bookings_by_shift",
        """
        CREATE INDEX bookings_by_shift ON bookings (shift, currency, tender, kind, way, amount, adopted, rounding)
        """,
    )


@MIGRATIONS(name="companies")
def _companies(db: Database) -> None:
    """Store the last title of each company number; a request is [kind, code, number, title]."""
    run(db, "CREATE TABLE companies (ban TEXT PRIMARY KEY, title TEXT NOT NULL) STRICT, WITHOUT ROWID")
    for (request,) in db.execute("SELECT wish FROM invoices ORDER BY seq").fetchall():
        _kind, _code, ban, title = json.loads(request)
        if ban and title:
            db.execute("INSERT OR REPLACE INTO companies (ban, title) VALUES (?, ?)", (ban, title))
