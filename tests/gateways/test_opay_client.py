"""O'Pay: a second copy of the document's fields, statuses and notifications."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlencode

import httpx
import pytest

from pos.domain.discount import Discount
from pos.domain.money import Money
from pos.domain.payment import Line, SaleTerms, Tender
from pos.errors import BadNotice, BadReply, ConfigError, InputError
from pos.gateways.base import Gateway, Verdict
from pos.gateways.fields import TAIPEI
from pos.gateways.opay.client import item_name
from pos.gateways.opay.dialect import DIALECTS, Dialect, seal, unseal
from pos.simulator.crypto import dotnet_encode, opay_seal, opay_text
from pos.store.ledger import fee_hundredths
from tests.gateways.conftest import answer, client, form, replying, run
from tests.gateways.fixtures import opay, order
from tests.gateways.fixtures.base import NUMBER

ACCEPTED, PAID, LAPSED, UNSURE = Verdict.ACCEPTED, Verdict.PAID, Verdict.LAPSED, Verdict.UNSURE
PAIR = (opay.FIXTURE.secrets["hash_key"], opay.FIXTURE.secrets["hash_iv"])
MISSING, VOIDED, REJECTED = Verdict.MISSING, Verdict.VOIDED, Verdict.REJECTED


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        ("0", ACCEPTED),
        ("1", PAID),
        ("v342", LAPSED),
        ("V342", UNSURE),
        ("v341", UNSURE),
        ("10200095", UNSURE),
        ("2", UNSURE),
    ],
)
def test_opay_trade_status(status: str, verdict: Verdict) -> None:
    found = run(client("opay", answer(opay.paid(TradeStatus=status))).query(order("opay")))
    assert (found.verdict, found.code, found.fee) == (verdict, status, "10.25")
    assert found.details == {"allocate_status": "0"}


@pytest.mark.parametrize(("code", "verdict"), [(0, MISSING), (99, REJECTED), (10200095, REJECTED), ("0", MISSING)])
def test_opay_calls(code: object, verdict: Verdict) -> None:
    reply = {"MerchantID": "2000132", "RtnCode": code, "RtnMsg": "查無資料"}
    assert run(client("opay", answer(reply)).query(order("opay"))).verdict is verdict


def test_opay_charge_sends_no_order_and_names_our_page() -> None:
    asked: list[tuple[str, dict[str, object]]] = []

    def nothing_found(request: httpx.Request) -> httpx.Response:
        asked.append((request.url.path, unseal(form(request)["Data"], *PAIR)))
        return httpx.Response(200, text="MerchantID=2000132&RtnCode=0")

    found = run(client("opay", nothing_found).charge(order("opay", page_token="tok")))
    assert (found.verdict, found.pay_url) == (ACCEPTED, "https://shop.example/pay/tok")
    ((path, data),) = asked
    assert (path, set(data)) == ("/WxAPI/QueryTradeInfo", {"MerchantID", "MerchantTradeNo"})
    assert str(data["MerchantTradeNo"]).startswith("PROBE")


@pytest.mark.parametrize("dialect", [one.name for one in DIALECTS])
def test_opay_charge_sends_no_query_if_the_dialect_is_set(dialect: str) -> None:
    def never(request: object) -> Any:
        raise AssertionError("sent")

    made = client("opay", never, {"dialect": dialect})
    assert run(made.charge(order("opay", page_token="tok"))).verdict is ACCEPTED


@pytest.mark.parametrize(
    ("dialect", "encoded", "begins", "item"),
    [
        ("twice+percent", True, "%7B%22MerchantID%22%3A", "%E6%89%8B%E6%A9%9F%2025%20%E5%85%83%20X%205"),
        ("twice+json", True, '{"MerchantID":', "%e6%89%8b%e6%a9%9f+25+%e5%85%83+X+5"),
        ("once+percent", False, "%7B%22MerchantID%22%3A", "%E6%89%8B%E6%A9%9F%2025%20%E5%85%83%20X%205"),
        ("once+json", False, '{"MerchantID":', "%e6%89%8b%e6%a9%9f+25+%e5%85%83+X+5"),
    ],
)
def test_opay_page_uses_the_dialect_of_the_settings(dialect: str, encoded: bool, begins: str, item: str) -> None:
    attempt = order("opay", lines=(Line("手機", Money(25, "TWD"), 5),))
    _, fields = client("opay", replying({}), {"dialect": dialect}).page(attempt)
    assert bool(re.search("%2b|%2f|%3d", fields["Data"])) is encoded
    assert bool(re.search("[+/=]", fields["Data"])) is not encoded
    plain = opay_text(unquote(fields["Data"]), *PAIR)
    assert plain.startswith(begins)
    assert item in plain


def test_opay_page_has_the_documents_fields_and_no_key() -> None:
    url, fields = client("opay", replying({})).page(order("opay", lines=(Line("手機", Money(25, "TWD"), 5),)))
    assert url == "https://payment-stage.opay.tw/WxAPI/Create"
    assert set(fields) == {"MerchantID", "Timestamp", "RqID", "Revision", "Data"}
    assert (fields["Revision"], len(fields["RqID"])) == ("1", 32)
    data = unseal(fields["Data"], *PAIR)
    assert (data["ItemName"], data["Amount"]) == ("手機 25 元 X 5", 125)
    assert data["MerchantTradeDate"] == "2026-11-20 12:00:00"
    assert all(key not in str(fields) for key in opay.FIXTURE.secrets.values())


@pytest.mark.parametrize("length", [200, 201])
def test_opay_customer_returns_to_our_page_of_200_characters_at_most(length: int) -> None:
    attempt = order("opay", page_token="0123456789abcdef")
    rest = len("/pay/0123456789abcdef/result")
    made = client(
        "opay", replying({}), {"return_url": "https://shop.example/n"}, server_url="https://a".ljust(length - rest, "a")
    )
    back = unseal(made.page(attempt)[1]["Data"], *PAIR)["ClientBackURL"]
    assert (len(back), back.endswith("/pay/0123456789abcdef/result")) == (length, True)
    if length > 200:
        with pytest.raises(InputError, match="ClientBackURL may have 200 characters at most"):
            made.check(attempt)
    else:
        made.check(attempt)


def test_opay_signs_with_the_platforms_number_if_there_is_one() -> None:
    _, fields = client("opay", replying({}), {"platform_id": "2012441"}).page(order("opay"))
    assert fields["PlatformID"] == "2012441"


def test_opay_needs_the_shops_server() -> None:
    made = client("opay", replying({}), server_url="")
    with pytest.raises(ConfigError, match="needs the shop's server"):
        made.can_take(Tender.WECHAT, Money(125, "TWD"))


def test_opay_item_names_keep_to_forty_characters_and_never_cut_a_price() -> None:
    lines = tuple(Line(f"商品{n}", Money(25, "TWD"), 1) for n in range(5))
    assert item_name(order("opay", lines=lines[:2]), "店") == "商品0 25 元 X 1#商品1 25 元 X 1"
    assert item_name(order("opay", lines=lines), "店" * 60).endswith("店 125 元 X 1")
    cheaper = SaleTerms(discount=Discount(Money(5, "TWD"), "regular"))
    assert item_name(order("opay", lines=lines[:2], terms=cheaper), "店") == "店 125 元 X 1"
    assert len(item_name(order("opay", lines=lines), "店" * 60)) == 40
    assert item_name(order("opay", lines=(Line("<b>#😀é", Money(125, "TWD"), 1),)), "店") == "＜b＞＃ 125 元 X 1"
    assert item_name(order("opay", lines=(Line("😀", Money(125, "TWD"), 1),)), "店") == "商品 125 元 X 1"


@pytest.mark.parametrize(("field", "length"), [("merchant_id", 10), ("platform_id", 10), ("return_url", 200)])
def test_opay_lengths(field: str, length: int) -> None:
    longest = "https://shop.example/".ljust(length, "x") if field == "return_url" else "x" * length
    client("opay", replying({}), {field: longest}).check(order("opay"))
    with pytest.raises(InputError, match=f"{field} may have {length}"):
        client("opay", replying({}), {field: longest + "x"}).check(order("opay"))


def test_opay_refuses_malformed_addresses_and_numbers() -> None:
    for url in ("shop.example", "http://shop.example/notify", "ftp://shop.example"):
        with pytest.raises(ConfigError, match="must be an https address"):
            client("opay", replying({}), {"return_url": url})
    with pytest.raises(InputError, match="MerchantTradeNo"):
        client("opay", replying({})).check(replace(order("opay"), order_no="A-1"))


def test_opay_reads_data_only_of_a_successful_call() -> None:
    nothing = {"MerchantID": "2000132", "RtnCode": 0, "RtnMsg": "查無資料", "Data": "damaged"}
    found = run(client("opay", answer(nothing)).query(order("opay")))
    assert (found.verdict, found.code, "查無資料" in str(found.message)) == (MISSING, "0", True)
    with pytest.raises(BadReply, match="Data is missing"):
        run(client("opay", answer({"MerchantID": "2000132", "RtnCode": 1})).query(order("opay")))


PAID_FACTS = {"MerchantTradeNo": NUMBER, "TradeAmt": 125, "TradeStatus": "1"}
FORM_WRITERS: dict[str, Callable[[dict[str, Any]], bytes]] = {
    "json": lambda reply: json.dumps(reply).encode(),
    "json with a mark in front": lambda reply: b"\xef\xbb\xbf" + json.dumps(reply).encode(),
    "form": lambda reply: urlencode(reply).encode(),
    "form of .NET": lambda reply: "&".join(
        f"{name}={dotnet_encode(str(value))}" for name, value in reply.items()
    ).encode(),
    "raw form": lambda reply: "&".join(f"{name}={value}" for name, value in reply.items()).encode(),
    "form encoded twice": lambda reply: urlencode(reply | {"Data": dotnet_encode(reply["Data"])}).encode(),
    "form with empty pieces": lambda reply: b"&&RtnMsg&" + urlencode(reply).encode() + b"&&x&\r\n",
}


def writing(body: bytes) -> Gateway:
    """Return a client in one dialect whose gateway answers ``body``."""
    return client("opay", lambda request: httpx.Response(200, content=body), {"dialect": "once+json"})


@pytest.mark.parametrize("written", FORM_WRITERS)
def test_opay_reads_a_reply_in_every_form(written: str) -> None:
    for number in range(100):
        reply = opay.paid(TradeNo=f"{number:0{1 + number % 16}d}")
        found = run(writing(FORM_WRITERS[written](reply)).query(order("opay")))
        assert (found.verdict, found.amount) == (PAID, Money(125, "TWD"))


@pytest.mark.parametrize("place", [0, -1])
def test_opay_a_plus_at_either_end_of_data_is_not_stripped_as_a_space(place: int) -> None:
    """The test searches for such a reply: platform number and order number change its first and last block."""
    for number in range(20_000):
        facts = {"Shop": f"{number}", "MerchantID": "2000132"} | {"TradeNo": f"{number:0{1 + number % 48}d}"}
        reply = opay.paid() | {"Data": seal(facts | PAID_FACTS, Dialect(False, False), *PAIR)}
        if reply["Data"][place] == "+":
            break
    else:
        raise AssertionError("none found")
    assert run(writing(FORM_WRITERS["raw form"](reply)).query(order("opay"))).verdict is PAID


RECORDED = json.loads((Path(__file__).parent / "vectors.json").read_text("utf-8"))["vectors"]
DATA = next(one["inputs"]["Data"] for one in RECORDED if one["id"] == "opay-wx-recorded-query")


@pytest.mark.parametrize("data", [DATA, dotnet_encode(DATA), urlencode({"": dotnet_encode(DATA)})[1:]])
def test_opay_the_recorded_reply_of_a_paid_order_is_read_by_its_trade_status(data: str) -> None:
    """``RtnCode`` 0 and ``Amount`` 0 inside are ignored."""
    body = (
        f"MerchantID=2000132&PlatformID=&Timestamp=1569547000&RqID=rqid_5d8d&Revision=1&RtnCode=1&RtnMsg=&Data={data}"
    )
    made = client("opay", lambda request: httpx.Response(200, content=body.encode()), {"dialect": "twice+json"})
    bought = replace(order("opay"), order_no="merchant_5d8d6287c28", amount=Money(1980, "TWD"))
    found = run(made.query(bought))
    assert (found.verdict, found.code, found.amount) == (PAID, "1", Money(1980, "TWD"))
    assert (found.fee, found.gateway_ref) == ("54.4500", "1909270915246175")
    assert fee_hundredths(found.fee) == 5445
    opened = unseal(data, *PAIR)
    assert opened["ItemName"] == "#歐付寶黑芝麻豆漿 2000 元 x 1#歐付寶白豆漿 -10 元 x 2"


@pytest.mark.parametrize("inside", [0, 1, 99, None, "0", "10200095"])
@pytest.mark.parametrize(("status", "verdict"), [("0", ACCEPTED), ("1", PAID), ("v342", LAPSED)])
def test_opay_no_code_inside_a_query_changes_its_trade_status(inside: object, status: str, verdict: Verdict) -> None:
    reply = opay.paid(RtnCode=inside, RtnMsg=None, Amount=0, TradeStatus=status)
    found = run(client("opay", answer(reply), {"dialect": "once+json"}).query(order("opay")))
    assert (found.verdict, found.amount) == (verdict, Money(125, "TWD"))


def test_opay_a_failed_probe_has_a_reason() -> None:
    found = run(client("opay", answer({"RtnCode": 99, "RtnMsg": "Timestamp"})).probe())
    assert (found.verdict, found.code, "Timestamp" in str(found.message)) == (REJECTED, "99", True)
    made = client("opay", answer({"RtnCode": 99, "RtnMsg": "Timestamp"}), {"dialect": "once+json"})
    found = run(made.probe())
    assert (found.verdict, found.code, "Timestamp" in str(found.message)) == (REJECTED, "99", True)


def test_opay_an_unopened_page_is_void_and_an_opened_one_is_not() -> None:
    made = client("opay", replying({}))
    assert run(made.void(order("opay"))).verdict is VOIDED
    assert run(made.void(order("opay", page_served_at=datetime.now(TAIPEI)))).verdict is UNSURE


def test_opay_answers_of_another_shop_or_order_are_refused() -> None:
    for reply in (
        opay.paid(MerchantTradeNo="OTHER"),
        opay.paid(MerchantID="999"),
        opay.paid({"MerchantID": "999"}),
        opay.paid({"MerchantID": "999", "RtnCode": 0}),
        opay.paid(MerchantID=""),
        opay.paid(TradeAmt="12.5"),
        opay.paid({"Data": "QUJD"}),
    ):
        with pytest.raises(BadReply):
            run(client("opay", answer(reply)).query(order("opay")))


def test_opay_notices_are_verified_with_our_keys() -> None:
    made = client("opay", replying({}))
    text = f'{{"MerchantID":"2000132","MerchantTradeNo":"{NUMBER}","RtnCode":1}}'
    data = opay_seal(text, *opay.PAIR)
    envelope = {"MerchantID": "2000132", "RtnCode": "1", "RtnMsg": "成功", "Data": data}
    notice = made.read_notice({}, urlencode(envelope).encode())
    assert (notice.order_no, notice.reply, notice.code) == (NUMBER, "1|OK", "1")
    for wrong in ({"Data": data[::-1]}, {"MerchantID": "1"}, {"Data": ""}):
        with pytest.raises(BadNotice):
            made.read_notice({}, urlencode(envelope | wrong).encode())


@pytest.mark.parametrize("dialect", [one.name for one in DIALECTS])
def test_opay_the_form_of_our_page_is_not_a_notice(dialect: str) -> None:
    """The customer's browser has the form and can post it to any address."""
    made = client("opay", replying({}), {"dialect": dialect})
    _, fields = made.page(order("opay", page_token="t"))
    for outside in ({}, {"RtnCode": "1", "RtnMsg": "成功"}):
        with pytest.raises(BadNotice, match="RtnCode"):
            made.read_notice({}, urlencode({**fields, **outside}).encode())


