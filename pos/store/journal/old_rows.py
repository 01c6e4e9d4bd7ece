"""Rows of version 0, from programs that did not declare their kinds: what they say about the tables.

They lack some facts: what they leave out or say differently follows in the ``imported`` rows that were written when the
journal was migrated. So this need not be exact, but what it gets right is not written twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from pos.store.projections import payments, refunds
from pos.store.projections.base import Change, insert

_ATTEMPT: Final = frozenset({
    "order_no", "payment_id", "tender", "gateway", "amount", "currency", "register", "created_at", "tendered",
    "cashier", "rounding", "state",
})  # fmt: skip
_NEW: Final = {
    "page_token": "", "gateway_ref": "", "gateway_key": "", "pay_url": "", "cancel_wanted": 0, "message": "",
    "code": "", "fee": "", "details": "{}",
}  # fmt: skip
_REFUND: Final = frozenset({
    "refund_no", "order_no", "gateway", "way", "amount", "currency", "reason", "register", "created_at", "by",
    "approved_by", "reference", "remedy", "lines", "rounding",
})  # fmt: skip
_NEW_REFUND: Final = {"gateway_ref": "", "message": "", "code": "", "details": "{}"}
# Registers of that time were eight hours ahead of UTC all year.
_DAY: Final = "date({at}, '+8 hours'), CAST(strftime('%H', {at}, '+8 hours') AS INTEGER)"
_SHIFT: Final = "(SELECT id FROM shifts WHERE register = x.register AND closed_at IS NULL)"
_SALE: Final = (
    "INSERT INTO bookings (seq, at, day, hour, kind, order_no, refund_no, tender, gateway, way, amount, currency,"
    " cashier, register, shift, fee, rounding)"
    f" SELECT ?, x.ended_at, {_DAY.format(at='x.ended_at')}, 'sale', x.order_no, '', x.tender, x.gateway, '',"
    " coalesce(CAST(substr(x.received, 5) AS INTEGER), x.amount), coalesce(substr(x.received, 1, 3), x.currency),"
    f" x.cashier, x.register, {_SHIFT}, CASE x.fee WHEN '' THEN NULL ELSE CAST(round(x.fee * 100) AS INTEGER) END,"
    " x.rounding FROM attempts x WHERE x.order_no = ? AND x.ended_at IS NOT NULL"
    " AND NOT EXISTS (SELECT 1 FROM bookings b WHERE b.seq = ?)"
)
_GIVEN_BACK: Final = (
    "INSERT INTO bookings (seq, at, day, hour, kind, order_no, refund_no, tender, gateway, way, amount, currency,"
    " cashier, register, shift, rounding)"
    f" SELECT ?, x.ended_at, {_DAY.format(at='x.ended_at')}, 'refund', x.order_no, x.refund_no, a.tender, x.gateway,"
    f" x.way, x.amount, x.currency, x.by, x.register, {_SHIFT}, -x.rounding"
    " FROM refunds x JOIN attempts a ON a.order_no = x.order_no WHERE x.refund_no = ? AND x.ended_at IS NOT NULL"
)
_OPENED: Final = (
    "INSERT INTO shifts (id, register, currency, opened_at, opening, opened_by, closed_by, reason, notes, report, seq)"
    " VALUES (?, ?, '', ?, 0, '', '', '', '', '', ?) ON CONFLICT (id) DO NOTHING"
)
_ADOPT: Final = "UPDATE bookings SET shift = ?, adopted = 1 WHERE shift IS NULL AND register = ?"
_CLOSED: Final = "UPDATE shifts SET closed_at = ?, seq = ? WHERE id = ?"


def old_changes(
    seq: int, at: str, register: str, kind: str, order_no: str | None, body: Mapping[str, Any]
) -> Iterator[Change]:
    """Return the table changes of a row of version 0, as far as it says them."""
    if kind == "created" and "payment_id" in body:
        yield from _created(seq, order_no, body)
    elif kind == "refund_created" and "way" in body:
        yield from _refund_created(seq, order_no, body)
    elif kind.startswith("refund_") and "refund_no" in body:
        yield from _refund_step(seq, body)
    elif kind in ("shift_opened", "shift_closed") and "shift" in body:
        yield from _shift(seq, at, register, kind, body["shift"])
    elif order_no is not None and not kind.startswith(("check_", "invoice_", "proof_", "notice")):
        yield from _step(seq, order_no, body)


def _created(seq: int, order_no: str | None, body: Mapping[str, Any]) -> Iterator[Change]:
    options = body.get("options", "{}")
    values = (body["payment_id"], body["amount"], body["currency"], body["lines"], "" if options == "{}" else options,
              body["created_at"])  # fmt: skip
    yield Change(payments.PAYMENT, values)
    facts = {**_NEW, **{name: value for name, value in body.items() if name in _ATTEMPT}, "order_no": order_no}
    yield Change(insert("attempts", (*facts, "seq")), (*facts.values(), seq))


def _step(seq: int, order_no: str, body: Mapping[str, Any]) -> Iterator[Change]:
    facts = {name: value for name, value in body.items() if name in payments.MOVING}
    yield Change(_update("attempts", "order_no", tuple(facts)), (*facts.values(), seq, order_no))
    if body.get("state") == "captured":
        yield Change(_SALE, (seq, order_no, seq))


def _refund_created(seq: int, order_no: str | None, body: Mapping[str, Any]) -> Iterator[Change]:
    facts = {**_NEW_REFUND, **{name: value for name, value in body.items() if name in _REFUND}, "order_no": order_no}
    facts["state"] = body["refund_state"]
    yield Change(insert("refunds", (*facts, "seq")), (*facts.values(), seq))


def _refund_step(seq: int, body: Mapping[str, Any]) -> Iterator[Change]:
    facts = {name: value for name, value in body.items() if name in refunds.MOVING}
    if "refund_state" in body:
        facts["state"] = body["refund_state"]
    yield Change(_update("refunds", "refund_no", tuple(facts)), (*facts.values(), seq, body["refund_no"]))
    if facts.get("state") == "refunded":
        yield Change(_GIVEN_BACK, (seq, body["refund_no"]))


def _shift(seq: int, at: str, register: str, kind: str, number: int) -> Iterator[Change]:
    if kind == "shift_closed":
        yield Change(_CLOSED, (at, seq, number))
        return
    yield Change(_OPENED, (number, register, at, seq))
    yield Change(_ADOPT, (number, register))


@cache
def _update(table: str, key: str, names: tuple[str, ...]) -> str:
    return f"UPDATE {table} SET {''.join(f'{name} = ?, ' for name in names)}seq = ? WHERE {key} = ?"
