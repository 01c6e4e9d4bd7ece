"""One difference between the journal and a gateway: what both say, and a manager's word on what became of it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal

from pos.domain.reconcile import Check
from pos.domain.refund import RefundState
from pos.domain.states import State
from pos.gui.layouts import STRETCH, hbox, vbox
from pos.gui.reasons import Reasons
from pos.gui.refunds.words import REFUND_LOOKS
from pos.gui.widgets import Button, Card, label
from pos.gui.words import LOOKS
from pos.i18n import N_, _

REASONS: Final = (N_("Settled with the gateway"), N_("Another register took it"), N_("Booked by hand"))
REFUNDS: Final = {
    one.value: REFUND_LOOKS[one].word for one in (RefundState.REFUNDED, RefundState.REFUSED, RefundState.WITHDRAWN)
}


class DifferenceCard(Card):
    """``settled`` carries the reason; ``payment_wanted`` the order number of the payment behind it.

    A payment that is itself in review is settled on its own page: there is no reason to be typed here.
    """

    settled = Signal(str)
    payment_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__("reconcileSettleCard", "card")
        self._check: Check | None = None
        self._says = label("", "reconcileSays", wrap=True)
        self._payment = Button("reconcilePayment", "", self._on_payment)
        self._reasons = Reasons("reconcileReason", REASONS, columns=3, hint=N_("Resolution"))
        self._settle = Button("reconcileSettle", "primary", self._on_settle)
        self._settle.setMinimumSize(160, 48)
        self._payment.setMinimumSize(160, 48)
        self._reasons.changed.connect(self._enable)
        self._reasons.entered.connect(self._on_settle)
        self._lay_out()
        self.hide()
        self.retranslate()

    def _lay_out(self) -> None:
        buttons = vbox(self._payment, STRETCH, self._settle)
        row = hbox((self._reasons, 1), buttons)
        row.setAlignment(buttons, Qt.AlignmentFlag.AlignRight)
        vbox(self._says, row, into=self, margins=16)

    def show_check(self, check: Check | None) -> None:
        """A difference in review; the card is hidden for everything else. Another one needs another reason."""
        if check is None or self._check is None or check.number != self._check.number:
            self._reasons.clear()
        self._check = check if check is not None and check.in_review else None
        self.setVisible(self._check is not None)
        self.retranslate()

    def _on_settle(self) -> None:
        if self._settle.isEnabled():
            self.settled.emit(self._reasons.text)

    def _on_payment(self) -> None:
        if self._check is not None:
            self.payment_wanted.emit(self._check.order_no)

    def _enable(self) -> None:
        self._settle.setEnabled(bool(self._reasons.text))

    def retranslate(self) -> None:
        check = self._check
        if check is not None:
            both = f"{spoken(check.ours) or '–'}  ↔  {check.theirs or '–'}"
            known = f"{check.number}  ·  {both}"
            self._says.setText("\n".join(one for one in (known, check.message.spoken()) if one))
            own = settled_elsewhere(check)
            for part in (self._reasons, self._settle):
                part.setVisible(not own)
            self._payment.setVisible(bool(check.order_no))
            self._payment.say(_("Settle the payment") if own else _("Show payment"))
        self._settle.say(_("Settle"))
        self._enable()


def settled_elsewhere(check: Check) -> bool:
    """Whether it is about a payment that is itself in review. A refund that is, and its difference, are two things."""
    return check.number == check.order_no and check.ours.partition(" ")[0] == State.REVIEW.value


def spoken(ours: str) -> str:
    """``captured NT$125`` in the language spoken now."""
    state, _space, amount = ours.partition(" ")
    known = {one.value: look.short or look.word for one, look in LOOKS.items()} | REFUNDS
    return f"{_(known[state])} {amount}" if state in known else ours
