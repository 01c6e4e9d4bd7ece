"""The state table of attempts, compared with a second copy of the design."""

from __future__ import annotations

from itertools import product

import pytest

from pos.domain.states import OPEN, TABLE, Event, State, advance, may_start_another, payment_state
from pos.errors import IllegalTransition

DESIGN = """
CREATED  send→SENT            cancel→VOIDED
SENT     not_sent→CREATED     no_answer→UNKNOWN   accepted→PENDING  paid→CAPTURED  refused→DECLINED  differs→REVIEW
UNKNOWN  accepted→PENDING paid→CAPTURED refused→DECLINED lapsed→EXPIRED cancel→VOIDING give_up→REVIEW differs→REVIEW
PENDING  paid→CAPTURED    refused→DECLINED lapsed→EXPIRED cancel→VOIDING give_up→REVIEW differs→REVIEW
VOIDING  void_done→VOIDED     paid→REVIEW         refused→DECLINED  lapsed→EXPIRED give_up→REVIEW differs→REVIEW
DECLINED paid→REVIEW
EXPIRED  paid→REVIEW
VOIDED   paid→REVIEW
CAPTURED paid→CAPTURED
REVIEW   paid→CAPTURED        void_done→VOIDED
"""

EXPECTED = {
    (State(words[0].lower()), Event(step.partition("→")[0])): State(step.partition("→")[2].lower())
    for line in DESIGN.strip().splitlines()
    if (words := line.split())
    for step in words[1:]
}


@pytest.mark.parametrize(("state", "event"), list(product(State, Event)))
def test_every_pair_of_state_and_event_does_what_the_design_says(state: State, event: Event) -> None:
    if (state, event) in EXPECTED:
        assert advance(state, event) is EXPECTED[state, event]
    else:
        with pytest.raises(IllegalTransition) as caught:
            advance(state, event)
        assert state.value in str(caught.value)


def test_the_table_has_exactly_the_steps_of_the_design() -> None:
    assert {(state, event) for state, row in TABLE.items() for event in row} == set(EXPECTED)


@pytest.mark.parametrize("state", list(State))
def test_a_second_attempt_waits_until_the_first_can_no_longer_be_paid(state: State) -> None:
    blocked = {State.CREATED, State.SENT, State.PENDING, State.UNKNOWN, State.CAPTURED}
    assert may_start_another([State.VOIDED, state]) is (state not in blocked)


def test_a_payment_without_attempts_may_start_one() -> None:
    assert may_start_another([])
    assert payment_state([]) is State.CREATED


def test_a_payment_has_the_state_of_its_most_important_attempt() -> None:
    assert payment_state([State.VOIDED, State.CAPTURED, State.REVIEW]) is State.CAPTURED
    assert payment_state([State.VOIDED, State.REVIEW]) is State.REVIEW
    assert payment_state([State.DECLINED, State.PENDING]) is State.PENDING
    assert payment_state([State.EXPIRED, State.VOIDED]) is State.EXPIRED


def test_every_state_has_a_precedence() -> None:
    assert all(payment_state([state]) is state for state in State)
    assert set(State) > OPEN
