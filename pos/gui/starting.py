"""Open the register behind the window: show what fails until it is solved, give way to a window that is open."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QStackedWidget

from pos.errors import ConfigError, PosError, StoreLocked
from pos.i18n import _

if TYPE_CHECKING:
    from pos.gui.bridge import Bridge, Till
    from pos.gui.session_lock import SessionLock
    from pos.gui.start_page import StartPage


class Starting(QObject):
    """Builds the engine and opens the journal, again and again if need be.

    ``page_changed``: :attr:`page` has appeared or gone. ``opened``: the journal is open, and the register is locked if
    someone must sign in. ``gave_way``: the window that has the data folder is in front instead of this one.
    """

    page_changed = Signal()
    opened = Signal()
    gave_way = Signal()

    def __init__(self, till: Till, bridge: Bridge, lock: SessionLock, pages: QStackedWidget) -> None:
        """The page with an error is added to ``pages``."""
        super().__init__(pages)
        self._till, self._bridge, self._lock, self._pages = till, bridge, lock, pages
        self._page: StartPage | None = None

    def begin(self) -> None:
        """Start, or try again after the cause of a failure is put right."""
        if self._bridge.built:
            self._on_engine()
        else:
            self._bridge.start(self._till.engine, done=self._on_engine, failed=self._on_failed)

    @property
    def page(self) -> StartPage | None:
        """The page with the error; None while nothing is wrong."""
        return self._page if self._page is not None and self._page.error is not None else None

    def _on_engine(self) -> None:
        self._bridge.open(done=self._on_open, failed=self._on_failed)

    def _on_open(self) -> None:
        if page := self.page:
            page.clear()
            self.page_changed.emit()
        self._lock.load(self.opened.emit, self._on_failed)

    def _on_failed(self, error: PosError) -> None:
        if isinstance(error, StoreLocked) and self._give_way():
            return
        from pos.gui.start_page import StartPage

        if self._page is None:
            self._page = StartPage()
            self._page.retry_wanted.connect(self._retry)
            self._pages.addWidget(self._page)
        self._page.show_error(error, self._folder(error))
        self.page_changed.emit()

    def _retry(self) -> None:
        if page := self.page:
            page.busy()
            self.begin()

    def _folder(self, error: PosError) -> Path | None:
        if isinstance(error, ConfigError) or not self._bridge.built:
            return self._till.settings_folder
        return self._bridge.data_dir

    def _give_way(self) -> bool:
        """Bring the window that has the data folder to the front; False if there is none."""
        from pos.gui.single_instance import bell_of, ring

        if not ring(bell_of(self._bridge.data_dir)):
            return False
        sys.stderr.write(_("Counter is already open. Its window is now in front.") + "\n")
        self.gave_way.emit()
        return True
