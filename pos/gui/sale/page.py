"""The sell page: digits and one key take a payment. Nothing on it ever moves, nothing on it is ever modal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QWidget

from pos.domain.tenders import Tender
from pos.errors import InputError
from pos.gui.bridge import Bridge, Till
from pos.gui.digit_pad import Keypad
from pos.gui.key_guard import ENTER, KeyGuard
from pos.gui.sale.actions import PaymentActions
from pos.gui.sale.amount_card import AmountCard
from pos.gui.sale.basket import Basket
from pos.gui.sale.charging import Charging
from pos.gui.sale.customer_code import CustomerCodes
from pos.gui.sale.entry import Entry
from pos.gui.sale.invoice_request import InvoiceRequests
from pos.gui.sale.items_at_counter import ItemsAtCounter
from pos.gui.sale.layout import lay_out
from pos.gui.sale.payment_tools import PaymentTools
from pos.gui.sale.sale_panels import PanelShown, SalePanels
from pos.gui.sale.split_sale import SplitAtCounter
from pos.gui.sale.tender_keys import TenderKeys
from pos.gui.sale.waiting_list import WaitingList
from pos.gui.self_updating import SelfUpdating
from pos.gui.sounds import Sounds
from pos.i18n import _
from pos.text import half_width

if TYPE_CHECKING:
    from pos.domain.customer_code import CustomerCode
    from pos.domain.events import Fact
    from pos.domain.payment import Attempt, Sale


class SellPage(SelfUpdating, QWidget):
    """``message_posted`` carries a sentence and its tone for the message line, ``failed`` an error.

    ``refund_wanted`` carries the order number of a payment that is to be refunded.
    """

    message_posted = Signal(str, str)
    failed = Signal(object)
    refund_wanted = Signal(str)
    types_digits = True  # for :mod:`pos.gui.num_lock`

    def __init__(self, till: Till, bridge: Bridge) -> None:
        super().__init__()
        self.setObjectName("page")
        self.setProperty("training", str(till.shop.training).lower())
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._till, self._bridge = till, bridge
        self._entry = Entry(till.shop.currency)
        self._shown_id = ""
        self._guard = KeyGuard()
        self._sounds = Sounds(till.shop.sounds)
        self._keypad = Keypad(takes_point=self._entry.takes_point)
        self.tenders = TenderKeys(till.shop.tenders)
        self.panels = SalePanels(till, bridge)
        self.invoice_requests = InvoiceRequests(self.panels, bridge)
        self.basket = Basket(till.shop.currency)
        self.choice = PaymentTools(self.panels, bridge, self._entry, self.basket)
        self._amount = AmountCard(till.shop.currency, self.invoice_requests.chip)
        self.waiting = WaitingList()
        self.payments = PaymentActions(bridge, self.panels, self.waiting, self.failed.emit)
        known = self.basket.is_amount_known
        self.codes = CustomerCodes(self.panels, self.tenders, self.payments, lambda: known(self._entry))
        self.split = SplitAtCounter(bridge, self.panels, self.waiting)
        self.charging = Charging(
            bridge, self.panels, self._entry, self._guard, self.invoice_requests, self.codes, self.split, self.basket
        )
        self.items = ItemsAtCounter(self, bridge)
        lay_out(self, self._amount, self._keypad, self.tenders, self.waiting, self.panels)
        self._connect()
        self.retranslate()

    def _connect(self) -> None:
        self._keypad.typed.connect(self.type)
        self._keypad.backspaced.connect(self._on_backspace)
        self._keypad.cleared.connect(self._on_clear)
        self._keypad.split.connect(self.press_split)
        self.tenders.pressed.connect(self.press_tender)
        self.tenders.tool_wanted.connect(self.choose_tool)
        self.waiting.chosen.connect(self._bring_forward)
        self.waiting.sale_chosen.connect(lambda sale_id: self.split.resume(sale_id, self.new_sale))
        self.codes.charge_wanted.connect(self._charge_code)
        self.charging.begun.connect(self._on_begun)
        self.charging.doubted.connect(self._on_doubted)
        self.charging.amount_changed.connect(self.refresh_amount)
        self.split.changed.connect(self.refresh_amount)
        self.split.changed.connect(self.invoice_requests.show_chip)
        for source in (self.codes, self.charging, self.split):
            source.message_posted.connect(self.message_posted)
        for source in (self.charging, self.split):
            source.failed.connect(self.failed)
        self._bridge.fact.connect(self._on_fact)

    def build_deferred(self) -> None:
        """Build what a digit does not need; nothing can be pressed in it before."""
        self.panels.build_deferred()
        self.waiting.build_deferred()
        panel, cash = self.panels.payment, self.panels.cash
        self.payments.build_deferred()
        self.items.build_deferred()
        panel.retake_wanted.connect(self._retake)
        panel.leave_wanted.connect(self.new_sale)
        panel.capture_wanted.connect(self.invoice_requests.capture)
        self.invoice_requests.build_deferred()
        self.choice.build_deferred()
        self.choice.failed.connect(self.failed)
        self.choice.chosen.connect(lambda sale: self.charging.charge(sale, Tender.MYPAY))
        self.invoice_requests.message_posted.connect(self.message_posted)
        self.invoice_requests.failed.connect(self.failed)
        self.invoice_requests.left.connect(self.setFocus)
        cash.taken.connect(self.charging.take_cash)
        cash.left.connect(self._leave_cash)
        self.panels.split.leave_wanted.connect(self._leave_split)
        self.panels.split.refund_wanted.connect(self.refund_wanted)

    # -- typing -----------------------------------------------------------------------------------------------

    @property
    def at_rest(self) -> bool:
        """Nothing is typed and no sale is under way."""
        is_empty = not self._entry.text and self.basket.is_empty
        return is_empty and not self._shown_id and self.panels.showing is PanelShown.HINT

    @property
    def entry(self) -> Entry:
        """The amount or the quantity that is typed."""
        return self._entry

    @property
    def _typing(self) -> Entry:
        """Where digits go: the sale, or the cash that was handed over."""
        return self.panels.cash.entry if self.panels.showing is PanelShown.CASH else self._entry

    def type(self, keys: str) -> None:
        """Digits or a point, from a key of the pad, the keyboard or a scanner."""
        if self.panels.showing is PanelShown.PAID:
            self.new_sale()
        if not self._typing.type(keys):
            cents = keys == "." and not self._entry.takes_point
            self.message_posted.emit(
                _("This currency has no cents.") if cents else _("No more digits can be entered."), "warn"
            )
            return
        self._on_edit()

    def _on_backspace(self) -> None:
        self._typing.backspace()
        self._on_edit()

    def _on_clear(self) -> None:
        if not self._typing.text and self._typing is self._entry:
            self.items.clear()
        self._typing.clear()
        self._on_edit()

    def _on_edit(self) -> None:
        """Show what is typed now. No warning was of it; without an amount, what is typed next is another sale."""
        self.charging.forget_warnings()
        if not self._entry.text:
            self.charging.payment_id = ""
        self.refresh_amount()

    def paste(self) -> None:
        """An amount copied elsewhere; anything else is refused in words."""
        if self.panels.showing is PanelShown.PAID:
            self.new_sale()
        try:
            self._typing.paste(half_width(QGuiApplication.clipboard().text()).strip())
        except InputError as error:
            self.failed.emit(error)
            return
        self._on_edit()

    def refresh_amount(self) -> None:
        """Show what is typed, or what the lines come to."""
        entry, basket = self._entry, self.basket
        self._amount.show_entry(entry, self.split.sale, basket.shown(entry), basket.reduced(entry))
        self.items.refresh()
        if self.panels.showing is PanelShown.CASH:
            self.panels.cash.refresh()
        self.message_posted.emit(*self.codes.saying)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Paste):
            self.paste()
        elif event.key() == Qt.Key.Key_Backspace:
            self._on_backspace()
        elif event.key() == Qt.Key.Key_Delete:
            self._on_clear()
        elif event.key() in ENTER:
            self._on_enter(event)
        elif event.text().isprintable() and event.text().strip():
            self.type_key(event)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Tab and self._ends_scan(event):
            return True
        return super().event(event)

    def type_key(self, event: QKeyEvent) -> None:
        """One printable key; the page takes the focus back, so that an Enter behind digits presses nothing else."""
        text = half_width(event.text())
        self.setFocus()
        if self._guard.is_scan(event, self._typing.text):
            self._undo_scan()
        elif text in "0123456789.":
            self.type(text)
        elif not self.items.press_sign(text):
            self.message_posted.emit(_("An amount is typed with the digits 0 to 9."), "warn")

    def _on_enter(self, event: QKeyEvent) -> None:
        if not self._ends_scan(event) and self.panels.showing is PanelShown.CASH and not event.isAutoRepeat():
            self.panels.cash.take()

    def _ends_scan(self, event: QKeyEvent) -> bool:
        if scan := event.type() == QEvent.Type.KeyPress and self._guard.ends_scan(event):
            self._undo_scan(ended=True)
        return scan

    def _undo_scan(self, *, ended: bool = False) -> None:
        self._typing.text = self._guard.before
        self._on_edit()
        self.message_posted.emit(_("A scanned code is not an amount; nothing was entered."), "warn")
        self.codes.note(self._guard.scanned, ended=ended)

    def escape(self) -> None:
        """Esc clears first, then leaves."""
        if self._typing.text:
            self._on_clear()
        elif self.panels.showing is PanelShown.CASH:
            self._leave_cash()
        elif self.panels.showing in (PanelShown.INVOICE, PanelShown.APPROVAL):
            self.invoice_requests.drop()
        elif self.panels.showing is PanelShown.SPLIT:
            self._leave_split()
        elif self.panels.showing is not PanelShown.HINT or not self.items.clear():
            self.new_sale()

    # -- taking -----------------------------------------------------------------------------------------------

    def press_tender(self, tender: Tender) -> None:
        """One press, one attempt: the entry is emptied before anything else, so a second press has nothing."""
        if tender is Tender.CASH and self.panels.showing is PanelShown.CASH:
            self.panels.cash.take()
            return
        offer = self.tenders.offer(tender)
        if offer is None or not offer.available:
            said = offer.reason.spoken() if offer else self.tenders.why_none()
            self.message_posted.emit(said, "warn")
            return
        sale = self._due()
        if sale is None:
            return
        if self.split.sale is None and (refusal := self.invoice_requests.refusal(offer.routes)):
            self.message_posted.emit(refusal, "warn")
            return
        if tender is Tender.CASH:
            self.new_sale()
            self.panels.ask_cash(sale.amount)
        elif not self.charging.is_same_press(sale):
            self.charging.charge(sale, tender, self.codes.take(offer))

    def choose_tool(self) -> None:
        """Shift+F4: what the customer's page of MyPay opens with."""
        offer = self.tenders.offer(Tender.MYPAY)
        if offer is None or not offer.available:
            self.press_tender(Tender.MYPAY)  # it says why not
        elif (sale := self._due()) is not None:
            self.choice.ask(sale)

    def press_split(self) -> None:
        """Shift+F6: what is typed is the amount of a sale that is paid in several parts."""
        if self.split.sale is not None:
            self.new_sale()
            return
        if not self._bridge.ready:
            self.message_posted.emit(_("One moment: the register is starting."), "warn")
        elif refusal := self.invoice_requests.refusal_of_split():
            self.message_posted.emit(refusal, "warn")
        elif (sale := self._due()) is not None:
            self.split.begin(sale, self.basket)
            self._entry.clear()
            self.new_sale()
            self._on_edit()

    def _leave_split(self) -> None:
        if self.split.leave():
            self.new_sale()

    def _due(self) -> Sale | None:
        if self.panels.showing is PanelShown.SPLIT and not self._entry.text:
            self._entry.text = self.split.all_that_is_left()
            self.refresh_amount()
            if not self._entry.text:
                return None
        try:
            return self.basket.due(self._entry)
        except InputError as error:
            self.message_posted.emit(error.spoken(), "warn")
            return None

    def _charge_code(self, code: CustomerCode) -> None:
        if (sale := self._due()) is not None:
            self.charging.charge(sale, None, code)

    def _on_begun(self, payment_id: str) -> None:
        self._shown_id = payment_id

    def _on_doubted(self, twin: Attempt) -> None:
        from pos.gui.words import fence_words

        self.panels.show_ready()
        self._show(twin)
        self.message_posted.emit(fence_words(twin), "warn")

    def _leave_cash(self) -> None:
        self.panels.show_ready()
        self.refresh_amount()

    def _retake(self, attempt: Attempt) -> None:
        """The amount of an attempt that brought no money, for the same payment in another way."""

        def fill() -> None:
            self.new_sale()
            self.basket.put_back(attempt, self._entry)
            self.charging.payment_id = attempt.payment_id
            self.refresh_amount()

        if attempt.sale_id:
            self.split.resume(attempt.sale_id, fill)
        else:
            self.split.drop()
            fill()

    # -- following --------------------------------------------------------------------------------------------

    def open_journal(self) -> None:
        """After the journal opened: what was in flight comes back."""
        self._bridge.call(self._bridge.services.payments.waiting).then(self.waiting.reset, self.failed.emit)
        self.split.list_unfinished()
        self.items.open_journal()

    def _on_fact(self, fact: Fact) -> None:
        from pos.domain.events import AttemptChanged, InvoiceChanged, RefundChanged

        if isinstance(fact, AttemptChanged):
            self._on_attempt(fact.attempt)
            self.split.on_attempt(fact.attempt)
        else:
            if isinstance(fact, RefundChanged) or (isinstance(fact, InvoiceChanged) and fact.invoice.sale_id):
                self.split.refresh()
            self.tenders.on_fact(fact)
            self.panels.on_fact(fact)
            self.items.on_fact(fact)

    def _on_attempt(self, attempt: Attempt) -> None:
        self.waiting.changed(attempt)
        front = self.panels.payment.attempt
        ours = attempt.payment_id == self._shown_id and (front is None or attempt.created_at >= front.created_at)
        if ours or (front is not None and attempt.order_no == front.order_no):
            self._show(attempt)
        self._sounds.play_for(attempt, ours)

    def _show(self, attempt: Attempt) -> None:
        self._shown_id = attempt.payment_id
        self.waiting.mark(attempt.order_no)
        self.panels.show_attempt(attempt)

    def _bring_forward(self, order_no: str) -> None:
        found = next((one for one in self.waiting.attempts() if one.order_no == order_no), None)
        if found is not None:
            self.panels.show_ready()
            self._show(found)
            self.split.follow(found)

    def new_sale(self) -> None:
        """The payment in front goes on among the waiting ones; its code leaves the screen."""
        self._shown_id = ""
        self.codes.forget()
        self.waiting.mark("")
        self.panels.show_ready()
        self.message_posted.emit("", "")

    def retranslate(self) -> None:
        self.invoice_requests.retranslate()
        self.refresh_amount()
