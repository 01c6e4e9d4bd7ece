"""MyPay: a second copy of the document's fields, states and notifications."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from pos.domain.money import Money
from pos.domain.payment import Line, Tender
from pos.errors import BadNotice, BadReply, ConfigError, InputError, NoAnswer
from pos.gateways import GATEWAYS
from pos.gateways.base import GatewayConfig, Verdict
from pos.gateways.fields import TAIPEI
from pos.gateways.mypay.client import Mypay
from pos.gateways.mypay.codes import PFN, known_pfn
from pos.simulator.crypto import mypay_open
from tests.gateways.conftest import answer, client, form, replying, run
from tests.gateways.fixtures import mypay, order
from tests.gateways.fixtures.base import NUMBER

ACCEPTED, PAID, REFUSED, LAPSED = Verdict.ACCEPTED, Verdict.PAID, Verdict.REFUSED, Verdict.LAPSED
UNSURE, MISSING, REJECTED, DIFFERS = Verdict.UNSURE, Verdict.MISSING, Verdict.REJECTED, Verdict.DIFFERS
VOIDED = Verdict.VOIDED


@pytest.mark.parametrize(
    ("prc", "verdict"),
    [("100", UNSURE), ("200", ACCEPTED), ("220", VOIDED), ("230", DIFFERS), ("245", ACCEPTED), ("247", ACCEPTED),
     ("250", PAID), ("260", ACCEPTED), ("265", ACCEPTED), ("270", ACCEPTED), ("275", ACCEPTED), ("280", ACCEPTED),
     ("282", ACCEPTED), ("284", ACCEPTED), ("290", DIFFERS), ("300", REFUSED), ("380", LAPSED), ("400", UNSURE),
     ("600", PAID), ("A0001", UNSURE), ("A0002", REFUSED), ("B200", UNSURE), ("B500", UNSURE), ("7777", UNSURE)],
)  # fmt: skip
def test_mypay_states(prc: str, verdict: Verdict) -> None:
    found = run(client("mypay", answer(mypay.paid(prc=prc))).query(order("mypay")))
    assert (found.verdict, found.code) == (verdict, prc)


@pytest.mark.parametrize(("code", "verdict"), [("200", ACCEPTED), ("100", REJECTED), ("400", UNSURE), ("7777", UNSURE)])
def test_mypay_answers_to_an_order(code: str, verdict: Verdict) -> None:
    found = run(client("mypay", answer(mypay.placed(code=code))).charge(order("mypay")))
    assert (found.verdict, found.code) == (verdict, code)
    if verdict is ACCEPTED:
        assert (found.gateway_ref, found.gateway_key) == ("81127", "af4e678325dd49f8036949c38ab04105")


@pytest.mark.parametrize(("days", "lives"), [("", 4), ("1", 4), ("3", 4), ("30", 31)])
def test_mypay_an_order_lasts_as_long_as_its_account_can_be_paid(days: str, lives: int) -> None:
    assert client("mypay", replying({}), {"validity_days": days}).lifetime() == timedelta(days=lives)


def test_mypay_a_key_of_another_order_is_not_repeated() -> None:
    with pytest.raises(BadReply, match="another key: …") as caught:
        run(client("mypay", answer(mypay.paid(key="0123456789abcdef"))).query(order("mypay")))
    assert "0123456789abcdef" not in str(caught.value) + caught.value.detail


def test_mypay_items_without_a_name_get_one() -> None:
    made = client("mypay", replying({}))
    assert isinstance(made, Mypay)
    body = made._body(order("mypay", lines=(Line("\u202e\0", Money(25, "TWD"), 5),)))
    assert body["items"] == [{"id": "1", "name": "商品", "cost": 25, "amount": 5, "total": 125}]


def test_mypay_the_reply_about_an_unknown_order_repeats_the_query() -> None:
    echo = {"uid": "81127", "key": "af4e678325dd49f8036949c38ab04105"}
    assert run(client("mypay", answer(echo)).query(order("mypay"))).verdict is MISSING


@pytest.mark.parametrize(
    ("facts", "amount"),
    [
        ({"cost": "125", "actual_cost": "125.00"}, Money(125, "TWD")),
        ({"cost": "125.00", "actual_cost": "125.0"}, Money(125, "TWD")),
        ({"actual_cost": 120}, Money(120, "TWD")),
        ({"cost": "1000.00", "actual_cost": 125}, Money(1000, "TWD")),  # paid as our order, placed as another's
        ({"actual_currency": "CNY"}, Money(12500, "CNY")),
        ({"currency": "CNY"}, Money(12500, "CNY")),
        ({"prc": "290", "actual_cost": 130}, Money(130, "TWD")),
        ({"prc": "290", "actual_cost": ""}, Money(125, "TWD")),
        ({"prc": "230", "actual_cost": 0}, Money(125, "TWD")),
        ({"prc": "270", "actual_cost": 0}, Money(125, "TWD")),
    ],
)
def test_mypay_amounts_are_read_in_every_form(facts: dict[str, Any], amount: Money) -> None:
    found = run(client("mypay", answer(mypay.paid(**facts))).query(order("mypay")))
    assert found.amount == amount


def test_mypay_answers_about_another_order_are_refused() -> None:
    for wrong in ({"uid": 1}, {"key": "x"}, {"order_id": "OTHER"}, {"cost": "12.50"}, {"currency": "dollars"}):
        with pytest.raises(BadReply):
            run(client("mypay", answer(mypay.paid(**wrong))).query(order("mypay")))


def test_mypay_an_account_inside_the_answer_is_found() -> None:
    content = '{"PinCode":"99170242886303","LimitDate":"2026-11-23 23:59:59","BankCode":"007"}'
    reply = mypay.paid(prc="270", result_content_type="E_COLLECTION", result_content=content)
    account = run(client("mypay", answer(reply)).query(order("mypay"))).virtual_account
    assert account is not None
    assert (account.bank_code, account.account) == ("007", "99170242886303")
    assert account.expires_at == datetime(2026, 11, 23, 23, 59, 59, tzinfo=TAIPEI)
    later = mypay.paid(prc="270", result_content_type="E_COLLECTION", result_content=content, expired_date="20261124")
    again = run(client("mypay", answer(later)).query(order("mypay"))).virtual_account
    assert again is not None
    assert again.expires_at.day == 24
    for none in ('{"PinCode":"x"}', "{}", ""):
        reply = mypay.paid(prc="270", result_content_type="E_COLLECTION", result_content=none)
        assert run(client("mypay", answer(reply)).query(order("mypay"))).virtual_account is None


def test_mypay_orders_are_encrypted_as_in_the_appendix() -> None:
    import json

    seen: list[dict[str, str]] = []

    def look(request: Any) -> Any:
        seen.append(form(request))
        raise NoAnswer("enough")

    lines = (Line("茶", Money(25, "TWD"), 4), Line("餅", Money(25, "TWD"), 1))
    with pytest.raises(NoAnswer):
        run(client("mypay", look).charge(order("mypay", tender=Tender.ATM, lines=lines)))
    key = mypay.FIXTURE.secrets["store_key"]
    assert json.loads(mypay_open(seen[0]["service"], key)) == {"service_name": "api", "cmd": "api/orders"}
    body = json.loads(mypay_open(seen[0]["encry_data"], key))
    assert body["items"][0] == {"id": "1", "name": "茶", "cost": 25, "amount": 4, "total": 100}
    assert (body["cost"], body["order_id"], body["pfn"], body["limit_pay_days"]) == (125, NUMBER, "E_COLLECTION", 3)
    assert body["ip"] == "192.168.1.20"
    assert body["user_id"] == NUMBER


def test_mypay_tries_its_next_key_once_and_sends_no_order_of_unknown_result_twice() -> None:
    import httpx

    calls: list[str] = []

    def look(request: Any) -> Any:
        sent = form(request)["service"]
        for key in ("K" * 32, "N" * 32):
            try:
                command = json.loads(mypay_open(sent, key))["cmd"]
            except Exception:
                continue
            calls.append(f"{command} {key[0]}")
        return httpx.Response(200, json={"code": code, "msg": "x"})

    made = client("mypay", look, secrets={"store_key": "K" * 32, "store_key_next": "N" * 32})
    key_check = ["api/queryorder K", "api/queryorder N"]  # whether the key is the reason
    code = "100"
    assert run(made.charge(order("mypay"))).verdict is REJECTED
    assert calls == ["api/orders K", "api/orders N", *key_check]
    calls.clear()
    code = "400"
    assert run(made.charge(order("mypay"))).verdict is UNSURE
    assert calls == ["api/orders K", *key_check]  # a call with code 400 may have made an order
    calls.clear()
    assert run(made.query(order("mypay"))).credentials
    assert calls == ["api/queryorder K", "api/queryorder N", *key_check]


def test_mypay_a_lost_order_is_queried_only_if_that_is_allowed() -> None:
    lost = order("mypay", gateway_ref="", gateway_key="")
    found = run(client("mypay", replying({})).query(lost))
    assert (found.verdict, "notification is awaited" in str(found.message)) == (UNSURE, True)
    allowed = {"lookup_by_order": "yes"}
    rows = {"code": "B200", "rows": [mypay.paid()]}
    row = run(client("mypay", answer({"rows": rows["rows"]}), allowed).query(lost))
    assert (row.verdict, row.gateway_ref) == (PAID, "81127")
    assert run(client("mypay", answer({"code": "B500", "rows": []}), allowed).query(lost)).verdict is MISSING
    with pytest.raises(BadReply):
        run(client("mypay", answer({"rows": "x"}), allowed).query(lost))


@pytest.mark.parametrize(("allowed", "expected"), [("yes", PAID), ("no", MISSING)])
def test_mypay_an_order_whose_answer_named_a_wrong_key_is_found_by_its_number(allowed: str, expected: Verdict) -> None:
    """MyPay repeats what it was sent about an order that it does not know."""
    import httpx

    def reply(request: Any) -> Any:
        command = json.loads(mypay_open(form(request)["service"], mypay.FIXTURE.secrets["store_key"]))["cmd"]
        known = {"code": "B200", "rows": [mypay.paid()]}
        return httpx.Response(200, json=known if command == "api/querydirect" else {"uid": "81127", "key": "0" * 32})

    damaged = order("mypay", gateway_ref="81127", gateway_key="0" * 32)
    found = run(client("mypay", reply, {"lookup_by_order": allowed}).query(damaged))
    assert found.verdict is expected


def test_mypay_tools_by_code_and_number() -> None:
    assert len(PFN) == 37
    assert PFN["13"] == "WECHAT"
    assert all(known_pfn(number) and known_pfn(code) for number, code in PFN.items())
    assert all(known_pfn(text) for text in ("0", "all", "JKOOF", "1,3,6"))
    assert not known_pfn("1,3,5")
    for options in ({"pfn": "BITCOIN"}, {"validity_days": "0"}):
        with pytest.raises(ConfigError):
            GATEWAYS["mypay"].check_config(GatewayConfig({**mypay.FIXTURE.options, **options}, mypay.FIXTURE.secrets))


def test_mypay_field_rules() -> None:
    with pytest.raises(InputError, match="store_uid"):
        client("mypay", replying({}), {"store_uid": "1" * 17}).check(order("mypay"))
    for line in (Line("折扣", Money(-5, "TWD"), 1), Line("茶", Money(125, "TWD"), 0)):
        with pytest.raises(InputError, match="does not accept items below zero"):
            client("mypay", replying({})).check(order("mypay", lines=(line,)))
    without_address = client("mypay", replying({}))
    without_address.shop = replace(without_address.shop, address="register-1")
    with pytest.raises(InputError, match="register-1 is not an IP address"):
        without_address.check(order("mypay"))
    made = client("mypay", replying({}), {"base_url": "https://ka.mypay.tw/api/init"})
    assert isinstance(made, Mypay)
    assert made._url() == "https://ka.mypay.tw/api/init"


def test_mypay_notices_prove_nothing_but_name_an_order() -> None:
    made = client("mypay", replying({}))
    notice = made.read_notice({}, f"uid=81127&key=k&prc=250&order_id={NUMBER}".encode())
    assert (notice.order_no, notice.gateway_ref, notice.gateway_key, notice.reply) == (NUMBER, "81127", "k", "8888")
    for bad in (b"uid=1&key=k", b"key=k&order_id=1", b"uid=1&order_id=1"):
        with pytest.raises(BadNotice, match="names no order"):
            made.read_notice({}, bad)


def test_mypay_probe_detects_a_wrong_key() -> None:
    found = run(client("mypay", answer({"code": "100", "msg": "x"})).probe())
    assert (found.verdict, found.credentials) == (REJECTED, True)


BARS = {"BarCode1": "150430C8N", "BarCode2": "010151234567890", "BarCode3": "041712000000125"}


@pytest.mark.parametrize(
    ("kind", "content", "pin", "bars"),
    [
        ("IBON", {"PinCode": "LYL12345678901", "LimitDate": "20261123235959", **BARS, "BarcodeEndDate": "x"}, True, 3),
        ("FAMIPORT", {"PinCode": "12345678901234", "LimitDate": "20261123235959", **BARS}, True, 3),
        ("LIFEET", {"PinCode": "LET123456789", **BARS, "LimitDate": "20261123235959"}, True, 3),
        ("BARCODE", {**BARS, "LimitDate": "20261123235959"}, False, 3),
        ("IBON", {"PinCode": "LYL12345678901", "LimitDate": "20261123235959"}, True, 0),
        ("BARCODE", {"BarCode1": "lower case", "LimitDate": "20261123235959"}, False, 0),
        ("IBON", {"PinCode": "<b>1</b>", "LimitDate": "20261123235959"}, False, 0),
    ],
)
def test_mypay_what_a_convenience_store_needs(kind: str, content: dict[str, str], pin: bool, bars: int) -> None:
    reply = mypay.paid(
        prc="260", result_content_type=kind, result_content=json.dumps(content), actual_cost=0, expired_date=""
    )
    found = run(client("mypay", answer(reply)).query(order("mypay")))
    assert found.verdict is Verdict.ACCEPTED
    assert ("store_pin" in found.details) is pin
    assert len(found.details.get("store_bars", "").split()) == bars
    assert found.expires_at is not None
    assert found.expires_at.astimezone(TAIPEI).strftime("%m-%d %H:%M") == "11-23 23:59"
