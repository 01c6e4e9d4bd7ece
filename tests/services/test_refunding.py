"""Refunds: sent once, queried and never sent again, settled by the gateway's answer or a manager."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest

from pos.domain.invoice import InvoiceRequest
from pos.domain.invoice import State as InvoiceState
from pos.domain.money import Money
from pos.domain.payment import Attempt, Line
from pos.domain.refund import Refund, RefundState, Way
from pos.domain.staff import Action
from pos.domain.states import Event, State
from pos.einvoice.printer import Printer, PrinterSettings
from pos.errors import InputError, NoAnswer, NotAllowed, NotFound, NotSent
from pos.gateways.base import CLAIMED, RIVALS, Answer, RefundAnswer, RefundVerdict, Verdict
from pos.gateways.capabilities import Result
from pos.i18n import msg
from tests.support.access import SIGNED_OUT, EveryPayment, permit
from tests.support.gateways import Scripted
from tests.support.refunds import REFUND, SETTLE, RefundShop, twd
from tests.support.rows import wrong
from tests.support.shop import attempt
from tests.support.virtual import VirtualDay

DONE = RefundAnswer(RefundVerdict.DONE, amount=twd(125))
ACCEPTED = RefundAnswer(RefundVerdict.ACCEPTED, "1143")
UNSURE = RefundAnswer(RefundVerdict.UNSURE, "9999")
MISSING = RefundAnswer(RefundVerdict.MISSING)
LOST = NoAnswer(msg("no answer"))


@pytest.fixture
def day() -> Iterator[VirtualDay]:
    with VirtualDay() as virtual:
        yield virtual


@pytest.fixture
def shop(day: VirtualDay) -> Iterator[RefundShop]:
    made = RefundShop(day)
    yield made
    assert wrong(made.database) == []
    made.stop()


def script(shop: RefundShop, first: Any, *later: Any) -> None:
    """The gateway's answers to the refund, and to the queries after it."""
    shop.gateway.refunds.clear()
    shop.gateway.refunds.append(first)
    if later:
        shop.gateway.refund_queries.clear()
        shop.gateway.refund_queries.extend(later)


def queued(shop: RefundShop, hours: float = 5) -> RefundAnswer:
    due = shop.day.clock.now() + timedelta(hours=hours)
    return RefundAnswer(RefundVerdict.ACCEPTED, "200", msg("at midnight"), due=due)


# -- sending ------------------------------------------------------------------------------------------------------


def test_a_refund_is_written_then_sent_then_booked(shop: RefundShop) -> None:
    made = shop.paid()
    script(shop, RefundAnswer(RefundVerdict.DONE, "0000", amount=twd(125), gateway_ref="RF1", details={"type": "1"}))
    given = shop.give(made, reason="  wrong   amount ")
    assert (given.state, given.gateway_ref, given.reason) == (RefundState.REFUNDED, "RF1", "wrong amount")
    assert (given.by, given.approved_by, given.details) == ("cashier", "manager", {"type": "1"})
    assert shop.told() == [RefundState.SENT, RefundState.REFUNDED]
    assert [one.kind.value for one in shop.ledger.of_order(made.order_no)] == ["sale", "refund"]
    assert shop.refunds.of_order(made.order_no) == [given]
    assert shop.refunds.get(given.refund_no) == given
    assert shop.refunds.waiting() == []


def test_parts_never_pass_what_was_captured(shop: RefundShop) -> None:
    made = shop.paid(100)
    shop.gateway.refunds[0] = RefundAnswer(RefundVerdict.DONE)
    shop.give(made, 60)
    with pytest.raises(InputError, match=r"Only NT\$40"):
        shop.give(made, 41)
    shop.give(made, 40)
    with pytest.raises(NotAllowed, match="in full"):
        shop.give(made, 1)
    assert [one.amount.minor for one in shop.gateway.refunded] == [60, 40]


