"""The e-invoice that a sale requests: its only route, and the options of its order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pos.domain.invoice import Invoice, InvoiceRequest, Kind
from pos.domain.payment import Line, Sale, tax_of
from pos.errors import InputError
from pos.gateways import GATEWAYS, can, names_with, titles_with
from pos.gateways.capabilities import Capability
from pos.i18n import N_, msg


@dataclass(frozen=True, slots=True)
class RequestedInvoice:
    """A buyer's request. ``with_order``: the shop has the order itself request the e-invoice.

    ``sale_id`` is the split sale that the e-invoice is over, "" if it is over its own order.
    """

    request: InvoiceRequest
    with_order: bool = False
    sale_id: str = ""

    @property
    def in_order(self) -> bool:
        """Whether the order requests the e-invoice. Printed ones are issued only after the payment."""
        return self.with_order and self.request.kind is not Kind.PAPER

    def added_to(self, sale: Sale, gateway: str) -> Sale:
        """Return the sale with the options by which an order of ``gateway`` requests the e-invoice."""
        if not self.in_order:
            return sale
        return replace(sale, options={**sale.options, **GATEWAYS[gateway].invoice_options(self.request)})

    def of_attempt(self, order_no: str) -> Invoice:
        """Return the invoice to write with the attempt; marked as asked if the order requests it."""
        return Invoice(order_no, self.request, asked=self.in_order, sale_id=self.sale_id)


def issuing_routes(gateway: str | None, routes: Sequence[str]) -> tuple[str, ...]:
    """Return the gateways that may take a sale with an e-invoice: of the tender's ``routes``, those that issue them.

    Any gateway that issues e-invoices may take it if no route does. Raises InputError for a ``gateway`` that issues
    none.
    """
    if not (gateway is None or can(gateway, Capability.E_INVOICE)):
        raise no_issuer("invoice")
    if gateway is not None:
        return (gateway,)
    return tuple(name for name in routes if can(name, Capability.E_INVOICE)) or names_with(Capability.E_INVOICE)


def refuse_mixed_tax(lines: Sequence[Line], field: str = "invoice") -> None:
    """Raise InputError for lines of several tax kinds: 『電子發票稅率別』 has one for the whole e-invoice."""
    if tax_of(lines) is None:
        text = N_("Items of several tax kinds cannot be on one e-invoice. Charge them in separate sales.")
        raise InputError(field, text)


def no_invoice_for_part(field: str) -> InputError:
    """Return the error about an e-invoice of a split sale where cash has none.

    『api/issueinvoice』 names no amount: an e-invoice is over its own order, and would leave out the other parts. An
    order of cash over the whole sale can carry one.
    """
    text = N_(
        "A split sale cannot have an e-invoice: {gateway} issues it only for the amount of one payment."
        " Charge the whole sale in one payment instead."
    )
    return InputError(field, msg(text, gateway=titles_with(Capability.E_INVOICE)))


def agreement_options(options: Mapping[str, str], invoice_request: InvoiceRequest | None) -> Mapping[str, str]:
    """Return the options of an agreement's order with those that request an e-invoice.

    The gateway issues it by itself; the register neither follows nor prints it. Raises InputError for an option that is
    given twice.
    """
    if invoice_request is None:
        return options
    asked = GATEWAYS[names_with(Capability.AGREEMENT)[0]].invoice_options(invoice_request)
    if twice := sorted(asked.keys() & options.keys()):
        raise InputError(twice[0], msg(N_("{field} is given twice."), field=twice[0]))
    return {**options, **asked}


def no_issuer(field: str) -> InputError:
    """Return the error about a payment that can have no e-invoice."""
    text = N_("Only payments through {gateway} can have an e-invoice here.")
    return InputError(field, msg(text, gateway=titles_with(Capability.E_INVOICE)))
