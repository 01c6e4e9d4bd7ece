"""The largest thing on the screen: what is typed, in the shop's currency, with the requested e-invoice beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout

from pos.domain.money import SIGNS
from pos.gui.sale.entry import Entry, grouped
from pos.gui.widgets import Card, Elided, label, restyle
from pos.i18n import _

if TYPE_CHECKING:
    from pos.domain.split import SplitSale

LONG: Final = 7
"""Characters of an amount from which it is written smaller."""


TYPED: Final = QPalette.ColorRole.WindowText
EMPTY: Final = QPalette.ColorRole.PlaceholderText
"""Roles and no rule of the stylesheet: the first digit would wait for one."""


class AmountCard(Card):
    """Shows one entry; ``chip`` is shown under the currency's sign."""

    def __init__(self, currency: str, chip: QLabel) -> None:
        super().__init__("amountCard")
        self._sign = label("title")
        self._sign.setText(SIGNS.get(currency, currency))
        self._display = label("", "amountDisplay", align=Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setFixedHeight(104)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 16, 8)
        left = QVBoxLayout()
        left.addSpacing(20)  # the mark of training is above
        left.addWidget(self._sign)
        left.addLayout(self._below_sign(chip))
        row.addLayout(left)
        row.addWidget(self._display, 1)

    def _below_sign(self, chip: QLabel) -> QGridLayout:
        """The e-invoice of a split sale is on its panel, so both have the same place."""
        self._left, self._whole = Elided("soft", "amountLeft"), Elided("soft", "amountWhole")
        place = QGridLayout()
        place.setVerticalSpacing(0)
        place.addWidget(chip, 0, 0, 2, 1)
        place.addWidget(self._left, 0, 0)
        place.addWidget(self._whole, 1, 0)
        return place

    def show_entry(self, entry: Entry, split: SplitSale | None = None, due: str = "", reduced: str = "") -> None:
        """What is typed now, or ``due`` instead. Of a split sale nothing typed means all that is left.

        ``reduced`` says what is due of the typed amount after a discount.
        """
        shown = due or (entry.shown if entry.text or split is None else grouped(split.left.decimal))
        self._display.setText(shown)
        restyle(self._display, "long", str(len(shown) > LONG).lower())
        self._display.setForegroundRole(TYPED if entry.text or due else EMPTY)
        self._display.setAccessibleName(f"{self._sign.text()}{shown}")
        self._left.setText(_("{amount} left").format(amount=split.left.display) if split else reduced)
        self._whole.setText(_("of {amount}").format(amount=split.amount.display) if split else "")
