"""A step that needs a reason: what it means, the reason, and the buttons of its choices."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from pos.gui.layouts import STRETCH, hbox, vbox
from pos.gui.reasons import Reasons
from pos.gui.refunds.verdict_card import Choice
from pos.gui.self_updating import SelfUpdating
from pos.gui.widgets import Button, label
from pos.i18n import _


class DecisionPanel(SelfUpdating, QWidget):
    """``decided`` carries a choice's key and the reason; ``left`` nothing. ``about`` is a gettext id."""

    decided = Signal(str, str)
    left = Signal()

    def __init__(self, name: str, about: str, choices: Sequence[Choice], reasons: Sequence[str], hint: str) -> None:
        super().__init__()
        self._choices, self._about_text = choices, about
        self._about = label("", f"{name}About", wrap=True)
        self.reasons = Reasons(f"{name}Reason", reasons, columns=1, hint=hint)
        self.buttons = {one.key: self._button(name, one) for one in choices}
        self._back = Button(f"{name}Back", "", self.left.emit)
        self._back.setMinimumHeight(56)
        self.reasons.changed.connect(self._enable)
        self.reasons.entered.connect(lambda: self.buttons[choices[0].key].setFocus())
        row = hbox(*((self.buttons[one.key], 1) for one in choices), 24, self._back)
        vbox(self._about, self.reasons, STRETCH, row, into=self)
        self.retranslate()

    def _button(self, name: str, choice: Choice) -> Button:
        button = Button(f"{name}{choice.key.title()}", choice.role, partial(self._on_choice, choice.key))
        button.setMinimumHeight(56)
        return button

    def ask(self) -> None:
        """Begin without a reason."""
        self.reasons.clear()
        self._enable()
        self.reasons.setFocus()

    def _on_choice(self, key: str) -> None:
        self.decided.emit(key, self.reasons.text)

    def _enable(self) -> None:
        for button in self.buttons.values():
            button.setEnabled(bool(self.reasons.text))

    def retranslate(self) -> None:
        self._about.setText(_(self._about_text))
        self._back.say(_("Back"))
        for choice in self._choices:
            self.buttons[choice.key].say(_(choice.text))
