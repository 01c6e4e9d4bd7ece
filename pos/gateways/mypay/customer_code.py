"""MyPay's direct transactions, api/transaction: the customer shows a code (public manual 2.0.23, 直接交易).

The shop's document lists the ``…OFF`` tools (附錄一) and not the call. Only tools whose field is public are offered.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

from pos.domain.customer_code import CustomerCode
from pos.domain.payment import Attempt
from pos.domain.tenders import Tender
from pos.gateways.base import Answer, Verdict
from pos.gateways.fields import require_match, required_text, required_value, text_of
from pos.gateways.mypay.answers import PRC_TEXTS, amount_of, details_of, message_of
from pos.gateways.mypay.codes import ANY, PFN, PRC, TENDERS
from pos.gateways.received import as_key, as_number
from pos.gateways.signing import compact
from pos.i18n import msg

ANY_WALLET: Final = "OFFLINE"
"""``pfn`` 98: MyPay detects the wallet from the code."""

FIELDS: Final = {
    "LINEPAYOFF": "linepayCode",
    "PIOFF": "piCode",
    "WECHATOFF": "wechatCode",
    "JKOOFF": "jkoCode",
    ANY_WALLET: "qrCode",
}
"""The field of ``data_json`` with the code, by ``pfn``."""

ON_PHONE: Final = {"WECHAT": "WECHATOFF", "LINEPAYON": "LINEPAYOFF", "PION": "PIOFF", "JKOON": "JKOOFF"}
"""The tool that charges a code, by the tool of a tender."""

SAYS_ORDER: Final = frozenset({"250", "260", "270", "280", "290", "300", "600", "A0001", "A0002"})
"""``code`` of an answer that is about the order; any other one is about the call."""


def tool_of(tender: Tender, options: Mapping[str, str]) -> str:
    """Return the ``pfn`` that charges a code by ``tender``; "" if none does. The option ``pfn`` may name one."""
    if tool := TENDERS.get(tender, "none"):
        return ON_PHONE.get(tool, "")
    chosen = options.get("pfn", "0")
    named = "JKOOFF" if chosen == "JKOOF" else PFN.get(chosen, chosen)
    return ANY_WALLET if chosen in ANY else named if named in FIELDS else ""


def transaction(body: Mapping[str, object], attempt: Attempt, code: CustomerCode, zone: ZoneInfo) -> dict[str, object]:
    """Return the fields of a direct transaction: those of the order, the tool and ``data_json``."""
    tool = attempt.code_type
    data = {FIELDS[tool]: code.digits}
    if tool == "JKOOFF":
        at = attempt.created_at.astimezone(zone).strftime("%Y%m%d%H%M%S")
        data |= {"posId": attempt.register_id, "posTradeTime": at, "remark": ""}
    return {**body, "pfn": tool, "data_json": compact(data)}


def transaction_answer(found: Mapping[str, Any], attempt: Attempt) -> Answer | None:
    """Return the answer about the order; None if it is about the call. Raises BadReply for another order's answer."""
    code = required_text(found, "code")
    if code not in SAYS_ORDER:
        return None
    verdict = PRC[code]
    if theirs := text_of(found, "order_id"):
        require_match("order_id", theirs, attempt.order_no)
    amount = amount_of({**found, "prc": code}, verdict, attempt.amount) if text_of(found, "cost") else None
    if verdict is Verdict.PAID and not (theirs and amount):
        verdict = Verdict.UNSURE
    return Answer(
        verdict,
        code,
        msg(PRC_TEXTS[code]) if code in PRC_TEXTS else message_of(found, "msg"),
        amount=amount,
        gateway_ref=required_value(found, "uid", as_number) if text_of(found, "uid") else "",
        gateway_key=required_value(found, "key", as_key) if text_of(found, "key") else "",
        details=details_of(found),
    )
