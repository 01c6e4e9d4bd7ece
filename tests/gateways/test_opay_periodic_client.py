"""O'Pay's periodic cards: a second copy of the document's fields and limits, notifications, queries and refunds."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from pos.domain.agreement import AGREEMENT, BANK_REF
from pos.domain.money import Money
from pos.domain.payment import Attempt, Line
from pos.errors import BadNotice, BadReply, InputError, RateLimited
from pos.gateways.base import Gateway, RefundVerdict, Verdict
from pos.gateways.capabilities import AgreementAnswer, ContractStatus, Outcome
from pos.gateways.opay_periodic.answers import form_string, is_signed
from pos.gateways.opay_periodic.fields import plain_name
from pos.gateways.signing import check_mac_value
from pos.simulator.crypto import opay_mac
from tests.gateways.conftest import answer, client, form, replying, run
from tests.gateways.fixtures import FIXTURES, opay_periodic, order, paid_order, sent_refund
from tests.gateways.fixtures.base import NUMBER
from tests.gateways.fixtures.opay_periodic import PAIR, REF, later_notice, notice, paid, signed_notice, with_mac
from tests.support.shop import NOON

NAME = "opay_periodic"
NT125 = Money(125, "TWD")
VECTORS: list[dict[str, Any]] = [
    one
    for one in json.loads((Path(__file__).parent / "vectors.json").read_text(encoding="utf-8"))["vectors"]
    if one["kind"].startswith("CheckMacValue")
]


def periodic(**facts: Any) -> Attempt:
    return order(NAME, **({"page_token": "tok"} | facts))


def page(attempt: Attempt, **options: str) -> dict[str, str]:
    return dict(client(NAME, replying({}), options).page(attempt)[1])


def refused(attempt: Attempt, **options: str) -> InputError:
    with pytest.raises(InputError) as caught:
        client(NAME, replying({}), options).check(attempt)
    return caught.value


# -- the signed form ------------------------------------------------------------------------------------------------


def test_the_page_posts_the_documents_fields_and_no_key() -> None:
    url, fields = client(NAME, replying({})).page(periodic(lines=(Line("會費", NT125, 1),)))
    assert url == "https://payment-stage.opay.tw/Cashier/AioCheckOut/V4"
    mac = fields["CheckMacValue"]
    assert dict(fields) == {
        "MerchantID": "2000132",
        "MerchantTradeNo": NUMBER,
        "MerchantTradeDate": "2026/11/20 12:00:00",
        "PaymentType": "aio",
        "TotalAmount": "125",
        "TradeDesc": "測試商店",
        "ItemName": "會費 125 元 x 1",
        "ReturnURL": "https://shop.example/notify/opay_periodic",
        "PeriodReturnURL": "https://shop.example/notify/opay_periodic",
        "ClientBackURL": "https://shop.example/pay/tok/result",
        "ChoosePayment": "Credit",
        "PeriodAmount": "125",
        "PeriodType": "M",
        "Frequency": "1",
        "ExecTimes": "12",
        "ExpireTime": "2026/11/23 12:00:00",
        "EncryptType": "1",
        "CheckMacValue": mac,
    }
    assert mac == opay_mac({k: v for k, v in fields.items() if k != "CheckMacValue"}, *PAIR, sha256=True)


@pytest.mark.parametrize(
    ("every", "times", "amount", "expected"),
    [("1M", "12", 500, ("500", "M", "1", "12")), ("6M", "2", 6000, ("6000", "M", "6", "2"))],
)
def test_the_documents_two_examples(every: str, times: str, amount: int, expected: tuple[str, ...]) -> None:
    made = periodic(amount=Money(amount, "TWD"), options={"every": every, "times": times})
    fields = page(made)
    assert (fields["PeriodAmount"], fields["PeriodType"], fields["Frequency"], fields["ExecTimes"]) == expected
    assert fields["TotalAmount"] == fields["PeriodAmount"]


def test_an_old_host_is_signed_with_md5_and_without_encrypt_type() -> None:
    options = {"base_url": "https://payment.allpay.com.tw", "digest": "md5", "version": "V2"}
    url, fields = client(NAME, replying({}), options).page(periodic())
    assert url == "https://payment.allpay.com.tw/Cashier/AioCheckOut/V2"
    assert "EncryptType" not in fields
    assert len(fields["CheckMacValue"]) == 32
    assert fields["CheckMacValue"] == opay_mac(dict(fields), *PAIR, sha256=False)


def test_every_optional_field_has_a_setting() -> None:
    options = {
        "platform_id": "2012441", "store_id": "S1", "language": "ENG", "device_source": "M", "extra_info": "yes",
        "return_url": "https://a.example/1", "period_return_url": "https://a.example/2",
        "payment_info_url": "https://a.example/3", "order_result_url": "https://a.example/4",
        "item_url": "https://a.example/5",
    }  # fmt: skip
    made = client(NAME, replying({}), options)
    made.check(periodic())
    fields = made.page(periodic())[1]
    assert {
        "PlatformID": "2012441", "StoreID": "S1", "Language": "ENG", "DeviceSource": "M", "NeedExtraPaidInfo": "Y",
        "ReturnURL": "https://a.example/1", "PeriodReturnURL": "https://a.example/2",
        "PaymentInfoURL": "https://a.example/3", "OrderResultURL": "https://a.example/4",
        "ItemURL": "https://a.example/5",
    }.items() <= dict(fields).items()  # fmt: skip


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"merchant_id": "123456"}, "MerchantID"),
        ({"merchant_id": "12345678901"}, "MerchantID"),
        ({"platform_id": "abc"}, "PlatformID"),
        ({"store_id": "x" * 21}, "StoreID"),
        ({"store_id": "店"}, "StoreID"),
        ({"return_url": "https://a.example/".ljust(201, "x")}, "ReturnURL"),
        ({"period_return_url": "https://a.example/".ljust(201, "x")}, "PeriodReturnURL"),
        ({"payment_info_url": "https://a.example/".ljust(201, "x")}, "PaymentInfoURL"),
        ({"order_result_url": "https://a.example/".ljust(201, "x")}, "OrderResultURL"),
        ({"item_url": "https://a.example/<b>"}, "ItemURL"),
    ],
)
def test_a_field_of_the_settings_that_breaks_its_rule_is_named(options: dict[str, str], field: str) -> None:
    error = refused(periodic(), **options)
    assert error.field == field
    assert field in str(error)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({}, "times"),
        ({"every": "1M"}, "times"),
        ({"times": "12"}, "every"),
        ({"every": "13M", "times": "12"}, "every"),
        ({"every": "1Y", "times": "10"}, "times"),
        ({"every": "1M", "times": "12", "colour": "red"}, "option"),
    ],
)
def test_an_order_without_its_terms_is_refused(options: dict[str, str], field: str) -> None:
    assert refused(periodic(options=options)).field == field


@pytest.mark.parametrize("number", ["ABC", "A" * 21, "ORDER-1", "訂單1234"])
def test_an_order_number_has_4_to_20_letters_and_digits(number: str) -> None:
    assert refused(replace(periodic(), order_no=number)).field == "MerchantTradeNo"


def test_the_end_of_an_order_is_within_72_hours() -> None:
    made = client(NAME, replying({}))
    for hours in (1, 72):
        made.page(periodic(expires_at=NOON + timedelta(hours=hours)))
    for hours in (-1, 0, 73):
        with pytest.raises(InputError, match="within 72 hours"):
            made.page(periodic(expires_at=NOON + timedelta(hours=hours)))


def test_names_have_no_tags_and_do_not_separate_items() -> None:
    assert plain_name("<b>#|茶", 60) == "＜b＞＃｜茶"
    assert plain_name("\0", 60) == "商品"
    lines = tuple(Line("長" * 60, NT125, 1) for _ in range(5))
    fields = page(periodic(lines=lines))
    assert fields["ItemName"] == "測試商店 125 元 x 1"


# -- e-invoices -----------------------------------------------------------------------------------------------------


def invoiced(**options: str) -> Attempt:
    lines = (Line("鉛筆", Money(60, "TWD"), 1), Line("橡皮擦", Money(20, "TWD"), 2))
    terms = {"every": "1M", "times": "12", "invoice_email": "a@b.example"}
    return periodic(amount=Money(100, "TWD"), lines=lines, options={**terms, **options})


def test_an_e_invoice_is_requested_with_encoded_fields_inside_the_mac() -> None:
    fields = page(invoiced(invoice="mobile", invoice_code="/ABC+123"))
    assert (fields["InvoiceMark"], fields["CarruerType"], fields["CarruerNum"]) == ("Y", "3", "/ABC+123")
    assert (fields["Donation"], fields["Print"], fields["InvType"], fields["DelayDay"]) == ("2", "0", "07", "0")
    assert fields["InvoiceItemName"] == "%e9%89%9b%e7%ad%86|%e6%a9%a1%e7%9a%ae%e6%93%a6"
    assert (fields["InvoiceItemCount"], fields["InvoiceItemPrice"]) == ("1|2", "60|20")
    assert (fields["InvoiceItemTaxType"], fields["CustomerEmail"]) == ("1|1", "a%40b.example")
    assert fields["CustomerName"] == ""  # empty fields are sent and signed
    assert fields["CheckMacValue"] == opay_mac(fields, *PAIR, sha256=True)
    assert all(len(value) <= 200 or name.startswith("Invoice") for name, value in fields.items())


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"invoice": "donation", "invoice_code": "168001"}, {"Donation": "1", "LoveCode": "168001", "Print": "0"}),
        ({"invoice": "certificate", "invoice_code": "AB12345678901234"}, {"CarruerType": "2", "Print": "0"}),
        (
            {"invoice": "paper", "invoice_name": "王小明", "invoice_address": "台北市", "invoice_ban": "04595257"},
            {"Print": "1", "CustomerIdentifier": "04595257", "CarruerType": "", "Donation": "2"},
        ),
    ],
)
def test_each_kind_of_e_invoice_has_its_fields(options: dict[str, str], expected: dict[str, str]) -> None:
    made = invoiced(**options)
    client(NAME, replying({})).check(made)
    assert expected.items() <= page(made).items()


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"invoice": "fax"}, "invoice"),
        ({"invoice": "mobile"}, "CarruerNum"),
        ({"invoice": "certificate"}, "CarruerNum"),
        ({"invoice": "mobile", "invoice_code": "ABC"}, "CarruerNum"),
        ({"invoice": "donation"}, "LoveCode"),
        ({"invoice": "donation", "invoice_code": "12"}, "LoveCode"),
        ({"invoice": "donation", "invoice_code": "168001", "invoice_ban": "04595257"}, "CustomerIdentifier"),
        ({"invoice": "paper"}, "CustomerName"),
        ({"invoice": "paper", "invoice_name": "王"}, "CustomerAddr"),
        ({"invoice": "paper", "invoice_name": "王" * 21}, "CustomerName"),
        ({"invoice": "paper", "invoice_name": "<b>王</b>"}, "CustomerName"),
        ({"invoice": "mobile", "invoice_code": "/ABC+123", "invoice_email": ""}, "CustomerEmail"),
        ({"invoice": "mobile", "invoice_code": "/ABC+123", "invoice_email": "nobody"}, "CustomerEmail"),
        ({"invoice": "mobile", "invoice_code": "/ABC+123", "invoice_phone": "02-1234"}, "CustomerPhone"),
    ],
)
def test_an_e_invoice_that_breaks_a_rule_is_refused_with_its_field(options: dict[str, str], field: str) -> None:
    error = refused(invoiced(**options))
    assert error.field == field


# -- CheckMacValue --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("vector", [pytest.param(one, id=one["id"]) for one in VECTORS])
def test_every_published_vector_is_accepted_by_its_length(vector: dict[str, Any]) -> None:
    texts = {name: "" if value is None else str(value) for name, value in vector["inputs"].items()}
    key, iv = vector["key"], vector["iv"]
    assert check_mac_value(texts, key, iv, sha256=vector["kind"].endswith("sha256")) == vector["expected"]
    assert is_signed({**texts, "CheckMacValue": vector["expected"].lower()}, key, iv)
    assert not is_signed({**texts, "CheckMacValue": vector["expected"][::-1]}, key, iv)
    assert not is_signed({**texts, "CheckMacValue": vector["expected"], "Extra": ""}, key, iv)
    assert not is_signed(texts, key, iv)


# -- notifications --------------------------------------------------------------------------------------------------


def read(fields: dict[str, Any], *, sha256: bool = True) -> Any:
    from urllib.parse import urlencode

    body = urlencode(with_mac(fields, sha256=sha256)).encode()
    return client(NAME, replying({})).read_notice({}, body)


@pytest.mark.parametrize("sha256", [True, False])
def test_the_first_authorisation_is_read_with_either_digest(sha256: bool) -> None:
    found = read(notice(), sha256=sha256)
    assert (found.order_no, found.reply, found.code, found.is_later) == (NUMBER, "1|OK", "1", False)
    assert (found.charge.paid, found.charge.amount, found.charge.gateway_ref) == (True, NT125, REF)
    assert found.charge.at == datetime(2026, 11, 20, 4, 3, 12, tzinfo=UTC)


@pytest.mark.parametrize("names", [{}, {"Gwsr": "gwsr", "Amount": "amount", "ProcessDate": "process_date"}])
def test_a_later_authorisation_is_read_in_either_spelling(names: dict[str, str]) -> None:
    found = read({names.get(name, name): value for name, value in later_notice().items()})
    assert (found.order_no, found.reply, found.is_later) == (NUMBER, "1|OK", True)
    assert (found.charge.paid, found.charge.amount, found.charge.bank_ref) == (True, NT125, "14563861")
    assert found.charge.at == datetime(2026, 12, 20, 4, 3, 12, tzinfo=UTC)


def test_a_declined_authorisation_is_news_and_no_money() -> None:
    found = read(later_notice(RtnCode="10100248", RtnMsg="拒絕交易"))
    assert (found.reply, found.charge.paid, found.charge.code) == ("1|OK", False, "10100248")
    assert "拒絕交易" in str(found.charge.message)


@pytest.mark.parametrize("fields", [notice(SimulatePaid="1"), later_notice(SimulatePaid="1")])
def test_a_simulated_payment_is_acknowledged_and_no_money(fields: dict[str, Any]) -> None:
    found = read(fields)
    assert (found.reply, found.code, found.charge) == ("1|OK", "simulated", None)


def test_the_notification_of_an_order_is_no_money() -> None:
    fields = {name: value for name, value in notice(RtnCode="2").items() if name != "PaymentDate"}
    found = read(fields)
    assert (found.code, found.charge) == ("info-2", None)


@pytest.mark.parametrize(
    "fields",
    [
        notice(MerchantID="9999999"),
        {name: value for name, value in notice().items() if name != "RtnCode"},
        notice(RtnCode="yes"),
        notice(TradeAmt="12.5"),
    ],
)
def test_a_notification_of_another_shop_or_without_a_result_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(BadNotice):
        read(fields)


def test_the_form_of_our_own_page_is_no_notification() -> None:
    from urllib.parse import urlencode

    with pytest.raises(BadNotice):
        client(NAME, replying({})).read_notice({}, urlencode(page(periodic())).encode())


def test_a_changed_notification_is_refused() -> None:
    _, body = signed_notice(notice())
    with pytest.raises(BadNotice, match="CheckMacValue"):
        client(NAME, replying({})).read_notice({}, body.replace(b"TradeAmt=125", b"TradeAmt=126"))


# -- queries --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        ("0", Verdict.ACCEPTED),
        ("1", Verdict.PAID),
        ("10200095", Verdict.REFUSED),
        ("10200047", Verdict.MISSING),
        ("2", Verdict.UNSURE),
    ],
)
def test_the_status_of_a_trade(status: str, verdict: Verdict) -> None:
    reply = opay_periodic.FIXTURE.responder(paid(TradeStatus=status))
    found = run(client(NAME, reply).query(periodic()))
    assert (found.verdict, found.code, found.amount, found.fee) == (verdict, status, NT125, "2")


@pytest.mark.parametrize("sha256", [True, False])
def test_a_query_sends_seconds_and_reads_literal_plus_signs(sha256: bool) -> None:
    asked: list[tuple[str, dict[str, str]]] = []

    def reply(request: httpx.Request) -> httpx.Response:
        asked.append((request.url.path, form(request)))
        fields = with_mac(paid(ItemName="a+b c 1 元 x 1"), sha256=sha256)
        return httpx.Response(200, content=opay_periodic.form_string(fields))

    assert run(client(NAME, reply).query(periodic())).verdict is Verdict.PAID
    ((path, sent),) = asked
    assert path == "/Cashier/QueryTradeInfo/V4"
    assert sent["TimeStamp"] == str(int(NOON.timestamp()))
    assert set(sent) == {"MerchantID", "MerchantTradeNo", "TimeStamp", "CheckMacValue"}
    assert sent["CheckMacValue"] == opay_mac(sent, *PAIR, sha256=True)


def test_a_platforms_query_names_the_platform_but_the_query_of_periods_does_not() -> None:
    asked: list[dict[str, str]] = []

    def reply(request: httpx.Request) -> httpx.Response:
        asked.append(form(request))
        return httpx.Response(500)

    made = client(NAME, reply, {"platform_id": "2012441"})
    for work in (made.query(periodic()), made.operations().query_agreement(periodic())):
        with pytest.raises(Exception, match="500"):
            run(work)
    assert ["PlatformID" in one for one in asked] == [True, False]


@pytest.mark.parametrize("changes", [{"CheckMacValue": "0" * 64}, {"TradeAmt": "126"}])
def test_a_reply_with_a_wrong_signature_is_no_answer(changes: dict[str, str]) -> None:
    body = opay_periodic.form_string({**with_mac(paid()), **changes})
    with pytest.raises(BadReply, match="signature"):
        run(client(NAME, lambda request: httpx.Response(200, content=body)).query(periodic()))


@pytest.mark.parametrize("changes", [{"MerchantID": "9999999"}, {"MerchantTradeNo": "ANOTHER"}])
def test_a_reply_about_another_order_is_no_answer(changes: dict[str, str]) -> None:
    with pytest.raises(BadReply, match="another"):
        run(client(NAME, opay_periodic.FIXTURE.responder(paid(**changes))).query(periodic()))


def test_too_many_queries_rest_for_half_an_hour() -> None:
    with pytest.raises(RateLimited) as caught:
        run(client(NAME, replying({}, 403)).query(periodic()))
    assert caught.value.retry_after == 1800


def test_queries_that_are_switched_off_send_nothing() -> None:
    def never(request: object) -> Any:
        raise AssertionError("sent")

    made = client(NAME, never, {"queries": "no"})
    assert run(made.query(periodic())).verdict is Verdict.UNSURE
    assert run(made.operations().query_agreement(periodic())).status is ContractStatus.UNSURE


@pytest.mark.parametrize("body", ["0|CheckMacValue Error", "0|MerchantID Error", "RtnCode=10200073&RtnMsg=x"])
def test_a_refused_key_is_told_apart_in_every_form(body: str) -> None:
    made = client(NAME, lambda request: httpx.Response(200, text=body))
    found = run(made.query(periodic()))
    assert (found.verdict, found.credentials) == (Verdict.REJECTED, True)
    agreement = run(made.operations().query_agreement(periodic())) if body.startswith("0|") else None
    assert agreement is None or agreement.credentials


def test_form_strings_keep_plus_signs() -> None:
    assert form_string(b"\xef\xbb\xbfa=1+2 3&b=%2B&c=") == {"a": "1+2 3", "b": "+", "c": ""}
    assert form_string(b"0|no") == {"RtnCode": "0", "RtnMsg": "no"}


# -- agreements -----------------------------------------------------------------------------------------------------


def row(day: int, code: int = 1, gwsr: int = 14563860, **facts: Any) -> dict[str, Any]:
    return {
        "RtnCode": code, "amount": 125, "gwsr": gwsr + day, "process_date": f"2026/12/{day:02} 12:00:00",
        "auth_code": "777777", "TradeNo": f"26122012000{day:05}",
    } | facts  # fmt: skip


def info(**facts: Any) -> dict[str, Any]:
    return {
        "MerchantID": "2000132", "MerchantTradeNo": NUMBER, "TradeNo": REF, "RtnCode": 1, "PeriodType": "M",
        "Frequency": 1, "ExecTimes": 12, "PeriodAmount": 125, "amount": 125, "gwsr": 14563859,
        "process_date": "2026/11/20 12:00:00", "auth_code": "777777", "card4no": "2222", "card6no": "431195",
        "TotalSuccessTimes": 2, "TotalSuccessAmount": 250, "ExecLog": [row(20)], "ExecStatus": "1",
    } | facts  # fmt: skip


def queried(reply: object) -> AgreementAnswer:
    return run(client(NAME, answer(reply)).operations().query_agreement(periodic()))


@pytest.mark.parametrize("status", list(ContractStatus))
def test_an_agreement_has_its_authorisations_from_the_first(status: ContractStatus) -> None:
    codes = {ContractStatus.STOPPED: "0", ContractStatus.RUNNING: 1, ContractStatus.FINISHED: "2"}
    found = queried(info(ExecStatus=codes.get(status, "9"), ExecLog=[row(21, 10100248), row(20)]))
    assert found.status is status
    assert [(one.paid, one.bank_ref) for one in found.reports] == [
        (True, "14563859"),
        (True, "14563880"),
        (False, "14563881"),
    ]
    assert [one.gateway_ref for one in found.reports] == [REF, "2612201200000020", "2612201200000021"]


def test_a_log_with_the_first_authorisation_has_it_once() -> None:
    first = row(20, gwsr=14563839, process_date="2026/11/20 12:00:00")
    assert len(queried(info(ExecLog=[first, row(21)])).reports) == 2


def test_an_agreement_without_an_authorisation_has_none() -> None:
    found = queried(info(RtnCode=0, amount=0, gwsr=0, ExecLog=[], process_date=""))
    assert found.reports == ()
    assert queried(info(ExecLog=None, gwsr=None)).reports == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"MerchantID": "9999999"}, {"MerchantTradeNo": "ANOTHER"}, {"PeriodAmount": 126}, {"PeriodType": "D"},
        {"Frequency": 2}, {"ExecTimes": 11}, {"ExecLog": {}}, {"ExecLog": ["x"]}, {"ExecLog": [row(1, amount="x")]},
        {"ExecLog": [row(1, RtnCode="paid")]},
    ],
)  # fmt: skip
def test_an_answer_about_another_agreement_or_of_wrong_types_is_no_answer(changes: dict[str, Any]) -> None:
    with pytest.raises(BadReply):
        queried(info(**changes))


def later(bank_ref: str = "14563880") -> Attempt:
    return paid_order(
        NAME, order_no="261120LATERLATERLATE", details={AGREEMENT: NUMBER, BANK_REF: bank_ref}, options={}
    )


@pytest.mark.parametrize(
    ("changes", "bank_ref", "verdict"),
    [
        ({}, "14563880", Verdict.PAID),
        ({"ExecLog": [row(20, 10100248)]}, "14563880", Verdict.REFUSED),
        ({}, "99999999", Verdict.MISSING),
        ({"ExecStatus": "9"}, "99999999", Verdict.UNSURE),
    ],
)
def test_a_later_charge_is_queried_among_those_of_its_agreement(
    changes: dict[str, Any], bank_ref: str, verdict: Verdict
) -> None:
    found = run(client(NAME, answer(info(**changes))).query(later(bank_ref)))
    assert found.verdict is verdict
    assert found.amount == (NT125 if bank_ref == "14563880" else None)


def test_a_later_charges_query_tells_a_refused_key() -> None:
    made = client(NAME, lambda request: httpx.Response(200, text="0|CheckMacValue Error"))
    found = run(made.query(later()))
    assert (found.verdict, found.credentials) == (Verdict.REJECTED, True)


def test_an_agreement_that_the_gateway_does_not_know_is_unsure() -> None:
    found = queried({"RtnCode": "10200047", "RtnMsg": "Can not find the trade data"})
    assert (found.status, found.code, found.reports) == (ContractStatus.UNSURE, "10200047", ())


def test_an_agreement_is_stopped_in_the_console_where_no_path_is_set() -> None:
    def never(request: object) -> Any:
        raise AssertionError("sent")

    found = run(client(NAME, never).operations().stop_agreement(periodic()))
    assert found.outcome is Outcome.REFUSED
    assert "console" in str(found.message)


PATH = {"stop_path": "/Cashier/CreditCardPeriodAction"}


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (f"MerchantID=2000132&MerchantTradeNo={NUMBER}&RtnCode=1&RtnMsg=OK", Outcome.DONE),
        (f"MerchantID=2000132&MerchantTradeNo={NUMBER}&RtnCode=0&RtnMsg=No", Outcome.REFUSED),
        ("0|CheckMacValue Error", Outcome.REFUSED),
    ],
)
def test_an_agreement_is_stopped_by_the_call_of_the_settings(body: str, outcome: Outcome) -> None:
    asked: list[tuple[str, dict[str, str]]] = []

    def reply(request: httpx.Request) -> httpx.Response:
        asked.append((request.url.path, form(request)))
        return httpx.Response(200, text=body)

    made: Gateway = client(NAME, reply, PATH)
    found = run(made.operations().stop_agreement(periodic()))
    assert (found.outcome, found.credentials) == (outcome, body.startswith("0|"))
    assert asked[0][0] == PATH["stop_path"]
    assert asked[0][1]["Action"] == "Cancel"


# -- refunds --------------------------------------------------------------------------------------------------------


def test_a_refund_names_the_charges_own_number_and_the_agreement() -> None:
    asked: list[dict[str, str]] = []

    def reply(request: httpx.Request) -> httpx.Response:
        sent = form(request)
        asked.append(sent)
        fields = f"Merchant=2000132&MerchantTradeNo={sent['MerchantTradeNo']}&TradeNo={sent['TradeNo']}"
        return httpx.Response(200, text=f"{fields}&RtnCode=1&RtnMsg=OK")

    charge = paid_order(NAME, order_no="261120LATERLATERLATE", gateway_ref="2612201200000020")
    later = replace(charge, details={AGREEMENT: NUMBER}, options={})
    found = run(client(NAME, reply).refund(later, sent_refund(later)))
    assert (found.verdict, found.amount) == (RefundVerdict.DONE, Money(50, "TWD"))
    expected = {"MerchantTradeNo": NUMBER, "TradeNo": "2612201200000020", "Action": "R", "TotalAmount": "50"}
    assert expected.items() <= asked[0].items()


@pytest.mark.parametrize(
    ("changes", "verdict", "credentials"),
    [
        ({"RtnCode": "10100058", "RtnMsg": "Fail"}, RefundVerdict.REFUSED, False),
        ({"RtnCode": "10100058", "RtnMsg": ""}, RefundVerdict.REFUSED, False),
        ({"MerchantID": "", "RtnCode": "0", "RtnMsg": "not allowed"}, RefundVerdict.REJECTED, False),
        ({"RtnCode": "10200073", "RtnMsg": "CheckMacValue Error"}, RefundVerdict.REJECTED, True),
    ],
)
def test_a_refund_that_is_refused_is_told_with_its_reason(
    changes: dict[str, str], verdict: RefundVerdict, credentials: bool
) -> None:
    of = paid_order(NAME)
    made = client(NAME, opay_periodic.FIXTURE.responder(opay_periodic.REFUNDED | changes))
    found = run(made.refund(of, sent_refund(of)))
    assert (found.verdict, found.credentials) == (verdict, credentials)
    assert found.message


def test_the_first_charge_needs_no_call_and_its_page_is_void_until_it_is_opened() -> None:
    made = client(NAME, replying({}))
    found = run(made.charge(periodic()))
    assert (found.verdict, found.pay_url) == (Verdict.ACCEPTED, "https://shop.example/pay/tok")
    assert found.expires_at == NOON + timedelta(hours=72)
    assert run(made.void(periodic())).verdict is Verdict.VOIDED
    assert FIXTURES[NAME].sale == {"every": "1M", "times": "12"}
