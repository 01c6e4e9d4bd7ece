"""E-invoices, the orders that carry those of cash sales, and the last title of each company number."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from pos.domain.journal_kinds import ABSENT
from pos.domain.journal_kinds.payments import InvoiceOrderStep, InvoiceStep
from pos.store.journal.format import canonical
from pos.store.projections.base import Change, Projections, Row, Sealed

_NEW: Final = (
    "INSERT INTO invoices (order_no, wish, state, paper, asked, found, message, seq)"
    " VALUES (?, ?, 0, 'never', 0, '{}', '', ?) ON CONFLICT (order_no) DO NOTHING"
)
_COLUMNS: Final = {
    "invoice_state": "state", "paper": "paper", "paid_at": "paid_at", "asked": "asked", "found": "found",
    "message": "message",
}  # fmt: skip
_NEW_ORDER: Final = (
    "INSERT INTO invoice_orders (number, order_no, gateway, state, gateway_ref, gateway_key, code, message, created_at,"
    " seq) VALUES (?, ?, ?, '', '', '', '', '', ?, ?) ON CONFLICT (number) DO NOTHING"
)
_ORDER_COLUMNS: Final = {
    "order_state": "state", "gateway_ref": "gateway_ref", "gateway_key": "gateway_key", "code": "code",
    "message": "message",
}  # fmt: skip
_SENDS: Final = frozenset({"invoice_order_send", "invoice_order_no_answer"})
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


def _order_step(row: Row) -> Iterator[Change]:
    body: InvoiceOrderStep = row.body
    if body.gateway:
        made = body.created_at or row.at
        yield Change(_NEW_ORDER, (body.number, row.order_no, body.gateway, made, row.seq), "")
    facts: dict[str, Any] = {
        _ORDER_COLUMNS[name]: value
        for name, value in vars(body).items()
        if value is not ABSENT and name in _ORDER_COLUMNS
    }
    if "gateway_key" in facts:
        facts["gateway_key"] = Sealed(facts["gateway_key"])
    if row.kind in _SENDS:
        facts["sent_at"] = row.at
    names = "".join(f"{name} = ?, " for name in facts)
    sql = f"UPDATE invoice_orders SET {names}seq = ? WHERE number = ?"
    yield Change(sql, (*facts.values(), row.seq, body.number), "")


@cache
def _update(names: tuple[str, ...]) -> str:
    return f"UPDATE invoices SET {''.join(f'{name} = ?, ' for name in names)}seq = ? WHERE order_no = ?"


PROJECTIONS: Final[Projections] = {InvoiceStep: _step, InvoiceOrderStep: _order_step}
