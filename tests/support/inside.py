"""The parts inside the services that a test uses to play what no customer and no cashier can do: a gateway's answer
at a given moment, a row of an older program, a disk that fails. No other test looks inside a service."""

from __future__ import annotations

from pos.gateways.base import Gateway
from pos.services.attempt_engine import AttemptEngine
from pos.services.container import Services
from pos.services.staff import Staff
from pos.store.invoices import InvoiceStore
from pos.store.payments import PaymentStore
from pos.store.people import PeopleStore
from pos.store.refunds import RefundStore


def payment_store(services: Services) -> PaymentStore:
    return services.payments._store


def refund_store(services: Services) -> RefundStore:
    return services.refunds._store


def invoice_store(services: Services) -> InvoiceStore:
    return services.invoicing._store


def people_store(staff: Staff) -> PeopleStore:
    return staff._store


def attempt_engine(services: Services) -> AttemptEngine:
    return services.payments._engine


def gateway_of(services: Services, name: str) -> Gateway:
    return services.payments._gateways[name]
