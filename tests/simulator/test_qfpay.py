"""QFPay: signatures over raw values, the fields of the seed document, and the public calls around it."""

from __future__ import annotations

from typing import Any

import pytest

from pos.simulator.crypto import qfpay_body_sign, qfpay_sign
from tests.simulator.caller import Caller


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
        ("800701", "qrcode"),
        ("802001", "qrcode"),
        ("803701", "qrcode"),
        ("805801", "qrcode"),
    ],
)
def test_each_pay_type_has_its_kind_of_link(caller: Caller, kind: str, name: str) -> None:
    answer = caller.run(caller.qf_pay(pay_type=kind))
    assert answer["respcd"] == "0000"
    assert name in answer
    assert ("pay_url" in answer) != ("qrcode" in answer)
    assert len(answer["syssn"]) == 26


def test_0000_means_the_call_succeeded_and_only_the_query_shows_a_payment(caller: Caller) -> None:
    async def day() -> None:
        await caller.qf_pay()
        assert [one["respcd"] for one in (await caller.qf_query())["data"]] == ["1143"]
        caller.pay("qfpay", "QF0001")
        [item] = (await caller.qf_query())["data"]
        assert (item["respcd"], item["txamt"], item["txcurrcd"]) == ("0000", "12550", "HKD")
        assert (await caller.qf_query("NOBODY"))["data"] == []

    caller.run(day())


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"txamt": "125.5"}, "txamt"),
        ({"txamt": "0"}, "txamt"),
        ({"txamt": "1" * 12}, "txamt"),
        ({"txamt": "100", "pay_type": "801101"}, "txamt"),
        ({"txcurrcd": "TWD"}, "txcurrcd"),
        ({"pay_type": "801108"}, "pay_type"),
        ({"pay_type": "802001", "txcurrcd": "CNY"}, "txcurrcd"),
        ({"pay_type": "801501", "pay_tag": "ALIPAY"}, "pay_tag"),
        ({"pay_type": "800201", "pay_tag": "ALIPAYHK"}, "pay_tag"),
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
def test_each_field_is_held_to_its_rule(caller: Caller, change: dict[str, str], field: str) -> None:
    answer = caller.run(caller.qf_pay(**change))
    assert answer["respcd"] in ("1103", "1104"), field
    assert caller.orders.all() == []


def test_a_lenient_gateway_accepts_what_no_document_of_the_shop_forbids(caller: Caller) -> None:
    caller.simulator.scenarios.strict = False
    for change in ({"txamt": "10", "pay_type": "801101"}, {"goods_name": "R&D 茶", "out_trade_no": "OTHER1"}):
        assert caller.run(caller.qf_pay(**change))["respcd"] == "0000", change


def test_the_sender_is_verified_before_anything_is_read(caller: Caller) -> None:
    async def day() -> None:
        order = caller.qf_order()
        assert (await caller.qf("payment", order, **{"X-QF-APPCODE": "X"})).json()["respcd"] in ("1105", "1106")
        assert (await caller.qf("payment", order, **{"X-QF-SIGN": "X"})).json()["respcd"] == "1108"
        assert (await caller.qf("payment", order, **{"X-QF-SIGNTYPE": "SHA256"})).json()["respcd"] == "1108"
        assert (await caller.qf("payment", order | {"mchid": "Somebody"})).json()["respcd"] in ("1104", "1107")

    caller.run(day())


def test_sha256_and_lower_case_are_signatures_too(caller: Caller) -> None:
    async def day() -> None:
        own = caller.simulator.credentials["qfpay"]
        order = caller.qf_order() | {"mchid": own["mchid"]}
        sign = qfpay_sign(order, own["client_key"], sha256=True).lower()
        answer = await caller.qf("payment", order, **{"X-QF-SIGN": sign, "X-QF-SIGNTYPE": "SHA256"})
        assert answer.json()["respcd"] == "0000"

    caller.run(day())


def test_an_answer_is_signed_over_its_own_bytes(caller: Caller) -> None:
    async def day() -> None:
        answer = await caller.qf("payment", caller.qf_order())
        key = caller.simulator.credentials["qfpay"]["client_key"]
        assert answer.headers["X-QF-SIGN"] == qfpay_body_sign(answer.content, key)

    caller.run(day())


def test_a_number_is_accepted_once(caller: Caller) -> None:
    async def day() -> None:
        await caller.qf_pay()
        assert (await caller.qf_pay())["respcd"] == "2011"

    caller.run(day())


async def refund(caller: Caller, syssn: str, number: str, amount: int) -> Any:
    fields = {"syssn": syssn, "out_trade_no": number, "txamt": str(amount), "txdtm": "2026-11-20 09:00:00"}
    return (await caller.qf("refund", fields)).json()


def test_refunds_are_made_up_to_the_paid_amount(caller: Caller) -> None:
    async def day() -> None:
        syssn = (await caller.qf_pay())["syssn"]
        assert (await refund(caller, syssn, "R1", 1))["respcd"] in ("1261", "1272")
        caller.pay("qfpay", "QF0001")
        part = await refund(caller, syssn, "R2", 10000)
        assert (part["respcd"], part["orig_syssn"]) == ("0000", syssn)
        assert (await refund(caller, syssn, "R3", 2551))["respcd"] == "1272"
        assert [one["cancel"] for one in (await caller.qf_query())["data"]] == ["5"]
        await refund(caller, syssn, "R4", 2550)
        assert [one["cancel"] for one in (await caller.qf_query())["data"]] == ["3"]
        assert (await refund(caller, syssn, "R5", 1))["respcd"] in ("1262", "1272")
        assert (await refund(caller, "1" * 26, "R6", 1))["respcd"] == "1268"

    caller.run(day())


