"""Sign-in, approvals, and the people of the shop: every right is checked in the service."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest

from pos.domain.actor import Actor, Proof
from pos.domain.events import Fact, PersonChanged, SignInChanged
from pos.domain.staff import RIGHTS, RIGHTS_BEFORE_PEOPLE, SIGNED_OUT_RIGHTS, Action, Person, Role
from pos.errors import ConfigError, InputError, LockedOut, NotAllowed, NotFound, PinSecretMissing, StoreError
from pos.runtime import Bus
from pos.services.authorization import PIN_ALWAYS, Authorization
from pos.services.permissions import Permission, require_permission
from pos.services.pin_hashing import PLAIN, PinHasher
from pos.services.staff import PeopleServices, Staff, check_role, people_services
from pos.services.training import CASHIER_PIN, OWNER_PIN, add_training_people
from pos.store.database import Database
from pos.store.people import PeopleStore
from tests.support.access import SIGNED_OUT, permit
from tests.support.journals import new_journal
from tests.support.rows import wrong
from tests.support.shop import StoppedClock

T = TypeVar("T")
MAY_CHANGE = permit(Action.STAFF, "0a")
PIN = {Role.OWNER: "258025", Role.MANAGER: "369036", Role.CASHIER: "1470"}


async def in_place(function: Callable[[], T]) -> T:
    return function()


class Peppers:
    """The secret for PINs of one computer: empty until it is made."""

    def __init__(self, there: bytes = b"") -> None:
        self.there = there

    def __call__(self, create: bool) -> bytes:
        return self.there


class Shop:
    """A shop's people on a file, with a loop to call them on."""

    def __init__(self, path: Path) -> None:
        self.path, self.clock, self.bus = path, StoppedClock(), Bus()
        self.facts: list[Fact] = []
        self.bus.listen(self.facts.append)
        self.loop = asyncio.new_event_loop()
        self.pins = PinHasher(PLAIN)
        self.database = new_journal(path)
        self.people = self._people()

    def _people(self) -> PeopleServices:
        run_blocking: Callable[..., Awaitable[Any]] = in_place
        return people_services(
            PeopleStore(self.database, "R1", self.clock), self.clock, self.bus, self.pins, run_blocking
        )

    @property
    def staff(self) -> Staff:
        return self.people.staff

    def secret(self, person: Person) -> str:
        return PeopleStore(self.database, "R1", self.clock).with_pin(person.id)[1]

    def restart(self) -> None:
        self.database.close()
        self.database = Database(self.path)
        self.people = self._people()
        self.facts.clear()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def add(self, name: str, role: Role, pin: str = "") -> Person:
        return self.run(self.staff.add(name, role, pin or PIN[role], MAY_CHANGE))

    def sign_in(self, role: Role) -> Person:
        actor = self.run(self.staff.sign_in(self.one(role).id, PIN[role]))
        assert self.user is not None
        assert (actor, actor.person, actor.role) == (self.actor, self.user.id, role)
        return self.user

    @property
    def actor(self) -> Actor:
        """Who acts at the register since its last start."""
        return next((one.actor for one in reversed(self.facts) if isinstance(one, SignInChanged)), SIGNED_OUT)

    @property
    def user(self) -> Person | None:
        """The person who is signed in."""
        return next((one.person for one in reversed(self.facts) if isinstance(one, SignInChanged)), None)

    def one(self, role: Role) -> Person:
        return next(person for person in self.staff.people() if person.role is role)

    @property
    def rights(self) -> Authorization:
        return self.people.authorization

    def approve(self, action: Action, pin: str, person: str = "") -> Permission:
        return self.run(self.rights.approve(self.actor, action, pin, person))

    def wrong(self, role: Role, times: int = 1) -> str:
        for _ in range(times):
            with pytest.raises(NotAllowed) as caught:
                self.run(self.staff.sign_in(self.one(role).id, "8080"))
        return str(caught.value)

    def written(self, kind: str) -> list[dict[str, object]]:
        rows = self.database.rows("SELECT body FROM journal WHERE kind = ? ORDER BY seq", (kind,))
        return [json.loads(body) for (body,) in rows]

    def tries(self) -> list[tuple[object, object, object]]:
        """Return person, result and action of all PINs that were typed."""
        return [(one["person"], one["right"], one.get("action", "")) for one in self.written("pin_tried")]

    def actors(self, kind: str) -> list[str]:
        sql = "SELECT actor FROM journal WHERE kind = ? ORDER BY seq"
        return [row[0] for row in self.database.rows(sql, (kind,))]

    def close(self) -> None:
        assert wrong(self.database) == []
        self.database.close()
        self.loop.close()


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path / "j.sqlite")
    yield made
    made.close()


