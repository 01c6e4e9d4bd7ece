"""Projections: pure functions from a journal row to the changes of the tables.

The register writes every row through them; verification, rebuilding and restoring replay them.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from pos.store.projections.base import Change, Projections, Row

_NOTHING: tuple[Change, ...] = ()


def changes_of(row: Row) -> Iterable[Change]:
    """Return the table changes of a row, in order. Many kinds change no table."""
    projection = _projections().get(type(row.body))
    return projection(row) if projection else _NOTHING


@cache
def _projections() -> Projections:
    from pos.store.projections import (
        agreements,
        catalogue,
        gateways,
        invoices,
        payments,
        people,
        refunds,
        register,
        sales,
        shifts,
    )

    modules = (payments, sales, agreements, refunds, invoices, shifts, catalogue, people, gateways, register)
    return {body: projection for module in modules for body, projection in module.PROJECTIONS.items()}
