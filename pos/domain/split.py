"""A sale that is split over several payments: what is due, paid, in process and left. Pure functions."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from pos.domain.cash import check_coins
from pos.domain.money import Money
from pos.domain.payment import CASH, NO_TERMS, Attempt, Line, Sale, SaleTerms, Tender
from pos.domain.states import OPEN, State
from pos.errors import InputError, NotAllowed
from pos.i18n import N_, msg

if TYPE_CHECKING:
    from pos.domain.invoice import Invoice

TAKEN: Final = OPEN | {State.REVIEW}
"""States in which a part may still be paid: until it ends, no other part may take its amount.

A cancelled part frees its amount at once, as it frees the counter; money that comes for it later goes to REVIEW.
"""

ADJUSTMENTS: Final = ("discount", "shipping_fee")
"""Options that belong to the whole sale and to no part of it."""


class SplitState(StrEnum):
    """How much of a split sale was paid."""

    OPEN = "open"  # nothing yet
    PART = "part_paid"
    PAID = "paid"
    REFUNDED = "refunded"  # never paid in full, and every part was refunded


@dataclass(frozen=True, slots=True)
class SalePart:
    """Names the split sale of a payment. ``opens`` is the whole sale if the payment is its first part."""

    sale_id: str
    opens: Sale | None = None


@dataclass(frozen=True, slots=True)
class SplitSale:
    """A split sale with all attempts at its parts, oldest first. Times are aware, in UTC."""

    sale_id: str
    amount: Money
    register_id: str
    cashier: str
    created_at: datetime
    lines: tuple[Line, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    paid_at: datetime | None = None  # when it was paid in full
    parts: tuple[Attempt, ...] = ()
    terms: SaleTerms = NO_TERMS
    invoice: Invoice | None = None

    @property
    def whole(self) -> Attempt:
        """The sale as one payment in cash with the number of its first part: what its e-invoice is over."""
        sold = Sale(self.amount, self.lines, self.options, self.terms)
        return whole_payment(self.parts[0].order_no, sold, self.sale_id, self.created_at)

    @property
    def captured(self) -> tuple[Attempt, ...]:
        """The parts that were paid, oldest first."""
        return tuple(one for one in self.parts if one.state is State.CAPTURED)

    @property
    def paid(self) -> Money:
        """What was captured, refunds included."""
        return self._sum(_came(one) for one in self.captured)

    @property
    def in_process(self) -> Money:
        """The amount of the parts that may still be paid."""
        return self._sum(one.amount.minor for one in self.parts if one.state in TAKEN)

    @property
    def left(self) -> Money:
        """What no part has taken yet; zero if more was paid than due."""
        return self._floored(self.amount - self.paid - self.in_process)

    @property
    def unpaid(self) -> Money:
        """What was not paid yet, parts in process included; zero if more was paid than due."""
        return self._floored(self.amount - self.paid)

    @property
    def overpaid(self) -> Money:
        """What was paid above the amount: late money that a manager accepted, or a different amount."""
        return self._floored(self.paid - self.amount)

    @property
    def refunded(self) -> Money:
        """What was refunded of the parts, refunds in process included."""
        return self._sum(_went(one, one.refunded, one.refunding) for one in self.captured)

    @property
    def is_paid(self) -> bool:
        """Whether the parts covered the amount at one time: what went back before that does not count."""
        gone = sum(_went(one, one.refunded) for one in self.captured)
        return self.paid_at is not None or self.paid.minor - gone >= self.amount.minor

    @property
    def state(self) -> SplitState:
        if self.is_paid:
            return SplitState.PAID
        if not self.paid.minor:
            return SplitState.OPEN
        return SplitState.PART if self.paid.minor > self.refunded.minor else SplitState.REFUNDED

    @property
    def next_refund(self) -> Attempt | None:
        """The part to refund first: the newest one that was not refunded in full."""
        return next((one for one in reversed(self.captured) if _left(one)), None)

    def _floored(self, amount: Money) -> Money:
        return self._sum((max(0, amount.minor),))

    def _sum(self, numbers: Iterable[int]) -> Money:
        return Money(sum(numbers), self.amount.currency)


def check_open(sale: SplitSale) -> None:
    """Raise NotAllowed if the sale is paid, a part of it was refunded, or nothing of it is left for another part."""
    if sale.is_paid:
        raise NotAllowed(N_("This sale is already paid."))
    if sale.refunded.minor:
        raise NotAllowed(N_("A part of this sale was refunded. Refund its other parts, or start a new sale."))
    if not sale.left.minor:
        text = N_("The rest of this sale is in process: {amount}. Wait for it, or cancel it.")
        raise NotAllowed(msg(text, amount=sale.in_process.display))


def check_part(sale: SplitSale, amount: Money, *, in_cash: bool) -> None:
    """Raise an error unless a new part of ``amount`` may be taken: as :func:`check_open`, or InputError.

    InputError is for another currency, for more than is left, and for cash that coins cannot pay: only the last part is
    rounded.
    """
    check_open(sale)
    if amount.currency != sale.amount.currency or amount.minor > sale.left.minor:
        text = N_("Only {left} of this sale is left to pay.")
        raise InputError("amount", msg(text, left=sale.left.display))
    if in_cash and (amount != sale.left or sale.in_process.minor):
        check_coins("amount", amount)


def options_of_part(whole: Sale) -> dict[str, str]:
    """Return the options of a part's order: those of the sale that do not belong to its whole amount."""
    return {name: value for name, value in whole.options.items() if name not in ADJUSTMENTS}


