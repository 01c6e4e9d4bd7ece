"""The declared kinds of journal rows; nothing else can be written. One module for each subject."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from pos.domain.journal_kinds.base import ABSENT, Absent, Digest, JournalKind, Json

__all__ = ("ABSENT", "Absent", "Digest", "JournalKind", "Json", "declared_kinds")


@cache
def declared_kinds() -> Mapping[str, type[JournalKind]]:
    """Return the class of each kind's body."""
    from pos.domain.journal_kinds import agreements, catalogue, gateways, payments, people, register, sales, shifts

    modules = (payments, sales, agreements, catalogue, shifts, people, gateways, register)
    found = [one for module in modules for one in vars(module).values() if isinstance(one, type)]
    bodies = [one for one in found if issubclass(one, JournalKind)]
    return {str(kind): body for body in bodies for kind in body.KINDS}
