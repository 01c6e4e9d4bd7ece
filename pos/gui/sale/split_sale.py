"""The split sale at the counter: begun with its amount, continued part by part, left and found again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from pos.gui.bridge import Bridge
from pos.gui.sale.basket import Basket
from pos.gui.sale.sale_panels import PanelShown, SalePanels
from pos.gui.sale.waiting_list import WaitingList
from pos.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pos.domain.payment import Attempt, Sale
    from pos.domain.split import SalePart, SplitSale
    from pos.services.permissions import Permission


class SplitAtCounter(QObject):
    """``changed``: another part was taken or ended, the sale was begun, paid or left. ``failed`` carries an error.

    ``message_posted`` carries a sentence and its tone.
    """

    changed = Signal()
    message_posted = Signal(str, str)
    failed = Signal(object)

    def __init__(self, bridge: Bridge, panels: SalePanels, waiting: WaitingList) -> None:
        super().__init__()
        self._bridge, self._panels, self._waiting = bridge, panels, waiting
        self._sale: SplitSale | None = None
        self._taking = self._warned = False
        self.permission: Permission | None = None

    @property
    def sale(self) -> SplitSale | None:
        """The sale whose next part is taken; None for sales in one payment."""
        return self._sale

    @property
    def sale_id(self) -> str:
        return self._sale.sale_id if self._sale else ""

    @property
    def part(self) -> SalePart | None:
        """What the next payment is a part of."""
        from pos.domain.payment import Sale
        from pos.domain.split import SalePart

        if (sale := self._sale) is None:
            return None
        return SalePart(sale.sale_id, Sale(sale.amount, sale.lines, sale.options, sale.terms))

    def begin(self, whole: Sale, basket: Basket) -> None:
        """Begin with the whole sale. Nothing is written before the first part.

        ``basket`` is emptied; what it has is a part of the whole.
        """
        from pos.domain.split import SplitSale, new_sale_id

        self.permission = basket.take().permission
        begun = SplitSale(new_sale_id(), whole.amount, "", "", datetime.now(UTC), whole.lines, whole.options)
        self._show(replace(begun, terms=whole.terms))

    def resume(self, sale_id: str, then: Callable[[], None]) -> None:
        """Continue a sale that was left; ``then`` is called once it is here, unless it is paid."""

        def came(sale: SplitSale) -> None:
            if sale.is_paid:
                self.message_posted.emit(_("This sale is already paid."), "warn")
                return
            self._show(sale)
            self.list_unfinished()
            then()

        self._bridge.call(self._bridge.services.sales.get, sale_id).then(came, self.failed.emit)

    def follow(self, attempt: Attempt) -> None:
        """Continue the sale of a part that came to the front."""
        if attempt.sale_id and attempt.sale_id != self.sale_id:
            self.resume(attempt.sale_id, self.changed.emit)

    def all_that_is_left(self) -> str:
        """Return what a part without an amount takes; "" if nothing may be taken now, which is said."""
        from pos.domain.split import check_open
        from pos.errors import NotAllowed

        if self._taking or self._sale is None:
            self.message_posted.emit(_("One moment: the last part is being taken."), "warn")
            return ""
        try:
            check_open(self._sale)
        except NotAllowed as error:
            self.message_posted.emit(error.spoken(), "warn")
            return ""
        return self._sale.left.decimal

    def begin_part(self) -> None:
        """Note that a part was handed over."""
        self._taking = self._sale is not None

    def end_refused_part(self) -> None:
        """Note that a part was refused, and nothing was written."""
        self._taking = False

    def on_attempt(self, attempt: Attempt) -> None:
        """Follow a part, of this sale or of one that was left."""
        if not attempt.sale_id:
            return
        if attempt.sale_id == self.sale_id:
            self._bridge.call(self._bridge.services.sales.get, attempt.sale_id).then(self._on_sale, self.failed.emit)
        self.list_unfinished()

    def refresh(self) -> None:
        """Read the sales again after a refund, which may be of a part, or news of an e-invoice."""
        if self._sale is not None and self._sale.parts:
            self._bridge.call(self._bridge.services.sales.get, self.sale_id).then(self._on_sale, self.failed.emit)
        self.list_unfinished()

    def list_unfinished(self) -> None:
        """Show the sales that were left with a part paid among the waiting payments."""
        self._bridge.call(self._bridge.services.sales.unfinished).then(self._list, self.failed.emit)

    def leave(self) -> bool:
        """Leave the sale; with a part paid, warn once first. Return whether it was left."""
        if self._sale is not None and self._sale.paid.minor > self._sale.refunded.minor and not self._warned:
            self._warned = True
            text = _("{paid} of {amount} is paid. Press Esc again: the sale stays in the waiting list.")
            paid, amount = self._sale.paid.display, self._sale.amount.display
            self.message_posted.emit(text.format(paid=paid, amount=amount), "warn")
            return False
        self.drop()
        return True

    def drop(self) -> None:
        """Leave the sale without a warning: another payment is to be taken."""
        if self._sale is not None:
            self._show(None)
            self.list_unfinished()

    def _on_sale(self, sale: SplitSale) -> None:
        if sale.sale_id != self.sale_id:
            return  # another sale came to the front meanwhile
        self._taking = False
        if sale.is_paid and self._panels.showing is PanelShown.SPLIT:
            self._panels.show_attempt(sale.captured[-1])
        self._panels.paid.show_sale(sale)
        self._show(None if sale.is_paid else sale)

    def _list(self, sales: Sequence[SplitSale]) -> None:
        self._waiting.show_sales([one for one in sales if one.sale_id != self.sale_id])

    def _show(self, sale: SplitSale | None) -> None:
        self._sale, self._warned = sale, False
        self._taking = self._taking and sale is not None
        self._panels.rest_on(sale)
        self.changed.emit()

    def is_part(self, attempt: Attempt | None) -> bool:
        """Return whether the next payment, or ``attempt``, is a part of a split sale."""
        return bool(attempt.sale_id) if attempt is not None else self._sale is not None

    @property
    def last_part(self) -> Attempt | None:
        """The newest part of the sale, None before the first."""
        return self._sale.parts[-1] if self._sale is not None and self._sale.parts else None