@pytest.mark.parametrize(
    "change",
    [{"out_trade_no": ""}, {"out_trade_no": "x" * 129}, {"txamt": "0"}, {"txamt": "1.5"}, {"txamt": ""}, {"syssn": ""},
     {"txdtm": ""}, {"txdtm": "2026/11/20 09:00:00"}],
)  # fmt: skip
def test_each_field_of_a_refund_is_held_to_its_rule(caller: Caller, change: dict[str, str]) -> None:
    async def day() -> None:
        syssn = (await caller.qf_pay())["syssn"]
        caller.pay("qfpay", "QF0001")
        good = {"syssn": syssn, "out_trade_no": "R1", "txamt": "100", "txdtm": "2026-11-20 09:00:00"}
        assert (await caller.qf("refund", good | change)).json()["respcd"] in ("1103", "1104")
        assert (await caller.qf("refund", good, **{"X-QF-SIGN": "0" * 32})).json()["respcd"] == "1108"

    caller.run(day())
    assert caller.orders.refunds() == []


def test_a_refunds_number_is_accepted_once_and_its_row_names_the_order(caller: Caller) -> None:
    async def day() -> None:
        syssn = (await caller.qf_pay())["syssn"]
        caller.pay("qfpay", "QF0001")
        made = await refund(caller, syssn, "R1", 100)
        assert (made["out_trade_no"], made["txamt"], made["syssn"] != syssn) == ("R1", "100", True)
        assert (await refund(caller, syssn, "R1", 100))["respcd"] == "1102"
        [row] = (await caller.qf_query("R1"))["data"]
        assert (row["order_type"], row["origssn"], row["txamt"], row["respcd"]) == ("refund", syssn, "100", "0000")

    caller.run(day())
    assert caller.orders.refunded_total("HKD") == 100


def test_a_list_is_held_to_its_times_and_filters(caller: Caller) -> None:
    async def rows(**fields: str) -> list[str]:
        found = (await caller.qf("query", fields)).json()
        assert found["respcd"] == "0000"
        return [one["out_trade_no"] for one in found["data"]]

    async def day() -> None:
        await caller.qf_pay("QF1")
        await caller.clock.sleep(60)
        await caller.qf_pay("QF2", pay_type="801101")
        caller.pay("qfpay", "QF2")
        assert await rows() == ["QF2", "QF1"]
        assert await rows(start_time="2026-11-20 09:00:01", end_time="2026-11-20 09:59:59") == ["QF2"]
        assert await rows(respcd="1143,1145") == ["QF1"]
        assert await rows(pay_type="801101") == ["QF2"]
        assert await rows(out_trade_no="QF1", start_time="2026-11-21 00:00:00", end_time="2026-11-22 00:00:00") == [
            "QF1"
        ]
        assert (await caller.qf("query", {"start_time": "today"})).json()["respcd"] == "1103"
        await caller.clock.sleep(20 * 86400)
        assert await rows() == []  # of this month

    caller.run(day())


def test_an_unpaid_order_is_cancelled_by_reversal_or_close_and_a_paid_one_is_not(caller: Caller) -> None:
    async def day() -> None:
        order = caller.qf_order()
        await caller.qf_pay()
        undo = {name: order[name] for name in ("out_trade_no", "txamt", "txdtm")}
        assert (await caller.qf("reversal", undo | {"txamt": "1"})).json()["respcd"] == "1266"
        assert (await caller.qf("reversal", undo)).json()["respcd"] == "0000"
        [item] = (await caller.qf_query())["data"]
        assert item["respcd"] in ("1142", "1263")
        await caller.qf_pay("QF0002", pay_type="801101")
        undo["out_trade_no"] = "QF0002"
        assert (await caller.qf("reversal", undo)).json()["respcd"] == "1136"
        caller.pay("qfpay", "QF0002")
        assert (await caller.qf("close", undo)).json()["respcd"] in ("1146", "1260")

    caller.run(day())


def test_one_query_lists_many_orders_in_pages(caller: Caller) -> None:
    async def day() -> None:
        for n in range(5):
            await caller.qf_pay(f"QF{n}")
        many = (await caller.qf("query", {"out_trade_no": "QF0,QF3"})).json()["data"]
        assert {one["out_trade_no"] for one in many} == {"QF0", "QF3"}
        page = {"page": "2", "page_size": "2", "start_time": "2026-11-01 00:00:00"}
        second = (await caller.qf("query", page)).json()["data"]
        assert [one["out_trade_no"] for one in second] == ["QF2", "QF1"]
        assert (await caller.qf("query", {"page_size": "101"})).json()["respcd"] == "1104"

    caller.run(day())


def test_an_order_expires_after_its_minutes(caller: Caller) -> None:
    async def day() -> None:
        await caller.qf_pay(pay_type="800201", expired_time="5")
        await caller.clock.sleep(301)
        assert [one["respcd"] for one in (await caller.qf_query())["data"]] == ["1181"]

    caller.run(day())
