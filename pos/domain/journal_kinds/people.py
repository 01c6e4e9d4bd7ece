"""Journal rows about people, PINs and recovery codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pos.domain.journal_kinds.base import ABSENT, Absent, Digest, JournalKind


@dataclass(kw_only=True, eq=False, repr=False)
class PersonWritten(JournalKind):
    """A new person, a change, or a person of a replaced journal. ``pin`` is the digest of the PIN's hash."""

    KINDS = frozenset({"person_added", "person_changed", "person_carried"})

    person: str
    name: str
    role: str
    active: bool = True
    pin: Digest | Absent = ABSENT


@dataclass(kw_only=True, eq=False, repr=False)
class PinTried(JournalKind):
    """A PIN was typed for an action. ``counts`` are the counts of wrong PINs after it with their times on the monotonic
    clock in seconds; ``rehashed`` is the digest of the right PIN's new hash."""

    KINDS = frozenset({"pin_tried"})

    kind: str = "pin_tried"
    person: str
    right: bool
    action: str = ""
    counts: Mapping[str, Sequence[float]] | None = None
    rehashed: Digest = ""


@dataclass(kw_only=True, eq=False, repr=False)
class RecoveryCodeMade(JournalKind):
    """A new recovery code; ``code`` is the digest of its hash."""

    KINDS = frozenset({"recovery_code_made"})

    kind: str = "recovery_code_made"
    code: Digest


@dataclass(kw_only=True, eq=False, repr=False)
class RecoveryTried(JournalKind):
    """The recovery code was typed for an action."""

    KINDS = frozenset({"recovery_tried"})

    kind: str = "recovery_tried"
    right: bool
    action: str


@dataclass(kw_only=True, eq=False, repr=False)
class Session(JournalKind):
    """The actor signed in or out."""

    KINDS = frozenset({"signed_in", "signed_out"})
