"""A journal has one permanent identity, which its copies share."""

from __future__ import annotations

import uuid
from contextlib import closing
from pathlib import Path

import pytest

from pos.domain.actor import NO_PERSON
from pos.domain.money import Money
from pos.domain.staff import Person, Role
from pos.domain.states import Event
from pos.store import journal
from pos.store.database import FILE_NAME, Database
from pos.store.identity import ensure_identity, identity_in, identity_of, knows_people_of, register_uid
from pos.store.payments import PaymentStore
from pos.store.people import PeopleStore
from pos.store.shifts import ShiftStore
from tests.support.rows import open_drawer, wrong
from tests.support.shop import StoppedClock, attempt

AT = "2026-11-20T04:00:00.000000+00:00"


def journal_in(folder: Path) -> Database:
    folder.mkdir(exist_ok=True)
    return Database(folder / FILE_NAME)


def test_a_new_journal_gets_its_identity_in_its_first_row_and_keeps_it(tmp_path: Path) -> None:
    with closing(journal_in(tmp_path)) as database:
        assert register_uid(database) == ""
        uid = ensure_identity(database, AT, "R1")
        assert uuid.UUID(uid).version == 4
        assert ensure_identity(database, AT, "R2") == uid
        (row,) = journal.entries(database)
        assert (row.seq, row.kind, row.body) == (1, "identity", f'{{"register_uid":"{uid}"}}')
        assert wrong(database) == []
    assert identity_in(tmp_path).uid == uid


def test_an_older_journal_and_its_old_backups_have_one_identity(tmp_path: Path) -> None:
    with closing(journal_in(tmp_path)) as old:
        open_drawer(old, "first")
        before = register_uid(old)
        open_drawer(old, "second")
        assert ensure_identity(old, AT, "R1") == before
        assert [row.kind for row in journal.entries(old)] == ["drawer_opened", "drawer_opened", "identity"]
        assert wrong(old) == []


def test_two_journals_never_share_an_identity(tmp_path: Path) -> None:
    found = set()
    for name in "abc":
        with closing(journal_in(tmp_path / name)) as database:
            found.add(ensure_identity(database, AT, "R1"))
    for name, reason in (("d", "one"), ("e", "other")):
        with closing(journal_in(tmp_path / name)) as database:
            open_drawer(database, reason)
            found.add(register_uid(database))
    assert len(found) == 5


@pytest.mark.parametrize("content", [None, b"", b"no journal at all"])
def test_without_a_readable_journal_there_is_no_identity(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / FILE_NAME).write_bytes(content)
    assert identity_in(tmp_path).uid == ""
    assert identity_in(tmp_path).folder == str(tmp_path.resolve())
    assert knows_people_of(tmp_path, identity_in(tmp_path))


def test_a_copy_from_before_the_last_change_of_people_is_recognised(tmp_path: Path) -> None:
    with closing(journal_in(tmp_path)) as database:
        ensure_identity(database, AT, "R1")
        people = PeopleStore(database, "R1", StoppedClock())
        owner = people.add(Person("o", "Olga", Role.OWNER), "hash", "")
        first = identity_of(database)
        people.change(owner, "o", "another hash")
        second = identity_of(database)
    assert (first.people, second.people) == (2, 3)
    assert knows_people_of(tmp_path, first)
    assert knows_people_of(tmp_path, second)
    assert not knows_people_of(tmp_path / "nowhere", second)
    with closing(journal_in(tmp_path / "older")) as older:
        ensure_identity(older, AT, "R1")
    assert not knows_people_of(tmp_path / "older", first)


def test_the_folder_is_the_real_one(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert identity_in(tmp_path / "link").folder == identity_in(tmp_path / "real").folder


def test_a_name_without_an_open_shift_is_taken_over_with_its_entries_for_the_next_one(
    tmp_path: Path,
) -> None:
    database, clock = journal_in(tmp_path), StoppedClock()
    sold = attempt("261120AAAAAAAAAAAAAA", register_id="R1")
    PaymentStore(database, "R1", clock).create(sold, Event.SEND, Event.PAID)
    new = ShiftStore(database, "R9", clock)
    assert new.take_over("R1", NO_PERSON) is None
    assert new.own_names() == ["R1", "R9"]
    assert new.open(Money(0, "TWD"), NO_PERSON).id == 1
    assert database.rows("SELECT shift, register FROM bookings") == [(1, "R1")]
    assert wrong(database) == []
    database.close()
