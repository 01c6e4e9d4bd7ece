"""What every gateway is: facts on top, verbs in a fixed order, answers as data.

A decline is an answer; only doubt raises: :class:`~pos.errors.NotSent` when nothing left this machine,
:class:`~pos.errors.NoAnswer` when something may have. A gateway keeps no state about orders: what it must
remember of one stands in its :class:`~pos.domain.payment.Attempt`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Final, Protocol
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pos.domain.gateway_facts import FactsInMemory, GatewayFacts
from pos.domain.invoice import InvoiceRequest
from pos.domain.money import Money
from pos.domain.payment import Attempt, RandomSource, Tender, VirtualAccount
from pos.domain.refund import Refund
from pos.errors import BadNotice, ConfigError, InputError, NotAllowed
from pos.gateways.capabilities import Capability, Operations
from pos.gateways.http import check_url
from pos.gateways.merchant_key import MerchantKey, check_secret
from pos.gateways.received import Received, as_key, as_number
from pos.i18n import N_, Message, msg

if TYPE_CHECKING:
    from pos.gateways.http import Wire


class Verdict(StrEnum):
    """What a gateway's answer says about an order."""

    ACCEPTED = "accepted"  # it has the order; not paid yet
    UNUSABLE = "unusable"  # it has the order, which cannot be paid: its link may not be shown
    PAID = "paid"  # the verified word that money came
    REFUSED = "refused"  # an explicit no, final
    LAPSED = "lapsed"  # closed or expired there, final
    VOIDED = "voided"  # undone at our invoice_request, final
    DIFFERS = "differs"  # money came, but not as asked (MyPay 290)
    EXISTS = "exists"  # our number was there before: query
    MISSING = "missing"  # it knows no such order
    REJECTED = "rejected"  # the call was refused: our request or our credentials are wrong; no order stands
    UNSURE = "unsure"  # a code that no table lists, or one that says "ask again"


@dataclass(frozen=True, slots=True)
class Answer(Received):
    """One believable answer about one order.

    ``code`` is the gateway's own word as it stood on the wire, ``message`` what it said or what we say of it.
    ``amount`` is what the gateway says was ordered or paid; a PAID answer without one is not believed.
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
    credentials: bool = False  # with REJECTED: the gateway does not know us (exit status 5)
    details: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_about_order(self) -> bool:
        """Whether it says something about the order, not only about the call."""
        return self.verdict not in (Verdict.REJECTED, Verdict.UNSURE)


class RefundVerdict(StrEnum):
    """What a gateway's answer says about a refund."""

    DONE = "done"  # money was given back
    ACCEPTED = "accepted"  # it has the refund: in progress, or queued until ``due``
    REFUSED = "refused"  # an explicit no, final
    REJECTED = "rejected"  # the call was refused: our request or our credentials are wrong; no refund stands
    WITHDRAWN = "withdrawn"  # taken back at our invoice_request, final
    MISSING = "missing"  # it knows no such refund
    UNSURE = "unsure"  # no word that settles it: ask


@dataclass(frozen=True, slots=True)
class RefundAnswer(Received):
    """One believable answer about one refund. ``due``: when a queued one is carried out."""

    verdict: RefundVerdict
    code: str = ""
    message: Message = Message()
    amount: Money | None = None
    gateway_ref: str = ""
    due: datetime | None = None
    credentials: bool = False  # with REJECTED: the gateway does not know us
    details: Mapping[str, str] = field(default_factory=dict)


CLAIMED: Final = "claimed"
"""In ``Refund.details``: the gateway's numbers of this order's other refunds, spaces between."""

RIVALS: Final = "rivals"
"""In ``Refund.details``: how many other refunds of this order and this sum are sent, and their numbers not known."""


