"""Every field of every answer and notice, poisoned one after the other: the real clients, replies signed rightly.

The fields are those of the replies themselves, so that a new one is tested unwritten. What a poisoned field leads to is
the honest outcome or doubt, never another outcome; and no text of it passes on what a screen cannot take.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any, Final
from urllib.parse import urlencode

import httpx
import pytest

from pos.domain.invoice import Kind, wish
from pos.domain.money import Money
from pos.errors import BadNotice, PosError
from pos.gateways.base import Answer, Gateway, Listed, RefundAnswer, RefundVerdict, Verdict
from pos.gateways.mypay.client import Mypay
from pos.gateways.mypay.services import MypayServices, Outcome, Result
from pos.gateways.signing import opay_encrypt, qfpay_body_sign, wanpay_sign
from tests.einvoice.samples import SEED
from tests.gateways import replies
from tests.gateways.conftest import SECRETS, client, run
from tests.gateways.replies import NUMBER, REFUND_NO, order
from tests.support.hostile import HOSTILE, as_wire, is_shown_safely, marks_pile_up, poisoned
from tests.support.shop import refund

LONGEST: Final = 2048
SETTLED: Final = frozenset(
    {Verdict.ACCEPTED, Verdict.PAID, Verdict.REFUSED, Verdict.LAPSED, Verdict.VOIDED, RefundVerdict.DONE,
     RefundVerdict.ACCEPTED, RefundVerdict.REFUSED, RefundVerdict.WITHDRAWN, Outcome.DONE, Outcome.REFUSED}
)  # fmt: skip
"""Outcomes that move money or end something: poison may prevent them, never bring another one about."""

Call = Callable[[Gateway], Any]


@dataclass(frozen=True)
class Case:
    """One call of one client, with the honest reply. JSON inside a string is an object here."""

    gateway: str
    verb: str
    reply: Mapping[str, Any]
    call: Call

    def __str__(self) -> str:
        return f"{self.gateway}-{self.verb}"


def back(name: str) -> Any:
    return refund(order(name, gateway_ref=REF.get(name, "")), 50, refund_no=REFUND_NO)


def services(gateway: Gateway) -> MypayServices:
    assert isinstance(gateway, Mypay)
    return MypayServices(gateway)


def sold(name: str) -> Any:
    found = order(name)
    return order(name, gateway_ref=REF[name]) if name == "qfpay" else found


REF: Final = {"qfpay": "20261120000300020087033882"}
ACCOUNT: Final = {"BankCode": "013", "PinCode": "46710722851832", "LimitDate": "20261123235959"}
STORE: Final = {"PinCode": "ABC12345", "BarCode1": "1111ABC", "BarCode2": "2222", "BarCode3": "3333"}
OPAY: Final = {
    "MerchantID": "2000132", "Timestamp": 1763611200, "RqID": "1322628BD63B43279FB094A19451B81A", "Revision": "1",
    "RtnCode": 1, "RtnMsg": "成功", "Data": {
        "MerchantID": "2000132", "MerchantTradeNo": NUMBER, "TradeNo": "1203161234567", "TradeAmt": 125,
        "HandlingCharge": "10.25", "TradeStatus": "1", "ItemName": "商品1", "AllocateStatus": "0", "RtnCode": "1",
    },
}  # fmt: skip
PAIR: Final = {"uid": "81127", "key": "af4e678325dd49f8036949c38ab04105"}
DONE: Final = {"code": "B200", "msg": "執行成功", **PAIR}
INVOICE: Final = SEED | PAIR | {"order_detail": json.loads(SEED["order_detail"]), "state_msg": "開立成功"}
DAY: Final = date(2026, 11, 20)

CASES: Final = (
    Case("opay", "query", OPAY, lambda at: at.query(order("opay"))),
    Case("opay", "query-refused", OPAY | {"RtnCode": "99"}, lambda at: at.query(order("opay"))),
    Case("opay", "probe", OPAY | {"RtnCode": "0"}, lambda at: at.probe()),
    Case("wanpay", "charge", replies.wanpay_order(), lambda at: at.charge(order("wanpay"))),
    Case("wanpay", "charge-refused", replies.wanpay_order() | {"status": "911"}, lambda at: at.charge(order("wanpay"))),
    Case("wanpay", "query", replies.wanpay(bankno="013", acctno="123456789"), lambda at: at.query(order("wanpay"))),
    Case("wanpay", "probe", replies.wanpay(orderstatus="5223"), lambda at: at.probe()),
    Case("qfpay", "charge", replies.qfpay_order(), lambda at: at.charge(order("qfpay"))),
    Case("qfpay", "charge-refused", replies.qfpay_order(respcd="1201"), lambda at: at.charge(order("qfpay"))),
    Case("qfpay", "query", replies.qfpay(), lambda at: at.query(order("qfpay"))),
    Case("qfpay", "query-unpaid", replies.qfpay(respcd="1143"), lambda at: at.query(order("qfpay"))),
    Case("qfpay", "void", replies.qfpay_order(orig_syssn="1"), lambda at: at.void(order("qfpay"))),
    Case("qfpay", "refund", replies.qfpay_refund(), lambda at: at.refund(sold("qfpay"), back("qfpay"))),
    Case("qfpay", "refund-refused", replies.qfpay_refund(respcd="1155"),
         lambda at: at.refund(sold("qfpay"), back("qfpay"))),
    Case("qfpay", "query-refund", replies.qfpay_refund_row(), lambda at: at.query_refund(sold("qfpay"), back("qfpay"))),
    Case("qfpay", "list", replies.qfpay(), lambda at: at.list_day(DAY)),
    Case("qfpay", "probe", replies.qfpay(), lambda at: at.probe()),
    Case("mypay", "charge", replies.mypay_order(), lambda at: at.charge(order("mypay", gateway_ref=""))),
    Case("mypay", "charge-refused", replies.mypay_order(code="100"), lambda at: at.charge(order("mypay"))),
    Case("mypay", "query", replies.mypay(), lambda at: at.query(order("mypay"))),
    Case("mypay", "query-account",
         replies.mypay(prc="260", result_content_type="E_COLLECTION", result_content=ACCOUNT, group_id="G1"),
         lambda at: at.query(order("mypay"))),
    Case("mypay", "query-store", replies.mypay(prc="260", result_content_type="IBON", result_content=STORE),
         lambda at: at.query(order("mypay"))),
    Case("mypay", "query-refused", replies.mypay(prc="300"), lambda at: at.query(order("mypay"))),
    Case("mypay", "void", DONE, lambda at: at.void(order("mypay", code="245"))),
    Case("mypay", "refund", replies.mypay_refund(), lambda at: at.refund(order("mypay"), back("mypay"))),
    Case("mypay", "query-refund", replies.mypay_refunded(), lambda at: at.query_refund(order("mypay"), back("mypay"))),
    Case("mypay", "withdraw", replies.mypay_refund(), lambda at: at.withdraw_refund(order("mypay"), back("mypay"))),
    Case("mypay", "probe", replies.mypay_order(), lambda at: at.probe()),
    Case("mypay", "capture", DONE | {"content": {"uid": 81127, "order_id": NUMBER, "note": "x"}},
         lambda at: services(at).capture(order("mypay"), Money(125, "TWD"))),
    Case("mypay", "stop-debit", DONE, lambda at: services(at).stop_debit(NUMBER, "G1", DAY, "x")),
    Case("mypay", "issue-invoice", INVOICE, lambda at: services(at).issue_invoice(order("mypay"), wish(Kind.PAPER))),
    Case("mypay", "query-invoice", {name: INVOICE[name] for name in INVOICE if name != "code"},
         lambda at: services(at).query_invoice(order("mypay"))),
    Case("mypay", "bind-wallet", DONE | {"url": "https://pay.usecase.cc/w/1"},
         lambda at: services(at).bind_wallet("u1", {})),
    Case("mypay", "tools", DONE | {"content": ["CREDITCARD", "ALIPAY"]},
         lambda at: services(at).tools(Money(125, "TWD"))),
)  # fmt: skip


def on_the_wire(case: Case, reply: Any) -> Callable[[httpx.Request], httpx.Response]:
    """The gateway's own envelope and signature around ``reply``."""
    keys = SECRETS[case.gateway]
    if case.gateway == "opay" and isinstance(reply["Data"], dict):
        reply = reply | {"Data": opay_encrypt(as_wire(reply["Data"]).decode(), keys["hash_key"], keys["hash_iv"])}
    for name in ("result_content", "order_detail"):
        if not isinstance(reply.get(name, ""), str):
            reply = reply | {name: json.dumps(reply[name])}
    body = as_wire(reply)
    headers = {"X-QF-SIGN": qfpay_body_sign(body, keys["client_key"])} if case.gateway == "qfpay" else {}
    return lambda request: httpx.Response(200, content=body, headers=headers)


