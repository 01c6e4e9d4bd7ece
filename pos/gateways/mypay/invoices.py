"""The fields that request an e-invoice from MyPay, with the order or after the payment."""

from __future__ import annotations

from typing import Final

from pos.domain.invoice import InvoiceRequest, Kind

INPUT_TYPES: Final = {Kind.PAPER: 3, Kind.MOBILE: 1, Kind.CERTIFICATE: 1, Kind.DONATION: 2}
"""『電子發票開立類型』."""

CLOUD_TYPES: Final = {Kind.MOBILE: "2", Kind.CERTIFICATE: "3"}
"""『雲端發票類型』."""


def invoice_fields(invoice_request: InvoiceRequest) -> dict[str, object]:
    """Return 『電子發票開立』欄位 of a buyer's request."""
    body: dict[str, object] = {"invoice_input_type": INPUT_TYPES[invoice_request.kind]}
    if invoice_request.kind in CLOUD_TYPES:
        body["invoice_cloud_type"] = CLOUD_TYPES[invoice_request.kind]
    own = {
        Kind.MOBILE: "invoice_mobile_code",
        Kind.CERTIFICATE: "invoice_natural_person",
        Kind.DONATION: "invoice_love_code",
    }
    if invoice_request.kind in own:
        body[own[invoice_request.kind]] = invoice_request.code
    if invoice_request.ban and invoice_request.kind is Kind.PAPER:
        body["invoice_b2b_id"] = invoice_request.ban
        if invoice_request.title:  # the document does not require it
            body["invoice_b2b_title"] = invoice_request.title
    elif invoice_request.ban:
        body["invoice_tax_id"] = invoice_request.ban
    return body


def order_invoice_fields(invoice_request: InvoiceRequest) -> dict[str, str]:
    """Return the same as options of an order (發動交易時一起發動); not for paper invoices."""
    return {"issue_invoice_state": "1", **{name: str(value) for name, value in invoice_fields(invoice_request).items()}}
