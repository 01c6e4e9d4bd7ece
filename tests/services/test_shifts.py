"""Shifts: float, cash movements, a blind count, over and short, the immutable Z."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos.domain.actor import Actor
from pos.domain.events import ShiftChanged
from pos.domain.in_process import SaleInProcess
from pos.domain.in_process_words import entries
from pos.domain.money import Money
from pos.domain.payment import CASH, Attempt, Sale, Tender
from pos.domain.refund import RefundEvent, RefundState, Way
from pos.domain.shift import CashMovementKind
from pos.domain.staff import Action
from pos.domain.states import Event, State
from pos.domain.totals import By, day_scope, totals
from pos.errors import InputError, NotAllowed, NotFound, PosError
from pos.i18n import Message
from pos.runtime import Bus
from pos.services.shifts import QUERY_TIMEOUT, Closed, CloseStep, ShiftReport, Shifts
from pos.store import journal
from tests.support.access import SIGNED_OUT
from tests.support.rows import wrong
from tests.support.shop import attempt
from tests.support.tills import ANNA, CLOSE, OPEN, READ, Till, permission, twd

TAKE_OVER = permission(Action.TAKE_OVER)

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def close(till: Till, counted: int, reason: str = "", notes: dict[int, int] | None = None) -> Closed:
    return run(till.shifts.close(twd(counted), notes or {}, reason, CLOSE))


def move(till: Till, kind: CashMovementKind, amount: int, reason: str = "change") -> None:
    action = Action.DROP if kind is CashMovementKind.DROP else Action.PAY_IN_OUT
    run(till.shifts.move(kind, twd(amount), reason, permission(action, "boss")))


def rows(till: Till, kind: str) -> list[dict[str, Any]]:
    return [json.loads(entry.body) for entry in journal.entries(till.database) if entry.kind == kind]


def test_a_register_without_a_drawer_opens_none() -> None:
    till = Till()
    bare = Shifts(till.store, till.ledger, till.payments, till.refunds, Bus(), till.names, _never)
    assert not run(bare.open_drawer("change", permission(Action.PAY_IN_OUT)))
    till.database.close()


@pytest.fixture
def till() -> Iterator[Till]:
    made = Till()
    yield made
    assert wrong(made.database) == []
    made.database.close()


# -- the drawer ---------------------------------------------------------------------------------------------------


def test_the_drawer_holds_float_sales_and_what_came_in_less_what_went_out(till: Till) -> None:
    till.shifts.open(twd(1000), OPEN)
    tea = till.cash(500)
    till.sold(300)
    till.refund(tea, 120, Way.CASH)
    move(till, CashMovementKind.PAID_IN, 200)
    move(till, CashMovementKind.PAID_OUT, 50)
    move(till, CashMovementKind.DROP, 400)
    report = till.shifts.read(READ)
    assert [(text, money.minor, sign) for text, money, sign in report.drawer.steps()] == [
        ("Float", 1000, 1), ("Cash sales", 500, 1), ("Cash refunds", 120, -1), ("Paid in", 200, 1),
        ("Paid out", 50, -1), ("Drops", 400, -1),
    ]  # fmt: skip
    assert report.drawer.expected == twd(1130)
    assert [(one.kind, one.amount, one.actor, one.approved_by) for one in report.moves] == [
        (CashMovementKind.PAID_IN, twd(200), ANNA, "boss"),
        (CashMovementKind.PAID_OUT, twd(50), ANNA, "boss"),
        (CashMovementKind.DROP, twd(400), ANNA, "boss"),
    ]
    assert till.kicked == 3
    by = report.totals.of("TWD").by[By.TENDER]
    assert (by["cash"].gross, by["cash"].refunded, by["cash"].net, by["mypay"].sales) == (500, 120, 380, 1)


def test_cash_given_back_for_a_gateways_payment_comes_out_of_the_drawer(till: Till) -> None:
    till.shifts.open(twd(1000), OPEN)
    till.refund(till.sold(300), 100, Way.CASH)
    till.refund(till.sold(300), 100, Way.BACK_OFFICE)
    assert till.shifts.read(READ).drawer.expected == twd(900)


@given(
    opening=st.integers(0, 5000),
    steps=st.lists(
        st.tuples(
            st.sampled_from(("cash", "mypay", "cash_refund", "refund_in_cash", "paid_in", "paid_out", "drop")),
            st.integers(1, 5000),
        ),
        max_size=12,
    ),
)
def test_on_any_day_the_formula_equals_the_movements(opening: int, steps: list[tuple[str, int]]) -> None:
    till = Till()
    till.shifts.open(twd(opening), OPEN)
    in_hand = opening
    for what, amount in steps:
        if what in ("cash", "mypay"):
            till.cash(amount) if what == "cash" else till.sold(amount)
            in_hand += amount if what == "cash" else 0
        elif what in ("cash_refund", "refund_in_cash"):
            sold = till.cash(amount) if what == "cash_refund" else till.sold(amount)
            till.refund(sold, amount, Way.CASH)
            in_hand += 0 if what == "cash_refund" else -amount
        elif what != "paid_in" and amount > in_hand:
            with pytest.raises(InputError, match="too much for a drawer"):
                move(till, CashMovementKind(what), amount)
        else:
            move(till, CashMovementKind(what), amount)
            in_hand += amount if what == "paid_in" else -amount
    report = till.shifts.read(READ)
    assert report.drawer.expected.minor == in_hand
    assert report.drawer.expected == sum((m * sign for _text, m, sign in report.drawer.steps()), twd(0))
    whole = report.totals.of("TWD").whole
    assert whole == sum(report.totals.of("TWD").by[By.HOUR].values(), type(whole)())
    till.database.close()


def test_what_opens_the_drawer_without_a_sale_is_written_down_first(till: Till) -> None:
    said = run(till.shifts.open_drawer(" change  wanted ", permission(Action.PAY_IN_OUT)))
    assert (said.spoken(), till.kicked) == ("The drawer stays shut.", 1)
    till.shifts.open(twd(0), OPEN)
    run(till.shifts.begin_count(CLOSE))
    assert rows(till, "drawer_opened") == [
        {"reason": "change wanted"},
        {"reason": "count", "shift": 1},
    ]
    with pytest.raises(InputError, match="Enter a reason"):
        run(till.shifts.open_drawer(" ", permission(Action.PAY_IN_OUT)))
    assert till.kicked == 2


# -- rights -------------------------------------------------------------------------------------------------------


def test_each_step_needs_its_own_permission(till: Till) -> None:
    wrong = permission(Action.SELL)
    with pytest.raises(NotAllowed):
        till.shifts.open(twd(1), wrong)
    till.shifts.open(twd(1), OPEN)
    for kind in CashMovementKind:
        with pytest.raises(NotAllowed):
            run(till.shifts.move(kind, twd(1), "x", wrong))
    for work in (
        till.shifts.open_drawer("x", CLOSE),
        till.shifts.begin_count(wrong),
        till.shifts.close(twd(1), {}, "", wrong),
    ):
        with pytest.raises(NotAllowed):
            run(work)
    with pytest.raises(NotAllowed):
        till.shifts.read(CLOSE)
    with pytest.raises(NotAllowed):
        till.shifts.last_z(CLOSE)


def test_without_a_shift_nothing_moves_and_nothing_closes(till: Till) -> None:
    assert till.shifts.current() is None
    with pytest.raises(NotFound, match="No shift is open"):
        move(till, CashMovementKind.DROP, 1)
    with pytest.raises(NotFound):
        till.shifts.read(READ)
    with pytest.raises(NotFound):
        close(till, 0)
    with pytest.raises(NotFound):
        run(till.shifts.begin_count(CLOSE))
    with pytest.raises(NotFound, match="No shift has been closed"):
        till.shifts.last_z(READ)
    with pytest.raises(NotFound, match="no shift 9"):
        till.shifts.read(READ, 9)


def test_sums_that_no_drawer_holds_are_refused(till: Till) -> None:
    with pytest.raises(InputError, match="below zero"):
        till.shifts.open(twd(-1), OPEN)
    till.shifts.open(twd(100), OPEN)
    for amount, words in ((twd(0), "more than zero"), (Money(1, "HKD"), "another currency")):
        with pytest.raises(InputError, match=words):
            run(till.shifts.move(CashMovementKind.DROP, amount, "safe", permission(Action.DROP)))
    with pytest.raises(InputError, match="Enter a reason"):
        move(till, CashMovementKind.PAID_OUT, 5, " ")
    for counted, words in ((twd(-1), "drawer's currency"), (Money(100, "HKD"), "drawer's currency")):
        with pytest.raises(InputError, match=words):
            run(till.shifts.close(counted, {}, "", CLOSE))
    with pytest.raises(InputError, match="do not add up"):
        close(till, 100, notes={50: 1})
    with pytest.raises(InputError, match="200 characters"):
        close(till, 100, "x" * 201)
    assert rows(till, "shift_counted") == []


# -- counting -----------------------------------------------------------------------------------------------------


def test_a_count_that_fits_closes_without_a_reason(till: Till) -> None:
    till.shifts.open(twd(650), OPEN)
    closed = close(till, 650, notes={500: 1, 100: 1, 50: 1})
    shift = closed.report.shift
    assert (shift.z_no, shift.difference, shift.reason, shift.notes) == (1, twd(0), "", {500: 1, 100: 1, 50: 1})
    assert (shift.opened_by, shift.closed_by) == (ANNA, ANNA)
    assert till.asked == 1
    assert till.shifts.current() is None
    assert [fact.shift.z_no for fact in till.facts if isinstance(fact, ShiftChanged)] == [None, 1]


@pytest.mark.parametrize(("counted", "words"), [(900, "short by NT\\$100"), (1100, "over by NT\\$100")])
def test_over_and_short_need_a_reason_and_every_try_leaves_a_trace(till: Till, counted: int, words: str) -> None:
    till.shifts.open(twd(1000), OPEN)
    with pytest.raises(InputError, match=words):
        close(till, counted, notes={100: counted // 100})
    assert till.shifts.current() is not None
    till.clock.at += timedelta(minutes=1)
    with pytest.raises(InputError):
        close(till, counted + 1)
    report = close(till, counted, " no  idea ").report
    assert (report.shift.difference, report.shift.reason) == (twd(counted - 1000), "no idea")
    assert [said for _at, said in report.counts] == [twd(counted), twd(counted + 1)]
    first = rows(till, "shift_counted")[0]
    assert first == {
        "counted": f"TWD {counted}", "expected": "TWD 1000", "notes": {"100": counted // 100}, "shift": 1,
    }  # fmt: skip


def test_the_tries_of_one_shift_are_not_those_of_the_next(till: Till) -> None:
    till.shifts.open(twd(10), OPEN)
    with pytest.raises(InputError):
        close(till, 9)
    close(till, 10)
    till.shifts.open(twd(10), OPEN)
    assert till.shifts.read(READ).counts == []
    assert close(till, 10).report.counts == []


def test_a_count_that_fits_may_be_closed_with_a_reason(till: Till) -> None:
    till.shifts.open(twd(10), OPEN)
    assert close(till, 10, "all well").report.shift.reason == "all well"


# -- the Z --------------------------------------------------------------------------------------------------------


def test_zs_are_numbered_without_gaps_and_carry_the_journals_head(till: Till) -> None:
    for number in (1, 2, 3):
        till.shifts.open(twd(0), OPEN)
        with pytest.raises(InputError):
            close(till, 5)
        head = list(journal.entries(till.database))[-1]
        shift = close(till, 0).report.shift
        assert shift.z_no == number
        assert shift.report["journal"] == {"seq": head.seq, "hash": head.hash}
    assert [one.z_no for one in till.shifts.last(SIGNED_OUT)] == [3, 2, 1]
    assert till.shifts.last_z(READ).shift.z_no == 3
    till.shifts.open(twd(0), OPEN)
    assert till.shifts.last_z(READ).shift.z_no == 3


def test_only_who_closed_and_managers_see_the_expected_amount(till: Till) -> None:
    till.shifts.open(twd(100), OPEN)
    close(till, 90, reason="gone")
    mine, blind = till.shifts.last(Actor(CLOSE.actor)), till.shifts.last(SIGNED_OUT)
    assert (mine[0].difference, blind[0].difference) == (twd(-10), None)
    assert (blind[0].counted, blind[0].report) == (twd(90), {})
    assert till.shifts.last(SIGNED_OUT, permission=READ)[0].difference == twd(-10)
    with pytest.raises(NotAllowed):
        till.shifts.last(SIGNED_OUT, permission=OPEN)


def test_payments_and_refunds_in_flight_are_named_and_handed_on(till: Till) -> None:
    till.shifts.open(twd(0), OPEN)
    waits = till.begun(125)
    moving = till.refund(till.sold(90), 90, Way.GATEWAY, RefundEvent.SEND)
    unsent = till.refund(till.sold(80), 80, Way.GATEWAY, RefundEvent.SEND, RefundEvent.NOT_SENT)
    assert unsent.state is RefundState.CREATED
    till.payments.create(attempt("261120CREATED"))
    report = close(till, 0).report
    assert [(one.order_no, one.state) for one in report.in_process.payments] == [(waits.order_no, State.PENDING)]
    assert [(one.refund_no, one.state) for one in report.in_process.refunds] == [(moving.refund_no, RefundState.SENT)]


@pytest.mark.parametrize(
    "steps",
    [(), (RefundEvent.ACCEPTED,), (RefundEvent.NO_ANSWER,), (RefundEvent.NO_ANSWER, RefundEvent.GIVE_UP)],
    ids=["sent", "at the gateway", "no answer", "in review"],
)
def test_the_count_the_x_and_the_z_name_the_same_refund(till: Till, steps: tuple[RefundEvent, ...]) -> None:
    till.shifts.open(twd(0), OPEN)
    moving = till.refund(till.sold(90), 90, Way.GATEWAY, RefundEvent.SEND, *steps)
    for found in (till.shifts.in_process(), till.shifts.read(READ).in_process, close(till, 0).report.in_process):
        assert (found.count, [one.refund_no for one in found.refunds]) == (1, [moving.refund_no])


def test_a_split_sale_that_was_paid_in_part_is_named_and_handed_on(till: Till) -> None:
    """The next shift may take its last part, or refund the first; the Z stays as it was."""
    till.shifts.open(twd(0), OPEN)
    paid = till_part("1", 300)
    till.payments.create(paid, Event.SEND, Event.PAID, opens=Sale(twd(500)))
    before = [SaleInProcess("5a1e", paid.order_no, twd(500), twd(300))]
    for found in (till.shifts.in_process(), till.shifts.read(READ).in_process, close(till, 300).report.in_process):
        assert (found.sales, found.count) == (before, 1)
        assert [(one.amount, one.words) for one in entries(found)] == [
            ("NT$200", "Split sale · NT$300 of NT$500 paid"),
        ]
    till.shifts.open(twd(0), OPEN)
    till.payments.create(till_part("2", 200), Event.SEND, Event.PAID)
    assert till.shifts.in_process().sales == []
    assert till.shifts.last_z(READ).in_process.sales == before


def till_part(number: str, amount: int) -> Attempt:
    """Return a part in cash of the sale 5a1e."""
    return attempt(f"261120PART{number:0>10}", amount=twd(amount), tender=Tender.CASH, gateway=CASH, sale_id="5a1e")


@pytest.mark.parametrize("end", [RefundEvent.DONE, RefundEvent.REFUSED])
def test_nothing_is_in_process_after_a_refund_ended(till: Till, end: RefundEvent) -> None:
    till.shifts.open(twd(0), OPEN)
    till.refund(till.sold(90), 90, Way.GATEWAY, RefundEvent.SEND, end)
    for found in (till.shifts.in_process(), till.shifts.read(READ).in_process, close(till, 0).report.in_process):
        assert found.count == 0


def test_a_z_shows_short_money_as_it_was_when_the_shift_was_closed(till: Till) -> None:
    till.shifts.open(twd(0), OPEN)
    short, unclear = till.begun(125), till.begun(80)
    short = till.payments.step(short, Event.DIFFERS, received=twd(100))
    unclear = till.payments.step(unclear, Event.GIVE_UP)
    shown = [(one.order_no, one.shown_amount) for one in close(till, 0).report.in_process.payments]
    assert shown == [(short.order_no, twd(100)), (unclear.order_no, twd(80))]
    till.payments.note(unclear, "note", received=twd(70))
    till.payments.settle(short, Event.VOID_DONE, permission(Action.SETTLE).by, "none came")
    assert [(one.order_no, one.shown_amount) for one in till.shifts.last_z(READ).in_process.payments] == shown


def test_another_registers_payments_are_its_own_affair(till: Till) -> None:
    other = Till(register="R2", database=till.database)
    till.shifts.open(twd(0), OPEN)
    other.shifts.open(twd(0), OPEN)
    theirs = other.begun(50)
    assert close(till, 0).report.in_process.payments == []
    assert [one.order_no for one in close(other, 0).report.in_process.payments] == [theirs.order_no]
    assert [one.z_no for one in (*till.shifts.last(SIGNED_OUT), *other.shifts.last(SIGNED_OUT))] == [1, 1]


def said(z: ShiftReport) -> tuple[object, ...]:
    """Return everything that a Z prints."""
    waiting = [(one.order_no, one.amount, one.tender, one.state) for one in z.in_process.payments]
    refunds = [(one.refund_no, one.amount, one.state) for one in z.in_process.refunds]
    return (z.shift, z.drawer, z.totals, z.moves, waiting, refunds, z.counts, z.names)


def test_a_z_never_changes(till: Till) -> None:
    till.shifts.open(twd(100), OPEN)
    till.cash(40)
    sold, waits = till.sold(300), till.begun(125)
    moving = till.refund(till.sold(90), 90, Way.GATEWAY, RefundEvent.SEND)
    before = close(till, 140).report
    till.paid(waits)
    till.refunds.step(moving, RefundEvent.DONE)
    till.refund(sold, 300, Way.CASH)
    till.shifts.open(twd(140), OPEN)
    till.shop, till.zone, till.people = "十全大補茶行", ZoneInfo("Asia/Hong_Kong"), {"anna": "Anna Chen"}
    assert before.shift.z_no == 1
    assert (before.names.shop, before.names.people) == ("十全茶行", {"anna": "Anna"})
    assert said(till.shifts.read(READ, 1)) == said(before)
    assert said(till.shifts.last_z(READ)) == said(before)
    assert [one.state for one in before.in_process.payments] == [State.PENDING]


def test_a_z_of_an_older_program_is_completed_from_the_journal(till: Till) -> None:
    till.shifts.open(twd(100), OPEN)
    run(till.shifts.move(CashMovementKind.PAID_IN, twd(40), "coins", permission(Action.PAY_IN_OUT)))
    waits = till.begun(125)
    till.payments.step(waits, Event.DIFFERS, received=twd(100))
    till.refund(till.sold(90), 90, Way.GATEWAY, RefundEvent.SEND)
    z = close(till, 140).report
    assert (len(z.moves), z.in_process.count) == (1, 2)
    older = dict(z.shift.report)
    del older["moves"], older["names"]
    older["in_flight"] = [row[:4] for row in older["in_flight"]]
    older["refunds_in_flight"] = [row[:3] for row in older["refunds_in_flight"]]
    sql = "UPDATE shifts SET report = ? WHERE id = ?"
    with till.database.transaction() as connection:
        connection.execute(sql, (json.dumps(older), z.shift.id))
    till.shop = "茶行"
    found = till.shifts.last_z(READ)
    assert said(found)[1:-1] == said(z)[1:-1]
    assert (found.names.shop, found.names.zone, found.names.people) == ("茶行", till.zone, till.people)
    with till.database.transaction() as connection:
        connection.execute(sql, (journal.canonical(dict(z.shift.report)), z.shift.id))


def test_what_comes_after_a_z_belongs_to_the_next_shift(till: Till) -> None:
    till.shifts.open(twd(0), OPEN)
    first, second = till.begun(125), till.begun(75)
    z = close(till, 0).report
    till.paid(first)  # no shift is open
    till.cash(60)  # it is in the drawer, and in the next float
    till.shifts.open(twd(60), OPEN)
    till.paid(second)
    report = till.shifts.read(READ)
    assert (report.totals.of("TWD").whole.sales, report.totals.of("TWD").whole.gross) == (3, 260)
    assert report.drawer.expected == twd(60)
    assert till.shifts.read(READ, 1).totals == z.totals
    day = day_scope(till.clock.now().date())
    assert totals(day, till.ledger.groups(day), till.ledger.invoices(day)).of("TWD").whole.gross == 260


def test_sales_without_a_shift_are_in_the_next_z_and_their_cash_in_no_count(till: Till) -> None:
    sold, tea = till.sold(300), till.cash(80)
    till.refund(sold, 100, Way.BACK_OFFICE)
    till.refund(sold, 50, Way.CASH)
    till.refund(tea, 80, Way.CASH)
    till.shifts.open(twd(500), OPEN)
    report = till.shifts.read(READ)
    assert report.drawer.expected == twd(500)
    assert (report.totals.of("TWD").whole.gross, report.totals.of("TWD").whole.refunded) == (380, 230)
    assert rows(till, "shift_opened")[0]["adopted"] == 5


def test_another_registers_money_is_not_taken_over(till: Till) -> None:
    Till(register="R2", database=till.database).sold(99)
    till.shifts.open(twd(0), OPEN)
    assert till.shifts.read(READ).totals.currencies == ()


def test_a_drawer_counts_its_own_currency_and_totals_include_the_others(till: Till) -> None:
    till.shifts.open(twd(10), OPEN)
    till.sold(1250, Tender.ALIPAY, "qfpay", "HKD")
    till.cash(500, "HKD")
    report = close(till, 10).report
    assert report.totals.of("HKD").whole.gross == 1750
    assert report.totals.of("TWD").whole.gross == 0
    assert till.shifts.read(READ, 1) == report


# -- before and after ---------------------------------------------------------------------------------------------


def test_the_close_queries_the_gateways_first(till: Till) -> None:
    till.shifts.open(twd(0), OPEN)
    waits = till.begun(125)

    async def pay() -> None:
        till.paid(waits)

    till.ask = pay()
    report = close(till, 0).report
    assert (report.in_process.payments, report.totals.of("TWD").whole.gross) == ([], 125)


async def _never() -> None:
    await asyncio.get_running_loop().create_future()


async def _refused() -> None:
    raise PosError("down")


@pytest.mark.parametrize("silence", [_never, _refused])
def test_a_silent_gateway_does_not_prevent_the_close(silence: Any) -> None:
    from tests.support.virtual import VirtualDay

    till = Till()
    till.shifts.open(twd(0), OPEN)
    waits = till.begun(125)
    till.ask = silence()
    with VirtualDay() as day:
        report = day.run(till.shifts.close(twd(0), {}, "", CLOSE)).report
        assert day.clock.monotonic() <= QUERY_TIMEOUT
    assert [one.order_no for one in report.in_process.payments] == [waits.order_no]
    till.database.close()


def test_a_failure_after_a_z_does_not_undo_it() -> None:
    done: list[int | None] = []

    async def well(report: ShiftReport) -> Message:
        done.append(report.shift.z_no)
        return Message()

    async def badly(report: ShiftReport) -> Message:
        raise PosError("The disk is full.")

    async def with_a_message(report: ShiftReport) -> Message:
        return Message("Kept in two places.")

    till = Till(close_steps=(CloseStep("a", badly), CloseStep("b", well), CloseStep("c", with_a_message)))
    till.shifts.open(twd(0), OPEN)
    closed = close(till, 0)
    assert ([one.spoken() for one in closed.messages], done) == (["The disk is full.", "Kept in two places."], [1])
    till.database.close()


def test_what_a_z_lacks_is_made_up_for_at_the_next_start_once(tmp_path: Path) -> None:
    done: list[tuple[str, int | None]] = []
    faults: list[PosError] = []

    def step(name: str, *, again: bool = True) -> CloseStep:
        async def work(report: ShiftReport) -> Message:
            if faults:
                raise faults.pop()
            done.append((name, report.shift.z_no))
            return Message()

        return CloseStep(name, work, again=again)

    def started(*steps: CloseStep) -> Till:
        return Till(tmp_path / "shop.sqlite", close_steps=steps)

    died = started(step("backup"))  # and before the reports and the print
    died.shifts.open(twd(0), OPEN)
    close(died, 0)
    died.database.close()
    for fault, expected in (
        ([PosError("The disk is full.")], [("backup", 1)]),
        ([], [("backup", 1), ("reports", 1)]),
        ([], [("backup", 1), ("reports", 1)]),
    ):
        faults += fault
        till = started(step("backup"), step("reports"), step("paper", again=False))
        asyncio.run(till.shifts.resume_close_steps())
        assert done == expected
        till.database.close()


def test_a_start_without_a_z_or_a_journal_that_works_makes_nothing_up(tmp_path: Path) -> None:
    async def never(report: ShiftReport) -> Message:
        raise AssertionError("there is no Z")

    till = Till(tmp_path / "shop.sqlite", close_steps=[CloseStep("backup", never)])
    asyncio.run(till.shifts.resume_close_steps())
    till.shifts.open(twd(0), OPEN)
    asyncio.run(till.shifts.resume_close_steps())
    till.database.rows("DROP TABLE shifts")
    asyncio.run(till.shifts.resume_close_steps())
    till.database.close()


# -- a register that was renamed ----------------------------------------------------------------------------------


def test_a_renamed_register_goes_on_with_its_shift(till: Till) -> None:
    till.shifts.open(twd(100), OPEN)
    till.cash(40)
    waits, late = till.begun(125), till.payments.step(till.begun(75), Event.LAPSED)
    moving = till.refund(till.sold(90), 90, Way.GATEWAY, RefundEvent.SEND)
    with pytest.raises(InputError):
        close(till, 1)
    new = Till(register="R9", database=till.database)
    with pytest.raises(NotFound, match="open here under the name R1"):
        new.shifts.needed()
    new.cash(60)  # sold under the new name, before it was noticed
    taken = new.shifts.take_over("R1", TAKE_OVER)
    assert taken is not None
    assert (taken.register_id, taken.opening, taken.id) == ("R9", twd(100), 1)
    assert new.database.rows("SELECT register FROM shifts") == [("R1",)], "what was written keeps its name"
    assert ShiftChanged(taken) in new.facts
    assert new.shifts.others() == []
    assert not new.shifts.renamed()
    new.paid(new.payments.get(waits.order_no))
    new.payments.settle(new.payments.step(new.payments.get(late.order_no), Event.PAID), Event.PAID, OPEN.by, "it came")
    report = close(new, 200).report
    assert (report.shift.register_id, report.shift.z_no) == ("R9", 1)
    assert report.totals.of("TWD").whole.gross == 40 + 90 + 60 + 125 + 75
    assert [one.refund_no for one in report.in_process.refunds] == [moving.refund_no]
    assert [counted for _at, counted in report.counts] == [twd(1)]
    assert rows(new, "register_taken_over") == [{"name": "R1", "shift": 1}]


def test_money_that_a_former_name_left_in_no_shift_comes_into_the_next_one(till: Till) -> None:
    till.cash(40)
    waits = till.begun(125)
    new = Till(register="R9", database=till.database)
    assert new.shifts.take_over("R1", TAKE_OVER) is None
    new.paid(new.payments.get(waits.order_no))
    new.shifts.open(twd(40), OPEN)
    assert new.shifts.read(READ).totals.of("TWD").whole.gross == 165
    assert new.shifts.read(READ).drawer.expected == twd(40)


def test_what_a_former_name_left_comes_into_the_open_shift_its_cash_in_no_count(till: Till) -> None:
    till.cash(40)
    till.clock.at += timedelta(hours=1)
    new = Till(register="R9", database=till.database, at=till.clock.at)
    new.shifts.open(twd(40), OPEN)
    till.clock.at += timedelta(hours=1)
    till.cash(30)  # in the drawer now, after the count
    assert new.shifts.take_over("R1", TAKE_OVER) == new.shifts.current()
    assert new.shifts.read(READ).totals.of("TWD").whole.gross == 70
    assert new.shifts.read(READ).drawer.expected == twd(70)


def test_two_open_shifts_do_not_become_one(till: Till) -> None:
    till.shifts.open(twd(0), OPEN)
    new = Till(register="R9", database=till.database)
    new.shifts.open(twd(0), OPEN)
    with pytest.raises(NotAllowed, match="Close it first"):
        new.shifts.take_over("R1", TAKE_OVER)
    close(new, 0)
    assert new.shifts.take_over("R1", TAKE_OVER) is not None
    with pytest.raises(NotFound, match="Register R1 has nothing open"):
        new.shifts.take_over("R1", TAKE_OVER)
    with pytest.raises(NotAllowed):
        new.shifts.take_over("R1", READ)


def test_a_clock_that_is_set_back_in_a_shift_loses_neither_a_sale_nor_a_day(till: Till) -> None:
    till.shifts.open(twd(100), OPEN)
    till.cash(40)
    till.clock.at -= timedelta(days=2)
    till.cash(60)
    report = close(till, 200).report
    assert report.totals.of("TWD").whole.gross == 100
    assert (report.totals.scope.first.isoformat(), report.totals.scope.last.isoformat()) == ("2026-11-18", "2026-11-20")
    for day in (18, 19, 20):
        first = datetime(2026, 11, day, tzinfo=UTC)
        assert [one.id for one in till.store.between(first, first + timedelta(days=1))] == [1]


# -- calendars ----------------------------------------------------------------------------------------------------


def day_sums(till: Till, first: str, last: str) -> dict[str, int]:
    sql = "SELECT day, sum(amount) FROM bookings WHERE day BETWEEN ? AND ? GROUP BY day ORDER BY day"
    return dict(till.database.rows(sql, (first, last)))


@pytest.mark.parametrize(
    ("zone", "opened", "hours", "days"),
    [
        ("Asia/Taipei", datetime(2026, 11, 20, 15, 30, tzinfo=UTC), (0, 1), ("2026-11-20", "2026-11-21")),
        ("Asia/Taipei", datetime(2026, 12, 31, 15, 30, tzinfo=UTC), (0, 1), ("2026-12-31", "2027-01-01")),
        ("Asia/Taipei", datetime(2028, 2, 28, 15, 30, tzinfo=UTC), (0, 1), ("2028-02-28", "2028-02-29")),
        ("Asia/Taipei", datetime(2027, 2, 28, 15, 30, tzinfo=UTC), (0, 1), ("2027-02-28", "2027-03-01")),
        ("America/New_York", datetime(2026, 11, 2, 4, 30, tzinfo=UTC), (0, 1), ("2026-11-01", "2026-11-02")),
        ("Europe/London", datetime(2026, 3, 28, 23, 30, tzinfo=UTC), (0, 1), ("2026-03-28", "2026-03-29")),
    ],
)
def test_a_shift_across_midnight_is_one_shift_and_two_days(
    zone: str, opened: datetime, hours: tuple[int, int], days: tuple[str, str]
) -> None:
    till = Till(zone=ZoneInfo(zone), at=opened)
    till.shifts.open(twd(0), OPEN)
    for hour, amount in zip(hours, (100, 40), strict=True):
        till.clock.at = opened + timedelta(hours=hour)
        till.sold(amount)
    report = close(till, 0).report
    assert report.totals.of("TWD").whole.gross == 140
    assert report.totals.of("TWD").by[By.DAY].keys() == set(days)
    assert day_sums(till, *days) == {days[0]: 100, days[1]: 40}
    assert (report.totals.scope.first.isoformat(), report.totals.scope.last.isoformat()) == days
    for day, amount in zip(days, (100, 40), strict=True):
        scope = day_scope(datetime.fromisoformat(day).date())
        assert totals(scope, till.ledger.groups(scope), till.ledger.invoices(scope)).of("TWD").whole.gross == amount
    till.database.close()


@pytest.mark.parametrize(
    ("zone", "first", "hours"),
    [
        # Spring: 01:30, then an hour later 03:30 (New York) or 02:30 (London); the hour between was never.
        ("America/New_York", datetime(2026, 3, 8, 6, 30, tzinfo=UTC), ("01", "03")),
        ("Europe/London", datetime(2026, 3, 29, 0, 30, tzinfo=UTC), ("00", "02")),
        # Autumn: the same hour twice.
        ("America/New_York", datetime(2026, 11, 1, 5, 30, tzinfo=UTC), ("01", "01")),
        ("Europe/London", datetime(2026, 10, 25, 0, 30, tzinfo=UTC), ("01", "01")),
    ],
)
def test_when_the_clocks_change_every_sale_is_counted_once(zone: str, first: datetime, hours: tuple[str, str]) -> None:
    till = Till(zone=ZoneInfo(zone), at=first)
    till.shifts.open(twd(0), OPEN)
    till.cash(100)
    till.clock.at = first + timedelta(hours=1)
    till.cash(40)
    report = close(till, 140).report
    found = report.totals.of("TWD").by[By.HOUR]
    expected = {hours[0]: 100, hours[1]: 40} if hours[0] != hours[1] else {hours[0]: 140}
    assert {hour: one.gross for hour, one in found.items()} == expected
    assert report.shift.closed_at is not None
    assert report.shift.closed_at - report.shift.opened_at == timedelta(hours=1)
    till.database.close()


def test_a_lost_payment_that_a_manager_accepts_later_is_the_later_shifts(till: Till) -> None:
    till.shifts.open(twd(0), OPEN)
    doubt = till.payments.step(till.begun(125), Event.DIFFERS)
    z = close(till, 0).report
    assert [one.state for one in z.in_process.payments] == [State.REVIEW]
    till.shifts.open(twd(0), OPEN)
    till.payments.settle(doubt, Event.PAID, permission(Action.SETTLE).by, "bank says so")
    assert till.shifts.read(READ).totals.of("TWD").whole.gross == 125
    assert said(till.shifts.read(READ, 1)) == said(z)
