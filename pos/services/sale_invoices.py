"""The e-invoice of a split sale: over its whole amount, by one invoice order, as that of a cash sale."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from pos.domain.invoice import InvoiceRequest
from pos.domain.payment import Attempt, Sale
from pos.domain.split import SalePart, whole_payment
from pos.errors import InputError, NotFound
from pos.gateways import GATEWAYS
from pos.i18n import N_, msg
from pos.services.cash_invoices import CashInvoices
from pos.services.invoice_request import no_invoice_for_part, refuse_mixed_tax
from pos.store.payments import PaymentStore


def invoiced(payments: PaymentStore, order_no: str) -> Attempt:
    """Return what the e-invoice of a payment is over: itself, or the whole of its split sale as one payment in cash."""
    attempt = payments.get(order_no)
    return payments.split_sale(attempt.sale_id).whole if attempt.sale_id else attempt


def check_part_invoice(
    part: SalePart, sale: Sale, payments: PaymentStore, cash: CashInvoices, now: datetime, wanted: InvoiceRequest | None
) -> None:
    """Check a new part before anything is written; ``wanted`` is the e-invoice of the whole sale if one is requested.

    Raises InputError for an option that requests one of the part alone, and if the whole sale can have none;
    ConfigError; and NotFound for a sale that did not begin.
    """
    if raw := next(_raw([*sale.options, *(part.opens.options if part.opens else ())]), ""):
        text = N_("{field} requests an e-invoice of this part alone. Request one of the whole sale instead.")
        raise InputError(raw, msg(text, field=raw)) if cash.issuer(None) else no_invoice_for_part(raw)
    if wanted is None:
        return
    if not cash.issuer(None):
        raise no_invoice_for_part("invoice")
    whole = _whole(part, payments, now)
    refuse_mixed_tax(whole.lines)
    cash.check(whole)


def check_cash_invoice(sale: Attempt, cash: CashInvoices) -> None:
    """Raise InputError or ConfigError if a cash sale, or a whole split sale, can have no e-invoice after it."""
    if sale.sale_id and not cash.issuer(None):
        raise no_invoice_for_part("order_no")
    cash.check(sale)


def _whole(part: SalePart, payments: PaymentStore, now: datetime) -> Attempt:
    try:
        return payments.split_sale(part.sale_id).whole
    except NotFound:
        if part.opens is None:
            raise
        return whole_payment("0", part.opens, part.sale_id, now)


def _raw(options: Iterable[str]) -> Iterator[str]:
    begins = tuple(text for gateway in GATEWAYS.values() for text in gateway.FACTS.invoice_options)
    return (name for name in options if name.startswith(begins))
