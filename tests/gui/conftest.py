"""A real window on a real desk on the simulator, without a screen."""

from __future__ import annotations

import argparse
import gc
import os
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget
from pytestqt.qtbot import QtBot

from pos.domain.payment import Attempt
from pos.domain.states import State
from pos.gui.app import build_window
from pos.gui.main_window import MainWindow
from pos.runtime import invoke
from pos.services.staff import Staff
from pos.windows import DemoShop

People = Callable[[Staff], Awaitable[None]]
"""Who is set up when the journal opens, instead of the people of the training shop."""


class Counter:
    """The window and the hands of a cashier, and the customer behind the counter."""

    def __init__(
        self, qtbot: QtBot, folder: Path, currency: str, language: str, people: People | None = None, **view: Any
    ) -> None:
        asked = argparse.Namespace(currency=currency, language=language, theme="light")
        self.qtbot = qtbot
        self.shop = DemoShop(folder, asked, people)
        till = self.shop.till
        self.till = replace(till, shop=replace(till.shop, sounds=False, **view))
        self.window: MainWindow = build_window(self.till)
        qtbot.addWidget(self.window)
        self.window.resize(1024, 768)
        with qtbot.waitActive(self.window):
            self.window.show()
        qtbot.wait(50)
        self.engine = self.shop.engine
        self.window.open_journal()
        qtbot.waitUntil(lambda: self.window.bridge.ready)
        self.attempts()  # the journal is open

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

    def attempts(self) -> list[Attempt]:
        return list(self.engine.io.submit(invoke(self.engine.host.services.search.past, "")).result(5))

    def wait_for(self, state: State, count: int = 1) -> Attempt:
        """The newest attempt, once ``count`` of them are in ``state``."""

        end = time.monotonic() + 15
        while sum(one.state is state for one in self.attempts()) < count:
            assert time.monotonic() < end, f"no {count} in {state}: {[one.state for one in self.attempts()]}"
            self.qtbot.wait(40)  # a question each 10 ms would slow the register down
        self.qtbot.wait(80)
        return next(one for one in self.attempts() if one.state is state)

    def close(self) -> None:
        self.window.close()
        self.window.bridge.end()
        self.shop.stop()


@pytest.fixture(scope="session", autouse=True)
def imported() -> None:
    """What is loaded by now stays until the end: no collection after a test looks at it again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def swept() -> Iterator[None]:
    """What is left of a window dies here, on the thread it lived on, and not on the next shop's I/O thread."""
    yield
    gc.collect()


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
