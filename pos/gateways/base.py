"""The interface of a gateway's client: facts, verbs in a fixed order, answers as data.

A decline is an answer. A call raises only if its result is unknown: :class:`~pos.errors.NotSent` if nothing left this
machine, :class:`~pos.errors.NoAnswer` if something may have. A client keeps no state about orders: what a later call
needs is in the :class:`~pos.domain.payment.Attempt`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pos.domain.gateway_facts import FactsInMemory, GatewayFacts
from pos.domain.invoice import InvoiceRequest
from pos.domain.money import Money
from pos.domain.payment import Attempt, RandomSource, Tender, VirtualAccount
from pos.domain.refund import Refund
from pos.errors import BadNotice, ConfigError, InputError, NotAllowed
from pos.gateways.capabilities import Capability, ChargeReport, Operations
from pos.gateways.http import Pace, Unpaced, check_url
from pos.gateways.merchant_key import MerchantKey, check_secret
from pos.gateways.received import Received, as_key, as_number
from pos.i18n import N_, Message, msg

if TYPE_CHECKING:
    from pos.gateways.http import Wire


class Verdict(StrEnum):
    """The result of an answer about an order."""

    ACCEPTED = "accepted"  # the gateway has the order; not paid yet
    UNUSABLE = "unusable"  # the gateway has the order, but its link may not be shown
    PAID = "paid"  # paid; the answer is verified
    REFUSED = "refused"  # declined, final
    LAPSED = "lapsed"  # closed or expired at the gateway, final
    VOIDED = "voided"  # undone at our request, final
    DIFFERS = "differs"  # paid, but not as requested (MyPay 290)
    EXISTS = "exists"  # the gateway has our order number already: query
    MISSING = "missing"  # the gateway has no such order
    REJECTED = "rejected"  # the call was refused (wrong request or credentials); no order exists
    UNSURE = "unsure"  # a code that no table lists, or one that means "query again"


@dataclass(frozen=True, slots=True)
class Answer(Received):
    """A verified answer about one order.

    ``code`` is the gateway's code as received, ``message`` its text or our explanation. ``amount`` is the ordered or
    paid amount by the gateway; a PAID answer without an amount does not count as paid.
    """

    verdict: Verdict
    code: str = ""
    message: Message = Message()
    amount: Money | None = None
    gateway_ref: str = ""
    gateway_key: str = field(default="", repr=False)
    pay_url: str = ""
    virtual_account: VirtualAccount | None = None
    expires_at: datetime | None = None
    fee: str = ""
    credentials: bool = False  # with REJECTED: wrong merchant number or key (exit status 5)
    details: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_about_order(self) -> bool:
        """Return whether the answer is about the order, not only about the call."""
        return self.verdict not in (Verdict.REJECTED, Verdict.UNSURE)


class RefundVerdict(StrEnum):
    """The result of an answer about a refund."""

    DONE = "done"  # the money was refunded
    ACCEPTED = "accepted"  # in progress, or queued until ``due``
    REFUSED = "refused"  # declined, final
    REJECTED = "rejected"  # the call was refused (wrong request or credentials); no refund exists
    WITHDRAWN = "withdrawn"  # cancelled at our request, final
    MISSING = "missing"  # the gateway has no such refund
    UNSURE = "unsure"  # the answer does not decide: query


@dataclass(frozen=True, slots=True)
class RefundAnswer(Received):
    """A verified answer about one refund. ``due``: when a queued refund is made."""

    verdict: RefundVerdict
    code: str = ""
    message: Message = Message()
    amount: Money | None = None
    gateway_ref: str = ""
    due: datetime | None = None
    credentials: bool = False  # with REJECTED: wrong merchant number or key
    details: Mapping[str, str] = field(default_factory=dict)


CLAIMED: Final = "claimed"
"""In ``Refund.details``: the gateway's numbers of this order's other refunds, separated by spaces."""

RIVALS: Final = "rivals"
"""In ``Refund.details``: the count of this order's other sent refunds of this amount whose numbers are unknown."""


