"""What is owed about e-invoices: those to be issued within 48 hours of the payment, and those to be corrected after a
refund that was made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from PySide6.QtCore import Qt, QTimer

from pos.domain.events import Fact, InvoiceChanged, RefundChanged
from pos.domain.invoice import Invoice, Remedy
from pos.domain.refund import REFERENCE_LIMIT
from pos.domain.staff import Action
from pos.gui.bridge import Bridge, Till
from pos.gui.invoice_words import invoice_request_words
from pos.gui.layouts import hbox, vbox
from pos.gui.page import Page
from pos.gui.refunds.words import way_word
from pos.gui.scan_fields import ScanField
from pos.gui.tables import RecordTable
from pos.gui.tender_words import gateway_word
from pos.gui.widgets import Button, Card, label
from pos.gui.words import spell_seconds
from pos.i18n import N_, _
from pos.services.invoice_corrections import Correction
from pos.services.permissions import Permission

EVERY = 30_000
"""Milliseconds after which the time left is shown again."""

REMEDIES = {Remedy.VOID: N_("Void it at {gateway}"), Remedy.ALLOWANCE: N_("Issue an allowance at {gateway}")}


TO_ISSUE: Final = {N_("Order"): 224, N_("E-invoice"): 288, N_("Time left"): 128, N_("Why"): 0}
TO_CORRECT: Final = {N_("Order"): 224, N_("E-invoice"): 128, N_("To do"): 224, N_("Refund"): 0}


class InvoiceBacklogPage(Page):
    """Two lists, each shown where it has something."""

    def __init__(self, till: Till, bridge: Bridge) -> None:
        super().__init__(till, bridge, "owed", N_("E-invoices to do"))
        self._owed: Sequence[tuple[Invoice, timedelta]] = ()
        self._after: Sequence[Correction] = ()
        self._sees_all = False
        self._table = RecordTable("owedInvoices", TO_ISSUE)
        self._corrections = RecordTable("owedCorrections", TO_CORRECT)
        self._none = label("lead", "owedEmpty", align=Qt.AlignmentFlag.AlignCenter, wrap=True)
        self._issue = Button("owedIssue", "primary", self._on_issue)
        self._issue.setMinimumSize(160, 56)
        self.top.addWidget(self._issue)
        left = vbox((self._table, 1), (self._corrections, 1), (self._none, 1), self._made_card(), spacing=16)
        self.column.addLayout(hbox((left, 1), self.make_approval(), spacing=16), 1)
        self._ticker = QTimer(self)
        self._ticker.setInterval(EVERY)
        self._ticker.timeout.connect(self.search)
        bridge.fact.connect(self._on_fact)
        self.retranslate()

    def _made_card(self) -> Card:
        self._card = Card("owedCorrectCard", "card")
        self._reference = ScanField("owedReference")
        self._reference.setMaxLength(REFERENCE_LIMIT)
        self._reference.textChanged.connect(lambda _text: self._enable())
        self._reference.returnPressed.connect(self._on_corrected)
        self._correct = Button("owedCorrected", "primary", self._on_corrected)
        self._correct.setMinimumSize(160, 48)
        self._caption = label("caption")
        row = hbox((self._reference, 1), self._correct)
        vbox(self._caption, row, into=self._card, margins=16)
        return self._card

    def open(self) -> None:
        """Come to the front."""
        self._ticker.start()
        self._table.setFocus()
        self.search()

    def search(self) -> None:
        """Ask the journal again."""
        if self.isVisible():
            self.bridge.call(self.bridge.services.invoicing.owed, self.actor).then(self._found, self.fail)
            self.call(self.services.corrections.owed, self.actor).then(self._found_after)
            self.call(self.services.authorization.may, self.actor, Action.SEE_ALL).then(self._know_right)
        else:
            self._ticker.stop()

    def _know_right(self, sees_all: bool) -> None:
        self._sees_all = sees_all
        self._show_empty_text()

    def _show_empty_text(self) -> None:
        everybody, own = _("Every e-invoice is issued."), _("Nothing to do for the payments you can see.")
        self._none.setText(everybody if self._sees_all else own)

    def _found(self, owed: Sequence[tuple[Invoice, timedelta]]) -> None:
        self._owed = owed
        _fill(self._table, [_issue_row(*one) for one in owed])
        self._show()

    def _found_after(self, after: Sequence[Correction]) -> None:
        self._after = after
        _fill(self._corrections, [_correct_row(one) for one in after])
        self._show()
        if after and not self._owed and self.back.hasFocus():
            self._corrections.setFocus()

    def _show(self) -> None:
        """Show the lists that have rows."""
        self._table.setVisible(bool(self._owed))
        self._issue.setVisible(bool(self._owed) or not self._after)
        self._issue.setEnabled(bool(self._owed))
        self._corrections.setVisible(bool(self._after))
        self._card.setVisible(bool(self._after))
        self._none.setVisible(not self._owed and not self._after)
        self._enable()

    def _enable(self) -> None:
        self._correct.setEnabled(bool(self._reference.text().strip()))

    def _on_issue(self) -> None:
        row = self._table.currentRow()
        if 0 <= row < len(self._owed):
            work = self.bridge.call(self.bridge.services.invoicing.issue, self.actor, self._owed[row][0].order_no)
            work.then(lambda invoice: self.search(), self.fail)

    def _on_corrected(self) -> None:
        row = self._corrections.currentRow()
        if 0 <= row < len(self._after) and self._correct.isEnabled():
            refund_no, reference = self._after[row].refund.refund_no, self._reference.text()
            self.require(Action.SETTLE, lambda permission: self._corrected(refund_no, reference, permission))

    def _corrected(self, refund_no: str, reference: str, permission: Permission) -> None:
        self._reference.clear()
        self.call(self.services.corrections.done, refund_no, reference, permission).then(lambda _refund: self.search())

    def _on_fact(self, fact: Fact) -> None:
        if isinstance(fact, InvoiceChanged | RefundChanged):
            self.search()

    def retranslate(self) -> None:
        super().retranslate()
        self._issue.say(_("Issue now"))
        self._correct.say(_("Mark as done"))
        self._caption.setText(_("Number of the void or the allowance"))
        self._reference.setAccessibleName(_("Number of the void or the allowance"))
        self._show_empty_text()
        self._found(self._owed)
        self._found_after(self._after)


def _issue_row(invoice: Invoice, rest: timedelta) -> tuple[str, ...]:
    left = _("overdue") if rest < timedelta(0) else spell_seconds(rest.total_seconds())
    return invoice.order_no, invoice_request_words(invoice.request), left, invoice.message.spoken()


def _correct_row(owed: Correction) -> tuple[str, ...]:
    refund = owed.refund
    parts = (refund.amount.display, way_word(refund.way, refund.gateway), refund.reference, refund.reason)
    to_do = _(REMEDIES[owed.remedy]).format(gateway=gateway_word(owed.invoice.issuer(refund.gateway)))
    to_do += f" · {owed.amount.display}" if owed.amount != refund.amount else ""
    to_do += f" · {owed.invoice.order.number}" if owed.invoice.order else ""
    return refund.order_no, owed.invoice.number, to_do, " · ".join(part for part in parts if part)


def _fill(table: RecordTable, rows: Sequence[tuple[str, ...]]) -> None:
    table.show_rows(rows)
    if rows and not table.selectedItems():
        table.selectRow(0)
