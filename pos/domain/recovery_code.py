"""The shop's recovery code: its format, and the reading of a typed code.

A code has 20 characters of Crockford's base32 alphabet (no I, L, O, U) in groups of four: 19 random ones, which are 95
bits, and a check character after the Luhn algorithm modulo 32. The check finds every single wrong character and
exchanged neighbours, so that a typing mistake is not counted as a wrong code.
"""

from __future__ import annotations

import unicodedata
from typing import Final, Protocol

from pos.errors import InputError
from pos.i18n import N_

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH: Final = 20
GROUP: Final = 4
_ALIKE: Final = str.maketrans("OIL", "011")


class Randomness(Protocol):
    """A source of random bits fit for secrets."""

    def getrandbits(self, k: int, /) -> int: ...


def new_code(source: Randomness) -> str:
    """Return a new code in groups, as in ``7QX4-….``"""
    bits = source.getrandbits(5 * (LENGTH - 1))
    data = "".join(ALPHABET[bits >> 5 * place & 31] for place in range(LENGTH - 1))
    return in_groups(data + _check_character(data))


def in_groups(code: str) -> str:
    """Return a code as it is printed, with a hyphen after each group."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def typed_code(text: str) -> str:
    """Return the 20 characters of a typed code. Case, spaces, hyphens and O for 0, I or L for 1 make no difference.

    Raises InputError for what cannot be a code. Such a text is not counted as a try.
    """
    wide = unicodedata.normalize("NFKC", text).upper().translate(_ALIKE)
    code = "".join(one for one in wide if unicodedata.category(one) not in ("Pd", "Zs", "Zl", "Zp", "Cc", "Cf"))
    if len(code) != LENGTH or not set(code) <= set(ALPHABET):
        raise InputError("recovery_code", N_("A recovery code has 20 letters and digits. Compare it with the paper."))
    if _check_character(code[:-1]) != code[-1]:
        raise InputError("recovery_code", N_("The recovery code has a typing mistake. Compare it with the paper."))
    return code


def _check_character(data: str) -> str:
    """Return the Luhn check character modulo 32."""
    total, factor = 0, 2
    for one in reversed(data):
        high, low = divmod(ALPHABET.index(one) * factor, len(ALPHABET))
        total += high + low
        factor = 3 - factor
    return ALPHABET[-total % len(ALPHABET)]
