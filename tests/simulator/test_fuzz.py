"""Whatever is sent, a gateway answers in its own words: no call ends in an unexpected fault."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pos.simulator.crypto import opay_seal
from pos.simulator.world import compact
from tests.simulator.desk import Desk

FAST = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
ORDER_FIELDS = st.sampled_from(
    ["cost", "items", "pfn", "ip", "order_id", "discount", "currency", "regular", "user_data"]
)


@FAST
@given(name=ORDER_FIELDS, value=JSON)
def test_mypay_answers_any_value_in_any_field(name: str, value: Any) -> None:
    desk = Desk()
    with desk.day:
        assert desk.run(desk.my_order(**{name: value}))["code"] in ("100", "200")


@FAST
@given(
    fields=JSON,
    command=st.sampled_from(
        ["orders", "queryorder", "querydirect", "refund", "refundcancel", "invoice", "ewalletbind"]
    ),
)
def test_mypay_answers_any_json(fields: Any, command: str) -> None:
    desk = Desk()
    with desk.day:
        answer = desk.run(desk.post("/mypay/api/init", desk.my_fields(command, fields)))
        assert answer.status_code == 200


@FAST
@given(data=st.dictionaries(st.sampled_from(["Amount", "ItemName", "MerchantTradeNo", "ReturnURL"]), JSON))
def test_opay_answers_any_value_in_any_field(data: dict[str, Any]) -> None:
    desk = Desk()
    with desk.day:
        own = desk.simulator.credentials["opay"]
        sealed = opay_seal(compact(desk.wx_order(**data)), own["hash_key"], own["hash_iv"])
        answer = desk.run(desk.post("/opay/WxAPI/Create", desk.wx_fields({}, Data=sealed)))
        assert answer.status_code == 200


@FAST
@given(name=st.sampled_from(["cost", "items", "invoice_state", "store_uid"]), value=JSON)
def test_mypay_answers_any_value_in_a_refund(name: str, value: Any) -> None:
    desk = Desk()
    with desk.day:

        async def day() -> str:
            order = await desk.my_order(pfn="CREDITCARD")
            desk.pay("mypay", "MY0001")
            pair = {"store_uid": "289151880002", "uid": order["uid"], "key": order["key"], "cost": 1}
            await desk.my("issueinvoice", pair | {"invoice_input_type": 3})
            goods = [{"id": "1", "name": "紅茶", "cost": 1, "amount": 1, "total": 1}]
            answer = await desk.my("refund", pair | {"invoice_state": 6, "items": goods} | {name: value})
            return str(answer["code"])

        assert desk.run(day()) in ("100", "B200", "B500")


@pytest.mark.parametrize(
    "path",
    [
        "/opay/WxAPI/Create",
        "/opay/WxAPI/QueryTradeInfo",
        "/opay/Cashier/AioCheckOut/V4",
        "/wanpay/wxzfservice/virtualatmpay",
        "/wanpay/wxzfservice/orderquery",
        "/qfpay/trade/v1/payment",
        "/qfpay/trade/v1/query",
        "/qfpay/trade/v1/refund",
        "/mypay/api/init",
    ],
)
@FAST
@given(body=st.text(max_size=200).map(str.encode))
def test_any_text_is_answered(path: str, body: bytes) -> None:
    desk = Desk()
    with desk.day:
        for kind in ("application/x-www-form-urlencoded", "application/json", "text/plain"):
            answer = desk.run(desk.client.post(path, content=body, headers={"Content-Type": kind}))
            assert answer.status_code == 200
