"""A shift: a drawer session, opened with a float, closed with a count.

Expected cash in the drawer: float + cash sales − cash refunds ± rounding + paid in − paid out − drops.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from pos.domain.cash import DENOMINATIONS, is_rounded
from pos.domain.money import Money
from pos.domain.target import Target, target_from
from pos.errors import InputError
from pos.i18n import N_, msg


class CashMovementKind(StrEnum):
    """The kind of a cash movement without a sale. The names are stored."""

    PAID_IN = "paid_in"
    PAID_OUT = "paid_out"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class CashMovement:
    """One cash movement without a sale. ``amount`` is positive; the kind gives the direction."""

    at: datetime
    kind: CashMovementKind
    amount: Money
    reason: str
    actor: str = ""
    approved_by: str = ""


@dataclass(frozen=True, slots=True)
class Shift:
    """One shift of one register. ``z_no`` numbers the closed shifts of the register from 1 without gaps.

    After a restore it continues from the last number used, so that no number is used twice.

    ``notes`` is the count: pieces of each denomination (minor units). ``report`` is the stored Z report.
    """

    id: int
    register_id: str
    opened_at: datetime
    opening: Money
    opened_by: str = ""
    closed_at: datetime | None = None
    closed_by: str = ""
    z_no: int | None = None
    counted: Money | None = None
    expected: Money | None = None
    reason: str = ""
    notes: Mapping[int, int] = field(default_factory=dict)
    report: Mapping[str, Any] = field(default_factory=dict)

    @property
    def difference(self) -> Money | None:
        """Over (positive) or short (negative); None before the count."""
        return None if self.counted is None or self.expected is None else self.counted - self.expected

    @property
    def sent_to(self) -> tuple[Target, ...]:
        """The targets that requests were sent to, as the Z stores them; empty before the close."""
        return tuple(target_from(one) for one in self.report.get("sent_to", ()))


@dataclass(frozen=True, slots=True)
class Drawer:
    """The sums that changed the drawer in a shift, all positive but ``rounding``.

    ``rounding`` is what the rounding of cash added to the drawer, negative if it took off.
    """

    opening: Money
    cash_sales: Money
    cash_refunds: Money
    paid_in: Money
    paid_out: Money
    drops: Money
    rounding: Money

    @property
    def expected(self) -> Money:
        """The cash that should be in the drawer. A negative sum means that a movement was not recorded."""
        traded = self.opening + self.cash_sales - self.cash_refunds + self.rounding
        return traded + self.paid_in - self.paid_out - self.drops

    @property
    def is_rounded(self) -> bool:
        """Whether the drawer has a line for the rounding of cash."""
        return is_rounded(self.rounding.currency) or self.rounding.minor != 0

    def steps(self) -> tuple[tuple[str, Money, int], ...]:
        """Return the lines of the formula: (gettext id, sum, sign)."""
        added = 1 if self.rounding.minor >= 0 else -1
        rounding = ((N_("Rounding"), self.rounding * added, added),) if self.is_rounded else ()
        return (
            (N_("Float"), self.opening, 1),
            (N_("Cash sales"), self.cash_sales, 1),
            (N_("Cash refunds"), self.cash_refunds, -1),
            *rounding,
            (N_("Paid in"), self.paid_in, 1),
            (N_("Paid out"), self.paid_out, -1),
            (N_("Drops"), self.drops, -1),
        )


MAX_PIECES: Final = 99_999


def sum_of_count(notes: Mapping[int, int], currency: str) -> Money:
    """Return the sum of a count by denomination. Raises InputError for an unknown denomination or too many pieces."""
    known = DENOMINATIONS.get(currency, ())
    for piece, number in notes.items():
        if piece not in known:
            raise InputError("count", msg(N_("{currency} has no such note or coin."), currency=currency))
        if not 0 <= number <= MAX_PIECES:
            raise InputError("count", msg(N_("At most {limit} pieces of one kind."), limit=MAX_PIECES))
    return Money(sum(piece * number for piece, number in notes.items()), currency)
