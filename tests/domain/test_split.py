"""Split sales: what is left after each part, whatever became of the parts; seeded sequences of parts."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from pos.domain.money import Money
from pos.domain.payment import CASH, Attempt, Sale, Tender
from pos.domain.split import (
    SplitSale,
    SplitState,
    check_open,
    check_part,
    new_sale_id,
    options_of_part,
    options_of_sale,
)
from pos.domain.states import TABLE, Event, State, advance
from pos.errors import InputError, NotAllowed
from tests.support.sample import cases
from tests.support.shop import NOON, attempt


def twd(minor: int) -> Money:
    return Money(minor, "TWD")


def part(minor: int, state: State, currency: str = "TWD", **facts: Any) -> Attempt:
    return attempt(f"261120{minor:014d}", amount=Money(minor, currency), state=state, sale_id="s", **facts)


def sale(due: int, *parts: Attempt, currency: str = "TWD") -> SplitSale:
    return SplitSale("s", Money(due, currency), "R1", "amy", NOON, parts=parts)


@pytest.mark.parametrize(
    ("state", "left"),
    [
        (State.CREATED, 200), (State.SENT, 200), (State.PENDING, 200), (State.UNKNOWN, 200), (State.REVIEW, 200),
        (State.CAPTURED, 200), (State.VOIDING, 500), (State.DECLINED, 500), (State.EXPIRED, 500), (State.VOIDED, 500),
    ],
)  # fmt: skip
def test_a_part_takes_its_amount_until_it_ended_without_money(state: State, left: int) -> None:
    found = sale(500, part(300, state))
    assert found.left == twd(left)
    assert found.paid + found.in_process + found.left == twd(500)
    assert found.unpaid == twd(200 if state is State.CAPTURED else 500)
    check_part(found, twd(left), in_cash=False)
    with pytest.raises(InputError, match="Only") as refused:
        check_part(found, twd(left + 1), in_cash=False)
    assert refused.value.field == "amount"


@pytest.mark.parametrize(
    ("parts", "problem"),
    [
        ([part(500, State.CAPTURED)], "already paid"),
        ([part(300, State.CAPTURED), part(200, State.CAPTURED, received=twd(250))], "already paid"),
        ([part(300, State.CAPTURED), part(200, State.UNKNOWN)], "in process"),
        ([part(300, State.CAPTURED, refunded=twd(1))], "refunded"),
        ([part(300, State.CAPTURED, refunding=twd(300))], "refunded"),
        ([part(300, State.CAPTURED, refunded=twd(300)), part(200, State.CAPTURED)], "refunded"),
    ],
)
def test_a_sale_that_is_paid_in_process_or_refunded_takes_no_part(parts: list[Attempt], problem: str) -> None:
    with pytest.raises(NotAllowed, match=problem):
        check_open(sale(500, *parts))


def test_another_currency_is_no_part() -> None:
    with pytest.raises(InputError):
        check_part(sale(500), Money(100, "HKD"), in_cash=False)


def test_only_the_last_cash_part_is_rounded() -> None:
    """HK$0.05 is no coin."""
    due, paid = sale(10_005, currency="HKD"), part(5_000, State.CAPTURED, "HKD")
    check_part(due, Money(10_005, "HKD"), in_cash=True)
    check_part(replace(due, parts=(paid,)), Money(5_005, "HKD"), in_cash=True)
    check_part(due, Money(5_005, "HKD"), in_cash=False)
    with pytest.raises(InputError, match="coin"):
        check_part(due, Money(5_005, "HKD"), in_cash=True)
    waits = part(5_000, State.PENDING, "HKD")
    with pytest.raises(InputError, match="coin"):
        check_part(replace(due, parts=(waits,)), Money(5_005, "HKD"), in_cash=True)


def test_the_state_says_how_much_was_paid_and_went_back() -> None:
    paid, back = part(300, State.CAPTURED), part(300, State.CAPTURED, refunded=twd(300))
    half = part(300, State.CAPTURED, refunded=twd(100), refunding=twd(50))
    states = [sale(500), sale(500, paid), sale(500, half), sale(500, back), sale(300, paid), sale(300, back)]
    assert [one.state for one in states] == [
        SplitState.OPEN, SplitState.PART, SplitState.PART, SplitState.REFUNDED, SplitState.PAID, SplitState.REFUNDED,
    ]  # fmt: skip
    assert replace(states[-1], paid_at=NOON).state is SplitState.PAID
    assert sale(500, part(200, State.CAPTURED), half).state is SplitState.PART, "refunded before it was paid in full"
    waits = part(300, State.CAPTURED, refunding=twd(300))
    assert sale(500, part(200, State.CAPTURED), waits).state is SplitState.PAID, "that refund may still be refused"
    assert sale(500, half).refunded == twd(150)


def test_the_newest_part_goes_back_first() -> None:
    first, second = part(300, State.CAPTURED), part(200, State.CAPTURED)
    found = sale(500, first, part(199, State.DECLINED), second)
    assert found.next_refund == second
    found = sale(500, first, replace(second, refunded=twd(200)))
    assert found.next_refund == first
    assert sale(500, replace(first, refunding=twd(300))).next_refund is None


def test_money_in_another_currency_that_a_manager_accepted_counts_as_the_part() -> None:
    odd = part(300, State.CAPTURED, received=Money(7_500, "HKD"))
    assert sale(500, odd).paid == twd(300)
    assert sale(500, odd).refunded == twd(0)
    assert sale(500, replace(odd, refunded=Money(1, "HKD"))).refunded == twd(300)


def test_late_money_that_a_manager_accepted_is_shown_as_too_much() -> None:
    found = sale(500, part(300, State.CAPTURED), part(200, State.CAPTURED), part(201, State.CAPTURED))
    assert (found.paid, found.left, found.overpaid) == (twd(701), twd(0), twd(201))
    assert sale(500, part(300, State.CAPTURED)).overpaid == twd(0)


def test_discount_and_shipping_belong_to_the_whole_sale() -> None:
    whole = Sale(twd(500), options={"discount": "-5", "shipping_fee": "60", "note": "less ice"})
    assert options_of_part(whole) == {"note": "less ice"}
    assert options_of_sale(whole) == {"discount": "-5", "shipping_fee": "60"}
    assert len(new_sale_id()) == 32
    assert new_sale_id() != new_sale_id()


@pytest.mark.parametrize("seed", cases(list(range(200)), lambda seed: seed % 20))
def test_whatever_becomes_of_the_parts_a_sale_is_paid_once(seed: int) -> None:
    """Only money that came late, and went to REVIEW before a manager accepted it, may be above the amount."""
    dice = random.Random(seed)
    currency = dice.choice(("TWD", "HKD"))
    found, late = sale(dice.randint(1, 99_999), currency=currency), 0
    for number in range(30):
        if dice.random() < 0.5:
            found = with_part(found, dice, number)
        elif found.parts:
            place = dice.randrange(len(found.parts))
            moved, came_late = step(found.parts[place], dice)
            late += came_late
            found = replace(found, parts=(*found.parts[:place], moved, *found.parts[place + 1 :]))
        assert found.paid.minor + found.in_process.minor <= found.amount.minor + late
        assert found.left.minor >= 0
        assert found.is_paid or (found.paid + found.unpaid == found.amount)
        assert found.is_paid == (found.state is SplitState.PAID)


def with_part(found: SplitSale, dice: random.Random, number: int) -> SplitSale:
    amount = Money(dice.randint(1, found.amount.minor), found.amount.currency)
    tender = dice.choice((Tender.CASH, Tender.WECHAT))
    try:
        check_part(found, amount, in_cash=tender is Tender.CASH)
    except (InputError, NotAllowed):
        return found
    gateway, state = (CASH, State.CAPTURED) if tender is Tender.CASH else ("qfpay", State.CREATED)
    fresh = attempt(f"261120{number:014d}", amount=amount, tender=tender, gateway=gateway, state=state, sale_id="s")
    return replace(found, parts=(*found.parts, fresh))


def step(moving: Attempt, dice: random.Random) -> tuple[Attempt, int]:
    """Return the part after any step of its table, and its amount if the money came late."""
    steps = list(TABLE[moving.state])
    event = dice.choice(steps)
    late = event is Event.PAID and moving.state in (State.VOIDING, State.DECLINED, State.EXPIRED, State.VOIDED)
    return replace(moving, state=advance(moving.state, event)), moving.amount.minor if late else 0
