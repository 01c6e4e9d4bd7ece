"""QFPay: signatures over raw values, the fields of the seed document, and the public calls around it."""

from __future__ import annotations

from typing import Any

import pytest

from pos.simulator.crypto import qfpay_body_sign, qfpay_sign
from tests.simulator.desk import Desk


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("801101", "pay_url"),
        ("801107", "pay_url"),
        ("801512", "pay_url"),
        ("801514", "pay_url"),
        ("801501", "qrcode"),
        ("800101", "qrcode"),
        ("800201", "qrcode"),
    ],
)
def test_each_pay_type_has_its_kind_of_link(desk: Desk, kind: str, name: str) -> None:
    answer = desk.run(desk.qf_pay(pay_type=kind))
    assert answer["respcd"] == "0000"
    assert name in answer
    assert ("pay_url" in answer) != ("qrcode" in answer)
    assert len(answer["syssn"]) == 26


def test_0000_says_the_call_succeeded_and_only_the_query_says_that_money_came(desk: Desk) -> None:
    async def day() -> None:
        await desk.qf_pay()
        assert [one["respcd"] for one in (await desk.qf_query())["data"]] == ["1143"]
        desk.pay("qfpay", "QF0001")
        [item] = (await desk.qf_query())["data"]
        assert (item["respcd"], item["txamt"], item["txcurrcd"]) == ("0000", "12550", "HKD")
        assert (await desk.qf_query("NOBODY"))["data"] == []

    desk.run(day())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"txamt": "125.5"}, "txamt"),
        ({"txamt": "0"}, "txamt"),
        ({"txamt": "1" * 12}, "txamt"),
        ({"txamt": "100", "pay_type": "801101"}, "txamt"),
        ({"txcurrcd": "TWD"}, "txcurrcd"),
        ({"pay_type": "801108"}, "pay_type"),
        ({"out_trade_no": "x" * 129}, "out_trade_no"),
        ({"txdtm": "2026/11/20 09:00:00"}, "txdtm"),
        ({"txdtm": "2026-02-30 09:00:00"}, "txdtm"),
        ({"expired_time": "4", "pay_type": "800201"}, "expired_time"),
        ({"expired_time": "121", "pay_type": "800201"}, "expired_time"),
        ({"expired_time": "30", "pay_type": "801101"}, "expired_time"),
        ({"goods_name": "字" * 21}, "goods_name"),
        ({"goods_name": "R&D 茶"}, "goods_name"),
        ({"udid": "x" * 41}, "udid"),
        ({"return_url": "https://x/" + "y" * 200, "pay_type": "801512"}, "return_url"),
        ({"pay_type": "800108", "auth_code": "123"}, "auth_code"),
    ],
)
def test_each_field_is_held_to_its_rule(desk: Desk, change: dict[str, str], said: str) -> None:
    answer = desk.run(desk.qf_pay(**change))
    assert answer["respcd"] in ("1103", "1104"), said
    assert desk.book.orders() == []


def test_a_lenient_gateway_takes_what_no_document_of_the_shop_forbids(desk: Desk) -> None:
    desk.simulator.scenarios.strict = False
    for change in ({"txamt": "10", "pay_type": "801101"}, {"goods_name": "R&D 茶", "out_trade_no": "OTHER1"}):
        assert desk.run(desk.qf_pay(**change))["respcd"] == "0000", change


def test_who_asks_is_proved_before_anything_is_read(desk: Desk) -> None:
    async def day() -> None:
        order = desk.qf_order()
        assert (await desk.qf("payment", order, **{"X-QF-APPCODE": "X"})).json()["respcd"] in ("1105", "1106")
        assert (await desk.qf("payment", order, **{"X-QF-SIGN": "X"})).json()["respcd"] == "1108"
        assert (await desk.qf("payment", order, **{"X-QF-SIGNTYPE": "SHA256"})).json()["respcd"] == "1108"
        assert (await desk.qf("payment", order | {"mchid": "Somebody"})).json()["respcd"] in ("1104", "1107")

    desk.run(day())


def test_sha256_and_lower_case_are_signatures_too(desk: Desk) -> None:
    async def day() -> None:
        own = desk.simulator.credentials["qfpay"]
        order = desk.qf_order() | {"mchid": own["mchid"]}
        sign = qfpay_sign(order, own["client_key"], sha256=True).lower()
        answer = await desk.qf("payment", order, **{"X-QF-SIGN": sign, "X-QF-SIGNTYPE": "SHA256"})
        assert answer.json()["respcd"] == "0000"

    desk.run(day())


def test_an_answer_is_signed_over_its_own_bytes(desk: Desk) -> None:
    async def day() -> None:
        answer = await desk.qf("payment", desk.qf_order())
        key = desk.simulator.credentials["qfpay"]["client_key"]
        assert answer.headers["X-QF-SIGN"] == qfpay_body_sign(answer.content, key)

    desk.run(day())


def test_a_number_is_good_once(desk: Desk) -> None:
    async def day() -> None:
        await desk.qf_pay()
        assert (await desk.qf_pay())["respcd"] == "2011"

    desk.run(day())


async def refund(desk: Desk, syssn: str, number: str, amount: int) -> Any:
    fields = {"syssn": syssn, "out_trade_no": number, "txamt": str(amount), "txdtm": "2026-11-20 09:00:00"}
    return (await desk.qf("refund", fields)).json()


