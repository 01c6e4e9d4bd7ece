"""What O'Pay sends: form strings and notifications with a CheckMacValue, and JSON without one, as pure functions.

The spelling of names differs: ``Gwsr Amount AuthCode ProcessDate`` in a notification, ``gwsr amount auth_code
process_date`` in the answer to a query. They are read without regard to letter case, and signed as received.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import unquote

from pos.domain.agreement import PAID_AT, Terms
from pos.domain.money import Money
from pos.errors import BadReply
from pos.gateways.base import Notice
from pos.gateways.capabilities import AgreementAnswer, ChargeReport, ContractStatus
from pos.gateways.fields import FIELD_LIMIT, TAIPEI, require_match, required_text, required_value, shop_time, text_of
from pos.gateways.http import json_object
from pos.gateways.opay_periodic.codes import CREDENTIAL_NAMES, CREDENTIALS, EXEC_STATUS, SUCCESS
from pos.gateways.opay_periodic.fields import TIME
from pos.gateways.received import as_number, gateway_message
from pos.gateways.signing import check_mac_value, signatures_match
from pos.i18n import N_, msg

MAC: Final = "CheckMacValue"
ACKNOWLEDGED: Final = "1|OK"

_EARLIEST: Final = datetime.min.replace(tzinfo=TAIPEI)
_SHA256_DIGITS: Final = 64
_REFUSAL: Final = re.compile(r"0\|(.{0,500})", re.DOTALL)
_NO_NUMBER: Final = N_("The amount in the gateway's answer is not a number.")


def form_string(body: bytes) -> dict[str, str]:
    """Return the fields of a form string whose ``+`` and spaces are literal; ``0|text`` is a refusal.

    Raises BadReply for anything else.
    """
    text = body.decode("utf-8", "replace").removeprefix("\ufeff").strip()
    if refusal := _REFUSAL.fullmatch(text):
        return {"RtnCode": "0", "RtnMsg": refusal[1]}
    pieces = (piece.partition("=") for piece in text.split("&", FIELD_LIMIT)[:FIELD_LIMIT] if piece)
    found = {unquote(name): unquote(value) for name, equals, value in pieces if equals}
    if not found:
        raise BadReply(N_("The gateway's answer is not a form."))
    return found


def is_signed(fields: Mapping[str, str], key: str, iv: str) -> bool:
    """Return whether the CheckMacValue is right; its length says whether it is MD5 or SHA-256."""
    theirs = fields.get(MAC, "")
    return signatures_match(theirs, check_mac_value(fields, key, iv, sha256=len(theirs) == _SHA256_DIGITS))


def refuses_key(code: str, text: str) -> bool:
    """Return whether a refusal is about the merchant number or the keys."""
    return code in CREDENTIALS or any(name in text for name in CREDENTIAL_NAMES)


def amount_of(text: str) -> Money:
    """Return an amount in NT$. Raises BadReply."""
    if not re.fullmatch("[0-9]{1,12}", text, re.ASCII):
        raise BadReply(_NO_NUMBER)
    return Money(int(text), "TWD")


def result_code(found: Mapping[str, Any], name: str = "RtnCode") -> str:
    """Return the code of a result. Raises BadReply if it is not a number: then nothing is known."""
    return required_value(found, name, lambda text: text if re.fullmatch("[0-9]{1,10}", text, re.ASCII) else "")


# -- notifications --------------------------------------------------------------------------------------------------


def notice_of(fields: Mapping[str, str]) -> Notice:
    """Return a notification to ReturnURL, PeriodReturnURL or PaymentInfoURL. Raises BadReply.

    A simulated payment (the test button of O'Pay's console) is acknowledged, and it is no money.
    """
    found = _lower(fields)
    order_no, code = required_text(found, "merchanttradeno"), result_code(found, "rtncode")
    if text_of(found, "simulatepaid") == "1":
        return Notice(order_no, ACKNOWLEDGED, code="simulated")
    if "gwsr" in found and "totalsuccesstimes" in found and "tradeamt" not in found:
        report = _report(found, text_of(found, "amount"))
        return Notice(order_no, ACKNOWLEDGED, code=code, charge=report, is_later=True)
    if "paymentdate" not in found:  # to PaymentInfoURL: an order, not a payment
        return Notice(order_no, ACKNOWLEDGED, code=f"info-{code}")
    report = _report(found, text_of(found, "tradeamt"), text_of(found, "paymentdate"))
    return Notice(order_no, ACKNOWLEDGED, code=code, charge=report)


# -- agreements -----------------------------------------------------------------------------------------------------


def agreement_answer(body: bytes, merchant: str, order_no: str, terms: Terms | None) -> AgreementAnswer:
    """Read the answer to QueryCreditCardPeriodInfo: JSON without a signature. Raises BadReply.

    The first authorisation is at the top; ``ExecLog`` has all, or the later ones only. ``terms`` are those agreed, None
    where they are not known.
    """
    text = body.removeprefix(b"\xef\xbb\xbf").strip()
    found = _lower(json_object(text) if text[:1] in (b"{", b"[", b'"') else form_string(text))
    code = result_code(found, "rtncode")
    if not text_of(found, "merchanttradeno"):
        words = text_of(found, "rtnmsg")
        refused = refuses_key(code, words)
        return AgreementAnswer(ContractStatus.UNSURE, (), code, gateway_message(words), credentials=refused)
    require_match("MerchantID", required_text(found, "merchantid"), merchant)
    require_match("MerchantTradeNo", required_text(found, "merchanttradeno"), order_no)
    if terms is not None:
        _check_terms(found, terms)
    status = EXEC_STATUS.get(text_of(found, "execstatus"), ContractStatus.UNSURE)
    return AgreementAnswer(status, tuple(_reports(found)), code)


def _check_terms(found: Mapping[str, Any], terms: Terms) -> None:
    ours = {
        "PeriodType": terms.period.unit.value,
        "Frequency": str(terms.period.every),
        "ExecTimes": str(terms.times),
        "PeriodAmount": str(terms.amount.minor),
    }
    for name, value in ours.items():
        require_match(name, required_text(found, name.lower()), value)


def _reports(found: Mapping[str, Any]) -> Iterable[ChargeReport]:
    """Return the authorisations, the oldest first."""
    rows = found.get("execlog")
    rows = [] if rows is None else rows
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadReply(msg(N_("The field {field} of the gateway's answer has a wrong type."), field="ExecLog"))
    later = [_report(one, required_text(one, "amount")) for one in map(_lower, rows)]
    first = text_of(found, "gwsr")
    if first not in ("", "0") and first not in {one.bank_ref for one in later}:
        later.insert(0, _report(found, required_text(found, "amount")))
    return sorted(later, key=lambda one: one.at or _EARLIEST)


def _report(found: Mapping[str, Any], amount: str, moment: str = "") -> ChargeReport:
    code = result_code(found, "rtncode")
    return ChargeReport(
        bank_ref=as_number(text_of(found, "gwsr")),
        paid=code == SUCCESS,
        amount=amount_of(amount) if amount else None,
        at=_moment(moment or text_of(found, "processdate") or text_of(found, "process_date")),
        gateway_ref=as_number(text_of(found, "tradeno")),
        code=code,
        message=gateway_message(text_of(found, "rtnmsg")),
    )


def paid_at(text: str) -> dict[str, str]:
    """Return the time of a first authorisation as details of an answer; empty if ``text`` is not a time."""
    moment = _moment(text)
    return {PAID_AT: moment.isoformat()} if moment else {}


def _moment(text: str) -> datetime | None:
    return shop_time(text, TIME, TAIPEI)


def _lower(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name.lower(): value for name, value in fields.items()}
