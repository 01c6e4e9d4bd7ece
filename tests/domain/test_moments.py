"""Days and times as people type them into the search."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pos.domain.moments import parse_time_span

TAIPEI = ZoneInfo("Asia/Taipei")
NOW = datetime(2026, 11, 20, 15, 0, tzinfo=TAIPEI)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@pytest.mark.parametrize(
    ("text", "first", "long"),
    [
        ("14:30", (2026, 11, 20, 14, 30), MINUTE),
        ("15:00", (2026, 11, 20, 15, 0), MINUTE),
        ("15:01", (2026, 11, 19, 15, 1), MINUTE),
        ("9:05", (2026, 11, 20, 9, 5), MINUTE),
        ("2026-11-20", (2026, 11, 20), DAY),
        ("2026/1/2", (2026, 1, 2), DAY),
        ("11-20", (2026, 11, 20), DAY),
        ("12-24", (2025, 12, 24), DAY),
        ("11-20 14:30", (2026, 11, 20, 14, 30), MINUTE),
        ("2026-11-20T14:30", (2026, 11, 20, 14, 30), MINUTE),
        ("2026-11", (2026, 11, 1), timedelta(days=30)),
        ("2026-12", (2026, 12, 1), timedelta(days=31)),
    ],
)
def test_a_typed_day_or_time_means_the_last_one_that_has_begun(
    text: str, first: tuple[int, ...], long: timedelta
) -> None:
    begun = datetime(*first, tzinfo=TAIPEI)  # type: ignore[misc, arg-type]  # mypy does not count the numbers of a tuple
    assert parse_time_span(text, NOW) == (begun, begun + long)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "125",
        "12.50",
        "25:00",
        "14:60",
        "2026-13",
        "2026-02-30",
        "02-29",
        "0000-01-01",
        "9999-12",
        "-",
        "ab-cd",
    ],
)
def test_a_day_or_time_that_does_not_exist_is_not_recognised(text: str) -> None:
    assert parse_time_span(text, NOW) is None


def test_a_day_is_as_long_as_the_shops_zone_makes_it() -> None:
    london = ZoneInfo("Europe/London")
    first, after = parse_time_span("2026-10-25", datetime(2026, 11, 1, tzinfo=london)) or (NOW, NOW)
    assert after.timestamp() - first.timestamp() == 25 * 3600


def test_a_time_that_occurs_twice_means_both() -> None:
    """In Berlin the clock goes back from 03:00 to 02:00 on 25 October 2026, so 02:30 occurs twice."""
    now = datetime(2026, 10, 26, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    found = parse_time_span("10-25 02:30", now)
    assert found == (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 31, tzinfo=UTC))
    for once in ("01:59", "03:00"):
        first, after = parse_time_span(f"10-25 {once}", now) or (now, now)
        assert after - first == MINUTE


def test_a_time_that_the_clock_skips_is_not_recognised() -> None:
    now = datetime(2027, 3, 15, 12, tzinfo=ZoneInfo("America/New_York"))
    assert parse_time_span("03-14 02:30", now) is None
    assert parse_time_span("03-14 03:00", now) == (
        datetime(2027, 3, 14, 7, tzinfo=UTC), datetime(2027, 3, 14, 7, 1, tzinfo=UTC),
    )  # fmt: skip
