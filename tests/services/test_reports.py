"""Totals, the lines behind them, and reports as files: of a busy shop, at a Z, and on a failing disk."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest

from pos.domain.invoice import Kind, invoice_request
from pos.domain.money import Money
from pos.domain.payment import Tender
from pos.domain.staff import Action, Person, Role
from pos.domain.states import Event
from pos.domain.totals import (
    By,
    EntryKind,
    Figure,
    Scope,
    Span,
    Sum,
    day_scope,
    month_scope,
    move_scope,
    shares,
    shift_scope,
    week_scope,
)
from pos.errors import InputError, NotAllowed, NotFound, StoreError
from pos.runtime import Bus
from pos.services.pin_hashing import PinHasher
from pos.services.reports import Reports
from pos.services.shifts import Closed, CloseStep, Shifts
from pos.services.staff import people_services
from pos.services.totals_view import TotalsQuery, TotalsView
from pos.services.z_report import ReportNames
from pos.store.database import Database
from pos.store.invoices import InvoiceStore
from pos.store.ledger import Ledger
from pos.store.payments import PaymentStore
from pos.store.people import PeopleStore
from pos.store.refunds import RefundStore
from pos.store.shifts import ShiftStore
from tests.support.access import SIGNED_OUT, permit
from tests.support.busy import LAST_DAY, REGISTER, ZONE, BusyShop
from tests.support.journals import new_journal
from tests.support.shop import NOON, StoppedClock, attempt

T = TypeVar("T")

DAYS, TILL, SHIFT = permit(Action.REPORTS), permit(Action.X_REPORT), permit(Action.SHIFT)
FLOAT = Money(5000, "TWD")


async def here(function: Callable[[], T]) -> T:
    return function()


def run(work: Awaitable[T]) -> T:
    async def whole() -> T:
        return await work

    return asyncio.run(whole())


class Overtaken(Database):
    """Another program books a sale between any two reads of the ledger."""

    sell: Callable[[], None] | None = None

    def rows(self, sql: str, values: Any = ()) -> list[tuple[Any, ...]]:
        found = super().rows(sql, values)
        if self.sell is not None and "bookings" in sql:
            self.sell()
        return found


class ReportShop:
    """Reports and shifts of one journal."""

    def __init__(
        self,
        path: Path | str,
        folder: Path | None = None,
        formats: Sequence[str] = ("csv",),
        database: Database | None = None,
    ) -> None:
        self.clock = StoppedClock(NOON)
        self.database = database or new_journal(path)
        self.payments = PaymentStore(self.database, REGISTER, self.clock, ZONE)
        self.ledger = Ledger(self.database)
        self.store = ShiftStore(self.database, REGISTER, self.clock)
        refunds = RefundStore(self.database, REGISTER, self.clock, ZONE)
        self.staff_store = PeopleStore(self.database, REGISTER, self.clock)
        self.staff, _rights = people_services(self.staff_store, self.clock, Bus(), PinHasher())
        self.reports = Reports(
            self.ledger,
            refunds,
            self.store,
            self.staff,
            self.clock,
            "茶行",
            ZONE,
            run_blocking=here,
            folder=folder,
            formats=formats,
        )
        self.shifts = Shifts(
            self.store, self.ledger, self.payments, refunds, Bus(),
            lambda: ReportNames("茶行", ZONE, self.staff.names()), lambda: asyncio.sleep(0),
            close_steps=[CloseStep("reports", self.reports.at_close)],
        )  # fmt: skip

    def cash(self, number: int, amount: int = 125, currency: str = "TWD", register: str = REGISTER) -> None:
        one = attempt(
            f"261120{number:014d}", tender=Tender.CASH, gateway="cash", amount=Money(amount, currency),
            created_at=self.clock.at, cashier="amy", register_id=register,
        )  # fmt: skip
        store = self.payments if register == REGISTER else PaymentStore(self.database, register, self.clock, ZONE)
        store.create(one, Event.SEND, Event.PAID)

    def close(self, counted: int) -> Closed:
        return run(self.shifts.close(Money(counted, "TWD"), {}, "", SHIFT))


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> BusyShop:
    return BusyShop(tmp_path_factory.mktemp("busy") / "counter.sqlite", days=2, payments=1300).write()


@pytest.fixture
def shop(busy: BusyShop) -> Iterator[ReportShop]:
    made = ReportShop(busy.path)
    yield made
    made.database.close()


@pytest.fixture
def till(tmp_path: Path) -> Iterator[ReportShop]:
    made = ReportShop(":memory:", tmp_path / "reports")
    yield made
    made.database.close()


# -- figures ------------------------------------------------------------------------------------------------------


def test_a_shift_needs_the_right_to_an_x_and_longer_spans_that_to_reports(shop: ReportShop) -> None:
    shift = shop.reports.closed()
    shop.reports.totals(shift, TILL)
    for scope, permission in ((shift, DAYS), (day_scope(LAST_DAY), TILL), (month_scope(LAST_DAY), SHIFT)):
        with pytest.raises(NotAllowed):
            shop.reports.totals(scope, permission)
        with pytest.raises(NotAllowed):
            shop.reports.lines(scope, permission)
        with pytest.raises(NotAllowed):
            run(shop.reports.report(scope, permission))


def test_a_figure_opens_to_its_lines(shop: ReportShop) -> None:
    scope = day_scope(LAST_DAY)
    found = shop.reports.totals(scope, DAYS).of("TWD")
    lines = shop.reports.lines(scope, DAYS, Figure("TWD", By.TENDER, "atm"), limit=10_000)
    assert sum(one.signed for one in lines) == found.by[By.TENDER]["atm"].net
    first = shop.reports.lines(scope, DAYS, limit=5)
    assert [one.seq for one in shop.reports.lines(scope, DAYS, limit=5, after=first[-1].seq)] > [first[-1].seq]


def test_a_figure_of_one_currency_opens_to_that_currency_alone(till: ReportShop) -> None:
    till.cash(1, 100)
    till.cash(2, 1250, "HKD")
    scope = day_scope(LAST_DAY)
    found = till.reports.totals(scope, DAYS)
    assert [(one.currency, one.whole.gross) for one in found.currencies] == [("HKD", 1250), ("TWD", 100)]
    lines = till.reports.lines(scope, DAYS, Figure("HKD", By.TENDER, "cash"))
    assert [one.amount for one in lines] == [Money(1250, "HKD")]


def test_a_register_has_totals_of_its_own(till: ReportShop) -> None:
    till.shifts.open(FLOAT, SHIFT)
    till.cash(1, 100)
    till.cash(2, 50, register="R2")
    assert till.reports.totals(day_scope(LAST_DAY, "R2"), DAYS).of("TWD").whole.gross == 50
    assert till.reports.totals(day_scope(LAST_DAY), DAYS).of("TWD").whole.gross == 150
    assert till.reports.registers() == [REGISTER]


def test_the_days_are_the_shops_own(till: ReportShop) -> None:
    till.clock.at = datetime(2026, 11, 20, 23, 59, tzinfo=ZONE)
    till.cash(1)
    till.clock.at += timedelta(minutes=2)
    till.cash(2)
    assert till.reports.today() == date(2026, 11, 21)
    for day in (LAST_DAY, date(2026, 11, 21)):
        assert till.reports.totals(day_scope(day), DAYS).of("TWD").whole.sales == 1


def test_the_running_shift_and_the_closed_ones_are_found(till: ReportShop) -> None:
    for missing in (till.reports.running, till.reports.closed, lambda: till.reports.closed(1)):
        with pytest.raises(NotFound):
            missing()
    first = till.shifts.open(FLOAT, SHIFT)
    assert till.reports.running() == till.reports.scope_of(first)
    with pytest.raises(NotFound, match="closed yet"):
        till.reports.closed()
    till.close(5000)
    second = till.shifts.open(FLOAT, SHIFT)
    till.close(5000)
    assert (till.reports.closed(1).shift, till.reports.closed().shift) == (first.id, second.id)
    with pytest.raises(NotFound, match="no Z 3"):
        till.reports.closed(3)


def test_an_open_shift_reaches_to_today(till: ReportShop) -> None:
    shift = till.shifts.open(FLOAT, SHIFT)
    till.clock.at += timedelta(days=1)
    assert till.reports.running() == Scope(Span.SHIFT, LAST_DAY, LAST_DAY + timedelta(days=1), shift.id, REGISTER)
    assert shift_scope(shift, LAST_DAY - timedelta(days=9), ZONE).last == LAST_DAY  # a clock that was set back


# -- files --------------------------------------------------------------------------------------------------------


def test_a_report_holds_its_lines_as_they_stood_in_one_moment(busy: BusyShop, tmp_path: Path) -> None:
    copy = tmp_path / "counter.sqlite"
    copy.write_bytes(busy.path.read_bytes())
    shop = ReportShop(copy)

    async def while_a_customer_pays() -> None:
        scope = month_scope(LAST_DAY)
        making = asyncio.ensure_future(shop.reports.report(scope, DAYS))
        await asyncio.sleep(0)
        shop.cash(1)
        report = await making
        assert len(report.bookings) > 2000
        whole = report.totals.of("TWD").whole
        assert (len(report.sales), sum(one.signed for one in report.bookings)) == (whole.sales, whole.net)
        assert {one.refund_no for one in report.refunds} == {one.refund_no for one in report.bookings} - {""}
        assert shop.reports.totals(scope, DAYS).of("TWD").whole.sales == whole.sales + 1

    asyncio.run(while_a_customer_pays())
    shop.database.close()


def test_a_report_read_during_sales_is_one_snapshot(tmp_path: Path) -> None:
    till, reading = ReportShop(tmp_path / "counter.sqlite"), Overtaken(tmp_path / "counter.sqlite")
    numbers = iter(range(1000))
    till.cash(next(numbers))
    reading.sell = lambda: till.cash(next(numbers))
    shop = ReportShop("", database=reading)
    report = run(shop.reports.report(day_scope(NOON.astimezone(ZONE).date()), DAYS))
    assert (len(report.sales), next(numbers) > 3) == (report.totals.of("TWD").whole.sales, True)
    till.database.close()
    reading.close()


def test_the_report_of_a_shift_contains_only_that_shift(shop: ReportShop) -> None:
    scope = shop.reports.closed(1)
    report = run(shop.reports.report(scope, TILL))
    assert [one.z_no for one in report.shifts] == [1]
    counted = report.totals.of("TWD").whole
    assert len(report.refunds) == counted.refunds > 0
    day = run(shop.reports.report(day_scope(scope.first, REGISTER), DAYS))
    assert [one.z_no for one in day.shifts] == [1]
    assert run(shop.reports.report(day_scope(scope.first, "R2"), DAYS)).shifts == []


@pytest.mark.parametrize(
    ("kind", "head"), [("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK"), ("pdf", b"%PDF"), ("json", b"{")]
)
def test_a_report_is_written_whole_in_the_place_of_the_last_one(
    shop: ReportShop, tmp_path: Path, kind: str, head: bytes
) -> None:
    path = tmp_path / f"day.{kind}"
    path.write_text("the last one")
    assert run(shop.reports.write(shop.reports.closed(), kind, path, TILL)) == path
    assert path.read_bytes().startswith(head)
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_the_lines_of_a_csv_sum_to_the_net(shop: ReportShop, tmp_path: Path) -> None:
    scope = day_scope(LAST_DAY)
    path = run(shop.reports.write(scope, "csv", tmp_path / "day.csv", DAYS))
    rows = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    lines = rows[1 : rows.index([])]
    net = sum(int(row[rows[0].index("Amount")]) for row in lines)
    assert net == shop.reports.totals(scope, DAYS).of("TWD").whole.net


def test_an_unknown_format_and_an_unwritable_folder_are_refused(shop: ReportShop, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"doc is not a format\. Use one of json, csv, xlsx, pdf"):
        run(shop.reports.write(day_scope(LAST_DAY), "doc", tmp_path / "x", DAYS))
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written"):
        run(shop.reports.write(day_scope(LAST_DAY), "csv", tmp_path / "file" / "day.csv", DAYS))
    assert (tmp_path / "file").read_text() == ""


def test_a_file_gets_a_name_of_its_span(shop: ReportShop) -> None:
    found = shop.reports.totals(day_scope(LAST_DAY, "R1"), DAYS)
    assert shop.reports.file_name(found, "pdf") == "counter-day-2026-11-20-R1.pdf"


# -- at a Z -------------------------------------------------------------------------------------------------------


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir()) if folder.exists() else []


def test_a_z_writes_the_reports_of_its_shift_and_its_day(till: ReportShop, tmp_path: Path) -> None:
    till.shifts.open(FLOAT, SHIFT)
    till.cash(1)
    assert till.close(5125).messages == ()
    assert names(tmp_path / "reports") == ["counter-day-2026-11-20-R1.csv", "counter-z-1-R1.csv"]
    till.shifts.open(FLOAT, SHIFT)
    till.cash(2)
    till.close(5125)
    day = (tmp_path / "reports" / "counter-day-2026-11-20-R1.csv").read_text(encoding="utf-8-sig")
    assert "250" in day
    assert len(names(tmp_path / "reports")) == 3


def test_a_shift_past_midnight_has_both_days_and_a_forgotten_one_the_last_seven(
    till: ReportShop, tmp_path: Path
) -> None:
    till.shifts.open(FLOAT, SHIFT)
    till.clock.at += timedelta(hours=20)
    till.close(5000)
    assert [name for name in names(tmp_path / "reports") if "day" in name] == [
        "counter-day-2026-11-20-R1.csv", "counter-day-2026-11-21-R1.csv",
    ]  # fmt: skip
    till.shifts.open(FLOAT, SHIFT)
    till.clock.at += timedelta(days=30)
    till.close(5000)
    assert len([name for name in names(tmp_path / "reports") if "2026-12" in name]) == 7


def test_the_file_of_a_closed_shift_says_what_its_z_said(till: ReportShop) -> None:
    till.shifts.open(FLOAT, SHIFT)
    till.cash(1)
    z = till.close(5125).report
    invoices = InvoiceStore(till.database, REGISTER, till.clock)
    invoices.request_invoice(f"261120{1:014d}", invoice_request(Kind.PAPER))
    till.staff_store.add(Person("amy", "Amy", Role.OWNER), "hash", "")
    report = run(till.reports.report(till.reports.closed(), TILL))
    assert till.reports.totals(till.reports.closed(), TILL) == report.totals
    assert (report.totals.currencies, report.totals.invoices) == (z.totals.currencies, z.totals.invoices)
    assert till.reports.totals(day_scope(till.reports.today(), REGISTER), DAYS).invoices.owed == 1
    shown = TotalsView(till.reports, till.shifts, till.staff).answer(
        SIGNED_OUT, TotalsQuery(Span.SHIFT, NOON.date()), TILL
    )
    assert (shown.totals, shown.people) == (report.totals, {})
    assert report.people == z.names.people == {}
    assert till.reports.people(day_scope(till.reports.today(), REGISTER), DAYS) == {"amy": "Amy"}


def test_without_a_folder_a_z_writes_nothing() -> None:
    till = ReportShop(":memory:")
    till.shifts.open(FLOAT, SHIFT)
    closed = till.close(5000)
    assert closed.messages == ()
    assert not run(till.reports.at_close(closed.report))
    till.database.close()


def test_an_unwritable_folder_is_reported_and_does_not_undo_the_z(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    till = ReportShop(":memory:", tmp_path / "file")
    till.shifts.open(FLOAT, SHIFT)
    closed = till.close(5000)
    assert "cannot be written" in closed.messages[0].spoken()
    assert closed.report.shift.z_no == 1
    till.database.close()


# -- the arithmetic -----------------------------------------------------------------------------------------------


def test_a_file_that_is_held_elsewhere_keeps_none_of_the_others_back(tmp_path: Path) -> None:
    folder = tmp_path / "reports"
    (folder / "counter-z-1-R1.csv").mkdir(parents=True)
    shop = ReportShop(":memory:", folder, ("csv", "json"))
    shop.store.open(FLOAT, SHIFT.by)
    assert [str(one) for one in shop.close(5000).messages] == [
        f"The report cannot be written: {folder / 'counter-z-1-R1.csv'}."
    ]
    assert sorted(one.name for one in folder.iterdir() if one.is_file()) == [
        "counter-day-2026-11-20-R1.csv", "counter-day-2026-11-20-R1.json", "counter-z-1-R1.json",
    ]  # fmt: skip
    shop.database.close()


def test_shares_are_whole_percents_that_make_a_hundred() -> None:
    table = {name: Sum(1, gross) for name, gross in {"a": 1, "b": 1, "c": 1}.items()}
    assert shares(table) == {"a": 34, "b": 33, "c": 33}
    assert list(shares({"small": Sum(1, 1), "large": Sum(1, 999)}).items()) == [("large", 100), ("small", 0)]
    assert shares({"a": Sum(refunds=1, refunded=5)}) == {"a": 0}
    assert shares({}) == {}


def test_an_average_goes_to_the_nearest_minor_unit() -> None:
    assert [Sum(sales, gross).average for sales, gross in ((0, 0), (2, 3), (3, 100), (3, 101))] == [0, 2, 33, 34]


def test_spans_move_by_their_own_length() -> None:
    assert move_scope(day_scope(LAST_DAY, "R1"), -1) == day_scope(date(2026, 11, 19), "R1")
    assert move_scope(week_scope(LAST_DAY), 1).first == date(2026, 11, 23)
    assert [move_scope(month_scope(LAST_DAY), by).first for by in (-11, 2)] == [date(2025, 12, 1), date(2027, 1, 1)]
    shift = Scope(Span.SHIFT, LAST_DAY, LAST_DAY, 3)
    assert move_scope(shift, 1) is shift


def test_refunds_are_figures_of_their_own(shop: ReportShop) -> None:
    scope = day_scope(LAST_DAY)
    lines = shop.reports.lines(scope, DAYS, Figure("TWD", kind=EntryKind.REFUND), limit=1000)
    whole = shop.reports.totals(scope, DAYS).of("TWD").whole
    assert (len(lines), -sum(one.signed for one in lines)) == (whole.refunds, whole.refunded)
