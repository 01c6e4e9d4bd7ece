"""Time, the bus, and the one thread that does I/O."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

from pos.domain.events import Fact

T = TypeVar("T")


class Clock(Protocol):
    """Wall time for records, monotonic time for waits; a test passes its own."""

    def now(self) -> datetime:
        """The wall clock, aware, in UTC. It may jump."""
        ...

    def monotonic(self) -> float:
        """Seconds since some moment, at the latest the machine's last start: nobody can set them, they go on when the
        program ends, and never back while the machine is on."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait on monotonic time."""
        ...


class Aside(Protocol):
    """Where what blocks is done: ``asyncio.to_thread`` fits, and in tests the place itself."""

    def __call__(self, function: Callable[[], T], /) -> Awaitable[T]: ...


class SystemClock:
    """The machine's clocks."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Bus:
    """Hands every published fact to every listener, on the publisher's thread."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[Fact], None]] = []

    def listen(self, listener: Callable[[Fact], None]) -> Callable[[], None]:
        """Call ``listener`` with every fact from now on; the returned function stops that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def publish(self, fact: Fact) -> None:
        for listener in tuple(self._listeners):
            listener(fact)


class IoThread:
    """One asyncio loop in one named thread: all network and all writing happens there."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="counter-io", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def submit(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Run ``coroutine`` on the loop, from any thread."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def stop(self) -> None:
        """Cancel what runs, wait for its clean-up, end the thread."""
        if not self._thread.is_alive():
            return
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
            left = asyncio.all_tasks(self._loop)
            for task in left:
                task.cancel()
            self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        finally:
            self._loop.close()
