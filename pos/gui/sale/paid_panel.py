"""Paid: full green, a tick, the amount; with cash also the change. Grey as soon as it is refunded."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout

from pos.domain.events import DrawerFailed, Fact, InvoiceChanged, RefundChanged
from pos.domain.invoice import Invoice
from pos.domain.payment import Attempt, RefundStatus
from pos.domain.split import SplitSale
from pos.domain.words import differs_words
from pos.gui import icons
from pos.gui.invoice_words import invoice_words
from pos.gui.plain import PlainLabel
from pos.gui.widgets import Button, Card, label, restyle
from pos.gui.words import attempt_look, attempt_word, drawer_words, route_word, split_words
from pos.i18n import _


class PaidPanel(Card):
    """The next digit typed starts the next sale. ``receipt_wanted`` carries the order number.

    ``outdated`` carries a refund of the payment that is shown: the payment is to be read again.
    """

    receipt_wanted = Signal(str)
    outdated = Signal(object)

    def __init__(self) -> None:
        super().__init__("paidPanel")
        centre = Qt.AlignmentFlag.AlignCenter
        self._tick = PlainLabel()
        self._tick.setAlignment(centre)
        self._word, self._amount = label("title", align=centre), label("giant", "paidAmount", align=centre)
        self._change = label("giant", "paidChange", wrap=True, align=centre)
        self._route, self._hint = label("lead", align=centre), label("", align=centre)
        self._receipt = Button("printReceipt", "paid", self._on_receipt)
        self._receipt.setMinimumSize(200, 48)
        self._invoice = label("lead", "paidInvoice", wrap=True, align=centre)
        self._drawer = label("lead", "paidDrawer", wrap=True, align=centre)
        column = QVBoxLayout(self)
        column.setSpacing(16)
        column.addStretch(3)
        for part in (self._tick, self._word, self._amount, self._change, self._drawer, self._route, self._invoice):
            column.addWidget(part)
        column.addStretch(2)
        column.addWidget(self._receipt, 0, centre)
        column.addWidget(self._hint)
        column.addSpacing(16)
        self._attempt: Attempt | None = None
        self._told: Invoice | None = None
        self._sale: SplitSale | None = None
        self._shut: DrawerFailed | None = None
        self.retranslate()

    def training_ink(self) -> str:
        return "#ffffff"  # on green, as the other text

    def has_space_for_training(self) -> bool:
        return False

    def on_fact(self, fact: Fact) -> None:
        """Show what concerns this payment: its e-invoice, its refunds, or that the drawer did not open for it."""
        if isinstance(fact, InvoiceChanged):
            self.show_invoice(fact.invoice)
        elif isinstance(fact, DrawerFailed) and not fact.refund_no:
            self._shut = fact
            self.retranslate()
        elif isinstance(fact, RefundChanged) and fact.refund.order_no == self.order_no:
            self.outdated.emit(fact.refund)

    def show_attempt(self, attempt: Attempt) -> None:
        """Say that this payment was taken."""
        if self._attempt is None or self._attempt.order_no != attempt.order_no:
            self._told = self._sale = None
        self._attempt = attempt
        self._tick.setPixmap(icons.pixmap(attempt_look(attempt).icon, "#ffffff", 96))
        restyle(self, "refunded", str(attempt.refund_status is not RefundStatus.NOTHING).lower())
        self.retranslate()

    def show_sale(self, sale: SplitSale) -> None:
        """Show the split sale of this payment: all its parts once it is paid, else what is left."""
        if self._attempt is not None and self._attempt.sale_id == sale.sale_id:
            self._sale, self._told = sale, sale.invoice or self._told
            self.retranslate()

    def _on_receipt(self) -> None:
        if self._attempt is not None:
            self.receipt_wanted.emit(self._attempt.order_no)

    @property
    def order_no(self) -> str:
        """Of the payment that was taken, "" before the first."""
        return self._attempt.order_no if self._attempt else ""

    def show_invoice(self, invoice: Invoice) -> None:
        """What became of this payment's invoice; of another one nothing is said here."""
        if self._attempt is not None and invoice.is_of(self._attempt.order_no, self._attempt.sale_id):
            self._told = invoice
            self.retranslate()

    def retranslate(self) -> None:
        self._receipt.say(_("Receipt · F8"))
        attempt = self._attempt
        if attempt is None:
            return
        self._word.setText(attempt_word(attempt))
        whole = self._sale if self._sale is not None and self._sale.is_paid else None
        self._amount.setText((whole.amount if whole else attempt.shown_amount).display)
        change = attempt.change if attempt.change and attempt.change.minor else None
        self._change.setText(_("Change {amount}").format(amount=change.display) if change else "")
        self._change.setVisible(change is not None)
        restyle(self._amount, "role", "title" if change else "giant")  # what goes back is what the eye looks for
        rounding = attempt.rounding
        rounded = _("Rounding {amount}").format(amount=rounding.display) + "\n" if rounding else ""
        differs = f"{differs_words(attempt)}\n" if attempt.differs else ""
        parts = split_words(whole) if whole else f"{route_word(attempt)}\n{attempt.order_no}"
        self._route.setText(f"{differs}{rounded}{parts}")
        self._invoice.setText(invoice_words(self._told) if self._told else "")
        shut = self._shut if self._shut and self._shut.order_no == attempt.order_no else None
        self._drawer.setText(drawer_words(shut.message) if shut else "")
        self._drawer.setVisible(shut is not None)
        self._hint.setText(self._hint_words(attempt))
        self.setAccessibleName(f"{self._word.text()} {self._amount.text()}")

    def _hint_words(self, attempt: Attempt) -> str:
        if not attempt.sale_id or (self._sale is not None and self._sale.is_paid):
            return _("The next digit starts the next sale.")
        if self._sale is None:
            return ""  # it comes in a moment
        text = _("{left} of {amount} left. The next digit starts the next part.")
        return text.format(left=self._sale.unpaid.display, amount=self._sale.amount.display)