def outcome(case: Case, reply: Any) -> Any:
    """What the client makes of it: an answer, or the error it raises. Any other exception fails the test."""
    try:
        return run(case.call(client(case.gateway, on_the_wire(case, reply))))
    except PosError as error:
        return error


def texts(value: Any) -> list[str]:
    """Every string in a result, at any depth."""
    if isinstance(value, str):
        return [] if isinstance(value, Enum) else [value]
    if isinstance(value, PosError):
        return [*texts(value.message), value.spoken(), str(value)]
    if isinstance(value, Mapping):
        return [text for pair in value.items() for one in pair for text in texts(one)]
    if isinstance(value, list | tuple):
        return [text for one in value for text in texts(one)]
    return [text for one in fields(value) for text in texts(getattr(value, one.name))] if is_dataclass(value) else []


def check_texts(found: Any) -> None:
    for text in texts(found):
        assert is_shown_safely(text)
        assert not marks_pile_up(text)
        assert len(text) <= LONGEST


def check_money(found: Any, honest: Any) -> None:
    """No other outcome, no other sum, no other number than the honest ones."""
    if isinstance(found, Answer | RefundAnswer):
        assert found.verdict == honest.verdict or found.verdict not in SETTLED
        assert found.amount in (None, honest.amount) or found.verdict is Verdict.DIFFERS
        assert found.gateway_ref in ("", honest.gateway_ref)
    if isinstance(found, Answer):
        assert found.gateway_key in ("", honest.gateway_key)
        assert found.pay_url in ("", honest.pay_url)
        assert found.fee in ("", honest.fee)
        ours, theirs = found.virtual_account, honest.virtual_account
        assert ours is None or (ours.bank_code, ours.account) == (theirs.bank_code, theirs.account)
    if isinstance(found, Result):
        assert found.outcome == honest.outcome or found.outcome is Outcome.UNSURE
    if isinstance(found, list):
        assert [row.amount for row in found if isinstance(row, Listed)] in ([], [row.amount for row in honest])


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_poisoned_field_leads_to_the_honest_outcome_or_to_doubt(case: Case) -> None:
    honest = outcome(case, case.reply)
    assert not isinstance(honest, PosError), honest
    tried = 0
    for number, poison in enumerate(HOSTILE.values()):
        for path, reply in poisoned(dict(case.reply), poison)[number % 2 :: 2]:  # each field meets five of the ten
            found = outcome(case, reply)
            try:
                check_texts(found)
                check_money(found, honest)
            except AssertionError as error:
                raise AssertionError(f"{path}: {found!r:.500}") from error
            tried += 1
    assert tried >= 2 * len(HOSTILE)