@dataclass(frozen=True, slots=True)
class Listed(Received):
    """A row of a gateway's list of a day. ``number`` is our order or refund number as the gateway received it.

    Without ``proves`` the list is not signed: it names orders, and those of the journal are queried.
    """

    number: str
    amount: Money
    is_refund: bool
    paid: bool
    gateway_ref: str = ""
    code: str = ""
    proves: bool = True


@dataclass(frozen=True, slots=True)
class Notice(Received):
    """A verified notification. It is a reason to query; it does not settle a payment.

    ``reply`` is the exact body of the acknowledgement. ``gateway_key`` is set if the pair of ``gateway_ref`` and
    ``gateway_key`` is the proof of the sender (MyPay). ``charge`` is the authorisation of an agreement that it reports;
    ``is_later``: not the first one. ``settles``: no query can be made, so the notification counts.
    """

    order_no: str
    reply: str
    gateway_ref: str = ""
    gateway_key: str = field(default="", repr=False)
    code: str = ""
    charge: ChargeReport | None = None
    is_later: bool = False
    settles: bool = False

    def __post_init__(self) -> None:
        """Reject malformed numbers and keys. Raises BadNotice."""
        given = (self.order_no, as_number), (self.gateway_ref, as_number), (self.gateway_key, as_key)
        if any(text and not rule(text) for text, rule in given):
            raise BadNotice(N_("The notification names no order."))
        Received.__post_init__(self)


@dataclass(frozen=True, slots=True)
class Setting:
    """One entry of a gateway's section of the settings file. ``label`` and ``help`` are gettext ids."""

    key: str
    label: str
    default: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()
    help: str = ""

    @property
    def is_address(self) -> bool:
        """Return whether the value is a web address: https, or http on this machine."""
        return self.key.endswith("_url")


@dataclass(frozen=True, slots=True)
class SecretField:
    """One merchant key. ``lengths`` are the allowed numbers of ASCII characters; empty allows any."""

    key: str  # "hash_key": POS_SECRET_OPAY_HASH_KEY in the environment
    label: str
    lengths: tuple[int, ...] = ()
    required: bool = True


@dataclass(frozen=True, slots=True)
class Facts:
    """The properties of a gateway that the register, its settings page and its tender keys read, as data."""

    name: str
    title: str
    tenders: Mapping[Tender, str]  # offered tenders, each with the gateway's code for it; "" if it needs none
    currencies: frozenset[str]
    base_url: str  # the documented test environment
    settings: tuple[Setting, ...]
    secrets: tuple[SecretField, ...]
    minimum: Mapping[str, int] = field(default_factory=dict)  # minor units by currency
    maximum: Mapping[str, int] = field(default_factory=dict)
    lifetime: timedelta = timedelta(minutes=30)  # of an order if the gateway does not report its expiry
    takes_options: bool = False  # the cashier may choose fields of the order for one sale
    needs_page: bool = False  # the customer's phone must open a page of the shop's server
    page_redirects: tuple[str, ...] = ()  # origins to which the answer to that page's form may redirect
    refunds: bool = False  # has an API for refunds; otherwise they are made by hand
    refund_cutoff: bool = False  # a refund may be queued until midnight, and cancelled until then
    lists_days: bool = False  # can list all payments and refunds of a day
    capabilities: frozenset[Capability] = frozenset()
    public_tenders: frozenset[Tender] = frozenset()  # with codes from public documents, not from ``document``
    refunded_by_hand: frozenset[Tender] = frozenset()  # the API has no refund for them
    invoice_options: tuple[str, ...] = ()  # how the names begin of options that request or describe its e-invoice
    held_code: str = ""  # ``Answer.code`` of an order whose money is held, not captured; comes with a message
    document: str = ""


@dataclass(frozen=True, slots=True)
class Shop:
    """The shop as a gateway's client needs it. ``server_url`` is the shop's server, without a slash at its end."""

    name: str
    register_id: str
    currency: str
    timezone: ZoneInfo
    server_url: str = ""
    address: str = "127.0.0.1"  # the register's own address on the shop's network


