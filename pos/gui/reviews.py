"""How many things wait for a manager, on the header's violet bell; one touch leads to them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from pos.gui.bridge import Bridge

if TYPE_CHECKING:
    from pos.domain.events import Fact
    from pos.domain.payment import Attempt
    from pos.domain.reconcile import Check


class Reviews(QObject):
    """Payments and refunds in review, agreements, and differences that a reconciliation found.

    ``counted`` carries the number.
    """

    counted = Signal(int)
    failed = Signal(object)

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge
        self._orders: set[str] = set()
        self._agreements: set[str] = set()
        bridge.fact.connect(self._on_fact)

    @property
    def page(self) -> str:
        """Where they are settled: payments first, then agreements, then the differences."""
        return "refund" if self._orders else "agreements" if self._agreements else "reconcile"

    def count(self) -> None:
        """Ask the journal."""
        self._bridge.call(self._bridge.services.search.in_review).then(self._count_agreements, self.failed.emit)

    def _count_agreements(self, attempts: Sequence[Attempt]) -> None:
        self._orders = {one.order_no for one in attempts}
        waiting = self._bridge.services.agreement_reviews.waiting
        self._bridge.call(waiting).then(partial(self._count_checks, attempts), self.failed.emit)

    def _count_checks(self, attempts: Sequence[Attempt], agreements: Sequence[str]) -> None:
        self._agreements = set(agreements)
        services = self._bridge.services
        self._bridge.call(services.reconcile.in_review).then(partial(self._counted, attempts), self.failed.emit)

    def _counted(self, attempts: Sequence[Attempt], checks: Sequence[Check]) -> None:
        orders = {one.order_no for one in attempts}
        others = [one for one in checks if one.order_no not in orders]
        self.counted.emit(len(attempts) + len(self._agreements) + len(others))

    def _on_fact(self, fact: Fact) -> None:
        from pos.domain.events import AgreementChanged, AttemptChanged, DifferenceChanged, RefundChanged
        from pos.domain.refund import RefundState
        from pos.domain.states import State

        if isinstance(fact, AttemptChanged):
            order_no, waits = fact.attempt.order_no, fact.attempt.state is State.REVIEW
        elif isinstance(fact, AgreementChanged):
            order_no = fact.agreement.order_no
            waits = fact.agreement.needs_manager or order_no in self._agreements
        elif isinstance(fact, RefundChanged):
            order_no, waits = fact.refund.order_no, fact.refund.state is RefundState.REVIEW
        else:
            order_no, waits = "", isinstance(fact, DifferenceChanged)
        if waits or order_no in self._orders:
            self.count()
