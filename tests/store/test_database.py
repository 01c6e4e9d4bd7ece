"""Foreign, damaged and newer files are refused and not changed."""

from __future__ import annotations

import hashlib
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pos.errors import StoreError, StoreLocked, StoreRefused
from pos.store import journal
from pos.store.data_dir_lock import DataFolder
from pos.store.database import APPLICATION_ID, MIGRATION_NAMES, Database
from pos.store.migrations import MIGRATIONS
from pos.store.payments import PaymentStore
from tests.store.test_journal import written
from tests.support.processes import ROOT
from tests.support.rows import wrong
from tests.support.shop import StoppedClock, attempt


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def refused(path: Path, words: str) -> None:
    before = digest(path)
    with pytest.raises(StoreRefused, match=words):
        Database(path)
    assert digest(path) == before


def test_a_new_file_is_set_up_to_survive_power_cuts(tmp_path: Path) -> None:
    database = Database(tmp_path / "c.sqlite")
    assert database.rows("PRAGMA journal_mode") == [("wal",)]
    assert database.rows("PRAGMA synchronous") == [(2,)]
    assert database.rows("PRAGMA foreign_keys") == [(1,)]
    assert database.rows("PRAGMA application_id") == [(APPLICATION_ID,)]
    assert database.damage() == ""
    database.close()


class FullDisk(sqlite3.Connection):
    """No room is left for the last tables."""

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        if "CREATE TABLE recovery" in sql:
            raise sqlite3.OperationalError("database or disk is full")
        return super().execute(sql, *values)


def test_a_journal_is_created_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite"
    with pytest.raises(StoreError):
        Database(path, connection=FullDisk)
    with closing(sqlite3.connect(path)) as left:
        assert left.execute("SELECT name FROM sqlite_master").fetchall() == []
    database = Database(path)
    assert database.rows("SELECT count(*) FROM recovery") == [(0,)]
    database.close()


def test_every_table_is_strict(tmp_path: Path) -> None:
    database = Database(tmp_path / "c.sqlite")
    tables = database.rows("SELECT name, strict FROM pragma_table_list WHERE name IN ('journal','payments','attempts')")
    assert sorted(tables) == [("attempts", 1), ("journal", 1), ("payments", 1)]
    database.close()


def test_every_migration_is_in_the_list_of_names() -> None:
    database = Database(":memory:")
    rows = database.rows("SELECT name FROM _sqlite_migrations ORDER BY id")
    assert tuple(row[0] for row in rows) == MIGRATION_NAMES
    assert MIGRATIONS.name == "counter"
    database.close()


def test_a_text_file_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite"
    path.write_text("my shopping list " * 20)
    refused(path, "damaged")


def test_another_programs_database_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite"
    other = sqlite3.connect(path)
    other.execute("PRAGMA application_id=7")
    other.execute("CREATE TABLE photos (name TEXT)")
    other.close()
    refused(path, "another program")


def test_an_unmarked_foreign_database_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE photos (name TEXT)")
    other.close()
    refused(path, "another program")


def test_a_journal_of_a_newer_program_is_refused_untouched(tmp_path: Path) -> None:
    path = written(tmp_path / "c.sqlite")
    other = sqlite3.connect(path)
    other.execute("INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('counter', 'loyalty', '')")
    other.commit()
    other.close()
    refused(path, "newer program")


def test_a_file_with_a_torn_page_is_refused_or_valid(tmp_path: Path) -> None:
    path = written(tmp_path / "c.sqlite", payments=40)
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\x00" * 4096 + whole[8192:])
    with pytest.raises(StoreError):
        _read_everything(path)


def test_a_missing_log_opens_to_the_last_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite"
    database = Database(path)
    PaymentStore(database, "R1", StoppedClock()).create(attempt())
    copy = tmp_path / "copy.sqlite"
    copy.write_bytes(path.read_bytes())  # a copy without its -wal
    database.close()
    _read_everything(copy)


def _create_many(store: PaymentStore, number: int) -> None:
    for tail in range(number):
        store.create(attempt(f"261120{tail:014d}"))


def _read_everything(path: Path) -> None:
    database = Database(path)
    try:
        fault = journal.verify(database)
        if database.damage() or fault:
            raise StoreRefused("damaged")
        PaymentStore(database, "R1", StoppedClock()).waiting()
    finally:
        database.close()


def test_a_read_only_folder_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written"):
        DataFolder(tmp_path / "file" / "folder").hold()
    with pytest.raises(StoreError):
        Database(tmp_path / "no such folder" / "c.sqlite")


def test_a_second_program_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    first, second = DataFolder(tmp_path), DataFolder(tmp_path)
    first.hold()
    with pytest.raises(StoreLocked, match="already open"):
        second.hold()
    first.release()
    second.hold()
    second.release()
    second.release()


def test_opening_to_read_changes_nothing(tmp_path: Path) -> None:
    path = written(tmp_path / "c.sqlite")
    reader = Database(path, read_only=True)
    assert len(PaymentStore(reader, "R1", StoppedClock()).waiting()) == 3
    with pytest.raises(StoreError, match="cannot be written"):
        PaymentStore(reader, "R1", StoppedClock()).create(attempt("261120BBBBBBBBBBBBBB"))
    reader.close()


def test_a_full_disk_is_reported_and_writing_works_again_afterwards(tmp_path: Path) -> None:
    database = Database(tmp_path / "c.sqlite")
    store = PaymentStore(database, "R1", StoppedClock())
    pages = database.rows("PRAGMA page_count")[0][0]
    database.rows(f"PRAGMA max_page_count={pages}")
    with pytest.raises(StoreError, match="disk is full"):
        _create_many(store, 1000)
    database.rows("PRAGMA max_page_count=1000000")
    store.create(attempt("261120BBBBBBBBBBBBBB"))
    assert wrong(database) == []
    database.close()


def half_written(database: Database, value: object) -> None:
    with database.transaction() as connection:
        connection.execute("INSERT INTO locks VALUES (?, 1, 0)", ("a",))
        connection.execute("SELECT 1 WHERE 1 = ?", (value,))


@pytest.mark.parametrize("value", ["\udcff", 10**22])
def test_values_that_cannot_be_stored_are_refused_and_nothing_is_written(tmp_path: Path, value: object) -> None:
    with closing(Database(tmp_path / "counter.sqlite")) as database:
        with pytest.raises(StoreError, match="cannot be stored"):
            database.rows("SELECT 1 WHERE 1 = ?", (value,))
        before = database.rows("SELECT count(*) FROM journal")
        with pytest.raises(StoreError, match="cannot be stored"):
            half_written(database, value)
        assert database.rows("SELECT count(*) FROM locks") == [(0,)]
        assert database.rows("SELECT count(*) FROM journal") == before


def test_a_journal_of_this_program_opens_without_the_library_that_migrates(tmp_path: Path) -> None:
    path = tmp_path / "counter.sqlite"
    Database(path).close()
    code = (
        "import sys; from pos.store.database import Database; Database(sys.argv[1]).close();"
        "sys.exit('sqlite_utils' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(path)], cwd=ROOT, check=False).returncode == 0
    assert subprocess.run([sys.executable, "-c", code, ":memory:"], cwd=ROOT, check=False).returncode == 1
