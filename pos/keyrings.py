"""The keyring of the system, called on a thread of its own, with the time limit :data:`LIMIT`.

A keyring may be missing, raise any exception, or block for ever (a Secret Service without a session). None of this may
stop a sale: the caller gets :class:`KeyringFailed` and continues without it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import cache
from queue import Empty, SimpleQueue
from typing import Any, Final, Protocol

from pos.i18n import N_, Message, msg

LIMIT: Final = 3.0
"""Seconds. A keyring that took longer is not used again by this process."""

log = logging.getLogger(__name__)


class Keyring(Protocol):
    """The methods of a backend of the library ``keyring`` that are used."""

    def get_password(self, service: str, name: str, /) -> str | None: ...
    def set_password(self, service: str, name: str, value: str, /) -> None: ...
    def delete_password(self, service: str, name: str, /) -> None: ...


class KeyringFailed(Exception):
    """The keyring raised something, cannot be loaded, or does not answer. The text is the type of the cause."""


class GuardedKeyring:
    """A keyring that is loaded at its first use. ``load`` returns None if the system has none."""

    def __init__(self, load: Callable[[], Keyring | None], limit: float = LIMIT) -> None:
        self._load = load
        self._limit = limit
        self._jobs: SimpleQueue[tuple[Callable[[], Any], SimpleQueue[tuple[bool, Any]]]] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._loaded: Keyring | None = None
        self._is_loaded = False
        self._broken = ""
        self.problem: Message | None = None

    def exists(self) -> bool:
        """Return whether the system has a keyring, working or not."""
        try:
            return self._backend() is not None
        except KeyringFailed:
            return True

    def get(self, service: str, name: str) -> str | None:
        """Return a secret, None if it is not stored. Raises KeyringFailed."""
        found: str | None = self._ask(lambda ring: ring.get_password(service, name))
        return found

    def set(self, service: str, name: str, value: str) -> None:
        """Store a secret. Raises KeyringFailed."""
        self._ask(lambda ring: ring.set_password(service, name, value))

    def delete(self, service: str, name: str) -> None:
        """Remove a secret. Raises KeyringFailed."""
        self._ask(lambda ring: ring.delete_password(service, name))

    @property
    def is_broken(self) -> bool:
        """Whether it cannot be loaded or did not answer in time, so that it is not used again."""
        return bool(self._broken)

    def _ask(self, work: Callable[[Keyring], Any]) -> Any:
        ring = self._backend()
        return None if ring is None else self._limited(lambda: work(ring))

    def _backend(self) -> Keyring | None:
        if not self._is_loaded:
            try:
                self._loaded = self._limited(self._load)
            except KeyringFailed as error:
                self._broken = self._broken or str(error)
                raise
            self._is_loaded = True
        return self._loaded

    def _limited(self, work: Callable[[], Any]) -> Any:
        if self._broken:
            raise KeyringFailed(self._broken)
        if self._thread is None:  # one thread for all calls: some backends keep a connection for their thread
            self._thread = threading.Thread(target=self._work, name="counter-keyring", daemon=True)
            self._thread.start()
        answer: SimpleQueue[tuple[bool, Any]] = SimpleQueue()
        self._jobs.put((work, answer))
        try:
            done, found = answer.get(timeout=self._limit)
        except Empty:
            self._broken = "no answer"
            raise self._failed(
                msg(N_("it did not answer within {seconds} seconds"), seconds=int(self._limit)).spoken(), "no answer"
            ) from None
        if not done:
            raise self._failed(type(found).__name__, type(found).__name__) from None
        self.problem = None
        return found

    def _work(self) -> None:
        while True:
            work, answer = self._jobs.get()
            try:
                answer.put((True, work()))
            except BaseException as error:  # a backend may raise anything
                answer.put((False, error))

    def _failed(self, problem: str, cause: str) -> KeyringFailed:
        text = N_(
            "The keyring of this system does not work ({problem}). Stored keys are read from the encrypted file and the"
            " environment only."
        )
        self.problem = msg(text, problem=problem)
        log.info("the keyring of this system does not answer: %s", cause)
        return KeyringFailed(cause)


@cache
def system_keyring() -> GuardedKeyring:
    """Return the keyring of this system, one for the whole process. It is loaded at its first use."""
    return GuardedKeyring(_load)


def _load() -> Keyring | None:
    """Return the keyring of this system, None if it has none that works without user interaction."""
    import keyring
    from keyring.backends.fail import Keyring as Nothing

    found = keyring.get_keyring()
    usable = not isinstance(found, Nothing) and float(getattr(found, "priority", 0)) >= 1
    return found if usable else None
