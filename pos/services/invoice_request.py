"""The e-invoice that a sale requests: its only route, and the options of its order."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pos.domain.invoice import Invoice, InvoiceRequest, Kind
from pos.domain.payment import Sale, Tender
from pos.errors import InputError
from pos.gateways import GATEWAYS, ISSUER
from pos.i18n import N_


@dataclass(frozen=True, slots=True)
class RequestedInvoice:
    """A buyer's request. ``with_order``: the shop has the order itself request the e-invoice."""

    request: InvoiceRequest
    with_order: bool = False

    @property
    def in_order(self) -> bool:
        """Whether the order requests the e-invoice. MyPay issues printed ones only after the payment."""
        return self.with_order and self.request.kind is not Kind.PAPER

    def added_to(self, sale: Sale) -> Sale:
        """Return the sale with the order's options for the e-invoice."""
        if not self.in_order:
            return sale
        return replace(sale, options={**sale.options, **GATEWAYS[ISSUER].invoice_options(self.request)})

    def of_attempt(self, order_no: str) -> Invoice:
        """Return the invoice to write with the attempt; marked as asked if the order requests it."""
        return Invoice(order_no, self.request, asked=self.in_order)


def issuing_route(tender: Tender, gateway: str | None) -> str:
    """Return the only gateway that may take a sale with an e-invoice.

    Such a sale never falls back to another gateway, because only the issuer's own orders get an e-invoice. Raises
    InputError for cash and for another ``gateway``.
    """
    if tender is Tender.CASH or gateway not in (None, ISSUER):
        raise InputError("invoice", N_("Only payments through MyPay can have an e-invoice here."))
    return ISSUER
