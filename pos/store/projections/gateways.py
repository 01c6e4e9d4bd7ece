"""Facts and targets of gateways, their notices, and the results of reconciliation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pos.domain.journal_kinds.gateways import (
    Checked,
    GatewayApproved,
    GatewayFactLearned,
    NoticeAnswered,
    NoticeReceived,
    PairNamed,
)
from pos.store.projections.base import Change, Projections, Row, Sealed, insert

_FACT: Final = insert("gateway_facts", ("gateway", "name", "value", "address", "day", "seq"), replace=True)
_TARGET: Final = insert("gateway_targets", ("gateway", "address", "merchant", "basis", "seq"), replace=True)
_NOTICE: Final = insert("notices", ("gateway", "number", "state", "at", "unanswered", "seq"))
_ANSWERED: Final = "UPDATE notices SET unanswered = 0 WHERE number = ? AND unanswered = 1"
_PAIR: Final = insert("notice_pairs", ("id", "order_no", "gateway_ref", "gateway_key", "confirmed"))
_DROP: Final = "DELETE FROM notice_pairs WHERE id = ?"
_DROP_ALL: Final = "DELETE FROM notice_pairs WHERE order_no = ?"
_CHECK: Final = insert("checks", (
    "day", "number", "gateway", "match", "ours", "theirs", "at", "message", "order_no", "reason", "settled_by",
), replace=True)  # fmt: skip


def _fact(row: Row) -> Iterator[Change]:
    body: GatewayFactLearned = row.body
    yield Change(_FACT, (body.gateway, body.name, body.value, body.address, body.day, row.seq))


def _target(row: Row) -> Iterator[Change]:
    body: GatewayApproved = row.body
    yield Change(_TARGET, (body.gateway, body.address, body.merchant, body.basis, row.seq))


def _notice(row: Row) -> Iterator[Change]:
    body: NoticeReceived = row.body
    number = body.refund_no or row.order_no
    yield Change(_NOTICE, (body.gateway, number, body.notice_state, row.at, int(body.unanswered), row.seq))


def _answered(row: Row) -> Iterator[Change]:
    body: NoticeAnswered = row.body
    yield Change(_ANSWERED, (body.number,))


def _pair(row: Row) -> Iterator[Change]:
    body: PairNamed = row.body
    confirmed, number = row.kind == "pair_confirmed", body.number or row.order_no
    if confirmed:
        yield Change(_DROP_ALL, (number,))
    if body.dropped is not None:
        yield Change(_DROP, (body.dropped,))
    yield Change(_PAIR, (body.id, number, body.gateway_ref, Sealed(body.gateway_key), int(confirmed)))


def _checked(row: Row) -> Iterator[Change]:
    body: Checked = row.body
    message = body.about if row.kind == "check_settled" else body.message
    compared = (body.day, body.number, body.gateway, body.match, body.ours, body.theirs, body.checked_at, message)
    yield Change(_CHECK, (*compared, row.order_no or "", body.reason, body.settled_by))


PROJECTIONS: Final[Projections] = {
    GatewayFactLearned: _fact,
    GatewayApproved: _target,
    NoticeReceived: _notice,
    NoticeAnswered: _answered,
    PairNamed: _pair,
    Checked: _checked,
}
