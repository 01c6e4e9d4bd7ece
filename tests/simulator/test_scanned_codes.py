"""Customers' codes at the simulated gateways: what the documents say, and what they refuse."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pos.simulator.orders import OrderStatus
from pos.simulator.scenarios import CodeFate
from tests.simulator.caller import Caller

WECHAT, ALIPAY = "134567890123456789", "283854702356157409"
KINDS = [("800008", WECHAT), ("800008", "6212345678901234567"), ("800108", ALIPAY), ("800208", WECHAT),
         ("801008", WECHAT)]  # fmt: skip


@pytest.mark.parametrize(("kind", "code"), KINDS)
def test_a_code_is_paid_at_once_and_the_answer_has_no_link(caller: Caller, kind: str, code: str) -> None:
    answer = caller.run(caller.qf_pay(pay_type=kind, auth_code=code))
    assert (answer["respcd"], answer["txamt"], "qrcode" in answer, "pay_url" in answer) == (
        "0000",
        "12550",
        False,
        False,
    )
    assert caller.order("qfpay", "QF0001").status is OrderStatus.PAID


@pytest.mark.parametrize(
    "change",
    [
        {"pay_type": "800108"},
        {"pay_type": "801501", "auth_code": ALIPAY},
        {"pay_type": "800108", "auth_code": ALIPAY, "expired_time": "30"},
        {"pay_type": "800108", "auth_code": "283854702356157"},
        {"pay_type": "800108", "auth_code": ALIPAY + "0" * 7},
        {"pay_type": "800108", "auth_code": "28385470235615740x"},
        {"pay_type": "801108", "auth_code": ALIPAY},
        {"pay_type": "801508", "auth_code": ALIPAY},
    ],
)
def test_what_the_documents_forbid_is_refused_and_stores_nothing(caller: Caller, change: dict[str, str]) -> None:
    assert caller.run(caller.qf_pay(**change))["respcd"] in ("1103", "1104")
    assert caller.orders.all() == []


@pytest.mark.parametrize(
    ("kind", "code", "fate", "respcd"),
    [
        ("800108", WECHAT, CodeFate.PAID, "1202"),  # of another wallet
        ("801008", ALIPAY, CodeFate.PAID, "1202"),
        ("800108", ALIPAY, CodeFate.WRONG, "1202"),
        ("800108", ALIPAY, CodeFate.EXPIRED, "2005"),
        ("800108", ALIPAY, CodeFate.POOR, "1201"),
    ],
)
def test_a_code_that_cannot_be_charged_ends_the_order(
    caller: Caller, kind: str, code: str, fate: CodeFate, respcd: str
) -> None:
    async def day() -> None:
        caller.simulator.scenarios.codes[code] = fate
        assert (await caller.qf_pay(pay_type=kind, auth_code=code))["respcd"] == respcd
        assert [one["respcd"] for one in (await caller.qf_query())["data"]] == [respcd]

    caller.run(day())
    assert caller.orders.captured_total("HKD") == 0


def test_a_code_is_good_for_one_charge(caller: Caller) -> None:
    async def day() -> None:
        assert (await caller.qf_pay(pay_type="800108", auth_code=ALIPAY))["respcd"] == "0000"
        again = await caller.qf_pay("QF0002", pay_type="800108", auth_code=ALIPAY)
        assert again["respcd"] == "2005"

    caller.run(day())


@pytest.mark.parametrize(("kind", "code", "path"), [("800108", ALIPAY, "reversal"), ("801008", WECHAT, "close")])
def test_a_customer_who_types_a_password_is_waited_for_or_reversed(
    caller: Caller, kind: str, code: str, path: str
) -> None:
    async def day() -> None:
        caller.simulator.scenarios.code_fate = CodeFate.CONFIRM
        order = caller.qf_order(pay_type=kind, auth_code=code)
        assert (await caller.qf("payment", order)).json()["respcd"] == "1143"
        assert [one["respcd"] for one in (await caller.qf_query())["data"]] == ["1143"]
        fields = {"out_trade_no": "QF0001", "txamt": "12550", "txdtm": order["txdtm"]}
        other = "close" if path == "reversal" else "reversal"
        assert (await caller.qf(other, fields)).json()["respcd"] == "1136"
        assert (await caller.qf(path, fields)).json()["respcd"] == "0000"
        [row] = (await caller.qf_query())["data"]
        assert (row["respcd"], row["cancel"]) == ("1142", "1")

    caller.run(day())


def test_a_paid_code_is_not_reversed(caller: Caller) -> None:
    async def day() -> None:
        order = caller.qf_order(pay_type="800108", auth_code=ALIPAY)
        await caller.qf("payment", order)
        fields = {"out_trade_no": "QF0001", "txamt": "12550", "txdtm": order["txdtm"]}
        assert (await caller.qf("reversal", fields)).json()["respcd"] == "1260"

    caller.run(day())


# -- MyPay ------------------------------------------------------------------------------------------------------


def goods(caller: Caller, pfn: str = "WECHATOFF", number: str = "MY0001", **data: str) -> dict[str, Any]:
    return caller.my_goods(number, pfn=pfn, data_json=json.dumps(data or {"wechatCode": WECHAT}))


def test_mypay_charges_a_code_at_once(caller: Caller) -> None:
    async def day() -> None:
        answer = await caller.my("transaction", goods(caller))
        assert (answer["code"], answer["order_id"], answer["cost"], answer["actual_cost"]) == (
            "250",
            "MY0001",
            125,
            125,
        )
        assert (await caller.my_query(answer))["prc"] == "250"
        again = await caller.my("transaction", goods(caller, number="MY0002"))
        assert again["code"] == "300"

    caller.run(day())


@pytest.mark.parametrize(
    ("pfn", "data"),
    [
        ("WECHAT", {"wechatCode": WECHAT}),
        ("ALIPAYOFF", {"alipayCode": ALIPAY}),  # its field is not public
        ("WECHATOFF", {"linepayCode": WECHAT}),
        ("WECHATOFF", {"wechatCode": "1"}),
        ("JKOOFF", {"jkoCode": WECHAT}),
        ("JKOOFF", {"jkoCode": WECHAT, "posId": "R1", "posTradeTime": "2026", "remark": ""}),
    ],
)
def test_mypay_refuses_other_tools_and_fields(caller: Caller, pfn: str, data: dict[str, str]) -> None:
    assert caller.run(caller.my("transaction", goods(caller, pfn, **data)))["code"] == "100"
    assert caller.run(caller.my("transaction", caller.my_goods(pfn=pfn, data_json="x")))["code"] == "100"
    assert caller.run(caller.my_order(data_json="{}"))["code"] == "100"
    assert caller.orders.all() == []


def test_mypay_waits_for_the_customer_to_confirm(caller: Caller) -> None:
    async def day() -> None:
        caller.simulator.scenarios.code_fate = CodeFate.CONFIRM
        answer = await caller.my("transaction", goods(caller, "OFFLINE", qrCode=ALIPAY))
        assert (answer["code"], answer["actual_cost"]) == ("280", 0)
        caller.pay("mypay", "MY0001")
        assert (await caller.my_query(answer))["prc"] == "250"

    caller.run(day())


# -- control and phone ------------------------------------------------------------------------------------------


def test_a_script_decides_what_a_code_meets(caller: Caller) -> None:
    async def day() -> None:
        await caller.client.post("/control/codes", json={"code": ALIPAY, "fate": "poor"})
        await caller.client.post("/control/codes", json={"fate": "confirm"})
        assert (await caller.qf_pay(pay_type="800108", auth_code=ALIPAY))["respcd"] == "1201"
        assert (await caller.qf_pay("QF0002", pay_type="801008", auth_code=WECHAT))["respcd"] == "1143"
        wrong = await caller.client.post("/control/codes", json={"fate": "lucky"})
        assert wrong.status_code == 400

    caller.run(day())


@pytest.mark.parametrize(("wallet", "kind"), [("wechat", "801008"), ("alipay", "800108")])
def test_the_phone_shows_codes_that_can_be_charged(caller: Caller, wallet: str, kind: str) -> None:
    async def day() -> None:
        shown = (await caller.client.get(f"/phone/code/{wallet}")).text
        code = shown.partition("id=code>")[2][:18]
        fresh = (await caller.client.get("/control/codes")).json()["fresh"][wallet]
        assert (await caller.qf_pay("QF0002", pay_type=kind, auth_code=fresh))["respcd"] == "0000"
        assert (await caller.qf_pay(pay_type=kind, auth_code=code))["respcd"] == "0000"

    caller.run(day())
