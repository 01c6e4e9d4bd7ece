"""PIN checks: one try at a time, refused during a lock-out, and journaled."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from pos.domain.pin_rules import locked_out, typed_pin
from pos.domain.staff import Action, Person
from pos.errors import NotAllowed, PinSecretMissing
from pos.i18n import N_
from pos.runtime import BlockingRunner, Clock
from pos.services.pin_hashing import Checked, PinHasher
from pos.store.people import UNNAMED, PeopleStore


class PinTries:
    """``pins`` hashes on another thread: one hash takes some tens of milliseconds.

    Every method raises InputError for text that cannot be a PIN, and PinSecretMissing if this computer cannot check it;
    neither is counted as a try.
    """

    def __init__(self, store: PeopleStore, clock: Clock, pins: PinHasher, run_blocking: BlockingRunner) -> None:
        self._store = store
        self._clock = clock
        self._pins = pins
        self._run_blocking = run_blocking
        self._one_at_a_time = asyncio.Lock()

    async def hash(self, pin: str) -> str:
        """Return the hash of a new PIN. Raises ConfigError if the secret for PINs cannot be stored."""
        return await self._run_blocking(lambda: self._pins.hash(pin))

    async def named(self, person: str, pin: str, action: Action | None) -> Person:
        """Return the person, if the PIN is theirs. Raises NotAllowed, LockedOut and NotFound."""
        pin = typed_pin(pin)
        async with self._one_at_a_time:
            found, secret = self._store.with_pin(person)
            self._refuse_locked(found.id, action)
            if not found.active:
                raise NotAllowed(N_("This person is deactivated."))
            checked = await self._check(secret, pin)
            until = self._store.record_try(found.id, right=checked.right, action=action, rehashed=checked.rehashed)
        if not checked.right:
            raise self._wrong(until)
        return replace(found, locked_until=None)

    async def unnamed(
        self, pin: str, action: Action, able: Sequence[Person], others: Sequence[Person], refusal: NotAllowed
    ) -> Person:
        """Return the person with this PIN, of those who are ``able`` to do ``action``. Raises NotAllowed, LockedOut.

        The PIN of one of the ``others`` is refused with ``refusal`` and not counted as a wrong try.
        """
        pin = typed_pin(pin)
        async with self._one_at_a_time:
            self._refuse_locked(UNNAMED, action)
            found = await self._fitting(able, pin)
            if not found:
                for one, checked in await self._fitting(others, pin):
                    self._store.record_try(one.id, right=True, action=action, rehashed=checked.rehashed)
                    raise refusal
                raise self._wrong(self._store.record_try(UNNAMED, right=False, action=action))
            if len(found) > 1:  # it would be journaled as the approval of a person who never gave it
                self._store.record_try(UNNAMED, right=True, action=action)
                raise NotAllowed(N_("More than one person has this PIN. Choose who approves, or change it."))
            person, checked = found[0]
            self._store.record_try(person.id, right=True, action=action, rehashed=checked.rehashed)
            return person

    async def _fitting(self, people: Sequence[Person], pin: str) -> list[tuple[Person, Checked]]:
        """Return the people with this PIN who are not locked out.

        Raises PinSecretMissing if none has it and one of them could not be checked.
        """
        free = [one for one in people if not self._store.locked_until(one.id)]
        found, unchecked = [], None
        for one in free:
            try:
                checked = await self._check(self._store.with_pin(one.id)[1], pin)
            except PinSecretMissing as error:
                unchecked = error
                continue
            if checked.right:
                found.append((one, checked))
        if unchecked is not None and not found:
            raise unchecked
        return found

    async def _check(self, secret: str, pin: str) -> Checked:
        return await self._run_blocking(lambda: self._pins.check(secret, pin))

    def _refuse_locked(self, person: str, action: Action | None) -> None:
        if until := self._store.locked_until(person, action):
            raise self._wrong(until)

    def _wrong(self, until: datetime | None) -> NotAllowed:
        if until is None:
            return NotAllowed(N_("The PIN is wrong."))
        return locked_out(until - self._clock.now())
