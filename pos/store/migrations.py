"""The schema, step by step. A step that shipped is never edited: add one, named in ``MIGRATION_NAMES`` too."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from pos.store.database import APPLICATION_ID

MIGRATIONS = Migrations("counter")


@MIGRATIONS(name="journal")
def _journal(db: Database) -> None:
    """All that happened, in order. UPDATE and DELETE are refused; ``hash`` chains a row to the one before."""
    _run(
        db,
        f"PRAGMA application_id={APPLICATION_ID}",
        """
        CREATE TABLE journal (
            seq INTEGER PRIMARY KEY,
            at TEXT NOT NULL,
            register TEXT NOT NULL,
            kind TEXT NOT NULL,
            order_no TEXT,
            body TEXT NOT NULL,
            hash TEXT NOT NULL
        ) STRICT
        """,
        "CREATE INDEX journal_by_order ON journal (order_no, seq) WHERE order_no IS NOT NULL",
        _refusal("update", "UPDATE"),
        _refusal("delete", "DELETE"),
    )


@MIGRATIONS(name="payments")
def _payments(db: Database) -> None:
    """Payments and attempts as they stand now; ``attempts.seq`` is the journal row that made them so."""
    _run(
        db,
        """
        CREATE TABLE payments (
            id TEXT PRIMARY KEY,
            amount INTEGER NOT NULL CHECK (amount > 0),
            currency TEXT NOT NULL,
            lines TEXT NOT NULL,
            created_at TEXT NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE attempts (
            order_no TEXT PRIMARY KEY,
            payment_id TEXT NOT NULL REFERENCES payments (id),
            tender TEXT NOT NULL,
            gateway TEXT NOT NULL,
            amount INTEGER NOT NULL,
            currency TEXT NOT NULL,
            register TEXT NOT NULL,
            created_at TEXT NOT NULL,
            page_token TEXT NOT NULL,
            tendered INTEGER,
            state TEXT NOT NULL,
            sent_at TEXT,
            ended_at TEXT,
            gateway_ref TEXT NOT NULL,
            gateway_key TEXT NOT NULL,
            pay_url TEXT NOT NULL,
            virtual_account TEXT,
            expires_at TEXT,
            page_served_at TEXT,
            cancel_wanted INTEGER NOT NULL,
            message TEXT NOT NULL,
            code TEXT NOT NULL,
            fee TEXT NOT NULL,
            details TEXT NOT NULL,
            seq INTEGER NOT NULL REFERENCES journal (seq)
        ) STRICT, WITHOUT ROWID
        """,
        # The second click meets this index, whatever the code above it believes (reliability P1).
        """
        CREATE UNIQUE INDEX one_open_attempt ON attempts (payment_id)
        WHERE state IN ('created', 'sent', 'pending', 'unknown')
        """,
        """
        CREATE INDEX attempts_to_watch ON attempts (state)
        WHERE state IN ('created', 'sent', 'pending', 'unknown', 'voiding', 'review')
        """,
        "CREATE INDEX attempts_by_time ON attempts (created_at)",
        "CREATE INDEX attempts_by_end ON attempts (ended_at) WHERE ended_at IS NOT NULL",
        "CREATE INDEX attempts_by_amount ON attempts (amount, created_at)",
        "CREATE INDEX attempts_by_ref ON attempts (gateway_ref) WHERE gateway_ref <> ''",
        "CREATE INDEX attempts_by_payment ON attempts (payment_id)",
        "CREATE UNIQUE INDEX attempts_by_page ON attempts (page_token) WHERE page_token <> ''",
    )


@MIGRATIONS(name="invoices")
def _invoices(db: Database) -> None:
    """E-invoices as they stand now, one a payment that wished for one."""
    _run(
        db,
        """
        CREATE TABLE invoices (
            order_no TEXT PRIMARY KEY REFERENCES attempts (order_no),
            wish TEXT NOT NULL,
            state INTEGER NOT NULL,
            paper TEXT NOT NULL,
            paid_at TEXT,
            asked INTEGER NOT NULL,
            found TEXT NOT NULL,
            message TEXT NOT NULL,
            seq INTEGER NOT NULL REFERENCES journal (seq)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX invoices_owed ON invoices (paid_at) WHERE state IN (0, 1, 3, 5) AND paid_at IS NOT NULL",
    )


@MIGRATIONS(name="options")
def _options(db: Database) -> None:
    """What one gateway's order carries beside amount and lines."""
    _run(db, "ALTER TABLE payments ADD COLUMN options TEXT NOT NULL DEFAULT ''")


def _refusal(name: str, verb: str) -> str:
    return f"""
        CREATE TRIGGER journal_refuses_{name} BEFORE {verb} ON journal
        BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END
        """


def _run(db: Database, *statements: str) -> None:
    for statement in statements:
        db.execute(statement)
