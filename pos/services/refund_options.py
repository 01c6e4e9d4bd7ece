"""Refund options of a payment: the amount left, the ways to refund it, and the e-invoice correction. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pos.domain.cash import round_cash
from pos.domain.invoice import Invoice, Remedy, remedy
from pos.domain.invoice import State as InvoiceState
from pos.domain.money import Money
from pos.domain.payment import CASH, Attempt, Line
from pos.domain.refund import Refund, RefundState, Way
from pos.domain.split import SplitSale
from pos.domain.states import State
from pos.errors import InputError, NotAllowed
from pos.gateways import title_of
from pos.gateways.base import Facts
from pos.i18n import N_, Message, msg

CASH_INVOICE: Final = N_(
    "Cash is paid back from the drawer. Void the e-invoice {number} or issue an allowance at {gateway} by hand."
)

OF_SALE: Final = N_(
    "The e-invoice {number} is of the whole split sale. Void it or issue an allowance at {gateway} by hand."
)


@dataclass(frozen=True, slots=True)
class RefundOptions:
    """``left`` can still be refunded, by one of ``ways``; the first is the default.

    A partial refund of a payment with a valid e-invoice must choose from ``items``, those not refunded yet; they are
    empty if an amount is enough. ``cash_given`` is the amount refunded in cash before.
    """

    attempt: Attempt
    left: Money
    ways: tuple[Way, ...]
    invoice: Invoice | None
    items: tuple[Line, ...]
    advice: Message
    now: datetime
    cash_given: Money

    @property
    def gone(self) -> Money:
        """The amount that was refunded, or may be by a refund in process."""
        return self.attempt.paid - self.left

    def rounding(self, amount: Money) -> Money | None:
        """Return what rounding adds to ``amount`` if it is refunded in cash; None if it adds nothing.

        The sum of all cash refunds is rounded, so that many small ones give no more than one.
        """
        cash = round_cash(self.cash_given + amount) - round_cash(self.cash_given)
        return cash - amount if cash != amount else None

    def remedy(self, amount: Money) -> Remedy | None:
        """Return the correction that the gateway makes with a refund of ``amount``.

        None without an e-invoice, and for that of a split sale, which belongs to no order of a part.
        """
        if self.invoice is None or self.invoice.sale_id:
            return None
        issued = self.invoice.issued_at() or self.attempt.ended_at or self.now
        earlier = self.invoice.state is InvoiceState.ALLOWANCE or self.left != self.attempt.paid
        return remedy(issued, self.now, whole=amount == self.attempt.paid, earlier_allowance=earlier)


@dataclass(frozen=True, slots=True)
class RefundView:
    """A payment and its refunds, oldest first. Without ``options`` it cannot be refunded; ``why`` is the reason.

    ``sale`` is the split sale that it is a part of.
    """

    attempt: Attempt
    refunds: tuple[Refund, ...]
    options: RefundOptions | None
    why: Message = Message()
    sale: SplitSale | None = None

    @property
    def order(self) -> Message:
        """The advice which part of the split sale to refund first; empty for a sale that is not split."""
        return order_of_refunds(self.sale, self.attempt) if self.sale else Message()


def order_of_refunds(sale: SplitSale, attempt: Attempt) -> Message:
    """Return the advice for a part of a split sale: the newest part goes back first. It is not enforced."""
    first = sale.next_refund
    if first is None or not sale.captured[1:]:
        return msg(N_("Part of a split sale of {amount}."), amount=sale.amount.display)
    if first.order_no == attempt.order_no:
        text = N_("Part of a split sale of {amount}. It is the newest part: refund it first.")
        return msg(text, amount=sale.amount.display)
    text = N_("Part of a split sale of {amount}. Refund the newest part first: {part}, {order_no}.")
    return msg(text, amount=sale.amount.display, part=first.paid.display, order_no=first.order_no)


def refund_options(
    attempt: Attempt, spent: int, invoice: Invoice | None, facts: Facts | None, shop: str, now: datetime,
    held: Sequence[Refund] = (), *, drawer: str,
) -> RefundOptions:  # fmt: skip
    """Return the refund options of a payment.

    ``spent`` is what was or may be refunded, in minor units, by the refunds ``held``. ``facts`` are the gateway's, None
    for cash. ``drawer`` is the currency of the drawer.

    Raises NotAllowed for a payment that is not captured, or of which nothing is left.
    """
    if attempt.state is not State.CAPTURED:
        raise NotAllowed(msg(N_("A payment that is {state} cannot be refunded."), state=attempt.state.value))
    left = attempt.paid - Money(spent, attempt.paid.currency)
    if left.minor <= 0:
        done = all(one.state is RefundState.REFUNDED for one in held)
        text = N_("A refund of the remaining amount is still in process.")
        raise NotAllowed(N_("This payment is already refunded in full.") if done else text)
    valid_invoice = invoice if invoice is not None and invoice.is_valid else None
    given = [line for one in held for line in one.lines]
    cash = sum(one.amount.minor for one in held if one.way is Way.CASH)
    is_own = valid_invoice is not None and not valid_invoice.sale_id
    items = items_left(_sold(attempt, valid_invoice, shop), given) if valid_invoice is not None and is_own else ()
    ways = _ways(attempt, facts, drawer)
    advice = _advice(attempt, facts, valid_invoice, drawer)
    return RefundOptions(attempt, left, ways, valid_invoice, items, advice, now, Money(cash, left.currency))


def check_amount(found: RefundOptions, amount: Money) -> None:
    """Raise InputError for zero, another currency, or more than is left."""
    if amount.currency != found.left.currency or not 0 < amount.minor <= found.left.minor:
        raise InputError(
            "amount", msg(N_("Only {left} of this payment can still be refunded."), left=found.left.display)
        )


def _sold(attempt: Attempt, invoice: Invoice, shop: str) -> Sequence[Line]:
    """Return the items of the e-invoice, by the names of the order; without items it is one, named as the shop then."""
    names = invoice.item_names
    return fitted(attempt.lines, attempt.paid) or (Line(names[0] if len(names) == 1 else shop, attempt.paid, 1),)


def fitted(lines: Sequence[Line], paid: Money) -> tuple[Line, ...]:
    """Return the items of a sale, adjusted to add up to ``paid``.

    A refund must name its whole amount by items, and a discount or a shipping fee is not an item. The difference is
    taken from the most expensive piece, the remainder from the next. The discount of a line is in its price already.
    """
    lines = [line.plain for line in lines]
    off = sum(line.total.minor for line in lines) - paid.minor
    rest: list[Line] = []
    for line in sorted(lines, key=lambda one: -one.unit_price.minor) if off else ():
        price = line.unit_price.minor
        gone = min(line.quantity, off // price) if off > 0 < price else 0
        off -= gone * price
        if gone < line.quantity and price > 0:  # one piece takes the remainder
            rest.append(Line(line.name, Money(price - off, paid.currency), 1))
            gone, off = gone + 1, 0
        rest.append(Line(line.name, line.unit_price, line.quantity - gone))
    return tuple(line for line in rest if line.total.minor) or tuple(lines)


def items_left(items: Sequence[Line], given: Sequence[Line]) -> tuple[Line, ...]:
    """Return what is left of each item after the refunds ``given``, by name; as a quantity if it is a whole one."""
    spent: dict[str, int] = {}
    for line in given:
        spent[line.name] = spent.get(line.name, 0) + line.total.minor
    rest = []
    for item in items:
        gone = min(spent.get(item.name, 0), item.total.minor)
        spent[item.name] = spent.get(item.name, 0) - gone
        rest.append(_less(item, gone))
    return tuple(line for line in rest if line.total.minor > 0)


def _less(item: Line, gone: int) -> Line:
    left, price = item.total.minor - gone, item.unit_price.minor
    if price > 0 and left % price == 0:
        return Line(item.name, item.unit_price, left // price)
    return Line(item.name, Money(left, item.unit_price.currency), 1)


def chosen(found: RefundOptions, counts: Sequence[int]) -> tuple[Line, ...]:
    """Return ``counts`` of the items of the options, in their order, without those of count 0."""
    pairs = zip(found.items, counts, strict=True)
    return tuple(Line(item.name, item.unit_price, min(count, item.quantity)) for item, count in pairs if count > 0)


def worth(found: RefundOptions, lines: Sequence[Line]) -> Money:
    """Return the total price of items."""
    return Money(sum(line.total.minor for line in lines), found.left.currency)


def items_of(found: RefundOptions, amount: Money, lines: Sequence[Line]) -> tuple[Line, ...]:
    """Return the items refunded with ``amount``: all items for all of it, the only item, or those chosen.

    Raises InputError if they must be chosen, are not of the sale, or do not add up to ``amount``.
    """
    if not found.items:
        return ()
    if not lines and amount == found.left and (amount == found.attempt.paid or worth(found, found.items) == amount):
        return found.items
    if not lines and len(found.items) == 1:
        return (Line(found.items[0].name, amount, 1),)
    if not lines:
        raise InputError("items", N_("This sale has an e-invoice: choose the items to refund."))
    _check_sold(found, lines)
    if worth(found, lines) != amount:
        raise InputError("items", N_("The refunded items must add up to the refund."))
    return tuple(lines)


def reminder(found: RefundOptions) -> Message:
    """Return what is left to do after a refund that does not correct the valid e-invoice; empty without one."""
    if found.invoice is None:
        return Message()
    text = N_(
        "The e-invoice {number} is still valid. Void it or issue an allowance at {gateway}, then mark it as done here."
    )
    return msg(text, number=found.invoice.number, gateway=title_of(found.invoice.issuer(found.attempt.gateway)))


def _check_sold(found: RefundOptions, lines: Sequence[Line]) -> None:
    """Raise InputError for items that were not sold, or more of them than sold; compared by name."""
    for line in lines:
        sold = worth(found, [one for one in found.items if one.name == line.name])
        if not sold.minor:
            raise InputError("items", msg(N_("{item} is not an item of this sale."), item=line.name[:40]))
        asked = worth(found, [one for one in lines if one.name == line.name])
        if line.quantity < 1 or line.unit_price.minor < 0 or asked.minor > sold.minor:
            raise InputError("items", msg(N_("The refund has more of {item} than was sold."), item=line.name[:40]))


def _by_itself(attempt: Attempt, facts: Facts | None) -> bool:
    """Return whether the gateway refunds the tender of this payment."""
    return facts is not None and facts.refunds and attempt.tender not in facts.refunded_by_hand


def _ways(attempt: Attempt, facts: Facts | None, drawer: str) -> tuple[Way, ...]:
    if attempt.gateway == CASH:
        return (Way.CASH,) if attempt.paid.currency == drawer else (Way.TRANSFER,)
    by_itself = _by_itself(attempt, facts)
    ways = (Way.GATEWAY, Way.CASH, Way.BACK_OFFICE) if by_itself else (Way.BACK_OFFICE, Way.TRANSFER, Way.CASH)
    return tuple(way for way in ways if way is not Way.CASH or attempt.paid.currency == drawer)


def _advice(attempt: Attempt, facts: Facts | None, invoice: Invoice | None, drawer: str) -> Message:
    if invoice is not None and invoice.sale_id:
        return msg(OF_SALE, number=invoice.number, gateway=title_of(invoice.issuer(attempt.gateway)))
    if attempt.gateway == CASH:
        if attempt.paid.currency == drawer and invoice is not None:
            title = title_of(invoice.issuer(attempt.gateway))
            return msg(CASH_INVOICE, number=invoice.number, gateway=title)
        if attempt.paid.currency == drawer:
            return msg(N_("Cash is paid back from the drawer."))
        text = N_("The drawer is in {drawer}, and this was cash in {currency}. Refund it by bank transfer.")
        return msg(text, drawer=drawer, currency=attempt.paid.currency)
    title = facts.title if facts else attempt.gateway
    if facts is None or not _by_itself(attempt, facts):
        text = N_(
            "{gateway} cannot refund from the register. Refund by hand and enter how; the register only records it."
        )
        return msg(text, gateway=title)
    if invoice is not None:
        text = N_("{gateway} refunds it, and voids the e-invoice {number} or issues an allowance.")
        return msg(text, gateway=title, number=invoice.number)
    if facts.refund_cutoff:
        text = N_("{gateway} refunds it at once or at midnight. Until then the refund can be cancelled.")
        return msg(text, gateway=title)
    return msg(N_("{gateway} refunds it at once."), gateway=title)
