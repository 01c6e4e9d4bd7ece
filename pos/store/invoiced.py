"""Which number an e-invoice has, as SQL: that of its payment, or of the first part of a split sale."""

from __future__ import annotations

from typing import Final

_HOLDER: Final = (
    "coalesce((SELECT h.order_no FROM sale_parts g JOIN sale_parts h ON h.sale_id = g.sale_id"
    " WHERE g.order_no = {0} ORDER BY h.seq LIMIT 1), {0})"
)
_COMPLETES: Final = (  # the sale's row was last written when it was paid, right after the capture of its last part
    "(SELECT max(c.seq) FROM sale_parts q JOIN bookings c ON c.order_no = q.order_no"
    " WHERE q.sale_id = t.sale_id AND c.kind = 'sale' AND c.seq < t.seq)"
)
_BOOKED: Final = (
    "coalesce((SELECT CASE WHEN t.paid_at IS NOT NULL AND {0}.seq = "
    + _COMPLETES
    + " THEN (SELECT h.order_no FROM sale_parts h WHERE h.sale_id = t.sale_id ORDER BY h.seq LIMIT 1) ELSE '' END"
    " FROM sale_parts p JOIN split_sales t ON t.sale_id = p.sale_id WHERE p.order_no = {0}.order_no), {0}.order_no)"
)


def holder_of(order_no: str) -> str:
    """Return the expression for the number of the e-invoice of a payment; ``order_no`` is an SQL expression."""
    return _HOLDER.format(order_no)


def booked_with(alias: str) -> str:
    """Return the expression for the number of the e-invoice that counts with a sale's row of ``bookings``.

    That of a split sale counts once, with the part that completed it; with another part it is ''.
    """
    return _BOOKED.format(alias)
