"""What one call of :meth:`pos.services.payments.Payments.take` asks for."""

from __future__ import annotations

from dataclasses import dataclass

from pos.domain.actor import Actor
from pos.domain.customer_code import CustomerCode
from pos.domain.payment import Sale, Tender
from pos.domain.split import SalePart
from pos.services.invoice_request import RequestedInvoice


@dataclass(frozen=True, slots=True)
class NewOrder:
    """One order; each route that is tried makes an attempt of it."""

    actor: Actor
    sale: Sale
    tender: Tender
    payment_id: str
    invoice: RequestedInvoice | None = None
    code: CustomerCode | None = None
    part: SalePart | None = None

    @property
    def opens(self) -> Sale | None:
        """The split sale that begins with this order."""
        return self.part.opens if self.part else None
