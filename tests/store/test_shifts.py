"""Shifts in SQLite: one open shift, numbers without gaps, and atomic closes, also if the power fails."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pos.domain.actor import RecordedBy
from pos.domain.money import Money
from pos.domain.shift import CashMovement, CashMovementKind, Shift
from pos.errors import NotAllowed, NotFound, StoreError
from pos.store.database import Database
from pos.store.shifts import ShiftStore
from tests.support.journals import new_journal
from tests.support.processes import ROOT
from tests.support.rows import wrong
from tests.support.shop import NOON, StoppedClock
from tests.support.tills import Till, twd

ANNA = RecordedBy("anna", "boss")


@pytest.fixture
def database() -> Iterator[Database]:
    made = new_journal()
    yield made
    assert wrong(made) == []
    made.close()


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def store(database: Database, clock: StoppedClock) -> ShiftStore:
    return ShiftStore(database, "R1", clock)


def close(store: ShiftStore, expected: int = 0) -> Shift:
    """Close the open shift with nothing in the drawer."""
    with store.closing() as closing:
        return closing.write(twd(0), {}, twd(expected), {"drawer": {}}, "", ANNA)


def test_a_shift_is_read_as_it_was_written(store: ShiftStore, clock: StoppedClock) -> None:
    opened = store.open(Money(50050, "HKD"), ANNA)
    assert opened == Shift(1, "R1", NOON, Money(50050, "HKD"), "anna")
    assert store.current() == store.get(1) == opened
    clock.at += timedelta(hours=8)
    counted, expected, report = Money(50050, "HKD"), Money(50000, "HKD"), {"drawer": {"opening": 1}}
    with store.closing() as closing:
        closed = closing.write(counted, {5000: 1, 50: 1, 20: 0}, expected, report, "found a coin", ANNA)
    found = store.get(1)
    assert (found.closed_at, found.closed_by, found.z_no) == (clock.at, "anna", 1)
    assert (found.difference, found.reason, found.notes) == (Money(50, "HKD"), "found a coin", {5000: 1, 50: 1})
    assert found.report == closed.report
    assert found.report["journal"]["seq"] == 1
    assert store.current() is None


def test_a_missing_record_is_reported(store: ShiftStore) -> None:
    with pytest.raises(NotFound, match="no shift 7"):
        store.get(7)
    with pytest.raises(NotAllowed, match="No shift is open"):
        store.move(CashMovementKind.DROP, twd(5), "safe", ANNA)
    with pytest.raises(NotAllowed, match="No shift is open"):
        close(store)


def test_a_register_has_one_open_shift(store: ShiftStore, database: Database, clock: StoppedClock) -> None:
    store.open(twd(1), ANNA)
    with pytest.raises(NotAllowed, match="Close it first"):
        store.open(twd(1), ANNA)
    other = ShiftStore(database, "R2", clock)
    assert other.current() is None
    assert other.open(twd(2), ANNA).id == 2
    with pytest.raises(sqlite3.IntegrityError):  # the table refuses it even if the code has a bug
        database.rows(
            "INSERT INTO shifts SELECT 9, register, currency, opened_at, opening, opened_by, closed_at, closed_by,"
            " z_no, counted, expected, reason, notes, report, seq, uid FROM shifts WHERE id = 1"
        )
    assert [one.id for one in store.last()] == [1]


def test_cash_movements_are_listed_in_order(store: ShiftStore, clock: StoppedClock) -> None:
    store.open(twd(0), ANNA)
    store.move(CashMovementKind.PAID_IN, twd(100), "change", ANNA)
    clock.at += timedelta(minutes=5)
    store.move(CashMovementKind.DROP, twd(60), "safe", RecordedBy())
    assert store.moves(1) == [
        CashMovement(NOON, CashMovementKind.PAID_IN, twd(100), "change", "anna", "boss"),
        CashMovement(clock.at, CashMovementKind.DROP, twd(60), "safe"),
    ]
    assert store.moves(2) == []


def test_shifts_are_found_by_the_time_they_overlap(store: ShiftStore, clock: StoppedClock) -> None:
    for _number in range(3):
        store.open(twd(0), ANNA)
        clock.at += timedelta(hours=8)
        close(store)
    store.open(twd(0), ANNA)
    hour = timedelta(hours=1)
    assert [one.id for one in store.between(NOON, NOON + 8 * hour)] == [1]
    assert [one.id for one in store.between(NOON + 9 * hour, NOON + 17 * hour)] == [2, 3]
    assert [one.id for one in store.between(NOON + 100 * hour, NOON + 101 * hour)] == [4]
    assert [one.id for one in store.last(2)] == [4, 3]


def test_a_close_that_fails_midway_leaves_the_shift_open_and_no_gap(store: ShiftStore, database: Database) -> None:
    store.open(twd(0), ANNA)
    before = database.rows("SELECT count(*) FROM journal")

    def broken() -> None:
        with store.closing() as closing:
            closing.write(twd(0), {}, twd(0), {}, "", ANNA)
            raise RuntimeError("the power fails")

    with pytest.raises(RuntimeError):
        broken()
    assert store.current() is not None
    assert database.rows("SELECT count(*) FROM journal") == before
    assert close(store).z_no == 1


def test_nothing_is_written_between_the_figures_and_their_z(tmp_path: Path) -> None:
    path = tmp_path / "shop.sqlite"
    database, other = Database(path), Database(path)
    store, elsewhere = ShiftStore(database, "R1", StoppedClock()), ShiftStore(other, "R1", StoppedClock())
    store.open(twd(0), ANNA)
    other.rows("PRAGMA busy_timeout = 1")
    with store.closing() as closing:
        with pytest.raises(StoreError, match="in use by another program"):
            elsewhere.move(CashMovementKind.PAID_IN, twd(100), "change", ANNA)
        assert store.moves(closing.shift.id) == []
        assert closing.write(twd(0), {}, twd(0), {}, "", ANNA).z_no == 1
    with pytest.raises(NotAllowed, match="No shift is open"):
        elsewhere.move(CashMovementKind.PAID_IN, twd(100), "change", ANNA)
    for one in (database, other):
        one.close()


def test_a_close_that_writes_no_z_leaves_the_shift_open(store: ShiftStore) -> None:
    opened = store.open(twd(0), ANNA)
    with store.closing() as closing:
        assert closing.shift == opened
    assert store.current() == opened


class Full(sqlite3.Connection):
    """A disk that is full when a shift is changed."""

    full = False

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        if self.full and sql.startswith("UPDATE shifts"):
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise error
        return super().execute(sql, *values)


def test_a_full_disk_uses_no_number(tmp_path: Path) -> None:
    database = Database(tmp_path / "shop.sqlite", connection=Full)
    store = ShiftStore(database, "R1", StoppedClock())
    store.open(twd(0), ANNA)
    Full.full = True
    try:
        with pytest.raises(StoreError, match="disk is full"):
            close(store)
    finally:
        Full.full = False
    assert store.current() is not None
    assert close(store).z_no == 1
    assert wrong(database) == []
    database.close()


KILLED = """
import os, signal, sys
from pos.domain.money import Money
from pos.domain.actor import RecordedBy
from pos.store.database import Database
from pos.store.shifts import ShiftStore
from tests.support.shop import StoppedClock

