"""Split sales: what was paid of each, and what is left to pay. Their parts are taken by the payments."""

from __future__ import annotations

from collections.abc import Sequence

from pos.domain.money import Money
from pos.domain.split import SplitSale, check_open
from pos.store.payments import PaymentStore


class SplitSales:
    """Read split sales. A part of one is taken by :meth:`pos.services.payments.Payments.take`."""

    def __init__(self, payments: PaymentStore) -> None:
        self._payments = payments

    def get(self, number: str) -> SplitSale:
        """Return a split sale by its id or by the order number of one of its parts. Raises NotFound."""
        return self._payments.split_sale(number)

    def left(self, number: str) -> Money:
        """Return what is left to pay of a sale. Raises NotFound, and NotAllowed if no further part may be taken."""
        sale = self.get(number)
        check_open(sale)
        return sale.left

    def unfinished(self) -> Sequence[SplitSale]:
        """Return the sales of which only a part was paid and not refunded, oldest first."""
        return self._payments.unfinished_sales()
