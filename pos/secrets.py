"""Merchant keys: in the system's keyring, otherwise in an encrypted file, otherwise in the environment.

The file is encrypted with AES-256-GCM. Its key is in the user's settings folder, readable by that user only. A copied
data folder or a backup therefore contains no usable keys; a program that runs as the same user can read them. If the
system has a keyring, it is used.

Stored merchant keys belong to one journal in one folder: that of the first register that uses or stores them. Other
journals cannot use them, and a copy of the journal in another folder cannot until the owner binds them to it. Several
registers may share a keyring; each has its own keys. Keys in the environment and the program's own secrets belong to no
journal.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Final

from pos.errors import ConfigError
from pos.gateways.base import Facts
from pos.i18n import N_, msg
from pos.keyrings import GuardedKeyring, Keyring, system_keyring
from pos.store.identity import Identity
from pos.vaults import FILE_NAME, KEY_NAME, FileVault, KeyringVault, Place, Vault

__all__ = (
    "FILE_NAME",
    "KEY_NAME",
    "Keyring",
    "KeysBound",
    "Place",
    "SecretStore",
    "environment_name",
    "system_keyring",
)

OWN: Final = "counter"
"""The section of the program's own secrets; the sections of merchant keys are named after their gateways."""
OWN_BYTES: Final = 32


class KeysBound(ConfigError):
    """The stored merchant keys belong to another journal, or to a copy of this one in another folder."""


