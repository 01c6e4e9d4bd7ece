"""People in the journal's database: names, the last owner, and counts of wrong PINs that outlive the program."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from pos.domain.staff import Action, Person, Role
from pos.errors import InputError, NotAllowed, NotFound
from pos.store import journal
from pos.store.database import Database
from pos.store.people import UNNAMED, PeopleStore
from tests.support.rows import wrong
from tests.support.shop import NOON, StoppedClock

OWNER = Person("0a", "Ann", Role.OWNER)
CASHIER = Person("0c", "May", Role.CASHIER)
HASH = "$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA"


class Shop:
    """A store on a file that can be opened again."""

    def __init__(self, path: Path) -> None:
        self.path, self.clock = path, StoppedClock()
        self.database = Database(path)
        self.store = PeopleStore(self.database, "R1", self.clock)

    def restart(self) -> None:
        self.database.close()
        self.database = Database(self.path)
        self.store = PeopleStore(self.database, "R1", self.clock)

    def written(self) -> list[tuple[str, dict[str, object]]]:
        return [(kind, json.loads(body)) for kind, body in self.database.rows("SELECT kind, body FROM journal")]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path / "j.sqlite")
    yield made
    assert wrong(made.database) == []
    made.database.close()


@pytest.fixture
def staffed(shop: Shop) -> Shop:
    shop.store.add(OWNER, HASH, "")
    shop.store.add(CASHIER, HASH, OWNER.id)
    return shop


@pytest.mark.parametrize("role", [Role.CASHIER, Role.MANAGER])
def test_the_first_person_is_the_owner(shop: Shop, role: Role) -> None:
    with pytest.raises(NotAllowed, match="first person must be the owner"):
        shop.store.add(replace(CASHIER, role=role), HASH, "")
    assert shop.store.all() == []
    assert shop.written() == []


def test_people_are_read_again_after_a_restart(staffed: Shop) -> None:
    staffed.restart()
    assert staffed.store.all() == [OWNER, CASHIER]
    assert staffed.store.with_pin(OWNER.id) == (OWNER, HASH)
    assert staffed.store.get(CASHIER.id) == CASHIER
    with pytest.raises(NotFound, match="no such person"):
        staffed.store.get("ff")


def test_a_name_is_taken_while_its_person_is_active(staffed: Shop) -> None:
    with pytest.raises(InputError, match="already a person named May"):
        staffed.store.add(Person("0d", "May", Role.CASHIER), HASH, OWNER.id)
    with pytest.raises(InputError, match="already a person named Ann"):
        staffed.store.change(replace(CASHIER, name="Ann"), OWNER.id)
    staffed.store.change(replace(CASHIER, active=False), OWNER.id)
    staffed.store.add(Person("0d", "May", Role.CASHIER), HASH, OWNER.id)
    with pytest.raises(InputError, match="already a person named May"):
        staffed.store.change(CASHIER, OWNER.id)
    assert [(one.id, one.active) for one in staffed.store.all()] == [("0a", True), ("0d", True), ("0c", False)]


@pytest.mark.parametrize("change", [{"active": False}, {"role": Role.MANAGER}, {"role": Role.CASHIER}])
def test_the_last_owner_stays(staffed: Shop, change: dict[str, object]) -> None:
    with pytest.raises(NotAllowed, match="this is the last one"):
        staffed.store.change(replace(OWNER, **change), OWNER.id)  # type: ignore[arg-type]  # mypy does not know which field
    staffed.store.change(replace(CASHIER, role=Role.OWNER), OWNER.id)
    staffed.store.change(replace(OWNER, **change), OWNER.id)  # type: ignore[arg-type]  # mypy does not know which field
    with pytest.raises(NotAllowed, match="this is the last one"):
        staffed.store.change(CASHIER, CASHIER.id)


def test_an_owner_who_left_does_not_count(staffed: Shop) -> None:
    staffed.store.change(replace(CASHIER, role=Role.OWNER), OWNER.id)
    staffed.store.change(replace(CASHIER, role=Role.OWNER, active=False), OWNER.id)
    with pytest.raises(NotAllowed, match="this is the last one"):
        staffed.store.change(replace(OWNER, active=False), OWNER.id)


@pytest.mark.parametrize(("person", "free"), [(CASHIER.id, 4), (UNNAMED, 9)])
def test_lock_outs_grow_with_wrong_pins_across_restarts(staffed: Shop, person: str, free: int) -> None:
    assert [staffed.store.record_try(person, right=False) for _ in range(free)] == [None] * free
    for seconds in (30, 60, 300, 900):
        staffed.restart()
        until = staffed.clock.now() + timedelta(seconds=seconds)
        assert staffed.store.record_try(person, right=False) == until
        assert staffed.store.locked_until(person) == until
    for _ in range(3):
        until = staffed.clock.now() + timedelta(hours=1)
        assert staffed.store.record_try(person, right=False) == until
        staffed.clock.at = until
    assert staffed.store.record_try(person, right=True) is None
    if person == UNNAMED:
        assert staffed.store.record_try(person, right=False) == staffed.clock.now() + timedelta(hours=1), (
            "no PIN ends it"
        )
    else:
        assert staffed.store.locked_until(person) is None
        assert staffed.store.record_try(person, right=False) is None


@pytest.mark.parametrize("hours", [1, 4, 24])
def test_an_unnamed_count_falls_with_time_and_not_faster_after_a_restart_of_the_machine(
    staffed: Shop, hours: int
) -> None:
    for _ in range(9):
        staffed.store.record_try(UNNAMED, right=False, action=Action.REFUND)
    staffed.clock.at += timedelta(hours=hours)
    staffed.clock.started = staffed.clock.at - timedelta(seconds=20)
    staffed.store.record_try(UNNAMED, right=False, action=Action.SETTLE)
    counts: dict[str, float] = dict(staffed.database.rows("SELECT person, wrong FROM locks"))
    assert counts[UNNAMED] == pytest.approx(10, abs=0.01)
    assert (counts["@refund"], counts["@settle"]) == (9, 1)
    staffed.clock.at += timedelta(hours=hours)
    staffed.store.record_try(UNNAMED, right=False, action=Action.SETTLE)
    counts = dict(staffed.database.rows("SELECT person, wrong FROM locks"))
    assert counts[UNNAMED] == pytest.approx(max(10 - hours, 0) + 1, abs=0.01)


def test_a_hash_in_an_older_form_is_replaced_with_the_try(staffed: Shop) -> None:
    staffed.store.record_try(OWNER.id, right=True, rehashed="p1$new")
    assert staffed.store.with_pin(OWNER.id) == (OWNER, "p1$new")
    assert staffed.store.with_pin(CASHIER.id)[1] == HASH
    kind, body = staffed.written()[-1]
    assert (kind, set(body)) == ("pin_tried", {"person", "right", "rehashed"})


def test_a_lock_out_concerns_its_person_only(staffed: Shop) -> None:
    for _ in range(5):
        staffed.store.record_try(CASHIER.id, right=False)
    assert staffed.store.get(CASHIER.id).locked_until == NOON + timedelta(seconds=30)
    assert staffed.store.get(OWNER.id).locked_until is None
    assert staffed.store.locked_until(UNNAMED) is None


@pytest.mark.parametrize("wrong_by", [timedelta(hours=2), timedelta(days=400), -timedelta(days=400)])
def test_setting_the_clock_neither_ends_a_lock_out_nor_lengthens_it(staffed: Shop, wrong_by: timedelta) -> None:
    for _ in range(5):
        staffed.store.record_try(CASHIER.id, right=False)
    staffed.clock.wrong_by = wrong_by
    staffed.restart()
    until = staffed.clock.now() + timedelta(seconds=30)
    assert staffed.store.locked_until(CASHIER.id) == staffed.store.get(CASHIER.id).locked_until == until
    staffed.clock.at += timedelta(seconds=30)
    assert staffed.store.locked_until(CASHIER.id) is None


def test_restarting_the_machine_does_not_shorten_a_lock_out(staffed: Shop) -> None:
    for _ in range(5):
        staffed.store.record_try(CASHIER.id, right=False)
    staffed.clock.at += timedelta(minutes=5)
    staffed.clock.started = staffed.clock.at - timedelta(seconds=20)
    staffed.restart()
    assert staffed.store.locked_until(CASHIER.id) == staffed.clock.now() + timedelta(seconds=10)
    staffed.clock.at += timedelta(seconds=10)
    assert staffed.store.locked_until(CASHIER.id) is None


def test_a_new_pin_ends_a_lock_out_and_a_new_name_does_not(staffed: Shop) -> None:
    for _ in range(5):
        staffed.store.record_try(CASHIER.id, right=False)
    staffed.store.change(replace(staffed.store.get(CASHIER.id), name="Mei"), OWNER.id)
    assert staffed.store.locked_until(CASHIER.id) is not None
    assert staffed.store.with_pin(CASHIER.id)[1] == HASH
    after = staffed.store.change(staffed.store.get(CASHIER.id), OWNER.id, "$argon2id$new")
    assert after.locked_until is None
    assert staffed.store.locked_until(CASHIER.id) is None
    assert staffed.store.with_pin(CASHIER.id)[1] == "$argon2id$new"


PIN = journal.digest(HASH)


def test_everything_except_the_hash_is_journaled(staffed: Shop) -> None:
    staffed.store.record_try(CASHIER.id, right=False, action=Action.REFUND)
    staffed.store.record_try(OWNER.id, right=True)
    staffed.store.record_session(OWNER.id, "signed_in")
    staffed.store.change(CASHIER, OWNER.id, HASH)
    now = staffed.clock.monotonic()
    assert staffed.written() == [
        ("person_added", {"person": "0a", "name": "Ann", "role": "owner", "pin": PIN}),
        ("person_added", {"person": "0c", "name": "May", "role": "cashier", "pin": PIN}),
        (
            "pin_tried",
            {"person": "0c", "right": False, "action": "refund", "counts": {"0c": [1.0, now]}},
        ),
        ("pin_tried", {"person": "0a", "right": True}),
        ("signed_in", {}),
        ("person_changed", {"person": "0c", "name": "May", "role": "cashier", "pin": PIN}),
    ]
    actors = [row.actor for row in journal.entries(staffed.database)]
    assert actors == ["", OWNER.id, "", OWNER.id, OWNER.id, OWNER.id]
    assert not any(HASH in str(row) for row in staffed.database.rows("SELECT * FROM journal"))
