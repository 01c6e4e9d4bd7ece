"""The state machine of an attempt as one table; every other step is refused.

The names are stored in the journal and must not change.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from pos.errors import IllegalTransition
from pos.i18n import N_, msg


class State(StrEnum):
    """The state of an attempt."""

    CREATED = "created"  # journaled; nothing sent
    SENT = "sent"  # journaled as sent, then sent; no answer yet
    PENDING = "pending"  # the gateway has the order; the customer has not paid
    UNKNOWN = "unknown"  # sent, no trustworthy answer: query, never resend
    VOIDING = "voiding"  # cancelled here, not confirmed by the gateway: queried until it expires
    CAPTURED = "captured"
    DECLINED = "declined"
    EXPIRED = "expired"
    VOIDED = "voided"
    REVIEW = "review"  # only a manager can settle it


class Event(StrEnum):
    """An event that changes the state of an attempt."""

    SEND = "send"
    NOT_SENT = "not_sent"
    NO_ANSWER = "no_answer"
    ACCEPTED = "accepted"
    PAID = "paid"
    REFUSED = "refused"
    LAPSED = "lapsed"
    CANCEL = "cancel"
    VOID_DONE = "void_done"
    GIVE_UP = "give_up"
    DIFFERS = "differs"


TABLE: Final[dict[State, dict[Event, State]]] = {
    State.CREATED: {Event.SEND: State.SENT, Event.CANCEL: State.VOIDED},
    State.SENT: {
        Event.NOT_SENT: State.CREATED,
        Event.NO_ANSWER: State.UNKNOWN,
        Event.ACCEPTED: State.PENDING,
        Event.PAID: State.CAPTURED,
        Event.REFUSED: State.DECLINED,
        Event.DIFFERS: State.REVIEW,
    },
    State.UNKNOWN: {
        Event.ACCEPTED: State.PENDING,
        Event.PAID: State.CAPTURED,
        Event.REFUSED: State.DECLINED,
        Event.LAPSED: State.EXPIRED,
        Event.CANCEL: State.VOIDING,
        Event.GIVE_UP: State.REVIEW,
        Event.DIFFERS: State.REVIEW,
    },
    State.PENDING: {
        Event.PAID: State.CAPTURED,
        Event.REFUSED: State.DECLINED,
        Event.LAPSED: State.EXPIRED,
        Event.CANCEL: State.VOIDING,
        Event.GIVE_UP: State.REVIEW,
        Event.DIFFERS: State.REVIEW,
    },
    State.VOIDING: {
        Event.VOID_DONE: State.VOIDED,
        Event.PAID: State.REVIEW,
        Event.REFUSED: State.DECLINED,
        Event.LAPSED: State.EXPIRED,
        Event.GIVE_UP: State.REVIEW,
        Event.DIFFERS: State.REVIEW,
    },
    State.CAPTURED: {Event.PAID: State.CAPTURED},
    State.DECLINED: {Event.PAID: State.REVIEW},
    State.EXPIRED: {Event.PAID: State.REVIEW},
    State.VOIDED: {Event.PAID: State.REVIEW},
    State.REVIEW: {Event.PAID: State.CAPTURED, Event.VOID_DONE: State.VOIDED},
}

OPEN: Final = frozenset({State.CREATED, State.SENT, State.PENDING, State.UNKNOWN})
"""States in which the payment of an attempt may not start another one."""

CANCELLABLE: Final = frozenset({State.CREATED, State.PENDING, State.UNKNOWN})
"""States in which an attempt may take the step CANCEL."""

IN_FLIGHT: Final = frozenset({State.SENT, State.PENDING, State.UNKNOWN, State.VOIDING})
"""States in which the gateway's answer may change: these attempts are queried again."""

IN_PROCESS: Final = IN_FLIGHT | {State.REVIEW}
"""Sent, and the outcome is not known: the next shift takes these over."""

ENDED: Final = frozenset({State.CAPTURED, State.DECLINED, State.EXPIRED, State.VOIDED})


def advance(state: State, event: Event) -> State:
    """Return the state after ``event``. Raises IllegalTransition for a step that is not in the table."""
    try:
        return TABLE[state][event]
    except KeyError:
        text = N_("A payment that is {state} cannot take the step {event}.")
        raise IllegalTransition(msg(text, state=state.value, event=event.value)) from None


def may_start_another(states: Iterable[State]) -> bool:
    """Return whether a payment with attempts in these states may start another one."""
    return all(state not in OPEN and state is not State.CAPTURED for state in states)


_PRECEDENCE: Final = (
    State.CAPTURED, State.REVIEW, State.UNKNOWN, State.SENT, State.PENDING, State.CREATED,
    State.VOIDING, State.DECLINED, State.EXPIRED, State.VOIDED,
)  # fmt: skip


def payment_state(states: Iterable[State]) -> State:
    """Return a payment's status, derived from the states of its attempts; it is not stored."""
    present = set(states)
    return next((state for state in _PRECEDENCE if state in present), State.CREATED)
