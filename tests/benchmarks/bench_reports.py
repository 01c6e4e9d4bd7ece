"""Reports, searches and histories of a busy shop's month and year, against bare sqlite3 on the same file.

``BENCH_TIMES=1`` makes it a small file, to see that it runs; ``BENCH_DAYS`` another number of days than 30 and 350.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from datetime import time as clock_time
from functools import partial
from pathlib import Path
from typing import Any

from pos.domain.staff import Action
from pos.domain.totals import day_scope, month_scope
from pos.runtime import Bus
from pos.services.pin_hashing import PinHasher
from pos.services.reports import Reports
from pos.services.staff import people_services
from pos.store.database import Database
from pos.store.ledger import Ledger
from pos.store.payments import PaymentStore
from pos.store.people import PeopleStore
from pos.store.refunds import RefundStore
from pos.store.shifts import ShiftStore
from tests.benchmarks.ratio import compare
from tests.support.access import permit
from tests.support.busy import LAST_DAY, REGISTER, ZONE, BusyShop
from tests.support.shop import StoppedClock

AIM = 1.5
PAGE = 100
AGAIN = 20
"""Calls in one measured run of what takes less than a millisecond or so."""

SUMS = """
    SELECT day, currency, tender, gateway, cashier, hour, count(*) FILTER (WHERE kind = 'sale'),
        sum(amount) FILTER (WHERE kind = 'sale'), count(*) FILTER (WHERE kind = 'refund'),
        sum(amount) FILTER (WHERE kind = 'refund'), count(fee), sum(fee)
    FROM bookings WHERE day BETWEEN ? AND ? GROUP BY day, currency, tender, gateway, cashier, hour
"""
INVOICES = """
    SELECT i.state, count(*), sum(CAST(json_extract(i.found, '$.sales_amount') AS INTEGER)),
        sum(CAST(json_extract(i.found, '$.tax_amount') AS INTEGER))
    FROM bookings b CROSS JOIN invoices i ON i.order_no = b.order_no
    WHERE b.day BETWEEN ? AND ? AND b.kind = 'sale' GROUP BY i.state
"""
SEARCH = """
    SELECT a.*, p.lines, p.options,
        (SELECT group_concat(r.state || ' ' || r.amount) FROM refunds r WHERE r.order_no = a.order_no),
        (SELECT s.sale_id FROM sale_parts s WHERE s.order_no = a.order_no), t.note, t.discount, t.approved_by
    FROM attempts a JOIN payments p ON p.id = a.payment_id LEFT JOIN sale_terms t ON t.id = a.payment_id
    WHERE {where} ORDER BY a.created_at DESC LIMIT 100
