"""Payments and refunds in process (sent, with an outcome that is not known yet), and split sales paid in part."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass

from pos.domain.money import Money
from pos.domain.payment import Attempt, Tender
from pos.domain.refund import REFUNDS_IN_PROCESS, Refund, RefundState
from pos.domain.split import SplitSale
from pos.domain.states import IN_PROCESS, State


@dataclass(frozen=True, slots=True)
class PaymentInProcess:
    """A payment in process as a report shows it. ``amount`` is due, ``shown_amount`` received if it differs."""

    order_no: str
    tender: Tender
    gateway: str
    amount: Money
    shown_amount: Money
    state: State


@dataclass(frozen=True, slots=True)
class RefundInProcess:
    """A refund in process as a report shows it."""

    refund_no: str
    order_no: str
    gateway: str
    amount: Money
    state: RefundState


@dataclass(frozen=True, slots=True)
class SaleInProcess:
    """A split sale that was paid in part, as a report shows it. ``order_no`` is that of its first paid part."""

    sale_id: str
    order_no: str
    amount: Money
    paid: Money


@dataclass(frozen=True, slots=True)
class InProcess:
    """The payments, refunds and unfinished split sales that a register's next shift takes over, the oldest first.

    Payments and refunds that were not sent are not in process: no gateway knows of them.
    """

    payments: Sequence[PaymentInProcess] = ()
    refunds: Sequence[RefundInProcess] = ()
    sales: Sequence[SaleInProcess] = ()

    @property
    def count(self) -> int:
        """The number of payments, refunds and sales together."""
        return len(self.payments) + len(self.refunds) + len(self.sales)


def in_process_of(
    names: Container[str], payments: Iterable[Attempt], refunds: Iterable[Refund], sales: Iterable[SplitSale] = ()
) -> InProcess:
    """Select what is in process on a register, by its names, from what is unsettled in a journal."""
    return InProcess(
        [
            PaymentInProcess(one.order_no, one.tender, one.gateway, one.amount, one.shown_amount, one.state)
            for one in payments
            if one.register_id in names and one.state in IN_PROCESS
        ],
        [
            RefundInProcess(one.refund_no, one.order_no, one.gateway, one.amount, one.state)
            for one in refunds
            if one.register_id in names and one.state in REFUNDS_IN_PROCESS
        ],
        [
            SaleInProcess(one.sale_id, one.captured[0].order_no, one.amount, one.paid)
            for one in sales
            if one.register_id in names
        ],
    )
