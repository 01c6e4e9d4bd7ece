"""How QFPay's answers are read: links, amounts, words, rows, and what each says about an order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pos.domain.money import Money
from pos.errors import BadReply
from pos.gateways.base import Answer, Verdict
from pos.gateways.fields import cleaned, needed, text_of
from pos.gateways.qfpay_codes import CANCEL, CREDENTIALS, CURRENCIES, VERDICTS
from pos.i18n import N_, Message, msg


def order_answer(order: Mapping[str, Any]) -> Answer:
    """What a row of type ``payment`` says of its order."""
    code, cancel = needed(order, "respcd"), text_of(order, "cancel")
    verdict, message = VERDICTS.get(code, Verdict.UNSURE), Message()
    if verdict is Verdict.PAID:
        verdict = CANCEL.get(cancel, Verdict.UNSURE)
        message = msg(N_("Paid, and refunded at the gateway.")) if verdict is Verdict.DIFFERS else message
    elif verdict in (Verdict.EXISTS, Verdict.MISSING, Verdict.REJECTED):
        verdict = Verdict.UNSURE  # words about a call, not about an order
    return Answer(
        verdict,
        code,
        message or (said(order) if verdict is Verdict.UNSURE else Message()),
        amount=amount_of(order),
        gateway_ref=text_of(order, "syssn"),
        details={"cancel": cancel} if cancel not in ("", "0") else {},
    )


def refusal(code: str, found: Mapping[str, Any]) -> Answer:
    """The answer to a payment that brought no code: what is in progress or already paid is asked about."""
    verdict = VERDICTS.get(code, Verdict.UNSURE)
    if verdict in (Verdict.ACCEPTED, Verdict.PAID, Verdict.MISSING):
        verdict = Verdict.UNSURE
    return Answer(verdict, code, said(found), credentials=code in CREDENTIALS)


def rows_of(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of an answer to a query. Raises BadReply."""
    rows = found.get("data") or []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadReply(msg(N_("The field {field} of the gateway's answer has a wrong type."), field="data"))
    return rows


def link(found: Mapping[str, Any]) -> str:
    """``pay_url`` for web and WAP, ``qrcode`` for codes: whichever is there, untouched."""
    for name in ("pay_url", "qrcode"):
        value = found.get(name)
        if value:
            if not isinstance(value, str):
                raise BadReply(msg(N_("The field {field} of the gateway's answer has a wrong type."), field=name))
            return value
    return ""


def amount_of(found: Mapping[str, Any]) -> Money:
    """``txamt``, in minor units of ``txcurrcd``. Raises BadReply."""
    minor, currency = needed(found, "txamt"), needed(found, "txcurrcd")
    if not re.fullmatch("[0-9]{1,11}", minor, re.ASCII) or currency not in (*CURRENCIES, "TWD"):
        raise BadReply(N_("The amount in the gateway's answer is not a number."))
    return Money(int(minor), currency)


def said(found: Mapping[str, Any]) -> Message:
    """The gateway's own words, where it has any."""
    words = text_of(found, "resperr") or text_of(found, "errmsg") or text_of(found, "respmsg")
    return msg(N_("The gateway says: {words}"), words=cleaned(words)[:128]) if words else Message()
