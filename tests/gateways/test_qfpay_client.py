"""QFPay: a second copy of the documents' fields, codes and notifications."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import httpx
import pytest

from pos.domain.money import Money
from pos.domain.payment import Line, Tender
from pos.errors import BadNotice, BadReply, ConfigError, InputError, NoAnswer
from pos.gateways.base import GatewayConfig, Verdict
from pos.gateways.qfpay.client import Qfpay
from pos.gateways.qfpay.goods import goods_name
from pos.gateways.signing import qfpay_body_sign
from tests.gateways.conftest import answer, body_of, client, form, replying, run
from tests.gateways.fixtures import order, qfpay
from tests.gateways.fixtures.base import NUMBER

ACCEPTED, PAID, REFUSED, LAPSED = Verdict.ACCEPTED, Verdict.PAID, Verdict.REFUSED, Verdict.LAPSED
UNSURE, MISSING, EXISTS, REJECTED = Verdict.UNSURE, Verdict.MISSING, Verdict.EXISTS, Verdict.REJECTED
DIFFERS, VOIDED = Verdict.DIFFERS, Verdict.VOIDED


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
     ("0000", "", PAID), ("0000", "4", UNSURE),
     ("0000", "9", UNSURE), ("1143", "0", ACCEPTED), ("1145", "0", ACCEPTED), ("1261", "0", ACCEPTED),
     ("1142", "0", LAPSED), ("1181", "0", LAPSED), *((code, "0", REFUSED) for code in DECLINED),
     *((code, "0", UNSURE) for code in DOUBT), ("1102", "0", UNSURE), ("1268", "0", UNSURE), ("1108", "0", UNSURE)],
)  # fmt: skip
def test_qfpay_orders(code: str, cancel: str, verdict: Verdict) -> None:
    found = run(client("qfpay", answer(qfpay.paid(respcd=code, cancel=cancel))).query(order("qfpay")))
    assert (found.verdict, found.code) == (verdict, code)


@pytest.mark.parametrize(("code", "verdict"), [("7777", UNSURE), ("1205", REFUSED), ("1108", REJECTED)])
def test_qfpay_a_link_in_a_refusal_is_not_shown(code: str, verdict: Verdict) -> None:
    found = run(client("qfpay", answer(qfpay.placed(respcd=code))).charge(order("qfpay")))
    assert (found.verdict, found.pay_url) == (verdict, "")


@pytest.mark.parametrize("code", ["1143", "1145"])
def test_qfpay_a_link_of_an_order_in_progress_is_shown(code: str) -> None:
    found = run(client("qfpay", answer(qfpay.placed(respcd=code))).charge(order("qfpay")))
    assert found.verdict is ACCEPTED
    assert found.pay_url


def test_qfpay_among_rows_of_one_number_a_payment_counts_first() -> None:
    rows = [qfpay.paid(respcd="1143")["data"][0], qfpay.paid()["data"][0]]
    assert run(client("qfpay", answer({"respcd": "0000", "data": rows})).query(order("qfpay"))).verdict is PAID
    other = [*rows, qfpay.paid(out_trade_no="OTHER")["data"][0]]
    with pytest.raises(BadReply, match="another out_trade_no: OTHER"):
        run(client("qfpay", answer({"respcd": "0000", "data": other})).query(order("qfpay")))


@pytest.mark.parametrize(("code", "verdict"), [("0000", VOIDED), ("1142", VOIDED), ("1146", MISSING), ("", MISSING)])
def test_qfpay_an_order_that_became_a_close_is_void(code: str, verdict: Verdict) -> None:
    reply = qfpay.paid(order_type="close", respcd=code)
    assert run(client("qfpay", answer(reply)).query(order("qfpay"))).verdict is verdict


@pytest.mark.parametrize("data", ["x", {"a": "b"}, ["x"], [[]], 1])
def test_qfpay_malformed_rows_are_refused(data: object) -> None:
    with pytest.raises(BadReply, match="data"):
        run(client("qfpay", answer({"respcd": "0000", "data": data})).query(order("qfpay")))


def test_qfpay_a_merchant_number_that_was_not_given_is_neither_sent_nor_compared() -> None:
    seen: list[dict[str, str]] = []

    def look(request: Any) -> Any:
        seen.append(form(request))
        return answer(qfpay.paid(mchid="given by them"))(request)

    assert run(client("qfpay", look, {"mchid": ""}).query(order("qfpay"))).verdict is PAID
    assert "mchid" not in seen[0]


def test_qfpay_the_cancellation_of_another_order_is_refused() -> None:
    ours = order("qfpay", gateway_ref="20261120000300020087033882")
    same = {"respcd": "0000", "orig_syssn": "20261120000300020087033882"}
    assert run(client("qfpay", answer(same)).void(ours)).verdict is VOIDED
    with pytest.raises(BadReply, match="another orig_syssn"):
        run(client("qfpay", answer({"respcd": "0000", "orig_syssn": "1"})).void(ours))


def test_qfpay_the_outer_code_is_about_the_call() -> None:
    assert run(client("qfpay", answer({"respcd": "0000", "data": []})).query(order("qfpay"))).verdict is MISSING
    assert run(client("qfpay", answer({"respcd": "1104", "data": []})).query(order("qfpay"))).verdict is UNSURE
    assert run(client("qfpay", answer({"respcd": "1108", "data": []})).query(order("qfpay"))).credentials
    refund = qfpay.paid(order_type="refund")
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
    code = qfpay.placed(pay_url="", qrcode="https://qr.alipay.com/bax03190uxd47wbekffy6033")
    found = run(client("qfpay", answer(code)).charge(order("qfpay")))
    assert (found.verdict, found.pay_url) == (ACCEPTED, "https://qr.alipay.com/bax03190uxd47wbekffy6033")
    wechat = qfpay.placed(pay_url="", qrcode="weixin://wxpay/bizpayurl?pr=1")
    assert run(client("qfpay", answer(wechat)).charge(order("qfpay", tender=Tender.WECHAT))).verdict is ACCEPTED
    assert run(client("qfpay", answer(wechat)).charge(order("qfpay"))).verdict is Verdict.UNUSABLE
    nothing = qfpay.placed(pay_url="")
    assert run(client("qfpay", answer(nothing)).charge(order("qfpay"))).verdict is Verdict.UNUSABLE
    for odd in ({"pay_url": ["x"]}, {"out_trade_no": "OTHER"}, {"mchid": "other"}, {"txamt": "1.25"}):
        with pytest.raises(BadReply):
            run(client("qfpay", answer(qfpay.placed(**odd))).charge(order("qfpay")))


def test_qfpay_signatures_of_replies_are_over_the_raw_bytes() -> None:
    import httpx

    body = body_of(qfpay.paid())
    right = qfpay_body_sign(body, qfpay.FIXTURE.secrets["client_key"])

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
        Qfpay.check_config(GatewayConfig({**qfpay.FIXTURE.options, "app_code": "茶"}, qfpay.FIXTURE.secrets))


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
    made, key = client("qfpay", replying({})), qfpay.FIXTURE.secrets["client_key"]
    body = body_of({"out_trade_no": NUMBER, "respcd": "0000", "notify_type": "payment"})
    notice = made.read_notice({"X-QF-SIGN": qfpay_body_sign(body, key)}, body)
    assert (notice.order_no, notice.reply) == (NUMBER, "SUCCESS")
    with pytest.raises(BadNotice, match="signature"):
        made.read_notice({"X-QF-SIGN": qfpay_body_sign(body, key)}, body + b" ")
    for bad in (b"[]", b"{}", b"x", b'{"out_trade_no": ["x"]}', b'{"out_trade_no":"A","mchid":"another"}'):
        with pytest.raises(BadNotice):
            made.read_notice({"x-qf-sign": qfpay_body_sign(bad, key)}, bad)


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("R&D 咖啡館 No.5", "R D 咖啡館 No 5"),
        ("<i>奶茶</i>", "i 奶茶 i"),
        ("ＡＢＣ１２３", "ABC123"),
        ("珍珠奶茶\u202e大杯\n微糖", "珍珠奶茶 大杯 微糖"),
        ("超" * 30, "超" * 20),
        ("abcdefghij klmnopqrs tuv", "abcdefghij klmnopqrs"),
    ],
)
def test_the_goods_name_has_letters_digits_chinese_and_spaces_only(name: str, sent: str) -> None:
    assert goods_name(name) == sent
    assert re.fullmatch("[0-9A-Za-z \u3400-\u9fff]{1,20}", sent)


@pytest.mark.parametrize("name", ["🍜🍜", "!!!", "ก", ""])
def test_a_name_without_allowed_characters_is_not_sent(name: str) -> None:
    sent: list[dict[str, str]] = []

    def respond(request: httpx.Request) -> httpx.Response:
        sent.append(form(request))
        return httpx.Response(200, json={"respcd": "1201"})

    run(client("qfpay", respond).charge(replace(order("qfpay"), lines=(Line(name, order("qfpay").amount, 1),))))
    assert "goods_name" not in sent[0]
