"""E-invoices that are still to be issued, and how long is left: 48 hours from the payment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from pos.domain.events import Fact, InvoiceChanged
from pos.domain.invoice import Invoice
from pos.errors import PosError
from pos.gui.bridge import Bridge, Till
from pos.gui.invoice_words import wish_words
from pos.gui.tables import dressed
from pos.gui.widgets import Button, label
from pos.gui.words import spell_seconds
from pos.i18n import _

EVERY = 30_000
"""Milliseconds after which the time left is told anew."""


class OwedPage(QWidget):
    """``told`` carries a sentence and its tone; ``left`` goes back to the sale."""

    told = Signal(str, str)
    left = Signal()

    def __init__(self, till: Till, bridge: Bridge) -> None:
        super().__init__()
        self.setObjectName("page")
        self.setProperty("training", str(till.shop.training).lower())
        self._bridge, self._zone = bridge, till.shop.timezone
        self._owed: Sequence[tuple[Invoice, timedelta]] = ()
        self._back = Button("owedBack", "flat", self.left.emit).with_icon("back")
        self._title = label("title")
        self._table = self._made_table()
        self._none = label("lead", "owedEmpty", align=Qt.AlignmentFlag.AlignCenter, wrap=True)
        self._issue = Button("owedIssue", "primary", self._on_issue)
        self._issue.setMinimumSize(160, 56)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 8)
        column.setSpacing(16)
        top = QHBoxLayout()
        top.addWidget(self._back)
        top.addWidget(self._title)
        top.addStretch()
        top.addWidget(self._issue)
        column.addLayout(top)
        column.addWidget(self._table, 1)
        column.addWidget(self._none, 1)
        self._ticker = QTimer(self)
        self._ticker.setInterval(EVERY)
        self._ticker.timeout.connect(self.search)
        bridge.fact.connect(self._on_fact)
        self.retranslate()

    def _made_table(self) -> QTableWidget:
        return dressed(QTableWidget(0, 4), "owedInvoices", {0: 224, 1: 288, 2: 128}, wide=3)

    def open(self) -> None:
        """Come to the front."""
        self._ticker.start()
        self._table.setFocus()
        self.search()

    def search(self) -> None:
        """Ask the journal again."""
        if self.isVisible():
            self._bridge.run(self._bridge.desk.owed(), done=self._found, failed=self._fail)
        else:
            self._ticker.stop()

    def _found(self, owed: Sequence[tuple[Invoice, timedelta]]) -> None:
        self._owed = owed
        self._table.setRowCount(len(owed))
        for row, (invoice, rest) in enumerate(owed):
            late = rest < timedelta(0)
            texts = (
                invoice.order_no,
                wish_words(invoice.wish),
                _("overdue") if late else spell_seconds(rest.total_seconds()),
                invoice.message.spoken(),
            )
            for column, text in enumerate(texts):
                self._table.setItem(row, column, QTableWidgetItem(text))
        if owed and not self._table.selectedItems():
            self._table.selectRow(0)
        self._table.setVisible(bool(owed))
        self._none.setVisible(not owed)
        self._issue.setEnabled(bool(owed))

    def _on_issue(self) -> None:
        row = self._table.currentRow()
        if 0 <= row < len(self._owed):
            work = self._bridge.desk.issue(self._owed[row][0].order_no)
            self._bridge.run(work, done=lambda invoice: self.search(), failed=self._fail)

    def _on_fact(self, fact: Fact) -> None:
        if isinstance(fact, InvoiceChanged):
            self.search()

    def _fail(self, error: PosError) -> None:
        self.told.emit(error.spoken(), "bad")

    def escape(self) -> bool:
        """There is nothing to clear."""
        return False

    def retranslate(self) -> None:
        self._back.say(_("Back"))
        self._title.setText(_("E-invoices to issue"))
        self._issue.say(_("Issue now"))
        self._none.setText(_("Every e-invoice is issued."))
        self._table.setHorizontalHeaderLabels([_("Order"), _("E-invoice"), _("Time left"), _("Why")])
        self._found(self._owed)

    def repaint_icons(self) -> None:
        self._back.repaint_icon()
