"""Virtual time: an asyncio loop whose time jumps to the next timer."""

from __future__ import annotations

import asyncio
import math
import selectors
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")

MORNING = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)  # 09:00 in Taipei


COARSE = 2**23
"""Seconds from which a float cannot represent the loop's nanosecond, so that due timers would never run."""


class _Jump(selectors.SelectSelector):
    """A selector that never waits: instead of sleeping until the next timer, it moves the loop's time there."""

    def __init__(self) -> None:
        super().__init__()
        self.time = 0.0

    def select(self, timeout: float | None = None) -> Any:
        found = super().select(0)
        if not found and timeout is not None and (timeout or self.time > COARSE):
            self.time = max(self.time + timeout, math.nextafter(self.time, math.inf))
        if not found and timeout is None:
            raise RuntimeError("the virtual day stands still: everybody waits and nothing is due")
        return found


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop for code without real I/O."""

    def __init__(self) -> None:
        self._jump = _Jump()
        super().__init__(self._jump)

    def time(self) -> float:
        return self._jump.time


class VirtualClock:
    """A wall clock over the loop's time. ``wrong_by`` sets it wrong, as a register's clock may be."""

    def __init__(self, loop: VirtualLoop, start: datetime = MORNING) -> None:
        self._loop = loop
        self._start = start
        self.wrong_by = timedelta()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._loop.time()) + self.wrong_by

    def monotonic(self) -> float:
        return self._loop.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class VirtualDay:
    """A loop and its clock, closed at the end."""

    def __init__(self, start: datetime = MORNING) -> None:
        self.loop = VirtualLoop()
        self.clock = VirtualClock(self.loop, start)

    def __enter__(self) -> VirtualDay:
        return self

    def __exit__(self, *_: object) -> None:
        left = asyncio.all_tasks(self.loop)
        for task in left:
            task.cancel()
        if left:
            self.loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)
