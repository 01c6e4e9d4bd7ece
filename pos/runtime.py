"""The clock, the event bus, and the I/O thread."""

from __future__ import annotations

import asyncio
import inspect
import logging
import threading
import time
import traceback
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Any, ParamSpec, Protocol, TypeVar, overload

from pos.domain.events import Fact

T = TypeVar("T")
P = ParamSpec("P")
Listener = Callable[[Fact], object]

log = logging.getLogger(__name__)


class Clock(Protocol):
    """Wall time for records, monotonic time for waits. Tests pass a virtual clock."""

    def now(self) -> datetime:
        """Return the wall clock's time, aware, in UTC. It may jump."""
        ...

    def monotonic(self) -> float:
        """Return seconds since a fixed moment, at the latest the machine's last start.

        The clock cannot be set, continues when the program ends, and never goes back while the machine is on.
        """
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait for ``seconds`` of monotonic time."""
        ...


class Randomness(Protocol):
    """A source of random numbers: ``random.Random`` or ``random.SystemRandom``."""

    def getrandbits(self, k: int, /) -> int: ...
    def uniform(self, a: float, b: float, /) -> float: ...


class BlockingRunner(Protocol):
    """Runs a blocking function: ``asyncio.to_thread`` or, in tests, a direct call."""

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
    """Delivers published events ("facts") to listeners, on the thread that publishes.

    Publish a fact only after the write that it reports is committed. An exception of a listener is logged and affects
    neither the publisher nor the other listeners. All listeners receive all facts in the same order: a fact that a
    listener publishes is delivered after all listeners have received the current one.
    """

    def __init__(self) -> None:
        self._listeners: dict[object, Listener] = {}
        self._waiting: deque[Fact] = deque()
        self._delivering = False
        self._lock = threading.Lock()

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` with every fact from now on.

        Return a function that ends the subscription at once, also during a delivery. Calling it again does nothing.
        """
        subscription = object()
        self._listeners[subscription] = listener

        def unsubscribe() -> None:
            self._listeners.pop(subscription, None)

        return unsubscribe

    def publish(self, fact: Fact) -> None:
        """Deliver ``fact`` to all listeners. Never raises an ``Exception`` of a listener.

        If a delivery is under way, in a listener or on another thread, that one delivers ``fact`` too.
        """
        with self._lock:
            self._waiting.append(fact)
            if self._delivering:
                return
            self._delivering = True
        try:
            while (waiting := self._next()) is not None:
                self._deliver(waiting)
        except BaseException:
            self._delivering = False
            raise

    def _next(self) -> Fact | None:
        """Return the next fact to deliver. End the delivery if there is none."""
        with self._lock:
            self._delivering = bool(self._waiting)
            return self._waiting.popleft() if self._waiting else None

    def _deliver(self, fact: Fact) -> None:
        for subscription, listener in tuple(self._listeners.items()):
            if subscription not in self._listeners:
                continue  # unsubscribed by a listener before it
            try:
                listener(fact)
            except Exception as error:
                _log_failure(listener, fact, error)


def _log_failure(listener: Listener, fact: Fact, error: Exception) -> None:
    """Log where a listener failed. The content of the fact and the error's text, which may repeat it, are left out."""
    name = getattr(listener, "__qualname__", type(listener).__name__)
    where = "".join(traceback.format_tb(error.__traceback__))
    log.error("listener %s failed on %s: %s\n%s", name, type(fact).__name__, type(error).__name__, where)


class IoThread:
    """The I/O thread: an asyncio loop for all network calls and all writes."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="counter-io", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def submit(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Run ``coroutine`` on the loop, from any thread."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def stop(self) -> None:
        """Cancel all tasks, wait for their clean-up, and end the thread."""
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


@overload
async def invoke(method: Callable[P, Coroutine[Any, Any, T]], /, *args: P.args, **kwargs: P.kwargs) -> T: ...
@overload
async def invoke(method: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T: ...
async def invoke(method: Callable[P, Any], /, *args: P.args, **kwargs: P.kwargs) -> Any:
    """Call a method, and await what it returns if it is a coroutine."""
    result = method(*args, **kwargs)
    return await result if inspect.isawaitable(result) else result
