"""One charge of an agreement as receipts and reports name it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pos.domain.agreement import ChargeState
from pos.domain.money import Money


@dataclass(frozen=True, slots=True)
class ChargeLine:
    """Charge ``number`` of ``times``. ``order_no`` is the payment by which it was booked, "" if no money came.

    ``next_due`` is the day of the next charge, None if none is known or if it was not asked for.
    """

    agreement_no: str
    reference: str
    number: int
    times: int
    due: date
    state: ChargeState
    order_no: str
    amount: Money
    next_due: date | None = None
