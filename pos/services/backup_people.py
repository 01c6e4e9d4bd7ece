"""Approval by the people of a backup, for a damaged or missing journal without a recovery code.

The wrong PINs are counted in the vault, because a backup is only read.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

from pos.domain.pin_rules import typed_pin
from pos.domain.staff import Action, Person
from pos.errors import NotAllowed, PinSecretMissing
from pos.i18n import N_
from pos.runtime import BlockingRunner, Clock
from pos.services.permissions import Permission, issue
from pos.services.pin_hashing import PinHasher, is_peppered
from pos.services.recovery_codes import Vault, refuse_locked
from pos.store.database import Database
from pos.store.people import people_in, recovery_hash_in


class BackupPeople:
    """The people of the backup at ``path``. ``tries`` counts wrong PINs. Raises StoreError for an unreadable backup."""

    def __init__(
        self, path: Path, pins: PinHasher, clock: Clock, tries: Vault, run_blocking: BlockingRunner = asyncio.to_thread
    ) -> None:
        with closing(Database(path, read_only=True, allow_newer=True)) as database:
            self._people = people_in(database)
            self._hash = recovery_hash_in(database)
        self._pins = pins
        self._clock = clock
        self._tries = tries
        self._run_blocking = run_blocking

    def able(self, action: Action) -> Sequence[Person]:
        """Return the people who may approve ``action``."""
        return [one for one, _secret in self._people if one.may(action)]

    def has_old_hash(self, action: Action) -> bool:
        """Return whether a PIN that may approve ``action`` was hashed without a pepper: any computer can check it."""
        return any(one.may(action) and not is_peppered(secret) for one, secret in self._people)

    async def approve(self, action: Action, pin: str) -> Permission:
        """Return a permission for the PIN of a person who may approve ``action``.

        Raises InputError, NotAllowed for a wrong PIN, LockedOut, PinSecretMissing and ConfigError.
        """
        typed = typed_pin(pin)
        wrong, since = await self._run_blocking(self._count)
        refuse_locked(wrong, since, self._clock)
        found = await self._fitting(action, typed)
        wrong = 0 if found else wrong + 1
        since = self._clock.monotonic()
        await self._run_blocking(lambda: self._tries.write(json.dumps({"wrong": wrong, "since": since})))
        if found is None:
            refuse_locked(wrong, since, self._clock)
            raise NotAllowed(N_("The PIN is wrong."))
        return issue(action, found.id, found.id)

    async def _fitting(self, action: Action, pin: str) -> Person | None:
        unchecked: PinSecretMissing | None = None
        for person, secret in self._people:
            try:
                if person.may(action) and await self._run_blocking(partial(self._pins.fits, secret, pin)):
                    return person
            except PinSecretMissing as error:
                unchecked = error
        if unchecked is not None:
            raise unchecked
        return None

    def _count(self) -> tuple[int, float]:
        try:
            found = json.loads(self._tries.read() or '{"wrong": 0, "since": 0}')
            return int(found["wrong"]), float(found["since"])
        except (ValueError, KeyError, TypeError):  # damaged: the longest lock, from now on
            return 9, self._clock.monotonic()

    # -- the copy of the recovery code ------------------------------------------------------------------------

    def recovery_hash(self) -> str:
        """Return the hash of the recovery code that the backup knows, empty if there is none."""
        return self._hash

    def set_recovery_hash(self, secret: str, by: str) -> None:
        """Do nothing: a backup is only read."""

    def record_recovery_try(self, *, right: bool, action: Action) -> None:
        """Do nothing: a backup is only read."""
