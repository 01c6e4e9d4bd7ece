"""Text that a person types: tidied, and refused if it cannot be displayed."""

from __future__ import annotations

from typing import Final
from unicodedata import normalize

from pos.errors import InputError
from pos.i18n import N_, msg
from pos.text import is_clean

REASON_LIMIT: Final = 200
"""Characters of a reason."""


def check_reason(reason: str) -> str:
    """A reason, spaces tidied. Raises InputError where there is none."""
    tidy = tidy_text("reason", reason)
    if not tidy:
        raise InputError("reason", N_("Enter a reason."))
    if len(tidy) > REASON_LIMIT:
        raise InputError("reason", msg(N_("A reason has {limit} characters at most."), limit=REASON_LIMIT))
    return tidy


def tidy_text(field: str, text: str) -> str:
    """Return what a person typed, on one line and in NFC. Raises InputError for what :func:`pos.text.clean` would drop.

    A person can correct it, so nothing is dropped silently.
    """
    tidy = normalize("NFC", " ".join(text.split()))
    if not is_clean(tidy):
        raise InputError(field, msg(N_("{field} has characters that cannot be shown."), field=field))
    return tidy