def test_who_presses_twice_refunds_once(shop: RefundShop) -> None:
    made = shop.paid()
    shop.gateway.takes_seconds = 3
    number = shop.call(shop.refunds.new_number)

    async def twice() -> list[Refund]:
        give = [shop.refunds.give(made.order_no, twd(60), "r", REFUND, refund_no=number) for _ in range(2)]
        return list(await asyncio.gather(*give))

    first, second = shop.run(twice())
    assert first == second
    assert shop.give(made, 60, refund_no=number) == first
    assert len(shop.gateway.refunded) == 1


def test_a_refund_needs_its_own_permission(shop: RefundShop) -> None:
    made = shop.paid()
    for other in (SETTLE, permit(Action.SELL)):
        with pytest.raises(NotAllowed, match="needs a manager"):
            shop.run(shop.refunds.give(made.order_no, twd(1), "r", other))
    with pytest.raises(NotAllowed):
        shop.run(shop.refunds.send_again("X", SETTLE))
    with pytest.raises(NotAllowed):
        shop.run(shop.refunds.withdraw("X", SETTLE))
    with pytest.raises(NotAllowed):
        shop.refunds.settle("X", done=True, reason="r", permission=REFUND)
    assert shop.gateway.refunded == []


def test_a_way_that_is_not_open_is_refused_with_those_that_are(shop: RefundShop) -> None:
    made = shop.paid()
    with pytest.raises(InputError) as caught:
        shop.run(shop.refunds.give(made.order_no, twd(1), "r", REFUND, way=Way.TRANSFER, reference="7"))
    said = "This payment cannot be refunded this way: transfer. Possible: gateway, cash, back_office."
    assert (caught.value.field, caught.value.spoken()) == ("way", said)


def test_foreign_money_does_not_go_back_out_of_the_drawer(shop: RefundShop) -> None:
    """The drawer is not counted in that currency: it would be short of an amount that no Z shows."""
    dollars = Money(1250, "HKD")
    sold = attempt(amount=dollars, gateway=shop.gateway.name)
    shop.call(lambda: shop.store.create(sold, Event.SEND, Event.PAID))
    with pytest.raises(InputError, match="The drawer is in TWD") as caught:
        shop.run(shop.refunds.give(sold.order_no, dollars, "r", REFUND, way=Way.CASH))
    assert (caught.value.field, shop.refunds.of_order(sold.order_no)) == ("way", [])
    by_hand = shop.refunds.give(sold.order_no, dollars, "r", REFUND, way=Way.BACK_OFFICE, reference="7")
    assert shop.run(by_hand).state is RefundState.REFUNDED


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"reason": "  "}, "reason"), ({"way": Way.TRANSFER}, "way"), ({"reference": "x" * 65}, "reference"),
        ({"reference": "a\x00b"}, "reference"), ({"way": Way.BACK_OFFICE}, "reference"), ({"amount": 0}, "amount"),
    ],
)  # fmt: skip
def test_what_breaks_a_rule_is_refused_before_anything_is_written(
    shop: RefundShop, facts: dict[str, Any], field: str
) -> None:
    made = shop.paid()
    with pytest.raises(InputError) as caught:
        shop.give(made, **facts)
    assert caught.value.field == field
    assert shop.refunds.of_order(made.order_no) == []


def test_a_check_says_the_same_and_writes_nothing(shop: RefundShop) -> None:
    made = shop.paid()
    assert shop.refunds.check(made.order_no, twd(5), "r").way is Way.GATEWAY
    with pytest.raises(InputError):
        shop.refunds.check(made.order_no, twd(126), "r")
    with pytest.raises(InputError):
        shop.refunds.check(made.order_no, Money(5, "HKD"), "r")
    assert shop.refunds.of_order(made.order_no) == []


def test_an_unpaid_payment_has_nothing_to_give_back(shop: RefundShop) -> None:
    shop.scripted.charges.append(Answer(Verdict.REFUSED))
    from pos.domain.payment import Sale, Tender

    made = shop.run(shop.payments.take(SIGNED_OUT, Sale(twd(10)), Tender.MYPAY, payment_id="no"))
    with pytest.raises(NotAllowed, match="declined"):
        shop.give(made, 10)
    view = shop.refunds.view(made.order_no)
    assert (view.options, view.refunds) == (None, ())
    assert "declined" in view.why.spoken()
    with pytest.raises(NotFound):
        shop.refunds.view("NOPE")


