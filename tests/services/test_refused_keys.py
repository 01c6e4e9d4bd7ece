"""A gateway that refuses this shop's merchant number or key: shown as such everywhere, until a good answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from pos.domain.events import MerchantKeyChanged, QueryEnded
from pos.domain.payment import KEY, REQUEST, Attempt
from pos.domain.refund import Refund, RefundState
from pos.domain.staff import Action
from pos.domain.states import State
from pos.errors import KeyRefused
from pos.gateways import GATEWAYS
from pos.gateways.base import Notice
from pos.services.doctor import examine
from pos.simulator.scenarios import Fault
from tests.gateways.fixtures import FIXTURES, NAMES
from tests.support.access import SIGNED_OUT, permit
from tests.support.registers import SimulatedShop
from tests.support.rows import wrong
from tests.support.virtual import VirtualDay

SENTENCE: Final = "The gateway refuses this shop's key"
WRONG: Final = [(name, field) for name in NAMES for field in FIXTURES[name].credentials]
ONE_EACH: Final = [(name, next(iter(FIXTURES[name].secrets))) for name in NAMES]


class Shop(SimulatedShop):
    """A shop at the simulator, whose gateways may change its number or key."""

    def __init__(self, day: VirtualDay, gateway: str, **more: str) -> None:
        self.gateway = gateway
        self.fixture = FIXTURES[gateway]
        super().__init__(day, currency=self.fixture.currency, options={gateway: more})
        self.known = self.simulator.dialects[gateway].credentials
        self.good = dict(self.known)

    def spoil(self, field: str) -> None:
        """Change the value at the gateway, so that the shop's stored one is wrong."""
        self.known[field] = "z" * len(self.known[field])

    def mend(self) -> None:
        self.known.update(self.good)

    def charge(self) -> Attempt:
        return self.take(self.fixture.tender, 125, gateway=self.gateway)

    def marks(self) -> list[bool]:
        """Return the published events about the key of this gateway, in order."""
        return [one.refused for one in self.facts if isinstance(one, MerchantKeyChanged)]


OpenShop = Callable[..., Shop]


@pytest.fixture
def day() -> Iterator[VirtualDay]:
    with VirtualDay() as virtual:
        yield virtual


@pytest.fixture
def open_shop(day: VirtualDay) -> Iterator[OpenShop]:
    made: list[Shop] = []

    def opened(gateway: str, **more: str) -> Shop:
        made.append(Shop(day, gateway, **more))
        return made[-1]

    yield opened
    for shop in made:
        assert wrong(shop.database) == []
        shop.stop()


@pytest.mark.parametrize(("gateway", "field"), WRONG)
def test_a_charge_with_a_wrong_value_is_no_decline(open_shop: OpenShop, gateway: str, field: str) -> None:
    shop = open_shop(gateway)
    shop.spoil(field)
    refused = shop.charge()
    assert refused.state is (State.CREATED if "charge" in shop.fixture.silent else State.DECLINED)
    assert refused.rejected == KEY
    said = str(refused.message)
    assert said.startswith(SENTENCE)
    assert f"gateways.{gateway}." in said
    assert "pos key set" in said
    assert shop.gateways[gateway].FACTS.title in said
    assert shop.marks() == [True]
    assert shop.simulator.orders.all() == []


@pytest.mark.parametrize(("gateway", "field"), WRONG)
def test_doctor_says_the_same_sentence(open_shop: OpenShop, tmp_path: Path, gateway: str, field: str) -> None:
    shop = open_shop(gateway)
    shop.spoil(field)
    refused, ours = shop.charge(), {gateway: shop.gateways[gateway]}
    (_disk, found) = shop.day.run(examine(ours, {}, tmp_path))
    assert (found.what, found.ok, found.credentials) == (gateway, False, True)
    assert str(found.message).startswith(SENTENCE)
    assert found.message == refused.message


def test_mypays_one_code_for_keys_and_fields_is_distinguished_by_a_query(open_shop: OpenShop) -> None:
    shop = open_shop("mypay")
    shop.simulator.scenarios.plan(Fault.NUMBER_EXISTS, "mypay", "charge")  # code 100, as for a wrong key
    refused = shop.charge()
    assert (refused.state, refused.rejected) == (State.DECLINED, REQUEST)
    assert SENTENCE not in str(refused.message)
    assert shop.marks() == []


@pytest.mark.parametrize(("gateway", "field"), WRONG)
def test_a_waiting_payment_says_it_and_any_good_answer_unsays_it(open_shop: OpenShop, gateway: str, field: str) -> None:
    shop = open_shop(gateway)
    waiting = shop.charge()
    if "charge" in shop.fixture.silent:
        shop.pass_time(6 * 60)  # until then O'Pay's dialect was checked just now
    shop.spoil(field)
    shop.pass_time(60)
    after = shop.now(waiting.order_no)
    assert (after.state, str(after.message).startswith(SENTENCE)) == (State.PENDING, True)
    assert after.rejected == ""
    assert shop.marks() == [True]
    shop.mend()
    shop.pass_time(60)
    assert shop.marks() == [True, False]
    assert SENTENCE not in str(shop.now(waiting.order_no).message)


