"""O'Pay's tables for periodic cards as data: the tender, and the verdicts by code. The codes are public."""

from __future__ import annotations

from typing import Final

from pos.domain.payment import Tender
from pos.gateways.base import Verdict
from pos.gateways.capabilities import ContractStatus

TENDERS: Final = {Tender.CARD_PERIODIC: "Credit"}
"""The tender that it offers, with ``ChoosePayment``."""

TRADE_STATUS: Final = {
    "0": Verdict.ACCEPTED,
    "1": Verdict.PAID,
    "10200095": Verdict.REFUSED,
    "10200047": Verdict.MISSING,
}
"""``TradeStatus`` of QueryTradeInfo; an unlisted one is UNSURE."""

EXEC_STATUS: Final = {
    "0": ContractStatus.STOPPED,
    "1": ContractStatus.RUNNING,
    "2": ContractStatus.FINISHED,
}
"""``ExecStatus`` of QueryCreditCardPeriodInfo; an unlisted one is UNSURE."""

CREDENTIALS: Final = frozenset({"10200073"})
"""``RtnCode`` of a call whose CheckMacValue is wrong."""

CREDENTIAL_NAMES: Final = ("CheckMacValue", "MerchantID")
"""Fields that the text of a refusal names if the merchant number or the keys are wrong."""

SUCCESS: Final = "1"
"""``RtnCode`` of an authorisation or an action that succeeded."""
