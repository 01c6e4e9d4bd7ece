"""The services of an open register, and how they are opened and closed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from pos.errors import PosError
from pos.services.access import Access
from pos.services.agreement_reviews import AgreementReviews
from pos.services.agreements import Agreements
from pos.services.authorization import Authorization
from pos.services.background import BackgroundTasks
from pos.services.backups import Backups
from pos.services.catalogue import Catalogue
from pos.services.invoice_corrections import InvoiceCorrections
from pos.services.invoicing import Invoicing
from pos.services.mypay_operations import MypayOperations
from pos.services.offered_tools import OfferedTools
from pos.services.payment_search import PaymentSearch
from pos.services.payments import Payments
from pos.services.receipt_printing import ReceiptPrinting
from pos.services.reconcile import Reconcile
from pos.services.recovery import Recovery
from pos.services.refunds import Refunds
from pos.services.reports import Reports
from pos.services.review_resolution import ReviewResolution
from pos.services.settings_changes import SettingsService
from pos.services.shift_overview import ShiftOverviews
from pos.services.shifts import Shifts
from pos.services.split_sales import SplitSales
from pos.services.staff import Staff
from pos.services.targets import Targets
from pos.services.totals_view import TotalsView


@dataclass(frozen=True, slots=True)
class Services:
    """The services of one register. Their methods run on the I/O loop and take a permission where one is required.

    ``end`` closes the files and ends what was started with the services.
    """

    payments: Payments
    sales: SplitSales
    invoicing: Invoicing
    printing: ReceiptPrinting
    mypay: MypayOperations
    offered_tools: OfferedTools
    staff: Staff
    authorization: Authorization
    access: Access
    search: PaymentSearch
    refunds: Refunds
    agreements: Agreements
    agreement_reviews: AgreementReviews
    reviews: ReviewResolution
    shifts: Shifts
    shift_overviews: ShiftOverviews
    reports: Reports
    totals: TotalsView
    reconcile: Reconcile
    backups: Backups
    corrections: InvoiceCorrections
    catalogue: Catalogue
    targets: Targets
    settings: SettingsService
    recovery: Recovery
    tasks: BackgroundTasks
    end: Callable[[], Awaitable[None]]


class ServiceHost:
    """The open or closed services of one register. ``opening`` builds them: imports, journal, page server."""

    def __init__(self, opening: Callable[[], Awaitable[Services]]) -> None:
        self._opening = opening
        self._services: Services | None = None

    @property
    def services(self) -> Services:
        """The open services. Raises PosError while the register is closed."""
        if self._services is None:
            raise PosError("The register is closed.")
        return self._services

    async def open(self, *, watching: bool = True) -> Services:
        """Open the journal and, if ``watching``, resume everything that was in flight. Raises StoreError.

        If something cannot be resumed, the register is closed again. Services that are open already are returned.
        """
        if self._services is not None:
            return self._services
        services = await self._opening()
        try:
            if watching:
                _resume(services)
        except BaseException:
            await _end(services)
            raise
        self._services = services
        return services

    async def close(self) -> None:
        """Stop polling and close the files; everything unsettled is resumed at the next start."""
        if (services := self._services) is not None:
            self._services = None
            await _end(services)


def _resume(services: Services) -> None:
    services.recovery.resume()
    services.invoicing.resume()
    services.refunds.resume()
    services.agreements.resume()
    services.tasks.spawn(services.shifts.resume_close_steps())


async def _end(services: Services) -> None:
    """Stop polling and close the files, also if the polling cannot be stopped."""
    try:
        await services.payments.close()
    finally:
        await services.end()
