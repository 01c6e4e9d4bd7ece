"""Rights: what an actor may do, and the permissions that a manager's PIN or the recovery code approves.

Rights are read from the people of the journal at each call, so a person who was deactivated or got another role has
lost the former rights at once. Windows only show what is refused.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from typing import Final

from pos.domain.actor import Actor
from pos.domain.staff import (
    RIGHTS,
    RIGHTS_BEFORE_PEOPLE,
    SIGNED_OUT_RIGHTS,
    Action,
    Person,
    Role,
    not_allowed,
)
from pos.errors import NotAllowed
from pos.i18n import N_, msg
from pos.runtime import BlockingRunner
from pos.services.permissions import Permission, issue
from pos.services.pin_tries import PinTries
from pos.services.recovery_codes import RECOVERY, RecoveryCodes
from pos.store.people import PeopleStore

PIN_ALWAYS: Final = frozenset({Action.REFUND, Action.SETTLE, Action.RESTORE})
"""Actions that need a PIN each time, also from a signed-in user who may have left the register."""

CODE_NEEDED: Final = N_("This journal has no people, but a recovery code was made on this computer. It is needed here.")


class Authorization:
    """Decides by the people in ``store``. ``codes`` is None in the training shop, which has no recovery code."""

    def __init__(
        self,
        store: PeopleStore,
        tries: PinTries,
        run_blocking: BlockingRunner = asyncio.to_thread,
        codes: RecoveryCodes | None = None,
    ) -> None:
        self._store = store
        self._tries = tries
        self._run_blocking = run_blocking
        self._codes = codes

    def may(self, actor: Actor, action: Action) -> bool:
        """Return whether the actor may do ``action`` without approval. Raises NotFound for an unknown person."""
        if actor.person:
            return self._store.get(actor.person).may(action)
        return action in (SIGNED_OUT_RIGHTS if self._store.active() else RIGHTS_BEFORE_PEOPLE)

    def allowed(self, actor: Actor, actions: Collection[Action]) -> dict[Action, bool]:
        """Return for each action whether the actor may do it without approval. Raises NotFound."""
        return {action: self.may(actor, action) for action in actions}

    def sees(self, permission: Permission, action: Action) -> bool:
        """Return whether the person who gave ``permission`` also has the right ``action``.

        In a shop without people, return whether every user has it.
        """
        if not self._store.active():
            return action in RIGHTS_BEFORE_PEOPLE
        giver = permission.approved_by or permission.actor
        return any(one.may(action) for one in self._store.active() if one.id == giver)

    def able(self, action: Action) -> Sequence[Person]:
        """Return the people who may approve ``action``."""
        return [one for one in self._store.active() if one.may(action)]

    def permission(self, actor: Actor, action: Action) -> Permission:
        """Return the actor's permission for ``action``.

        Raises NotAllowed; a manager's PIN may approve the action then, see :meth:`approve`.
        """
        if action in PIN_ALWAYS and (self._store.active() or action not in RIGHTS_BEFORE_PEOPLE):
            raise NotAllowed(self._who_may(action))
        if not self.may(actor, action):
            raise not_allowed(action)
        if not actor.person and action in RIGHTS[Role.OWNER] - RIGHTS[Role.MANAGER] and self.has_lost_people():
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
            able = [one for one in self._store.active() if any(map(one.may, wanted))]
            if not able:
                raise NotAllowed(self._who_may(action))
            others = [one for one in self._store.active() if one not in able]
            found = await self._tries.unnamed(pin, action, able, others, not_allowed(action))
        await self._run_blocking(lambda: self._refuse_copy(action))
        given = next((one for one in wanted if found.may(one)), None)
        if given is None:
            raise not_allowed(action)
        return issue(given, actor.person or found.id, found.id)

    async def approve_by_code(self, actor: Actor, action: Action, code: str) -> Permission:
        """Return a permission by the recovery code. Raises InputError, NotAllowed, LockedOut and ConfigError."""
        if self._codes is None:
            raise not_allowed(action)
        await self._codes.check(code, action)
        return issue(action, actor.person or RECOVERY, RECOVERY)

    def has_lost_people(self) -> bool:
        """Return whether this journal has no people although this computer has a recovery code.

        Then another journal was here before.
        """
        return self._codes is not None and not self._store.all() and self._codes.is_known()

    def _refuse_copy(self, action: Action) -> None:
        """Raise NotAllowed if this is a copy of a journal and ``action`` reaches the keys of the original."""
        if action is Action.KEYS and self._codes is not None and (home := self._codes.other_home()):
            text = N_("The merchant keys belong to the journal in {path}. The recovery code is needed here.")
            raise NotAllowed(msg(text, path=home))

    def _who_may(self, action: Action) -> str:
        if not self._store.active():
            return N_("No one is set up who can approve this. Add the owner first.")
        return N_("Manager approval needed.")
