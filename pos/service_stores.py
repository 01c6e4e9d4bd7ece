"""The stores beside the payments' that the services are built on."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from pos.runtime import Clock
    from pos.store.agreements import AgreementStore
    from pos.store.catalogue import CatalogueStore
    from pos.store.database import Database
    from pos.store.invoices import InvoiceStore
    from pos.store.ledger import Ledger
    from pos.store.reconciliation import CheckStore
    from pos.store.refunds import RefundStore
    from pos.store.shifts import ShiftStore
    from pos.store.targets import Targets


class Stores(NamedTuple):
    """The stores of one open journal."""

    agreements: AgreementStore
    catalogue: CatalogueStore
    checks: CheckStore
    invoices: InvoiceStore
    ledger: Ledger
    refunds: RefundStore
    shifts: ShiftStore


def stores_of(database: Database, register: str, clock: Clock, zone: ZoneInfo, to: Targets) -> Stores:
    """Build the stores; ``to`` are the targets that requests are sent to."""
    from pos.store.agreements import AgreementStore
    from pos.store.catalogue import CatalogueStore
    from pos.store.invoices import InvoiceStore
    from pos.store.ledger import Ledger
    from pos.store.reconciliation import CheckStore
    from pos.store.refunds import RefundStore
    from pos.store.shifts import ShiftStore

    return Stores(
        agreements=AgreementStore(database, register, clock),
        catalogue=CatalogueStore(database, register, clock),
        checks=CheckStore(database, register, clock),
        invoices=InvoiceStore(database, register, clock, to),
        ledger=Ledger(database),
        refunds=RefundStore(database, register, clock, zone, to),
        shifts=ShiftStore(database, register, clock),
    )
