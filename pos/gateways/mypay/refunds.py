"""MyPay's refunds: the answers to 交易退款 and 取消退款, and the refunds of an order (交易查詢).

MyPay takes no number of ours for a refund. It assigns one (``refund_uid``), and only to an immediate refund.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pos.domain.money import Money
from pos.domain.payment import Attempt
from pos.domain.refund import Refund
from pos.errors import BadReply
from pos.gateways.base import CLAIMED, RIVALS, RefundAnswer, RefundVerdict
from pos.gateways.fields import TAIPEI, require_match, required_text, text_of
from pos.gateways.mypay.answers import message_of, moment_of, money_of
from pos.gateways.mypay.codes import DONE, NOT_DONE, WRONG_REQUEST
from pos.i18n import N_, Message, msg

REFUNDED: Final = "230"
"""``prc`` of a refund that is done, and of a refunded order."""

CODES: Final = {
    DONE: RefundVerdict.ACCEPTED,
    NOT_DONE: RefundVerdict.REFUSED,
    WRONG_REQUEST: RefundVerdict.REJECTED,
}
"""Verdicts by ``code``; 400 (system error) and unlisted codes are UNSURE."""

SLACK: Final = timedelta(minutes=2)
"""Tolerance: MyPay's time of a refund may be this much before our time of the request."""

KEPT_DETAILS: Final = ("refund_type", "expected_refund_date")


@dataclass(frozen=True, slots=True)
class _Row:
    """One refund of an order. ``ref`` is empty if it has no number of its own."""

    ref: str
    amount: Money
    at: datetime | None


def next_midnight(now: datetime) -> datetime:
    """Return the next midnight in Taipei, when MyPay makes queued refunds (取消退款)."""
    day = now.astimezone(TAIPEI) + timedelta(days=1)
    return day.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)


def refund_answer(found: Mapping[str, Any], attempt: Attempt, refund: Refund, now: datetime) -> RefundAnswer:
    """Read 『交易退款』回傳欄位: the refund is done with ``row_data``, queued without it. Raises BadReply."""
    code = required_text(found, "code")
    _check_pair(found, attempt)
    verdict = CODES.get(code, RefundVerdict.UNSURE)
    if verdict is not RefundVerdict.ACCEPTED:
        return RefundAnswer(verdict, code, message_of(found, "msg"))
    if row := _row_data(found):
        return _done_answer(row, code, attempt, refund)
    text = N_("MyPay makes this refund at midnight. Until then it can be cancelled.")
    return RefundAnswer(verdict, code, msg(text), due=next_midnight(now))


def withdrawal_answer(found: Mapping[str, Any], attempt: Attempt, refund: Refund) -> RefundAnswer:
    """Read 『取消退款』回傳欄位. Raises BadReply."""
    code = required_text(found, "code")
    _check_pair(found, attempt)
    verdict = RefundVerdict.WITHDRAWN if code == DONE else CODES.get(code, RefundVerdict.UNSURE)
    row = _row_data(found)
    if text_of(row, "cost") and (theirs := _money(row, "cost")) != refund.amount:
        return RefundAnswer(RefundVerdict.UNSURE, code, _amount_differs(theirs, refund), theirs)
    return RefundAnswer(verdict, code, message_of(found, "msg"))


def refund_found(found: Mapping[str, Any], attempt: Attempt, refund: Refund, since: datetime) -> RefundAnswer:
    """Read 『交易查詢』欄位 of an order whose refund was sent at ``since`` by MyPay's clock. Raises BadReply.

    DONE only if a row certainly is this refund: queued refunds are not listed, and rows do not name their request.
    """
    if text_of(found, "code"):
        return RefundAnswer(RefundVerdict.UNSURE, text_of(found, "code"), message_of(found, "msg"))
    require_match("uid", required_text(found, "uid"), attempt.gateway_ref)
    require_match("key", required_text(found, "key"), attempt.gateway_key, secret=True)
    prc = text_of(found, "prc")
    if not prc:  # the reply about an unknown order repeats only what was sent
        return RefundAnswer(RefundVerdict.UNSURE)
    require_match("order_id", required_text(found, "order_id"), attempt.order_no)
    if (theirs := _money(found, "cost")) != attempt.amount:
        text = N_("The gateway says {theirs}; {ours} was requested.")
        return RefundAnswer(RefundVerdict.UNSURE, prc, msg(text, theirs=theirs.display, ours=attempt.amount.display))
    rows = _rows(found, attempt)
    row = _own_row(rows, attempt, refund, since)
    if row is None and not (prc == REFUNDED and _is_whole_order(found, rows, refund.amount, attempt.paid)):
        return RefundAnswer(RefundVerdict.UNSURE, prc, msg(N_("MyPay does not show this refund yet.")))
    ref = row.ref if row else ""
    return RefundAnswer(RefundVerdict.DONE, prc, amount=refund.amount, gateway_ref=ref or refund.gateway_ref)


