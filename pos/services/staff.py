"""Sign-in and rights. Every right is checked here; windows only show what is refused.

Who acts is a parameter of every method that depends on it. Rights are read from the people of the journal at each call,
so a person who was deactivated or got another role has lost the former rights at once.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Final

from pos.domain.actor import NO_PERSON, Actor, Proof, signed_out
from pos.domain.events import PersonChanged, SignInChanged
from pos.domain.pin_rules import check_pin, is_short, needs_new_pin, typed_pin
from pos.domain.staff import (
    RIGHTS,
    RIGHTS_BEFORE_PEOPLE,
    SIGNED_OUT_RIGHTS,
    Action,
    Person,
    Role,
    check_name,
    not_allowed,
)
from pos.errors import InputError, NotAllowed
from pos.i18n import N_, msg
from pos.runtime import BlockingRunner, Bus, Clock
from pos.services.permissions import Permission, issue, require_permission
from pos.services.pin_hashing import PinHasher
from pos.services.pin_tries import PinTries
from pos.services.recovery_codes import RECOVERY, RecoveryCodes
from pos.store.people import PeopleStore

PIN_ALWAYS: Final = frozenset({Action.REFUND, Action.SETTLE, Action.RESTORE})
"""Actions that need a PIN each time, also from a signed-in user who may have left the register."""

CODE_NEEDED: Final = N_("This journal has no people, but a recovery code was made on this computer. It is needed here.")


class Staff:
    """``pins`` makes and checks hashes on another thread. ``codes`` is None in the training shop: no recovery code."""

    def __init__(
        self,
        store: PeopleStore,
        clock: Clock,
        bus: Bus,
        pins: PinHasher,
        run_blocking: BlockingRunner = asyncio.to_thread,
        codes: RecoveryCodes | None = None,
    ) -> None:
        self._store = store
        self._bus = bus
        self._tries = PinTries(store, clock, pins, run_blocking)
        self._run_blocking = run_blocking
        self._codes = codes
        self.on_first_owner: Callable[[Person], None] = lambda owner: None

    # -- sign-in ----------------------------------------------------------------------------------------------

    def people(self) -> Sequence[Person]:
        """Return the people who may sign in."""
        return [one for one in self._store.all() if one.active]

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
        return self._store.all() if self.may(actor, Action.SEE_STAFF) else self.people()

    def listed(self, permission: Permission) -> Sequence[Person]:
        """Return all people, also those who left. Raises NotAllowed for another permission."""
        require_permission(permission, Action.SEE_STAFF)
        return self._store.all()

    def names(self) -> dict[str, str]:
        """Return the names of all people by id."""
        return {one.id: one.name for one in self._store.all()}

    def allowed(self, actor: Actor, actions: Collection[Action]) -> dict[Action, bool]:
        """Return for each action whether the actor may do it without approval. Raises NotFound."""
        return {action: self.may(actor, action) for action in actions}

    # -- rights -----------------------------------------------------------------------------------------------

    def may(self, actor: Actor, action: Action) -> bool:
        """Return whether the actor may do ``action`` without approval. Raises NotFound for an unknown person."""
        if actor.person:
            return self._store.get(actor.person).may(action)
        return action in (SIGNED_OUT_RIGHTS if self.people() else RIGHTS_BEFORE_PEOPLE)

    def sees(self, permission: Permission, action: Action) -> bool:
        """Return whether the person who gave ``permission`` also has the right ``action``.

        In a shop without people, return whether every user has it.
        """
        if not self.people():
            return action in RIGHTS_BEFORE_PEOPLE
        giver = permission.approved_by or permission.actor
        return any(one.may(action) for one in self.people() if one.id == giver)

    def able(self, action: Action) -> Sequence[Person]:
        """Return the people who may approve ``action``."""
        return [one for one in self.people() if one.may(action)]

    def permission(self, actor: Actor, action: Action) -> Permission:
        """Return the actor's permission for ``action``.

        Raises NotAllowed; a manager's PIN may approve the action then, see :meth:`approve`.
        """
        if action in PIN_ALWAYS and (self.people() or action not in RIGHTS_BEFORE_PEOPLE):
            raise NotAllowed(self._who_may(action))
        if not self.may(actor, action):
            raise not_allowed(action)
        if not actor.person and action in RIGHTS[Role.OWNER] - RIGHTS[Role.MANAGER] and self._lost_people():
            raise NotAllowed(CODE_NEEDED)
        self._refuse_copy(action)
        return issue(action, actor.person)

    async def approve(
        self, actor: Actor, action: Action, pin: str, person: str = "", instead: Action | None = None
    ) -> Permission:
        """Return a permission for one action by a PIN; the actor stays signed in.

        Without ``person`` the PIN is compared with those of all people who have the right. The PIN of a person who has
        only the right ``instead`` gives a permission for that. Raises NotAllowed for a wrong PIN, for one that two of
        them have, during a lock-out, and if no person has the right; InputError for text that cannot be a PIN.
        """
        wanted = (action,) if instead is None else (action, instead)
        if person:
            found = await self._tries.named(person, pin, action)
        else:
            able = [one for one in self.people() if any(map(one.may, wanted))]
            if not able:
                raise NotAllowed(self._who_may(action))
            others = [one for one in self.people() if one not in able]
            found = await self._tries.unnamed(pin, action, able, others, not_allowed(action))
        await self._run_blocking(lambda: self._refuse_copy(action))
        given = next((one for one in wanted if found.may(one)), None)
        if given is None:
            raise not_allowed(action)
        return issue(given, actor.person or found.id, found.id)

    def has_short_pin(self, person: str, pin: str) -> bool:
        """Return whether the correct PIN of a person is shorter than a new one may be. Raises NotFound."""
        return is_short(typed_pin(pin), self._store.get(person).role)

    # -- the recovery code ------------------------------------------------------------------------------------

    async def has_recovery_code(self) -> bool:
        """Return whether this shop has a recovery code or needs none. Raises ConfigError."""
        return self._codes is None or await self._run_blocking(self._codes.is_set_up)

    async def approve_by_code(self, actor: Actor, action: Action, code: str) -> Permission:
        """Return a permission by the recovery code. Raises InputError, NotAllowed, LockedOut and ConfigError."""
        if self._codes is None:
            raise not_allowed(action)
        await self._codes.check(code, action)
        return issue(action, actor.person or RECOVERY, RECOVERY)

    async def make_recovery_code(self, permission: Permission) -> str:
        """Make a new recovery code, to be shown once. Raises NotAllowed, and ConfigError if it cannot be stored."""
        require_permission(permission, Action.STAFF)
        if self._codes is None:
            raise not_allowed(Action.STAFF)
        return await self._codes.make(permission.approved_by or permission.actor)

    def _refuse_copy(self, action: Action) -> None:
        """Raise NotAllowed if this is a copy of a journal and ``action`` reaches the keys of the original."""
        if action is Action.KEYS and self._codes is not None and (home := self._codes.other_home()):
            text = N_("The merchant keys belong to the journal in {path}. The recovery code is needed here.")
            raise NotAllowed(msg(text, path=home))

    def _lost_people(self) -> bool:
        """Return whether this journal has no people although this computer has a recovery code.

        Then another journal was here before.
        """
        return self._codes is not None and not self._store.all() and self._codes.is_known()

    # -- people -----------------------------------------------------------------------------------------------

    async def add(self, name: str, role: Role, pin: str, permission: Permission | None = None) -> Person:
        """Add a person. Raises InputError, NotAllowed.

        The first person of a shop is its owner and needs no permission, unless this computer has a recovery code.
        """
        first = not self._store.all()
        if permission is None and first:
            if await self._run_blocking(self._lost_people):
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

    def _who_may(self, action: Action) -> str:
        if not self.people():
            return N_("No one is set up who can approve this. Add the owner first.")
        return N_("Manager approval needed.")


def check_role(text: str) -> Role:
    """Return the role with this name. Raises InputError."""
    try:
        return Role(text)
    except ValueError:
        known = ", ".join(Role)
        raise InputError(
            "role", msg(N_("{value} is not a role. Use one of {known}"), value=text, known=known)
        ) from None