def test_every_verb_of_every_client_that_reads_a_reply_is_poisoned() -> None:
    from pos.gateways import GATEWAYS

    verbs = ("charge", "query", "void", "refund", "query_refund", "withdraw_refund", "list_day", "probe")
    words = {"query_refund": "query-refund", "withdraw_refund": "withdraw", "list_day": "list"}
    silent = {("opay", "charge"), ("opay", "void")}  # these two send nothing
    tried = {(case.gateway, case.verb) for case in CASES}
    for name, kind in GATEWAYS.items():
        own = [
            verb for verb in verbs if getattr(kind, verb) is not getattr(Gateway, verb) and (name, verb) not in silent
        ]
        assert {(name, words.get(verb, verb)) for verb in own} <= tried
    commands = {name for name in vars(MypayServices) if not name.startswith("_")} - {"title_picture", "release"}
    assert {("mypay", name.replace("_", "-")) for name in commands} <= tried


# -- notices --------------------------------------------------------------------------------------------------------

NOTICES: Final[dict[str, dict[str, Any]]] = {
    "opay": dict(OPAY),
    "wanpay": {"orgno": "21008024", "out_trade_no": NUMBER, "status": "900", "orderstatus": "0000", "info": "成功"},
    "qfpay": {"out_trade_no": NUMBER, "respcd": "0000", "syssn": "1", "mchid": "ZaMVgTEST", "txamt": "125"},
    "mypay": {"order_id": NUMBER, "prc": "250", "retmsg": "付款完成", **PAIR},
}


