"""The contract of refunds for every gateway with a refund call; the others refuse them."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos.domain.money import Money
from pos.errors import InputError, NoAnswer, NotAllowed, PosError
from pos.gateways import GATEWAYS
from pos.gateways.base import RefundAnswer, RefundVerdict
from tests.gateways.conftest import client, replying, run
from tests.gateways.fixtures import FIXTURES, NAMES, can_query_refunds, order, paid_order, sent_refund
from tests.gateways.fixtures.base import Reply, Responder
from tests.gateways.test_contract import ODD, PLANTED, faults, objects_in
from tests.support.shop import NOON, refund

REFUNDING = [name for name in NAMES if GATEWAYS[name].FACTS.refunds]
OTHERS = [name for name in NAMES if not GATEWAYS[name].FACTS.refunds]
VERBS = [(name, "refund") for name in REFUNDING]
VERBS += [(name, "query_refund") for name in REFUNDING if can_query_refunds(name)]


def refund_answer(name: str, verb: str, responder: Responder, **facts: Any) -> RefundAnswer:
    of = paid_order(name)
    found: RefundAnswer = run(getattr(client(name, responder), verb)(of, sent_refund(of, **facts)))
    return found


def done(name: str, verb: str) -> Responder:
    """Return a gateway that reports the refund as made."""
    return FIXTURES[name].responder(FIXTURES[name].replies[verb])


@pytest.mark.parametrize("name", OTHERS)
def test_a_gateway_without_refunds_refuses_them(name: str) -> None:
    made, of = client(name, replying({})), order(name)
    with pytest.raises(NotAllowed, match="by hand"):
        run(made.refund(of, refund(of)))
    assert run(made.query_refund(of, refund(of))).verdict is RefundVerdict.UNSURE
    assert run(made.withdraw_refund(of, refund(of))).verdict is RefundVerdict.UNSURE
    with pytest.raises(NotAllowed, match="cannot list"):
        run(made.list_day(NOON.date()))


@pytest.mark.parametrize(("name", "verb"), VERBS)
def test_an_answer_about_our_refund_and_amount_is_done(name: str, verb: str) -> None:
    found = refund_answer(name, verb, done(name, verb))
    assert (found.verdict, found.amount) == (RefundVerdict.DONE, Money(50, FIXTURES[name].currency))
    assert found.gateway_ref == FIXTURES[name].refund_ref


@pytest.mark.parametrize(("name", "verb"), [one for one in VERBS if FIXTURES[one[0]].repeats_amounts])
def test_an_answer_about_another_amount_is_unsure(name: str, verb: str) -> None:
    found = refund_answer(name, verb, done(name, verb), minor=49)
    assert found.verdict is RefundVerdict.UNSURE
    assert found.message
    with pytest.raises(InputError, match="from 1 to"):
        refund_answer(name, "refund", done(name, "refund"), amount=Money(50, "JPY"))


FOREIGN_REFUNDS = [(name, verb, reply) for name in REFUNDING for verb, reply in FIXTURES[name].foreign_refunds]


@pytest.mark.parametrize(("name", "verb", "reply"), FOREIGN_REFUNDS)
def test_an_answer_about_another_order_is_refused(name: str, verb: str, reply: Reply) -> None:
    with pytest.raises(NoAnswer):
        refund_answer(name, verb, FIXTURES[name].responder(reply))


@pytest.mark.parametrize(("name", "verb"), VERBS)
def test_every_refund_verb_is_tested_with_another_orders_answer(name: str, verb: str) -> None:
    assert verb in {verb for verb, _reply in FIXTURES[name].foreign_refunds}


@pytest.mark.parametrize(("name", "verb"), VERBS)
@pytest.mark.parametrize("body", [b"", b"<html>Wi-Fi</html>", b"{", b"[]", b"null", b"{}", b"\xff\xfe"])
def test_a_damaged_reply_is_no_answer(name: str, verb: str, body: bytes) -> None:
    with pytest.raises(NoAnswer):
        refund_answer(name, verb, lambda request: httpx.Response(200, content=body))


@pytest.mark.parametrize(("name", "verb"), VERBS)
def test_errors_of_the_network_are_passed_on(name: str, verb: str) -> None:
    for status in (500, 302, 403, 429):
        with pytest.raises(NoAnswer):
            refund_answer(name, verb, replying({}, status))


@pytest.mark.parametrize(("name", "verb"), VERBS)
@given(data=st.data())
def test_no_reply_breaks_the_client(name: str, verb: str, data: st.DataObject) -> None:
    """Any field of a good reply is replaced by any value: the refund is not DONE, or DONE with our amount."""
    whole = deepcopy(dict(FIXTURES[name].replies[verb]))
    target = data.draw(st.sampled_from(list(objects_in(whole))))
    target[data.draw(st.sampled_from(sorted(target)))] = data.draw(ODD)
    try:
        found = refund_answer(name, verb, FIXTURES[name].responder(whole))
    except PosError:
        return
    assert found.verdict is not RefundVerdict.DONE or found.amount == Money(50, FIXTURES[name].currency)


@pytest.mark.parametrize("name", REFUNDING)
@pytest.mark.parametrize("minor", [0, 126])
def test_a_refund_of_zero_or_too_much_is_not_sent(name: str, minor: int) -> None:
    seen: list[httpx.Request] = []

    def look(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(500)

    with pytest.raises(InputError, match="from 1 to"):
        refund_answer(name, "refund", look, minor=minor)
    if FIXTURES[name].ref:
        with pytest.raises(InputError, match="is not known"):
            run(client(name, look).refund(paid_order(name, gateway_ref=""), sent_refund(paid_order(name))))
    assert seen == []


@pytest.mark.parametrize("name", REFUNDING)
@pytest.mark.parametrize("number", range(6))
def test_no_failure_reveals_a_key(name: str, number: int) -> None:
    of, text = paid_order(name), ""
    made = client(name, faults(name)[number], secrets=PLANTED[name])
    for work in (
        made.refund(of, sent_refund(of)),
        made.query_refund(of, sent_refund(of)),
        made.withdraw_refund(of, sent_refund(of)),
    ):
        try:
            text += repr(run(work))
        except PosError as error:
            text += error.spoken() + error.detail + repr(error)
    assert "PLANTED" not in text
