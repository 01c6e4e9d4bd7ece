"""Tables for proven notices, sealed keys, recovery codes and lock-outs."""

from __future__ import annotations

from hashlib import sha256

from sqlite_utils import Database

from pos.store.migrations.base import MIGRATIONS, run


@MIGRATIONS(name="gateway_facts")
def _gateway_facts(db: Database) -> None:
    """Create the table of facts about gateways, such as O'Pay's dialect; ``seq`` is the journal row of the fact."""
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


@MIGRATIONS(name="notices")
def _notices(db: Database) -> None:
    """Create the tables of proven notices, one row for each state of an order or refund, and of the number pairs in
    unproven notices."""
    run(
        db,
        """
        CREATE TABLE notices (
            gateway TEXT NOT NULL,
            number TEXT NOT NULL,
            state TEXT NOT NULL,
            at TEXT NOT NULL,
            unanswered INTEGER NOT NULL,
            seq INTEGER NOT NULL REFERENCES journal (seq),
            PRIMARY KEY (gateway, number, state)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX notices_unanswered ON notices (number) WHERE unanswered = 1",
        """
        CREATE TABLE notice_pairs (
            id INTEGER PRIMARY KEY,
            order_no TEXT NOT NULL REFERENCES attempts (order_no),
            gateway_ref TEXT NOT NULL,
            gateway_key TEXT NOT NULL,
            tries INTEGER NOT NULL,
            UNIQUE (order_no, gateway_ref, gateway_key)
        ) STRICT
        """,
    )


@MIGRATIONS(name="page_tokens")
def _page_tokens(db: Database) -> None:
    """Replace page tokens by their SHA-256, and by a placeholder in ``pay_url``. Old journal rows are not changed."""
    rows = db.execute("SELECT order_no, page_token, pay_url FROM attempts WHERE page_token <> ''").fetchall()
    for order_no, token, pay_url in rows:
        values = (sha256(token.encode()).hexdigest(), pay_url.replace(token, "{token}"), order_no)
        db.execute("UPDATE attempts SET page_token = ?, pay_url = ? WHERE order_no = ?", values)


@MIGRATIONS(name="identity")
def _identity(db: Database) -> None:
    """Create the permanent identity of the journal, in one row."""
    run(
        db,
        """
        CREATE TABLE identity (
            one INTEGER PRIMARY KEY CHECK (one = 1),
            register_uid TEXT NOT NULL,
            seq INTEGER NOT NULL REFERENCES journal (seq)
        ) STRICT
        """,
    )


@MIGRATIONS(name="gateway_targets")
def _gateway_targets(db: Database) -> None:
    """Create the table of approved targets: the addresses and merchant numbers of gateways."""
    run(
        db,
        """
        CREATE TABLE gateway_targets (
            gateway TEXT NOT NULL,
            address TEXT NOT NULL,
            merchant TEXT NOT NULL,
            basis TEXT NOT NULL,
            seq INTEGER NOT NULL REFERENCES journal (seq),
            PRIMARY KEY (gateway, address, merchant)
        ) STRICT, WITHOUT ROWID
        """,
    )


@MIGRATIONS(name="lock_counts")
def _lock_counts(db: Database) -> None:
    """Allow fractions in counts of wrong PINs, and names of actions in ``person``, as in ``@refund``."""
    run(
        db,
        "CREATE TABLE counts (person TEXT PRIMARY KEY, wrong REAL NOT NULL, since REAL NOT NULL) STRICT, WITHOUT ROWID",
        "INSERT INTO counts SELECT person, wrong, since FROM locks",
        "DROP TABLE locks",
        "ALTER TABLE counts RENAME TO locks",
    )


@MIGRATIONS(name="recovery")
def _recovery(db: Database) -> None:
    """Store the hash of the shop's recovery code, so that a backup restored on another computer has it too."""
    columns = "id INTEGER PRIMARY KEY CHECK (id = 1), hash TEXT NOT NULL, seq INTEGER NOT NULL"
    run(db, f"CREATE TABLE recovery ({columns}) STRICT")
