"""Finding a payment to refund: by number, amount, time; whoever may not see all sees their own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pos.domain.payment import Sale, Tender
from pos.domain.staff import Person, Role
from pos.gateways.base import Answer, RefundAnswer, RefundVerdict, Verdict
from pos.runtime import Bus
from pos.services.payment_search import PaymentSearch, Wanted, wanted_of
from pos.services.pin_hashing import PinHasher
from pos.services.staff import Staff
from pos.store.people import PeopleStore
from tests.support.refunds import RefundShop, twd
from tests.support.virtual import VirtualDay

TAIPEI = ZoneInfo("Asia/Taipei")
NOW = datetime(2026, 11, 20, 15, 0, tzinfo=TAIPEI)


@pytest.mark.parametrize(
    ("text", "first", "minutes"),
    [
        ("14:30", datetime(2026, 11, 20, 14, 20, tzinfo=TAIPEI), 20),
        ("2026-11-19", datetime(2026, 11, 19, tzinfo=TAIPEI), 1440),
        ("11/19", datetime(2026, 11, 19, tzinfo=TAIPEI), 1440),
        ("15:05", datetime(2026, 11, 20, 14, 55, tzinfo=TAIPEI), 20),  # the phone's clock is ahead of ours
        ("23:58", datetime(2026, 11, 19, 23, 48, tzinfo=TAIPEI), 20),  # yesterday's: it is not so late yet
        ("12/31", datetime(2025, 12, 31, tzinfo=TAIPEI), 1440),
        ("2026-11-19  9:05", datetime(2026, 11, 19, 8, 55, tzinfo=TAIPEI), 20),
    ],
)
def test_a_time_is_a_span_of_the_shops_day(text: str, first: datetime, minutes: int) -> None:
    begin = first.astimezone(UTC)
    assert wanted_of(text, "TWD", NOW) == Wanted("", span=(begin, begin + timedelta(minutes=minutes)))


def test_a_time_of_the_night_in_which_the_clock_is_put_back_reaches_around_both() -> None:
    now = datetime(2026, 10, 26, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    span = wanted_of("10-25 02:30", "EUR", now).span
    assert span == (datetime(2026, 10, 25, 0, 20, tzinfo=UTC), datetime(2026, 10, 25, 1, 40, tzinfo=UTC))


def test_everything_else_is_a_number_or_an_amount() -> None:
    assert wanted_of("", "TWD", NOW) == Wanted("")
    assert wanted_of(" NT$1,250 ", "TWD", NOW) == Wanted("NT$1,250", 1250)
    assert wanted_of("12.50", "HKD", NOW) == Wanted("12.50", 1250)
    assert wanted_of("*261120ABC*", "TWD", NOW) == Wanted("261120ABC")
    assert wanted_of("2026-02-31", "TWD", NOW) == Wanted("2026-02-31")
    assert wanted_of("25:30", "TWD", NOW) == Wanted("25:30")


class Desk(RefundShop):
    """With people, and the search."""

    def __init__(self, day: VirtualDay) -> None:
        super().__init__(day)
        self.staff = Staff(PeopleStore(self.database, "R1", day.clock), day.clock, Bus(), PinHasher())
        self.finding = PaymentSearch(self.store, self.refund_store, self.staff, day.clock, "TWD", TAIPEI)

    def find(self, text: str) -> list[int]:
        return [one.amount.minor for one in self.finding.refundable(text)]


@pytest.fixture
def desk() -> Iterator[Desk]:
    with VirtualDay() as day:
        made = Desk(day)
        yield made
        made.stop()


def test_payments_with_money_are_found_newest_first(desk: Desk) -> None:
    first = desk.paid(125, "p1")
    desk.pass_time(3600)
    desk.cash(60, "c1")
    desk.scripted.charges.append(Answer(Verdict.REFUSED))
    desk.run(desk.payments.take(Sale(twd(77)), Tender.MYPAY, payment_id="no"))
    assert desk.find("") == [60, 125]
    assert desk.find("125") == desk.find(first.order_no) == desk.find("REF-p1") == desk.find("scripted") == [125]
    assert desk.find("77") == desk.find("26") == []
    assert desk.find("261120") == [60, 125]
    assert desk.find("9:05") == [125]
    assert desk.find("2026-11-20") == [60, 125]
    before = desk.finding.refundable("", 1, desk.finding.refundable("")[0].created_at)
    assert [one.amount.minor for one in before] == [125]


def test_differing_money_is_found_by_what_came(desk: Desk) -> None:
    desk.scripted.charges.append(Answer(Verdict.DIFFERS, amount=twd(99)))
    made = desk.run(desk.payments.take(Sale(twd(125)), Tender.MYPAY, payment_id="r"))
    assert desk.find("99") == desk.find("125") == [125]
    assert [one.order_no for one in desk.finding.in_review()] == [made.order_no]


def test_a_refund_in_review_leads_to_its_payment(desk: Desk) -> None:
    made = desk.paid()
    assert desk.finding.in_review() == []
    desk.gateway.refunds[0] = RefundAnswer(RefundVerdict.DONE, amount=twd(1))
    desk.give(made)
    assert [one.order_no for one in desk.finding.in_review()] == [made.order_no]


def test_a_cashier_finds_their_own_last_ones_and_what_a_customer_holds(desk: Desk) -> None:
    people = PeopleStore(desk.database, "R1", desk.day.clock)
    people.add(Person("o", "Owner", Role.OWNER), "x", "")
    people.add(Person("c", "May", Role.CASHIER), "x", "o")
    own, other = desk.paid(125, "p1"), desk.paid(50, "p2")
    with desk.database.transaction() as connection:
        connection.execute("UPDATE attempts SET cashier = 'o' WHERE order_no = ?", (other.order_no,))
    desk.scripted.charges.append(Answer(Verdict.REFUSED))
    desk.run(desk.payments.take(Sale(twd(77)), Tender.MYPAY, payment_id="no"))
    with desk.database.transaction() as connection:
        connection.execute("UPDATE attempts SET cashier = 'c' WHERE cashier = ''")
    assert desk.find("") == [], "nobody has signed in"
    desk.staff.let_in("c")
    assert desk.find("") == desk.find("125") == desk.find("9:00") == desk.find(own.order_no[:12]) == [125]
    assert desk.find("50") == desk.find(other.order_no[:19]) == desk.find("9:30") == []
    assert desk.find(other.order_no) == [50]
