"""Backups at every Z and on demand: rights, journal rows, retention."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from pos.domain.staff import Action
from pos.errors import NotAllowed, NotFound, StoreError, StoreRefused
from pos.services.backups import Backups, Keeping
from pos.store import journal
from pos.store.backup_files import backup_name
from pos.store.database import FILE_NAME, Database
from tests.store.test_journal import edited, written
from tests.support.access import permit
from tests.support.refusals import refusing
from tests.support.rows import wrong
from tests.support.shop import NOON, StoppedClock

T = TypeVar("T")

PERMIT = permit(Action.BACKUP, actor="manager-1")


async def here(function: Callable[[], T]) -> T:
    return function()


def run(work: Awaitable[T]) -> T:
    async def whole() -> T:
        return await work

    return asyncio.run(whole())


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Database]:
    database = Database(written(tmp_path / FILE_NAME))
    yield database
    database.close()


@pytest.fixture
def backups(tmp_path: Path, writer: Database, clock: StoppedClock) -> Backups:
    (tmp_path / "nas").mkdir()
    keeping = Keeping(tmp_path / "nas" / "counter", "R1", keep=2, days=30)
    return Backups(tmp_path / FILE_NAME, keeping, clock, writer, here)


def reading(path: Path) -> Backups:
    """The backups of a process that only reads."""
    return Backups(path, Keeping(path.parent / "backups", "R1"), StoppedClock())


def test_a_z_leaves_a_backup_and_writes_it_down(backups: Backups, writer: Database, tmp_path: Path) -> None:
    made = run(backups.at_close())
    assert made.path == tmp_path / "nas" / "counter" / backup_name(NOON, "R1")
    assert [one.path for one in backups.list()] == [made.path]
    (*_, last) = journal.entries(writer)
    assert (last.kind, last.register, last.order_no) == ("backup", "R1", None)
    assert json.loads(last.body) == {"file": made.path.name, "rows": 9, "head": made.head}
    assert last.actor == ""
    assert wrong(writer) == []


def test_a_backup_on_demand_says_who_wanted_it(backups: Backups, writer: Database, tmp_path: Path) -> None:
    run(backups.make(PERMIT, tmp_path / "stick.sqlite"))
    run(backups.make(PERMIT))
    rows = [(json.loads(one.body), one.actor) for one in journal.entries(writer) if one.kind == "backup"]
    assert [(row["file"], row["rows"], actor) for row, actor in rows] == [
        ("stick.sqlite", 9, "manager-1"),
        (backup_name(NOON, "R1"), 10, "manager-1"),
    ]


def test_only_the_right_right_will_do(backups: Backups, tmp_path: Path) -> None:
    wrong = permit(Action.REPORTS)
    for work in (backups.make(wrong), backups.verify(wrong)):
        with pytest.raises(NotAllowed, match="the journal"):
            run(work)
    with pytest.raises(NotAllowed, match="restoring a backup"):
        run(backups.restore(PERMIT, tmp_path / "b.sqlite"))
    assert backups.list() == []


def test_two_backups_at_once_do_not_meet(backups: Backups) -> None:
    async def both() -> None:
        await asyncio.gather(backups.at_close(), backups.make(PERMIT))

    run(both())
    names = [one.path.name for one in backups.list()]
    assert names == [backup_name(NOON + timedelta(seconds=1), "R1"), backup_name(NOON, "R1")]


def test_old_backups_go_but_never_the_newest(backups: Backups, clock: StoppedClock) -> None:
    for day in (0, 1, 40, 41, 100):
        clock.at = NOON + timedelta(days=day)
        run(backups.at_close())
    assert [(one.at - NOON).days for one in backups.list()] == [100, 41]


def test_an_old_backup_that_cannot_be_removed_spoils_no_new_one(
    backups: Backups, clock: StoppedClock, caplog: pytest.LogCaptureFixture
) -> None:
    for day in (0, 50, 51):
        clock.at = NOON + timedelta(days=day)
        with refusing("os.remove", backup_name(NOON, "R1")):
            run(backups.at_close())
    assert len(backups.list()) == 3
    assert "were not removed" in caplog.text


def test_a_disk_that_is_not_connected_is_said_and_gets_no_folder_here(
    tmp_path: Path, writer: Database, clock: StoppedClock
) -> None:
    usb = tmp_path / "media" / "usb"
    broken = Backups(tmp_path / FILE_NAME, Keeping(usb / "backups", "R1"), clock, writer, here)
    with pytest.raises(StoreError, match=r"usb does not exist.*\[backup\] folder"):
        run(broken.at_close())
    assert not usb.parent.exists()


def test_a_folder_that_cannot_be_made_is_said_so(tmp_path: Path, writer: Database, clock: StoppedClock) -> None:
    (tmp_path / "file").touch()
    broken = Backups(tmp_path / FILE_NAME, Keeping(tmp_path / "file" / "x", "R1"), clock, writer, here)
    with pytest.raises(StoreError, match=r"file.*cannot be written: a part of the path is not a folder"):
        run(broken.at_close())
    assert [one.kind for one in journal.entries(writer) if one.kind == "backup"] == []


def test_a_shop_in_memory_is_backed_up_too(tmp_path: Path, clock: StoppedClock) -> None:
    database = Database(":memory:")
    backups = Backups(database.path, Keeping(tmp_path, "R1"), clock, database, here)
    assert run(backups.at_close()).rows == 0
    assert run(backups.verify(PERMIT)).rows == 1
    database.close()


def test_a_process_that_only_reads_backs_up_and_journals_nothing(tmp_path: Path, writer: Database) -> None:
    made = run(reading(tmp_path / FILE_NAME).make(PERMIT, tmp_path / "b.sqlite"))
    assert (made.rows, journal.last(writer)[0]) == (9, 9)


def test_a_journal_and_a_backup_are_walked(backups: Backups, tmp_path: Path) -> None:
    made = run(backups.make(PERMIT))
    walk = run(backups.verify(PERMIT, made.path))
    assert (walk.rows, walk.head, walk.fault) == (9, made.head, None)
    assert run(backups.verify(PERMIT)).rows == 10
    edited(made.path, "UPDATE journal SET kind = 'paid' WHERE seq = 5")
    assert run(backups.verify(PERMIT, made.path)).fault == journal.Fault(5, "changed")
    with pytest.raises(NotFound, match="no file"):
        run(backups.verify(PERMIT, tmp_path / "none.sqlite"))


def test_damage_outside_the_chain_is_found_too(tmp_path: Path) -> None:
    path = written(tmp_path / "j.sqlite", payments=40)
    database = Database(path, read_only=True)
    page = database.rows("SELECT rootpage FROM sqlite_master WHERE name = 'attempts_by_time'")[0][0]
    database.close()
    whole = path.read_bytes()
    path.write_bytes(whole[: (page - 1) * 4096] + b"\x00" * 4096 + whole[page * 4096 :])
    with pytest.raises(StoreRefused, match="damaged"):
        run(reading(path).verify(PERMIT))


def test_a_restore_checks_the_same_right(tmp_path: Path) -> None:
    path = written(tmp_path / "data.sqlite")
    shop = reading(path)
    made = run(shop.make(PERMIT, tmp_path / "b.sqlite"))
    new = Backups(tmp_path / "new" / FILE_NAME, Keeping(tmp_path, "R2"), StoppedClock())
    done = run(new.restore(permit(Action.RESTORE, actor="owner-1"), made.path))
    assert (done.path, done.rows) == (tmp_path / "new" / FILE_NAME, 9)


def test_a_backup_folder_that_cannot_be_read_stops_no_restore(tmp_path: Path) -> None:
    made = run(reading(written(tmp_path / "data.sqlite")).make(PERMIT, tmp_path / "b.sqlite"))
    nas = tmp_path / "nas"
    nas.mkdir(exist_ok=True)
    new = Backups(tmp_path / "new" / FILE_NAME, Keeping(nas, "R1"), StoppedClock())
    with refusing("os.listdir", "nas"):
        assert run(new.restore(permit(Action.RESTORE), made.path)).rows == 9
