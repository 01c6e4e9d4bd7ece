"""The only crossing between the window and the I/O thread.

GUI → I/O: ``bridge.call(services.refunds.view, order_no).then(done, failed)``. I/O → GUI: events of the bus, through
one queued signal. Nothing here waits; closing the window never cancels money.

Who acts at the window is known here only: :attr:`Bridge.actor`, which pages pass to the services. The answer to a call
for an actor is dropped after another person signed in, or none, because it may show what the former one might see.
"""

from __future__ import annotations

import itertools
import logging
import threading
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Generic, ParamSpec, TypeVar, overload

from PySide6.QtCore import QObject, Qt, Signal

from pos.domain.actor import Actor, signed_out
from pos.domain.tenders import USUAL_KEYS, Tender
from pos.errors import PosError
from pos.i18n import N_

if TYPE_CHECKING:
    from concurrent.futures import Future
    from datetime import tzinfo
    from pathlib import Path

    from pos.domain.events import Fact
    from pos.runtime import Bus, IoThread
    from pos.services.container import ServiceHost, Services
    from pos.services.routes import Offer

P = ParamSpec("P")
T = TypeVar("T")
UNEXPECTED: Final = N_("Something unexpected happened. See the log file.")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ShopView:
    """What the window shows of the shop. ``phone_url`` is the simulator's phone, in training, and ``training_pin``
    its owner's PIN; ``lock_minutes`` may be a part of one. The first of ``tenders`` have keys."""

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
    tenders: tuple[Tender, ...] = USUAL_KEYS

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
    """What works behind the window, its I/O thread running. The journal is in ``data_dir``."""

    host: ServiceHost
    offers: Callable[[], Sequence[Offer]]
    io: IoThread
    bus: Bus
    data_dir: Path


@dataclass(frozen=True, slots=True)
class Till:
    """All that a window needs. ``engine`` builds what is slow to load, once the window is shown.

    ``remember`` stores a choice (key, value) for the next start; the settings file lies in ``settings_folder``.
    """

    shop: ShopView
    engine: Callable[[], Engine]
    remember: Callable[[str, str], None]
    settings_folder: Path | None = None


class Call(Generic[T]):
    """A call of a service that starts with :meth:`then`. ``actor`` is the one it was made for, if it needs one."""

    def __init__(self, bridge: Bridge, work: Callable[[], Coroutine[Any, Any, T]], actor: Actor | None = None) -> None:
        self._bridge = bridge
        self._work = work
        self._actor = actor

    def then(self, done: Callable[[T], object], failed: Callable[[PosError], object]) -> None:
        """Run it on the I/O thread; ``done`` or ``failed`` is called on the GUI thread.

        ``done`` is not called if another person acts by then than the one it was made for.
        """
        self._bridge.run(self._work(), done=partial(self._end, done), failed=failed)

    def _end(self, done: Callable[[T], object], answer: T) -> None:
        if self._actor is None or self._actor.person == self._bridge.actor.person:
            done(answer)


