"""The order at a gateway that carries the e-invoice of a cash sale.

A gateway issues e-invoices for its own orders only. So a cash sale with an e-invoice is placed there as an order of
cash. The money is in the drawer and booked; the order collects nothing and counts in no total.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from pos.errors import IllegalTransition
from pos.i18n import N_, Message, msg


class InvoiceOrderState(StrEnum):
    """The states of an invoice order. The names are stored."""

    SENT = "sent"  # sent, or perhaps sent: query, never resend
    UNSENT = "unsent"  # nothing left this machine: it may be sent with the same number
    PLACED = "placed"  # the gateway has it and does not report it as paid
    PAID = "paid"  # the e-invoice can be issued
    REFUSED = "refused"  # ended unpaid; a user may have another one placed
    MISSING = "missing"  # the gateway says that it never arrived; another one is placed
    DIFFERS = "differs"  # paid with another amount: a manager issues the e-invoice at the gateway


class InvoiceOrderEvent(StrEnum):
    """The events of an invoice order. The journal has them after ``invoice_order_``."""

    SEND = "send"
    NOT_SENT = "not_sent"
    NO_ANSWER = "no_answer"
    ACCEPTED = "accepted"
    PAID = "paid"
    REFUSED = "refused"
    NOT_FOUND = "not_found"
    DIFFERS = "differs"


_State, _Event = InvoiceOrderState, InvoiceOrderEvent
_ANSWERS: Final = {_Event.PAID: _State.PAID, _Event.REFUSED: _State.REFUSED, _Event.DIFFERS: _State.DIFFERS}

INVOICE_ORDER_TABLE: Final[Mapping[InvoiceOrderState, Mapping[InvoiceOrderEvent, InvoiceOrderState]]] = {
    _State.UNSENT: {_Event.SEND: _State.SENT},
    _State.SENT: {
        _Event.NOT_SENT: _State.UNSENT,
        _Event.NO_ANSWER: _State.SENT,
        _Event.ACCEPTED: _State.PLACED,
        _Event.NOT_FOUND: _State.MISSING,
        **_ANSWERS,
    },
    _State.PLACED: _ANSWERS,
    _State.REFUSED: {_Event.PAID: _State.PAID, _Event.DIFFERS: _State.DIFFERS},
    _State.DIFFERS: {_Event.PAID: _State.PAID},
    _State.MISSING: {},
    _State.PAID: {},
}
"""Every other pair of state and event is refused."""

OPEN: Final = frozenset({_State.SENT, _State.PLACED})
"""States in which the gateway is queried."""

STOPPED: Final = frozenset({_State.REFUSED, _State.DIFFERS})
"""States that only a user's request or a notification can change."""


@dataclass(frozen=True, slots=True)
class InvoiceOrder:
    """One invoice order; ``order_no`` is the sale's number, ``number`` the order's own. Times are aware, in UTC."""

    number: str
    order_no: str
    gateway: str
    created_at: datetime
    state: InvoiceOrderState = InvoiceOrderState.UNSENT
    sent_at: datetime | None = None
    gateway_ref: str = ""
    gateway_key: str = field(default="", repr=False)
    code: str = ""
    message: Message = Message()


def advance_order(state: InvoiceOrderState, event: InvoiceOrderEvent) -> InvoiceOrderState:
    """Return the state after ``event``. Raises IllegalTransition for a pair that is not in the table."""
    try:
        return INVOICE_ORDER_TABLE[state][event]
    except KeyError:
        text = N_("An order that is {state} cannot take the step {event}.")
        raise IllegalTransition(msg(text, state=state.value, event=event.value)) from None
