"""Declared journal rows: the journal gets versions and actors, and what older rows lack is imported once."""

from __future__ import annotations

from sqlite_utils import Database

from pos.store.migrations.base import MIGRATIONS, run


@MIGRATIONS(name="declared_rows")
def _declared_rows(db: Database) -> None:
    """Store the version and the actor of each row. Earlier rows have version 0 and no actor."""
    run(
        db,
        "ALTER TABLE journal ADD COLUMN version INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE journal ADD COLUMN actor TEXT NOT NULL DEFAULT ''",
    )


@MIGRATIONS(name="register_names")
def _register_names(db: Database) -> None:
    """Store the register's present name, the former names that it took over, and a UUID for each shift."""
    run(
        db,
        "ALTER TABLE identity ADD COLUMN name TEXT NOT NULL DEFAULT ''",
        "UPDATE identity SET name = (SELECT register FROM journal ORDER BY seq DESC LIMIT 1)",
        """
        CREATE TABLE register_names (
            name TEXT PRIMARY KEY,
            seq INTEGER NOT NULL REFERENCES journal (seq)
        ) STRICT, WITHOUT ROWID
        """,
        "ALTER TABLE shifts ADD COLUMN uid TEXT NOT NULL DEFAULT ''",
    )


@MIGRATIONS(name="settings_in_use")
def _settings_in_use(db: Database) -> None:
    """Store the settings that affect money, as the journal has them, in one row."""
    run(
        db,
        """
        CREATE TABLE settings_in_use (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            settings TEXT NOT NULL,
            seq INTEGER NOT NULL REFERENCES journal (seq)
        ) STRICT
        """,
    )


@MIGRATIONS(name="confirmed_pairs")
def _confirmed_pairs(db: Database) -> None:
    """Replace the count of a number pair's queries by whether the gateway confirmed it."""
    run(
        db,
        "ALTER TABLE notice_pairs ADD COLUMN confirmed INTEGER NOT NULL DEFAULT 0",
        "UPDATE notice_pairs SET confirmed = 1 WHERE tries < 0",
        "ALTER TABLE notice_pairs DROP COLUMN tries",
    )


@MIGRATIONS(name="imported_rows")
def _imported_rows(db: Database) -> None:
    """Write into the journal what the tables have and its older rows do not say."""
    from pos.store.journal.importing import import_tables

    import_tables(db.conn)
