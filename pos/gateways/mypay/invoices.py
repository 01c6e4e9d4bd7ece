"""The fields with which MyPay is asked for an e-invoice, at once or after the payment."""

from __future__ import annotations

from typing import Final

from pos.domain.invoice import Kind, Wish

INPUT_TYPES: Final = {Kind.PAPER: 3, Kind.MOBILE: 1, Kind.CERTIFICATE: 1, Kind.DONATION: 2}
"""『電子發票開立類型』."""

CLOUD_TYPES: Final = {Kind.MOBILE: "2", Kind.CERTIFICATE: "3"}
"""『雲端發票類型』."""


def wished(wish: Wish) -> dict[str, object]:
    """『電子發票開立』欄位 of a buyer's wish."""
    body: dict[str, object] = {"invoice_input_type": INPUT_TYPES[wish.kind]}
    if wish.kind in CLOUD_TYPES:
        body["invoice_cloud_type"] = CLOUD_TYPES[wish.kind]
    own = {
        Kind.MOBILE: "invoice_mobile_code",
        Kind.CERTIFICATE: "invoice_natural_person",
        Kind.DONATION: "invoice_love_code",
    }
    if wish.kind in own:
        body[own[wish.kind]] = wish.code
    if wish.ban and wish.kind is Kind.PAPER:
        body["invoice_b2b_id"] = wish.ban
        if wish.title:  # the document does not require it
            body["invoice_b2b_title"] = wish.title
    elif wish.ban:
        body["invoice_tax_id"] = wish.ban
    return body


def order_wish(wish: Wish) -> dict[str, str]:
    """The same among the options of an order (發動交易時一起發動); never for paper."""
    return {"issue_invoice_state": "1", **{name: str(value) for name, value in wished(wish).items()}}
