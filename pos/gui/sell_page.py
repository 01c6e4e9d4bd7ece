"""The sell page: digits and one key take a payment. Nothing on it ever moves, nothing on it is ever modal."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from pos.domain.events import Asked, AttemptChanged, Fact, WeatherChanged
from pos.domain.money import SIGNS, Money
from pos.domain.payment import Attempt, Sale, Tender
from pos.domain.states import IN_FLIGHT, State
from pos.errors import InputError, PosError
from pos.gui import icons
from pos.gui.bridge import Bridge, Till
from pos.gui.cash_panel import CashPanel
from pos.gui.entry import Entry
from pos.gui.keypad import Keypad
from pos.gui.paid_panel import PaidPanel
from pos.gui.payment_panel import PaymentPanel
from pos.gui.sounds import Sounds
from pos.gui.tender_keys import TenderKeys
from pos.gui.waiting_list import WaitingList
from pos.gui.widgets import Palette, label, restyle
from pos.gui.words import spell_seconds
from pos.i18n import _

EMPTY, PAYMENT, CASH, PAID = range(4)

LONG = 7
"""Characters of an amount from which it is written smaller."""


class SellPage(QWidget):
    """``told`` carries a sentence and its tone for the message line."""

    told = Signal(str, str)

    def __init__(self, till: Till, bridge: Bridge) -> None:
        super().__init__()
        self.setObjectName("page")
        self._till, self._bridge = till, bridge
        self._entry = Entry(till.shop.currency)
        self._payment_id = ""
        self._shown_id = ""
        self._fenced: Money | None = None
        self._sounds = Sounds(till.shop.sounds)
        self._display = label("", "amountDisplay", align=Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._sign = label("title")
        self._keypad = Keypad(takes_point=self._entry.takes_point)
        self.tenders = TenderKeys()
        self._panel = PaymentPanel(bridge, till.shop.timezone)
        self._cash = CashPanel(till.shop.currency)
        self._paid = PaidPanel()
        self._hint_icon, self._hint = QLabel(), label("lead", wrap=True, align=Qt.AlignmentFlag.AlignCenter)
        self._stack = QStackedWidget()
        self.waiting = WaitingList()
        self._lay_out()
        self._connect()
        self.retranslate()

    # -- building ---------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(16, 16, 16, 8)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(16)
        grid.addWidget(self._amount_card(), 0, 0)
        grid.addWidget(self._keypad, 1, 0)
        grid.addWidget(self.tenders, 0, 1, 2, 1)
        grid.addWidget(self.waiting, 2, 0, 1, 2)
        grid.addWidget(self._panel_frame(), 0, 2, 3, 1)
        grid.setColumnStretch(0, 37)
        grid.setColumnStretch(1, 17)
        grid.setColumnStretch(2, 46)
        grid.setRowStretch(1, 1)

    def _amount_card(self) -> QFrame:
        card = QFrame()
        card.setObjectName("amountCard")
        card.setFixedHeight(104)
        row = QHBoxLayout(card)
        row.setContentsMargins(16, 8, 16, 8)
        row.addWidget(self._sign)
        row.addWidget(self._display, 1)
        return card

    def _panel_frame(self) -> QFrame:
        frame = QFrame()
        frame.setObjectName("paymentPanel")
        hint = QWidget()
        column = QVBoxLayout(hint)
        column.setSpacing(16)
        column.addStretch()
        self._hint_icon.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(self._hint_icon)
        column.addWidget(self._hint)
        column.addStretch()
        for page in (hint, self._panel, self._cash, self._paid):
            self._stack.addWidget(page)
        inside = QVBoxLayout(frame)
        inside.setContentsMargins(1, 1, 1, 1)
        inside.addWidget(self._stack)
        frame.setMinimumWidth(440)
        return frame

    def _connect(self) -> None:
        self._keypad.typed.connect(self.type)
        self._keypad.backspaced.connect(self._on_backspace)
        self._keypad.cleared.connect(self._on_clear)
        self.tenders.pressed.connect(self.press_tender)
        self._panel.check_wanted.connect(self._check_now)
        self._panel.cancel_wanted.connect(self._cancel)
        self._panel.again_wanted.connect(self._send_again)
        self._panel.leave_wanted.connect(self.new_sale)
        self._cash.taken.connect(self._take_cash)
        self._cash.left.connect(self._leave_cash)
        self.waiting.chosen.connect(self._bring_forward)
        self._bridge.fact.connect(self._on_fact)

    # -- typing -----------------------------------------------------------------------------------------------

    @property
    def _typing(self) -> Entry:
        """Where digits go: the sale, or the cash that was handed over."""
        return self._cash.entry if self._stack.currentIndex() == CASH else self._entry

    def type(self, keys: str) -> None:
        """Digits or a point, from a key of the pad, the keyboard or a scanner."""
        if self._stack.currentIndex() == PAID:
            self.new_sale()
        if not self._typing.type(keys):
            self.told.emit(_("No more digits fit."), "warn")
            return
        self._payment_id = self._payment_id or uuid.uuid4().hex
        self._refresh_amount()

    def _on_backspace(self) -> None:
        self._typing.backspace()
        self._refresh_amount()

    def _on_clear(self) -> None:
        self._typing.clear()
        self._fenced = None
        self._refresh_amount()

    def paste(self) -> None:
        """An amount copied elsewhere; anything else is refused in words."""
        text = QGuiApplication.clipboard().text()
        try:
            self._typing.paste(text.strip())
        except InputError as error:
            self.told.emit(error.spoken(), "warn")
            return
        self._payment_id = self._payment_id or uuid.uuid4().hex
        self._refresh_amount()

    def _refresh_amount(self) -> None:
        self._display.setText(self._entry.shown)
        restyle(self._display, "long", str(len(self._entry.shown) > LONG).lower())
        self._display.setAccessibleName(f"{self._sign.text()}{self._entry.shown}")
        self._cash.refresh()
        self.told.emit("", "")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        text = event.text()
        if event.matches(QKeySequence.StandardKey.Paste):
            self.paste()
        elif text and text in "0123456789.":
            self.type(text)
        elif event.key() == Qt.Key.Key_Backspace:
            self._on_backspace()
        elif event.key() == Qt.Key.Key_Delete:
            self._on_clear()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            self._on_enter()
        else:
            super().keyPressEvent(event)

    def _on_enter(self) -> None:
        if self._stack.currentIndex() == CASH:
            self._cash.take()

    def escape(self) -> None:
        """Esc clears first, then leaves."""
        if self._typing.text:
            self._on_clear()
        elif self._stack.currentIndex() == CASH:
            self._leave_cash()
        else:
            self.new_sale()

    # -- taking -----------------------------------------------------------------------------------------------

    def press_tender(self, tender: Tender) -> None:
        """One press, one attempt: the entry is emptied before anything else, so a second press has nothing."""
        if tender is Tender.CASH and self._stack.currentIndex() == CASH:
            self._cash.take()
            return
        offer = self.tenders.offer(tender)
        if offer is None:
            self.told.emit(_("One moment: the register is being opened."), "warn")
            return
        if not offer.available:
            self.told.emit(offer.reason.spoken(), "warn")
            return
        try:
            sale = Sale(self._entry.money())
        except InputError:
            self.told.emit(_("Type the amount first."), "warn")
            return
        if tender is Tender.CASH:
            self._cash.ask(sale.amount)
            self._stack.setCurrentIndex(CASH)
            return
        self._charge(sale, tender)

    def _charge(self, sale: Sale, tender: Tender) -> None:
        typed, payment_id = self._entry.text, self._payment_id
        self._entry.clear()
        self._payment_id = ""
        self._refresh_amount()

        def give_back() -> None:
            if not self._entry.text:
                self._entry.text, self._payment_id = typed, payment_id
                self._refresh_amount()

        def fenced(twin: Attempt | None) -> None:
            if twin is not None and self._fenced != sale.amount:
                self._fenced = sale.amount
                give_back()
                self._warn_of(twin)
            else:
                self._take(sale, tender, payment_id, give_back)

        if self._fenced == sale.amount:
            self._take(sale, tender, payment_id, give_back)
        else:
            self._bridge.run(self._bridge.desk.doubtful_twin(sale.amount), done=fenced, failed=self._refused(give_back))

    def _take(self, sale: Sale, tender: Tender, payment_id: str, give_back: Callable[[], None]) -> None:
        self._fenced = None
        self._shown_id = payment_id
        work = self._bridge.desk.take(sale, tender, payment_id=payment_id)
        self._bridge.run(work, done=lambda attempt: None, failed=self._refused(give_back))

    def _refused(self, give_back: Callable[[], None]) -> Callable[[PosError], None]:
        def told(error: PosError) -> None:
            give_back()
            self.told.emit(error.spoken(), "bad")

        return told

    def _warn_of(self, twin: Attempt) -> None:
        ago = spell_seconds((datetime.now(UTC) - twin.created_at).total_seconds())
        text = _("{amount}, {ago} ago, is still unknown. Ask again first; press the key once more to charge anyway.")
        self._bring_forward(twin.order_no)
        self.told.emit(text.format(amount=twin.amount.display, ago=ago), "warn")

    def _take_cash(self, handed: Money) -> None:
        if not self._entry.text:
            return  # a second press of the same key
        sale, payment_id = Sale(self._entry.money()), self._payment_id
        self._entry.clear()
        self._payment_id = ""
        self._shown_id = payment_id
        self._stack.setCurrentIndex(EMPTY)
        self._refresh_amount()
        work = self._bridge.desk.take(sale, Tender.CASH, payment_id=payment_id, tendered=handed)
        self._bridge.run(work, done=lambda attempt: None, failed=self._refused(lambda: None))

    def _leave_cash(self) -> None:
        self._stack.setCurrentIndex(EMPTY)
        self._refresh_amount()

    # -- following --------------------------------------------------------------------------------------------

    def open_journal(self) -> None:
        """After the journal opened: what was in flight comes back."""
        self._bridge.run(self._bridge.desk.waiting(), done=self.waiting.reset, failed=self._fail)

    def _on_fact(self, fact: Fact) -> None:
        if isinstance(fact, AttemptChanged):
            self._on_attempt(fact.attempt)
        elif isinstance(fact, Asked):
            self._panel.asked(fact.order_no, fact.next_in)
        elif isinstance(fact, WeatherChanged):
            self.tenders.weather(fact.gateway, fact.up, fact.message.spoken())

    def _on_attempt(self, attempt: Attempt) -> None:
        self.waiting.changed(attempt)
        front = self._panel.attempt
        ours = attempt.payment_id == self._shown_id and (front is None or attempt.created_at >= front.created_at)
        if ours or (front is not None and attempt.order_no == front.order_no):
            self._show(attempt)
        self._sound(attempt, ours)

    def _show(self, attempt: Attempt) -> None:
        self._shown_id = attempt.payment_id
        self._panel.show_attempt(attempt)
        if attempt.state is State.CAPTURED:
            self._paid.show_attempt(attempt)
        self._stack.setCurrentIndex(PAID if attempt.state is State.CAPTURED else PAYMENT)

    def _sound(self, attempt: Attempt, ours: bool) -> None:
        if attempt.state is State.CAPTURED:
            self._sounds.play("paid")
        elif attempt.state is State.REVIEW:
            self._sounds.play("late")
        elif attempt.state in (State.DECLINED, State.EXPIRED) and ours:
            self._sounds.play("failed")

    def _bring_forward(self, order_no: str) -> None:
        found = next((one for one in self.waiting.attempts() if one.order_no == order_no), None)
        if found is not None:
            self._panel.show_attempt(None)
            self._show(found)

    def new_sale(self) -> None:
        """The payment in front goes on among the waiting ones; its code leaves the screen."""
        self._shown_id = ""
        self._panel.show_attempt(None)
        self._stack.setCurrentIndex(EMPTY)
        self.told.emit("", "")

    def check_now(self) -> None:
        """F6: ask about the payment in front, else about everything that waits."""
        if self._stack.currentIndex() == PAYMENT:
            self._panel.check()
            return
        for attempt in self.waiting.attempts():
            if attempt.state in IN_FLIGHT:
                self._check_now(attempt.order_no)

    def _check_now(self, order_no: str) -> None:
        self._bridge.run(self._bridge.desk.check_now(order_no), done=lambda attempt: None, failed=self._fail)

    def _cancel(self, order_no: str) -> None:
        self._bridge.run(self._bridge.desk.cancel(order_no), done=lambda attempt: None, failed=self._fail)

    def _send_again(self, order_no: str) -> None:
        self._bridge.run(self._bridge.desk.send_again(order_no), done=lambda attempt: None, failed=self._fail)

    def _fail(self, error: PosError) -> None:
        self.told.emit(error.spoken(), "bad")

    # -- looks ------------------------------------------------------------------------------------------------

    def retranslate(self) -> None:
        self._sign.setText(SIGNS.get(self._till.shop.currency, self._till.shop.currency))
        self._hint.setText(_("Type the amount, then press how the customer pays."))
        for part in (self._keypad, self.tenders, self._panel, self._cash, self._paid, self.waiting):
            part.retranslate()
        self._refresh_amount()
        self.repaint_icons()

    def repaint_icons(self) -> None:
        self._hint_icon.setPixmap(icons.pixmap("empty", Palette.colour("line"), 96))
        for part in (self._keypad, self._panel, self.waiting):
            part.repaint_icons()
        self.tenders.update()
