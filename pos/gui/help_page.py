"""The keys of the register, on one page."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel

from pos.domain.tenders import KEYS, MORE_KEY, SPECS, Kind, Tender
from pos.gui.bridge import Bridge, Till
from pos.gui.layouts import hbox
from pos.gui.page import Page
from pos.gui.widgets import Card, label
from pos.i18n import N_, _

KEYCAP = 66
"""Pixels of a key at least."""


def _tender_keys(shown: Sequence[Tender]) -> list[tuple[str, str]]:
    """Return the keys of the tenders with their names; beneath one with a page the key that chooses its tool."""
    found = []
    for place, tender in enumerate(shown):
        if place < len(KEYS):
            found.append((KEYS[place], SPECS[tender].titles.short))
        elif place == len(KEYS):
            found.append((MORE_KEY, N_("More ways to pay")))
        if SPECS[tender].kind is Kind.PAGE:
            found.append(("Shift+F4", N_("MyPay, choose a tool")))
    return found


def _selling(shown: Sequence[Tender]) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return the group of the keys that take a payment."""
    last = (("Shift+F6", N_("Split the sale")), ("Enter", N_("Take the cash")))
    first = ("0 … 9", N_("Type the amount")), ("* +", N_("Times a quantity, and another line"))
    return N_("Take a payment"), (*first, *_tender_keys(shown), *last)


GROUPS = (
    (
        N_("Look up"),
        (("F6", N_("Check now")), ("F7", N_("Past payments")),
         ("Shift+F7", N_("Office")), ("F8", N_("Print the receipt or slip")),
         ("Shift+F8", N_("E-invoice")), ("F9", N_("Refund")), ("Shift+F9", N_("E-invoices to do")),
         ("F10", N_("Open or close shift")), ("Shift+F10", N_("Totals")), ("F11", N_("These keys")),
         ("F12", N_("Lock the register"))),
    ),
    (
        N_("Type and move"),
        (("Esc", N_("Clear, then go back")), ("Backspace", N_("Delete the last digit")),
         ("Delete", N_("Clear the amount")), ("Ctrl+V", N_("Paste an amount")), ("Tab", N_("Go to the next key"))),
    ),
)  # fmt: skip


class HelpPage(Page):
    """The keys in three groups."""

    def __init__(self, till: Till, bridge: Bridge) -> None:
        super().__init__(till, bridge, "help", N_("Keys"))
        self._texts: list[tuple[QLabel, str]] = []
        self.top.setSpacing(-1)
        cards = hbox(*((self._made_card((group,)), 1) for group in (_selling(till.shop.tenders), *GROUPS)), spacing=16)
        self.column.addLayout(cards)
        self.column.addStretch()
        self.retranslate()

    def _made_card(self, groups: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]) -> Card:
        card = Card(role="card")
        grid = QGridLayout(card)
        grid.setContentsMargins(24, 16, 24, 24)
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        for title, keys in groups:
            grid.addWidget(self._text("lead", title), grid.rowCount(), 0, 1, 2)
            for key, words in keys:
                row = grid.rowCount()
                cap = label("keycap", align=Qt.AlignmentFlag.AlignCenter)
                cap.setText(key)
                cap.ensurePolished()  # only then is it as wide as its letters are
                cap.setMinimumWidth(max(KEYCAP, cap.sizeHint().width()))
                grid.addWidget(cap, row, 0, Qt.AlignmentFlag.AlignLeft)
                grid.addWidget(self._text("", words), row, 1)
        grid.setRowStretch(grid.rowCount(), 1)
        return card

    def _text(self, role: str, text: str) -> QLabel:
        made = label(role)
        self._texts.append((made, text))
        return made

    def retranslate(self) -> None:
        super().retranslate()
        self.back.say(_("Sale"))
        for made, text in self._texts:
            made.setText(_(text))