@pytest.fixture
def shop(empty: Shop) -> Shop:
    """A shop with an owner, a manager and a cashier; no one is signed in."""
    for name, role in (("Ann", Role.OWNER), ("Bo", Role.MANAGER), ("May", Role.CASHIER)):
        empty.add(name, role)
    return empty


# -- signing in ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", list(Role))
def test_a_person_with_the_right_pin_is_signed_in(shop: Shop, role: Role) -> None:
    person = shop.sign_in(role)
    actor = Actor(person.id, role, "R1", Proof.PIN)
    assert shop.facts == [SignInChanged(actor, person)]
    assert shop.actors("signed_in") == [person.id]


def test_a_quick_switch_signs_the_one_before_out(shop: Shop) -> None:
    shop.sign_in(Role.OWNER)
    may = shop.sign_in(Role.CASHIER)
    assert shop.user == may
    assert not shop.rights.may(shop.actor, Action.REPORTS)


def test_signing_out_takes_the_rights_away_though_it_cannot_be_written(shop: Shop) -> None:
    shop.sign_in(Role.MANAGER)
    shop.database.rows("PRAGMA query_only = ON")
    with pytest.raises(StoreError):
        shop.staff.sign_out(shop.actor)
    assert shop.actor.person == ""
    assert shop.facts[-1] == SignInChanged(SIGNED_OUT)
    assert not shop.rights.may(shop.actor, Action.REPORTS)


def test_signing_out_is_published_and_journaled_once(shop: Shop) -> None:
    ann = shop.sign_in(Role.OWNER)
    shop.staff.sign_out(shop.actor)
    shop.staff.sign_out(shop.actor)
    assert (shop.user, shop.actor) == (None, SIGNED_OUT)
    assert [one.person for one in shop.facts if isinstance(one, SignInChanged)] == [ann, None]
    assert shop.actors("signed_out") == [ann.id]


def test_a_wrong_pin_signs_no_one_in(shop: Shop) -> None:
    assert shop.wrong(Role.OWNER) == "The PIN is wrong."
    with pytest.raises(NotAllowed):
        shop.run(shop.staff.sign_in(shop.one(Role.OWNER).id, PIN[Role.CASHIER]))
    assert shop.user is None
    assert shop.facts == []


def test_no_one_signs_in_as_an_unknown_or_deactivated_person(shop: Shop) -> None:
    with pytest.raises(NotFound):
        shop.run(shop.staff.sign_in("ff", "258025"))
    may = shop.one(Role.CASHIER)
    shop.run(shop.staff.change(may.id, MAY_CHANGE, active=False))
    with pytest.raises(NotAllowed, match="is deactivated"):
        shop.run(shop.staff.sign_in(may.id, PIN[Role.CASHIER]))
    assert [one.name for one in shop.staff.people()] == ["Ann", "Bo"]
    assert [one.name for one in shop.staff.all_people()] == ["Ann", "Bo", "May"]
    shop.run(shop.staff.change(may.id, MAY_CHANGE, active=True))
    assert shop.sign_in(Role.CASHIER).id == may.id


# -- lock-outs ----------------------------------------------------------------------------------------------------


def test_five_wrong_pins_lock_the_person_out_longer_and_longer(shop: Shop) -> None:
    assert shop.wrong(Role.CASHIER, 4) == "The PIN is wrong."
    for seconds in (30, 60, 300, 900, 3600, 3600):
        assert shop.wrong(Role.CASHIER) == f"Too many wrong PINs. Try again in {seconds} s."
        with pytest.raises(LockedOut) as caught:
            shop.sign_in(Role.CASHIER)  # the right one too
        assert caught.value.seconds == seconds
        shop.clock.at += timedelta(seconds=seconds)
    assert shop.sign_in(Role.CASHIER).locked_until is None
    assert shop.wrong(Role.CASHIER, 4) == "The PIN is wrong."


