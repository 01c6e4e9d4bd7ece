"""Queries of a payment's outcome, and cancelling a payment."""

from __future__ import annotations

import asyncio
from collections import deque
from datetime import timedelta

import pytest

from pos.domain.events import ClockDrifted, GatewayHealthChanged, QueryEnded
from pos.domain.money import Money
from pos.domain.payment import Attempt, Sale, Tender
from pos.domain.states import State
from pos.errors import BadNotice, NoAnswer, NotAllowed, NotFound, NotSent, PosError, RateLimited
from pos.gateways.base import Answer, Notice, Verdict
from pos.i18n import msg
from tests.services.conftest import MakeRegister, Register
from tests.services.test_answer_rules import PAID, SHOWN
from tests.support.access import SIGNED_OUT
from tests.support.gateways import Scripted, ScriptedWithPage
from tests.support.virtual import VirtualDay

UNPAID = Answer(Verdict.ACCEPTED, "200")


@pytest.fixture
def gateway(day: VirtualDay) -> Scripted:
    made = Scripted(day.clock)
    made.charges, made.queries = deque([SHOWN]), deque([UNPAID])
    return made


@pytest.fixture
def register(make_register: MakeRegister, gateway: Scripted) -> Register:
    return make_register(gateway)


def test_money_is_found_by_the_next_question(register: Register, gateway: Scripted) -> None:
    number = register.take().order_no
    gateway.queries = deque([UNPAID, UNPAID, PAID])
    register.pass_time(4)
    assert register.now(number).state is State.CAPTURED
    assert len(gateway.asked) == 3
    register.pass_time(100_000)
    assert len(gateway.asked) == 3


def test_the_time_of_the_next_query_is_published(register: Register, gateway: Scripted) -> None:
    register.take()
    register.pass_time(1.5)
    asked = [fact for fact in register.facts if isinstance(fact, QueryEnded)]
    assert asked[0].answered
    assert asked[0].next_in == pytest.approx(1, abs=0.3)


def test_unpaid_answers_do_not_fill_the_journal(register: Register, gateway: Scripted) -> None:
    number = register.take().order_no
    register.pass_time(600)
    assert register.kinds(number) == ["created", "send", "accepted"]


def test_a_question_without_an_answer_is_no_event(register: Register, gateway: Scripted) -> None:
    number = register.take().order_no
    gateway.queries = deque([NoAnswer("x"), NotSent("y"), PosError("z"), RuntimeError("bug"), PAID])
    register.pass_time(4.5)
    assert register.now(number).state is State.PENDING
    register.pass_time(12)
    assert register.now(number).state is State.CAPTURED
    assert register.kinds(number) == ["created", "send", "accepted", "paid"]


def test_too_many_questions_are_followed_by_rest(register: Register, gateway: Scripted) -> None:
    register.take()
    gateway.queries = deque([RateLimited("429", 60), UNPAID])
    register.pass_time(50)
    assert len(gateway.asked) == 1
    register.pass_time(13)
    assert len(gateway.asked) == 2


def test_check_now_asks_at_once(register: Register, gateway: Scripted) -> None:
    number = register.take().order_no
    gateway.queries = deque([PAID])
    found = register.run(register.parts.status_query.check_now(number))
    assert found.state is State.CAPTURED
    assert register.clock.monotonic() < 1


def test_check_now_of_an_unsent_attempt_queries_no_gateway(make_register: MakeRegister, day: VirtualDay) -> None:
    gateway = Scripted(day.clock)
    gateway.charges = deque([NotSent("no route")])
    register = make_register(gateway)
    number = register.take().order_no
    assert register.run(register.parts.status_query.check_now(number)).state is State.CREATED
    cash = register.run(register.payments.take(SIGNED_OUT, Sale(Money(5, "TWD")), Tender.CASH, payment_id="c"))
    assert register.run(register.parts.status_query.check_now(cash.order_no)) == cash
    assert gateway.asked == []


