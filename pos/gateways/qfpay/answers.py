"""Read QFPay's answers: links, amounts, messages and rows, and their verdicts about an order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from pos.domain.money import Money
from pos.domain.payment import Attempt
from pos.domain.refund import Refund
from pos.errors import BadReply
from pos.gateways.base import Answer, Listed, RefundAnswer, RefundVerdict, Verdict
from pos.gateways.fields import require_match, required_text, text_of
from pos.gateways.qfpay.codes import (
    CANCEL,
    CODE_IN_DOUBT,
    CODE_TEXTS,
    CURRENCIES,
    PLACED,
    REFUND_TEXTS,
    REFUND_VERDICTS,
    VERDICTS,
)
from pos.gateways.received import gateway_message
from pos.i18n import N_, Message, msg


def order_answer(order: Mapping[str, Any]) -> Answer:
    """Return the answer of a row of type ``payment`` about its order."""
    code, cancel = required_text(order, "respcd"), text_of(order, "cancel")
    verdict, message = VERDICTS.get(code, Verdict.UNSURE), Message()
    if verdict is Verdict.PAID:
        verdict = CANCEL.get(cancel, Verdict.UNSURE)
        message = msg(N_("Paid, and refunded at the gateway.")) if verdict is Verdict.DIFFERS else message
    elif verdict in (Verdict.EXISTS, Verdict.MISSING, Verdict.REJECTED):
        verdict = Verdict.UNSURE  # the code is about the call, not about the order
    return Answer(
        verdict,
        code,
        message or (message_of(order) if verdict is Verdict.UNSURE else Message()),
        amount=amount_of(order),
        gateway_ref=text_of(order, "syssn"),
        details={"cancel": cancel} if cancel not in ("", "0") else {},
    )


def refusal(code: str, found: Mapping[str, Any]) -> Answer:
    """Return the answer to a payment without a link; in progress or paid is UNSURE, so that it is queried."""
    verdict = VERDICTS.get(code, Verdict.UNSURE)
    if verdict in (Verdict.ACCEPTED, Verdict.PAID, Verdict.MISSING):
        verdict = Verdict.UNSURE
    return Answer(verdict, code, message_of(found))


def code_answer(found: Mapping[str, Any], attempt: Attempt) -> Answer:
    """Return the answer to a customer's code (public): 0000 is paid, 1143 and 1145 wait for the customer.

    An answer that does not name our order or its amount is UNSURE, so that the order is queried. Raises BadReply.
    """
    code = required_text(found, "respcd")
    if code not in PLACED:
        answer = refusal(code, found)
        if code in CODE_IN_DOUBT:
            return replace(answer, verdict=Verdict.UNSURE)
        return replace(answer, message=msg(CODE_TEXTS[code])) if code in CODE_TEXTS else answer
    if theirs := text_of(found, "out_trade_no"):
        require_match("out_trade_no", theirs, attempt.order_no)
    amount = amount_of(found) if all(text_of(found, name) for name in MONEY) else None
    verdict = Verdict.PAID if code == "0000" else Verdict.ACCEPTED
    if verdict is Verdict.PAID and not (theirs and amount):
        verdict = Verdict.UNSURE
    return Answer(verdict, code, amount=amount, gateway_ref=text_of(found, "syssn"))


LISTED: Final = frozenset({"", "payment", "refund"})
"""``order_type`` of rows that are about money; a ``close`` is not."""

MONEY: Final = ("txamt", "txcurrcd")


def rows_of(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of an answer to a query. Raises BadReply."""
    rows = found.get("data") or []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadReply(msg(N_("The field {field} of the gateway's answer has a wrong type."), field="data"))
    return rows


def refund_answer(found: Mapping[str, Any], attempt: Attempt, refund: Refund) -> RefundAnswer:
    """Read the answer to a refund; DONE only for our order and our amount. Raises BadReply."""
    code = required_text(found, "respcd")
    verdict = REFUND_VERDICTS.get(code, RefundVerdict.UNSURE)
    if verdict is RefundVerdict.DONE:
        required_text(found, "orig_syssn")
    return _refund_answer(found, code, verdict, attempt, refund)


