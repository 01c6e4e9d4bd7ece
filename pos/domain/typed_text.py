"""Text that a person types: tidied, and refused if it cannot be displayed."""

from __future__ import annotations

from typing import Final
from unicodedata import normalize

from pos.errors import InputError
from pos.i18n import N_, msg
from pos.text import is_clean

REASON_LIMIT: Final = 200
"""Longest reason, in characters."""


def check_reason(reason: str) -> str:
    """Return a reason with its white space tidied. Raises InputError if it is empty or too long."""
    tidy = tidy_text("reason", reason)
    if not tidy:
        raise InputError("reason", N_("Enter a reason."))
    if len(tidy) > REASON_LIMIT:
        raise InputError("reason", msg(N_("A reason has {limit} characters at most."), limit=REASON_LIMIT))
    return tidy


NOTE_LIMIT: Final = 60
"""Longest note or pick-up number of a sale, in characters."""


def check_note(note: str) -> str:
    """Return the note of a sale with its white space tidied; it may be empty. Raises InputError."""
    tidy = tidy_text("note", note)
    if len(tidy) > NOTE_LIMIT:
        raise InputError("note", msg(N_("A note has {limit} characters at most."), limit=NOTE_LIMIT))
    return tidy


def tidy_text(field: str, text: str) -> str:
    """Return a typed text on one line and in NFC.

    Raises InputError for characters that :func:`pos.text.clean` would drop: the person can correct them.
    """
    tidy = normalize("NFC", " ".join(text.split()))
    if not is_clean(tidy):
        raise InputError(field, msg(N_("{field} has characters that cannot be shown."), field=field))
    return tidy
