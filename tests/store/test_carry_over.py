"""Facts carried over from the replaced journal: Z numbers, people, wrong PINs, refunds and sent payments."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from pos.domain.invoice_order import InvoiceOrder, InvoiceOrderEvent, InvoiceOrderState
from pos.domain.refund import Refund, RefundEvent, RefundState, Way
from pos.domain.staff import Person, Role
from pos.domain.states import Event, State
from pos.domain.totals import EntryKind, day_scope
from pos.errors import InputError
from pos.store import journal
from pos.store.backup import make_backup
from pos.store.carry_over import CarryOver
from pos.store.database import FILE_NAME, Database
from pos.store.people import UNNAMED, PeopleStore
from pos.store.restore import Restored, RestoreRequest, restore
from tests.store.test_restore import torn
from tests.support.rows import wrong
from tests.support.shop import NOON
from tests.support.tills import CLOSE, OPEN, READ, Till, twd

DAY = day_scope(NOON.date())
OWNER, CASHIER = Person("0a", "Ann", Role.OWNER), Person("0c", "May", Role.CASHIER)


class Shop:
    """A data folder, and the backup that is restored into it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.path, self.backup = folder, folder / FILE_NAME, folder.parent / "old.sqlite"
        self._tills = 0

    @contextmanager
    def till(self, register: str = "R1") -> Iterator[Till]:
        made = Till(self.path, register=register)
        self._tills += 1
        made._number = 100 * self._tills  # so that numbers are not repeated
        try:
            yield made
            assert wrong(made.database) == []
        finally:
            made.database.close()

    def back_up(self, name: str = "old.sqlite") -> Path:
        with closing(Database(self.path, read_only=True)) as database:
            return make_backup(database, self.folder.parent / name).path

    def restore(self, *others: Path) -> Restored:
        return restore(self.backup, self.folder, RestoreRequest(NOON, "R1", "owner", replace_newer=True, others=others))


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    (tmp_path / "data").mkdir()
    return Shop(tmp_path / "data")


def z(till: Till) -> int | None:
    """Open and close a shift; return its Z number."""
    till.shifts.open(twd(0), OPEN)
    expected = till.shifts.read(READ).drawer.expected
    return asyncio.run(till.shifts.close(expected, {}, "", CLOSE)).report.shift.z_no


def test_no_z_number_is_used_twice(shop: Shop) -> None:
    with shop.till() as till:
        z(till)
    shop.back_up()
    with shop.till() as till, shop.till("R2") as other:
        assert (z(till), z(till), z(other)) == (2, 3, 1)
    assert shop.restore().carry_over.z_numbers == {"R1": 3, "R2": 1}
    with shop.till() as till, shop.till("R2") as other, shop.till("R3") as third:
        assert [one.z_no for one in till.store.last()] == [1]
        assert (z(till), z(other), z(third)) == (4, 2, 1)
        assert (z(till), z(other)) == (5, 3)


def test_carried_z_numbers_are_carried_over_again(shop: Shop) -> None:
    with shop.till() as till:
        z(till)
    shop.back_up()
    with shop.till() as till:
        assert (z(till), z(till)) == (2, 3)
    shop.restore()
    assert shop.restore().carry_over.z_numbers == {"R1": 3}, "nothing was closed between the two"
    with shop.till() as till:
        assert z(till) == 4


def test_a_torn_journal_leaves_the_z_numbers_of_the_newest_backup(shop: Shop) -> None:
    with shop.till() as till:
        z(till)
        shop.back_up()
        z(till)
    newest = shop.back_up("newest.sqlite")
    torn(shop.path)
    done = shop.restore(newest, shop.folder / "gone.sqlite")
    assert (done.lost.unread, done.carry_over.z_numbers) == (True, {"R1": 2})
    with shop.till() as till:
        assert z(till) == 3


def test_nothing_is_carried_over_to_a_backup_that_lacks_nothing(shop: Shop) -> None:
    with shop.till() as till:
        z(till)
        till.sold(5)
    shop.back_up()
    assert shop.restore().carry_over == CarryOver()


