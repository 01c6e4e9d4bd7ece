"""A restore replaces the journal completely or not at all, and keeps the old journal."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlite_utils import Database as SqliteUtilsDatabase

from pos.errors import NotAllowed, NotFound, StoreError, StoreLocked, StoreRefused
from pos.store import journal
from pos.store.backup import make_backup
from pos.store.data_dir_lock import DataFolder
from pos.store.database import FILE_NAME, Database
from pos.store.migrations import MIGRATIONS
from pos.store.payments import PaymentStore
from pos.store.restore import LostRows, Restored, RestoreRequest, finish_restore, restore
from tests.store.test_database import digest
from tests.store.test_journal import edited, written
from tests.support.processes import ROOT
from tests.support.refusals import refusing
from tests.support.rows import append_old, wrong
from tests.support.shop import NOON, StoppedClock, attempt
from tests.support.writer import ended, started

ORDER = RestoreRequest(NOON, "R1", "owner-1")
ANYWAY = RestoreRequest(NOON, "R1", replace_newer=True)
ASIDE = "replaced-20261120-040000"


def backup_of(path: Path, name: str = "b.sqlite") -> Path:
    """Make a backup beside the data folder."""
    target = path.parent.parent / name
    with closing(Database(path, read_only=True)) as database:
        make_backup(database, target)
    return target


def sold(path: Path, *numbers: str) -> Path:
    """Add payments to the journal, one row each."""
    with closing(Database(path)) as database:
        store = PaymentStore(database, "R1", StoppedClock())
        for number in numbers:
            store.create(attempt(f"261120{number:0>14}"))
    return path


def rows(path: Path) -> list[str]:
    """Verify the journal and return the kinds of its rows."""
    with closing(Database(path, read_only=True)) as database:
        assert wrong(database) == []
        return [entry.kind for entry in journal.entries(database)]


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


def journaled(data_dir: Path, payments: int = 1) -> Path:
    return written(data_dir / FILE_NAME, payments)


def test_a_new_machine_gets_the_whole_journal(data_dir: Path, tmp_path: Path) -> None:
    backup = backup_of(journaled(data_dir))
    done = restore(backup, tmp_path / "new", ORDER)
    assert (done.rows, done.replaced, done.lost) == (3, None, LostRows())
    assert rows(done.path) == ["created", "send", "accepted", "restored"]
    assert {one.name for one in (tmp_path / "new").iterdir() if "-" not in one.name} == {FILE_NAME, "counter.lock"}


def test_the_restored_journal_records_actor_and_backup(data_dir: Path) -> None:
    backup = backup_of(journaled(data_dir))
    done = restore(backup, data_dir, ORDER)
    with closing(Database(done.path)) as database:
        (*_, last) = journal.entries(database)
    body = {
        "file": "b.sqlite", "rows": 3, "head": done.head, "lost": 0, "locks": [], "z_numbers": {}, "payments": 0,
        "open": 0, "refunds": 0, "sent": 0, "people": [],
    }  # fmt: skip
    assert (last.at, last.register, last.actor) == ("2026-11-20T04:00:00.000000+00:00", "R1", "owner-1")
    assert json.loads(last.body) == body


def test_tables_of_a_backup_that_differ_from_its_journal_are_rebuilt(data_dir: Path, tmp_path: Path) -> None:
    backup = backup_of(journaled(data_dir, 2))
    edited(backup, "UPDATE attempts SET amount = 1, state = 'captured'", "DELETE FROM payments WHERE rowid = 2")
    done = restore(backup, tmp_path / "new", ORDER)
    assert [one.spoken().partition(",")[0].partition(":")[0] for one in done.repaired] == [
        "The database lacks an object that Counter made", "The database lacks an object that Counter made",
        "Table payments", "Table attempts",
    ]  # fmt: skip
    with closing(Database(done.path)) as database:
        assert wrong(database) == []
        assert database.rows("SELECT DISTINCT amount, state FROM attempts") == [(125, "pending")]
    assert done.rows == 6


def test_the_replaced_journal_is_kept_with_its_log(data_dir: Path, tmp_path: Path) -> None:
    """The write-ahead log of a killed program has the last committed rows."""
    backup = backup_of(sold(journaled(data_dir), "A"))
    killed = tmp_path / "killed"
    killed.mkdir()
    journaled(killed)
    with closing(Database(killed / FILE_NAME)) as database:
        PaymentStore(database, "R1", StoppedClock()).create(attempt("261120BBBBBBBBBBBBBB"))
        shutil.copytree(killed, tmp_path / "work")
    work = tmp_path / "work"
    before = {one.name: digest(one) for one in work.iterdir() if not one.name.endswith("-shm")}
    assert f"{FILE_NAME}-wal" in before
    with pytest.raises(NotAllowed):
        restore(backup, work, ORDER)
    done = restore(backup, work, ANYWAY)
    assert done.replaced == work / ASIDE
    assert {one.name: digest(one) for one in done.replaced.iterdir() if not one.name.endswith("-shm")} == before
    assert rows(done.path) == ["created", "send", "accepted", "created", "restored"]
    assert rows(done.replaced / FILE_NAME) == ["created", "send", "accepted", "created"]


def test_a_backup_newer_than_the_journal_loses_nothing(data_dir: Path, tmp_path: Path) -> None:
    older = tmp_path / "older"
    shutil.copytree(journaled(data_dir).parent, older)
    backup = backup_of(sold(data_dir / FILE_NAME, "A", "B"))
    assert restore(backup, older, ORDER).lost == LostRows()
    assert len(rows(older / FILE_NAME)) == 6


def test_a_newer_journal_is_not_replaced(data_dir: Path) -> None:
    path = journaled(data_dir)
    backup = backup_of(path)
    sold(path, "A", "B")
    before = digest(path)
    with pytest.raises(NotAllowed, match=r"lacks rows of the journal: 2, the last one of 2026-11-20 12:00:00\."):
        restore(backup, data_dir, replace(ORDER, zone=ZoneInfo("Asia/Taipei")))
    assert digest(path) == before
    assert not list(data_dir.glob("re*"))
    done = restore(backup, data_dir, ANYWAY)
    assert done.lost == LostRows(2, "2026-11-20T04:00:00.000000+00:00")
    assert (len(rows(path)), len(rows(data_dir / ASIDE / FILE_NAME))) == (4, 5)


@pytest.mark.parametrize("at", ["noon", "", "9999-12-31T23:00:00+00:00"])
def test_an_invalid_time_is_shown_as_stored(at: str) -> None:
    assert LostRows(1, at).last_in(ZoneInfo("Asia/Taipei")) == at


def test_a_journal_with_another_history_is_not_replaced(data_dir: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(journaled(data_dir).parent, other)
    sold(data_dir / FILE_NAME, "A")
    backup = backup_of(sold(other / FILE_NAME, "B", "C", "D"))
    with pytest.raises(NotAllowed, match="lacks rows of the journal: 1,"):
        restore(backup, data_dir, ORDER)
    assert restore(backup, data_dir, ANYWAY).lost.rows == 1


def test_two_restores_within_a_second_keep_both_journals(data_dir: Path) -> None:
    backup = backup_of(journaled(data_dir))
    restore(backup, data_dir, ANYWAY)
    assert restore(backup, data_dir, ANYWAY).replaced == data_dir / "replaced-20261120-040001"
    assert len(rows(data_dir / ASIDE / FILE_NAME)) == 3


def torn(path: Path) -> None:
    path.write_bytes(b"torn" * 5000)


def photos(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE photos (name TEXT)")


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:20_000])


def removed(path: Path) -> None:
    path.unlink()


def newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('counter', 'loyalty', '')"
        )
        other.commit()


@pytest.mark.parametrize("spoiled", [torn, photos, emptied])
def test_a_damaged_journal_is_set_aside_unchanged(data_dir: Path, spoiled: Callable[[Path], None]) -> None:
    path = journaled(data_dir)
    backup = backup_of(path)
    spoiled(path)
    before = digest(path)
    assert restore(backup, data_dir, ORDER).lost == LostRows(unread=True)
    assert digest(data_dir / ASIDE / FILE_NAME) == before
    assert len(rows(path)) == 4


def test_a_journal_of_a_newer_program_is_not_replaced_either(data_dir: Path) -> None:
    path = journaled(data_dir)
    backup = backup_of(path)
    newer(sold(path, "A"))
    with pytest.raises(NotAllowed, match="lacks rows of the journal: 1,"):
        restore(backup, data_dir, ORDER)
    assert restore(backup, data_dir, ANYWAY).lost.rows == 1


def test_a_journal_locked_by_another_tool_is_only_replaced_on_request(data_dir: Path) -> None:
    path = journaled(data_dir)
    backup = backup_of(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as tool:
        tool.execute("PRAGMA locking_mode=EXCLUSIVE")
        tool.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match="in use by another program"):
            restore(backup, data_dir, ORDER)
        assert restore(backup, data_dir, ANYWAY).replaced
    assert len(rows(path)) == 4


def reordered(path: Path) -> None:
    swap = [f"UPDATE journal SET seq = {new} WHERE seq = {old}" for old, new in ((2, -2), (3, 2), (-2, 3))]
    edited(path, "PRAGMA foreign_keys=OFF", *swap)


def tampered(path: Path) -> None:
    edited(path, "UPDATE journal SET body = replace(body, '125', '1') WHERE seq = 1")


def shortened(path: Path) -> None:
    edited(path, "PRAGMA foreign_keys=OFF", "DELETE FROM journal WHERE seq = 6")


@pytest.mark.parametrize("spoiled", [torn, photos, emptied, newer, cut, tampered, reordered, shortened, removed])
def test_an_invalid_backup_replaces_nothing(data_dir: Path, spoiled: Callable[[Path], None]) -> None:
    path = journaled(data_dir, 2)
    backup = backup_of(path)
    spoiled(backup)
    before = digest(path)
    with pytest.raises((NotFound, StoreRefused)):
        restore(backup, data_dir, ANYWAY)
    assert digest(path) == before
    assert {one.name for one in data_dir.iterdir() if "-" not in one.name} <= {FILE_NAME, "counter.lock"}


def test_a_backup_of_an_older_program_is_migrated(data_dir: Path) -> None:
    backup = data_dir.parent / "older.sqlite"
    with closing(sqlite3.connect(backup)) as older:
        MIGRATIONS.apply(SqliteUtilsDatabase(older), stop_before="invoices")
        seq = append_old(older, "created", "A1", {})
        older.execute("INSERT INTO payments VALUES ('p', 125, 'TWD', '[]', ?)", (NOON.isoformat(),))
        row = (
            "A1",
            "p",
            "atm",
            "wanpay",
            125,
            "TWD",
            "R1",
            NOON.isoformat(),
            "",
            "pending",
            "",
            "",
            "",
            0,
            "",
            "",
            "",
            "{}",
            seq,
        )
        older.execute(
            "INSERT INTO attempts (order_no, payment_id, tender, gateway, amount, currency, register, created_at,"
            " page_token, state, gateway_ref, gateway_key, pay_url, cancel_wanted, message, code, fee, details, seq)"
            f" VALUES ({', '.join('?' * len(row))})",
            row,
        )
        older.commit()
    path = data_dir / FILE_NAME
    restore(backup, data_dir, ORDER)
    with closing(Database(path)) as database:
        assert len(PaymentStore(database, "R1", StoppedClock()).waiting()) == 1


def test_while_a_register_works_nothing_is_restored(data_dir: Path, tmp_path: Path) -> None:
    journaled(tmp_path)
    (tmp_path / "x").mkdir()
    backup = tmp_path / FILE_NAME
    child = started(data_dir)
    with pytest.raises(StoreLocked, match="already open"):
        restore(backup, data_dir, ANYWAY)
    payments = ended(child)
    assert len(rows(data_dir / FILE_NAME)) == 2 * payments


def test_with_a_full_disk_the_old_journal_stays(data_dir: Path) -> None:
    path = journaled(data_dir)
    backup = backup_of(path)
    with refusing("os.rename", ".restoring.sqlite"), pytest.raises(StoreError, match="cannot be written"):
        restore(backup, data_dir, ORDER)
    assert len(rows(path)) == 3
    assert not list(data_dir.glob("re*"))
    assert not list(data_dir.glob(".re*"))


def test_a_file_system_without_links_moves_the_old_journal(data_dir: Path) -> None:
    path = journaled(data_dir)
    backup = backup_of(path)
    with refusing("os.link", FILE_NAME):
        restore(backup, data_dir, ORDER)
    assert (len(rows(path)), len(rows(data_dir / ASIDE / FILE_NAME))) == (4, 3)


def test_a_restore_that_cannot_finish_now_finishes_at_the_next_start(data_dir: Path) -> None:
    path = journaled(data_dir)
    backup = backup_of(path)
    with refusing("os.rename", "restored-20261120-040000.sqlite"), pytest.raises(StoreError, match="next start"):
        restore(backup, data_dir, ORDER)
    assert len(rows(path)) == 3, "until then the old journal is there"
    (data_dir / f"{FILE_NAME}-wal").touch()  # of a program that only reads
    kept = {one.name: digest(one) for one in (data_dir / ASIDE).iterdir()}
    finish_restore(data_dir)
    assert {one.name: digest(one) for one in (data_dir / ASIDE).iterdir()} == kept
    assert len(rows(path)) == 4
    finish_restore(data_dir)
    assert len(rows(path)) == 4


def test_another_file_is_not_mistaken_for_a_restore(data_dir: Path) -> None:
    path = journaled(data_dir)
    shutil.copy(path, data_dir / "restored-old.sqlite")
    finish_restore(data_dir)
    assert (data_dir / "restored-old.sqlite").exists()


def test_leftovers_of_a_killed_restore_are_deleted(data_dir: Path) -> None:
    backup = backup_of(journaled(data_dir))
    for name in (
        ".restoring.sqlite",
        ".restoring.sqlite-wal",
        "..restoring.sqlite-a1b2",
        "..restoring.sqlite-a1b2-wal",
    ):
        (data_dir / name).write_text("half a copy")
    assert isinstance(restore(backup, data_dir, ORDER), Restored)
    assert not list(data_dir.glob(".*"))


@pytest.mark.kills
@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot fork")
def test_killed_at_any_step_there_is_the_old_journal_or_the_new_one(data_dir: Path, tmp_path: Path) -> None:
    path = journaled(data_dir)
    older = tmp_path / "older"
    shutil.copytree(data_dir, older)
    backup = backup_of(sold(path, "A", "B"))
    with closing(Database(older / FILE_NAME)) as database:  # its last row is only in the write-ahead log
        PaymentStore(database, "R1", StoppedClock()).create(attempt(f"261120{'A':0>14}"))
        shutil.copytree(older, tmp_path / "work")
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.killed_restore", tmp_path / "work", backup, tmp_path / "scratch"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    old: tuple[int, list[int]] = (4, [])
    new = (6, [4])
    assert all(one["there"] and not one["left"] for one in found)
    states = [(one["rows"], one["kept"]) for one in found]
    turned = states.index(new)
    assert states == [old] * turned + [new] * (len(states) - turned)
    sys.stdout.write(f"{len(states) - 1} steps, the new journal from step {turned + 1} on\n")
    assert turned > 15
    assert len(states) - turned > 3


def test_the_folder_is_unlocked_after_a_refusal(data_dir: Path) -> None:
    backup = backup_of(journaled(data_dir))
    torn(backup)
    with pytest.raises(StoreRefused):
        restore(backup, data_dir, ORDER)
    folder = DataFolder(data_dir)
    folder.hold()
    folder.release()
