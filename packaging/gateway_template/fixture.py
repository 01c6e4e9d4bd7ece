"""New Pay: replies after the document's samples."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any, Final

from pos.domain.payment import Tender
from tests.gateways.fixtures.base import NUMBER, REFUND_NO, GatewayFixture
from tests.support.hostile import as_wire

SECRETS: Final = {"key": "0123456789abcdef0123456789abcdef"}


def paid(**facts: Any) -> dict[str, Any]:
    """Section 3.2, the sample."""
    return {
        "merchant": "S0001", "code": "0", "order": NUMBER, "number": "S000000000001", "amount": 125,
        "currency": "TWD", "status": "paid",
    } | facts  # fmt: skip


def refunded(**facts: Any) -> dict[str, Any]:
    """Section 4.1, the sample."""
    return paid(refund=REFUND_NO, number="R000000000001", amount=50, status="done") | facts


def signed(reply: Mapping[str, Any]) -> tuple[Mapping[str, str], bytes]:
    body = as_wire(reply)
    return {"X-Signature": hmac.new(SECRETS["key"].encode(), body, hashlib.sha256).hexdigest()}, body


FIXTURE: Final = GatewayFixture(
    tender=Tender.ALIPAY,
    options={"merchant": "S0001"},
    secrets=SECRETS,
    replies={
        "charge": paid(status="unpaid", pay_url="https://pay.newpay.example/1"),
        "query": paid(),
        "void": paid(status="cancelled"),
        "refund": refunded(),
        "query_refund": refunded(),
        "probe": {"merchant": "S0001", "code": "404", "message": "no such order"},
    },
    refused_key={"code": "401", "message": "signature"},
    notice={"merchant": "S0001", "order": NUMBER, "status": "paid"},
    signed_notice=signed,
    sealed=signed,
    refund_ref="R000000000001",
    not_voided={"merchant": "S0001", "code": "422", "message": "paid already"},
    varying=("nonce",),
    foreign_refunds=(
        ("refund", refunded(order="OTHER")),
        ("refund", refunded(refund="OTHER")),
        ("refund", refunded(merchant="S0002")),
        ("query_refund", refunded(order="OTHER")),
    ),
)
