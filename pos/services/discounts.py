"""The right to a discount: every cashier may take a little off a sale, a manager approves more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pos.domain.discount import needs_approval
from pos.domain.payment import Sale
from pos.domain.split import SalePart
from pos.domain.staff import Action
from pos.services.permissions import Permission, require_permission


def is_large(sale: Sale, part: SalePart | None = None) -> bool:
    """Return whether the discounts of ``sale``, or of the split sale that ``part`` opens, need a manager's approval."""
    return any(needs_approval(one.off, one.amount.minor + one.off) for one in _wholes(sale, part))


def approved(
    sale: Sale, part: SalePart | None, given: Permission | None, own: Callable[[], Permission]
) -> tuple[Sale, SalePart | None]:
    """Return both with the person who approved their discounts. ``own`` returns the actor's own permission.

    Raises NotAllowed if the discounts need an approval that was not given.
    """
    by = require_permission(given or own(), Action.DISCOUNT).by.approved_by if is_large(sale, part) else ""
    opens = part.opens if part is not None else None
    named = replace(part, opens=_by(opens, by)) if part is not None and opens is not None else part
    return _by(sale, by if sale.off else ""), named


def _wholes(sale: Sale, part: SalePart | None) -> tuple[Sale, ...]:
    opens = part.opens if part is not None else None
    return (sale,) if opens is None else (sale, opens)


def _by(sale: Sale, person: str) -> Sale:
    if sale.terms.approved_by == person:
        return sale
    return replace(sale, terms=replace(sale.terms, approved_by=person))
