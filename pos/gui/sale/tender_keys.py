"""The tender keys F1 to F5, and beneath them the key of the others, if the shop shows more than five."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from pos.domain.tenders import KEYS, USUAL_KEYS, Tender
from pos.gui.layouts import vbox
from pos.gui.sale.tender_tile import LOW, MoreTile, TenderTile
from pos.i18n import _

if TYPE_CHECKING:
    from pos.domain.events import Fact
    from pos.services.routes import Offer


class TenderKeys(QWidget):
    """``pressed`` carries the tender, also of a key that is not available: the page says why.

    ``tool_wanted``: the customer's page of MyPay is to open with a certain tool. ``more_wanted``: the ways to pay
    without a key are to be shown. ``offered``: the offers are known, or have changed.
    """

    pressed = Signal(object)
    tool_wanted = Signal()
    more_wanted = Signal()
    offered = Signal()

    def __init__(self, shown: Sequence[Tender] = USUAL_KEYS) -> None:
        super().__init__()
        self._offers: dict[Tender, Offer] = {}
        self._key_refused: set[str] = set()
        self._silent: dict[str, str] = {}
        self.tiles: dict[Tender, TenderTile] = {}
        self._column = vbox(into=self, spacing=6)
        self._more = False
        self._lay_out(shown)

    def _lay_out(self, shown: Sequence[Tender]) -> None:
        """Give the first five tenders a key each, in place of those that were there."""
        while (item := self._column.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        self.tiles = {tender: self._tile(tender, key) for tender, key in zip(shown, KEYS, strict=False)}
        for tile in self.tiles.values():
            self._column.addWidget(tile)
        self._more = len(shown) > len(KEYS)
        if self._more:
            for tile in self.tiles.values():
                tile.setMinimumHeight(LOW)
            self._column.addWidget(MoreTile(self.more_wanted.emit))

    def _tile(self, tender: Tender, key: str) -> TenderTile:
        tile = TenderTile(tender, key, self.pressed.emit)
        if tender is Tender.MYPAY:
            tile.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)  # the other mouse key, or a long touch
            tile.customContextMenuRequested.connect(lambda _place: self.tool_wanted.emit())
        return tile

    def make(self, offers: Sequence[Offer]) -> None:
        """What the register offers, once it knows, and when that changes. The settings may have been mended since."""
        self._offers = {offer.tender: offer for offer in offers}
        if tuple(self._offers)[: len(KEYS)] != tuple(self.tiles) or (len(offers) > len(KEYS) and not self._more):
            self._lay_out(tuple(self._offers))
        self.dress(self.tiles.values())
        self.offered.emit()

    def dress(self, tiles: Iterable[TenderTile]) -> None:
        """Show on tiles what they offer, and how the gateways behind them are."""
        for tile in tiles:
            if offer := self._offers.get(tile.tender):
                tile.make(offer)
            first = next(iter(tile.offer.routes), "") if tile.offer else ""
            tile.mark_key(refused=first in self._key_refused)
            tile.show_silence(self._silent.get(first, ""))

    @property
    def others(self) -> tuple[Offer, ...]:
        """The ways to pay without a key of their own."""
        return tuple(offer for tender, offer in self._offers.items() if tender not in self.tiles)

    @property
    def has_more(self) -> bool:
        """Whether the shop shows more tenders than there are keys."""
        return self._more

    def press_place(self, place: int) -> None:
        """Press the key at one place, 0 for the first; nothing if the shop has fewer."""
        for tender in tuple(self.tiles)[place : place + 1]:
            self.pressed.emit(tender)

    def offer(self, tender: Tender) -> Offer | None:
        """None while the register is being opened, and for a tender that is not shown."""
        return self._offers.get(tender)

    def why_none(self) -> str:
        """Return why there is no offer for a tender."""
        if self._offers:
            return _("This register does not show this way to pay.")
        return _("One moment: the register is starting.")

    @property
    def take_codes(self) -> bool:
        """Whether any key charges the code on a customer's phone."""
        return any(offer.takes_codes for offer in self._offers.values())

    def on_fact(self, fact: Fact) -> None:
        """Show the health of a gateway, or that it refuses this shop's key."""
        from pos.domain.events import GatewayHealthChanged, MerchantKeyChanged

        if isinstance(fact, GatewayHealthChanged):
            self.show_gateway_health(fact.gateway, fact.up, fact.message.spoken())
        elif isinstance(fact, MerchantKeyChanged):
            self.mark_key(fact.gateway, refused=fact.refused)

    def mark_key(self, gateway: str, *, refused: bool) -> None:
        """Mark every key whose first route is a gateway that refuses this shop's merchant key, or remove the mark."""
        self._key_refused.add(gateway) if refused else self._key_refused.discard(gateway)
        self.dress(self.tiles.values())

    def show_gateway_health(self, gateway: str, up: bool, message: str) -> None:
        """Show on every key whose first route is ``gateway`` whether it answers, also on keys that are made later."""
        if up:
            self._silent.pop(gateway, None)
        else:
            self._silent[gateway] = message
        self.dress(self.tiles.values())