def test_a_lock_out_survives_a_restart(shop: Shop) -> None:
    shop.wrong(Role.OWNER, 5)
    shop.restart()
    with pytest.raises(LockedOut, match="in 30 s"):
        shop.sign_in(Role.OWNER)
    shop.sign_in(Role.CASHIER)
    shop.clock.at += timedelta(seconds=30)
    shop.restart()
    assert shop.wrong(Role.OWNER) == "Too many wrong PINs. Try again in 60 s."


def test_setting_the_clock_forward_opens_nothing(shop: Shop) -> None:
    shop.wrong(Role.OWNER, 5)
    shop.clock.wrong_by = timedelta(days=1)
    shop.restart()
    with pytest.raises(LockedOut, match="in 30 s"):
        shop.sign_in(Role.OWNER)
    with pytest.raises(NotAllowed, match="The PIN is wrong"):
        shop.approve(Action.REFUND, PIN[Role.OWNER])
    shop.clock.at += timedelta(seconds=30)
    shop.sign_in(Role.OWNER)


def test_a_try_while_locked_out_is_not_counted(shop: Shop) -> None:
    shop.wrong(Role.OWNER, 5)
    before = len(shop.written("pin_tried"))
    shop.wrong(Role.OWNER, 20)
    assert len(shop.written("pin_tried")) == before
    shop.clock.at += timedelta(seconds=30)
    shop.sign_in(Role.OWNER)


def test_every_try_is_journaled_with_its_action(shop: Shop) -> None:
    ann, may = shop.one(Role.OWNER), shop.one(Role.CASHIER)
    shop.wrong(Role.CASHIER)
    shop.sign_in(Role.CASHIER)
    shop.approve(Action.REFUND, PIN[Role.OWNER], ann.id)
    with pytest.raises(NotAllowed):
        shop.approve(Action.REFUND, "8080")
    assert shop.tries() == [(may.id, False, ""), (may.id, True, ""), (ann.id, True, "refund"), ("", False, "refund")]


def test_tries_at_the_same_time_are_counted_one_after_the_other(shop: Shop) -> None:
    ann = shop.one(Role.OWNER)

    async def many() -> list[object]:
        tries = [shop.staff.sign_in(ann.id, "8080") for _ in range(8)]
        return list(await asyncio.gather(*tries, return_exceptions=True))

    assert [isinstance(error, LockedOut) for error in shop.run(many())] == [False] * 4 + [True] * 4
    assert len(shop.written("pin_tried")) == 5


# -- rights -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", list(Action))
@pytest.mark.parametrize("role", list(Role))
def test_a_right_is_given_at_once_or_refused(shop: Shop, role: Role, action: Action) -> None:
    person = shop.sign_in(role)
    assert shop.rights.may(shop.actor, action) is (action in RIGHTS[role])
    if action in RIGHTS[role] and action not in PIN_ALWAYS:
        assert shop.rights.permission(shop.actor, action) == permit(action, person.id)
    else:
        with pytest.raises(NotAllowed, match="Manager approval needed" if action in PIN_ALWAYS else "This needs"):
            shop.rights.permission(shop.actor, action)


@pytest.mark.parametrize("action", list(Action))
def test_a_signed_out_register_has_a_cashiers_rights(shop: Shop, action: Action) -> None:
    assert shop.rights.may(shop.actor, action) is (action in SIGNED_OUT_RIGHTS)
    if action in SIGNED_OUT_RIGHTS:
        assert shop.rights.permission(shop.actor, action) == permit(action)
    else:
        with pytest.raises(NotAllowed):
            shop.rights.permission(shop.actor, action)


@pytest.mark.parametrize("action", list(Action))
def test_a_shop_without_people_sells_and_gives_nothing_back(empty: Shop, action: Action) -> None:
    assert empty.rights.may(empty.actor, action) is (action in RIGHTS_BEFORE_PEOPLE)
    if action in RIGHTS_BEFORE_PEOPLE:
        assert empty.rights.permission(empty.actor, action) == permit(action)
    else:
        with pytest.raises(NotAllowed):
            empty.rights.permission(empty.actor, action)
    with pytest.raises(NotAllowed, match="Add the owner first"):
        empty.approve(action, "258025")