@dataclass(frozen=True, slots=True)
class GatewayConfig:
    """A gateway's section of the settings file and its keys, both by the names in its Facts."""

    options: Mapping[str, str]
    secrets: Mapping[str, str] = field(repr=False)

    def option(self, key: str) -> str:
        return self.options.get(key, "")

    def secret(self, key: str) -> str:
        return self.secrets[key]


class Gateway(ABC):
    """The base class of the clients. Subclasses define FACTS and the verbs. For errors see the module's docstring."""

    FACTS: ClassVar[Facts]

    def __init__(self, config: GatewayConfig, shop: Shop, wire: Wire, source: RandomSource) -> None:
        self.config = config
        self.shop = shop
        self.wire = wire
        self.source = source  # randomness of nonces and IVs
        self.facts: GatewayFacts = FactsInMemory()  # replaced by the journal's when it is open
        self.pace: Pace = Unpaced()  # replaced by the rate limiter of the services
        self.merchant_key = MerchantKey(self.FACTS, config)

    @classmethod
    def check_config(cls, config: GatewayConfig) -> None:
        """Raise ConfigError for the first malformed or missing setting or key."""
        cls.check_options(config)
        for one in (one.key for one in cls.FACTS.settings if one.required and not config.option(one.key)):
            raise ConfigError(msg(N_("{setting} is not set."), setting=f"gateways.{cls.FACTS.name}.{one}"))
        for secret in cls.FACTS.secrets:
            check_secret(cls.FACTS.name, secret, config.secrets.get(secret.key, ""))

    @classmethod
    def check_options(cls, config: GatewayConfig) -> None:
        """Raise ConfigError for the first malformed setting; one that is missing breaks no rule here."""
        for setting in cls.FACTS.settings:
            value = config.option(setting.key) or (cls.FACTS.base_url if setting.key == "base_url" else "")
            if value and setting.is_address:
                check_url(value)
            if value and setting.choices and value not in setting.choices:
                text, where = N_("{setting} must be one of {choices}."), f"gateways.{cls.FACTS.name}.{setting.key}"
                raise ConfigError(msg(text, setting=where, choices=", ".join(setting.choices)))

    def lifetime(self) -> timedelta:
        """Return how long an order can be paid if the gateway did not report its expiry."""
        return self.FACTS.lifetime

    @property
    def base_url(self) -> str:
        """The gateway's address with its path, if any, without a slash at its end."""
        return (self.config.option("base_url") or self.FACTS.base_url).rstrip("/")

    def unavailable(self) -> Message:
        """Return why no payment can be taken through this gateway now; an empty message if one can."""
        return Message()

    def own_link_hosts(self) -> tuple[str, ...]:
        """Return further hosts that links may lead to: the gateway's own and those of the settings."""
        allowed = self.config.option("link_hosts").replace(",", " ").split()
        return (urlsplit(self.base_url).hostname or "", *allowed)

    def can_take(self, tender: Tender, amount: Money) -> None:
        """Raise InputError with the rule if this gateway cannot take ``amount`` by ``tender``."""
        facts = self.FACTS
        if tender not in facts.tenders:
            raise InputError("tender", msg(N_("{gateway} does not offer it."), gateway=facts.title))
        if amount.currency not in facts.currencies:
            text = N_("{gateway} does not take {currency}.")
            raise InputError("currency", msg(text, gateway=facts.title, currency=amount.currency))
        self._check_limits(amount)
        if reason := self.unavailable():
            raise InputError("gateway", reason)
        if facts.needs_page and not self.shop.server_url:
            text = N_("{gateway} needs the shop's server for its payment page; none is configured.")
            raise ConfigError(msg(text, gateway=facts.title))

    def _check_limits(self, amount: Money) -> None:
        facts = self.FACTS
        low, high = facts.minimum.get(amount.currency), facts.maximum.get(amount.currency)
        if low is not None and amount.minor < low:
            text = N_("{gateway} takes {limit} at least.")
            raise InputError("amount", msg(text, gateway=facts.title, limit=Money(low, amount.currency).display))
        if high is not None and amount.minor > high:
            text = N_("{gateway} takes {limit} at most.")
            raise InputError("amount", msg(text, gateway=facts.title, limit=Money(high, amount.currency).display))

    def check(self, attempt: Attempt) -> None:
        """Check the order's fields against the document, before anything is journaled or sent.

        Raises InputError with the field and the rule.
        """
        self.can_take(attempt.tender, attempt.amount)
        if attempt.options and not self.FACTS.takes_options:
            text = N_("{gateway} has no such options: {names}.")
            raise InputError("option", msg(text, gateway=self.FACTS.title, names=", ".join(attempt.options)))

    @abstractmethod
    async def charge(self, attempt: Attempt) -> Answer:
        """Place the order. Raises InputError (nothing sent), NotSent, NoAnswer."""

    @abstractmethod
    async def query(self, attempt: Attempt) -> Answer:
        """Return the status of the order. Raises NotSent, NoAnswer; neither changes the attempt's state."""

    async def void(self, attempt: Attempt) -> Answer:
        """Cancel an unpaid order; UNSURE if the gateway has no such call. Raises NotSent, NoAnswer."""
        return Answer(Verdict.UNSURE)

    async def refund(self, attempt: Attempt, refund: Refund) -> RefundAnswer:
        """Refund ``refund.amount`` of a captured order (``FACTS.refunds``).

        Raises InputError (nothing sent), NotSent, NoAnswer; NotAllowed if the gateway has no such call.
        """
        text = N_("{gateway} cannot refund from the register. Refund by hand.")
        raise NotAllowed(msg(text, gateway=self.FACTS.title))

    async def query_refund(self, attempt: Attempt, refund: Refund) -> RefundAnswer:
        """Return the status of a refund. Raises NotSent, NoAnswer; neither changes the refund's state.

        If the gateway has no numbers of ours for refunds, :data:`CLAIMED` and :data:`RIVALS` of the refund's details
        distinguish refunds of one amount; without them the answer may be UNSURE.
        """
        return RefundAnswer(RefundVerdict.UNSURE)

    async def withdraw_refund(self, attempt: Attempt, refund: Refund) -> RefundAnswer:
        """Cancel a queued refund (``FACTS.refund_cutoff``); UNSURE if the gateway has no such call."""
        return RefundAnswer(RefundVerdict.UNSURE)

    def can_list_days(self) -> bool:
        """Return whether :meth:`list_day` may be called; for some gateways a setting decides."""
        return self.FACTS.lists_days

    async def list_day(self, day: date) -> Sequence[Listed]:
        """Return all payments and refunds of a shop day (:meth:`can_list_days`).

        Raises NotSent, NoAnswer; NotAllowed if the gateway has no such list."""
        raise NotAllowed(msg(N_("{gateway} cannot list a day."), gateway=self.FACTS.title))

    def operations(self) -> Operations:
        """Return the commands of ``FACTS.capabilities``."""
        return Operations()

    @staticmethod
    def invoice_options(invoice_request: InvoiceRequest) -> Mapping[str, str]:
        """Return the options of an order that requests its e-invoice; empty if an order cannot."""
        return {}

    def warning(self, today: date) -> Message:
        """Return what the shop must do soon about this gateway; an empty message if nothing."""
        return Message()

    def page(self, attempt: Attempt) -> tuple[str, Mapping[str, str]]:
        """Return the address and the newly signed fields that the customer's browser posts (``needs_page``).

        Raises NotAllowed if the gateway has no such page.
        """
        raise NotAllowed(msg(N_("{gateway} has no payment page."), gateway=self.FACTS.title))

    @abstractmethod
    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """Verify and read a notification. Raises BadNotice if it cannot be verified."""

    @abstractmethod
    async def probe(self) -> Answer:
        """Query an order that does not exist, to check connection and credentials (``doctor``): MISSING is success."""
