"""WanPay: the signature, the fields of section 3.1, and the codes of section 3.2.1."""

from __future__ import annotations

from typing import Any

import pytest

from pos.simulator.orders import OrderStatus
from tests.simulator.caller import Caller


def test_an_order_gets_an_account_and_its_payment_is_found(caller: Caller) -> None:
    async def day() -> None:
        answer = await caller.wan_order()
        assert answer["status"] == "900"
        assert answer["data"]["bankcode"] == "013"
        assert len(answer["data"]["code_url"]) == 14
        assert answer["data"]["expiredate"] == "2026-11-23 23:59:59"
        assert (await caller.wan_query())["data"]["orderstatus"] == "5801"
        caller.pay("wanpay", "WAN0001")
        data = (await caller.wan_query())["data"]
        assert (data["orderstatus"], data["total_fee"]) == ("0000", "12500")

    caller.run(day())


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"total_fee": "1099"}, "910"),
        ({"total_fee": "12550"}, "910"),
        ({"total_fee": "125.00"}, "910"),
        ({"total_fee": "1" * 13}, "910"),
        ({"out_trade_no": "lower"}, "910"),
        ({"out_trade_no": "WITH_LINE"}, "910"),
        ({"out_trade_no": "A" * 21}, "910"),
        ({"virtualatmvalidity": "31"}, "910"),
        ({"virtualatmvalidity": "0"}, "910"),
        ({"body": "x" * 257}, "910"),
        ({"nonce_str": "123456789"}, "910"),
        ({"secondtimestamp": "12"}, "910"),
        ({"orgno": "21008025"}, "913"),
    ],
)
def test_each_field_is_held_to_its_rule(caller: Caller, change: dict[str, str], code: str) -> None:
    assert caller.run(caller.wan_order(**change))["status"] == code
    assert caller.orders.all() == []


def test_a_wrong_sign_and_an_old_time_stamp_are_refused(caller: Caller) -> None:
    async def day() -> None:
        fields = caller.wan_fields(out_trade_no="WAN0001", total_fee="12500")
        answer = await caller.post("/wanpay/wxzfservice/virtualatmpay", fields | {"total_fee": "1100"})
        assert answer.json()["status"] == "913"
        assert (await caller.wan_order(secondtimestamp=str(caller.now() - 601)))["status"] == "910"
        assert (await caller.wan_order(secondtimestamp=str(caller.now() - 599)))["status"] == "900"

    caller.run(day())


def test_a_field_that_no_table_has_is_signed_too(caller: Caller) -> None:
    assert caller.run(caller.wan_order(newfield="x"))["status"] == "900"


def test_a_number_is_accepted_once_and_an_unknown_one_is_missing(caller: Caller) -> None:
    async def day() -> None:
        await caller.wan_order()
        assert (await caller.wan_order())["status"] == "6307"
        assert (await caller.wan_query("WAN0002"))["status"] == "5223"

    caller.run(day())


@pytest.mark.parametrize(("move", "code"), [("failed", "5805"), ("expired", "5803"), ("voided", "5803")])
def test_each_end_has_its_code(caller: Caller, move: str, code: str) -> None:
    async def day() -> Any:
        await caller.wan_order()
        caller.order("wanpay", "WAN0001").end(OrderStatus(move), caller.clock.now())
        return await caller.wan_query()

    assert caller.run(day())["data"]["orderstatus"] == code
