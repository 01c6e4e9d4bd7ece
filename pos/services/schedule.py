"""When to ask again, as data; docs/engineering/state-machine.md shows it as a table."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

FIRST: Final = (1.0, 2.0, 3.0, 5.0)
"""Seconds after sending of the first questions, while the customer takes out the phone."""

THEN: Final = ((120.0, 5.0), (600.0, 15.0), (3600.0, 60.0))
"""(up to this age in seconds, ask every so many seconds)."""

LAST: Final = 900.0
"""Seconds between questions from the last age on, until the gateway's own expiry: an ATM account waits for days."""

OVERDUE: Final = 60.0
"""Seconds between questions at most, once an order should have ended."""

LATE: Final = (600.0, 3600.0, 86400.0)
"""Seconds after an unpaid end: a code that was given up stays payable for minutes, a transfer may arrive a day late."""

JITTER: Final = 0.1
"""Each wait is stretched or shrunk by up to a tenth, so that registers do not ask in step."""

GRACE: Final = timedelta(minutes=10)
"""After the expiry the gateway named, before an order that is still unpaid counts as lapsed."""

_ALMOST: Final = 1 - JITTER
"""A question that jitter brought forward stands for its moment: it is not asked a second time at the moment itself."""

SILENCES: Final = 5
"""Questions in a row without a usable answer, all after the deadline, before a manager must look."""

GAP: Final = 0.5
"""Seconds between two questions to one gateway: two a second at most."""

BACK_OFF: Final = (2.0, 5.0, 15.0, 60.0)
"""Seconds to leave a gateway alone after one, two, … answers of "too many requests" in a row."""


def next_wait(age: float) -> float:
    """Seconds from ``age`` (seconds since sending, not negative) to the next question, without jitter."""
    for moment in FIRST:
        if age < moment * _ALMOST:
            return moment - age
    for limit, gap in THEN:
        if age < limit:
            return gap
    return LAST


def next_late_wait(age: float) -> float | None:
    """Seconds from ``age`` (since an unpaid end) to the next question; None when the last one was asked."""
    return next((moment - age for moment in LATE if age < moment * _ALMOST), None)