@dataclass(frozen=True, slots=True)
class Listed(Received):
    """One row of a gateway's own list of a day. ``number`` is our order or refund number as it came to the gateway."""

    number: str
    amount: Money
    is_refund: bool
    paid: bool
    gateway_ref: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Notice(Received):
    """A notification whose proof holds: a reason to query, never money by itself.

    ``reply`` is the exact body that acknowledges it. ``gateway_key`` is set where the pair proves the sender (MyPay).
    """

    order_no: str
    reply: str
    gateway_ref: str = ""
    gateway_key: str = field(default="", repr=False)
    code: str = ""

    def __post_init__(self) -> None:
        """Refuse numbers that cannot be right: a notice without its key would lack its proof. Raises BadNotice."""
        given = (self.order_no, as_number), (self.gateway_ref, as_number), (self.gateway_key, as_key)
        if any(text and not rule(text) for text, rule in given):
            raise BadNotice(N_("The notification names no order."))
        Received.__post_init__(self)


@dataclass(frozen=True, slots=True)
class Setting:
    """One entry of a gateway's section of the settings file. ``label`` is a gettext id."""

    key: str
    label: str
    default: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()

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
    """What the register, its settings page and its tender keys must know of a gateway, as data."""

    name: str
    title: str
    tenders: Mapping[Tender, str]  # those it offers, each with the gateway's own code; "" if it needs none
    currencies: frozenset[str]
    base_url: str  # the documented test environment
    settings: tuple[Setting, ...]
    secrets: tuple[SecretField, ...]
    minimum: Mapping[str, int] = field(default_factory=dict)  # minor units by currency
    maximum: Mapping[str, int] = field(default_factory=dict)
    lifetime: timedelta = timedelta(minutes=30)  # of an order whose end the gateway does not tell
    takes_options: bool = False  # fields of its own orders, chosen for one sale
    needs_page: bool = False  # the customer's phone must open a page of the shop's server
    page_redirects: tuple[str, ...] = ()  # origins to which the answer to that page's form may redirect
    refunds: bool = False  # has an API for them; without one they are done by hand
    refund_cutoff: bool = False  # a refund may be queued until midnight, and withdrawn until then
    lists_days: bool = False  # can list all it has of a day
    capabilities: frozenset[Capability] = frozenset()
    held_code: str = ""  # ``Answer.code`` of an order whose money is held, not taken
    document: str = ""


@dataclass(frozen=True, slots=True)
class Shop:
    """What a gateway must know of the shop. ``server_url`` is the shop's own server, no slash at its end."""

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


class Pace(Protocol):
    """The rate limiter of one gateway."""

    async def acquire(self, rank: float, /) -> None:
        """Wait for the next turn to call; the smallest rank goes first."""
        ...

    def back_off(self, asked: float = 0.0, /) -> float:
        """Stop calls for ``asked`` seconds at least, because the gateway asks for it."""
        ...


class Unpaced:
    """Calls without a limit."""

    async def acquire(self, rank: float, /) -> None:
        """Return at once."""

    def back_off(self, asked: float = 0.0, /) -> float:
        return asked