class SecretStore:
    """Keys by gateway and field. ``key_dir`` has the key of the encrypted file, ``data_dir`` the file itself.

    ``journal`` is the journal that uses the keys. If it has no UUID, only keys that belong to no journal are found.
    """

    def __init__(
        self,
        data_dir: Path,
        key_dir: Path,
        environ: Mapping[str, str],
        keyring: Keyring | GuardedKeyring | None = None,
        journal: Identity | None = None,
    ) -> None:
        self._environ = environ
        self._file = FileVault(data_dir, key_dir)
        self._guarded = keyring if isinstance(keyring, GuardedKeyring) or keyring is None else _guarded(keyring)
        self.journal = journal or Identity()

    @cached_property
    def _keyring(self) -> KeyringVault | None:
        """The keyring, loaded at its first use: a register that needs no secret never loads it."""
        return KeyringVault(self._guarded) if self._guarded is not None and self._guarded.exists() else None

    @property
    def _vaults(self) -> tuple[Vault, ...]:
        return (self._keyring, self._file) if self._keyring else (self._file,)

    @property
    def keyring_fails(self) -> bool:
        """Whether the last call of the keyring failed, so that it may contain a secret that was not found."""
        return self._guarded is not None and self._guarded.problem is not None

    def get(self, gateway: str, field: str) -> str:
        """Return a key, "" if it is not stored.

        Raises ConfigError if the encrypted file cannot be opened, and KeysBound if the key belongs to this journal in
        another folder.
        """
        return self._found(gateway, field)[0]

    def where(self, gateway: str, field: str) -> Place | None:
        """Return where :meth:`get` finds a key, None if it finds none. Raises ConfigError as :meth:`get` does."""
        return self._found(gateway, field)[1]

    def for_gateway(self, facts: Facts) -> dict[str, str]:
        """Return all keys of one gateway, "" for missing ones.

        Raises ConfigError, and KeysBound if a key that the gateway needs is stored for another journal only.
        """
        found = {secret.key: self.get(facts.name, secret.key) for secret in facts.secrets}
        for secret in facts.secrets:
            if secret.required and not found[secret.key]:
                self._refuse_foreign(f"{facts.name}.{secret.key}")
        return found

    def put(self, gateway: str, field: str, value: str) -> None:
        """Store a key in the keyring if there is one, otherwise in the encrypted file. Raises ConfigError."""
        vault = self._keyring or self._file
        if gateway == OWN or not self.journal.uid:
            vault.put({f"{gateway}.{field}": value})
            return
        self._adopt(vault)
        unbound = not self._prefix(vault)
        vault.put({f"{self.journal.uid}/{gateway}.{field}": value})
        if unbound:
            vault.bind(self.journal)

    def forget(self, gateway: str, field: str) -> tuple[Place, ...]:
        """Remove a key from the keyring and the encrypted file; return the places where it was.

        Environment variables are not changed. Raises ConfigError.
        """
        names = [(one, f"{self._prefix(one)}{gateway}.{field}") for one in self._vaults]
        return tuple(vault.place for vault, name in names if vault.remove((name,)))

    def values(self, facts: Mapping[str, Facts]) -> list[str]:
        """Return all keys that this journal may use, for the masking of logs."""
        found: list[str] = []
        for one in facts.values():
            try:
                found += self.for_gateway(one).values()
            except KeysBound:
                continue
        return [value for value in found if value]

    def internal(self, name: str, *, create: bool = True) -> bytes:
        """Return one of the program's own random secrets (32 bytes), made and stored at its first use.

        Without ``create`` the result is empty if the secret does not exist yet: only the process that has locked the
        data folder may make one. Raises ConfigError as :meth:`get` and :meth:`put` do.
        """
        if found := self.get(OWN, name):
            return bytes.fromhex(found)
        if not create:
            return b""
        fresh = secrets.token_bytes(OWN_BYTES)
        self.put(OWN, name, fresh.hex())
        return fresh

    # -- the journals that keys belong to ---------------------------------------------------------------------

    def bind(self, journal: Identity) -> None:
        """Use the keys for ``journal``, and bind keys that belong to no journal yet to it.

        Only the process that has locked the data folder may call this. Raises ConfigError if they cannot be stored.
        """
        self.journal = journal
        for vault in self._vaults:
            self._adopt(vault)

    def bound(self) -> list[Identity]:
        """Return the journals that :meth:`rebind` takes keys from: this one in its former folder, or another one that
        was in the same folder. Raises ConfigError."""
        found = (self._previous(vault) for vault in self._vaults)
        return [one for one in found if one is not None and one != self.journal]

    def rebind(self) -> tuple[Place, ...]:
        """Bind the keys of :meth:`bound` to this journal in its folder; return their places.

        The caller must check the right before: the owner's PIN and :func:`pos.store.identity.knows_people_of` for each
        of :meth:`bound`, or the recovery code. Raises ConfigError if they cannot be stored.
        """
        moved = []
        for vault in self._vaults:
            if (old := self._previous(vault)) and old != self.journal:
                self._move(vault, f"{old.uid}/")
                moved.append(vault.place)
        return tuple(moved)

    def _previous(self, vault: Vault) -> Identity | None:
        known = vault.bindings()
        in_folder = (one for one in known.values() if one.folder == self.journal.folder)
        return known.get(self.journal.uid) or next(in_folder, None)

    def _adopt(self, vault: Vault) -> None:
        """Bind keys that belong to no journal to this one; in later calls update the record of its people."""
        bound = vault.bindings().get(self.journal.uid)
        if bound is None:
            self._move(vault, "")
        elif bound.folder == self.journal.folder and bound != self.journal:
            vault.bind(self.journal)

    def _move(self, vault: Vault, old: str) -> None:
        """Copy the keys before removing them, so that a killed program loses none."""
        ours, names = f"{self.journal.uid}/", _merchant_keys()
        found = {name: value for name in names if (value := vault.get(old + name))}
        if found or old:
            vault.put({ours + name: value for name, value in found.items()})
            vault.bind(self.journal, instead_of="" if old == ours else old.removesuffix("/"))
        if old != ours and found:
            vault.remove([old + name for name in found])

    def _prefix(self, vault: Vault) -> str:
        """Return the prefix of the names of this journal's keys. Raises KeysBound for a copy in another folder."""
        bound = vault.bindings().get(self.journal.uid)
        if bound is None:
            return ""
        if bound.folder != self.journal.folder:
            text = N_(
                "The stored merchant keys belong to the journal in {bound}, and this copy of it is in {folder}. Nothing"
                " was sent. If the folder was moved, the owner allows the keys here: pos key bind"
            )
            raise KeysBound(msg(text, bound=bound.folder, folder=self.journal.folder))
        return f"{bound.uid}/"

    def _refuse_foreign(self, name: str) -> None:
        for vault in self._vaults:
            for uid, bound in vault.bindings().items():
                if uid != self.journal.uid and vault.get(f"{uid}/{name}"):
                    text = N_(
                        "The key {name} belongs to another journal, in {bound}, and is not used for this one. Store"
                        " this register's own key: pos key set {name}"
                    )
                    raise KeysBound(msg(text, name=name, bound=bound.folder))

    def _found(self, gateway: str, field: str) -> tuple[str, Place | None]:
        name, refused = f"{gateway}.{field}", None
        for vault in self._vaults:
            try:
                prefix = "" if gateway == OWN else self._prefix(vault)
            except KeysBound as error:
                refused = refused or error
                continue
            if found := vault.get(prefix + name):
                return found, vault.place
        if found := self._environ.get(environment_name(gateway, field), ""):
            return found, Place.ENVIRONMENT
        if refused:
            raise refused
        return "", None


def _guarded(keyring: Keyring) -> GuardedKeyring:
    return GuardedKeyring(lambda: keyring)


def _merchant_keys() -> list[str]:
    from pos.gateways import GATEWAYS

    return [f"{name}.{secret.key}" for name, kind in GATEWAYS.items() for secret in kind.FACTS.secrets]


def environment_name(gateway: str, field: str) -> str:
    """Return the environment variable of a key, as in ``POS_SECRET_OPAY_HASH_KEY``."""
    return f"POS_SECRET_{gateway}_{field}".upper()
