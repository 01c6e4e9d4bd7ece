"""What every gateway with a refund call owes the register; and that the others say so."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos.domain.money import Money
from pos.domain.payment import Attempt
from pos.domain.refund import Refund
from pos.errors import InputError, NoAnswer, NotAllowed, PosError
from pos.gateways import GATEWAYS
from pos.gateways.base import RIVALS, RefundAnswer, RefundVerdict
from tests.gateways import replies
from tests.gateways.conftest import CURRENCY, NAMES, Responder, client, replying, run
from tests.gateways.replies import answer, order
from tests.gateways.test_contract import FAULTS, PLANTED
from tests.support.shop import NOON, refund

REFUNDING = [name for name in NAMES if GATEWAYS[name].FACTS.refunds]
OTHERS = [name for name in NAMES if not GATEWAYS[name].FACTS.refunds]
REFS = {"qfpay": "20261120000300020087033882", "mypay": "81127"}
DONE: dict[tuple[str, str], Callable[..., dict[str, Any]]] = {
    ("qfpay", "refund"): replies.qfpay_refund,
    ("qfpay", "query_refund"): replies.qfpay_refund_row,
    ("mypay", "refund"): replies.mypay_refund,
    ("mypay", "query_refund"): replies.mypay_refunded,
}
VERBS = sorted(DONE)


def paid(name: str, **facts: Any) -> Attempt:
    return order(name, **({"gateway_ref": REFS.get(name, "1")} | facts))


def back(of: Attempt, minor: int | None = 50, **facts: Any) -> Refund:
    """A refund that was sent, the only one of its sum."""
    return refund(of, minor, **({"sent_at": NOON, "details": {RIVALS: "0"}} | facts))


def said(name: str, verb: str, responder: Responder, **facts: Any) -> RefundAnswer:
    of = paid(name)
    found: RefundAnswer = run(getattr(client(name, responder), verb)(of, back(of, **facts)))
    return found


def test_every_gateway_has_its_say_here() -> None:
    assert {name for name, _verb in DONE} == set(REFUNDING) == {"mypay", "qfpay"}


@pytest.mark.parametrize("name", OTHERS)
def test_a_gateway_without_refunds_says_so(name: str) -> None:
    made, of = client(name, replying({})), order(name)
    with pytest.raises(NotAllowed, match="by hand"):
        run(made.refund(of, refund(of)))
    assert run(made.query_refund(of, refund(of))).verdict is RefundVerdict.UNSURE
    assert run(made.withdraw_refund(of, refund(of))).verdict is RefundVerdict.UNSURE
    with pytest.raises(NotAllowed, match="cannot list"):
        run(made.list_day(NOON.date()))


@pytest.mark.parametrize(("name", "verb"), VERBS)
def test_a_yes_about_our_refund_and_our_sum_is_done(name: str, verb: str) -> None:
    found = said(name, verb, answer(DONE[name, verb]()))
    assert (found.verdict, found.amount) == (RefundVerdict.DONE, Money(50, CURRENCY[name]))
    assert found.gateway_ref in ("20261120000300020087034000", "88834")


@pytest.mark.parametrize(("name", "verb"), VERBS)
def test_a_yes_about_another_sum_is_doubt(name: str, verb: str) -> None:
    found = said(name, verb, answer(DONE[name, verb]()), minor=49)
    assert found.verdict is RefundVerdict.UNSURE
    assert found.message
    with pytest.raises(InputError, match="from 1 to"):
        said(name, "refund", answer(DONE[name, "refund"]()), amount=Money(50, "JPY"))


OTHER_ORDERS: list[tuple[str, str, dict[str, Any]]] = [
    ("qfpay", "refund", replies.qfpay_refund(out_trade_no="OTHER")),
    ("qfpay", "refund", replies.qfpay_refund(orig_syssn="1")),
    ("qfpay", "refund", replies.qfpay_refund(orig_syssn="")),
    ("qfpay", "refund", replies.qfpay_refund(mchid="somebody")),
    ("qfpay", "query_refund", replies.qfpay_refund_row(out_trade_no="OTHER")),
    ("qfpay", "query_refund", replies.qfpay_refund_row(origssn="1")),
    ("mypay", "refund", replies.mypay_refund({"uid": "1"})),
    ("mypay", "refund", replies.mypay_refund({"key": "0" * 32})),
    ("mypay", "refund", replies.mypay_refund(uid="1")),
    ("mypay", "refund", replies.mypay_refund(key="0" * 32)),
    ("mypay", "refund", replies.mypay_refund(order_id="OTHER")),
    ("mypay", "refund", replies.mypay_refund(refund_uid="")),
    ("mypay", "query_refund", replies.mypay_refunded(uid="1")),
    ("mypay", "query_refund", replies.mypay_refunded(key="0" * 32)),
    ("mypay", "query_refund", replies.mypay_refunded(order_id="OTHER")),
    ("mypay", "withdraw_refund", {"code": "B200", "uid": "1"}),
    ("mypay", "withdraw_refund", {"code": "B200", "key": "0" * 32}),
]


@pytest.mark.parametrize(("name", "verb", "reply"), OTHER_ORDERS)
def test_a_yes_about_another_order_is_not_believed(name: str, verb: str, reply: dict[str, Any]) -> None:
    with pytest.raises(NoAnswer):
        said(name, verb, answer(reply))


@pytest.mark.parametrize(("name", "verb"), VERBS)
@pytest.mark.parametrize("body", [b"", b"<html>Wi-Fi</html>", b"{", b"[]", b"null", b"{}", b"\xff\xfe"])
def test_a_damaged_reply_is_doubt(name: str, verb: str, body: bytes) -> None:
    with pytest.raises(NoAnswer):
        said(name, verb, lambda request: httpx.Response(200, content=body))


@pytest.mark.parametrize(("name", "verb"), VERBS)
def test_the_networks_doubt_goes_through_untouched(name: str, verb: str) -> None:
    for status in (500, 302, 403, 429):
        with pytest.raises(NoAnswer):
            said(name, verb, replying({}, status))


@pytest.mark.parametrize(("name", "verb"), VERBS)
@given(data=st.data())
def test_no_reply_breaks_the_client(name: str, verb: str, data: st.DataObject) -> None:
    """Any field of a good reply replaced by anything, or gone: doubt, or a yes with our sum; nothing else."""
    whole = json.loads(json.dumps(DONE[name, verb]()))
    inner = whole.get("row_data") or (whole.get("data") or whole.get("refund_order") or [whole])[0]
    target = data.draw(st.sampled_from([whole, inner]))
    field = data.draw(st.sampled_from(sorted(target)))
    odd = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.text()))
    target[field] = data.draw(st.one_of(odd, st.dictionaries(st.text(), st.text()), st.just(target[field])))
    try:
        found = said(name, verb, answer(whole))
    except PosError:
        return
    assert found.verdict is not RefundVerdict.DONE or found.amount == Money(50, CURRENCY[name])


@pytest.mark.parametrize("name", REFUNDING)
@pytest.mark.parametrize("minor", [0, 126])
def test_a_refund_of_nothing_or_too_much_is_not_sent(name: str, minor: int) -> None:
    seen: list[httpx.Request] = []

    def look(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(500)

    with pytest.raises(InputError, match="from 1 to"):
        said(name, "refund", look, minor=minor)
    with pytest.raises(InputError, match="is not known"):
        run(client(name, look).refund(paid(name, gateway_ref=""), back(paid(name))))
    assert seen == []


@pytest.mark.parametrize("name", REFUNDING)
@pytest.mark.parametrize("fault", FAULTS)
def test_no_failure_tells_a_key(name: str, fault: Responder) -> None:
    of, told = paid(name), ""
    made = client(name, fault, secrets=PLANTED[name])
    for work in (made.refund(of, back(of)), made.query_refund(of, back(of)), made.withdraw_refund(of, back(of))):
        try:
            told += repr(run(work))
        except PosError as error:
            told += error.spoken() + error.detail + repr(error)
    assert "PLANTED" not in told
