"""Refunds and their ledger entries."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from pos.domain.journal_kinds import ABSENT
from pos.domain.journal_kinds.payments import RefundCarried, RefundCreated, RefundStep
from pos.store.projections.base import Change, Projections, Row, insert

MOVING: Final = ("state", "sent_at", "ended_at", "due_at", "gateway_ref", "message", "code", "details")
"""Columns of ``refunds`` that a step may change."""

NEW_REFUND: Final = dict(zip(MOVING, ("created", None, None, None, "", "", "", "{}"), strict=True))
"""What a step may change, as a new refund has it."""

_MOVING: Final = frozenset(MOVING)
_REFUND: Final = insert("refunds", (
    "refund_no", "order_no", "gateway", "way", "amount", "currency", "reason", "register", "created_at", "by",
    "approved_by", "reference", "remedy", "lines", "rounding", *MOVING, "seq",
))  # fmt: skip
_BOOKED: Final = (
    "INSERT INTO bookings (seq, at, day, hour, kind, order_no, refund_no, tender, gateway, way, amount, currency,"
    " cashier, register, shift, rounding) SELECT ?, coalesce(r.ended_at, r.created_at), ?, ?, 'refund', r.order_no,"
    " r.refund_no, a.tender, r.gateway, r.way, r.amount, r.currency, r.by, ?, ?, -r.rounding"
    " FROM refunds r JOIN attempts a ON a.order_no = r.order_no WHERE r.refund_no = ?"
)
_FORGET: Final = "DELETE FROM refunds WHERE refund_no = ?"


def _created(row: Row) -> Iterator[Change]:
    body: RefundCreated = row.body
    fixed = (
        body.refund_no, row.order_no, body.gateway, body.way, body.amount, body.currency, body.reason, row.register,
        body.created_at, row.actor, body.approved_by, body.reference, body.remedy, body.lines, body.rounding,
    )  # fmt: skip
    facts = {**NEW_REFUND, **(body.facts or {}), "state": body.refund_state}
    yield Change(_REFUND, (*fixed, *facts.values(), row.seq))


def _step(row: Row) -> Iterator[Change]:
    body: RefundStep = row.body
    facts = {name: value for name, value in vars(body).items() if value is not ABSENT and name in _MOVING}
    if body.refund_state is not ABSENT:
        facts["state"] = body.refund_state
    yield Change(_update(tuple(facts)), (*facts.values(), row.seq, body.refund_no))
    if body.day:
        yield Change(_BOOKED, (row.seq, body.day, body.hour, row.register, body.shift, body.refund_no))


def _carried(row: Row) -> Iterator[Change]:
    """Write a refund of a replaced journal in place of the older one, and its ledger entry if that is new."""
    body: RefundCarried = row.body
    yield Change(_FORGET, (body.refund["refund_no"],))
    yield _inserted("refunds", body.refund, row.seq)
    if body.booking is not None:
        yield _inserted("bookings", body.booking, row.seq)


def _inserted(table: str, facts: Any, seq: int) -> Change:
    return Change(insert(table, (*facts, "seq")), (*facts.values(), seq))


@cache
def _update(names: tuple[str, ...]) -> str:
    return f"UPDATE refunds SET {''.join(f'{name} = ?, ' for name in names)}seq = ? WHERE refund_no = ?"


PROJECTIONS: Final[Projections] = {RefundCreated: _created, RefundStep: _step, RefundCarried: _carried}
