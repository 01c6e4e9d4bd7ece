"""Agreements by which a card is charged again and again: period, due dates, states and totals, as pure rules.

An agreement has charges numbered from 1. The first is the authorisation on the gateway's page; the gateway makes each
later one on its day. The names of states and events are stored and must not change.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple, TypeVar

from pos.domain.money import Money
from pos.domain.typed_text import tidy_text
from pos.errors import IllegalTransition, InputError
from pos.i18n import N_, Message, msg

# -- period ---------------------------------------------------------------------------------------------------


class Unit(StrEnum):
    """The unit of a period."""

    DAY = "D"
    MONTH = "M"
    YEAR = "Y"


class Limits(NamedTuple):
    """What is allowed for a unit: 1 to ``every`` units between charges, 2 to ``times`` charges."""

    every: int
    times: int


LIMITS: Final[Mapping[Unit, Limits]] = {
    Unit.DAY: Limits(365, 999),
    Unit.MONTH: Limits(12, 99),
    Unit.YEAR: Limits(1, 9),
}
"""The limits of the gateway's document (Frequency and ExecTimes by PeriodType)."""

FEWEST_TIMES: Final = 2
"""The document writes "more than 1 time"; its second example has 2."""

_EVERY: Final = re.compile("([0-9]{1,4})([DMY])", re.ASCII)


@dataclass(frozen=True, slots=True)
class Period:
    """The time between two charges, such as 1 month. Raises InputError outside :data:`LIMITS`."""

    every: int
    unit: Unit

    def __post_init__(self) -> None:
        most = LIMITS[self.unit].every
        if not 1 <= self.every <= most:
            text = N_("A period in {unit} may be from 1 to {most}.")
            raise InputError("every", msg(text, unit=self.unit.value, most=most))

    def __str__(self) -> str:
        return f"{self.every}{self.unit}"

    def due(self, start: date, number: int) -> date:
        """Return the day of charge ``number``; number 1 is ``start``.

        A day that its month does not have becomes the last of the month. Later charges count from ``start`` again:
        after 31 January come 28 February and 31 March.
        """
        steps = self.every * (number - 1)
        if self.unit is Unit.DAY:
            return start + timedelta(days=steps)
        return _months_later(start, steps if self.unit is Unit.MONTH else 12 * steps)


def parse_period(text: str) -> Period:
    """Return the period written as ``1M``, ``30D`` or ``1Y``. Raises InputError."""
    found = _EVERY.fullmatch(text.strip().upper())
    if found is None:
        raise InputError("every", N_("Write the period as a number with D, M or Y, for example 1M, 30D or 1Y."))
    return Period(int(found[1]), Unit(found[2]))


def _months_later(start: date, months: int) -> date:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


# -- terms ----------------------------------------------------------------------------------------------------

AGREEMENT, CHARGE, BANK_REF = "agreement", "charge", "bank_ref"
"""In ``Attempt.details`` of a later charge: the numbers of its agreement, of itself, and the bank's of it."""

PAID_AT: Final = "paid_at"
"""In ``Attempt.details`` of a first charge: the gateway's time of it, in ISO 8601. The due days count from then."""

EVERY, TIMES, REFERENCE = "every", "times", "reference"
"""The options of an order that say its terms: a period as ``1M``, a number, and the shop's own reference."""

LONGEST_REFERENCE: Final = 60
"""Characters of the shop's own reference, such as a member number."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the customer agrees to: ``amount`` each ``period``, ``times`` times. Raises InputError."""

    amount: Money
    period: Period
    times: int

    def __post_init__(self) -> None:
        if self.amount.minor <= 0:
            raise InputError("amount", N_("The amount must be more than zero."))
        most = LIMITS[self.period.unit].times
        if not FEWEST_TIMES <= self.times <= most:
            text = N_("With a period in {unit} there may be from {fewest} to {most} charges.")
            raise InputError("times", msg(text, unit=self.period.unit.value, fewest=FEWEST_TIMES, most=most))

    @property
    def total(self) -> Money:
        """The sum of all charges."""
        return self.amount * self.times

    def due_dates(self, start: date) -> tuple[date, ...]:
        """Return the days of all charges. Raises InputError if the last one is after the year 9999."""
        try:
            return tuple(self.period.due(start, number) for number in range(1, self.times + 1))
        except (OverflowError, ValueError):
            raise InputError("times", N_("The last charge would be after the year 9999.")) from None


def terms(amount: Money, every: str, times: str) -> Terms:
    """Return the terms as typed. Raises InputError with the field and the rule."""
    if not re.fullmatch("[0-9]{1,4}", times, re.ASCII):
        raise InputError("times", N_("Write the number of charges in digits, for example 12."))
    return Terms(amount, parse_period(every), int(times))


