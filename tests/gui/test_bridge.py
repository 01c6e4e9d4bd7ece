"""The crossing between the window and the I/O thread: no page's failure reaches another page or a payment."""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pos.domain.actor import Actor, Proof, signed_out
from pos.domain.events import ClockDrifted, Fact, SignInChanged
from pos.domain.staff import Role
from pos.errors import NotAllowed, PosError
from pos.gui.bridge import Bridge, Engine
from pos.runtime import Bus, IoThread
from pos.services.container import ServiceHost


class Page(QObject):
    """Keeps the facts it gets; one that is broken raises at each."""

    def __init__(self, *, broken: bool = False) -> None:
        super().__init__()
        self.heard: list[Fact] = []
        self.broken = broken

    def on_fact(self, fact: Fact) -> None:
        self.heard.append(fact)
        if self.broken:
            raise RuntimeError("a page that is broken")


class OpenedHost:
    """A register that opens at once; none of its services is called here."""

    async def open(self) -> object:
        return object()

    async def close(self) -> None:
        """Nothing was opened."""


def opened(bridge: Bridge, engine: Engine) -> None:
    bridge.start(
        lambda: engine,
        done=lambda: bridge.open(done=lambda: None, failed=lambda error: None),
        failed=lambda error: None,
    )


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    io = IoThread()
    io.start()
    yield Engine(cast(ServiceHost, OpenedHost()), tuple, io, Bus(), tmp_path)
    io.stop()


@pytest.fixture
def bridge(qtbot: QtBot, engine: Engine) -> Iterator[Bridge]:
    made = Bridge()
    opened(made, engine)
    qtbot.waitUntil(lambda: made.ready)
    yield made
    made.close()


def published(engine: Engine, *facts: Fact) -> None:
    """As a service does, on the I/O thread; what a listener raises would come back here."""

    async def publish() -> None:
        for fact in facts:
            engine.bus.publish(fact)

    engine.io.submit(publish()).result(5)


FACTS: tuple[Fact, ...] = (ClockDrifted("opay", 1.0), ClockDrifted("opay", 2.0))


def test_a_page_that_raises_hides_nothing_from_the_others(qtbot: QtBot, engine: Engine, bridge: Bridge) -> None:
    pages = [Page(), Page(broken=True), Page()]
    for page in pages:
        bridge.fact.connect(page.on_fact)
    with qtbot.capture_exceptions() as raised:
        published(engine, *FACTS)
        qtbot.waitUntil(lambda: len(pages[-1].heard) == 2)
    assert [page.heard for page in pages] == [list(FACTS)] * 3
    assert len(raised) == 2, "each of them is a crash report in the log"


def test_an_answer_whose_page_raises_hides_no_later_one(qtbot: QtBot, engine: Engine, bridge: Bridge) -> None:
    async def work() -> int:
        return 1

    def breaks(answer: int) -> None:
        raise RuntimeError("a page that is broken")

    done: list[int] = []
    with qtbot.capture_exceptions() as raised:
        bridge.run(work(), done=breaks, failed=lambda error: None)
        bridge.run(work(), done=done.append, failed=lambda error: None)
        qtbot.waitUntil(lambda: done == [1])
    assert len(raised) == 1


def test_what_is_of_the_window_dies_on_its_own_thread(qtbot: QtBot, engine: Engine, bridge: Bridge) -> None:
    """A receiver of signals that dies on the I/O thread waits there for a lock that the GUI thread may hold."""
    opened(bridge, engine)
    qtbot.waitUntil(lambda: bridge.ready)
    died_on: set[threading.Thread] = set()
    for turn in range(300):
        taken: list[object] = []
        page = Page()
        weakref.finalize(page, lambda: died_on.add(threading.current_thread()))
        bridge.run(asyncio.sleep(0, turn), done=partial(take, page, taken), failed=partial(take, page, taken))
        del page
        while not taken:
            QApplication.processEvents()
    assert died_on == {threading.main_thread()}


def take(page: Page, taken: list[object], answer: object) -> None:
    """Keep an answer that ``page`` waited for."""
    taken.append(answer)


