"""The orders and refunds at the gateways, with which tests compare the register's records."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any


class OrderStatus(StrEnum):
    """The status of an order at its gateway."""

    UNPAID = "unpaid"
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"
    VOIDED = "voided"
    REFUNDED = "refunded"


class ActionRefused(Exception):
    """A bank or a wallet would refuse this action."""


CASH = "CASH"
"""The method of MyPay's orders of cash: they carry an e-invoice, and the money stays in the shop."""

HOLD = timedelta(days=5)
"""How long a bank holds an authorised amount."""


@dataclass(slots=True)
class SimOrder:
    """One order. Amounts are minor units of ``currency``; ``facts`` are texts that the dialect stores."""

    gateway: str
    number: str
    ref: str
    amount: int
    currency: str
    method: str
    created_at: datetime
    expires_at: datetime
    status: OrderStatus = OrderStatus.UNPAID
    paid: int = 0
    paid_at: datetime | None = None
    ended_at: datetime | None = None
    late: bool = False
    facts: dict[str, str] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)
    """Values of one gateway only: items, hold, invoice, contract."""

    def pay(self, now: datetime, amount: int | None = None) -> None:
        """Pay ``amount``, by default all of it. Raises ActionRefused if the order is paid already."""
        if self.status in (OrderStatus.PAID, OrderStatus.REFUNDED):
            raise ActionRefused("already paid")
        if self.extra.get("hold") == "wanted":  # authorised, not captured
            self.extra["hold"], self.facts["prc"], self.expires_at = "held", "245", now + HOLD
            return
        self.late = self.status is not OrderStatus.UNPAID
        self.status, self.paid, self.paid_at = OrderStatus.PAID, self.amount if amount is None else amount, now

    def end(self, status: OrderStatus, now: datetime) -> None:
        """End the order unpaid: failed, expired or voided. Raises ActionRefused if it is paid already."""
        if self.status in (OrderStatus.PAID, OrderStatus.REFUNDED):
            raise ActionRefused("already paid")
        self.status, self.ended_at = status, now


class RefundStatus(StrEnum):
    """The status of a refund at its gateway."""

    WAITING = "waiting"  # in progress, or queued until ``due_at``
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(slots=True)
class SimRefund:
    """One refund. ``number`` is the shop's number, or the gateway's if the shop gives none."""

    order: SimOrder
    number: str
    ref: str
    amount: int
    asked_at: datetime
    due_at: datetime
    status: RefundStatus = RefundStatus.WAITING

    @property
    def done_at(self) -> datetime:
        return max(self.asked_at, self.due_at)


class Orders:
    """All orders and refunds of all gateways, in the order of their creation."""

    def __init__(self) -> None:
        self._orders: list[SimOrder] = []
        self._refunds: list[SimRefund] = []
        self._by_number: dict[tuple[str, str], SimOrder] = {}
        self._requests: dict[tuple[str, str], int] = {}

    def add(self, order: SimOrder) -> None:
        self._orders.append(order)
        self._by_number[order.gateway, order.number] = order  # the newest of orders with the same number

    def count_request(self, gateway: str, number: str) -> int:
        """Count a request to create this number, and return the number of requests."""
        self._requests[gateway, number] = self._requests.get((gateway, number), 0) + 1
        return self._requests[gateway, number]

    def find(self, gateway: str, number: str) -> SimOrder | None:
        return self._by_number.get((gateway, number))

    def by_ref(self, gateway: str, ref: str) -> SimOrder | None:
        return next((order for order in self.all() if order.gateway == gateway and order.ref == ref), None)

    def by_account(self, account: str) -> SimOrder | None:
        return next((order for order in self.all() if order.facts.get("account") == account), None)

    def all(self) -> list[SimOrder]:
        """Return all orders, the newest first."""
        return self._orders[::-1]

    def requested_twice(self) -> list[tuple[str, str]]:
        """Return the numbers that were requested more than once, with their gateways."""
        return [key for key, count in self._requests.items() if count > 1]

    def captured_total(self, currency: str) -> int:
        """Return the total of all payments but cash, in minor units."""
        return sum(order.paid for order in self._orders if order.currency == currency and order.method != CASH)

    def add_refund(self, refund: SimRefund, now: datetime) -> None:
        self._refunds.append(refund)
        self._complete_refunds(now)

    def refunds(self, order: SimOrder | None = None) -> list[SimRefund]:
        """Return the refunds of one order, or all, the oldest first."""
        return [one for one in self._refunds if order is None or one.order is order]

    def find_refund(self, gateway: str, number: str) -> SimRefund | None:
        return next((one for one in self._refunds if (one.order.gateway, one.number) == (gateway, number)), None)

    def refunded(self, order: SimOrder) -> int:
        """Return the amount that is refunded, in minor units."""
        return sum(one.amount for one in self.refunds(order) if one.status is RefundStatus.DONE)

    def refundable(self, order: SimOrder) -> int:
        """Return the amount that can still be refunded, in minor units; waiting refunds are subtracted."""
        return order.paid - sum(one.amount for one in self.refunds(order) if one.status is not RefundStatus.CANCELLED)

    def refunded_total(self, currency: str) -> int:
        """Return the total of all completed refunds, in minor units."""
        return sum(self.refunded(order) for order in self._orders if order.currency == currency)

    def _complete_refunds(self, now: datetime) -> None:
        for one in self._refunds:
            if one.status is RefundStatus.WAITING and now >= one.due_at:
                one.status = RefundStatus.DONE
                if self.refunded(one.order) == one.order.paid:
                    one.order.status = OrderStatus.REFUNDED

    def process_due(self, now: datetime) -> None:
        """Expire orders and complete refunds that are due at ``now``."""
        self._complete_refunds(now)
        for order in self._orders:
            if order.status is OrderStatus.UNPAID and now > order.expires_at:
                order.end(OrderStatus.EXPIRED, order.expires_at)