def terms_of_part(whole: SaleTerms) -> SaleTerms:
    """Return what a part has of its sale's terms: the note, by which it is found."""
    return SaleTerms(whole.note)


def options_of_sale(whole: Sale) -> dict[str, str]:
    """Return the options that belong to the whole amount."""
    return {name: value for name, value in whole.options.items() if name in ADJUSTMENTS}


def whole_payment(number: str, sold: Sale, sale_id: str, at: datetime) -> Attempt:
    """Return a whole split sale as one payment in cash that is written nowhere."""
    return Attempt(
        number, "", Tender.CASH, CASH, sold.amount, State.CAPTURED, "", at, lines=sold.lines,
        options=options_of_sale(sold), sale_id=sale_id, terms=sold.terms,
    )  # fmt: skip


def off_invoice(sale: SplitSale, refunded: Sequence[tuple[str, Money]]) -> dict[str, Money]:
    """Return what each refund takes off the e-invoice of the whole sale, by its number; without those of nothing.

    ``refunded`` are the numbers and amounts, in the currency of the sale, of all refunds that were made of the parts,
    the oldest first. Money above the amount of the sale is not on the e-invoice and goes back first.
    """
    above, found = sale.overpaid.minor, {}
    for number, amount in refunded:
        off = max(0, amount.minor - above)
        above -= amount.minor - off
        if off:
            found[number] = Money(off, sale.amount.currency)
    return found


def new_sale_id() -> str:
    """Return a new sale id: 128 random bits as 32 hexadecimal digits."""
    return os.urandom(16).hex()


def _came(part: Attempt) -> int:
    """Return what a captured part brought, in minor units of the sale's currency.

    Money in another currency that a manager accepted counts as the amount asked for.
    """
    return part.paid.minor if part.paid.currency == part.amount.currency else part.amount.minor


def _left(part: Attempt) -> int:
    """Return what can still be refunded of a captured part."""
    return _came(part) - _went(part, part.refunded, part.refunding)


def _went(part: Attempt, *amounts: Money | None) -> int:
    """Return the sum of ``amounts`` that were refunded of a captured part, or may be by a refund in process.

    A refund of money in another currency counts as the whole part.
    """
    gone = sum(one.minor for one in amounts if one is not None)
    same = part.paid.currency == part.amount.currency
    return gone if same or not gone else _came(part)
