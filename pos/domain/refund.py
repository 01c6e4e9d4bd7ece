"""Refunds after a capture, with their own states."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from pos.domain.invoice import Remedy
from pos.domain.money import Money
from pos.domain.payment import Line
from pos.domain.typed_text import tidy_text
from pos.errors import IllegalTransition, InputError
from pos.i18n import N_, Message, msg


class RefundState(StrEnum):
    """The state of a refund. The names are stored."""

    CREATED = "created"  # journaled; nothing sent
    SENT = "sent"  # journaled as sent, then sent; no answer yet
    PENDING = "pending"  # the gateway processes it, or has queued it until midnight
    UNKNOWN = "unknown"  # sent, no trustworthy answer: query, never send again
    REFUNDED = "refunded"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"  # cancelled before money moved
    REVIEW = "review"  # only a manager can settle it


class RefundEvent(StrEnum):
    """An event that changes the state of a refund. The names are stored."""

    SEND = "send"
    NOT_SENT = "not_sent"
    NO_ANSWER = "no_answer"
    ACCEPTED = "accepted"
    DONE = "done"
    REFUSED = "refused"
    WITHDRAW = "withdraw"
    GIVE_UP = "give_up"


_S, _E = RefundState, RefundEvent

REFUND_TABLE: Final[dict[RefundState, dict[RefundEvent, RefundState]]] = {
    _S.CREATED: {_E.SEND: _S.SENT, _E.DONE: _S.REFUNDED, _E.WITHDRAW: _S.WITHDRAWN},
    _S.SENT: {
        _E.NOT_SENT: _S.CREATED,
        _E.NO_ANSWER: _S.UNKNOWN,
        _E.ACCEPTED: _S.PENDING,
        _E.DONE: _S.REFUNDED,
        _E.REFUSED: _S.REFUSED,
    },
    _S.UNKNOWN: {
        _E.ACCEPTED: _S.PENDING,
        _E.DONE: _S.REFUNDED,
        _E.REFUSED: _S.REFUSED,
        _E.GIVE_UP: _S.REVIEW,
    },
    _S.PENDING: {
        _E.DONE: _S.REFUNDED,
        _E.REFUSED: _S.REFUSED,
        _E.WITHDRAW: _S.WITHDRAWN,
        _E.GIVE_UP: _S.REVIEW,
    },
    _S.REFUNDED: {_E.DONE: _S.REFUNDED},
    _S.REFUSED: {},
    _S.WITHDRAWN: {},
    _S.REVIEW: {_E.DONE: _S.REFUNDED, _E.REFUSED: _S.REFUSED},
}
"""CREATED → REFUNDED is a manual refund. A manager decides it, and the two steps out of REVIEW."""

REFUNDS_IN_FLIGHT: Final = frozenset({_S.SENT, _S.PENDING, _S.UNKNOWN})
"""States in which the gateway's answer may change: these refunds are queried again."""

REFUNDS_IN_PROCESS: Final = REFUNDS_IN_FLIGHT | {_S.REVIEW}
"""Sent, and the outcome is not known: the next shift takes these over."""

HOLDS_MONEY: Final = frozenset(set(RefundState) - {_S.REFUSED, _S.WITHDRAWN})
"""States whose amount counts as refunded: the money was refunded or may still be."""


def advance_refund(state: RefundState, event: RefundEvent) -> RefundState:
    """Return the state after ``event``. Raises IllegalTransition for a step that is not in the table."""
    try:
        return REFUND_TABLE[state][event]
    except KeyError:
        text = N_("A refund that is {state} cannot take the step {event}.")
        raise IllegalTransition(msg(text, state=state.value, event=event.value)) from None


class Way(StrEnum):
    """The refund method. The names are stored."""

    GATEWAY = "gateway"  # through the gateway's API
    CASH = "cash"  # from the drawer
    TRANSFER = "transfer"  # manually, to the customer's account
    BACK_OFFICE = "back_office"  # manually, on the gateway's own pages


REFERENCE_LIMIT: Final = 64

MANUAL: Final = frozenset({Way.CASH, Way.TRANSFER, Way.BACK_OFFICE})


@dataclass(frozen=True, slots=True)
class Refund:
    """One refund. ``refund_no`` has the form of an order number; times are aware, in UTC.

    ``by`` is the signed-in person, ``approved_by`` the manager (ids). ``reference`` identifies a refund done elsewhere.
    ``remedy`` and ``lines`` are needed where an e-invoice was issued.
    """

    refund_no: str
    order_no: str
    gateway: str
    way: Way
    amount: Money
    reason: str
    register_id: str
    created_at: datetime
    state: RefundState = RefundState.CREATED
    by: str = ""
    approved_by: str = ""
    reference: str = ""
    remedy: Remedy | None = None
    lines: tuple[Line, ...] = ()
    sent_at: datetime | None = None
    ended_at: datetime | None = None
    due_at: datetime | None = None  # until then a queued refund can be withdrawn; then the gateway executes it
    gateway_ref: str = ""
    message: Message = Message()
    code: str = ""
    details: dict[str, str] = field(default_factory=dict)
    rounding: Money | None = None  # what rounding adds to the amount in cash, negative if it takes off

    @property
    def cash_due(self) -> Money:
        """The amount to pay out in cash, rounded to the smallest coin."""
        return self.amount + self.rounding if self.rounding else self.amount


def tidy_reference(text: str) -> str:
    """Return a reference with its white space tidied; it may be empty. Raises InputError."""
    tidy = tidy_text("reference", text)
    if len(tidy) > REFERENCE_LIMIT:
        said = N_("{field} may have {limit} characters at most.")
        raise InputError("reference", msg(said, field="reference", limit=REFERENCE_LIMIT))
    return tidy