def test_a_hanging_gateway_does_not_hold_up_another(make_register: MakeRegister, day: VirtualDay) -> None:
    hanging, quick = Scripted(day.clock, "hanging"), Scripted(day.clock, "quick")
    hanging.charges, hanging.queries, hanging.takes_seconds = deque([SHOWN]), deque([UNPAID]), 15
    quick.charges, quick.queries = deque([SHOWN]), deque([PAID])
    register = make_register(hanging, quick)

    async def both() -> Attempt:
        pay = register.payments.take
        slow = asyncio.ensure_future(
            pay(SIGNED_OUT, Sale(Money(5000, "TWD")), Tender.MYPAY, payment_id="a", gateway="hanging")
        )
        fast = await pay(SIGNED_OUT, Sale(Money(125, "TWD")), Tender.MYPAY, payment_id="b", gateway="quick")
        await asyncio.sleep(2)
        assert not slow.done()
        return register.now(fast.order_no)

    assert register.run(both()).state is State.CAPTURED


def test_an_unpaid_order_lapses_after_the_gateways_expiry_and_grace(register: Register, gateway: Scripted) -> None:
    number = register.take().order_no
    register.pass_time(39 * 60)
    assert register.now(number).state is State.PENDING
    register.pass_time(3 * 60)
    found = register.now(number)
    assert (found.state, str(found.message)) == (State.EXPIRED, "Not paid in time.")


def test_the_gateways_own_expiry_counts_before_ours(make_register: MakeRegister, gateway: Scripted) -> None:
    register = make_register(gateway)
    ends = register.clock.now() + timedelta(days=3)
    gateway.charges = deque([Answer(Verdict.ACCEPTED, pay_url="https://x", expires_at=ends)])
    number = register.take().order_no
    register.pass_time(3 * 86400)
    assert register.now(number).state is State.PENDING
    register.pass_time(1800)
    assert register.now(number).state is State.EXPIRED


def test_silence_until_the_deadline_goes_to_a_manager(register: Register, gateway: Scripted) -> None:
    number = register.take().order_no
    gateway.queries = deque([NoAnswer("down")])
    register.pass_time(42 * 60)
    assert register.now(number).state is State.PENDING
    register.pass_time(4 * 60)
    found = register.now(number)
    assert found.state is State.REVIEW
    assert "Check the gateway's console" in str(found.message)
    gateway.queries = deque([PAID])
    register.pass_time(3600)
    assert str(register.now(number).message) == "The gateway now says: paid, NT$125."
    assert register.now(number).state is State.REVIEW


def test_one_usable_answer_resets_the_count_of_silences(register: Register, gateway: Scripted) -> None:
    number = register.take().order_no
    gateway.charges, gateway.queries = deque([SHOWN]), deque([NoAnswer("down")])
    register.pass_time(43 * 60)
    gateway.queries = deque([Answer(Verdict.REFUSED, "300")])
    register.pass_time(100)
    assert register.now(number).state is State.DECLINED


def test_a_register_a_day_ahead_expires_nothing_early(make_register: MakeRegister, gateway: Scripted) -> None:
    register = make_register(gateway)
    number = register.take().order_no
    register.clock.wrong_by = timedelta(days=1)
    gateway.quiet.drift = 86400.0
    register.pass_time(300)
    assert register.now(number).state is State.PENDING
    assert ClockDrifted("scripted", 86400.0) in register.facts
    gateway.quiet.drift, register.clock.wrong_by = 0.0, timedelta()
    register.pass_time(60)
    assert ClockDrifted("scripted", 0.0) in register.facts


def test_a_clock_set_back_while_running_stops_no_question(register: Register, gateway: Scripted) -> None:
    register.take()
    register.pass_time(1.5)
    register.clock.wrong_by = -timedelta(days=2)
    gateway.quiet.drift = -2 * 86400.0
    before = len(gateway.asked)
    register.pass_time(30)
    assert len(gateway.asked) > before + 5


def test_late_money_after_an_end_goes_to_a_manager(register: Register, gateway: Scripted) -> None:
    number = register.take().order_no
    gateway.queries = deque([Answer(Verdict.LAPSED, "380"), PAID])
    register.pass_time(2)
    assert register.now(number).state is State.EXPIRED
    register.pass_time(700)
    found = register.now(number)
    assert found.state is State.REVIEW
    assert str(found.message) == "Money arrived after this payment was given up: NT$125. Accept or refund it."


