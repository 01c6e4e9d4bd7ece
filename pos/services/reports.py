"""Totals of the ledger, the lines behind every figure, and reports as files."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from pos.domain.agreement_lines import ChargeLine
from pos.domain.refund import Refund
from pos.domain.shift import Shift
from pos.domain.staff import Action
from pos.domain.tenders import Tender
from pos.domain.totals import (
    FORMATS,
    JSON,
    EntryKind,
    Figure,
    LedgerEntry,
    Scope,
    Span,
    Totals,
    day_scope,
    shift_scope,
    totals,
)
from pos.errors import InputError, NotFound, PosError, StoreError
from pos.i18n import N_, Message, msg
from pos.runtime import BlockingRunner, Clock
from pos.services.permissions import Permission, require_permission
from pos.services.staff import Staff
from pos.services.z_report import ReportNames, names_of, stored_totals
from pos.store.agreements import AgreementStore
from pos.store.ledger import WHOLE, Ledger
from pos.store.refunds import RefundStore
from pos.store.shifts import ShiftStore

if TYPE_CHECKING:
    from pos.exports.report import Report
    from pos.services.shifts import ShiftReport

RIGHT: Final = {
    Span.SHIFT: Action.X_REPORT,
    Span.DAY: Action.REPORTS,
    Span.WEEK: Action.REPORTS,
    Span.MONTH: Action.REPORTS,
}
"""The right to read the totals of each span."""

AT_ONCE: Final = 2000
"""Lines that are read at once; the event loop serves payments between two reads."""

MOST_DAYS: Final = 7
"""The last days of a shift left open for which a Z writes reports."""


class Reports:
    """Totals and reports. ``shop`` is the name on top; all days are the shop's, in ``zone``.

    ``currency`` is the shop's. At each Z, reports are written to ``folder`` in each of ``formats``. Without
    ``agreements`` they list no charges of them.
    """

    def __init__(
        self,
        ledger: Ledger,
        refunds: RefundStore,
        shifts: ShiftStore,
        staff: Staff,
        clock: Clock,
        shop: str,
        zone: ZoneInfo,
        training: bool = False,
        run_blocking: BlockingRunner = asyncio.to_thread,
        folder: Path | None = None,
        formats: Sequence[str] = (),
        currency: str = "TWD",
        agreements: AgreementStore | None = None,
    ) -> None:
        self._ledger = ledger
        self._refunds = refunds
        self._shifts = shifts
        self._staff = staff
        self._clock = clock
        self._shop = shop
        self._zone = zone
        self._training = training
        self._run_blocking = run_blocking
        self._folder = folder
        self._formats = formats
        self._currency = currency
        self._agreements = agreements

    # -- scopes -----------------------------------------------------------------------------------------------

    def today(self) -> date:
        """Return the shop's current day."""
        return self._clock.now().astimezone(self._zone).date()

    def registers(self) -> Sequence[str]:
        """Return the registers of this journal that had a shift."""
        return self._shifts.registers()

    def scope_of(self, shift: Shift) -> Scope:
        """Return the scope of one shift."""
        return shift_scope(shift, self.today(), self._zone)

    def running(self) -> Scope:
        """Return the scope of the open shift of this register, for an X. Raises NotFound."""
        shift = self._shifts.current()
        if shift is None:
            raise NotFound(N_("No shift is open on this register. Open one first."))
        return self.scope_of(shift)

    def closed(self, z_no: int | None = None) -> Scope:
        """Return the scope of a Z of this register, by default the last. Raises NotFound."""
        if z_no is not None:
            return self.scope_of(self._shifts.by_z(z_no))
        found = next((one for one in self._shifts.last() if one.z_no is not None), None)
        if found is None:
            raise NotFound(N_("No shift has been closed yet."))
        return self.scope_of(found)

    # -- figures ----------------------------------------------------------------------------------------------

    def totals(self, scope: Scope, permission: Permission) -> Totals:
        """Return the figures of a scope. Raises NotAllowed."""
        require_permission(permission, RIGHT[scope.span])
        return self._snapshot(scope)[0]

    def people(self, scope: Scope, permission: Permission) -> Mapping[str, str]:
        """Return the names of people by id; those of a closed shift are the ones of its Z. Raises NotAllowed."""
        require_permission(permission, RIGHT[scope.span])
        return self._names(scope).people

    def lines(
        self, scope: Scope, permission: Permission, figure: Figure = WHOLE, *, limit: int = 200, after: int = 0
    ) -> Sequence[LedgerEntry]:
        """Return the ledger entries behind one figure, oldest first, a page at a time (``after`` the last ``seq``)."""
        require_permission(permission, RIGHT[scope.span])
        return self._ledger.lines(scope, figure, limit=limit, after=after)

    # -- files ------------------------------------------------------------------------------------------------

    async def report(self, scope: Scope, permission: Permission) -> Report:
        """Return the report of a scope for a file: totals and their lines from one snapshot. Raises NotAllowed."""
        require_permission(permission, RIGHT[scope.span])
        return await self._report(scope)

    async def _report(self, scope: Scope) -> Report:
        from pos.exports.report import Report
        from pos.gateways import TITLES

        (found, last), names = self._snapshot(scope), self._names(scope)
        lines = await self._all_lines(scope, last)
        return Report(
            shop=names.shop,
            register_id=scope.register_id,
            zone=names.zone,
            made_at=self._clock.now(),
            training=self._training,
            totals=found,
            bookings=lines,
            refunds=self._refunds_of(scope, lines),
            shifts=self._shifts_of(scope),
            people=names.people,
            currency=self._currency,
            gateways=TITLES,
            charges=self._charges_of(scope, lines),
        )

    def file_name(self, found: Totals, kind: str) -> str:
        """Return a suggested file name for these totals."""
        from pos.exports.report import Report

        made = Report(self._shop, found.scope.register_id, self._zone, self._clock.now(), self._training, found)
        return made.file_name(kind)

    async def write(self, scope: Scope, kind: str, path: Path, permission: Permission) -> Path:
        """Write a report to a file, atomically. Raises InputError, StoreError, NotAllowed."""
        if kind not in (JSON, *FORMATS):
            known = ", ".join((JSON, *FORMATS))
            raise InputError("format", msg(N_("{value} is not a format. Use one of {known}"), value=kind, known=known))
        report = await self.report(scope, permission)
        await self._run_blocking(lambda: _write(report, kind, path))
        return path

    async def at_close(self, shift_report: ShiftReport) -> Message:
        """Write the reports of a closed shift and of its days to the shop's folder, if it has one.

        A file that fails does not stop the others. Raises the first PosError after the last file.
        """
        if self._folder is None:
            return Message()
        shift = self.scope_of(shift_report.shift)
        days = [
            shift.last - timedelta(days=back) for back in range(min(MOST_DAYS, (shift.last - shift.first).days + 1))
        ]
        failed: list[PosError] = []
        for scope in (shift, *(day_scope(day, shift.register_id) for day in days)):
            report = await self._report(scope)
            for kind in self._formats:
                try:
                    await self._run_blocking(partial(self._keep, self._folder, report, kind))
                except PosError as error:  # for example open in another program: write the other files
                    failed.append(error)
        if failed:
            raise failed[0]
        return Message()

    @staticmethod
    def _keep(folder: Path, report: Report, kind: str) -> None:
        from pos.store.backup import make_folder

        make_folder(folder, "[reports] folder")
        _write(report, kind, folder / report.file_name(kind))

    # -- steps ------------------------------------------------------------------------------------------------

    def _snapshot(self, scope: Scope) -> tuple[Totals, int]:
        """Return the figures of one snapshot and the ``seq`` of their last line; more may be booked meanwhile.

        Those of a closed shift are the ones of its Z.
        """
        with self._ledger.snapshot():
            shift = self._shift_of(scope)
            if shift is not None and shift.z_no is not None:
                return stored_totals(shift, scope), self._ledger.last()
            return totals(scope, self._ledger.groups(scope), self._ledger.invoices(scope)), self._ledger.last()

    def _shift_of(self, scope: Scope) -> Shift | None:
        return None if scope.shift is None else self._shifts.get(scope.shift)

    def _names(self, scope: Scope) -> ReportNames:
        """Return the names that a closed shift's Z stores, otherwise those of today."""
        now, shift = ReportNames(self._shop, self._zone, self._staff.names()), self._shift_of(scope)
        return now if shift is None else names_of(shift, now)

    async def _all_lines(self, scope: Scope, last: int) -> Sequence[LedgerEntry]:
        found: list[LedgerEntry] = []
        while more := self._ledger.lines(scope, limit=AT_ONCE, after=found[-1].seq if found else 0, until=last):
            found += more
            await asyncio.sleep(0)  # a month has 60,000 lines; let the loop serve payments
        return found

    def _refunds_of(self, scope: Scope, lines: Sequence[LedgerEntry]) -> list[Refund]:
        numbers = {line.refund_no for line in lines if line.refund_no}
        if scope.span is Span.SHIFT:
            return [self._refunds.get(number) for number in sorted(numbers)]
        return [one for one in self._refunds.booked(scope.first, scope.last) if one.refund_no in numbers]

    def _charges_of(self, scope: Scope, lines: Sequence[LedgerEntry]) -> list[ChargeLine]:
        """Return the charges of agreements that were booked, and for days those that were due and failed."""
        if self._agreements is None:
            return []
        orders = [one.order_no for one in lines if one.kind is EntryKind.SALE and one.tender == Tender.CARD_PERIODIC]
        booked = self._agreements.lines_of(orders)
        failed = [] if scope.span is Span.SHIFT else self._agreements.failed_between(scope.first, scope.last)
        return [*booked, *failed]

    def _shifts_of(self, scope: Scope) -> list[Shift]:
        if (shift := self._shift_of(scope)) is not None:
            return [shift]
        first = datetime.combine(scope.first, time.min, self._zone)
        after = datetime.combine(scope.last + timedelta(days=1), time.min, self._zone)
        found = self._shifts.between(first, after)
        return [one for one in found if scope.register_id in ("", one.register_id)]


def _write(report: Report, kind: str, path: Path) -> None:
    from pos.exports import export
    from pos.files import write_whole

    try:
        path.parent.stat()  # a missing folder may be a disk that is not connected: do not create it
        write_whole(path, export(report, kind))
    except OSError as error:
        raise StoreError(msg(N_("The report cannot be written: {path}."), path=path), str(error)) from error