store = ShiftStore(Database(sys.argv[1]), "R1", StoppedClock())
permission = RecordedBy()
if store.current() is None:
    store.open(Money(0, "TWD"), permission)
nothing = Money(0, "TWD")
with store.closing() as closing:
    closing.write(nothing, {}, nothing, {}, "", permission)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_program_killed_before_the_commit_uses_no_number(tmp_path: Path) -> None:
    path = tmp_path / "shop.sqlite"
    for _time in range(2):
        died = subprocess.run([sys.executable, "-c", KILLED, str(path)], cwd=ROOT, check=False)
        assert died.returncode == -9
    database = Database(path)
    store = ShiftStore(database, "R1", StoppedClock())
    assert store.current() is not None
    assert [close(store).z_no, store.open(twd(0), ANNA).id] == [1, 2]
    assert wrong(database) == []
    database.close()


OPENED = """
import sys
from pos.domain.money import Money
from pos.domain.actor import RecordedBy
from pos.errors import NotAllowed
from pos.store.database import Database
from pos.store.shifts import ShiftStore
from tests.support.shop import StoppedClock

store = ShiftStore(Database(sys.argv[1]), "R1", StoppedClock())
sys.stdin.readline()
try:
    store.open(Money(0, "TWD"), RecordedBy())
except NotAllowed:
    sys.exit(7)
"""


def test_two_programs_at_the_same_time_open_one_shift(tmp_path: Path) -> None:
    path = tmp_path / "shop.sqlite"
    Database(path).close()
    children = [
        subprocess.Popen([sys.executable, "-c", OPENED, str(path)], cwd=ROOT, stdin=subprocess.PIPE, text=True)
        for _number in range(3)
    ]
    go = [threading.Thread(target=child.communicate, args=("go\n",)) for child in children]
    for thread in go:
        thread.start()
    for thread in go:
        thread.join(30)
    assert sorted(child.returncode for child in children) == [0, 7, 7]


def test_payments_captured_before_there_were_shifts_belong_to_no_shift(tmp_path: Path) -> None:
    """The first Z of a till of an earlier version must not include its months of payments."""
    till = Till(tmp_path / "shop.sqlite")
    till.sold(300)
    till.database.rows("DELETE FROM bookings")
    for name in ("bookings_by_day", "bookings_by_shift", "bookings_by_order"):
        till.database.rows(f"DROP INDEX {name}")
    for name in ("attempts_by_cashier", "attempts_by_received"):
        till.database.rows(f"DROP INDEX {name}")
    till.database.rows("DROP TABLE bookings")
    till.database.rows("ALTER TABLE attempts DROP COLUMN cashier")
    till.database.rows("ALTER TABLE attempts DROP COLUMN received")
    for table in ("attempts", "refunds"):
        till.database.rows(f"ALTER TABLE {table} DROP COLUMN rounding")
    till.database.rows("DELETE FROM _sqlite_migrations WHERE name IN ('book', 'cash_rounding')")
    till.database.close()
    till = Till(tmp_path / "shop.sqlite")
    assert [one.amount for one in till.ledger.of_order("261120R1000000000001")] == [twd(300)]
    shift = till.store.open(twd(0), ANNA)
    assert till.database.rows("SELECT shift FROM bookings") == [(0,)]
    assert shift.id == 1
    till.database.close()
