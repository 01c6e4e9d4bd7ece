"""Tenders, sales and attempts, as plain frozen records."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from pos.domain.cash import check_coins
from pos.domain.money import Money
from pos.domain.states import State
from pos.errors import InputError
from pos.i18n import N_, Message, msg

if TYPE_CHECKING:
    from datetime import datetime


class Tender(StrEnum):
    """How the customer pays."""

    WECHAT = "wechat"
    ALIPAY = "alipay"
    ATM = "atm"
    MYPAY = "mypay"
    CARD_PERIODIC = "card_periodic"
    CASH = "cash"


CASH: Final = "cash"
"""The route of a cash payment: the drawer, where the others name a gateway."""


REJECTED: Final = "rejected"
"""In ``Attempt.details``: why a call was refused before there was an order, KEY or REQUEST."""

KEY, REQUEST = "credentials", "request"
"""The gateway refuses the shop's key · the fields of the order."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a sale."""

    name: str
    unit_price: Money
    quantity: int

    @property
    def total(self) -> Money:
        return self.unit_price * self.quantity


@dataclass(frozen=True, slots=True)
class Sale:
    """What is due: an amount, or lines that sum to it with discount and shipping. Raises InputError when they do not.

    ``options`` are fields of one gateway's own orders, by its own names; ``discount`` (not above zero) and
    ``shipping_fee``, in minor units, are part of the amount.
    """

    amount: Money
    lines: tuple[Line, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.amount.minor <= 0:
            raise InputError("amount", N_("The amount must be more than zero."))
        summed = sum(line.total.minor for line in self.lines) + adjustment(self.options)
        if self.lines and summed != self.amount.minor:
            raise InputError("item", N_("The items do not sum to the amount."))


def adjustment(options: Mapping[str, str]) -> int:
    """Discount and shipping together, in minor units; 0 for what is no number (the gateway's rules refuse that)."""
    texts = (options.get(name, "") for name in ("discount", "shipping_fee"))
    return sum(int(text) for text in texts if re.fullmatch("-?[0-9]{1,12}", text, re.ASCII))


@dataclass(frozen=True, slots=True)
class VirtualAccount:
    """Where an ATM transfer goes: a bank's code and name, the account's digits, its end (aware)."""

    bank_code: str
    bank_name: str
    account: str
    expires_at: datetime

    @property
    def grouped(self) -> str:
        """The account in groups of four, as people read it aloud."""
        return " ".join(self.account[i : i + 4] for i in range(0, len(self.account), 4))


class Returned(StrEnum):
    """How much of a captured payment was refunded."""

    NOTHING = "nothing"
    IN_PROCESS = "in_process"  # nothing yet, but a refund is on its way
    PART = "part"
    WHOLE = "whole"


_CAME: Final = frozenset({State.CAPTURED, State.REVIEW})
"""States in which :attr:`Attempt.received` counts; a manager who says that no money came overrules it."""

HIDDEN_TOKEN: Final = "{token}"
"""Where a page token was, in a ``pay_url`` of the database."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at a payment through one gateway. All times are aware, in UTC."""

    order_no: str
    payment_id: str
    tender: Tender
    gateway: str
    amount: Money
    state: State
    register_id: str
    created_at: datetime
    lines: tuple[Line, ...] = ()
    sent_at: datetime | None = None
    ended_at: datetime | None = None
    gateway_ref: str = ""
    gateway_key: str = field(default="", repr=False)
    pay_url: str = ""
    virtual_account: VirtualAccount | None = None
    expires_at: datetime | None = None
    page_token: str = field(default="", repr=False)
    page_served_at: datetime | None = None
    cancel_wanted: bool = False
    tendered: Money | None = None  # cash handed over
    message: Message = Message()
    code: str = ""  # the gateway's own last word, as it stood on the wire
    fee: str = ""  # the gateway's charge as it wrote it, where it says (O'Pay's HandlingCharge)
    details: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    cashier: str = ""  # id of who stood at the till, "" where nobody had signed in
    received: Money | None = None  # what came, where that is not simply the amount: late or differing money
    rounding: Money | None = None  # what rounding adds to the amount in cash, negative if it takes off
    refunded: Money | None = None  # derived from the refunds when an attempt is read; never written with it
    refunding: Money | None = None  # the same for refunds in process

    @property
    def shown_url(self) -> str:
        """``pay_url``, or "" while this process does not know the token that belongs into it."""
        return "" if self.page_token and HIDDEN_TOKEN in self.pay_url else self.pay_url

    @property
    def rejected(self) -> str:
        """Why the gateway refused the call before there was an order: KEY or REQUEST; "" if it did not.

        A refused key is no decline by the customer.
        """
        return self.details.get(REJECTED, "") if self.state in (State.CREATED, State.DECLINED) else ""

    @property
    def paid(self) -> Money:
        """What a captured payment brought."""
        return self.received or self.amount

    @property
    def shown_amount(self) -> Money:
        """The amount that every list shows: what came where that is known, else what was asked for."""
        return self.paid if self.state in _CAME else self.amount

    @property
    def differs(self) -> bool:
        """Whether another amount came than was asked for."""
        return self.shown_amount != self.amount

    @property
    def returned(self) -> Returned:
        """How much of it was refunded; of what is not captured nothing can be."""
        if self.state is not State.CAPTURED:
            return Returned.NOTHING
        if self.refunded:
            return Returned.WHOLE if self.refunded.minor >= self.paid.minor else Returned.PART
        return Returned.IN_PROCESS if self.refunding else Returned.NOTHING

    @property
    def cash_due(self) -> Money:
        """What is paid in cash: the amount, rounded to what coins can pay."""
        return self.amount + self.rounding if self.rounding else self.amount

    @property
    def change(self) -> Money | None:
        """What goes back to a customer who paid cash."""
        return None if self.tendered is None else self.tendered - self.cash_due


class HistoryRow(NamedTuple):
    """One line of a payment's history, out of the journal."""

    at: datetime
    kind: str  # an event of the state table, or what stands beside it: "created", "cancel_wanted", "refund_done" …
    state: State
    message: Message
    code: str = ""


class OrderNumbers(Protocol):
    """Where the randomness of order numbers comes from: ``random.Random`` fits."""

    def getrandbits(self, k: int, /) -> int: ...


_LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_payment_id() -> str:
    """A name for a payment that is about to be tried: 128 random bits as 32 hexadecimal digits."""
    return os.urandom(16).hex()


def new_order_no(day: datetime, source: OrderNumbers) -> str:
    """A number for an attempt: 20 characters of ``A-Z0-9``, the date in front, 70 random bits behind.

    The strictest gateway's rule (WanPay 3.1.1: 20 upper-case letters and digits) fits all of them; 70 bits
    keep registers that never met apart.
    """
    bits = source.getrandbits(70)
    tail = "".join(_LETTERS[(bits >> shift) & 31] for shift in range(0, 70, 5))
    return f"{day:%y%m%d}{tail}"


def check_tendered(amount: Money, tendered: Money) -> None:
    """Raise InputError when the cash handed over does not cover the amount, or no coins make it up."""
    check_coins("tendered", tendered)
    if tendered.minor < amount.minor:
        text = N_("{tendered} does not cover {amount}.")
        raise InputError("tendered", msg(text, tendered=tendered.display, amount=amount.display))
