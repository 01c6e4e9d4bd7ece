"""The back office: one big tile for each of its pages. A tile says beforehand whether a manager is needed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout

from pos.domain.events import Fact, SignInChanged
from pos.domain.staff import RIGHTS, Action, Role
from pos.gui.big_tile import BigTile
from pos.gui.bridge import Bridge, Till
from pos.gui.page import Page
from pos.i18n import N_, _


@dataclass(frozen=True, slots=True)
class Way:
    """One tile: the page it opens, and the right one needs to go on there without a PIN."""

    page: str
    icon: str
    name: str
    words: str
    key: str
    action: Action


WAYS: Final = (
    Way("past", "list", N_("Past payments"), N_("Find a payment and see its result."), "F7", Action.SEE_LAST),
    Way("refund", "office-refund", N_("Refund"), N_("Refund a payment in full or in part."), "F9", Action.REFUND),
    Way("shift", "office-shift", N_("Open or close shift"), N_("Float, cash count, X and Z reports."), "F10",
        Action.SHIFT),
    Way("totals", "office-totals", N_("Totals"), N_("Figures of today and of any earlier day."), "Shift+F10",
        Action.REPORTS),
    Way("reconcile", "office-reconcile", N_("Reconcile"), N_("Compare our records with the gateways'."), "",
        Action.RECONCILE),
    Way("agreements", "office-agreements", N_("Agreements"), N_("Cards that are charged again and again."), "",
        Action.SELL),
    Way("owed", "receipt", N_("E-invoices to do"), N_("To issue in time, or to correct after a refund."), "Shift+F9",
        Action.SELL),
    Way("items", "basket", N_("Items"), N_("What is sold: names, prices and barcodes."), "", Action.ITEMS),
    Way("people", "people", N_("People"), N_("Names, roles and PINs."), "", Action.STAFF),
    Way("backups", "office-backup", N_("Backup"), N_("Back up and verify the journal."), "",
        Action.BACKUP),
    Way("settings", "office-settings", N_("Settings"), N_("Shop, gateways, printer, backup, look."), "",
        Action.SETTINGS),
    Way("gateways", "link", N_("Gateways"), N_("The address and the merchant number of each."), "",
        Action.KEYS),
)  # fmt: skip

COLUMNS: Final = 3
STEPS: Final = {
    Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -COLUMNS, Qt.Key.Key_Down: COLUMNS,
}  # fmt: skip


class OfficePage(Page):
    """One tile for each of ``pages`` that has a :class:`Way`."""

    def __init__(self, till: Till, bridge: Bridge, pages: Collection[str]) -> None:
        super().__init__(till, bridge, "office", N_("Office"))
        self._may: Mapping[Action, bool] = {}
        self._gone_to = ""
        self._ways = [way for way in WAYS if way.page in pages]
        self.tiles = [self._tile(way) for way in self._ways]
        grid = QGridLayout()
        grid.setSpacing(8)
        for place, tile in enumerate(self.tiles):
            grid.addWidget(tile, place // COLUMNS, place % COLUMNS)
        for column in range(COLUMNS):
            grid.setColumnStretch(column, 1)
        self.column.addLayout(grid)
        self.column.addStretch(1)
        bridge.fact.connect(self._on_fact)
        self.retranslate()

    def _tile(self, way: Way) -> BigTile:
        return BigTile(f"office{way.page.title()}", way.icon, partial(self._go, way.page), 112)

    def _go(self, page: str) -> None:
        self._gone_to = page
        self.visit(page, returns=True)

    def open(self) -> None:
        """Come to the front: the rights of the person signed in may differ."""
        self.tiles[0].setFocus()
        self._ask_rights()

    def reopen(self) -> None:
        """Back from a page: its tile is where one was."""
        pages = [way.page for way in self._ways]
        self.tiles[pages.index(self._gone_to) if self._gone_to in pages else 0].setFocus()
        self._ask_rights()

    def _ask_rights(self) -> None:
        actions = [way.action for way in self._ways]
        self.call(self.services.authorization.allowed, self.actor, actions).then(self._know)

    def _know(self, may: Mapping[Action, bool]) -> None:
        self._may = may
        self._show_tiles()

    def _on_fact(self, fact: Fact) -> None:
        if isinstance(fact, SignInChanged) and self.isVisible():
            self._ask_rights()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = STEPS.get(Qt.Key(event.key()), 0)
        here = next((place for place, tile in enumerate(self.tiles) if tile.hasFocus()), None)
        if step and here is not None and 0 <= here + step < len(self.tiles):
            self.tiles[here + step].setFocus(Qt.FocusReason.TabFocusReason)
        else:
            super().keyPressEvent(event)

    def _show_tiles(self) -> None:
        for way, tile in zip(self._ways, self.tiles, strict=True):
            words = f"{_(way.words)}\n{way.key}" if way.key else _(way.words)
            if self._may.get(way.action, True):
                tile.show_texts(_(way.name), words)
            else:
                owner = way.action not in RIGHTS[Role.MANAGER]
                note = _("needs the owner") if owner else _("needs a manager")
                tile.show_texts(_(way.name), words, note, "lock", "warn")

    def retranslate(self) -> None:
        super().retranslate()
        self._show_tiles()
