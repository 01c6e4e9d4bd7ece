"""The ordered set of schema migrations that the modules of this package add to."""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database, Migrations

MIGRATIONS: Final = Migrations("counter")


def run(db: Database, *statements: str) -> None:
    """Execute ``statements`` in order, in the transaction of the current migration."""
    for statement in statements:
        db.execute(statement)
