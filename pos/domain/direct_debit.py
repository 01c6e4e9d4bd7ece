"""Direct debits: payments whose gateway goes on charging the card by itself. The register books their first charge."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from pos.domain.money import Money
from pos.domain.payment import Attempt, HistoryRow
from pos.domain.states import State
from pos.i18n import Message

REGULAR, TOTAL, FIRST_DAY = "regular", "regular_total", "regular_first_charge_date"
"""The options of an order that say how often, how many times and from which day (YYYYMMDD) it is charged."""

PERIOD: Final = "nois"
"""In ``Attempt.details``: the number of the latest charge that the gateway reported."""


class DebitStop(StrEnum):
    """What became of the request to end a direct debit."""

    NONE = ""
    ASKED = "asked"
    DONE = "done"
    REFUSED = "refused"
    UNSURE = "unsure"


_STOPS: Final[Mapping[str, DebitStop]] = {f"debit_stop_{one}": one for one in DebitStop if one}


@dataclass(frozen=True, slots=True)
class DirectDebit:
    """``every`` is the gateway's code of the period, ``times`` 0 for no end, ``first`` None for the day of the payment.

    ``period`` is the latest charge that the gateway reported, 0 if none. ``state`` is that of the first charge;
    ``message`` belongs to ``stop``: from which day on and why, or what the gateway said against it.
    """

    order_no: str
    amount: Money
    every: str
    times: int
    first: date | None
    period: int
    state: State
    created_at: datetime
    stop: DebitStop = DebitStop.NONE
    message: Message = Message()

    @property
    def may_stop(self) -> bool:
        """Whether it is charged and no end was agreed with the gateway."""
        return self.state is State.CAPTURED and self.stop is not DebitStop.DONE


def is_debit(attempt: Attempt) -> bool:
    """Return whether a payment is the first charge of a direct debit."""
    return REGULAR in attempt.options


def debit_of(attempt: Attempt, history: Iterable[HistoryRow]) -> DirectDebit:
    """Return the direct debit that begins with a payment, with its history from the journal."""
    stop, said = DebitStop.NONE, dict.fromkeys(DebitStop, Message())
    for row in history:
        if row.kind in _STOPS:
            stop = _STOPS[row.kind]
            said[stop] = row.message
    message = said[DebitStop.ASKED if stop is DebitStop.DONE else stop]
    options, paid = attempt.options, attempt.state is State.CAPTURED
    return DirectDebit(
        attempt.order_no, attempt.amount, options.get(REGULAR, ""), _number(options.get(TOTAL, "")),
        _day(options.get(FIRST_DAY, "")), max(_number(attempt.details.get(PERIOD, "")), int(paid)), attempt.state,
        attempt.created_at, stop, message,
    )  # fmt: skip


def _number(text: str) -> int:
    return int(text) if re.fullmatch("[0-9]{1,4}", text, re.ASCII) else 0


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if re.fullmatch("[0-9]{8}", text, re.ASCII) else None
    except ValueError:
        return None
