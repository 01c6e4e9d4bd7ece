"""Charging a customer's code: whose wallet it is, which codes were sent already, and what may be written of an answer.

A code itself is passed on and never stored; see :mod:`pos.domain.customer_code`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from pos.domain.customer_code import CustomerCode, without_codes
from pos.domain.payment import Attempt, Tender
from pos.errors import InputError, NotAllowed
from pos.gateways.base import Answer, Gateway
from pos.gateways.customer_codes import TakesCodes, takes_no_codes
from pos.i18n import N_, Message
from pos.runtime import Clock

TIMEOUT: Final = timedelta(minutes=2)
"""How long a customer may take to confirm; then the register reverses the charge (QFPay's public document)."""

OTHER_WALLET: Final = {
    Tender.WECHAT: N_("This is a WeChat code. Choose WeChat, or ask for another code."),
    Tender.ALIPAY: N_("This is an Alipay code. Choose Alipay, or ask for another code."),
}
"""The message about a code of one wallet that would be charged by the other, by the code's wallet."""

WALLETS: Final = {
    Tender.WECHAT: Tender.WECHAT,
    Tender.WECHAT_HK: Tender.WECHAT,
    Tender.ALIPAY: Tender.ALIPAY,
    Tender.ALIPAY_HK: Tender.ALIPAY,
}
"""The wallet of the codes that a tender charges. A gateway decides about the codes of the other tenders."""

REMEMBERED: Final = 600.0
"""Seconds for which a code that was sent is not sent again: wallets show each code for a minute or two."""


class UsedCodes:
    """The codes that this process sent, by their fingerprints."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._sent: dict[bytes, float] = {}

    def claim(self, code: CustomerCode) -> None:
        """Note a code before it is sent. Raises NotAllowed if it was sent already."""
        now = self._clock.monotonic()
        self._sent = {one: at for one, at in self._sent.items() if now - at < REMEMBERED}
        if code.fingerprint in self._sent:
            raise NotAllowed(N_("This code was charged already. Ask the customer for a new one."))
        self._sent[code.fingerprint] = now

    def release(self, code: CustomerCode) -> None:
        """Allow a code again that brought no money: it was not sent, or declined."""
        self._sent.pop(code.fingerprint, None)


def tender_to_charge(chosen: Tender | None, code: CustomerCode | None) -> Tender:
    """Return the tender of a charge: the one that was chosen, else the wallet of the form of a customer's code.

    MyPay takes the codes of several wallets. Raises InputError for a wallet that is not known, or another one.
    """
    wallet = code.wallet if code is not None else None
    if code is not None and chosen is Tender.CASH:
        raise InputError("tender", N_("A customer's code does not pay in cash."))
    if wallet is not None and chosen is not None and WALLETS.get(chosen, wallet) is not wallet:
        raise InputError("tender", OTHER_WALLET[wallet])
    if (found := chosen or wallet) is None:
        raise InputError("tender", N_("The wallet of this code is not known. Choose the way to pay."))
    return found


def taker_of(gateway: Gateway) -> TakesCodes:
    """Return the part of a client that charges codes. Raises InputError if it has none."""
    if not isinstance(gateway, TakesCodes):
        raise takes_no_codes(gateway.FACTS.title)
    return gateway


def check_code_again(attempt: Attempt, code: CustomerCode | None) -> None:
    """Check that an attempt is sent again as it was made: a customer's code has to be scanned again.

    Raises NotAllowed, and InputError for the code of another wallet.
    """
    if attempt.code_type and code is None:
        raise NotAllowed(N_("The customer's code is not stored. Scan it again."))
    if code is not None and not attempt.code_type:
        raise NotAllowed(N_("This payment is not made with a customer's code."))
    tender_to_charge(attempt.tender, code)


def masked_message(message: Message) -> Message:
    """Return a gateway's message without a code that it may repeat."""
    return Message(message.text, {name: without_codes(text) for name, text in message.args.items()})


def masked_answer(answer: Answer) -> Answer:
    """Return a gateway's answer without a code that it may repeat."""
    details = {name: without_codes(text) for name, text in answer.details.items()}
    return replace(answer, code=without_codes(answer.code), message=masked_message(answer.message), details=details)
