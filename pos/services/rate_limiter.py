"""Rate limit of the queries to one gateway: two a second, the oldest payment first, fewer after "too many requests"."""

from __future__ import annotations

import asyncio
import heapq
from itertools import count

from pos.runtime import Clock
from pos.services.schedule import BACK_OFF, GAP


class RateLimiter:
    """Grant queries one at a time, ``GAP`` seconds apart."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._free_at = clock.monotonic()
        self._rejections = 0
        self._queue: list[tuple[float, int, asyncio.Future[None]]] = []
        self._ticket = count()
        self._worker: asyncio.Task[None] | None = None

    async def acquire(self, rank: float) -> None:
        """Wait for a turn; the smallest ``rank`` (time of sending) goes first."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._queue, (rank, next(self._ticket), turn))
        if self._worker is None or self._worker.done():
            self._worker = asyncio.ensure_future(self._serve_queue())
        await turn

    def back_off(self, asked: float = 0.0) -> float:
        """Pause after "too many requests", for ``asked`` seconds at least. Return the pause in seconds."""
        pause = max(asked, BACK_OFF[min(self._rejections, len(BACK_OFF) - 1)])
        self._rejections += 1
        self._free_at = max(self._free_at, self._clock.monotonic() + pause)
        return pause

    def answered(self) -> None:
        """Record an answer: the next back-off starts with the shortest pause."""
        self._rejections = 0

    def close(self) -> None:
        if self._worker is not None:
            self._worker.cancel()

    async def _serve_queue(self) -> None:
        while self._queue:
            await self._clock.sleep(max(0.0, self._free_at - self._clock.monotonic()))
            if self._clock.monotonic() < self._free_at:
                continue  # a back-off began during the wait
            _rank, _ticket, turn = heapq.heappop(self._queue)
            if not turn.done():
                self._free_at = self._clock.monotonic() + GAP
                turn.set_result(None)
