"""Journal rows for tests: of no importance, or as older programs wrote them."""

from __future__ import annotations

import sqlite3

from pos.domain.journal_kinds.shifts import DrawerOpened
from pos.store import journal
from pos.store.database import Database
from pos.store.journal.recording import record
from pos.store.journal.verification import verify_journal

AT = "2026-11-20T04:00:00.000000+00:00"


def open_drawer(database: Database, reason: str = "change", at: str = AT, register: str = "R1") -> int:
    """Write a row that changes no table, and return its number."""
    with database.transaction() as connection:
        return record(connection, at, register, DrawerOpened(reason=reason))


def wrong(database: Database) -> list[str]:
    """Return everything that a verification finds wrong: in the chain, or in a table that a replay makes otherwise."""
    return [one.spoken() for one in verify_journal(database).messages]


def append_old(
    connection: sqlite3.Connection, kind: str, order_no: str | None, body: journal.Json, at: str = AT
) -> int:
    """Write a row as programs did before kinds were declared, and return its number."""
    last, previous = journal.head(connection)
    text = journal.canonical(body)
    digest = journal.chain_hash(previous, last + 1, at, "R1", kind, order_no, text, 0, "")
    connection.execute(
        "INSERT INTO journal (seq, at, register, kind, order_no, body, hash) VALUES (?, ?, 'R1', ?, ?, ?, ?)",
        (last + 1, at, kind, order_no, text, digest),
    )
    return last + 1
