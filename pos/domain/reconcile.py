"""Reconciliation: what the gateways say of a day against what the journal believes, payment by payment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from pos.domain.money import Money
from pos.domain.refund import RefundState
from pos.domain.states import State
from pos.i18n import Message


class Match(StrEnum):
    """What a comparison found. The names are stored."""

    AGREE = "agree"
    DIFFER = "differ"
    ONLY_HERE = "only_here"  # the journal believes in money that the gateway does not know
    ONLY_THERE = "only_there"  # the gateway has money that the journal does not know
    UNCLEAR = "unclear"  # it did not answer, or not so that it could be told: ask again


def state_text(state: State | RefundState, amount: Money) -> str:
    """How a payment or a refund stands here, as :class:`Check` has it."""
    return f"{state.value} {amount.display}"


DIFFERENCES: Final = frozenset({Match.DIFFER, Match.ONLY_HERE, Match.ONLY_THERE})


@dataclass(frozen=True, slots=True)
class Check:
    """One payment or refund of a day, compared. ``ours`` and ``theirs`` are for eyes: a state and a sum.

    ``order_no`` is the payment's, "" where this journal knows none. A difference is in review until a manager's
    ``reason`` says what became of it: the payment's own state is not touched, and nothing of it goes back meanwhile.
    """

    day: date
    number: str
    gateway: str
    match: Match
    ours: str
    theirs: str
    at: datetime
    message: Message = Message()
    order_no: str = ""
    reason: str = ""
    settled_by: str = ""

    @property
    def in_review(self) -> bool:
        """Whether a manager must still look at it."""
        return self.match in DIFFERENCES and not self.reason

    @property
    def settled(self) -> bool:
        """Whether nobody has to look at it any more."""
        return self.match is Match.AGREE or bool(self.reason)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a reconciliation is. ``over`` when it ended or was stopped."""

    day: date
    done: int
    total: int
    over: bool = False
