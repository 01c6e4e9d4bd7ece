"""The pages behind the sale: each is loaded and built when it is first opened, one line here a page."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol, cast

from PySide6.QtCore import SignalInstance
from PySide6.QtWidgets import QStackedWidget, QWidget

if TYPE_CHECKING:
    from pos.gui.help_page import HelpPage
    from pos.gui.history.invoice_backlog import InvoiceBacklogPage
    from pos.gui.history.page import PastPage
    from pos.gui.history.receipt_preview import ReceiptPreviewPage
    from pos.gui.main_window import MainWindow
    from pos.gui.office.backups_page import BackupsPage
    from pos.gui.office.gateways_page import GatewaysPage
    from pos.gui.office.page import OfficePage
    from pos.gui.office.reconcile_page import ReconcilePage
    from pos.gui.people.code_page import CodePage
    from pos.gui.people.owner_page import OwnerPage
    from pos.gui.people.page import PeoplePage
    from pos.gui.people.sign_in_page import SignInPage
    from pos.gui.refunds.page import RefundPage
    from pos.gui.shifts.page import ShiftPage
    from pos.gui.totals.page import TotalsPage


class Room(Protocol):
    """What the window needs of a page; :class:`pos.gui.page.Page` is one."""

    left: SignalInstance
    message_posted: SignalInstance
    failed: SignalInstance

    def open(self) -> None: ...
    def escape(self) -> bool: ...


def _past(window: MainWindow) -> PastPage:
    from pos.gui.history.page import PastPage

    page = PastPage(window.till, window.bridge)
    page.invoice_wanted.connect(window.ask_invoice)
    page.proof_wanted.connect(window.show_proof)
    page.refund_wanted.connect(window.show_refund)
    return page


def _refund(window: MainWindow) -> RefundPage:
    from pos.gui.refunds.page import RefundPage

    return RefundPage(window.till, window.bridge)


def _owed(window: MainWindow) -> InvoiceBacklogPage:
    from pos.gui.history.invoice_backlog import InvoiceBacklogPage

    return InvoiceBacklogPage(window.till, window.bridge)


def _proof(window: MainWindow) -> ReceiptPreviewPage:
    from pos.gui.history.receipt_preview import ReceiptPreviewPage

    return ReceiptPreviewPage(window.bridge)


def _reconcile(window: MainWindow) -> ReconcilePage:
    from pos.gui.office.reconcile_page import ReconcilePage

    page = ReconcilePage(window.till, window.bridge)
    page.payment_wanted.connect(lambda order_no: window.show_payment(order_no, "reconcile"))
    page.review_wanted.connect(window.show_refund)
    return page


def _backups(window: MainWindow) -> BackupsPage:
    from pos.gui.office.backups_page import BackupsPage

    return BackupsPage(window.till, window.bridge)


def _gateways(window: MainWindow) -> GatewaysPage:
    from pos.gui.office.gateways_page import GatewaysPage

    return GatewaysPage(window.till, window.bridge)


def _totals(window: MainWindow) -> TotalsPage:
    from pos.gui.totals.page import TotalsPage

    page = TotalsPage(window.till, window.bridge)
    page.payment_wanted.connect(lambda order_no: window.show_payment(order_no, "totals"))
    return page


def _help(window: MainWindow) -> HelpPage:
    from pos.gui.help_page import HelpPage

    return HelpPage(window.till.shop.training)


def _sign_in(window: MainWindow) -> SignInPage:
    from pos.gui.people.sign_in_page import SignInPage

    return SignInPage(window.till, window.bridge, window.door)


def _owner(window: MainWindow) -> OwnerPage:
    from pos.gui.people.owner_page import OwnerPage

    page = OwnerPage(window.till, window.bridge)
    page.left.connect(window.door.invite)
    page.code_wanted.connect(partial(window.enter, "code"))
    return page


def _code(window: MainWindow) -> CodePage:
    from pos.gui.people.code_page import CodePage

    page = CodePage(window.till, window.bridge)
    page.made.connect(window.door.remind)
    return page


def _people(window: MainWindow) -> PeoplePage:
    from pos.gui.people.page import PeoplePage

    page = PeoplePage(window.till, window.bridge)
    page.owner_wanted.connect(partial(window.enter, "owner"))
    page.code_wanted.connect(lambda: window.enter("code", "people"))
    return page


def _office(window: MainWindow) -> OfficePage:
    from pos.gui.office.page import OfficePage

    page = OfficePage(window.till, window.bridge, MAKERS)
    page.wanted.connect(lambda name: window.enter(name, "office"))
    return page


def _shift(window: MainWindow) -> ShiftPage:
    from pos.gui.shifts.page import ShiftPage

    return ShiftPage(window.till, window.bridge)


MAKERS: Final[dict[str, Callable[[MainWindow], QWidget]]] = {
    "past": _past,
    "refund": _refund,
    "owed": _owed,
    "proof": _proof,
    "reconcile": _reconcile,
    "backups": _backups,
    "gateways": _gateways,
    "totals": _totals,
    "help": _help,
    "signin": _sign_in,
    "owner": _owner,
    "code": _code,
    "people": _people,
    "office": _office,
    "shift": _shift,
}
"""Every page by its name, each fit for :class:`Room`."""

CAME_FROM: Final = {"proof": "past", "people": "office"}
"""Where the way back leads, when it is not the sale."""


class Navigator:
    """The pages of one window, in its stack."""

    def __init__(self, window: MainWindow, stack: QStackedWidget) -> None:
        self._window = window
        self._stack = stack
        self._made: dict[str, QWidget] = {}
        self._called_from: dict[str, str] = {}

    def enter(self, name: str, came_from: str = "") -> QWidget:
        """Bring a page to the front, built if it is not yet, and open it."""
        page = self.page(name)
        self._called_from[name] = came_from
        self._stack.setCurrentWidget(page)
        _room(page).open()
        return page

    def go_back(self, name: str) -> None:
        """Return to a page; one that knows how stands as it stood."""
        page = self.page(name)
        self._stack.setCurrentWidget(page)
        getattr(page, "reopen", _room(page).open)()

    @property
    def origin(self) -> str:
        """Where Esc and the way back lead from the page in front, "" for the sale."""
        return self._called_from.get(self.here, "") or CAME_FROM.get(self.here, "")

    def page(self, name: str) -> QWidget:
        """A page by its name, built if it is not yet."""
        if name not in self._made:
            page = MAKERS[name](self._window)
            _room(page).message_posted.connect(self._window.show_message)
            _room(page).failed.connect(self._window.fail)
            _room(page).left.connect(lambda: self._window.go_back(self.origin))
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


def _room(page: QWidget) -> Room:
    return cast(Room, page)  # Qt's classes have another metaclass than protocols
