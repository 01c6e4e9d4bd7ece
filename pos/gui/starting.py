"""Open the register behind the window: show what fails until it is solved, give way to a window that is open."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication, QStackedWidget

from pos.errors import ConfigError, PosError, StoreLocked
from pos.i18n import _

if TYPE_CHECKING:
    from pos.gui.main_window import MainWindow
    from pos.gui.start_page import StartPage


class Starting:
    """Builds the engine and opens the journal, again and again if need be."""

    def __init__(self, window: MainWindow, pages: QStackedWidget) -> None:
        self._window, self._pages = window, pages
        self._page: StartPage | None = None

    def begin(self) -> None:
        """Start, or try again after the cause of a failure is put right."""
        bridge = self._window.bridge
        if bridge.built:
            self._on_engine()
        else:
            bridge.start(self._window.till.engine, done=self._on_engine, failed=self._on_failed)

    @property
    def page(self) -> StartPage | None:
        """The page with the error; None while nothing is wrong."""
        return self._page if self._page is not None and self._page.error is not None else None

    def _on_engine(self) -> None:
        self._window.bridge.open(done=self._on_open, failed=self._on_failed)

    def _on_open(self) -> None:
        if page := self.page:
            page.clear()
            self._window.show_sale()
        self._window.session_lock.load(self._on_lock_known, self._on_failed)

    def _on_lock_known(self) -> None:
        """Offer the tenders only now: a locked register takes no key, however early it is pressed."""
        self._window.sell.tenders.make(self._window.bridge.offers)
        self._window.on_open()

    def _on_failed(self, error: PosError) -> None:
        if isinstance(error, StoreLocked) and self._give_way():
            return
        from pos.gui.start_page import StartPage

        if self._page is None:
            self._page = StartPage()
            self._page.retry_wanted.connect(self._retry)
            self._pages.addWidget(self._page)
        self._page.show_error(error, self._folder(error))
        self._window.show_sale()

    def _retry(self) -> None:
        if page := self.page:
            page.busy()
            self.begin()

    def _folder(self, error: PosError) -> Path | None:
        if isinstance(error, ConfigError) or not self._window.bridge.built:
            return self._window.till.settings_folder
        return self._window.bridge.data_dir

    def _give_way(self) -> bool:
        """Bring the window that has the data folder to the front and end this program; False if there is none."""
        from pos.gui.single_instance import bell_of, ring

        if not ring(bell_of(self._window.bridge.data_dir)):
            return False
        sys.stderr.write(_("Counter is already open. Its window is now in front.") + "\n")
        self._window.close()
        QApplication.exit(0)
        return True
