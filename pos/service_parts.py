"""What the services about payments share, and how each of them is built from it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pos.domain.actor import Actor
from pos.errors import NotFound
from pos.gateways.base import Gateway, Shop
from pos.i18n import N_, msg
from pos.runtime import BlockingRunner, Bus, Clock, Randomness
from pos.services.attempt_engine import AttemptEngine
from pos.services.background import BackgroundTasks
from pos.services.cash_invoices import CashInvoices
from pos.services.gateway_calls import GatewayCalls
from pos.services.notices import Notices
from pos.services.order_locks import OrderLocks
from pos.services.order_numbers import OrderNumbers
from pos.services.payments import Payments
from pos.services.poller import Poller
from pos.services.recovery import Recovery
from pos.services.status_query import StatusQuery
from pos.services.targets import Targets

if TYPE_CHECKING:
    from pos.einvoice.printer import Printer
    from pos.einvoice.receipt_header import ReceiptHeader
    from pos.gateways.http import Wire
    from pos.secrets import SecretStore
    from pos.services.access import Visibility
    from pos.services.agreement_reviews import AgreementReviews
    from pos.services.agreement_steps import AgreementSteps
    from pos.services.agreements import Agreements
    from pos.services.invoice_corrections import InvoiceCorrections
    from pos.services.invoicing import Invoicing
    from pos.services.issuers import InvoiceAccess, Issuer
    from pos.services.mypay_operations import MypayOperations
    from pos.services.offered_tools import OfferedTools
    from pos.services.payment_pages import PaymentPages
    from pos.services.payment_result import PaymentResults
    from pos.services.receipt_printing import ReceiptPrinting
    from pos.services.reconcile import QueryRefund, Reconcile
    from pos.services.refunds import Refunds
    from pos.services.review_resolution import ReviewResolution
    from pos.services.routes import Routes
    from pos.services.settings_changes import SettingsService
    from pos.services.split_sales import SplitSales
    from pos.settings import Settings
    from pos.store.agreements import AgreementStore
    from pos.store.database import Database
    from pos.store.invoices import InvoiceStore
    from pos.store.payments import PaymentStore
    from pos.store.reconciliation import CheckStore
    from pos.store.refunds import RefundStore


@dataclass(frozen=True)
class ServiceParts:
    """The shared parts of one register; each method builds a service with the parts that it uses."""

    store: PaymentStore
    gateways: Mapping[str, Gateway]
    targets: Targets
    clock: Clock
    bus: Bus
    engine: AttemptEngine
    calls: GatewayCalls
    locks: OrderLocks
    tasks: BackgroundTasks
    numbers: OrderNumbers
    notices: Notices
    poller: Poller
    status_query: StatusQuery
    cash_invoices: CashInvoices

    def payments(
        self,
        routes: Routes,
        register_id: str,
        access: Visibility,
        *,
        invoice_with_order: Collection[str] = (),
    ) -> Payments:
        """Build the service that charges and cancels."""
        return Payments(
            store=self.store, gateways=self.gateways, engine=self.engine, calls=self.calls, targets=self.targets,
            locks=self.locks, tasks=self.tasks, numbers=self.numbers, status_query=self.status_query,
            poller=self.poller, clock=self.clock, routes=routes, register_id=register_id, access=access,
            cash_invoices=self.cash_invoices, invoice_with_order=invoice_with_order,
        )  # fmt: skip

    def sales(self) -> SplitSales:
        """Build the split sales."""
        from pos.services.split_sales import SplitSales

        return SplitSales(self.store)

    def settings(
        self, in_use: Settings, database: Database, shop: Shop, secrets: SecretStore | None, wire: Callable[[str], Wire]
    ) -> SettingsService:
        """Build the service that changes the settings file; it tries gateways as the next start will build them."""
        from pos.gateway_setup import gateway_of
        from pos.services.settings_changes import SettingsService
        from pos.settings_file import SettingsFile
        from pos.store.settings_in_use import SettingChanges

        file, store = SettingsFile(in_use), SettingChanges(database, shop.register_id, self.clock)

        async def built(name: str) -> Gateway:
            if secrets is None:
                raise NotFound(msg(N_("{gateway} is not set up."), gateway=name))
            given = name, file.stored(), secrets, shop, partial(wire, name), random.SystemRandom()
            return await asyncio.to_thread(gateway_of, *given)

        return SettingsService(file, store, self.targets, built)

    def recovery(self) -> Recovery:
        """Build the service that resumes what was in flight."""
        return Recovery(self.store, self.clock, self.status_query, self.poller, self.notices)

    def refunds(
        self, store: RefundStore, invoices: InvoiceStore, refresh_invoice: Callable[[str], None],
        register: str, shop: str, currency: str,
    ) -> Refunds:  # fmt: skip
        """Build the refunds."""
        from pos.services.refunds import Refunds

        return Refunds(
            payments=self.store, store=store, invoices=invoices, gateways=self.gateways, calls=self.calls,
            targets=self.targets, locks=self.locks, tasks=self.tasks, numbers=self.numbers, clock=self.clock,
            bus=self.bus, refresh_invoice=refresh_invoice, register=register, shop=shop, currency=currency,
        )  # fmt: skip

    def agreement_steps(self, store: AgreementStore, register: str) -> AgreementSteps:
        """Build the steps of agreements, for the two services below."""
        from pos.services.agreement_steps import AgreementSteps

        return AgreementSteps(
            store=store, payments=self.store, engine=self.engine, numbers=self.numbers, clock=self.clock, bus=self.bus,
            register=register, zone=self.store.zone,
        )  # fmt: skip

    def agreement_reviews(
        self, store: AgreementStore, steps: AgreementSteps, reviews: ReviewResolution
    ) -> AgreementReviews:
        """Build the service that settles agreements and charges in review."""
        from pos.services.agreement_reviews import AgreementReviews

        return AgreementReviews(store, steps, reviews)

    def agreements(
        self, store: AgreementStore, steps: AgreementSteps, charging: Payments, routes: Routes, currency: str
    ) -> Agreements:
        """Build the agreements; notices of their charges go to them from then on."""
        from pos.services.agreements import Agreements

        made = Agreements(
            store=store, payments=self.store, charging=charging, calls=self.calls, status_query=self.status_query,
            engine=self.engine, locks=self.locks, tasks=self.tasks, clock=self.clock, bus=self.bus,
            zone=self.store.zone, to=self.targets.to, routes=routes, currency=currency, steps=steps,
        )  # fmt: skip
        self.notices.take_charge = made.take_charge
        return made

    def reviews(self, checks: CheckStore) -> ReviewResolution:
        """Build the service that settles reviews."""
        from pos.services.review_resolution import ReviewResolution

        return ReviewResolution(self.store, checks, self.engine, self.bus)

    def reconcile(
        self, refunds: RefundStore, checks: CheckStore, zone: ZoneInfo, query_refund: QueryRefund | None = None
    ) -> Reconcile:
        """Build the reconciliation; ``query_refund`` is the gateway's own query if it is None."""
        from pos.services.reconcile import Reconcile, plain_query

        return Reconcile(
            payments=self.store, refunds=refunds, checks=checks, gateways=self.gateways, calls=self.calls,
            status_query=self.status_query, clock=self.clock, bus=self.bus, zone=zone,
            query_refund=query_refund or plain_query,
        )  # fmt: skip

    def mypay(self, gateways: Mapping[str, Gateway] | None = None) -> MypayOperations:
        """Build the commands of optional capabilities."""
        from pos.services.mypay_operations import MypayOperations

        return MypayOperations(
            store=self.store, gateways=self.gateways if gateways is None else gateways, engine=self.engine,
            targets=self.targets, locks=self.locks, tasks=self.tasks, status_query=self.status_query, clock=self.clock,
        )  # fmt: skip

    def offered_tools(self, routes: Routes, mypay: MypayOperations, currency: str) -> OfferedTools:
        """Build the service that learns which tenders the keys show."""
        from pos.services.offered_tools import OfferedTools

        return OfferedTools(routes, mypay, self.gateways, currency)

    def invoicing(
        self, store: InvoiceStore, issuers: Mapping[str, Issuer], printer: Printer, shop: str, access: InvoiceAccess,
        *, rows: int = 624, prints_by_itself: bool = True, run_blocking: BlockingRunner = asyncio.to_thread,
    ) -> Invoicing:  # fmt: skip
        """Build the e-invoices; notices of their orders go to them from then on."""
        from pos.services.invoicing import Invoicing

        made = Invoicing(
            payments=self.store, store=store, issuers=issuers, printer=printer, targets=self.targets, tasks=self.tasks,
            clock=self.clock, bus=self.bus, shop=shop, access=access, cash=self.cash_invoices, rows=rows,
            prints_by_itself=prints_by_itself, run_blocking=run_blocking,
        )  # fmt: skip
        self.notices.wake_invoice = made.wake
        return made

    def corrections(
        self,
        refunds: RefundStore,
        invoices: InvoiceStore,
        owed_invoices: Callable[[Actor], Sequence[object]] = lambda actor: (),
        shows: Callable[[Actor, str], bool] = lambda actor, order_no: True,
    ) -> InvoiceCorrections:
        """Build the corrections of e-invoices."""
        from pos.services.invoice_corrections import InvoiceCorrections

        return InvoiceCorrections(
            payments=self.store, refunds=refunds, invoices=invoices, clock=self.clock, bus=self.bus,
            owed_invoices=owed_invoices, shows=shows,
        )  # fmt: skip

    def printing(
        self, printer: Printer, header: ReceiptHeader, access: Visibility,
        run_blocking: BlockingRunner = asyncio.to_thread, agreements: AgreementStore | None = None,
    ) -> ReceiptPrinting:  # fmt: skip
        """Build the printing of receipts; without ``agreements`` they name no charges of them."""
        from pos.services.receipt_printing import ReceiptPrinting

        more = {} if agreements is None else {"charge_of": agreements.line_of}
        return ReceiptPrinting(
            payments=self.store, printer=printer, header=header, tasks=self.tasks, clock=self.clock, bus=self.bus,
            access=access, run_blocking=run_blocking, **more,
        )  # fmt: skip

    def pages(self) -> PaymentPages:
        """Build the payment pages."""
        from pos.services.payment_pages import PaymentPages

        return PaymentPages(self.store, self.gateways, self.targets, self.clock)

    def results(self) -> PaymentResults:
        """Build the results that customers see."""
        from pos.services.payment_result import PaymentResults

        return PaymentResults(self.store, self.gateways, self.poller, self.clock)


