"""Build the services of an open register from its settings, its keys and its data folder, and close them.

Modules that are slow to import are imported where they are used.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pos.domain.staff import Action
from pos.errors import ConfigError, NotFound, StoreOutdated
from pos.gateways import operations_with
from pos.gateways.base import Gateway, Shop
from pos.gateways.capabilities import INVOICE_WITH_ORDER, Capability
from pos.gateways.http import Wire
from pos.i18n import N_, msg
from pos.people_secrets import CODE, PeopleSecrets
from pos.runtime import Bus, Clock, Randomness, SystemClock
from pos.secrets import SecretStore
from pos.services.container import Services
from pos.services.routes import Routes
from pos.settings import Settings
from pos.store.data_dir_lock import DataFolder

if TYPE_CHECKING:
    import httpx

    from pos.service_parts import ServiceParts
    from pos.service_stores import Stores
    from pos.services.access import Access
    from pos.services.agreement_reviews import AgreementReviews
    from pos.services.agreements import Agreements
    from pos.services.backups import Backups
    from pos.services.invoicing import Invoicing
    from pos.services.journal_seals import JournalSeals
    from pos.services.payments import Payments
    from pos.services.receipt_printing import ReceiptPrinting
    from pos.services.recovery import Recovery
    from pos.services.recovery_codes import CodeStore, RecoveryCodes
    from pos.services.reports import Reports
    from pos.services.review_resolution import ReviewResolution
    from pos.services.shifts import Shifts
    from pos.services.staff import PeopleServices, Staff
    from pos.services.targets import Targets
    from pos.store.database import Database

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ports:
    """Replaceable connections to the outside: time, randomness, network."""

    clock: Clock = field(default_factory=SystemClock)
    source: Randomness = field(default_factory=random.SystemRandom)
    transport: Callable[[], httpx.AsyncBaseTransport | None] = lambda: None
    training: bool = False  # no real money is paid; every slip is marked
    recovers: bool = True  # has a recovery code; the training shop, whose PINs are public, has none
    people: Callable[[PeopleServices], Awaitable[None]] | None = None  # adds people when the journal is open

    def wire(self, gateway: str) -> Wire:
        """Return a connection to a gateway."""
        return Wire(gateway, self.clock, self.transport())


def recovery_codes(own: PeopleSecrets, clock: Clock, data_dir: Path, store: CodeStore | None = None) -> RecoveryCodes:
    """Return the recovery code of the shop in ``data_dir``; ``store`` is None if no journal is open."""
    from pos.services.pin_hashing import PinHasher
    from pos.services.recovery_codes import RecoveryCodes

    home = str(data_dir.resolve())
    return RecoveryCodes(own.vault(CODE), store, PinHasher(), clock, random.SystemRandom(), home)


def seals_in(own: PeopleSecrets, uid: Callable[[], str], data_dir: Path) -> JournalSeals:
    """Return the seals of the journal in a data folder."""
    from pos.services.journal_seals import JournalSeals

    return JournalSeals(own, uid, str(data_dir.resolve()), asyncio.to_thread)


def backups_in(
    settings: Settings, data_dir: Path, clock: Clock, writer: Database | None = None, seals: JournalSeals | None = None
) -> Backups:
    """Return the backups of the journal in a data folder; ``writer`` is its open database, if any."""
    from pos.services.backups import Backups, Keeping
    from pos.store.database import FILE_NAME

    backup = settings.backup
    zone = ZoneInfo(settings.shop.timezone)
    keeping = Keeping(backup.place(data_dir), settings.shop.register, backup.keep, backup.days, zone)
    return Backups(data_dir / FILE_NAME, keeping, clock, writer, seals=seals)


@dataclass(frozen=True)
class Assembly:
    """Everything that is needed to open a register."""

    settings: Settings
    shop: Shop
    gateways: Mapping[str, Gateway]
    routes: Routes
    bus: Bus
    data_dir: Path
    ports: Ports
    secrets: SecretStore | None  # None if no gateway and no merchant key is needed
    page_key: Callable[[], bytes]
    own: PeopleSecrets

    async def working(self) -> Services:
        """Lock the data folder, open the journal and serve the payment pages."""
        from pos.store.data_dir_lock import refuse_hard_link
        from pos.store.database import FILE_NAME, Database
        from pos.store.restore import finish_restore

        folder = DataFolder(self.data_dir)
        folder.hold()
        async with AsyncExitStack() as stack:
            stack.callback(folder.release)
            finish_restore(self.data_dir)
            refuse_hard_link(self.data_dir / FILE_NAME)
            database = Database(self.data_dir / FILE_NAME)
            stack.callback(database.close)
            await self._bind_keys(database)
            self._record_register(database)
            for gateway in self.gateways.values():
                stack.push_async_callback(gateway.wire.aclose)
            seals = self._seals(database)
            backups = backups_in(self.settings, self.data_dir, self.ports.clock, database, seals)
            people = self._people(database)
            parts = self._parts(database, self._approved_targets(database, people.staff))
            services = self._services(database, backups, people, parts, seals)
            stack.callback(services.invoicing.close)
            stack.callback(services.printing.close)
            stack.push_async_callback(await _serve_pages(self.settings, parts))
            if self.ports.people is not None:
                await self.ports.people(people)
            return replace(services, end=stack.pop_all().aclose)

    async def reading(self) -> Services:
        """Open the journal for reading, also while another process works on the folder.

        Raises NotFound if there is no journal, StoreOutdated if an older program wrote it.
        """
        from pos.services.targets import Targets
        from pos.store.database import FILE_NAME, Database

        path = self.data_dir / FILE_NAME
        if not path.exists():
            raise NotFound(msg(N_("There is no journal in {path}."), path=self.data_dir))
        database = Database(path, read_only=True)
        if database.needs_update():
            database.close()
            text = N_("An older program wrote the journal in {path}. Open Counter once: it brings it up to date.")
            raise StoreOutdated(msg(text, path=self.data_dir))
        backups = backups_in(self.settings, self.data_dir, self.ports.clock)

        async def end() -> None:
            database.close()

        parts = self._parts(database, Targets(self.gateways))  # nothing is sent, so nothing is approved
        return replace(self._services(database, backups, self._people(database), parts), end=end)

    async def _bind_keys(self, database: Database) -> None:
        """Give the journal its identity, and bind the merchant keys to it. Raises ConfigError, StoreError.

        Keys that cannot be written stay as they are and do not prevent a sale.
        """
        from pos.store.identity import ensure_identity, identity_of

        before, now = (
            self.secrets.journal.uid if self.secrets else "",
            self.ports.clock.now().isoformat(timespec="microseconds"),
        )
        if before not in ("", ensure_identity(database, now, self.shop.register_id)):
            raise ConfigError(N_("The journal was replaced while Counter was starting. Start Counter again."))
        if self.secrets is None:
            return
        try:
            await asyncio.to_thread(self.secrets.bind, identity_of(database))
        except ConfigError as error:
            log.warning("the merchant keys were not bound: %s %s", error, error.detail)

    def _record_register(self, database: Database) -> None:
        """Journal the register's name and the settings that affect money, where they changed."""
        from pos.store.identity import record_name
        from pos.store.settings_in_use import record_settings

        now, name = self.ports.clock.now().isoformat(timespec="microseconds"), self.shop.register_id
        record_name(database, now, name)
        record_settings(database, now, name, self.settings.affecting_money())

    def _seals(self, database: Database) -> JournalSeals | None:
        """Return the seals of the open journal; a training shop has none."""
        from pos.store.identity import register_uid

        uid = register_uid(database)
        return None if self.ports.training else seals_in(self.own, lambda: uid, self.data_dir)

    def _people(self, database: Database) -> PeopleServices:
        from pos.services.pin_hashing import PLAIN, PinHasher
        from pos.services.staff import people_services
        from pos.store.people import PeopleStore

        store = PeopleStore(database, self.shop.register_id, self.ports.clock)
        pins = PinHasher(PLAIN) if self.ports.training else PinHasher(pepper=self.own.pepper)
        codes = recovery_codes(self.own, self.ports.clock, self.data_dir, store) if self.ports.recovers else None
        return people_services(store, self.ports.clock, self.bus, pins, codes=codes)

    def _approved_targets(self, database: Database, staff: Staff) -> Targets:
        """Return the targets of a process that sends: only approved ones are reached."""
        from pos.services.targets import Targets
        from pos.store.targets import TargetStore

        store = TargetStore(database, self.shop.register_id, self.ports.clock)
        targets = Targets(self.gateways, store, lambda: bool(staff.people()), training=self.ports.training)
        targets.guard()
        staff.on_first_owner = targets.approve_for_owner
        return targets

    def _parts(self, database: Database, targets: Targets) -> ServiceParts:
        """Build what the services about payments share."""
        from pos.service_parts import service_parts
        from pos.store.gateway_facts import GatewayFactStore
        from pos.store.page_links import PageLinks
        from pos.store.payments import PaymentStore

        facts = GatewayFactStore(database, self.shop.register_id, self.ports.clock)
        for gateway in self.gateways.values():
            gateway.facts = facts
        zone, pages = self.shop.timezone, PageLinks(self.page_key)
        store = PaymentStore(database, self.shop.register_id, self.ports.clock, zone, pages, targets.to)
        return service_parts(
            store, self.gateways, self.ports.clock, self.ports.source, self.bus, targets, self.settings.invoice.cash
        )

    def _invoice_with_order(self) -> list[str]:
        """Return the gateways whose orders request their e-invoice themselves."""
        issuers = operations_with(self.gateways, Capability.E_INVOICE)
        return [one for one in issuers if self.settings.gateway_options(one).get(INVOICE_WITH_ORDER) == "yes"]

    def _reports(self, stores: Stores, staff: Staff) -> Reports:
        """Return the reports; a training shop writes none to the shop's folder."""
        from pos.services.reports import Reports

        wanted, training = self.settings.reports, self.ports.training
        return Reports(
            stores.ledger, stores.refunds, stores.shifts, staff, self.ports.clock, self.shop.name, self.shop.timezone,
            training, folder=None if training else wanted.place, formats=wanted.kinds, currency=self.shop.currency,
            agreements=stores.agreements,
        )  # fmt: skip

    def _services(
        self, database: Database, backups: Backups, people: PeopleServices, parts: ServiceParts,
        seals: JournalSeals | None = None,
    ) -> Services:  # fmt: skip
        """Build all services on one printer; the caller sets ``end``."""
        from pos.service_stores import stores_of
        from pos.services.access import Access
        from pos.services.catalogue import Catalogue
        from pos.services.payment_search import PaymentSearch
        from pos.services.shift_overview import ShiftOverviews
        from pos.services.totals_view import TotalsView

        shop, clock, zone = self.shop, self.ports.clock, self.shop.timezone
        staff, authorization = people
        access = Access(authorization, parts.store, self.bus)
        with_order = self._invoice_with_order()
        stores = stores_of(database, shop.register_id, clock, zone, parts.targets.to)
        invoicing, printing = self._paper(parts, stores, access)
        facts = shop.register_id, shop.name, shop.currency
        refunds = parts.refunds(stores.refunds, stores.invoices, invoicing.refresh_soon, *facts)
        parts.notices.check_refund = refunds.check_now
        recovery = parts.recovery()
        reports = self._reports(stores, staff)
        shifts = self._shifts(stores, parts, recovery, backups, reports, printing, people, seals)
        payments = parts.payments(self.routes, shop.register_id, access, invoice_with_order=with_order)
        mypay = parts.mypay()
        reviews, agreements, agreement_reviews = self._agreements(stores, parts, payments)
        return Services(
            payments=payments,
            sales=parts.sales(),
            agreements=agreements,
            agreement_reviews=agreement_reviews,
            invoicing=invoicing,
            printing=printing,
            mypay=mypay,
            offered_tools=parts.offered_tools(self.routes, mypay, shop.currency),
            staff=staff,
            authorization=authorization,
            access=access,
            search=PaymentSearch(parts.store, stores.refunds, authorization, clock, shop.currency, zone),
            refunds=refunds,
            reviews=reviews,
            shifts=shifts,
            shift_overviews=ShiftOverviews(shifts, staff, authorization),
            reports=reports,
            totals=TotalsView(reports, shifts, staff),
            reconcile=parts.reconcile(stores.refunds, stores.checks, zone, refunds.query),
            backups=backups,
            corrections=parts.corrections(stores.refunds, stores.invoices, invoicing.owed, access.shows),
            catalogue=Catalogue(stores.catalogue, self.bus, shop.currency),
            targets=parts.targets,
            settings=parts.settings(self.settings, database, shop, self.secrets, self.ports.wire),
            recovery=recovery,
            tasks=parts.tasks,
            end=_nothing,
        )

    def _agreements(
        self, stores: Stores, parts: ServiceParts, payments: Payments
    ) -> tuple[ReviewResolution, Agreements, AgreementReviews]:
        """Build the reviews of payments, and the two services of agreements, on the same steps."""
        shop, store, reviews = self.shop, stores.agreements, parts.reviews(stores.checks)
        steps = parts.agreement_steps(store, shop.register_id)
        agreements = parts.agreements(store, steps, payments, self.routes, shop.currency)
        return reviews, agreements, parts.agreement_reviews(store, steps, reviews)

    def _paper(self, parts: ServiceParts, stores: Stores, access: Access) -> tuple[Invoicing, ReceiptPrinting]:
        """Build the two services that print, on one printer."""
        from pos.einvoice.printer import Printer
        from pos.einvoice.receipt_header import ReceiptHeader

        shop, settings = self.shop, self.settings.printer
        printer = Printer(settings)
        invoicing = parts.invoicing(
            stores.invoices, operations_with(self.gateways, Capability.E_INVOICE), printer, shop.name, access,
            rows=settings.rows, prints_by_itself=settings.by_itself,
        )  # fmt: skip
        header = ReceiptHeader(shop.name, shop.register_id, shop.timezone, self.ports.training)
        return invoicing, parts.printing(printer, header, access, agreements=stores.agreements)

    def _shifts(
        self,
        stores: Stores,
        parts: ServiceParts,
        recovery: Recovery,
        backups: Backups,
        reports: Reports,
        printing: ReceiptPrinting,
        people: PeopleServices,
        seals: JournalSeals | None,
    ) -> Shifts:
        from pos.services.close_steps import close_steps
        from pos.services.shifts import Shifts
        from pos.services.z_report import ReportNames

        return Shifts(
            stores.shifts,
            stores.ledger,
            parts.store,
            stores.refunds,
            self.bus,
            lambda: ReportNames(self.shop.name, self.shop.timezone, people.staff.names()),
            recovery.ask_all,
            close_steps(backups, reports, printing),
            kick=printing.open_drawer,
            sees=lambda permit: people.authorization.sees(permit, Action.X_REPORT),
            seals=seals,
        )


async def _nothing() -> None:
    """Do nothing: no page server was started."""


async def _serve_pages(settings: Settings, parts: ServiceParts) -> Callable[[], Awaitable[None]]:
    """Start the register's page server, if the settings have an address to listen on. Return how to stop it."""
    if not settings.server.listen:
        return _nothing
    from pos.server.app import page_app
    from pos.server.serve import PageServer

    host, _, port = settings.server.listen.rpartition(":")
    app = page_app(parts.pages(), parts.results(), parts.notices, parts.clock)
    server = PageServer(app, host, int(port))
    await server.start()
    return server.stop
