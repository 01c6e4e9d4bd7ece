"""Customers' codes at QFPay and MyPay: what is sent, and what each answer means."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest

from pos.domain.customer_code import CustomerCode
from pos.domain.money import Money
from pos.domain.payment import CODE_TYPE, Attempt, Tender
from pos.errors import BadReply, InputError
from pos.gateways.base import Gateway, Verdict
from pos.gateways.customer_codes import TakesCodes
from pos.simulator.crypto import mypay_open
from tests.gateways.conftest import answer, client, form, run
from tests.gateways.fixtures import order, qfpay
from tests.gateways.fixtures.base import NUMBER
from tests.gateways.fixtures.mypay import SECRETS, paid

CODE = CustomerCode("283854702356157409")
YES = {"customer_codes": "yes"}


def taker(made: Gateway) -> TakesCodes:
    assert isinstance(made, TakesCodes)
    return made


def attempt(name: str, code_type: str, **facts: Any) -> Attempt:
    return order(name, **({"gateway_ref": "", "gateway_key": "", "details": {CODE_TYPE: code_type}} | facts))


def charged(reply: object, code_type: str = "800108") -> Any:
    return run(taker(client("qfpay", answer(reply))).charge_code(attempt("qfpay", code_type), CODE))


def scanned(**facts: Any) -> dict[str, Any]:
    """The public sample of a customer's code."""
    found = qfpay.placed(pay_type="800108", resperr="交易成功", txamt=125) | facts
    return {name: value for name, value in found.items() if name != "pay_url"}


@pytest.mark.parametrize(
    ("options", "tender", "kind"),
    [
        ({}, Tender.ALIPAY, "800108"),
        ({}, Tender.WECHAT, "801008"),
        ({"region": "overseas"}, Tender.WECHAT, "800208"),
        ({"region": "overseas"}, Tender.ALIPAY, "800108"),
        ({"customer_codes": "any"}, Tender.WECHAT, "800008"),
        ({"customer_codes": "any"}, Tender.ALIPAY, "800008"),
    ],
)
def test_qfpay_has_a_type_for_each_wallet_and_region(options: dict[str, str], tender: Tender, kind: str) -> None:
    sent: list[dict[str, str]] = []

    def gateway(request: httpx.Request) -> httpx.Response:
        sent.append(form(request))
        return httpx.Response(200, json=scanned())

    made = client("qfpay", gateway, options)
    assert taker(made).code_type(tender, {}) == kind
    run(taker(made).charge_code(attempt("qfpay", kind, tender=tender), CODE))
    assert (sent[0]["pay_type"], sent[0]["auth_code"]) == (kind, CODE.digits)
    assert "expired_time" not in sent[0]


@pytest.mark.parametrize(("options", "tender"), [({"customer_codes": "no"}, Tender.WECHAT), ({}, Tender.MYPAY)])
def test_qfpay_takes_no_codes_where_it_is_not_set_up_for_them(options: dict[str, str], tender: Tender) -> None:
    with pytest.raises(InputError):
        taker(client("qfpay", answer({}), options)).code_type(tender, {})


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        (scanned(), Verdict.PAID),
        (scanned(respcd="1143"), Verdict.ACCEPTED),
        (scanned(respcd="1145"), Verdict.ACCEPTED),
        (scanned(txamt=""), Verdict.UNSURE),
        (scanned(txcurrcd=""), Verdict.UNSURE),
        (scanned(out_trade_no=""), Verdict.UNSURE),
        (scanned(respcd="1201"), Verdict.REFUSED),
        (scanned(respcd="1202"), Verdict.REFUSED),
        (scanned(respcd="2005"), Verdict.REFUSED),
        (scanned(respcd="1212"), Verdict.REFUSED),
        (scanned(respcd="1205"), Verdict.UNSURE),  # "try later": queried before it counts
        (scanned(respcd="1298"), Verdict.UNSURE),
        (scanned(respcd="2011"), Verdict.EXISTS),
        (scanned(respcd="7777"), Verdict.UNSURE),
        (scanned(respcd="1103"), Verdict.REJECTED),
        (scanned(respcd="1108"), Verdict.REJECTED),
    ],
)
def test_qfpay_says_paid_only_for_our_order_with_its_amount(reply: dict[str, Any], verdict: Verdict) -> None:
    found = charged(reply)
    assert found.verdict is verdict
    assert found.pay_url == ""
    if verdict is Verdict.PAID:
        assert (found.amount, found.gateway_ref) == (Money(125, "HKD"), qfpay.REF)


def test_qfpay_an_answer_about_another_order_is_none() -> None:
    with pytest.raises(BadReply):
        charged(scanned(out_trade_no="ANOTHER"))


def test_qfpay_a_refused_code_has_words_for_the_cashier() -> None:
    assert "scan" in charged(scanned(respcd="2005")).message.spoken()
    assert "balance" in charged(scanned(respcd="1201")).message.spoken()


