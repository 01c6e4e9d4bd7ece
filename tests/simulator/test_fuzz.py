"""A gateway answers any request with a reply of its own; no call ends in an unexpected error."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pos.simulator.base import compact
from pos.simulator.crypto import opay_seal
from tests.simulator.caller import Caller
from tests.support.sample import examples

FAST = settings(max_examples=examples(60, 20), deadline=None, suppress_health_check=list(HealthCheck))
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
    caller = Caller()
    with caller.day:
        assert caller.run(caller.my_order(**{name: value}))["code"] in ("100", "200")


@FAST
@given(
    fields=JSON,
    command=st.sampled_from(
        ["orders", "queryorder", "querydirect", "refund", "refundcancel", "invoice", "ewalletbind"]
    ),
)
def test_mypay_answers_any_json(fields: Any, command: str) -> None:
    caller = Caller()
    with caller.day:
        answer = caller.run(caller.post("/mypay/api/init", caller.my_fields(command, fields)))
        assert answer.status_code == 200


@FAST
@given(data=st.dictionaries(st.sampled_from(["Amount", "ItemName", "MerchantTradeNo", "ReturnURL"]), JSON))
def test_opay_answers_any_value_in_any_field(data: dict[str, Any]) -> None:
    caller = Caller()
    with caller.day:
        own = caller.simulator.credentials["opay"]
        sealed = opay_seal(compact(caller.wx_order(**data)), own["hash_key"], own["hash_iv"])
        answer = caller.run(caller.post("/opay/WxAPI/Create", caller.wx_fields({}, Data=sealed)))
        assert answer.status_code == 200


@FAST
@given(name=st.sampled_from(["cost", "items", "invoice_state", "store_uid"]), value=JSON)
def test_mypay_answers_any_value_in_a_refund(name: str, value: Any) -> None:
    caller = Caller()
    with caller.day:

        async def day() -> str:
            order = await caller.my_order(pfn="CREDITCARD")
            caller.pay("mypay", "MY0001")
            pair = {"store_uid": "289151880002", "uid": order["uid"], "key": order["key"], "cost": 1}
            await caller.my("issueinvoice", pair | {"invoice_input_type": 3})
            goods = [{"id": "1", "name": "紅茶", "cost": 1, "amount": 1, "total": 1}]
            answer = await caller.my("refund", pair | {"invoice_state": 6, "items": goods} | {name: value})
            return str(answer["code"])

        assert caller.run(day()) in ("100", "B200", "B500")


@pytest.mark.parametrize(
    "path",
    [
        "/opay/WxAPI/Create",
        "/opay/WxAPI/QueryTradeInfo",
        "/opay_periodic/Cashier/AioCheckOut/V4",
        "/opay_periodic/Cashier/QueryTradeInfo/V4",
        "/opay_periodic/Cashier/QueryCreditCardPeriodInfo",
        "/opay_periodic/CreditDetail/DoAction",
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
    caller = Caller()
    with caller.day:
        for kind in ("application/x-www-form-urlencoded", "application/json", "text/plain"):
            answer = caller.run(caller.client.post(path, content=body, headers={"Content-Type": kind}))
            assert answer.status_code == 200