def notice(name: str, said: dict[str, Any]) -> tuple[dict[str, str], bytes]:
    """Headers and body, signed as the gateway signs them."""
    keys = SECRETS[name]
    if name == "opay" and isinstance(said["Data"], dict):
        said = said | {"Data": opay_encrypt(as_wire(said["Data"]).decode(), keys["hash_key"], keys["hash_iv"])}
    if name == "qfpay":
        body = as_wire(said)
        return {"X-QF-SIGN": qfpay_body_sign(body, keys["client_key"])}, body
    sent = {key: str(value).encode("utf-8", "replace").decode() for key, value in said.items()}
    if name == "wanpay":
        sent["sign"] = wanpay_sign(sent, keys["key"])
    return {}, urlencode(sent).encode()


@pytest.mark.parametrize("name", NOTICES)
def test_a_poisoned_notice_is_refused_or_names_the_honest_order(name: str) -> None:
    made = client(name, lambda request: httpx.Response(500))
    assert made.read_notice(*notice(name, NOTICES[name])).order_no == NUMBER
    for poison in HOSTILE.values():
        for path, said in poisoned(NOTICES[name], poison):
            try:
                found = made.read_notice(*notice(name, said))
            except BadNotice as error:
                check_texts(error)
                continue
            check_texts(found)
            assert found.order_no == NUMBER, path
            assert found.gateway_ref in ("", PAIR["uid"])
            assert found.gateway_key in ("", PAIR["key"])


@pytest.mark.parametrize("poison", HOSTILE)
@pytest.mark.parametrize("header", ["Date", "Retry-After", "X-QF-SIGN", "Content-Type"])
@pytest.mark.parametrize("status", [200, 429, 500])
def test_a_poisoned_header_is_read_past(header: str, poison: str, status: int) -> None:
    value = HOSTILE[poison].encode("utf-8", "replace").replace(b"\r", b"").replace(b"\n", b"")
    body = as_wire(replies.qfpay())

    def reply(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, content=body, headers=[(header.encode(), value)])

    made = client("qfpay", reply)
    try:
        check_texts(run(made.query(order("qfpay"))))
    except PosError as error:
        check_texts(error)
    assert made.wire.now() == datetime(2026, 11, 20, 4, 0, tzinfo=made.wire.now().tzinfo)


@pytest.mark.parametrize(
    "moment", ["Mon, 01 Jan 99999999999999999999 00:00:00 GMT", "Mon, 01 Jan 2026 00:00:00 +99999999999999999999"]
)
def test_a_date_that_no_calendar_has_sets_no_clock(moment: str) -> None:
    made = client("qfpay", lambda request: httpx.Response(429, headers={"Date": moment, "Retry-After": moment}))
    with pytest.raises(PosError):
        run(made.query(order("qfpay")))
    assert made.wire.drift == 0.0
