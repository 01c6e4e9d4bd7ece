"""The schedule of queries, and the rate limit."""

from __future__ import annotations

import pytest

from pos.domain.states import State
from pos.services.poller import wait
from pos.services.rate_limiter import RateLimiter
from pos.services.schedule import next_late_wait, next_wait
from tests.support.shop import attempt
from tests.support.virtual import VirtualDay


def asked_at(until: float) -> list[float]:
    age, moments = 0.0, []
    while (age := age + next_wait(age)) <= until:
        moments.append(age)
    return moments


def test_the_customer_at_the_counter_is_asked_about_often() -> None:
    assert asked_at(30) == [1, 2, 3, 5, 10, 15, 20, 25, 30]


@pytest.mark.parametrize(("age", "gap"), [(5, 5), (119, 5), (120, 15), (599, 15), (600, 60), (3599, 60), (3600, 900)])
def test_an_older_payment_is_asked_about_less(age: float, gap: float) -> None:
    assert next_wait(age) == gap


def test_a_code_that_was_given_up_is_asked_about_for_a_day() -> None:
    assert [next_late_wait(age) for age in (0, 600, 3600, 86400)] == [600, 3000, 82800, None]


def test_what_cannot_change_any_more_is_not_asked_about() -> None:
    assert wait(attempt(state=State.CREATED), 0, False) is None
    assert wait(attempt(state=State.CAPTURED, pay_url="https://x"), 0, False) is None
    assert wait(attempt(state=State.VOIDED), 0, False) is None
    assert wait(attempt(state=State.VOIDED, pay_url="https://x"), 0, False) == 600
    assert wait(attempt(state=State.REVIEW, gateway_ref="9"), 0, False) == 600
    assert wait(attempt(state=State.PENDING), 7200, False) == 900
    assert wait(attempt(state=State.PENDING), 7200, True) == 60


def test_a_gateway_is_asked_twice_a_second_at_most_and_the_oldest_first() -> None:
    with VirtualDay() as day:
        gate = RateLimiter(day.clock)
        passed: list[tuple[float, float]] = []

        async def enter(rank: float) -> None:
            await gate.acquire(rank)
            passed.append((rank, day.clock.monotonic()))

        async def all_at_once() -> None:
            import asyncio

            await asyncio.gather(*(enter(rank) for rank in (3.0, 1.0, 2.0)))

        day.run(all_at_once())
        assert passed == [(1.0, 0.0), (2.0, 0.5), (3.0, 1.0)]


def test_a_gateway_that_asks_for_rest_gets_it_longer_each_time() -> None:
    with VirtualDay() as day:
        gate = RateLimiter(day.clock)
        assert [gate.back_off() for _ in range(5)] == [2, 5, 15, 60, 60]
        assert gate.back_off(90) == 90
        gate.answered()
        assert gate.back_off() == 2
        day.run(gate.acquire(0))
        assert day.clock.monotonic() == 90


def test_a_back_off_during_a_wait_delays_the_waiting_query_too() -> None:
    with VirtualDay() as day:
        gate = RateLimiter(day.clock)

        async def wait_and_rest() -> None:
            import asyncio

            await gate.acquire(0)
            waiting = asyncio.ensure_future(gate.acquire(1))
            await asyncio.sleep(0.1)
            gate.back_off(10)
            await waiting

        day.run(wait_and_rest())
        assert day.clock.monotonic() == pytest.approx(10.1)
        gate.close()


def test_a_cancelled_turn_costs_nothing() -> None:
    with VirtualDay() as day:
        gate = RateLimiter(day.clock)
        gate.close()

        async def give_up_one() -> None:
            import asyncio

            first = asyncio.ensure_future(gate.acquire(0))
            second = asyncio.ensure_future(gate.acquire(1))
            await asyncio.sleep(0)
            first.cancel()
            await second

        day.run(give_up_one())
        assert day.clock.monotonic() == 0
