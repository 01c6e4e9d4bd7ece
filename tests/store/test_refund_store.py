"""Refunds in SQLite: steps in one transaction, and never more than was captured, also with two processes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from pos.domain.invoice import Remedy
from pos.domain.money import Money
from pos.domain.payment import Line
from pos.domain.refund import Refund, RefundEvent, RefundState, Way
from pos.domain.states import Event
from pos.errors import IllegalTransition, InputError, NotAllowed, NotFound
from pos.i18n import msg
from pos.store import journal
from pos.store.database import Database
from pos.store.ledger import Ledger
from pos.store.payments import PaymentStore
from pos.store.refunds import RefundStore
from tests.support.journals import new_journal
from tests.support.processes import ROOT
from tests.support.refunds import twd
from tests.support.rows import wrong
from tests.support.shop import NOON, StoppedClock, attempt

A, B = "261120AAAAAAAAAAAAAA", "261120BBBBBBBBBBBBBB"


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def database(clock: StoppedClock) -> Iterator[Database]:
    made = new_journal()
    capture(made, clock)
    yield made
    assert wrong(made) == []
    made.close()


@pytest.fixture
def store(database: Database, clock: StoppedClock) -> RefundStore:
    return RefundStore(database, "R1", clock)


def capture(database: Database, clock: StoppedClock, number: str = A, **facts: Any) -> None:
    PaymentStore(database, "R1", clock).create(attempt(number, **facts), Event.SEND, Event.PAID)


def refund(number: str = "R1", **facts: Any) -> Refund:
    first: dict[str, Any] = {
        "refund_no": number, "order_no": A, "gateway": "mypay", "way": Way.GATEWAY, "amount": twd(50),
        "reason": "r", "register_id": "R1", "created_at": NOON,
    }  # fmt: skip
    return Refund(**(first | facts))


def test_a_refund_is_read_as_it_was_written(store: RefundStore, clock: StoppedClock) -> None:
    full = refund(
        by="c", approved_by="m", reference="77", remedy=Remedy.ALLOWANCE, lines=(Line("茶", twd(50), 1),),
        sent_at=NOON, due_at=NOON + timedelta(hours=12), gateway_ref="RF", message=msg("x {y}", y="z"), code="1",
        details={"a": "b"},
    )  # fmt: skip
    assert store.create(full) == full
    assert store.get("R1") == full
    assert store.of_order(A) == [full]
    assert store.waiting() == [full]
    assert store.between(NOON, NOON + timedelta(seconds=1)) == [full]
    assert store.between(NOON - timedelta(days=1), NOON) == []
    assert store.between(NOON + timedelta(hours=12), NOON + timedelta(hours=36)) == []
    clock.at = NOON + timedelta(hours=12)
    store.step(full, RefundEvent.DONE)
    assert [one.refund_no for one in store.between(clock.at, clock.at + timedelta(days=1))] == [full.refund_no]
    with pytest.raises(NotFound, match="no refund NOPE"):
        store.get("NOPE")


def test_the_journal_has_every_step_and_the_ledger_the_end(
    store: RefundStore, database: Database, clock: StoppedClock
) -> None:
    sent = store.create(refund(), RefundEvent.SEND)
    assert (sent.state, sent.sent_at) == (RefundState.SENT, NOON)
    clock.at = NOON + timedelta(minutes=1)
    done = store.step(sent, RefundEvent.DONE, gateway_ref="RF")
    assert done.ended_at == clock.at
    assert store.step(done, RefundEvent.DONE) == done  # a repeated answer changes nothing
    kinds = [entry.kind for entry in journal.entries(database, A)]
    assert kinds[-4:] == ["refund_created", "refund_send", "refund_done", "refund_done"]
    assert [(one.kind.value, one.amount.minor) for one in Ledger(database).of_order(A)] == [
        ("sale", 125),
        ("refund", 50),
    ]
    assert store.booked(date(2026, 11, 20), date(2026, 11, 20)) == [done]
    assert store.booked(date(2026, 11, 21), date(2026, 11, 21)) == []
    states = [row.state.value for row in PaymentStore(database, "R1", clock).history(A)]
    assert set(states[2:]) == {"captured"}  # the refund's state is not that of the payment


@pytest.mark.parametrize(
    ("steps", "refunded", "refunding"),
    [
        ((), None, None),
        ((RefundEvent.SEND,), None, 50),
        ((RefundEvent.SEND, RefundEvent.ACCEPTED), None, 50),
        ((RefundEvent.SEND, RefundEvent.NO_ANSWER, RefundEvent.GIVE_UP), None, 50),
        ((RefundEvent.SEND, RefundEvent.REFUSED), None, None),
        ((RefundEvent.WITHDRAW,), None, None),
        ((RefundEvent.DONE,), 50, None),
    ],
)
def test_each_list_of_payments_has_the_refunded_amounts(
    store: RefundStore,
    database: Database,
    clock: StoppedClock,
    steps: tuple[RefundEvent, ...],
    refunded: int | None,
    refunding: int | None,
) -> None:
    store.create(refund(), *steps)
    payments = PaymentStore(database, "R1", clock)
    (newest,) = payments.search("", None, 10, None)
    lists = [
        payments.search(A, None, 9, None), payments.search("", 125, 9, None),
        payments.search("captured", None, 9, None), payments.search_refundable("", None, None, 10, None),
        payments.of_payment(newest.payment_id), payments.last_of(newest.cashier, 10), [payments.get(A)],
        payments.of_span(NOON, NOON + timedelta(days=1)),
    ]  # fmt: skip
    expected = (refunded and twd(refunded), refunding and twd(refunding))
    assert [[(one.refunded, one.refunding) for one in found] for found in [[newest], *lists]] == [[expected]] * 9


def test_refunds_are_summed_in_the_received_currency(database: Database, clock: StoppedClock) -> None:
    capture(database, clock, B, received=Money(1250, "HKD"))
    store = RefundStore(database, "R1", clock)
    for number, minor in (("R1", 250), ("R2", 500)):
        store.create(refund(number, order_no=B, amount=Money(minor, "HKD")), RefundEvent.SEND, RefundEvent.DONE)
    store.create(refund("R3", order_no=B, amount=Money(100, "HKD")), RefundEvent.SEND)
    found = PaymentStore(database, "R1", clock).get(B)
    assert (found.refunded, found.refunding) == (Money(750, "HKD"), Money(100, "HKD"))


def test_an_underpaid_payment_is_found_by_the_requested_and_the_received_amount(
    database: Database, clock: StoppedClock
) -> None:
    capture(database, clock, B, received=twd(97))
    payments = PaymentStore(database, "R1", clock)
    assert [one.order_no for one in payments.search("97", 97, 10, None)] == [B]
    assert [one.order_no for one in payments.search("125", 125, 10, None)] == [B, A]
    assert payments.search("98", 98, 10, None) == []


def test_a_step_outside_the_table_is_refused(store: RefundStore) -> None:
    with pytest.raises(IllegalTransition):
        store.step(store.create(refund()), RefundEvent.REFUSED)


def test_a_refund_changed_by_another_program_is_refused(store: RefundStore) -> None:
    made = store.create(refund())
    store.step(made, RefundEvent.WITHDRAW)
    with pytest.raises(NotAllowed, match="another program"):
        store.step(made, RefundEvent.SEND)
    with pytest.raises(NotAllowed, match="another program"):
        store.note(made, code="1")
    assert store.get("R1").state is RefundState.WITHDRAWN


def test_an_unchanged_note_is_not_written(store: RefundStore, database: Database) -> None:
    made = store.create(refund())
    rows = len(list(journal.entries(database, A)))
    assert store.note(made, code="") == made
    assert len(list(journal.entries(database, A))) == rows
    assert store.note(made, code="9").code == "9"
    assert len(list(journal.entries(database, A))) == rows + 1


def test_refunds_never_exceed_the_captured_amount(store: RefundStore) -> None:
    store.create(refund("A", amount=twd(100)), RefundEvent.SEND)
    with pytest.raises(InputError, match=r"Only NT\$25"):
        store.create(refund("B", amount=twd(26)))
    for amount in (twd(0), Money(5, "HKD")):
        with pytest.raises(InputError):
            store.create(refund("B", amount=amount))
    with pytest.raises(NotAllowed, match="already a refund A"):
        store.create(refund("A", amount=twd(1)))
    assert store.committed(A) == 100
    store.step(store.get("A"), RefundEvent.REFUSED)
    assert store.committed(A) == 0
    assert store.create(refund("B", amount=twd(125))).amount == twd(125)


def test_only_captured_payments_are_refunded(store: RefundStore, database: Database, clock: StoppedClock) -> None:
    PaymentStore(database, "R1", clock).create(attempt("261120BBBBBBBBBBBBBB"), Event.SEND)
    with pytest.raises(NotAllowed, match="sent"):
        store.create(refund(order_no="261120BBBBBBBBBBBBBB"))
    with pytest.raises(NotFound):
        store.create(refund(order_no="NOPE"))


def test_the_received_amount_is_the_limit_of_refunds(database: Database, clock: StoppedClock) -> None:
    number = "261120CCCCCCCCCCCCCC"
    capture(database, clock, number, received=twd(20), payment_id="other")
    store = RefundStore(database, "R1", clock)
    with pytest.raises(InputError, match=r"Only NT\$20"):
        store.create(refund(order_no=number, amount=twd(21)))


def test_no_item_is_refunded_twice_even_if_the_amount_allows_it(database: Database, clock: StoppedClock) -> None:
    number, tea, cake = "261120DDDDDDDDDDDDDD", Line("茶", twd(50), 1), Line("餅", twd(25), 3)
    capture(database, clock, number, payment_id="with items", lines=(tea, cake))
    store = RefundStore(database, "R1", clock)
    first = store.create(refund("A", order_no=number, lines=(tea,)), RefundEvent.SEND)
    with pytest.raises(InputError, match="more of 茶 than was sold"):
        store.create(refund("B", order_no=number, lines=(tea,)))
    with pytest.raises(InputError, match="more of 湯 than was sold"):
        store.create(refund("B", order_no=number, lines=(Line("湯", twd(50), 1),)))
    store.create(refund("B", order_no=number, lines=(Line("餅", twd(25), 2),)))
    store.step(first, RefundEvent.REFUSED)
    assert store.create(refund("C", order_no=number, lines=(tea,))).lines == (tea,)


def test_a_shipping_fee_is_refunded_with_an_item(database: Database, clock: StoppedClock) -> None:
    number, tea = "261120DDDDDDDDDDDDDD", Line("茶", twd(50), 2)
    capture(database, clock, number, payment_id="with a fee", lines=(tea,), amount=twd(130))
    store = RefundStore(database, "R1", clock)
    whole = (Line("茶", twd(80), 1), Line("茶", twd(50), 1))
    with pytest.raises(InputError, match="more of 茶"):
        store.create(refund("A", order_no=number, amount=twd(130), lines=(Line("茶", twd(131), 1),)))
    assert store.create(refund("A", order_no=number, amount=twd(130), lines=whole)).lines == whole


def test_an_overpaid_amount_is_refunded_with_an_item(database: Database, clock: StoppedClock) -> None:
    number, more = "261120DDDDDDDDDDDDDD", (Line("茶", twd(150), 1),)
    capture(database, clock, number, payment_id="p", lines=(Line("茶", twd(125), 1),), received=twd(150))
    made = RefundStore(database, "R1", clock).create(refund("A", order_no=number, amount=twd(150), lines=more))
    assert made.lines == more


RACER = """
import sys
from tests.store.test_refund_store import racer
racer(sys.argv[1], sys.argv[2])
"""


def racer(path: str, name: str) -> None:
    """Start a process that refunds single dollars until it is refused."""
    database = Database(path)
    store = RefundStore(database, name, StoppedClock())
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    given = 0
    for number in range(200):
        try:
            store.create(refund(f"{name}{number:04}", amount=twd(1)), RefundEvent.DONE)
            given += 1
        except InputError:
            break
    database.close()
    sys.stdout.write(f"{given}\n")


def test_two_processes_together_never_refund_more_than_was_received(tmp_path: Path, clock: StoppedClock) -> None:
    path = tmp_path / "counter.sqlite"
    database = Database(path)
    capture(database, clock)
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, str(path), name], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("X", "Y")
    ]  # fmt: skip
    for one in racers:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    for one in racers:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    given = [int(one.communicate(timeout=60)[0]) for one in racers]
    assert sum(given) == 125
    store = RefundStore(database, "R1", clock)
    assert store.committed(A) == 125
    assert len(store.of_order(A)) == 125
    assert wrong(database) == []
    database.close()
