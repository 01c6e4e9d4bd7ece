"""Tables for proven notices, sealed keys, recovery codes and lock-outs."""

from __future__ import annotations

from sqlite_utils import Database

from pos.store.migrations.base import MIGRATIONS, run


@MIGRATIONS(name="gateway_facts")
def _gateway_facts(db: Database) -> None:
    """What was learned of each gateway, such as the dialect of O'Pay; ``seq`` is the journal row that says so."""
    run(
        db,
        """
        CREATE TABLE gateway_facts (
            gateway TEXT NOT NULL,
            name TEXT NOT NULL,
            value TEXT NOT NULL,
            address TEXT NOT NULL,
            day TEXT NOT NULL,
            seq INTEGER NOT NULL REFERENCES journal (seq),
            PRIMARY KEY (gateway, name)
        ) STRICT, WITHOUT ROWID
        """,
    )
