"""One payment that is to be refunded: what came, what went back, what is left."""

from __future__ import annotations

from datetime import tzinfo

from PySide6.QtCore import Signal

from pos.domain.agreement_words import charge_words
from pos.domain.money import Money
from pos.domain.words import differs_words
from pos.gui.layouts import hbox, vbox
from pos.gui.refunds.rows import RefundRows
from pos.gui.refunds.words import spell_moment
from pos.gui.widgets import Band, Button, Card, label
from pos.gui.words import route_word
from pos.i18n import _
from pos.services.refund_options import RefundView


class RefundCard(Card):
    """``wanted`` says whether all of it goes back."""

    wanted = Signal(bool)

    def __init__(self, zone: tzinfo) -> None:
        super().__init__("refundCard", "card")
        self._zone = zone
        self._view: RefundView | None = None
        self._amount, self._about = label("big", "refundPaid"), label("soft", "refundAbout", wrap=True)
        self._left = label("lead", "refundLeft", wrap=True)
        self._outcome = Band("refundOutcome")
        self._outcome.setMinimumHeight(48)
        self._outcome.hide()
        self.rows = RefundRows(zone)
        self.all = Button("refundAll", "primary", lambda: self.wanted.emit(True))
        self.part = Button("refundPart", "", lambda: self.wanted.emit(False))
        for button in (self.all, self.part):
            button.setMinimumHeight(56)
        about = self._amount, self._about, self._left, self._outcome
        vbox(*about, (self.rows, 1), hbox((self.all, 1), (self.part, 1)), into=self, margins=16)

    @property
    def order_no(self) -> str:
        return self._view.attempt.order_no if self._view else ""

    def show_view(self, view: RefundView) -> None:
        """Show a payment; the outcome of another one is cleared."""
        if self._view is None or self._view.attempt.order_no != view.attempt.order_no:
            self.show_outcome("", "", "")
        self._view = view
        self.rows.show_refunds(view.refunds)
        self._refresh()

    def show_outcome(self, text: str, tone: str, icon: str) -> None:
        """What became of what was just asked for."""
        self._outcome.say(text, tone, icon)
        self._outcome.setVisible(bool(text))

    def begin(self) -> None:
        """Focus the first control."""
        if self.all.isEnabled():
            self.all.setFocus()

    def _refresh(self) -> None:
        view = self._view
        if view is None:
            return
        attempt, quote = view.attempt, view.options
        self._amount.setText(attempt.shown_amount.display)
        at = spell_moment(attempt.ended_at or attempt.created_at, self._zone)
        numbers = " · ".join(one for one in (attempt.order_no, attempt.gateway_ref) if one)
        lines = (differs_words(attempt), f"{route_word(attempt)} · {at}", charge_words(attempt), numbers)
        self._about.setText("\n".join(line for line in lines if line))
        left_words = _left_words(quote.gone, quote.left) if quote else view.why.spoken()
        self._left.setText("\n".join(line for line in (left_words, view.order.spoken()) if line))
        for button in (self.all, self.part):
            button.setEnabled(quote is not None)
        left = quote.left.display if quote else ""
        self.all.say(_("Refund all · {amount}").format(amount=left) if quote else _("Refund all"))
        self.part.say(_("Refund a part"))

    def retranslate(self) -> None:
        if self._view is not None:
            self.rows.show_refunds(self._view.refunds, rebuild=True)
        self._refresh()

    def repaint_icons(self) -> None:
        if self._view is not None:
            self.rows.show_refunds(self._view.refunds, rebuild=True)


def _left_words(gone: Money, left: Money) -> str:
    if not gone.minor:
        return _("Not refunded yet.")
    return _("{gone} refunded or in process, {left} left.").format(gone=gone.display, left=left.display)