def test_changes_of_gateway_health_are_published_once(register: Register, gateway: Scripted) -> None:
    register.take()
    gateway.queries = deque([NoAnswer("down")] * 4 + [UNPAID])
    register.pass_time(60)
    told = [fact for fact in register.facts if isinstance(fact, GatewayHealthChanged)]
    assert [(fact.gateway, fact.up) for fact in told] == [("scripted", False), ("scripted", True)]


def test_a_gateway_that_is_no_longer_set_up_leaves_its_payments_waiting(register: Register, gateway: Scripted) -> None:
    number = register.take().order_no
    register.run(register.payments.close())
    register.by_name = {"other": gateway}
    register.restarted()
    register.call(register.recovery.resume)
    register.run(register.parts.status_query.check_now(number))
    assert register.call(register.payments.cancel, SIGNED_OUT, number).state is State.VOIDING
    register.pass_time(7200)
    assert register.now(number).state is State.VOIDING


# -- cancelling ---------------------------------------------------------------------------------------------------


def test_a_cancel_frees_the_counter_and_is_watched(register: Register, gateway: Scripted) -> None:
    number = register.take().order_no

    assert register.call(register.payments.cancel, SIGNED_OUT, number).state is State.VOIDING
    assert register.call(register.payments.cancel, SIGNED_OUT, number).state is State.VOIDING
    assert register.take().order_no != number  # the same payment, another way
    gateway.queries = deque([PAID])
    register.pass_time(5)
    assert register.now(number).state is State.REVIEW


def test_a_gateway_that_can_void_is_asked_to(register: Register, gateway: Scripted) -> None:
    troubles = [NoAnswer("lost"), NotSent("down"), RuntimeError("bug")]
    gateway.voids = deque([*troubles, Answer(Verdict.VOIDED, "0000")])
    number = register.take().order_no

    register.call(register.payments.cancel, SIGNED_OUT, number)
    register.pass_time(10)
    assert register.now(number).state is State.VOIDED
    assert gateway.voided == [number] * 4


def test_a_cancel_while_sending_waits_for_the_answer(make_register: MakeRegister, gateway: Scripted) -> None:
    gateway.takes_seconds = 5
    register = make_register(gateway)

    async def cancel_in_mid_air() -> Attempt:
        taking = asyncio.ensure_future(
            register.payments.take(SIGNED_OUT, Sale(Money(125, "TWD")), Tender.MYPAY, payment_id="p1")
        )
        await asyncio.sleep(1)
        [sent] = register.store.waiting()
        wished = register.payments.cancel(SIGNED_OUT, sent.order_no)
        assert (wished.state, wished.cancel_wanted) == (State.SENT, True)
        return await taking

    assert register.run(cancel_in_mid_air()).state is State.VOIDING


def test_a_payment_paid_while_the_cashier_cancelled_is_paid(make_register: MakeRegister, gateway: Scripted) -> None:
    gateway.takes_seconds, gateway.charges = 5, deque([PAID])
    register = make_register(gateway)

    async def cancel_in_mid_air() -> Attempt:
        taking = asyncio.ensure_future(
            register.payments.take(SIGNED_OUT, Sale(Money(125, "TWD")), Tender.MYPAY, payment_id="p1")
        )
        await asyncio.sleep(1)
        register.payments.cancel(SIGNED_OUT, register.store.waiting()[0].order_no)
        return await taking

    assert register.run(cancel_in_mid_air()).state is State.CAPTURED


def test_a_cancel_during_a_question_is_not_undone_by_its_answer(make_register: MakeRegister, gateway: Scripted) -> None:
    register = make_register(gateway)
    number = register.take().order_no
    gateway.takes_seconds = 3
    gateway.queries = deque([PAID])

    async def cancel_in_mid_question() -> None:
        asking = asyncio.ensure_future(register.parts.status_query.check_now(number))
        await asyncio.sleep(2)
        register.payments.cancel(SIGNED_OUT, number)
        await asking

    register.run(cancel_in_mid_question())
    assert register.now(number).state is State.REVIEW


def test_what_was_never_sent_is_void_at_once_and_what_is_settled_stays(
    make_register: MakeRegister, day: VirtualDay
) -> None:
    gateway = Scripted(day.clock)
    gateway.charges = deque([NotSent("no route"), PAID])
    register = make_register(gateway)
    unsent = register.take().order_no
    assert register.payments.cancel(SIGNED_OUT, unsent).state is State.VOIDED
    paid = register.take().order_no
    with pytest.raises(NotAllowed, match="captured cannot be cancelled"):
        register.payments.cancel(SIGNED_OUT, paid)
    with pytest.raises(NotFound):
        register.payments.cancel(SIGNED_OUT, "NOPE")


