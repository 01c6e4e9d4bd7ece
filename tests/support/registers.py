"""Registers on the real clients and the simulator, all in one process, on one virtual clock."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
from starlette.applications import Starlette

from pos.domain.events import Fact
from pos.domain.money import Money
from pos.domain.payment import Attempt, Sale, Tender
from pos.einvoice.printer import Printer, PrinterSettings
from pos.gateways import GATEWAYS, build
from pos.gateways.base import Gateway, GatewayConfig, Shop
from pos.gateways.http import Wire
from pos.runtime import Bus
from pos.server.app import page_app
from pos.service_parts import service_parts
from pos.services.routes import Routes
from pos.services.targets import Targets
from pos.settings import default_tenders
from pos.simulator.app import Simulator
from pos.simulator.transport import InProcess, NetworkFaults
from pos.store.agreements import AgreementStore
from pos.store.gateway_facts import GatewayFactStore
from pos.store.invoices import InvoiceStore
from pos.store.ledger import Ledger
from pos.store.page_links import PageLinks
from pos.store.payments import PaymentStore
from pos.store.reconciliation import CheckStore
from pos.store.refunds import RefundStore
from pos.store.targets import TargetStore
from tests.gateways.fixtures import FIXTURES
from tests.support.access import SIGNED_OUT, EveryPayment
from tests.support.journals import new_journal
from tests.support.virtual import VirtualClock, VirtualDay

BASE = "http://127.0.0.1"

TENDERS = {Tender(name): routes for name, routes in default_tenders().items()}


def config_of(simulator: Simulator, name: str, **options: str) -> GatewayConfig:
    """The settings and keys of the simulator's own test merchant."""
    credentials = simulator.credentials[name]
    facts = GATEWAYS[name].FACTS
    secrets = {secret.key: credentials[secret.key] for secret in facts.secrets if secret.key in credentials}
    known = {setting.key: credentials[setting.key] for setting in facts.settings if setting.key in credentials}
    known.pop("platform_id", None)
    return GatewayConfig({**known, "base_url": f"{BASE}/{name}", **options}, secrets)


