"""Merchant keys, apart from the settings: the system's keyring, else an encrypted file, else the environment.

The file is sealed with AES-256-GCM under a key of its own that lies in the user's settings folder, readable by that
user only. That keeps keys out of a copied data folder, a backup or a screen; it does not keep them from a program that
runs as the same user. Where the system has a keyring, use it.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Protocol

from pos.errors import ConfigError
from pos.gateways.base import Facts
from pos.i18n import N_, msg

SERVICE: Final = "counter"
FILE_NAME: Final = "keys.sealed"
KEY_NAME: Final = "keys.key"


class Keyring(Protocol):
    """What of the library ``keyring`` is used."""

    def get_password(self, service: str, name: str, /) -> str | None: ...
    def set_password(self, service: str, name: str, value: str, /) -> None: ...


def system_keyring() -> Keyring | None:
    """The keyring of this system; None where it has none that can be asked without a person."""
    import keyring
    from keyring.backends.fail import Keyring as Nothing

    found = keyring.get_keyring()
    usable = not isinstance(found, Nothing) and float(getattr(found, "priority", 0)) >= 1
    return found if usable else None


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
        name = f"{gateway}.{field}"
        if self._keyring is not None and (found := self._keyring.get_password(SERVICE, name)):
            return found
        return self._sealed().get(name) or self._environ.get(environment_name(gateway, field), "")

    def for_gateway(self, facts: Facts) -> dict[str, str]:
        """All keys of one gateway, empty ones included."""
        return {secret.key: self.get(facts.name, secret.key) for secret in facts.secrets}

    def put(self, gateway: str, field: str, value: str) -> None:
        """Store a key: in the keyring where there is one, else in the sealed file. Raises ConfigError."""
        name = f"{gateway}.{field}"
        if self._keyring is not None:
            self._keyring.set_password(SERVICE, name, value)
            return
        self._opened = {**self._sealed(), name: value}
        self._write(self._opened)

    def values(self, facts: Mapping[str, Facts]) -> list[str]:
        """Every key that is stored, for the masking of logs."""
        return [value for one in facts.values() for value in self.for_gateway(one).values() if value]

    def _sealed(self) -> dict[str, str]:
        if self._opened is None:
            self._opened = self._read() if self._file.exists() else {}
        return self._opened

    def _read(self) -> dict[str, str]:
        from Crypto.Cipher import AES

        try:
            key = base64.b64decode(self._key_file.read_bytes())
            raw = self._file.read_bytes()
            plain = AES.new(key, AES.MODE_GCM, raw[:16]).decrypt_and_verify(raw[32:], raw[16:32])
            found = json.loads(plain)
        except (OSError, ValueError, KeyError) as error:
            text = N_("The stored keys cannot be opened: {path}.")
            raise ConfigError(msg(text, path=self._file), type(error).__name__) from error
        return {str(name): str(value) for name, value in found.items()}

    def _write(self, found: Mapping[str, str]) -> None:
        from Crypto.Cipher import AES

        try:
            cipher = AES.new(self._own_key(), AES.MODE_GCM, secrets.token_bytes(16))
            sealed, tag = cipher.encrypt_and_digest(json.dumps(dict(found)).encode())
            _write_private(self._file, bytes(cipher.nonce) + tag + sealed)
        except OSError as error:
            text = N_("The keys cannot be stored: {path}.")
            raise ConfigError(msg(text, path=self._file), str(error)) from error

    def _own_key(self) -> bytes:
        if not self._key_file.exists():
            _write_private(self._key_file, base64.b64encode(secrets.token_bytes(32)))
        return base64.b64decode(self._key_file.read_bytes())


def environment_name(gateway: str, field: str) -> str:
    """``POS_SECRET_OPAY_HASH_KEY`` of ``hash_key`` (design, section 5)."""
    return f"POS_SECRET_{gateway}_{field}".upper()


def _write_private(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(path.suffix + ".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
