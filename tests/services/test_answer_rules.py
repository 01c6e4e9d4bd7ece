"""The transition for each answer in each state: only an explicit answer settles."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pos.domain.money import Money
from pos.domain.states import TABLE, Event, State
from pos.gateways.base import Answer, Verdict
from pos.i18n import msg
from pos.services.answer_rules import judge
from tests.support.shop import attempt

OURS = Money(125, "TWD")
PAID = Answer(Verdict.PAID, "250", amount=OURS)
SHOWN = Answer(Verdict.ACCEPTED, "200", pay_url="https://pay.example/1", gateway_ref="9")
WATCHED = (State.UNKNOWN, State.PENDING, State.VOIDING)


def events(state: State, answer: Answer, *, overdue: bool = False, **facts: Any) -> tuple[Event, ...]:
    return judge(attempt(state=state, **facts), answer, overdue=overdue).events


def test_the_first_answer_decides_what_an_attempt_is() -> None:
    expected = {
        Verdict.ACCEPTED: (Event.ACCEPTED,),
        Verdict.UNUSABLE: (Event.ACCEPTED, Event.CANCEL),
        Verdict.REFUSED: (Event.REFUSED,),
        Verdict.REJECTED: (Event.REFUSED,),
        Verdict.LAPSED: (Event.NO_ANSWER, Event.LAPSED),
        Verdict.DIFFERS: (Event.DIFFERS,),
        Verdict.EXISTS: (Event.NO_ANSWER,),
        Verdict.MISSING: (Event.NO_ANSWER,),
        Verdict.UNSURE: (Event.NO_ANSWER,),
        Verdict.VOIDED: (Event.NO_ANSWER,),
        Verdict.PAID: (Event.NO_ANSWER,),  # paid, without an amount
    }
    assert {verdict: events(State.SENT, Answer(verdict)) for verdict in Verdict} == expected


def test_paid_is_believed_with_our_amount_and_currency_only() -> None:
    for state in (State.SENT, State.UNKNOWN, State.PENDING):
        assert events(state, PAID) == (Event.PAID,)
        for other in (Money(126, "TWD"), Money(125, "HKD")):
            found = judge(attempt(state=state), Answer(Verdict.PAID, amount=other))
            assert found.events == (Event.DIFFERS,)
            assert str(found.facts["message"]) == f"The gateway says {other.display}; NT$125 was requested."


def test_paid_without_an_amount_is_doubt() -> None:
    for state in WATCHED:
        assert events(state, Answer(Verdict.PAID)) == ()


def test_an_order_that_cannot_be_shown_is_cancelled_and_its_amount_still_looked_at() -> None:
    fault = msg("The gateway's link is too long to show.")
    found = judge(attempt(state=State.SENT), Answer(Verdict.UNUSABLE, message=fault, gateway_ref="7"))
    assert (found.events, found.facts["gateway_ref"]) == ((Event.ACCEPTED, Event.CANCEL), "7")
    assert str(found.facts["message"]).startswith("The gateway's link is too long to show. This order cannot be paid")
    other = Answer(Verdict.UNUSABLE, message=fault, amount=Money(99, "TWD"))
    assert events(State.SENT, other) == (Event.DIFFERS,)
    for state in WATCHED:
        assert events(state, Answer(Verdict.UNUSABLE, message=fault)) == ()


def test_an_order_over_another_amount_goes_to_a_manager() -> None:
    other = Answer(Verdict.ACCEPTED, amount=Money(99, "TWD"), pay_url="https://pay.example/1")
    for state in (State.SENT, *WATCHED):
        assert events(state, other) == (Event.DIFFERS,)


def test_money_after_a_cancel_goes_to_a_manager() -> None:
    assert events(State.VOIDING, PAID) == (Event.PAID,)
    assert TABLE[State.VOIDING][Event.PAID] is State.REVIEW
    assert events(State.VOIDING, Answer(Verdict.PAID, amount=Money(1, "TWD"))) == (Event.DIFFERS,)


@pytest.mark.parametrize("state", [State.DECLINED, State.EXPIRED, State.VOIDED])
def test_money_after_an_unpaid_end_goes_to_a_manager(state: State) -> None:
    for late in (PAID, Answer(Verdict.PAID, amount=Money(1, "TWD")), Answer(Verdict.DIFFERS)):
        found = judge(attempt(state=state), late)
        assert found.events == (Event.PAID,)
        assert "Money arrived after" in str(found.facts["message"])
    assert events(state, SHOWN) == ()
    assert events(state, Answer(Verdict.REFUSED)) == ()


def test_a_second_answer_of_paid_changes_nothing() -> None:
    for verdict in Verdict:
        found = judge(attempt(state=State.CAPTURED), Answer(verdict, amount=OURS))
        assert (found.events, dict(found.facts)) == ((), {})


def test_in_review_the_gateways_answer_is_noted_for_the_manager() -> None:
    found = judge(attempt(state=State.REVIEW), PAID)
    assert found.events == ()
    assert str(found.facts["message"]) == "The gateway now says: paid, NT$125."
    assert judge(attempt(state=State.REVIEW, message=found.facts["message"], code="250"), PAID).facts == {}
    assert events(State.REVIEW, Answer(Verdict.REFUSED)) == ()


def test_the_gateways_newest_sum_is_what_a_manager_may_accept_and_refund() -> None:
    before = attempt(state=State.REVIEW, code="250", received=Money(200, "TWD"))
    found = judge(before, PAID)
    assert found.facts["received"] == PAID.amount, "200 was told before; only what was due came"
    same = judge(replace(before, received=PAID.amount), PAID)
    assert "received" not in same.facts


def test_an_explicit_no_settles() -> None:
    for state in WATCHED:
        assert events(state, Answer(Verdict.REFUSED)) == (Event.REFUSED,)
        assert events(state, Answer(Verdict.LAPSED)) == (Event.LAPSED,)


def test_a_cancel_at_the_gateway_is_a_void_only_if_we_requested_it() -> None:
    assert events(State.VOIDING, Answer(Verdict.VOIDED)) == (Event.VOID_DONE,)
    found = judge(attempt(state=State.PENDING), Answer(Verdict.VOIDED))
    assert found.events == (Event.REFUSED,)
    assert str(found.facts["message"]) == "Cancelled at the gateway."


def test_unpaid_is_no_news_until_it_is_overdue() -> None:
    assert events(State.PENDING, SHOWN, pay_url="https://pay.example/1", gateway_ref="9") == ()
    assert events(State.VOIDING, SHOWN) == ()
    for state in WATCHED:
        assert events(state, SHOWN, overdue=True) == (Event.LAPSED,)


def test_a_doubt_on_the_screen_ends_with_the_next_plain_answer() -> None:
    shown = attempt(
        state=State.PENDING, pay_url="https://pay.example/1", gateway_ref="9", message=msg("doubt"), code="7"
    )
    assert dict(judge(shown, SHOWN).facts) == {"message": SHOWN.message, "code": "200"}
    lost = attempt(state=State.PENDING, message=msg("its payment code was lost"))
    assert dict(judge(lost, Answer(Verdict.ACCEPTED)).facts) == {}
    assert judge(lost, SHOWN).facts["pay_url"] == "https://pay.example/1"


def test_an_order_found_again_is_pending() -> None:
    found = judge(attempt(state=State.UNKNOWN), SHOWN)
    assert found.events == (Event.ACCEPTED,)
    assert found.facts["pay_url"] == "https://pay.example/1"


def test_an_order_found_again_without_its_code_says_so() -> None:
    found = judge(attempt(state=State.UNKNOWN), Answer(Verdict.ACCEPTED, "5801"))
    assert found.events == (Event.ACCEPTED,)
    assert "its payment code was lost" in str(found.facts["message"])


@pytest.mark.parametrize("verdict", [Verdict.EXISTS, Verdict.MISSING, Verdict.REJECTED])
def test_what_is_not_about_the_order_moves_nothing(verdict: Verdict) -> None:
    for state in WATCHED:
        for overdue in (False, True):
            found = judge(attempt(state=state), Answer(verdict), overdue=overdue)
            assert (found.events, dict(found.facts)) == ((), {})


def test_a_page_that_closed_unopened_ends_its_payment() -> None:
    closed = attempt(state=State.PENDING, page_token="t")
    assert judge(closed, Answer(Verdict.MISSING)).events == ()
    assert judge(closed, Answer(Verdict.MISSING), overdue=True).events == (Event.LAPSED,)


def test_a_code_that_no_table_lists_is_shown_as_it_came() -> None:
    found = judge(attempt(state=State.PENDING, code="200"), Answer(Verdict.UNSURE, "7777"))
    assert found.events == ()
    assert found.facts["code"] == "7777"
    assert "7777" in str(found.facts["message"])
    silent = judge(attempt(state=State.PENDING), Answer(Verdict.UNSURE)).facts["message"]
    assert str(silent) == "The gateway does not say whether money came."


def test_the_gateways_number_fee_and_details_are_kept() -> None:
    answer = Answer(Verdict.PAID, amount=OURS, gateway_ref="9", gateway_key="k", fee="1.5", details={"a": "1"})
    facts = judge(attempt(state=State.PENDING, details={"b": "2"}), answer).facts
    assert (facts["gateway_ref"], facts["gateway_key"], facts["fee"]) == ("9", "k", "1.5")
    assert facts["details"] == {"a": "1", "b": "2"}


def test_a_refused_request_says_whose_fault_it_is() -> None:
    ours = judge(attempt(state=State.SENT), Answer(Verdict.REJECTED, "910"))
    keys = judge(attempt(state=State.SENT), Answer(Verdict.REJECTED, "913", credentials=True))
    assert ours.facts["details"] == {"rejected": "request"}
    assert keys.facts["details"] == {"rejected": "credentials"}


@pytest.mark.parametrize("state", [state for state in State if state is not State.CREATED])
@pytest.mark.parametrize("verdict", list(Verdict))
@pytest.mark.parametrize("overdue", [False, True])
def test_no_answer_ever_asks_for_a_step_outside_the_table(state: State, verdict: Verdict, overdue: bool) -> None:
    for amount in (None, OURS, Money(1, "TWD")):
        at = state
        for event in judge(attempt(state=state), Answer(verdict, amount=amount), overdue=overdue).events:
            at = TABLE[at][event]
