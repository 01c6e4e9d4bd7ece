"""Hostile texts in every field of every answer and notification, one after the other, with valid signatures.

The fields are those of the replies, so a new field is tested too. A hostile field leads to the honest outcome or an
unknown one, never to another outcome, and no text that a screen cannot show is passed on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any, Final

import httpx
import pytest

from pos.domain.invoice import Kind, invoice_request
from pos.domain.money import Money
from pos.errors import BadNotice, PosError
from pos.gateways import GATEWAYS
from pos.gateways.base import Answer, Gateway, Listed, RefundAnswer, RefundVerdict, Verdict
from pos.gateways.capabilities import Outcome, Result
from pos.gateways.mypay.client import Mypay
from pos.gateways.mypay.services import MypayServices
from tests.einvoice.samples import SEED
from tests.gateways.conftest import client, run
from tests.gateways.fixtures import FIXTURES, NAMES, mypay, order, paid_order, qfpay, sent_refund
from tests.gateways.fixtures.base import NUMBER
from tests.support.hostile import HOSTILE, as_wire, is_shown_safely, marks_pile_up, poisoned

LONGEST: Final = 2048
SETTLED: Final = frozenset(
    {Verdict.ACCEPTED, Verdict.PAID, Verdict.REFUSED, Verdict.LAPSED, Verdict.VOIDED, RefundVerdict.DONE,
     RefundVerdict.ACCEPTED, RefundVerdict.REFUSED, RefundVerdict.WITHDRAWN, Outcome.DONE, Outcome.REFUSED}
)  # fmt: skip
"""Outcomes that move money or are final: a hostile field may prevent them, but not cause another one."""

Call = Callable[[Gateway], Any]


@dataclass(frozen=True)
class Case:
    """A call of a client, with the honest reply. JSON inside a string is an object here."""

    gateway: str
    verb: str
    reply: Mapping[str, Any]
    call: Call

    def __str__(self) -> str:
        return f"{self.gateway}-{self.verb}"


def services(gateway: Gateway) -> MypayServices:
    assert isinstance(gateway, Mypay)
    return MypayServices(gateway)


INVOICE: Final = SEED | mypay.PAIR | {"order_detail": json.loads(SEED["order_detail"]), "state_msg": "開立成功"}
DAY: Final = date(2026, 11, 20)


def calls(name: str) -> dict[str, Call]:
    """Return the calls of a gateway's verbs, by name."""
    fixture, paid = FIXTURES[name], paid_order(name)
    return {
        "charge": lambda at: at.charge(order(name, gateway_ref="")),
        "query": lambda at: at.query(order(name)),
        "void": lambda at: at.void(order(name, **fixture.voidable)),
        "refund": lambda at: at.refund(paid, sent_refund(paid)),
        "query_refund": lambda at: at.query_refund(paid, sent_refund(paid)),
        "withdraw_refund": lambda at: at.withdraw_refund(paid, sent_refund(paid)),
        "list_day": lambda at: at.list_day(DAY),
        "probe": lambda at: at.probe(),
    }


def cases(name: str) -> Iterator[Case]:
    """Return the good replies of a gateway's fixture and its ``hostile`` ones."""
    fixture = FIXTURES[name]
    for verb, reply in fixture.replies.items():
        yield Case(name, verb, reply, calls(name)[verb])
    for (verb, word), reply in fixture.hostile.items():
        yield Case(name, f"{verb} {word}", reply, calls(name)[verb])


