"""Tenders, sales and attempts, as plain frozen records."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from pos.domain.cash import check_coins
from pos.domain.discount import Discount
from pos.domain.money import Money
from pos.domain.states import State
from pos.domain.tax import TaxKind
from pos.domain.tenders import CASH as CASH
from pos.domain.tenders import Tender as Tender
from pos.errors import InputError
from pos.i18n import N_, Message, msg

if TYPE_CHECKING:
    from datetime import datetime


REJECTED: Final = "rejected"
"""Key in ``Attempt.details``: why a call was refused before an order existed, KEY or REQUEST."""

CODE_TYPE: Final = "code_type"
"""Key in ``Attempt.details`` of a payment by a customer's code: the gateway's payment type for it, never the code."""

KEY, REQUEST = "credentials", "request"
"""The gateway refused the shop's key, or the fields of the order."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a sale. ``discount`` is off the whole line; ``item`` is the id of an item of the catalogue, or ""."""

    name: str
    unit_price: Money
    quantity: int
    discount: Money | None = None
    item: str = ""
    tax: TaxKind = TaxKind.TAXED

    @property
    def gross(self) -> Money:
        """The total before the discount."""
        return self.unit_price * self.quantity

    @property
    def total(self) -> Money:
        return self.gross - self.discount if self.discount else self.gross

    @property
    def plain(self) -> Line:
        """The line without a discount and with the same total, as one piece if it had one."""
        return replace(self, unit_price=self.total, quantity=1, discount=None) if self.discount else self


@dataclass(frozen=True, slots=True)
class SaleTerms:
    """What a cashier adds to a sale: a note or pick-up number, and a discount off the whole.

    ``approved_by`` is the id of the person whose PIN approved its discounts, if it was another person's.
    """

    note: str = ""
    discount: Discount | None = None
    approved_by: str = ""


NO_TERMS: Final = SaleTerms()


