"""The people of the shop: sign-in and sign-out, adding and changing people, their PINs, the recovery code."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from pos.domain.actor import NO_PERSON, Actor, Proof, signed_out
from pos.domain.events import PersonChanged, SignInChanged
from pos.domain.pin_rules import check_pin, is_short, needs_new_pin, typed_pin
from pos.domain.staff import Action, Person, Role, check_name, not_allowed
from pos.errors import InputError, NotAllowed
from pos.i18n import N_, msg
from pos.runtime import BlockingRunner, Bus, Clock
from pos.services.authorization import CODE_NEEDED, Authorization
from pos.services.permissions import Permission, require_permission
from pos.services.pin_hashing import PinHasher
from pos.services.pin_tries import PinTries
from pos.services.recovery_codes import RecoveryCodes
from pos.store.people import PeopleStore


class PeopleServices(NamedTuple):
    """The two services about people: who they are, and what they may do."""

    staff: Staff
    authorization: Authorization


def people_services(
    store: PeopleStore,
    clock: Clock,
    bus: Bus,
    pins: PinHasher,
    run_blocking: BlockingRunner = asyncio.to_thread,
    codes: RecoveryCodes | None = None,
) -> PeopleServices:
    """Build both on one count of wrong PINs. ``pins`` makes and checks hashes on another thread."""
    tries = PinTries(store, clock, pins, run_blocking)
    authorization = Authorization(store, tries, run_blocking, codes)
    return PeopleServices(Staff(store, bus, tries, authorization, run_blocking, codes), authorization)


class Staff:
    """``tries`` checks and hashes PINs. ``codes`` is None in the training shop: no recovery code.

    No current user is stored: a sign-in returns the actor, whom callers pass on. Build it by :func:`people_services`.
    """

    def __init__(
        self,
        store: PeopleStore,
        bus: Bus,
        tries: PinTries,
        authorization: Authorization,
        run_blocking: BlockingRunner,
        codes: RecoveryCodes | None,
    ) -> None:
        self._store = store
        self._bus = bus
        self._tries = tries
        self._authorization = authorization
        self._run_blocking = run_blocking
        self._codes = codes
        self.on_first_owner: Callable[[Person], None] = lambda owner: None

    # -- sign-in ----------------------------------------------------------------------------------------------

    def people(self) -> Sequence[Person]:
        """Return the people who may sign in."""
        return self._store.active()

    def all_people(self) -> Sequence[Person]:
        """Return all people, also those who left: reports show their names."""
        return self._store.all()

    async def sign_in(self, person: str, pin: str) -> Actor:
        """Sign in and return the actor; the user before is signed out.

        Raises NotAllowed for a wrong PIN or while locked, NotFound, InputError.

        The published event has ``short_pin`` set if the PIN is shorter than a new one of this role may be.
        """
        found = await self._tries.named(person, pin, None)
        return self._record_sign_in(found, short_pin=is_short(typed_pin(pin), found.role))

    def sign_out(self, actor: Actor) -> None:
        """Sign out, also if that cannot be written. Raises StoreError then. Do nothing without a sign-in."""
        if actor.person:
            try:
                self._store.record_session(actor.person, "signed_out")
            finally:
                self._bus.publish(SignInChanged(signed_out(actor.register)))

    def sign_in_without_pin(self, person: str) -> Actor:
        """Sign a person in without a PIN, in the training shop, which has no real money. Raises NotFound."""
        return self._begin_session(self._store.get(person), Proof.TRAINING)

    def visible(self, actor: Actor) -> Sequence[Person]:
        """Return all people if the actor may list them, else those that the sign-in page shows."""
        return self._store.all() if self._authorization.may(actor, Action.SEE_STAFF) else self.people()

    def listed(self, permission: Permission) -> Sequence[Person]:
        """Return all people, also those who left. Raises NotAllowed for another permission."""
        require_permission(permission, Action.SEE_STAFF)
        return self._store.all()

    def names(self) -> dict[str, str]:
        """Return the names of all people by id."""
        return {one.id: one.name for one in self._store.all()}

    # -- rights -----------------------------------------------------------------------------------------------

    def has_short_pin(self, person: str, pin: str) -> bool:
        """Return whether the correct PIN of a person is shorter than a new one may be. Raises NotFound."""
        return is_short(typed_pin(pin), self._store.get(person).role)

    # -- the recovery code ------------------------------------------------------------------------------------

    async def has_recovery_code(self) -> bool:
        """Return whether this shop has a recovery code or needs none. Raises ConfigError."""
        return self._codes is None or await self._run_blocking(self._codes.is_set_up)

    async def make_recovery_code(self, permission: Permission) -> str:
        """Make a new recovery code, to be shown once. Raises NotAllowed, and ConfigError if it cannot be stored."""
        require_permission(permission, Action.STAFF)
        if self._codes is None:
            raise not_allowed(Action.STAFF)
        return await self._codes.make(permission.approved_by or permission.actor)

    # -- people -----------------------------------------------------------------------------------------------

    async def add(self, name: str, role: Role, pin: str, permission: Permission | None = None) -> Person:
        """Add a person. Raises InputError, NotAllowed.

        The first person of a shop is its owner and needs no permission, unless this computer has a recovery code.
        """
        first = not self._store.all()
        if permission is None and first:
            if await self._run_blocking(self._authorization.has_lost_people):
                raise NotAllowed(CODE_NEEDED)
            by = NO_PERSON
        else:
            by = require_permission(permission, Action.STAFF).by
        person = Person(os.urandom(4).hex(), check_name(name), role)
        secret = await self._hash(pin, role)
        added = self._store.add(person, secret, by.approved_by or by.actor)
        if first:
            self.on_first_owner(added)
        return added

    async def open_shop(self, name: str, pin: str, permission: Permission | None = None) -> Actor:
        """Add the first owner of a shop without people, and sign them in. Return the actor.

        Raises InputError, and NotAllowed if there are people already.
        """
        return self._record_sign_in(await self.add(name, Role.OWNER, pin, permission))

    async def change(
        self,
        person: str,
        permission: Permission,
        *,
        name: str | None = None,
        role: Role | None = None,
        pin: str | None = None,
        active: bool | None = None,
    ) -> Person:
        """Change the given attributes of a person. A cashier who becomes a manager or owner needs a new PIN.

        Raises InputError, NotAllowed, NotFound.
        """
        require_permission(permission, Action.STAFF)
        known = self._store.get(person)
        changed = replace(
            known,
            name=known.name if name is None else check_name(name),
            role=role or known.role,
            active=known.active if active is None else active,
        )
        if pin is None and needs_new_pin(known.role, changed.role):
            raise InputError("pin", N_("A cashier who becomes a manager needs a new PIN of 6 digits or more."))
        secret = None if pin is None else await self._hash(pin, changed.role)
        after = self._store.change(changed, permission.approved_by or permission.actor, secret)
        self._bus.publish(PersonChanged(after))
        return after

    async def change_own_pin(self, actor: Actor, old: str, new: str) -> Person:
        """Change the actor's own PIN. Raises NotAllowed, InputError."""
        if not actor.person:
            raise NotAllowed(N_("No user is signed in."))
        found = await self._tries.named(actor.person, old, None)
        return self._store.change(found, found.id, await self._hash(new, found.role))

    # -- steps ------------------------------------------------------------------------------------------------

    def _record_sign_in(self, person: Person, *, short_pin: bool = False) -> Actor:
        self._store.record_session(person.id, "signed_in")
        return self._begin_session(person, Proof.PIN, short_pin=short_pin)

    def _begin_session(self, person: Person, proof: Proof, *, short_pin: bool = False) -> Actor:
        actor = Actor(person.id, person.role, self._store.register_id, proof)
        self._bus.publish(SignInChanged(actor, person, short_pin))
        return actor

    async def _hash(self, pin: str, role: Role) -> str:
        return await self._tries.hash(check_pin(pin, role))


def check_role(text: str) -> Role:
    """Return the role with this name. Raises InputError."""
    try:
        return Role(text)
    except ValueError:
        known = ", ".join(Role)
        raise InputError(
            "role", msg(N_("{value} is not a role. Use one of {known}"), value=text, known=known)
        ) from None
