"""Token buckets: how often something may happen, with a burst, in memory."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from pos.runtime import Clock


@dataclass(frozen=True, slots=True)
class Rate:
    """``burst`` at once, then ``per_second``."""

    per_second: float
    burst: int


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class TokenBuckets:
    """One bucket per key. Only the ``most`` keys used last are remembered, so that memory is bounded."""

    def __init__(self, clock: Clock, rate: Rate, most: int = 1000) -> None:
        self._clock = clock
        self._rate = rate
        self._most = most
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, key: str = "") -> bool:
        """Take one token of ``key``. Return False if there is none."""
        now = self._clock.monotonic()
        bucket = self._buckets.pop(key, None) or _Bucket(self._rate.burst, now)
        self._buckets[key] = bucket
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        refilled = bucket.tokens + max(0.0, now - bucket.at) * self._rate.per_second
        bucket.tokens, bucket.at = min(self._rate.burst, refilled), now
        if bucket.tokens < 1:
            return False
        bucket.tokens -= 1
        return True
