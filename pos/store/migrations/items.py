"""Indexes for lists and searches of payments."""

from __future__ import annotations

from sqlite_utils import Database

from pos.store.migrations.base import MIGRATIONS, run


@MIGRATIONS(name="payments_with_items")
def _payments_with_items(db: Database) -> None:
    """Index the payments with items or options, so that a list does not read the many others."""
    run(db, "CREATE INDEX payments_with_items ON payments (id) WHERE lines <> '[]' OR options <> ''")


@MIGRATIONS(name="received_amounts")
def _received_amounts(db: Database) -> None:
    """Index received amounts by their minor units and time: a search does not know their currency."""
    run(
        db,
        "DROP INDEX attempts_by_received",
        "CREATE INDEX attempts_by_received ON attempts (CAST(substr(received, 5) AS INTEGER), created_at)"
        " WHERE received IS NOT NULL",
    )