def test_refunds_go_up_to_what_was_paid(desk: Desk) -> None:
    async def day() -> None:
        syssn = (await desk.qf_pay())["syssn"]
        assert (await refund(desk, syssn, "R1", 1))["respcd"] in ("1261", "1272")
        desk.pay("qfpay", "QF0001")
        part = await refund(desk, syssn, "R2", 10000)
        assert (part["respcd"], part["orig_syssn"]) == ("0000", syssn)
        assert (await refund(desk, syssn, "R3", 2551))["respcd"] == "1272"
        assert [one["cancel"] for one in (await desk.qf_query())["data"]] == ["5"]
        await refund(desk, syssn, "R4", 2550)
        assert [one["cancel"] for one in (await desk.qf_query())["data"]] == ["3"]
        assert (await refund(desk, syssn, "R5", 1))["respcd"] in ("1262", "1272")
        assert (await refund(desk, "1" * 26, "R6", 1))["respcd"] == "1268"

    desk.run(day())


@pytest.mark.parametrize(
    "change",
    [{"out_trade_no": ""}, {"out_trade_no": "x" * 129}, {"txamt": "0"}, {"txamt": "1.5"}, {"txamt": ""}, {"syssn": ""},
     {"txdtm": ""}, {"txdtm": "2026/11/20 09:00:00"}],
)  # fmt: skip
def test_each_field_of_a_refund_is_held_to_its_rule(desk: Desk, change: dict[str, str]) -> None:
    async def day() -> None:
        syssn = (await desk.qf_pay())["syssn"]
        desk.pay("qfpay", "QF0001")
        good = {"syssn": syssn, "out_trade_no": "R1", "txamt": "100", "txdtm": "2026-11-20 09:00:00"}
        assert (await desk.qf("refund", good | change)).json()["respcd"] in ("1103", "1104")
        assert (await desk.qf("refund", good, **{"X-QF-SIGN": "0" * 32})).json()["respcd"] == "1108"

    desk.run(day())
    assert desk.book.refunds() == []


def test_a_refunds_number_is_good_once_and_its_row_names_the_order(desk: Desk) -> None:
    async def day() -> None:
        syssn = (await desk.qf_pay())["syssn"]
        desk.pay("qfpay", "QF0001")
        made = await refund(desk, syssn, "R1", 100)
        assert (made["out_trade_no"], made["txamt"], made["syssn"] != syssn) == ("R1", "100", True)
        assert (await refund(desk, syssn, "R1", 100))["respcd"] == "1102"
        [row] = (await desk.qf_query("R1"))["data"]
        assert (row["order_type"], row["origssn"], row["txamt"], row["respcd"]) == ("refund", syssn, "100", "0000")

    desk.run(day())
    assert desk.book.returned("HKD") == 100


def test_a_list_is_held_to_its_times_and_filters(desk: Desk) -> None:
    async def rows(**fields: str) -> list[str]:
        found = (await desk.qf("query", fields)).json()
        assert found["respcd"] == "0000"
        return [one["out_trade_no"] for one in found["data"]]

    async def day() -> None:
        await desk.qf_pay("QF1")
        await desk.clock.sleep(60)
        await desk.qf_pay("QF2", pay_type="801101")
        desk.pay("qfpay", "QF2")
        assert await rows() == ["QF2", "QF1"]
        assert await rows(start_time="2026-11-20 09:00:01", end_time="2026-11-20 09:59:59") == ["QF2"]
        assert await rows(respcd="1143,1145") == ["QF1"]
        assert await rows(pay_type="801101") == ["QF2"]
        assert await rows(out_trade_no="QF1", start_time="2026-11-21 00:00:00", end_time="2026-11-22 00:00:00") == [
            "QF1"
        ]
        assert (await desk.qf("query", {"start_time": "today"})).json()["respcd"] == "1103"
        await desk.clock.sleep(20 * 86400)
        assert await rows() == []  # of this month

    desk.run(day())


def test_an_unpaid_order_is_undone_by_reversal_or_close_and_a_paid_one_is_not(desk: Desk) -> None:
    async def day() -> None:
        order = desk.qf_order()
        await desk.qf_pay()
        undo = {name: order[name] for name in ("out_trade_no", "txamt", "txdtm")}
        assert (await desk.qf("reversal", undo | {"txamt": "1"})).json()["respcd"] == "1266"
        assert (await desk.qf("reversal", undo)).json()["respcd"] == "0000"
        [item] = (await desk.qf_query())["data"]
        assert item["respcd"] in ("1142", "1263")
        await desk.qf_pay("QF0002", pay_type="801101")
        undo["out_trade_no"] = "QF0002"
        assert (await desk.qf("reversal", undo)).json()["respcd"] == "1136"
        desk.pay("qfpay", "QF0002")
        assert (await desk.qf("close", undo)).json()["respcd"] in ("1146", "1260")

    desk.run(day())


def test_one_query_asks_for_many_and_pages_turn(desk: Desk) -> None:
    async def day() -> None:
        for n in range(5):
            await desk.qf_pay(f"QF{n}")
        many = (await desk.qf("query", {"out_trade_no": "QF0,QF3"})).json()["data"]
        assert {one["out_trade_no"] for one in many} == {"QF0", "QF3"}
        page = {"page": "2", "page_size": "2", "start_time": "2026-11-01 00:00:00"}
        second = (await desk.qf("query", page)).json()["data"]
        assert [one["out_trade_no"] for one in second] == ["QF2", "QF1"]
        assert (await desk.qf("query", {"page_size": "101"})).json()["respcd"] == "1104"

    desk.run(day())


def test_an_order_expires_after_its_minutes(desk: Desk) -> None:
    async def day() -> None:
        await desk.qf_pay(pay_type="800201", expired_time="5")
        await desk.clock.sleep(301)
        assert [one["respcd"] for one in (await desk.qf_query())["data"]] == ["1181"]

    desk.run(day())
