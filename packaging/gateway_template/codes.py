"""New Pay's tables as data: the verdicts by code of a call and by status of an order or a refund."""

from __future__ import annotations

from typing import Final

from pos.domain.payment import Tender
from pos.gateways.base import RefundVerdict, Verdict

TENDERS: Final = {Tender.ALIPAY: ""}
"""The tenders that New Pay offers, each with its own code for it; empty if it needs none."""

DONE: Final = "0"
"""``code`` of a successful call; ``status`` is about the order."""

CALL: Final = {
    "400": Verdict.REJECTED,
    "401": Verdict.REJECTED,
    "402": Verdict.REFUSED,
    "404": Verdict.MISSING,
    "409": Verdict.EXISTS,
}
"""Section 2, verdicts by any other ``code``; an unlisted one is UNSURE."""

CREDENTIALS: Final = frozenset({"401"})
"""``code`` of a call whose merchant number or signature is refused."""

ORDER: Final = {
    "unpaid": Verdict.ACCEPTED,
    "paid": Verdict.PAID,
    "failed": Verdict.REFUSED,
    "expired": Verdict.LAPSED,
    "cancelled": Verdict.VOIDED,
}
"""Section 3, verdicts by ``status`` of an order; an unlisted one is UNSURE."""

REFUND_CALL: Final = {
    "400": RefundVerdict.REJECTED,
    "404": RefundVerdict.MISSING,
    "422": RefundVerdict.REFUSED,
}
"""Verdicts by ``code`` of a call about a refund; 409 (our number exists) is UNSURE, so that it is queried."""

REFUND: Final = {
    "working": RefundVerdict.ACCEPTED,
    "done": RefundVerdict.DONE,
    "refused": RefundVerdict.REFUSED,
}
"""Section 4, verdicts by ``status`` of a refund; an unlisted one is UNSURE."""
