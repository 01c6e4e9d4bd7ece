"""The back office: people, refunds, shifts, totals, reconciliation and backups, behind one door of the desk."""

from __future__ import annotations

from dataclasses import dataclass

from pos.services.access import Access
from pos.services.backups import Backups
from pos.services.invoice_corrections import InvoiceCorrections
from pos.services.payment_search import PaymentSearch
from pos.services.reconcile import Reconcile
from pos.services.refunds import Refunds
from pos.services.reports import Reports
from pos.services.review_resolution import ReviewResolution
from pos.services.shifts import Shifts
from pos.services.staff import Staff
from pos.services.targets import Targets


@dataclass(frozen=True, slots=True)
class Office:
    """Each service asks for a :class:`pos.domain.staff.Permission`, which :attr:`staff` hands out."""

    staff: Staff
    access: Access
    finding: PaymentSearch
    refunds: Refunds
    settling: ReviewResolution
    shifts: Shifts
    reports: Reports
    reconcile: Reconcile
    backups: Backups
    corrections: InvoiceCorrections
    targets: Targets
