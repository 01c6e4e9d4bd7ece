"""The base of all kinds of journal rows. Each has one dataclass for its body, with a version.

A row names its actor and order beside the body. Fields with their default are left out of the body; :data:`ABSENT`
marks a fact that a step did not change. Amounts are minor units, or texts as ``TWD 125``; times are ISO 8601 in UTC. A
:data:`Digest` is the SHA-256 of a secret, which itself is never in the journal.

Add a field with a default, or a new version of the class: a row that was written once must be readable for ever. The
classes have no generated comparison and no ``repr``, because every start makes them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from enum import Enum
from typing import Any, ClassVar, Final, Self

Json = str | int | float | bool | None | Mapping[str, "Json"] | Sequence["Json"]
Digest = str
"""SHA-256 of a secret as 64 hexadecimal digits, "" for no secret."""


class Absent(Enum):
    """The type of :data:`ABSENT`."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT


@dataclass(kw_only=True, eq=False, repr=False)
class JournalKind:
    """The body of a row. ``kind`` is one of :attr:`KINDS`; it is a column of the row and not part of its body."""

    KINDS: ClassVar[frozenset[str]] = frozenset()
    VERSION: ClassVar[int] = 1

    kind: str = ""

    def body(self) -> dict[str, Json]:
        """Return the fields that differ from their defaults."""
        defaults = _defaults(type(self))
        return {
            name: value
            for name, value in vars(self).items()
            if name != "kind" and value is not ABSENT and value != defaults[name]
        }

    @classmethod
    def read(cls, kind: str, facts: dict[str, Any]) -> Self:
        """Return the body that ``facts`` are; they become its own. Raises TypeError for a missing or unknown field.

        A replay calls this for each row, so it fills no field that has its default: the class has those.
        """
        known = _defaults(cls)
        if "kind" in facts or not known.keys() >= facts.keys() >= _required(cls):
            raise TypeError(f"{kind}: {sorted(facts)}")
        body = object.__new__(cls)
        facts["kind"] = kind
        body.__dict__ = facts
        return body


_REQUIRED: Final = object()
_known_required: Final[dict[type[JournalKind], frozenset[str]]] = {}
_known_defaults: Final[dict[type[JournalKind], dict[str, Any]]] = {}


def _defaults(kind: type[JournalKind]) -> dict[str, Any]:
    """Return the default of each field; nothing equals that of a field which has none."""
    if kind not in _known_defaults:
        pairs = ((one.name, one.default) for one in fields(kind))
        _known_defaults[kind] = {name: _REQUIRED if default is MISSING else default for name, default in pairs}
    return _known_defaults[kind]


def _required(kind: type[JournalKind]) -> frozenset[str]:
    """Return the names of the fields without a default."""
    if kind not in _known_required:
        _known_required[kind] = frozenset(name for name, value in _defaults(kind).items() if value is _REQUIRED)
    return _known_required[kind]
