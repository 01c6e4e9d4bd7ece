"""The ways to pay that have no key of their own, shown beside the keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from pos.domain.tenders import Tender
from pos.gui.bridge import Bridge
from pos.gui.layouts import STRETCH, vbox
from pos.gui.sale.sale_panels import PanelShown
from pos.gui.sale.tender_tile import TenderTile
from pos.gui.self_updating import SelfUpdating
from pos.gui.widgets import label
from pos.i18n import _

if TYPE_CHECKING:
    from pos.gui.sale.page import SellPage
    from pos.services.routes import Offer

FEW: Final = 8
"""Tiles that fit in two columns; more of them are smaller, in three."""

LOWEST: Final = 48
HIGHEST: Final = 96


class MorePanel(SelfUpdating, QWidget):
    """``chosen`` carries a tender."""

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._title, self._none = label("title"), label("lead", "moreEmpty", wrap=True)
        self._grid = QGridLayout()
        self._grid.setSpacing(8)
        self.tiles: tuple[TenderTile, ...] = ()
        vbox(self._title, self._none, self._grid, STRETCH, into=self, spacing=12, margins=16)
        self.retranslate()

    def show_offers(self, offers: Sequence[Offer]) -> None:
        """Show a tile for each offer, in their order. The same ones stay: a tile under a finger does not go."""
        if [tile.tender for tile in self.tiles] == [offer.tender for offer in offers]:
            return
        for old in self.tiles:
            self._grid.removeWidget(old)
            old.deleteLater()
        self.tiles = tuple(TenderTile(offer.tender, "", self.chosen.emit) for offer in offers)
        across = 2 if len(offers) <= FEW else 3
        for number, tile in enumerate(self.tiles):
            tile.setMinimumSize(120, LOWEST)
            tile.setMaximumHeight(HIGHEST)
            self._grid.addWidget(tile, number // across, number % across)
            tile.show()  # now, so that it can have the focus
        self._none.setVisible(not offers)

    def retranslate(self) -> None:
        self._title.setText(_("How does the customer pay?"))
        self._none.setText(_("No other way to pay is set up. Choose one of the keys."))


class MoreTenders(QObject):
    """Opens and closes the choice, and asks in the background what the gateway offers to this shop."""

    def __init__(self, sell: SellPage, bridge: Bridge) -> None:
        super().__init__()
        self._sell, self._bridge = sell, bridge
        self._panels, self._keys = sell.panels, sell.tenders
        self._keys.more_wanted.connect(self.toggle)
        self._keys.offered.connect(self._on_offered)

    def build_deferred(self) -> None:
        """Connect the panel once it is built."""
        self._panels.more.chosen.connect(self._on_chosen, Qt.ConnectionType.QueuedConnection)

    @property
    def _is_open(self) -> bool:
        return self._panels.showing is PanelShown.MORE

    def toggle(self) -> None:
        """Open the choice, or close it."""
        if self.close() or not self._keys.has_more:
            return
        if not self._bridge.ready:
            self._sell.message_posted.emit(_("One moment: the register is starting."), "warn")
            return
        self._panels.ask_tender()
        self._show_offers()
        for tile in self._panels.more.tiles[:1]:
            tile.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.refresh()

    def close(self) -> bool:
        """Close the choice; return whether it was open."""
        if is_open := self._is_open:
            self._panels.show_ready()
            self._sell.setFocus()
        return is_open

    def refresh(self) -> None:
        """Learn in the background which tenders the gateway offers; without an answer all stay."""
        self._bridge.call(self._bridge.services.offered_tools.refresh).then(self._on_refreshed, lambda _error: None)

    def _on_refreshed(self, learned: bool) -> None:
        if learned:
            self._keys.make(self._bridge.offers)

    def _on_offered(self) -> None:
        """Show the changed offers."""
        if self._is_open:
            self._show_offers()

    def _show_offers(self) -> None:
        panel = self._panels.more
        panel.show_offers(self._keys.others)
        self._keys.dress(panel.tiles)

    def _on_chosen(self, tender: Tender) -> None:
        self._sell.setFocus()
        self._keys.pressed.emit(tender)
