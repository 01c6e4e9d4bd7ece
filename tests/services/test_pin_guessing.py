"""An attacker guesses a manager's PIN at the register, with any mix of names, actions, own PINs, restarts and pauses.

The bound is that of :mod:`pos.domain.pin_rules`: 24 guesses, then 2 an hour.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any, TypeVar

import pytest

from pos.domain.staff import Action, Role
from pos.errors import LockedOut, NotAllowed
from pos.runtime import Bus
from pos.services.pin_hashing import PLAIN, PinHasher
from pos.services.staff import people_services
from pos.store.database import Database
from pos.store.people import PeopleStore
from tests.support.access import SIGNED_OUT, permit
from tests.support.journals import new_journal
from tests.support.sample import cases, examples
from tests.support.shop import StoppedClock

pytestmark = pytest.mark.long

T = TypeVar("T")
OWN = "1470"
ATTEMPTS, PATIENT = examples(10_000, 2_000), examples(1_000, 300)
AT_ONCE, AN_HOUR = 24, 2


async def in_place(function: Callable[[], T]) -> T:
    return function()


class Attacker:
    """A cashier whose own PIN is known, against the owner's. ``checked`` are guesses that were compared with it."""

    def __init__(self, database: Database, loop: asyncio.AbstractEventLoop, seed: int) -> None:
        self.database, self.clock, self.random = database, StoppedClock(), random.Random(seed)
        self.loop = loop
        self.begun = self.clock.at
        self.checked = 0
        self.locked: dict[Action | None, datetime] = {}
        self.restart()
        self.owner = self.run(self.staff.add("Ann", Role.OWNER, "864286")).id
        self.own = self.run(self.staff.add("May", Role.CASHIER, OWN, permit(Action.STAFF, self.owner))).id

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def restart(self) -> None:
        run_blocking: Callable[..., Awaitable[Any]] = in_place
        self.staff, self.rights = people_services(
            PeopleStore(self.database, "R1", self.clock), self.clock, Bus(), PinHasher(PLAIN), run_blocking
        )

    def guess(self, unnamed: Action | None, *, approval: bool = False) -> None:
        """Guess once, for an action without a name, or with the owner's name."""
        guess = str(self.random.randrange(100_000, 800_000))
        before = self._last_seq()
        try:
            if unnamed is not None:
                self.run(self.rights.approve(SIGNED_OUT, unnamed, guess))
            elif approval:
                self.run(self.rights.approve(SIGNED_OUT, Action.REFUND, guess, self.owner))
            else:
                self.run(self.staff.sign_in(self.owner, guess))
            raise AssertionError("the guesses are never right")
        except LockedOut as error:
            self.locked[unnamed] = self.clock.at + timedelta(seconds=error.seconds)
        except NotAllowed:
            self.locked.pop(unnamed, None)
        self.checked += self._last_seq() > before
        assert self.checked <= AT_ONCE + AN_HOUR * self.hours()

    def random_guess(self) -> None:
        self.guess(self.random.choice([None, *Action]), approval=self.random.random() < 0.5)

    def patient_guess(self) -> None:
        """Guess when no lock is in force, after waiting for the first to end."""
        ends = {way: self.locked.get(way, self.clock.at) for way in (None, *Action)}
        way = min(ends, key=lambda one: ends[one])
        self.clock.at = max(self.clock.at, ends[way])
        self.guess(way)

    def distract(self) -> None:
        """The actions of a cashier between guesses."""
        kind = self.random.randrange(4)
        if kind == 0:
            self.run(self.staff.sign_in(self.own, OWN))
        elif kind == 1:
            with pytest.raises(NotAllowed, match="needs a manager"):
                self.run(self.rights.approve(SIGNED_OUT, Action.REFUND, OWN, self.own))
        elif kind == 2:
            self.restart()
        else:
            self.clock.wrong_by = timedelta(hours=self.random.randrange(-48, 48))

    def hours(self) -> float:
        return (self.clock.at - self.begun) / timedelta(hours=1)

    def _last_seq(self) -> int:
        found: int = self.database.rows("SELECT max(seq) FROM journal WHERE kind = 'pin_tried'")[0][0] or 0
        return found


MakeAttacker = Callable[[int], Attacker]


@pytest.fixture
def attack() -> Iterator[MakeAttacker]:
    loop = asyncio.new_event_loop()
    with closing(new_journal()) as database:
        yield lambda seed: Attacker(database, loop, seed)
    loop.close()


@pytest.mark.parametrize("seed", cases([1, 2], lambda seed: "random"))
def test_without_waiting_an_attacker_has_fifteen_guesses(attack: MakeAttacker, seed: int) -> None:
    attacker = attack(seed)
    for _attempt in range(ATTEMPTS):
        attacker.random_guess()
        if attacker.random.random() < 0.05:
            attacker.distract()
    assert attacker.checked <= 15


@pytest.mark.parametrize("seed", cases([3, 4], lambda seed: "random"))
def test_attempts_all_through_a_day_are_seventy_two_guesses_at_most(attack: MakeAttacker, seed: int) -> None:
    attacker = attack(seed)
    for _attempt in range(2000):
        attacker.random_guess()
        attacker.distract()
        attacker.clock.at += timedelta(seconds=attacker.random.uniform(0, 84))
    assert attacker.hours() <= 24
    assert attacker.checked <= AT_ONCE + AN_HOUR * 24 == 72


def test_patient_guesses_are_forty_eight_a_day(attack: MakeAttacker) -> None:
    """Every guess is checked. At this rate 10,000 take 207 days, and find 6 digits with a chance of 1 in 100."""
    attacker = attack(5)
    while attacker.checked < PATIENT:
        attacker.patient_guess()
    assert attacker.hours() >= (PATIENT - AT_ONCE) / AN_HOUR


def test_a_restart_of_the_machine_gives_no_guess_back(attack: MakeAttacker) -> None:
    attacker = attack(6)
    for _day in range(50):
        for _attempt in range(20):
            attacker.random_guess()
        attacker.clock.at += timedelta(minutes=5)
        attacker.clock.started = attacker.clock.at
        attacker.restart()
    assert attacker.checked <= AT_ONCE + AN_HOUR * attacker.hours()


@pytest.mark.parametrize("typos", [1, 2, 3, 4])
def test_an_honest_shop_is_not_locked_by_its_typing_mistakes(attack: MakeAttacker, typos: int) -> None:
    """Up to four mistakes in a row without a name, then the owner's PIN, four times a day for a month."""
    shop = attack(7)
    for _time in range(120):
        for _typo in range(typos):
            with pytest.raises(NotAllowed, match="The PIN is wrong"):
                shop.run(shop.rights.approve(SIGNED_OUT, Action.REFUND, "753197"))
        assert shop.run(shop.rights.approve(SIGNED_OUT, Action.REFUND, "864286"))
        shop.clock.at += timedelta(hours=6)