@pytest.mark.parametrize(("gateway", "field"), ONE_EACH)
def test_a_probe_and_a_notice_unsay_it_too(open_shop: OpenShop, gateway: str, field: str) -> None:
    shop = open_shop(gateway)
    waiting = shop.charge()
    shop.spoil(field)
    shop.day.run(shop.gateways[gateway].probe())
    assert shop.marks() == [True]
    shop.mend()
    shop.day.run(shop.gateways[gateway].probe())
    assert shop.marks() == [True, False]
    shop.pass_time(3600)  # the poller queries every quarter of an hour from now on
    shop.spoil(field)
    shop.day.run(shop.gateways[gateway].probe())
    shop.mend()
    notice = Notice(waiting.order_no, "OK", waiting.gateway_ref if waiting.gateway_key else "", waiting.gateway_key)

    async def arrives() -> None:
        shop.parts.notices.take(gateway, notice)

    shop.day.run(arrives())
    shop.pass_time(5)
    assert shop.marks() == [True, False, True, False]


@pytest.mark.parametrize(("gateway", "field"), [one for one in ONE_EACH if GATEWAYS[one[0]].FACTS.refunds])
def test_a_refund_says_it_and_a_good_one_unsays_it(open_shop: OpenShop, gateway: str, field: str) -> None:
    shop = open_shop(gateway)
    sold = shop.charge()
    shop.customer_pays(sold)
    shop.pass_time(10)
    shop.spoil(field)

    def give(amount: int) -> Refund:
        money = type(sold.amount)(amount, sold.amount.currency)
        permission = permit(Action.REFUND, "owner")
        return shop.day.run(shop.refunds.give(sold.order_no, money, "returned", permission))

    refused = give(50)
    assert (refused.state, refused.details["rejected"]) == (RefundState.REFUSED, KEY)
    assert str(refused.message).startswith(SENTENCE)
    shop.mend()
    assert give(60).state in (RefundState.REFUNDED, RefundState.PENDING)
    assert shop.marks() == [True, False]


def test_a_days_list_says_it(open_shop: OpenShop) -> None:
    shop = open_shop("qfpay")
    shop.spoil("client_key")
    with pytest.raises(KeyRefused, match=f"^{SENTENCE}"):
        shop.day.run(shop.gateways["qfpay"].list_day(shop.day.clock.now().date()))
    assert shop.marks() == [True]


@pytest.mark.parametrize("field", ["merchant_id", "hash_key"])
def test_a_set_dialect_of_opay_hides_no_wrong_key(open_shop: OpenShop, field: str) -> None:
    shop = open_shop("opay", dialect="once+json")
    shop.spoil(field)
    waiting = shop.charge()
    assert waiting.state is State.PENDING  # the customer's phone places the order
    shop.pass_time(10)
    assert str(shop.now(waiting.order_no).message).startswith(SENTENCE)
    assert shop.marks() == [True]
    shop.mend()
    shop.pass_time(6 * 60)
    assert shop.marks() == [True, False]
    assert shop.charge().state is State.PENDING


def test_an_answer_that_must_be_signed_leaves_a_refused_key_in_doubt(open_shop: OpenShop) -> None:
    shop = open_shop("qfpay", require_signature="yes")
    shop.spoil("client_key")
    doubt = shop.charge()
    assert (doubt.state, str(doubt.message).startswith(SENTENCE)) == (State.UNKNOWN, True)
    assert shop.marks() == [True]
    shop.mend()
    shop.pass_time(10)
    assert shop.marks() == [True, False]


def test_a_damaged_signature_is_not_taken_for_a_refused_key(open_shop: OpenShop) -> None:
    shop = open_shop("qfpay")
    shop.simulator.scenarios.plan(Fault.BAD_SIGNATURE, "qfpay", "charge")
    doubt = shop.charge()
    assert (doubt.state, SENTENCE in str(doubt.message)) == (State.UNKNOWN, False)
    assert shop.marks() == []


@pytest.mark.parametrize(("gateway", "field"), ONE_EACH)
def test_a_check_of_an_ended_payment_with_a_refused_key_is_no_answer(
    open_shop: OpenShop, gateway: str, field: str
) -> None:
    shop = open_shop(gateway)
    ended = shop.charge()

    async def cancel() -> None:
        shop.payments.cancel(SIGNED_OUT, ended.order_no)

    shop.day.run(cancel())
    shop.pass_time(32 * 24 * 3600)
    assert shop.now(ended.order_no).state in (State.VOIDED, State.EXPIRED, State.DECLINED)
    shop.spoil(field)
    shop.facts.clear()
    shop.day.run(shop.parts.status_query.check_now(ended.order_no))
    assert [one.answered for one in shop.facts if isinstance(one, QueryEnded)] == [False]


def test_a_payment_that_is_sent_again_with_the_right_key_is_no_longer_refused(open_shop: OpenShop) -> None:
    shop = open_shop("opay")
    shop.spoil("hash_key")
    refused = shop.charge()
    shop.mend()
    shop.pass_time(5 * 60 + 1)
    sent = shop.day.run(shop.payments.send_again(SIGNED_OUT, refused.order_no))
    assert (sent.state, sent.rejected, "rejected" in sent.details) == (State.PENDING, "", False)
    assert shop.marks() == [True, False]
