"""WanPay's tables as data: the verdicts by status of a call and of an order (3.2.1)."""

from __future__ import annotations

from typing import Final

from pos.domain.payment import Tender
from pos.gateways.base import Verdict

TENDERS: Final = {Tender.ATM: ""}
"""The tender that WanPay offers; it needs no code."""

CALL: Final = {
    "900": None,
    "901": Verdict.UNSURE,  # about verification codes, unused here
    "910": Verdict.REJECTED,
    "911": Verdict.REJECTED,
    "912": Verdict.UNSURE,
    "913": Verdict.REJECTED,
    "931": Verdict.MISSING,
    "932": Verdict.UNSURE,
    "991": Verdict.UNSURE,
    "992": Verdict.UNSURE,
    "993": Verdict.UNSURE,
    "999": Verdict.UNSURE,
    "6307": Verdict.EXISTS,
    "5223": Verdict.MISSING,
}
"""3.2.1, ``status`` of a call; None means that the call succeeded and the order's status decides."""

ORDER: Final = {
    "0000": Verdict.PAID,
    "5801": Verdict.ACCEPTED,
    "5803": Verdict.LAPSED,
    "5804": Verdict.ACCEPTED,
    "5805": Verdict.REFUSED,
    "5223": Verdict.MISSING,
}
"""3.2.1, ``orderstatus`` of an order."""

CREDENTIALS: Final = frozenset({"911", "913"})
"""No permission, merchant check failed: a wrong key, or an address that is not registered with WanPay (2.2)."""
