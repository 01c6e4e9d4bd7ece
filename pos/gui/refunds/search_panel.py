"""Finding the payment: by number, amount, time, or the barcode of its receipt."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from pos.domain.payment import Attempt
from pos.domain.staff import Action
from pos.gui.bridge import Till
from pos.gui.digit_pad import field_pad
from pos.gui.history.model import PastModel, past_columns
from pos.gui.layouts import hbox, vbox
from pos.gui.page import Page
from pos.gui.self_updating import SelfUpdating
from pos.gui.tables import RecordView, connect_search_to_table
from pos.gui.tender_words import tender_word
from pos.gui.widgets import Button, label
from pos.gui.words import part_word
from pos.i18n import _

PAGE = 100
PAUSE = 200
"""Milliseconds after the last key before a search begins."""


MOMENT: Final = "%m-%d %H:%M"
"""Narrower than on the page of past payments: without seconds, and without the gateway, which is shown beside it."""


class SearchPanel(SelfUpdating, QWidget):
    """``chosen`` carries the attempt of the row in front, None for none; ``opened`` says that Enter picked it."""

    chosen = Signal(object)
    opened = Signal()

    def __init__(self, page: Page, till: Till) -> None:
        super().__init__()
        self._page = page
        self._opens = self._quiet = False
        self._sees_all = True
        self.field = QLineEdit()
        self.field.setObjectName("refundSearch")
        self.field.setMaxLength(64)
        self.field.setClearButtonEnabled(True)
        self._pad = field_pad("refundSearchPad", self.field, ":")
        self._pad.hide()
        self._pad_switch = Button("refundSearchPadSwitch", "", self._on_pad).with_icon("keyboard", alone=True)
        self._pad_switch.setFixedSize(56, 50)
        self._model = PastModel(
            past_columns(
                till.shop.timezone, (104, 88, 104), MOMENT, lambda one: part_word(one, tender_word(one.tender))
            )
        )
        self.table = RecordView("refundPayments", self._model)
        self._none = label("lead", "refundEmpty", align=Qt.AlignmentFlag.AlignCenter, wrap=True)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE)
        self._lay_out()
        self.field.textChanged.connect(self._on_text)
        self.field.returnPressed.connect(self._on_enter)
        self._pause.timeout.connect(self.search)
        self.table.selectionModel().currentRowChanged.connect(self._on_row)
        self.table.activated.connect(lambda _index: self.opened.emit())
        connect_search_to_table(self.field, self.table)
        self.retranslate()

    def _lay_out(self) -> None:
        head = hbox((self.field, 1), self._pad_switch)
        vbox(head, (self.table, 1), (self._none, 1), self._pad, into=self)

    # -- searching --------------------------------------------------------------------------------------------

    def search(self) -> None:
        """Search for the text in the field."""
        self._pause.stop()
        text = self.field.text()

        page = self._page
        page.call(page.services.authorization.may, page.actor, Action.SEE_ALL).then(self._know_right)
        search = page.call(page.services.search.refundable, page.actor, text, PAGE)
        search.then(partial(self.show_found, asked=text))

    def _know_right(self, sees_all: bool) -> None:
        self._sees_all = sees_all

    def show_found(self, attempts: Sequence[Attempt], asked: str | None = None, *, opens: bool = False) -> None:
        """What was found, the first one in front; an answer to a search that is no more is dropped."""
        if asked is not None and asked != self.field.text():
            return
        opens, self._opens = opens or self._opens, False
        self._model.reset(attempts)
        self.table.setVisible(bool(attempts))
        self._none.setVisible(not attempts)
        self._show_empty_text()
        if not attempts:
            self.chosen.emit(None)
            return
        self.table.selectRow(0)
        if opens:
            self.opened.emit()

    def lists(self, order_no: str) -> bool:
        """Return whether this payment is among those found."""
        return self._model.lists(order_no)

    def changed(self, attempt: Attempt) -> None:
        """One of them moved."""
        self._model.changed(attempt)

    def write(self, text: str) -> None:
        """Put words into the field without a search."""
        self._quiet = True
        self.field.setText(text)
        self._quiet = False

    def clear(self) -> bool:
        """Empty the field; False when it was empty."""
        had = bool(self.field.text())
        self.field.clear()
        return had

    def _on_text(self, _text: str) -> None:
        if not self._quiet:
            self._opens = False
            self._pause.start()

    def _on_enter(self) -> None:
        """A scanner ends with Enter too: what it read is opened at once."""
        self._opens = True
        self.search()

    def _on_row(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if current.isValid():
            self.chosen.emit(self._model.records[current.row()])

    def _on_pad(self) -> None:
        self._pad.setVisible(not self._pad.isVisible())
        self.field.setFocus()

    def _show_empty_text(self) -> None:
        everybody = _("No paid payment found. Scan the receipt barcode, or search by amount or time (14:30).")
        own = _(
            "Not found in your last ten payments. For other payments scan the receipt barcode, or type "
            "the full order number."
        )
        self._none.setText(everybody if self._sees_all else own)

    def retranslate(self) -> None:
        self.field.setPlaceholderText(_("Scan or type: number, amount, time"))
        self.field.setAccessibleName(_("Find the payment to refund"))
        self._pad_switch.setAccessibleName(_("Show or hide the digits"))
        self._show_empty_text()
