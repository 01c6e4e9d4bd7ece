"""How a refund goes back and why; the ways that the register does not do itself say so."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal

from pos.domain.money import Money
from pos.domain.refund import MANUAL, Way
from pos.gui.layouts import STRETCH, hbox, vbox
from pos.gui.reasons import Reasons
from pos.gui.refunds.words import BY_HAND, PAPER_STAYS, REASONS, way_word
from pos.gui.widgets import Band, Button, Card, Palette, label
from pos.i18n import _
from pos.services.refund_options import RefundOptions


class MethodPanel(Card):
    """``reference_wanted`` brings its pad forward; ``given`` asks for the refund, ``left`` gives it up."""

    given = Signal()
    left = Signal()
    reference_wanted = Signal()

    def __init__(self) -> None:
        super().__init__("refundHow", "card")
        self._quote: RefundOptions | None = None
        self._amount: Money | None = None
        self.way = Way.GATEWAY
        self._advice = label("", "refundAdvice", wrap=True)
        self._ways = {way: self._way_button(way) for way in Way}
        self._hint = Band("refundHint")
        self._hint.setMinimumHeight(56)
        self._reference = Button("refundReferenceOpen", "", self.reference_wanted.emit).with_icon("keyboard")
        self._reference_text = ""
        self.reasons = Reasons("refundReason", REASONS)
        self._busy = False
        self.give = Button("refundGive", "primary", self._on_give)
        self.leave = Button("refundLeave", "", self.left.emit)
        self.reasons.entered.connect(self.give.setFocus)
        self._lay_out()
        self.retranslate()

    def _way_button(self, way: Way) -> Button:
        button = Button(f"refundWay{way.value.title().replace('_', '')}", "choice", partial(self.choose, way))
        button.setCheckable(True)
        button.setMinimumHeight(48)
        return button

    def _lay_out(self) -> None:
        vbox(
            self._advice,
            hbox(*((button, 1) for button in self._ways.values())),
            self._hint,
            self._reference,
            STRETCH,
            self.reasons,
            8,
            hbox((self.give, 1), 40, self.leave),
            into=self,
            margins=(16, 40 if Palette.training else 16, 16, 16),  # the mark of training is above
        )
        for button in (self.give, self.leave):
            button.setMinimumHeight(56)
        self.leave.setMinimumWidth(120)

    # -- showing ----------------------------------------------------------------------------------------------

    def begin(self, quote: RefundOptions, reason: str) -> None:
        """A new refund, by the first way there is."""
        self._quote = quote
        self.reasons.clear(reason)
        self.busy(False)
        self.say_reference("")
        self.choose(quote.ways[0])

    def choose(self, way: Way) -> None:
        """One of the ways."""
        self.way = way
        for one, button in self._ways.items():
            button.setChecked(one is way)
            button.setVisible(self._quote is not None and one in self._quote.ways)
        self._refresh()

    def say_reference(self, text: str) -> None:
        """The text in the reference's field."""
        self._reference_text = text
        self._refresh()

    def show_amount(self, amount: Money | None) -> None:
        """What would go back now; None while the sum is not whole."""
        self._amount = amount
        self._refresh()

    def busy(self, is_busy: bool) -> None:
        """Prevent a second press. The button stays enabled, so that the focus does not move to Cancel."""
        self._busy = is_busy

    def _on_give(self) -> None:
        if not self._busy:
            self.given.emit()

    def _refresh(self) -> None:
        quote = self._quote
        gateway = quote.attempt.gateway if quote else ""
        for way, button in self._ways.items():
            button.say(way_word(way, gateway))
        by_hand = self.way in MANUAL
        self._advice.setText(quote.advice.spoken() if quote else "")
        self._hint.say(self._hint_words() if by_hand else "", "warn", "question")
        self._hint.setVisible(by_hand)
        self._reference.setVisible(by_hand and self.way is not Way.CASH)
        self._reference.say(self._reference_text or _("Enter the reference"))
        amount = self._amount.display if self._amount else ""
        text = _("Record refund {amount}") if by_hand and self.way is not Way.CASH else _("Refund {amount}")
        self.give.say(text.format(amount=amount).strip())

    def _hint_words(self) -> str:
        words = _(BY_HAND[self.way])
        if self._quote is not None and self._quote.invoice is not None:
            words += " " + _(PAPER_STAYS).format(number=self._quote.invoice.number)
        if self.way is Way.CASH and (rounding := self._rounding()):
            words += " " + rounding
        return words

    def _rounding(self) -> str:
        """What is handed out where coins do not make up the amount."""
        if self._quote is None or self._amount is None or (rounding := self._quote.rounding(self._amount)) is None:
            return ""
        cash = self._amount + rounding
        text = _("Pay out {cash} in cash (rounding {rounding}).")
        return text.format(cash=cash.display, rounding=rounding.display)

    def retranslate(self) -> None:
        self.leave.say(_("Back"))
        self._refresh()