def test_cash_goes_back_out_of_the_drawer_at_once(shop: RefundShop) -> None:
    made = shop.cash()
    given = shop.give(made, 25)
    assert (given.way, given.state) == (Way.CASH, RefundState.REFUNDED)
    options = shop.refunds.view(made.order_no).options
    assert options is not None
    assert (options.left, options.gone) == (twd(100), twd(25))


def test_a_refund_by_hand_is_recorded_with_its_reference(day: VirtualDay) -> None:
    shop = RefundShop(day, Scripted(day.clock))
    made = shop.paid()
    with pytest.raises(InputError, match="Enter the reference"):
        shop.give(made)
    given = shop.give(made, 100, reference=" BANK  77 ")
    assert (given.way, given.reference, given.state) == (Way.BACK_OFFICE, "BANK 77", RefundState.REFUNDED)
    assert shop.give(made, 25, way=Way.TRANSFER, reference="1").state is RefundState.REFUNDED
    shop.stop()


def test_a_refusal_gives_the_money_free_again(shop: RefundShop) -> None:
    made = shop.paid()
    script(shop, RefundAnswer(RefundVerdict.REFUSED, "1269", msg("no balance")), DONE)
    refused = shop.give(made)
    assert (refused.state, refused.code) == (RefundState.REFUSED, "1269")
    shop.gateway.refunds[0] = DONE
    assert shop.give(made).state is RefundState.REFUNDED


@pytest.mark.parametrize(("credentials", "blame"), [(True, "credentials"), (False, "request")])
def test_a_refused_call_is_no_refund_and_has_its_cause(shop: RefundShop, credentials: bool, blame: str) -> None:
    script(shop, RefundAnswer(RefundVerdict.REJECTED, "400", credentials=credentials))
    refused = shop.give(shop.paid())
    assert (refused.state, refused.details["rejected"]) == (RefundState.REFUSED, blame)


# -- unknown outcomes ---------------------------------------------------------------------------------------------


def test_a_lost_answer_is_found_out_and_never_sent_again(shop: RefundShop) -> None:
    script(shop, LOST, LOST, UNSURE, DONE)
    doubt = shop.give(shop.paid())
    assert doubt.state is RefundState.UNKNOWN
    shop.pass_time(60)
    assert shop.now(doubt).state is RefundState.REFUNDED
    assert (len(shop.gateway.refunded), len(shop.gateway.asked_refunds)) == (1, 3)


def test_a_query_of_all_refunds_queries_each_once(shop: RefundShop) -> None:
    script(shop, LOST, DONE)
    doubt = shop.give(shop.paid())
    assert [(one.refund_no, one.state) for one in shop.run(shop.refunds.ask_all())] == [
        (doubt.refund_no, RefundState.REFUNDED)
    ]
    assert shop.run(shop.refunds.ask_all()) == []


@pytest.mark.parametrize("said", [UNSURE, MISSING, RuntimeError("broke"), RefundAnswer(RefundVerdict.WITHDRAWN)])
def test_what_says_nothing_leaves_doubt(shop: RefundShop, said: Any) -> None:
    script(shop, said)
    assert shop.give(shop.paid()).state is RefundState.UNKNOWN
    assert shop.refunds.waiting() != []


def test_a_question_that_is_refused_ends_no_refund(shop: RefundShop) -> None:
    """Refused credentials on a query say nothing about the refund: releasing its amount could refund it twice."""
    script(shop, ACCEPTED, RefundAnswer(RefundVerdict.REJECTED, "1105", msg("bad signature")))
    pending = shop.give(shop.paid())
    asked = shop.run(shop.refunds.check_now(pending.refund_no))
    assert (asked.state, asked.code) == (RefundState.PENDING, "1105")
    assert "rejected" not in asked.details


