"""A caller for each test: the simulator on virtual time, and calls to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulator.caller import Caller
from tests.support.virtual import VirtualDay


@pytest.fixture
def caller() -> Iterator[Caller]:
    with VirtualDay() as day:
        yield Caller(day=day)


@pytest.fixture
def lenient() -> Iterator[Caller]:
    with VirtualDay() as day:
        yield Caller(day=day, strict=False)