"""
SOME = "SELECT order_no, gateway_ref FROM attempts WHERE 1"
FIELDS = {
    "nothing": "1",
    "order number": "a.order_no >= ? AND a.order_no < ?",
    "day's order numbers": "a.order_no >= ? AND a.order_no < ?",
    "gateway number": "a.gateway_ref = ? AND a.gateway_ref <> ''",
    "amount": "a.amount = ?",
    "state": "a.state = ?",
    "tender": "a.tender = ?",
    "gateway": "a.gateway = ?",
    "day": "a.created_at >= ? AND a.created_at < ?",
    "minute": "(a.created_at >= ? AND a.created_at < ? OR a.ended_at >= ? AND a.ended_at < ?)",
}

Text = tuple[str, int | None, tuple[object, ...]]
"""What is typed, the amount it reads as, and the values of the bare question."""


class Shop:
    """The services on a busy file, and a bare connection to the same one."""

    def __init__(self, path: Path, busy: BusyShop) -> None:
        self.busy = busy
        self.database = Database(path)
        clock = StoppedClock(datetime.combine(LAST_DAY, clock_time(22), ZONE).astimezone(UTC))
        self.payments = PaymentStore(self.database, REGISTER, clock, ZONE)
        staff, _rights = people_services(PeopleStore(self.database, REGISTER, clock), clock, Bus(), PinHasher())
        refunds, shifts = RefundStore(self.database, REGISTER, clock, ZONE), ShiftStore(self.database, REGISTER, clock)
        self.reports = Reports(Ledger(self.database), refunds, shifts, staff, clock, "Shop", ZONE)
        self.raw = sqlite3.connect(path)

    def rows(self, sql: str, *values: object) -> list[Any]:
        return self.raw.execute(sql, values).fetchall()

    def close(self) -> None:
        self.raw.close()
        self.database.close()


def timed(work: Callable[[], object], times: int = 1) -> Callable[[], float]:
    def run() -> float:
        begun = time.perf_counter()
        for _ in range(times):
            work()
        return time.perf_counter() - begun

    return run


def bare_totals(shop: Shop, days: tuple[str, str]) -> None:
    """The same figures by SQL alone."""
    shop.rows(SUMS, *days)
    shop.rows(INVOICES, *days)


def totals(shop: Shop, what: str) -> None:
    """A day's and a month's figures: every table, fees, e-invoices."""
    permission = permit(Action.REPORTS)
    for name, scope, times in (("day", day_scope(LAST_DAY), AGAIN), ("month", month_scope(LAST_DAY), 1)):
        days = scope.first.isoformat(), scope.last.isoformat()
        compare(
            f"{what}: totals of a {name}",
            timed(partial(shop.reports.totals, scope, permission), times),
            timed(partial(bare_totals, shop, days), times),
            AIM,
        )
        found = shop.reports.totals(scope, permission).of("TWD").whole
        wanted = [one for day, one in shop.busy.counted.items() if scope.first <= day <= scope.last]
        assert (found.sales, found.gross) == (sum(one.sales for one in wanted), sum(one.gross for one in wanted))


def searches(shop: Shop, what: str) -> None:
    """The first page of what each field finds, with all that is known of each payment on it; numbers of payments from
    all over the file."""
    some = shop.rows(f"{SOME} AND gateway_ref <> '' ORDER BY substr(order_no, 7) LIMIT ?", PAGE)
    newest = shop.payments.search("mypay", None, 1, None)[0]
    first, day = datetime.combine(LAST_DAY, clock_time(), ZONE).astimezone(UTC), f"{LAST_DAY:%y%m%d}"
    minute = newest.created_at.replace(second=0, microsecond=0)
    texts: dict[str, list[Text]] = {
        "nothing": [("", None, ())],
        "order number": [(number, None, (number, number + "\uffff")) for number, _ref in some],
        "gateway number": [(ref, None, (ref,)) for _number, ref in some],
        "day's order numbers": [(day, None, (day, day + "\uffff"))],
        "amount": [(newest.amount.decimal, newest.amount.minor, (newest.amount.minor,))],
        "state": [("expired", None, ("expired",))],
        "tender": [("atm", None, ("atm",))],
        "gateway": [("qfpay", None, ("qfpay",))],
        "day": [(f"{LAST_DAY}", None, (_text(first), _text(first, 86400)))],
        "minute": [(f"{minute.astimezone(ZONE):%m-%d %H:%M}", None, (_text(minute), _text(minute, 60)) * 2)],
    }
    for field, wanted in texts.items():
        search(shop, f"{what}: search by {field}", SEARCH.format(where=FIELDS[field]), wanted)


def search(shop: Shop, name: str, sql: str, wanted: list[Text]) -> None:
    """Ours finds what the bare question finds."""
    for text, amount, values in wanted:
        found = {one.order_no for one in shop.payments.search(text, amount, PAGE, None)}
        assert found == {row[0] for row in shop.rows(sql, *values)}, text
    times = 1 if len(wanted) > 1 else AGAIN
    compare(
        name,
        timed(lambda: [shop.payments.search(text, amount, PAGE, None) for text, amount, _values in wanted], times),
        timed(lambda: [shop.rows(sql, *values) for _text, _amount, values in wanted], times),
        AIM,
    )


def opening(shop: Shop, what: str) -> None:
    """One payment with its history, another one each time."""
    numbers = [row[0] for row in shop.rows(f"{SOME} ORDER BY substr(order_no, 8) LIMIT ?", PAGE)]
    one, journal = SEARCH.format(where="a.order_no = ?"), "SELECT * FROM journal WHERE order_no = ? ORDER BY seq"
    compare(
        f"{what}: opening a payment",
        timed(lambda: [(shop.payments.get(number), shop.payments.history(number)) for number in numbers]),
        timed(lambda: [(shop.rows(one, number), shop.rows(journal, number)) for number in numbers]),
        AIM,
    )


def _text(at: datetime, later: int = 0) -> str:
    return datetime.fromtimestamp(at.timestamp() + later, UTC).isoformat(timespec="microseconds")


def main() -> None:
    """A month, then a year."""
    small = os.environ.get("BENCH_TIMES") == "1"
    sizes = {"small file": 2} if small else {"month": 30, "year": 350}
    if days := os.environ.get("BENCH_DAYS"):
        sizes = {f"{days} days": int(days)}
    for what, number in sizes.items():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "counter.sqlite"
            busy = BusyShop(path, number, 50 if small else 2000).write()
            sys.stdout.write(f"{what}: {sum(one.sales for one in busy.counted.values())} sales\n")
            shop = Shop(path, busy)
            for measured in (totals, searches, opening):
                measured(shop, what)
            shop.close()


if __name__ == "__main__":
    main()
