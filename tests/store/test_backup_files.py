"""The files in a backup folder: listing, pruning, and the backup that the error of a damaged journal names."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos.errors import StoreError, StoreRefused
from pos.store.backup import make_backup
from pos.store.backup_files import BACKUP_FOLDER, backup_name, list_backups, newest_backup, prune
from pos.store.database import FILE_NAME, Database
from tests.store.test_journal import written
from tests.support.refusals import refusing
from tests.support.sample import examples
from tests.support.shop import NOON


def test_a_file_name_has_the_time_in_utc_and_the_register() -> None:
    assert backup_name(NOON, "R1") == "counter-20261120-040000-R1.sqlite"
    assert backup_name(NOON.astimezone(tz=None), "R1") == backup_name(NOON, "R1")


def test_other_files_are_not_listed_and_never_removed(tmp_path: Path) -> None:
    names = (
        "counter.sqlite", "counter-20261120-040000.sqlite", "counter-20261340-040000-R1.sqlite", "shopping list",
        "counter-20261120-040000-R1.sqlite.bak", "counter-20261120-040000-R1.sqlite-wal",
        "counter-２0261120-040000-R1.sqlite",
        ".counter-20261120-040000-R1.sqlite", "xcounter-20261120-040000-R1.sqlite",
    )  # fmt: skip
    for name in names:
        (tmp_path / name).touch()
    (tmp_path / backup_name(NOON, "R2")).mkdir()
    assert list_backups(tmp_path) == []
    assert newest_backup(tmp_path) is None
    assert prune(tmp_path, "R1", 0, 0, NOON + timedelta(days=9999)) == []
    assert {one.name for one in tmp_path.iterdir()} == {*names, backup_name(NOON, "R2")}


def test_a_missing_folder_has_no_backups(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert list_backups(tmp_path / "none") == list_backups(tmp_path / "file") == []


def test_an_unreadable_folder_is_reported(tmp_path: Path) -> None:
    with refusing("os.listdir", tmp_path.name), pytest.raises(StoreError, match="cannot be read"):
        list_backups(tmp_path)


def test_a_file_that_cannot_be_removed_is_reported(tmp_path: Path) -> None:
    (tmp_path / backup_name(NOON, "R1")).touch()
    with refusing("os.remove", "R1.sqlite"), pytest.raises(StoreError, match="cannot be removed"):
        prune(tmp_path, "R1", 0, 0, NOON + timedelta(days=1))


def test_a_register_does_not_remove_the_backups_of_another(tmp_path: Path) -> None:
    for register in ("R1", "R2"):
        (tmp_path / backup_name(NOON, register)).touch()
    assert prune(tmp_path, "R1", 0, 1, NOON + timedelta(days=2)) == [tmp_path / backup_name(NOON, "R1")]
    assert newest_backup(tmp_path) == tmp_path / backup_name(NOON, "R2")


def test_unfinished_files_are_removed_after_a_day(tmp_path: Path) -> None:
    left = tmp_path / f".{backup_name(NOON, 'R1')}-x1_y2"
    left.touch()
    assert prune(tmp_path, "R1", 30, 400, NOON + timedelta(hours=1)) == []
    assert prune(tmp_path, "R1", 30, 400, NOON + timedelta(days=2)) == [left]


@settings(max_examples=examples(60, 30), deadline=None)
@given(ages=st.sets(st.integers(0, 60), max_size=20), keep=st.integers(0, 25), days=st.integers(0, 60))
def test_only_backups_that_are_old_and_not_among_the_newest_are_removed(
    ages: set[int], keep: int, days: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("backups")
    for age in ages:
        (folder / backup_name(NOON - timedelta(days=age), "R1")).touch()
    removed = prune(folder, "R1", keep, days, NOON)
    left = [(NOON - one.at).days for one in list_backups(folder)]
    assert left == sorted(left)
    assert set(left) == {age for place, age in enumerate(sorted(ages)) if place < keep or age <= days}
    assert len(left) + len(removed) == len(ages)
    assert len(left) >= min(keep, len(ages))
    shutil.rmtree(folder)


def with_backups(folder: Path, *times: datetime) -> Path:
    """Make a journal with backups made at ``times``."""
    path = written(folder / FILE_NAME)
    (folder / BACKUP_FOLDER).mkdir()
    for at in times:
        with closing(Database(path, read_only=True)) as database:
            make_backup(database, folder / BACKUP_FOLDER / backup_name(at, "R1"))
    return path


LATER = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)


def test_a_damaged_journal_names_its_newest_backup(tmp_path: Path) -> None:
    path = with_backups(tmp_path, NOON, LATER)
    path.write_text("a torn page " * 20)
    with pytest.raises(StoreRefused, match=f"Restore the last good backup: .*{backup_name(LATER, 'R1')}"):
        Database(path)


def test_a_backup_that_cannot_be_opened_is_skipped(tmp_path: Path) -> None:
    path = with_backups(tmp_path, NOON, LATER)
    (tmp_path / BACKUP_FOLDER / backup_name(LATER, "R1")).write_text("a torn page " * 20)
    path.write_text("a torn page " * 20)
    with pytest.raises(StoreRefused, match=f"Restore the last good backup: .*{backup_name(NOON, 'R1')}"):
        Database(path)
    (tmp_path / BACKUP_FOLDER / backup_name(NOON, "R1")).unlink()
    with pytest.raises(StoreRefused, match=r"left untouched\. Restore the last backup\."):
        Database(path)


def test_another_programs_database_in_the_journals_place_names_the_backup(tmp_path: Path) -> None:
    path = with_backups(tmp_path, NOON)
    path.unlink()
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE photos (name TEXT)")
    with pytest.raises(StoreRefused, match=f"another program.*The last good backup: .*{backup_name(NOON, 'R1')}"):
        Database(path)


def test_backups_that_cannot_be_read_do_not_change_the_error(tmp_path: Path) -> None:
    path = with_backups(tmp_path, NOON)
    path.write_text("a torn page " * 20)
    with refusing("os.listdir", BACKUP_FOLDER), pytest.raises(StoreRefused, match=r"Restore the last backup\."):
        Database(path)
