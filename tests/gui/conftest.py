"""A real window on a real desk on the simulator, without a screen."""

from __future__ import annotations

import argparse
import gc
import os
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from pos.domain.actor import Actor
from pos.domain.payment import Attempt, HistoryRow
from pos.domain.split import SplitSale
from pos.domain.states import State
from pos.domain.tenders import USUAL_KEYS, Tender
from pos.gui.app import build_window
from pos.gui.main_window import MainWindow
from pos.runtime import invoke
from pos.services.staff import PeopleServices
from pos.store.database import FILE_NAME
from pos.windows import DemoShop
from tests.support.inside import payment_store
from tests.support.journals import make_journal

gc.enable()  # for the tests without a window: the import of the window turned it off

People = Callable[[PeopleServices], Awaitable[None]]
"""Who is set up when the journal opens, instead of the people of the training shop."""

TURNS = 5
"""Calls that lead to one another, the most that an action at the window starts: more than it needs."""


class Counter:
    """The window and the hands of a cashier, and the customer behind the counter."""

    def __init__(
        self, qtbot: QtBot, folder: Path, currency: str, language: str, people: People | None = None,
        tenders: Sequence[Tender] = USUAL_KEYS, **view: Any,
    ) -> None:  # fmt: skip
        asked = argparse.Namespace(currency=currency, language=language, theme="light")
        self.qtbot = qtbot
        folder.mkdir()
        make_journal(folder / FILE_NAME)
        self.shop = DemoShop(folder, asked, people, tenders)
        self._has_gateways = True
        till = self.shop.till
        self.till = replace(till, shop=replace(till.shop, sounds=False, **view))
        self.window: MainWindow = build_window(self.till)
        qtbot.addWidget(self.window)
        self.window.resize(1024, 768)
        with qtbot.waitActive(self.window):
            self.window.show()
        self.engine = self.shop.engine
        self.window.open_journal()
        qtbot.waitUntil(lambda: self.window.bridge.ready)
        self.settle()

    def find(self, name: str) -> QWidget:
        found = self.window.findChild(QWidget, name)
        assert found is not None, name
        return found

    def button(self, name: str) -> QAbstractButton:
        found = self.find(name)
        assert isinstance(found, QAbstractButton)
        return found

    def text(self, name: str) -> str:
        found = self.window.findChild(QLabel, name)
        return found.text() if found is not None else ""

    def type(self, keys: str) -> None:
        self.qtbot.keyClicks(self.window.sell, keys)

    def press(self, name: str) -> None:
        self.qtbot.mouseClick(self.button(name), Qt.MouseButton.LeftButton)

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        self.qtbot.keyClick(self.window, key, modifier)

    @property
    def actor(self) -> Actor:
        """Who acts at the window."""
        return self.window.bridge.actor

    def attempts(self) -> list[Attempt]:
        return list(self.engine.io.submit(invoke(self.engine.host.services.search.past, self.actor, "")).result(5))

    def sale(self, number: str) -> SplitSale:
        """A split sale by its id."""
        return self.engine.io.submit(invoke(self.engine.host.services.sales.get, number)).result(5)

    def history(self, order_no: str) -> list[HistoryRow]:
        """What happened to an attempt."""
        call = invoke(self.engine.host.services.payments.history, self.actor, order_no)
        return list(self.engine.io.submit(call).result(5))

    def wait_for(self, state: State, count: int = 1) -> Attempt:
        """The newest attempt, once ``count`` of them are in ``state``."""

        end = time.monotonic() + 15
        while sum(one.state is state for one in self.attempts()) < count:
            assert time.monotonic() < end, f"no {count} in {state}: {[one.state for one in self.attempts()]}"
            self.next_fact()
        self.settle()
        return next(one for one in self.attempts() if one.state is state)

    def press_again(self, key: Qt.Key, count: int) -> None:
        """Press a key that was warned of until ``count`` attempts are written; a press too soon does nothing."""

        def is_taken() -> bool:
            self.key(key)
            self.settle()
            return len(self.attempts()) == count

        self.qtbot.waitUntil(is_taken, timeout=15000)

    def next_fact(self) -> None:
        """Return after the next event that the window gets, at the latest after a second."""
        with self.qtbot.waitSignal(self.window.bridge.fact, timeout=1000, raising=False):
            pass

    def settle(self) -> None:
        """Return when the window has shown all that was published and answered up to now."""
        settle(self.qtbot, self.window)

    def stop_gateways(self) -> None:
        """No gateway can be reached from now on."""
        if self._has_gateways:
            self._has_gateways = False
            self.shop.stop()

    def close(self) -> None:
        self.window.close()
        self.window.bridge.end()
        self.stop_gateways()


@pytest.fixture(autouse=True)
def swept() -> Iterator[None]:
    """What is left of a window dies here, on the thread it lived on, and not on the next shop's I/O thread.

    What is still in use then is in use until the end: the next collection need not look at it.
    """
    yield
    gc.collect()
    gc.freeze()


def settle(qtbot: QtBot, window: MainWindow) -> None:
    """Return when the window has shown all that was published and answered up to now.

    A call that waits for a gateway or for a PIN may still be under way. A call follows those before it on the I/O
    thread, so each turn also ends the calls that the answers of the turn before led to.
    """
    for _turn in range(TURNS):
        with qtbot.waitCallback(timeout=15000) as answered:
            window.bridge.run(nothing(), done=answered, failed=answered)
        QApplication.processEvents()


async def nothing() -> None:
    """Do nothing on the I/O thread."""


OpenCounter = Callable[..., Counter]


@pytest.fixture
def open_counter(qtbot: QtBot, tmp_path: Path) -> Iterator[OpenCounter]:
    made: list[Counter] = []

    def opened(currency: str = "TWD", language: str = "en", **more: Any) -> Counter:
        made.append(Counter(qtbot, tmp_path / str(len(made)), currency, language, **more))
        return made[-1]

    yield opened
    for counter in made:
        counter.close()


@pytest.fixture
def counter(open_counter: OpenCounter) -> Counter:
    return open_counter()


def write_protected(counter: Counter, on: bool) -> None:
    """Allow only reading of the journal, as on a disk that failed."""

    async def switch() -> None:
        database = payment_store(counter.engine.host.services).database
        database.rows(f"PRAGMA query_only={'ON' if on else 'OFF'}")

    counter.engine.io.submit(switch()).result(5)
