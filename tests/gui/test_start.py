"""A register that cannot open says why until it is solved; a second start brings the first window to the front."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QObject, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QAbstractButton, QLabel
from pytestqt.qtbot import QtBot

from pos.gui.app import build_window
from pos.gui.bridge import Engine, ShopView, Till
from pos.gui.main_window import MainWindow
from pos.windows import register_of_machine
from tests.gui.conftest import Counter

ROOT = Path(__file__).parents[2]
GOOD = '[shop]\nname = "茶行"\ncurrency = "TWD"\nlanguage = "en"\nsounds = "no"\n'
BAD = {
    "not TOML": (GOOD + "[server\n", "counter.toml"),
    "an unknown currency": (GOOD.replace("TWD", "XXX"), "line 3"),
    "a port that is none": (GOOD + '[server]\nlisten = "here"\n', "line 7"),
}


@pytest.fixture
def opened(qtbot: QtBot, tmp_path: Path) -> Iterator[Callable[..., MainWindow]]:
    made: list[MainWindow] = []

    def start(till: Till | None = None, settings: str = GOOD) -> MainWindow:
        config = tmp_path / "counter.toml"
        config.write_text(settings, encoding="utf-8")
        window = build_window(till or register_of_machine(str(config), tmp_path / "data"))
        qtbot.addWidget(window)
        with qtbot.waitActive(window):
            window.show()
        window.open_journal()
        made.append(window)
        return window

    yield start
    for window in made:
        window.close()
        window.bridge.end()


def text(window: MainWindow, name: str) -> str:
    found = window.findChild(QLabel, name)
    return found.text() if found is not None and found.isVisible() else ""


def button(window: MainWindow, name: str) -> QAbstractButton:
    found = window.findChild(QAbstractButton, name)
    assert found is not None
    return found


@pytest.mark.parametrize("kind", BAD)
def test_broken_settings_are_named_until_they_are_put_right(
    qtbot: QtBot, opened: Callable[..., MainWindow], tmp_path: Path, kind: str
) -> None:
    broken, line = BAD[kind]
    window = opened(settings=broken)
    qtbot.waitUntil(lambda: bool(text(window, "startTitle")), timeout=15000)  # in Chinese if no language can be read
    assert str(tmp_path / "counter.toml") in text(window, "startCause").replace("\u200b", "")
    assert line in text(window, "startCause")
    for key in (Qt.Key.Key_1, Qt.Key.Key_Escape, Qt.Key.Key_F5, Qt.Key.Key_F7, Qt.Key.Key_F11, Qt.Key.Key_Escape):
        qtbot.keyClick(window, key)
    assert line in text(window, "startCause")
    qtbot.mouseClick(button(window, "startRetry"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: button(window, "startRetry").isEnabled(), timeout=15000)
    assert line in text(window, "startCause")
    (tmp_path / "counter.toml").write_text(GOOD, encoding="utf-8")
    qtbot.mouseClick(button(window, "startRetry"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.bridge.ready and not text(window, "startTitle"), timeout=15000)


def test_any_other_failure_at_the_start_reaches_the_page(qtbot: QtBot, opened: Callable[..., MainWindow]) -> None:
    def broken() -> Engine:
        raise ImportError("libkeyring.so is missing")

    window = opened(Till(ShopView("Shop", "R1", "TWD", "Asia/Taipei", language="en"), broken, lambda key, value: None))
    qtbot.waitUntil(lambda: "unexpected" in text(window, "startCause"), timeout=15000)
    assert "libkeyring.so is missing" in text(window, "startDetail")
    assert not button(window, "startOpenFolder").isVisible()


def test_the_folder_with_the_settings_is_opened(
    qtbot: QtBot, opened: Callable[..., MainWindow], tmp_path: Path
) -> None:
    class Desktop(QObject):
        def __init__(self) -> None:
            super().__init__()
            self.urls: list[QUrl] = []

        @Slot(QUrl)
        def open(self, url: QUrl) -> None:
            self.urls.append(url)

    desktop = Desktop()
    QDesktopServices.setUrlHandler("file", desktop, "open")  # type: ignore[arg-type]  # takes text, against its stub
    window = opened(settings=BAD["not TOML"][0])
    qtbot.waitUntil(lambda: bool(text(window, "startTitle")), timeout=15000)
    qtbot.mouseClick(button(window, "startOpenFolder"), Qt.MouseButton.LeftButton)
    QDesktopServices.unsetUrlHandler("file")
    assert [Path(url.toLocalFile()) for url in desktop.urls] == [tmp_path]


@pytest.mark.qt_log_ignore("raise")
def test_a_second_start_brings_the_first_to_the_front_and_ends(
    qtbot: QtBot, opened: Callable[..., MainWindow], tmp_path: Path
) -> None:
    window = opened()
    qtbot.waitUntil(lambda: window.bridge.ready, timeout=15000)
    window.showMinimized()
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT), "POS_SECRET_QFPAY_KEY": "x"}
    command = [sys.executable, "-m", "pos", "--data-dir", str(tmp_path / "data"), "--config"]
    second = subprocess.Popen(
        [*command, str(tmp_path / "counter.toml")], env=environment, stderr=subprocess.PIPE, encoding="utf-8"
    )
    qtbot.waitUntil(lambda: second.poll() is not None, timeout=30_000)
    _out, said = second.communicate()
    assert (second.returncode, "already open" in said) == (0, True)
    QCoreApplication.processEvents()
    assert not window.isMinimized()


def test_a_register_that_is_open_is_not_opened_again(counter: Counter) -> None:
    """As after a failure behind the opening: the data folder is locked by this very process."""
    counter.settle()
    again = counter.engine.io.submit(counter.engine.host.open()).result(timeout=15)
    assert again is counter.window.bridge.services
