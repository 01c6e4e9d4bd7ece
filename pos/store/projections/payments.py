"""Attempts, their payments and their ledger entries."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from pos.domain.journal_kinds import ABSENT
from pos.domain.journal_kinds.payments import AttemptCreated, AttemptStep
from pos.store.projections.base import Change, Projections, Row, Sealed, insert

MOVING: Final = (
    "state", "sent_at", "ended_at", "gateway_ref", "gateway_key", "pay_url", "virtual_account",
    "expires_at", "page_served_at", "cancel_wanted", "message", "code", "fee", "details", "received",
)  # fmt: skip
"""Columns of ``attempts`` that a step may change."""

_MOVING: Final = frozenset(MOVING)
PAYMENT: Final = (
    "INSERT INTO payments (id, amount, currency, lines, options, created_at) VALUES (?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (id) DO NOTHING"
)
_COLUMNS: Final = (
    "order_no", "payment_id", "tender", "gateway", "amount", "currency", "register", "created_at", "page_token",
    "tendered", "cashier", "rounding", *MOVING, "seq",
)  # fmt: skip
_ATTEMPT: Final = insert("attempts", _COLUMNS)
TERMS: Final = (
    "INSERT INTO sale_terms (id, note, discount, approved_by, seq) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING"
)
_PART: Final = insert("sale_parts", ("order_no", "sale_id", "seq"))
_NEW: Final = ("created", None, None, "", "", "", None, None, None, 0, "", "", "", "{}", None)
NEW_ATTEMPT: Final = dict(zip(MOVING, _NEW, strict=True))
"""What a step may change, as a new attempt has it."""
_SALE: Final = (
    "INSERT INTO bookings (seq, at, day, hour, kind, order_no, refund_no, tender, gateway, way, amount, currency,"
    " cashier, register, shift, fee, rounding) SELECT ?, coalesce(ended_at, created_at), ?, ?, 'sale', order_no, '',"
    " tender, gateway, '', coalesce(CAST(substr(received, 5) AS INTEGER), amount),"
    " coalesce(substr(received, 1, 3), currency), cashier, ?, ?, ?, rounding FROM attempts WHERE order_no = ?"
)


def _created(row: Row) -> Iterator[Change]:
    body: AttemptCreated = row.body
    options = "" if body.options == "{}" else body.options
    yield Change(PAYMENT, (body.payment_id, body.amount, body.currency, body.lines, options, body.created_at), "")
    if body.note or body.discount or body.approved_by:
        yield Change(TERMS, (body.payment_id, body.note, body.discount, body.approved_by, row.seq), "")
    fixed = (
        row.order_no, body.payment_id, body.tender, body.gateway, body.amount, body.currency, row.register,
        body.created_at, body.page, body.tendered, row.actor, body.rounding,
    )  # fmt: skip
    yield Change(_ATTEMPT, (*fixed, *_NEW, row.seq), row.order_no, _COLUMNS)
    if body.sale_id:
        yield Change(_PART, (row.order_no, body.sale_id, row.seq), "")
    if body.facts:
        yield _changed(row, dict(body.facts))


def _step(row: Row) -> Iterator[Change]:
    body: AttemptStep = row.body
    facts = {name: value for name, value in vars(body).items() if value is not ABSENT and name in _MOVING}
    yield _changed(row, facts)
    if body.day:
        booked = (row.seq, body.day, body.hour, row.register, body.shift, body.fee_hundredths, row.order_no)
        yield Change(_SALE, booked, row.order_no)


def _changed(row: Row, facts: dict[str, Any]) -> Change:
    if "gateway_key" in facts:
        facts["gateway_key"] = Sealed(facts["gateway_key"])
    names = tuple(facts)
    return Change(_update(names), (*facts.values(), row.seq, row.order_no), row.order_no, (*names, "seq"))


@cache
def _update(names: tuple[str, ...]) -> str:
    return f"UPDATE attempts SET {''.join(f'{name} = ?, ' for name in names)}seq = ? WHERE order_no = ?"


PROJECTIONS: Final[Projections] = {AttemptCreated: _created, AttemptStep: _step}
