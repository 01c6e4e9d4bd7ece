"""Parse days and times as people type them into a search."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

_MONTH: Final = re.compile(r"([0-9]{4})[-/]([0-9]{1,2})", re.ASCII)
_DAY: Final = r"(?:([0-9]{4})[-/])?([0-9]{1,2})[-/]([0-9]{1,2})"
_TIME: Final = r"([0-9]{1,2}):([0-9]{2})"
_MOMENT: Final = re.compile(f"(?:{_DAY})?(?:(?:^|[ T]+){_TIME})?", re.ASCII)

_MINUTE: Final = timedelta(minutes=1)

TimeSpan = tuple[datetime, datetime]

LONGEST_MINUTE: Final = timedelta(hours=3)
"""A span up to this length was typed as a time, not as a day: no clock is put back by more in one night."""


def parse_time_span(text: str, now: datetime) -> TimeSpan | None:
    """Return the start (included) and the end (excluded) of a typed day, month or time, in UTC.

    Understands ``14:30``, ``11-20``, ``2026-11-20``, ``11-20 14:30`` and ``2026-11``. ``now`` is the shop's own time.
    Without a year or a day, the last one that has begun is meant. Return None for other texts, and for days and times
    that do not exist.
    """
    try:
        return _month(text, now) or _moment(text, now)
    except (ValueError, OverflowError):
        return None


def _month(text: str, now: datetime) -> TimeSpan | None:
    found = _MONTH.fullmatch(text)
    if found is None:
        return None
    first = date(int(found[1]), int(found[2]), 1)
    return _at(first, now), _at((first + timedelta(days=31)).replace(day=1), now)


def _moment(text: str, now: datetime) -> TimeSpan | None:
    found = _MOMENT.fullmatch(text)
    if found is None or not text:
        return None
    year, month, day, hour, minute = found.groups()
    clock = time(int(hour), int(minute)) if hour else None
    if month is None:
        begun = clock is None or clock <= now.time()
        on = now.date() if begun else now.date() - timedelta(days=1)
    else:
        on = _day(year, int(month), int(day), now.date())
    if clock is None:
        return _at(on, now), _at(on + timedelta(days=1), now)
    return _minute(datetime.combine(on, clock, now.tzinfo))


def _minute(first: datetime) -> TimeSpan | None:
    """Return the span of a minute. A minute that occurs twice, when the clock is put back, includes both occurrences;
    for a minute that is skipped, when it is put forward, return None."""
    once, again = first.astimezone(UTC), first.replace(fold=1).astimezone(UTC)
    return (once, again + _MINUTE) if once <= again else None


def _day(year: str | None, month: int, day: int, today: date) -> date:
    if year is not None:
        return date(int(year), month, day)
    found = date(today.year, month, day)
    return found if found <= today else found.replace(year=today.year - 1)


def _at(day: date, now: datetime) -> datetime:
    return datetime.combine(day, time(), now.tzinfo).astimezone(UTC)
