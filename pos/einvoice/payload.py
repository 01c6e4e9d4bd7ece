"""Read an issued invoice from MyPay's answer, and check it before it is printed.

The barcode and the QR codes are in the answer and are printed byte for byte; they are never computed here.
Sources: MyPay document 1.0.6, 『電子發票開立』回傳欄位, 『電子發票查詢』回傳欄位; MOF 一維及二維條碼規格說明 v1.8.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from pos.domain.invoice import TAIPEI, Period, State, taxes_agree
from pos.errors import NotAllowed
from pos.i18n import N_, Message, msg

LEFT_FIXED: Final = 77
"""Position of the first colon in the left code."""

CLOUD, DONATED, PHYSICAL = 1, 2, 3
"""『電子發票開立類型』."""

TO_MOBILE: Final = "2"
"""『雲端發票類型』 手機條碼."""


_AFTER: Final[dict[int, str]] = {
    State.VOID: N_("This e-invoice is void. Its proof can no longer be printed."),
    State.ALLOWANCE: N_("This e-invoice has an allowance. Its proof can no longer be printed."),
}
"""Reasons for states after the issue; "not issued" would invite issuing it manually once more."""


class NotPrintable(NotAllowed):
    """The proof may not be printed; ``message`` gives the reason."""


@dataclass(frozen=True, slots=True)
class ProofLine:
    """One line of 『商品細項』, as text: quantities may have fractions."""

    name: str
    quantity: str
    price: str
    amount: str


@dataclass(frozen=True, slots=True)
class Proof:
    """The content of a printed proof. Sums are whole dollars; ``issued_at`` is in the time zone of Taipei."""

    track: str
    number: str
    random: str
    issued_at: datetime
    seller: str
    buyer: str
    total: int
    sales: int
    tax: int
    left: str
    middle: str
    right: str
    title: str = ""
    title_is_picture: bool = False
    rate_type: int = 1
    lines: tuple[ProofLine, ...] = ()

    @property
    def period(self) -> Period:
        return Period.of(self.issued_at.date())

    @property
    def for_company(self) -> bool:
        """買受人為營業人: 格式25 and the buyer's number are printed, and the details on the same strip."""
        return bool(self.buyer)


def read_proof(found: Mapping[str, Any], paid_at: datetime | None = None) -> Proof:
    """Return the checked proof of MyPay's answer, whose fields have no prefix ``invoice_``.

    ``paid_at`` gives the time of day if ``date`` has none. Raises NotPrintable.
    """
    proof = Proof(
        track=_text(found, "wordtrack"),
        number=_text(found, "number"),
        random=_text(found, "rand_code"),
        issued_at=_moment(_text(found, "date"), paid_at),
        seller=_text(found, "seller_ban"),
        buyer=_text(found, "buyer_ban"),
        total=_whole(found, "amount", "actual_cost"),
        sales=_whole(found, "sales_amount"),
        tax=_whole(found, "tax_amount"),
        left=_code(found, "left_qrcode"),
        middle=_code(found, "middle_barcode"),
        right=_code(found, "right_qrcode"),
        title=_text(found, "title"),
        title_is_picture=_text(found, "title_type") == "2",
        rate_type=_whole(found, "ratetype") or 1,
        lines=_lines(_text(found, "order_detail")),
    )
    check(proof)
    return proof


def refusal_reason(found: Mapping[str, Any], *, mobile_with_ban: bool = False) -> Message:
    """Return why the shop does not print this invoice, an empty message if it prints it.

    Only issued paper invoices are printed, never donated ones. ``mobile_with_ban`` also allows those of mobile barcodes
    with a buyer's number.
    """
    state, kind = _whole(found, "state"), _whole(found, "input_type")
    if state in _AFTER:
        return msg(_AFTER[state])
    if state != State.ISSUED:
        return msg(N_("The e-invoice is not issued (state {state})."), state=state)
    if kind == DONATED:
        return msg(N_("A donated e-invoice is not printed."))
    if kind == CLOUD:
        company = _text(found, "cloud_type") == TO_MOBILE and bool(_text(found, "tax_id"))
        return Message() if company and mobile_with_ban else msg(N_("The e-invoice is in the buyer's carrier."))
    return Message() if kind == PHYSICAL else msg(N_("It is unclear how this e-invoice was issued."))


