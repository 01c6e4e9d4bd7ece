"""What the calls to the gateways share: approval of the target, rate limit, health and refused keys."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from pos.domain.events import MerchantKeyChanged
from pos.errors import NoAnswer, RateLimited
from pos.gateways.base import Gateway
from pos.i18n import Message
from pos.runtime import Bus, Clock
from pos.services.gateway_health import GatewayHealth
from pos.services.rate_limiter import RateLimiter
from pos.services.targets import Targets


class GatewayCalls:
    """The gateways that are set up. Report the outcome of each call: it decides their health and their rate."""

    def __init__(self, gateways: Mapping[str, Gateway], clock: Clock, bus: Bus, targets: Targets) -> None:
        self._gateways = gateways
        self._clock = clock
        self._bus = bus
        self._targets = targets
        self._health = GatewayHealth(bus)
        self._rate_limiters: dict[str, RateLimiter] = {}
        for name, gateway in gateways.items():
            gateway.pace = self.rate_limiter(name)  # for calls that a gateway makes by itself
            gateway.merchant_key.on_change = partial(self._publish_key, name)

    def get(self, name: str) -> Gateway | None:
        """Return a gateway, None if it is not set up."""
        return self._gateways.get(name)

    def approved(self, name: str) -> Gateway:
        """Return a gateway whose target is approved. Raises NotAllowed, StoreError."""
        self._targets.check(name)
        return self._gateways[name]

    def may_ask(self, name: str) -> bool:
        """Return whether the gateway's target is approved; the reason is published if it is not. Raises StoreError."""
        problem = self._targets.refusal(name)
        if problem:
            self._health.silent(self._gateways[name], problem)
        return not problem

    async def wait_for_turn(self, name: str, rank: float | None = None) -> None:
        """Wait until a gateway may be queried; the smallest ``rank`` (monotonic time, now if it is None) goes first."""
        await self.rate_limiter(name).acquire(self._clock.monotonic() if rank is None else rank)

    def answered(self, gateway: Gateway) -> None:
        """Record a call that was answered."""
        self.rate_limiter(gateway.FACTS.name).answered()
        self._health.answered(gateway)

    def unanswered(self, gateway: Gateway, error: NoAnswer) -> None:
        """Record a call whose outcome is unknown, and back off if the gateway asks for it."""
        if isinstance(error, RateLimited):
            self.rate_limiter(gateway.FACTS.name).back_off(error.retry_after)
        self._health.silent(gateway, error.message)

    def not_sent(self, gateway: Gateway, reason: Message) -> None:
        """Record a call that did not reach the gateway, or that it refused to take."""
        self._health.silent(gateway, reason)

    def rate_limiter(self, name: str) -> RateLimiter:
        """Return the rate limiter of one gateway."""
        if name not in self._rate_limiters:
            self._rate_limiters[name] = RateLimiter(self._clock)
        return self._rate_limiters[name]

    def close(self) -> None:
        """End the waits for a turn."""
        for rate_limiter in self._rate_limiters.values():
            rate_limiter.close()

    def _publish_key(self, gateway: str, refused: bool) -> None:
        self._bus.publish(MerchantKeyChanged(gateway, refused))
