"""Whole shop days, one a seed: nothing lost, nothing doubled, nothing guessed."""

from __future__ import annotations

import pytest

from tests.simulate import run_day
from tests.support.sample import cases

pytestmark = pytest.mark.long


@pytest.mark.parametrize("seed", cases([1, 2, 4, 5, 7, 8], lambda seed: min(seed, 4)))  # others have no review
def test_what_the_register_believes_after_a_day_is_what_happened(seed: int) -> None:
    """The day also had faults, a restart, captured and unknown payments; a quiet day would prove nothing."""
    outcome = run_day(seed)
    assert outcome.wrong == [], f"python -m tests.simulate --first {seed} --seeds 1"
    assert (outcome.payments > 10, outcome.faults > 10, outcome.captured > 9) == (True, True, True)
    assert min(outcome.restarts, outcome.review) > 0
    assert outcome.split > 0 or seed == 8, "seed 8 has no split sale"


def test_a_day_replays_exactly() -> None:
    assert run_day(1) == run_day(1)
