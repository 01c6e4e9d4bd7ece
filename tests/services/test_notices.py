"""Notices: stored once, acknowledged, and followed by a query in the normal order."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pos.domain.payment import Attempt
from pos.domain.refund import RefundEvent
from pos.domain.states import Event, State
from pos.errors import BadNotice, BadReply, NoAnswer, NotFound, PosError
from pos.gateways.base import Answer, Notice, Verdict
from pos.services.notices import PER_ORDER, STATES_PER_ORDER
from pos.services.token_bucket import Rate, TokenBuckets
from pos.store import journal
from pos.store.database import Database
from pos.store.notices import PAIRS_PER_ORDER
from pos.store.payments import PaymentStore
from pos.store.refunds import RefundStore
from tests.services.conftest import MakeRegister, Register
from tests.services.test_answer_rules import PAID, SHOWN
from tests.support.access import SIGNED_OUT
from tests.support.gateways import Scripted
from tests.support.shop import refund
from tests.support.virtual import VirtualDay

UNPAID = Answer(Verdict.ACCEPTED, "200")
LOST = NoAnswer("lost")
NOTHING = Answer(Verdict.UNSURE)


@pytest.fixture
def gateway(day: VirtualDay) -> Scripted:
    made = Scripted(day.clock)
    made.charges, made.queries = deque([SHOWN]), deque([UNPAID])
    return made


@pytest.fixture
def register(make_register: MakeRegister, gateway: Scripted) -> Register:
    return make_register(gateway)


def rows(register: Register) -> int:
    return journal.last(register.database)[0]


def notice(register: Register, number: str, code: str = "250", ref: str = "", key: str = "") -> None:
    register.call(register.parts.notices.take, "scripted", Notice(number, "OK", ref, key, code))


def test_a_notice_is_acknowledged_in_the_words_of_its_gateway(register: Register, gateway: Scripted) -> None:
    number = waiting(register, gateway)
    before = rows(register)
    assert register.call(register.parts.notices.receive, "scripted", {}, number.encode()) == "OK"
    assert rows(register) == before + 1
    with pytest.raises(BadNotice, match="not set up"):
        register.call(register.parts.notices.receive, "other", {}, number.encode())


def burst(register: Register, number: str, *pairs: tuple[str, str]) -> list[str]:
    """Send notices faster than any query. Return the references of those that were acknowledged."""

    async def all_of_them() -> list[str]:
        taken = []
        for ref, key in pairs:
            try:
                register.parts.notices.take("scripted", Notice(number, "OK", ref, key, "250"))
            except BadNotice:
                continue
            taken.append(ref)
        return taken

    return register.run(all_of_them())


# -- once, in every state of the payment ----------------------------------------------------------------------------


def paid(register: Register, gateway: Scripted) -> str:
    gateway.charges = deque([PAID])
    return register.take().order_no


def ended(answer: Answer) -> Callable[[Register, Scripted], str]:
    def end(register: Register, gateway: Scripted) -> str:
        gateway.queries = deque([answer])
        number = register.take().order_no
        register.pass_time(2)
        return number

    return end


def voided(register: Register, gateway: Scripted) -> str:
    gateway.voids = deque([Answer(Verdict.VOIDED)])
    number = register.take().order_no
    register.call(register.payments.cancel, SIGNED_OUT, number)
    register.pass_time(1)
    return number


def waiting(register: Register, gateway: Scripted) -> str:
    number = register.take().order_no
    register.pass_time(700)
    return number


ENDS = {
    State.CAPTURED: paid,
    State.EXPIRED: ended(Answer(Verdict.LAPSED, "380")),
    State.DECLINED: ended(Answer(Verdict.REFUSED, "300")),
    State.REVIEW: ended(Answer(Verdict.DIFFERS, "290")),
    State.VOIDED: voided,
    State.PENDING: waiting,
}


@pytest.mark.parametrize("state", list(ENDS))
def test_the_same_notice_is_written_once_and_asked_about_once(
    register: Register, gateway: Scripted, state: State
) -> None:
    number = ENDS[state](register, gateway)
    assert register.now(number).state is state
    gateway.queries = deque([UNPAID])
    asked, before = len(gateway.asked), rows(register)
    for _ in range(30):
        notice(register, number)
        register.pass_time(1)
    once = 0 if state is State.CAPTURED else 1
    assert register.kinds(number).count("notice") == once
    assert rows(register) == before + (once if state is State.PENDING else 2 * once), (
        "the notice, and the answer to a late one"
    )
    assert len(gateway.asked) == asked + once
    assert register.now(number).state is state


@pytest.mark.parametrize("state", [State.EXPIRED, State.VOIDED, State.DECLINED])
def test_late_money_is_found_long_after_the_last_scheduled_query(
    register: Register, gateway: Scripted, state: State
) -> None:
    number = ENDS[state](register, gateway)
    gateway.queries = deque([UNPAID])
    register.pass_time(30 * 86400)
    gateway.queries = deque([NoAnswer("down"), NoAnswer("down"), PAID])
    notice(register, number)
    register.pass_time(200)
    assert register.now(number).state is State.REVIEW


def test_a_notice_of_an_ended_payment_survives_a_crash_before_its_query(register: Register, gateway: Scripted) -> None:
    number = ENDS[State.EXPIRED](register, gateway)
    gateway.queries = deque([NoAnswer("down")])
    register.pass_time(30 * 86400)
    notice(register, number)
    register.run(register.payments.close())
    gateway.queries = deque([PAID])
    register.restarted()
    register.call(register.recovery.resume)
    register.pass_time(1)
    assert register.now(number).state is State.REVIEW
    register.run(register.payments.close())
    asked = len(gateway.asked)
    register.restarted()
    register.call(register.recovery.resume)
    register.pass_time(1)
    assert len(gateway.asked) <= asked + 1  # REVIEW is queried at a start, not because of the notice
    assert register.store.notices.unanswered() == []


def test_a_notice_of_a_gateway_that_is_gone_waits(make_register: MakeRegister, gateway: Scripted) -> None:
    register = make_register(gateway)
    number = ENDS[State.EXPIRED](register, gateway)
    gateway.queries = deque([NoAnswer("down")])
    register.pass_time(30 * 86400)
    notice(register, number)
    register.run(register.payments.close())
    register.by_name.clear()
    register.restarted()
    register.call(register.recovery.resume)
    register.pass_time(100)
    assert register.store.notices.unanswered() == [number]


def test_an_odd_state_is_stored_as_other_and_nothing_of_it_reaches_the_payment(
    register: Register, gateway: Scripted
) -> None:
    number = waiting(register, gateway)
    before = register.now(number).code
    for code in ("\x1b[2J", "x" * 60_000, "<b>PAID</b>", "支付"):
        notice(register, number, code)
    assert set(register.store.notices.states("scripted", number)) <= {"", "other"}
    assert register.now(number).code == before
    shown = [row.code for row in register.store.history(number) if row.kind == "notice"]
    assert set(shown) <= {"", "other"}


# -- the order of the queries ---------------------------------------------------------------------------------------


def test_a_notice_never_goes_before_older_payments(make_register: MakeRegister, day: VirtualDay) -> None:
    gateway = Scripted(day.clock)
    gateway.charges, gateway.queries = deque([SHOWN]), deque([UNPAID])
    register = make_register(gateway)
    numbers = []
    for number in range(4):
        numbers.append(register.take(payment_id=f"p{number}").order_no)
        register.pass_time(250)

    async def all_at_once() -> None:
        gateway.asked.clear()
        for number in reversed(numbers):  # the newest is reported first
            register.parts.notices.take("scripted", Notice(number, "OK", code="250"))
        await asyncio.sleep(3)

    register.run(all_at_once())
    assert [attempt.order_no for attempt in gateway.asked][:4] == numbers


def test_a_burst_of_states_waits_as_one_query(register: Register, gateway: Scripted) -> None:
    number = waiting(register, gateway)

    async def burst() -> None:
        for code in ("260", "270", "280", "284", "250"):
            register.parts.notices.take("scripted", Notice(number, "OK", code=code))
        await asyncio.sleep(2)

    gateway.asked.clear()
    register.run(burst())
    assert len(gateway.asked) == 1


def test_what_comes_while_the_query_waits_for_its_turn_needs_no_other(register: Register, gateway: Scripted) -> None:
    number = waiting(register, gateway)
    register.call(register.parts.calls.rate_limiter("scripted").back_off, 15.0)
    gateway.asked.clear()
    for code in ("260", "270", "280"):
        notice(register, number, code)
        register.pass_time(3)
    assert gateway.asked == []
    register.pass_time(10)
    assert len(gateway.asked) == 1


def test_a_notice_during_a_query_is_followed_by_another(register: Register, gateway: Scripted) -> None:
    number = waiting(register, gateway)
    gateway.takes_seconds = 1.0
    gateway.queries = deque([UNPAID, PAID])
    gateway.asked.clear()
    notice(register, number, "260")
    register.pass_time(0.6)
    assert len(gateway.asked) == 1
    notice(register, number, "250")  # the answer under way may be older than this
    register.pass_time(3)
    assert register.now(number).state is State.CAPTURED


def test_new_states_of_one_order_are_limited(register: Register, gateway: Scripted) -> None:
    number = waiting(register, gateway)
    for code in range(PER_ORDER.burst):
        notice(register, number, str(code))
    with pytest.raises(BadNotice, match="Too many"):
        notice(register, number, "A")
    notice(register, number, "0")  # a known notice is always acknowledged
    for code in range(PER_ORDER.burst, STATES_PER_ORDER):
        register.pass_time(1 / PER_ORDER.per_second + 1)
        notice(register, number, str(code))
    register.pass_time(3600)
    with pytest.raises(BadNotice, match="Too many"):
        notice(register, number, "A")
    assert register.kinds(number).count("notice") == STATES_PER_ORDER


def test_a_bucket_remembers_a_bounded_number_of_keys(day: VirtualDay) -> None:
    buckets = TokenBuckets(day.clock, Rate(1, 2), most=3)
    assert [buckets.take("a") for _ in range(3)] == [True, True, False]
    for other in "bcd":
        assert buckets.take(other)
    assert buckets.take("a")  # forgotten, so it begins again


# -- whose notice it is ---------------------------------------------------------------------------------------------


def test_a_notice_of_another_pair_is_refused(register: Register, gateway: Scripted) -> None:
    gateway.charges = deque([replace(SHOWN, gateway_ref="77", gateway_key="right")])
    number = register.take().order_no
    for ref, key in (("77", "wrong"), ("78", "right"), ("78", "wrong"), ("77", "righT")):
        with pytest.raises(BadNotice, match="does not belong"):
            notice(register, number, "250", ref, key)
    assert "notice" not in register.kinds(number)
    notice(register, number, "250", "77", "right")
    assert "notice" in register.kinds(number)


def test_a_notice_of_what_was_never_sent_is_refused(register: Register, gateway: Scripted) -> None:
    from pos.errors import NotSent

    gateway.charges = deque([NotSent("no route")])
    number = register.take().order_no
    with pytest.raises(BadNotice, match="not sent"):
        notice(register, number)
    with pytest.raises(NotFound):
        notice(register, "261120ZZZZZZZZZZZZZZ")


# -- an order whose answer was lost ---------------------------------------------------------------------------------


class Keyed(Scripted):
    """A gateway that finds an order only by its number and key, as MyPay."""

    right = ("81127", "right")
    says = PAID

    async def query(self, attempt: Attempt) -> Answer:
        self.asked.append(attempt)
        pair = (attempt.gateway_ref, attempt.gateway_key)
        if pair == self.right:
            return replace(self.says, gateway_ref=pair[0], gateway_key=pair[1])
        if pair == ("2", "of-another-order"):
            raise BadReply("The gateway's answer is about another order.")
        return Answer(Verdict.MISSING) if attempt.gateway_ref else NOTHING


@pytest.fixture
def keyed(make_register: MakeRegister, day: VirtualDay) -> tuple[Register, Keyed, str]:
    gateway = Keyed(day.clock)
    gateway.charges = deque([LOST])
    register = make_register(gateway)
    number = register.take().order_no
    register.pass_time(700)
    return register, gateway, number


FORGED = (("1", "x"), ("2", "of-another-order"), ("81127", "wrong"), ("3", "right"))


@pytest.mark.parametrize("before", range(len(FORGED) + 1))
def test_forged_pairs_do_not_displace_the_right_one(keyed: tuple[Register, Keyed, str], before: int) -> None:
    register, _, number = keyed
    assert len(burst(register, number, *FORGED[:before], Keyed.right, *FORGED[before:])) == len(FORGED) + 1
    register.pass_time(10)
    found = register.now(number)
    assert (found.state, found.gateway_ref, found.gateway_key) == (State.CAPTURED, *Keyed.right)


def test_the_right_pair_comes_through_after_all_places_are_taken(keyed: tuple[Register, Keyed, str]) -> None:
    register, _, number = keyed
    forged = [("1", f"forged-{n}") for n in range(PAIRS_PER_ORDER)]
    assert burst(register, number, *forged, Keyed.right) == ["1"] * PAIRS_PER_ORDER  # the gateway sends it again
    register.pass_time(300)
    assert len(register.store.notices.pairs(number)) == PAIRS_PER_ORDER
    notice(register, number, "250", *Keyed.right)
    register.pass_time(10)
    assert register.now(number).state is State.CAPTURED
    assert register.kinds(number).count("notice") == 1


def test_the_same_pair_again_is_acknowledged_and_kept_once(keyed: tuple[Register, Keyed, str]) -> None:
    register, _, number = keyed
    assert len(burst(register, number, *[("1", "x")] * 50)) == 50
    assert len(register.store.notices.pairs(number)) == 1
    assert register.kinds(number).count("notice") == 1


def test_a_pair_that_was_not_confirmed_once_is_tried_again(keyed: tuple[Register, Keyed, str]) -> None:
    register, gateway, number = keyed
    gateway.right = ("later", "later")  # the gateway does not show the order yet
    notice(register, number, "250", *Keyed.right)
    notice(register, number, "250", "1", "forged")
    register.pass_time(60)
    gateway.right = Keyed.right
    asked = [attempt.gateway_ref for attempt in gateway.asked]
    assert "" in asked[-4:]  # a query without a pair has its turn, for a gateway that finds orders by our number
    register.pass_time(900)
    assert register.now(number).state is State.CAPTURED


def test_a_confirmed_pair_of_an_unpaid_order_in_review_is_kept(keyed: tuple[Register, Keyed, str]) -> None:
    register, gateway, number = keyed
    register.pass_time(86400)
    assert register.now(number).state is State.REVIEW
    gateway.says = replace(UNPAID, code="260")
    notice(register, number, "260", *Keyed.right)
    notice(register, number, "260", "1", "forged")
    register.pass_time(10)
    assert (register.now(number).state, register.now(number).gateway_ref) == (State.REVIEW, "")
    assert [pair.ref for pair in register.store.notices.pairs(number)] == [Keyed.right[0]]
    with pytest.raises(BadNotice, match="does not belong"):
        notice(register, number, "250", "9", "forged-later")
    gateway.says = PAID
    register.run(register.parts.status_query.check_now(number))
    assert register.now(number).received is not None or "paid" in str(register.now(number).message)


def test_what_a_notice_taught_is_on_the_disk_before_it_is_acknowledged(tmp_path: Path, day: VirtualDay) -> None:
    path = tmp_path / "counter.sqlite"
    gateway = Keyed(day.clock)
    gateway.charges = deque([LOST])
    register = Register(day, gateway)
    register.database = Database(path)
    register.store = PaymentStore(register.database, "R1", day.clock)
    register.restarted()
    number = register.take().order_no
    register.pass_time(700)
    register.parts.poller.close()  # no more queries
    notice(register, number, "250", *Keyed.right)
    killed = Database(path)  # what the next start finds if the program was killed at this moment
    kept = PaymentStore(killed, "R1", day.clock)
    assert [(pair.ref, pair.key) for pair in kept.notices.pairs(number)] == [Keyed.right]
    assert Keyed.right[1] not in "".join(entry.body for entry in journal.entries(killed))
    register.run(register.payments.close())
    register.database.close()
    register.database, register.store = killed, kept
    register.restarted()
    register.call(register.recovery.resume)
    register.pass_time(3)
    assert register.now(number).state is State.CAPTURED
    register.run(register.payments.close())
    killed.close()


# -- refunds --------------------------------------------------------------------------------------------------------


@pytest.fixture
def refunded(register: Register, gateway: Scripted) -> tuple[Register, str, list[str]]:
    number = paid(register, gateway)
    store = RefundStore(register.database, "R1", register.clock)
    made = store.create(refund(register.now(number)), RefundEvent.SEND)
    asked: list[str] = []

    async def check(refund_no: str) -> None:
        asked.append(refund_no)
        if len(asked) > 2:
            raise PosError("the journal does not work")

    register.parts.notices.check_refund = check
    return register, made.refund_no, asked


def test_a_notice_of_a_refund_makes_that_refund_be_asked_about_once(refunded: tuple[Register, str, list[str]]) -> None:
    register, refund_no, asked = refunded
    before = rows(register)

    async def several() -> None:
        for code in ("refund-0000", "refund-0000", "refund-1145", "refund-0000"):
            register.parts.notices.take("scripted", Notice(refund_no, "OK", code=code))

    register.run(several())
    register.pass_time(2)
    assert asked == [refund_no]
    assert rows(register) == before + 2
    notice(register, refund_no, "A")
    register.pass_time(2)
    notice(register, refund_no, "B")
    register.pass_time(2)
    assert asked == [refund_no] * 3


def test_a_notice_of_an_unknown_refund_or_of_another_gateway_is_refused(
    refunded: tuple[Register, str, list[str]],
) -> None:
    register, refund_no, asked = refunded
    for gateway, number in (("other", refund_no), ("scripted", "261120XXXXXXXXXXXXXX")):
        with pytest.raises(NotFound):
            register.parts.notices.take(gateway, Notice(number, "OK"))
    register.parts.notices.check_refund = None
    notice(register, refund_no)
    register.pass_time(2)
    assert asked == []
    assert Event.PAID.value in register.kinds(register.store.search("", None, 1, None)[0].order_no)