def test_the_order_of_a_cash_sales_e_invoice_is_carried_over_so_that_none_is_placed_twice(shop: Shop) -> None:
    with shop.till() as till:
        sold = till.cash(125)
        shop.back_up()
        orders = till.payments.invoice_orders
        fresh = InvoiceOrder("261120CASHORDER00000", sold.order_no, "mypay", NOON)
        sent = orders.step(fresh, InvoiceOrderEvent.SEND)
        orders.step(sent, InvoiceOrderEvent.ACCEPTED, gateway_ref="81004", gateway_key="key of 81004")
    shop.restore()
    with shop.till() as till:
        found = till.payments.invoice_orders.latest(sold.order_no)
        assert found is not None
        assert (found.number, found.state) == (fresh.number, InvoiceOrderState.PLACED)
        assert (found.gateway_ref, found.gateway_key) == ("81004", "key of 81004")


def test_the_newest_order_of_an_e_invoice_stays_the_newest(shop: Shop) -> None:
    """Else an earlier, refused one would be replaced, and the sale would get a second e-invoice."""
    with shop.till() as till:
        sold = till.cash(125)
        shop.back_up()
        orders = till.payments.invoice_orders
        for number, end in (("261120ZZZ", InvoiceOrderEvent.REFUSED), ("261120AAA", InvoiceOrderEvent.PAID)):
            till.clock.at += timedelta(minutes=1)
            fresh = InvoiceOrder(number, sold.order_no, "mypay", till.clock.now())
            made = orders.step(orders.step(fresh, InvoiceOrderEvent.SEND), end)
    shop.restore()
    with shop.till() as till:
        found = till.payments.invoice_orders.latest(sold.order_no)
        assert found is not None
        assert (found.number, found.state, found.created_at) == (made.number, made.state, made.created_at)
        assert wrong(till.database) == []


def test_wrong_pins_and_lock_outs_are_carried_over(shop: Shop) -> None:
    with shop.till() as till:
        people = PeopleStore(till.database, "R1", till.clock)
        people.add(OWNER, "hash", "")
        people.add(CASHIER, "hash", OWNER.id)
        for _try in range(2):
            people.record_try(OWNER.id, right=False)
        shop.back_up()
        people.record_try(OWNER.id, right=True)
        people.record_try(UNNAMED, right=False)
        locked = [people.record_try(CASHIER.id, right=False) for _try in range(5)][-1]
    shop.restore()
    with shop.till() as till:
        people = PeopleStore(till.database, "R1", till.clock)
        assert locked is not None
        assert people.locked_until(CASHIER.id) == locked
        assert dict(till.database.rows("SELECT person, wrong FROM locks")) == {UNNAMED: 1, OWNER.id: 2, CASHIER.id: 5}


def test_the_newest_people_and_pins_are_kept_and_differing_people_are_named(shop: Shop) -> None:
    with shop.till() as till:
        people = PeopleStore(till.database, "R1", till.clock)
        people.add(OWNER, "hash", "")
        people.add(CASHIER, "hash", OWNER.id)
        people.set_recovery_hash("of the first code", OWNER.id)
        shop.back_up()
        people.change(OWNER, OWNER.id, "newer")
        people.change(replace(CASHIER, active=False), OWNER.id)
        people.add(Person("0b", "May", Role.MANAGER), "hash", OWNER.id)
        people.set_recovery_hash("of the second code", OWNER.id)
    done = shop.restore()
    assert done.carry_over.people == ("Ann", "May", "May")
    with shop.till() as till:
        people = PeopleStore(till.database, "R1", till.clock)
        assert people.with_pin(OWNER.id) == (OWNER, "newer")
        assert [(one.id, one.active) for one in people.all()] == [("0a", True), ("0b", True), ("0c", False)]
        assert people.recovery_hash() == "of the second code"
        rows = [(one.kind, json.loads(one.body)) for one in journal.entries(till.database)]
        assert [body["people"] for kind, body in rows if kind == "restored"] == [["Ann", "May", "May"]]
        assert [body["person"] for kind, body in rows if kind == "person_carried"] == ["0c", "0a", "0b"]


