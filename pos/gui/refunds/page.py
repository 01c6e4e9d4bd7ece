"""Refunds, one page: find the payment, see what is left, say how much, how and why, and a manager's PIN."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from pos.domain.events import AttemptChanged, DrawerFailed, Fact, RefundChanged
from pos.domain.money import Money
from pos.domain.payment import Attempt, Line
from pos.domain.refund import Refund
from pos.domain.staff import Action
from pos.domain.states import State
from pos.errors import InputError, PosError
from pos.gui.bridge import Bridge, Till
from pos.gui.layouts import hbox, vbox
from pos.gui.page import Page
from pos.gui.refunds.amount_panel import AmountPanel
from pos.gui.refunds.card import RefundCard
from pos.gui.refunds.method_panel import MethodPanel
from pos.gui.refunds.review_panel import ReviewPanel
from pos.gui.refunds.search_panel import SearchPanel
from pos.gui.refunds.words import REFUND_LOOKS, by_hand_words
from pos.gui.reread import reread
from pos.gui.tables import typed_into
from pos.gui.widgets import Card, label
from pos.gui.words import drawer_words
from pos.i18n import N_, _
from pos.services.permissions import Permission
from pos.services.refund_options import RefundOptions, RefundView

FIND, GIVE = range(2)


class RefundPage(Page):
    """Left the list or the sum, right the payment, the manager's choices, or the way and the reason."""

    def __init__(self, till: Till, bridge: Bridge) -> None:
        super().__init__(till, bridge, "refund", N_("Refunds"))
        zone = till.shop.timezone
        self._order_no = self._refund_no = self._reason = self._choice = ""
        self._view: RefundView | None = None
        self.finder, self.sum = SearchPanel(self, till), AmountPanel(till.shop.currency)
        self.card, self.how = RefundCard(zone), MethodPanel()
        self._empty = Card("refundNothing", "card")
        self._hint = label("lead", "refundHintEmpty", align=Qt.AlignmentFlag.AlignCenter, wrap=True)
        self._left, self._right = QStackedWidget(), QStackedWidget()
        self.verdicts = ReviewPanel(self, zone)
        self._lay_out()
        self._connect()
        self.retranslate()

    def _lay_out(self) -> None:
        vbox(self._hint, into=self._empty, margins=32)
        lefts: tuple[QWidget, ...] = (self.finder, self.sum)
        rights: tuple[QWidget, ...] = (
            self._empty, self.card, self.verdicts.payment, self.verdicts.refund, self.how,
        )  # fmt: skip
        for part in lefts:
            self._left.addWidget(part)
        for part in rights:
            self._right.addWidget(part)
        approval = self.make_approval(self._right, width=0)
        approval.shown.connect(lambda is_shown: None if is_shown else self.how.busy(False))
        right = vbox(self._right, approval, spacing=16)
        self.column.addLayout(hbox((self._left, 47), (right, 53), spacing=16), 1)

    def _connect(self) -> None:
        self.finder.chosen.connect(self._on_chosen)
        self.finder.opened.connect(self._on_opened)
        self.card.wanted.connect(self._begin)
        rows = self.card.rows
        rows.ask_wanted.connect(self._ask_now)
        rows.again_wanted.connect(self._send_again)
        rows.take_back_wanted.connect(self._take_back)
        rows.settle_wanted.connect(self._settle)
        self.verdicts.accepted.connect(self._after_accept)
        self.verdicts.settled.connect(self._on_settled)
        self.sum.changed.connect(self._on_sum)
        self.sum.entered.connect(self.how.reasons.setFocus)
        self.sum.reference.textChanged.connect(self.how.say_reference)
        self.how.reference_wanted.connect(self.sum.ask_reference)
        self.how.given.connect(self._on_give)
        self.how.left.connect(self._leave_give)
        self.bridge.fact.connect(self._on_fact)

    # -- coming and going -------------------------------------------------------------------------------------

    def open(self) -> None:
        """Come to the front with the newest payments."""
        self._leave_give()
        self.finder.field.setFocus()
        self.finder.field.selectAll()
        self.finder.search()

    def show_order(self, order_no: str, choice: str = "") -> None:
        """One payment, from another page; ``choice`` is what was already chosen for it there."""
        self._leave_give()
        self.finder.write(order_no)
        self._choice = choice

        def came(attempt: Attempt) -> None:
            self.finder.show_found([attempt], opens=True)

        self.bridge.call(self.bridge.services.payments.get, self.actor, order_no).then(came, self.fail)

    def show_reviews(self) -> None:
        """All that waits for a manager."""
        self._leave_give()
        self.finder.write("")
        self.call(self.services.search.in_review).then(lambda found: self.finder.show_found(found, opens=True))

    def escape(self) -> bool:
        """The PIN first, then what is begun, then the search."""
        if self.dismiss_approval():
            self._to_hands()
            return True
        if self._left.currentIndex() == GIVE or self._right.currentWidget() is self.verdicts.refund:
            self._leave_give()
            return True
        cleared = self.finder.clear()
        if cleared:
            self.finder.field.setFocus()  # what it found is gone, and with it whatever had the focus
        return cleared

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The next receipt may be scanned while a key has the focus, as long as nothing is begun."""
        if self._left.currentIndex() != FIND or not typed_into(self.finder.field, event):
            super().keyPressEvent(event)

    def _to_hands(self) -> None:
        (self.how.give if self._left.currentIndex() == GIVE else self.back).setFocus()

    # -- one payment ------------------------------------------------------------------------------------------

    def _on_chosen(self, attempt: Attempt | None) -> None:
        self._order_no = attempt.order_no if attempt else ""
        self._view = None
        if attempt is None:
            self._right.setCurrentWidget(self._empty)
        else:
            self._look()

    def _look(self, then: str = "") -> None:
        order_no = self._order_no
        self.call(self.services.refunds.view, order_no).then(lambda view: self._show(view, then))

    def _show(self, view: RefundView, then: str) -> None:
        if view.attempt.order_no != self._order_no:
            return
        self._view = view
        in_review = view.attempt.state is State.REVIEW
        self.card.show_view(view)
        if in_review:
            self.verdicts.show_payment(view.attempt)
        if self._left.currentIndex() == FIND and self._right.currentWidget() is not self.verdicts.refund:
            self._right.setCurrentWidget(self.verdicts.payment if in_review else self.card)
        if then == "refund" and view.options is not None:
            self._begin(whole=True)
        elif then == "focus":
            self.verdicts.begin(self._choice) if in_review else self.card.begin()
            self._choice = ""

    def _on_opened(self) -> None:
        if self._order_no:
            self._look("focus")

    def _on_fact(self, fact: Fact) -> None:
        if isinstance(fact, AttemptChanged):
            self.finder.changed(fact.attempt)
            changed = fact.attempt.order_no
        elif isinstance(fact, RefundChanged):
            changed = fact.refund.order_no
            if self.finder.lists(changed):
                reread(self.bridge, fact.refund, self.finder.changed)
            if fact.refund.refund_no == self._refund_no:
                self._show_outcome(fact.refund)
        else:
            if isinstance(fact, DrawerFailed) and fact.refund_no:
                self.message_posted.emit(drawer_words(fact.message), "bad")
            return
        if self._order_no and changed == self._order_no:
            self._look()

    # -- giving -----------------------------------------------------------------------------------------------

    def _begin(self, whole: bool) -> None:
        quote = self._view.options if self._view else None
        if quote is None:
            return
        self.call(self.services.refunds.new_number).then(lambda number: self._begun(quote, number, whole))

    def _begun(self, quote: RefundOptions, number: str, whole: bool) -> None:
        self._refund_no = number
        self._left.setCurrentIndex(GIVE)
        self._right.setCurrentWidget(self.how)
        self.how.begin(quote, self._reason)
        if self._reason:
            self.how.give.setFocus()
        elif whole:
            self.how.reasons.setFocus()
        self._reason = ""
        self.sum.begin(quote, whole=whole)
        self.card.show_outcome("", "", "")

    def _leave_give(self) -> None:
        self.dismiss_approval()
        self._refund_no = self._reason = ""
        self._left.setCurrentIndex(FIND)
        if self._view is not None and self._order_no:
            in_review = self._view.attempt.state is State.REVIEW
            self._right.setCurrentWidget(self.verdicts.payment if in_review else self.card)
        self.finder.field.setFocus()

    def _on_sum(self) -> None:
        try:
            self.how.show_amount(self.sum.request()[0])
        except InputError:
            self.how.show_amount(None)

    def _on_give(self) -> None:
        """Everything is looked at before anybody is asked for a PIN."""
        self.message_posted.emit("", "")  # what was missing the last time
        try:
            amount, lines = self.sum.request()
        except InputError as error:
            self.fail(error)
            return
        self.how.busy(True)
        order_no, reason, way = self._order_no, self.how.reasons.text, self.how.way
        reference = self.sum.reference.text()
        work = self.bridge.call(
            self.bridge.services.refunds.check, order_no, amount, reason, way=way, reference=reference, lines=lines
        )
        give = partial(self._give, order_no, amount, lines, reason, self._refund_no)
        work.then(lambda _fit: self.require(Action.REFUND, give), self._refused)

    def _give(
        self, order_no: str, amount: Money, lines: Sequence[Line], reason: str, refund_no: str, permission: Permission
    ) -> None:
        way, reference = self.how.way, self.sum.reference.text()
        self.how.busy(True)
        work = self.bridge.call(
            self.bridge.services.refunds.give,
            order_no,
            amount,
            reason,
            permission,
            way=way,
            reference=reference,
            lines=lines,
            refund_no=refund_no,
        )
        work.then(self._given, self._refused)

    def _refused(self, error: PosError) -> None:
        self.how.busy(False)
        self.fail(error)
        if isinstance(error, InputError) and error.field == "reference":
            self.sum.ask_reference()
        elif isinstance(error, InputError) and error.field == "reason":
            self.how.reasons.setFocus()

    def _given(self, refund: Refund) -> None:
        self._show_outcome(refund)
        self._look()

    def _show_outcome(self, refund: Refund) -> None:
        """Go back to the payment: its row says what became of the refund, the band above what to do by hand."""
        if self._left.currentIndex() == GIVE:
            self._left.setCurrentIndex(FIND)
            self._right.setCurrentWidget(self.card)
            self.back.setFocus()
        look = REFUND_LOOKS[refund.state]
        self.card.show_outcome(by_hand_words(refund), look.tone, look.icon)
        self.message_posted.emit("", "")

    # -- later ------------------------------------------------------------------------------------------------

    def _ask_now(self, refund: Refund) -> None:
        self.call(self.services.refunds.check_now, refund.refund_no).then(lambda _refund: self._look())

    def _send_again(self, refund: Refund) -> None:
        self._refund_no = refund.refund_no
        self.require(Action.REFUND, lambda permission: self._sent_again(refund, permission))

    def _sent_again(self, refund: Refund, permission: Permission) -> None:
        self.call(self.services.refunds.send_again, refund.refund_no, permission).then(self._given)

    def _take_back(self, refund: Refund) -> None:
        self._refund_no = refund.refund_no
        self.require(Action.REFUND, lambda permission: self._taken_back(refund, permission))

    def _taken_back(self, refund: Refund, permission: Permission) -> None:
        self.call(self.services.refunds.withdraw, refund.refund_no, permission).then(self._given)

    def _settle(self, refund: Refund) -> None:
        self.verdicts.show_refund(refund)
        self._right.setCurrentWidget(self.verdicts.refund)

    def _on_settled(self) -> None:
        """Show the payment again after a manager's decision."""
        if self._right.currentWidget() is self.verdicts.refund:
            self._right.setCurrentWidget(self.card)
        self._look("focus")
        self.back.setFocus()

    def _after_accept(self, reason: str) -> None:
        """Late money that goes back: it was booked a moment ago, and now the refund begins."""
        self._reason = reason
        self._look("refund")

    # -- looks ------------------------------------------------------------------------------------------------

    def retranslate(self) -> None:
        super().retranslate()
        self._hint.setText(_("Find the payment: scan the receipt barcode, or type the order number, amount or time."))
        self.verdicts.retranslate()
