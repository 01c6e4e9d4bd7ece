"""Reconciliation: what the gateways say of a day against what the journal believes, payment by payment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from pos.i18n import Message


class Match(StrEnum):
    """What a comparison found. The names are stored."""

    AGREE = "agree"
    DIFFER = "differ"
    ONLY_HERE = "only_here"  # the journal believes in money that the gateway does not know
    ONLY_THERE = "only_there"  # the gateway has money that the journal does not know
    UNCLEAR = "unclear"  # it did not answer, or not so that it could be told: ask again


@dataclass(frozen=True, slots=True)
class Check:
    """One payment or refund of a day, compared. ``ours`` and ``theirs`` are for eyes: a state and a sum.

    A difference waits for a manager until ``reason`` says what became of it.
    """

    day: date
    number: str
    gateway: str
    match: Match
    ours: str
    theirs: str
    at: datetime
    message: Message = Message()
    reason: str = ""
    settled_by: str = ""

    @property
    def waits(self) -> bool:
        """Whether a manager must still look at it."""
        return self.match in (Match.DIFFER, Match.ONLY_HERE, Match.ONLY_THERE) and not self.reason


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a reconciliation is. ``over`` when it ended or was stopped."""

    day: date
    done: int
    total: int
    over: bool = False
