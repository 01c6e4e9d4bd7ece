"""Items at the counter: chosen on the grid or scanned, counted, removed, and handed over with the sale."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from pos.errors import InputError
from pos.gui.bridge import Bridge
from pos.gui.sale.sale_panels import PanelShown
from pos.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from pos.domain.catalogue import Item
    from pos.domain.events import Fact
    from pos.gui.sale.page import SellPage
    from pos.services.permissions import Permission


class ItemsAtCounter(QObject):
    """Changes the basket of the sell page, and shows it."""

    def __init__(self, sell: SellPage, bridge: Bridge) -> None:
        super().__init__()
        self._sell, self._bridge, self._basket = sell, bridge, sell.basket
        self._shown = sell.basket.contents

    def build_deferred(self) -> None:
        """Connect the panel once it is built."""
        panel = self._sell.panels.items
        panel.chosen.connect(self._add)
        panel.taken_one.connect(lambda place: self._edit(partial(self._basket.take_one, place)))
        panel.removed.connect(lambda place: self._edit(partial(self._basket.remove, place)))
        panel.times_wanted.connect(lambda: self.press_sign("*"))
        panel.terms_edited.connect(self._on_note)
        panel.discount_wanted.connect(self._on_discount)
        panel.edited.connect(self._sell.setFocus)
        self._sell.codes.other_scanned.connect(self._on_scan)

    def open_journal(self) -> None:
        """Read the catalogue after the journal opened."""
        read = self._bridge.call(self._bridge.services.catalogue.items)
        read.then(self._sell.panels.show_items, self._sell.failed.emit)

    def on_fact(self, fact: Fact) -> None:
        """Read the catalogue again after a change."""
        from pos.domain.events import CatalogueChanged

        if isinstance(fact, CatalogueChanged):
            self.open_journal()

    def press_sign(self, sign: str) -> bool:
        """Handle "×" after a price and "+" after its quantity; return False for any other key."""
        if sign not in ("*", "×", "+") or self._sell.split.sale is not None:
            return False
        take = self._basket.finish_line if sign == "+" and self._basket.contents.price else self._basket.times
        self._edit(lambda: take(self._sell.entry))
        return True

    def clear(self) -> bool:
        """Empty the basket, as C and Esc do when no digits are typed; return whether it had anything."""
        had_any = not self._basket.is_empty
        self._basket.take()
        self._sell.refresh_amount()
        return had_any

    def refresh(self) -> None:
        """Show the basket if it changed."""
        if self._shown is not self._basket.contents:
            self._shown = self._basket.contents
            self._sell.panels.show_basket(self._shown)

    def _add(self, item: Item) -> None:
        if self._sell.panels.showing is not PanelShown.HINT:
            self._sell.new_sale()
        if self._sell.split.sale is None:
            self._edit(lambda: self._basket.add(item, self._sell.entry))

    def _on_scan(self, text: str) -> None:
        if not self._sell.panels.items.has_items:
            return
        scanned = self._bridge.call(self._bridge.services.catalogue.of_barcode, text)
        scanned.then(lambda item: self._add(item) if item else self._say_unknown(), self._sell.failed.emit)

    def _say_unknown(self) -> None:
        self._sell.message_posted.emit(_("No item has this barcode."), "warn")

    def _on_note(self, text: str) -> None:
        from pos.domain.typed_text import check_note

        try:
            self._basket.contents = replace(self._basket.contents, note=check_note(text))
        except InputError as error:
            self._sell.failed.emit(error)

    def _on_discount(self, discount: str, reason: str) -> None:
        """Apply a discount; a large one after a manager's PIN."""
        from pos.domain.staff import Action
        from pos.services.discounts import is_large

        before = self._basket.contents
        self._basket.contents = replace(before, discount=discount, reason=reason, permission=None)
        try:
            sale = self._basket.due(self._sell.entry) if discount else None
        except InputError as error:
            self._basket.contents = before
            self._sell.failed.emit(error)
            return
        if sale is None or not is_large(sale):
            self._sell.setFocus()
            self._edit(lambda: None)
            return
        wanted, self._basket.contents = self._basket.contents, before

        def given(permission: Permission) -> None:
            self._basket.contents = replace(wanted, permission=permission)
            self._sell.setFocus()
            self._edit(lambda: None)

        self._sell.invoice_requests.approve(Action.DISCOUNT, given)

    def _edit(self, change: Callable[[], object]) -> None:
        try:
            change()
        except InputError as error:
            self._sell.failed.emit(error)
            return
        self._sell.charging.forget_warnings()
        self._sell.refresh_amount()