def test_nothing_sent_may_be_sent_again_or_taken_back(shop: RefundShop) -> None:
    made = shop.paid()
    script(shop, NotSent(msg("no network")))
    unsent = shop.give(made, 50)
    assert (unsent.state, unsent.message.spoken()) == (RefundState.CREATED, "no network")
    assert shop.refunds.view(made.order_no).options.left == twd(75)  # type: ignore[union-attr]  # the payment can be refunded
    again = shop.run(shop.refunds.send_again(unsent.refund_no, REFUND))
    assert again.state is RefundState.CREATED
    shop.gateway.refunds[0] = RefundAnswer(RefundVerdict.DONE)
    assert shop.run(shop.refunds.send_again(unsent.refund_no, REFUND)).state is RefundState.REFUNDED
    with pytest.raises(NotAllowed, match="was not sent"):
        shop.run(shop.refunds.send_again(unsent.refund_no, REFUND))
    script(shop, InputError("order_no", "QFPay's number is not known."))
    other = shop.give(made, 50)
    assert shop.run(shop.refunds.withdraw(other.refund_no, REFUND)).state is RefundState.WITHDRAWN
    assert shop.refunds.view(made.order_no).options.left == twd(75)  # type: ignore[union-attr]  # the payment can be refunded


def test_two_users_send_an_unsent_refund_once(shop: RefundShop) -> None:
    script(shop, NotSent(msg("no network")))
    unsent = shop.give(shop.paid())
    script(shop, DONE)
    shop.gateway.takes_seconds = 2

    async def both() -> list[Refund]:
        return list(await asyncio.gather(*(shop.refunds.send_again(unsent.refund_no, REFUND) for _ in range(2))))

    assert {one.state for one in shop.run(both())} == {RefundState.REFUNDED}
    assert len(shop.gateway.refunded) == 2  # the one that was not sent, and one


def test_a_gateway_that_is_gone_sends_nothing_and_keeps_the_doubt(shop: RefundShop) -> None:
    made = shop.paid()
    script(shop, NotSent(msg("no network")))
    unsent = shop.give(made, 50)
    script(shop, LOST)
    doubt = shop.give(made, 50)
    shop.run(shop.payments.close())
    shop.build({})
    with pytest.raises(NotAllowed, match="no longer set up"):
        shop.run(shop.refunds.send_again(unsent.refund_no, REFUND))
    assert shop.run(shop.refunds.check_now(doubt.refund_no)).state is RefundState.UNKNOWN
    shop.pass_time(2 * 86400)
    assert shop.run(shop.refunds.check_now(doubt.refund_no)).state is RefundState.REVIEW


def test_a_day_of_silence_calls_a_manager(shop: RefundShop) -> None:
    script(shop, LOST, LOST)
    doubt = shop.give(shop.paid())
    shop.pass_time(86400 - 3600)
    assert shop.now(doubt).state is RefundState.UNKNOWN
    shop.pass_time(7200)
    assert shop.now(doubt).state is RefundState.REVIEW
    asked = len(shop.gateway.asked_refunds)
    assert shop.run(shop.refunds.check_now(doubt.refund_no)).state is RefundState.REVIEW
    assert len(shop.gateway.asked_refunds) == asked


def test_one_that_stays_pending_for_a_day_calls_a_manager(shop: RefundShop) -> None:
    script(shop, ACCEPTED, ACCEPTED)
    pending = shop.give(shop.paid())
    shop.pass_time(90000)
    assert shop.now(pending).state is RefundState.REVIEW


def test_questions_that_go_wrong_in_other_ways_change_nothing(shop: RefundShop) -> None:
    script(shop, ACCEPTED, NotSent(msg("down")))
    pending = shop.give(shop.paid())
    assert shop.run(shop.refunds.check_now(pending.refund_no)) == pending


