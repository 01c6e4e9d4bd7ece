"""Reconciliation: compare the gateways' records of a day with the journal, payment by payment."""

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
    """The result of a comparison. The names are stored."""

    AGREE = "agree"
    DIFFER = "differ"
    ONLY_HERE = "only_here"  # captured in the journal, unknown to the gateway
    ONLY_THERE = "only_there"  # captured at the gateway, not in the journal
    UNCLEAR = "unclear"  # no answer, or one that does not decide it: ask again


def state_text(state: State | RefundState, amount: Money) -> str:
    """Return state and amount of a payment or a refund, as :class:`Check` stores them."""
    return f"{state.value} {amount.display}"


DIFFERENCES: Final = frozenset({Match.DIFFER, Match.ONLY_HERE, Match.ONLY_THERE})


@dataclass(frozen=True, slots=True)
class Check:
    """The comparison of one payment or refund of a day. ``ours`` and ``theirs`` are texts: a state and an amount.

    ``order_no`` is that of the payment, "" if it is not in this journal. A difference is in review until a manager
    settles it with a ``reason``: until then the payment cannot be refunded. Its state does not change.
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
        """Whether a manager must settle it."""
        return self.match in DIFFERENCES and not self.reason

    @property
    def settled(self) -> bool:
        """Whether it needs no further action."""
        return self.match is Match.AGREE or bool(self.reason)


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a reconciliation. ``over``: it ended or was stopped."""

    day: date
    done: int
    total: int
    over: bool = False
