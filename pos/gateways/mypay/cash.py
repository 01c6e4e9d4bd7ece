"""Cash as a payment tool of MyPay (附錄一, 37 CASH 現金): the order that carries the e-invoice of a cash sale.

The document lists the tool, names it among those with immediate refunds, and says nothing more. Assumed, until MyPay
says otherwise:

- ``api/orders`` takes it as ``pfn`` and answers as for any other tool. Code 200 means that the order exists, not that
  it is paid: only the query decides. A paid status instead of 200 is treated in the same way.
- The order may be paid at once, or later when MyPay or the shop confirms it; MyPay's notification then wakes the query.
- ``transaction_type`` is 2 (實體交易), because the shop faces the customer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from pos.domain.payment import Attempt
from pos.gateways.base import Answer, Verdict
from pos.gateways.fields import required_text, required_value
from pos.gateways.mypay.answers import message_of
from pos.gateways.mypay.codes import ACCEPTED, CHOOSING, PRC, WRONG_REQUEST
from pos.gateways.mypay.order import FIELDS
from pos.gateways.mypay.values import TransactionType
from pos.gateways.received import as_key, as_number
from pos.i18n import Message

CASH: Final = "CASH"


def cash_order(sale: Attempt, gateway: str) -> Attempt:
    """Return a cash sale as an order of MyPay, with those of the sale's options that are fields of its orders."""
    known = {name: text for name, text in sale.options.items() if name in FIELDS}
    options = {**known, "pfn": CASH, "transaction_type": TransactionType.IN_PERSON.value}
    return replace(sale, tender=CHOOSING, gateway=gateway, options=options, tendered=None, details={}, code="")


def cash_answer(found: Mapping[str, Any], refused: Message) -> Answer:
    """Read the answer to an order of cash; ``refused`` says that MyPay refuses the key."""
    code = required_text(found, "code")
    if code == ACCEPTED or PRC.get(code) is Verdict.PAID:
        ref, key = required_value(found, "uid", as_number), required_value(found, "key", as_key)
        return Answer(Verdict.ACCEPTED, code, gateway_ref=ref, gateway_key=key)
    verdict = Verdict.REJECTED if code == WRONG_REQUEST else Verdict.UNSURE
    return Answer(verdict, code, refused or message_of(found, "msg"), credentials=bool(refused))
