"""Agreements and their charges."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pos.domain.journal_kinds import ABSENT
from pos.domain.journal_kinds.agreements import AgreementChargeStep, AgreementCreated, AgreementStep
from pos.store.projections.base import Change, Projections, Row, insert

_AGREEMENT: Final = insert("agreements", (
    "order_no", "every", "times", "amount", "currency", "reference", "state", "asked", "message", "created_at",
    "reviewed", "seq",
))  # fmt: skip
_COLUMNS: Final = {"agreement_state": "state", "asked": "asked", "message": "message"}
_EXPECTED: Final = (
    "INSERT INTO agreement_charges (order_no, number, due, amount, state, at, charge_order_no, bank_ref, charge_ref,"
    " message, seq) SELECT order_no, ?, ?, amount, 'expected', NULL, '', '', '', '', ? FROM agreements"
    " WHERE order_no = ?"
)
_FIRST: Final = (
    "UPDATE agreement_charges SET state = 'captured', at = ?, charge_order_no = order_no, charge_ref = ?, received = ?"
    " WHERE order_no = ? AND number = 1"
)
_CHARGE: Final = (
    "UPDATE agreement_charges SET state = ?, at = ?, charge_order_no = ?, bank_ref = ?, charge_ref = ?, message = ?,"
    " received = ?, seq = ? WHERE order_no = ? AND number = ?"
)

_REVIEWED: Final = "UPDATE agreements SET reviewed = reviewed || ? WHERE order_no = ?"


def _created(row: Row) -> Iterator[Change]:
    body: AgreementCreated = row.body
    terms = (body.every, body.times, body.amount, body.currency, body.reference)
    yield Change(_AGREEMENT, (row.order_no, *terms, "created", None, "", row.at, "", row.seq))


def _step(row: Row) -> Iterator[Change]:
    body: AgreementStep = row.body
    facts = {_COLUMNS[name]: value for name, value in vars(body).items() if name in _COLUMNS and value is not ABSENT}
    names = "".join(f"{name} = ?, " for name in facts)
    yield Change(f"UPDATE agreements SET {names}seq = ? WHERE order_no = ?", (*facts.values(), row.seq, row.order_no))
    for number, due in enumerate(body.dues, 1):
        yield Change(_EXPECTED, (number, due, row.seq, row.order_no))
    if body.dues:
        yield Change(_FIRST, (body.charged_at, body.charge_ref, body.received, row.order_no))
    if body.bank_ref:
        yield Change(_REVIEWED, (f"{body.bank_ref}\n", row.order_no))


def _charge(row: Row) -> Iterator[Change]:
    body: AgreementChargeStep = row.body
    facts = (body.charge_state, body.at, body.charge_order_no, body.bank_ref, body.charge_ref, body.message)
    yield Change(_CHARGE, (*facts, body.received, row.seq, row.order_no, body.number))


PROJECTIONS: Final[Projections] = {AgreementCreated: _created, AgreementStep: _step, AgreementChargeStep: _charge}
