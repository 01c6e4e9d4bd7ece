"""Requests go only to approved targets: a changed address or merchant number needs the owner's approval, once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pos.domain.money import Money
from pos.domain.payment import Tender
from pos.domain.staff import Action, Person, Role
from pos.domain.states import State
from pos.errors import NotAllowed, NotFound, NotSent
from pos.gateways import GATEWAYS
from pos.services.targets import Targets, is_local
from pos.store import journal
from pos.store.targets import Basis, TargetStore
from tests.support.access import SIGNED_OUT, permit
from tests.support.registers import BASE, SimulatedShop
from tests.support.virtual import VirtualDay

OWNER = Person("o", "Olga", Role.OWNER)
KEYS = permit(Action.KEYS, "o", "o")
ELSEWHERE = "http://localhost"


@pytest.fixture
def day() -> Iterator[VirtualDay]:
    with VirtualDay() as made:
        yield made


@pytest.fixture
def shop(day: VirtualDay, tmp_path: Path) -> SimulatedShop:
    return SimulatedShop(day, path=tmp_path / "counter.sqlite")


def moved(shop: SimulatedShop, **addresses: str) -> SimulatedShop:
    """Return the same shop, started with other addresses in its settings."""
    shop.stop()
    for name, address in addresses.items():
        shop.options[name] = {**shop.options.get(name, {}), "base_url": f"{address}/{name}"}
    shop.start()
    return shop


def founded(shop: SimulatedShop) -> SimulatedShop:
    """Add the first owner."""
    shop.has_people = True
    shop.targets.approve_for_owner(OWNER)
    return shop


def rows(shop: SimulatedShop, kind: str) -> list[dict[str, object]]:
    return [json.loads(one.body) for one in journal.entries(shop.database) if one.kind == kind]


def sent(shop: SimulatedShop) -> int:
    return len(rows(shop, "send"))


def test_every_send_names_its_address_and_merchant(shop: SimulatedShop) -> None:
    shop.take(Tender.MYPAY, 125)
    shop.take(Tender.ATM, 500)
    mypay, wanpay = (row["to"] for row in rows(shop, "send"))
    number = shop.simulator.credentials["mypay"]["store_uid"]
    assert mypay == {"gateway": "mypay", "address": f"{BASE}/mypay", "merchant": number, "local": True}
    assert isinstance(wanpay, dict)
    assert wanpay["address"] == f"{BASE}/wanpay"
    page = shop.take(Tender.WECHAT, 80, gateway="opay")
    shop.parts.pages().open(page.page_token)
    assert [row["to"] for row in rows(shop, "page_served")] == [shop.targets.to["opay"].body()]


def test_without_people_every_address_is_used_and_recorded_once(shop: SimulatedShop) -> None:
    for _ in range(3):
        assert shop.take(Tender.MYPAY, 125).state is State.PENDING
    moved(shop, mypay=ELSEWHERE)
    shop.take(Tender.MYPAY, 126)
    found = rows(shop, "gateway_approved")
    assert [(one["address"], one["basis"]) for one in found] == [
        (f"{BASE}/mypay", "open"), (f"{ELSEWHERE}/mypay", "open"),
    ]  # fmt: skip


@pytest.mark.parametrize("option", ["store_uid", "base_url"])
def test_with_people_a_changed_target_is_refused_until_the_owner_approves_it(shop: SimulatedShop, option: str) -> None:
    founded(shop)
    assert shop.take(Tender.MYPAY, 125).state is State.PENDING
    shop.stop()
    value = {"store_uid": "999999999999", "base_url": f"{ELSEWHERE}/mypay"}[option]
    shop.options["mypay"] = {option: value}
    shop.start()
    before = sent(shop)
    with pytest.raises(NotAllowed) as refused:
        shop.take(Tender.MYPAY, 125)
    said = str(refused.value)
    assert value in said
    assert f"{BASE}/mypay" in said
    assert "pos key approve mypay" in said
    assert (sent(shop), [str(one) for one in shop.targets.problems()]) == (before, [said])
    shop.targets.approve("mypay", KEYS)
    assert shop.targets.problems() == []
    shop.take(Tender.MYPAY, 125)
    assert sent(shop) == before + 1
    shop.stop()
    shop.start()
    shop.targets.check("mypay")  # remembered


def test_a_gateway_of_an_upgraded_shop_is_recorded_at_first_use_unless_it_is_local(day: VirtualDay) -> None:
    far = {"mypay": {"base_url": "https://pay.usecase.cc"}, "qfpay": {"base_url": "https://10.0.0.7"}}
    shop = SimulatedShop(day, options=far, has_people=True)
    assert len(shop.targets.problems()) == len(GATEWAYS) - 1
    assert rows(shop, "gateway_approved") == []
    shop.targets.check("mypay")
    assert [one["basis"] for one in rows(shop, "gateway_approved")] == ["first_use"]
    for name in set(GATEWAYS) - {"mypay"}:
        with pytest.raises(NotAllowed, match="like a simulator"):
            shop.targets.check(name)


def test_what_was_used_before_there_was_an_owner_counts_only_if_it_is_set_up_then(shop: SimulatedShop) -> None:
    shop.take(Tender.MYPAY, 125)
    founded(moved(shop, mypay=ELSEWHERE))
    assert {one["basis"] for one in rows(shop, "gateway_approved")} == {"open", "owner"}
    shop.targets.check("mypay")
    moved(shop, mypay=BASE)
    with pytest.raises(NotAllowed, match="so far"):
        shop.targets.check("mypay")


def test_in_training_nothing_is_asked_and_nothing_recorded(shop: SimulatedShop) -> None:
    store = TargetStore(shop.database, "R1", shop.register_clock)
    training = Targets(shop.gateways, store, lambda: True, training=True)
    training.approve_for_owner(OWNER)
    for name in shop.gateways:
        training.check(name)
    assert (training.problems(), rows(shop, "gateway_approved")) == ([], [])


def test_the_second_route_is_passed_over_while_its_address_is_not_approved(shop: SimulatedShop) -> None:
    founded(shop)
    moved(shop, mypay=ELSEWHERE)
    shop.weather.down = {"wanpay"}
    attempt = shop.take(Tender.ATM, 500)
    assert (attempt.gateway, attempt.state) == ("wanpay", State.CREATED)
    assert [one.gateway for one in shop.store.of_payment(attempt.payment_id)] == ["wanpay"]


def test_nothing_is_sent_again_to_a_changed_address(shop: SimulatedShop) -> None:
    founded(shop)
    shop.weather.down = {"mypay"}
    attempt = shop.take(Tender.MYPAY, 125)
    shop.weather.down = set()
    moved(shop, mypay=ELSEWHERE)
    with pytest.raises(NotAllowed, match="so far"):
        shop.day.run(shop.payments.send_again(SIGNED_OUT, attempt.order_no))
    assert shop.now(attempt.order_no).state is State.CREATED


def test_an_old_order_is_not_asked_about_at_a_changed_address(shop: SimulatedShop) -> None:
    founded(shop)
    attempt = shop.take(Tender.MYPAY, 125)
    moved(shop, mypay=ELSEWHERE)
    shop.customer_pays(attempt)
    shop.resume()
    shop.pass_time(9 * 86_400)
    assert shop.now(attempt.order_no).state is State.PENDING
    shop.day.run(shop.parts.status_query.check_now(attempt.order_no))
    assert shop.now(attempt.order_no).state is State.PENDING
    shop.targets.approve("mypay", KEYS)
    shop.day.run(shop.parts.status_query.check_now(attempt.order_no))
    assert shop.now(attempt.order_no).state is State.CAPTURED


def test_the_customers_page_is_closed_while_its_address_is_not_approved(shop: SimulatedShop) -> None:
    founded(shop)
    attempt = shop.take(Tender.WECHAT, 80, gateway="opay")
    moved(shop, opay=ELSEWHERE)
    with pytest.raises(NotAllowed, match="closed"):
        shop.parts.pages().open(attempt.page_token)


def test_a_refund_goes_only_to_an_approved_address_and_names_it(shop: SimulatedShop) -> None:
    founded(shop)
    attempt = shop.take(Tender.MYPAY, 125)
    shop.customer_pays(attempt)
    shop.day.run(shop.parts.status_query.check_now(attempt.order_no))
    moved(shop, mypay=ELSEWHERE)
    permission, amount = permit(Action.REFUND, "o", "o"), Money(25, "TWD")
    with pytest.raises(NotAllowed, match="so far"):
        shop.refunds.check(attempt.order_no, amount, "broken")
    with pytest.raises(NotAllowed, match="so far"):
        shop.day.run(shop.refunds.give(attempt.order_no, amount, "broken", permission))
    assert shop.refunds.of_order(attempt.order_no) == []
    moved(shop, mypay=BASE)
    refund = shop.day.run(shop.refunds.give(attempt.order_no, amount, "broken", permission))
    assert [row["to"] for row in rows(shop, "refund_send")] == [shop.targets.to["mypay"].body()]
    moved(shop, mypay=ELSEWHERE)
    assert shop.day.run(shop.refunds.check_now(refund.refund_no)).state is refund.state


def test_no_other_request_reaches_a_gateway_either(shop: SimulatedShop) -> None:
    founded(shop)
    moved(shop, mypay=ELSEWHERE, wanpay=ELSEWHERE, qfpay=ELSEWHERE)
    for name in ("mypay", "wanpay", "qfpay"):
        with pytest.raises(NotSent, match="so far"):
            shop.day.run(shop.gateways[name].probe())


def test_only_the_owners_permission_approves_and_only_what_is_set_up(shop: SimulatedShop) -> None:
    for wrong in (permit(Action.REFUND, "o", "o"), permit(Action.STAFF, "o")):
        with pytest.raises(NotAllowed):
            shop.targets.approve("mypay", wrong)
    with pytest.raises(NotFound):
        shop.targets.approve("paypal", KEYS)
    shop.targets.approve("mypay", permit(Action.KEYS))
    assert [one["basis"] for one in rows(shop, "gateway_approved")] == [Basis.OPEN]


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True), ("127.9.8.7", True), ("::1", True), ("localhost", True), ("LOCALHOST.", True),
        ("pay.localhost", True), ("10.1.2.3", True), ("192.168.0.9", True), ("0.0.0.0", True), ("fe80::1", True),
        ("8.8.8.8", False), ("pay.usecase.cc", False), ("localhost.example.tw", False), ("", False),
    ],
)  # fmt: skip
def test_which_hosts_are_this_machine_or_its_network(host: str, local: bool) -> None:
    assert is_local(host) is local