@pytest.mark.parametrize(
    ("kind", "path"), [("800108", "reversal"), ("800008", "close"), ("800208", "close"), ("801008", "close")]
)
def test_qfpay_reverses_or_closes_by_the_type_of_the_code(kind: str, path: str) -> None:
    asked: list[str] = []

    def gateway(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path.rpartition("/")[2])
        return httpx.Response(200, json={"respcd": "0000", "orig_syssn": qfpay.REF})

    found = run(client("qfpay", gateway).void(attempt("qfpay", kind)))
    assert (asked, found.verdict, found.gateway_ref) == ([path], Verdict.VOIDED, qfpay.REF)


# -- MyPay ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tender", "pfn", "tool"),
    [
        (Tender.WECHAT, "", "WECHATOFF"),
        (Tender.MYPAY, "", "OFFLINE"),
        (Tender.MYPAY, "all", "OFFLINE"),
        (Tender.MYPAY, "16", "LINEPAYOFF"),
        (Tender.MYPAY, "PIOFF", "PIOFF"),
        (Tender.MYPAY, "JKOOF", "JKOOFF"),
    ],
)
def test_mypay_has_a_tool_for_each_code_whose_field_is_public(tender: Tender, pfn: str, tool: str) -> None:
    options = {"pfn": pfn} if pfn else {}
    assert taker(client("mypay", answer({}), YES)).code_type(tender, options) == tool


@pytest.mark.parametrize(
    ("setting", "tender", "pfn"),
    [
        ("", Tender.WECHAT, "0"),
        ("no", Tender.MYPAY, "0"),
        ("yes", Tender.ALIPAY, "0"),
        ("yes", Tender.ATM, "0"),
        ("yes", Tender.MYPAY, "CREDITCARD"),
        ("yes", Tender.MYPAY, "46"),
    ],
)
def test_mypay_takes_no_codes_without_its_setting_nor_for_other_tools(setting: str, tender: Tender, pfn: str) -> None:
    made = client("mypay", answer({}), {"customer_codes": setting} if setting else {})
    with pytest.raises(InputError):
        taker(made).code_type(tender, {"pfn": pfn})


@pytest.mark.parametrize(
    ("tool", "fields"),
    [
        ("WECHATOFF", {"wechatCode"}),
        ("LINEPAYOFF", {"linepayCode"}),
        ("OFFLINE", {"qrCode"}),
        ("JKOOFF", {"jkoCode", "posId", "posTradeTime", "remark"}),
    ],
)
def test_mypay_gets_the_order_with_the_code_in_data_json(tool: str, fields: set[str]) -> None:
    sent: list[dict[str, Any]] = []

    def gateway(request: httpx.Request) -> httpx.Response:
        found = form(request)
        sent.extend(json.loads(mypay_open(found[name], SECRETS["store_key"])) for name in ("service", "encry_data"))
        return httpx.Response(200, json=transaction())

    run(taker(client("mypay", gateway, YES)).charge_code(attempt("mypay", tool), CODE))
    service, body = sent
    data = json.loads(body["data_json"])
    assert (service["cmd"], body["pfn"], body["cost"], body["order_id"]) == ("api/transaction", tool, 125, NUMBER)
    assert set(data) == fields
    assert CODE.digits in data.values()


def transaction(**facts: Any) -> dict[str, Any]:
    """The public answer: the order's fields with ``code`` in the place of ``prc``."""
    found = paid(code="250", msg="付款完成") | facts
    return {name: value for name, value in found.items() if name != "prc"}


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        (transaction(), Verdict.PAID),
        (transaction(code="280"), Verdict.ACCEPTED),
        (transaction(code="290", actual_cost=100), Verdict.DIFFERS),
        (transaction(code="300"), Verdict.REFUSED),
        (transaction(code="A0001"), Verdict.UNSURE),
        (transaction(order_id=""), Verdict.UNSURE),
        (transaction(cost=""), Verdict.UNSURE),
        ({"code": "300", "msg": "付款碼錯誤"}, Verdict.REFUSED),
        ({"code": "400", "msg": "系統錯誤"}, Verdict.UNSURE),
        ({"code": "7777"}, Verdict.UNSURE),
    ],
)
def test_mypay_says_paid_only_for_our_order_with_its_amount(reply: dict[str, Any], verdict: Verdict) -> None:
    found = run(taker(client("mypay", answer(reply), YES)).charge_code(attempt("mypay", "OFFLINE"), CODE))
    assert found.verdict is verdict
    if verdict is Verdict.PAID:
        assert (found.amount, found.gateway_ref) == (Money(125, "TWD"), "81127")


def test_mypay_an_answer_about_another_order_is_none() -> None:
    made = taker(client("mypay", answer(transaction(order_id="OTHER")), YES))
    with pytest.raises(BadReply):
        run(made.charge_code(attempt("mypay", "OFFLINE"), CODE))


def test_the_attempt_of_a_code_says_so_and_keeps_no_digit_of_it() -> None:
    made = attempt("qfpay", "800108")
    assert made.code_type == "800108"
    assert replace(made, details={}).code_type == ""
    assert CODE.digits not in repr(made)
