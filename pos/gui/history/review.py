"""A payment in review among the past ones: what came, and the three ways out, each asked for on the refunds' page."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from pos.domain.payment import Attempt
from pos.domain.states import State
from pos.gui.layouts import hbox, vbox
from pos.gui.refunds.review_panel import came_words, said_words
from pos.gui.refunds.verdict_card import ON_PAYMENT
from pos.gui.self_updating import SelfUpdating
from pos.gui.widgets import Button, label
from pos.i18n import _


class PastReview(SelfUpdating, QWidget):
    """``chosen`` carries the choice; it is hidden for every other payment, and so is :attr:`apart`, the way out that
    stands elsewhere, out of a slip's reach."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("pastReview")
        self._attempt: Attempt | None = None
        self._came, self._said = label("lead", "pastReviewCame", wrap=True), label("", "pastReviewSays", wrap=True)
        self._buttons = [
            (Button(f"pastReview{one.key}", one.role, partial(self.chosen.emit, one.key)), one) for one in ON_PAYMENT
        ]
        row = hbox(*((button, 1) for button, choice in self._buttons if not choice.apart))
        vbox(self._came, self._said, row, into=self)
        self.apart = next(button for button, choice in self._buttons if choice.apart)
        self.retranslate()

    def show_attempt(self, attempt: Attempt | None) -> None:
        self._attempt = attempt if attempt is not None and attempt.state is State.REVIEW else None
        for part in (self, self.apart):
            part.setVisible(self._attempt is not None)
        self.retranslate()

    def retranslate(self) -> None:
        if self._attempt is not None:
            self._came.setText(came_words(self._attempt))
            self._said.setText(said_words(self._attempt))
        for button, choice in self._buttons:
            button.say(_(choice.text))
