"""The e-invoice of the next sale, or of a payment that was taken: asked in place, kept until the sale is made."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from pos.gui.bridge import Bridge
from pos.gui.sale.sale_panels import PanelShown, SalePanels
from pos.gui.widgets import label

if TYPE_CHECKING:
    from pos.domain.invoice import Invoice, InvoiceRequest
    from pos.domain.payment import Attempt
    from pos.domain.staff import Action
    from pos.i18n import Message
    from pos.services.permissions import Permission


class InvoiceRequests(QObject):
    """``message_posted`` carries a sentence and its tone, ``failed`` an error; ``left`` gives the focus back."""

    message_posted = Signal(str, str)
    failed = Signal(object)
    left = Signal()

    def __init__(self, panels: SalePanels, bridge: Bridge) -> None:
        super().__init__()
        self._panels, self._bridge = panels, bridge
        self.request: InvoiceRequest | None = None
        self._asking: Attempt | None = None
        self._cash_problem: Message | None = None
        self.chip = label("soft", "invoiceWish")

    def build_deferred(self) -> None:
        """Connect the panel once it is built."""
        self._panels.invoice.chosen.connect(self._on_request)
        self._panels.invoice.dropped.connect(self.drop)
        self._panels.approvals.shown.connect(self._on_approval_shown)
        self._panels.approvals.failed.connect(self.failed)

    def ask(self, attempt: Attempt | None = None) -> None:
        """How the buyer of the next sale, or of ``attempt``, wants it."""
        self._panels.ask_invoice(attempt, None if attempt else self.request)

    def ask_for_sale(self, last: Attempt | None) -> None:
        """How the buyer of a split sale wants it, unless it can have none; ``last`` is a part, None before the first.

        A sale with a part has the request at once, so that it is not left for the next sale.
        """

        def know(problem: Message) -> None:
            self._know_problem(problem)
            if refusal := _refusal_of_split(problem):
                self.message_posted.emit(refusal, "warn")
            else:
                self.ask(last)

        self._bridge.call(self._bridge.services.invoicing.cash_problem).then(know, self.failed.emit)

    def keep(self, invoice_request: InvoiceRequest | None) -> None:
        """Set the e-invoice request of the next sale, shown beside the amount or on the split sale."""
        self.request = invoice_request
        self.show_chip()
        if invoice_request is not None and self._bridge.ready:
            self._bridge.call(self._bridge.services.invoicing.cash_problem).then(self._know_problem, self.failed.emit)

    def _know_problem(self, problem: Message) -> None:
        self._cash_problem = problem

    def refusal(self, routes: Collection[str]) -> str:
        """Return why no gateway of ``routes`` can issue the requested e-invoice; "" if one can or none is requested."""
        from pos.domain.tenders import CASH
        from pos.gateways import can
        from pos.gateways.capabilities import Capability
        from pos.services.invoice_request import no_issuer

        if self.request is not None and CASH in routes:
            return self._cash_problem.spoken() if self._cash_problem else ""  # the service refuses it too
        if self.request is None or any(can(route, Capability.E_INVOICE) for route in routes):
            return ""
        return no_issuer("invoice").spoken()

    def refusal_of_split(self) -> str:
        """Return why a split sale cannot have the requested e-invoice; "" if it can or none is requested."""
        return _refusal_of_split(self._cash_problem) if self.request is not None else ""

    def drop(self) -> None:
        """No e-invoice for the next sale; a payment that was taken keeps what it has."""
        if self._panels.showing is PanelShown.APPROVAL:
            self._panels.approvals.dismiss_approval()
            return
        if self._panels.invoice.attempt is None:
            self.keep(None)
        self._leave()

    def capture(self, order_no: str) -> None:
        """Take money that the gateway holds; who has no right to it needs a manager's PIN."""

        def taken(permission: Permission) -> None:
            work = self._bridge.call(self._bridge.services.mypay.capture, order_no, None, permission)
            work.then(lambda _attempt: None, self.failed.emit)

        from pos.domain.staff import Action

        self._asking = self._panels.payment.attempt
        self._panels.approvals.require(Action.CAPTURE, taken, order_no)

    def approve(self, action: Action, done: Callable[[Permission], object]) -> None:
        """Ask for a permission for the next sale; who has no right to it needs a manager's PIN."""
        self._asking = None
        self._panels.approvals.require(action, done)

    def _on_request(self, invoice_request: InvoiceRequest) -> None:
        attempt = self._panels.invoice.attempt
        self._leave()
        if attempt is None:
            self.keep(invoice_request)
            return
        order_no = attempt.order_no

        def request(permission: Permission) -> None:
            wanted, actor = self._bridge.services.invoicing.request_invoice, self._bridge.actor
            self._bridge.call(wanted, actor, order_no, invoice_request, permission).then(self._kept, self.failed.emit)

        from pos.domain.staff import Action

        self._asking = None
        self._panels.approvals.require(Action.INVOICE_LATER, request, order_no)

    def _on_approval_shown(self, on: bool) -> None:
        """Show the payment again afterwards, unless another panel came to the front meanwhile."""
        if on:
            self._panels.show_approval()
        elif self._panels.showing is PanelShown.APPROVAL:
            self._leave() if self._asking is None else self._panels.show_attempt(self._asking)

    def _kept(self, invoice: Invoice) -> None:
        from pos.gui.invoice_words import invoice_words

        self.message_posted.emit(invoice_words(invoice), "")

    def _leave(self) -> None:
        self._panels.show_ready()
        self.left.emit()

    def show_chip(self) -> None:
        """Show the request beside the amount; of a split sale, whose amounts are there, on its panel."""
        words = ""
        if self.request is not None:  # not at the start, which does without the words of invoices
            from pos.gui.invoice_words import invoice_request_words

            words = invoice_request_words(self.request)
        is_split = self._panels.is_split
        self.chip.setText("" if is_split else words)
        if is_split:
            self._panels.split.show_request(words)

    def retranslate(self) -> None:
        self.show_chip()


def _refusal_of_split(problem: Message | None) -> str:
    from pos.services.invoice_request import no_invoice_for_part

    return no_invoice_for_part("invoice").spoken() if problem else ""
