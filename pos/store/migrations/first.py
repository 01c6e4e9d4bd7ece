"""The tables of the first release: journal, payments, invoices, people, refunds, shifts, reconciliation."""

from __future__ import annotations

from sqlite_utils import Database

from pos.store.database import APPLICATION_ID
from pos.store.migrations.base import MIGRATIONS, run


@MIGRATIONS(name="journal")
def _journal(db: Database) -> None:
    """Create the journal. UPDATE and DELETE are refused; ``hash`` chains a row to the previous one."""
    run(
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
    """Create the tables of payments and attempts; ``attempts.seq`` is the journal row of the last change."""
    run(
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
        # A double click fails on this index, even if the code has a bug.
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
    """Create the table of e-invoices, one for each payment with a request."""
    run(
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
    """Store the options of a gateway's order."""
    run(db, "ALTER TABLE payments ADD COLUMN options TEXT NOT NULL DEFAULT ''")


@MIGRATIONS(name="book")
def _book(db: Database) -> None:
    """Create the ledger, each entry with its journal row; add entries for earlier captured payments."""
    run(
        db,
        "ALTER TABLE attempts ADD COLUMN cashier TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE attempts ADD COLUMN received TEXT",
        "CREATE INDEX attempts_by_cashier ON attempts (cashier, created_at)",
        """
        CREATE TABLE bookings (
            seq INTEGER PRIMARY KEY REFERENCES journal (seq),
            at TEXT NOT NULL,
            day TEXT NOT NULL,
            hour INTEGER NOT NULL,
            kind TEXT NOT NULL,
            order_no TEXT NOT NULL REFERENCES attempts (order_no),
            refund_no TEXT NOT NULL,
            tender TEXT NOT NULL,
            gateway TEXT NOT NULL,
            way TEXT NOT NULL,
            amount INTEGER NOT NULL CHECK (amount > 0),
            currency TEXT NOT NULL,
            cashier TEXT NOT NULL,
            register TEXT NOT NULL,
            shift INTEGER,
            fee INTEGER,
            adopted INTEGER NOT NULL DEFAULT 0
        ) STRICT
        """,
        # A report reads this index only, in the order of its groups.
        """
        CREATE INDEX bookings_by_day ON bookings
        (day, currency, tender, gateway, cashier, hour, kind, register, amount, fee)
        """,
        "CREATE INDEX bookings_by_shift ON bookings (shift, currency, tender, kind, way, amount, adopted)",
        "CREATE INDEX bookings_by_order ON bookings (order_no)",
        # Registers of that time were in Taiwan and Hong Kong, eight hours ahead of UTC all year. Shift 0 means before
        # there were shifts: the first shift must not adopt months of entries.
        """
        INSERT INTO bookings (
            seq, at, day, hour, kind, order_no, refund_no, tender, gateway, way, amount, currency, cashier, register,
            shift
        )
        SELECT seq, ended_at, date(ended_at, '+8 hours'), CAST(strftime('%H', ended_at, '+8 hours') AS INTEGER), 'sale',
            order_no, '', tender, gateway, '', amount, currency, '', register, 0
        FROM attempts WHERE state = 'captured'
        """,
    )


@MIGRATIONS(name="people")
def _people(db: Database) -> None:
    """Create the tables of people and lock-outs. ``locks`` counts wrong PINs by person, "" for PINs without a name."""
    run(
        db,
        """
        CREATE TABLE people (
            id TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            role TEXT NOT NULL,
            active INTEGER NOT NULL,
            pin TEXT NOT NULL,
            seq INTEGER NOT NULL REFERENCES journal (seq)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE UNIQUE INDEX people_by_name ON people (name) WHERE active = 1",
        "CREATE TABLE locks (person TEXT PRIMARY KEY, wrong INTEGER NOT NULL, until TEXT) STRICT, WITHOUT ROWID",
    )


@MIGRATIONS(name="refunds")
def _refunds(db: Database) -> None:
    """Create the table of refunds; ``seq`` is the journal row of the last change."""
    run(
        db,
        """
        CREATE TABLE refunds (
            refund_no TEXT PRIMARY KEY,
            order_no TEXT NOT NULL REFERENCES attempts (order_no),
            gateway TEXT NOT NULL,
            way TEXT NOT NULL,
            amount INTEGER NOT NULL CHECK (amount > 0),
            currency TEXT NOT NULL,
            reason TEXT NOT NULL,
            register TEXT NOT NULL,
            created_at TEXT NOT NULL,
            by TEXT NOT NULL,
            approved_by TEXT NOT NULL,
            reference TEXT NOT NULL,
            remedy INTEGER,
            lines TEXT NOT NULL,
            state TEXT NOT NULL,
            sent_at TEXT,
            ended_at TEXT,
            due_at TEXT,
            gateway_ref TEXT NOT NULL,
            message TEXT NOT NULL,
            code TEXT NOT NULL,
            details TEXT NOT NULL,
            seq INTEGER NOT NULL REFERENCES journal (seq)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX refunds_by_order ON refunds (order_no)",
        "CREATE INDEX refunds_by_time ON refunds (created_at)",
        """
        CREATE INDEX refunds_to_watch ON refunds (state)
        WHERE state IN ('created', 'sent', 'pending', 'unknown', 'review')
        """,
    )


@MIGRATIONS(name="shifts")
def _shifts(db: Database) -> None:
    """Create the tables of shifts and cash movements."""
    run(
        db,
        """
        CREATE TABLE shifts (
            id INTEGER PRIMARY KEY,
            register TEXT NOT NULL,
            currency TEXT NOT NULL,
            opened_at TEXT NOT NULL,
            opening INTEGER NOT NULL,
            opened_by TEXT NOT NULL,
            closed_at TEXT,
            closed_by TEXT NOT NULL,
            z_no INTEGER,
            counted INTEGER,
            expected INTEGER,
            reason TEXT NOT NULL,
            notes TEXT NOT NULL,
            report TEXT NOT NULL,
            seq INTEGER NOT NULL REFERENCES journal (seq)
        ) STRICT
        """,
        "CREATE UNIQUE INDEX one_open_shift ON shifts (register) WHERE closed_at IS NULL",
        "CREATE UNIQUE INDEX shifts_by_z ON shifts (register, z_no) WHERE z_no IS NOT NULL",
        "CREATE INDEX shifts_by_time ON shifts (opened_at)",
        """
        CREATE TABLE cash_moves (
            seq INTEGER PRIMARY KEY REFERENCES journal (seq),
            shift INTEGER NOT NULL REFERENCES shifts (id),
            at TEXT NOT NULL,
            kind TEXT NOT NULL,
            amount INTEGER NOT NULL CHECK (amount > 0),
            currency TEXT NOT NULL,
            reason TEXT NOT NULL,
            who TEXT NOT NULL,
            approved_by TEXT NOT NULL
        ) STRICT
        """,
        "CREATE INDEX cash_moves_by_shift ON cash_moves (shift)",
    )


@MIGRATIONS(name="checks")
def _checks(db: Database) -> None:
    """Create the table of reconciliation results by day, so that an interrupted reconciliation can continue."""
    run(
        db,
        """
        CREATE TABLE checks (
            day TEXT NOT NULL,
            number TEXT NOT NULL,
            gateway TEXT NOT NULL,
            match TEXT NOT NULL,
            ours TEXT NOT NULL,
            theirs TEXT NOT NULL,
            at TEXT NOT NULL,
            message TEXT NOT NULL,
            reason TEXT NOT NULL,
            settled_by TEXT NOT NULL,
            PRIMARY KEY (day, number)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE INDEX checks_waiting ON checks (day)
        WHERE match IN ('differ', 'only_here', 'only_there') AND reason = ''
        """,
    )


@MIGRATIONS(name="search")
def _search(db: Database) -> None:
    """Create the indexes of the payment search, each with the newest first."""
    run(
        db,
        *(
            f"CREATE INDEX attempts_by_{name} ON attempts ({name}, created_at)"
            for name in ("state", "tender", "gateway")
        ),
        "CREATE INDEX attempts_by_received ON attempts (received) WHERE received IS NOT NULL",
    )


@MIGRATIONS(name="disputes")
def _disputes(db: Database) -> None:
    """Store the payment of a reconciliation result, which cannot be refunded while a difference waits for a manager.

    Index refunds by their end: one that was queued until midnight is compared on both days.
    """
    run(
        db,
        "ALTER TABLE checks ADD COLUMN order_no TEXT NOT NULL DEFAULT ''",
        "UPDATE checks SET order_no = number WHERE number IN (SELECT order_no FROM attempts)",
        """
        UPDATE checks SET order_no = (SELECT order_no FROM refunds WHERE refund_no = number)
        WHERE number IN (SELECT refund_no FROM refunds)
        """,
        "DROP INDEX checks_waiting",
        "CREATE INDEX refunds_by_end ON refunds (ended_at) WHERE ended_at IS NOT NULL",
        """
        CREATE INDEX checks_in_review ON checks (order_no)
        WHERE match IN ('differ', 'only_here', 'only_there') AND reason = ''
        """,
    )


@MIGRATIONS(name="locks")
def _locks(db: Database) -> None:
    """Store lock-outs by the monotonic clock: the start in ``since``; the number of wrong PINs gives the duration."""
    run(
        db,
        "ALTER TABLE locks DROP COLUMN until",
        "ALTER TABLE locks ADD COLUMN since REAL NOT NULL DEFAULT 0",
    )


@MIGRATIONS(name="corrections")
def _corrections(db: Database) -> None:
    """Index the completed refunds, to find e-invoices that were not corrected."""
    run(db, "CREATE INDEX refunds_made ON refunds (order_no, way) WHERE state = 'refunded'")


@MIGRATIONS(name="z_given")
def _z_given(db: Database) -> None:
    """Store the last Z number of a replaced journal by register, so that no number is used twice."""
    run(
        db,
        """
        CREATE TABLE z_given (
            register TEXT PRIMARY KEY,
            z_no INTEGER NOT NULL,
            seq INTEGER NOT NULL REFERENCES journal (seq)
        ) STRICT, WITHOUT ROWID
        """,
    )


def _refusal(name: str, verb: str) -> str:
    return f"""
        CREATE TRIGGER journal_refuses_{name} BEFORE {verb} ON journal
        BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END
        """
