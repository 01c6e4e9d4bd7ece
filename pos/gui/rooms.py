"""The pages behind the sale: each is loaded and built when it is first opened, one line here a page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final, Protocol

from PySide6.QtCore import SignalInstance
from PySide6.QtWidgets import QStackedWidget, QWidget

if TYPE_CHECKING:
    from pos.gui.backups_page import BackupsPage
    from pos.gui.help_page import HelpPage
    from pos.gui.main_window import MainWindow
    from pos.gui.owed_page import OwedPage
    from pos.gui.past_page import PastPage
    from pos.gui.proof_page import ProofPage
    from pos.gui.reconcile_page import ReconcilePage


class Room(Protocol):
    """What the window needs of a page; :class:`pos.gui.page.Page` is one."""

    left: SignalInstance
    told: SignalInstance

    def open(self) -> None: ...
    def escape(self) -> bool: ...
    def retranslate(self) -> None: ...
    def repaint_icons(self) -> None: ...


def _past(window: MainWindow) -> PastPage:
    from pos.gui.past_page import PastPage

    page = PastPage(window.till, window.bridge)
    page.invoice_wanted.connect(window.ask_invoice)
    page.proof_wanted.connect(window.show_proof)
    return page


def _owed(window: MainWindow) -> OwedPage:
    from pos.gui.owed_page import OwedPage

    return OwedPage(window.till, window.bridge)


def _proof(window: MainWindow) -> ProofPage:
    from pos.gui.proof_page import ProofPage

    return ProofPage(window.bridge)


def _reconcile(window: MainWindow) -> ReconcilePage:
    from pos.gui.reconcile_page import ReconcilePage

    return ReconcilePage(window.till, window.bridge)


def _backups(window: MainWindow) -> BackupsPage:
    from pos.gui.backups_page import BackupsPage

    return BackupsPage(window.till, window.bridge)


def _help(window: MainWindow) -> HelpPage:
    from pos.gui.help_page import HelpPage

    return HelpPage(window.till.shop.training)


MAKERS: Final[dict[str, Callable[[MainWindow], QWidget]]] = {
    "past": _past,
    "owed": _owed,
    "proof": _proof,
    "reconcile": _reconcile,
    "backups": _backups,
    "help": _help,
}
"""Every page by its name, each fit for :class:`Room`."""

CAME_FROM: Final = {"proof": "past"}
"""Where the way back leads, when it is not the sale."""


class Rooms:
    """The pages of one window, in its stack."""

    def __init__(self, window: MainWindow, stack: QStackedWidget) -> None:
        self._window = window
        self._stack = stack
        self._made: dict[str, QWidget] = {}

    def enter(self, name: str) -> QWidget:
        """Bring a page to the front, built if it is not yet, and open it."""
        page = self.page(name)
        self._stack.setCurrentWidget(page)
        _room(page).open()
        return page

    def page(self, name: str) -> QWidget:
        """A page by its name, built if it is not yet."""
        if name not in self._made:
            page = MAKERS[name](self._window)
            _room(page).told.connect(self._window.tell)
            _room(page).left.connect(lambda: self._window.go_back(CAME_FROM.get(name, "")))
            self._stack.addWidget(page)
            self._made[name] = page
        return self._made[name]

    @property
    def here(self) -> str:
        """The name of the page in front, "" for the sale."""
        current = self._stack.currentWidget()
        return next((name for name, page in self._made.items() if page is current), "")

    @property
    def front(self) -> Room | None:
        """The page in front, None while it is the sale."""
        return _room(self._made[self.here]) if self.here else None

    def __iter__(self) -> Iterator[Room]:
        return (_room(page) for page in self._made.values())


def _room(page: QWidget) -> Room:
    return page  # type: ignore[return-value]  # Qt's classes have another metaclass than protocols
