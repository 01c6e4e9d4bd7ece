"""The secrets behind PINs: the pepper of their hashes, and the vault of the recovery code.

Both are stored in :class:`pos.secrets.SecretStore`, in the section of the program's own secrets. The system's keyring
is always asked here, also where merchant keys come from environment variables: a variable must not hide a recovery
code.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from pos.errors import ConfigError, PinSecretMissing
from pos.i18n import N_
from pos.secrets import OWN, Place, SecretStore

PEPPER: Final = "pins"
CODE: Final = "recovery"
TRIES: Final = "backup_tries"

KEYRING_FAILS: Final = N_(
    "PINs cannot be checked because the keyring of this system does not answer. Start the keyring, then start Counter"
    " again."
)

STORED: Final = (Place.KEYRING, Place.FILE)
"""Places that outlive the process and that its caller cannot invent."""


class Vault:
    """One text of the program's own."""

    def __init__(self, opened: Callable[[], SecretStore], name: str) -> None:
        self._opened = opened
        self._name = name

    def read(self) -> str:
        """Return the text, empty where none was written; an environment variable does not count.

        Raises ConfigError if the keyring does not answer, and it may be there.
        """
        store = self._opened()
        if store.where(OWN, self._name) in STORED:
            return store.get(OWN, self._name)
        if store.keyring_fails:  # it may be there: the answer must not be that there is none
            raise ConfigError(KEYRING_FAILS)
        return ""

    def write(self, text: str) -> None:
        """Replace the text."""
        self._opened().put(OWN, self._name, text)


class PeopleSecrets:
    """``opened`` opens the store again, because another process may have written to it.

    Every method may ask the keyring, and raises ConfigError where the store cannot be read.
    """

    def __init__(self, opened: Callable[[], SecretStore]) -> None:
        self._opened = opened

    def pepper(self, create: bool) -> bytes:
        """Return the pepper, empty where there is none. ``create`` makes one there.

        Raises PinSecretMissing if the keyring does not answer: a second pepper would make the PINs useless.
        """
        store = self._opened()
        found = store.internal(PEPPER, create=False)
        if not found and store.keyring_fails:
            raise PinSecretMissing(KEYRING_FAILS)
        return found or (store.internal(PEPPER) if create else b"")

    def vault(self, name: str) -> Vault:
        """Return the storage of one text."""
        return Vault(self._opened, name)

    def has_pepper(self) -> bool:
        """Return whether a PIN was, or may have been, set or checked on this computer before."""
        store = self._opened()
        return store.where(OWN, PEPPER) in STORED or store.keyring_fails
