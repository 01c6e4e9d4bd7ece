"""The journal cannot be changed through SQL, and other changes of it are detected."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from pos.domain.states import Event
from pos.errors import StoreError
from pos.store import journal
from pos.store.database import Database
from pos.store.payments import PaymentStore
from tests.support.journals import new_journal
from tests.support.shop import StoppedClock, attempt


def written(path: Path, payments: int = 3) -> Path:
    """Write a journal of a few payments and close it."""
    database = Database(path)
    store = PaymentStore(database, "R1", StoppedClock())
    for number in range(payments):
        fresh = attempt(f"261120AAAAAAAAAAAAA{number}")
        store.create(fresh)
        store.step(store.step(fresh, Event.SEND), Event.ACCEPTED)
    database.close()
    return path


def edited(path: Path, *statements: str) -> journal.Fault | None:
    """Run ``statements`` on the journal without its triggers, as another tool could."""
    other = sqlite3.connect(path)
    other.execute("DROP TRIGGER journal_refuses_update")
    other.execute("DROP TRIGGER journal_refuses_delete")
    for statement in statements:
        other.execute(statement)
    other.commit()
    other.close()
    database = Database(path)
    try:
        return journal.verify(database)
    finally:
        database.close()


def test_an_unchanged_journal_is_valid(tmp_path: Path) -> None:
    database = Database(written(tmp_path / "j.sqlite"))
    assert journal.verify(database) is None
    assert [entry.seq for entry in journal.entries(database)] == list(range(1, 10))
    database.close()


def test_an_empty_journal_is_valid() -> None:
    database = new_journal()
    assert journal.verify(database) is None
    database.close()


@pytest.mark.parametrize("statement", ["UPDATE journal SET body = '{}' WHERE seq = 1", "DELETE FROM journal"])
def test_the_journal_refuses_to_be_changed(tmp_path: Path, statement: str) -> None:
    database = Database(written(tmp_path / "j.sqlite"))
    with pytest.raises(sqlite3.IntegrityError, match="append-only"), database.transaction() as connection:
        connection.execute(statement)
    assert journal.verify(database) is None
    database.close()


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE journal SET body = replace(body, '125', '999') WHERE seq = 4", (4, "changed")),
        ("UPDATE journal SET at = '2020-01-01' WHERE seq = 2", (2, "changed")),
        ("UPDATE journal SET order_no = 'X' WHERE seq = 5", (5, "changed")),
        ("UPDATE journal SET kind = 'paid' WHERE seq = 9", (9, "changed")),
        ("UPDATE journal SET register = 'R2' WHERE seq = 9", (9, "changed")),
        ("DELETE FROM journal WHERE seq = 5", (5, "missing")),
        ("DELETE FROM journal WHERE seq = 1", (1, "missing")),
        ("DELETE FROM journal WHERE seq >= 8", (8, "missing")),
        ("UPDATE journal SET seq = CASE seq WHEN 3 THEN -4 WHEN 4 THEN -3 END WHERE seq IN (3, 4)", (-4, "added")),
    ],
)
def test_tampering_is_detected_at_its_row(tmp_path: Path, statement: str, fault: tuple[int, str]) -> None:
    assert edited(written(tmp_path / "j.sqlite"), "PRAGMA foreign_keys=OFF", statement) == journal.Fault(*fault)


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("body = NULL", (4, "changed")),
        ("body = x'00ff'", (4, "changed")),
        ("body = CAST(x'ff' AS TEXT)", (4, "unreadable")),
        ("seq = 'nine'", (9, "changed")),
    ],
)
def test_values_of_the_wrong_type_are_detected(tmp_path: Path, value: str, fault: tuple[int, str]) -> None:
    """Another tool may rebuild the table without its constraints."""
    loose = "CREATE TABLE loose AS SELECT * FROM journal ORDER BY seq"
    found = edited(
        written(tmp_path / "j.sqlite"),
        "PRAGMA foreign_keys=OFF",
        loose,
        "DROP TABLE journal",
        f"UPDATE loose SET {value} WHERE seq = {fault[0]}",
        "ALTER TABLE loose RENAME TO journal",
    )
    assert found == journal.Fault(*fault)


def test_swapped_rows_are_detected(tmp_path: Path) -> None:
    found = edited(
        written(tmp_path / "j.sqlite"),
        "UPDATE journal SET seq = -3 WHERE seq = 3",
        "UPDATE journal SET seq = 3 WHERE seq = 4",
        "UPDATE journal SET seq = 4 WHERE seq = -3",
    )
    assert found == journal.Fault(3, "changed")


def test_a_torn_page_is_detected_at_the_first_unreadable_row(tmp_path: Path) -> None:
    path = written(tmp_path / "j.sqlite", payments=200)
    whole = path.read_bytes()
    pages = [whole[at : at + 4096] for at in range(0, len(whole), 4096)]
    torn = next(
        n for n, page in enumerate(pages) if page[0] == 0x0D and b"261120AAAAAAAAAAAAA150" in page and b"R1" in page
    )
    path.write_bytes(b"".join([*pages[:torn], b"\xff" * 4096, *pages[torn + 1 :]]))
    database = Database(path, read_only=True)
    fault = journal.verify(database)
    database.close()
    assert fault is not None
    assert (fault.reason, str(fault.message)) == ("unreadable", f"Row {fault.seq} of the journal cannot be read.")
    assert 300 < fault.seq < 500


def test_a_missing_row_that_only_an_invoice_points_to_is_detected(tmp_path: Path) -> None:
    path = written(tmp_path / "j.sqlite")
    found = edited(
        path,
        "INSERT INTO invoices (order_no, wish, state, paper, asked, found, message, seq)"
        " VALUES ('261120AAAAAAAAAAAAA0', '{}', 0, '', 0, '{}', '', 10)",
    )
    assert found == journal.Fault(10, "missing")


def test_a_long_walk_reports_its_progress() -> None:
    database = new_journal()
    with database.transaction() as connection:
        for _ in range(2500):
            journal.append(connection, "2026-11-20T04:00:00+00:00", "R1", "note", None, {})
    reported: list[int] = []
    walk = journal.walk(database, reported.append)
    assert (walk.rows, walk.fault, reported) == (2500, None, [1000, 2000])
    assert walk.head == journal.hash_of(database, 2500)
    database.close()


def test_a_walk_reads_one_snapshot_while_the_register_writes_on(tmp_path: Path) -> None:
    path = written(tmp_path / "j.sqlite", payments=400)
    writer, reader = Database(path), Database(path, read_only=True)
    store = PaymentStore(writer, "R1", StoppedClock())
    walk = journal.walk(reader, lambda rows: store.create(attempt("261120BBBBBBBBBBBBBB")))
    assert (walk.rows, walk.fault) == (1200, None)
    assert journal.walk(reader).rows == 1201
    reader.close()
    writer.close()


def test_a_hash_depends_on_every_part_of_its_row() -> None:
    base: list[Any] = ["previous", 1, "at", "R1", "kind", "order", "{}", 1, "amy"]
    others = ("x", 2, "x", "x", "x", None, "[]", 2, "bo")
    rows = [base, *([*base[:place], other, *base[place + 1 :]] for place, other in enumerate(others))]
    assert len({journal.chain_hash(*row) for row in rows}) == len(rows)


def test_a_journal_locked_by_another_program_is_reported(tmp_path: Path) -> None:
    path = written(tmp_path / "j.sqlite")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    database = Database(path)
    with pytest.raises(StoreError, match="in use by another program"):
        PaymentStore(database, "R1", StoppedClock()).create(attempt("261120BBBBBBBBBBBBBB"))
    other.execute("COMMIT")
    PaymentStore(database, "R1", StoppedClock()).create(attempt("261120BBBBBBBBBBBBBB"))
    assert journal.verify(database) is None
    database.close()
    other.close()