def test_an_owner_who_is_only_in_the_backup_may_not_sign_in(shop: Shop) -> None:
    """An old backup may have an owner who left the shop, or one who is unknown here."""
    with shop.till() as till:
        people = PeopleStore(till.database, "R1", till.clock)
        people.add(OWNER, "hash", "")
        till.sold(5)
        shop.back_up()
        till.sold(7)
    with closing(Database(shop.backup)) as planted:
        people = PeopleStore(planted, "R1", till.clock)
        people.add(Person("0e", "Eve", Role.OWNER), "hash", "")
    shop.restore()
    with shop.till() as till:
        people = PeopleStore(till.database, "R1", till.clock)
        assert [(one.name, one.active) for one in people.all()] == [("Ann", True), ("Eve", False)]


def test_a_journal_without_people_removes_no_one(shop: Shop) -> None:
    with shop.till() as till:
        shop.back_up()
        till.sold(5)
    with closing(Database(shop.backup)) as other:
        PeopleStore(other, "R1", till.clock).add(OWNER, "hash", "")
    shop.restore()
    with shop.till() as till:
        assert PeopleStore(till.database, "R1", till.clock).all() == [OWNER]


def test_refunded_money_is_not_refunded_twice(shop: Shop) -> None:
    with shop.till() as till:
        till.shifts.open(twd(1000), OPEN)
        sold = till.cash(300)
        early = till.refund(sold, 10, Way.CASH)
        shop.back_up()
        till.refund(sold, 200, Way.CASH)
        till.refund(till.sold(50), 50, Way.BACK_OFFICE)
    done = shop.restore()
    assert (len(done.carry_over.refunds), done.carry_over.payments, done.carry_over.open) == (1, 1, 0)
    with shop.till() as till:
        assert till.refunds.committed(sold.order_no) == 210
        with pytest.raises(InputError, match=r"Only NT\$90"):
            till.refund(sold, 91, Way.CASH)
        known, carried = till.refunds.of_order(sold.order_no)
        assert (known, carried.amount, carried.state) == (early, twd(200), RefundState.REFUNDED)
        lines = till.ledger.lines(DAY)
        assert [(one.kind, one.signed, one.shift) for one in lines] == [
            (EntryKind.SALE, 300, 1), (EntryKind.REFUND, -10, 1), (EntryKind.REFUND, -200, 1),
        ]  # fmt: skip
        assert till.shifts.read(READ).drawer.expected == twd(1090), "it left this drawer"
        rows = [one for one in journal.entries(till.database, sold.order_no) if one.kind == "refund_carried"]
        assert [json.loads(one.body)["refund"]["state"] for one in rows] == ["refunded"]
        assert [one.seq for one in rows] == [lines[-1].seq]
        assert [one.kind for one in till.payments.history(sold.order_no)][-1] == "refund_carried"


def test_a_refund_in_process_is_queried_again_and_a_refused_one_is_not(shop: Shop) -> None:
    with shop.till() as till:
        sold = till.sold(300)
        shop.back_up()
        till.refund(sold, 100, Way.GATEWAY, RefundEvent.SEND)
        refused = till.refund(sold, 70, Way.GATEWAY, RefundEvent.SEND)
        till.refunds.step(refused, RefundEvent.REFUSED)
        z(till)
    shop.restore()
    with shop.till() as till:
        assert [(one.amount, one.state) for one in till.refunds.waiting()] == [(twd(100), RefundState.SENT)]
        (asked,) = till.refunds.waiting()
        done: Refund = till.refunds.step(asked, RefundEvent.DONE)
        assert till.ledger.of_order(sold.order_no)[-1].refund_no == done.refund_no


