"""Journal rows about sales that are split over several payments."""

from __future__ import annotations

from dataclasses import dataclass

from pos.domain.journal_kinds.base import JournalKind


@dataclass(kw_only=True, eq=False, repr=False)
class SaleOpened(JournalKind):
    """A split sale begins, written with its first part. The cashier is the actor; ``amount`` is the whole amount.

    The last three fields are those of :class:`pos.domain.journal_kinds.payments.AttemptCreated`.
    """

    KINDS = frozenset({"sale_opened"})

    kind: str = "sale_opened"
    sale_id: str
    amount: int
    currency: str
    created_at: str
    lines: str = "[]"
    options: str = "{}"
    note: str = ""
    discount: str = ""
    approved_by: str = ""


@dataclass(kw_only=True, eq=False, repr=False)
class SalePaid(JournalKind):
    """The parts of a split sale cover its amount; written with the capture of the last one."""

    KINDS = frozenset({"sale_paid"})

    kind: str = "sale_paid"
    sale_id: str
