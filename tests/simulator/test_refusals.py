"""Refusals of the simulated gateways: an answer with a planned fault in it is an answer, not a crash."""

from __future__ import annotations

import pytest

from pos.simulator.scenarios import CONTENT, Fault
from tests.simulator.caller import Caller


@pytest.mark.parametrize("fault", sorted(CONTENT))
def test_a_query_of_an_unknown_order_is_refused_also_with_a_fault_in_the_answer(caller: Caller, fault: Fault) -> None:
    async def day() -> None:
        caller.simulator.scenarios.plan(fault, verb="query", times=4)
        own = caller.simulator.credentials["opay"]
        data = {"MerchantID": own["merchant_id"], "MerchantTradeNo": "NOBODY"}
        opay = await caller.post("/opay/WxAPI/QueryTradeInfo", caller.wx_fields(data))
        wanpay = await caller.post("/wanpay/wxzfservice/orderquery", caller.wan_fields(out_trade_no="NOBODY"))
        qfpay = await caller.qf("query", {"out_trade_no": "NOBODY"})
        mypay = await caller.my("queryorder", {"uid": "1", "key": "0" * 32})
        assert {one.status_code for one in (opay, wanpay, qfpay)} == {200}
        assert "TradeStatus" not in opay.text
        assert mypay

    caller.run(day())
    assert caller.orders.all() == []
