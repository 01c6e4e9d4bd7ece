"""Search for a payment to refund: by number, amount, time; without the right to all, one's own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pos.domain.payment import Sale, Tender
from pos.domain.staff import Person, Role
from pos.gateways.base import Answer, RefundAnswer, RefundVerdict, Verdict
from pos.runtime import Bus
from pos.services.payment_search import PaymentSearch, SearchQuery, parse_query
from pos.services.pin_hashing import PinHasher
from pos.services.staff import people_services
from pos.store.people import PeopleStore
from tests.support.access import SIGNED_OUT
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
        ("23:58", datetime(2026, 11, 19, 23, 48, tzinfo=TAIPEI), 20),  # yesterday's: this time of today has not come
        ("12/31", datetime(2025, 12, 31, tzinfo=TAIPEI), 1440),
        ("2026-11-19  9:05", datetime(2026, 11, 19, 8, 55, tzinfo=TAIPEI), 20),
    ],
)
def test_a_time_is_a_span_of_the_shops_day(text: str, first: datetime, minutes: int) -> None:
    begin = first.astimezone(UTC)
    assert parse_query(text, "TWD", NOW) == SearchQuery("", span=(begin, begin + timedelta(minutes=minutes)))


def test_a_time_of_the_night_in_which_the_clock_is_put_back_reaches_around_both() -> None:
    now = datetime(2026, 10, 26, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    span = parse_query("10-25 02:30", "EUR", now).span
    assert span == (datetime(2026, 10, 25, 0, 20, tzinfo=UTC), datetime(2026, 10, 25, 1, 40, tzinfo=UTC))


def test_everything_else_is_a_number_or_an_amount() -> None:
    assert parse_query("", "TWD", NOW) == SearchQuery("")
    assert parse_query(" NT$1,250 ", "TWD", NOW) == SearchQuery("NT$1,250", 1250)
    assert parse_query("12.50", "HKD", NOW) == SearchQuery("12.50", 1250)
    assert parse_query("*261120ABC*", "TWD", NOW) == SearchQuery("261120ABC")
    assert parse_query("2026-02-31", "TWD", NOW) == SearchQuery("2026-02-31")
    assert parse_query("25:30", "TWD", NOW) == SearchQuery("25:30")


class SearchShop(RefundShop):
    """A shop with people, and its search."""

    def __init__(self, day: VirtualDay) -> None:
        super().__init__(day)
        self.actor = SIGNED_OUT
        self.staff, self.rights = people_services(
            PeopleStore(self.database, "R1", day.clock), day.clock, Bus(), PinHasher()
        )
        self.finding = PaymentSearch(self.store, self.refund_store, self.rights, day.clock, "TWD", TAIPEI)

    def find(self, text: str) -> list[int]:
        return [one.amount.minor for one in self.finding.refundable(self.actor, text)]


@pytest.fixture
def shop() -> Iterator[SearchShop]:
    with VirtualDay() as day:
        made = SearchShop(day)
        yield made
        made.stop()


def test_payments_with_money_are_found_newest_first(shop: SearchShop) -> None:
    first = shop.paid(125, "p1")
    shop.pass_time(3600)
    shop.cash(60, "c1")
    shop.scripted.charges.append(Answer(Verdict.REFUSED))
    shop.run(shop.payments.take(SIGNED_OUT, Sale(twd(77)), Tender.MYPAY, payment_id="no"))
    assert shop.find("") == [60, 125]
    assert shop.find("125") == shop.find(first.order_no) == shop.find("REF-p1") == shop.find("scripted") == [125]
    assert shop.find("77") == shop.find("26") == []
    assert shop.find("261120") == [60, 125]
    assert shop.find("9:05") == [125]
    assert shop.find("2026-11-20") == [60, 125]
    before = shop.finding.refundable(SIGNED_OUT, "", 1, shop.finding.refundable(SIGNED_OUT, "")[0].created_at)
    assert [one.amount.minor for one in before] == [125]


def test_differing_money_is_found_by_what_came(shop: SearchShop) -> None:
    shop.scripted.charges.append(Answer(Verdict.DIFFERS, amount=twd(99)))
    made = shop.run(shop.payments.take(SIGNED_OUT, Sale(twd(125)), Tender.MYPAY, payment_id="r"))
    assert shop.find("99") == shop.find("125") == [125]
    assert [one.order_no for one in shop.finding.in_review()] == [made.order_no]


def test_a_refund_in_review_leads_to_its_payment(shop: SearchShop) -> None:
    made = shop.paid()
    assert shop.finding.in_review() == []
    shop.gateway.refunds[0] = RefundAnswer(RefundVerdict.DONE, amount=twd(1))
    shop.give(made)
    assert [one.order_no for one in shop.finding.in_review()] == [made.order_no]


def test_a_cashier_finds_their_own_last_ones_and_what_a_customer_holds(shop: SearchShop) -> None:
    people = PeopleStore(shop.database, "R1", shop.day.clock)
    people.add(Person("o", "Owner", Role.OWNER), "x", "")
    people.add(Person("c", "May", Role.CASHIER), "x", "o")
    own, other = shop.paid(125, "p1"), shop.paid(50, "p2")
    with shop.database.transaction() as connection:
        connection.execute("UPDATE attempts SET cashier = 'o' WHERE order_no = ?", (other.order_no,))
    shop.scripted.charges.append(Answer(Verdict.REFUSED))
    shop.run(shop.payments.take(SIGNED_OUT, Sale(twd(77)), Tender.MYPAY, payment_id="no"))
    with shop.database.transaction() as connection:
        connection.execute("UPDATE attempts SET cashier = 'c' WHERE cashier = ''")
    assert shop.find("") == [], "nobody has signed in"
    shop.actor = shop.staff.sign_in_without_pin("c")
    assert shop.find("") == shop.find("125") == shop.find("9:00") == shop.find(own.order_no[:12]) == [125]
    assert shop.find("50") == shop.find(other.order_no[:19]) == shop.find("9:30") == []
    assert shop.find(other.order_no) == [50]
