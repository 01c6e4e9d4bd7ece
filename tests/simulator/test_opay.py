"""O'Pay WeChat: every rule of the document, and the variants accepted where it contradicts itself."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from pos.simulator import crypto
from pos.simulator.base import compact
from pos.simulator.dialects.opay import OpayDialect
from tests.simulator.caller import HOST, Caller, form_reply, twice_encoded

KEY, IV = b"5294y06JbISpM5x9", b"v77hoKGq4kWxNNIS"
OWN = OpayDialect.CREDENTIALS


async def refusal(caller: Caller, fields: dict[str, Any]) -> tuple[int, str]:
    page = await caller.post("/opay/WxAPI/Create", fields)
    if page.headers["content-type"].startswith("text/html"):
        return 0, page.text
    answer = form_reply(page.text)
    return int(answer["RtnCode"]), answer["RtnMsg"]


def test_a_good_order_is_answered_by_a_page_that_leads_to_the_phone(caller: Caller) -> None:
    async def day() -> None:
        answer = await caller.wx_create()
        assert answer.headers["content-type"].startswith("text/html")
        assert f"{HOST}/phone/order/opay/WX0001" in answer.text
        assert (await caller.wx_query())[1]["TradeStatus"] == "0"
        caller.pay("opay", "WX0001")
        envelope, data = await caller.wx_query()
        assert (envelope["RtnCode"], data["TradeStatus"], data["TradeAmt"]) == ("1", "1", 125)
        assert data["PaymentDate"] == "2026/11/20 09:00:00"

    caller.run(day())


def test_an_expired_order_has_the_status_that_the_document_prints(caller: Caller) -> None:
    async def day() -> None:
        await caller.wx_create()
        await caller.clock.sleep(1801)
        assert (await caller.wx_query())[1]["TradeStatus"] == "v342"

    caller.run(day())


def test_an_unknown_order_is_reported_as_missing(caller: Caller) -> None:
    async def day() -> None:
        assert (await caller.wx_query("NOBODY"))[0]["RtnCode"] == "0"

    caller.run(day())


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"MerchantTradeNo": "with-dash"}, "MerchantTradeNo Error"),
        ({"MerchantTradeNo": "A" * 65}, "MerchantTradeNo Error"),
        ({"MerchantTradeDate": "2019/03/01 16:02:24"}, "MerchantTradeDate Error"),
        ({"MerchantTradeDate": "2019-02-30 16:02:24"}, "MerchantTradeDate Error"),
        ({"Amount": 5}, "Amount Error"),
        ({"Amount": 12.5}, "Amount Error"),
        ({"Amount": True}, "Amount Error"),
        ({"Amount": "12.5"}, "Amount Error"),
        ({"ItemName": ""}, "ItemName Error"),
        ({"ItemName": "<b>tea</b>"}, "HTML Tag Error"),
        ({"ReturnURL": ""}, "ReturnURL Error"),
        ({"ReturnURL": "ftp://x"}, "ReturnURL Error"),
        ({"MerchantID": "1"}, "Data MerchantID Error"),
    ],
)
def test_each_field_inside_is_held_to_its_rule(caller: Caller, change: dict[str, Any], field: str) -> None:
    order = caller.wx_order(**change)
    assert caller.run(refusal(caller, caller.wx_fields(order)))[0] == 99, field
    assert caller.orders.all() == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"MerchantID": "2000133"}, "MerchantID Error"),
        ({"PlatformID": "1"}, "PlatformID Error"),
        ({"Timestamp": "1"}, "Timestamp Expired"),
        ({"Timestamp": "now"}, "Timestamp Error"),
        ({"RqID": ""}, "RqID Error"),
        ({"RqID": "x" * 65}, "RqID Error"),
        ({"Revision": "2"}, "Revision Error"),
        ({"Data": "AAAA"}, "Data Decrypt Error"),
        ({"PlatformID": OWN["platform_id"]}, "Data Decrypt Error"),
    ],
)
def test_each_field_outside_is_held_to_its_rule(caller: Caller, change: dict[str, str], field: str) -> None:
    fields = caller.wx_fields(caller.wx_order(), **change)
    assert caller.run(refusal(caller, fields))[0] == 99, field


def test_an_rqid_is_accepted_once(caller: Caller) -> None:
    async def day() -> None:
        fields = caller.wx_fields(caller.wx_order(), RqID="SAME")
        await caller.post("/opay/WxAPI/Create", fields)
        assert (await refusal(caller, fields))[0] == 99
        assert (await refusal(caller, caller.wx_fields(caller.wx_order())))[0] == 0

    caller.run(day())


def test_calls_with_the_platforms_number_have_the_platforms_keys(caller: Caller) -> None:
    async def day() -> None:
        sealed = crypto.opay_seal(compact(caller.wx_order()), OWN["platform_hash_key"], OWN["platform_hash_iv"])
        fields = caller.wx_fields(caller.wx_order(), PlatformID=OWN["platform_id"], Data=sealed)
        assert (await caller.post("/opay/WxAPI/Create", fields)).headers["content-type"].startswith("text/html")

    caller.run(day())


def test_the_older_sample_is_accepted_in_every_spelling(caller: Caller) -> None:
    async def day() -> None:
        order = caller.wx_order(ItemName="%e6%b8%ac%e8%a9%a6", Amount="100")
        plain = b64encode(crypto.cbc_encrypt(KEY, IV, compact(order).encode())).decode()
        fields = caller.wx_fields(order, Data=twice_encoded(plain), Revision="1.0")
        fields["Revison"] = fields.pop("Revision")
        assert (await caller.post("/opay/WxAPI/Create", fields)).headers["content-type"].startswith("text/html")

    caller.run(day())
    assert caller.order("opay", "WX0001").facts["ItemName"] == "測試"


DIALECTS = ["twice+percent", "twice+json", "once+percent", "once+json"]


def written(caller: Caller, dialect: str) -> dict[str, str]:
    """Return a query whose ``Data`` has characters that differ when they are encoded again."""
    wire, plain = dialect.split("+")
    text = compact({"MerchantID": OWN["merchant_id"], "MerchantTradeNo": "WX0001"})
    sealed = (crypto.opay_seal if plain == "percent" else crypto.opay_seal_bare)(text, KEY.decode(), IV.decode())
    return caller.wx_fields({}, Data=crypto.dotnet_encode(sealed) if wire == "twice" else sealed)


@pytest.mark.parametrize("spoken", DIALECTS)
@pytest.mark.parametrize("taken", ["any", *DIALECTS])
def test_a_gateway_of_one_dialect_understands_no_other(caller: Caller, taken: str, spoken: str) -> None:
    caller.simulator.scenarios.opay_dialect = taken

    async def day() -> str:
        return form_reply((await caller.post("/opay/WxAPI/QueryTradeInfo", written(caller, spoken))).text)["RtnCode"]

    assert caller.run(day()) == ("0" if taken in ("any", spoken) else "99")


@pytest.mark.parametrize("reply", ["form", "raw", "json"])
@pytest.mark.parametrize("taken", ["any", *DIALECTS])
def test_answers_are_written_as_the_control_page_says(caller: Caller, taken: str, reply: str) -> None:
    async def day() -> str:
        await caller.wx_create()
        answer = await caller.client.post("/control/opay", json={"dialect": taken, "reply": reply})
        assert answer.json() == {"dialect": taken, "reply": reply}
        answer = await caller.post(
            "/opay/WxAPI/QueryTradeInfo", written(caller, "twice+json" if taken == "any" else taken)
        )
        return answer.json()["Data"] if reply == "json" else form_reply(answer.text)["Data"].replace(" ", "+")

    text = crypto.opay_text(caller.run(day()), KEY.decode(), IV.decode())
    assert text.startswith("%7B" if "percent" in taken else '{"RtnCode":0,')


def test_a_raw_answer_has_a_plus_that_a_form_reader_takes_for_a_space(caller: Caller) -> None:
    caller.simulator.scenarios.opay_reply = "raw"

    async def day() -> list[str]:
        await caller.wx_create()
        asked = [await caller.post("/opay/WxAPI/QueryTradeInfo", written(caller, "twice+json")) for _ in range(3)]
        return [form_reply(one.text)["Data"] for one in asked]

    assert any(" " in data for data in caller.run(day()))


@pytest.mark.parametrize("fields", [{"dialect": "thrice"}, {"reply": "xml"}])
def test_the_control_page_refuses_what_it_does_not_know(caller: Caller, fields: dict[str, str]) -> None:
    async def day() -> tuple[int, Any]:
        answer = await caller.client.post("/control/opay", json=fields)
        return answer.status_code, (await caller.client.get("/control/opay")).json()

    assert caller.run(day()) == (400, {"dialect": "any", "reply": "form"})


def test_the_phone_leads_back_to_where_the_order_says(caller: Caller) -> None:
    async def day() -> list[str]:
        await caller.wx_create("WX0001", ClientBackURL="https://shop.example/pay/t/result?a='1'")
        await caller.wx_create("WX0002")
        pages = [await caller.client.get(f"/phone/order/opay/{number}?lang=en") for number in ("WX0001", "WX0002")]
        return [page.text for page in pages]

    first, second = caller.run(day())
    assert "href='https://shop.example/pay/t/result?a=&#x27;1&#x27;'" in first
    assert "result page" not in second
