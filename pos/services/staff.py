"""Who stands at the till, and what they may do. Every right is asked for here; windows only show what is refused."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from pos.domain.events import SignedIn
from pos.domain.staff import (
    BEFORE_PEOPLE,
    UNATTENDED,
    Action,
    Permit,
    Person,
    Role,
    check_name,
    check_pin,
    locked_out,
    refuse,
)
from pos.errors import InputError, NotAllowed
from pos.i18n import N_, msg
from pos.runtime import Aside, Bus, Clock
from pos.services.pins import Pins
from pos.store.people import ANYBODY, PeopleStore

PIN_ALWAYS: Final = frozenset({Action.REFUND, Action.SETTLE, Action.RESTORE})
"""What asks for a PIN each time, whoever has signed in: the till may have been left for a moment."""


class Staff:
    """``pins`` makes and checks hashes beside the loop: one takes some tens of milliseconds."""

    def __init__(
        self, store: PeopleStore, clock: Clock, bus: Bus, pins: Pins, aside: Aside = asyncio.to_thread
    ) -> None:
        self._store = store
        self._clock = clock
        self._bus = bus
        self._pins = pins
        self._aside = aside
        self._here: Person | None = None
        self._one_at_a_time = asyncio.Lock()
        self.on_first_owner: Callable[[Person], None] = lambda owner: None

    # -- who is there -----------------------------------------------------------------------------------------

    @property
    def here(self) -> Person | None:
        """Who has signed in."""
        return self._here

    @property
    def who(self) -> str:
        """The id of who has signed in, "" for nobody."""
        return self._here.id if self._here else ""

    def people(self) -> Sequence[Person]:
        """Everybody who may sign in."""
        return [one for one in self._store.all() if one.active]

    def everybody(self) -> Sequence[Person]:
        """Those who left too: their names still stand in reports."""
        return self._store.all()

    async def sign_in(self, person: str, pin: str) -> Person:
        """Whoever was there signs out. Raises NotAllowed for a wrong PIN or while locked, NotFound."""
        found = await self._check(person, pin, None)
        return self._came(found)

    def sign_out(self) -> None:
        """Nobody is there any more."""
        if self._here is not None:
            self._store.left(self._here.id, "signed_out")
            self._here = None
            self._bus.publish(SignedIn(None))

    def let_in(self, person: str) -> Person:
        """Sign somebody in without a PIN: the training shop, where nobody's money is guarded. Raises NotFound."""
        return self._stand(self._store.get(person))

    def names(self) -> dict[str, str]:
        """Everybody's name by id."""
        return {one.id: one.name for one in self._store.all()}

    # -- rights -----------------------------------------------------------------------------------------------

    def may(self, action: Action) -> bool:
        """Whether whoever is there may do it without further word."""
        if self._here is not None:
            return self._here.may(action)
        return action in (UNATTENDED if self.people() else BEFORE_PEOPLE)

    def able(self, action: Action) -> Sequence[Person]:
        """Who may approve it."""
        return [one for one in self.people() if one.may(action)]

    def permit(self, action: Action) -> Permit:
        """The right of whoever is there. Raises NotAllowed: a manager's PIN may approve it, see :meth:`approve`."""
        if action in PIN_ALWAYS and (self.people() or action not in BEFORE_PEOPLE):
            raise NotAllowed(self._who_may(action))
        if not self.may(action):
            raise refuse(action)
        return Permit(action, self.who)

    async def approve(self, action: Action, pin: str, person: str = "") -> Permit:
        """A right for one action by somebody's PIN; whoever is there stays signed in.

        Without ``person`` the PIN is compared with everybody's who has the right. Raises NotAllowed for a wrong
        PIN, for one that two of them have, while locked, and where nobody has the right.
        """
        found = await (self._check(person, pin, action) if person else self._whose(action, pin))
        if not found.may(action):
            raise refuse(action)
        return Permit(action, self.who or found.id, found.id)

    # -- people -----------------------------------------------------------------------------------------------

    async def add(self, name: str, role: Role, pin: str, permit: Permit | None = None) -> Person:
        """A new person. The first one of a shop is its owner and needs no permit. Raises InputError, NotAllowed."""
        first = not self._store.all()
        _needs(Action.STAFF, Permit(Action.STAFF) if first else permit)
        person = Person(os.urandom(4).hex(), check_name(name), role)
        added = self._store.add(person, await self._hash(pin), permit.approved_by or permit.who if permit else "")
        if first:
            self.on_first_owner(added)
        return added

    async def open_shop(self, name: str, pin: str) -> Person:
        """The first owner of a shop without people, who stands at the till from now on. Raises InputError,
        NotAllowed where there is somebody already."""
        return self._came(await self.add(name, Role.OWNER, pin))

    async def change(
        self,
        person: str,
        permit: Permit,
        *,
        name: str | None = None,
        role: Role | None = None,
        pin: str | None = None,
        active: bool | None = None,
    ) -> Person:
        """Change what is given of a person. Raises InputError, NotAllowed, NotFound."""
        _needs(Action.STAFF, permit)
        known = self._store.get(person)
        changed = replace(
            known,
            name=known.name if name is None else check_name(name),
            role=role or known.role,
            active=known.active if active is None else active,
        )
        secret = None if pin is None else await self._hash(pin)
        after = self._store.change(changed, permit.approved_by or permit.who, secret)
        if self._here is not None and self._here.id == after.id:
            self._stand(after) if after.active else self.sign_out()
        return after

    async def change_own_pin(self, old: str, new: str) -> Person:
        """Whoever is there takes another PIN. Raises NotAllowed, InputError."""
        if self._here is None:
            raise NotAllowed(N_("Nobody has signed in."))
        found = await self._check(self._here.id, old, None)
        return self._store.change(found, found.id, await self._hash(new))

    # -- steps ------------------------------------------------------------------------------------------------

    def _came(self, person: Person) -> Person:
        self._store.left(person.id, "signed_in")
        return self._stand(person)

    def _stand(self, person: Person) -> Person:
        self._here = person
        self._bus.publish(SignedIn(person))
        return person

    async def _hash(self, pin: str) -> str:
        check_pin(pin)
        return await self._aside(lambda: self._pins.hash(pin))

    async def _check(self, person: str, pin: str, action: Action | None) -> Person:
        """The person, if the PIN is right. The lock is looked at before, the try is written down after."""
        async with self._one_at_a_time:
            found, secret = self._store.with_pin(person)
            self._refuse_locked(found.id)
            if not found.active:
                raise NotAllowed(N_("This person does not work here any more."))
            right = await self._fits(secret, pin)
            until = self._store.tried(found.id, right=right, action=action)
        if not right:
            raise self._wrong(until)
        return replace(found, locked_until=None)

    async def _whose(self, action: Action, pin: str) -> Person:
        async with self._one_at_a_time:
            self._refuse_locked(ANYBODY)
            able = self.able(action)
            if not able:
                raise NotAllowed(self._who_may(action))
            found = await self._fitting(able, pin)
            if not found:
                others = [one for one in self.people() if not one.may(action)]
                for one in await self._fitting(others, pin):  # no guess, and no right either
                    self._store.tried(one.id, right=True, action=action)
                    raise refuse(action)
                raise self._wrong(self._store.tried(ANYBODY, right=False, action=action))
            self._store.tried(ANYBODY, right=True, action=action)
            if len(found) > 1:  # it would be written down as somebody's word who never gave it
                raise NotAllowed(N_("More than one person has this PIN. Choose who approves, or change it."))
            self._store.tried(found[0].id, right=True, action=action)
            return found[0]

    async def _fitting(self, people: Sequence[Person], pin: str) -> list[Person]:
        """Whose PIN it is, of those who are not locked out."""
        free = [one for one in people if not self._store.locked_until(one.id)]
        return [one for one in free if await self._fits(self._store.with_pin(one.id)[1], pin)]

    async def _fits(self, secret: str, pin: str) -> bool:
        return await self._aside(lambda: self._pins.fits(secret, pin))

    def _refuse_locked(self, person: str) -> None:
        if until := self._store.locked_until(person):
            raise self._wrong(until)

    def _wrong(self, until: datetime | None) -> NotAllowed:
        if until is None:
            return NotAllowed(N_("The PIN is wrong."))
        return locked_out(until - self._clock.now())

    def _who_may(self, action: Action) -> str:
        if not self.people():
            return N_("Nobody is set up who could approve this. Make an owner first.")
        return N_("This needs the PIN of somebody who may.")


def granted(permit: Permit, action: Action) -> Permit:
    """The permit, if it is for ``action``; services ask this of whoever calls them. Raises NotAllowed."""
    _needs(action, permit)
    return permit


def _needs(action: Action, permit: Permit | None) -> None:
    if permit is None or permit.action is not action:
        raise refuse(action)


def check_role(text: str) -> Role:
    """A role by its name. Raises InputError."""
    try:
        return Role(text)
    except ValueError:
        known = ", ".join(Role)
        raise InputError("role", msg(N_("{value} is no role; one of {known}"), value=text, known=known)) from None