@pytest.mark.parametrize("action", [action for action in Action if action not in RIGHTS[Role.CASHIER]])
def test_a_managers_pin_approves_one_action_of_a_cashier(shop: Shop, action: Action) -> None:
    may = shop.sign_in(Role.CASHIER)
    role = Role.MANAGER if action in RIGHTS[Role.MANAGER] else Role.OWNER
    approver = shop.one(role)
    expected = permit(action, may.id, approver.id)
    assert shop.approve(action, PIN[role]) == expected
    assert shop.approve(action, PIN[role], approver.id) == expected
    assert shop.user == may
    assert [one.name for one in shop.rights.able(action)] == (["Ann", "Bo"] if role is Role.MANAGER else ["Ann"])


def test_with_no_one_signed_in_the_approver_is_the_actor(shop: Shop) -> None:
    bo = shop.one(Role.MANAGER)
    assert shop.approve(Action.REFUND, PIN[Role.MANAGER]) == permit(Action.REFUND, bo.id, bo.id)


def test_a_cashiers_own_pin_approves_nothing(shop: Shop) -> None:
    may = shop.sign_in(Role.CASHIER)
    for _more_than_are_free in range(7):  # not a guess: a right PIN locks no one out
        with pytest.raises(NotAllowed, match="needs a manager: a refund"):
            shop.approve(Action.REFUND, PIN[Role.CASHIER])
    with pytest.raises(NotAllowed, match="needs a manager: a refund"):
        shop.approve(Action.REFUND, PIN[Role.CASHIER], may.id)
    with pytest.raises(NotAllowed, match="needs the owner"):
        shop.run(shop.rights.approve(shop.actor, Action.STAFF, PIN[Role.MANAGER], shop.one(Role.MANAGER).id))


def test_wrong_pins_of_approvals_lock_approvals_and_no_person(shop: Shop) -> None:
    shop.sign_in(Role.CASHIER)
    for expected in [False] * 4 + [True] * 3:
        with pytest.raises(NotAllowed) as caught:
            shop.approve(Action.REFUND, "8080")
        assert isinstance(caught.value, LockedOut) is expected
    shop.restart()
    with pytest.raises(LockedOut, match="in 30 s"):
        shop.approve(Action.REFUND, PIN[Role.OWNER])
    shop.sign_in(Role.OWNER)
    shop.clock.at += timedelta(seconds=30)
    shop.approve(Action.REFUND, PIN[Role.OWNER])
    shop.restart()
    shop.approve(Action.REFUND, PIN[Role.MANAGER])


def test_the_right_pin_of_one_person_forgives_no_wrong_one_of_another(shop: Shop) -> None:
    """Four wrong guesses, then one's own PIN, again and again: the count of the guesses goes on."""
    for _guess in range(4):
        shop.wrong(Role.OWNER)
        with pytest.raises(NotAllowed):
            shop.approve(Action.REFUND, "8080")
        shop.sign_in(Role.CASHIER)
        with pytest.raises(NotAllowed, match="needs a manager"):
            shop.approve(Action.REFUND, PIN[Role.CASHIER])
        shop.approve(Action.REFUND, PIN[Role.MANAGER])
    with pytest.raises(LockedOut):
        shop.approve(Action.REFUND, "8080")
    assert "Too many" in shop.wrong(Role.OWNER)


def test_unnamed_wrong_pins_lock_their_own_action_first_and_then_all(shop: Shop) -> None:
    def guess(action: Action) -> str:
        with pytest.raises(NotAllowed) as caught:
            shop.approve(action, "8080")
        return str(caught.value)

    assert [guess(Action.REFUND) for _ in range(5)][-1] == "Too many wrong PINs. Try again in 30 s."
    assert [guess(Action.SETTLE) for _ in range(4)] == ["The PIN is wrong."] * 4
    assert guess(Action.X_REPORT) == "Too many wrong PINs. Try again in 30 s."  # the tenth of all
    assert guess(Action.REPORTS) == "Too many wrong PINs. Try again in 30 s."
    assert shop.run(shop.rights.approve(shop.actor, Action.REFUND, PIN[Role.MANAGER], shop.one(Role.MANAGER).id)), (
        "by name"
    )


@pytest.mark.parametrize("seconds", [0.5, 20, 240])
def test_a_pause_between_guesses_gives_no_sixth_one(shop: Shop, seconds: float) -> None:
    for _ in range(5):
        with pytest.raises(NotAllowed) as caught:
            shop.approve(Action.REFUND, "8080")
        shop.clock.at += timedelta(seconds=seconds if not isinstance(caught.value, LockedOut) else 0)
    assert str(caught.value) == "Too many wrong PINs. Try again in 30 s."


