"""How many payments wait for a manager, on the header's violet bell; one touch leads to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from pos.errors import PosError
from pos.gui.bridge import Bridge

if TYPE_CHECKING:
    from pos.domain.events import Fact
    from pos.domain.payment import Attempt


class Reviews(QObject):
    """``counted`` carries the number."""

    counted = Signal(int)
    failed = Signal(str, str)

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge
        self._orders: set[str] = set()
        bridge.fact.connect(self._on_fact)

    def count(self) -> None:
        """Ask the journal."""
        work = self._bridge.desk.ask(lambda office: office.finding.in_review())
        self._bridge.run(work, done=self._counted, failed=self._on_failed)

    def _counted(self, found: Sequence[Attempt]) -> None:
        self._orders = {one.order_no for one in found}
        self.counted.emit(len(found))

    def _on_failed(self, error: PosError) -> None:
        self.failed.emit(error.spoken(), "bad")

    def _on_fact(self, fact: Fact) -> None:
        from pos.domain.events import AttemptChanged, RefundChanged
        from pos.domain.refund import RefundState
        from pos.domain.states import State

        if isinstance(fact, AttemptChanged):
            order_no, waits = fact.attempt.order_no, fact.attempt.state is State.REVIEW
        elif isinstance(fact, RefundChanged):
            order_no, waits = fact.refund.order_no, fact.refund.state is RefundState.REVIEW
        else:
            return
        if waits or order_no in self._orders:
            self.count()
