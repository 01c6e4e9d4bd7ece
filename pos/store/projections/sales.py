"""Sales that are split over several payments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pos.domain.journal_kinds.sales import SaleOpened, SalePaid
from pos.store.projections.base import Change, Projections, Row, insert
from pos.store.projections.payments import TERMS

_SALE: Final = insert("split_sales", (
    "sale_id", "amount", "currency", "lines", "options", "register", "cashier", "created_at", "paid_at", "seq",
))  # fmt: skip
_PAID: Final = "UPDATE split_sales SET paid_at = ?, seq = ? WHERE sale_id = ?"


def _opened(row: Row) -> Iterator[Change]:
    body: SaleOpened = row.body
    sold = (body.sale_id, body.amount, body.currency, body.lines, body.options)
    yield Change(_SALE, (*sold, row.register, row.actor, body.created_at, None, row.seq), "")
    if body.note or body.discount or body.approved_by:
        yield Change(TERMS, (body.sale_id, body.note, body.discount, body.approved_by, row.seq), "")


def _paid(row: Row) -> Iterator[Change]:
    body: SalePaid = row.body
    yield Change(_PAID, (row.at, row.seq, body.sale_id), "")


PROJECTIONS: Final[Projections] = {SaleOpened: _opened, SalePaid: _paid}
