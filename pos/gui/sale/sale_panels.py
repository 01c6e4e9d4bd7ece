"""The right half of the sell page: one thing at a time, in place, never modal."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QWidget

from pos.domain.money import Money
from pos.domain.states import State
from pos.gui import icons
from pos.gui.bridge import Bridge, Till
from pos.gui.layouts import vbox
from pos.gui.plain import PlainLabel
from pos.gui.reread import reread
from pos.gui.widgets import Card, Palette, label
from pos.i18n import N_, _

if TYPE_CHECKING:
    from pos.domain.catalogue import Item
    from pos.domain.events import Fact
    from pos.domain.invoice import InvoiceRequest
    from pos.domain.payment import Attempt
    from pos.domain.split import SplitSale
    from pos.gui.sale.approval_panel import ApprovalPanel
    from pos.gui.sale.basket import BasketContents
    from pos.gui.sale.cash_panel import CashPanel
    from pos.gui.sale.invoice_panel import InvoicePanel
    from pos.gui.sale.more_tenders import MorePanel
    from pos.gui.sale.paid_panel import PaidPanel
    from pos.gui.sale.payment_panel import PaymentPanel
    from pos.gui.sale.payment_tools import ToolPanel
    from pos.gui.sale.split_panel import SplitPanel

    Panels = tuple[PaymentPanel, CashPanel, PaidPanel, InvoicePanel, ToolPanel, ApprovalPanel, SplitPanel, MorePanel]


class PanelShown(IntEnum):
    """The panel that is visible, by its place in the stack."""

    HINT = 0
    PAYMENT = 1
    CASH = 2
    PAID = 3
    INVOICE = 4
    TOOLS = 5
    APPROVAL = 6
    SPLIT = 7
    MORE = 8


PAYING: Final = frozenset({State.SENT, State.PENDING, State.UNKNOWN})
"""States in which a customer may be paying at the counter."""

READY = (N_("Ready"), N_("Type the amount, then press how the customer pays."), "empty")
CHARGING = (N_("One moment"), N_("Charging the customer's code…"), "clock")
MOMENT = (N_("One moment"), N_("Getting the payment code from the gateway…"), "clock")


class SalePanels(Card):
    """Holds the panels; the sell page handles their buttons."""

    def __init__(self, till: Till, bridge: Bridge) -> None:
        super().__init__("paymentPanel")
        self._till, self._bridge = till, bridge
        self._panels: Panels | None = None
        self._hint_shown = READY
        self._is_split = False
        centre = Qt.AlignmentFlag.AlignCenter
        self._icon = PlainLabel()
        self._icon.setAlignment(centre)
        self._title, self._hint = label("title", "stageTitle", align=centre), label("lead", wrap=True, align=centre)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._made_hint())
        vbox(self._stack, into=self, margins=1)
        self.setMinimumWidth(440)
        self.retranslate()

    def _made_hint(self) -> QWidget:
        self._ready, self._resting = QWidget(), QStackedWidget()
        texts = self._icon, self._title, self._hint
        vbox((None, 2), *texts, (None, 3), into=self._ready, spacing=16, margins=(48, 16, 48, 16))
        self._resting.addWidget(self._ready)
        return self._resting

    def has_space_for_training(self) -> bool:
        """Return whether the hint is shown; panels cover large letters."""
        return self._stack.currentIndex() == 0 and self._resting.currentIndex() == 0

    def build_deferred(self) -> None:
        """Build the panels. The window is shown and takes digits before."""
        from pos.gui.sale.approval_panel import ApprovalPanel
        from pos.gui.sale.cash_panel import CashPanel
        from pos.gui.sale.invoice_panel import InvoicePanel
        from pos.gui.sale.item_panel import ItemPanel
        from pos.gui.sale.more_tenders import MorePanel
        from pos.gui.sale.paid_panel import PaidPanel
        from pos.gui.sale.payment_panel import PaymentPanel
        from pos.gui.sale.payment_tools import ToolPanel
        from pos.gui.sale.split_panel import SplitPanel

        shop = self._till.shop
        payment = PaymentPanel(self._bridge, shop.timezone)
        approval = ApprovalPanel(self._till, self._bridge)
        cash, invoice = CashPanel(shop.currency), InvoicePanel()
        self._panels = payment, cash, PaidPanel(), invoice, ToolPanel(), approval, SplitPanel(), MorePanel()
        for page in self._panels:
            self._stack.addWidget(page)
        self.items = ItemPanel()
        self._resting.addWidget(self.items)
        self.paid.outdated.connect(lambda refund: reread(self._bridge, refund, self._show_again))

    def show_items(self, items: Sequence[Item]) -> None:
        """Show the keys of the items instead of "Ready", if there are any."""
        self.items.show_items(items)
        self._choose_resting()

    def show_basket(self, kept: BasketContents) -> None:
        """Show the lines of the next sale."""
        if self._panels is not None:
            self.items.show_basket(kept)

    def _choose_resting(self) -> None:
        has_items = self._panels is not None and self.items.has_items and self._hint_shown is READY
        self._resting.setCurrentIndex(int(has_items))

    @property
    def _built(self) -> Panels:
        assert self._panels is not None
        return self._panels

    @property
    def payment(self) -> PaymentPanel:
        """The code or the account of one payment, and its state."""
        return self._built[0]

    @property
    def cash(self) -> CashPanel:
        """What is handed over, and the change."""
        return self._built[1]

    @property
    def paid(self) -> PaidPanel:
        """Taken: full green."""
        return self._built[2]

    @property
    def invoice(self) -> InvoicePanel:
        """How the buyer wants the e-invoice."""
        return self._built[3]

    @property
    def tools(self) -> ToolPanel:
        """What the customer's page of MyPay may open with."""
        return self._built[4]

    @property
    def approvals(self) -> ApprovalPanel:
        """A manager's PIN for one action."""
        return self._built[5]

    @property
    def split(self) -> SplitPanel:
        """The split sale whose next part is taken."""
        return self._built[6]

    @property
    def more(self) -> MorePanel:
        """The ways to pay without a key of their own."""
        return self._built[7]

    def ask_tender(self) -> None:
        """One of the ways to pay without a key of their own, for the amount that is typed."""
        self.payment.show_attempt(None)
        self._stack.setCurrentIndex(PanelShown.MORE)

    def show_approval(self) -> None:
        """Ask for the PIN; the code of a payment leaves the screen meanwhile."""
        self._stack.setCurrentIndex(PanelShown.APPROVAL)

    def ask_tool(self, tools: Sequence[str]) -> None:
        """One of the shop's tools, for the amount that is typed."""
        self.payment.show_attempt(None)
        self.tools.show_tools(tools)
        self._stack.setCurrentIndex(PanelShown.TOOLS)

    def ask_invoice(self, attempt: Attempt | None, known: InvoiceRequest | None) -> None:
        """For the next sale, or for a payment that was taken."""
        self.payment.show_attempt(None)
        self._stack.setCurrentIndex(PanelShown.INVOICE)
        self.invoice.ask(attempt, known)

    @property
    def showing(self) -> PanelShown:
        return PanelShown(self._stack.currentIndex())

    @property
    def is_customer_paying(self) -> bool:
        """Whether a payment is shown that a customer may be paying with a phone at the counter."""
        front = self.payment.attempt if self.showing is PanelShown.PAYMENT else None
        return front is not None and front.state in PAYING and front.virtual_account is None

    def show_ready(self) -> None:
        """Show that the register is ready, or the split sale; no payment code stays on the screen."""
        self._show_hint(READY)
        if self._is_split:
            self._stack.setCurrentIndex(PanelShown.SPLIT)

    @property
    def is_split(self) -> bool:
        """Whether a split sale is shown wherever "Ready" was shown."""
        return self._is_split

    def rest_on(self, sale: SplitSale | None) -> None:
        """Show a split sale wherever "Ready" was shown, or "Ready" again."""
        self._is_split = sale is not None
        if sale is not None:
            self.split.show_sale(sale)
        elif self.showing is PanelShown.SPLIT:
            self.show_ready()

    def show_moment(self, *, by_code: bool = False) -> None:
        """Show that the payment code is being fetched, or that the customer's own is being charged."""
        self._show_hint(CHARGING if by_code else MOMENT)

    def on_fact(self, fact: Fact) -> None:
        """Pass what happened to the panel that shows it."""
        from pos.domain.events import QueryEnded

        if isinstance(fact, QueryEnded):
            self.payment.asked(fact.order_no, fact.next_in, answered=fact.answered)
        else:
            self.paid.on_fact(fact)

    def show_attempt(self, attempt: Attempt) -> None:
        """One payment in front: the green panel when it is paid."""
        self.payment.show_attempt(attempt)
        if attempt.state is State.CAPTURED:
            self.paid.show_attempt(attempt)
        self._stack.setCurrentIndex(PanelShown.PAID if attempt.state is State.CAPTURED else PanelShown.PAYMENT)

    def _show_again(self, attempt: Attempt) -> None:
        """Show what became of the payment that was taken last, if it is still there."""
        if attempt.order_no == self.paid.order_no:
            self.paid.show_attempt(attempt)

    def ask_cash(self, due: Money) -> None:
        """What is handed over for ``due``."""
        self.payment.show_attempt(None)
        self.cash.ask(due)
        self._stack.setCurrentIndex(PanelShown.CASH)

    def _show_hint(self, saying: tuple[str, str, str]) -> None:
        self._hint_shown = saying
        if self._panels is not None:
            self.payment.show_attempt(None)
        self._show_hint_texts()
        self._choose_resting()
        self._stack.setCurrentIndex(PanelShown.HINT)

    def _show_hint_texts(self) -> None:
        title, words, icon = self._hint_shown
        self._title.setText(_(title))
        self._hint.setText(_(words))
        self._icon.setPixmap(icons.pixmap(icon, Palette.colour("accent"), 64))

    def retranslate(self) -> None:
        self._show_hint_texts()

    repaint_icons = retranslate