@dataclass(frozen=True, slots=True)
class Sale:
    """The amount due, with or without lines. Raises InputError if lines, discounts and shipping do not sum to it.

    ``options`` are fields of a gateway's orders, by the gateway's names; ``discount`` (zero or negative) and
    ``shipping_fee``, in minor units, are part of the amount. So is the discount of ``terms``.
    """

    amount: Money
    lines: tuple[Line, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    terms: SaleTerms = NO_TERMS

    def __post_init__(self) -> None:
        if self.amount.minor <= 0:
            raise InputError("amount", N_("The amount must be more than zero."))
        summed = sum(line.gross.minor for line in self.lines) + adjustment(self.options) - self.off
        if self.lines and summed != self.amount.minor:
            raise InputError("item", N_("The items do not add up to the amount."))

    @property
    def off(self) -> int:
        """All discounts of the shop, of the lines and of the sale, in minor units."""
        return taken_off(self.lines, self.terms)


def adjustment(options: Mapping[str, str]) -> int:
    """Return discount plus shipping in minor units. A text that is not a number counts as 0; the gateway refuses it."""
    texts = (options.get(name, "") for name in ("discount", "shipping_fee"))
    return sum(int(text) for text in texts if re.fullmatch("-?[0-9]{1,12}", text, re.ASCII))


def tax_of(lines: Sequence[Line]) -> TaxKind | None:
    """Return the tax kind of all lines, None if they have several. An amount without lines is taxed."""
    kinds = {line.tax for line in lines if line.gross.minor} or {TaxKind.TAXED}
    return kinds.pop() if len(kinds) == 1 else None


def taken_off(lines: Sequence[Line], terms: SaleTerms) -> int:
    """Return the discounts of the lines and of the sale, in minor units."""
    whole = terms.discount.amount.minor if terms.discount else 0
    return whole + sum(line.discount.minor for line in lines if line.discount)


@dataclass(frozen=True, slots=True)
class VirtualAccount:
    """The account of an ATM transfer: bank code and name, digits, and expiry (aware)."""

    bank_code: str
    bank_name: str
    account: str
    expires_at: datetime

    @property
    def grouped(self) -> str:
        """The account number in groups of four digits."""
        return " ".join(self.account[i : i + 4] for i in range(0, len(self.account), 4))


class RefundStatus(StrEnum):
    """How much of a captured payment was refunded."""

    NOTHING = "nothing"
    IN_PROCESS = "in_process"  # nothing yet, but a refund is in process
    PART = "part"
    WHOLE = "whole"


_RECEIVED_STATES: Final = frozenset({State.CAPTURED, State.REVIEW})
"""States in which :attr:`Attempt.received` counts; in others a manager decided that no money was received."""

HIDDEN_TOKEN: Final = "{token}"
"""Placeholder of the page token in a stored ``pay_url``."""


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
    tendered: Money | None = None  # cash received
    message: Message = Message()
    code: str = ""  # the gateway's last status code, as received
    fee: str = ""  # the gateway's fee as received, if it reports one (O'Pay's HandlingCharge)
    details: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    cashier: str = ""  # id of the signed-in person, "" if no one was signed in
    received: Money | None = None  # the amount received if it was late or differs; None if it equals ``amount``
    rounding: Money | None = None  # what rounding adds to the amount in cash, negative if it takes off
    refunded: Money | None = None  # derived from the refunds when an attempt is read; never written with it
    refunding: Money | None = None  # the same for refunds in process
    sale_id: str = ""  # of the split sale that it is a part of
    terms: SaleTerms = NO_TERMS

    @property
    def off(self) -> int:
        """All discounts of the shop, of the lines and of the sale, in minor units."""
        return taken_off(self.lines, self.terms)

    @property
    def shown_url(self) -> str:
        """``pay_url``, or "" if this process does not know its page token."""
        return "" if self.page_token and HIDDEN_TOKEN in self.pay_url else self.pay_url

    @property
    def code_type(self) -> str:
        """The gateway's payment type if a customer's code is charged; "" for every other way to pay."""
        return self.details.get(CODE_TYPE, "")

    @property
    def rejected(self) -> str:
        """Why the gateway refused the call before an order existed: KEY or REQUEST; "" if it did not.

        A refused key is not a declined payment.
        """
        return self.details.get(REJECTED, "") if self.state in (State.CREATED, State.DECLINED) else ""

    @property
    def paid(self) -> Money:
        """The amount that was captured."""
        return self.received or self.amount

    @property
    def shown_amount(self) -> Money:
        """The amount shown in lists: the amount received if it is known, otherwise the amount requested."""
        return self.paid if self.state in _RECEIVED_STATES else self.amount

    @property
    def differs(self) -> bool:
        """Whether the amount received differs from the amount requested."""
        return self.shown_amount != self.amount

    @property
    def refund_status(self) -> RefundStatus:
        """How much was refunded; only a captured payment can be refunded."""
        if self.state is not State.CAPTURED:
            return RefundStatus.NOTHING
        if self.refunded:
            return RefundStatus.WHOLE if self.refunded.minor >= self.paid.minor else RefundStatus.PART
        return RefundStatus.IN_PROCESS if self.refunding else RefundStatus.NOTHING

    @property
    def cash_due(self) -> Money:
        """The amount to pay in cash, rounded to the smallest coin."""
        return self.amount + self.rounding if self.rounding else self.amount

    @property
    def change(self) -> Money | None:
        """The change for a cash payment, None for other tenders."""
        return None if self.tendered is None else self.tendered - self.cash_due


class HistoryRow(NamedTuple):
    """One line of a payment's history, read from the journal."""

    at: datetime
    kind: str  # an event of the state table, or another journal kind: "created", "cancel_wanted", "refund_done" …
    state: State
    message: Message
    code: str = ""


class RandomSource(Protocol):
    """A source of random bits for order numbers, such as ``random.Random``."""

    def getrandbits(self, k: int, /) -> int: ...


_LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_payment_id() -> str:
    """Return a new payment id: 128 random bits as 32 hexadecimal digits."""
    return os.urandom(16).hex()


def new_order_no(day: datetime, source: RandomSource) -> str:
    """Return a number for an attempt: 20 characters of ``A-Z0-9``, the date followed by 70 random bits.

    WanPay has the strictest rule (3.1.1: 20 upper-case letters and digits). 70 random bits make numbers of independent
    registers unique.
    """
    bits = source.getrandbits(70)
    tail = "".join(_LETTERS[(bits >> shift) & 31] for shift in range(0, 70, 5))
    return f"{day:%y%m%d}{tail}"


def check_tendered(amount: Money, tendered: Money) -> None:
    """Raise InputError if the cash received does not cover the amount or cannot be paid in coins."""
    check_coins("tendered", tendered)
    if tendered.minor < amount.minor:
        text = N_("{tendered} does not cover {amount}.")
        raise InputError("tendered", msg(text, tendered=tendered.display, amount=amount.display))
