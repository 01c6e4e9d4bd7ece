"""The code on a customer's phone that a shop scans to charge the wallet. It is a secret: anyone can charge it.

A code is passed to the gateway and not stored. The prefixes are those of the wallets' public documents; a gateway's
answer decides in every case.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass, field
from typing import Final

from pos.domain.tenders import Tender
from pos.errors import InputError
from pos.i18n import N_

_CODE: Final = re.compile("[0-9]{16,24}", re.ASCII)

_WALLETS: Final = (
    (re.compile("1[0-5][0-9]{16}", re.ASCII), Tender.WECHAT),
    (re.compile("(2[5-9]|30)[0-9]{14,22}", re.ASCII), Tender.ALIPAY),
)
"""WeChat Pay, 付款碼支付 (``auth_code``): 18 digits that begin with 10 to 15. Alipay, ``alipay.trade.pay``
(``auth_code``): 16 to 24 digits that begin with 25 to 30. QFPay names the same two in its type for any wallet."""

_KEY: Final = os.urandom(32)

_IN_TEXT: Final = re.compile("(?<![0-9])[0-9]{16,24}(?![0-9])", re.ASCII)


def is_customer_code(text: str) -> bool:
    """Return whether ``text`` has the form of a customer's code: 16 to 24 ASCII digits."""
    return _CODE.fullmatch(text) is not None


def without_codes(text: str) -> str:
    """Return ``text`` with everything in it masked that may be a customer's code, which a gateway may repeat."""
    return _IN_TEXT.sub(lambda found: _masked(found[0]), text)


def _masked(digits: str) -> str:
    return f"{digits[:2]}…{digits[-4:]}"


@dataclass(frozen=True, slots=True, eq=False)
class CustomerCode:
    """A customer's code. Raises InputError unless it has 16 to 24 digits; the error does not repeat it."""

    digits: str = field(repr=False)

    def __post_init__(self) -> None:
        if not is_customer_code(self.digits):
            raise InputError("auth_code", N_("A customer's code has 16 to 24 digits."))

    @property
    def masked(self) -> str:
        """The code for the screen: its first two and last four digits."""
        return _masked(self.digits)

    @property
    def wallet(self) -> Tender | None:
        """The tender whose wallet shows codes of this form, None for a form that several wallets use."""
        return next((tender for form, tender in _WALLETS if form.fullmatch(self.digits)), None)

    @property
    def fingerprint(self) -> bytes:
        """A value by which this process recognises the code again without keeping it."""
        return hashlib.blake2b(self.digits.encode(), key=_KEY, digest_size=16).digest()
