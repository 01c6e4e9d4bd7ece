"""Numbers of new attempts and refunds."""

from __future__ import annotations

from datetime import tzinfo

from pos.domain.payment import RandomSource, new_order_no
from pos.runtime import Clock


class OrderNumbers:
    """Make numbers that begin with the day of the shop, whose time zone is ``zone``."""

    def __init__(self, clock: Clock, source: RandomSource, zone: tzinfo) -> None:
        self._clock = clock
        self._source = source
        self._zone = zone

    def new(self) -> str:
        """Return a number for an attempt or a refund."""
        return new_order_no(self._clock.now().astimezone(self._zone), self._source)
