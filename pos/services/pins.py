"""PINs as argon2id hashes (RFC 9106); the library is loaded when the first PIN is typed."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from argon2 import PasswordHasher


PLAIN: Final = (1, 8, 1)
"""A cost for PINs that stand on a banner for everybody to read, in the training shop, and for tests."""


class Pins:
    """``cost`` is argon2's (passes, KiB, lanes); without it the second recommended set of RFC 9106, section 4."""

    def __init__(self, cost: tuple[int, int, int] = (3, 65536, 4)) -> None:
        self._cost = cost

    def hash(self, pin: str) -> str:
        """A salted hash in argon2's own text form. Takes tens of milliseconds: not on a loop."""
        return self._hasher.hash(pin)

    def fits(self, secret: str, pin: str) -> bool:
        """Whether ``pin`` is the one that ``secret`` was made of; compared in constant time."""
        from argon2.exceptions import VerificationError

        try:
            return self._hasher.verify(secret, pin)
        except (VerificationError, UnicodeEncodeError):  # half a character is no PIN
            return False

    @cached_property
    def _hasher(self) -> PasswordHasher:
        from argon2 import PasswordHasher

        passes, kib, lanes = self._cost
        return PasswordHasher(time_cost=passes, memory_cost=kib, parallelism=lanes)
