"""The header of every slip."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class ReceiptHeader:
    """The fields of a header. ``training`` marks every slip of a shop in training mode."""

    shop: str
    register_id: str
    zone: ZoneInfo
    training: bool = False
