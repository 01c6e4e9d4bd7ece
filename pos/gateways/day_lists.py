"""A day's paid orders on O'Pay's vendor site: 下載會員對帳媒體檔 (PaymentMedia/TradeNoAio), a Big5 CSV.

No document of O'Pay's describes this call. Its address, fields and digest are those of the gateway's public SDKs
(o-pay/Payment_Node.js, o-pay/Payment_Java); the columns of its new format are those that two public clients expect.
What is not known, and how it is read:

- The list is not signed, so it only names orders: those that the journal knows are queried as without it.
- The values of 付款狀態 are not published. Only paid orders are asked for (``PaymentStatus`` 1); a row counts as paid
  unless its status says 未 or 失敗.
- Refunds are columns of their order's row, without a number; they are not read.
- An answer without the columns is no list. Its text is not read: it has no published form.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from pos.domain.money import Money
from pos.errors import BadReply
from pos.gateways.base import Listed
from pos.gateways.fields import cleaned
from pos.gateways.received import as_number
from pos.gateways.signing import check_mac_value
from pos.i18n import N_, msg

NUMBER, REF, STATUS, AMOUNT = "廠商訂單編號", "歐付寶訂單編號", "付款狀態", "交易金額"

WANTED: Final = {"DateType": "2", "PaymentStatus": "1", "MediaFormated": "1"}
"""By the day of the payment; paid orders; in the new format."""

_AS_TEXT: Final = re.compile(r'(^|,)="')
"""The beginning of a cell as the new format writes it, ``="text"``: so a spreadsheet keeps leading zeros."""


def day_form(merchant: str, day: date, pair: tuple[str, str], *, sha256: bool = True) -> Mapping[str, str]:
    """Return the signed form that asks for the orders paid on ``day`` in Taipei. It has no ``PlatformID``."""
    fields = {"MerchantID": merchant, "BeginDate": day.isoformat(), "EndDate": day.isoformat(), **WANTED}
    return {**fields, "CheckMacValue": check_mac_value(fields, *pair, sha256=sha256)}


def orders_in(body: bytes) -> Sequence[Listed]:
    """Return the orders of a list. Raises BadReply for an answer that is none."""
    try:
        text = body.decode("cp950")  # the Big5 of Windows
    except UnicodeDecodeError as error:
        raise BadReply(N_("The gateway's list is not Big5 text.")) from error
    lines = [_AS_TEXT.sub(r'\1"', line) for line in text.splitlines() if line.strip()]
    try:
        rows = [[cell.strip() for cell in row] for row in csv.reader(lines, strict=True)]
    except csv.Error as error:
        raise BadReply(N_("The gateway's list is not a CSV file."), str(error)) from error
    if not rows or not {NUMBER, REF, STATUS, AMOUNT} <= set(rows[0]):
        raise BadReply(N_("The gateway's answer is not a list of orders."))
    cells = (dict(zip(rows[0], row, strict=False)) for row in rows[1:])
    return [_listed(one) for one in cells if one.get(NUMBER)]


def _listed(cells: Mapping[str, str]) -> Listed:
    number, amount = as_number(cells[NUMBER]), re.fullmatch(r"([0-9]{1,10})(?:\.0{1,2})?", cells.get(AMOUNT, ""))
    if not number or amount is None:
        raise BadReply(msg(N_("A row of the gateway's list cannot be read: {row}."), row=cleaned(cells[NUMBER])[:40]))
    status = cells.get(STATUS, "")
    return Listed(
        number, Money(int(amount[1]), "TWD"), is_refund=False, paid=not ("未" in status or "失敗" in status),
        gateway_ref=as_number(cells.get(REF, "")), proves=False,
    )  # fmt: skip
