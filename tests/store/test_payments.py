"""Attempts in SQLite: steps, the refusal of second attempts, search and history."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import FrozenInstanceError, replace
from datetime import timedelta

import pytest

from pos.domain.money import Money
from pos.domain.payment import Attempt, Line, Sale, Tender, VirtualAccount
from pos.domain.states import Event, State
from pos.errors import IllegalTransition, NotAllowed, NotFound
from pos.i18n import msg
from pos.store import journal
from pos.store.page_links import PageLinks
from pos.store.payments import PaymentStore
from tests.support.journals import new_journal
from tests.support.rows import wrong
from tests.support.shop import NOON, StoppedClock, attempt

A, B, C = "261120AAAAAAAAAAAAAA", "261120BBBBBBBBBBBBBB", "261119CCCCCCCCCCCCCC"


PAGES = PageLinks()


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def store(clock: StoppedClock) -> Iterator[PaymentStore]:
    database = new_journal()
    yield PaymentStore(database, "R1", clock, pages=PAGES)
    assert wrong(database) == []
    database.close()


def full() -> Attempt:
    account = VirtualAccount("013", "國泰世華商業銀行", "46710722851832", NOON + timedelta(days=3))
    return attempt(
        A,
        lines=(Line("茶 <b>", Money(25, "TWD"), 5),),
        page_token=PAGES.token(A),
        gateway_ref="REF1",
        gateway_key="order-key",
        pay_url=f"https://shop.example/pay/{PAGES.token(A)}",
        virtual_account=account,
        expires_at=NOON + timedelta(days=4),
        sent_at=NOON + timedelta(seconds=1),
        ended_at=NOON + timedelta(seconds=2),
        page_served_at=NOON + timedelta(seconds=3),
        cancel_wanted=True,
        tendered=Money(200, "TWD"),
        message=msg("The gateway says {theirs}; {ours} was requested.", theirs="NT$1", ours="NT$125"),
        code="5801",
        fee="10.25",
        details={"allocate": "0"},
        options={"group": "7"},
        cashier="amy",
        received=Money(1250, "HKD"),
        rounding=Money(-5, "TWD"),
        sale_id="5a1e",
    )


def test_an_attempt_is_read_as_it_was_written(store: PaymentStore) -> None:
    store.create(full(), opens=Sale(Money(300, "TWD")))
    found = store.get(A)
    assert found == full()
    written = set(Attempt.__slots__) - {"refunded", "refunding"}  # these are read from its refunds
    assert not [name for name in written if not getattr(found, name)], "a field that is not set"
    with pytest.raises(FrozenInstanceError):
        found.amount = Money(1, "TWD")  # type: ignore[misc]  # the test assigns to a frozen field
    with pytest.raises(FrozenInstanceError):
        found.amount.minor = 1  # type: ignore[misc]  # the test assigns to a frozen field
    assert store.by_page(PAGES.token(A)).order_no == A
    assert store.by_ref("mypay", "REF1").order_no == A
    assert store.of_payment(full().payment_id) == [full()]


def test_a_missing_record_is_reported(store: PaymentStore) -> None:
    with pytest.raises(NotFound, match="no payment NOPE"):
        store.get("NOPE")
    with pytest.raises(NotFound):
        store.by_page("")
    with pytest.raises(NotFound):
        store.by_ref("mypay", "")


def test_a_step_is_one_journal_row_and_the_next_state(store: PaymentStore, clock: StoppedClock) -> None:
    store.create(attempt(A))
    sent = store.step(store.get(A), Event.SEND)
    assert (sent.state, sent.sent_at) == (State.SENT, NOON)
    clock.at += timedelta(seconds=2)
    paid = store.step(sent, Event.PAID, code="250", gateway_ref="9")
    assert (paid.state, paid.ended_at) == (State.CAPTURED, clock.at)
    assert store.get(A) == paid
    assert [(row.kind, row.state, row.code) for row in store.history(A)] == [
        ("created", State.CREATED, ""),
        ("send", State.SENT, ""),
        ("paid", State.CAPTURED, "250"),
    ]


def test_a_step_outside_the_table_writes_nothing(store: PaymentStore) -> None:
    store.create(attempt(A))
    with pytest.raises(IllegalTransition):
        store.step(attempt(A), Event.PAID)
    assert len(store.history(A)) == 1


def test_a_step_from_an_outdated_state_is_refused(store: PaymentStore) -> None:
    store.create(attempt(A))
    store.step(attempt(A), Event.SEND)
    with pytest.raises(NotAllowed, match="another program"):
        store.step(attempt(A), Event.SEND)
    assert [row.kind for row in store.history(A)] == ["created", "send"]


def test_a_second_open_attempt_of_a_payment_is_refused(store: PaymentStore) -> None:
    store.create(attempt(A))
    second = attempt(B, payment_id=attempt(A).payment_id)
    with pytest.raises(NotAllowed, match="in process"):
        store.create(second)
    store.step(attempt(A), Event.CANCEL)
    store.create(second)


def test_a_paid_payment_takes_no_second_attempt(store: PaymentStore) -> None:
    store.create(attempt(A))
    store.step(store.step(attempt(A), Event.SEND), Event.PAID)
    with pytest.raises(NotAllowed, match="already paid"):
        store.create(attempt(B, payment_id=attempt(A).payment_id))


def test_a_watched_void_lets_the_customer_pay_another_way(store: PaymentStore) -> None:
    store.create(attempt(A))
    pending = store.step(store.step(attempt(A), Event.SEND), Event.ACCEPTED)
    store.step(pending, Event.CANCEL)
    store.create(attempt(B, payment_id=attempt(A).payment_id))


def test_the_journal_never_repeats_secrets(store: PaymentStore) -> None:
    store.create(attempt(A, page_token="the-page-token"))
    store.step(store.get(A), Event.SEND, gateway_key="the-order-key")
    written = "".join(entry.body for entry in journal.entries(store.database))
    assert "the-page-token" not in written
    assert "the-order-key" not in written
    assert store.get(A).gateway_key == "the-order-key"


def test_a_note_is_written_without_a_step(store: PaymentStore) -> None:
    store.create(attempt(A))
    noted = store.note(attempt(A), "cancel_wanted", cancel_wanted=True)
    assert store.get(A) == noted
    assert [row.kind for row in store.history(A)] == ["created", "cancel_wanted"]


def test_cash_is_captured_in_one_transaction(store: PaymentStore) -> None:
    cash = attempt(A, tender=Tender.CASH, gateway="cash")
    paid = store.create(replace(cash, tendered=Money(200, "TWD")), Event.SEND, Event.PAID)
    assert (paid.state, paid.change) == (State.CAPTURED, Money(75, "TWD"))
    assert store.get(A) == paid
    with pytest.raises(NotAllowed):
        store.create(replace(cash, order_no=B), Event.SEND, Event.PAID)
    assert list(store.search("", None, 10, None)) == [paid]


def test_waiting_attempts_are_listed_oldest_first(store: PaymentStore) -> None:
    store.create(attempt(B, created_at=NOON))
    store.create(attempt(A, created_at=NOON - timedelta(days=2)))
    store.create(attempt(C))
    store.step(attempt(C), Event.CANCEL)
    assert [one.order_no for one in store.waiting()] == [A, B]


def test_late_money_is_expected_only_if_a_code_was_shown(store: PaymentStore) -> None:
    store.create(attempt(A))
    store.step(store.step(store.step(attempt(A), Event.SEND), Event.ACCEPTED, pay_url="https://x"), Event.REFUSED)
    store.create(attempt(B))
    store.step(attempt(B), Event.CANCEL)
    found = store.ended_without_money(NOON - timedelta(hours=1))
    assert [one.order_no for one in found] == [A]
    assert store.ended_without_money(NOON) == []


def test_possible_duplicates_are_found_by_exact_amount_and_age(store: PaymentStore) -> None:
    store.create(attempt(A))
    store.step(store.step(attempt(A), Event.SEND), Event.NO_ANSWER)
    earlier = NOON - timedelta(minutes=5)
    assert [one.order_no for one in store.find_possible_duplicates(125, "TWD", earlier)] == [A]
    assert store.find_possible_duplicates(126, "TWD", earlier) == []
    assert store.find_possible_duplicates(125, "HKD", earlier) == []
    assert store.find_possible_duplicates(125, "TWD", NOON) == []


@pytest.mark.parametrize(
    ("text", "amount", "found"),
    [
        ("", None, [B, A, C]),
        ("261120", None, [B, A]),
        ("261120a", None, [A]),
        (C, None, [C]),
        ("REF-B", None, [B]),
        ("125", 125, [A, C]),
        ("sent", None, [B]),
        ("atm", None, [C]),
        ("wanpay", None, [C]),
        ("%", None, []),
        ("' OR 1 --", None, []),
    ],
)
def test_past_payments_are_found(store: PaymentStore, text: str, amount: int | None, found: list[str]) -> None:
    store.create(attempt(A))
    store.create(attempt(B, amount=Money(90, "TWD"), created_at=NOON + timedelta(minutes=1)))
    store.step(store.get(B), Event.SEND, gateway_ref="REF-B")
    store.create(attempt(C, tender=Tender.ATM, gateway="wanpay", created_at=NOON - timedelta(days=1)))
    assert [one.order_no for one in store.search(text, amount, 10, None)] == found


def test_past_payments_come_page_by_page(store: PaymentStore) -> None:
    for number in range(5):
        store.create(attempt(f"261120{number:014d}", created_at=NOON + timedelta(minutes=number)))
    first = store.search("", None, 2, None)
    second = store.search("", None, 2, first[-1].created_at)
    assert [one.order_no[-1] for one in (*first, *second)] == ["4", "3", "2", "1"]