def test_time_forgives_unnamed_wrong_pins_one_an_hour(shop: Shop) -> None:
    for _ in range(20):  # one typing mistake an hour never locks
        with pytest.raises(NotAllowed, match="The PIN is wrong"):
            shop.approve(Action.REFUND, "8080")
        shop.clock.at += timedelta(hours=1)


def test_who_is_locked_out_approves_nothing_either(shop: Shop) -> None:
    shop.wrong(Role.OWNER, 5)
    with pytest.raises(NotAllowed, match="The PIN is wrong"):
        shop.approve(Action.REFUND, PIN[Role.OWNER])
    with pytest.raises(LockedOut):
        shop.approve(Action.REFUND, PIN[Role.OWNER], shop.one(Role.OWNER).id)
    shop.approve(Action.REFUND, PIN[Role.MANAGER])


def test_wrong_pins_at_a_chosen_approver_count_for_that_person(shop: Shop) -> None:
    ann = shop.one(Role.OWNER)
    for _ in range(5):
        with pytest.raises(NotAllowed):
            shop.approve(Action.REFUND, "8080", ann.id)
    with pytest.raises(LockedOut):
        shop.sign_in(Role.OWNER)


def test_a_pin_that_two_people_have_approves_nothing_until_one_is_chosen(shop: Shop) -> None:
    eve = shop.add("Eve", Role.MANAGER, PIN[Role.OWNER])
    before = len(shop.written("pin_tried"))
    with pytest.raises(NotAllowed, match="More than one person has this PIN"):
        shop.approve(Action.REFUND, PIN[Role.OWNER])
    assert shop.tries()[before:] == [("", True, "refund")]
    assert shop.approve(Action.REFUND, PIN[Role.OWNER], eve.id).approved_by == eve.id
    assert shop.approve(Action.STAFF, PIN[Role.OWNER]).approved_by == shop.one(Role.OWNER).id
    assert shop.approve(Action.REFUND, PIN[Role.MANAGER]).approved_by == shop.one(Role.MANAGER).id


def test_a_permission_is_for_its_own_action() -> None:
    permission = permit(Action.REFUND, "0a")
    assert require_permission(permission, Action.REFUND) is permission
    with pytest.raises(NotAllowed, match="settling"):
        require_permission(permission, Action.SETTLE)


# -- people -------------------------------------------------------------------------------------------------------


def test_the_first_owner_needs_no_permission_and_is_signed_in(empty: Shop) -> None:
    with pytest.raises(NotAllowed, match="first person must be the owner"):
        empty.run(empty.staff.add("Ann", Role.MANAGER, "258025"))
    ann = empty.run(empty.staff.open_shop(" Ann  Lin ", "258025"))
    assert empty.user is not None
    assert (empty.user.name, empty.user.role) == ("Ann Lin", Role.OWNER)
    assert empty.facts == [SignInChanged(ann, empty.user)]
    assert empty.actors("signed_in") == [ann.person]
    with pytest.raises(NotAllowed, match="needs the owner: managing people"):
        empty.run(empty.staff.open_shop("Eve", "258025"))


@pytest.mark.parametrize("permission", [None, permit(Action.SELL), permit(Action.REFUND, "0a", "0a")])
def test_people_are_made_and_changed_with_the_right_alone(shop: Shop, permission: Permission | None) -> None:
    with pytest.raises(NotAllowed, match="needs the owner"):
        shop.run(shop.staff.add("Eve", Role.OWNER, "258025", permission))
    with pytest.raises(NotAllowed, match="needs the owner"):
        shop.run(shop.staff.change(shop.one(Role.CASHIER).id, permission, role=Role.OWNER))  # type: ignore[arg-type]  # a caller without types
    assert [one.name for one in shop.staff.all_people()] == ["Ann", "Bo", "May"]


def test_who_did_it_and_who_approved_it_is_written(shop: Shop) -> None:
    shop.run(shop.staff.add("Eve", Role.CASHIER, "1357", permit(Action.STAFF, "0c", "0a")))
    shop.run(shop.staff.add("Eva", Role.CASHIER, "1357", permit(Action.STAFF, "0d")))
    assert shop.actors("person_added")[-2:] == ["0a", "0d"]