def test_a_refund_the_gateway_does_not_know_is_waited_for_ten_minutes(shop: RefundShop) -> None:
    script(shop, LOST, MISSING)
    doubt = shop.give(shop.paid())
    shop.pass_time(500)
    assert shop.now(doubt).state is RefundState.UNKNOWN
    shop.pass_time(200)
    assert shop.now(doubt).state is RefundState.REVIEW
    assert "does not know this refund" in shop.now(doubt).message.spoken()


@pytest.mark.parametrize("first", [LOST, ACCEPTED])
def test_another_sum_than_asked_is_a_managers_matter(shop: RefundShop, first: Any) -> None:
    script(shop, first, RefundAnswer(RefundVerdict.DONE, amount=twd(1), gateway_ref="RF"))
    made = shop.give(shop.paid())
    shop.pass_time(20)
    assert (shop.now(made).state, shop.now(made).gateway_ref) == (RefundState.REVIEW, "RF")
    assert "NT$1; NT$125 was requested" in shop.now(made).message.spoken()


def test_another_sum_in_the_first_answer_too(shop: RefundShop) -> None:
    script(shop, RefundAnswer(RefundVerdict.DONE, amount=twd(1)))
    assert shop.give(shop.paid()).state is RefundState.REVIEW


def test_news_of_a_pending_refund_are_written_down(shop: RefundShop) -> None:
    script(shop, ACCEPTED, RefundAnswer(RefundVerdict.ACCEPTED, gateway_ref="RF9"))
    pending = shop.give(shop.paid())
    asked = shop.run(shop.refunds.check_now(pending.refund_no))
    assert (asked.state, asked.gateway_ref) == (RefundState.PENDING, "RF9")


def test_refunds_of_one_amount_are_distinguished_for_the_gateway(shop: RefundShop) -> None:
    made = shop.paid(90)
    shop.gateway.refunds.clear()
    shop.gateway.refunds.extend((RefundAnswer(RefundVerdict.DONE, gateway_ref="RF1"), LOST, LOST))
    shop.gateway.refund_queries[0] = UNSURE
    shop.give(made, 30)
    shop.give(made, 30)
    last = shop.give(made, 30)
    asked = shop.run(shop.refunds.check_now(last.refund_no))
    details = shop.gateway.asked_refunds[-1].details
    assert (details[CLAIMED], details[RIVALS]) == ("RF1", "1")
    assert CLAIMED not in asked.details


# -- queued -------------------------------------------------------------------------------------------------------


def test_a_queued_refund_is_left_alone_until_it_is_due(shop: RefundShop) -> None:
    script(shop, queued(shop), RefundAnswer(RefundVerdict.UNSURE, "250", msg("It does not show.")), DONE)
    waits = shop.give(shop.paid())
    assert waits.state is RefundState.PENDING
    shop.pass_time(5 * 3600 - 10)
    assert shop.gateway.asked_refunds == []
    asked = shop.run(shop.refunds.check_now(waits.refund_no))
    assert (asked.state, asked.message) == (RefundState.PENDING, waits.message)  # not shown before midnight: no change
    shop.pass_time(3600)
    assert shop.now(waits).state is RefundState.REFUNDED


def test_a_queued_refund_is_taken_back(shop: RefundShop) -> None:
    made = shop.paid()
    script(shop, queued(shop))
    waits = shop.give(made)
    shop.gateway.withdrawals[0] = RefundAnswer(RefundVerdict.WITHDRAWN, "200")
    assert shop.run(shop.refunds.withdraw(waits.refund_no, REFUND)).state is RefundState.WITHDRAWN
    assert len(shop.gateway.withdrawn) == 1
    with pytest.raises(NotAllowed, match="no longer"):
        shop.run(shop.refunds.withdraw(waits.refund_no, REFUND))
    script(shop, DONE)
    assert shop.give(made).state is RefundState.REFUNDED
    shop.pass_time(6 * 3600)


