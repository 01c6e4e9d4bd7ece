"""A split sale at the counter: its amount, what was paid, what is left, and all its parts."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QScrollArea, QWidget

from pos.domain.payment import Attempt
from pos.domain.split import SplitSale
from pos.gui.invoice_words import invoice_words
from pos.gui.layouts import STRETCH, hbox, vbox
from pos.gui.self_updating import SelfUpdating
from pos.gui.widgets import Band, Button, Elided, label
from pos.gui.words import attempt_look, attempt_word, route_word
from pos.i18n import _

PART: Final = 48
"""Pixels of a part's height at least."""


class SplitPanel(SelfUpdating, QWidget):
    """Digits typed while it is shown are the amount of the next part. ``refund_wanted`` carries an order number."""

    leave_wanted = Signal()
    refund_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._sale: SplitSale | None = None
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        self._request = ""
        self._title, self._invoice = label("title"), Elided("soft", "splitInvoice")
        self._invoice.setAlignment(right)
        self._words = [label("lead") for _row in range(4)]
        self._sums = [
            label("title", "splitTotal", align=right), label("lead", "splitPaid", align=right),
            label("lead", "splitInProcess", align=right), label("big", "splitLeft", align=right),
        ]  # fmt: skip
        self._parts = QScrollArea()
        self._parts.setObjectName("splitParts")
        self._parts.setWidgetResizable(True)
        self._parts.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._parts.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._hint = label("soft", "splitHint", wrap=True)
        self._refund = Button("splitRefund", "", self._on_refund)
        self._leave = Button("splitLeave", "flat", self.leave_wanted.emit)
        for button in (self._refund, self._leave):
            button.setMinimumHeight(56)
        self._lay_out()
        self.retranslate()

    def _lay_out(self) -> None:
        sums = QGridLayout()
        sums.setVerticalSpacing(4)
        sums.setColumnStretch(1, 1)
        for row, (words, amount) in enumerate(zip(self._words, self._sums, strict=True)):
            sums.addWidget(words, row, 0)
            sums.addWidget(amount, row, 1)
        foot = hbox((self._leave, 1), 40, (self._refund, 1))
        head = hbox(self._title, 16, (self._invoice, 1))
        vbox(head, sums, (self._parts, 1), self._hint, foot, into=self, spacing=12, margins=16)

    def show_sale(self, sale: SplitSale) -> None:
        """Show the sale as it is now."""
        self._sale = sale
        self.retranslate()

    def show_request(self, words: str) -> None:
        """Show the e-invoice that is requested with the next part, "" for none."""
        self._request = words
        self._show_invoice()

    def _show_invoice(self) -> None:
        known = self._sale.invoice if self._sale is not None else None
        words = self._request or (invoice_words(known) if known else "")
        head = "" if known is not None and known.paid_at else _("E-invoice")
        self._invoice.setText(" · ".join(part for part in (head, words) if part) if words else "")

    def _show_parts(self, sale: SplitSale) -> None:
        inside = QWidget()
        parts = (_band(part, number) for number, part in enumerate(sale.parts, 1))
        vbox(*parts, STRETCH, into=inside, spacing=4)
        self._parts.setWidget(inside)
        bar = self._parts.verticalScrollBar()
        bar.setValue(bar.maximum())

    def _on_refund(self) -> None:
        if self._sale is not None and (part := self._sale.next_refund):
            self.refund_wanted.emit(part.order_no)

    def retranslate(self) -> None:
        self._title.setText(_("Split sale"))
        texts = _("Total"), _("Paid"), _("In process"), _("Left")
        for words, text in zip(self._words, texts, strict=True):
            words.setText(text)
        self._hint.setText(
            _("Type the amount of a part, then press how it is paid. Without an amount the key takes all that is left.")
        )
        self._leave.say(_("Leave · Esc"))
        self._refund.say(_("Refund…"))
        if (sale := self._sale) is None:
            return
        for label_, amount in zip(self._sums, (sale.amount, sale.paid, sale.in_process, sale.left), strict=True):
            label_.setText(amount.display)
        self._refund.setEnabled(sale.next_refund is not None)
        self._show_invoice()
        self._show_parts(sale)

    repaint_icons = retranslate


def _band(part: Attempt, number: int) -> Band:
    band, look = Band(f"splitPart{number}"), attempt_look(part)
    band.setMinimumHeight(PART)
    band.say(f"{part.shown_amount.display} · {route_word(part)} · {attempt_word(part)}", look.tone, look.icon)
    return band