# -- after a start ------------------------------------------------------------------------------------------------


def crashed_while_sending(register: Register, gateway: Scripted, *, cancelled: bool = False) -> str:
    """Return the order number of an attempt that was SENT when the program stopped."""
    gateway.takes_seconds = 30

    async def die() -> None:
        taking = asyncio.ensure_future(
            register.payments.take(SIGNED_OUT, Sale(Money(125, "TWD")), Tender.MYPAY, payment_id="p1")
        )
        await asyncio.sleep(1)
        if cancelled:
            register.payments.cancel(SIGNED_OUT, register.store.waiting()[0].order_no)
        await register.payments.close()
        taking.cancel()

    register.run(die())
    gateway.takes_seconds = 0
    [left] = register.store.waiting()
    assert left.state is State.SENT
    register.restarted()
    return left.order_no


def test_after_a_crash_every_sent_payment_is_asked_about_and_none_sent_again(
    register: Register, gateway: Scripted
) -> None:
    number = crashed_while_sending(register, gateway)
    gateway.queries = deque([PAID])
    [taken_up] = register.call(register.recovery.resume)
    assert taken_up.state is State.UNKNOWN
    register.pass_time(1)
    assert register.now(number).state is State.CAPTURED
    assert gateway.charged == [number]


def test_recovery_leaves_a_payment_alone_that_is_just_being_sent(register: Register, gateway: Scripted) -> None:
    gateway.takes_seconds, gateway.charges = 5, deque([PAID])

    async def recover_in_mid_air() -> Attempt:
        taking = asyncio.ensure_future(
            register.payments.take(SIGNED_OUT, Sale(Money(125, "TWD")), Tender.MYPAY, payment_id="p1")
        )
        await asyncio.sleep(1)
        [found] = register.recovery.resume()
        assert found.state is State.SENT
        return await taking

    paid = register.run(recover_in_mid_air())
    assert paid.state is State.CAPTURED
    assert register.kinds(paid.order_no) == ["created", "send", "paid"]


def test_a_cancel_requested_before_the_crash_is_kept(register: Register, gateway: Scripted) -> None:
    number = crashed_while_sending(register, gateway, cancelled=True)
    [taken_up] = register.call(register.recovery.resume)
    assert (taken_up.order_no, taken_up.state) == (number, State.VOIDING)


def test_recover_asks_about_everything_once_and_waits(register: Register, gateway: Scripted) -> None:
    sent = crashed_while_sending(register, gateway)
    gateway.charges = deque([NotSent("no route")])
    unsent = register.take(payment_id="p2", even_if_duplicate=True).order_no
    gateway.queries = deque([PAID])
    found = register.run(register.recovery.ask_all())
    assert {attempt.order_no: attempt.state for attempt in found} == {sent: State.CAPTURED, unsent: State.CREATED}


def test_late_money_is_watched_for_across_a_start(register: Register, gateway: Scripted) -> None:
    number = register.take().order_no
    gateway.queries = deque([Answer(Verdict.LAPSED, "380")])
    register.pass_time(2)
    register.run(register.payments.close())
    register.pass_time(5000)
    gateway.queries = deque([PAID])
    register.restarted()
    register.call(register.recovery.resume)
    register.pass_time(90_000)
    assert register.now(number).state is State.REVIEW


# -- notifications ------------------------------------------------------------------------------------------------


def test_a_notice_makes_us_ask_and_settles_nothing_itself(register: Register, gateway: Scripted) -> None:
    number = register.take().order_no
    register.pass_time(700)  # between two queries
    asked = len(gateway.asked)

    async def notice(code: str) -> None:
        register.parts.notices.take("scripted", Notice(number, "OK", code=code))
        assert register.now(number).state is State.PENDING
        await asyncio.sleep(1)

    register.run(notice("260"))
    assert len(gateway.asked) == asked + 1
    assert register.now(number).state is State.PENDING
    gateway.queries = deque([PAID])
    register.run(notice("250"))
    assert register.now(number).state is State.CAPTURED
    assert register.now(number).code == PAID.code