def tidy_reference(text: str) -> str:
    """Return the shop's reference as it is stored. Raises InputError if it is too long."""
    tidy = tidy_text("reference", text)
    if len(tidy) > LONGEST_REFERENCE:
        rule = N_("{field} may have {limit} characters at most.")
        raise InputError("reference", msg(rule, field="reference", limit=LONGEST_REFERENCE))
    return tidy


# -- states ---------------------------------------------------------------------------------------------------


class AgreementState(StrEnum):
    """The state of an agreement."""

    CREATED = "created"  # journaled; no page was handed out
    OPEN = "open"  # the customer has the page
    ACTIVE = "active"  # the first authorisation was captured
    ENDED = "ended"  # all charges were made or have failed
    STOPPED = "stopped"  # no further charges
    FAILED = "failed"  # the first authorisation was refused, or never made
    REVIEW = "review"  # only a manager can settle it


class AgreementEvent(StrEnum):
    """An event that changes the state of an agreement."""

    HAND_OUT = "hand_out"
    ACTIVATE = "activate"
    FAIL = "fail"
    FINISH = "finish"
    STOP = "stop"
    DIFFERS = "differs"


_A, _E = AgreementState, AgreementEvent

AGREEMENT_TABLE: Final[Mapping[AgreementState, Mapping[AgreementEvent, AgreementState]]] = {
    _A.CREATED: {_E.HAND_OUT: _A.OPEN, _E.FAIL: _A.FAILED},
    _A.OPEN: {_E.ACTIVATE: _A.ACTIVE, _E.FAIL: _A.FAILED, _E.DIFFERS: _A.REVIEW},
    _A.ACTIVE: {_E.FINISH: _A.ENDED, _E.STOP: _A.STOPPED, _E.DIFFERS: _A.REVIEW},
    _A.ENDED: {_E.DIFFERS: _A.REVIEW},
    _A.STOPPED: {_E.DIFFERS: _A.REVIEW},
    _A.FAILED: {_E.DIFFERS: _A.REVIEW},
    _A.REVIEW: {_E.ACTIVATE: _A.ACTIVE, _E.FAIL: _A.FAILED, _E.STOP: _A.STOPPED},
}
"""Money of an agreement that is over leads to REVIEW. A manager decides the steps out of REVIEW."""

AGREEMENTS_IN_FORCE: Final = frozenset({_A.OPEN, _A.ACTIVE, _A.REVIEW})
"""States in which the gateway may charge the card."""


class ChargeState(StrEnum):
    """The state of one charge of an agreement."""

    EXPECTED = "expected"  # not due, or due without news
    CAPTURED = "captured"
    DECLINED = "declined"
    UNKNOWN = "unknown"  # its day is over, and the gateway has not named it
    REVIEW = "review"  # only a manager can settle it


class ChargeEvent(StrEnum):
    """An event that changes the state of a charge."""

    PAID = "paid"
    REFUSED = "refused"
    NO_NEWS = "no_news"
    DIFFERS = "differs"
    GIVE_UP = "give_up"


_C, _N = ChargeState, ChargeEvent

CHARGE_TABLE: Final[Mapping[ChargeState, Mapping[ChargeEvent, ChargeState]]] = {
    _C.EXPECTED: {
        _N.PAID: _C.CAPTURED, _N.REFUSED: _C.DECLINED, _N.NO_NEWS: _C.UNKNOWN, _N.DIFFERS: _C.REVIEW,
    },
    _C.UNKNOWN: {_N.PAID: _C.CAPTURED, _N.REFUSED: _C.DECLINED, _N.DIFFERS: _C.REVIEW, _N.GIVE_UP: _C.REVIEW},
    _C.DECLINED: {_N.PAID: _C.CAPTURED, _N.DIFFERS: _C.REVIEW},
    _C.CAPTURED: {_N.PAID: _C.CAPTURED},
    _C.REVIEW: {_N.PAID: _C.CAPTURED, _N.REFUSED: _C.DECLINED},
}  # fmt: skip
"""DECLINED → CAPTURED: the gateway tried the card again. A manager may also decide the steps out of REVIEW."""

CHARGES_OPEN: Final = frozenset({_C.EXPECTED, _C.UNKNOWN})
"""States in which the gateway's answer may settle a charge."""

_State = TypeVar("_State", AgreementState, ChargeState)
_Event = TypeVar("_Event", AgreementEvent, ChargeEvent)


def advance_agreement(state: AgreementState, event: AgreementEvent) -> AgreementState:
    """Return the state after ``event``. Raises IllegalTransition for a step that is not in the table."""
    return _advance(AGREEMENT_TABLE, state, event, N_("An agreement that is {state} cannot take the step {event}."))


def advance_charge(state: ChargeState, event: ChargeEvent) -> ChargeState:
    """Return the state after ``event``. Raises IllegalTransition for a step that is not in the table."""
    text = N_("A charge of an agreement that is {state} cannot take the step {event}.")
    return _advance(CHARGE_TABLE, state, event, text)