COMMANDS: Final = (
    Case("mypay", "capture", mypay.DONE | {"content": {"uid": 81127, "order_id": NUMBER, "note": "x"}},
         lambda at: services(at).capture(order("mypay"), Money(125, "TWD"))),
    Case("mypay", "stop_debit", mypay.DONE, lambda at: services(at).stop_debit(NUMBER, "G1", DAY, "x")),
    Case("mypay", "issue_invoice", INVOICE,
         lambda at: services(at).issue_invoice(order("mypay"), invoice_request(Kind.PAPER))),
    Case("mypay", "query_invoice", {name: INVOICE[name] for name in INVOICE if name != "code"},
         lambda at: services(at).query_invoice(order("mypay"))),
    Case("mypay", "place_cash_order", FIXTURES["mypay"].replies["charge"],
         lambda at: services(at).place_cash_order(services(at).cash_order(order("mypay")))),
    Case("mypay", "bind_wallet", mypay.DONE | {"url": "https://pay.usecase.cc/w/1"},
         lambda at: services(at).bind_wallet("u1", {})),
    Case("mypay", "tools", mypay.DONE | {"content": ["CREDITCARD", "ALIPAY"]},
         lambda at: services(at).tools(Money(125, "TWD"))),
)  # fmt: skip
"""The commands of MyPay."""

CASES: Final = (*(case for name in NAMES for case in cases(name)), *COMMANDS)


def outcome(case: Case, reply: Any) -> Any:
    """Return the client's answer, or the error that it raises. Any other exception fails the test."""
    try:
        return run(case.call(client(case.gateway, FIXTURES[case.gateway].responder(reply))))
    except PosError as error:
        return error


def texts(value: Any) -> list[str]:
    """Yield every string in a result, at any depth."""
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
    """Check that no outcome, amount or number differs from the honest one."""
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
def test_a_hostile_field_leads_to_the_honest_outcome_or_an_unknown_one(case: Case) -> None:
    honest = outcome(case, case.reply)
    assert not isinstance(honest, PosError), honest
    tried = 0
    for number, poison in enumerate(HOSTILE.values()):
        for path, reply in poisoned(dict(case.reply), poison)[
            number % 2 :: 2
        ]:  # each field is tested with five of the ten
            found = outcome(case, reply)
            try:
                check_texts(found)
                check_money(found, honest)
            except AssertionError as error:
                raise AssertionError(f"{path}: {found!r:.500}") from error
            tried += 1
    assert tried == len(poisoned(dict(case.reply), "")) * len(HOSTILE) // 2


@pytest.mark.parametrize("name", NAMES)
def test_every_verb_of_a_client_that_reads_a_reply_is_tested(name: str) -> None:
    verbs = {verb for verb in calls(name) if getattr(GATEWAYS[name], verb) is not getattr(Gateway, verb)}
    assert set(FIXTURES[name].replies) == verbs - FIXTURES[name].silent


def test_every_command_of_mypay_is_tested() -> None:
    commands = {name for name in vars(MypayServices) if not name.startswith("_")} - {
        "title_picture",
        "release",
        "cash_order",
        "tenders_of",
    }
    assert {case.verb for case in COMMANDS} == commands


# -- notices --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_notice_is_refused_or_names_the_honest_order(name: str) -> None:
    fixture, made = FIXTURES[name], client(name, lambda request: httpx.Response(500))
    assert made.read_notice(*fixture.signed_notice(fixture.notice)).order_no == NUMBER
    for poison in HOSTILE.values():
        for path, notice in poisoned(dict(fixture.notice), poison):
            try:
                found = made.read_notice(*fixture.signed_notice(notice))
            except BadNotice as error:
                check_texts(error)
                continue
            check_texts(found)
            assert found.order_no == NUMBER, path
            assert found.gateway_ref in ("", fixture.ref)
            assert found.gateway_key in ("", fixture.placed.get("gateway_key", ""))


@pytest.mark.parametrize("poison", HOSTILE)
@pytest.mark.parametrize("header", ["Date", "Retry-After", "X-QF-SIGN", "Content-Type"])
@pytest.mark.parametrize("status", [200, 429, 500])
def test_a_hostile_header_is_ignored(header: str, poison: str, status: int) -> None:
    value = HOSTILE[poison].encode("utf-8", "replace").replace(b"\r", b"").replace(b"\n", b"")
    body = as_wire(qfpay.paid())

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
def test_an_invalid_date_does_not_change_the_clock(moment: str) -> None:
    made = client("qfpay", lambda request: httpx.Response(429, headers={"Date": moment, "Retry-After": moment}))
    with pytest.raises(PosError):
        run(made.query(order("qfpay")))
    assert made.wire.drift == 0.0