def test_a_notice_of_a_paid_payment_changes_nothing(register: Register, gateway: Scripted) -> None:
    gateway.charges = deque([PAID])
    number = register.take().order_no
    register.parts.notices.take("scripted", Notice(number, "OK"))
    assert register.kinds(number) == ["created", "send", "paid"]


def test_a_notice_of_an_unknown_order_is_refused(register: Register, gateway: Scripted) -> None:
    gateway.charges = deque([Answer(Verdict.ACCEPTED, pay_url="https://x", gateway_ref="77", gateway_key="right")])
    number = register.take().order_no
    with pytest.raises(NotFound):
        register.parts.notices.take("scripted", Notice("NOPE", "OK"))
    with pytest.raises(BadNotice):
        register.parts.notices.take("other", Notice(number, "OK"))
    with pytest.raises(BadNotice):
        register.parts.notices.take("scripted", Notice("", "OK", gateway_ref="77", gateway_key="wrong"))
    with pytest.raises(NotFound):
        register.parts.notices.take("scripted", Notice("", "OK", gateway_ref="78", gateway_key="right"))


def test_a_notice_brings_the_number_of_an_order_whose_answer_was_lost(register: Register, gateway: Scripted) -> None:
    gateway.charges = deque([NoAnswer("lost")])
    gateway.queries = deque([Answer(Verdict.UNSURE, message=msg("no number to ask with"))])
    number = register.take().order_no
    register.pass_time(700)
    gateway.queries = deque([Answer(Verdict.PAID, "250", amount=Money(125, "TWD"), gateway_ref="77")])

    async def notice() -> None:
        register.parts.notices.take("scripted", Notice(number, "OK", gateway_ref="77", gateway_key="k"))
        await asyncio.sleep(1)

    register.run(notice())
    assert (gateway.asked[-1].gateway_ref, gateway.asked[-1].gateway_key) == ("77", "k")
    found = register.now(number)
    assert (found.state, found.gateway_ref) == (State.CAPTURED, "77")


# -- payment pages ------------------------------------------------------------------------------------------------


@pytest.fixture
def paged(make_register: MakeRegister, day: VirtualDay) -> tuple[Register, Attempt, ScriptedWithPage]:
    gateway = ScriptedWithPage(day.clock)
    ends = day.clock.now() + timedelta(minutes=30)
    gateway.charges = deque([Answer(Verdict.ACCEPTED, pay_url="http://127.0.0.1/pay", expires_at=ends)])
    gateway.queries = deque([Answer(Verdict.MISSING)])
    register = make_register(gateway)
    taken = register.run(register.payments.take(SIGNED_OUT, Sale(Money(125, "TWD")), Tender.WECHAT, payment_id="p"))
    return register, taken, gateway


def test_a_payment_page_is_written_down_before_it_goes_out(paged: tuple[Register, Attempt, Scripted]) -> None:
    register, taken, _ = paged
    pages = register.parts.pages()
    page = pages.open(taken.page_token)
    assert (page.amount, page.shop, page.fields) == ("NT$125", "測試商店", {"Data": taken.order_no})
    assert register.now(taken.order_no).page_served_at == register.clock.now()
    pages.open(taken.page_token)  # the customer reloads
    assert register.kinds(taken.order_no).count("page_served") == 1


def test_a_page_closes_with_its_payment(paged: tuple[Register, Attempt, Scripted]) -> None:
    register, taken, gateway = paged
    pages = register.parts.pages()
    with pytest.raises(NotFound):
        pages.open("guessed")

    gateway.voids = deque([Answer(Verdict.VOIDED)])
    register.call(register.payments.cancel, SIGNED_OUT, taken.order_no)
    with pytest.raises(NotAllowed, match="closed"):
        pages.open(taken.page_token)
    register.pass_time(1)
    assert register.now(taken.order_no).state is State.VOIDED


def test_a_page_that_is_never_opened_expires(paged: tuple[Register, Attempt, Scripted]) -> None:
    register, taken, _ = paged
    register.pass_time(31 * 60)
    with pytest.raises(NotAllowed, match="closed"):
        register.parts.pages().open(taken.page_token)
    register.pass_time(15 * 60)
    assert register.now(taken.order_no).state is State.EXPIRED
