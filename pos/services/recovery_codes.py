"""The recovery code of a shop: the owner's approval if the journal or the secret for PINs is damaged or missing.

The code is shown once, when the first owner is set up or a new code is made. Its argon2id hash is stored in the vault:
the operating system's keyring, else the sealed file of keys. One account of the operating system has one code. A copy
of the hash in the journal lets a backup be used on another computer, whose vault is empty; where the vault has a code,
only that one counts, so that a planted journal brings no code of its own.

Wrong codes are limited as wrong PINs are. The count is stored with the hash: deleting it deletes the code, and
with the sealed file the merchant keys.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Final, Protocol

from pos.domain.pin_rules import lock_after
from pos.domain.recovery_code import Randomness, new_code, typed_code
from pos.domain.staff import Action
from pos.errors import ConfigError, LockedOut, NotAllowed
from pos.i18n import N_, msg
from pos.runtime import BlockingRunner, Clock
from pos.services.pin_hashing import PinHasher

BY_CODE: Final = frozenset({Action.RESTORE, Action.STAFF, Action.KEYS, Action.BACKUP})
"""Actions that the recovery code approves."""

RECOVERY: Final = "recovery"
"""The actor in the journal for an approval by the recovery code."""


class Vault(Protocol):
    """Storage outside the journal. Both methods raise ConfigError if it cannot be used."""

    def read(self) -> str:
        """Return the stored text, empty if there is none."""
        ...

    def write(self, text: str) -> None: ...


class CodeStore(Protocol):
    """The copy of the hash in the journal, and the journal's rows about it."""

    def recovery_hash(self) -> str: ...
    def set_recovery_hash(self, secret: str, by: str) -> None: ...
    def record_recovery_try(self, *, right: bool, action: Action) -> None: ...


@dataclass(frozen=True, slots=True)
class _Entry:
    """The content of the vault. ``home`` is the data folder for which the code was made or used last."""

    hash: str
    wrong: int = 0
    since: float = 0.0
    home: str = ""


class RecoveryCodes:
    """``store`` is None if the journal cannot be opened. The vault and hashing may be slow."""

    def __init__(
        self,
        vault: Vault,
        store: CodeStore | None,
        hasher: PinHasher,
        clock: Clock,
        source: Randomness,
        home: str,
        run_blocking: BlockingRunner = asyncio.to_thread,
    ) -> None:
        self._vault = vault
        self._store = store
        self._hasher = hasher
        self._clock = clock
        self._source = source
        self._home = home
        self._run_blocking = run_blocking
        self._one_at_a_time = asyncio.Lock()

    def is_known(self) -> bool:
        """Return whether this computer has a recovery code. May read the keyring. Raises ConfigError."""
        return bool(self._vault.read())

    def other_home(self) -> str:
        """Return the data folder that the code was made for, empty if it is this one or there is no code.

        The merchant keys of a keyring belong to it: a copy of the journal in another folder gives no right to them.
        """
        text = self._vault.read()
        home = _read(text).home if text else ""
        return "" if home == self._home else home

    def is_set_up(self) -> bool:
        """Return whether a code works here: one of this computer, or the one of the journal."""
        return self.is_known() or bool(self._store and self._store.recovery_hash())

    async def make(self, by: str) -> str:
        """Make a new code, to be shown once. It replaces the old one. Raises ConfigError if it cannot be stored."""
        code = new_code(self._source)
        secret = await self._run_blocking(lambda: self._hasher.hash(typed_code(code)))
        await self._run_blocking(lambda: self._write(_Entry(secret, home=self._home)))
        if self._store is not None:
            self._store.set_recovery_hash(secret, by)
        return code

    async def check(self, code: str, action: Action) -> None:
        """Check a typed code for one action.

        Raises InputError for a typing mistake, LockedOut after too many wrong codes, and NotAllowed for a wrong code,
        for an action that no code approves, and if no code was made.
        """
        if action not in BY_CODE:
            raise NotAllowed(N_("The recovery code does not approve this."))
        typed = typed_code(code)
        async with self._one_at_a_time:
            entry = await self._run_blocking(self._entry)
            refuse_locked(entry.wrong, entry.since, self._clock)
            right = await self._run_blocking(lambda: self._hasher.fits(entry.hash, typed))
            home, wrong = (self._home, 0) if right else (entry.home, entry.wrong + 1)
            after = replace(entry, wrong=wrong, since=self._clock.monotonic(), home=home)
            await self._run_blocking(lambda: self._write(after))
            if self._store is not None:
                self._store.record_recovery_try(right=right, action=action)
        if not right:
            refuse_locked(after.wrong, after.since, self._clock)
            raise NotAllowed(N_("The recovery code is wrong."))

    def _entry(self) -> _Entry:
        """Return the vault's hash and count; a computer without one uses the hash of its journal."""
        if text := self._vault.read():
            return _read(text)
        if self._store is None or not (secret := self._store.recovery_hash()):
            raise NotAllowed(N_("This shop has no recovery code. An owner makes one: pos staff recovery-code"))
        return _Entry(secret)

    def _write(self, entry: _Entry) -> None:
        self._vault.write(json.dumps(asdict(entry)))


def refuse_locked(wrong: int, since: float, clock: Clock) -> None:
    """Raise LockedOut while ``wrong`` wrong tries lock further ones; the last was ``since`` on the monotonic clock."""
    pause, now = lock_after(wrong), clock.monotonic()
    if pause is None:
        return
    left = pause - timedelta(seconds=now - since if now >= since else now)
    if left > timedelta():
        seconds = max(1, round(left.total_seconds()))
        raise LockedOut(msg(N_("Too many wrong tries. Try again in {seconds} s."), seconds=seconds), seconds)


def _read(text: str) -> _Entry:
    try:
        found = json.loads(text)
        return _Entry(str(found["hash"]), int(found["wrong"]), float(found["since"]), str(found.get("home", "")))
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(N_("The stored recovery code cannot be read."), type(error).__name__) from error
