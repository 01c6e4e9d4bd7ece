"""O'Pay's tables as data: the tenders, and the verdicts by code of a call and of an order."""

from __future__ import annotations

from typing import Final

from pos.domain.payment import Tender
from pos.gateways.base import Verdict

TENDERS: Final = {Tender.WECHAT: ""}
"""The tender that O'Pay offers; it needs no code."""

STATUS: Final = {"0": Verdict.ACCEPTED, "1": Verdict.PAID, "v342": Verdict.LAPSED}
"""``TradeStatus`` of the query (section 6); ``v342`` is spelled so in the document, other values are UNSURE."""

CALL: Final = {"1": None, "0": Verdict.MISSING, "99": Verdict.UNSURE}
"""Outer ``RtnCode`` of the query (section 6): found, no such data, other error."""
