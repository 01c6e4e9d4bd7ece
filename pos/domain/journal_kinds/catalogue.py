"""Journal rows about the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pos.domain.journal_kinds.base import JournalKind


@dataclass(kw_only=True, eq=False, repr=False)
class ItemWritten(JournalKind):
    """A new item, or all of a changed one. Who changed it is the actor, or has approved it."""

    KINDS = frozenset({"item_added", "item_changed"})

    item: str
    name: str
    price: int
    currency: str
    category: str = ""
    barcodes: Sequence[str] = ()
    colour: str = "none"
    tax: str = "taxed"
    active: bool = True
    place: int | None = None
    approved_by: str = ""


@dataclass(kw_only=True, eq=False, repr=False)
class ItemRemoved(JournalKind):
    """An item leaves the catalogue; sales that have it stay as they are."""

    KINDS = frozenset({"item_removed"})

    kind: str = "item_removed"
    item: str
    approved_by: str = ""
