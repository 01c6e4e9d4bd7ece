"""Cash: what was handed over, and what goes back. In place, nothing modal."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from pos.domain.money import Money, places
from pos.gui.entry import Entry, amount_or_none
from pos.gui.widgets import Button, label
from pos.i18n import _

NOTES = (50, 100, 200, 500, 1000, 2000)
"""Whole units of notes, and of two of the largest, that are offered above the amount."""


def quick_amounts(amount: Money) -> list[Money]:
    """Exactly, then the next round sums of notes that cover it; four at most."""
    unit = 10 ** places(amount.currency)
    rounded = {-(-amount.minor // (note * unit)) * note * unit for note in NOTES}
    above = sorted(minor for minor in rounded if minor > amount.minor)
    return [amount, *(Money(minor, amount.currency) for minor in above[:3])]


class CashPanel(QWidget):
    """``taken`` carries the money handed over. Digits typed while it is open are the money handed over."""

    taken = Signal(object)
    left = Signal()

    def __init__(self, currency: str) -> None:
        super().__init__()
        self.entry = Entry(currency)
        self._due = Money(0, currency)
        self._title = label("title")
        self._due_label = label("big", "cashDue", align=Qt.AlignmentFlag.AlignRight)
        self._handed_word, self._change_word = label("soft"), label("soft")
        self._handed = label("big", "cashTendered", align=Qt.AlignmentFlag.AlignRight)
        self._change = label("big", "cashChange", align=Qt.AlignmentFlag.AlignRight)
        self._quick = [Button(f"cashQuick{number}", "", None) for number in range(4)]
        for number, key in enumerate(self._quick):
            key.setMinimumHeight(64)
            key.clicked.connect(lambda _checked=False, number=number: self._take_quick(number))
        self._done = Button("cashDone", "primary", self.take)
        self._leave = Button("cashLeave", "flat", self.left.emit)
        self._done.setMinimumHeight(64)
        self._lay_out()
        self.retranslate()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(16)
        top = QHBoxLayout()
        top.addWidget(self._title)
        top.addStretch()
        top.addWidget(self._due_label)
        column.addLayout(top)
        quick = QGridLayout()
        quick.setSpacing(8)
        for number, key in enumerate(self._quick):
            quick.addWidget(key, number // 2, number % 2)
        column.addLayout(quick)
        sums = QGridLayout()
        for row, (word, value) in enumerate(((self._handed_word, self._handed), (self._change_word, self._change))):
            sums.addWidget(word, row, 0)
            sums.addWidget(value, row, 1)
        column.addLayout(sums)
        column.addStretch()
        column.addWidget(self._done)
        column.addWidget(self._leave)

    def ask(self, due: Money) -> None:
        """Begin with a new sale."""
        self._due = due
        self.entry.clear()
        for key, amount in zip(self._quick, quick_amounts(due), strict=False):
            key.say(amount.display)
        self.refresh()

    def refresh(self) -> None:
        """After something was typed."""
        handed = amount_or_none(self.entry)
        self._due_label.setText(self._due.display)
        self._handed.setText(handed.display if handed else "–")
        enough = handed is None or handed >= self._due
        self._done.setEnabled(enough)
        self._change.setText((handed - self._due).display if handed and enough else "–")

    def take(self) -> None:
        """What was typed, or exactly the amount when nothing was."""
        handed = amount_or_none(self.entry) or self._due
        if handed >= self._due:
            self.taken.emit(handed)

    def _take_quick(self, number: int) -> None:
        self.taken.emit(quick_amounts(self._due)[number])

    def retranslate(self) -> None:
        self._title.setText(_("Cash"))
        self._handed_word.setText(_("Handed over"))
        self._change_word.setText(_("Change"))
        self._done.say(_("Take the cash · F5"))
        self._leave.say(_("Back · Esc"))
        for key in self._quick:
            key.setAccessibleName(key.text() or _("Handed over"))
