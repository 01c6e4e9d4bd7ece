"""Planned faults of the simulated gateways (reliability N1 to N9)."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """A fault of a call or of an address."""

    REFUSED = "refused"
    CONNECT_TIMEOUT = "connect_timeout"
    BAD_CERTIFICATE = "bad_certificate"
    OLD_TLS = "old_tls"
    LOST_ANSWER = "lost_answer"
    DROP_BEFORE = "drop_before"
    HANG = "hang"
    HANG_BEFORE = "hang_before"
    SLOW = "slow"
    EMPTY = "empty"
    TRUNCATED = "truncated"
    NOT_JSON = "not_json"
    HUGE = "huge"
    WRONG_TYPE = "wrong_type"
    HTTP_500 = "http_500"
    HTTP_502 = "http_502"
    HTTP_403 = "http_403"
    REDIRECT = "redirect"
    CAPTIVE_PORTAL = "captive_portal"
    HTTP_429 = "http_429"
    BAD_SIGNATURE = "bad_signature"
    OTHER_ORDER = "other_order"
    OTHER_AMOUNT = "other_amount"
    OTHER_CURRENCY = "other_currency"
    OTHER_MERCHANT = "other_merchant"
    UNLISTED_CODE = "unlisted_code"
    NUMBER_EXISTS = "number_exists"
    JAVASCRIPT_URL = "javascript_url"
    FILE_URL = "file_url"
    LONG_URL = "long_url"
    NEWLINE_URL = "newline_url"
    FOREIGN_URL = "foreign_url"


FAULT_TEXTS = {
    Fault.REFUSED: "N1: nothing listens at the gateway's address, until it is planned 0 times or all is cleared",
    Fault.CONNECT_TIMEOUT: "N1: the connection times out, until it is planned 0 times or all is cleared (Linux)",
    Fault.BAD_CERTIFICATE: "N4: an https address with a self-signed certificate, named in the answer to the plan",
    Fault.OLD_TLS: "N4: an https address with TLS 1.1 at most, named in the answer to the plan",
    Fault.LOST_ANSWER: "N2: the order is stored, then the connection drops without a byte",
    Fault.DROP_BEFORE: "N2: the connection drops, nothing was stored",
    Fault.HANG: "N2: stored, but no answer for 60 seconds",
    Fault.HANG_BEFORE: "N2: no answer for 60 seconds, nothing stored until then",
    Fault.SLOW: "N3: an answer after 6 seconds",
    Fault.EMPTY: "N2: stored, an empty answer",
    Fault.TRUNCATED: "N2: stored, half an answer",
    Fault.NOT_JSON: "N2: stored, an answer that is no JSON",
    Fault.HUGE: "N2: stored, an answer of 2 MiB",
    Fault.WRONG_TYPE: "N2: stored, an answer whose fields have wrong types",
    Fault.HTTP_500: "N2: stored, HTTP 500",
    Fault.HTTP_502: "N2: nothing stored, HTTP 502",
    Fault.HTTP_403: "N2: nothing stored, HTTP 403",
    Fault.REDIRECT: "N2: HTTP 302 to another place",
    Fault.CAPTIVE_PORTAL: "N2: a login page with HTTP 200",
    Fault.HTTP_429: "N3: HTTP 429, ask again in 30 seconds",
    Fault.BAD_SIGNATURE: "N5: the answer's signature or cipher is wrong",
    Fault.OTHER_ORDER: "N5: the answer names another order",
    Fault.OTHER_AMOUNT: "N5: the answer names another amount",
    Fault.OTHER_CURRENCY: "N5: the answer names another currency",
    Fault.OTHER_MERCHANT: "N5: the answer names another merchant",
    Fault.UNLISTED_CODE: "N6: a status that no table lists",
    Fault.NUMBER_EXISTS: "N9: stored, and answered as if the number was there before",
    Fault.JAVASCRIPT_URL: "I3: the link is javascript:",
    Fault.FILE_URL: "I3: the link is file:",
    Fault.LONG_URL: "I3: the link has 5,000 characters",
    Fault.NEWLINE_URL: "I3: the link has a line break",
    Fault.FOREIGN_URL: "I3: the link leads to another host",
}
"""Descriptions of the faults for the control page; "stored" means that the gateway has the order."""


class NoticeFault(StrEnum):
    """Faults of notifications (reliability N7). For a notification before the answer, use SLOW with autopay."""

    NONE = "none"
    DROPPED = "dropped"
    TWICE = "twice"
    REPLAYED = "replayed"
    LATE = "late"
    STRANGER = "stranger"
    FORGED = "forged"
    LONG = "long"
    RAGGED = "ragged"


class CodeFate(StrEnum):
    """What happens to a code on a customer's phone that a shop charges."""

    PAID = "paid"
    CONFIRM = "confirm"
    POOR = "poor"
    WRONG = "wrong"
    EXPIRED = "expired"


CODE_FATE_TEXTS = {
    CodeFate.PAID: "it is paid at once",
    CodeFate.CONFIRM: "the customer types a password: the order waits for the phone",
    CodeFate.POOR: "the balance is too low",
    CodeFate.WRONG: "no wallet has this code",
    CodeFate.EXPIRED: "the code has expired",
}


NOTICE_FAULT_TEXTS = {
    NoticeFault.NONE: "N7: as the document says",
    NoticeFault.DROPPED: "N7: it never comes",
    NoticeFault.TWICE: "N7: it comes twice at once",
    NoticeFault.REPLAYED: "N7: it comes again an hour later, acknowledged or not",
    NoticeFault.LATE: "N7: it comes ten minutes late",
    NoticeFault.STRANGER: "N7: it names an order that is not the shop's",
    NoticeFault.FORGED: "N7: its signature is wrong",
    NoticeFault.LONG: "N7: it is 1 MiB long",
    NoticeFault.RAGGED: "P4: a form has stray ampersands and a field without a value",
}

