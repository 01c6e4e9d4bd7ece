"""Seals of the journal's heads: made at every Z, backup and restore, with a key from outside the data folder."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final, Protocol

from pos.errors import ConfigError
from pos.runtime import BlockingRunner
from pos.store.journal.anchors import Anchor, Seals, seal_of

log = logging.getLogger(__name__)

UNSEALED: Final = ""


class SealVault(Protocol):
    """Storage outside the data folder. Every method may read the keyring, and raises ConfigError."""

    def seal_key(self, create: bool) -> bytes:
        """Return the key of the seals, empty if there is none. With ``create``, a missing one is made."""
        ...

    def read_seals(self) -> str:
        """Return what :meth:`write_seals` stored last, "" for nothing."""
        ...

    def write_seals(self, text: str) -> None: ...


class JournalSeals:
    """Seals heads of the journal with the UUID ``uid`` in ``folder``. Without a vault nothing is sealed."""

    def __init__(
        self, vault: SealVault | None = None, uid: Callable[[], str] = str, folder: str = "",
        run_blocking: BlockingRunner | None = None,
    ) -> None:  # fmt: skip
        self._vault = vault
        self._uid = uid
        self._folder = folder
        self._run_blocking = run_blocking
        self._key = b""

    async def prepare(self) -> None:
        """Read the key, so that :meth:`seal` needs no keyring. If that fails, the next heads are not sealed."""
        if self._vault is not None and not self._key:
            self._key = await self._blocking(self._load)

    def seal(self, seq: int, head: str) -> str:
        """Return the seal of a row, "" without a key."""
        return self.seal_for(self._uid(), seq, head)

    def seal_for(self, uid: str, seq: int, head: str) -> str:
        """Return the seal of a row of the journal with this UUID, "" without a key."""
        return seal_of(self._key, uid, seq, head)

    async def keep(self, anchor: Anchor) -> None:
        """Keep a sealed head outside the data folder, instead of an earlier one of this journal."""
        if self._key:
            await self._blocking(lambda: self._keep(anchor))

    def known(self) -> Seals:
        """Return what is known outside the data folder. It may read the keyring."""
        if self._vault is None:
            return Seals()
        try:
            key, kept = self._vault.seal_key(create=False), self._kept()
        except ConfigError as error:
            log.warning("the seals of the journal cannot be read: %s %s", error, error.detail)
            return Seals()
        uid = self._uid()
        others = [one for one, (folder, _anchor) in kept.items() if one != uid and folder == self._folder]
        return Seals(key, kept[uid][1] if uid in kept else None, others[0] if others else "")

    def _load(self) -> bytes:
        assert self._vault is not None
        try:
            return self._vault.seal_key(create=True)
        except ConfigError as error:
            log.warning("the journal cannot be sealed: %s %s", error, error.detail)
            return b""

    def _keep(self, anchor: Anchor) -> None:
        assert self._vault is not None
        uid = self._uid()
        try:
            others = {one: found for one, found in self._kept().items() if found[0] != self._folder}
            kept = {**others, uid: (self._folder, anchor)}
            stored = {one: {**asdict(last), "folder": folder} for one, (folder, last) in kept.items()}
            self._vault.write_seals(json.dumps(stored))
        except ConfigError as error:
            log.warning("the seal of the journal was not kept: %s %s", error, error.detail)

    def _kept(self) -> dict[str, tuple[str, Anchor]]:
        """Return folder and last anchor by the UUID of the journal. A text that cannot be read has none."""
        assert self._vault is not None
        text = self._vault.read_seals()
        try:
            return {uid: (one.pop("folder"), Anchor(**one)) for uid, one in json.loads(text or "{}").items()}
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            log.warning("the last seals of the journal are unreadable: %r", error)
            return {}

    async def _blocking(self, work: Callable[[], Any]) -> Any:
        return work() if self._run_blocking is None else await self._run_blocking(work)
