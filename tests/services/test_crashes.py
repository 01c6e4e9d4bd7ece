"""The power fails at every single point: before and after each write, before and after each send."""

from __future__ import annotations

import contextlib
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from pos.domain.payment import Tender
from pos.domain.states import ENDED, State
from pos.simulator.transport import InProcess
from pos.store import journal
from tests.support.registers import SimulatedShop
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
            raise PowerCut  # and nothing works after it


FUSE = Fuse()


class Wired(sqlite3.Connection):
    """A connection on the fuse: a point before each commit and one after it."""

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        if sql != "COMMIT":
            return super().execute(sql, *values)
        FUSE.point()
        done = super().execute(sql, *values)
        FUSE.point()
        return done


class WiredTransport(InProcess):
    """A network on the fuse: a point before each request leaves and one when its answer is there."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        FUSE.point()
        response = await super().handle_async_request(request)
        FUSE.point()
        return response


class WiredShop(SimulatedShop):
    def _gateway(self, name: str) -> Any:
        made = super()._gateway(name)
        made.wire._transport = WiredTransport(self.simulator, self.weather)
        return made


CASES = [
    ("TWD", Tender.ATM, "wanpay", False),
    ("TWD", Tender.MYPAY, "mypay", False),
    ("HKD", Tender.WECHAT, "qfpay", False),
    ("HKD", Tender.WECHAT, "qfpay", True),
    ("TWD", Tender.ATM, "wanpay", True),
    ("TWD", Tender.CASH, None, False),
]


def sell(shop: WiredShop, tender: Tender, gateway: str | None, cancels: bool) -> None:
    """One sale, as far as the fuse lets it go: taken, perhaps cancelled, paid, found out."""
    attempt = shop.take(tender, 1250, gateway=gateway, payment_id="the payment")
    if cancels:

        async def cancel() -> None:
            shop.payments.cancel(attempt.order_no)

        shop.day.run(cancel())
    elif gateway:
        shop.customer_pays(attempt)
    shop.pass_time(8)


def cut(folder: Path, case: tuple[str, Tender, str | None, bool], point: int) -> int:
    """Run a sale with the fuse at ``point``, start again, and check everything. The points the run had."""
    currency, tender, gateway, cancels = case
    global FUSE
    with VirtualDay() as day:
        FUSE = Fuse()
        path = folder / f"{point}.sqlite"
        shop = WiredShop(
            day, currency=currency, path=path, connection=Wired, options={"mypay": {"lookup_by_order": "yes"}}
        )
        FUSE = Fuse(point)  # making the file is not part of the sale
        with contextlib.suppress(PowerCut):
            sell(shop, tender, gateway, cancels)
        points = FUSE.passed
        FUSE = Fuse()  # what is left of the old process must not write any more
        shop.day.run(shop.payments.close())
        shop.database.close()
        start_again(shop, tender)
    return points


def start_again(shop: WiredShop, tender: Tender) -> None:
    """What the next start must find: everything, once."""
    shop.start()
    shop.take_up()
    orders = shop.simulator.book.orders()
    assert shop.simulator.book.asked_twice() == []
    attempts = shop.store.of_payment("the payment")
    assert {order.number for order in orders} <= {attempt.order_no for attempt in attempts}
    shop.pass_time(60)
    shop.pass_time(5 * 86400)
    for attempt in shop.store.of_payment("the payment"):
        order = next((one for one in orders if one.number == attempt.order_no), None)
        paid = order is not None and order.paid == attempt.amount.minor
        if tender is Tender.CASH:
            assert attempt.state is State.CAPTURED
        elif paid:
            assert attempt.state in (State.CAPTURED, State.REVIEW)
        else:
            assert attempt.state in ENDED | {State.CREATED, State.REVIEW}
            assert attempt.state is not State.CAPTURED
    assert journal.verify(shop.database) is None
    assert shop.simulator.book.asked_twice() == []
    shop.stop()


@pytest.fixture(autouse=True)
def _whole_fuse() -> Iterator[None]:
    yield
    global FUSE
    FUSE = Fuse()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[2] or 'cash'}-{'cancelled' if case[3] else 'paid'}")
def test_a_power_cut_at_any_point_loses_and_doubles_nothing(
    tmp_path: Path, case: tuple[str, Tender, str | None, bool], record_property: Any
) -> None:
    points = cut(tmp_path, case, 0)
    assert points >= 2
    for point in range(1, points + 1):
        cut(tmp_path, case, point)
    record_property("crash points", points)
    sys.stderr.write(f"{case[2] or 'cash'}: the power was cut at each of {points} points\n")


def test_the_fuse_really_blows() -> None:
    fuse = Fuse(2)
    fuse.point()
    with pytest.raises(PowerCut):
        fuse.point()
