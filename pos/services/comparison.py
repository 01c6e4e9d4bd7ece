"""Comparison of a gateway's answer with the journal's payment or refund. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from pos.domain.money import Money
from pos.domain.payment import Attempt
from pos.domain.reconcile import Match
from pos.domain.refund import Refund, RefundState
from pos.gateways.base import Answer, RefundAnswer, RefundVerdict, Verdict
from pos.i18n import N_, Message, msg

UNPAID: Final = frozenset({Verdict.ACCEPTED, Verdict.REFUSED, Verdict.LAPSED, Verdict.VOIDED})
NO_MONEY: Final = UNPAID | {Verdict.MISSING}
"""Verdicts that say: no money was received."""


@dataclass(frozen=True, slots=True)
class Found:
    """The result of a comparison, before it is written."""

    match: Match
    theirs: str
    message: Message = Message()


def same_sum(ours: Money, theirs: Money) -> Found:
    """Compare the booked amount with the gateway's."""
    if ours == theirs:
        return Found(Match.AGREE, theirs.display)
    text = N_("The gateway says {theirs}; {ours} is booked.")
    return Found(Match.DIFFER, theirs.display, msg(text, theirs=theirs.display, ours=ours.display))


def of_captured(attempt: Attempt, answer: Answer, *, refunded: bool) -> Found:
    """Compare a captured payment. ``refunded``: some of it was refunded through the gateway."""
    theirs = f"{answer.code} {answer.amount.display if answer.amount else ''}".strip()
    if answer.verdict is Verdict.PAID and answer.amount is not None:
        return replace(same_sum(attempt.paid, answer.amount), theirs=theirs)
    if answer.verdict is Verdict.MISSING:
        return Found(Match.ONLY_HERE, theirs, msg(N_("The gateway knows nothing of it.")))
    if refunded and answer.verdict is Verdict.DIFFERS and answer.amount in (None, attempt.paid):
        return Found(Match.AGREE, theirs, msg(N_("It was refunded later.")))
    if answer.verdict is Verdict.DIFFERS and answer.amount == attempt.paid and attempt.received is not None:
        return Found(Match.AGREE, theirs)  # a manager accepted the received amount
    if answer.verdict in UNPAID or answer.verdict is Verdict.DIFFERS:
        return Found(Match.DIFFER, theirs, answer.message or msg(N_("The gateway does not say: paid.")))
    return Found(Match.UNCLEAR, theirs, answer.message)


def of_refund(refund: Refund, answer: RefundAnswer) -> Found:
    """Compare a refund with the gateway's answer."""
    theirs = f"{answer.verdict.value} {answer.amount.display if answer.amount else ''}".strip()
    done = answer.verdict is RefundVerdict.DONE
    if answer.verdict in (RefundVerdict.UNSURE, RefundVerdict.REJECTED):  # not about the refund itself
        return Found(Match.UNCLEAR, answer.code, answer.message)
    if done and answer.amount not in (None, refund.amount):
        return Found(Match.DIFFER, theirs)
    if refund.state is RefundState.REFUNDED:
        missing = answer.verdict is RefundVerdict.MISSING
        return Found(Match.AGREE if done else Match.ONLY_HERE if missing else Match.DIFFER, theirs, answer.message)
    if refund.state in (RefundState.REFUSED, RefundState.WITHDRAWN):
        exists = answer.verdict in (RefundVerdict.DONE, RefundVerdict.ACCEPTED)
        return Found(Match.DIFFER if exists else Match.AGREE, theirs, answer.message)
    return Found(Match.UNCLEAR, theirs, msg(N_("Still open: the register keeps checking.")))
