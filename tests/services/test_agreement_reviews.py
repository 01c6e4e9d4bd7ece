"""A manager settles agreements and charges in review, each booked once."""

from __future__ import annotations

from datetime import date

import pytest

from pos.domain.agreement import AgreementState, ChargeState
from pos.domain.agreement_review import Decision
from pos.domain.money import Money
from pos.domain.staff import Action
from pos.domain.states import State
from pos.errors import InputError, NotAllowed, NotFound
from pos.simulator.contracts import Authorisation
from tests.services.test_agreements import NT500, Shop, day, shop
from tests.support.access import permit

__all__ = ("day", "shop")  # fixtures
MANAGER = permit(Action.SETTLE, "c", "m")
ACCEPT, CLOSE = Decision
A, C = AgreementState, ChargeState


def settle(shop: Shop, decision: Decision, charge: int | None = None) -> AgreementState:
    """Settle, ask the gateway again, and return the state: its answers repeat what was settled."""
    shop.agreement_reviews.settle(shop.no, decision, "seen in the console", MANAGER, charge=charge)
    if shop.found().charges:
        shop.refresh()
    return shop.found().state


def begin_with_another_amount(shop: Shop) -> None:
    shop.begin()
    shop.days(30.1)
    shop.contract().log[1].amount = 499
    shop.refresh()


def begin_charged_twice(shop: Shop) -> None:
    shop.begin()
    shop.days(30.1)
    shop.refresh()
    log = shop.contract().log
    log.append(Authorisation(2, log[1].at, "1", 500, "99999999", "2612200000009999"))
    assert shop.refresh().state is A.REVIEW


def test_another_amount_that_is_accepted_is_booked_once_as_it_came(shop: Shop) -> None:
    begin_with_another_amount(shop)
    assert shop.agreement_reviews.waiting() == [shop.no]
    settle(shop, ACCEPT, 2)
    charge = shop.found().charges[1]
    assert (charge.state, charge.received, charge.paid) == (C.CAPTURED, Money(499, "TWD"), Money(499, "TWD"))
    (line,) = shop.ledger.of_order(charge.order_no)
    assert (line.day, line.amount) == (date(2026, 12, 20), Money(499, "TWD"))
    assert shop.booked()[1].received == Money(499, "TWD")
    assert shop.agreement_reviews.waiting() == []
    row = next(row for row in shop.store.history(shop.no) if row.kind == "agreement_charge_settled_paid")
    assert "seen in the console" in str(row.message)
    with pytest.raises(NotAllowed, match="in review"):
        settle(shop, ACCEPT, 2)
    assert len(shop.booked()) == 2
    shop.contract().log[1].amount = 500  # as the gateway's sum has it


def test_another_amount_that_is_closed_stays_closed(shop: Shop) -> None:
    begin_with_another_amount(shop)
    settle(shop, CLOSE, 2)
    assert (shop.states()[1], len(shop.booked())) == ("declined", 1)
    assert "Settled by a manager" in str(shop.found().charges[1].message)


def test_a_charge_that_was_given_up_is_booked_on_its_due_day_and_never_again(shop: Shop) -> None:
    shop.begin(times="2")
    shop.watch()
    contract = shop.contract()
    start = contract.start
    contract.start = start.replace(year=2030) if start else None  # the bank does nothing on the due day
    shop.days(38)
    assert shop.states()[1] == "review"
    settle(shop, ACCEPT, 2)
    charge = shop.found().charges[1]
    (line,) = shop.ledger.of_order(charge.order_no)
    assert (line.day, line.hour, line.amount, shop.found().state) == (charge.due, 12, NT500, A.ENDED)
    contract.start = start
    shop.refresh()
    assert (shop.found().state, len(shop.booked())) == (A.ENDED, 2)


@pytest.mark.parametrize(("decision", "state"), [(ACCEPT, A.ACTIVE), (CLOSE, A.STOPPED)])
def test_a_second_authorisation_is_settled_once(shop: Shop, decision: Decision, state: AgreementState) -> None:
    begin_charged_twice(shop)
    assert shop.agreement_reviews.waiting() == [shop.no]
    assert settle(shop, decision) is state
    assert settle_again(shop) == (state, 2)
    shop.contract().log.pop()


def settle_again(shop: Shop) -> tuple[AgreementState, int]:
    with pytest.raises(NotAllowed, match="in review"):
        shop.agreement_reviews.settle(shop.no, ACCEPT, "again", MANAGER)
    return shop.found().state, len(shop.booked())


def test_a_third_authorisation_during_the_review_is_put_to_the_manager_after_it(shop: Shop) -> None:
    begin_charged_twice(shop)
    log = shop.contract().log
    log.append(Authorisation(2, log[1].at, "1", 500, "88888888", "2612200000008888"))
    assert shop.refresh().state is A.REVIEW
    assert settle(shop, ACCEPT) is A.REVIEW
    assert settle(shop, ACCEPT) is A.ACTIVE
    del log[2:]


@pytest.mark.parametrize(
    ("decision", "state", "first"), [(ACCEPT, A.ACTIVE, State.CAPTURED), (CLOSE, A.FAILED, State.VOIDED)]
)
def test_the_first_payment_in_review_is_settled_with_its_agreement(
    shop: Shop, decision: Decision, state: AgreementState, first: State
) -> None:
    shop.agree()
    shop.customer_pays(shop.now(shop.no), 499)
    shop.pass_time(10)
    assert shop.agreement_reviews.waiting() == [], "the payment waits itself"
    settle(shop, decision)
    assert (shop.found().state, shop.now(shop.no).state) == (state, first)
    if first is State.CAPTURED:
        assert shop.found().charges[0].paid == Money(499, "TWD")


def test_only_what_is_in_review_is_settled_with_the_right_and_a_reason(shop: Shop) -> None:
    shop.begin()
    settle = shop.agreement_reviews.settle
    with pytest.raises(NotAllowed, match="in review"):
        settle(shop.no, CLOSE, "r", MANAGER)
    with pytest.raises(NotFound, match="no charge 4"):
        settle(shop.no, CLOSE, "r", MANAGER, charge=4)
    with pytest.raises(NotAllowed):
        settle(shop.no, CLOSE, "r", permit(Action.STOP_DEBIT, "m"))
    with pytest.raises(InputError):
        settle(shop.no, CLOSE, " ", MANAGER, charge=2)
