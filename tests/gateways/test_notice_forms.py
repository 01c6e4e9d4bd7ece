"""Form bodies as browsers read them, and malformed notifications."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos.errors import BadNotice
from pos.gateways.base import Verdict
from pos.gateways.fields import FIELD_LIMIT, form_fields
from pos.gateways.signing import compact, opay_encrypt, qfpay_body_sign, wanpay_sign
from tests.gateways.conftest import body_of, client, replying, run
from tests.gateways.fixtures import NAMES, opay, order, qfpay, wanpay
from tests.gateways.fixtures.base import NUMBER

OPAY = opay.FIXTURE.secrets["hash_key"], opay.FIXTURE.secrets["hash_iv"]


def opay_notice(**data: object) -> dict[str, str]:
    inside = compact({"MerchantID": "2000132", "MerchantTradeNo": NUMBER} | data)
    return {"MerchantID": "2000132", "RtnCode": "1", "Data": opay_encrypt(inside, *OPAY)}


def wanpay_notice(**fields: str) -> dict[str, str]:
    whole = {"orgno": "21008024", "out_trade_no": NUMBER} | fields
    return whole | {"sign": wanpay_sign(whole, wanpay.FIXTURE.secrets["key"])}


def mypay_notice(**fields: str) -> dict[str, str]:
    return {"uid": "81127", "key": "af4e678325dd49f8036949c38ab04105", "order_id": NUMBER, "prc": "250"} | fields


FORMS: dict[str, dict[str, str]] = {
    "opay": opay_notice(RtnCode=1),
    "wanpay": wanpay_notice(status="0000", result="支付成功"),
    "mypay": mypay_notice(retmsg="付款完成"),
}


def stray_ampersands(body: str) -> str:
    return f"&{body.replace('&', '&&')}&&"


def without_value(body: str) -> str:
    return f"newflag&{body}&acode"


def empty_values(body: str) -> str:
    return f"cardno=&{body}&bankno="


def empty_names(body: str) -> str:
    return f"=&{body}&="


@pytest.mark.parametrize("ragged", [stray_ampersands, without_value, empty_values, empty_names])
@pytest.mark.parametrize("name", sorted(FORMS))
def test_a_notice_is_read_as_browsers_write_forms(name: str, ragged: Callable[[str], str]) -> None:
    made, whole = client(name, replying({})), urlencode(FORMS[name])
    assert made.read_notice({}, ragged(whole).encode()) == made.read_notice({}, whole.encode())


@pytest.mark.parametrize("ragged", [stray_ampersands, without_value, empty_values, empty_names])
def test_a_reply_that_is_a_form_is_read_in_the_same_way(ragged: Callable[[str], str]) -> None:
    import httpx

    envelope = {name: str(value) for name, value in opay.paid().items()}
    made = client("opay", lambda request: httpx.Response(200, content=ragged(urlencode(envelope)).encode()))
    assert run(made.query(order("opay"))).verdict is Verdict.PAID


PAIRS = st.lists(st.tuples(st.text(min_size=1, max_size=20), st.text(max_size=20)), max_size=20)
WRITABLE = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(st.lists(st.tuples(WRITABLE, WRITABLE), max_size=20))
def test_forms_of_a_browser_are_read_completely(pairs: list[tuple[str, str]]) -> None:
    assert form_fields(urlencode(pairs).encode()) == dict(parse_qsl(urlencode(pairs), keep_blank_values=True))


@given(st.binary(max_size=200))
def test_any_bytes_are_fields(body: bytes) -> None:
    found = form_fields(body)
    assert form_fields(b"&" + body + b"&&") == found
    assert len(found) <= body.count(b"&") + 1
    for name, value in found.items():
        (name + value).encode()  # no lone surrogates: what was read can be signed and stored


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b"", {}),
        (b"&&&", {}),
        (b"a", {"a": ""}),
        (b"=b", {"": "b"}),
        (b"a=b=c", {"a": "b=c"}),
        (b"a=1+2&b=1%2B2", {"a": "1 2", "b": "1+2"}),
        (b"a=%&b=%zz&c=%4", {"a": "%", "b": "%zz", "c": "%4"}),
        (b"a=%ff&\xff=1", {"a": "\ufffd", "\ufffd": "1"}),
        (b"a=1;b=2", {"a": "1;b=2"}),
        (b"a=1&a=2", {"a": "2"}),
        ("名=值".encode(), {"名": "值"}),
    ],
)
def test_forms_of_every_kind(body: bytes, fields: dict[str, str]) -> None:
    assert form_fields(body) == fields


def test_a_form_of_ten_thousand_fields_is_read_up_to_a_limit() -> None:
    body = b"&".join(b"f%d=1" % number for number in range(10_000))
    assert len(form_fields(body)) == FIELD_LIMIT


# -- what is no notice ---------------------------------------------------------------------------------------------


def test_the_form_of_our_payment_page_is_not_a_notice() -> None:
    made = client("opay", replying({}))
    _, fields = made.page(order("opay", page_token="t"))
    with pytest.raises(BadNotice, match="RtnCode"):
        made.read_notice({}, urlencode(fields).encode())
    outside = {**fields, "RtnCode": "1", "RtnMsg": "成功"}  # only what is encrypted counts
    with pytest.raises(BadNotice, match="RtnCode"):
        made.read_notice({}, urlencode(outside).encode())


@pytest.mark.parametrize("data", [{}, {"RtnCode": None}, {"RtnCode": ""}, {"RtnCode": [1]}, {"RtnCode": True}])
def test_opay_data_without_a_result_is_not_a_notice(data: dict[str, object]) -> None:
    with pytest.raises(BadNotice):
        client("opay", replying({})).read_notice({}, urlencode(opay_notice(**data)).encode())


def test_our_signed_request_to_wanpay_is_not_a_notice() -> None:
    made = client("wanpay", replying({}))
    for status in ({}, {"status": ""}):
        with pytest.raises(BadNotice, match="what happened"):
            made.read_notice({}, urlencode(wanpay_notice(total_fee="12500", **status)).encode())


@pytest.mark.parametrize(
    "wrong",
    [
        {"prc": "250\x1b[2J"}, {"prc": "2" * 60_000}, {"prc": "<b>"}, {"prc": "２５０"}, {"prc": "250\n"},
        {"uid": "81127 "}, {"uid": "٣"}, {"uid": "9" * 21}, {"uid": ""},
        {"key": ""}, {"key": "k" * 129}, {"key": "鑰"}, {"key": "a b"},
        {"order_id": "../x"}, {"order_id": ""}, {"order_id": "A" * 51},
    ],
)  # fmt: skip
def test_a_mypay_notice_has_fields_of_the_documented_form_only(wrong: dict[str, str]) -> None:
    with pytest.raises(BadNotice, match="names no order"):
        client("mypay", replying({})).read_notice({}, urlencode(mypay_notice(**wrong)).encode())


def test_a_qfpay_notice_distinguishes_a_refund_from_a_payment() -> None:
    made, key = client("qfpay", replying({})), qfpay.FIXTURE.secrets["client_key"]
    codes = []
    for kind in ({}, {"notify_type": "payment"}, {"notify_type": "refund"}, {"notify_type": "close"}):
        body = body_of({"out_trade_no": NUMBER, "respcd": "0000"} | kind)
        codes.append(made.read_notice({"x-qf-sign": qfpay_body_sign(body, key)}, body).code)
    assert codes == ["0000", "0000", "refund-0000", "close-0000"]


# -- hostile bodies with a right signature: a leaked key must not break the register -------------------------------

VALUES = st.one_of(st.text(max_size=20), st.integers(), st.none(), st.booleans(), st.lists(st.integers(), max_size=2))


@pytest.mark.parametrize("name", NAMES)
@given(fields=st.dictionaries(st.text(max_size=10), st.text(max_size=20), max_size=5))
def test_no_form_breaks_a_reader(name: str, fields: dict[str, str]) -> None:
    body = urlencode(list(fields.items()), errors="replace").encode()
    with pytest.raises(BadNotice):
        client(name, replying({})).read_notice({"x-qf-sign": "é\udc80"}, body)


@given(number=VALUES, code=VALUES, merchant=VALUES)
def test_no_sealed_or_signed_value_breaks_a_reader(number: object, code: object, merchant: object) -> None:
    sealed = urlencode(
        opay_notice(MerchantTradeNo=number, RtnCode=code, MerchantID=merchant), errors="replace"
    ).encode()
    body = body_of({"out_trade_no": number, "respcd": code, "mchid": merchant, "notify_type": merchant})
    signed = {"X-QF-SIGN": qfpay_body_sign(body, qfpay.FIXTURE.secrets["client_key"])}
    for name, headers, sent in (("opay", {}, sealed), ("qfpay", signed, body)):
        try:
            notice = client(name, replying({})).read_notice(headers, sent)
        except BadNotice:
            continue
        assert notice.order_no
        assert notice.code.isprintable()  # empty if it cannot be a code
