"""A manager's word on what the register cannot know: what is known, a reason, and the choices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout

from pos.gui.layouts import STRETCH, vbox
from pos.gui.reasons import Reasons
from pos.gui.refunds.words import REVIEW_REASONS
from pos.gui.widgets import Band, Button, Card, label
from pos.i18n import N_, _


@dataclass(frozen=True, slots=True)
class Choice:
    """``key`` names it in the signal and in the objectName; ``text`` is a gettext id."""

    key: str
    text: str
    role: str = ""
    apart: bool = False


ACCEPT, BACK, CLOSE, DONE, NOT_DONE = "Accept", "Refund", "Close", "Done", "NotDone"

WHY: Final = N_("Enter how you know this. It is recorded in the journal.")

ON_PAYMENT: Final = (
    Choice(ACCEPT, N_("Accept the payment"), "primary"),
    Choice(BACK, N_("Refund it")),
    Choice(CLOSE, N_("No money was received"), "danger", apart=True),
)
ON_REFUND: Final = (
    Choice(DONE, N_("It was refunded"), "primary"),
    Choice(NOT_DONE, N_("It was not refunded"), "danger", apart=True),
)


class VerdictCard(Card):
    """``chosen`` carries a choice's key and the reason."""

    chosen = Signal(str, str)

    def __init__(self, name: str, choices: Sequence[Choice]) -> None:
        super().__init__(f"{name}Card", "card")
        self._choices = choices
        self._amount, self._about = label("big", f"{name}Amount"), label("soft", f"{name}About", wrap=True)
        self._came = label("lead", f"{name}Came", wrap=True)
        self._state, self._said = Band(f"{name}State"), label("", f"{name}Says", wrap=True)
        self._state.setMinimumHeight(48)
        self.reasons = Reasons(f"{name}Reason", REVIEW_REASONS, hint=WHY)
        self.buttons = {one.key: self._button(name, one) for one in choices}
        self._aim = choices[0].key
        self.reasons.entered.connect(lambda: self.buttons[self._aim].setFocus())
        about = self._amount, self._about, self._state, self._came, self._said
        vbox(*about, STRETCH, self.reasons, 8, self._hands(), into=self, margins=16)
        self.retranslate()

    def _button(self, name: str, choice: Choice) -> Button:
        button = Button(f"{name}{choice.key}", choice.role, partial(self._on_choice, choice.key))
        button.setMinimumHeight(56)
        return button

    def _hands(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        for choice in self._choices:
            if choice.apart:
                row.addSpacing(40)  # 12 mm with the spacing: no closing by a slip of the finger
            row.addWidget(self.buttons[choice.key], 0 if choice.apart else 1)
        return row

    def show_case(self, amount: str, about: str, came: str, said: str) -> None:
        """What is known: sums, numbers, and the gateway's words."""
        self._amount.setText(amount)
        self._about.setText(about)
        self._came.setText(came)
        self._came.setVisible(bool(came))
        self._said.setText(said)
        self._state.say(_("Needs a manager"), "late", "bell")

    def clear(self) -> None:
        """Another case: no reason yet, and the first choice is the next key."""
        self.reasons.clear()
        self._aim = self._choices[0].key

    def begin(self, choice: str = "") -> None:
        """Focus the first control; ``choice`` is where Enter leads after the reason."""
        self._aim = choice or self._aim
        self.reasons.setFocus()

    def _on_choice(self, key: str) -> None:
        self.chosen.emit(key, self.reasons.text)

    def retranslate(self) -> None:
        for choice in self._choices:
            self.buttons[choice.key].say(_(choice.text))
        self._state.say(_("Needs a manager"), "late", "bell")