def service_parts(
    store: PaymentStore, gateways: Mapping[str, Gateway], clock: Clock, source: Randomness, bus: Bus,
    targets: Targets | None = None, cash_issuer: str = "",
) -> ServiceParts:  # fmt: skip
    """Build the shared parts of one register; without ``targets`` every target is approved.

    ``cash_issuer`` is the gateway that issues the e-invoices of cash sales, "" for none.

    Polling, queries and notices use each other, so the poller is given functions that look up the other two.
    """
    targets = targets or Targets(gateways)
    engine, calls = AttemptEngine(store, gateways, bus), GatewayCalls(gateways, clock, bus, targets)
    locks, tasks = OrderLocks(), BackgroundTasks()
    status_query: StatusQuery
    notices: Notices
    poller = Poller(
        clock, source, lambda order_no: status_query.ask(order_no), engine.overdue, calls.wait_for_turn,
        lambda order_no: notices.needs_query(order_no),
    )  # fmt: skip
    notices = Notices(store, store.notices, calls, clock, tasks, poller.wake)
    notices.find_invoice_order = store.invoice_orders.by_number
    numbers = OrderNumbers(clock, source, store.zone)
    cash_invoices = CashInvoices(
        name=cash_issuer, gateways=gateways, store=store.invoice_orders, calls=calls, notices=notices, numbers=numbers,
        clock=clock,
    )  # fmt: skip
    status_query = StatusQuery(store, engine, calls, locks, tasks, bus, notices, poller.next_wait)
    return ServiceParts(
        store=store, gateways=gateways, targets=targets, clock=clock, bus=bus, engine=engine, calls=calls, locks=locks,
        tasks=tasks, numbers=numbers, notices=notices, poller=poller, status_query=status_query,
        cash_invoices=cash_invoices,
    )  # fmt: skip
