"""QFPay's refunds and its list of a day: a second copy of the public documents."""

from __future__ import annotations

from datetime import date
from typing import Any

import httpx
import pytest

from pos.domain.money import Money
from pos.errors import BadReply, InputError
from pos.gateways.base import Listed, RefundVerdict
from pos.gateways.signing import qfpay_body_sign
from tests.gateways.conftest import answer, body_of, client, form, run
from tests.gateways.fixtures import order, paid_order, qfpay, sent_refund
from tests.gateways.fixtures.base import NUMBER, REFUND_NO, Responder
from tests.gateways.test_refunds import refund_answer

DONE, ACCEPTED, REFUSED = RefundVerdict.DONE, RefundVerdict.ACCEPTED, RefundVerdict.REFUSED
REJECTED, UNSURE, MISSING = RefundVerdict.REJECTED, RefundVerdict.UNSURE, RefundVerdict.MISSING
DAY = date(2026, 11, 20)

NO = ["1125", "1155", "1262", "1265", "1266", "1269", "1270", "1271", "1272"]
WRONG = ["1103", "1104", "1105", "1106", "1107", "1108"]
DOUBT = [
    "1100", "1101", "1102", "1136", "1142", "1147", "1150", "1181", "1201", "1202", "1203", "1204", "1205", "1212",
    "1241", "1242", "1243", "1250", "1251", "1252", "1254", "1260", "1261", "1263", "1264", "1267", "1268", "1294",
    "1295", "1296", "1297", "1298", "2005", "2011", "7777",
]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "verdict"),
    [("0000", DONE), ("1143", ACCEPTED), ("1145", ACCEPTED), *((code, REFUSED) for code in NO),
     *((code, REJECTED) for code in WRONG), *((code, UNSURE) for code in DOUBT)],
)  # fmt: skip
def test_qfpay_answers_to_a_refund(code: str, verdict: RefundVerdict) -> None:
    found = refund_answer("qfpay", "refund", answer(qfpay.refunded(respcd=code)))
    assert (found.verdict, found.code) == (verdict, code)
    assert found.credentials == (code in ("1105", "1106", "1107", "1108"))
    bare = {"respcd": code, "resperr": "x", "respmsg": ""}
    if verdict is DONE:
        with pytest.raises(BadReply):
            refund_answer("qfpay", "refund", answer(bare))
    else:
        assert refund_answer("qfpay", "refund", answer(bare)).verdict is verdict


@pytest.mark.parametrize(
    ("code", "verdict"),
    [("0000", DONE), ("1143", ACCEPTED), ("1145", ACCEPTED), *((code, REFUSED) for code in NO),
     *((code, UNSURE) for code in WRONG), *((code, UNSURE) for code in DOUBT)],
)  # fmt: skip
def test_qfpay_rows_of_a_refund(code: str, verdict: RefundVerdict) -> None:
    found = refund_answer("qfpay", "query_refund", answer(qfpay.refund_row(respcd=code)))
    assert (found.verdict, found.code) == (verdict, code)


@pytest.mark.parametrize(
    ("code", "words"),
    [("1265", "23:30 to 00:30"), ("1269", "do not cover"), ("1272", "more than what is left"), ("1262", "before"),
     ("1125", "before"), ("1270", "only in full"), ("1271", "only in full"), ("1155", "refused"),
     ("1266", "amount"), ("1102", "already"), ("2011", "already"), ("1295", "network busy")],
)  # fmt: skip
def test_qfpay_says_why_a_refund_was_refused(code: str, words: str) -> None:
    found = refund_answer("qfpay", "refund", answer({"respcd": code, "resperr": "network busy"}))
    assert words in str(found.message)


def test_qfpay_a_refund_has_exactly_the_documents_fields() -> None:
    seen: list[httpx.Request] = []

    def look(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=qfpay.refunded())

    assert refund_answer("qfpay", "refund", look).verdict is DONE
    assert seen[0].url.path == "/trade/v1/refund"
    assert form(seen[0]) == {
        "syssn": "20261120000300020087033882", "out_trade_no": REFUND_NO, "txamt": "50",
        "txdtm": "2026-11-20 12:00:00", "mchid": "ZaMVgTEST",
    }  # fmt: skip
    with pytest.raises(InputError, match="out_trade_no"):
        refund_answer("qfpay", "refund", look, refund_no="R-1")