@pytest.mark.parametrize(("name", "pin"), [("", "258025"), ("Eve", "1234"), ("Eve", "258")])
def test_a_bad_name_or_pin_adds_no_one(shop: Shop, name: str, pin: str) -> None:
    with pytest.raises(InputError):
        shop.run(shop.staff.add(name, Role.CASHIER, pin, MAY_CHANGE))
    assert len(shop.staff.all_people()) == 3


def test_what_is_not_given_stays(shop: Shop) -> None:
    may = shop.one(Role.CASHIER)
    assert shop.run(shop.staff.change(may.id, MAY_CHANGE, name=" Mei ")).name == "Mei"
    assert shop.run(shop.staff.change(may.id, MAY_CHANGE, role=Role.MANAGER, pin="975397")).role is Role.MANAGER
    after = shop.run(shop.staff.change(may.id, MAY_CHANGE, pin="864286"))
    assert (after.name, after.role, after.active) == ("Mei", Role.MANAGER, True)
    assert shop.run(shop.staff.sign_in(may.id, "864286")).person == may.id
    with pytest.raises(InputError):
        shop.run(shop.staff.change(may.id, MAY_CHANGE, name="Ann"))
    with pytest.raises(NotFound):
        shop.run(shop.staff.change("ff", MAY_CHANGE, name="Eve"))


def test_the_last_owner_cannot_be_removed(shop: Shop) -> None:
    ann = shop.one(Role.OWNER)
    for change in ({"active": False}, {"role": Role.MANAGER}):
        with pytest.raises(NotAllowed, match="this is the last one"):
            shop.run(shop.staff.change(ann.id, MAY_CHANGE, **change))


def test_a_change_of_who_is_signed_in_applies_at_once(shop: Shop) -> None:
    shop.sign_in(Role.CASHIER)
    may = shop.actor
    shop.run(shop.staff.change(may.person, MAY_CHANGE, role=Role.MANAGER, pin="975397"))
    assert shop.rights.may(may, Action.REPORTS)
    after = shop.run(shop.staff.change(may.person, MAY_CHANGE, role=Role.CASHIER))
    assert shop.facts[-1] == PersonChanged(after)
    assert not shop.rights.may(may, Action.REPORTS)
    shop.run(shop.staff.change(may.person, MAY_CHANGE, active=False))
    assert not any(shop.rights.allowed(may, set(Action)).values())
    with pytest.raises(NotAllowed, match="This needs a manager: taking payments"):
        shop.rights.permission(may, Action.SELL)


def test_an_actor_whom_the_journal_does_not_know_has_no_right(shop: Shop) -> None:
    stranger = Actor("ff", Role.OWNER, "R1", Proof.PIN)
    for question in (shop.rights.may, shop.rights.permission):
        with pytest.raises(NotFound):
            question(stranger, Action.SELL)


def test_every_user_changes_their_own_pin_with_the_old_one(shop: Shop) -> None:
    with pytest.raises(NotAllowed, match="No user is signed in"):
        shop.run(shop.staff.change_own_pin(shop.actor, PIN[Role.CASHIER], "9753"))
    may = shop.sign_in(Role.CASHIER)
    with pytest.raises(NotAllowed, match="The PIN is wrong"):
        shop.run(shop.staff.change_own_pin(shop.actor, "8080", "9753"))
    with pytest.raises(InputError):
        shop.run(shop.staff.change_own_pin(shop.actor, PIN[Role.CASHIER], "1111"))
    shop.run(shop.staff.change_own_pin(shop.actor, PIN[Role.CASHIER], "9753"))
    assert shop.run(shop.staff.sign_in(may.id, "9753")).person == may.id
    assert shop.actors("person_changed")[-1] == may.id


@pytest.mark.parametrize(("role", "pin"), [
    (Role.MANAGER, None), (Role.OWNER, None), (Role.MANAGER, "9753"), (Role.OWNER, "97539"),
])  # fmt: skip
def test_a_cashier_becomes_a_manager_with_a_new_pin_of_six_digits(shop: Shop, role: Role, pin: str | None) -> None:
    may = shop.one(Role.CASHIER)
    with pytest.raises(InputError, match="6") as caught:
        shop.run(shop.staff.change(may.id, MAY_CHANGE, role=role, pin=pin))
    assert caught.value.field == "pin"
    assert shop.one(Role.CASHIER) == may
    assert shop.run(shop.staff.change(may.id, MAY_CHANGE, role=role, pin="975397")).role is role