def test_a_window_that_is_gone_stops_no_payment(qtbot: QtBot, engine: Engine, bridge: Bridge) -> None:
    from shiboken6 import delete

    heard: list[Fact] = []
    engine.bus.listen(heard.append)
    gone = Bridge()
    opened(gone, engine)
    qtbot.waitUntil(lambda: gone.ready)
    delete(gone)
    published(engine, *FACTS)
    assert heard == list(FACTS)


@pytest.mark.parametrize(
    "problem", [RuntimeError("no such bus"), ModuleNotFoundError("no.such.package"), OSError(5, "I/O")]
)
def test_whatever_stops_the_start_reaches_the_window_as_a_sentence(qtbot: QtBot, problem: Exception) -> None:
    made, heard = Bridge(), list[PosError]()

    def build() -> Engine:
        raise problem

    made.start(build, done=lambda: None, failed=heard.append)
    qtbot.waitUntil(lambda: bool(heard))
    assert "See the log file" in heard[0].spoken()
    assert heard[0].detail == f"{type(problem).__name__}: {problem}"
    assert not made.ready
    made.close()


ANN, BO = (Actor(one, Role.CASHIER, "R1", Proof.PIN) for one in ("ann", "bo"))


class Payments:
    """A service whose answers are written down when they are ready."""

    def __init__(self) -> None:
        self.ready = asyncio.Event()
        self.answered: list[str] = []

    async def of(self, actor: Actor) -> str:
        await self.ready.wait()
        self.answered.append(actor.person)
        return f"payments of {actor.person}"

    async def refused(self, actor: Actor) -> str:
        await self.ready.wait()
        raise NotAllowed(f"{actor.person} may not see this")

    async def of_everybody(self) -> str:
        await self.ready.wait()
        return "waiting payments"


@pytest.mark.parametrize("after", [BO, signed_out("R1")])
def test_an_answer_to_a_former_user_is_not_shown_to_the_next_one(
    qtbot: QtBot, engine: Engine, bridge: Bridge, after: Actor
) -> None:
    payments, shown, refused = Payments(), list[str](), list[str]()

    async def finish() -> None:
        payments.ready.set()

    def ask() -> None:
        bridge.call(payments.of, bridge.actor).then(shown.append, lambda error: None)

    published(engine, SignInChanged(ANN))
    qtbot.waitUntil(lambda: bridge.actor == ANN)
    ask()
    bridge.call(payments.refused, bridge.actor).then(shown.append, lambda error: refused.append(str(error)))
    bridge.call(payments.of_everybody).then(shown.append, lambda error: None)
    published(engine, SignInChanged(after))
    qtbot.waitUntil(lambda: bridge.actor == after)
    ask()
    engine.io.submit(finish()).result(5)
    qtbot.waitUntil(lambda: len(shown) == 2)
    assert payments.answered == ["ann", after.person], "both calls were finished"
    assert shown == ["waiting payments", f"payments of {after.person}"]
    assert refused == ["ann may not see this"], "a failure gives back what was begun"


def test_an_answer_to_the_user_who_came_back_is_shown(qtbot: QtBot, engine: Engine, bridge: Bridge) -> None:
    payments, shown = Payments(), list[str]()

    async def finish() -> None:
        payments.ready.set()

    published(engine, SignInChanged(ANN))
    qtbot.waitUntil(lambda: bridge.actor == ANN)
    bridge.call(payments.of, bridge.actor).then(shown.append, lambda error: None)
    published(engine, SignInChanged(signed_out("R1")), SignInChanged(replace(ANN, role=Role.MANAGER)))
    qtbot.waitUntil(lambda: bridge.actor.role is Role.MANAGER)
    engine.io.submit(finish()).result(5)
    qtbot.waitUntil(lambda: shown == ["payments of ann"])


def test_a_page_that_learns_of_a_sign_in_already_asks_for_the_new_user(
    qtbot: QtBot, engine: Engine, bridge: Bridge
) -> None:
    actors: list[Actor] = []
    bridge.fact.connect(lambda _fact: actors.append(bridge.actor))
    published(engine, SignInChanged(ANN), SignInChanged(BO))
    qtbot.waitUntil(lambda: actors == [ANN, BO])