BEFORE = frozenset(
    {Fault.DROP_BEFORE, Fault.HANG_BEFORE, Fault.HTTP_502, Fault.HTTP_403, Fault.HTTP_429, Fault.REDIRECT,
     Fault.CAPTIVE_PORTAL}
)  # fmt: skip
"""Faults before the gateway stores anything."""

CONTENT = frozenset(
    {Fault.WRONG_TYPE, Fault.BAD_SIGNATURE, Fault.OTHER_ORDER, Fault.OTHER_AMOUNT, Fault.OTHER_CURRENCY,
     Fault.OTHER_MERCHANT, Fault.UNLISTED_CODE, Fault.NUMBER_EXISTS, Fault.JAVASCRIPT_URL, Fault.FILE_URL,
     Fault.LONG_URL, Fault.NEWLINE_URL, Fault.FOREIGN_URL}
)  # fmt: skip
"""Faults in the contents of the answer, made by :meth:`pos.simulator.base.Dialect.corrupted`."""

OUTAGES = frozenset({Fault.REFUSED, Fault.CONNECT_TIMEOUT})
"""Faults without a connection. They concern an address and not a call, so ``times`` is not counted."""

TLS_FAULTS = frozenset({Fault.BAD_CERTIFICATE, Fault.OLD_TLS})
"""Faults of TLS. They are at an https address of their own, and ``times`` is not counted."""

LINKS = {
    Fault.JAVASCRIPT_URL: "javascript:alert(1)",
    Fault.FILE_URL: "file:///etc/passwd",
    Fault.LONG_URL: "https://pay.example/" + "x" * 5000,
    Fault.NEWLINE_URL: "https://pay.example/1\nX-Other: 1",
    Fault.FOREIGN_URL: "https://evil.example/pay",
}


ANY_DIALECT = "any"
OPAY_DIALECTS = (ANY_DIALECT, "twice+percent", "twice+json", "once+percent", "once+json")
"""Dialects of ``Data`` that O'Pay accepts: see :mod:`pos.gateways.opay.dialect`."""

OPAY_REPLIES = ("form", "raw", "json")
"""Forms of O'Pay's answers: a form string, one whose Base64 is not percent-encoded, or JSON."""


@dataclass(slots=True)
class Scenario:
    """A planned fault of the next ``times`` calls, each with probability ``chance``.

    ``verb`` is charge, query, void, refund, withdraw or *.
    """

    gateway: str
    verb: str
    fault: Fault
    times: int = 1
    chance: float = 1.0

    def fits(self, gateway: str, verb: str) -> bool:
        meant = self.gateway in (gateway, "*") and self.verb in (verb, "*")
        return meant and self.times > 0 and self.fault not in OUTAGES | TLS_FAULTS


class CashFate(StrEnum):
    """What MyPay makes of an order of cash. The document does not say, so all of these may happen."""

    PAID = "paid"  # at once
    WAITS = "waits"  # until it is confirmed: then the shop is notified
    REFUSED = "refused"


class Scenarios:
    """The planned faults and modes. ``source`` decides by chance, so that a seed reproduces a day."""

    def __init__(self, source: random.Random) -> None:
        self._source = source
        self.planned: list[Scenario] = []
        self.clock_skew = 0.0  # seconds by which the gateways' clocks are ahead
        self.autopay: float | None = None  # seconds after which every new order is paid automatically
        self.refund_seconds = 0.0  # while a refund is in progress at QFPay
        self.refund_window = False  # QFPay's time without refunds, 23:30 to 00:30
        self.opay_dialect = ANY_DIALECT  # or the only dialect that O'Pay accepts
        self.opay_reply = OPAY_REPLIES[0]
        self.card_failures = 0  # next charges of periodic cards that the bank declines
        self.card_retry = False  # whether a declined one is tried again on the next day
        self.stop_call = False  # whether O'Pay has a call that stops a periodic card
        self.cash_fate = CashFate.PAID
        self.notice_fault = NoticeFault.NONE
        self.code_fate = CodeFate.PAID  # of customers' codes that are not in ``codes``
        self.codes: dict[str, CodeFate] = {}
        self.strict = True

    def plan(
        self, fault: Fault | str, gateway: str = "*", verb: str = "*", times: int = 1, chance: float = 1.0
    ) -> Scenario:
        """Plan a fault. A fault of an address lasts until it is planned with ``times`` 0."""
        fault = Fault(fault)
        if fault in OUTAGES | TLS_FAULTS:
            self.planned = [one for one in self.planned if one.fault is not fault or gateway not in ("*", one.gateway)]
        self.planned.append(Scenario(gateway, verb, fault, times, chance))
        return self.planned[-1]

    def outage(self, gateway: str) -> Fault | None:
        """Return the fault that prevents connections to ``gateway`` now."""
        meant = [
            one for one in self.planned if one.fault in OUTAGES and one.gateway in (gateway, "*") and one.times > 0
        ]
        return meant[-1].fault if meant else None

    @property
    def tls_faults(self) -> frozenset[Fault]:
        """The planned faults of TLS."""
        return frozenset(one.fault for one in self.planned if one.fault in TLS_FAULTS and one.times > 0)

    def clear(self) -> None:
        self.planned.clear()

    def draw(self, gateway: str, verb: str) -> Fault | None:
        """Return the fault of this call, if any, and count it."""
        for scenario in self.planned:
            if scenario.fits(gateway, verb) and self._source.random() < scenario.chance:
                scenario.times -= 1
                return scenario.fault
        return None