def check(proof: Proof) -> None:
    """Check that all fields agree. Raises NotPrintable that names the first one that does not."""
    for name, holds in _checks(proof):
        if not holds:
            text = N_("The proof was not printed: {check} is wrong. Check with the gateway again.")
            raise NotPrintable(msg(text, check=name))


def _checks(proof: Proof) -> Iterator[tuple[str, bool]]:
    left, number = proof.left, proof.track + proof.number
    yield "number", bool(re.fullmatch("[A-Z]{2}[0-9]{8}", number, re.ASCII))
    yield "rand_code", bool(re.fullmatch("[0-9]{4}", proof.random, re.ASCII))
    yield "middle_barcode", proof.middle == proof.period.code + number + proof.random
    yield "left_qrcode[77]", left[LEFT_FIXED : LEFT_FIXED + 1] == ":"
    yield "left_qrcode[0:10]", left[:10] == number
    yield "left_qrcode[10:17]", left[10:17] == f"{proof.issued_at.year - 1911:03d}{proof.issued_at:%m%d}"
    yield "left_qrcode[17:21]", left[17:21] == proof.random
    yield "left_qrcode[21:29]", _hex(left[21:29]) in (proof.sales, proof.total, 0)
    yield "left_qrcode[29:37]", _hex(left[29:37]) == proof.total
    yield "left_qrcode[37:45]", left[37:45] == (proof.buyer or "00000000")
    yield "left_qrcode[45:53]", left[45:53] == proof.seller
    yield "right_qrcode", proof.right.startswith("**")
    yield "amount", proof.total > 0
    yield "tax_amount", taxes_agree(proof.sales, proof.tax, proof.total)


def _hex(text: str) -> int:
    return int(text, 16) if re.fullmatch("[0-9a-f]{8}", text, re.ASCII) else -1


def _text(found: Mapping[str, Any], name: str) -> str:
    value = found.get(name)
    return "" if value is None else str(value).strip()


def _code(found: Mapping[str, Any], name: str) -> str:
    """Return a code byte for byte, including trailing spaces. Raises NotPrintable if it is missing."""
    value = found.get(name)
    if not isinstance(value, str) or not value:
        raise NotPrintable(msg(N_("The gateway sent no {field}; there is nothing to print."), field=name))
    return value


def _whole(found: Mapping[str, Any], *names: str) -> int:
    """Return the first field of ``names`` that is present, 0 for none. Raises NotPrintable if it is no whole number."""
    text = next((text for name in names if (text := _text(found, name))), "0")
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or value != value.to_integral_value() or value < 0:
        raise NotPrintable(msg(N_("The field {field} of the gateway's answer is not a whole number."), field=names[0]))
    return int(value)


def _moment(text: str, paid_at: datetime | None) -> datetime:
    """Return the time of ``YYYYMMDDHHMMSS``, or of ``YYYYMMDD`` with the time of day of a payment on that day."""
    digits = re.sub("[^0-9]", "", text)
    try:
        if len(digits) == 14:
            return datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=TAIPEI)
        day = datetime.strptime(digits, "%Y%m%d").replace(tzinfo=TAIPEI)
    except ValueError as error:
        raise NotPrintable(msg(N_("The e-invoice's date cannot be read: {date}."), date=text[:20])) from error
    local = paid_at.astimezone(TAIPEI) if paid_at else None
    if local is None or local.date() != day.date():
        raise NotPrintable(N_("The gateway did not send the e-invoice's time."))
    return local.replace(microsecond=0)


def _lines(text: str) -> tuple[ProofLine, ...]:
    """Return the lines of ``order_detail``, JSON with text values. Raises NotPrintable."""
    try:
        rows = json.loads(text or "[]")
        return tuple(
            ProofLine(str(row["Description"]), str(row["Quantity"]), str(row["UnitPrice"]), str(row["Amount"]))
            for row in rows
        )
    except (ValueError, TypeError, KeyError) as error:
        raise NotPrintable(N_("The e-invoice's items cannot be read.")) from error
