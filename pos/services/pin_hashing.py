"""PINs and recovery codes as argon2id hashes (RFC 9106); the library is loaded when the first PIN is typed.

A PIN is hashed as argon2id(HMAC-SHA256(pepper, PIN)). The pepper is a random secret that is stored beside the merchant
keys and not in the journal, so a copied journal alone does not allow guessing. The stored text begins with a
fingerprint of the pepper: ``p1$<8 hexadecimal digits>$<argon2 text>``. A hash without it was made by an older program,
without a pepper.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from pos.errors import PinSecretMissing, PosError
from pos.i18n import N_

if TYPE_CHECKING:
    from argon2 import PasswordHasher


PLAIN: Final = (1, 8, 1)
"""A low cost, for the public PINs of the training shop and for tests."""

_PEPPERED: Final = "p1"

Pepper = Callable[[bool], bytes]
"""Return the pepper, empty if there is none. Called with True, make one if there is none."""


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether a PIN is correct, and its hash in the current form if the stored one is older."""

    right: bool
    rehashed: str = ""


class PinHasher:
    """``cost`` is argon2's (passes, KiB, lanes); without it the second recommended set of RFC 9106, section 4.

    Without ``pepper`` (the training shop) only the PIN is hashed. Every method takes tens of milliseconds and may ask
    the keyring: do not call it on an event loop.
    """

    def __init__(self, cost: tuple[int, int, int] = (3, 65536, 4), pepper: Pepper | None = None) -> None:
        self._cost = cost
        self._ask_pepper = pepper
        self._known = b""

    def hash(self, pin: str) -> str:
        """Return a salted hash of a new PIN. Raises ConfigError if the pepper cannot be read or stored."""
        if self._ask_pepper is None:
            return self._hasher.hash(pin)
        pepper = self._pepper(create=True)
        return f"{_PEPPERED}${_fingerprint(pepper)}${self._hasher.hash(_mixed(pepper, pin))}"

    def fits(self, secret: str, pin: str) -> bool:
        """Return whether ``secret`` is the hash of ``pin``; compared in constant time.

        Raises PinSecretMissing if it was made with a pepper that this computer does not have, and ConfigError.
        """
        kind, _dollar, rest = secret.partition("$")
        if kind != _PEPPERED:
            return self._verify(secret, pin)
        fingerprint, _dollar, argon = rest.partition("$")
        pepper = self._pepper() if self._ask_pepper is not None else b""
        if not pepper or _fingerprint(pepper) != fingerprint:
            text = N_("The secret for checking PINs is missing on this computer. Set a new PIN with the recovery code.")
            raise PinSecretMissing(text)
        return self._verify(argon, _mixed(pepper, pin))

    def check(self, secret: str, pin: str) -> Checked:
        """Compare as :meth:`fits` does, and hash a correct PIN again if its stored form is old."""
        if not self.fits(secret, pin):
            return Checked(False)
        if self._ask_pepper is None or is_peppered(secret):
            return Checked(True)
        try:
            return Checked(True, self.hash(pin))
        except PosError:  # the keyring does not answer: the old form stays, and the next sign-in tries again
            return Checked(True)

    def _verify(self, secret: str, text: str) -> bool:
        from argon2.exceptions import InvalidHashError, VerificationError

        try:
            return self._hasher.verify(secret, text)
        except (VerificationError, InvalidHashError, UnicodeEncodeError):  # for example a lone surrogate
            return False

    def _pepper(self, *, create: bool = False) -> bytes:
        if not self._known and self._ask_pepper is not None:
            self._known = self._ask_pepper(create)
        return self._known

    @cached_property
    def _hasher(self) -> PasswordHasher:
        from argon2 import PasswordHasher

        passes, kib, lanes = self._cost
        return PasswordHasher(time_cost=passes, memory_cost=kib, parallelism=lanes)


def is_peppered(secret: str) -> bool:
    """Return whether a stored hash was made with a pepper."""
    return secret.startswith(f"{_PEPPERED}$")


def _fingerprint(pepper: bytes) -> str:
    return hashlib.sha256(b"counter pin pepper\0" + pepper).hexdigest()[:8]


def _mixed(pepper: bytes, pin: str) -> str:
    return hmac.new(pepper, pin.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
