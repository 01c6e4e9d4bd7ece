"""The event bus: every listener gets every event in the same order, and its failure affects no other listener."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos.domain.actor import signed_out
from pos.domain.events import ClockDrifted, Fact, GatewayHealthChanged, SignInChanged
from pos.i18n import Message
from pos.runtime import Bus

SECRET = "4311-9522-2222"


class Fails:
    """A listener that raises."""

    def __init__(self, error: BaseException) -> None:
        self.error = error
        self.called = 0

    def __call__(self, fact: Fact) -> None:
        self.called += 1
        raise self.error


def drift(number: float) -> ClockDrifted:
    return ClockDrifted("opay", number)


@pytest.mark.parametrize("error", [ValueError(SECRET), RuntimeError("deleted"), KeyError(SECRET), AssertionError()])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_listener_that_raises_affects_no_other(
    error: Exception, place: int, caplog: pytest.LogCaptureFixture
) -> None:
    bus, heard = Bus(), [[], []]  # type: tuple[Bus, list[list[Fact]]]
    listeners: list[Callable[[Fact], object]] = [heard[0].append, heard[1].append]
    listeners.insert(place, Fails(error))
    for one in listeners:
        bus.listen(one)
    facts: list[Fact] = [GatewayHealthChanged("mypay", False, Message(SECRET)), SignInChanged(signed_out())]
    with caplog.at_level(logging.ERROR):
        for fact in facts:
            bus.publish(fact)
    assert heard == [facts, facts]
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR"]
    assert "GatewayHealthChanged" in caplog.text
    assert type(error).__name__ in caplog.text
    assert "__call__" in caplog.text, "where it failed"
    assert SECRET not in caplog.text, "neither the fact's content nor the error's text, which may repeat it"


def test_what_a_listener_publishes_comes_after_the_fact_that_made_it_do_so() -> None:
    bus, heard = Bus(), ([], [])  # type: tuple[Bus, tuple[list[Fact], list[Fact]]]

    def answers(fact: Fact) -> None:
        heard[0].append(fact)
        if isinstance(fact, ClockDrifted) and fact.seconds < 3:
            bus.publish(drift(fact.seconds + 1))

    bus.listen(answers)
    bus.listen(heard[1].append)
    bus.publish(drift(1))
    assert heard[0] == heard[1] == [drift(1), drift(2), drift(3)]


def test_a_listener_that_leaves_gets_nothing_more_not_even_the_present_event() -> None:
    bus, heard = Bus(), []  # type: tuple[Bus, list[str]]

    def first(fact: Fact) -> None:
        heard.append("first")
        leave_first()
        leave_second()
        leave_second()  # a second call does nothing
        bus.listen(lambda fact: heard.append("new"))

    leave_first = bus.listen(first)
    leave_second = bus.listen(lambda fact: heard.append("second"))
    bus.listen(lambda fact: heard.append("third"))
    bus.publish(drift(1))
    assert heard == ["first", "third"]
    bus.publish(drift(2))
    assert heard == ["first", "third", "third", "new"]


def test_the_same_function_may_listen_twice_and_leave_once() -> None:
    bus, heard = Bus(), []  # type: tuple[Bus, list[Fact]]
    leave = bus.listen(heard.append)
    bus.listen(heard.append)
    leave()
    bus.publish(drift(1))
    assert heard == [drift(1)]


def test_what_ends_the_program_is_no_failure_of_a_listener() -> None:
    bus, heard = Bus(), []  # type: tuple[Bus, list[Fact]]
    ends = Fails(KeyboardInterrupt())
    leave = bus.listen(ends)
    bus.listen(heard.append)
    with pytest.raises(KeyboardInterrupt):
        bus.publish(drift(1))
    leave()
    bus.publish(drift(2))
    assert heard == [drift(2)], "the bus still delivers"


def test_facts_of_two_threads_reach_every_listener_once_and_in_one_order() -> None:
    bus, heard = Bus(), ([], [])  # type: tuple[Bus, tuple[list[Fact], list[Fact]]]
    bus.listen(heard[0].append)
    bus.listen(heard[1].append)

    def publishes(start: int) -> None:
        for number in range(start, start + 500):
            bus.publish(drift(number))

    threads = [threading.Thread(target=publishes, args=(start,)) for start in (0, 1000)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert heard[0] == heard[1]
    assert sorted(fact.seconds for fact in heard[0] if isinstance(fact, ClockDrifted)) == [
        *range(500), *range(1000, 1500),
    ]  # fmt: skip


@given(st.lists(st.sampled_from(["well", "raises", "publishes", "leaves"]), max_size=6), st.integers(1, 4))
def test_a_listener_gets_every_event_once_despite_the_others(others: list[str], count: int) -> None:
    bus, heard = Bus(), []  # type: tuple[Bus, list[float]]
    extra = [100.0]

    def made(kind: str) -> None:
        def listener(fact: Fact) -> None:
            if kind == "raises":
                raise ValueError
            if kind == "leaves":
                leave()
            if kind == "publishes" and isinstance(fact, ClockDrifted) and fact.seconds < 100:
                extra.append(extra[-1] + 1)
                bus.publish(drift(extra[-1]))

        leave = bus.listen(listener)

    for kind in others:
        made(kind)
    bus.listen(lambda fact: heard.append(fact.seconds) if isinstance(fact, ClockDrifted) else None)
    for number in range(count):
        bus.publish(drift(number))
    assert [one for one in heard if one < 100] == list(range(count))
    assert sorted(one for one in heard if one > 100) == extra[1:]