@pytest.mark.parametrize("verdict", [RefundVerdict.REFUSED, RefundVerdict.REJECTED, RefundVerdict.UNSURE])
def test_a_refused_withdrawal_is_no_refused_refund(shop: RefundShop, verdict: RefundVerdict) -> None:
    made = shop.paid()
    script(shop, queued(shop))
    waits = shop.give(made)
    shop.gateway.withdrawals[0] = RefundAnswer(verdict, "400", msg("too late"))
    kept = shop.run(shop.refunds.withdraw(waits.refund_no, REFUND))
    assert (kept.state, kept.message.spoken()) == (RefundState.PENDING, "too late")
    assert shop.refunds.view(made.order_no).options is None  # its money is still held
    shop.gateway.withdrawals[0] = RefundAnswer(verdict)
    told = shop.run(shop.refunds.withdraw(waits.refund_no, REFUND))
    assert told.message.spoken() == "The gateway did not cancel the refund."


def test_a_withdrawal_without_an_answer_leaves_it_waiting(shop: RefundShop) -> None:
    script(shop, queued(shop))
    waits = shop.give(shop.paid())
    shop.gateway.withdrawals[0] = LOST
    assert shop.run(shop.refunds.withdraw(waits.refund_no, REFUND)).state is RefundState.PENDING


def test_after_midnight_nothing_is_taken_back(shop: RefundShop) -> None:
    script(shop, queued(shop), UNSURE)
    waits = shop.give(shop.paid())
    shop.pass_time(5 * 3600 + 1)
    with pytest.raises(NotAllowed, match="no longer"):
        shop.run(shop.refunds.withdraw(waits.refund_no, REFUND))


def test_of_two_that_wait_none_is_taken_back_blindly(shop: RefundShop) -> None:
    made = shop.paid()
    script(shop, queued(shop))
    first, _second = shop.give(made, 50), shop.give(made, 75)
    with pytest.raises(NotAllowed, match="cannot tell them apart"):
        shop.run(shop.refunds.withdraw(first.refund_no, REFUND))
    assert shop.gateway.withdrawn == []


def test_the_gateway_may_say_itself_that_a_queued_one_was_taken_back(shop: RefundShop) -> None:
    script(shop, queued(shop), RefundAnswer(RefundVerdict.WITHDRAWN))
    waits = shop.give(shop.paid())
    assert shop.run(shop.refunds.check_now(waits.refund_no)).state is RefundState.WITHDRAWN


# -- settled by a manager -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("done", "state"), [(True, RefundState.REFUNDED), (False, RefundState.REFUSED)])
def test_a_manager_settles_what_is_in_review(shop: RefundShop, done: bool, state: RefundState) -> None:
    made = shop.paid()
    script(shop, RefundAnswer(RefundVerdict.DONE, amount=twd(1)))
    review = shop.give(made)
    with pytest.raises(InputError):
        shop.refunds.settle(review.refund_no, done=done, reason=" ", permission=SETTLE)
    settled = shop.refunds.settle(review.refund_no, done=done, reason="seen there", permission=SETTLE)
    assert (settled.state, settled.details["settled_by"]) == (state, "manager")
    assert [one.kind.value for one in shop.ledger.of_order(made.order_no)] == ["sale", *(["refund"] if done else [])]
    with pytest.raises(NotAllowed, match="in review"):
        shop.refunds.settle(review.refund_no, done=done, reason="again", permission=SETTLE)


@pytest.mark.parametrize("said", [LOST, ACCEPTED, NotSent(msg("down"))])
def test_no_manager_settles_what_the_gateway_may_still_answer(shop: RefundShop, said: Any) -> None:
    script(shop, said)
    made = shop.give(shop.paid())
    with pytest.raises(NotAllowed, match="in review"):
        shop.refunds.settle(made.refund_no, done=True, reason="r", permission=permit(Action.SETTLE))


