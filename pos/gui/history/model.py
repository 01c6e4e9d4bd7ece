"""Past payments as a table model."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo

from pos.domain.payment import Attempt
from pos.gui.tables import Column, RecordModel
from pos.gui.words import attempt_look, attempt_short, list_route_word
from pos.i18n import N_

MOMENT = "%m-%d %H:%M:%S"


class PastModel(RecordModel[Attempt]):
    """Newest first, a page at a time."""

    def lists(self, order_no: str) -> bool:
        """Return whether this payment is listed."""
        return any(one.order_no == order_no for one in self.records)

    def changed(self, attempt: Attempt) -> None:
        """Show the present state of a payment, if it is listed."""
        for row, known in enumerate(self.records):
            if known.order_no == attempt.order_no:
                self.replace(row, attempt)
                return


def past_columns(
    zone: tzinfo,
    widths: tuple[int, int, int],
    moment: str = MOMENT,
    paid_by: Callable[[Attempt], str] = list_route_word,
) -> tuple[Column[Attempt], ...]:
    """Return the columns of payments; ``widths``: those of time, amount and state."""
    time, amount, state = widths
    return (
        Column(N_("Time"), lambda one: one.created_at.astimezone(zone).strftime(moment), time),
        Column(N_("Amount"), lambda one: one.shown_amount.display, amount, right=True),
        Column(N_("Paid by"), paid_by),
        Column(N_("State"), attempt_short, state, icon=_icon),
    )


def _icon(attempt: Attempt) -> tuple[str, str]:
    look = attempt_look(attempt)
    return look.icon, look.tone