def test_a_manager_who_becomes_an_owner_or_a_cashier_keeps_the_pin(shop: Shop) -> None:
    bo = shop.one(Role.MANAGER)
    for role in (Role.OWNER, Role.CASHIER):
        shop.run(shop.staff.change(bo.id, MAY_CHANGE, role=role))
    assert shop.run(shop.staff.sign_in(bo.id, PIN[Role.MANAGER])).role is Role.CASHIER


@pytest.mark.parametrize("pin", ["9753", "97539"])
def test_a_short_pin_of_an_older_program_works_and_a_change_is_asked_for(shop: Shop, pin: str) -> None:
    ann, old = shop.one(Role.OWNER), PinHasher(PLAIN).hash(pin)
    PeopleStore(shop.database, "R1", shop.clock).change(ann, "", old)
    assert shop.run(shop.staff.sign_in(ann.id, pin)) == shop.actor
    assert shop.facts == [SignInChanged(shop.actor, ann, short_pin=True)]
    assert shop.staff.has_short_pin(ann.id, pin)
    with pytest.raises(InputError, match="6 to 12 digits"):
        shop.run(shop.staff.change_own_pin(shop.actor, pin, "864286"[:5]))
    shop.run(shop.staff.change_own_pin(shop.actor, pin, "864286"))
    shop.run(shop.staff.sign_in(ann.id, "864286"))
    assert shop.facts[-1] == SignInChanged(shop.actor, ann)


@pytest.mark.parametrize("typed", ["", "abc", "25a025", "258", "1234567890123", "²⁵⁸⁰²⁵x"])
def test_what_cannot_be_a_pin_is_no_try(shop: Shop, typed: str) -> None:
    shop.sign_in(Role.CASHIER)
    before = len(shop.written("pin_tried"))
    for _more_than_are_free in range(12):
        with pytest.raises(InputError):
            shop.approve(Action.REFUND, typed)
        with pytest.raises(InputError):
            shop.approve(Action.REFUND, typed, shop.one(Role.OWNER).id)
        with pytest.raises(InputError):
            shop.run(shop.staff.sign_in(shop.one(Role.OWNER).id, typed))
    assert len(shop.written("pin_tried")) == before


@pytest.mark.parametrize("typed", ["258025\r", " 258025\r\n", "２５８０２５", "2580 25", "\ufeff258025"])
def test_a_pin_is_read_as_it_was_meant(shop: Shop, typed: str) -> None:
    assert shop.run(shop.staff.sign_in(shop.one(Role.OWNER).id, typed)).role is Role.OWNER
    assert shop.approve(Action.REFUND, typed).approved_by == shop.one(Role.OWNER).id


def test_roles_are_read_by_name() -> None:
    assert check_role("manager") is Role.MANAGER
    with pytest.raises(InputError, match=r"boss is not a role\. Use one of cashier, manager, owner"):
        check_role("boss")


# -- secrets ------------------------------------------------------------------------------------------------------