def test_a_refund_settled_by_a_manager_during_a_query_stays_settled(shop: RefundShop) -> None:
    script(shop, ACCEPTED, DONE)
    pending = shop.give(shop.paid())
    shop.gateway.takes_seconds = 5

    async def both() -> Refund:
        asking = asyncio.ensure_future(shop.refunds.check_now(pending.refund_no))
        await asyncio.sleep(1)
        from pos.domain.refund import RefundEvent

        review = shop.refund_store.step(shop.refunds.get(pending.refund_no), RefundEvent.GIVE_UP)
        shop.refunds.settle(review.refund_no, done=False, reason="r", permission=SETTLE)
        return await asking

    assert shop.run(both()).state is RefundState.REFUSED


# -- with an e-invoice --------------------------------------------------------------------------------------------


def test_a_refund_with_an_e_invoice_carries_items_and_remedy(shop: RefundShop) -> None:
    lines = (Line("茶", twd(50), 2), Line("餅", twd(25), 1))
    made = shop.paid(125, lines=lines)
    shop.invoiced(made)
    shop.gateway.refunds[0] = RefundAnswer(RefundVerdict.DONE)
    with pytest.raises(InputError, match="choose the items"):
        shop.give(made, 50)
    given = shop.give(made, 50, lines=[Line("茶", twd(50), 1)])
    assert (given.remedy, given.lines) == (2, (Line("茶", twd(50), 1),)) or given.remedy is not None
    shop.pass_time(1)  # the invoice is queried, without an answer
    rest = shop.give(made, 75)
    assert rest.lines == (Line("茶", twd(50), 1), Line("餅", twd(25), 1))
    by_hand = shop.refunds.view(made.order_no)
    assert by_hand.options is None


class Issuer:
    """An issuer that reports every invoice as void."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def query_invoice(self, attempt: Attempt) -> Mapping[str, Any]:
        self.asked.append(attempt.order_no)
        return {"state": "4"}

    async def issue_invoice(self, attempt: Attempt, invoice_request: InvoiceRequest) -> Result:
        raise AssertionError("it is issued already")

    async def title_picture(self, url: str) -> bytes:
        raise AssertionError("nothing is printed")


def test_the_invoice_of_a_refund_that_was_taken_back_is_asked_about(shop: RefundShop) -> None:
    """MyPay's document does not say whether it voids at the request or at midnight."""
    issuer = Issuer()
    shop.invoicing.close()
    shop.invoicing = shop.parts.invoicing(
        shop.invoices, {"scripted": issuer}, Printer(PrinterSettings()), "十全茶行", EveryPayment()
    )
    shop.refunds = shop.parts.refunds(
        shop.refund_store, shop.invoices, shop.invoicing.refresh_soon, "R1", "十全茶行", "TWD"
    )
    script(shop, queued(shop))
    made = shop.paid()
    shop.invoiced(made)
    waits = shop.give(made)
    shop.gateway.withdrawals[0] = RefundAnswer(RefundVerdict.WITHDRAWN, "B200")
    assert shop.run(shop.refunds.withdraw(waits.refund_no, REFUND)).state is RefundState.WITHDRAWN
    shop.pass_time(1)
    assert issuer.asked == [made.order_no]
    assert shop.invoices.get(made.order_no).state is InvoiceState.VOID


def test_items_refunded_by_hand_are_not_refunded_again(shop: RefundShop) -> None:
    tea, cake = Line("茶", twd(50), 2), Line("餅", twd(25), 1)
    made = shop.paid(125, lines=(tea, cake))
    shop.invoiced(made)
    by_hand = shop.give(made, 50, way=Way.CASH, lines=[Line("茶", twd(50), 1)])
    assert by_hand.lines == (Line("茶", twd(50), 1),)
    with pytest.raises(InputError, match="more of 茶 than was sold"):
        shop.give(made, 75, lines=[Line("茶", twd(75), 1)])
    assert shop.give(made, 50, way=Way.CASH).lines == ()  # a refund by hand needs no items


# -- starts -------------------------------------------------------------------------------------------------------