def refund_found(found: Mapping[str, Any], attempt: Attempt, refund: Refund) -> RefundAnswer:
    """Read the answer to a query about a refund: the rows of its number. Raises BadReply."""
    code = required_text(found, "respcd")
    if code != "0000":
        return RefundAnswer(RefundVerdict.UNSURE, code, message_of(found))
    rows = rows_of(found)
    if not rows:
        return RefundAnswer(RefundVerdict.MISSING, code)
    for row in rows:
        require_match("out_trade_no", required_text(row, "out_trade_no"), refund.refund_no)
    refunds = [row for row in rows if text_of(row, "order_type") == "refund"]
    if not refunds:
        return RefundAnswer(RefundVerdict.UNSURE, code)
    chosen = next((row for row in refunds if text_of(row, "respcd") == "0000"), refunds[0])
    code = required_text(chosen, "respcd")
    verdict = REFUND_VERDICTS.get(code, RefundVerdict.UNSURE)
    if verdict is RefundVerdict.REJECTED:
        verdict = RefundVerdict.UNSURE  # the code is about the call, not about the refund
    return _refund_answer(chosen, code, verdict, attempt, refund)


def _refund_answer(
    row: Mapping[str, Any], code: str, verdict: RefundVerdict, attempt: Attempt, refund: Refund
) -> RefundAnswer:
    """Return the answer of a row about a refund. Raises BadReply if it names another order.

    ``orig_syssn`` (of an answer) or ``origssn`` (of a row) is the number of the order.
    """
    ours = {"out_trade_no": refund.refund_no, "orig_syssn": attempt.gateway_ref, "origssn": attempt.gateway_ref}
    for name in ours:
        if text_of(row, name) and ours[name]:
            require_match(name, text_of(row, name), ours[name])
    amount = _refunded(row, refund)
    message = msg(REFUND_TEXTS[code]) if code in REFUND_TEXTS else Message()
    if verdict is RefundVerdict.UNSURE:
        message = message or message_of(row)
    if verdict is RefundVerdict.DONE and amount != refund.amount:
        text = N_("The gateway refunded {theirs}; {ours} was requested.")
        verdict = RefundVerdict.UNSURE
        message = msg(text, theirs=amount.display if amount else "?", ours=refund.amount.display)
    ref = text_of(row, "syssn")
    return RefundAnswer(verdict, code, message, amount, ref)


def _refunded(row: Mapping[str, Any], refund: Refund) -> Money | None:
    """Return the amount of a refund; without ``txcurrcd``, as in the newest document, in the order's currency."""
    if not text_of(row, "txamt"):
        return None
    return amount_of({"txcurrcd": refund.amount.currency, **{name: row[name] for name in MONEY if row.get(name)}})


def listed(row: Mapping[str, Any]) -> Listed | None:
    """Return a row of a day's list; None if it is not about money. Raises BadReply.

    A reversed or cancelled order is not paid, as in the answer to a query.
    """
    kind, code = text_of(row, "order_type"), required_text(row, "respcd")
    if kind not in LISTED:
        return None
    undone = CANCEL.get(text_of(row, "cancel")) is Verdict.VOIDED
    return Listed(
        text_of(row, "out_trade_no"),
        amount_of(row),
        is_refund=kind == "refund",
        paid=code == "0000" and not undone,
        gateway_ref=text_of(row, "syssn"),
        code=code,
    )


def link(found: Mapping[str, Any]) -> str:
    """Return the link of an answer, unchanged: ``pay_url`` for web and WAP, ``qrcode`` for codes. Raises BadReply."""
    for name in ("pay_url", "qrcode"):
        value = found.get(name)
        if value:
            if not isinstance(value, str):
                raise BadReply(msg(N_("The field {field} of the gateway's answer has a wrong type."), field=name))
            return value
    return ""


def amount_of(found: Mapping[str, Any]) -> Money:
    """Return ``txamt``, in minor units of ``txcurrcd``. Raises BadReply."""
    minor, currency = required_text(found, "txamt"), required_text(found, "txcurrcd")
    if not re.fullmatch("[0-9]{1,11}", minor, re.ASCII) or currency not in (*CURRENCIES, "TWD"):
        raise BadReply(N_("The amount in the gateway's answer is not a number."))
    return Money(int(minor), currency)


def message_of(found: Mapping[str, Any]) -> Message:
    """Return the gateway's message; an empty message if there is none."""
    return gateway_message(message_text(found))


def message_text(found: Mapping[str, Any]) -> str:
    """Return the gateway's message as a text; empty if there is none."""
    return text_of(found, "resperr") or text_of(found, "errmsg") or text_of(found, "respmsg")
