"""Backups made while the register works: verified files, or none."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from pos.errors import InputError, StoreError, StoreRefused
from pos.store import journal
from pos.store.backup import BackupReport, copy_errors, make_backup, open_backup
from pos.store.database import APPLICATION_ID, FILE_NAME, Database
from pos.store.payments import PaymentStore
from tests.store.test_journal import edited, written
from tests.support.processes import ROOT
from tests.support.rows import open_drawer, wrong
from tests.support.shop import StoppedClock
from tests.support.writer import ended, started


def made(source: Path, target: Path) -> BackupReport:
    with closing(Database(source, read_only=True)) as database:
        return make_backup(database, target)


def alone(folder: Path, *names: str) -> None:
    """Return whether ``folder`` contains only ``names``, without counting SQLite's files beside an open journal."""
    found = {one.name for one in folder.iterdir()}
    assert {name for name in found if not name.endswith(("-wal", "-shm"))} == set(names)


def test_a_backup_is_one_file_with_all_that_was_written(tmp_path: Path) -> None:
    source, target = written(tmp_path / "j.sqlite"), tmp_path / "b.sqlite"
    report = made(source, target)
    with open_backup(target) as copy:
        assert len(PaymentStore(copy, "R1", StoppedClock()).waiting()) == 3
        walk = journal.walk(copy)
    assert (walk.rows, walk.head, walk.fault) == (9, report.head, None)
    assert report == BackupReport(target, 9, report.head, target.stat().st_size)
    alone(tmp_path, "j.sqlite", "b.sqlite")
    assert not list(tmp_path.glob("b.sqlite-*")), "no log beside it: it can be read where nothing can be written"


@pytest.mark.skipif(sys.platform == "win32", reason="modes of Unix")
def test_a_backup_is_for_its_user_only(tmp_path: Path) -> None:
    made(written(tmp_path / "j.sqlite"), tmp_path / "b.sqlite")
    assert (tmp_path / "b.sqlite").stat().st_mode & 0o777 == 0o600


def test_a_backup_through_the_writing_connection_lets_it_write_on(tmp_path: Path) -> None:
    with closing(Database(written(tmp_path / "j.sqlite"))) as database:
        make_backup(database, tmp_path / "b.sqlite")
        open_drawer(database)
        assert wrong(database) == []
    with closing(Database(":memory:")) as empty:
        assert make_backup(empty, tmp_path / "c.sqlite").rows == 0


def test_an_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    source, target = written(tmp_path / "j.sqlite"), tmp_path / "b.sqlite"
    target.write_text("the only copy of something")
    with pytest.raises(InputError, match="already exists"):
        made(source, target)
    assert target.read_text() == "the only copy of something"


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights of their own there")
def test_a_broken_link_is_not_overwritten(tmp_path: Path) -> None:
    """Its target is on a removed disk: a file in place of the link would be on the disk that it should protect."""
    source, target = written(tmp_path / "j.sqlite"), tmp_path / "b.sqlite"
    target.symlink_to(tmp_path / "stick" / "b.sqlite")
    with pytest.raises(InputError, match="already exists"):
        made(source, target)
    assert target.is_symlink()


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE journal SET body = '{}' WHERE seq = 4", "Row 4 of the journal was changed"),
        ("DELETE FROM journal WHERE seq = 5", "Row 5 of the journal is missing"),
        ("DELETE FROM journal WHERE seq >= 8", "Row 8 of the journal is missing"),
    ],
)
def test_a_journal_with_a_broken_chain_is_not_copied(tmp_path: Path, statement: str, words: str) -> None:
    source = written(tmp_path / "j.sqlite")
    edited(source, "PRAGMA foreign_keys=OFF", statement)
    with pytest.raises(StoreRefused, match=words):
        made(source, tmp_path / "b.sqlite")
    alone(tmp_path, "j.sqlite")


def test_a_damaged_journal_is_not_copied(tmp_path: Path) -> None:
    source = written(tmp_path / "j.sqlite", payments=40)
    with closing(sqlite3.connect(source)) as other:
        page = other.execute("SELECT rootpage FROM sqlite_master WHERE name = 'attempts_by_time'").fetchone()[0]
    whole = source.read_bytes()
    source.write_bytes(whole[: (page - 1) * 4096] + b"\x00" * 4096 + whole[page * 4096 :])
    with pytest.raises(StoreRefused, match="damaged"):
        made(source, tmp_path / "b.sqlite")
    alone(tmp_path, "j.sqlite")