def test_a_refund_that_was_sent_after_the_backup_is_not_sent_again(shop: Shop) -> None:
    with shop.till() as till:
        sold = till.sold(300)
        unsent = [till.refund(sold, 100, Way.GATEWAY, RefundEvent.SEND, RefundEvent.NOT_SENT) for _ in range(2)]
        shop.back_up()
        till.refunds.step(till.refunds.step(unsent[0], RefundEvent.SEND), RefundEvent.DONE)
        till.refunds.step(unsent[1], RefundEvent.WITHDRAW)
        till.refund(sold, 200, Way.BACK_OFFICE)
    assert len(shop.restore().carry_over.refunds) == 3
    with shop.till() as till:
        states = [(one.amount, one.state) for one in till.refunds.of_order(sold.order_no)]
        assert states == [
            (twd(100), RefundState.REFUNDED), (twd(100), RefundState.WITHDRAWN), (twd(200), RefundState.REFUNDED),
        ]  # fmt: skip
        assert [one.signed for one in till.ledger.of_order(sold.order_no)] == [300, -100, -200]


def test_a_refund_that_was_booked_before_the_backup_is_not_booked_again(shop: Shop) -> None:
    with shop.till() as till:
        sold = till.sold(300)
        done = till.refund(sold, 100, Way.BACK_OFFICE)
        shop.back_up()
        till.refunds.record_correction([done], {"corrected": "77"})
    shop.restore()
    with shop.till() as till:
        assert till.refunds.get(done.refund_no).details == {"corrected": "77"}
        assert [one.signed for one in till.ledger.of_order(sold.order_no)] == [300, -100]


def test_payments_that_only_the_old_journal_has_are_counted(shop: Shop) -> None:
    with shop.till() as till:
        early = till.begun(5)
        shop.back_up()
        till.paid(early)
        till.begun(7)
        till.sold(9)
    carry_over = shop.restore().carry_over
    assert (carry_over.payments, carry_over.open) == (2, 1)


def test_a_journal_that_is_damaged_further_on_is_replaced_nevertheless(shop: Shop) -> None:
    with shop.till() as till:
        z(till)
        shop.back_up()
        z(till)
    with closing(sqlite3.connect(shop.path)) as tool:
        tool.execute("DROP TABLE locks")
        tool.execute("CREATE TABLE locks (wrong TEXT)")
        tool.commit()
    done = shop.restore()
    assert (done.carry_over, done.lost.unread) == (CarryOver({"R1": 2}, whole=False), False)


def test_facts_of_an_older_programs_journal_are_carried_over(shop: Shop) -> None:
    with shop.till() as till:
        z(till)
        shop.back_up()
        z(till)
    with closing(sqlite3.connect(shop.path)) as tool:
        for table in ("z_given", "refunds", "people", "locks"):
            tool.execute(f"DROP TABLE {table}")
        tool.commit()
    assert shop.restore().carry_over == CarryOver({"R1": 2})


def test_wrong_pins_of_an_older_program_count_too(shop: Shop) -> None:
    with shop.till() as till:
        z(till)
        shop.back_up()
        PeopleStore(till.database, "R1", till.clock).record_try(UNNAMED, right=False)
    with closing(sqlite3.connect(shop.path)) as tool:
        tool.execute("ALTER TABLE locks DROP COLUMN since")
        tool.commit()
    assert shop.restore().carry_over.locks == ((UNNAMED, 1, 0.0),)


def test_a_payment_that_was_sent_after_the_backup_becomes_unknown_and_is_queried(shop: Shop) -> None:
    with shop.till() as till:
        unsent, left = till.prepared(125), till.prepared(60)
        shop.back_up()
        again = till.payments.get(unsent.order_no)
        till.payments.step(again, Event.SEND)
        till.payments.step(till.payments.get(unsent.order_no), Event.PAID, gateway_ref="81000", gateway_key="k")
    assert len(shop.restore().carry_over.sent) == 1
    with shop.till() as till:
        found = till.payments.get(unsent.order_no)
        assert (found.state, found.gateway_ref, found.gateway_key) == (State.UNKNOWN, "81000", "k")
        assert found.sent_at is not None
        last = till.payments.history(unsent.order_no)[-1]
        assert (last.kind, last.state, "had already sent it" in last.message.spoken()) == (
            "no_answer",
            State.UNKNOWN,
            True,
        )
        assert till.payments.get(left.order_no).state is State.CREATED
