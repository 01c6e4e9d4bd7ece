"""Agreements: the limits of the document, due dates, states, totals and the days on which the gateway is asked."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product

import pytest

from pos.domain.agreement import (
    AGREEMENT_TABLE,
    CHARGE_TABLE,
    CHARGES_OPEN,
    Agreement,
    AgreementCharge,
    AgreementEvent,
    AgreementState,
    ChargeEvent,
    ChargeState,
    Period,
    Terms,
    Unit,
    advance_agreement,
    advance_charge,
    is_complete,
    is_given_up,
    needs_query,
    parse_period,
    terms,
    tidy_reference,
    totals_of,
)
from pos.domain.agreement_words import terms_words
from pos.domain.money import Money
from pos.errors import IllegalTransition, InputError
from pos.i18n import use_language

NT500 = Money(500, "TWD")
DUE = date(2026, 11, 20)


def charge(number: int = 2, state: ChargeState = ChargeState.EXPECTED, due: date = DUE) -> AgreementCharge:
    return AgreementCharge(number, due, NT500, state)


@pytest.mark.parametrize(
    ("every", "times", "dates"),
    [
        ("1M", "12", [date(2026, 1 + month, 15) for month in range(12)]),
        ("6M", "2", [date(2026, 1, 15), date(2026, 7, 15)]),
    ],
)
def test_the_documents_two_examples(every: str, times: str, dates: list[date]) -> None:
    assert list(terms(NT500, every, times).due_dates(date(2026, 1, 15))) == dates


def test_the_documents_examples_add_up() -> None:
    assert terms(NT500, "1M", "12").total == Money(6000, "TWD")
    assert terms(Money(6000, "TWD"), "6M", "2").total == Money(12000, "TWD")


@pytest.mark.parametrize(("unit", "every", "times"), [("D", 365, 999), ("M", 12, 99), ("Y", 1, 9)])
def test_the_limits_apply_at_both_ends(unit: str, every: int, times: int) -> None:
    for fits in (1, every):
        for count in (2, times):
            assert str(Terms(NT500, Period(fits, Unit(unit)), count).period) == f"{fits}{unit}"
    for bad in (0, every + 1):
        with pytest.raises(InputError, match=f"from 1 to {every}") as caught:
            Period(bad, Unit(unit))
        assert caught.value.field == "every"
    for bad in (0, 1, times + 1):
        with pytest.raises(InputError, match=f"from 2 to {times} charges") as caught:
            Terms(NT500, Period(1, Unit(unit)), bad)
        assert caught.value.field == "times"


@pytest.mark.parametrize("minor", [0, -1])
def test_an_amount_of_zero_is_refused(minor: int) -> None:
    with pytest.raises(InputError, match="more than zero"):
        Terms(Money(minor, "TWD"), Period(1, Unit.MONTH), 2)


@pytest.mark.parametrize("text", ["", "M", "1", "1W", "1.5M", "-1M", "+1M", "1 M", "１M", "1MM", "00001M"])
def test_a_period_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="D, M or Y"):
        parse_period(text)


@pytest.mark.parametrize("text", ["", "x", "1.5", "-2", "１２", "10000"])
def test_times_that_are_no_number_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="in digits"):
        terms(NT500, "1M", text)


def test_a_period_may_be_typed_in_lower_case() -> None:
    assert parse_period(" 30d ") == Period(30, Unit.DAY)


def test_month_ends_count_from_the_first_day_again() -> None:
    monthly = Terms(NT500, Period(1, Unit.MONTH), 5).due_dates(date(2027, 12, 31))
    assert [f"{day:%m-%d}" for day in monthly] == ["12-31", "01-31", "02-29", "03-31", "04-30"]
    yearly = Terms(NT500, Period(1, Unit.YEAR), 5).due_dates(date(2028, 2, 29))
    assert [f"{day:%y-%m-%d}" for day in yearly] == ["28-02-29", "29-02-28", "30-02-28", "31-02-28", "32-02-29"]
    assert Period(30, Unit.DAY).due(date(2026, 12, 15), 2) == date(2027, 1, 14)


def test_an_agreement_beyond_the_calendar_is_refused() -> None:
    for period in (Period(365, Unit.DAY), Period(12, Unit.MONTH)):
        with pytest.raises(InputError, match="9999"):
            Terms(NT500, period, 9).due_dates(date(9995, 1, 1))


def test_a_reference_is_tidied_and_has_a_limit() -> None:
    assert tidy_reference("  M-00123 ") == "M-00123"
    assert tidy_reference("x" * 60) == "x" * 60
    with pytest.raises(InputError, match="60 characters"):
        tidy_reference("x" * 61)


@pytest.mark.parametrize(("state", "event"), list(product(AgreementState, AgreementEvent)))
def test_an_agreement_takes_only_the_steps_of_its_table(state: AgreementState, event: AgreementEvent) -> None:
    if event in AGREEMENT_TABLE[state]:
        assert advance_agreement(state, event) is AGREEMENT_TABLE[state][event]
        return
    with pytest.raises(IllegalTransition, match=f"{state} cannot take the step {event}"):
        advance_agreement(state, event)


@pytest.mark.parametrize(("state", "event"), list(product(ChargeState, ChargeEvent)))
def test_a_charge_takes_only_the_steps_of_its_table(state: ChargeState, event: ChargeEvent) -> None:
    if event in CHARGE_TABLE[state]:
        assert advance_charge(state, event) is CHARGE_TABLE[state][event]
        return
    with pytest.raises(IllegalTransition, match=f"{state} cannot take the step {event}"):
        advance_charge(state, event)


def test_money_never_leaves_captured() -> None:
    assert set(CHARGE_TABLE[ChargeState.CAPTURED].values()) == {ChargeState.CAPTURED}


def test_money_of_an_agreement_that_is_over_needs_a_manager() -> None:
    for state in (AgreementState.ENDED, AgreementState.STOPPED, AgreementState.FAILED):
        assert advance_agreement(state, AgreementEvent.DIFFERS) is AgreementState.REVIEW


def test_totals_count_each_charge_once() -> None:
    states = [ChargeState.CAPTURED, ChargeState.DECLINED, ChargeState.REVIEW, ChargeState.UNKNOWN, ChargeState.EXPECTED]
    found = totals_of(reversed([charge(number, state) for number, state in enumerate(states, 1)]), "TWD")
    assert (found.captured, found.declined, found.unsettled, found.money) == (1, 1, 3, NT500)
    assert found.next is not None
    assert found.next.number == 4
    assert totals_of([charge(1, ChargeState.CAPTURED)], "TWD").next is None


def test_what_is_still_to_come_depends_on_whether_the_gateway_may_charge() -> None:
    monthly = terms(NT500, "1M", "4")
    states = ChargeState.CAPTURED, ChargeState.DECLINED, ChargeState.UNKNOWN, ChargeState.EXPECTED
    charges = tuple(charge(number, state) for number, state in enumerate(states, 1))
    active = Agreement("A", monthly, state=AgreementState.ACTIVE, charges=charges)
    assert [one.number for one in active.coming] == [3, 4]
    assert active.to_come == Money(1000, "TWD")
    assert Agreement("A", monthly, state=AgreementState.OPEN).to_come == Money(2000, "TWD")
    stopped = Agreement("A", monthly, state=AgreementState.STOPPED, charges=charges)
    assert (stopped.coming, stopped.to_come) == ((), Money(0, "TWD"))
    assert not stopped.needs_manager
    assert Agreement("A", monthly, state=AgreementState.REVIEW).needs_manager
    assert Agreement("A", monthly, charges=(charge(1, ChargeState.REVIEW),)).needs_manager


@pytest.mark.parametrize(
    ("every", "words"), [("1M", "every month × 2"), ("30D", "every 30 days × 2"), ("1Y", "every year × 2")]
)
def test_the_terms_are_read_out(every: str, words: str) -> None:
    use_language("en")
    assert terms_words(terms(NT500, every, "2")) == words


def test_an_agreement_is_complete_when_nothing_more_can_come() -> None:
    made, failed = charge(1, ChargeState.CAPTURED), charge(2, ChargeState.DECLINED)
    assert is_complete([made], DUE, finished=False)
    assert is_complete([made, failed], DUE, finished=True)
    assert not is_complete([made, failed], DUE + timedelta(days=6), finished=False), "it may be tried again"
    assert is_complete([made, failed], DUE + timedelta(days=7), finished=False)
    for state in (*CHARGES_OPEN, ChargeState.REVIEW):
        assert not is_complete([made, charge(3, state)], DUE + timedelta(days=9), finished=True)


def day(after: int) -> date:
    return DUE + timedelta(days=after)


def test_a_charge_without_news_is_queried_from_the_next_day_on_for_a_week() -> None:
    assert not needs_query([charge()], day(0), None)
    assert not needs_query([charge()], day(1), day(1))
    asked: date | None = None
    queries = []
    for after in range(12):
        if needs_query([charge()], day(after), asked):
            asked = day(after)
            queries.append(after)
    assert queries == [1, 2, 3, 4, 5, 6, 7]


def test_a_register_that_was_off_for_weeks_asks_once_more() -> None:
    assert needs_query([charge()], day(40), day(3))
    assert not needs_query([charge()], day(41), day(40))


@pytest.mark.parametrize("state", [ChargeState.UNKNOWN, ChargeState.DECLINED])
def test_a_charge_that_may_still_be_made_is_queried_for_a_week(state: ChargeState) -> None:
    assert needs_query([charge(state=state)], day(7), day(6))
    assert not needs_query([charge(state=state)], day(8), day(7))


@pytest.mark.parametrize("state", [ChargeState.CAPTURED, ChargeState.REVIEW])
def test_a_charge_with_an_outcome_is_not_queried(state: ChargeState) -> None:
    assert not needs_query([charge(state=state)], day(1), None)


def test_a_charge_without_news_for_a_week_is_given_up() -> None:
    assert not is_given_up(charge(state=ChargeState.UNKNOWN), day(6))
    assert is_given_up(charge(state=ChargeState.UNKNOWN), day(7))
    assert not is_given_up(charge(), day(7))
