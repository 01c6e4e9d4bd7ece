"""Gateway health: whether each gateway answers, and whether its clock and this computer's agree."""

from __future__ import annotations

from typing import Final

from pos.domain.events import ClockDrifted, GatewayHealthChanged
from pos.gateways.base import Gateway
from pos.i18n import Message
from pos.runtime import Bus

DRIFT_WARNING: Final = 120.0
"""Difference of the clocks in seconds from which a warning is shown (O'Pay refuses 600)."""

DEGRADED_AFTER: Final = 2
"""Calls in a row without an answer from which a gateway is shown as unavailable."""


class GatewayHealth:
    """The health of all gateways; only changes are published."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._silent: dict[str, int] = {}
        self._drifted: dict[str, bool] = {}

    def answered(self, gateway: Gateway) -> None:
        """Record an answered call. For a gateway that declares itself unavailable it counts as unanswered."""
        if reason := gateway.unavailable():
            self.silent(gateway, reason)
            return
        name = gateway.FACTS.name
        if self._silent.pop(name, 0) >= DEGRADED_AFTER:
            self._bus.publish(GatewayHealthChanged(name, True, Message()))
        self._look_at_clock(gateway)

    def silent(self, gateway: Gateway, message: Message) -> None:
        """Record an unanswered call; ``message`` is the cause.

        A gateway that declares itself unavailable is published at once.
        """
        name = gateway.FACTS.name
        before = self._silent.get(name, 0)
        self._silent[name] = max(before + 1, DEGRADED_AFTER) if gateway.unavailable() else before + 1
        if before < DEGRADED_AFTER <= self._silent[name]:
            self._bus.publish(GatewayHealthChanged(name, False, message))

    def _look_at_clock(self, gateway: Gateway) -> None:
        name, drift = gateway.FACTS.name, gateway.wire.drift
        drifted = abs(drift) > DRIFT_WARNING
        if drifted != self._drifted.get(name, False):
            self._drifted[name] = drifted
            self._bus.publish(ClockDrifted(name, drift))
