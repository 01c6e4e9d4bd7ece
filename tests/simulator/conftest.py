"""A desk for each test: the simulator on virtual time, and a client of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulator.desk import Desk
from tests.support.virtual import VirtualDay


@pytest.fixture
def desk() -> Iterator[Desk]:
    with VirtualDay() as day:
        yield Desk(day=day)


@pytest.fixture
def lenient() -> Iterator[Desk]:
    with VirtualDay() as day:
        yield Desk(day=day, strict=False)
