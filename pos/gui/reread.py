"""Read a payment again after one of its refunds changed: how much was refunded is read with the payment."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pos.domain.payment import Attempt
    from pos.domain.refund import Refund
    from pos.gui.bridge import Bridge

log = logging.getLogger(__name__)


def reread(bridge: Bridge, refund: Refund, done: Callable[[Attempt], object]) -> None:
    """Call ``done`` with the payment of ``refund`` as it is now.

    It is not called if who is signed in may no longer see that payment.
    """
    bridge.call(bridge.services.payments.get, bridge.actor, refund.order_no).then(
        done, lambda error: log.info("payment %s is not read again: %s", refund.order_no, error)
    )