@pytest.mark.parametrize("code", [1, "1", 10200095])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_opay_notices_are_read_in_every_dialect(dialect: Dialect, code: object) -> None:
    made = client("opay", replying({}))
    facts = {"MerchantID": "2000132", "MerchantTradeNo": NUMBER, "RtnCode": code, "RtnMsg": "茶 +", "TradeAmt": 125}
    envelope = {"MerchantID": "2000132", "RtnCode": "1", "Data": seal(facts, dialect, *PAIR)}
    notice = made.read_notice({}, urlencode(envelope).encode())
    assert (notice.order_no, notice.code) == (NUMBER, str(code))
    spoiled = urlencode(envelope).replace("%2B", "+").encode()
    assert made.read_notice({}, spoiled) == notice


@pytest.mark.parametrize(
    "facts", [{}, {"RtnCode": None}, {"RtnCode": ""}, {"MerchantTradeNo": ""}, {"MerchantID": "1"}]
)
def test_opay_a_notice_without_a_code_or_a_number_is_refused(facts: dict[str, Any]) -> None:
    whole: dict[str, Any] = {"MerchantID": "2000132", "MerchantTradeNo": NUMBER, "RtnCode": 1}
    if not facts:
        del whole["RtnCode"]
    data = seal(whole | facts, DIALECTS[0], *PAIR)
    with pytest.raises(BadNotice):
        client("opay", replying({})).read_notice({}, urlencode({"MerchantID": "2000132", "Data": data}).encode())


@pytest.mark.parametrize("dialect", DIALECTS)
def test_opay_a_probe_differs_on_the_wire_from_its_other_encoding(dialect: Dialect) -> None:
    """Without a ``+`` a gateway would understand both encodings, and the page might use the wrong one."""
    seen: list[str] = []

    def look(request: httpx.Request) -> httpx.Response:
        seen.append(form(request)["Data"])
        return httpx.Response(200, json={"RtnCode": 0})

    made = client("opay", look, {"dialect": dialect.name})
    for _ in range(30):
        run(made.probe())
    assert all(("%2b" in data) is dialect.twice and ("+" in data) is not dialect.twice for data in seen)
    numbers = [str(unseal(data, *PAIR)["MerchantTradeNo"]) for data in seen]
    assert all(re.fullmatch("PROBE[0-9A-F]{15}", number) for number in numbers)
    assert len(set(numbers)) == 30
