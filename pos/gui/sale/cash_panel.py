"""Cash: what was handed over, and what goes back. In place, nothing modal."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from pos.domain.cash import check_coins, is_rounded, round_cash, rounding_of
from pos.domain.money import Money, places
from pos.errors import InputError
from pos.gui.layouts import STRETCH, hbox, vbox
from pos.gui.sale.entry import Entry, amount_or_none
from pos.gui.self_updating import SelfUpdating
from pos.gui.widgets import Button, label
from pos.i18n import _

NOTES = (50, 100, 200, 500, 1000, 2000)
"""Whole units of notes, and of two of the largest, that are offered above the amount."""


def quick_amounts(amount: Money) -> list[Money]:
    """Exactly what coins can pay, then the next round sums of notes that cover it; four at most."""
    amount = round_cash(amount)
    unit = 10 ** places(amount.currency)
    rounded = {-(-amount.minor // (note * unit)) * note * unit for note in NOTES}
    above = sorted(minor for minor in rounded if minor > amount.minor)
    return [amount, *(Money(minor, amount.currency) for minor in above[:3])]


class CashPanel(SelfUpdating, QWidget):
    """``taken`` carries the money handed over. Digits typed while it is open are the money handed over."""

    taken = Signal(object)
    left = Signal()

    def __init__(self, currency: str) -> None:
        super().__init__()
        self.entry = Entry(currency)
        self._asked = self._due = Money(0, currency)
        self._amounts: list[Money] = []
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        self._title, self._due_label = label("title"), label("big", "cashDue", align=right)
        self._rounding = label("soft", "cashRounding", align=right)
        self._handed_word, self._handed = label("lead"), label("big", "cashTendered", align=right)
        self._change_word, self._change = label("lead", "cashChangeWord"), label("giant", "cashChange", align=right)
        self._quick = [self._made_quick(number) for number in range(4)]
        self._done = Button("cashDone", "primary", self.take)
        self._leave = Button("cashLeave", "flat", self.left.emit)
        self._done.setMinimumHeight(64)
        self._leave.setMinimumHeight(48)
        self._lay_out()
        self._rounding.setVisible(is_rounded(currency))  # once it has a parent: without one it would be a window
        self.retranslate()

    def _made_quick(self, number: int) -> Button:
        key = Button(f"cashQuick{number}", "quick", lambda: self._take_quick(number))
        key.setMinimumHeight(64)
        return key

    def _lay_out(self) -> None:
        quick = QGridLayout()
        quick.setSpacing(8)
        for number, key in enumerate(self._quick):
            quick.addWidget(key, number // 2, number % 2)
        top = hbox(self._title, None, self._due_label, spacing=16)
        sums = STRETCH, self._sums(), STRETCH
        vbox(top, self._rounding, quick, *sums, self._done, self._leave, into=self, spacing=16, margins=16)

    def _sums(self) -> QGridLayout:
        sums = QGridLayout()
        sums.setColumnStretch(1, 1)
        for row, (word, value) in enumerate(((self._handed_word, self._handed), (self._change_word, self._change))):
            value.setFixedHeight(72 if row else 48)
            sums.addWidget(word, row, 0)
            sums.addWidget(value, row, 1)
        return sums

    def ask(self, due: Money) -> None:
        """Begin with a new sale of ``due``, which is rounded to what coins can pay."""
        self._asked, self._due, self._amounts = due, round_cash(due), quick_amounts(due)
        self.entry.clear()
        self.refresh()

    def refresh(self) -> None:
        """After something was typed."""
        handed = amount_or_none(self.entry)
        self._due_label.setText(self._due.display)
        self._handed.setText(handed.display if handed else "–")
        enough = handed is None or handed >= self._due
        fault = _coins_fault(handed)
        self._done.setEnabled(enough and not fault)
        self._change_word.setText(_("Change") if enough else _("Still missing"))
        self._rounding.setText(fault or self._rounding_words())
        gap = (handed - self._due if enough else self._due - handed) if handed else None
        self._change.setText(gap.display if gap else "–")
        self._show_quick_amounts()

    def _rounding_words(self) -> str:
        rounding = rounding_of(self._asked)
        if rounding is None:
            return ""
        text = _("{amount}, rounding {rounding}")
        return text.format(amount=self._asked.display, rounding=rounding.display)

    def _show_quick_amounts(self) -> None:
        for number, key in enumerate(self._quick):
            amount = self._amounts[number] if number < len(self._amounts) else None
            text = amount.display if amount else ""
            key.say(_("Exact {amount}").format(amount=text) if text and number == 0 else text, text or _("Cash"))
            key.setEnabled(amount is not None)

    def take(self) -> None:
        """What was typed, or exactly the amount when nothing was."""
        handed = amount_or_none(self.entry) or self._due
        if handed >= self._due and not _coins_fault(handed):
            self.taken.emit(handed)

    def _take_quick(self, number: int) -> None:
        self.taken.emit(self._amounts[number])

    def retranslate(self) -> None:
        self._title.setText(_("Cash"))
        self._handed_word.setText(_("Cash received"))
        self._done.say(_("Take the cash · F5"))
        self._leave.say(_("Back · Esc"))
        for key in self._quick:
            key.setAccessibleName(key.text() or _("Cash received"))
        self.refresh()


def _coins_fault(handed: Money | None) -> str:
    """Return why no coins make up ``handed``, or ""."""
    try:
        if handed is not None:
            check_coins("tendered", handed)
    except InputError as error:
        return error.message.spoken()
    return ""
