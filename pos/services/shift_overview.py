"""The overview of shifts that the shift page shows without a permission."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pos.domain.actor import Actor
from pos.domain.in_process import InProcess
from pos.domain.shift import CashMovement, Shift
from pos.domain.staff import Action
from pos.services.authorization import Authorization
from pos.services.shifts import Shifts
from pos.services.staff import Staff


@dataclass(frozen=True, slots=True)
class ShiftOverview:
    """The open shift or None, closed shifts (newest first), names by id, and the content of the open shift.

    ``others`` are registers whose shift is open in the same journal, if this register has none.
    """

    current: Shift | None = None
    closed: Sequence[Shift] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    moves: Sequence[CashMovement] = ()
    waiting: InProcess = field(default_factory=InProcess)
    others: Sequence[str] = ()


class ShiftOverviews:
    """Read the overview of shifts. Figures that need X_REPORT are left out for an actor without that right."""

    def __init__(self, shifts: Shifts, staff: Staff, authorization: Authorization) -> None:
        self._shifts = shifts
        self._staff = staff
        self._authorization = authorization

    def read(self, actor: Actor, limit: int) -> ShiftOverview:
        """Return the overview with ``limit`` closed shifts at most. Raises StoreError."""
        shifts, staff, current = self._shifts, self._staff, self._shifts.current()
        rights = self._authorization
        permission = rights.permission(actor, Action.X_REPORT) if rights.may(actor, Action.X_REPORT) else None
        closed = [one for one in shifts.last(actor, limit + 1, permission) if one.z_no is not None]
        if current is None:
            return ShiftOverview(None, closed, staff.names(), others=shifts.others())
        return ShiftOverview(current, closed, staff.names(), shifts.moves(), shifts.in_process())
