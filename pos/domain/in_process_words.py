"""Texts for payments and refunds in process, shared by the screen, the printed report and the command line."""

from __future__ import annotations

from typing import NamedTuple

from pos.domain.in_process import InProcess
from pos.domain.refund_words import REFUNDS
from pos.domain.words import IN_FLIGHT, TENDERS, spoken
from pos.i18n import _


class InProcessLine(NamedTuple):
    """One payment or refund: its number, its amount, and its tender or kind with its state."""

    number: str
    amount: str
    words: str


def entries(found: InProcess) -> list[InProcessLine]:
    """Return the payments, then the refunds, each with the oldest first."""
    payments = [
        InProcessLine(
            one.order_no, one.shown_amount.display, f"{spoken(TENDERS, one.tender)} · {spoken(IN_FLIGHT, one.state)}"
        )
        for one in found.payments
    ]
    refund = _("Refund")
    refunds = [
        InProcessLine(one.refund_no, one.amount.display, f"{refund} · {spoken(REFUNDS, one.state)}")
        for one in found.refunds
    ]
    return [*payments, *refunds]