def test_qfpay_the_newest_answer_names_no_currency_and_not_our_number() -> None:
    short = {name: value for name, value in qfpay.refunded().items() if name not in ("txcurrcd", "out_trade_no")}
    assert refund_answer("qfpay", "refund", answer(short)).verdict is DONE
    assert refund_answer("qfpay", "refund", answer(short | {"txamt": ""})).verdict is UNSURE
    assert refund_answer("qfpay", "refund", answer(short | {"txcurrcd": "THB"})).verdict is UNSURE


def test_qfpay_wrong_signatures_are_refused() -> None:
    def signed(reply: object, key: str) -> Responder:
        body = body_of(reply)
        return lambda request: httpx.Response(200, content=body, headers={"X-QF-SIGN": qfpay_body_sign(body, key)})

    right = qfpay.FIXTURE.secrets["client_key"]
    listed = qfpay.paid(page=1)
    assert refund_answer("qfpay", "refund", signed(qfpay.refunded(), right)).verdict is DONE
    for verb, reply in (("refund", qfpay.refunded()), ("query_refund", qfpay.refund_row())):
        with pytest.raises(BadReply, match="signature"):
            refund_answer("qfpay", verb, signed(reply, "other"))
    assert len(run(client("qfpay", signed(listed, right)).list_day(DAY))) == 1
    with pytest.raises(BadReply, match="signature"):
        run(client("qfpay", signed(listed, "other")).list_day(DAY))


@pytest.mark.parametrize(
    ("rows", "verdict"),
    [
        ([], MISSING),
        ([{"order_type": "payment"}], UNSURE),
        ([{"order_type": "close"}], UNSURE),
        ([{"respcd": "1145"}, {"respcd": "0000"}], DONE),
        ([{"txamt": ""}], UNSURE),
    ],
)
def test_qfpay_only_rows_of_refunds_count(rows: list[dict[str, Any]], verdict: RefundVerdict) -> None:
    data = [qfpay.refund_row(**row)["data"][0] for row in rows]
    assert refund_answer("qfpay", "query_refund", answer({"respcd": "0000", "data": data})).verdict is verdict


def test_qfpay_a_refused_query_of_a_refund_is_unsure() -> None:
    assert refund_answer("qfpay", "query_refund", answer({"respcd": "1104", "data": []})).verdict is UNSURE
    assert refund_answer("qfpay", "query_refund", answer({"respcd": "1108", "data": []})).credentials
    of = paid_order("qfpay")
    withdrawn = run(client("qfpay", answer(qfpay.refunded())).withdraw_refund(of, sent_refund(of)))
    assert withdrawn.verdict is UNSURE


def test_qfpay_refunds_do_not_change_how_a_payment_is_judged() -> None:
    rows = [qfpay.paid()["data"][0], qfpay.paid(order_type="refund", txamt="50", syssn="9")["data"][0]]
    found = run(client("qfpay", answer({"respcd": "0000", "data": rows})).query(order("qfpay")))
    assert (found.verdict.value, found.amount) == ("paid", Money(125, "HKD"))


# -- the list of a day --------------------------------------------------------------------------------------------


def row(number: int, **facts: Any) -> dict[str, Any]:
    own = {"syssn": f"S{number}", "out_trade_no": f"N{number}"}
    found: dict[str, Any] = qfpay.paid(**(own | facts))["data"][0]
    return found


