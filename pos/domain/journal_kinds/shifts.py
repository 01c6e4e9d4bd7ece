"""Journal rows about shifts and cash."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pos.domain.journal_kinds.base import JournalKind, Json
from pos.domain.shift import CashMovementKind


@dataclass(kw_only=True, eq=False, repr=False)
class ShiftOpened(JournalKind):
    """A shift; it adopts the ledger entries that are in no shift."""

    KINDS = frozenset({"shift_opened"})

    kind: str = "shift_opened"
    shift: int
    uid: str
    opening: str
    adopted: int = 0


@dataclass(kw_only=True, eq=False, repr=False)
class ShiftClosed(JournalKind):
    """A Z with its report. ``seal`` proves the head that the report names, see :mod:`pos.store.journal.anchors`."""

    KINDS = frozenset({"shift_closed"})

    kind: str = "shift_closed"
    shift: int
    z_no: int
    counted: str
    expected: str
    reason: str
    notes: Mapping[str, int]
    report: Mapping[str, Json]
    seal: str = ""


@dataclass(kw_only=True, eq=False, repr=False)
class ShiftCounted(JournalKind):
    """A count that differs."""

    KINDS = frozenset({"shift_counted"})

    kind: str = "shift_counted"
    shift: int
    counted: str
    expected: str
    notes: Mapping[str, int]


@dataclass(kw_only=True, eq=False, repr=False)
class StepAfterZ(JournalKind):
    """A step after a Z is done."""

    KINDS = frozenset({"z_followed"})

    kind: str = "z_followed"
    shift: int
    z_no: int | None
    step: str


@dataclass(kw_only=True, eq=False, repr=False)
class CashMoved(JournalKind):
    """A movement of cash without a sale, or a drop that was refused."""

    KINDS = frozenset({*CashMovementKind, "drop_refused"})

    shift: int
    amount: str
    reason: str
    approved_by: str = ""


@dataclass(kw_only=True, eq=False, repr=False)
class DrawerOpened(JournalKind):
    """The drawer was opened without a sale."""

    KINDS = frozenset({"drawer_opened"})

    kind: str = "drawer_opened"
    reason: str
    approved_by: str = ""
    shift: int | None = None
