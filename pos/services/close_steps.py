"""The steps after a Z: backup, reports, print. A failed step is reported and does not stop the others."""

from __future__ import annotations

from pos.i18n import Message
from pos.services.backups import Backups
from pos.services.receipt_printing import ReceiptPrinting
from pos.services.reports import Reports
from pos.services.shifts import CloseStep, ShiftReport


def close_steps(backups: Backups, reports: Reports, printing: ReceiptPrinting) -> tuple[CloseStep, ...]:
    """Return the steps in order; the backup is first, because the printer may run out of paper."""

    async def keep(_stand: ShiftReport) -> Message:
        await backups.at_close()
        return Message()

    async def print_report(report: ShiftReport) -> Message:
        return await printing.print_z(report)

    return (
        CloseStep("backup", keep),
        CloseStep("reports", reports.at_close),
        CloseStep("paper", print_report, again=False),
    )