class PaymentPages:
    """A gateway that lists rows, at most ``size`` on a page."""

    def __init__(self, rows: list[dict[str, Any]], size: int = 100) -> None:
        self.rows, self.size = rows, size
        self.asked: list[dict[str, str]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        asked = form(request)
        self.asked.append(asked)
        page, size = int(asked["page"]), min(self.size, int(asked["page_size"]))
        cut = self.rows[(page - 1) * size : page * size]
        return httpx.Response(200, json={"respcd": "0000", "page": page, "page_size": size, "data": cut})


@pytest.mark.parametrize(
    ("count", "size", "pages"), [(0, 100, 1), (99, 100, 1), (100, 100, 2), (257, 100, 3), (25, 10, 3)]
)
def test_qfpay_a_day_is_listed_page_by_page(count: int, size: int, pages: int) -> None:
    served = PaymentPages([row(number) for number in range(count)], size)
    found = run(client("qfpay", served).list_day(DAY))
    assert [one.number for one in found] == [f"N{number}" for number in range(count)]
    assert [asked["page"] for asked in served.asked] == [str(page) for page in range(1, pages + 1)]
    assert served.asked[0] == {
        "start_time": "2026-11-20 00:00:00", "end_time": "2026-11-20 23:59:59", "page": "1", "page_size": "100",
        "mchid": "ZaMVgTEST",
    }  # fmt: skip


def test_qfpay_payments_and_refunds_are_listed_and_closes_are_not() -> None:
    rows = [
        row(1),
        row(2, respcd="1143"),
        row(3, cancel="2"),
        row(4, cancel="3"),
        row(5, order_type="refund", txamt="50"),
        row(6, order_type="refund", respcd="1145"),
        row(7, order_type="close"),
        row(8, order_type="", out_trade_no=""),
    ]
    found = run(client("qfpay", PaymentPages(rows)).list_day(DAY))
    assert [(one.number, one.is_refund, one.paid) for one in found] == [
        ("N1", False, True),
        ("N2", False, False),
        ("N3", False, False),
        ("N4", False, True),
        ("N5", True, True),
        ("N6", True, False),
        ("", False, True),
    ]
    assert found[4] == Listed("N5", Money(50, "HKD"), True, True, "S5", "0000")


def test_qfpay_a_row_that_moved_to_the_next_page_counts_once() -> None:
    rows = [row(number) for number in range(150)]

    def sliding(request: httpx.Request) -> httpx.Response:
        page = int(form(request)["page"])
        cut = rows[:100] if page == 1 else rows[99:]
        return httpx.Response(200, json={"respcd": "0000", "data": cut})

    assert len(run(client("qfpay", sliding).list_day(DAY))) == 150


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ({"respcd": "0000", "data": [row(number) for number in range(100)]}, "repeats itself"),
        ({"respcd": "0000", "page": 7, "data": []}, "another page: 7"),
        ({"respcd": "1108", "resperr": "sign"}, "sign"),
        ({"respcd": "1100"}, "1100"),
        ({"respcd": "0000", "data": "x"}, "data"),
        ({"respcd": "0000", "data": [row(1, syssn="")]}, "syssn"),
        ({"respcd": "0000", "data": [row(1, txamt="1.25")]}, "not a number"),
        ({"data": []}, "respcd"),
    ],
)
def test_qfpay_a_malformed_list_is_refused(reply: dict[str, Any], words: str) -> None:
    with pytest.raises(BadReply, match=words):
        run(client("qfpay", answer(reply)).list_day(DAY))


def test_qfpay_an_endless_list_is_abandoned() -> None:
    count = iter(range(10**9))

    def endless(request: httpx.Request) -> httpx.Response:
        rows = [row(next(count)) for _ in range(100)]
        return httpx.Response(200, json={"respcd": "0000", "page": int(form(request)["page"]), "data": rows})

    with pytest.raises(BadReply, match="no end"):
        run(client("qfpay", endless).list_day(DAY))


def test_qfpay_the_order_of_the_sample_is_not_a_refund() -> None:
    assert run(client("qfpay", answer(qfpay.paid())).query(order("qfpay"))).verdict.value == "paid"
    with pytest.raises(BadReply, match="out_trade_no"):
        refund_answer("qfpay", "query_refund", answer(qfpay.paid(out_trade_no=NUMBER)))
