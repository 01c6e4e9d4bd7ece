"""Agreements and their charges for people: word, tone and icon of each state."""

from __future__ import annotations

from datetime import tzinfo
from typing import Final

from pos.domain.agreement import Agreement, AgreementCharge, AgreementState, ChargeState
from pos.domain.agreement_review import Decision
from pos.domain.agreement_words import CHARGES, count_words, terms_words
from pos.domain.direct_debit import DebitStop, DirectDebit
from pos.domain.staff import Action
from pos.domain.states import State
from pos.gui.refunds.verdict_card import Choice
from pos.gui.refunds.words import REVIEW_REASONS
from pos.gui.tables import Column
from pos.gui.words import LOOKS as PAYMENT_LOOKS
from pos.gui.words import Look
from pos.i18n import N_, _

LOOKS: Final = {
    AgreementState.CREATED: Look(N_("Not sent"), "warn", "unsent"),
    AgreementState.OPEN: Look(N_("Waiting for the customer's card"), "busy", "clock", N_("Waiting")),
    AgreementState.ACTIVE: Look(N_("In force"), "good", "tick"),
    AgreementState.ENDED: Look(N_("Ended: nothing more is charged"), "quiet", "tick", N_("Ended")),
    AgreementState.STOPPED: Look(N_("Stopped: nothing more is charged"), "quiet", "cross", N_("Stopped")),
    AgreementState.FAILED: Look(N_("Failed: the first charge was not made"), "bad", "cross", N_("Failed")),
    AgreementState.REVIEW: Look(N_("Needs a manager"), "late", "bell", N_("Needs manager")),
}

CHARGE_LOOKS: Final = {
    ChargeState.EXPECTED: Look(CHARGES[ChargeState.EXPECTED], "quiet", "clock"),
    ChargeState.CAPTURED: Look(CHARGES[ChargeState.CAPTURED], "good", "tick"),
    ChargeState.DECLINED: Look(CHARGES[ChargeState.DECLINED], "bad", "cross"),
    ChargeState.UNKNOWN: Look(CHARGES[ChargeState.UNKNOWN], "warn", "question"),
    ChargeState.REVIEW: Look(CHARGES[ChargeState.REVIEW], "late", "bell"),
}

STOP: Final = "Stop"
STOP_ABOUT: Final = N_("The card is not charged any more. Charges that were made stay, and can be refunded.")
STOP_CHOICES: Final = (Choice(STOP, N_("Stop agreement"), "danger"),)
SETTLE_ABOUT: Final = N_(
    "Refund what was charged too much in the gateway's console. Closing here does not end the agreement at the gateway."
)
SETTLE_CHOICES: Final = (
    Choice(Decision.ACCEPT, N_("Let it go on"), "primary"), Choice(Decision.CLOSE, N_("Close it"), "danger"),
)  # fmt: skip
CHARGE_ABOUT: Final = N_("Look into the gateway's console: did the money of this charge come?")
CHARGE_CHOICES: Final = (
    Choice(Decision.ACCEPT, N_("The money came"), "primary"), Choice(Decision.CLOSE, N_("No money came"), "danger"),
)  # fmt: skip
SETTLE_REASONS: Final = REVIEW_REASONS[:2]
"""As many as the card has room for."""

STOP_REASONS: Final = (N_("The customer cancelled"), N_("Paid in another way"))

RIGHT: Final = Action.SEE_ALL
"""The right to see the list."""


def agreement_columns() -> tuple[Column[Agreement], ...]:
    """Return the columns of the list."""
    return (
        Column(N_("State"), _state, 112, icon=lambda one: (LOOKS[one.state].icon, LOOKS[one.state].tone)),
        Column(N_("Reference"), lambda one: one.reference or one.order_no),
        Column(N_("Each charge"), _terms, 148, right=True),
        Column(N_("Next charge"), lambda one: f"{next_due(one)}\n{done(one)}", 108, right=True),
    )


DEBIT_PERIODS: Final = {
    "W": N_("every week"), "F": N_("every two weeks"), "M": N_("every month"), "S": N_("every three months"),
    "H": N_("every six months"), "A": N_("every year"), "O": N_("once"),
}  # fmt: skip
"""『分期類型定義』值內容."""

DEBIT_LOOKS: Final = {
    DebitStop.ASKED: Look(N_("Unclear whether it was stopped"), "warn", "question", N_("Unknown")),
    DebitStop.DONE: LOOKS[AgreementState.STOPPED],
    DebitStop.UNSURE: Look(N_("Unclear whether it was stopped"), "warn", "question", N_("Unknown")),
}


def debit_look(debit: DirectDebit) -> Look:
    """Return the look of a direct debit: that of its first charge until it was made, then whether it was ended."""
    if debit.state is not State.CAPTURED:
        return PAYMENT_LOOKS[debit.state]
    return DEBIT_LOOKS.get(debit.stop, LOOKS[AgreementState.ACTIVE])


def debit_terms(debit: DirectDebit, *, times: bool = True) -> str:
    """Return how often it is charged, with the number of charges: ``every month × 12``."""
    period = _(DEBIT_PERIODS[debit.every]) if debit.every in DEBIT_PERIODS else debit.every
    return f"{period} × {debit.times}" if times and debit.times else period


def debit_columns(zone: tzinfo) -> tuple[Column[DirectDebit], ...]:
    """Return the columns of the list of direct debits."""

    def state(debit: DirectDebit) -> str:
        look = debit_look(debit)
        return _(look.short or look.word)

    return (
        Column(N_("State"), state, 112, icon=lambda one: (debit_look(one).icon, debit_look(one).tone)),
        Column(N_("Order"), lambda one: one.order_no),
        Column(N_("Each charge"), lambda one: f"{one.amount.display}\n{debit_terms(one)}", 148, right=True),
        Column(N_("Since"), lambda one: one.created_at.astimezone(zone).date().isoformat(), 108, right=True),
    )


def charge_columns(zone: tzinfo) -> tuple[Column[AgreementCharge], ...]:
    """Return the columns of an agreement's calendar; the time of a charge is beneath its state."""

    def state(charge: AgreementCharge) -> str:
        at = f"\n{charge.at.astimezone(zone):%m-%d %H:%M}" if charge.at else ""
        return _(CHARGE_LOOKS[charge.state].word) + at

    return (
        Column(N_("No."), lambda one: f"{one.number}", 40, right=True),
        Column(N_("Due"), lambda one: one.due.isoformat(), 100),
        Column(N_("Amount"), lambda one: one.paid.display, 80, right=True),
        Column(N_("State"), state, icon=lambda one: (CHARGE_LOOKS[one.state].icon, CHARGE_LOOKS[one.state].tone)),
    )


def done(agreement: Agreement) -> str:
    """Return how many of the charges were made: ``3 of 12``."""
    made = sum(one.state is ChargeState.CAPTURED for one in agreement.charges)
    return count_words(made, agreement.terms.times)


def next_due(agreement: Agreement) -> str:
    """Return the day of the next charge, a dash if none is known."""
    return agreement.coming[0].due.isoformat() if agreement.coming else "–"


def _state(agreement: Agreement) -> str:
    look = LOOKS[agreement.state]
    return _(look.short or look.word)


def _terms(agreement: Agreement) -> str:
    return f"{agreement.terms.amount.display}\n{terms_words(agreement.terms)}"
