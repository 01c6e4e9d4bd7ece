"""Tables for agreements and their charges."""

from __future__ import annotations

from sqlite_utils import Database

from pos.store.migrations.base import MIGRATIONS, run


@MIGRATIONS(name="agreements")
def _agreements(db: Database) -> None:
    """Create the tables of agreements, one row for each, and of their charges, one row for each due day."""
    run(
        db,
        """
        CREATE TABLE agreements (
            order_no TEXT PRIMARY KEY REFERENCES attempts (order_no),
            every TEXT NOT NULL,
            times INTEGER NOT NULL,
            amount INTEGER NOT NULL,
            currency TEXT NOT NULL,
            reference TEXT NOT NULL,
            state TEXT NOT NULL,
            asked TEXT,
            message TEXT NOT NULL,
            created_at TEXT NOT NULL,
            seq INTEGER NOT NULL REFERENCES journal (seq)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX agreements_by_state ON agreements (state)",
        "CREATE INDEX agreements_by_time ON agreements (created_at)",
        """
        CREATE TABLE agreement_charges (
            order_no TEXT NOT NULL REFERENCES agreements (order_no),
            number INTEGER NOT NULL,
            due TEXT NOT NULL,
            amount INTEGER NOT NULL,
            state TEXT NOT NULL,
            at TEXT,
            charge_order_no TEXT NOT NULL,
            bank_ref TEXT NOT NULL,
            charge_ref TEXT NOT NULL,
            message TEXT NOT NULL,
            seq INTEGER NOT NULL REFERENCES journal (seq),
            PRIMARY KEY (order_no, number)
        ) STRICT, WITHOUT ROWID
        """,
    )


@MIGRATIONS(name="agreement_reviews")
def _reviews(db: Database) -> None:
    """Add what a manager settles: another amount of a charge, and the second authorisations that were named.

    The indexes are for reviews, receipts and reports.
    """
    run(
        db,
        "ALTER TABLE agreement_charges ADD COLUMN received INTEGER",
        "ALTER TABLE agreements ADD COLUMN reviewed TEXT NOT NULL DEFAULT ''",
        "CREATE INDEX agreement_charges_in_review ON agreement_charges (order_no) WHERE state = 'review'",
        "CREATE INDEX agreement_charges_by_payment ON agreement_charges (charge_order_no)",
        "CREATE INDEX agreement_charges_by_due ON agreement_charges (due)",
    )


@MIGRATIONS(name="direct_debits")
def _debits(db: Database) -> None:
    """Index the few payments that may be direct debits: their options name a period."""
    run(db, "CREATE INDEX payments_of_debits ON payments (id) WHERE instr(options, '\"regular\"') > 0")
