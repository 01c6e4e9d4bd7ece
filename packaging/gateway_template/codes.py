"""New Pay's tables as data: what the code of a call and the status of an order or a refund mean."""

from __future__ import annotations

from typing import Final

from pos.gateways.base import RefundVerdict, Verdict

DONE: Final = "0"
"""``code`` of a call that was carried out; what it says about the order is in ``status``."""

CALL: Final = {
    "400": Verdict.REJECTED,
    "401": Verdict.REJECTED,
    "402": Verdict.REFUSED,
    "404": Verdict.MISSING,
    "409": Verdict.EXISTS,
}
"""Section 2, any other ``code``; one that is not listed is UNSURE."""

CREDENTIALS: Final = frozenset({"401"})
"""``code`` of a call whose merchant number or signature is refused."""

ORDER: Final = {
    "unpaid": Verdict.ACCEPTED,
    "paid": Verdict.PAID,
    "failed": Verdict.REFUSED,
    "expired": Verdict.LAPSED,
    "cancelled": Verdict.VOIDED,
}
"""Section 3, ``status`` of an order; one that is not listed is UNSURE."""

REFUND_CALL: Final = {
    "400": RefundVerdict.REJECTED,
    "404": RefundVerdict.MISSING,
    "422": RefundVerdict.REFUSED,
}
"""``code`` of a call about a refund; 409 (our number exists) is UNSURE, so that its outcome is queried."""

REFUND: Final = {
    "working": RefundVerdict.ACCEPTED,
    "done": RefundVerdict.DONE,
    "refused": RefundVerdict.REFUSED,
}
"""Section 4, ``status`` of a refund; one that is not listed is UNSURE."""
