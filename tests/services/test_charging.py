"""Charging: one attempt per key press, one order per attempt, and never a second send."""

from __future__ import annotations

import asyncio
from collections import deque
from datetime import date

import pytest

from pos.domain.events import AttemptChanged, GatewayHealthChanged
from pos.domain.money import Money
from pos.domain.payment import Sale, Tender
from pos.domain.states import State
from pos.errors import BadReply, ConfigError, InputError, NoAnswer, NotAllowed, NotSent, RateLimited, StoreError
from pos.gateways.base import Answer, Verdict
from pos.i18n import Message, msg
from pos.services.payments import PossibleDuplicate
from tests.services.conftest import MakeRegister, Register
from tests.services.test_answer_rules import PAID, SHOWN
from tests.support.access import SIGNED_OUT
from tests.support.gateways import Scripted
from tests.support.rows import open_drawer
from tests.support.virtual import VirtualDay

NT125 = Sale(Money(125, "TWD"))


def test_the_journal_says_sent_before_anything_is_sent(make_register: MakeRegister, day: VirtualDay) -> None:
    class Looking(Scripted):
        async def charge(self, attempt: object) -> Answer:
            [row] = register.store.waiting()
            seen.append(row.state)
            return SHOWN

    seen: list[State] = []
    register = make_register(Looking(day.clock))
    assert register.take().state is State.PENDING
    assert seen == [State.SENT]


@pytest.mark.parametrize(
    ("said", "state"),
    [
        (SHOWN, State.PENDING),
        (PAID, State.CAPTURED),
        (Answer(Verdict.REFUSED, "300"), State.DECLINED),
        (Answer(Verdict.REJECTED, "913", credentials=True), State.DECLINED),
        (Answer(Verdict.LAPSED, "1181"), State.EXPIRED),
        (Answer(Verdict.EXISTS, "6307"), State.UNKNOWN),
        (Answer(Verdict.UNSURE, "7777"), State.UNKNOWN),
        (Answer(Verdict.PAID, amount=Money(1, "TWD")), State.REVIEW),
        (NoAnswer("timed out"), State.UNKNOWN),
        (BadReply("damaged"), State.UNKNOWN),
        (RateLimited("too many requests", 30), State.UNKNOWN),
        (RuntimeError("a bug in the client"), State.UNKNOWN),
        (NotSent("refused"), State.CREATED),
        (InputError("item", "too long"), State.CREATED),
    ],
)
def test_the_first_answer_settles_or_leaves_doubt(
    make_register: MakeRegister, day: VirtualDay, said: Answer | Exception, state: State
) -> None:
    gateway = Scripted(day.clock)
    gateway.charges = deque([said])
    register = make_register(gateway)
    taken = register.take()
    assert taken.state is state
    assert register.now(taken.order_no) == taken
    assert gateway.charged == [taken.order_no]
    assert register.facts[-1] == AttemptChanged(taken) or isinstance(register.facts[-1], GatewayHealthChanged)


def test_two_presses_at_once_are_one_attempt(make_register: MakeRegister, day: VirtualDay) -> None:
    gateway = Scripted(day.clock)
    gateway.charges = deque([SHOWN])
    gateway.takes_seconds = 3
    register = make_register(gateway)

    async def press_twice() -> list[object]:
        presses = [
            register.payments.take(SIGNED_OUT, NT125, tender, payment_id="p1") for tender in (Tender.MYPAY, Tender.ATM)
        ]
        return await asyncio.gather(*presses, return_exceptions=True)

    first, second = register.run(press_twice())
    assert isinstance(second, NotAllowed)
    assert len(gateway.charged) == 1
    assert not isinstance(first, BaseException)


def test_an_unsent_payment_takes_the_next_route(make_register: MakeRegister, day: VirtualDay) -> None:
    down, up = Scripted(day.clock, "down"), Scripted(day.clock, "up")
    down.charges, up.charges = deque([NotSent("no route")]), deque([SHOWN])
    register = make_register(down, up)
    taken = register.take()
    assert (taken.gateway, taken.state) == ("up", State.PENDING)
    tried = {attempt.gateway: attempt for attempt in register.store.of_payment("p1")}
    assert tried["down"].state is State.VOIDED
    assert str(tried["down"].message) == "Nothing was sent; up is tried instead."
    assert tried["up"] == taken


def test_doubt_never_takes_the_next_route(make_register: MakeRegister, day: VirtualDay) -> None:
    lost, up = Scripted(day.clock, "lost"), Scripted(day.clock, "up")
    lost.charges, up.charges = deque([NoAnswer("timed out")]), deque([SHOWN])
    register = make_register(lost, up)
    assert register.take().state is State.UNKNOWN
    assert up.charged == []
    with pytest.raises(NotAllowed):
        register.take()


def test_a_decline_never_takes_the_next_route_by_itself(make_register: MakeRegister, day: VirtualDay) -> None:
    first, second = Scripted(day.clock, "first"), Scripted(day.clock, "second")
    first.charges, second.charges = deque([Answer(Verdict.REFUSED)]), deque([SHOWN])
    register = make_register(first, second)
    assert register.take().state is State.DECLINED
    assert second.charged == []
    assert register.take().state is State.DECLINED  # the cashier may press again: a new attempt
    assert len(register.store.of_payment("p1")) == 2