class Bridge(QObject):
    """Lives on the GUI thread. ``register_id`` names the register of the window."""

    _arrived = Signal(object)
    fact = Signal(object)

    def __init__(self, register_id: str = "") -> None:
        super().__init__()
        self.actor = signed_out(register_id)
        """Who acts at the window: changed by each sign-in and sign-out, before the views learn of it."""
        self._engine: Engine | None = None
        self._services: Services | None = None
        self._early: list[Fact] = []
        self._open = True
        self._numbers = itertools.count()
        self._awaited: dict[int, tuple[Callable[[Any], object], Callable[[PosError], object]]] = {}
        """What to call with each answer. The I/O thread only knows the number: what is of the window dies here."""
        self._deaf: Callable[[], None] = lambda: None
        self._arrived.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def start(
        self, build: Callable[[], Engine], *, done: Callable[[], object], failed: Callable[[PosError], object]
    ) -> None:
        """Build the engine beside the window, which takes keys meanwhile; ``done`` or ``failed`` is called here."""

        def built() -> None:
            try:
                engine = build()
            except PosError as error:
                known = error
                self._arrived.emit(lambda: failed(known))
            except Exception as error:
                log.exception("start")
                unexpected = PosError(UNEXPECTED, f"{type(error).__name__}: {error}")
                self._arrived.emit(lambda: failed(unexpected))
            else:
                self._arrived.emit(lambda: self._join(engine, done))

        threading.Thread(target=built, name="counter-start", daemon=True).start()

    def _join(self, engine: Engine, done: Callable[[], object]) -> None:
        self._engine = engine
        self._deaf = engine.bus.listen(self._on_event)
        done()

    @property
    def ready(self) -> bool:
        """Whether the journal is open, so that :attr:`services` may be called."""
        return self._services is not None

    @property
    def built(self) -> bool:
        """Whether the engine is built, so that :meth:`open` may be called."""
        return self._engine is not None

    @property
    def services(self) -> Services:
        """The services; call their methods through :meth:`call` only."""
        assert self._services is not None
        return self._services

    @property
    def offers(self) -> Sequence[Offer]:
        """What each tender key offers, F1 first."""
        assert self._engine is not None
        return self._engine.offers()

    def open(self, *, done: Callable[[], object], failed: Callable[[PosError], object]) -> None:
        """Open the journal and the services, again after a failure."""

        def opened(services: Services) -> None:
            self._services = services
            done()
            early, self._early = self._early, []
            for fact in early:
                self.fact.emit(fact)

        assert self._engine is not None
        self.run(self._engine.host.open(), done=opened, failed=failed)

    @overload
    def call(self, method: Callable[P, Coroutine[Any, Any, T]], /, *args: P.args, **kwargs: P.kwargs) -> Call[T]: ...
    @overload
    def call(self, method: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Call[T]: ...
    def call(self, method: Callable[P, Any], /, *args: P.args, **kwargs: P.kwargs) -> Call[Any]:
        """Prepare a call of a service's method on the I/O thread; it starts with :meth:`Call.then`."""
        from pos.runtime import invoke

        actor = next((one for one in args if isinstance(one, Actor)), None)
        return Call(self, partial(invoke, method, *args, **kwargs), actor)

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
        number = next(self._numbers)
        self._awaited[number] = done, failed
        future = self._engine.io.submit(work)
        future.add_done_callback(lambda ended: self._hand_over(lambda: self._end(ended, number)))

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
        self._awaited.clear()
        self._deaf()
        self._deaf = lambda: None

    def end(self) -> None:
        """After the window was closed: stop asking, close the journal, end the I/O thread."""
        self.close()
        if self._engine is not None:
            self._engine.io.submit(self._engine.host.close()).result(timeout=10)
            self._engine.io.stop()

    def _on_event(self, fact: Fact) -> None:
        self._hand_over(lambda: self._publish(fact))

    def _publish(self, fact: Fact) -> None:
        """Emit a fact to the window; those of the opening follow after it, because views then call services."""
        from pos.domain.events import SignInChanged

        if isinstance(fact, SignInChanged):
            self.actor = fact.actor
        if self._services is None:
            self._early.append(fact)
        else:
            self.fact.emit(fact)

    def _hand_over(self, call: Callable[[], object]) -> None:
        if self._open:
            self._arrived.emit(call)

    def _deliver(self, call: Callable[[], object]) -> None:
        if self._open:
            call()

    def _end(self, ended: Future[T], number: int) -> None:
        done, failed = self._awaited.pop(number)
        try:
            result = ended.result()
        except PosError as error:
            failed(error)
        except BaseException as error:
            log.error("unexpected", exc_info=error)
            failed(PosError(UNEXPECTED, f"{type(error).__name__}: {error}"))
        else:
            done(result)
