"""Shifts, cash movements, and the ledger entries that a shift adopts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pos.domain.journal_kinds.shifts import CashMoved, ShiftClosed, ShiftOpened
from pos.domain.money import read_money
from pos.store.journal.format import canonical
from pos.store.projections.base import Change, Projections, Row, insert

OWN_NAMES: Final = "SELECT name FROM register_names UNION SELECT ?"
"""Query for the names of this register: those that it took over, and its present one as the parameter."""

_SHIFT: Final = insert("shifts", (
    "id", "uid", "register", "currency", "opened_at", "opening", "opened_by", "closed_by", "reason", "notes",
    "report", "seq",
))  # fmt: skip
_ADOPT: Final = f"UPDATE bookings SET shift = ?, adopted = 1 WHERE shift IS NULL AND register IN ({OWN_NAMES})"
_CLOSE: Final = (
    "UPDATE shifts SET register = ?, closed_at = ?, closed_by = ?, z_no = ?, counted = ?, expected = ?, reason = ?,"
    " notes = ?, report = ?, seq = ? WHERE id = ?"
)
_MOVE: Final = insert("cash_moves", (
    "seq", "shift", "at", "kind", "amount", "currency", "reason", "who", "approved_by",
))  # fmt: skip


def _opened(row: Row) -> Iterator[Change]:
    body: ShiftOpened = row.body
    opening = read_money(body.opening)
    opened = (body.shift, body.uid, row.register, opening.currency, row.at, opening.minor, row.actor)
    yield Change(_SHIFT, (*opened, "", "", "{}", "{}", row.seq))
    yield Change(_ADOPT, (body.shift, row.register))


def _closed(row: Row) -> Iterator[Change]:
    body: ShiftClosed = row.body
    counted, expected = read_money(body.counted).minor, read_money(body.expected).minor
    closed = (row.register, row.at, row.actor, body.z_no, counted, expected, body.reason)
    yield Change(_CLOSE, (*closed, canonical(body.notes), canonical(body.report), row.seq, body.shift))


def _moved(row: Row) -> Iterator[Change]:
    body: CashMoved = row.body
    if row.kind != "drop_refused":
        amount = read_money(body.amount)
        values = (amount.minor, amount.currency, body.reason, row.actor, body.approved_by)
        yield Change(_MOVE, (row.seq, body.shift, row.at, row.kind, *values))


PROJECTIONS: Final[Projections] = {ShiftOpened: _opened, ShiftClosed: _closed, CashMoved: _moved}
