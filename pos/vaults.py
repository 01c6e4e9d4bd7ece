"""Storage of secrets by name: the keyring of the system, or an encrypted file.

Under the name :data:`BINDINGS`, a vault also stores which journals its merchant keys belong to.
"""

from __future__ import annotations

import base64
import json
import logging
import secrets
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Final

from pos.errors import ConfigError
from pos.files import own_private_file, write_whole
from pos.i18n import N_, msg
from pos.keyrings import GuardedKeyring, KeyringFailed
from pos.store.identity import Identity

SERVICE: Final = "counter"
FILE_NAME: Final = "keys.sealed"
KEY_NAME: Final = "keys.key"
BINDINGS: Final = "counter.bindings"

log = logging.getLogger(__name__)


class Place(StrEnum):
    """The place where a key is stored."""

    KEYRING = "keyring"
    FILE = "file"
    ENVIRONMENT = "environment"


class Vault(ABC):
    """Secrets by name. Every method raises ConfigError for a file that cannot be opened or written."""

    place: Place
    _known: dict[str, Identity] | None = None

    @abstractmethod
    def get(self, name: str) -> str:
        """Return a secret, "" if it is not stored."""

    @abstractmethod
    def put(self, entries: Mapping[str, str]) -> None:
        """Store secrets."""

    @abstractmethod
    def remove(self, names: Iterable[str]) -> bool:
        """Remove those of ``names`` that are stored; return whether one was."""

    def bindings(self) -> dict[str, Identity]:
        """Return the journals that have merchant keys here, by UUID."""
        if self._known is None:
            self._known = self._read_bindings()
        return self._known

    def bind(self, journal: Identity, *, instead_of: str = "") -> None:
        """Record that ``journal`` has keys here, and remove the record of the journal with the UUID ``instead_of``."""
        known = {uid: one for uid, one in self._read_bindings().items() if uid not in ("", instead_of)}
        known[journal.uid] = journal
        self.put({BINDINGS: json.dumps({uid: asdict(one) for uid, one in known.items()})})
        self._known = known

    def _read_bindings(self) -> dict[str, Identity]:
        try:
            return {str(uid): Identity(**one) for uid, one in json.loads(self.get(BINDINGS) or "{}").items()}
        except (ValueError, TypeError, AttributeError) as error:
            text = N_("The record of the journals that the keys belong to cannot be read ({place}).")
            raise ConfigError(msg(text, place=self.place.value), type(error).__name__) from error


class KeyringVault(Vault):
    """The keyring of the system. If it does not answer, no secret is found, and storing one fails."""

    place = Place.KEYRING

    def __init__(self, keyring: GuardedKeyring) -> None:
        self.keyring = keyring

    def get(self, name: str) -> str:
        try:
            return self.keyring.get(SERVICE, name) or ""
        except KeyringFailed:
            return ""

    def put(self, entries: Mapping[str, str]) -> None:
        """Store secrets in the keyring only: older ones in the keyring would hide those in the encrypted file."""
        try:
            for name, value in entries.items():
                self.keyring.set(SERVICE, name, value)
        except KeyringFailed as error:
            if not self.keyring.is_broken:
                raise not_stored("keyring", error) from error
            text = N_(
                "The keyring of this system does not answer, so nothing was stored. Start it, or use the encrypted"
                " file: set PYTHON_KEYRING_BACKEND to keyring.backends.fail.Keyring and start Counter again."
            )
            raise ConfigError(msg(text), str(error)) from error

    def remove(self, names: Iterable[str]) -> bool:
        return sum(self._removed(name) for name in names) > 0

    def _removed(self, name: str) -> bool:
        """Remove one secret. Raises ConfigError if the keyring does not answer: the key would reappear later."""
        try:
            if self.keyring.get(SERVICE, name) is None:
                return False
            self.keyring.delete(SERVICE, name)
        except KeyringFailed as error:
            text = N_("The keyring of this system cannot delete the key {name}.")
            raise ConfigError(msg(text, name=name.rpartition("/")[2]), str(error)) from error
        return True


class FileVault(Vault):
    """A file encrypted with AES-256-GCM under a key of its own. ``key_dir`` has that key, ``data_dir`` the file."""

    place = Place.FILE

    def __init__(self, data_dir: Path, key_dir: Path) -> None:
        self._file = data_dir / FILE_NAME
        self._key_file = key_dir / KEY_NAME
        self._opened: dict[str, str] | None = None

    def get(self, name: str) -> str:
        if self._opened is None:
            self._opened = self._read()
        return self._opened.get(name, "")

    def put(self, entries: Mapping[str, str]) -> None:
        self._opened = {**self._read(), **entries}  # read again: another program may have stored one since
        self._write(self._opened)

    def remove(self, names: Iterable[str]) -> bool:
        kept, gone = self._read(), set(names)
        left = {name: value for name, value in kept.items() if name not in gone}
        if left != kept:
            self._write(left)
        self._opened = left
        return left != kept

    def _read(self) -> dict[str, str]:
        if not self._file.exists():
            return {}
        from Crypto.Cipher import AES

        key_text, raw = self._bytes_of(self._key_file), self._bytes_of(self._file)
        try:
            plain = AES.new(base64.b64decode(key_text), AES.MODE_GCM, raw[:16]).decrypt_and_verify(raw[32:], raw[16:32])
            found = json.loads(plain)
        except ValueError as error:
            raise self._unopened(error) from error
        return {str(name): str(value) for name, value in found.items()}

    def _bytes_of(self, path: Path) -> bytes:
        """Return the content of a file of this user. Raises ConfigError."""
        try:
            _refuse_foreign(path)
            return path.read_bytes()
        except OSError as error:
            raise self._unopened(error) from error

    def _unopened(self, error: Exception) -> ConfigError:
        text = N_("The stored keys cannot be opened: {path}. Move that file away and store the keys again: pos key set")
        return ConfigError(msg(text, path=self._file), type(error).__name__)

    def _write(self, found: Mapping[str, str]) -> None:
        from Crypto.Cipher import AES

        try:
            cipher = AES.new(self._own_key(), AES.MODE_GCM, secrets.token_bytes(16))
            sealed, tag = cipher.encrypt_and_digest(json.dumps(dict(found)).encode())
            write_whole(self._file, bytes(cipher.nonce) + tag + sealed, private=True)
        except (OSError, ValueError) as error:
            raise not_stored(self._file, error) from error

    def _own_key(self) -> bytes:
        if not self._key_file.exists():
            write_whole(self._key_file, base64.b64encode(secrets.token_bytes(32)), private=True)
        _refuse_foreign(self._key_file)
        return base64.b64decode(self._key_file.read_bytes())


def _refuse_foreign(path: Path) -> None:
    """Raise ConfigError for a file of another user, or a link to another folder: an attacker may have put it there."""
    if not own_private_file(path):
        text = N_("{path} belongs to another user, or is a link to another folder. Remove it and store the keys again.")
        raise ConfigError(msg(text, path=path))


def not_stored(where: object, error: Exception) -> ConfigError:
    """Return the error for keys that cannot be written."""
    return ConfigError(msg(N_("The keys cannot be stored: {path}."), path=where), type(error).__name__)
