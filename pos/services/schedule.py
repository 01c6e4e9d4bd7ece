"""The schedule of queries, as data; docs/engineering/state-machine.md shows it as a table."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

FIRST: Final = (1.0, 2.0, 3.0, 5.0)
"""Seconds after sending of the first queries."""

THEN: Final = ((120.0, 5.0), (600.0, 15.0), (3600.0, 60.0))
"""(age limit in seconds, seconds between queries up to it)."""

LAST: Final = 900.0
"""Seconds between queries after the last age limit, until the gateway's expiry: an ATM account is valid for days."""

OVERDUE: Final = 60.0
"""Most seconds between queries of an order that should have ended."""

LATE: Final = (600.0, 3600.0, 86400.0)
"""Seconds after an unpaid end of the late queries: a cancelled code stays payable for minutes, a transfer for a day."""

JITTER: Final = 0.1
"""Each wait is varied by up to a tenth, so that registers do not query at the same moment."""

GRACE: Final = timedelta(minutes=10)
"""Time after the gateway's expiry before an unpaid order counts as lapsed."""

_ALMOST: Final = 1 - JITTER
"""A query that jitter made early counts for its moment and is not repeated at the moment itself."""

SILENCES: Final = 5
"""Queries in a row without a usable answer, all after the deadline, before an attempt goes to REVIEW."""

GAP: Final = 0.5
"""Least seconds between two queries to one gateway."""

BACK_OFF: Final = (2.0, 5.0, 15.0, 60.0)
"""Seconds without queries after one, two, … answers "too many requests" in a row."""


def next_wait(age: float) -> float:
    """Return the seconds from ``age`` (seconds since sending, not negative) to the next query, without jitter."""
    for moment in FIRST:
        if age < moment * _ALMOST:
            return moment - age
    for limit, gap in THEN:
        if age < limit:
            return gap
    return LAST


def next_late_wait(age: float) -> float | None:
    """Return the seconds from ``age`` (since an unpaid end) to the next late query; None after the last one."""
    return next((moment - age for moment in LATE if age < moment * _ALMOST), None)
