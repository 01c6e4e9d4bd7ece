"""Indexes for payments with items."""

from __future__ import annotations

from sqlite_utils import Database

from pos.store.migrations.base import MIGRATIONS, run


@MIGRATIONS(name="payments_with_items")
def _payments_with_items(db: Database) -> None:
    """Index the payments with items or options, so that a list does not read the many others."""
    run(db, "CREATE INDEX payments_with_items ON payments (id) WHERE lines <> '[]' OR options <> ''")