class SimulatedShop:
    """One register, one simulator, one day."""

    def __init__(
        self,
        day: VirtualDay,
        *,
        seed: int = 1,
        currency: str = "TWD",
        weather: NetworkFaults | None = None,
        path: Path | str = ":memory:",
        connection: type[sqlite3.Connection] = sqlite3.Connection,
        options: Mapping[str, Mapping[str, str]] | None = None,
        has_people: bool = False,
        cash_issuer: str = "",
    ) -> None:
        self.day = day
        self.source = random.Random(seed)
        self.simulator = Simulator(day.clock, random.Random(seed + 1))
        self.simulator.announcement(BASE)
        self.weather = weather or NetworkFaults(random.Random(seed + 2))
        self.register_clock = VirtualClock(day.loop)
        self.shop = Shop("測試商店", "R1", currency, ZoneInfo("Asia/Taipei"), server_url=f"{BASE}:9")
        self.options = dict(options or {})
        self.has_people, self.cash_issuer = has_people, cash_issuer
        self.path, self.connection = path, connection
        self.facts: list[Fact] = []
        self.pages = PageLinks()
        self.invoice_with_order: set[str] = set()
        self.start()

    def start(self) -> None:
        """Build the register again, as the program's start does."""
        self.database = new_journal(self.path, self.connection)
        self.build()

    def build(self) -> None:
        """Build the services on the existing journal."""
        self.gateways = {name: self._gateway(name) for name in GATEWAYS}
        facts = GatewayFactStore(self.database, "R1", self.register_clock)
        for gateway in self.gateways.values():
            gateway.facts = facts
        targets = TargetStore(self.database, "R1", self.register_clock)
        self.targets = Targets(self.gateways, targets, lambda: self.has_people)
        self.targets.guard()
        to = self.targets.to
        self.store = PaymentStore(self.database, "R1", self.register_clock, self.shop.timezone, self.pages, to)
        bus = Bus()
        bus.listen(self.facts.append)
        self.parts = service_parts(
            self.store, self.gateways, self.register_clock, self.source, bus, self.targets, self.cash_issuer
        )
        routes = Routes(TENDERS, self.gateways, {}, self.shop.currency)
        self.payments = self.parts.payments(routes, "R1", EveryPayment(), invoice_with_order=self.invoice_with_order)
        self.recovery = self.parts.recovery()
        self.agreement_store = AgreementStore(self.database, "R1", self.register_clock)
        steps = self.parts.agreement_steps(self.agreement_store, "R1")
        self.agreements = self.parts.agreements(self.agreement_store, steps, self.payments, routes, self.shop.currency)
        zone, clock = self.shop.timezone, self.register_clock
        reviews = self.parts.reviews(CheckStore(self.database, "R1", clock))
        self.agreement_reviews = self.parts.agreement_reviews(self.agreement_store, steps, reviews)
        self.refund_store = RefundStore(self.database, "R1", clock, zone, to)
        self.invoices, self.printer = InvoiceStore(self.database, "R1", clock, to), Printer(PrinterSettings())
        invoicing = self.parts.invoicing(self.invoices, {}, self.printer, self.shop.name, EveryPayment())
        self.refunds = self.parts.refunds(
            self.refund_store, self.invoices, invoicing.refresh_soon, "R1", self.shop.name, self.shop.currency
        )
        self.parts.notices.check_refund = self.refunds.check_now
        self.ledger = Ledger(self.database)
        checks = CheckStore(self.database, "R1", clock)
        self.reconcile = self.parts.reconcile(self.refund_store, checks, zone, self.refunds.query)

    def page_app(self) -> Starlette:
        """Return what the register's page server serves."""
        return page_app(self.parts.pages(), self.parts.results(), self.parts.notices, self.parts.clock)

    def set_invoice_with_order(self, on: bool) -> None:
        """Let MyPay's orders request their e-invoice themselves, or not."""
        self.invoice_with_order.clear()
        if on:
            self.invoice_with_order.add("mypay")

    def resume(self) -> None:
        async def on_the_loop() -> None:
            self.recovery.resume()

        self.day.run(on_the_loop())

    def take(self, tender: Tender, amount: int, *, gateway: str | None = None, payment_id: str = "") -> Attempt:
        options = FIXTURES[gateway].sale if gateway else {}
        sale = Sale(Money(amount, self.shop.currency), options=options)
        number = payment_id or f"{self.source.getrandbits(64):x}"
        return self.day.run(
            self.payments.take(SIGNED_OUT, sale, tender, payment_id=number, gateway=gateway, even_if_duplicate=True)
        )

    def pass_time(self, seconds: float) -> None:
        self.day.run(self.day.clock.sleep(seconds))

    def now(self, order_no: str) -> Attempt:
        return self.store.get(order_no)

    def open_page(self, attempt: Attempt) -> None:
        """Open the payment page as the customer's phone does: it posts the order to the gateway."""
        page = self.parts.pages().open(attempt.page_token)

        async def browse() -> None:
            async with httpx.AsyncClient(transport=InProcess(self.simulator)) as browser:
                (await browser.post(page.url, data=dict(page.fields))).raise_for_status()

        self.day.run(browse())

    def customer_pays(self, attempt: Attempt, amount: int | None = None) -> None:
        if attempt.page_token and self.simulator.orders.find(attempt.gateway, attempt.order_no) is None:
            self.open_page(attempt)

        async def on_the_loop() -> None:
            order = self.simulator.orders.find(attempt.gateway, attempt.order_no)
            assert order is not None
            self.simulator.context.pay(order, amount)

        self.day.run(on_the_loop())

    def stop(self) -> None:
        """Close the register; the gateways keep running."""
        self.day.run(self.payments.close())
        self.database.close()

    def _gateway(self, name: str) -> Gateway:
        config = config_of(self.simulator, name, **self.options.get(name, {}))
        if name == "qfpay":
            config = GatewayConfig({**config.options, "currency": self._qfpay_currency()}, config.secrets)
        wire = Wire(name, self.register_clock, InProcess(self.simulator, self.weather))
        return build(name, config, self.shop, wire, self.source)

    def _qfpay_currency(self) -> str:
        return "HKD" if self.shop.currency == "TWD" else self.shop.currency
