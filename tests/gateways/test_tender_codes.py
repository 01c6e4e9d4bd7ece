"""Each tender at its gateways: the code that is sent, the customer's code, the currency and what is shown."""

from __future__ import annotations

import binascii
import json
from typing import Any

import httpx
import pytest

from pos.domain.money import Money
from pos.domain.payment import Tender
from pos.errors import InputError
from pos.gateways import GATEWAYS
from pos.gateways.base import Verdict
from pos.gateways.mypay.codes import TENDERS as TOOLS
from pos.gateways.qfpay.codes import TENDERS as PAY_TYPES
from pos.simulator.crypto import mypay_open
from pos.simulator.dialects.mypay_fields import check_order
from tests.gateways.conftest import answer, client, form, run
from tests.gateways.fixtures import order, qfpay
from tests.gateways.fixtures.mypay import SECRETS
from tests.gateways.test_codes_at_gateways import YES, taker
from tests.support.shop import NOON

MYPAY_TOOLS = {
    Tender.WECHAT: "WECHAT", Tender.ALIPAY: "ALIPAY", Tender.ATM: "E_COLLECTION", Tender.MYPAY: "0",
    Tender.CREDIT_CARD: "CREDITCARD", Tender.LINE_PAY: "LINEPAYON", Tender.JKOPAY: "JKOON",
    Tender.EASYWALLET: "EASYWALLETON", Tender.PI: "PION", Tender.PX_PAY: "PXPAYON", Tender.PLUS_PAY: "PLUSPAYON",
    Tender.APPLE_PAY: "APPLEPAY", Tender.GOOGLE_PAY: "GOOGLEPAY", Tender.STORE_CODE: "CSTORECODE",
    Tender.STORE_BARCODE: "BARCODE", Tender.UNIONPAY: "UNIONPAY",
}  # fmt: skip
"""附錄一:PFN(支付工具)參數表."""

QFPAY_TYPES = {
    Tender.WECHAT: ("800201", "801008"), Tender.ALIPAY: ("801501", "800108"), Tender.UNIONPAY: ("800701", "800708"),
    Tender.ALIPAY_HK: ("801501", "800108"), Tender.WECHAT_HK: ("800201", "801008"),
    Tender.PAYME: ("805801", "805808"), Tender.FPS: ("802001", ""), Tender.OCTOPUS: ("803701", ""),
}  # fmt: skip
"""The public list: the type of the code that the shop shows, and of the one that the customer shows ("" for none)."""


def test_the_tables_have_all_tenders_of_their_gateways() -> None:
    assert set(MYPAY_TOOLS) == set(TOOLS)
    assert set(QFPAY_TYPES) == set(PAY_TYPES)


@pytest.mark.parametrize(("tender", "tool"), MYPAY_TOOLS.items())
def test_mypays_page_opens_with_the_tool_of_the_tender_and_its_document_allows_it(tender: Tender, tool: str) -> None:
    sent: list[dict[str, Any]] = []

    def gateway(request: httpx.Request) -> httpx.Response:
        sent.append(json.loads(mypay_open(form(request)["encry_data"], SECRETS["store_key"])))
        return httpx.Response(200, json={"code": "200", "uid": 1, "key": "0" * 32, "url": "https://mypay.tw/p"})

    placed = run(client("mypay", gateway).charge(order("mypay", tender=tender, options={})))
    [body] = sent
    assert (placed.verdict, body["pfn"]) == (Verdict.ACCEPTED, tool)
    assert ("limit_pay_days" in body) == (tool in ("E_COLLECTION", "CSTORECODE"))
    check_order(body, str(body["store_uid"]), NOON, strict=True)


@pytest.mark.parametrize(
    ("tender", "tool"),
    [(Tender.LINE_PAY, "LINEPAYOFF"), (Tender.PI, "PIOFF"), (Tender.JKOPAY, "JKOOFF"), (Tender.EASYWALLET, "")],
)
def test_mypay_charges_a_customers_code_by_the_tool_of_the_tender(tender: Tender, tool: str) -> None:
    made = taker(client("mypay", answer({}), YES))
    if tool:
        assert made.code_type(tender, {}) == tool
    else:
        with pytest.raises(InputError, match="customers' codes"):
            made.code_type(tender, {})


