"""Which totals are wished for, and the answer of the back office."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Final

from pos.domain.shift import Shift
from pos.domain.staff import Permission
from pos.domain.totals import SCOPES, Scope, Span, Totals, move_scope

if TYPE_CHECKING:
    from pos.services.office import Office

SHIFTS: Final = 400
"""Shifts back to which the arrows go."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Days around ``day``, or a shift so many ``back`` from the newest; of one register, or "" for all."""

    span: Span
    day: date
    back: int = 0
    register: str = ""

    def moved(self, by: int) -> Wish:
        """The span ``by`` spans later, or earlier below zero."""
        if self.span is Span.SHIFT:
            return replace(self, back=max(0, self.back - by))
        return replace(self, day=move_scope(SCOPES[self.span](self.day), by).first)

    @property
    def days(self) -> Scope | None:
        """The days, None for a shift."""
        return None if self.span is Span.SHIFT else SCOPES[self.span](self.day, self.register)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a wish; no ``totals`` where no shift was ever opened. ``shifts`` counts those one may go back to."""

    totals: Totals | None
    shift: Shift | None
    shifts: int
    people: Mapping[str, str]
    registers: Sequence[str]

    @property
    def currencies(self) -> list[str]:
        """What was booked in."""
        return [one.currency for one in self.totals.currencies] if self.totals else []


def answered(office: Office, wish: Wish, permission: Permission) -> Answer:
    """The answer; asked on the I/O thread."""
    people = {one.id: one.name for one in office.staff.everybody()}
    registers = office.reports.registers()
    if (days := wish.days) is not None:
        return Answer(office.reports.totals(days, permission), None, 0, people, registers)
    shifts = office.shifts.last(SHIFTS)
    if not shifts:
        return Answer(None, None, 0, people, registers)
    shift = shifts[min(wish.back, len(shifts) - 1)]
    return Answer(
        office.reports.totals(office.reports.scope_of(shift), permission), shift, len(shifts), people, registers
    )
