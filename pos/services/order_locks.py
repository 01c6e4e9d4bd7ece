"""Locks that serialize the calls about one order."""

from __future__ import annotations

import asyncio
from weakref import WeakValueDictionary


class OrderLocks:
    """One lock for each order number; it exists while it is held or awaited."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def of(self, order_no: str) -> asyncio.Lock:
        """Return the lock of an order."""
        return self._locks.setdefault(order_no, asyncio.Lock())

    def is_held(self, order_no: str) -> bool:
        """Return whether a call about an order is under way."""
        lock = self._locks.get(order_no)
        return lock is not None and lock.locked()
