"""A journal of a program that declared no kinds: what its rows do not say is written into it once."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest
from sqlite_utils import Database as SqliteUtilsDatabase

from pos.errors import StoreRefused
from pos.store import journal
from pos.store.database import Database
from pos.store.identity import register_uid
from pos.store.journal.old_rows import old_changes
from pos.store.journal.rebuild import rebuild
from pos.store.journal.verification import verify_journal
from pos.store.migrations import MIGRATIONS
from tests.support.rows import AT, append_old, open_drawer, wrong

ENDED: Final = "2026-11-20T04:00:30.000000+00:00"


def sold(order_no: str, **more: journal.Json) -> tuple[str, str, dict[str, journal.Json]]:
    """Return the row of a new payment as old programs wrote it."""
    body: dict[str, journal.Json] = {
        "payment_id": f"of {order_no}", "tender": "mypay", "gateway": "opay", "amount": 125, "currency": "TWD",
        "register": "R1", "created_at": AT, "state": "created", "lines": "[]", **more,
    }  # fmt: skip
    return "created", order_no, body


def refund(number: str, **more: journal.Json) -> dict[str, journal.Json]:
    return {
        "refund_no": number, "gateway": "opay", "way": "gateway", "amount": 25, "currency": "TWD", "reason": "broken",
        "register": "R1", "created_at": AT, "by": "", "approved_by": "", "reference": "", "remedy": None, "lines": "[]",
        "rounding": 0, "refund_state": "created", **more,
    }  # fmt: skip


PAID: Final[dict[str, journal.Json]] = {"state": "captured", "ended_at": ENDED, "gateway_ref": "81000"}
ROWS: Final[tuple[tuple[str, str | None, journal.Json], ...]] = (
    ("person_added", None, {"person": "0a", "name": "Ann", "role": "owner"}),
    ("shift_opened", None, {"shift": 1, "float": "TWD 1000"}),
    sold("A1", options="{}", cashier="0a"),
    ("send", "A1", {"state": "sent", "sent_at": AT}),
    ("note", "A1", {"code": "10100"}),
    ("paid", "A1", {**PAID, "fee": "2.50", "received": "TWD 120"}),
    ("paid", "A1", {"details": '{"again":"1"}'}),
    ("check_agree", "A1", {"day": "2026-11-20"}),
    ("refund_created", "A1", refund("R1")),
    ("refund_send", "A1", {"refund_no": "R1", "refund_state": "sent", "sent_at": AT}),
    ("refund_note", "A1", {"refund_no": "R1", "code": "1"}),
    ("refund_done", "A1", {"refund_no": "R1", "refund_state": "refunded", "ended_at": ENDED}),
    ("shift_counted", None, {"shift": 1}),
    ("shift_closed", None, {"shift": 1, "z_no": 1}),
    sold("A2", options='{"pfn":"ATM"}', rounding=0),
    ("refused", "A2", {"state": "declined", "ended_at": ENDED}),
    ("created", "A3", {"note": "no payment is named"}),
    ("refund_created", "A1", {"refund_no": "R9"}),
    ("shift_opened", None, {"float": "of no shift"}),
)  # fmt: skip


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """Return the file of an older program: its rows, tables that follow from them, and facts that they do not say."""
    path = tmp_path / "older.sqlite"
    with closing(sqlite3.connect(path)) as file:
        MIGRATIONS.apply(SqliteUtilsDatabase(file), stop_before="declared_rows")
        for kind, order_no, body in ROWS:
            seq = append_old(file, kind, order_no, body)
            assert isinstance(body, dict)
            for change in old_changes(seq, AT, "R1", kind, order_no, body):
                file.execute(change.sql, change.values)
        file.execute("INSERT INTO people VALUES ('0a', 'Ann', 'owner', 1, 'hash of the PIN', 1)")
        file.executemany("INSERT INTO companies VALUES (?, 'x')", [(f"{number:08}",) for number in range(120)])
        file.execute("UPDATE shifts SET opening = 1000, currency = 'TWD', z_no = 1")
        file.execute("DELETE FROM attempts WHERE order_no = 'A2'")
        file.commit()
    return path


def everything(path: Path) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    """Yield the rows of each derived table, without what migrations add."""
    with closing(sqlite3.connect(path)) as file:
        for table in ("payments", "attempts", "bookings", "refunds", "companies", "people"):
            yield table, file.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()
        yield "shifts", file.execute("SELECT id, register, opening, z_no, closed_at, seq FROM shifts").fetchall()


def imported(path: Path) -> list[dict[str, Any]]:
    with closing(Database(path, read_only=True)) as database:
        return [json.loads(one.body) for one in journal.entries(database) if one.kind == "imported"]


def test_what_old_rows_say_about_the_ledger_is_taken_from_them(older: Path) -> None:
    found = dict(everything(older))
    assert [row[4:12] for row in found["bookings"]] == [
        ("sale", "A1", "", "mypay", "opay", "", 120, "TWD"),
        ("refund", "A1", "R1", "mypay", "opay", "gateway", 25, "TWD"),
    ]
    assert [row[2:4] for row in found["bookings"]] == [("2026-11-20", 12)] * 2, "the shop's day and hour"
    assert [row[-3:] for row in found["shifts"]] == [(1, AT, 14)]


def test_the_first_opening_imports_what_the_rows_do_not_say_and_nothing_else(older: Path) -> None:
    before = dict(everything(older))
    with closing(Database(older)) as database:
        assert wrong(database) == []
        kinds = [one.kind for one in journal.entries(database)][len(ROWS) :]
        uid = register_uid(database)
    assert dict(everything(older)) == before
    rows = imported(older)
    assert kinds == ["migrated", *["imported"] * len(rows)]
    counts = [(one["table"], len(one.get("rows", ())), one.get("gone", [])) for one in rows]
    assert counts == [
        ("attempts", 0, [["A2"]]), ("companies", 100, []), ("companies", 20, []), ("shifts", 1, []),
        ("people", 1, []),
    ]  # fmt: skip
    (person,) = rows[-1]["rows"]
    assert journal.digest("hash of the PIN") in person, "the secret itself is not in the journal"
    with closing(Database(older)) as database:
        assert len(imported(older)) == len(rows), "once"
        assert register_uid(database) == uid
        open_drawer(database)
        assert wrong(database) == []


def test_a_journal_that_was_not_migrated_has_its_chain_verified_only(older: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(older)) as tool:
        tool.execute("UPDATE bookings SET amount = 1")
        tool.commit()
    with closing(Database(older, read_only=True)) as database:
        assert database.needs_update()
        walk = verify_journal(database)
        assert (walk.holds, walk.rows) == (True, len(ROWS))
        with pytest.raises(StoreRefused, match="Open Counter once: it brings the journal up to date"):
            rebuild(database, tmp_path / "new.sqlite")


def test_a_migrated_journal_can_be_rebuilt(older: Path, tmp_path: Path) -> None:
    with closing(Database(older)) as database:
        assert rebuild(database, tmp_path / "new.sqlite").lost == {}
    assert dict(everything(tmp_path / "new.sqlite")) == dict(everything(older))


def test_a_new_file_of_an_older_program_gets_no_row(tmp_path: Path) -> None:
    path = tmp_path / "empty.sqlite"
    with closing(sqlite3.connect(path)) as file:
        MIGRATIONS.apply(SqliteUtilsDatabase(file), stop_before="declared_rows")
    with closing(Database(path)) as database:
        assert (journal.head_of(database)[0], wrong(database)) == (0, [])


def test_a_row_of_an_older_program_that_does_not_fit_is_passed_over(older: Path) -> None:
    with closing(sqlite3.connect(older)) as file:
        append_old(file, *sold("A1"))
        append_old(file, "paid", "A1", ["no object"])
        file.commit()
    with closing(Database(older)) as database:
        assert wrong(database) == []
        rebuild(database, older.with_name("new.sqlite"))
    with closing(Database(older.with_name("new.sqlite"))) as rebuilt:
        assert wrong(rebuilt) == []


def test_a_file_that_is_falsely_marked_as_older_is_named(older: Path) -> None:
    with closing(Database(older)) as database:
        database.rows("DELETE FROM _sqlite_migrations WHERE name = 'confirmed_pairs'")
        (said,) = wrong(database)
    assert said.startswith("An older program seems to have written the file, but it cannot be brought up to date")


def test_tables_are_not_imported_into_a_journal_that_has_declared_rows(older: Path) -> None:
    """Someone marked the tables as older ones, to have a change of theirs taken into the journal."""
    with closing(Database(older)) as database:
        rows = len(imported(older))
        database.rows("UPDATE bookings SET amount = 1 WHERE kind = 'sale'")
        database.rows("DELETE FROM _sqlite_migrations WHERE name = 'imported_rows'")
    with closing(Database(older)) as database:
        assert len(imported(older)) == rows
        assert wrong(database) == ["Table bookings, row 6: amount differs from the journal."]
