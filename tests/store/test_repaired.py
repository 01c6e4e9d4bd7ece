"""A restored backup has the tables of its journal, whatever was written into the backup's tables."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pos.errors import StoreRefused
from pos.services.pin_hashing import PinHasher
from pos.store import journal
from pos.store.database import Database
from pos.store.people import PeopleStore
from pos.store.restore import Restored, RestoreRequest, restore
from tests.support.access import PIN
from tests.support.filled import CHEAP, OWNER, FilledShop
from tests.support.rows import AT, wrong
from tests.support.shop import NOON, StoppedClock

SUM = "SELECT sum(amount) FROM bookings"
BILL = "UPDATE bookings SET amount = amount - 100 WHERE seq = (SELECT max(seq) FROM bookings)"


@pytest.fixture
def shop(tmp_path: Path) -> FilledShop:
    return FilledShop(tmp_path)


def restored(shop: FilledShop, *statements: str) -> Restored:
    """Change the backup as another tool could, and restore it on a new computer."""
    with closing(sqlite3.connect(shop.folder / "old.sqlite")) as tool:
        for one in statements:
            tool.execute(one)
        tool.commit()
    return restore(shop.folder / "old.sqlite", shop.folder / "new", RestoreRequest(NOON, "R1"))


def test_an_unchanged_backup_needs_no_repair(shop: FilledShop) -> None:
    assert restored(shop).repaired == ()


def test_a_changed_amount_is_that_of_the_journal_again(shop: FilledShop) -> None:
    done = restored(
        shop, BILL, "DROP INDEX one_open_attempt", "CREATE TRIGGER t AFTER INSERT ON journal BEGIN SELECT 1; END"
    )
    assert [one.spoken() for one in done.repaired] == [
        "The database lacks an object that Counter made: one_open_attempt.",
        "The database has an object that Counter did not make: t.",
        "Table bookings, row 16: amount differs from the journal.",
    ]
    with closing(Database(done.path)) as new:
        assert new.rows(SUM) == [(500,)]
        assert wrong(new) == []
    assert sorted(one.name for one in (shop.folder / "new").iterdir()) == ["counter.lock", "counter.sqlite"]


def test_a_backup_whose_rows_contradict_each_other_is_refused(shop: FilledShop) -> None:
    with closing(Database(shop.folder / "old.sqlite")) as backup, backup.transaction() as connection:
        seq = journal.append(connection, AT, "R1", "paid", "no order", {"day": {"of": "week"}})
    with pytest.raises(StoreRefused, match=f"Row {seq} of the journal contradicts"):
        restored(shop)
    assert not (shop.folder / "new" / "counter.sqlite").exists()


def test_a_planted_pin_opens_nothing(shop: FilledShop) -> None:
    planted = PinHasher(CHEAP).hash("111111")
    done = restored(shop, f"UPDATE people SET pin = '{planted}', role = 'owner'")
    with closing(Database(done.path)) as new:
        people = PeopleStore(new, "R1", StoppedClock())
        secrets = {one.name: people.with_pin(one.id)[1] for one in people.all()}
        assert secrets == {"Anna": "", "May": ""}
        assert [one.role.value for one in people.all()] == ["owner", "cashier"]
        people.change(OWNER, OWNER.id, PinHasher(CHEAP).hash(PIN))
        assert wrong(new) == ["Table people, row 0c: pin differs from the journal."], "until a PIN is set again"


def test_tables_that_are_said_to_be_older_than_their_journal_are_not_believed(shop: FilledShop) -> None:
    done = restored(shop, "DELETE FROM _sqlite_migrations WHERE name = 'imported_rows'", BILL)
    assert len(done.repaired) == 1
    with closing(Database(done.path)) as new:
        assert new.rows(SUM) == [(500,)]
        assert wrong(new) == []
