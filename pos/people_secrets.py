"""The secrets behind PINs and seals: the pepper, the recovery code, and the key of the journal's seals.

All are stored in :class:`pos.secrets.SecretStore`, in the section of the program's own secrets. The system's keyring
is always read, also if merchant keys come from environment variables: a variable must not hide a recovery code.
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
SEALS: Final = "seals"
LAST_SEALS: Final = "last_seals"

KEYRING_FAILS: Final = N_(
    "PINs cannot be checked because the keyring of this system does not answer. Start the keyring, then start Counter"
    " again."
)

STORED: Final = (Place.KEYRING, Place.FILE)
"""Places that outlive the process and cannot be set by its caller."""


class StoredText:
    """One stored text among the program's own secrets."""

    def __init__(self, opened: Callable[[], SecretStore], name: str) -> None:
        self._opened = opened
        self._name = name

    def read(self) -> str:
        """Return the text, "" if none was written; an environment variable does not count.

        Raises ConfigError if the keyring, which may contain the text, does not answer.
        """
        store = self._opened()
        if store.where(OWN, self._name) in STORED:
            return store.get(OWN, self._name)
        if store.keyring_fails:  # the text may be there
            raise ConfigError(KEYRING_FAILS)
        return ""

    def write(self, text: str) -> None:
        """Replace the text."""
        self._opened().put(OWN, self._name, text)


class PeopleSecrets:
    """The secrets behind PINs. ``opened`` opens the store again, because another process may have written to it.

    Every method may read the keyring, and raises ConfigError if the store cannot be read.
    """

    def __init__(self, opened: Callable[[], SecretStore]) -> None:
        self._opened = opened

    def pepper(self, create: bool) -> bytes:
        """Return the pepper, empty if there is none. With ``create``, a missing one is made.

        Raises PinSecretMissing if the keyring does not answer: a second pepper would invalidate the PINs.
        """
        store = self._opened()
        found = store.internal(PEPPER, create=False)
        if not found and store.keyring_fails:
            raise PinSecretMissing(KEYRING_FAILS)
        return found or (store.internal(PEPPER) if create else b"")

    def vault(self, name: str) -> StoredText:
        """Return the storage of one text."""
        return StoredText(self._opened, name)

    def seal_key(self, create: bool) -> bytes:
        """Return the key of the journal's seals, empty if there is none. With ``create``, a missing one is made.

        Raises ConfigError if the keyring, which may contain the key, does not answer.
        """
        store = self._opened()
        found = store.internal(SEALS, create=False)
        if not found and store.keyring_fails:
            raise ConfigError(KEYRING_FAILS)
        return found or (store.internal(SEALS) if create else b"")

    def read_seals(self) -> str:
        """Return the last seals, "" if there are none."""
        return self.vault(LAST_SEALS).read()

    def write_seals(self, text: str) -> None:
        """Replace the last seals."""
        self.vault(LAST_SEALS).write(text)

    def has_pepper(self) -> bool:
        """Return whether there is, or may be, a pepper on this computer: a PIN was set or checked here before."""
        store = self._opened()
        return store.where(OWN, PEPPER) in STORED or store.keyring_fails
