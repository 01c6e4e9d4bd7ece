"""The codes on customers' phones: 16 to 24 digits, each charged once, of the wallet that its first digits name."""

from __future__ import annotations

import random
import re

from pos.simulator.scenarios import CodeFate, Scenarios

WECHAT, ALIPAY, UNIONPAY, ANY = "wechat", "alipay", "unionpay", ""
FORMS = {
    WECHAT: "1[0-5][0-9]{16}",
    ALIPAY: "(?:2[5-9]|30)[0-9]{14,22}",
    UNIONPAY: "62[0-9]{17}",
    ANY: "[0-9]{16,24}",
}


class Wallets:
    """The wallets of all customers, and the codes that were charged."""

    def __init__(self, scenarios: Scenarios, source: random.Random) -> None:
        self._scenarios = scenarios
        self._source = source
        self._charged: set[str] = set()

    def present(self, code: str, wallet: str) -> CodeFate:
        """Return what a charge of ``code`` meets at ``wallet``; a code is good for one charge."""
        if not re.fullmatch(FORMS[wallet], code, re.ASCII):
            return CodeFate.WRONG
        if code in self._charged:
            return CodeFate.EXPIRED
        fate = self._scenarios.codes.get(code, self._scenarios.code_fate)
        if fate in (CodeFate.PAID, CodeFate.CONFIRM):
            self._charged.add(code)
        return fate

    def fresh(self, wallet: str) -> str:
        """Return a code that a customer's phone may show now."""
        draw = self._source.randrange
        return f"1{draw(6)}{draw(10**16):016d}" if wallet == WECHAT else f"28{draw(10**16):016d}"
