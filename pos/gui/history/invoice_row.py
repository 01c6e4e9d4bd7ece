"""One payment's e-invoice on the page of past payments: its state, and the one thing to do about it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from pos.domain.events import Fact, InvoiceChanged
from pos.domain.invoice import Invoice, Kind, PrintState, State
from pos.domain.payment import CASH, Attempt
from pos.domain.states import State as AttemptState
from pos.gateways import can
from pos.gateways.capabilities import Capability
from pos.gui.bridge import Bridge, Call
from pos.gui.invoice_words import invoice_words
from pos.gui.layouts import hbox, vbox
from pos.gui.self_updating import SelfUpdating
from pos.gui.widgets import Button, label
from pos.i18n import _


class InvoiceRow(SelfUpdating, QWidget):
    """``wanted`` carries a payment that is to get an invoice after all; ``proof_wanted`` the number of one whose
    paper is to be seen, ``failed`` an error."""

    wanted = Signal(object)
    proof_wanted = Signal(str)
    failed = Signal(object)

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge
        self._attempt: Attempt | None = None
        self._invoice: Invoice | None = None
        self._may_have = False
        self._words = label("", "pastInvoice", wrap=True)
        self._act = Button("pastInvoiceAct", "", self._on_act)
        self._nothing = Button("pastNothingCame", "", lambda: self._looked(came_out=False))
        self._ask = Button("pastInvoiceAsk", "", self._on_ask)
        self._look = Button("pastProof", "", self._on_look)
        buttons = hbox(self._act, self._nothing, self._look, self._ask)
        vbox(self._words, buttons, into=self, margins=(0, 0, 0, 8))
        bridge.fact.connect(self._on_fact)
        self.retranslate()

    def show_attempt(self, attempt: Attempt | None) -> None:
        """Another payment is shown."""
        if attempt is None or self._attempt is None or attempt.order_no != self._attempt.order_no:
            own = attempt is not None and not attempt.sale_id and can(attempt.gateway, Capability.E_INVOICE)
            self._invoice, self._may_have = None, own
        self._attempt = attempt
        self.retranslate()
        if attempt is None or not (self._may_have or attempt.gateway == CASH or attempt.sale_id):
            return
        invoicing, order = self._bridge.services.invoicing, attempt.order_no
        if attempt.gateway == CASH or attempt.sale_id:
            self._bridge.call(invoicing.can_issue, attempt).then(partial(self._know, order), self.failed.emit)
        self._bridge.call(invoicing.find, self._bridge.actor, order).then(partial(self._came, order), self.failed.emit)

    def _know(self, order_no: str, may_have: bool) -> None:
        if self._attempt is not None and self._attempt.order_no == order_no:
            self._may_have = may_have
            self.retranslate()

    def _came(self, order_no: str, found: Invoice | None) -> None:
        if self._attempt is not None and self._attempt.order_no == order_no:
            self._invoice = found
            self.retranslate()

    def _on_fact(self, fact: Fact) -> None:
        if isinstance(fact, InvoiceChanged):
            self._changed(fact.invoice)

    def _changed(self, invoice: Invoice) -> None:
        """Show an invoice if it is that of the payment, or of the split sale that the payment is a part of."""
        if self._attempt is not None and invoice.is_of(self._attempt.order_no, self._attempt.sale_id):
            self._came(self._attempt.order_no, invoice)

    # -- what may be done -------------------------------------------------------------------------------------

    def _choice(self) -> tuple[str, Callable[[], object]] | None:
        """The word on the button and what it does; None where there is nothing to do."""
        attempt, invoice = self._attempt, self._invoice
        if attempt is None or attempt.state is not AttemptState.CAPTURED:
            return None
        if invoice is None and not self._may_have:
            return None
        invoicing, order = self._bridge.services.invoicing, attempt.order_no
        if invoice is None:
            return _("E-invoice…"), lambda: self.wanted.emit(attempt)
        if invoice.owed:
            return _("Issue now"), lambda: self._run(self._bridge.call(invoicing.issue, self._bridge.actor, order))
        if invoice.state is not State.ISSUED or invoice.request.kind is not Kind.PAPER:
            return None
        if invoice.paper in (PrintState.PRINTING, PrintState.UNSURE):
            return _("It was printed"), lambda: self._looked(came_out=True)
        word = _("Print a copy") if invoice.paper is PrintState.PRINTED else _("Print the proof")
        return word, lambda: self._run(self._bridge.call(invoicing.print_proof, self._bridge.actor, order))

    def _on_ask(self) -> None:
        if self._attempt is not None:
            refresh = self._bridge.services.invoicing.refresh
            self._run(self._bridge.call(refresh, self._bridge.actor, self._attempt.order_no))

    def _on_look(self) -> None:
        if self._attempt is not None:
            self.proof_wanted.emit(self._attempt.order_no)

    def _on_act(self) -> None:
        if choice := self._choice():
            choice[1]()

    def _looked(self, *, came_out: bool) -> None:
        if self._attempt is not None:
            confirm, order_no = self._bridge.services.invoicing.confirm_printed, self._attempt.order_no
            self._run(self._bridge.call(confirm, self._bridge.actor, order_no, came_out=came_out))

    def _run(self, call: Call[Invoice]) -> None:
        call.then(self._changed, self.failed.emit)

    def retranslate(self) -> None:
        invoice, choice = self._invoice, self._choice()
        said = invoice.message.spoken() if invoice is not None and invoice.owed else ""
        words = invoice_words(invoice) if invoice is not None else ""
        self._words.setText("\n".join(part for part in (words, said) if part))
        self._words.setVisible(bool(words))
        self._act.say(choice[0] if choice else "")
        self._act.setVisible(choice is not None)
        self._nothing.say(_("It was not printed"))
        self._ask.say(_("Check now"))
        self._ask.setVisible(invoice is not None and not invoice.owed and invoice.state is not State.NONE)
        self._look.say(_("Show the proof"))
        paper = invoice is not None and invoice.state is State.ISSUED and invoice.request.kind is Kind.PAPER
        self._look.setVisible(paper)
        doubt = invoice is not None and invoice.paper in (PrintState.PRINTING, PrintState.UNSURE)
        self._nothing.setVisible(doubt)