def test_a_named_gateway_is_the_only_route(make_register: MakeRegister, day: VirtualDay) -> None:
    down, up = Scripted(day.clock, "down"), Scripted(day.clock, "up")
    down.charges, up.charges = deque([NotSent("no route")]), deque([SHOWN])
    register = make_register(down, up)
    assert register.take(gateway="down").state is State.CREATED
    assert up.charged == []
    with pytest.raises(ConfigError, match="nowhere is not set up"):
        register.take(payment_id="p2", gateway="nowhere")


def test_an_unsent_payment_is_sent_again_with_one_key(make_register: MakeRegister, day: VirtualDay) -> None:
    gateway = Scripted(day.clock)
    gateway.charges = deque([NotSent("no route"), SHOWN])
    register = make_register(gateway)
    unsent = register.take()
    assert str(unsent.message) == "no route"
    sent = register.run(register.payments.send_again(SIGNED_OUT, unsent.order_no))
    assert (sent.order_no, sent.state) == (unsent.order_no, State.PENDING)
    with pytest.raises(NotAllowed, match="was not sent"):
        register.run(register.payments.send_again(SIGNED_OUT, unsent.order_no))


def test_sending_again_twice_at_once_sends_once(make_register: MakeRegister, day: VirtualDay) -> None:
    gateway = Scripted(day.clock)
    gateway.charges = deque([NotSent("no route"), SHOWN])
    register = make_register(gateway)
    number = register.take().order_no
    gateway.takes_seconds = 2

    async def press_twice() -> list[object]:
        presses = (register.payments.send_again(SIGNED_OUT, number), register.payments.send_again(SIGNED_OUT, number))
        return list(await asyncio.gather(*presses, return_exceptions=True))

    outcomes = register.run(press_twice())
    assert [type(one) for one in outcomes].count(NotAllowed) == 1
    assert len(gateway.charged) == 2


def test_a_window_that_stops_waiting_does_not_stop_the_payment(make_register: MakeRegister, day: VirtualDay) -> None:
    gateway = Scripted(day.clock)
    gateway.charges = deque([SHOWN])
    gateway.takes_seconds = 5
    register = make_register(gateway)

    async def walk_away() -> None:
        waiting = asyncio.ensure_future(register.payments.take(SIGNED_OUT, NT125, Tender.MYPAY, payment_id="p1"))
        await asyncio.sleep(1)
        waiting.cancel()
        await asyncio.sleep(5)

    register.run(walk_away())
    [found] = register.store.waiting()
    assert found.state is State.PENDING


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [(5, "TWD", r"at least"), (10_000_001, "TWD", "at most"), (125, "HKD", "does not take HKD")],
)
def test_what_no_route_can_take_is_refused_and_nothing_is_written(
    make_register: MakeRegister, amount: int, currency: str, words: str
) -> None:
    register = make_register()
    sale = Sale(Money(amount, currency))
    with pytest.raises(InputError, match=words):
        register.run(register.payments.take(SIGNED_OUT, sale, Tender.MYPAY, payment_id="p1"))
    assert register.store.waiting() == []


def test_a_tender_without_a_gateway_says_so(make_register: MakeRegister) -> None:
    register = make_register()
    with pytest.raises(ConfigError, match="No gateway is set up for alipay"):
        register.run(register.payments.take(SIGNED_OUT, NT125, Tender.ALIPAY, payment_id="p1"))


def test_field_rules_are_checked_before_anything_is_written(make_register: MakeRegister, day: VirtualDay) -> None:
    class Strict(Scripted):
        def check(self, attempt: object) -> None:
            raise InputError("item", "The item's name is too long.")

    strict, easy = Strict(day.clock, "strict"), Scripted(day.clock, "easy")
    easy.charges = deque([SHOWN])
    alone = make_register(strict)
    with pytest.raises(InputError, match="too long"):
        alone.take()
    assert alone.store.waiting() == []
    assert make_register(strict, easy).take().gateway == "easy"


def test_cash_is_taken_without_a_gateway(make_register: MakeRegister) -> None:
    register = make_register()

    def pay(payment_id: str, tendered: Money | None) -> object:
        work = register.payments.take(SIGNED_OUT, NT125, Tender.CASH, payment_id=payment_id, tendered=tendered)
        return register.run(work).change

    assert pay("p1", Money(200, "TWD")) == Money(75, "TWD")
    assert pay("p2", None) == Money(0, "TWD")
    with pytest.raises(InputError, match="does not cover"):
        pay("p3", Money(100, "TWD"))
    [offer] = [offer for offer in register.routes.offers() if offer.tender is Tender.CASH]
    assert offer.available


def full_disk(register: Register) -> None:
    pages = register.database.rows("PRAGMA page_count")[0][0]
    register.database.rows(f"PRAGMA max_page_count={pages}")


