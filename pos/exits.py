"""The exit statuses of the command line, and the table of its errors: code in JSON and exit status by class.

==  ==================================================================================================
0   done, captured, or waiting as asked
1   an unexpected fault, a journal that cannot be used, or nothing could be sent
2   wrong usage or bad input, not found, or not allowed; nothing was sent
3   declined, expired or voided
4   unknown, or in review
5   not configured, or refused by the gateway
==  ==================================================================================================
"""

from __future__ import annotations

from typing import Final

from pos.errors import (
    ConfigError,
    InputError,
    KeyRefused,
    LockedOut,
    NoAnswer,
    NotAllowed,
    NotFound,
    NotSent,
    PosError,
    StoreError,
    UsageError,
)

OK, FAULT, USAGE, UNPAID, DOUBT, REFUSED = 0, 1, 2, 3, 4, 5

ERRORS: Final[tuple[tuple[type[PosError], str, int], ...]] = (
    (UsageError, "usage", USAGE),
    (InputError, "input", USAGE),
    (LockedOut, "locked_out", USAGE),
    (NotAllowed, "not_allowed", USAGE),
    (NotFound, "not_found", USAGE),
    (ConfigError, "not_configured", REFUSED),
    (KeyRefused, "key_refused", REFUSED),
    (StoreError, "store", FAULT),
    (NotSent, "not_sent", FAULT),
    (NoAnswer, "no_answer", FAULT),
    (PosError, "fault", FAULT),
)
"""The first matching class counts. The codes are part of the outside contract and never change."""

INTERRUPTED: Final = "interrupted"
"""The code of Ctrl-C; the exit status is :data:`FAULT`."""


def code_and_status(error: PosError) -> tuple[str, int]:
    """Return the code and the exit status of an error."""
    return next((code, status) for kind, code, status in ERRORS if isinstance(error, kind))
