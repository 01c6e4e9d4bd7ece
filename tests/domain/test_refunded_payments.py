"""The amount and the refund status of a payment in lists."""

from __future__ import annotations

from typing import Any

import pytest

from pos.domain.in_process import InProcess, in_process_of
from pos.domain.in_process_words import entries
from pos.domain.money import Money
from pos.domain.payment import RefundStatus, Tender
from pos.domain.refund import RefundState
from pos.domain.refund_words import REFUNDS
from pos.domain.states import State
from pos.domain.words import IN_FLIGHT, differs_words, refund_status_words
from pos.gui.refunds.words import REFUND_LOOKS
from pos.gui.words import LOOKS
from tests.support.refunds import twd
from tests.support.shop import attempt, refund


@pytest.mark.parametrize(
    ("refunded", "refunding", "returned", "words", "short"),
    [
        (None, None, RefundStatus.NOTHING, "", ""),
        (None, 40, RefundStatus.IN_PROCESS, "Refund in process: NT$40", "Refund in process"),
        (40, None, RefundStatus.PART, "Partly refunded: NT$40", "Partly refunded"),
        (40, 60, RefundStatus.PART, "Partly refunded: NT$40", "Partly refunded"),
        (99, None, RefundStatus.PART, "Partly refunded: NT$99", "Partly refunded"),
        (100, None, RefundStatus.WHOLE, "Refunded: NT$100", "Refunded"),
    ],
)
def test_a_payment_says_how_much_of_it_was_refunded(
    refunded: int | None, refunding: int | None, returned: RefundStatus, words: str, short: str
) -> None:
    """NT$100 was received for NT$125: a refund of NT$100 is a full refund."""
    back: dict[str, Any] = {
        "refunded": twd(refunded) if refunded else None,
        "refunding": twd(refunding) if refunding else None,
    }
    paid = attempt(state=State.CAPTURED, received=twd(100), **back)
    assert (paid.refund_status, refund_status_words(paid), refund_status_words(paid, short=True)) == (
        returned,
        words,
        short,
    )


@pytest.mark.parametrize("state", sorted(set(State) - {State.CAPTURED}))
def test_a_payment_that_is_not_captured_shows_no_refund(state: State) -> None:
    assert attempt(state=state, refunded=twd(1)).refund_status is RefundStatus.NOTHING


@pytest.mark.parametrize("state", list(State))
def test_the_received_amount_is_shown_if_money_was_received(state: State) -> None:
    """After a manager decided that no money was received, the gateway's amount is not shown."""
    came = state in (State.CAPTURED, State.REVIEW)
    short = attempt(state=state, received=twd(100))
    assert short.shown_amount == twd(100 if came else 125)
    assert short.differs is came
    assert differs_words(short) == ("Due: NT$125 · received: NT$100" if came else "")
    assert attempt(state=state).shown_amount == twd(125)


def test_a_larger_amount_or_another_currency_is_shown_as_received() -> None:
    assert attempt(state=State.CAPTURED, received=twd(130)).shown_amount == twd(130)
    abroad = attempt(state=State.CAPTURED, received=Money(1250, "HKD"))
    assert differs_words(abroad) == "Due: NT$125 · received: HK$12.50"


@pytest.mark.parametrize("state", list(State))
def test_a_payment_is_in_process_from_the_moment_it_is_sent_until_its_end_is_known(state: State) -> None:
    known = {State.CREATED, State.CAPTURED, State.DECLINED, State.EXPIRED, State.VOIDED}
    found = in_process_of({"R1"}, [attempt(state=state)], [])
    assert found.count == (state not in known)


@pytest.mark.parametrize("state", list(RefundState))
def test_a_refund_is_in_process_from_the_moment_it_is_sent_until_its_end_is_known(state: RefundState) -> None:
    known = {RefundState.CREATED, RefundState.REFUNDED, RefundState.REFUSED, RefundState.WITHDRAWN}
    found = in_process_of({"R1"}, [], [refund(attempt(), state=state)])
    assert found.count == (state not in known)


def test_what_is_in_process_is_listed_with_received_amounts_and_display_names() -> None:
    found = in_process_of(
        {"R1"},
        [
            attempt(state=State.PENDING, tender=Tender.ATM), attempt("B", state=State.REVIEW, received=twd(100)),
            attempt("C", state=State.PENDING, register_id="R2"),
        ],
        [refund(attempt(), 40, state=RefundState.PENDING), refund(attempt(), register_id="R2", state=RefundState.SENT)],
    )  # fmt: skip
    assert found.count == 3
    assert [tuple(one) for one in entries(found)] == [
        ("261120AAAAAAAAAAAAAA", "NT$125", "ATM · Waiting"),
        ("B", "NT$100", "MyPay · Needs manager"),
        ("261120RRRRRRRRRRRRRR", "NT$40", "Refund · At the gateway"),
    ]
    assert entries(InProcess()) == []


def test_every_state_of_a_refund_has_names_for_tables_and_for_its_page() -> None:
    assert set(REFUNDS) == set(REFUND_LOOKS) == set(RefundState)


def test_a_waiting_payment_has_the_same_name_in_the_window_and_on_paper() -> None:
    for state, text in IN_FLIGHT.items():
        look = LOOKS[State(state)]
        assert (look.short or look.word) == text