def test_neither_pin_nor_hash_is_written_published_or_shown(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    pins = ("86420975", "75319864")
    eve = shop.run(shop.staff.add("Eve", Role.OWNER, pins[0], MAY_CHANGE))
    shop.run(shop.staff.sign_in(eve.id, pins[0]))
    shop.run(shop.staff.change_own_pin(shop.actor, *pins))
    permission = shop.approve(Action.REFUND, pins[1])
    with pytest.raises(NotAllowed) as caught:
        shop.run(shop.staff.sign_in(eve.id, pins[0]))
    secrets = [row[0] for row in shop.database.rows("SELECT pin FROM people")]
    assert all(secret.startswith("$argon2id$") for secret in secrets)
    assert len(set(secrets)) == 4
    said = [repr(eve), repr(permission), repr(shop.staff), repr(caught.value), repr(shop.facts), caplog.text]
    journaled = [str(row) for row in shop.database.rows("SELECT * FROM journal")]
    for text in said + journaled:
        assert not any(secret in text for secret in (*pins, *secrets))


def test_a_hash_of_an_older_program_gets_the_pepper_with_the_next_right_pin(empty: Shop) -> None:
    ann = empty.add("Ann", Role.OWNER)
    empty.pins = PinHasher(PLAIN, Peppers(b"s" * 32))
    empty.restart()
    empty.wrong(Role.OWNER)
    assert empty.secret(ann).startswith("$argon2id$")
    empty.sign_in(Role.OWNER)
    first = empty.secret(ann)
    assert re.match(r"p1\$[0-9a-f]{8}\$\$argon2id\$", first)
    assert len(str(empty.written("pin_tried")[-1]["rehashed"])) == 64
    empty.approve(Action.REFUND, PIN[Role.OWNER])
    assert empty.secret(ann) == first, "once is enough"
    assert not PinHasher(PLAIN).check(first[len("p1$00000000$") :], PIN[Role.OWNER]).right, (
        "the PIN alone is not what was hashed"
    )


@pytest.mark.parametrize("there", [b"", b"o" * 32])
def test_without_the_secret_for_pins_no_pin_is_wrong_and_nothing_is_counted(empty: Shop, there: bytes) -> None:
    empty.pins = PinHasher(PLAIN, Peppers(b"s" * 32))
    empty.restart()
    ann = empty.add("Ann", Role.OWNER)
    empty.pins = PinHasher(PLAIN, Peppers(there))
    empty.restart()
    for pin in (PIN[Role.OWNER], "864286") * 6:
        for work in (
            empty.staff.sign_in(ann.id, pin),
            empty.rights.approve(empty.actor, Action.REFUND, pin),
        ):
            with pytest.raises(PinSecretMissing, match="secret for checking PINs is missing"):
                empty.run(work)
    assert empty.written("pin_tried") == []
    assert empty.staff.people()[0].locked_until is None


def test_where_one_persons_hash_cannot_be_checked_the_others_approve(empty: Shop) -> None:
    empty.pins = PinHasher(PLAIN, Peppers(b"o" * 32))
    empty.restart()
    empty.add("Ann", Role.OWNER)
    empty.pins = PinHasher(PLAIN, Peppers(b"s" * 32))
    empty.restart()
    bo = empty.add("Bo", Role.MANAGER)
    assert empty.approve(Action.REFUND, PIN[Role.MANAGER]).approved_by == bo.id
    with pytest.raises(PinSecretMissing):
        empty.approve(Action.REFUND, "864286")


def test_a_keyring_that_does_not_answer_refuses_no_right_pin(empty: Shop) -> None:
    ann = empty.add("Ann", Role.OWNER)

    def silent(create: bool) -> bytes:
        raise ConfigError("The keyring does not answer.")

    empty.pins = PinHasher(PLAIN, silent)
    empty.restart()
    assert empty.sign_in(Role.OWNER) == ann
    assert empty.secret(ann).startswith("$argon2id$")


def test_a_real_hash_costs_what_rfc_9106_asks() -> None:
    secret = PinHasher().hash("258025")
    assert secret.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert PinHasher(PLAIN).fits(secret, "258025")
    assert not PinHasher(PLAIN).fits(secret, "2581")
    assert not PinHasher(PLAIN).fits(secret, "\udcff")


def test_hashes_are_made_beside_the_loop(tmp_path: Path) -> None:
    database = Database(tmp_path / "j.sqlite")
    clock = StoppedClock()
    staff, _rights = people_services(PeopleStore(database, "R1", clock), clock, Bus(), PinHasher(PLAIN))
    assert asyncio.run(staff.open_shop("Ann", "258025")).person == staff.people()[0].id
    database.close()


# -- the training shop --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "name"), [("en", "Ann Lin"), ("zh_TW", "林店長"), ("fr", "Ann Lin")])
def test_the_training_shop_has_people_and_its_owner_is_there(empty: Shop, language: str, name: str) -> None:
    empty.run(add_training_people(empty.people, language))
    owner = empty.one(Role.OWNER)
    assert empty.user == owner
    assert (owner.name, empty.actor.proof) == (name, Proof.TRAINING)
    empty.run(empty.staff.sign_in(empty.one(Role.CASHIER).id, CASHIER_PIN))
    empty.run(empty.staff.sign_in(empty.one(Role.OWNER).id, OWNER_PIN))
    empty.restart()
    empty.run(add_training_people(empty.people, language))
    assert len(empty.staff.all_people()) == 2
    with pytest.raises(NotFound):
        empty.staff.sign_in_without_pin("ff")
