"""MyPay's refunds: a second copy of the document, and against the simulator."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from pos.domain.discount import Discount
from pos.domain.invoice import Kind, Remedy, invoice_request
from pos.domain.money import Money
from pos.domain.payment import Attempt, Line, SaleTerms, Tender
from pos.domain.refund import Refund
from pos.domain.tax import TaxKind
from pos.errors import BadReply, InputError, NoAnswer
from pos.gateways.base import CLAIMED, RIVALS, RefundAnswer, RefundVerdict
from pos.gateways.mypay.refunds import next_midnight
from pos.services.refund_options import fitted, items_left
from pos.simulator.crypto import mypay_open
from pos.simulator.orders import OrderStatus
from tests.gateways.conftest import answer, client, form, run
from tests.gateways.fixtures import mypay, paid_order, sent_refund
from tests.gateways.test_mypay_services import DAY, LINES, Bench
from tests.gateways.test_refunds import refund_answer
from tests.support.shop import NOON, attempt, refund
from tests.support.virtual import VirtualDay

DONE, ACCEPTED, REFUSED = RefundVerdict.DONE, RefundVerdict.ACCEPTED, RefundVerdict.REFUSED
REJECTED, UNSURE, WITHDRAWN = RefundVerdict.REJECTED, RefundVerdict.UNSURE, RefundVerdict.WITHDRAWN
QUEUED = {"key": "af4e678325dd49f8036949c38ab04105", "uid": "81127", "code": "B200", "msg": "執行成功"}
MIDNIGHT = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)


# -- answers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "verdict"),
    [("B200", ACCEPTED), ("B500", REFUSED), ("100", REJECTED), ("400", UNSURE), ("200", UNSURE), ("7777", UNSURE)],
)
def test_mypay_answers_to_a_refund(code: str, verdict: RefundVerdict) -> None:
    found = refund_answer("mypay", "refund", answer({**QUEUED, "code": code}))
    assert (found.verdict, found.code) == (verdict, code)
    assert (found.due is not None) == (verdict is ACCEPTED)
    done = refund_answer("mypay", "refund", answer(mypay.refunded({"code": code})))
    assert done.verdict is (DONE if code == "B200" else verdict)


@pytest.mark.parametrize(
    ("code", "verdict"),
    [("B200", WITHDRAWN), ("B500", REFUSED), ("100", REJECTED), ("400", UNSURE), ("7777", UNSURE)],
)
def test_mypay_answers_to_a_withdrawal(code: str, verdict: RefundVerdict) -> None:
    found = refund_answer("mypay", "withdraw_refund", answer({**QUEUED, "code": code, "row_data": None}))
    assert (found.verdict, found.code) == (verdict, code)


def test_mypay_the_withdrawal_of_another_amount_is_unsure() -> None:
    other = {**QUEUED, "row_data": {"cost": "49"}}
    assert refund_answer("mypay", "withdraw_refund", answer(other)).verdict is UNSURE
    same = {**QUEUED, "row_data": {"cost": "50"}}
    assert refund_answer("mypay", "withdraw_refund", answer(same)).verdict is WITHDRAWN


@pytest.mark.parametrize("empty", [None, {}, [], ""])
def test_mypay_a_refund_without_its_object_waits_for_midnight(empty: object) -> None:
    found = refund_answer("mypay", "refund", answer({**QUEUED, "row_data": empty}))
    assert (found.verdict, found.due) == (ACCEPTED, MIDNIGHT)
    assert "midnight" in str(found.message)


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (datetime(2026, 11, 20, 15, 59, 59, tzinfo=UTC), MIDNIGHT),
        (datetime(2026, 11, 20, 16, 0, tzinfo=UTC), MIDNIGHT + timedelta(days=1)),
        (datetime(2026, 12, 31, 15, 0, tzinfo=UTC), datetime(2026, 12, 31, 16, 0, tzinfo=UTC)),
    ],
)
def test_mypay_midnight_is_the_next_one_of_taipei(now: datetime, due: datetime) -> None:
    assert next_midnight(now) == due


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [({}, DONE), ({"actual_cost": "50.00"}, DONE), ({"actual_cost": 49}, UNSURE), ({"cost": 49}, UNSURE),
     ({"actual_currency": "CNY"}, UNSURE), ({"prc": "300"}, UNSURE), ({"prc": "250"}, UNSURE)],
)  # fmt: skip
def test_mypay_the_object_of_an_immediate_refund_must_be_ours(facts: dict[str, Any], verdict: RefundVerdict) -> None:
    found = refund_answer("mypay", "refund", answer(mypay.refunded(**facts)))
    assert (found.verdict, found.gateway_ref) == (verdict, "88834")


def test_mypay_a_refund_by_hand_keeps_its_day() -> None:
    reply = mypay.refunded(refund_type=3, expected_refund_date="20261125")
    assert dict(refund_answer("mypay", "refund", answer(reply)).details) == {
        "refund_type": "3",
        "expected_refund_date": "20261125",
    }


@pytest.mark.parametrize(("name", "value"), [("row_data", "x"), ("row_data", ["x"]), ("code", [])])
def test_mypay_objects_of_another_type_are_no_answer(name: str, value: object) -> None:
    with pytest.raises(BadReply):
        refund_answer("mypay", "refund", answer({**QUEUED, name: value}))


def test_mypay_a_refund_of_unknown_result_is_never_sent_twice() -> None:
    keys: list[str] = []  # of the commands that may change anything
    code = "400"

    def look(request: httpx.Request) -> httpx.Response:
        for key in ("K" * 32, "N" * 32):
            try:
                service = mypay_open(form(request)["service"], key)
            except Exception:
                continue
            if "queryorder" not in service:
                keys.append(key[0])
        return httpx.Response(200, json={"code": code, "msg": "x"})

    made = client("mypay", look, secrets={"store_key": "K" * 32, "store_key_next": "N" * 32})
    of = paid_order("mypay")
    assert run(made.refund(of, sent_refund(of))).verdict is UNSURE
    assert run(made.withdraw_refund(of, sent_refund(of))).verdict is UNSURE
    assert keys == ["K", "K"]
    code = "100"
    assert run(made.refund(of, sent_refund(of))).verdict is REJECTED
    assert keys == ["K", "K", "K", "N"]


# -- the fields ---------------------------------------------------------------------------------------------------


def sent(of: Attempt, given: Refund) -> dict[str, Any]:
    """Return the decrypted fields of the request."""
    seen: list[httpx.Request] = []

    def look(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(500)

    with pytest.raises(NoAnswer):
        run(client("mypay", look).refund(of, given))
    key = "KYTjd9ACcjGaTK6V3zWmMkyrQS08Ndcx"
    assert json.loads(mypay_open(form(seen[0])["service"], key)) == {"service_name": "api", "cmd": "api/refund"}
    found: dict[str, Any] = json.loads(mypay_open(form(seen[0])["encry_data"], key))
    return found


def test_mypay_a_refund_without_an_invoice_names_no_items() -> None:
    of = paid_order("mypay", lines=LINES)
    assert sent(of, sent_refund(of)) == {
        "store_uid": "289151880002", "uid": "81127", "key": "af4e678325dd49f8036949c38ab04105", "cost": 50,
    }  # fmt: skip


def test_mypay_a_refund_with_an_invoice_names_its_remedy_and_items() -> None:
    cheaper = (Line("米", Money(60, "TWD"), 2, Money(20, "TWD")), Line("豆", Money(25, "TWD"), 1))
    of = paid_order("mypay", lines=cheaper)
    items = sent(of, sent_refund(of, None, remedy=Remedy.VOID))["items"]
    assert [(one["cost"], one["amount"], one["total"]) for one in items] == [(100, 1, 100), (25, 1, 25)]
    of = paid_order("mypay", lines=LINES)
    part = sent(of, sent_refund(of, 25, remedy=Remedy.ALLOWANCE, lines=(LINES[1],)))
    assert (part["invoice_state"], part["items"]) == (
        6,
        [{"id": "1", "name": "蛋糕", "cost": 25, "amount": 1, "total": 25}],
    )
    whole = sent(of, sent_refund(of, None, remedy=Remedy.VOID))
    assert (whole["invoice_state"], [item["name"] for item in whole["items"]]) == (4, ["紅茶", "蛋糕"])
    plain = paid_order("mypay")
    bare = sent(plain, sent_refund(plain, 25, remedy=Remedy.ALLOWANCE))
    assert bare["items"] == [{"id": "1", "name": "測試商店", "cost": 25, "amount": 1, "total": 25}]


def test_mypay_items_that_do_not_sum_to_the_refund_are_not_sent() -> None:
    of = paid_order("mypay", lines=LINES)
    for given in (
        sent_refund(of, 30, remedy=Remedy.ALLOWANCE, lines=(LINES[1],)),
        sent_refund(of, 30, remedy=Remedy.VOID),
    ):
        with pytest.raises(InputError, match="must add up"):
            run(client("mypay", answer(QUEUED)).refund(of, given))


# -- refunds in an order ------------------------------------------------------------------------------------------

ROW = mypay.refund_row
ONE, TWO = ROW(), ROW(uid="88835", finishtime="20261120120100")


def asked(reply: dict[str, Any], minor: int | None = 50, **facts: Any) -> RefundAnswer:
    of = paid_order("mypay")
    given = refund(of, minor, **({"sent_at": NOON} | facts))
    found: RefundAnswer = run(client("mypay", answer(reply)).query_refund(of, given))
    return found


@pytest.mark.parametrize(
    ("rows", "details", "verdict", "ref"),
    [
        ([ONE], {}, UNSURE, ""),  # another refund of 50 is possible
        ([ONE], {RIVALS: "0"}, DONE, "88834"),
        ([ONE], {RIVALS: "1"}, UNSURE, ""),
        ([ONE, TWO], {RIVALS: "1"}, DONE, "88834"),
        ([ONE, TWO], {RIVALS: "0"}, UNSURE, ""),  # one of them is unknown
        ([ONE, TWO], {RIVALS: "0", CLAIMED: "88834"}, DONE, "88835"),
        ([ONE], {RIVALS: "0", CLAIMED: "88834 88835"}, UNSURE, ""),
        ([ROW(uid=81127)], {RIVALS: "0"}, DONE, ""),  # a row with the order's number
        ([ROW(uid=81127), TWO], {RIVALS: "0", CLAIMED: "88835"}, UNSURE, ""),
        ([ROW(finishtime="20261120115500")], {RIVALS: "0"}, UNSURE, ""),  # before the request
        ([ROW(finishtime="")], {RIVALS: "0"}, UNSURE, ""),
        ([ROW(prc="300")], {RIVALS: "0"}, UNSURE, ""),
        ([ROW(actual_cost="49")], {RIVALS: "0"}, UNSURE, ""),
        ([ROW(cost="125", actual_cost="50")], {RIVALS: "0"}, DONE, "88834"),
        ([ROW(actual_cost="")], {RIVALS: "0"}, DONE, "88834"),
        ([ROW(refund_uid="9")], {RIVALS: "0"}, DONE, "9"),
        ([ONE], {RIVALS: "many"}, UNSURE, ""),
        ([], {RIVALS: "0"}, UNSURE, ""),
    ],
)
def test_mypay_a_partial_refund_is_done_only_with_a_row_of_its_own(
    rows: list[dict[str, Any]], details: dict[str, str], verdict: RefundVerdict, ref: str
) -> None:
    found = asked(mypay.paid(refund_order=rows), details=details)
    assert (found.verdict, found.gateway_ref) == (verdict, ref)
    assert asked(mypay.paid(prc="230", refund_order=rows), details=details).verdict is verdict


def test_mypay_there_is_only_one_refund_of_more_than_half() -> None:
    most = ROW(cost="63", actual_cost="63")
    assert asked(mypay.with_refunds(most), 63).verdict is DONE
    half = ROW(cost="62", actual_cost="62")
    assert asked(mypay.with_refunds(half), 62).verdict is UNSURE


def test_mypay_a_known_number_identifies_the_refund() -> None:
    assert asked(mypay.with_refunds(ONE, TWO), gateway_ref="88835").verdict is DONE
    assert asked(mypay.with_refunds(ONE), gateway_ref="88835").verdict is UNSURE
    assert asked(mypay.with_refunds(ONE), 49, gateway_ref="88834").verdict is UNSURE


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        ({"prc": "230"}, DONE),
        ({"prc": "230", "refund_order": []}, DONE),
        ({"prc": "230", "refund_order": [ROW(cost="125", actual_cost="125")]}, DONE),
        ({"prc": "230", "refund_order": [ROW(), ROW(uid="2", cost="75", actual_cost="75")]}, DONE),
        ({"prc": "230", "refund_order": [ROW()]}, UNSURE),  # 230 after a partial refund
        ({"prc": "230", "refund_order": [ROW(prc="300")]}, UNSURE),
        ({"prc": "250", "refund_order": []}, UNSURE),
        ({"prc": "600"}, UNSURE),
        ({"prc": "250", "refund_order": [ROW(cost="125", actual_cost="125")]}, DONE),
        ({"prc": "230", "cost": 124}, UNSURE),
        ({"prc": "230", "currency": "CNY"}, UNSURE),
        ({"prc": ""}, UNSURE),
    ],
)
def test_mypay_a_whole_refund_shows_in_the_order(facts: dict[str, Any], verdict: RefundVerdict) -> None:
    assert asked(mypay.paid(**facts), None).verdict is verdict


def test_mypay_an_unknown_order_or_a_refusal_leaves_a_refund_unsure() -> None:
    echo = {"uid": "81127", "key": "af4e678325dd49f8036949c38ab04105"}
    assert asked(echo, None).verdict is UNSURE
    assert asked({"code": "400", "msg": "x"}, None).verdict is UNSURE
    for rows in ("x", ["x"], {"a": 1}):
        with pytest.raises(BadReply, match="refund_order"):
            asked(mypay.paid(refund_order=rows))


def test_mypay_a_clock_that_is_wrong_does_not_hide_a_refund() -> None:
    of = paid_order("mypay")
    made = client("mypay", answer(mypay.with_refunds(ONE)))
    made.wire.drift = 3600.0  # the register is an hour ahead
    given = sent_refund(of, sent_at=NOON + timedelta(hours=1))
    assert run(made.query_refund(of, given)).verdict is DONE


# -- against the simulator ----------------------------------------------------------------------------------------


@pytest.fixture
def bench() -> Iterator[Bench]:
    with VirtualDay() as day:
        yield Bench(day)


def give(bench: Bench, of: Attempt, minor: int | None = None, **facts: Any) -> tuple[Refund, RefundAnswer]:
    given = refund(of, minor, **({"sent_at": bench.day.clock.now()} | facts))
    return given, bench.run(bench.mypay.refund(of, given))


def ask(bench: Bench, of: Attempt, given: Refund) -> RefundAnswer:
    found: RefundAnswer = bench.run(bench.mypay.query_refund(of, given))
    return found


def lost(bench: Bench, of: Attempt, minor: int | None, fault: str = "lost_answer", **facts: Any) -> Refund:
    """Make a refund whose answer is lost."""
    bench.simulator.scenarios.plan(fault, "mypay", "refund")
    given = refund(of, minor, **({"sent_at": bench.day.clock.now()} | facts))
    with pytest.raises(NoAnswer):
        bench.run(bench.mypay.refund(of, given))
    return given


def test_a_card_refund_is_immediate_and_never_more_than_is_left(bench: Bench) -> None:
    of = bench.paid(pfn="CREDITCARD")
    _, part = give(bench, of, 100)
    assert (part.verdict, part.amount) == (DONE, Money(100, "TWD"))
    assert give(bench, of, 26)[1].verdict is REFUSED
    _, rest = give(bench, of, 25)
    assert (rest.verdict, rest.gateway_ref != part.gateway_ref) == (DONE, True)
    assert bench.query(of)["prc"] == "230"
    assert bench.of().status is OrderStatus.REFUNDED


def test_another_refund_waits_for_midnight_and_may_be_cancelled_until_then(bench: Bench) -> None:
    of = bench.paid(pfn="E_COLLECTION")
    given, queued = give(bench, of)
    assert (queued.verdict, queued.due) == (ACCEPTED, MIDNIGHT)
    assert ask(bench, of, given).verdict is UNSURE
    assert bench.run(bench.mypay.withdraw_refund(of, given)).verdict is WITHDRAWN
    bench.sleep(DAY)
    assert ask(bench, of, given).verdict is UNSURE
    assert bench.simulator.orders.refunded_total("TWD") == 0
    again, _ = give(bench, of)
    bench.sleep(DAY)
    assert ask(bench, of, again).verdict is DONE
    assert bench.simulator.orders.refunded_total("TWD") == 125
    late = bench.run(bench.mypay.withdraw_refund(of, again))
    assert (late.verdict, "申請中" in str(late.message)) == (REFUSED, True)


@pytest.mark.parametrize("fault", ["lost_answer", "empty", "not_json", "http_500", "truncated", "wrong_type"])
def test_a_refund_whose_answer_was_lost_is_found(bench: Bench, fault: str) -> None:
    of = bench.paid(pfn="CREDITCARD")
    given = lost(bench, of, 100, fault)
    found = ask(bench, of, given)
    assert (found.verdict, found.amount) == (DONE, Money(100, "TWD"))
    assert found.gateway_ref


def test_a_refund_that_was_not_received_stays_unknown(bench: Bench) -> None:
    of = bench.paid(pfn="CREDITCARD")
    given = lost(bench, of, 100, "drop_before")
    assert ask(bench, of, given).verdict is UNSURE
    assert bench.simulator.orders.refunds() == []


@pytest.mark.parametrize("fault", ["other_order", "other_amount", "other_currency", "bad_signature", "unlisted_code"])
@pytest.mark.parametrize("verb", ["refund", "query"])
def test_a_corrupted_answer_never_settles_a_refund(bench: Bench, fault: str, verb: str) -> None:
    of = bench.paid(pfn="CREDITCARD")
    given = lost(bench, of, 100) if verb == "query" else refund(of, 100)
    bench.simulator.scenarios.plan(fault, "mypay", verb)
    work = bench.mypay.refund(of, given) if verb == "refund" else bench.mypay.query_refund(of, given)
    try:
        verdict = bench.run(work).verdict
    except NoAnswer:
        return
    # In a query the unlisted code is the order's status; the row of the refund is unchanged.
    assert verdict is (DONE if (verb, fault) == ("query", "unlisted_code") else UNSURE)


def test_two_refunds_of_one_amount_are_distinguished_by_the_number_of_the_other(bench: Bench) -> None:
    of = bench.paid(pfn="E_COLLECTION")
    first, _ = give(bench, of, 50, details={RIVALS: "1"})
    second, _ = give(bench, of, 50, refund_no="261120QQQQQQQQQQQQQQ", details={RIVALS: "1"})
    assert ask(bench, of, first).verdict is UNSURE
    bench.sleep(DAY)
    one = ask(bench, of, first)
    two = ask(bench, of, replace(second, details={RIVALS: "0", CLAIMED: one.gateway_ref}))
    assert (one.verdict, two.verdict) == (DONE, DONE)
    assert one.gateway_ref != two.gateway_ref


def test_a_captured_order_that_was_refunded_keeps_its_status(bench: Bench) -> None:
    of = bench.paid(pfn="CREDITCARD")
    give(bench, of)
    found = bench.run(bench.mypay.query(of))
    assert (found.verdict.value, found.code, found.amount) == ("differs", "230", of.amount)


def test_an_unpaid_order_has_nothing_to_refund(bench: Bench) -> None:
    assert give(bench, bench.order(), 10)[1].verdict is REFUSED


def test_a_whole_refund_in_the_period_makes_the_invoice_void(bench: Bench) -> None:
    of = bench.paid(pfn="CREDITCARD")
    bench.run(bench.services.issue_invoice(of, invoice_request(Kind.PAPER)))
    assert give(bench, of, remedy=Remedy.VOID, lines=LINES)[1].verdict is DONE
    assert bench.run(bench.services.query_invoice(of))["state"] == 4


def test_after_the_period_only_an_allowance_is_left(bench: Bench) -> None:
    of = bench.paid(pfn="CREDITCARD")
    bench.run(bench.services.issue_invoice(of, invoice_request(Kind.PAPER)))
    bench.sleep(45 * DAY)  # the 20th of November plus 45 days is January
    refused = give(bench, of, remedy=Remedy.VOID, lines=LINES)[1]
    assert (refused.verdict, "跨發票月份" in str(refused.message)) == (REFUSED, True)
    assert give(bench, of, 25, remedy=Remedy.ALLOWANCE, lines=(LINES[1],))[1].verdict is DONE
    invoice = bench.run(bench.services.query_invoice(of))
    assert (invoice["state"], invoice["allowance"][0]["amount"]) == (6, "25")


def test_a_discounted_sale_of_untaxed_items_is_refunded_by_its_items(bench: Bench) -> None:
    lines = (Line("米", Money(60, "TWD"), 2, Money(20, "TWD"), tax=TaxKind.EXEMPT),
             Line("豆", Money(30, "TWD"), 1, tax=TaxKind.EXEMPT))  # fmt: skip
    terms = SaleTerms("", Discount(Money(13, "TWD"), "regular", "10%"))
    made = attempt(
        "D1", tender=Tender.MYPAY, amount=Money(117, "TWD"), lines=lines, terms=terms, options={"pfn": "CREDITCARD"}
    )  # fmt: skip
    answer = bench.run(bench.mypay.charge(made))
    bench.run(bench.customer_pays("D1"))
    of = replace(made, gateway_ref=answer.gateway_ref, gateway_key=answer.gateway_key)
    bench.run(bench.services.issue_invoice(of, invoice_request(Kind.PAPER)))
    issued = bench.run(bench.services.query_invoice(of))
    assert (issued["amount"], issued["tax_amount"], issued["ratetype"]) == ("117", "0", 3)
    sold = fitted(of.lines, of.amount)
    part = next(line for line in sold if line.name == "豆")
    assert give(bench, of, 30, remedy=Remedy.ALLOWANCE, lines=(part,))[1].verdict is DONE
    rest = items_left(sold, (part,))
    assert give(bench, of, 87, refund_no="R2", remedy=Remedy.ALLOWANCE, lines=rest)[1].verdict is DONE


def test_a_refund_with_an_invoice_names_its_items(bench: Bench) -> None:
    of = bench.paid()
    bench.run(bench.services.issue_invoice(of, invoice_request(Kind.PAPER)))
    assert give(bench, of, 25)[1].verdict is REFUSED
    other = (Line("咖啡", Money(25, "TWD"), 1),)
    assert give(bench, of, 25, remedy=Remedy.ALLOWANCE, lines=other)[1].verdict is REFUSED
    assert bench.simulator.orders.refunds() == []
