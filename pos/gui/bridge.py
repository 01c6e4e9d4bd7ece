"""The only crossing between the window and the I/O thread.

GUI → I/O: :meth:`Bridge.run`, with what to do when it is done and when it failed. I/O → GUI: facts of the bus, handed
over by one queued signal. Nothing here waits; closing the window never cancels money.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from PySide6.QtCore import QObject, Qt, Signal

from pos.errors import PosError
from pos.i18n import N_

if TYPE_CHECKING:
    from concurrent.futures import Future
    from datetime import tzinfo
    from pathlib import Path

    from pos.domain.events import Fact
    from pos.runtime import Bus, IoThread
    from pos.services.desk import Desk

T = TypeVar("T")
UNEXPECTED: Final = N_("Something unexpected happened. See the log file.")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ShopView:
    """What the window shows of the shop. ``phone_url`` is the simulator's phone, in training, and ``training_pin``
    its owner's PIN; ``lock_minutes`` may be a part of one."""

    name: str
    register_id: str
    currency: str
    zone: str
    language: str = "zh_TW"
    theme: str = "system"
    training: bool = False
    phone_url: str = ""
    sounds: bool = True
    lock_minutes: float = 10
    training_pin: str = ""

    @property
    def timezone(self) -> tzinfo:
        """The shop's own; UTC for a name that none has, which the settings' reader refuses in words."""
        from datetime import UTC
        from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

        try:
            return ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError):
            return UTC


@dataclass(frozen=True, slots=True)
class Engine:
    """What works behind the window, its I/O thread running. The journal lies in ``data_dir``."""

    desk: Desk
    io: IoThread
    bus: Bus
    data_dir: Path


@dataclass(frozen=True, slots=True)
class Till:
    """All that a window needs. ``engine`` builds what is slow to load, once the window stands.

    ``remember`` stores a choice (key, value) for the next start; the settings file lies in ``settings_folder``.
    """

    shop: ShopView
    engine: Callable[[], Engine]
    remember: Callable[[str, str], None]
    settings_folder: Path | None = None


class Bridge(QObject):
    """Lives on the GUI thread."""

    _arrived = Signal(object)
    fact = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._engine: Engine | None = None
        self._open = True
        self._deaf: Callable[[], None] = lambda: None
        self._arrived.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def start(
        self, build: Callable[[], Engine], *, done: Callable[[Desk], object], failed: Callable[[PosError], object]
    ) -> None:
        """Build the engine beside the window, which takes keys meanwhile; ``done`` or ``failed`` is called here."""

        def built() -> None:
            try:
                engine = build()
            except PosError as error:
                told = error
                self._arrived.emit(lambda: failed(told))
            except Exception as error:
                log.exception("start")
                unexpected = PosError(UNEXPECTED, f"{type(error).__name__}: {error}")
                self._arrived.emit(lambda: failed(unexpected))
            else:
                self._arrived.emit(lambda: self._join(engine, done))

        threading.Thread(target=built, name="counter-start", daemon=True).start()

    def _join(self, engine: Engine, done: Callable[[Desk], object]) -> None:
        self._engine = engine
        self._deaf = engine.bus.listen(self._hear)
        done(engine.desk)

    @property
    def ready(self) -> bool:
        """Whether :attr:`desk` may be asked."""
        return self._engine is not None

    @property
    def desk(self) -> Desk:
        """The one surface of the services."""
        assert self._engine is not None
        return self._engine.desk

    @property
    def data_dir(self) -> Path:
        """Where the journal lies."""
        assert self._engine is not None
        return self._engine.data_dir

    def run(
        self, work: Coroutine[Any, Any, T], *, done: Callable[[T], object], failed: Callable[[PosError], object]
    ) -> None:
        """Run ``work`` on the I/O thread; ``done`` or ``failed`` is called here, on the GUI thread."""
        if not self._open or self._engine is None:
            work.close()
            return
        future = self._engine.io.submit(work)
        future.add_done_callback(lambda ended: self._hand_over(lambda: self._end(ended, done, failed)))

    def compute(
        self,
        function: Callable[[], T],
        done: Callable[[T], object],
        failed: Callable[[PosError], object] = lambda error: log.error("compute: %s", error),
    ) -> None:
        """Run something that takes long (a picture) beside both threads; ``done`` or ``failed`` is called here."""
        import asyncio

        self.run(asyncio.to_thread(function), done=done, failed=failed)

    def close(self) -> None:
        """Deliver nothing any more; what runs goes on."""
        self._open = False
        self._deaf()
        self._deaf = lambda: None

    def end(self) -> None:
        """After the window was closed: stop asking, close the journal, end the I/O thread."""
        self.close()
        if self._engine is not None:
            self._engine.io.submit(self._engine.desk.close()).result(timeout=10)
            self._engine.io.stop()

    def _hear(self, fact: Fact) -> None:
        self._hand_over(lambda: self.fact.emit(fact))

    def _hand_over(self, call: Callable[[], object]) -> None:
        if self._open:
            self._arrived.emit(call)

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
            failed(PosError(UNEXPECTED, f"{type(error).__name__}: {error}"))
        else:
            done(result)
