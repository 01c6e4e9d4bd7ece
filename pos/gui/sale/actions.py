"""What the sell page does with a payment: check it, cancel it, send it again, print its slip."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pos.domain.states import IN_FLIGHT, State
from pos.errors import PosError
from pos.gui.bridge import Bridge, Call
from pos.gui.sale.sale_panels import PanelShown, SalePanels
from pos.gui.sale.waiting_list import WaitingList

if TYPE_CHECKING:
    from pos.domain.customer_code import CustomerCode
    from pos.domain.payment import Attempt


class PaymentActions:
    """``failed`` shows an error."""

    def __init__(
        self, bridge: Bridge, panels: SalePanels, waiting: WaitingList, failed: Callable[[PosError], None]
    ) -> None:
        self._bridge, self._panels, self._waiting, self._failed = bridge, panels, waiting, failed

    def build_deferred(self) -> None:
        """Connect the buttons of the panels, which are built after the window is shown."""
        panel = self._panels.payment
        panel.check_wanted.connect(self.check)
        panel.cancel_wanted.connect(self.cancel)
        panel.again_wanted.connect(self.send_again)
        panel.slip_wanted.connect(self.print_slip)
        self._panels.paid.receipt_wanted.connect(self.print_slip)

    def check(self, order_no: str) -> None:
        """Ask the gateway about one payment."""
        self._run(self._bridge.call(self._bridge.services.payments.check_now, self._bridge.actor, order_no))

    def cancel(self, order_no: str) -> None:
        self._run(self._bridge.call(self._bridge.services.payments.cancel, self._bridge.actor, order_no))

    def send_again(self, order_no: str) -> None:
        """Send a payment of which nothing was sent."""
        self._run(self._bridge.call(self._bridge.services.payments.send_again, self._bridge.actor, order_no))

    def send_code(self, order_no: str, code: CustomerCode) -> None:
        """Send a payment of which nothing was sent with its customer's code, which is not stored."""
        self._run(self._bridge.call(self._bridge.services.payments.send_again, self._bridge.actor, order_no, code))

    def check_now(self) -> None:
        """F6: ask about the payment in front, otherwise about everything that waits."""
        if self._panels.showing is PanelShown.PAYMENT:
            self._panels.payment.check()
            return
        for attempt in self._waiting.attempts():
            if attempt.state in IN_FLIGHT and attempt.state is not State.SENT:
                self.check(attempt.order_no)

    def print_slip(self, order_no: str = "") -> None:
        """F8: print the receipt of ``order_no``, otherwise of the payment in front."""
        if order_no := order_no or self._order_in_front:
            work = self._bridge.call(self._bridge.services.printing.print_slip, self._bridge.actor, order_no)
            work.then(lambda _none: None, self._failed)

    @property
    def _order_in_front(self) -> str:
        if self._panels.showing is PanelShown.PAID:
            return self._panels.paid.order_no
        front = self._panels.payment.attempt if self._panels.showing is PanelShown.PAYMENT else None
        return front.order_no if front else ""

    def _run(self, call: Call[Attempt]) -> None:
        call.then(lambda _attempt: None, self._failed)
