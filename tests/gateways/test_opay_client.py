"""O'Pay: fields, statuses and notices, typed out from the document a second time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import pytest

from pos.domain.money import Money
from pos.domain.payment import Line, Tender
from pos.errors import BadNotice, BadReply, InputError
from pos.gateways.base import Verdict
from pos.gateways.fields import TAIPEI
from pos.gateways.opay import item_name
from pos.gateways.signing import opay_decrypt
from pos.simulator.crypto import opay_seal
from tests.gateways import replies
from tests.gateways.conftest import SECRETS, client, replying, run
from tests.gateways.replies import NUMBER, answer, order

ACCEPTED, PAID, LAPSED, UNSURE = Verdict.ACCEPTED, Verdict.PAID, Verdict.LAPSED, Verdict.UNSURE
MISSING, VOIDED = Verdict.MISSING, Verdict.VOIDED


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
    found = run(client("opay", answer(replies.opay(TradeStatus=status))).query(order("opay")))
    assert (found.verdict, found.code, found.fee) == (verdict, status, "10.25")
    assert found.details == {"allocate_status": "0"}


@pytest.mark.parametrize(("code", "verdict"), [(0, MISSING), (99, UNSURE), (10200095, UNSURE), ("0", MISSING)])
def test_opay_calls(code: object, verdict: Verdict) -> None:
    reply = {"MerchantID": "2000132", "RtnCode": code, "RtnMsg": "查無資料"}
    assert run(client("opay", answer(reply)).query(order("opay"))).verdict is verdict


def test_opay_charge_sends_nothing_and_names_our_page() -> None:
    def never(request: object) -> Any:
        raise AssertionError("sent")

    found = run(client("opay", never).charge(order("opay", page_token="tok")))
    assert (found.verdict, found.pay_url) == (ACCEPTED, "https://shop.example/pay/tok")


def test_opay_page_has_the_documents_fields_and_no_key() -> None:
    url, fields = client("opay", replying({})).page(order("opay", lines=(Line("手機", Money(25, "TWD"), 5),)))
    assert url == "https://payment-stage.opay.tw/WxAPI/Create"
    assert set(fields) == {"MerchantID", "Timestamp", "RqID", "Revision", "Data"}
    assert (fields["Revision"], len(fields["RqID"])) == ("1", 32)
    data = opay_decrypt(fields["Data"], *SECRETS["opay"].values())
    assert '"ItemName":"手機 25 元 X 5"' in data
    assert '"Amount":125' in data
    assert '"MerchantTradeDate":"2026-11-20 12:00:00"' in data
    assert all(key not in str(fields) for key in SECRETS["opay"].values())


def test_opay_signs_with_the_platforms_number_where_there_is_one() -> None:
    _, fields = client("opay", replying({}), {"platform_id": "2012441"}).page(order("opay"))
    assert fields["PlatformID"] == "2012441"


def test_opay_needs_the_shops_server() -> None:
    made = client("opay", replying({}), server_url="")
    with pytest.raises(InputError, match="needs the shop's server"):
        made.can_take(Tender.WECHAT, Money(125, "TWD"))


def test_opay_item_names_keep_to_forty_characters_and_never_cut_a_price() -> None:
    lines = tuple(Line(f"商品{n}", Money(25, "TWD"), 1) for n in range(5))
    assert item_name(order("opay", lines=lines[:2]), "店") == "商品0 25 元 X 1#商品1 25 元 X 1"
    assert item_name(order("opay", lines=lines), "店" * 60).endswith("店 125 元 X 1")
    assert len(item_name(order("opay", lines=lines), "店" * 60)) == 40
    assert item_name(order("opay", lines=(Line("<b>#😀é", Money(125, "TWD"), 1),)), "店") == "＜b＞＃ 125 元 X 1"
    assert item_name(order("opay", lines=(Line("😀", Money(125, "TWD"), 1),)), "店") == "商品 125 元 X 1"


@pytest.mark.parametrize(("field", "length"), [("merchant_id", 10), ("platform_id", 10), ("return_url", 200)])
def test_opay_lengths(field: str, length: int) -> None:
    longest = "https://shop.example/".ljust(length, "x") if field == "return_url" else "x" * length
    client("opay", replying({}), {field: longest}).check(order("opay"))
    with pytest.raises(InputError, match=f"{field} may have {length}"):
        client("opay", replying({}), {field: longest + "x"}).check(order("opay"))


def test_opay_refuses_addresses_and_numbers_that_are_none() -> None:
    with pytest.raises(InputError, match="return_url must be a web address"):
        client("opay", replying({}), {"return_url": "shop.example"}).check(order("opay"))
    with pytest.raises(InputError, match="MerchantTradeNo"):
        client("opay", replying({})).check(replace(order("opay"), order_no="A-1"))


def test_opay_believes_data_only_of_a_call_that_succeeded() -> None:
    nothing = {"MerchantID": "2000132", "RtnCode": 0, "RtnMsg": "查無資料", "Data": "damaged"}
    found = run(client("opay", answer(nothing)).query(order("opay")))
    assert (found.verdict, found.code, "查無資料" in str(found.message)) == (MISSING, "0", True)
    with pytest.raises(BadReply, match="Data is missing"):
        run(client("opay", answer({"MerchantID": "2000132", "RtnCode": 1})).query(order("opay")))


def test_opay_a_reply_may_be_a_form() -> None:
    import httpx

    body = urlencode({name: str(value) for name, value in replies.opay().items()}).encode()
    made = client("opay", lambda request: httpx.Response(200, content=body))
    assert run(made.query(order("opay"))).verdict is PAID


def test_opay_a_probe_that_fails_says_why() -> None:
    found = run(client("opay", answer({"RtnCode": 99, "RtnMsg": "Timestamp"})).probe())
    assert (found.verdict, found.code, "Timestamp" in str(found.message)) == (UNSURE, "99", True)


def test_opay_an_unopened_page_is_void_and_an_opened_one_is_not() -> None:
    made = client("opay", replying({}))
    assert run(made.void(order("opay"))).verdict is VOIDED
    assert run(made.void(order("opay", page_served_at=datetime.now(TAIPEI)))).verdict is UNSURE


def test_opay_answers_of_another_shop_or_order_are_not_believed() -> None:
    for reply in (
        replies.opay(MerchantTradeNo="OTHER"),
        replies.opay(MerchantID="999"),
        replies.opay({"MerchantID": "999"}),
        replies.opay({"MerchantID": "999", "RtnCode": 0}),
        replies.opay(MerchantID=""),
        replies.opay(TradeAmt="12.5"),
        replies.opay({"Data": "QUJD"}),
    ):
        with pytest.raises(BadReply):
            run(client("opay", answer(reply)).query(order("opay")))


def test_opay_notices_prove_themselves_by_our_pair() -> None:
    made = client("opay", replying({}))
    data = opay_seal(f'{{"MerchantID":"2000132","MerchantTradeNo":"{NUMBER}","RtnCode":1}}', *SECRETS["opay"].values())
    envelope = {"MerchantID": "2000132", "RtnCode": "1", "RtnMsg": "成功", "Data": data}
    notice = made.read_notice({}, urlencode(envelope).encode())
    assert (notice.order_no, notice.reply, notice.code) == (NUMBER, "1|OK", "1")
    for wrong in ({"Data": data[::-1]}, {"MerchantID": "1"}, {"Data": ""}):
        with pytest.raises(BadNotice):
            made.read_notice({}, urlencode(envelope | wrong).encode())
