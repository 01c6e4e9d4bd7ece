"""Order and refund numbers begin with the shop's day, not with that of UTC."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from pos.services.order_numbers import OrderNumbers
from tests.support.refunds import RefundShop
from tests.support.shop import StoppedClock
from tests.support.virtual import VirtualDay


@pytest.mark.parametrize(
    ("zone", "at", "day"),
    [
        ("Asia/Taipei", datetime(2026, 11, 19, 19, tzinfo=UTC), "261120"),
        ("Asia/Hong_Kong", datetime(2026, 12, 31, 16, tzinfo=UTC), "270101"),
        ("Asia/Taipei", datetime(2026, 11, 20, 15, 59, 59, tzinfo=UTC), "261120"),
        ("America/Vancouver", datetime(2026, 3, 1, 5, tzinfo=UTC), "260228"),
        ("UTC", datetime(2026, 11, 20, tzinfo=UTC), "261120"),
    ],
)
def test_a_number_begins_with_the_shops_day(zone: str, at: datetime, day: str) -> None:
    number = OrderNumbers(StoppedClock(at), random.Random(3), ZoneInfo(zone)).new()
    assert (number[:6], len(number)) == (day, 20)


def test_payments_and_refunds_take_their_numbers_from_the_same_day() -> None:
    with VirtualDay() as day:
        shop = RefundShop(day)
        for name in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):  # never the same day at once
            shop.zone = ZoneInfo(name)
            shop.build({shop.scripted.name: shop.scripted})
            today = f"{day.clock.now().astimezone(shop.zone):%y%m%d}"
            sold = shop.cash(number=name)
            assert sold.order_no.startswith(today)
            assert shop.give(sold).refund_no.startswith(today)
        shop.stop()
