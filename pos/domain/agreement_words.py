"""The terms of an agreement and the states of its charges in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pos.domain.agreement import AGREEMENT, CHARGE, EVERY, ChargeState, Period, Terms, Unit
from pos.domain.payment import Attempt
from pos.i18n import N_, _

_ONE: Final = {Unit.DAY: N_("every day"), Unit.MONTH: N_("every month"), Unit.YEAR: N_("every year")}
_MORE: Final = {Unit.DAY: N_("every {count} days"), Unit.MONTH: N_("every {count} months")}
"""The document allows periods of one year only."""

CHARGES: Final[Mapping[str, str]] = {
    ChargeState.EXPECTED: N_("To come"),
    ChargeState.CAPTURED: N_("Charged"),
    ChargeState.DECLINED: N_("Declined"),
    ChargeState.UNKNOWN: N_("No news"),
    ChargeState.REVIEW: N_("Needs manager"),
}


def charge_words(attempt: Attempt) -> str:
    """Return which charge of an agreement a payment is, "" for any other payment."""
    number, agreement = attempt.details.get(CHARGE, ""), attempt.details.get(AGREEMENT, "")
    if EVERY in attempt.options:
        number, agreement = "1", attempt.order_no
    return _("Charge {number} of agreement {agreement}").format(number=number, agreement=agreement) if agreement else ""


def count_words(number: int, times: int) -> str:
    """``3 of 12``."""
    return _("{made} of {times}").format(made=number, times=times)


def period_words(period: Period) -> str:
    """``every month``."""
    one = period.every == 1
    return _(_ONE[period.unit] if one else _MORE[period.unit]).format(count=period.every)


def terms_words(terms: Terms) -> str:
    """``every month × 12``."""
    return f"{period_words(terms.period)} × {terms.times}"
