"""The gate before each gateway: two questions a second, the oldest payment first, longer when it asks for rest."""

from __future__ import annotations

import asyncio
import heapq
from itertools import count

from pos.runtime import Clock
from pos.services.schedule import BACK_OFF, GAP


class RateLimiter:
    """Lets questions through one at a time, ``GAP`` seconds apart."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._open_at = clock.monotonic()
        self._tired = 0
        self._queue: list[tuple[float, int, asyncio.Future[None]]] = []
        self._ticket = count()
        self._porter: asyncio.Task[None] | None = None

    async def enter(self, rank: float) -> None:
        """Wait for a turn; the smallest ``rank`` (time of sending) goes first."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._queue, (rank, next(self._ticket), turn))
        if self._porter is None or self._porter.done():
            self._porter = asyncio.ensure_future(self._let_through())
        await turn

    def rest(self, asked: float = 0.0) -> float:
        """The gateway said "too many requests": leave it alone, at least ``asked`` seconds. How long it is."""
        pause = max(asked, BACK_OFF[min(self._tired, len(BACK_OFF) - 1)])
        self._tired += 1
        self._open_at = max(self._open_at, self._clock.monotonic() + pause)
        return pause

    def answered(self) -> None:
        """It answered: the next rest starts small again."""
        self._tired = 0

    def close(self) -> None:
        if self._porter is not None:
            self._porter.cancel()

    async def _let_through(self) -> None:
        while self._queue:
            await self._clock.sleep(max(0.0, self._open_at - self._clock.monotonic()))
            if self._clock.monotonic() < self._open_at:
                continue  # it asked for rest while we waited
            _rank, _ticket, turn = heapq.heappop(self._queue)
            if not turn.done():
                self._open_at = self._clock.monotonic() + GAP
                turn.set_result(None)
