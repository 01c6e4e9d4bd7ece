"""A vault for the journal's seals, in memory."""

from __future__ import annotations

from pos.errors import ConfigError


class MemoryVault:
    """Implements :class:`pos.services.journal_seals.SealVault`. Set ``fails`` to let the keyring raise."""

    def __init__(self, key: bytes = b"") -> None:
        self.key = key
        self.text = ""
        self.fails = False

    def seal_key(self, create: bool) -> bytes:
        self._answer()
        if create and not self.key:
            self.key = bytes(range(32))
        return self.key

    def read_seals(self) -> str:
        self._answer()
        return self.text

    def write_seals(self, text: str) -> None:
        self._answer()
        self.text = text

    def _answer(self) -> None:
        if self.fails:
            raise ConfigError("The keyring does not answer.", "locked")
