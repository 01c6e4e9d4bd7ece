"""The refund adviser: what is left of a payment, how it may go back now, and which paper is due with it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pos.domain.invoice import Invoice, Remedy, remedy
from pos.domain.invoice import State as InvoiceState
from pos.domain.money import Money
from pos.domain.payment import CASH, Attempt, Line
from pos.domain.refund import Way
from pos.domain.states import State
from pos.errors import InputError, NotAllowed
from pos.gateways.base import Facts
from pos.i18n import N_, Message, msg


@dataclass(frozen=True, slots=True)
class Quote:
    """``left`` may still go back, by one of ``ways``, the first by default.

    ``items`` are what a partial refund must choose from where an e-invoice stands, empty where a sum will do.
    """

    attempt: Attempt
    left: Money
    ways: tuple[Way, ...]
    invoice: Invoice | None
    items: tuple[Line, ...]
    advice: Message
    now: datetime

    def remedy(self, amount: Money) -> Remedy | None:
        """What becomes of the e-invoice when ``amount`` goes back; None where there is none."""
        if self.invoice is None:
            return None
        issued = self.invoice.issued_at() or self.attempt.ended_at or self.now
        earlier = self.invoice.state is InvoiceState.ALLOWANCE or self.left != self.attempt.paid
        return remedy(issued, self.now, whole=amount == self.attempt.paid, earlier_allowance=earlier)


def quote(
    attempt: Attempt, spent: int, invoice: Invoice | None, facts: Facts | None, shop: str, now: datetime
) -> Quote:
    """``spent`` are the minor units that were given back or may still be; ``facts`` of the gateway, None for cash.

    Raises NotAllowed for a payment that is not captured, or of which nothing is left.
    """
    if attempt.state is not State.CAPTURED:
        raise NotAllowed(msg(N_("A payment that is {state} cannot be refunded."), state=attempt.state.value))
    left = attempt.paid - Money(spent, attempt.paid.currency)
    if left.minor <= 0:
        raise NotAllowed(N_("This payment was already refunded in whole."))
    stands = invoice if invoice is not None and invoice.stands else None
    items = (attempt.lines or (Line(shop, attempt.paid, 1),)) if stands else ()
    return Quote(attempt, left, _ways(attempt, facts), stands, items, _advice(attempt, facts, stands), now)


def items_of(found: Quote, amount: Money, lines: Sequence[Line]) -> tuple[Line, ...]:
    """The items that go back with ``amount``: all of them for all of it, the one there is, or those chosen.

    Raises InputError where they must be chosen, are not of the sale, or do not sum to ``amount``.
    """
    if not found.items:
        return ()
    if not lines and amount == found.attempt.paid:
        return found.items
    if not lines and len(found.items) == 1:
        return (Line(found.items[0].name, amount, 1),)
    if not lines:
        raise InputError("items", N_("With an e-invoice, say which items go back."))
    for line in lines:
        _must_be_sold(found, line)
    if sum(line.total.minor for line in lines) != amount.minor:
        raise InputError("items", N_("The refunded items must sum to the refund."))
    return tuple(lines)


def _must_be_sold(found: Quote, line: Line) -> None:
    sold = [one for one in found.items if one.name == line.name]
    if not sold:
        raise InputError("items", msg(N_("{item} is no item of this sale."), item=line.name[:40]))
    if line.quantity < 1 or line.total.minor > sum(one.total.minor for one in sold) or line.unit_price.minor < 0:
        raise InputError("items", msg(N_("More of {item} than was sold."), item=line.name[:40]))


def _ways(attempt: Attempt, facts: Facts | None) -> tuple[Way, ...]:
    if attempt.gateway == CASH:
        return (Way.CASH,)
    if facts is not None and facts.refunds:
        return (Way.GATEWAY, Way.CASH, Way.BACK_OFFICE)
    return (Way.BACK_OFFICE, Way.TRANSFER, Way.CASH)


def _advice(attempt: Attempt, facts: Facts | None, invoice: Invoice | None) -> Message:
    if attempt.gateway == CASH:
        return msg(N_("Cash goes back out of the drawer."))
    title = facts.title if facts else attempt.gateway
    if facts is None or not facts.refunds:
        text = N_(
            "{gateway} has no refund call: give the money back by hand, and write down how. The register only notes it."
        )
        return msg(text, gateway=title)
    if invoice is not None:
        text = N_("{gateway} gives the money back. The e-invoice {number} goes with it, as a void or an allowance.")
        return msg(text, gateway=title, number=invoice.number)
    if facts.refund_cutoff:
        text = N_("{gateway} gives the money back at once, or at midnight: until then it can be taken back.")
        return msg(text, gateway=title)
    return msg(N_("{gateway} gives the money back at once."), gateway=title)
