"""Who acts at a register, and how an action is recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class RecordedBy:
    """The people that a journal row names: ``actor`` acted, ``approved_by`` typed the PIN. Ids, "" for no person."""

    actor: str = ""
    approved_by: str = ""


NO_PERSON: Final = RecordedBy()
"""The register acts by itself."""
