"""Totals of the shop's book, the lines behind every figure, and reports as files."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from pos.domain.shift import Shift
from pos.domain.staff import Action, Permit
from pos.domain.totals import Booking, By, Scope, Span, Totals, totals
from pos.errors import InputError, StoreError
from pos.i18n import N_, msg
from pos.runtime import Aside, Clock
from pos.services.staff import Staff, granted
from pos.store.book import Book
from pos.store.refunds import RefundStore
from pos.store.shifts import ShiftStore

if TYPE_CHECKING:
    from pos.exports.report import Report

FORMATS: Final = ("csv", "xlsx", "pdf")

_RIGHT: Final = {Span.SHIFT: Action.X_REPORT}
"""A shift's figures are the till's; longer spans are the shop's."""


class Reports:
    """``shop`` is the name on top; all days are the shop's, in ``zone``."""

    def __init__(
        self,
        book: Book,
        refunds: RefundStore,
        shifts: ShiftStore,
        staff: Staff,
        clock: Clock,
        shop: str,
        zone: ZoneInfo,
        training: bool = False,
        aside: Aside = asyncio.to_thread,
    ) -> None:
        self._book = book
        self._refunds = refunds
        self._shifts = shifts
        self._staff = staff
        self._clock = clock
        self._shop = shop
        self._zone = zone
        self._training = training
        self._aside = aside

    def today(self) -> date:
        """The shop's day now."""
        return self._clock.now().astimezone(self._zone).date()

    def totals(self, scope: Scope, permit: Permit) -> Totals:
        """The figures of a scope. Raises NotAllowed."""
        self._check(scope, permit)
        return totals(scope, self._book.groups(scope), self._book.invoices(scope))

    def lines(
        self, scope: Scope, permit: Permit, by: By | None = None, key: str = "", *, limit: int = 200, after: int = 0
    ) -> Sequence[Booking]:
        """The bookings behind one figure, oldest first, a page at a time (``after`` the last ``seq`` seen)."""
        self._check(scope, permit)
        return self._book.lines(scope, by, key, limit=limit, after=after)

    def report(self, scope: Scope, permit: Permit) -> Report:
        """Everything of a scope, for a file."""
        from pos.exports.report import Report

        found = self.totals(scope, permit)
        lines = self._book.lines(scope)
        return Report(
            shop=self._shop,
            register_id=scope.register_id,
            zone=self._zone,
            made_at=self._clock.now(),
            training=self._training,
            totals=found,
            bookings=lines,
            refunds=self._refunds_of(scope, lines),
            shifts=self._shifts_of(scope),
            people={one.id: one.name for one in self._staff.everybody()},
        )

    async def write(self, scope: Scope, kind: str, path: Path, permit: Permit) -> Path:
        """A report as a file, written whole or not at all. Raises InputError, StoreError, NotAllowed."""
        if kind not in FORMATS:
            known = ", ".join(FORMATS)
            raise InputError("format", msg(N_("{value} is no format; one of {known}"), value=kind, known=known))
        report = self.report(scope, permit)
        await self._aside(lambda: _write(report, kind, path))
        return path

    def _check(self, scope: Scope, permit: Permit) -> None:
        granted(permit, _RIGHT.get(scope.span, Action.REPORTS))

    def _refunds_of(self, scope: Scope, lines: Sequence[Booking]) -> list[object]:
        numbers = {line.refund_no for line in lines if line.refund_no}
        if scope.span is Span.SHIFT:
            return [self._refunds.get(number) for number in sorted(numbers)]
        return [one for one in self._refunds.booked(scope.first, scope.last) if one.refund_no in numbers]

    def _shifts_of(self, scope: Scope) -> list[Shift]:
        if scope.shift is not None:
            return [self._shifts.get(scope.shift)]
        first = datetime.combine(scope.first, time.min, self._zone)
        after = datetime.combine(scope.last + timedelta(days=1), time.min, self._zone)
        found = self._shifts.between(first, after)
        return [one for one in found if scope.register_id in ("", one.register_id)]


def _write(report: Report, kind: str, path: Path) -> None:
    from pos.exports import write_report

    try:
        write_report(report, kind, path)
    except OSError as error:
        raise StoreError(msg(N_("The report cannot be written: {path}."), path=path), str(error)) from error
