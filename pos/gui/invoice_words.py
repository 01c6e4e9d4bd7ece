"""E-invoices for people: carriers, states, and the line beneath a payment."""

from __future__ import annotations

from typing import Final

from pos.domain.invoice import Invoice, InvoiceRequest, Kind, PrintState, State
from pos.gui.words import Look
from pos.i18n import N_, _

KINDS: Final = {
    Kind.PAPER: N_("Paper"),
    Kind.MOBILE: N_("Mobile barcode"),
    Kind.CERTIFICATE: N_("Citizen certificate"),
    Kind.DONATION: N_("Donation"),
}

INVOICES: Final = {
    State.NONE: Look(N_("E-invoice to be issued"), "warn", "clock"),
    State.WAITING: Look(N_("E-invoice in process"), "busy", "clock"),
    State.ISSUED: Look(N_("E-invoice issued"), "good", "tick"),
    State.FAILED: Look(N_("E-invoice refused"), "bad", "cross"),
    State.VOID: Look(N_("E-invoice void"), "quiet", "cross"),
    State.MISCONFIGURED: Look(N_("E-invoice numbers are not set up"), "bad", "cross"),
    State.ALLOWANCE: Look(N_("E-invoice with an allowance"), "quiet", "tick"),
}


def invoice_request_words(invoice_request: InvoiceRequest) -> str:
    """``Paper · 04595257``."""
    return " · ".join(
        part
        for part in (_(KINDS[invoice_request.kind]), invoice_request.code, invoice_request.ban, invoice_request.title)
        if part
    )


def invoice_words(invoice: Invoice) -> str:
    """Return the state of an e-invoice, its number and whether its proof was printed."""
    if not invoice.owed and invoice.state is State.NONE:
        return invoice_request_words(invoice.request)
    parts = [_(INVOICES[invoice.state].word), invoice.number]
    if invoice.paper is PrintState.PRINTED:
        parts.append(_("printed"))
    elif invoice.paper is not PrintState.NEVER:
        parts.append(_("was it printed?"))
    return " · ".join(part for part in parts if part)
