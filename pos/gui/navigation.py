"""The pages behind the sale: each is imported and built when it is first opened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QStackedWidget

if TYPE_CHECKING:
    from pos.domain.payment import Attempt
    from pos.gui.bridge import Bridge, Till
    from pos.gui.page import Page
    from pos.gui.session_lock import SessionLock


@dataclass(frozen=True, slots=True)
class PageContext:
    """What pages are built with. ``ask_invoice`` opens the e-invoice panel of the sale for a payment.

    ``use_look`` shows a language or theme at once; ``restart`` ends the window and starts Counter again.
    """

    till: Till
    bridge: Bridge
    lock: SessionLock
    ask_invoice: Callable[[Attempt], object]
    use_look: Callable[[str, str], object]
    restart: Callable[[], object]


@dataclass(frozen=True, slots=True)
class PageSpec:
    """A page: its module below :mod:`pos.gui` and its class, or what builds it if it needs more than till and bridge.

    ``back``: the page that Esc and Back lead to, "" for the sale.
    """

    module: str = ""
    name: str = ""
    back: str = ""
    build: Callable[[PageContext], Page] | None = None

    def make(self, context: PageContext) -> Page:
        """Import and build the page."""
        if self.build is not None:
            return self.build(context)
        made: Page = getattr(import_module(f"pos.gui.{self.module}"), self.name)(context.till, context.bridge)
        return made


def _past(context: PageContext) -> Page:
    from pos.gui.history.page import PastPage

    page = PastPage(context.till, context.bridge)
    page.invoice_wanted.connect(context.ask_invoice)
    return page


def _sign_in(context: PageContext) -> Page:
    from pos.gui.people.sign_in_page import SignInPage

    return SignInPage(context.till, context.bridge, context.lock)


def _owner(context: PageContext) -> Page:
    from pos.gui.people.owner_page import OwnerPage

    page = OwnerPage(context.till, context.bridge)
    page.left.connect(context.lock.invite)
    return page


def _code(context: PageContext) -> Page:
    from pos.gui.people.code_page import CodePage

    page = CodePage(context.till, context.bridge)
    page.made.connect(context.lock.check_recovery_code)
    return page


def _settings(context: PageContext) -> Page:
    from pos.gui.settings.page import SettingsPage

    return SettingsPage(context.till, context.bridge, context.use_look, context.restart)


def _office(context: PageContext) -> Page:
    from pos.gui.office.page import OfficePage

    return OfficePage(context.till, context.bridge, PAGES)


PAGES: Final[dict[str, PageSpec]] = {
    "past": PageSpec(build=_past),
    "refund": PageSpec("refunds.page", "RefundPage"),
    "owed": PageSpec("history.invoice_backlog", "InvoiceBacklogPage"),
    "proof": PageSpec("history.receipt_preview", "ReceiptPreviewPage", back="past"),
    "agreements": PageSpec("agreements.page", "AgreementsPage"),
    "reconcile": PageSpec("office.reconcile_page", "ReconcilePage"),
    "backups": PageSpec("office.backups_page", "BackupsPage"),
    "gateways": PageSpec("office.gateways_page", "GatewaysPage"),
    "items": PageSpec("catalogue.page", "CataloguePage"),
    "settings": PageSpec(build=_settings, back="office"),
    "totals": PageSpec("totals.page", "TotalsPage"),
    "help": PageSpec("help_page", "HelpPage"),
    "signin": PageSpec(build=_sign_in),
    "owner": PageSpec(build=_owner),
    "code": PageSpec(build=_code),
    "people": PageSpec("people.page", "PeoplePage", back="office"),
    "office": PageSpec(build=_office),
    "shift": PageSpec("shifts.page", "ShiftPage"),
}
"""Every page by its name."""


class Navigator(QObject):
    """The pages of one window, in its stack. Passes on the signals of all pages (:class:`pos.gui.page.Page`)."""

    message_posted = Signal(str, str)
    failed = Signal(object)
    left = Signal()
    page_wanted = Signal(object)

    def __init__(self, stack: QStackedWidget, context: PageContext) -> None:
        super().__init__(stack)
        self._stack, self._context = stack, context
        self._built: dict[str, Page] = {}
        self._came_from: dict[str, str] = {}

    def enter(self, name: str, came_from: str = "") -> Page:
        """Bring a page to the front and open it. Its way back leads to ``came_from`` if given."""
        page = self.page(name)
        self._came_from[name] = came_from
        self._stack.setCurrentWidget(page)
        page.dismiss_approval()
        page.open()
        return page

    def go_back(self, name: str) -> None:
        """Return to a page that was left for another one."""
        page = self.page(name)
        self._stack.setCurrentWidget(page)
        page.reopen()

    @property
    def origin(self) -> str:
        """The page that Esc and Back lead to from the page in front, "" for the sale."""
        here = self.here
        return self._came_from.get(here, "") or (PAGES[here].back if here else "")

    def page(self, name: str) -> Page:
        """Return a page, built if it is not yet."""
        if name not in self._built:
            page = PAGES[name].make(self._context)
            page.message_posted.connect(self.message_posted)
            page.failed.connect(self.failed)
            page.left.connect(self.left)
            page.page_wanted.connect(self.page_wanted)
            self._stack.addWidget(page)
            self._built[name] = page
        return self._built[name]

    @property
    def here(self) -> str:
        """The name of the page in front, "" for the sale."""
        current = self._stack.currentWidget()
        return next((name for name, page in self._built.items() if page is current), "")

    @property
    def front(self) -> Page | None:
        """The page in front, None while it is the sale."""
        return self._built.get(self.here)
