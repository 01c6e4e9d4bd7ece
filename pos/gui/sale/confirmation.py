"""A warning that stops an action once; the same action confirms it a moment later. No Qt here."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from pos.domain.money import Money

ONE_PRESS: Final = 0.5
"""Seconds after a warning in which the same key is still the same press."""


class Confirmation:
    """Remembers the amount that the cashier was warned of. ``now`` is a monotonic clock in seconds."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._amount: Money | None = None
        self._at = 0.0

    def warn(self, amount: Money) -> None:
        """Note that a warning of ``amount`` is shown."""
        self._amount, self._at = amount, self._now()

    def is_warned(self, amount: Money) -> bool:
        """Return whether the last warning was of ``amount``."""
        return self._amount == amount

    def is_same_press(self, amount: Money) -> bool:
        """Return whether an action for ``amount`` comes too soon after its warning to confirm it."""
        return self.is_warned(amount) and self._now() - self._at <= ONE_PRESS

    def clear(self) -> None:
        self._amount = None
