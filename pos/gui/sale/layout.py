"""The grid of the sell page: amount and keypad, the ways to pay, the waiting payments, and one panel at the right."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QWidget

SHARES = (37, 17, 46)
"""How the columns share the width."""


def lay_out(
    page: QWidget, amount: QWidget, keypad: QWidget, tenders: QWidget, waiting: QWidget, panels: QWidget
) -> None:  # fmt: skip
    """Place the parts of the sell page."""
    grid = QGridLayout(page)
    grid.setContentsMargins(16, 12, 16, 8)
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(12)  # all keys fit beneath the banner of training in the smallest window
    grid.addWidget(amount, 0, 0)
    grid.addWidget(keypad, 1, 0)
    grid.addWidget(tenders, 0, 1, 2, 1)
    grid.addWidget(waiting, 2, 0, 1, 2)
    grid.addWidget(panels, 0, 2, 3, 1)
    for column, share in enumerate(SHARES):
        grid.setColumnStretch(column, share)
    grid.setRowStretch(1, 1)