def text_file(path: Path) -> Path:
    path.write_text("my shopping list " * 20)
    return path


def photos(path: Path) -> Path:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE photos (name TEXT)")
    return path


def test_a_file_without_a_journal_is_not_a_backup(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "b.sqlite")) as other:
        other.execute(f"PRAGMA application_id={APPLICATION_ID}")
    for path in (tmp_path / "b.sqlite", text_file(tmp_path / "list.txt"), photos(tmp_path / "photos.db")):
        with pytest.raises(StoreRefused, match=rf"{path.name} is neither a journal of Counter"), open_backup(path):
            pass
    with pytest.raises(StoreRefused, match="The journal is damaged"), open_backup(tmp_path / "b.sqlite", own=True):
        pass
    with pytest.raises(StoreRefused, match="The journal is damaged"), open_backup(tmp_path / "list.txt", own=True):
        pass
    with pytest.raises(StoreError), open_backup(tmp_path / "none.sqlite"):
        pass


def test_a_missing_folder_is_reported(tmp_path: Path) -> None:
    source, target = written(tmp_path / "j.sqlite"), tmp_path / "nowhere" / "b.sqlite"
    with pytest.raises(InputError, match=r"There is no folder .*nowhere"):
        made(source, target)


def test_a_backup_made_while_another_process_sells_is_valid(tmp_path: Path) -> None:
    """The writer continues during every copy, and each copy is a consistent snapshot of the journal."""
    child = started(tmp_path)
    reports: list[BackupReport] = []
    until = time.monotonic() + 60
    while (len(reports) < 12 or reports[-1].rows < reports[0].rows + 100) and time.monotonic() < until:
        reports.append(made(tmp_path / FILE_NAME, tmp_path / f"b{len(reports)}.sqlite"))
    payments = ended(child)
    with closing(Database(tmp_path / FILE_NAME)) as database:
        assert journal.last(database)[0] == 2 * payments
        for report in reports:
            assert journal.hash_of(database, report.rows) == report.head
            with open_backup(report.path) as copy:
                assert wrong(copy) == []
    assert reports[-1].rows > reports[0].rows


@pytest.mark.skipif(sys.platform == "win32", reason="limits of Unix")
def test_a_copy_that_does_not_fit_on_the_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    source = written(tmp_path / "j.sqlite", payments=40)
    with file_limit(60_000), pytest.raises(StoreError, match=r"cannot be written: .*b\.sqlite"):
        made(source, tmp_path / "b.sqlite")
    alone(tmp_path, "j.sqlite")
    assert made(source, tmp_path / "b.sqlite").rows == 120


@contextmanager
def file_limit(size: int) -> Iterator[None]:
    """Limit the size of this process's files to ``size`` bytes."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.skipif(sys.platform != "linux", reason="a device that is always full")
def test_a_full_disk_is_reported_for_every_kind_of_error() -> None:
    with pytest.raises(StoreError, match=r"disk is full: b\.sqlite"), copy_errors(Path("b.sqlite")):
        Path("/dev/full").write_text("x" * 10_000)
    with closing(sqlite3.connect(":memory:")) as small:
        small.execute("PRAGMA max_page_count=1")
        with pytest.raises(StoreError, match=r"disk is full: b\.sqlite"), copy_errors(Path("b.sqlite")):
            small.execute("CREATE TABLE t (x)")


FULL = """
import sys
from pathlib import Path
from pos.errors import StoreError
from tests.store.test_backup import made
from tests.support.rows import open_drawer
folder = Path(sys.argv[2])
try:
    made(Path(sys.argv[1]), folder / "b.sqlite")
except StoreError as error:
    print(error, list(folder.iterdir()))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="a small file system of its own")
def test_a_really_full_disk_is_reported(tmp_path: Path) -> None:
    source, small = written(tmp_path / "j.sqlite", payments=200), tmp_path / "small"
    small.mkdir()
    mounted = ["unshare", "-rm", "sh", "-c", 'mount -t tmpfs -o size=64k none "$0" && exec "$@"', str(small)]
    if subprocess.run([*mounted, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting is not allowed on this machine")
    child = [*mounted, sys.executable, "-c", FULL, str(source), str(small)]
    done = subprocess.run(child, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == f"The disk is full: {small / 'b.sqlite'}. Free some space and try again. []\n", done.stderr
