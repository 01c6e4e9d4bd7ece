"""MyPay: the envelope, every field of an order, and the replies of queryorder."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pos.simulator.crypto import mypay_seal
from pos.simulator.dialects import mypay_fields as rules
from tests.simulator.caller import Caller


def test_an_order_is_accepted_with_a_page_and_found_paid(caller: Caller) -> None:
    async def day() -> None:
        answer = await caller.my_order(pfn="WECHAT", echo_0="R1")
        assert (answer["code"], len(answer["key"])) == ("200", 32)
        assert (await caller.client.get(answer["url"])).status_code == 200
        assert (await caller.my_query(answer))["prc"] == "200"
        caller.pay("mypay", "MY0001")
        found = await caller.my_query(answer)
        assert (found["prc"], found["actual_cost"], found["echo_0"]) == ("250", 125, "R1")
        assert (found["order_id"], found["pfn"]) == ("MY0001", "WECHAT")

    caller.run(day())


def test_an_account_is_there_at_once_and_ends_at_its_last_midnight(caller: Caller) -> None:
    async def day() -> None:
        answer = await caller.my_order(pfn="E_COLLECTION", limit_pay_days=2)
        found = await caller.my_query(answer)
        content = json.loads(found["result_content"])
        assert (found["prc"], found["result_content_type"]) == ("270", "E_COLLECTION")
        assert content["LimitDate"] == "20261122235959"
        assert len(content["PinCode"]) == 14
        await caller.clock.sleep(3 * 86400)
        assert (await caller.my_query(answer))["prc"] == "380"

    caller.run(day())


@pytest.mark.parametrize(("move", "prc"), [("fail", "300"), ("expire", "A0002"), ("pay_less", "290")])
def test_each_outcome_has_its_code(caller: Caller, move: str, prc: str) -> None:
    async def day() -> None:
        answer = await caller.my_order()
        await caller.client.post(f"/control/orders/mypay/MY0001/{move}")
        assert (await caller.my_query(answer))["prc"] == prc

    caller.run(day())


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"store_uid": "1"}, "store_uid"),
        ({"user_id": ""}, "user_id"),
        ({"order_id": ""}, "order_id"),
        ({"order_id": "訂" * 17}, "order_id"),
        ({"ip": "somewhere"}, "ip"),
        ({"ip": "300.1.1.1"}, "ip"),
        ({"cost": 124}, "cost"),
        ({"cost": "12.5"}, "cost"),
        ({"items": []}, "items"),
        ({"items": [{"id": "1", "name": "", "cost": 125, "amount": 1, "total": 125}]}, "items.name"),
        ({"items": [{"id": "1", "name": "x", "cost": 120, "amount": 1, "total": 125}]}, "items.total"),
        ({"items": [{"id": "1", "name": "x", "cost": 125, "amount": 0, "total": 0}]}, "items.cost"),
        ({"discount": 5}, "discount"),
        ({"shipping_fee": -5}, "shipping_fee"),
        ({"pfn": "BITCOIN"}, "pfn"),
        ({"pfn": "2"}, "pfn"),
        ({"enable_ewallet": 1}, "user_name"),
        ({"pfn": "DIRECTDEBIT"}, "regular"),
        ({"regular": "M"}, "regular"),
        ({"pfn": "14", "regular": "X", "regular_total": "3"}, "regular"),
        (
            {"pfn": "14", "regular": "M", "regular_total": "3", "regular_first_charge_date": "20261119"},
            "regular_first_charge_date",
        ),
        (
            {"pfn": "14", "regular": "M", "regular_total": "3", "regular_first_charge_date": "20269999"},
            "regular_first_charge_date",
        ),
        ({"currency": "USD"}, "currency"),
        ({"invoice_input_type": 3}, "invoice_input_type"),
        ({"invoice_mobile_code": "ABC"}, "invoice_mobile_code"),
        ({"interface": "phone"}, "interface"),
        ({"user_birthday": "1990-01-01"}, "user_birthday"),
        ({"limit_pay_days": 0}, "limit_pay_days"),
    ],
)
def test_each_field_is_held_to_its_rule(caller: Caller, change: dict[str, Any], field: str) -> None:
    answer = caller.run(caller.my_order(**change))
    assert answer["code"] == "100", field
    assert caller.orders.all() == []


@pytest.mark.parametrize(
    "change",
    [
        {"cost": "125"},
        {"cost": 130, "shipping_fee": 15, "discount": "-10"},
        {"items": [{"id": "1", "name": "茶", "cost": "25", "amount": "5", "total": "125"}]},
        {"pfn": "0"},
        {"pfn": "1,3,6"},
        {"pfn": "14", "regular": "M", "regular_total": "0", "regular_first_charge_date": "20261120"},
        {"pfn": "JKOON"},
        {"ip": "2001:db8::1"},
    ],
)
def test_the_documented_spellings_are_accepted(caller: Caller, change: dict[str, Any]) -> None:
    assert caller.run(caller.my_order(**change))["code"] == "200"


def test_wechat_and_jko_are_known_by_name_and_number() -> None:
    assert rules.tool_of("13") == rules.tool_of("WECHAT") == "WECHAT"
    assert rules.tool_of("32") == rules.tool_of("JKOOF") == rules.tool_of("JKOOFF") == "JKOOFF"


def test_a_json_body_is_read_like_a_form(caller: Caller) -> None:
    async def day() -> None:
        fields = caller.my_fields("orders", caller.my_goods())
        assert (await caller.client.post("/mypay/api/init", json=fields)).json()["code"] == "200"

    caller.run(day())


def test_a_wrong_key_or_command_is_wrong_data(caller: Caller) -> None:
    async def day() -> None:
        fields = caller.my_fields("orders", caller.my_goods())
        for change in (
            {"store_uid": "398800730001"},
            {"encry_data": "AAAA"},
            {"encry_data": mypay_seal("{}", "Xd668CSjnXQLD26Hia8vapkOgGXAv68s", b"1" * 16)},
            {"service": fields["encry_data"]},
        ):
            assert (await caller.post("/mypay/api/init", fields | change)).json()["code"] == "100"
        assert (await caller.my("nothing", {}))["code"] == "100"
        assert (await caller.my("orders", ["list"]))["code"] == "100"

    caller.run(day())


def test_the_reply_about_an_unknown_order_repeats_the_query(caller: Caller) -> None:
    async def day() -> None:
        answer = await caller.my_order()
        wrong = {"uid": str(answer["uid"]), "key": "0" * 32}
        assert await caller.my("queryorder", wrong) == wrong

    caller.run(day())


def test_a_lost_order_is_found_by_its_own_number(caller: Caller) -> None:
    async def day() -> None:
        answer = await caller.my_order()
        ask = {"store_uid": "289151880002", "order_id": "MY0001", "user_id": "counter", "cost": 125}
        found = await caller.my("querydirect", ask)
        assert [row["key"] for row in found["rows"]] == [answer["key"]]
        assert (await caller.my("querydirect", ask | {"cost": 124}))["rows"] == []

    caller.run(day())


GOODS = [{"id": "1", "name": "紅茶", "cost": 25, "amount": 1, "total": 25}]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, "B200"),
        ({"store_uid": "1"}, "100"),
        ({"key": "0" * 32}, "B500"),
        ({"cost": 0}, "B500"),
        ({"cost": 126}, "B500"),
        ({"cost": "25.5"}, "B500"),
        ({"cost": 24}, "B500"),
        ({"items": []}, "B500"),
        ({"items": ["紅茶"]}, "B500"),
        ({"items": [GOODS[0] | {"name": "咖啡"}]}, "B500"),
        ({"items": [GOODS[0] | {"amount": 2}]}, "B500"),
        ({"invoice_state": 5}, "B500"),
    ],
)
def test_a_refund_of_an_invoiced_order_is_held_to_the_document(
    caller: Caller, change: dict[str, Any], code: str
) -> None:
    async def day() -> None:
        order = await caller.my_order(pfn="CREDITCARD")
        caller.pay("mypay", "MY0001")
        pair = {"store_uid": "289151880002", "uid": order["uid"], "key": order["key"]}
        await caller.my("issueinvoice", pair | {"invoice_input_type": 3})
        asked = pair | {"cost": 25, "invoice_state": 6, "items": GOODS} | change
        assert (await caller.my("refund", asked))["code"] == code

    caller.run(day())
    assert [one.amount for one in caller.orders.refunds()] == ([25] if code == "B200" else [])


def test_a_queued_refund_is_made_at_midnight_and_then_counted(caller: Caller) -> None:
    async def day() -> None:
        order = await caller.my_order(pfn="E_COLLECTION")
        caller.pay("mypay", "MY0001")
        pair = {"store_uid": "289151880002", "uid": order["uid"], "key": order["key"]}
        assert "row_data" not in await caller.my("refund", pair | {"cost": 100})
        truth = (await caller.client.get("/control/truth")).json()
        assert (truth["refunded"], [one["done"] for one in truth["refunds"]]) == ({"TWD": 0}, [False])
        assert truth["refunds"][0]["due_at"] == "2026-11-21T00:00:00+08:00"
        await caller.clock.sleep(86400)
        truth = (await caller.client.get("/control/truth")).json()
        assert (truth["refunded"], [one["done"] for one in truth["refunds"]]) == ({"TWD": 100}, [True])
        found = await caller.my_query(order)
        assert (found["prc"], found["refund_order"][0]["finishtime"]) == ("250", "20261121000000")
        assert set(found["refund_order"][0]) >= {"uid", "prc", "cost", "actual_cost", "retmsg", "appropriation_date"}
        await caller.my("refund", pair | {"cost": 25})
        await caller.clock.sleep(86400)
        assert (await caller.my_query(order))["prc"] == "230"

    caller.run(day())
