"""Whole shop days, one a seed: nothing lost, nothing doubled, nothing guessed."""

from __future__ import annotations

import pytest

from tests.simulate import run_day

pytestmark = pytest.mark.long


@pytest.mark.parametrize("seed", range(6))
def test_what_the_register_believes_after_a_day_is_what_happened(seed: int) -> None:
    outcome = run_day(seed)
    assert outcome.wrong == [], f"python -m tests.simulate --first {seed} --seeds 1"
    assert outcome.payments > 10


def test_a_day_replays_exactly() -> None:
    assert run_day(4) == run_day(4)


def test_the_days_are_full_of_trouble() -> None:
    """Check that the days had faults, restarts, captured and unknown payments; a quiet day would prove nothing."""
    days = [run_day(seed) for seed in range(102, 105)]
    assert [day.wrong for day in days] == [[]] * 3
    assert sum(day.faults for day in days) > 20
    assert sum(day.restarts for day in days) > 3
    assert sum(day.captured for day in days) > 30
    assert sum(day.review for day in days) > 5