@pytest.mark.parametrize(("tender", "types"), QFPAY_TYPES.items())
def test_qfpay_gets_the_type_of_the_tender_and_of_the_customers_code(tender: Tender, types: tuple[str, str]) -> None:
    sent: list[dict[str, str]] = []

    def gateway(request: httpx.Request) -> httpx.Response:
        sent.append(form(request))
        return httpx.Response(200, json=qfpay.placed(pay_url="", qrcode="https://qr.qfapi.com/1"))

    shown, scanned = types
    made = client("qfpay", gateway)
    assert run(made.charge(order("qfpay", tender=tender))).verdict is Verdict.ACCEPTED
    assert (sent[0]["pay_type"], sent[0].get("pay_tag")) == (shown, {"alipay_hk": "ALIPAYHK"}.get(tender))
    if scanned:
        assert taker(made).code_type(tender, {}) == scanned
        assert taker(client("qfpay", gateway, {"customer_codes": "any"})).code_type(tender, {}) == "800008"
    else:
        with pytest.raises(InputError, match="customers' codes"):
            taker(client("qfpay", gateway, {"customer_codes": "any"})).code_type(tender, {})


@pytest.mark.parametrize(
    ("tender", "currency", "region", "taken"),
    [
        (Tender.PAYME, "HKD", "hk", True),
        (Tender.PAYME, "HKD", "overseas", False),
        (Tender.FPS, "CNY", "hk", False),
        (Tender.UNIONPAY, "CNY", "overseas", True),
        (Tender.CREDIT_CARD, "HKD", "hk", False),
    ],
)
def test_hong_kongs_tenders_are_for_its_merchants_and_in_its_dollars(
    tender: Tender, currency: str, region: str, taken: bool
) -> None:
    made = client("qfpay", answer({}), {"currency": currency, "region": region})
    if taken:
        made.can_take(tender, Money(1000, currency))
    else:
        with pytest.raises(InputError) as caught:
            made.can_take(tender, Money(1000, currency))
        assert caught.value.field == "tender"


def emv(text: str) -> str:
    """Return a payment code of a scheme with its checksum."""
    whole = f"000201{text}6304"
    return f"{whole}{binascii.crc_hqx(whole.encode(), 0xFFFF):04X}"


FPS_CODE = emv("26310012hk.com.hkicl0211hk123456789520400005303344540512.505802HK5909TEA HOUSE6002HK")


@pytest.mark.parametrize(
    ("tender", "code", "verdict"),
    [
        (Tender.FPS, FPS_CODE, Verdict.ACCEPTED),
        (Tender.UNIONPAY, FPS_CODE, Verdict.ACCEPTED),
        (Tender.FPS, FPS_CODE[:-1] + ("0" if FPS_CODE[-1] != "0" else "1"), Verdict.UNUSABLE),
        (Tender.FPS, FPS_CODE.replace("540512.50", "540599.50"), Verdict.UNUSABLE),
        (Tender.PAYME, FPS_CODE, Verdict.UNUSABLE),
        (Tender.PAYME, "https://qr.payme.hsbc.com.hk/2/1", Verdict.ACCEPTED),
        (Tender.PAYME, "https://payme.example/1", Verdict.UNUSABLE),
    ],
)
def test_a_schemes_own_code_is_shown_only_with_a_correct_checksum(tender: Tender, code: str, verdict: Verdict) -> None:
    made = client("qfpay", answer(qfpay.placed(pay_url="", qrcode=code)))
    found = run(made.charge(order("qfpay", tender=tender)))
    assert (found.verdict, found.pay_url) == (verdict, code if verdict is Verdict.ACCEPTED else "")


def test_tenders_known_from_public_documents_only_are_marked() -> None:
    marked = {name: {one.value for one in kind.FACTS.public_tenders} for name, kind in GATEWAYS.items()}
    assert marked.pop("qfpay") == {one.value for one in QFPAY_TYPES} - {"alipay"}
    assert not any(marked.values())
