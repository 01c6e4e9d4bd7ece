"""Merchant keys, apart from the settings: the system's keyring, else an encrypted file, else the environment.

The file is sealed with AES-256-GCM under a key of its own that lies in the user's settings folder, readable by that
user only. That keeps keys out of a copied data folder, a backup or a screen; it does not keep them from a program that
runs as the same user. Where the system has a keyring, use it.
"""

from __future__ import annotations

import base64
import json
import logging
import secrets
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol

from pos.errors import ConfigError
from pos.files import write_whole
from pos.gateways.base import Facts
from pos.i18n import N_, msg

SERVICE: Final = "counter"
FILE_NAME: Final = "keys.sealed"
KEY_NAME: Final = "keys.key"
OWN: Final = "counter"
"""The section of the program's own secrets, where merchant keys have the name of their gateway."""
OWN_BYTES: Final = 32

log = logging.getLogger(__name__)


class Keyring(Protocol):
    """What of the library ``keyring`` is used."""

    def get_password(self, service: str, name: str, /) -> str | None: ...
    def set_password(self, service: str, name: str, value: str, /) -> None: ...
    def delete_password(self, service: str, name: str, /) -> None: ...


def system_keyring() -> Keyring | None:
    """The keyring of this system; None where it has none that can be asked without a person."""
    import keyring
    from keyring.backends.fail import Keyring as Nothing

    found = keyring.get_keyring()
    usable = not isinstance(found, Nothing) and float(getattr(found, "priority", 0)) >= 1
    return found if usable else None


class Place(StrEnum):
    """Where a key is kept."""

    KEYRING = "keyring"
    FILE = "file"
    ENVIRONMENT = "environment"


