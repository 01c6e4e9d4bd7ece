"""Texts for payments, refunds and split sales in process: for the screen, the printed report and the command line."""

from __future__ import annotations

from typing import NamedTuple

from pos.domain.in_process import InProcess
from pos.domain.money import Money
from pos.domain.refund_words import REFUNDS
from pos.domain.words import IN_FLIGHT, TENDERS, spoken
from pos.i18n import _


class InProcessLine(NamedTuple):
    """One payment, refund or split sale: its number, its amount, and its tender or kind with its state."""

    number: str
    amount: str
    words: str


def entries(found: InProcess) -> list[InProcessLine]:
    """Return the payments, then the refunds, then the unfinished split sales, each with the oldest first."""
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
    sales = [
        InProcessLine(one.order_no, (one.amount - one.paid).display, part_paid_words(one.paid, one.amount))
        for one in found.sales
    ]
    return [*payments, *refunds, *sales]


def part_paid_words(paid: Money, amount: Money) -> str:
    """Return how much of a split sale was paid."""
    return _("Split sale · {paid} of {amount} paid").format(paid=paid.display, amount=amount.display)
