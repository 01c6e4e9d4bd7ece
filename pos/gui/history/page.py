"""Past payments: search, and the history of each out of the journal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QLineEdit, QScrollArea

from pos.domain.actor import Actor
from pos.domain.agreement_words import charge_words
from pos.domain.events import AttemptChanged, Fact, RefundChanged
from pos.domain.payment import CASH, Attempt, HistoryRow
from pos.domain.split import SplitSale
from pos.domain.states import State
from pos.domain.words import differs_words
from pos.gui.bridge import Bridge, Till
from pos.gui.history.invoice_row import InvoiceRow
from pos.gui.history.model import PastModel, past_columns
from pos.gui.history.review import PastReview
from pos.gui.layouts import hbox, vbox
from pos.gui.page import Page
from pos.gui.plain import RichLabel, breakable, rich
from pos.gui.reread import reread
from pos.gui.sale.payment_panel import MAY_CANCEL, MAY_CHECK
from pos.gui.tables import RecordView, connect_search_to_table
from pos.gui.widgets import Band, Button, Palette, label
from pos.gui.words import EVENTS, attempt_look, attempt_word, route_word, split_words, terms_words
from pos.i18n import N_, _

PAGE = 100
PAUSE = 200
"""Milliseconds after the last key before a search begins."""


class PastPage(Page):
    """``invoice_wanted`` carries a payment that is to get an e-invoice."""

    invoice_wanted = Signal(object)

    def __init__(self, till: Till, bridge: Bridge) -> None:
        super().__init__(till, bridge, "past", N_("Past payments"))
        self.setProperty("training", "false")
        self._shown: Attempt | None = None
        self._rows: Sequence[HistoryRow] = ()
        self._sale: SplitSale | None = None
        self._whole = False
        self._led_to = ""
        self._search = QLineEdit()
        self._search.setObjectName("pastSearch")
        self._search.setMaxLength(64)
        self._search.setClearButtonEnabled(True)
        self._model = PastModel(past_columns(till.shop.timezone, (144, 128, 136)))
        self._table = RecordView("pastPayments", self._model)
        self._none = label("lead", "pastEmpty", align=Qt.AlignmentFlag.AlignCenter, wrap=True)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE)
        self._lay_out()
        self._connect()
        self.retranslate()

    def _lay_out(self) -> None:
        self.top.addWidget(self._search, 1)
        left = vbox((self._table, 1), self._none, spacing=16)
        self.column.addLayout(hbox((left, 62), (self._made_detail(), 38), spacing=16), 1)

    def _made_detail(self) -> QFrame:
        card = QFrame()
        card.setProperty("role", "card")
        self._amount, self._route = label("big", "pastAmount"), label("soft", "pastRoute", wrap=True)
        self._state = Band("pastState")
        self._state.setMinimumHeight(48)
        self._history = RichLabel()
        self._history.setObjectName("pastHistory")
        self._history.setWordWrap(True)
        self._history.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._history.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setWidget(self._history)
        self._invoice = InvoiceRow(self.bridge)
        self._invoice.failed.connect(self.failed)
        self._invoice.wanted.connect(self.invoice_wanted)
        self._invoice.proof_wanted.connect(lambda order_no: self.visit("proof", order_no))
        self._check = Button("pastCheckNow", "", self.check_now)
        self._cancel = Button("pastCancel", "danger", self._on_cancel)
        self._refund = Button("pastRefund", "", partial(self._on_refund, ""))
        self._review = PastReview()
        self._review.chosen.connect(self._on_refund)
        buttons = hbox((self._check, 1), 40, self._cancel, self._refund, self._review.apart)
        about = self._amount, self._route, self._state, self._review
        vbox(*about, (self._scroll, 1), self._invoice, buttons, into=card, margins=16)
        return card

    def _connect(self) -> None:
        self._search.textChanged.connect(lambda _text: self._pause.start())
        self._search.returnPressed.connect(self.search)
        connect_search_to_table(self._search, self._table)
        self._pause.timeout.connect(self.search)
        self._table.selectionModel().currentRowChanged.connect(self._on_row)
        self._table.verticalScrollBar().valueChanged.connect(self._on_scroll)
        self.bridge.fact.connect(self._on_fact)

    # -- searching --------------------------------------------------------------------------------------------

    def open(self) -> None:
        """Come to the front with the newest payments."""
        self._led_to = ""
        self._search.setFocus()
        self._search.selectAll()
        self.search()

    def search(self) -> None:
        """Search for the text in the field."""
        self._pause.stop()
        if self.bridge.ready:
            self.call(self.services.search.past, self.actor, self._search.text(), PAGE).then(self._found)

    def show_order(self, order_no: str, choice: str = "") -> None:
        """Show one payment alone, also to a person who may search only their own."""
        self._led_to = order_no
        self._search.blockSignals(True)
        self._search.setText(order_no)
        self._search.blockSignals(False)
        self.call(self.services.payments.get, self.actor, order_no).then(lambda one: self._found([one]))

    def _found(self, attempts: Sequence[Attempt]) -> None:
        self._whole = len(attempts) < PAGE
        self._model.reset(attempts)
        self._none.setVisible(not attempts)
        self._table.setVisible(bool(attempts))
        if attempts:
            self._table.selectRow(0)
        else:
            self._show(None)

    def _on_scroll(self, value: int) -> None:
        bar = self._table.verticalScrollBar()
        if self._whole or not self._model.records or value < bar.maximum():
            return
        self._whole = True  # until the page that is asked for now has come
        last = self._model.records[-1].created_at
        work = self.call(self.services.search.past, self.actor, self._search.text(), PAGE, last)
        work.then(self._found_more)

    def _found_more(self, attempts: Sequence[Attempt]) -> None:
        self._whole = len(attempts) < PAGE
        self._model.extend(attempts)

    # -- one payment ------------------------------------------------------------------------------------------

    def _on_row(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if current.isValid():
            self._show(self._model.records[current.row()])

    def _on_fact(self, fact: Fact) -> None:
        if isinstance(fact, AttemptChanged):
            self._on_changed(fact.attempt)
        elif isinstance(fact, RefundChanged) and self._model.lists(fact.refund.order_no):
            reread(self.bridge, fact.refund, self._on_changed)

    def _on_changed(self, attempt: Attempt) -> None:
        self._model.changed(attempt)
        if self._shown is not None and attempt.order_no == self._shown.order_no:
            self._show(attempt)

    def _show(self, attempt: Attempt | None) -> None:
        self._shown, self._rows, self._sale = attempt, (), None
        self._invoice.show_attempt(attempt)
        self._refresh()
        if attempt is not None:
            order = attempt.order_no
            self.call(self.services.payments.history, self.actor, order).then(partial(self._history_came, order))
        if attempt is not None and attempt.sale_id:
            self.call(self.services.sales.get, attempt.sale_id).then(self._sale_came)

    def _sale_came(self, sale: SplitSale) -> None:
        if self._shown is not None and self._shown.sale_id == sale.sale_id:
            self._sale = sale
            self._refresh()

    def _history_came(self, order_no: str, rows: Sequence[HistoryRow]) -> None:
        if self._shown is not None and self._shown.order_no == order_no:
            self._rows = rows
            self._refresh()
            QTimer.singleShot(0, self._to_newest)

    def _to_newest(self) -> None:
        """The last that happened is seen first, once the words have found their room."""
        bar = self._scroll.verticalScrollBar()
        bar.setValue(bar.maximum())

    def _refresh(self) -> None:
        attempt = self._shown
        self._check.setEnabled(attempt is not None and attempt.gateway != CASH and attempt.state in MAY_CHECK)
        self._cancel.setEnabled(attempt is not None and attempt.state in MAY_CANCEL)
        captured = attempt is not None and attempt.state is State.CAPTURED
        self._cancel.setVisible(attempt is None or attempt.state not in (State.CAPTURED, State.REVIEW))
        self._refund.setVisible(captured)
        self._review.show_attempt(attempt)
        if attempt is None:
            self._amount.setText("")
            self._route.setText("")
            self._history.setText("")
            self._state.say("")
            return
        look = attempt_look(attempt)
        self._amount.setText(attempt.shown_amount.display)
        differs = "" if attempt.state is State.REVIEW else differs_words(attempt)  # a review says it by itself
        sale = split_words(self._sale) if self._sale else ""
        words = (route_word(attempt), charge_words(attempt), terms_words(attempt))
        lines = (differs, *words, attempt.order_no, attempt.gateway_ref, sale)
        self._route.setText("\n".join(line for line in lines if line))
        self._state.say(attempt_word(attempt), look.tone, look.icon)
        self._history.setText("".join(self._history_row(row) for row in self._rows))

    def _history_row(self, row: HistoryRow) -> str:
        at = row.at.astimezone(self.till.shop.timezone)
        head = rich(
            '<span style="color:{soft}">{at}</span><br><b>{word}</b>',
            soft=Palette.colour("soft"),
            at=f"{at:%m-%d %H:%M:%S}" + (f" · {row.code}" if row.code else ""),
            word=_(EVENTS.get(row.kind, row.kind)),
        )
        said = rich("<br>{words}", words=breakable(row.message.spoken())) if row.message else ""
        return f'<p style="margin:0 0 12px 0">{head}{said}</p>'

    def check_now(self) -> bool:
        if self._check.isEnabled():
            self._act(self.services.payments.check_now)
        return True

    def _on_cancel(self) -> None:
        self._act(self.services.payments.cancel)

    def escape(self) -> bool:
        """Esc: empty the search; False when there was nothing in it but what led here."""
        if self._search.text() in ("", self._led_to):
            return False
        self._search.clear()
        return True

    def _act(self, method: Callable[[Actor, str], object]) -> None:
        if self._shown is not None:
            self.call(method, self.actor, self._shown.order_no).then(lambda _attempt: None)

    def _on_refund(self, choice: str) -> None:
        if self._shown is not None:
            self.visit("refund", self._shown.order_no, choice)

    def retranslate(self) -> None:
        super().retranslate()
        self._search.setPlaceholderText(_("Order number, amount, time, state or gateway"))
        self._search.setAccessibleName(_("Search past payments"))
        self._none.setText(_("No payments found. New payments appear here."))
        self._check.say(_("Check now"))
        self._cancel.say(_("Cancel payment"))
        self._refund.say(_("Refund…"))
        self._refresh()

    def repaint_icons(self) -> None:
        self._refresh()