def _advance(table: Mapping[_State, Mapping[_Event, _State]], state: _State, event: _Event, text: str) -> _State:
    try:
        return table[state][event]
    except KeyError:
        raise IllegalTransition(msg(text, state=state.value, event=event.value)) from None


# -- charges --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AgreementCharge:
    """One charge. ``order_no`` is the payment by which it was booked, "" if no money came. ``at`` is aware, in UTC.

    ``received`` is the amount that the gateway took if it differs.
    """

    number: int
    due: date
    amount: Money
    state: ChargeState = ChargeState.EXPECTED
    at: datetime | None = None
    order_no: str = ""
    bank_ref: str = ""
    gateway_ref: str = ""
    message: Message = Message()
    received: Money | None = None

    @property
    def paid(self) -> Money:
        """The amount that was taken."""
        return self.received or self.amount


@dataclass(frozen=True, slots=True)
class Agreement:
    """An agreement with its charges, which it has from its first authorisation on.

    ``order_no`` is its number and that of its first charge, ``asked`` the shop day of the gateway's last answer.
    ``reviewed`` are the bank's numbers of second authorisations that were put to a manager.
    """

    order_no: str
    terms: Terms
    reference: str = ""
    state: AgreementState = AgreementState.CREATED
    asked: date | None = None
    message: Message = Message()
    charges: tuple[AgreementCharge, ...] = ()
    reviewed: frozenset[str] = frozenset()

    def charge_on(self, day: date) -> AgreementCharge:
        """Return the charge to which an authorisation of ``day`` belongs: the last one that was due by then."""
        return max((one for one in self.charges if one.due <= day), key=lambda one: one.number, default=self.charges[0])

    @property
    def needs_manager(self) -> bool:
        """Whether the agreement or one of its charges is in review."""
        return self.state is _A.REVIEW or any(one.state is _C.REVIEW for one in self.charges)

    @property
    def coming(self) -> tuple[AgreementCharge, ...]:
        """The charges that the gateway may still make; none before the first authorisation."""
        in_force = self.state in AGREEMENTS_IN_FORCE
        return tuple(one for one in self.charges if in_force and one.state in CHARGES_OPEN)

    @property
    def to_come(self) -> Money:
        """The sum of the charges that the gateway may still make, with the first one."""
        is_new = self.state in (_A.CREATED, _A.OPEN)
        return self.terms.total if is_new else self.terms.amount * len(self.coming)


@dataclass(frozen=True, slots=True)
class AgreementTotals:
    """The counts and sums of an agreement's charges. ``next`` is the first charge without an outcome."""

    captured: int
    declined: int
    unsettled: int
    money: Money
    next: AgreementCharge | None


def totals_of(charges: Iterable[AgreementCharge], currency: str) -> AgreementTotals:
    """Return the totals of charges; one in REVIEW is unsettled."""
    known = sorted(charges, key=lambda one: one.number)
    captured = [one for one in known if one.state is ChargeState.CAPTURED]
    declined = sum(one.state is ChargeState.DECLINED for one in known)
    return AgreementTotals(
        len(captured),
        declined,
        len(known) - len(captured) - declined,
        Money(sum(one.paid.minor for one in captured), currency),
        next((one for one in known if one.state in CHARGES_OPEN), None),
    )


def is_complete(charges: Iterable[AgreementCharge], today: date, *, finished: bool) -> bool:
    """Return whether nothing more can come: every charge was made, or has failed for good.

    The gateway may try a card again that was declined, until it says that it has ``finished``, or for a week.
    """
    return all(
        one.state is _C.CAPTURED or (one.state is _C.DECLINED and finished) or _failed(one, today) for one in charges
    )


def _failed(charge: AgreementCharge, today: date) -> bool:
    return charge.state is _C.DECLINED and today >= charge.due + timedelta(days=QUERY_DAYS)


# -- when the gateway is asked ----------------------------------------------------------------------------------

QUERY_DAYS: Final = 7
"""A charge without news is queried on the day after its due date, then daily until this many days after it. So is one
that was declined, which the gateway may try again."""

_ASKED: Final = CHARGES_OPEN | {_C.DECLINED}


def needs_query(charges: Iterable[AgreementCharge], today: date, asked: date | None) -> bool:
    """Return whether the gateway must be asked today. ``asked`` is the shop day of the last answer."""
    if asked is not None and asked >= today:
        return False
    return any(one.state in _ASKED and one.due < today and not _was_asked_out(one, asked) for one in charges)


def is_given_up(charge: AgreementCharge, today: date) -> bool:
    """Return whether the queries of a charge without news are over: a manager must settle it."""
    return charge.state is ChargeState.UNKNOWN and today >= charge.due + timedelta(days=QUERY_DAYS)


def _was_asked_out(charge: AgreementCharge, asked: date | None) -> bool:
    """Return whether the last day of a charge's queries had an answer. A register that was off asks later."""
    return asked is not None and asked >= charge.due + timedelta(days=QUERY_DAYS)