class Gateway(ABC):
    """The base of the clients. Subclasses hold FACTS and the verbs; see the module's docstring for errors."""

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
        """Raises ConfigError naming the first missing or malformed setting or key."""
        facts = cls.FACTS
        check_url(config.option("base_url") or facts.base_url)
        for setting in facts.settings:
            value = config.option(setting.key)
            where = f"gateways.{facts.name}.{setting.key}"
            if setting.required and not value:
                raise ConfigError(msg(N_("{setting} is not set."), setting=where))
            if value and setting.is_address:
                check_url(value)
            if value and setting.choices and value not in setting.choices:
                text = N_("{setting} must be one of {choices}.")
                raise ConfigError(msg(text, setting=where, choices=", ".join(setting.choices)))
        for secret in facts.secrets:
            check_secret(facts.name, secret, config.secrets.get(secret.key, ""))

    def lifetime(self) -> timedelta:
        """How long an order lives whose end the gateway did not tell."""
        return self.FACTS.lifetime

    @property
    def base_url(self) -> str:
        """The gateway's address, with the path it may carry, without a slash at its end."""
        return (self.config.option("base_url") or self.FACTS.base_url).rstrip("/")

    def unavailable(self) -> Message:
        """Return why no payment can be taken through this gateway now; an empty message if one can."""
        return Message()

    def own_link_hosts(self) -> tuple[str, ...]:
        """Hosts that a link may lead to beside the gateway's known ones: its own, and what the shop allows."""
        allowed = self.config.option("link_hosts").replace(",", " ").split()
        return (urlsplit(self.base_url).hostname or "", *allowed)

    def can_take(self, tender: Tender, amount: Money) -> None:
        """Raises InputError with the rule when this gateway cannot take ``amount`` by ``tender``."""
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
        low = self.FACTS.minimum.get(amount.currency)
        high = self.FACTS.maximum.get(amount.currency)
        if low is not None and amount.minor < low:
            text = N_("{gateway} takes {limit} at least.")
            limit = Money(low, amount.currency).display
            raise InputError("amount", msg(text, gateway=self.FACTS.title, limit=limit))
        if high is not None and amount.minor > high:
            text = N_("{gateway} takes {limit} at most.")
            limit = Money(high, amount.currency).display
            raise InputError("amount", msg(text, gateway=self.FACTS.title, limit=limit))

    def check(self, attempt: Attempt) -> None:
        """Every rule of the document about this order's fields, before anything is journaled or sent.

        Raises InputError naming the field and the rule.
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
        """Ask what became of the order. Raises NotSent, NoAnswer: both are no event."""

    async def void(self, attempt: Attempt) -> Answer:
        """Undo an unpaid order, where the gateway can; UNSURE where it cannot. Raises NotSent, NoAnswer."""
        return Answer(Verdict.UNSURE)

    async def refund(self, attempt: Attempt, refund: Refund) -> RefundAnswer:
        """Give back ``refund.amount`` of a captured order (``FACTS.refunds``).

        Raises InputError (nothing sent), NotSent, NoAnswer; NotAllowed where the gateway has no such call.
        """
        raise NotAllowed(
            msg(N_("{gateway} cannot refund from the register. Refund by hand."), gateway=self.FACTS.title)
        )

    async def query_refund(self, attempt: Attempt, refund: Refund) -> RefundAnswer:
        """Ask what became of a refund. Raises NotSent, NoAnswer: both are no event.

        A gateway that does not know our numbers of refunds tells two of one sum apart by :data:`CLAIMED` and
        :data:`RIVALS`, where the refund's details have them; without them it may have to stay UNSURE.
        """
        return RefundAnswer(RefundVerdict.UNSURE)

    async def withdraw_refund(self, attempt: Attempt, refund: Refund) -> RefundAnswer:
        """Take a queued refund back, where the gateway can (``FACTS.refund_cutoff``); UNSURE where it cannot."""
        return RefundAnswer(RefundVerdict.UNSURE)

    async def list_day(self, day: date) -> Sequence[Listed]:
        """All payments and refunds the gateway has of a day of the shop (``FACTS.lists_days``). Raises NotSent,
        NoAnswer; NotAllowed where the gateway has no such list."""
        raise NotAllowed(msg(N_("{gateway} cannot list a day."), gateway=self.FACTS.title))

    def operations(self) -> Operations:
        """Return the commands of ``FACTS.capabilities``."""
        return Operations()

    @staticmethod
    def invoice_options(invoice_request: InvoiceRequest) -> Mapping[str, str]:
        """Return the options with which an order itself asks for its e-invoice; empty where it cannot."""
        return {}

    def warning(self, today: date) -> Message:
        """What the shop should do soon about this gateway, empty when nothing."""
        return Message()

    def page(self, attempt: Attempt) -> tuple[str, Mapping[str, str]]:
        """The address and the freshly signed fields for the customer's browser to post (``needs_page``).

        Raises NotAllowed where the gateway has no such page.
        """
        raise NotAllowed(msg(N_("{gateway} has no payment page."), gateway=self.FACTS.title))

    @abstractmethod
    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """Prove a notification. Raises BadNotice when its proof fails."""

    @abstractmethod
    async def probe(self) -> Answer:
        """A harmless question that shows reachability and credentials (``doctor``): MISSING is health."""
