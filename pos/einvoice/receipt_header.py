"""What stands on top of every slip."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class ReceiptHeader:
    """``training`` is written on every slip of a shop where nobody pays real money."""

    shop: str
    register_id: str
    zone: ZoneInfo
    training: bool = False
