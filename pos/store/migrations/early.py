"""Complete the schemas of the first day, when migrations were changed after journals had been made with them."""

from __future__ import annotations

import sqlite3
from collections.abc import Container


def complete_early_schema(connection: sqlite3.Connection, applied: Container[str]) -> None:
    """Add what the migrations after ``applied`` expect, inside the caller's transaction. Later schemas do not change.

    A change of :mod:`pos.store.migrations.first` on that day added ``bookings.adopted``, three names in ``checks`` and
    the index ``refunds_by_end``.
    """
    run = connection.execute
    if "book" in applied and "adopted" not in _columns(connection, "bookings"):
        run("ALTER TABLE bookings ADD COLUMN adopted INTEGER NOT NULL DEFAULT 0")
    if "checks" in applied and "disputes" not in applied:
        if "verdict" in _columns(connection, "checks"):
            run("ALTER TABLE checks RENAME COLUMN verdict TO match")
            run("ALTER TABLE checks ADD COLUMN reason TEXT NOT NULL DEFAULT ''")
            run("ALTER TABLE checks ADD COLUMN settled_by TEXT NOT NULL DEFAULT ''")
        run("CREATE INDEX IF NOT EXISTS checks_waiting ON checks (day)")
    if "disputes" in applied:
        run("CREATE INDEX IF NOT EXISTS refunds_by_end ON refunds (ended_at) WHERE ended_at IS NOT NULL")


def _columns(connection: sqlite3.Connection, table: str) -> set[str]:
    return {str(row[1]) for row in connection.execute(f"PRAGMA table_info({table})")}
