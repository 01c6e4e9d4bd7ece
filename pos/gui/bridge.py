"""The only crossing between the window and the I/O thread.

GUI → I/O: :meth:`Bridge.run`, with what to do when it is done and when it failed. I/O → GUI: facts of the bus, handed
over by one queued signal. Nothing here waits; closing the window never cancels money.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from PySide6.QtCore import QObject, Qt, Signal

from pos.domain.events import Fact
from pos.errors import PosError
from pos.runtime import Bus, IoThread
from pos.services.desk import Desk

T = TypeVar("T")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ShopView:
    """What the window shows of the shop. ``phone_url`` is the simulator's phone, in training."""

    name: str
    register_id: str
    currency: str
    timezone: ZoneInfo
    language: str = "zh_TW"
    theme: str = "system"
    training: bool = False
    phone_url: str = ""
    sounds: bool = True


@dataclass(frozen=True, slots=True)
class Till:
    """All that a window needs. ``remember`` stores a choice (key, value) for the next start."""

    desk: Desk
    io: IoThread
    bus: Bus
    shop: ShopView
    remember: Callable[[str, str], None]


class Bridge(QObject):
    """Lives on the GUI thread."""

    _arrived = Signal(object)
    fact = Signal(object)

    def __init__(self, till: Till) -> None:
        super().__init__()
        self._io = till.io
        self._open = True
        self._arrived.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._deaf = till.bus.listen(self._hear)

    def run(
        self, work: Coroutine[Any, Any, T], *, done: Callable[[T], object], failed: Callable[[PosError], object]
    ) -> None:
        """Run ``work`` on the I/O thread; ``done`` or ``failed`` is called here, on the GUI thread."""
        future = self._io.submit(work)
        future.add_done_callback(lambda ended: self._arrived.emit(lambda: self._end(ended, done, failed)))

    def compute(self, function: Callable[[], T], done: Callable[[T], object]) -> None:
        """Run something that takes long (a picture) beside both threads; ``done`` is called here."""
        self.run(asyncio.to_thread(function), done=done, failed=lambda error: log.error("compute: %s", error))

    def close(self) -> None:
        """Deliver nothing any more; what runs goes on."""
        self._open = False
        self._deaf()

    def _hear(self, fact: Fact) -> None:
        self._arrived.emit(lambda: self.fact.emit(fact))

    def _deliver(self, call: Callable[[], object]) -> None:
        if self._open:
            call()

    def _end(self, ended: Future[T], done: Callable[[T], object], failed: Callable[[PosError], object]) -> None:
        try:
            result = ended.result()
        except PosError as error:
            failed(error)
        except BaseException as error:
            log.error("unexpected", exc_info=error)
            failed(PosError("Something unexpected happened. The log file says more."))
        else:
            done(result)
