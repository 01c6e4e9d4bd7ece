"""The base of every page: a title with the way back, messages, calls of services, and requests for other pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar, overload

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from pos.gui.bridge import Bridge, Call, Till
from pos.gui.layouts import hbox, vbox
from pos.gui.self_updating import SelfUpdating
from pos.gui.widgets import Button, label
from pos.i18n import _

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from pos.domain.actor import Actor
    from pos.domain.staff import Action
    from pos.errors import PosError
    from pos.gui.people.approval import Approval
    from pos.services.container import Services
    from pos.services.permissions import Permission

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Visit:
    """A request to open ``page``, with a payment and a ``choice`` made for it if given.

    With ``returns``, Back leads from there to the page that asks.
    """

    page: str
    order_no: str = ""
    choice: str = ""
    returns: bool = False


class PageCall(Generic[T]):
    """A call of a service whose failure is shown by the page."""

    def __init__(self, call: Call[T], failed: Callable[[PosError], object]) -> None:
        self._call, self._failed = call, failed

    def then(self, done: Callable[[T], object], failed: Callable[[PosError], object] | None = None) -> None:
        """Run it on the I/O thread; ``done``, or ``failed`` instead of the page's message, is called here."""
        self._call.then(done, failed or self._failed)


class Page(SelfUpdating, QWidget):
    """``message_posted`` carries a sentence and its tone, ``failed`` an error, ``page_wanted`` a :class:`Visit`.

    ``left`` leads back.

    A page's parts are in :attr:`column`, below :attr:`top` with the way back and the title. ``title`` is a gettext
    id, ``name`` the beginning of its objectNames. A page that calls :meth:`require` places the card of
    :meth:`make_approval` in its layout.
    """

    message_posted = Signal(str, str)
    failed = Signal(object)
    left = Signal()
    page_wanted = Signal(object)

    def __init__(self, till: Till, bridge: Bridge, name: str, title: str) -> None:
        super().__init__()
        self.setObjectName("page")
        self.setProperty("training", str(till.shop.training).lower())
        self.till, self.bridge = till, bridge
        self._title_text = title
        self._approval: Approval | None = None
        self.back = Button(f"{name}Back", "flat", self.leave).with_icon("back")
        self.title = label("title", f"{name}Title")
        self.top = hbox(self.back, self.title, None, spacing=16)
        self.column = vbox(self.top, into=self, spacing=16, margins=(16, 16, 16, 8))

    def open(self) -> None:
        """Come to the front: load what is shown, and focus the first control."""
        self.back.setFocus()

    def reopen(self) -> None:
        """Come back from a page that was opened from here."""
        self.open()

    def show_order(self, order_no: str, choice: str = "") -> None:
        """Show one payment, with ``choice`` made for it; pages without payments ignore it."""

    def show_reviews(self) -> None:
        """Show what waits for a manager; pages without reviews ignore it."""

    def check_now(self) -> bool:
        """F6: ask about the payment shown here; False if the page shows none."""
        return False

    def visit(self, page: str, order_no: str = "", choice: str = "", *, returns: bool = False) -> None:
        """Open another page, see :class:`Visit`."""
        self.page_wanted.emit(Visit(page, order_no, choice, returns))

    def leave(self) -> None:
        """The way back."""
        self.left.emit()

    def escape(self) -> bool:
        """Handle Esc: close the request for a PIN. Return True if there was something to close, and the page stays."""
        return self.dismiss_approval()

    # -- approval in place ------------------------------------------------------------------------------------

    def make_approval(self, *instead_of: QWidget, width: int = 352, name: str = "approval") -> Approval:
        """Return the card for a manager's PIN, hidden for now. While it is shown, ``instead_of`` is hidden.

        ``width``: pixels, 0 for as many as its place has. ``name`` begins the objectNames.
        """
        from pos.gui.people.approval import Approval

        def swap(is_shown: bool) -> None:
            for part in instead_of:
                part.setVisible(not is_shown)

        self._approval = Approval(self, name)
        if width:
            self._approval.setFixedWidth(width)
        self._approval.shown.connect(swap)
        return self._approval

    def require(self, action: Action, done: Callable[[Permission], object], order_no: str = "") -> None:
        """Call ``done`` with a permission for ``action``: at once if the user has it, else after a manager's PIN.

        With ``order_no`` the permission is for one payment. A later call replaces one that still waits for a PIN.
        """
        assert self._approval is not None
        self._approval.ask(action, done, order_no)

    def dismiss_approval(self, *, digits_first: bool = False) -> bool:
        """Stop asking for a PIN; False if none was asked for. With ``digits_first`` only clear what is typed of it."""
        card = self._approval
        return card is not None and ((digits_first and card.pad.clear()) or card.dismiss())

    def fail(self, error: PosError) -> None:
        """Show what went wrong."""
        self.failed.emit(error)

    @property
    def actor(self) -> Actor:
        """Who acts at the window, for the methods of services that depend on it."""
        return self.bridge.actor

    @property
    def services(self) -> Services:
        """The open services; call their methods through :meth:`call` only."""
        return self.bridge.services

    @overload
    def call(self, method: Callable[P, Coroutine[Any, Any, T]], /, *args: P.args, **kw: P.kwargs) -> PageCall[T]: ...
    @overload
    def call(self, method: Callable[P, T], /, *args: P.args, **kw: P.kwargs) -> PageCall[T]: ...
    def call(self, method: Callable[P, Any], /, *args: P.args, **kw: P.kwargs) -> PageCall[Any]:
        """Prepare a call of a service's method; it starts with ``then``, and the page shows its failure."""
        return PageCall(self.bridge.call(method, *args, **kw), self.fail)

    def retranslate(self) -> None:
        """All words again, in the language spoken now."""
        self.back.say(_("Back"))
        self.title.setText(_(self._title_text))
