"""E-invoices, and the last title of each company number."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from pos.domain.journal_kinds import ABSENT
from pos.domain.journal_kinds.payments import InvoiceStep
from pos.store.journal.format import canonical
from pos.store.projections.base import Change, Projections, Row

_NEW: Final = (
    "INSERT INTO invoices (order_no, wish, state, paper, asked, found, message, seq)"
    " VALUES (?, ?, 0, 'never', 0, '{}', '', ?) ON CONFLICT (order_no) DO NOTHING"
)
_COLUMNS: Final = {
    "invoice_state": "state", "paper": "paper", "paid_at": "paid_at", "asked": "asked", "found": "found",
    "message": "message",
}  # fmt: skip
_TITLE: Final = "INSERT OR REPLACE INTO companies (ban, title) VALUES (?, ?)"


def _step(row: Row) -> Iterator[Change]:
    body: InvoiceStep = row.body
    facts: dict[str, Any] = {
        _COLUMNS[name]: value for name, value in vars(body).items() if value is not ABSENT and name in _COLUMNS
    }
    if body.wish is not ABSENT:
        facts["wish"] = canonical(body.wish)
        yield Change(_NEW, (row.order_no, facts["wish"], row.seq), "")
        _kind, _code, ban, title = body.wish
        if ban and title:
            yield Change(_TITLE, (ban, title), "")
    yield Change(_update(tuple(facts)), (*facts.values(), row.seq, row.order_no), "")


@cache
def _update(names: tuple[str, ...]) -> str:
    return f"UPDATE invoices SET {''.join(f'{name} = ?, ' for name in names)}seq = ? WHERE order_no = ?"


PROJECTIONS: Final[Projections] = {InvoiceStep: _step}
