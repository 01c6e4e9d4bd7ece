"""Cash into the drawer, out of it or to the safe, with a reason; or the drawer alone."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from pos.domain.money import Money
from pos.domain.shift import CashMovementKind
from pos.gui.reasons import Reasons
from pos.gui.self_updating import SelfUpdating
from pos.gui.shifts.parts import SumPad, big_button, pair, sheet
from pos.gui.shifts.words import DRAWER_REASONS, MOVEMENTS, REASONS
from pos.gui.widgets import Card, label
from pos.i18n import N_, _

ABOUT = {
    CashMovementKind.PAID_IN: N_("Cash put into the drawer that is not from a sale."),
    CashMovementKind.PAID_OUT: N_("Cash taken from the drawer that is not a refund."),
    CashMovementKind.DROP: N_("Cash moved from the drawer to the safe."),
    None: N_("No cash goes in or out. It is recorded anyway."),
}


class MovePanel(SelfUpdating, QWidget):
    """``done`` carries the kind (None for the drawer alone), the sum and the reason."""

    done = Signal(object, object, str)

    def __init__(self, currency: str) -> None:
        super().__init__()
        self._kind: CashMovementKind | None = None
        self._title, self._about = label("title", "shiftMoveTitle"), label("soft", wrap=True)
        self.pad = SumPad("shiftMove", "shiftMoveAmount", currency)
        self._reason = Reasons("shiftMoveReason", REASONS[CashMovementKind.PAID_IN])
        self._done = big_button("shiftMoveDone", "primary", self._on_done)
        self.pad.changed.connect(self._show_action)
        self._reason.changed.connect(self._show_action)
        self.pad.entered.connect(self._reason.field.setFocus)
        self._reason.entered.connect(self._on_done)
        self._pad_card, column = sheet()
        column.addWidget(self.pad)
        pair(self, self._pad_card, self._words_card(), 44)
        self.retranslate()

    def _words_card(self) -> Card:
        card, column = sheet()
        for part in (self._title, self._about):
            column.addWidget(part)
        column.addSpacing(8)
        column.addWidget(self._reason)
        column.addStretch(1)
        column.addWidget(self._done)
        return card

    def ask(self, kind: CashMovementKind | None) -> None:
        """Begin with one kind; None opens the drawer alone."""
        self._kind = kind
        self.pad.clear()
        self._reason.offer(DRAWER_REASONS if kind is None else REASONS[kind])
        self._pad_card.setVisible(kind is not None)
        self.retranslate()
        (self._reason.field if kind is None else self.pad).setFocus()

    def _on_done(self) -> None:
        if self._done.isEnabled():
            self.busy(True)
            self.done.emit(self._kind, self.pad.money, self._reason.text)

    def escape(self) -> bool:
        """Clear what was typed last; False when there was nothing."""
        return self._reason.clear() or self.pad.clear()

    def busy(self, wait: bool) -> None:
        """While it is being written, the button cannot be pressed twice."""
        self._done.setEnabled(not wait and self._ready(self.pad.money))

    def _ready(self, money: Money) -> bool:
        return bool(self._reason.text) and (self._kind is None or money.minor > 0)

    def _show_action(self) -> None:
        money = self.pad.money
        self._done.setEnabled(self._ready(money))
        if self._kind is None:
            self._done.say(_("Open the drawer"))
        else:
            self._done.say(f"{_(MOVEMENTS[self._kind])} · {money.display}")

    def retranslate(self) -> None:
        self._title.setText(_("Open the drawer") if self._kind is None else _(MOVEMENTS[self._kind]))
        self._about.setText(_(ABOUT[self._kind]))
        self.pad.say(_("Amount"))
        self._show_action()