class SecretStore:
    """Keys by gateway and field. ``key_dir`` holds the key of the sealed file, ``data_dir`` the file itself."""

    def __init__(
        self, data_dir: Path, key_dir: Path, environ: Mapping[str, str], keyring: Keyring | None = None
    ) -> None:
        self._file = data_dir / FILE_NAME
        self._key_file = key_dir / KEY_NAME
        self._environ = environ
        self._keyring = keyring
        self._opened: dict[str, str] | None = None

    def get(self, gateway: str, field: str) -> str:
        """A key, "" when none is stored anywhere. Raises ConfigError for a sealed file that cannot be opened."""
        return self._found(gateway, field)[0]

    def where(self, gateway: str, field: str) -> Place | None:
        """Where :meth:`get` finds a key, None when it finds none. Raises ConfigError as it does."""
        return self._found(gateway, field)[1]

    def for_gateway(self, facts: Facts) -> dict[str, str]:
        """All keys of one gateway, empty ones included."""
        return {secret.key: self.get(facts.name, secret.key) for secret in facts.secrets}

    def put(self, gateway: str, field: str, value: str) -> None:
        """Store a key: in the keyring where there is one, else in the sealed file. Raises ConfigError."""
        name = f"{gateway}.{field}"
        if self._keyring is None:
            self._opened = {**self._read(), name: value}  # read anew: another program may have stored one since
            self._write(self._opened)
        else:
            _put_in_keyring(self._keyring, name, value)

    def forget(self, gateway: str, field: str) -> tuple[Place, ...]:
        """Take a key out of the keyring and out of the sealed file; where it was. The environment is not ours.

        Raises ConfigError.
        """
        name, gone = f"{gateway}.{field}", []
        if self._keyring is not None and _taken_from_keyring(self._keyring, name):
            gone.append(Place.KEYRING)
        kept = self._read()
        if kept.pop(name, None) is not None:
            self._write(kept)
            gone.append(Place.FILE)
        self._opened = kept
        return tuple(gone)

    def values(self, facts: Mapping[str, Facts]) -> list[str]:
        """Every key that is stored, for the masking of logs."""
        return [value for one in facts.values() for value in self.for_gateway(one).values() if value]

    def internal(self, name: str, *, create: bool = True) -> bytes:
        """Return one of the program's own random secrets (32 bytes), made and stored at its first use.

        Without ``create`` the result is empty where the secret does not exist yet: only the process that holds the
        data folder may make one. Raises ConfigError as :meth:`get` and :meth:`put` do.
        """
        if found := self.get(OWN, name):
            return bytes.fromhex(found)
        if not create:
            return b""
        fresh = secrets.token_bytes(OWN_BYTES)
        self.put(OWN, name, fresh.hex())
        return fresh

    def _found(self, gateway: str, field: str) -> tuple[str, Place | None]:
        name = f"{gateway}.{field}"
        if self._keyring is not None and (found := _from_keyring(self._keyring, name)):
            return found, Place.KEYRING
        if found := self._sealed().get(name, ""):
            return found, Place.FILE
        if found := self._environ.get(environment_name(gateway, field), ""):
            return found, Place.ENVIRONMENT
        return "", None

    def _sealed(self) -> dict[str, str]:
        if self._opened is None:
            self._opened = self._read()
        return self._opened

    def _read(self) -> dict[str, str]:
        if not self._file.exists():
            return {}
        from Crypto.Cipher import AES

        try:
            key = base64.b64decode(self._key_file.read_bytes())
            raw = self._file.read_bytes()
            plain = AES.new(key, AES.MODE_GCM, raw[:16]).decrypt_and_verify(raw[32:], raw[16:32])
            found = json.loads(plain)
        except (OSError, ValueError) as error:
            text = N_("The stored keys cannot be opened: {path}. Take that file away and store them anew: pos key set")
            raise ConfigError(msg(text, path=self._file), type(error).__name__) from error
        return {str(name): str(value) for name, value in found.items()}

    def _write(self, found: Mapping[str, str]) -> None:
        from Crypto.Cipher import AES

        try:
            cipher = AES.new(self._own_key(), AES.MODE_GCM, secrets.token_bytes(16))
            sealed, tag = cipher.encrypt_and_digest(json.dumps(dict(found)).encode())
            write_whole(self._file, bytes(cipher.nonce) + tag + sealed, private=True)
        except (OSError, ValueError) as error:
            raise _not_stored(self._file, error) from error

    def _own_key(self) -> bytes:
        if not self._key_file.exists():
            write_whole(self._key_file, base64.b64encode(secrets.token_bytes(32)), private=True)
        return base64.b64decode(self._key_file.read_bytes())


def _from_keyring(keyring: Keyring, name: str) -> str:
    from keyring.errors import KeyringError

    try:
        return keyring.get_password(SERVICE, name) or ""
    except KeyringError as error:
        log.warning("the keyring of this system does not answer: %s", type(error).__name__)
        return ""


def _put_in_keyring(keyring: Keyring, name: str, value: str) -> None:
    """Raises ConfigError; the sealed file is no way out, for an older key in the keyring would go before it."""
    from keyring.errors import KeyringError

    try:
        keyring.set_password(SERVICE, name, value)
    except KeyringError as error:
        raise _not_stored("keyring", error) from error


def _taken_from_keyring(keyring: Keyring, name: str) -> bool:
    """Whether it was there. Raises ConfigError where the keyring cannot be asked: it would come back."""
    from keyring.errors import KeyringError

    try:
        if keyring.get_password(SERVICE, name) is None:
            return False
        keyring.delete_password(SERVICE, name)
    except KeyringError as error:
        text = N_("The keyring of this system does not let go of the key {name}.")
        raise ConfigError(msg(text, name=name), type(error).__name__) from error
    return True


def _not_stored(where: object, error: Exception) -> ConfigError:
    return ConfigError(msg(N_("The keys cannot be stored: {path}."), path=where), type(error).__name__)


def environment_name(gateway: str, field: str) -> str:
    """``POS_SECRET_OPAY_HASH_KEY`` of ``hash_key`` (design, section 5)."""
    return f"POS_SECRET_{gateway}_{field}".upper()
