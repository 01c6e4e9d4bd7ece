"""Reconciliation: four results, nothing corrected silently, resumed after a stop."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

import pytest

from pos.domain.events import DifferenceChanged, ReconciliationProgressed
from pos.domain.money import Money
from pos.domain.payment import Attempt
from pos.domain.reconcile import Check, Match
from pos.domain.refund import Refund, RefundEvent, Way
from pos.domain.staff import Action
from pos.domain.states import State
from pos.errors import InputError, NoAnswer, NotAllowed, NotFound, NotSent
from pos.gateways.base import Answer, Facts, Listed, RefundAnswer, RefundVerdict, Verdict
from pos.store import journal
from pos.store.reconciliation import CheckStore
from pos.store.refunds import RefundStore
from tests.services.conftest import MakeRegister, Register
from tests.support.access import SIGNED_OUT, permit
from tests.support.gateways import Scripted
from tests.support.virtual import VirtualDay

MAY = permit(Action.RECONCILE, "m")
TAIPEI = ZoneInfo("Asia/Taipei")
TODAY = date(2026, 11, 20)
PAID = Answer(Verdict.PAID, "250", amount=Money(125, "TWD"))
WAITING = Answer(Verdict.ACCEPTED, "260", pay_url="https://scripted.example/q")


class Lister(Scripted):
    """A scripted gateway that can list a day."""

    FACTS: ClassVar[Facts] = replace(Scripted.FACTS, lists_days=True)
    rows: Sequence[Listed] | Exception = ()
    pauses = False  # before it returns its list
    told: RefundAnswer = RefundAnswer(RefundVerdict.UNSURE)

    async def list_day(self, day: date) -> Sequence[Listed]:
        if self.pauses:
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        if isinstance(self.rows, Exception):
            raise self.rows
        return self.rows

    async def query_refund(self, attempt: Attempt, refund: Refund) -> RefundAnswer:
        return self.told


class ReconcileShop:
    """A register, its gateway, and the reconciliation of its day."""

    def __init__(self, make: MakeRegister, day: VirtualDay) -> None:
        self.gateway = Lister(day.clock)
        self.gateway.charges.append(WAITING)
        self.gateway.queries.append(PAID)
        self.register: Register = make(self.gateway)
        clock = day.clock
        self.refunds = RefundStore(self.register.database, "R1", clock, TAIPEI)
        self.checks = CheckStore(self.register.database, "R1", clock)
        self.service = self.register.parts.reconcile(self.refunds, self.checks, TAIPEI)

    def sold(self, payment: str = "p1") -> Attempt:
        attempt = self.register.take(payment_id=payment)
        return self.register.run(self.register.parts.status_query.check_now(attempt.order_no))

    def refund(self, attempt: Attempt, *events: RefundEvent) -> Refund:
        refund = Refund(
            f"R{attempt.order_no[1:]}", attempt.order_no, "scripted", Way.GATEWAY, Money(25, "TWD"), "broken", "R1",
            self.register.clock.now(),
        )  # fmt: skip
        return self.refunds.create(refund, *events)

    def run(self, *, recheck: bool = False) -> dict[str, Check]:
        found = self.register.run(self.service.run(TODAY, MAY, recheck=recheck))
        return {one.number: one for one in found}


@pytest.fixture
def shop(make_register: MakeRegister, day: VirtualDay) -> ReconcileShop:
    return ReconcileShop(make_register, day)


def row(attempt: Attempt, amount: int = 125, *, paid: bool = True) -> Listed:
    return Listed(attempt.order_no, Money(amount, "TWD"), is_refund=False, paid=paid)


def test_payments_in_the_gateways_list_are_not_queried(shop: ReconcileShop) -> None:
    sold = shop.sold()
    asked = len(shop.gateway.asked)
    shop.gateway.rows = [row(sold)]
    assert shop.run()[sold.order_no].match is Match.AGREE
    assert len(shop.gateway.asked) == asked


def test_another_sum_differs_and_waits_for_a_manager(shop: ReconcileShop) -> None:
    sold = shop.sold()
    shop.gateway.rows = [row(sold, 100)]
    found = shop.run()[sold.order_no]
    assert (found.match, found.in_review) == (Match.DIFFER, True)
    assert "NT$100" in str(found.message)
    assert shop.register.now(sold.order_no).state is State.CAPTURED, "nothing is corrected silently"
    assert [one.number for one in shop.service.in_review()] == [sold.order_no]
    word = permit(Action.SETTLE, "c", "m")
    settled = shop.service.settle(TODAY, sold.order_no, "they owe us 25", word)
    assert (settled.reason, settled.settled_by, settled.in_review) == ("they owe us 25", "m", False)
    assert list(shop.service.in_review()) == []
    with pytest.raises(NotAllowed):
        shop.service.settle(TODAY, sold.order_no, "again", word)
    assert shop.run()[sold.order_no].reason == "they owe us 25", "a settled difference is not opened again"


def test_money_only_the_gateway_knows_is_named(shop: ReconcileShop) -> None:
    shop.gateway.rows = [
        Listed("FOREIGN1", Money(40, "TWD"), is_refund=False, paid=True),
        Listed("FOREIGN2", Money(40, "TWD"), is_refund=False, paid=False),
    ]
    found = shop.run()
    assert {number: one.match for number, one in found.items()} == {"FOREIGN1": Match.ONLY_THERE}
    assert found["FOREIGN1"].theirs == "NT$40"


@pytest.mark.parametrize(
    ("answer", "match"),
    [
        (PAID, Match.AGREE),
        (Answer(Verdict.PAID, "250", amount=Money(1, "TWD")), Match.DIFFER),
        (Answer(Verdict.PAID, "250"), Match.UNCLEAR),
        (Answer(Verdict.MISSING), Match.ONLY_HERE),
        (Answer(Verdict.ACCEPTED, "260", amount=Money(125, "TWD")), Match.DIFFER),
        (Answer(Verdict.REFUSED, "300"), Match.DIFFER),
        (Answer(Verdict.DIFFERS, "230", amount=Money(125, "TWD")), Match.DIFFER),
        (Answer(Verdict.UNSURE, "999"), Match.UNCLEAR),
        (NoAnswer("nothing"), Match.UNCLEAR),
    ],
)
def test_a_captured_payment_is_asked_about_where_no_list_names_it(
    shop: ReconcileShop, answer: Answer | NoAnswer, match: Match
) -> None:
    sold = shop.sold()
    shop.gateway.queries.clear()
    shop.gateway.queries.append(answer)
    assert shop.run()[sold.order_no].match is match


def test_a_list_that_cannot_be_had_only_makes_it_slower(shop: ReconcileShop) -> None:
    sold = shop.sold()
    shop.gateway.rows = NoAnswer("no list today")
    found = shop.run()
    assert found[sold.order_no].match is Match.AGREE
    assert found["SCRIPTED LIST"].match is Match.UNCLEAR, "what only the gateway knows is not known"
    shop.gateway.rows = [row(sold)]
    assert {one.match for one in shop.run().values()} == {Match.AGREE}


def test_a_payment_that_was_refunded_since_agrees(shop: ReconcileShop) -> None:
    sold = shop.sold()
    shop.refund(sold, RefundEvent.SEND, RefundEvent.DONE)
    shop.gateway.queries.clear()
    shop.gateway.queries.append(Answer(Verdict.DIFFERS, "230", amount=Money(125, "TWD")))
    assert shop.run()[sold.order_no].match is Match.AGREE


@pytest.mark.parametrize(
    ("way", "answer", "match"),
    [
        (Way.GATEWAY, Answer(Verdict.UNSURE, "999"), Match.UNCLEAR),
        (Way.GATEWAY, Answer(Verdict.PAID, "250"), Match.UNCLEAR),
        (Way.CASH, Answer(Verdict.DIFFERS, "230", amount=Money(125, "TWD")), Match.DIFFER),
    ],
)
def test_a_refund_explains_no_doubt_and_cash_out_of_the_drawer_no_refund_at_the_gateway(
    shop: ReconcileShop, way: Way, answer: Answer, match: Match
) -> None:
    sold = shop.sold()
    made = Refund("R1", sold.order_no, "scripted", way, Money(25, "TWD"), "broken", "R1", shop.register.clock.now())
    shop.refunds.create(made, *((RefundEvent.DONE,) if way is Way.CASH else (RefundEvent.SEND, RefundEvent.DONE)))
    shop.gateway.queries.clear()
    shop.gateway.queries.append(answer)
    assert shop.run()[sold.order_no].match is match


def test_what_moved_after_it_agreed_is_asked_about_again(shop: ReconcileShop) -> None:
    shop.gateway.queries.clear()
    shop.gateway.queries.append(Answer(Verdict.REFUSED, "300"))
    attempt = shop.sold()
    assert shop.run()[attempt.order_no].match is Match.AGREE
    shop.gateway.queries.clear()
    shop.gateway.queries.append(PAID)
    shop.register.run(shop.register.parts.status_query.check_now(attempt.order_no))
    assert shop.register.now(attempt.order_no).state is State.REVIEW
    found = shop.run()[attempt.order_no]
    assert (found.match, found.ours) == (Match.DIFFER, "review NT$125"), "late money after the noon's reconciliation"


def test_a_recheck_keeps_a_managers_decision(shop: ReconcileShop) -> None:
    sold = shop.sold()
    shop.gateway.rows = [row(sold, 100)]
    shop.run()
    shop.service.settle(TODAY, sold.order_no, "they owe us 25", permit(Action.SETTLE, "m"))
    assert shop.run(recheck=True)[sold.order_no].reason == "they owe us 25"
    shop.gateway.rows = [row(sold, 90)]
    assert shop.run(recheck=True)[sold.order_no].in_review, "another difference needs another word"


@pytest.mark.parametrize("answer", [Answer(Verdict.UNSURE, "999"), Answer(Verdict.PAID, "250")])
def test_an_end_without_money_does_not_agree_with_an_answer_in_doubt(shop: ReconcileShop, answer: Answer) -> None:
    shop.gateway.queries.clear()
    shop.gateway.queries.append(Answer(Verdict.REFUSED, "300"))
    attempt = shop.sold()
    assert attempt.state is State.DECLINED
    shop.gateway.queries.clear()
    shop.gateway.queries.append(answer)
    found = shop.run()[attempt.order_no]
    assert found.match is Match.UNCLEAR
    assert str(found.message)


def test_what_the_gateway_refused_at_once_agrees_though_it_has_no_number_to_ask_by(shop: ReconcileShop) -> None:
    shop.gateway.charges.clear()
    shop.gateway.charges.append(Answer(Verdict.REFUSED, "100"))
    attempt = shop.register.take()
    assert attempt.state is State.DECLINED
    shop.gateway.queries.clear()
    shop.gateway.queries.append(Answer(Verdict.UNSURE))
    found = shop.run()[attempt.order_no]
    assert (found.match, "made no order" in found.message.spoken()) == (Match.AGREE, True)
    shop.gateway.queries.append(PAID)
    shop.gateway.queries.popleft()
    assert shop.run(recheck=True)[attempt.order_no].match is Match.DIFFER, "late money is late money"


def test_what_was_not_sent_is_not_asked_about(shop: ReconcileShop) -> None:
    shop.gateway.charges.clear()
    shop.gateway.charges.append(NotSent("no route"))
    assert shop.register.take().state is State.CREATED
    shop.gateway.charges.clear()
    shop.gateway.charges.append(WAITING)
    sold = shop.sold("p2")
    back = shop.refund(sold, RefundEvent.SEND, RefundEvent.NOT_SENT)
    assert back.refund_no not in (found := shop.run())
    assert list(found) == [sold.order_no]


def test_differing_money_that_a_manager_accepted_agrees(shop: ReconcileShop) -> None:
    shop.gateway.queries.clear()
    less = Answer(Verdict.DIFFERS, "290", amount=Money(100, "TWD"))
    shop.gateway.queries.append(less)
    attempt = shop.sold()
    assert attempt.state is State.REVIEW
    from pos.domain.states import Event

    shop.register.store.settle(attempt, Event.PAID, permit(Action.SETTLE).by, "accepted")
    assert shop.run()[attempt.order_no].match is Match.AGREE


@pytest.mark.parametrize(
    ("events", "told", "match"),
    [
        ((RefundEvent.SEND, RefundEvent.DONE), RefundAnswer(RefundVerdict.DONE, amount=Money(25, "TWD")), Match.AGREE),
        ((RefundEvent.SEND, RefundEvent.DONE), RefundAnswer(RefundVerdict.DONE, amount=Money(2, "TWD")), Match.DIFFER),
        ((RefundEvent.SEND, RefundEvent.DONE), RefundAnswer(RefundVerdict.MISSING), Match.ONLY_HERE),
        ((RefundEvent.SEND, RefundEvent.DONE), RefundAnswer(RefundVerdict.REFUSED), Match.DIFFER),
        ((RefundEvent.SEND, RefundEvent.DONE), RefundAnswer(RefundVerdict.UNSURE), Match.UNCLEAR),
        ((RefundEvent.SEND, RefundEvent.REFUSED), RefundAnswer(RefundVerdict.DONE), Match.DIFFER),
        ((RefundEvent.SEND, RefundEvent.REFUSED), RefundAnswer(RefundVerdict.MISSING), Match.AGREE),
        ((RefundEvent.SEND, RefundEvent.REFUSED), RefundAnswer(RefundVerdict.ACCEPTED), Match.DIFFER),
        ((RefundEvent.SEND, RefundEvent.REFUSED), RefundAnswer(RefundVerdict.REJECTED), Match.UNCLEAR),
        ((RefundEvent.SEND, RefundEvent.ACCEPTED), RefundAnswer(RefundVerdict.ACCEPTED), Match.UNCLEAR),
    ],
)
def test_a_refund_is_compared_by_its_own_number(
    shop: ReconcileShop, events: tuple[RefundEvent, ...], told: RefundAnswer, match: Match
) -> None:
    refund = shop.refund(shop.sold(), *events)
    shop.gateway.told = told
    assert shop.run()[refund.refund_no].match is match


def test_a_refund_in_the_list_is_not_asked_about(shop: ReconcileShop) -> None:
    sold = shop.sold()
    refund = shop.refund(sold, RefundEvent.SEND, RefundEvent.DONE)
    shop.gateway.rows = [row(sold), Listed(refund.refund_no, refund.amount, is_refund=True, paid=True)]
    assert {one.match for one in shop.run().values()} == {Match.AGREE}


def test_late_money_goes_to_review_and_is_among_the_differences(shop: ReconcileShop) -> None:
    shop.gateway.queries.clear()
    shop.gateway.queries.append(Answer(Verdict.REFUSED, "300"))
    attempt = shop.sold()
    assert attempt.state is State.DECLINED
    shop.gateway.queries.append(PAID)
    shop.gateway.queries.popleft()
    assert shop.run()[attempt.order_no].match is Match.DIFFER
    assert shop.register.now(attempt.order_no).state is State.REVIEW


@pytest.mark.parametrize(
    ("answer", "match"),
    [(WAITING, Match.UNCLEAR), (NoAnswer("?"), Match.UNCLEAR), (Answer(Verdict.REFUSED, "300"), Match.AGREE)],
)
def test_what_is_still_open_is_asked_about_as_always(
    shop: ReconcileShop, answer: Answer | NoAnswer, match: Match
) -> None:
    attempt = shop.register.take()
    shop.gateway.queries.clear()
    shop.gateway.queries.append(answer)
    assert shop.run()[attempt.order_no].match is match


def test_a_run_that_was_stopped_goes_on_where_it_stopped(shop: ReconcileShop) -> None:
    numbers = [shop.sold(f"p{count}").order_no for count in range(4)]
    shop.register.bus.listen(
        lambda fact: (
            shop.service.stop() if isinstance(fact, ReconciliationProgressed) and fact.progress.done == 2 else None
        )
    )
    assert len(shop.run()) == 2
    asked = len(shop.gateway.asked)
    assert set(shop.run()) == set(numbers)
    assert len(shop.gateway.asked) == asked + 2
    shop.run(recheck=True)
    assert len(shop.gateway.asked) > asked + 2
    kinds = [entry.kind for entry in journal.entries(shop.register.database)]
    assert "reconciled" in kinds
    ended = shop.register.facts[-1]
    assert isinstance(ended, ReconciliationProgressed)
    assert ended.progress.over


def test_cash_and_unsent_payments_are_not_compared(shop: ReconcileShop) -> None:
    shop.register.take()
    shop.register.call(shop.register.payments.cancel, SIGNED_OUT, shop.register.store.waiting()[0].order_no)
    from pos.domain.payment import Sale, Tender

    sale = Sale(Money(50, "TWD"))
    shop.register.run(shop.register.payments.take(SIGNED_OUT, sale, Tender.CASH, payment_id="cash"))
    assert all(one.gateway == "scripted" for one in shop.run().values())


def test_a_gateway_that_is_gone_is_said_so(shop: ReconcileShop) -> None:
    sold = shop.sold()
    refund = shop.refund(sold, RefundEvent.SEND, RefundEvent.DONE)
    shop.register.by_name.clear()
    shop.register.restarted()
    service = shop.register.parts.reconcile(shop.refunds, shop.checks, TAIPEI)
    found = {one.number: one for one in shop.register.run(service.run(TODAY, MAY))}
    assert found[sold.order_no].match is found[refund.refund_no].match is Match.UNCLEAR
    assert "no longer set up" in str(found[sold.order_no].message)


def test_two_runs_at_once_tomorrow_and_a_wrong_permission_are_refused(shop: ReconcileShop) -> None:
    with pytest.raises(NotAllowed):
        shop.register.run(shop.service.run(TODAY, permit(Action.SELL)))
    with pytest.raises(NotAllowed, match="not come yet"):
        shop.register.run(shop.service.run(TODAY + timedelta(days=1), MAY))
    shop.sold()

    async def both() -> None:
        import asyncio

        first = asyncio.ensure_future(shop.service.run(TODAY, MAY))
        await asyncio.sleep(0)
        with pytest.raises(NotAllowed, match="already running"):
            await shop.service.run(TODAY, MAY)
        await first

    shop.register.run(both())


def test_only_what_was_compared_can_be_settled_and_only_with_a_reason(shop: ReconcileShop) -> None:
    word = permit(Action.SETTLE, "m")
    with pytest.raises(NotFound):
        shop.service.settle(TODAY, "NOPE", "x", word)
    with pytest.raises(NotAllowed):
        shop.service.settle(TODAY, "NOPE", "x", MAY)
    sold = shop.sold()
    shop.gateway.rows = [row(sold, 1)]
    shop.run()
    with pytest.raises(InputError):
        shop.service.settle(TODAY, sold.order_no, "  ", word)
    assert shop.service.settle(TODAY, sold.order_no, "checked", word).settled_by == "m"


def test_a_day_is_the_shops_own(shop: ReconcileShop) -> None:
    """09:00 in Taipei is the morning of the same day in UTC; the evening before belongs to the day before."""
    shop.sold()
    assert len(shop.run()) == 1
    yesterday = shop.register.run(shop.service.run(TODAY - timedelta(days=1), MAY))
    assert list(yesterday) == list(shop.service.found(TODAY - timedelta(days=1), MAY)) == []
    with pytest.raises(NotAllowed):
        shop.service.found(TODAY, permit(Action.SELL))


def test_nothing_goes_back_of_a_payment_while_its_difference_waits(shop: ReconcileShop) -> None:
    sold = shop.sold()
    shop.gateway.rows = [row(sold, 100)]
    shop.run()
    (told,) = shop.service.in_review()
    assert (told.order_no, told.ours, told.theirs, str(told.message)) == (sold.order_no, "", "", "")
    (whole,) = shop.service.in_review(MAY)
    assert (whole.order_no, whole.theirs) == (sold.order_no, "NT$100")
    with pytest.raises(NotAllowed):
        shop.service.in_review(permit(Action.SELL))
    with pytest.raises(NotAllowed, match="Settle the difference under Reconcile first"):
        shop.refund(sold, RefundEvent.DONE)
    shop.service.settle(TODAY, sold.order_no, "their list was wrong", permit(Action.SETTLE, "m"))
    assert shop.refund(sold, RefundEvent.DONE).amount == Money(25, "TWD")


def test_a_refund_that_differs_holds_up_the_next_one_of_its_payment(shop: ReconcileShop) -> None:
    sold = shop.sold()
    refund = shop.refund(sold, RefundEvent.SEND, RefundEvent.DONE)
    shop.gateway.rows = [row(sold)]
    shop.gateway.told = RefundAnswer(RefundVerdict.MISSING)
    shop.run()
    (check,) = shop.service.in_review()
    assert (check.number, check.order_no, check.match) == (refund.refund_no, sold.order_no, Match.ONLY_HERE)
    with pytest.raises(NotAllowed, match="Settle the difference"):
        shop.refunds.create(replace(refund, refund_no="R2"), RefundEvent.SEND)


def test_a_difference_and_its_decision_are_in_the_payments_history(shop: ReconcileShop) -> None:
    sold = shop.sold()
    shop.gateway.rows = [row(sold, 100)]
    shop.run()
    shop.service.settle(TODAY, sold.order_no, "their list was wrong", permit(Action.SETTLE, "m"))
    found, word = shop.register.store.history(sold.order_no)[-2:]
    assert (found.kind, word.kind) == ("check_differ", "check_settled")
    assert ("NT$100" in found.message.spoken(), "their list was wrong" in word.message.spoken()) == (True, True)
    assert found.state is word.state is State.CAPTURED
    told = [fact.check.in_review for fact in shop.register.facts if isinstance(fact, DifferenceChanged)]
    assert told == [True, False]


def test_a_difference_that_goes_away_is_written_down_too(shop: ReconcileShop) -> None:
    sold = shop.sold()
    shop.gateway.rows = [row(sold, 100)]
    shop.run()
    shop.gateway.rows = [row(sold)]
    assert shop.run()[sold.order_no].match is Match.AGREE
    assert list(shop.service.in_review()) == []
    assert [one.kind for one in shop.register.store.history(sold.order_no)][-2:] == ["check_differ", "check_agree"]


def test_a_payment_in_review_is_settled_there_and_the_difference_with_it(shop: ReconcileShop) -> None:
    attempt = shop.register.take()
    shop.register.call(shop.register.payments.cancel, SIGNED_OUT, attempt.order_no)
    shop.gateway.queries.clear()
    shop.gateway.queries.append(PAID)
    shop.run()
    assert shop.register.now(attempt.order_no).state is State.REVIEW
    word = permit(Action.SETTLE, "m")
    with pytest.raises(NotAllowed, match="itself is in review"):
        shop.service.settle(TODAY, attempt.order_no, "it came", word)
    settling = shop.register.parts.reviews(shop.checks)
    shop.register.call(settling.accept, attempt.order_no, "it came", word)
    assert list(shop.service.in_review()) == []
    assert shop.checks.get(TODAY, attempt.order_no).reason == "it came"
    assert shop.refund(shop.register.now(attempt.order_no), RefundEvent.DONE)


def test_money_of_a_payment_that_was_given_up_on_another_day_is_found_in_the_list(shop: ReconcileShop) -> None:
    shop.gateway.queries = deque([Answer(Verdict.REFUSED, "300")])
    attempt = shop.sold()
    shop.register.pass_time(86_400)
    shop.gateway.queries = deque([PAID])
    shop.gateway.rows = [row(attempt)]
    (found,) = shop.register.run(shop.service.run(TODAY + timedelta(days=1), MAY))
    assert (found.number, found.match) == (attempt.order_no, Match.DIFFER)
    assert shop.register.now(attempt.order_no).state is State.REVIEW


def test_late_money_that_went_back_is_not_late_again_with_every_run(shop: ReconcileShop) -> None:
    shop.gateway.queries = deque([Answer(Verdict.REFUSED, "300")])
    attempt = shop.sold()
    shop.gateway.queries = deque([PAID])
    shop.run()
    settling = shop.register.parts.reviews(shop.checks)
    shop.register.call(settling.close, attempt.order_no, "given back there", permit(Action.SETTLE, "m"))
    assert shop.run()[attempt.order_no].reason == "given back there"
    assert shop.register.now(attempt.order_no).state is State.VOIDED
    again = shop.run(recheck=True)[attempt.order_no]
    assert (again.in_review, shop.register.now(attempt.order_no).state) == (True, State.REVIEW), "asked for anew"


def test_a_refund_that_waited_for_midnight_is_compared_on_the_day_it_was_carried_out(shop: ReconcileShop) -> None:
    sold = shop.sold()
    refund = shop.refund(sold, RefundEvent.SEND, RefundEvent.ACCEPTED)
    assert shop.run()[refund.refund_no].match is Match.UNCLEAR
    shop.register.pass_time(86_400)
    shop.refunds.step(refund, RefundEvent.DONE)
    shop.gateway.told = RefundAnswer(RefundVerdict.DONE, amount=refund.amount)
    found = shop.register.run(shop.service.run(TODAY + timedelta(days=1), MAY))
    assert [(one.number, one.match) for one in found] == [(refund.refund_no, Match.AGREE)]


def test_a_decision_during_a_run_is_not_overwritten(shop: ReconcileShop) -> None:
    sold = shop.sold()
    shop.gateway.rows = [row(sold, 100)]
    shop.run()

    async def settled_in_between() -> Sequence[Check]:
        run = asyncio.ensure_future(shop.service.run(TODAY, MAY))
        await asyncio.sleep(0)  # it has read what there is to do
        shop.service.settle(TODAY, sold.order_no, "they owe us 25", permit(Action.SETTLE, "m"))
        return await run

    shop.gateway.pauses = True
    (found,) = shop.register.run(settled_in_between())
    assert (found.match, found.reason, found.settled_by) == (Match.DIFFER, "they owe us 25", "m")


def test_no_difference_goes_away_because_the_gateway_does_not_answer(shop: ReconcileShop) -> None:
    sold = shop.sold()
    shop.gateway.queries = deque([Answer(Verdict.MISSING)])
    assert shop.run()[sold.order_no].match is Match.ONLY_HERE
    shop.gateway.queries = deque([NoAnswer("nothing")])
    silent = shop.run()[sold.order_no]
    assert (silent.match, silent.in_review) == (Match.ONLY_HERE, True)
    with pytest.raises(NotAllowed, match="Settle the difference"):
        shop.refund(sold, RefundEvent.SEND)


def test_a_managers_decision_outlasts_a_gateway_that_does_not_answer(shop: ReconcileShop) -> None:
    sold = shop.sold()
    shop.gateway.queries = deque([Answer(Verdict.MISSING)])
    shop.run()
    shop.service.settle(TODAY, sold.order_no, "they lost it", permit(Action.SETTLE, "m"))
    for answer in (NoAnswer("nothing"), Answer(Verdict.MISSING)):
        shop.gateway.queries = deque([answer])
        assert shop.run(recheck=True)[sold.order_no].reason == "they lost it"


def test_what_was_not_sent_is_not_sent_again_while_a_difference_waits(shop: ReconcileShop) -> None:
    sold = shop.sold()
    unsent = shop.refund(sold, RefundEvent.SEND, RefundEvent.NOT_SENT)
    shop.gateway.rows = [row(sold, 100)]
    shop.run()
    with pytest.raises(NotAllowed, match="Settle the difference"):
        shop.refunds.step(unsent, RefundEvent.SEND)
    shop.service.settle(TODAY, sold.order_no, "they owe us 25", permit(Action.SETTLE, "m"))
    assert shop.refunds.step(unsent, RefundEvent.SEND)
