"""The largest thing on the screen: what is typed, in the shop's currency, with the requested e-invoice beside it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout

from pos.domain.money import SIGNS
from pos.gui.sale.entry import Entry
from pos.gui.widgets import Card, label, restyle

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
        left.addWidget(chip)
        row.addLayout(left)
        row.addWidget(self._display, 1)

    def show_entry(self, entry: Entry) -> None:
        """What is typed now."""
        self._display.setText(entry.shown)
        restyle(self._display, "long", str(len(entry.shown) > LONG).lower())
        self._display.setForegroundRole(TYPED if entry.text else EMPTY)
        self._display.setAccessibleName(f"{self._sign.text()}{entry.shown}")
