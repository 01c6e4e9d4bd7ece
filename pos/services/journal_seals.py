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
        others = [one for one, found in kept.items() if one != uid and found["folder"] == self._folder]
        last = {name: value for name, value in kept.get(uid, {}).items() if name != "folder"}
        return Seals(key, Anchor(**last) if last else None, others[0] if others else "")

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
            kept = {one: found for one, found in self._kept().items() if found["folder"] != self._folder or one == uid}
            kept[uid] = {**asdict(anchor), "folder": self._folder}
            self._vault.write_seals(json.dumps(kept))
        except ConfigError as error:
            log.warning("the seal of the journal was not kept: %s %s", error, error.detail)

    def _kept(self) -> dict[str, dict[str, Any]]:
        assert self._vault is not None
        text = self._vault.read_seals()
        return dict(json.loads(text)) if text else {}

    async def _blocking(self, work: Callable[[], Any]) -> Any:
        return work() if self._run_blocking is None else await self._run_blocking(work)
