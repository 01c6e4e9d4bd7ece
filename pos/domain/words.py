"""Words for what the book names by key: tenders, gateways, states. Gettext ids; the window adds icons of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pos.domain.payment import CASH, Attempt, Returned, Tender
from pos.domain.states import State
from pos.i18n import N_, _

TENDERS: Final[Mapping[str, str]] = {
    Tender.WECHAT: N_("WeChat"),
    Tender.ALIPAY: N_("Alipay"),
    Tender.ATM: N_("ATM"),
    Tender.MYPAY: N_("MyPay"),
    Tender.CASH: N_("Cash"),
    Tender.CARD_PERIODIC: N_("Periodic card"),
}

GATEWAYS: Final[Mapping[str, str]] = {"opay": "O'Pay", "wanpay": "WanPay", "qfpay": "QFPay", "mypay": "MyPay"}

IN_FLIGHT: Final[Mapping[str, str]] = {
    State.CREATED: N_("Not sent"),
    State.SENT: N_("Sending"),
    State.PENDING: N_("Waiting"),
    State.UNKNOWN: N_("Unknown"),
    State.VOIDING: N_("Monitored"),
    State.REVIEW: N_("Needs manager"),
}
"""The states that a shift can end with."""


RETURNED: Final[Mapping[Returned, tuple[str, str]]] = {
    Returned.IN_PROCESS: (N_("Refund in process"), N_("Refund in process: {amount}")),
    Returned.PART: (N_("Partly refunded"), N_("Partly refunded: {amount}")),
    Returned.WHOLE: (N_("Refunded"), N_("Refunded: {amount}")),
}
"""What a list says of a captured payment that was refunded, without and with the sum."""


def returned_words(attempt: Attempt, *, short: bool = False) -> str:
    """Return how much of a payment was refunded; "" if nothing was."""
    words = RETURNED.get(attempt.returned)
    amount = attempt.refunded or attempt.refunding
    if words is None or amount is None:
        return ""
    return _(words[0]) if short else _(words[1]).format(amount=amount.display)


def differs_words(attempt: Attempt) -> str:
    """Return what was asked and what came, "" if it is the same."""
    if not attempt.differs:
        return ""
    text = _("Due: {ours} · received: {theirs}")
    return text.format(ours=attempt.amount.display, theirs=attempt.shown_amount.display)


def spoken(words: Mapping[str, str], key: str) -> str:
    """The word in the language spoken now; a key without one stands for itself."""
    word = words.get(key, "")
    return _(word) if word else key


def gateway_name(key: str) -> str:
    """A gateway's own name; cash has none and is called by its word."""
    return spoken(TENDERS, key) if key == CASH else GATEWAYS.get(key, key)