def test_what_was_on_its_way_is_asked_about_after_a_start(shop: RefundShop) -> None:
    script(shop, DONE, UNSURE, DONE)
    made = shop.paid()
    shop.gateway.takes_seconds = 30

    async def dies() -> None:
        giving = asyncio.ensure_future(shop.refunds.give(made.order_no, twd(125), "r", REFUND))
        await asyncio.sleep(1)
        await shop.payments.close()
        with pytest.raises(asyncio.CancelledError):
            await giving

    shop.run(dies())
    (left,) = shop.refunds.waiting()
    assert left.state is RefundState.SENT
    shop.gateway.takes_seconds = 0
    shop.build({shop.gateway.name: shop.gateway})
    shop.call(shop.refunds.resume)
    assert shop.now(left).state is RefundState.UNKNOWN
    shop.call(shop.refunds.resume)  # a second call starts no second poller
    shop.pass_time(600)
    assert shop.now(left).state is RefundState.REFUNDED
    assert len(shop.gateway.refunded) == 1


def test_a_question_waits_for_the_answer_that_is_under_way(shop: RefundShop) -> None:
    script(shop, DONE)
    made = shop.paid()
    shop.gateway.takes_seconds = 5
    number = shop.call(shop.refunds.new_number)

    async def both() -> Refund:
        giving = asyncio.ensure_future(shop.refunds.give(made.order_no, twd(125), "r", REFUND, refund_no=number))
        await asyncio.sleep(1)
        asked = await shop.refunds.check_now(number)
        await giving
        return asked

    assert shop.run(both()).state is RefundState.REFUNDED
    assert shop.gateway.asked_refunds == []


# -- a payment in review ------------------------------------------------------------------------------------------


def review(shop: RefundShop) -> str:
    from pos.domain.payment import Sale, Tender

    shop.scripted.charges.append(Answer(Verdict.DIFFERS, "290", amount=twd(100)))
    made = shop.run(shop.payments.take(SIGNED_OUT, Sale(twd(125)), Tender.MYPAY, payment_id="r"))
    assert made.state is State.REVIEW
    return made.order_no


def test_a_manager_accepts_what_came_and_it_may_go_back(shop: RefundShop) -> None:
    order_no = review(shop)
    with pytest.raises(NotAllowed):
        shop.settling.accept(order_no, "r", REFUND)
    with pytest.raises(InputError):
        shop.settling.accept(order_no, "", SETTLE)
    taken = shop.settling.accept(order_no, "seen", SETTLE)
    assert (taken.state, taken.paid) == (State.CAPTURED, twd(100))
    with pytest.raises(NotAllowed, match="in review"):
        shop.settling.accept(order_no, "again", SETTLE)
    shop.gateway.refunds[0] = RefundAnswer(RefundVerdict.DONE)
    with pytest.raises(InputError):
        shop.give(taken, 125)
    assert shop.give(taken, 100).state is RefundState.REFUNDED


def test_a_manager_says_that_no_money_came(shop: RefundShop) -> None:
    order_no = review(shop)
    assert shop.settling.close(order_no, "looked it up", SETTLE).state is State.VOIDED
    assert shop.ledger.of_order(order_no) == []


class Full(sqlite3.Connection):
    """A disk that may be full."""

    full = False

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        if sql == "BEGIN IMMEDIATE" and Full.full:
            raise sqlite3.OperationalError("disk full")
        return super().execute(sql, *values)


def test_an_answer_that_cannot_be_written_is_asked_for_until_it_can(day: VirtualDay) -> None:
    shop = RefundShop(day, connection=Full)
    made = shop.paid()
    script(shop, DONE, DONE)
    shop.gateway.takes_seconds = 2

    async def gives() -> Refund:
        giving = asyncio.ensure_future(shop.refunds.give(made.order_no, twd(125), "r", REFUND))
        await asyncio.sleep(1)
        Full.full = True
        return await giving

    try:
        sent = shop.run(gives())
        assert sent.state is RefundState.SENT
        shop.pass_time(30)
        assert shop.now(sent).state is RefundState.SENT
    finally:
        Full.full = False
    shop.pass_time(30)
    assert shop.now(sent).state is RefundState.REFUNDED
    assert len(shop.gateway.refunded) == 1
    shop.stop()
