"""Every status of every table, typed out from the documents a second time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from pos.domain.money import Money
from pos.domain.payment import Line, Tender
from pos.errors import BadNotice, BadReply, ConfigError, InputError, NoAnswer
from pos.gateways import GATEWAYS
from pos.gateways.base import GatewayConfig, Verdict
from pos.gateways.fields import LINK_LIMIT, TAIPEI, cleaned, link_fault, masked
from pos.gateways.mypay_codes import PFN, known_pfn
from pos.gateways.opay import item_name
from pos.gateways.signing import opay_decrypt, qfpay_body_sign, wanpay_sign
from pos.gateways.wanpay import their_amount
from pos.simulator.crypto import mypay_open, opay_seal
from tests.gateways import replies
from tests.gateways.conftest import OPTIONS, SECRETS, body_of, client, form, replying, run
from tests.gateways.replies import NUMBER, answer, order

ACCEPTED, PAID, REFUSED, LAPSED = Verdict.ACCEPTED, Verdict.PAID, Verdict.REFUSED, Verdict.LAPSED
UNSURE, MISSING, EXISTS, REJECTED = Verdict.UNSURE, Verdict.MISSING, Verdict.EXISTS, Verdict.REJECTED
DIFFERS, VOIDED = Verdict.DIFFERS, Verdict.VOIDED

# -- O'Pay, section 6 ----------------------------------------


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
    client("opay", replying({}), {field: "x" * length}).check(order("opay"))
    with pytest.raises(InputError, match=f"{field} may have {length}"):
        client("opay", replying({}), {field: "x" * (length + 1)}).check(order("opay"))


def test_opay_an_unopened_page_is_void_and_an_opened_one_is_not() -> None:
    made = client("opay", replying({}))
    assert run(made.void(order("opay"))).verdict is VOIDED
    assert run(made.void(order("opay", page_served_at=datetime.now(TAIPEI)))).verdict is UNSURE


def test_opay_answers_of_another_shop_or_order_are_not_believed() -> None:
    for reply in (
        replies.opay(MerchantTradeNo="OTHER"),
        replies.opay(MerchantID="999"),
        replies.opay({"MerchantID": "999"}),
        replies.opay(TradeAmt="12.5"),
        replies.opay({"Data": "QUJD"}),
    ):
        with pytest.raises(BadReply):
            run(client("opay", answer(reply)).query(order("opay")))


def test_opay_notices_prove_themselves_by_our_pair() -> None:
    made = client("opay", replying({}))
    data = opay_seal(f'{{"MerchantID":"2000132","MerchantTradeNo":"{NUMBER}","RtnCode":1}}', *SECRETS["opay"].values())
    from urllib.parse import urlencode

    envelope = {"MerchantID": "2000132", "RtnCode": "1", "RtnMsg": "成功", "Data": data}
    notice = made.read_notice({}, urlencode(envelope).encode())
    assert (notice.order_no, notice.reply, notice.code) == (NUMBER, "1|OK", "1")
    for wrong in ({"Data": data[::-1]}, {"MerchantID": "1"}, {"Data": ""}):
        with pytest.raises(BadNotice):
            made.read_notice({}, urlencode(envelope | wrong).encode())


# -- WanPay, 3.2.1 ----------------------------------------


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        ("901", UNSURE), ("910", REJECTED), ("911", REJECTED), ("912", UNSURE), ("913", REJECTED), ("931", MISSING),
        ("932", UNSURE), ("991", UNSURE), ("992", UNSURE), ("993", UNSURE), ("999", UNSURE), ("6307", EXISTS),
        ("5223", MISSING), ("7777", UNSURE),
    ],
)  # fmt: skip
def test_wanpay_calls(status: str, verdict: Verdict) -> None:
    made = client("wanpay", answer({"status": status, "info": "info"}))
    for found in (run(made.charge(order("wanpay"))), run(made.query(order("wanpay")))):
        assert (found.verdict, found.code) == (verdict, status)
        assert found.credentials == (status in ("911", "913"))


@pytest.mark.parametrize(
    ("status", "verdict"),
    [("0000", PAID), ("5801", ACCEPTED), ("5803", LAPSED), ("5804", ACCEPTED), ("5805", REFUSED), ("5223", MISSING),
     ("7777", UNSURE)],
)  # fmt: skip
def test_wanpay_orders(status: str, verdict: Verdict) -> None:
    reply = replies.wanpay(orderstatus=status, bankno="822", acctno="0000123456789012")
    found = run(client("wanpay", answer(reply)).query(order("wanpay")))
    assert (found.verdict, found.code) == (verdict, status)
    assert found.details == {"payer_bank": "822", "payer_account": "************9012"}


@pytest.mark.parametrize("expiry", ["2026-11-23 23:59:59", "20261123"])
def test_wanpay_accounts_come_with_either_expiry(expiry: str) -> None:
    found = run(client("wanpay", answer(replies.wanpay_order(expiredate=expiry))).charge(order("wanpay")))
    assert found.virtual_account is not None
    assert found.virtual_account.account == "46710722851832"
    assert found.expires_at == datetime(2026, 11, 23, 23, 59, 59, tzinfo=TAIPEI)


def test_wanpay_replies_that_are_not_about_us_are_not_believed() -> None:
    for changes in (
        {"out_trade_no": "OTHER"},
        {"orgno": "1"},
        {"code_url": "x"},
        {"expiredate": "soon"},
        {"bankcode": ""},
    ):
        with pytest.raises(BadReply):
            run(client("wanpay", answer(replies.wanpay_order(**changes))).charge(order("wanpay")))
    for whole in ({**replies.wanpay(), "sign": "0" * 32}, {**replies.wanpay(), "data": [1]}):
        with pytest.raises(BadReply):
            run(client("wanpay", answer(whole)).query(order("wanpay")))


def test_wanpay_a_signed_reply_that_holds_is_taken_and_data_may_be_text() -> None:
    import json

    whole: dict[str, Any] = {"status": "900", "info": "ok", "data": json.dumps(replies.wanpay()["data"])}
    whole["sign"] = wanpay_sign(whole, SECRETS["wanpay"]["key"])
    assert run(client("wanpay", answer(whole)).query(order("wanpay"))).verdict is PAID


@pytest.mark.parametrize(
    ("said", "amount"),
    [("12500", 125), ("125", 125), ("125.00", 125), ("12600", 126), ("126.00", 126), ("126", 2), ("0.01", 1),
     ("12499", 126), ("12501", 126), ("1", 1), ("124.01", 126)],
)  # fmt: skip
def test_wanpay_amounts_are_ours_as_hundredths_or_as_dollars(said: object, amount: int) -> None:
    assert their_amount(str(said), Money(125, "TWD")) == Money(amount, "TWD")


def test_wanpay_requests_are_as_the_document_wants() -> None:
    seen: list[dict[str, str]] = []

    def look(request: Any) -> Any:
        seen.append(form(request))
        raise NoAnswer("enough")

    with pytest.raises(NoAnswer):
        run(client("wanpay", look, {"validity_days": "7"}).charge(order("wanpay")))
    sent = seen[0]
    assert (sent["total_fee"], sent["out_trade_no"], sent["virtualatmvalidity"]) == ("12500", NUMBER, "7")
    assert (sent["orgno"], len(sent["nonce_str"]), len(sent["secondtimestamp"])) == ("21008024", 8, 10)
    assert sent["backurl"] == "https://shop.example/notify/wanpay"
    assert sent["sign"] == wanpay_sign(sent, SECRETS["wanpay"]["key"])


@pytest.mark.parametrize("days", ["0", "31", "x", "1.5", "-1"])
def test_wanpay_accounts_live_thirty_days_at_most(days: str) -> None:
    with pytest.raises(ConfigError, match="1 to 30"):
        GATEWAYS["wanpay"].check_config(GatewayConfig({**OPTIONS["wanpay"], "validity_days": days}, SECRETS["wanpay"]))


def test_wanpay_field_rules() -> None:
    with pytest.raises(InputError, match="orgno"):
        client("wanpay", replying({}), {"orgno": "1" * 31}).check(order("wanpay"))
    for url in ("https://shop.example/?a=1", "https://shop.example/#x", "https://" + "x" * 256):
        with pytest.raises(InputError, match="notify_url"):
            client("wanpay", replying({}), {"notify_url": url}).check(order("wanpay"))


def test_wanpay_notices_are_signed_with_every_field() -> None:
    from urllib.parse import urlencode

    made = client("wanpay", replying({}))
    fields = {"orgno": "21008024", "out_trade_no": NUMBER, "status": "0000", "newfield": "x", "empty": ""}
    fields["sign"] = wanpay_sign(fields, SECRETS["wanpay"]["key"])
    notice = made.read_notice({}, urlencode(fields).encode())
    assert (notice.order_no, notice.reply, notice.code) == (NUMBER, "success", "0000")
    for wrong in ({"newfield": "y"}, {"sign": ""}, {"status": "5805"}):
        with pytest.raises(BadNotice, match="signature"):
            made.read_notice({}, urlencode(fields | wrong).encode())
    other = {"orgno": "1", "out_trade_no": NUMBER}
    other["sign"] = wanpay_sign(other, SECRETS["wanpay"]["key"])
    with pytest.raises(BadNotice, match="another shop"):
        made.read_notice({}, urlencode(other).encode())


# -- QFPay, the public list of codes ----------------------------------------


DECLINED = ["1201", "1202", "1203", "1204", "1205", "1212", "1241", "1242", "1243", "1250", "1251", "1294", "2005"]
DOUBT = [
    "1100",
    "1252",
    "1254",
    "1295",
    "1296",
    "1297",
    "1298",
    "1260",
    "1125",
    "1155",
    "1262",
    "1265",
    "1269",
    "1270",
    "1271",
    "1272",
    "1101",
    "1147",
    "1150",
    "7777",
]


@pytest.mark.parametrize(
    ("code", "verdict"),
    [("1143", UNSURE), ("1145", UNSURE), ("1102", EXISTS), ("2011", EXISTS), ("1142", LAPSED), ("1181", LAPSED),
     ("1263", LAPSED), ("1264", LAPSED), *((code, REFUSED) for code in DECLINED), *((code, UNSURE) for code in DOUBT),
     *((code, REJECTED) for code in ("1103", "1104", "1105", "1106", "1107", "1108"))],
)  # fmt: skip
def test_qfpay_answers_to_a_payment(code: str, verdict: Verdict) -> None:
    found = run(client("qfpay", answer({"respcd": code, "resperr": "x", "respmsg": ""})).charge(order("qfpay")))
    assert (found.verdict, found.code) == (verdict, code)


@pytest.mark.parametrize(
    ("code", "cancel", "verdict"),
    [("0000", "0", PAID), ("0000", "1", VOIDED), ("0000", "2", VOIDED), ("0000", "3", DIFFERS), ("0000", "5", DIFFERS),
     ("0000", "", PAID), ("1143", "0", ACCEPTED), ("1145", "0", ACCEPTED), ("1261", "0", ACCEPTED),
     ("1142", "0", LAPSED), ("1181", "0", LAPSED), *((code, "0", REFUSED) for code in DECLINED),
     *((code, "0", UNSURE) for code in DOUBT), ("1102", "0", UNSURE), ("1268", "0", UNSURE), ("1108", "0", UNSURE)],
)  # fmt: skip
def test_qfpay_orders(code: str, cancel: str, verdict: Verdict) -> None:
    found = run(client("qfpay", answer(replies.qfpay(respcd=code, cancel=cancel))).query(order("qfpay")))
    assert (found.verdict, found.code) == (verdict, code)


def test_qfpay_the_outer_code_is_about_the_call() -> None:
    assert run(client("qfpay", answer({"respcd": "0000", "data": []})).query(order("qfpay"))).verdict is MISSING
    assert run(client("qfpay", answer({"respcd": "1108", "data": []})).query(order("qfpay"))).verdict is UNSURE
    refund = replies.qfpay(order_type="refund")
    assert run(client("qfpay", answer(refund)).query(order("qfpay"))).verdict is MISSING


@pytest.mark.parametrize(
    ("tender", "options", "pay_type"),
    [(Tender.WECHAT, {}, "800201"), (Tender.ALIPAY, {}, "801501"), (Tender.ALIPAY, {"region": "overseas"}, "801101"),
     (Tender.ALIPAY, {"alipay_type": "801107"}, "801107"), (Tender.ALIPAY, {"alipay_type": "801512"}, "801512")],
)  # fmt: skip
def test_qfpay_pay_types_and_fields(tender: Tender, options: dict[str, str], pay_type: str) -> None:
    seen: list[Any] = []

    def look(request: Any) -> Any:
        seen.append(request)
        raise NoAnswer("enough")

    with pytest.raises(NoAnswer):
        run(client("qfpay", look, options).charge(order("qfpay", tender=tender)))
    sent = form(seen[0])
    assert (sent["pay_type"], sent["txamt"], sent["txcurrcd"], sent["mchid"]) == (pay_type, "125", "HKD", "ZaMVgTEST")
    assert sent["txdtm"] == "2026-11-20 12:00:00"
    assert ("expired_time" in sent) == (pay_type == "800201")
    assert seen[0].headers["x-qf-appcode"] == "APP"


def test_qfpay_the_link_may_be_in_either_field() -> None:
    code = replies.qfpay_order(pay_url="", qrcode="https://qr.alipay.com/bax03190uxd47wbekffy6033")
    found = run(client("qfpay", answer(code)).charge(order("qfpay")))
    assert (found.verdict, found.pay_url) == (ACCEPTED, "https://qr.alipay.com/bax03190uxd47wbekffy6033")
    wechat = replies.qfpay_order(pay_url="", qrcode="weixin://wxpay/bizpayurl?pr=1")
    assert run(client("qfpay", answer(wechat)).charge(order("qfpay", tender=Tender.WECHAT))).verdict is ACCEPTED
    assert run(client("qfpay", answer(wechat)).charge(order("qfpay"))).verdict is DIFFERS
    nothing = replies.qfpay_order(pay_url="")
    assert run(client("qfpay", answer(nothing)).charge(order("qfpay"))).verdict is DIFFERS
    for odd in ({"pay_url": ["x"]}, {"out_trade_no": "OTHER"}, {"mchid": "other"}, {"txamt": "1.25"}):
        with pytest.raises(BadReply):
            run(client("qfpay", answer(replies.qfpay_order(**odd))).charge(order("qfpay")))


def test_qfpay_signatures_of_replies_are_over_the_raw_bytes() -> None:
    import httpx

    body = body_of(replies.qfpay())
    right = qfpay_body_sign(body, SECRETS["qfpay"]["client_key"])

    def asked(sign: str | None, options: dict[str, str] | None = None) -> Verdict:
        headers = {} if sign is None else {"X-QF-SIGN": sign}
        made = client("qfpay", lambda request: httpx.Response(200, content=body, headers=headers), options)
        return run(made.query(order("qfpay"))).verdict

    assert asked(right) is PAID
    assert asked(right.lower()) is PAID
    assert asked(None) is PAID
    with pytest.raises(BadReply, match="signature"):
        asked(right[::-1])
    with pytest.raises(BadReply, match="not signed"):
        asked(None, {"require_signature": "yes"})


def test_qfpay_limits_and_settings() -> None:
    overseas = client("qfpay", replying({}), {"region": "overseas"})
    overseas.can_take(Tender.ALIPAY, Money(101, "HKD"))
    with pytest.raises(InputError, match=r"more than HK\$1.00"):
        overseas.can_take(Tender.ALIPAY, Money(100, "HKD"))
    with pytest.raises(InputError, match="set up for HKD"):
        overseas.can_take(Tender.ALIPAY, Money(500, "JPY"))
    with pytest.raises(InputError, match="txamt"):
        overseas.check(order("qfpay", amount=Money(10**11, "HKD")))
    with pytest.raises(InputError, match="mchid"):
        client("qfpay", replying({}), {"mchid": "x" * 17}).check(order("qfpay"))
    with pytest.raises(ConfigError, match="app_code"):
        GATEWAYS["qfpay"].check_config(GatewayConfig({**OPTIONS["qfpay"], "app_code": "茶"}, SECRETS["qfpay"]))


@pytest.mark.parametrize(("tender", "verb"), [(Tender.WECHAT, "reversal"), (Tender.ALIPAY, "reversal")])
@pytest.mark.parametrize(("code", "verdict"), [("0000", VOIDED), ("1260", UNSURE), ("1146", UNSURE)])
def test_qfpay_voids(tender: Tender, verb: str, code: str, verdict: Verdict) -> None:
    paths: list[str] = []

    def look(request: Any) -> Any:
        import httpx

        paths.append(request.url.path)
        return httpx.Response(200, json={"respcd": code})

    assert run(client("qfpay", look).void(order("qfpay", tender=tender))).verdict is verdict
    assert paths == [f"/trade/v1/{verb}"]
    run(client("qfpay", look, {"alipay_type": "801101"}).void(order("qfpay")))
    assert paths[-1] == "/trade/v1/close"


def test_qfpay_notices_are_signed_over_the_raw_body() -> None:
    made, key = client("qfpay", replying({})), SECRETS["qfpay"]["client_key"]
    body = body_of({"out_trade_no": NUMBER, "respcd": "0000", "notify_type": "payment"})
    notice = made.read_notice({"X-QF-SIGN": qfpay_body_sign(body, key)}, body)
    assert (notice.order_no, notice.reply) == (NUMBER, "SUCCESS")
    with pytest.raises(BadNotice, match="signature"):
        made.read_notice({"X-QF-SIGN": qfpay_body_sign(body, key)}, body + b" ")
    for bad in (b"[]", b"{}", b"x", b'{"out_trade_no": ["x"]}'):
        with pytest.raises(BadNotice):
            made.read_notice({"x-qf-sign": qfpay_body_sign(bad, key)}, bad)


# -- MyPay, 附錄一 and 附錄二 ----------------------------------------


@pytest.mark.parametrize(
    ("prc", "verdict"),
    [("100", UNSURE), ("200", ACCEPTED), ("220", VOIDED), ("230", DIFFERS), ("245", ACCEPTED), ("247", ACCEPTED),
     ("250", PAID), ("260", ACCEPTED), ("265", ACCEPTED), ("270", ACCEPTED), ("275", ACCEPTED), ("280", ACCEPTED),
     ("282", ACCEPTED), ("284", ACCEPTED), ("290", DIFFERS), ("300", REFUSED), ("380", LAPSED), ("400", UNSURE),
     ("600", PAID), ("A0001", UNSURE), ("A0002", REFUSED), ("B200", UNSURE), ("B500", UNSURE), ("7777", UNSURE)],
)  # fmt: skip
def test_mypay_states(prc: str, verdict: Verdict) -> None:
    found = run(client("mypay", answer(replies.mypay(prc=prc))).query(order("mypay")))
    assert (found.verdict, found.code) == (verdict, prc)


@pytest.mark.parametrize(("code", "verdict"), [("200", ACCEPTED), ("100", REJECTED), ("400", UNSURE), ("7777", UNSURE)])
def test_mypay_answers_to_an_order(code: str, verdict: Verdict) -> None:
    found = run(client("mypay", answer(replies.mypay_order(code=code))).charge(order("mypay")))
    assert (found.verdict, found.code) == (verdict, code)
    if verdict is ACCEPTED:
        assert (found.gateway_ref, found.gateway_key) == ("81127", "af4e678325dd49f8036949c38ab04105")


def test_mypay_a_miss_echoes_what_was_asked() -> None:
    echo = {"uid": "81127", "key": "af4e678325dd49f8036949c38ab04105"}
    assert run(client("mypay", answer(echo)).query(order("mypay"))).verdict is MISSING


@pytest.mark.parametrize(
    ("facts", "amount"),
    [({"cost": "125", "actual_cost": "125.00"}, 125), ({"actual_cost": 120}, 120), ({"actual_cost": "1000.0"}, 1000)],
)  # fmt: skip
def test_mypay_amounts_in_their_many_spellings(facts: dict[str, Any], amount: int) -> None:
    found = run(client("mypay", answer(replies.mypay(**facts))).query(order("mypay")))
    assert found.amount == Money(amount, "TWD")


def test_mypay_answers_of_another_order_are_not_believed() -> None:
    for wrong in ({"uid": 1}, {"key": "x"}, {"order_id": "OTHER"}, {"cost": "12.50"}, {"currency": "dollars"}):
        with pytest.raises(BadReply):
            run(client("mypay", answer(replies.mypay(**wrong))).query(order("mypay")))


def test_mypay_an_account_inside_the_answer_is_found() -> None:
    content = '{"PinCode":"99170242886303","LimitDate":"2026-11-23 23:59:59","BankCode":"007"}'
    reply = replies.mypay(prc="270", result_content_type="E_COLLECTION", result_content=content)
    account = run(client("mypay", answer(reply)).query(order("mypay"))).virtual_account
    assert account is not None
    assert (account.bank_code, account.account) == ("007", "99170242886303")
    assert account.expires_at == datetime(2026, 11, 23, 23, 59, 59, tzinfo=TAIPEI)
    later = replies.mypay(
        prc="270", result_content_type="E_COLLECTION", result_content=content, expired_date="20261124"
    )
    again = run(client("mypay", answer(later)).query(order("mypay"))).virtual_account
    assert again is not None
    assert again.expires_at.day == 24
    for none in ('{"PinCode":"x"}', "{}", ""):
        reply = replies.mypay(prc="270", result_content_type="E_COLLECTION", result_content=none)
        assert run(client("mypay", answer(reply)).query(order("mypay"))).virtual_account is None


def test_mypay_orders_are_sealed_as_the_appendix_says() -> None:
    import json

    seen: list[dict[str, str]] = []

    def look(request: Any) -> Any:
        seen.append(form(request))
        raise NoAnswer("enough")

    lines = (Line("茶", Money(25, "TWD"), 4), Line("餅", Money(25, "TWD"), 1))
    with pytest.raises(NoAnswer):
        run(client("mypay", look).charge(order("mypay", tender=Tender.ATM, lines=lines)))
    key = SECRETS["mypay"]["store_key"]
    assert json.loads(mypay_open(seen[0]["service"], key)) == {"service_name": "api", "cmd": "api/orders"}
    body = json.loads(mypay_open(seen[0]["encry_data"], key))
    assert body["items"][0] == {"id": "1", "name": "茶", "cost": 25, "amount": 4, "total": 100}
    assert (body["cost"], body["order_id"], body["pfn"], body["limit_pay_days"]) == (125, NUMBER, "E_COLLECTION", 3)
    assert body["ip"] == "192.168.1.20"
    assert body["user_id"] == NUMBER


def test_mypay_tries_its_next_key_once_and_never_an_order_of_unknown_fate_twice() -> None:
    import httpx

    keys: list[str] = []

    def look(request: Any) -> Any:
        sent = form(request)["service"]
        for key in ("K" * 32, "N" * 32):
            try:
                mypay_open(sent, key)
            except Exception:
                continue
            keys.append(key[0])
        return httpx.Response(200, json={"code": code, "msg": "x"})

    made = client("mypay", look, secrets={"store_key": "K" * 32, "store_key_next": "N" * 32})
    code = "100"
    assert run(made.charge(order("mypay"))).verdict is REJECTED
    assert keys == ["K", "N"]
    keys.clear()
    code = "400"
    assert run(made.charge(order("mypay"))).verdict is UNSURE
    assert keys == ["K"]  # 400 may have left an order behind
    keys.clear()
    assert run(made.query(order("mypay"))).verdict is UNSURE
    assert keys == ["K", "N"]


def test_mypay_a_lost_order_is_asked_about_only_where_that_is_allowed() -> None:
    lost = order("mypay", gateway_ref="", gateway_key="")
    found = run(client("mypay", replying({})).query(lost))
    assert (found.verdict, "notification will tell" in str(found.message)) == (UNSURE, True)
    allowed = {"lookup_by_order": "yes"}
    rows = {"code": "B200", "rows": [replies.mypay()]}
    row = run(client("mypay", answer({"rows": rows["rows"]}), allowed).query(lost))
    assert (row.verdict, row.gateway_ref) == (PAID, "81127")
    assert run(client("mypay", answer({"code": "B500", "rows": []}), allowed).query(lost)).verdict is MISSING
    with pytest.raises(BadReply):
        run(client("mypay", answer({"rows": "x"}), allowed).query(lost))


def test_mypay_tools_by_code_and_number() -> None:
    assert len(PFN) == 37
    assert PFN["13"] == "WECHAT"
    assert all(known_pfn(number) and known_pfn(code) for number, code in PFN.items())
    assert all(known_pfn(text) for text in ("0", "all", "JKOOF", "1,3,6"))
    assert not known_pfn("1,3,5")
    for options in ({"pfn": "BITCOIN"}, {"validity_days": "0"}):
        with pytest.raises(ConfigError):
            GATEWAYS["mypay"].check_config(GatewayConfig({**OPTIONS["mypay"], **options}, SECRETS["mypay"]))


def test_mypay_field_rules() -> None:
    with pytest.raises(InputError, match="store_uid"):
        client("mypay", replying({}), {"store_uid": "1" * 17}).check(order("mypay"))
    made = client("mypay", replying({}), {"base_url": "https://ka.mypay.tw/api/init"})
    assert made._url() == "https://ka.mypay.tw/api/init"  # type: ignore[attr-defined]


def test_mypay_notices_are_believed_by_nobody_but_name_an_order() -> None:
    made = client("mypay", replying({}))
    notice = made.read_notice({}, f"uid=81127&key=k&prc=250&order_id={NUMBER}".encode())
    assert (notice.order_no, notice.gateway_ref, notice.gateway_key, notice.reply) == (NUMBER, "81127", "k", "8888")
    for bad in (b"uid=1&key=k", b"key=k&order_id=1", b"uid=1&order_id=1"):
        with pytest.raises(BadNotice, match="names no order"):
            made.read_notice({}, bad)


def test_mypay_probe_knows_a_wrong_key() -> None:
    found = run(client("mypay", answer({"code": "100", "msg": "x"})).probe())
    assert (found.verdict, found.credentials) == (REJECTED, True)


# -- links and words ----------------------------------------


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://pay.example/1", ""),
        ("https://deep.pay.example/1", ""),
        ("http://127.0.0.1:80/1", ""),
        ("javascript:alert(1)", "safe"),
        ("file:///etc/passwd", "safe"),
        ("http://pay.example/1", "safe"),
        ("http://localhost/1", "safe"),
        ("weixin://wxpay/bizpayurl?pr=1", "safe"),
        ("https://evil.example/1", "evil.example"),
        ("https://pay.example.evil.example/1", "evil.example"),
        ("https://pay.example@evil.example/1", "evil.example"),
        ("https://pay.example/1\n", "control"),
        ("https://pay.example/\u202e", "control"),
        ("https://pay.example/ 1", "control"),
        ("https://[", "not an address"),
        ("https://pay.example/" + "x" * LINK_LIMIT, "too long"),
    ],
)
def test_links_that_may_become_a_code(url: str, words: str) -> None:
    fault = str(link_fault(url, ("pay.example", "127.0.0.1")))
    assert words in fault
    assert bool(fault) == bool(words)


def test_a_link_that_may_not_be_shown_goes_to_a_manager() -> None:
    made = client("mypay", answer(replies.mypay_order(url="https://evil.example/")))
    found = run(made.charge(order("mypay")))
    assert (found.verdict, found.pay_url) == (DIFFERS, "")
    allowed = client(
        "mypay", answer(replies.mypay_order(url="https://new.example/")), {"link_hosts": "a.example, new.example"}
    )
    assert run(allowed.charge(order("mypay"))).verdict is ACCEPTED


def test_words_are_cleaned_for_people_and_accounts_are_masked() -> None:
    assert cleaned(" a\x00\n\u202eb\t c ") == "a b c"
    assert masked("0000123456789012") == "************9012"
    assert masked("12") == "12"
    assert masked("") == ""
