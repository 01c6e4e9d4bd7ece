"""Messages for the cashier if the journal cannot be written before or after sending."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pos.errors import PosError, StoreError
from pos.i18n import N_, Message, msg


@contextmanager
def nothing_sent() -> Iterator[None]:
    """Add "Nothing was sent" to a StoreError. Wrap only the write that must succeed before something is sent."""
    try:
        yield
    except StoreError as error:
        text = N_("Nothing was sent. {problem}")
        raise StoreError(msg(text, problem=error.spoken()), error.detail) from error


def outcome_unsaved(error: Exception) -> Message:
    """Return the message for the cashier if the write after sending failed with ``error``."""
    if not isinstance(error, PosError):
        return msg(N_("The gateway's answer could not be read."))
    text = N_("{problem} The request may have been sent: do not repeat it. The register keeps checking.")
    return msg(text, problem=error.spoken())
