"""Display names of refund methods and refund states (gettext ids)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pos.domain.refund import RefundState, Way
from pos.i18n import N_

WAYS: Final[Mapping[str, str]] = {
    Way.GATEWAY: N_("By the gateway"),
    Way.CASH: N_("Cash"),
    Way.TRANSFER: N_("Bank transfer"),
    Way.BACK_OFFICE: N_("In the gateway's console"),
}

REFUNDS: Final[Mapping[str, str]] = {
    RefundState.CREATED: N_("Not sent"),
    RefundState.SENT: N_("Sending"),
    RefundState.PENDING: N_("At the gateway"),
    RefundState.UNKNOWN: N_("Unknown"),
    RefundState.REFUNDED: N_("Refunded"),
    RefundState.REFUSED: N_("Refused"),
    RefundState.WITHDRAWN: N_("Cancelled"),
    RefundState.REVIEW: N_("Needs manager"),
}
"""Short names for tables and reports; the refund pages have longer ones (``REFUND_LOOKS``)."""
