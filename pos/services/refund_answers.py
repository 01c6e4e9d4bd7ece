"""The event that an answer about a refund causes: pure functions. An unclear answer never settles a refund."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from pos.domain.payment import KEY, REJECTED, REQUEST
from pos.domain.refund import Refund, RefundEvent, RefundState
from pos.gateways.base import CLAIMED, RIVALS, RefundAnswer, RefundVerdict

_EVENTS: Final = {
    RefundVerdict.DONE: RefundEvent.DONE,
    RefundVerdict.ACCEPTED: RefundEvent.ACCEPTED,
    RefundVerdict.REFUSED: RefundEvent.REFUSED,
}


def event_of(refund: Refund, answer: RefundAnswer) -> RefundEvent | None:
    """Return the event for an answer to the refund or to a query about it, None if the answer is inconclusive.

    REJECTED is about a call: it ends a refund only if the call was the refund itself.
    """
    if answer.verdict is RefundVerdict.REJECTED:
        return RefundEvent.REFUSED if refund.state is RefundState.SENT else None
    if answer.verdict is RefundVerdict.WITHDRAWN:
        return RefundEvent.WITHDRAW if refund.state is RefundState.PENDING else None
    return _EVENTS.get(answer.verdict)


def amount_differs(refund: Refund, answer: RefundAnswer) -> bool:
    """Return whether the gateway refunded another amount than requested."""
    return answer.verdict is RefundVerdict.DONE and answer.amount not in (None, refund.amount)


def facts_of(refund: Refund, answer: RefundAnswer) -> dict[str, Any]:
    """Return the facts that an answer adds to a refund."""
    facts: dict[str, Any] = {"code": answer.code, "message": answer.message}
    if answer.gateway_ref:
        facts["gateway_ref"] = answer.gateway_ref
    if answer.verdict is RefundVerdict.REJECTED:
        facts["details"] = {**refund.details, REJECTED: KEY if answer.credentials else REQUEST}
    elif answer.details:
        facts["details"] = {**refund.details, **answer.details}
    if answer.due is not None:
        facts["due_at"] = answer.due
    return facts


def with_others(refund: Refund, others: Sequence[Refund]) -> Refund:
    """Return a refund with what distinguishes it from the others of its payment, for a gateway without our numbers."""
    rivals = sum(one.amount == refund.amount and not one.gateway_ref for one in others)
    claimed = " ".join(sorted(one.gateway_ref for one in others if one.gateway_ref))
    return replace(refund, details={**refund.details, CLAIMED: claimed, RIVALS: str(rivals)})
