"""The totals page's query and its answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from pos.domain.actor import Actor
from pos.domain.shift import Shift
from pos.domain.totals import SCOPES, Scope, Span, Totals, move_scope
from pos.services.permissions import Permission, require_permission
from pos.services.reports import RIGHT, Reports
from pos.services.shifts import Shifts
from pos.services.staff import Staff

SHIFTS: Final = 400
"""Most shifts back that can be chosen."""


@dataclass(frozen=True, slots=True)
class TotalsQuery:
    """The span around ``day``, or the shift ``back`` shifts before the newest; of one register, or "" for all."""

    span: Span
    day: date
    back: int = 0
    register: str = ""

    def moved(self, by: int) -> TotalsQuery:
        """Return the query ``by`` spans later; earlier if negative."""
        if self.span is Span.SHIFT:
            return replace(self, back=max(0, self.back - by))
        return replace(self, day=move_scope(SCOPES[self.span](self.day), by).first)

    @property
    def days(self) -> Scope | None:
        """The days, None for a shift."""
        return None if self.span is Span.SHIFT else SCOPES[self.span](self.day, self.register)


@dataclass(frozen=True, slots=True)
class TotalsAnswer:
    """``totals`` is None if no shift was ever opened. ``shifts`` is the number of shifts that can be chosen."""

    totals: Totals | None
    shift: Shift | None
    shifts: int
    people: Mapping[str, str]
    registers: Sequence[str]

    @property
    def currencies(self) -> list[str]:
        """The currencies that were booked."""
        return [one.currency for one in self.totals.currencies] if self.totals else []


class TotalsView:
    """Answer the queries of the totals page."""

    def __init__(self, reports: Reports, shifts: Shifts, staff: Staff) -> None:
        self._reports = reports
        self._shifts = shifts
        self._staff = staff

    def answer(self, actor: Actor, query: TotalsQuery, permission: Permission) -> TotalsAnswer:
        """Return the totals that a query asks for. Raises NotAllowed for another permission, and StoreError."""
        require_permission(permission, RIGHT[query.span])
        people, registers = self._staff.names(), self._reports.registers()
        if (days := query.days) is not None:
            return TotalsAnswer(self._reports.totals(days, permission), None, 0, people, registers)
        shifts = self._shifts.last(actor, SHIFTS)
        if not shifts:
            return TotalsAnswer(None, None, 0, people, registers)
        shift = shifts[min(query.back, len(shifts) - 1)]
        scope = self._reports.scope_of(shift)
        totals, then = self._reports.totals(scope, permission), self._reports.people(scope, permission)
        return TotalsAnswer(totals, shift, len(shifts), then, registers)
