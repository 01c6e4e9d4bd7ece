"""The state table of refunds, compared with a second copy of the design."""

from __future__ import annotations

from itertools import product

import pytest

from pos.domain.refund import (
    HOLDS_MONEY,
    REFUND_TABLE,
    REFUNDS_IN_FLIGHT,
    RefundEvent,
    RefundState,
    advance_refund,
)
from pos.errors import IllegalTransition

DESIGN = """
CREATED   send→SENT         done→REFUNDED     withdraw→WITHDRAWN
SENT      not_sent→CREATED  no_answer→UNKNOWN accepted→PENDING done→REFUNDED refused→REFUSED
UNKNOWN   accepted→PENDING  done→REFUNDED     refused→REFUSED  give_up→REVIEW
PENDING   done→REFUNDED     refused→REFUSED   withdraw→WITHDRAWN give_up→REVIEW
REFUNDED  done→REFUNDED
REVIEW    done→REFUNDED     refused→REFUSED
"""

EXPECTED = {
    (RefundState(words[0].lower()), RefundEvent(step.partition("→")[0])): RefundState(step.partition("→")[2].lower())
    for line in DESIGN.strip().splitlines()
    if (words := line.split())
    for step in words[1:]
}


@pytest.mark.parametrize(("state", "event"), list(product(RefundState, RefundEvent)))
def test_every_pair_of_state_and_event_does_what_the_design_says(state: RefundState, event: RefundEvent) -> None:
    if (state, event) in EXPECTED:
        assert advance_refund(state, event) is EXPECTED[state, event]
    else:
        with pytest.raises(IllegalTransition) as caught:
            advance_refund(state, event)
        assert state.value in str(caught.value)


def test_the_table_has_exactly_these_steps() -> None:
    assert {(state, event) for state, row in REFUND_TABLE.items() for event in row} == set(EXPECTED)


def test_only_a_refund_that_certainly_moved_no_money_frees_its_amount() -> None:
    assert set(RefundState) - HOLDS_MONEY == {RefundState.REFUSED, RefundState.WITHDRAWN}
    assert REFUNDS_IN_FLIGHT < HOLDS_MONEY
