"""Kinds of business tax on what is sold in Taiwan."""

from __future__ import annotations

from enum import StrEnum


class TaxKind(StrEnum):
    """The tax kind of an item. The names are stored."""

    TAXED = "taxed"  # 應稅
    ZERO = "zero_rated"  # 零稅率
    EXEMPT = "exempt"  # 免稅
