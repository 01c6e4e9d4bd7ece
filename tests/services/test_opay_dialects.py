"""O'Pay in each of its dialects: detected by harmless queries, remembered, detected again, or reported as unknown."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import Coroutine, Iterator
from contextlib import closing
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from pos.domain.events import GatewayHealthChanged
from pos.domain.money import Money
from pos.domain.payment import Attempt, Sale, Tender
from pos.domain.states import State
from pos.errors import InputError
from pos.i18n import spoken_in
from pos.services.schedule import GAP
from pos.simulator.scenarios import Fault
from pos.simulator.transport import NetworkFaults
from pos.store.database import Database
from pos.store.gateway_facts import GatewayFactStore
from tests.support.access import SIGNED_OUT
from tests.support.opay import OpayShop
from tests.support.rows import wrong
from tests.support.virtual import VirtualDay

pytestmark = [pytest.mark.long, pytest.mark.diagonal]

ORDER = ["twice+percent", "twice+json", "once+percent", "once+json"]
REASON = "The gateway refuses this shop's key: O'Pay understands none of our messages"
NO_DIALECT = "none that anybody knows"
MINUTES, HOURS = 60.0, 3600.0


@pytest.fixture
def day() -> Iterator[VirtualDay]:
    with VirtualDay() as virtual:
        yield virtual


@pytest.fixture
def shop(day: VirtualDay, tmp_path: Path) -> Iterator[OpayShop]:
    opened = OpayShop(day, path=tmp_path / "counter.sqlite")
    yield opened
    assert wrong(opened.database) == []
    opened.stop()


def collect(shop: OpayShop, attempt: Attempt) -> None:
    """The customer scans and pays; the register queries."""
    answer = shop.customer_scans(attempt)
    assert answer.headers["content-type"].startswith("text/html"), answer.text
    shop.customer_pays(attempt)
    shop.pass_time(10)
    assert shop.now(attempt.order_no).state is State.CAPTURED


@pytest.mark.parametrize("reply", ["form", "raw", "json"])
@pytest.mark.parametrize("dialect", ORDER)
def test_money_comes_in_every_dialect_without_a_setting(shop: OpayShop, dialect: str, reply: str) -> None:
    shop.simulator.scenarios.opay_dialect = dialect
    shop.simulator.scenarios.opay_reply = reply
    for _ in range(4):
        attempt = shop.wechat()
        assert attempt.state is State.PENDING
        collect(shop, attempt)
        assert shop.now(attempt.order_no).fee.endswith(".0000")
    assert shop.probes == ORDER[: ORDER.index(dialect) + 1]
    assert {call.dialect for call in shop.calls if not call.is_probe} == {dialect}
    assert shop.kept() == [(dialect, "2026-11-20")]
    assert [order.number for order in shop.simulator.orders.all() if order.number.startswith("PROBE")] == []


@pytest.mark.parametrize("dialect", ORDER)
def test_a_set_dialect_is_used_without_a_question(day: VirtualDay, dialect: str) -> None:
    shop = OpayShop(day, options={"opay": {"dialect": dialect}})
    shop.simulator.scenarios.opay_dialect = dialect
    collect(shop, shop.wechat())
    assert shop.probes == []
    assert shop.kept() == []
    shop.stop()


def test_a_start_on_the_same_day_asks_nothing_and_one_on_the_next_day_asks_once(shop: OpayShop) -> None:
    shop.simulator.scenarios.opay_dialect = "once+json"
    collect(shop, shop.wechat())
    shop.restart()
    collect(shop, shop.wechat())
    assert shop.probes == []
    shop.pass_time(24 * HOURS)
    shop.restart()
    collect(shop, shop.wechat())
    assert shop.probes == ["once+json"]
    assert shop.kept() == [("once+json", "2026-11-20"), ("once+json", "2026-11-21")]


def test_the_day_is_the_shops_own(shop: OpayShop) -> None:
    """It is 09:00 in Taipei; UTC changes its date at 08:00 there, the shop at midnight."""
    shop.wechat()
    shop.pass_time(14.9 * HOURS)
    shop.wechat()
    assert len(shop.probes) == 1
    shop.pass_time(0.2 * HOURS)
    shop.wechat()
    assert len(shop.probes) == 2


@pytest.mark.parametrize(("before", "after"), [("twice+json", "once+json"), ("once+json", "twice+percent")])
def test_a_dialect_that_changes_overnight_is_found_again(shop: OpayShop, before: str, after: str) -> None:
    shop.simulator.scenarios.opay_dialect = before
    collect(shop, shop.wechat())
    shop.simulator.scenarios.opay_dialect = after
    shop.pass_time(24 * HOURS)
    shop.calls.clear()
    collect(shop, shop.wechat())
    assert (shop.probes[0], shop.probes[-1]) == (before, after)
    assert [dialect for dialect, _day in shop.kept()] == [before, after]


def test_a_dialect_that_changes_at_noon_is_found_by_the_next_question(shop: OpayShop) -> None:
    shop.simulator.scenarios.opay_dialect = "twice+json"
    attempt = shop.wechat()
    shop.customer_scans(attempt)
    shop.pass_time(7 * MINUTES)
    shop.simulator.scenarios.opay_dialect = "once+percent"
    shop.customer_pays(attempt)
    shop.pass_time(MINUTES)
    assert shop.now(attempt.order_no).state is State.CAPTURED
    assert [dialect for dialect, _day in shop.kept()] == ["twice+json", "once+percent"]


def test_none_understood_takes_the_next_route_and_says_why(shop: OpayShop) -> None:
    shop.simulator.scenarios.opay_dialect = NO_DIALECT
    attempt = shop.take(Tender.WECHAT, 125, payment_id="p1")
    assert (attempt.gateway, attempt.state) == ("mypay", State.PENDING)
    first = next(one for one in shop.store.of_payment("p1") if one.gateway == "opay")
    assert first.state is State.VOIDED
    assert shop.probes == ORDER
    (changed,) = [fact for fact in shop.facts if isinstance(fact, GatewayHealthChanged) and fact.gateway == "opay"]
    assert (changed.up, str(changed.message).startswith(REASON)) == (False, True)
    assert "Data cannot be decrypted" in str(changed.message)
    with pytest.raises(InputError, match=REASON):
        shop.wechat()
    assert shop.take(Tender.WECHAT, 125).gateway == "mypay"
    assert shop.probes == ORDER  # no second query so soon
    assert "歐付寶" in spoken_in(changed.message.text, "zh_TW")


def test_none_understood_means_that_nothing_was_sent(shop: OpayShop) -> None:
    shop.simulator.scenarios.opay_dialect = NO_DIALECT
    attempt = shop.wechat()
    assert (attempt.state, str(attempt.message).startswith(REASON)) == (State.CREATED, True)
    assert "Nothing was sent" in str(attempt.message)
    assert shop.simulator.orders.all() == []


def test_a_gateway_that_understands_again_is_used_again(shop: OpayShop) -> None:
    shop.simulator.scenarios.opay_dialect = NO_DIALECT
    shop.wechat()
    shop.simulator.scenarios.opay_dialect = "once+json"
    shop.pass_time(5 * MINUTES + 1)
    collect(shop, shop.wechat())
    changes = [fact.up for fact in shop.facts if isinstance(fact, GatewayHealthChanged) and fact.gateway == "opay"]
    assert changes == [False, True]


def test_without_a_network_nothing_is_concluded(day: VirtualDay) -> None:
    shop = OpayShop(day, weather=NetworkFaults(random.Random(0), down={"opay"}))
    attempt = shop.wechat()
    assert (attempt.state, "Nothing was sent" in str(attempt.message)) == (State.CREATED, True)
    assert REASON not in str(attempt.message)
    shop.weather.down.clear()
    assert day.run(shop.payments.send_again(SIGNED_OUT, attempt.order_no)).state is State.PENDING
    shop.stop()


@pytest.mark.parametrize("fault", [Fault.HANG, Fault.LOST_ANSWER, Fault.HTTP_502, Fault.HTTP_403, Fault.HTTP_429])
def test_an_answer_that_does_not_come_concludes_nothing(shop: OpayShop, fault: Fault) -> None:
    shop.simulator.scenarios.plan(fault, "opay", "query")
    attempt = shop.wechat()
    assert (attempt.state, "Nothing was sent" in str(attempt.message)) == (State.CREATED, True)
    assert len(shop.probes) == 1
    assert day_run(shop, shop.payments.send_again(SIGNED_OUT, attempt.order_no)).state is State.PENDING


@pytest.mark.parametrize("fault", [Fault.HANG, Fault.LOST_ANSWER, Fault.HTTP_502, Fault.HTTP_429])
def test_the_last_known_dialect_serves_while_no_answer_comes(shop: OpayShop, fault: Fault) -> None:
    shop.simulator.scenarios.opay_dialect = "once+json"
    shop.wechat()
    shop.pass_time(24 * HOURS)
    shop.calls.clear()
    shop.simulator.scenarios.plan(fault, "opay", "query")
    attempt = shop.wechat()
    assert attempt.state is State.PENDING
    shop.wechat()
    assert shop.probes == ["once+json"]  # the second page does not wait for another timeout
    shop.customer_scans(attempt)
    assert shop.calls[-1].dialect == "once+json"
    shop.customer_pays(attempt)
    shop.pass_time(2 * MINUTES)
    assert shop.now(attempt.order_no).state is State.CAPTURED


def test_a_server_that_fails_on_everything_says_nothing_about_dialects(shop: OpayShop) -> None:
    shop.simulator.scenarios.plan(Fault.HTTP_500, "opay", "query", times=4)
    attempt = shop.wechat()
    assert (attempt.state, REASON in str(attempt.message)) == (State.CREATED, False)
    assert day_run(shop, shop.payments.send_again(SIGNED_OUT, attempt.order_no)).state is State.PENDING


@pytest.mark.parametrize("fault", [Fault.NOT_JSON, Fault.EMPTY, Fault.CAPTIVE_PORTAL, Fault.HTTP_500, Fault.HUGE])
def test_what_cannot_be_read_is_not_understood(shop: OpayShop, fault: Fault) -> None:
    """The first two dialects get unreadable answers."""
    shop.simulator.scenarios.plan(fault, "opay", "query", times=2)
    collect(shop, shop.wechat())
    assert shop.probes == ORDER[:3]


@pytest.mark.parametrize("fault", [Fault.NOT_JSON, Fault.CAPTIVE_PORTAL, Fault.HTTP_500, Fault.EMPTY])
@pytest.mark.parametrize("dialect", ORDER)
def test_one_damaged_answer_does_not_cost_the_known_dialect(shop: OpayShop, dialect: str, fault: Fault) -> None:
    shop.simulator.scenarios.opay_dialect = dialect
    shop.wechat()
    shop.pass_time(24 * HOURS)
    shop.calls.clear()
    shop.simulator.scenarios.plan(fault, "opay", "query")
    collect(shop, shop.wechat())
    assert shop.probes == [dialect, *(one for one in ORDER if one != dialect), dialect]


def test_a_status_that_no_table_lists_is_no_reason_to_doubt_the_dialect(shop: OpayShop) -> None:
    attempt = shop.wechat()
    shop.customer_scans(attempt)
    shop.pass_time(6 * MINUTES)
    shop.simulator.scenarios.plan(Fault.UNLISTED_CODE, "opay", "query", times=10)
    shop.pass_time(5 * MINUTES)
    assert len(shop.probes) == 1


def test_two_cashiers_at_once_wait_for_one_check(shop: OpayShop) -> None:
    shop.simulator.scenarios.opay_dialect = "once+json"

    async def both() -> list[Attempt]:
        sale, take = Sale(Money(125, "TWD")), shop.payments.take
        taken = [take(SIGNED_OUT, sale, Tender.WECHAT, payment_id=f"p{n}", gateway="opay") for n in range(5)]
        return await asyncio.gather(*taken)

    assert {one.state for one in shop.day.run(both())} == {State.PENDING}
    assert shop.probes == ORDER


def test_the_check_keeps_to_the_pace_of_questions(shop: OpayShop) -> None:
    shop.simulator.scenarios.opay_dialect = "once+json"
    shop.wechat()
    moments = [call.at for call in shop.calls if call.is_probe]
    assert len(moments) == 4
    assert all(after - before >= GAP - 1e-6 for before, after in pairwise(moments))


def test_other_gateways_do_not_wait_for_the_check(shop: OpayShop) -> None:
    shop.simulator.scenarios.plan(Fault.HANG_BEFORE, "opay", "query")

    async def both() -> float:
        sale, take = Sale(Money(125, "TWD")), shop.payments.take
        slow = asyncio.ensure_future(take(SIGNED_OUT, sale, Tender.WECHAT, payment_id="slow", gateway="opay"))
        await asyncio.sleep(0.1)
        began = shop.day.loop.time()
        await take(SIGNED_OUT, sale, Tender.MYPAY, payment_id="quick", even_if_duplicate=True)
        took = shop.day.loop.time() - began
        assert not slow.done()
        await slow
        return took

    assert shop.day.run(both()) < 1


@pytest.mark.parametrize("dialect", ORDER)
@pytest.mark.parametrize("wrong_by", [timedelta(days=1), -timedelta(hours=3)])
def test_a_wrong_clock_is_not_taken_for_a_wrong_dialect(shop: OpayShop, dialect: str, wrong_by: timedelta) -> None:
    shop.simulator.scenarios.opay_dialect = dialect
    shop.register_clock.wrong_by = wrong_by
    collect(shop, shop.wechat())
    assert [one for one, _day in shop.kept()] == [dialect]


def test_a_payment_that_waits_from_before_is_asked_about_in_a_dialect_that_is_found_first(
    day: VirtualDay, tmp_path: Path
) -> None:
    """Start as after an update from a program without dialects."""
    shop = OpayShop(day, path=tmp_path / "counter.sqlite", options={"opay": {"dialect": "once+json"}})
    shop.simulator.scenarios.opay_dialect = "once+json"
    attempt = shop.wechat()
    shop.customer_scans(attempt)
    shop.customer_pays(attempt)
    shop.options = {}
    shop.restart()
    shop.pass_time(10)
    assert shop.now(attempt.order_no).state is State.CAPTURED
    assert [call.is_probe for call in shop.calls] == [True, True, True, True, False]
    shop.stop()


def test_payments_that_wait_from_before_share_one_check(day: VirtualDay, tmp_path: Path) -> None:
    shop = OpayShop(day, path=tmp_path / "counter.sqlite", options={"opay": {"dialect": "once+json"}})
    shop.simulator.scenarios.opay_dialect = "once+json"
    attempts = [shop.wechat() for _ in range(4)]
    for attempt in attempts:
        shop.customer_scans(attempt)
        shop.customer_pays(attempt)
    shop.options = {}
    shop.restart()
    shop.pass_time(20)
    assert {shop.now(one.order_no).state for one in attempts} == {State.CAPTURED}
    assert shop.probes == ORDER
    shop.stop()


def test_a_question_that_no_dialect_carries_settles_nothing_and_is_said(day: VirtualDay, tmp_path: Path) -> None:
    shop = OpayShop(day, path=tmp_path / "counter.sqlite", options={"opay": {"dialect": "once+json"}})
    attempt = shop.wechat()
    shop.customer_scans(attempt)
    shop.options = {}
    shop.restart()
    shop.simulator.scenarios.opay_dialect = NO_DIALECT
    shop.pass_time(4 * MINUTES)
    assert shop.now(attempt.order_no).state is State.PENDING
    assert shop.probes == ORDER
    changes = [fact.up for fact in shop.facts if isinstance(fact, GatewayHealthChanged) and fact.gateway == "opay"]
    assert changes == [False]
    shop.simulator.scenarios.opay_dialect = "any"
    shop.customer_pays(attempt)
    shop.pass_time(3 * MINUTES)
    assert shop.now(attempt.order_no).state is State.CAPTURED
    shop.stop()


def test_a_full_disk_stops_no_payment(shop: OpayShop) -> None:
    """The detected dialect is used, and written by the next check that can write."""
    with closing(Database(shop.path, read_only=True)) as held:
        shop.gateways["opay"].facts = GatewayFactStore(held, "R1", shop.register_clock)
        collect(shop, shop.wechat())
        collect(shop, shop.wechat())
    assert (len(shop.probes), shop.kept()) == (1, [])


def test_facts_that_cannot_be_read_are_found_out_again(day: VirtualDay, tmp_path: Path) -> None:
    shop = OpayShop(day, path=tmp_path / "counter.sqlite")
    older = tmp_path / "older.sqlite"
    with closing(sqlite3.connect(older)) as made:
        made.execute("CREATE TABLE _sqlite_migrations (migration_set TEXT, name TEXT)")
        made.commit()
    with closing(Database(older, read_only=True)) as without:
        shop.gateways["opay"].facts = GatewayFactStore(without, "R1", shop.register_clock)
        collect(shop, shop.wechat())
    assert len(shop.probes) == 1
    shop.stop()


def test_another_address_is_checked_on_the_same_day(shop: OpayShop) -> None:
    shop.wechat()
    assert len(shop.probes) == 1
    shop.options = {"opay": {"base_url": "http://127.0.0.1/opay/"}}
    shop.restart()
    shop.wechat()
    assert len(shop.probes) == 0  # a slash at the end is no other address
    shop.options = {"opay": {"base_url": "http://localhost/opay"}}
    shop.restart()
    shop.wechat()
    assert len(shop.probes) == 1


@pytest.mark.parametrize("iv", ["B0lzARl9ZSdhW9jg", "B0lzARI9ZSdhW9jg"])
@pytest.mark.parametrize("dialect", ORDER)
def test_the_platforms_pair_works_in_both_directions(day: VirtualDay, dialect: str, iv: str) -> None:
    """Orders, replies and queries are signed with the platform's pair, in either spelling of its HashIV."""
    shop = PlatformShop(day, iv)
    shop.simulator.scenarios.opay_dialect = dialect
    collect(shop, shop.wechat())
    notification = shop.simulator.dialects["opay"].notification(shop.simulator.orders.all()[0])
    assert notification is not None
    assert shop.gateways["opay"].read_notice({}, notification.body).code == "1"
    shop.stop()


class PlatformShop(OpayShop):
    """A shop of the test platform, which stores the platform's pair."""

    def __init__(self, day: VirtualDay, iv: str) -> None:
        self.pair = ("bkuAEQufy2bpEng1", iv)
        super().__init__(day, options={"opay": {"platform_id": "2012441"}})

    def _secrets(self) -> dict[str, str]:
        return {"hash_key": self.pair[0], "hash_iv": self.pair[1]}


def day_run(shop: OpayShop, work: Coroutine[Any, Any, Attempt]) -> Attempt:
    return shop.day.run(work)