def free_disk(register: Register) -> None:
    register.database.rows("PRAGMA max_page_count=1000000")


def fill(register: Register) -> None:
    """Write rows until the disk is full."""
    full_disk(register)
    with pytest.raises(StoreError, match="disk is full"):
        open_drawers(register)


def open_drawers(register: Register) -> None:
    for _row in range(10_000):
        open_drawer(register.database)


def test_a_full_disk_refuses_the_sale_before_anything_is_sent(make_register: MakeRegister, day: VirtualDay) -> None:
    gateway = Scripted(day.clock)
    gateway.charges = deque([Answer(Verdict.REFUSED, message=SHOWN.message)])
    register = make_register(gateway)
    fill(register)
    sent = len(gateway.charged)
    with pytest.raises(StoreError, match=r"Nothing was sent\. The disk is full"):
        register.take(payment_id="p1")
    assert len(gateway.charged) == sent
    free_disk(register)
    assert register.take(payment_id="p1").state is State.DECLINED


def test_an_answer_that_cannot_be_written_is_doubt_until_it_can(make_register: MakeRegister, day: VirtualDay) -> None:
    class FillsTheDisk(Scripted):
        async def charge(self, attempt: object) -> Answer:
            register.database.rows("PRAGMA query_only=ON")
            return PAID

    gateway = FillsTheDisk(day.clock)
    gateway.queries = deque([PAID])
    register = make_register(gateway)
    taken = register.take()
    assert taken.state is State.UNKNOWN
    register.pass_time(5)
    register.database.rows("PRAGMA query_only=OFF")
    assert register.now(taken.order_no).state is State.SENT
    register.pass_time(10)
    assert register.now(taken.order_no).state is State.CAPTURED


def test_an_amount_that_is_in_doubt_is_charged_again_only_on_purpose(
    make_register: MakeRegister, day: VirtualDay
) -> None:
    gateway = Scripted(day.clock)
    gateway.charges = deque([NoAnswer("timed out"), Answer(Verdict.ACCEPTED, pay_url="https://pay.example/1")])
    gateway.queries = deque([NoAnswer("timed out")])
    register = make_register(gateway)
    doubt = register.take(350)
    assert register.take(351, payment_id="p2").state is State.PENDING
    with pytest.raises(PossibleDuplicate, match="not known whether") as caught:
        register.take(350, payment_id="p3")
    assert caught.value.attempt.order_no == doubt.order_no
    assert register.store.of_payment("p3") == [], "nothing was written or sent"
    assert register.take(350, payment_id="p3", even_if_duplicate=True).state is State.PENDING
    register.pass_time(601)
    assert register.take(350, payment_id="p4").state is State.PENDING


class NeedsAttention(Scripted):
    """A gateway whose certificate ends soon."""

    def warning(self, today: date) -> Message:
        return msg("Renew before {day}.", day=today.isoformat())


def test_every_user_sees_what_waits_and_what_the_shop_must_do_about_its_gateways(
    make_register: MakeRegister, day: VirtualDay
) -> None:
    register = make_register(NeedsAttention(day.clock))
    assert register.payments.waiting() == []
    taken = register.take()
    assert [one.order_no for one in register.payments.waiting()] == [taken.order_no]
    today = day.clock.now().date().isoformat()
    assert [one.spoken() for one in register.payments.gateway_warnings()] == [f"Renew before {today}."]
    assert make_register(Scripted(day.clock)).payments.gateway_warnings() == []


def test_half_a_character_in_a_gateways_number_drops_the_number_and_keeps_the_payment(
    make_register: MakeRegister,
) -> None:
    """JSON may contain one (``\\ud800``); a file cannot. The order may exist, so it is never sent again."""
    register = make_register()
    gateway = next(iter(register.by_name.values()))
    gateway.charges.clear()
    gateway.charges.append(Answer(Verdict.ACCEPTED, "200", pay_url="https://scripted.example/q", gateway_ref="\ud800"))
    attempt = register.take()
    assert attempt.state is State.PENDING
    assert register.now(attempt.order_no).gateway_ref == ""


def test_an_order_that_cannot_be_shown_is_given_up_and_another_may_be_charged(
    make_register: MakeRegister, day: VirtualDay
) -> None:
    gateway = Scripted(day.clock)
    fault = msg("The gateway's link leads to {host}; it is not shown.", host="evil.example")
    gateway.charges = deque([Answer(Verdict.UNUSABLE, message=fault, gateway_ref="7"), SHOWN])
    register = make_register(gateway)
    first = register.take(payment_id="p1")
    assert (first.state, first.pay_url, first.gateway_ref) == (State.VOIDING, "", "7")
    assert "Charge again" in str(first.message)
    assert register.kinds(first.order_no) == ["created", "send", "accepted", "cancel"]
    assert register.take(payment_id="p1").state is State.PENDING, "the same sale, once more"
    gateway.queries = deque([PAID])
    register.run(register.parts.status_query.check_now(first.order_no))
    assert register.now(first.order_no).state is State.REVIEW, "it is watched: money that came all the same is seen"