# -- steps ----------------------------------------------------------------------------------------------------------


def _done_answer(row: Mapping[str, Any], code: str, attempt: Attempt, refund: Refund) -> RefundAnswer:
    """Read 『退款完成回傳資訊』欄位. Raises BadReply."""
    require_match("uid", required_text(row, "uid"), attempt.gateway_ref)
    require_match("key", required_text(row, "key"), attempt.gateway_key, secret=True)
    require_match("order_id", required_text(row, "order_id"), attempt.order_no)
    ref, prc, theirs = required_text(row, "refund_uid"), required_text(row, "prc"), _money(row, "actual_cost")
    details = {name: text_of(row, name) for name in KEPT_DETAILS if text_of(row, name)}
    if theirs != refund.amount or _money(row, "cost") != refund.amount:
        return RefundAnswer(RefundVerdict.UNSURE, code, _amount_differs(theirs, refund), theirs, ref, details=details)
    if prc != REFUNDED:
        return RefundAnswer(RefundVerdict.UNSURE, prc, message_of(row, "retmsg"), theirs, ref, details=details)
    return RefundAnswer(RefundVerdict.DONE, code, Message(), theirs, ref, details=details)


def _own_row(rows: Sequence[_Row], attempt: Attempt, refund: Refund, since: datetime) -> _Row | None:
    """Return the row of this refund: by its number, or if no other row and no other refund is possible."""
    same = [row for row in rows if row.amount == refund.amount]
    if refund.gateway_ref:
        return next((row for row in same if row.ref == refund.gateway_ref), None)
    claimed = set(refund.details.get(CLAIMED, "").split())
    if claimed and not all(row.ref for row in same):
        return None
    fresh = [row for row in same if row.at and row.at >= since - SLACK and row.ref not in claimed]
    return fresh[0] if fresh and len(fresh) - 1 == _other_refunds(attempt, refund) else None


def _other_refunds(attempt: Attempt, refund: Refund) -> int | None:
    """Return how many other refunds of this amount may have rows; None if it is not known.

    Of more than half of the payment there can be only one: refunds never exceed the captured amount.
    """
    count = refund.details.get(RIVALS, "")
    if re.fullmatch("[0-9]{1,4}", count, re.ASCII):
        return int(count)
    return 0 if 2 * refund.amount.minor > attempt.paid.minor else None


def _is_whole_order(found: Mapping[str, Any], rows: Sequence[_Row], amount: Money, whole: Money) -> bool:
    """Return whether the whole order is refunded and the rows add up to it (230 may also mean a partial refund)."""
    complete = not found.get("refund_order") or sum(row.amount.minor for row in rows) == whole.minor
    return complete and amount == whole


def _rows(found: Mapping[str, Any], attempt: Attempt) -> list[_Row]:
    """Return the completed refunds of 『交易查詢-退款資訊』欄位; their ``uid`` is the refund's or the order's."""
    rows = found.get("refund_order") or []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadReply(msg(N_("The field {field} of the gateway's answer has a wrong type."), field="refund_order"))
    return [_row(row, attempt) for row in rows if text_of(row, "prc") == REFUNDED]


def _row(row: Mapping[str, Any], attempt: Attempt) -> _Row:
    ref = text_of(row, "refund_uid") or text_of(row, "uid")
    given = "actual_cost" if text_of(row, "actual_cost") else "cost"
    return _Row("" if ref == attempt.gateway_ref else ref, _money(row, given), moment_of(text_of(row, "finishtime")))


def _row_data(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``row_data``; null, absent and empty mean that there is none. Raises BadReply."""
    row = found.get("row_data") or {}
    if not isinstance(row, dict):
        raise BadReply(msg(N_("The field {field} of the gateway's answer has a wrong type."), field="row_data"))
    return row


def _check_pair(found: Mapping[str, Any], attempt: Attempt) -> None:
    """Raise BadReply if the answer names another order."""
    for name, ours in (("uid", attempt.gateway_ref), ("key", attempt.gateway_key)):
        if text_of(found, name):
            require_match(name, text_of(found, name), ours, secret=name == "key")


def _money(found: Mapping[str, Any], name: str) -> Money:
    currency = text_of(found, "actual_currency" if name == "actual_cost" else "currency")
    return money_of(required_text(found, name), currency or "TWD")


def _amount_differs(theirs: Money, refund: Refund) -> Message:
    text = N_("The gateway refunded {theirs}; {ours} was requested.")
    return msg(text, theirs=theirs.display, ours=refund.amount.display)
