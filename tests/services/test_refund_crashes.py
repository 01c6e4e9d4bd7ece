"""The power fails before and after each write and each call of a refund: nothing is lost, nothing goes back twice."""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pos.domain.payment import Attempt
from pos.domain.refund import Refund, RefundState, Way
from pos.gateways.base import RefundAnswer, RefundVerdict
from pos.store import journal
from tests.support.gateways import ScriptedRefunds
from tests.support.refunds import REFUND, RefundShop, twd
from tests.support.virtual import VirtualDay


class PowerCut(BaseException):
    """Nothing runs any more."""


@dataclass
class Fuse:
    """Counts the points of a run and blows at one of them; 0 never blows."""

    blows_at: int = 0
    passed: int = 0

    def point(self) -> None:
        self.passed += 1
        if self.blows_at and self.passed >= self.blows_at:
            raise PowerCut


FUSE = Fuse()


class Wired(sqlite3.Connection):
    """A point before each commit and one after it."""

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        if sql != "COMMIT":
            return super().execute(sql, *values)
        FUSE.point()
        done = super().execute(sql, *values)
        FUSE.point()
        return done


class Bank(ScriptedRefunds):
    """A gateway that remembers what it gave back; a point before each call and one after it."""

    def __init__(self, day: VirtualDay, queues: bool) -> None:
        super().__init__(day.clock)
        self.queues = queues
        self.given: dict[str, int] = {}
        self.queue: dict[str, int] = {}
        self.times: dict[str, int] = {}

    async def refund(self, attempt: Attempt, refund: Refund) -> RefundAnswer:
        FUSE.point()
        self.times[refund.refund_no] = self.times.get(refund.refund_no, 0) + 1
        (self.queue if self.queues else self.given)[refund.refund_no] = refund.amount.minor
        due = refund.created_at + timedelta(hours=5)
        FUSE.point()
        if self.queues:
            return RefundAnswer(RefundVerdict.ACCEPTED, due=due)
        return RefundAnswer(RefundVerdict.DONE, amount=refund.amount)

    async def query_refund(self, attempt: Attempt, refund: Refund) -> RefundAnswer:
        if refund.refund_no in self.given:
            return RefundAnswer(RefundVerdict.DONE, amount=refund.amount)
        return RefundAnswer(RefundVerdict.UNSURE if refund.refund_no in self.queue else RefundVerdict.MISSING)

    async def withdraw_refund(self, attempt: Attempt, refund: Refund) -> RefundAnswer:
        FUSE.point()
        self.queue.pop(refund.refund_no, None)
        FUSE.point()
        return RefundAnswer(RefundVerdict.WITHDRAWN)

    def midnight(self) -> None:
        self.given |= self.queue
        self.queue.clear()


CASES = [(False, False, None), (True, False, None), (True, True, None), (False, False, Way.CASH)]


def cut(folder: Path, queues: bool, withdraws: bool, way: Way | None, point: int) -> int:
    """A refund with the fuse at ``point``, a new start, and everything checked. The points the run had."""
    global FUSE
    FUSE = Fuse()
    with VirtualDay() as day:
        bank = Bank(day, queues)
        shop = RefundShop(day, bank, folder / f"{point}.sqlite", Wired)
        made = shop.paid(125)
        FUSE = Fuse(point)
        with contextlib.suppress(PowerCut):
            given = shop.run(shop.refunds.give(made.order_no, twd(80), "r", REFUND, way=way))
            if withdraws:
                shop.run(shop.refunds.withdraw(given.refund_no, REFUND))
            shop.pass_time(8)
        points, FUSE = FUSE.passed, Fuse()
        shop.stop()
        start_again(shop, bank, made)
    return points


def start_again(shop: RefundShop, bank: Bank, made: Attempt) -> None:
    """What the next start must find: at most one refund, of which everything is known or a manager is called."""
    shop.start()
    shop.call(shop.refunds.take_up)
    shop.pass_time(5 * 3600)
    bank.midnight()
    shop.pass_time(3 * 86400)
    refunds = shop.refunds.of_order(made.order_no)
    assert len(refunds) <= 1
    assert set(bank.given) <= {one.refund_no for one in refunds}
    assert all(times == 1 for times in bank.times.values())
    for one in refunds:
        allowed = {RefundState.REVIEW, RefundState.REFUNDED}
        if one.refund_no not in bank.given and one.way is Way.GATEWAY:
            allowed = {RefundState.REVIEW, RefundState.WITHDRAWN}
        assert one.state in allowed
        assert shop.refund_store.spent(made.order_no) == (0 if one.state is RefundState.WITHDRAWN else 80)
    booked = [one.amount.minor for one in shop.book.of_order(made.order_no) if one.kind.value == "refund"]
    assert booked == [80 for one in refunds if one.state is RefundState.REFUNDED]
    assert journal.verify(shop.database) is None
    shop.stop()


@pytest.mark.parametrize(("queues", "withdraws", "way"), CASES, ids=["at once", "queued", "withdrawn", "cash"])
def test_a_power_cut_at_any_point_gives_nothing_back_twice(
    tmp_path: Path, queues: bool, withdraws: bool, way: Way | None
) -> None:
    points = cut(tmp_path, queues, withdraws, way, 0)
    assert points >= 2
    for point in range(1, points + 1):
        cut(tmp_path, queues, withdraws, way, point)
