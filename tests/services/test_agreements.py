"""Agreements at a simulated shop: the first charge, later ones on their days, failures, silence, the end, refunds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any, ClassVar

import httpx
import pytest

from pos.domain.agreement import Agreement, AgreementEvent, AgreementState, ChargeEvent, ChargeState, terms
from pos.domain.events import AgreementChanged, Fact
from pos.domain.invoice import InvoiceRequest, Kind, invoice_request
from pos.domain.money import Money
from pos.domain.payment import Attempt, Tender
from pos.domain.reconcile import Match
from pos.domain.refund import RefundState
from pos.domain.staff import Action
from pos.domain.states import State
from pos.errors import BadNotice, ConfigError, InputError, KeyRefused, NoAnswer, NotAllowed, NotFound, NotSent
from pos.gateways.base import Facts
from pos.gateways.capabilities import AgreementAnswer, Capability, Operations, Result
from pos.simulator.contracts import Authorisation, Contract
from pos.simulator.orders import SimOrder
from pos.simulator.scenarios import Fault
from tests.gateways.fixtures.opay_periodic import PAIR, later_notice, signed_notice
from tests.support.access import SIGNED_OUT, permit
from tests.support.gateways import Scripted
from tests.support.registers import SimulatedShop
from tests.support.rows import wrong
from tests.support.sample import examples
from tests.support.virtual import VirtualDay

DAY = 86400.0
NT500 = Money(500, "TWD")
STOP = permit(Action.STOP_DEBIT, "m", "m")
A, C = AgreementState, ChargeState


class Shop(SimulatedShop):
    """A shop with one agreement at the simulator; ``options`` are settings of the gateway."""

    def __init__(self, day: VirtualDay, **options: str) -> None:
        super().__init__(day, options={"opay_periodic": options})
        self.no = ""

    def agree(self, every: str = "1M", times: str = "3", **more: Any) -> Agreement:
        made = self.day.run(self.agreements.create(SIGNED_OUT, terms(NT500, every, times), **more))
        self.no = made.order_no
        return made

    def begin(self, every: str = "1M", times: str = "3") -> None:
        """Agree, and pay the first charge."""
        self.agree(every, times)
        self.customer_pays(self.now(self.no))
        self.pass_time(10)

    def found(self) -> Agreement:
        return self.agreements.get(self.no)

    def states(self) -> list[str]:
        return [one.state.value for one in self.found().charges]

    def days(self, count: float) -> None:
        self.pass_time(count * DAY)

    def refresh(self) -> Agreement:
        return self.day.run(self.agreements.refresh(self.no))

    def watch(self) -> None:
        async def on_the_loop() -> None:
            self.agreements.resume()

        self.day.run(on_the_loop())

    def contract(self) -> Contract:
        order = self.simulator.orders.find("opay_periodic", self.no)
        assert order is not None
        found: Contract = order.extra["contract"]
        return found

    def notify(self, order: SimOrder, **changes: str) -> str:
        """Send the gateway's notification of an order to the register, and return the reply."""
        notification = self.simulator.dialects["opay_periodic"].notification(order)
        assert notification is not None

        async def on_the_loop() -> str:
            return self.parts.notices.receive("opay_periodic", notification.headers, notification.body)

        return self.day.run(on_the_loop())

    def charges_at_gateway(self) -> list[SimOrder]:
        """Return the orders of the later authorisations, the oldest first."""
        return [one for one in self.simulator.orders.all()[::-1] if "first" in one.extra]

    def fault(self, fault: Fault, verb: str = "query_agreement", times: int = 1) -> None:
        self.simulator.scenarios.plan(fault, "opay_periodic", verb, times)

    def booked(self) -> list[Attempt]:
        found = self.store.search("", None, 50, None)
        return [one for one in found if one.state is State.CAPTURED][::-1]


@pytest.fixture
def day() -> Iterator[VirtualDay]:
    with VirtualDay() as virtual:
        yield virtual


@pytest.fixture
def shop(day: VirtualDay) -> Iterator[Shop]:
    made = Shop(day)
    yield made
    finish(made)


def finish(shop: Shop) -> None:
    """Every table is what the journal says, and the sums equal the gateway's."""
    assert wrong(shop.database) == []
    assert shop.simulator.orders.requested_twice() == []
    shop.stop()


def test_an_agreement_is_journaled_and_its_page_handed_out(shop: Shop) -> None:
    made = shop.agree(reference=" M-001 ")
    first = shop.now(made.order_no)
    assert (made.state, made.reference, made.charges) == (A.OPEN, "M-001", ())
    assert (first.state, first.tender, first.amount) == (State.PENDING, Tender.CARD_PERIODIC, NT500)
    assert first.pay_url.endswith(f"/pay/{first.page_token}")
    kinds = [row.kind for row in shop.store.history(made.order_no)]
    assert kinds[:2] == ["created", "agreement_created"]
    assert "agreement_hand_out" in kinds


@pytest.mark.parametrize(
    ("asked", "options", "fields"),
    [
        (invoice_request(Kind.MOBILE, "/ABC+123"), {}, {"CarruerType": "3", "CarruerNum": "/ABC+123", "Print": "0"}),
        (invoice_request(Kind.CERTIFICATE, "AB12345678901234"), {}, {"CarruerType": "2", "Donation": "2"}),
        (invoice_request(Kind.DONATION, "168001"), {}, {"Donation": "1", "LoveCode": "168001"}),
        (
            invoice_request(Kind.PAPER, ban="04595257", title="好公司"), {"invoice_address": "台北市"},
            {"Print": "1", "CustomerIdentifier": "04595257", "CustomerName": "%e5%a5%bd%e5%85%ac%e5%8f%b8"},
        ),
    ],
)  # fmt: skip
def test_the_order_of_an_agreement_has_the_gateway_issue_the_e_invoice(
    shop: Shop, asked: InvoiceRequest, options: dict[str, str], fields: dict[str, str]
) -> None:
    shop.agree(invoice_request=asked, options={"invoice_email": "a@b.example", **options})
    shop.customer_pays(shop.now(shop.no))
    order = shop.simulator.orders.find("opay_periodic", shop.no)
    assert order is not None
    assert {"InvoiceMark": "Y", **fields}.items() <= order.extra["invoice"].items()
    assert shop.invoices.find(shop.no) is None, "the gateway issues it, and the register owes none"


@pytest.mark.parametrize(
    ("asked", "options", "field"),
    [
        (invoice_request(Kind.MOBILE, "/ABC+123"), {}, "CustomerEmail"),
        (invoice_request(Kind.PAPER), {"invoice_email": "a@b.example"}, "CustomerName"),
        (
            invoice_request(Kind.PAPER, ban="04595257", title="好" * 21),
            {"invoice_email": "a@b.example", "invoice_address": "台北市"}, "CustomerName",
        ),
        (invoice_request(Kind.MOBILE, "/ABC+123"), {"invoice_code": "/ABC+124"}, "invoice_code"),
    ],
)  # fmt: skip
def test_an_e_invoice_that_the_document_does_not_allow_makes_no_agreement(
    shop: Shop, asked: InvoiceRequest, options: dict[str, str], field: str
) -> None:
    with pytest.raises(InputError) as refused:
        shop.agree(invoice_request=asked, options=options)
    assert refused.value.field == field
    assert shop.agreement_store.all() == []


def test_the_first_authorisation_is_a_payment_and_activates(shop: Shop) -> None:
    shop.begin()
    found = shop.found()
    assert (found.state, shop.states()) == (A.ACTIVE, ["captured", "expected", "expected"])
    assert [one.due for one in found.charges] == [date(2026, 11, 20), date(2026, 12, 20), date(2027, 1, 20)]
    first = found.charges[0]
    assert (first.order_no, first.gateway_ref) == (shop.no, shop.now(shop.no).gateway_ref)
    assert first.gateway_ref
    assert any(isinstance(fact, AgreementChanged) for fact in shop.facts)


def test_each_step_of_the_first_charge_is_published_with_its_agreement(shop: Shop) -> None:
    shop.agree()
    shop.facts.clear()
    shop.customer_pays(shop.now(shop.no))
    shop.pass_time(10)
    published = [fact.agreement.state for fact in shop.facts if isinstance(fact, AgreementChanged)]
    assert published[-1] is A.ACTIVE


def test_without_a_server_the_service_says_why_no_agreement_can_be_made(shop: Shop) -> None:
    assert not shop.agreements.refusal()
    shop.shop = replace(shop.shop, server_url="")
    shop.build()
    assert "needs the shop's server" in str(shop.agreements.refusal())


@pytest.mark.parametrize("end", ["fail", "expire", "cancel"])
def test_an_agreement_without_a_first_authorisation_has_failed(shop: Shop, end: str) -> None:
    shop.agree()
    if end == "cancel":
        shop.day.run(run_soon(lambda: shop.payments.cancel(SIGNED_OUT, shop.no)))
        shop.pass_time(10)
    elif end == "expire":
        shop.days(4)
    else:
        shop.open_page(shop.now(shop.no))
        order = shop.simulator.orders.find("opay_periodic", shop.no)
        assert order is not None
        from pos.simulator.orders import OrderStatus

        order.end(OrderStatus.FAILED, shop.simulator.context.now())
        shop.pass_time(60)
    assert shop.found().state is A.FAILED
    assert shop.refresh().charges == ()


async def run_soon(work: Any) -> Any:
    return work()


def test_another_amount_of_the_first_authorisation_needs_a_manager(shop: Shop) -> None:
    shop.agree()
    shop.customer_pays(shop.now(shop.no), 499)
    shop.pass_time(10)
    assert (shop.now(shop.no).state, shop.found().state) == (State.REVIEW, A.REVIEW)


def test_money_after_a_failed_agreement_needs_a_manager(shop: Shop) -> None:
    shop.agree()
    shop.open_page(shop.now(shop.no))
    shop.days(4)
    assert shop.found().state is A.FAILED
    shop.customer_pays(shop.now(shop.no))
    shop.day.run(shop.payments.check_now(SIGNED_OUT, shop.no))
    assert (shop.now(shop.no).state, shop.found().state) == (State.REVIEW, A.REVIEW)


def test_later_charges_are_booked_on_their_own_day(shop: Shop) -> None:
    shop.begin()
    shop.watch()
    shop.days(95)
    found = shop.found()
    assert (found.state, shop.states()) == (A.ENDED, ["captured"] * 3)
    booked = shop.booked()
    assert [one.amount for one in booked] == [NT500] * 3
    assert [f"{one.ended_at:%m-%d}" for one in booked] == ["11-20", "12-20", "01-20"]
    assert [one.order_no for one in booked] == [one.order_no for one in found.charges]
    for charge in found.charges:
        lines = shop.ledger.of_order(charge.order_no)
        assert [(line.day, line.amount, line.tender) for line in lines] == [(charge.due, NT500, "card_periodic")]
    assert shop.simulator.orders.captured_total("TWD") == 1500


def test_a_declined_charge_is_shown_with_what_to_do_and_the_next_one_goes_on(shop: Shop) -> None:
    shop.begin()
    shop.watch()
    shop.simulator.scenarios.card_failures = 1
    shop.days(95)
    assert (shop.found().state, shop.states()) == (A.ENDED, ["captured", "declined", "captured"])
    assert "another card" in str(shop.found().charges[1].message)
    assert len(shop.booked()) == 2


def test_a_charge_that_the_gateway_tries_again_is_booked_once(shop: Shop) -> None:
    shop.begin()
    shop.watch()
    shop.simulator.scenarios.card_failures, shop.simulator.scenarios.card_retry = 1, True
    shop.days(95)
    assert shop.states() == ["captured"] * 3
    assert len(shop.booked()) == 3


def test_a_retry_of_the_last_charge_is_found_after_it_was_declined(shop: Shop) -> None:
    shop.begin(times="2")
    shop.watch()
    shop.simulator.scenarios.card_failures, shop.simulator.scenarios.card_retry = 1, True
    shop.days(30.5)
    assert (shop.refresh().state, shop.states()) == (A.ACTIVE, ["captured", "declined"])
    shop.days(3)
    assert (shop.found().state, shop.states()) == (A.ENDED, ["captured", "captured"])


def test_a_retry_on_the_day_of_the_next_charge_is_not_taken_for_a_second_one(shop: Shop) -> None:
    shop.begin("1D", "5")
    shop.watch()
    shop.simulator.scenarios.card_failures, shop.simulator.scenarios.card_retry = 1, True
    shop.days(8)
    for _ in range(2):
        assert shop.refresh().state is A.ENDED
        assert shop.states() == ["captured"] * 5
    assert len(shop.booked()) == 5


def test_a_notice_of_a_later_charge_is_a_reason_to_query(shop: Shop) -> None:
    shop.begin()
    shop.days(30.1)
    (charge,) = shop.charges_at_gateway()
    assert shop.states()[1] == "expected"
    assert shop.notify(charge) == "1|OK"
    shop.pass_time(5)
    assert shop.states() == ["captured", "captured", "expected"]
    rows = len(shop.store.history(shop.no))
    for _ in range(2):
        assert shop.notify(charge) == "1|OK"
    shop.pass_time(5)
    assert len(shop.store.history(shop.no)) == rows
    assert len(shop.booked()) == 2


def test_a_forged_notice_books_nothing(shop: Shop) -> None:
    shop.begin()
    shop.days(30.1)
    (charge,) = shop.charges_at_gateway()
    charge.facts["hash_key"] = "x" * 16
    with pytest.raises(BadNotice):
        shop.notify(charge)
    assert shop.states()[1] == "expected"


def test_a_notice_for_a_charge_that_the_gateway_does_not_confirm_books_nothing(shop: Shop) -> None:
    """The notification is signed, but the query names no such authorisation."""
    shop.begin()
    shop.days(30.1)
    (charge,) = shop.charges_at_gateway()
    shop.contract().log.pop()
    shop.contract().stopped = True
    assert shop.notify(charge) == "1|OK"
    shop.pass_time(5)
    assert shop.states()[1] == "expected"
    assert len(shop.booked()) == 1


def test_a_missed_notice_is_found_by_the_query_of_the_next_day(shop: Shop) -> None:
    shop.begin()
    shop.watch()
    shop.days(30.5)
    assert shop.states()[1] == "expected"
    shop.days(1)
    assert shop.states()[1] == "captured"
    assert shop.booked()[1].ended_at is not None
    assert f"{shop.booked()[1].ended_at:%m-%d}" == "12-20"


def test_a_charge_without_news_is_queried_daily_for_a_week_and_then_given_up(shop: Shop) -> None:
    shop.begin()
    shop.watch()
    contract = shop.contract()
    start = contract.start
    shop.days(20)
    contract.times, contract.log = 3, contract.log
    contract.start = start.replace(year=2030) if start else None  # the bank does nothing on the due day
    asked = []
    for _ in range(20):
        shop.days(1)
        asked.append(shop.found().asked)
    assert shop.states()[1] == "review"
    assert len({day for day in asked if day}) == 7
    assert "console" in str(shop.found().charges[1].message)


def test_news_that_come_late_settle_a_charge_that_was_given_up(shop: Shop) -> None:
    shop.begin()
    shop.watch()
    contract = shop.contract()
    start = contract.start
    contract.start = start.replace(year=2030) if start else None
    shop.days(40)
    assert shop.states()[1] == "review"
    contract.start = start
    shop.refresh()
    assert shop.states()[1] == "captured"


def test_another_amount_of_a_later_charge_needs_a_manager_and_is_not_booked(shop: Shop) -> None:
    shop.begin()
    shop.days(30.1)
    shop.contract().log[1].amount = 499
    shop.refresh()
    assert shop.states()[1] == "review"
    assert "NT$499" in str(shop.found().charges[1].message)
    shop.refresh()
    assert len(shop.booked()) == 1


def test_a_second_authorisation_for_one_day_needs_a_manager(shop: Shop) -> None:
    shop.begin()
    shop.days(30.1)
    shop.refresh()
    log = shop.contract().log
    log.append(Authorisation(2, log[1].at, "1", 500, "99999999", "2612200000009999"))
    assert shop.refresh().state is A.REVIEW
    assert "twice" in str(shop.found().message)
    assert shop.refresh().state is A.REVIEW
    log.pop()


def test_an_agreement_stopped_at_the_gateway_is_stopped_here_after_the_query(shop: Shop) -> None:
    shop.begin()
    shop.contract().stopped = True
    assert shop.refresh().state is A.STOPPED


def test_a_charge_after_the_end_needs_a_manager_and_is_booked(shop: Shop) -> None:
    shop.begin()
    shop.contract().stopped = True
    shop.refresh()
    shop.contract().stopped = False
    shop.days(30.1)
    found = shop.refresh()
    assert (found.state, shop.states()[1]) == (A.REVIEW, "captured")
    assert "after the end" in str(found.message)


def test_stopping_needs_the_console_where_the_gateway_has_no_call(shop: Shop) -> None:
    shop.begin()
    with pytest.raises(NotAllowed, match="console"):
        shop.day.run(shop.agreements.stop(shop.no, "moved away", STOP))
    assert shop.found().state is A.ACTIVE
    kinds = [row.kind for row in shop.store.history(shop.no)]
    assert kinds[-2:] == ["agreement_stop_asked", "agreement_stop_refused"]


def test_only_an_active_agreement_is_stopped_and_only_with_the_right(shop: Shop) -> None:
    shop.agree()
    with pytest.raises(NotAllowed, match="cannot be stopped"):
        shop.day.run(shop.agreements.stop(shop.no, "", STOP))
    with pytest.raises(NotAllowed):
        shop.day.run(shop.agreements.stop(shop.no, "", permit(Action.REFUND)))
    with pytest.raises(NotAllowed):
        shop.agreements.listed(permit(Action.REFUND))
    assert [one.order_no for one in shop.agreements.listed(permit(Action.SEE_ALL))] == [shop.no]
    assert shop.agreements.first_charge(shop.no).order_no == shop.no


PATH = "/Cashier/CreditCardPeriodAction"


def test_an_agreement_is_stopped_by_the_call_of_the_settings(day: VirtualDay) -> None:
    shop = Shop(day, stop_path=PATH)
    shop.simulator.scenarios.stop_call = True
    shop.begin()
    assert shop.day.run(shop.agreements.stop(shop.no, "moved away", STOP)).state is A.STOPPED
    assert shop.contract().stopped
    shop.watch()
    shop.days(60)
    assert len(shop.booked()) == 1
    finish(shop)


@pytest.mark.parametrize(
    ("fault", "error", "kind"),
    [(Fault.LOST_ANSWER, NoAnswer, "unsure"), (Fault.HTTP_502, NoAnswer, "unsure")],
)
def test_a_stop_without_an_answer_is_found_out_by_the_query(
    day: VirtualDay, fault: Fault, error: type[Exception], kind: str
) -> None:
    shop = Shop(day, stop_path=PATH)
    shop.simulator.scenarios.stop_call = True
    shop.begin()
    shop.fault(fault, "stop")
    with pytest.raises(error):
        shop.day.run(shop.agreements.stop(shop.no, "", STOP))
    assert shop.store.history(shop.no)[-1].kind == f"agreement_stop_{kind}"
    assert shop.refresh().state is (A.STOPPED if fault is Fault.LOST_ANSWER else A.ACTIVE)
    finish(shop)


@pytest.mark.parametrize(("fault", "error"), [(Fault.UNLISTED_CODE, NotAllowed), (Fault.BAD_SIGNATURE, KeyRefused)])
def test_a_stop_that_the_gateway_refuses_changes_nothing(day: VirtualDay, fault: Fault, error: type[Exception]) -> None:
    shop = Shop(day, stop_path=PATH)
    shop.simulator.scenarios.stop_call = True
    shop.begin()
    shop.fault(fault, "stop")
    with pytest.raises(error):
        shop.day.run(shop.agreements.stop(shop.no, "", STOP))
    assert shop.store.history(shop.no)[-1].kind == "agreement_stop_refused"
    assert shop.found().state is A.ACTIVE
    finish(shop)


def test_a_stop_that_was_not_sent_is_told(day: VirtualDay) -> None:
    shop = Shop(day, stop_path=PATH)
    shop.begin()

    def cut(fact: Fact) -> None:
        """Cut the line after the query before the request to stop."""
        if isinstance(fact, AgreementChanged):
            shop.weather.down.add("opay_periodic")

    shop.parts.bus.listen(cut)
    with pytest.raises(NotSent):
        shop.day.run(shop.agreements.stop(shop.no, "", STOP))
    assert shop.found().state is A.ACTIVE
    shop.weather.down.clear()
    finish(shop)


FAILING = [Fault.LOST_ANSWER, Fault.EMPTY, Fault.NOT_JSON, Fault.HTTP_500, Fault.OTHER_ORDER, Fault.OTHER_MERCHANT,
           Fault.OTHER_AMOUNT, Fault.WRONG_TYPE]  # fmt: skip


@pytest.mark.parametrize("fault", FAILING)
def test_a_query_that_fails_is_no_event_and_is_repeated(shop: Shop, fault: Fault) -> None:
    shop.begin()
    shop.watch()
    shop.days(30.2)
    shop.fault(fault)
    with pytest.raises(NoAnswer):
        shop.refresh()
    assert shop.states()[1] == "expected"
    shop.days(2)
    assert shop.states()[1] == "captured"
    assert len(shop.booked()) == 2


def test_a_query_without_a_connection_is_told_and_changes_nothing(shop: Shop) -> None:
    shop.begin()
    shop.weather.down.add("opay_periodic")
    with pytest.raises(NotSent):
        shop.refresh()
    shop.weather.down.clear()
    assert shop.found().state is A.ACTIVE


def test_a_status_that_no_table_lists_settles_what_it_names_and_nothing_else(shop: Shop) -> None:
    shop.begin()
    shop.days(30.2)
    shop.fault(Fault.UNLISTED_CODE)
    assert shop.refresh().state is A.ACTIVE
    assert (shop.states()[1], shop.found().asked) == ("captured", None)


def test_a_refused_key_is_told(shop: Shop) -> None:
    shop.begin()
    shop.simulator.dialects["opay_periodic"].credentials["hash_key"] = "z" * 16
    with pytest.raises(KeyRefused, match="refuses this shop's key"):
        shop.refresh()


def test_a_notice_whose_query_fails_is_found_by_the_schedule(shop: Shop) -> None:
    shop.begin()
    shop.watch()
    shop.days(30.1)
    (charge,) = shop.charges_at_gateway()
    shop.fault(Fault.LOST_ANSWER)
    assert shop.notify(charge) == "1|OK"
    shop.pass_time(60)
    assert shop.states()[1] == "expected"
    shop.days(1)
    assert shop.states()[1] == "captured"


def test_an_address_that_is_not_approved_is_not_asked(shop: Shop) -> None:
    shop.begin()

    async def again() -> None:
        await shop.payments.close()
        shop.has_people, shop.options["opay_periodic"] = True, {"merchant_id": "2000214"}
        shop.build()

    shop.day.run(again())
    with pytest.raises(NotAllowed, match="not approved"):
        shop.refresh()


class BrokenOperations(Operations):
    async def query_agreement(self, attempt: Attempt) -> AgreementAnswer:
        raise ZeroDivisionError

    async def stop_agreement(self, attempt: Attempt) -> Result:
        raise ZeroDivisionError


class Broken(Scripted):
    """A client with a bug."""

    FACTS: ClassVar[Facts] = replace(Scripted.FACTS, capabilities=frozenset({Capability.AGREEMENT}))

    def operations(self) -> Operations:
        return BrokenOperations()


def test_a_bug_in_a_client_does_not_end_the_schedule(shop: Shop) -> None:
    shop.begin()
    shop.watch()
    shop.days(29)
    good = shop.gateways["opay_periodic"]
    shop.gateways["opay_periodic"] = Broken(shop.register_clock)
    shop.days(3)
    assert shop.states()[1] == "expected"
    shop.gateways["opay_periodic"] = good
    shop.days(1)
    assert shop.states()[1] == "captured"


def test_a_signed_notice_of_a_later_charge_before_the_first_one_books_nothing(shop: Shop) -> None:
    shop.agree()

    async def arrives() -> str:
        notice = signed_notice(later_notice(MerchantTradeNo=shop.no))
        return shop.parts.notices.receive("opay_periodic", *notice)

    assert shop.day.run(arrives()) == "1|OK"
    shop.pass_time(5)
    assert (shop.found().charges, shop.booked()) == ((), [])


def test_an_agreement_that_changed_meanwhile_is_not_changed_again(shop: Shop) -> None:
    shop.begin()
    stale = shop.found()
    assert shop.agreement_store.asked(replace(stale, asked=stale.charges[0].due), stale.charges[0].due).asked
    shop.agreement_store.step(stale, AgreementEvent.STOP)
    with pytest.raises(NotAllowed, match="another program"):
        shop.agreement_store.step(stale, AgreementEvent.FINISH)
    shop.agreement_store.charge(stale, stale.charges[1], ChargeEvent.NO_NEWS)
    with pytest.raises(NotAllowed, match="another program"):
        shop.agreement_store.charge(stale, stale.charges[1], ChargeEvent.REFUSED)


def test_a_gateway_that_is_no_longer_set_up_is_named(shop: Shop) -> None:
    shop.begin()
    del shop.gateways["opay_periodic"]
    with pytest.raises(ConfigError, match="is not set up"):
        shop.refresh()


def test_wrong_terms_are_refused_before_anything_is_written(shop: Shop) -> None:
    for every, times in (("13M", "2"), ("1M", "1"), ("1Y", "10")):
        with pytest.raises(InputError):
            shop.agree(every, times)
    with pytest.raises(InputError, match="option"):
        shop.agree(options={"colour": "red"})
    with pytest.raises(NotFound):
        shop.agreements.get("NOBODY")
    assert shop.agreement_store.all() == []


def test_the_days_of_all_charges_agree_with_the_gateway(shop: Shop) -> None:
    shop.begin()
    shop.watch()
    shop.days(95)
    for charge in shop.found().charges:
        found = shop.day.run(shop.reconcile.run(charge.due, permit(Action.RECONCILE)))
        assert [(one.number, one.match) for one in found] == [(charge.order_no, Match.AGREE)]


def test_a_charge_that_the_gateway_took_back_differs_in_the_reconciliation(shop: Shop) -> None:
    shop.begin()
    shop.watch()
    shop.days(32)
    charge = shop.found().charges[1]
    shop.contract().log[1].code = "10100248"
    (found,) = shop.day.run(shop.reconcile.run(charge.due, permit(Action.RECONCILE)))
    assert found.match is not Match.AGREE


def test_each_charge_is_refunded_by_its_own_number(shop: Shop) -> None:
    shop.begin()
    shop.watch()
    shop.days(32)
    second = shop.found().charges[1]
    may = permit(Action.REFUND, "c", "m")
    refund = shop.day.run(shop.refunds.give(second.order_no, Money(200, "TWD"), "returned", may))
    assert refund.state is RefundState.REFUNDED
    assert shop.simulator.orders.refunded_total("TWD") == 200
    (at_gateway,) = shop.charges_at_gateway()
    assert shop.simulator.orders.refunded(at_gateway) == 200
    with pytest.raises(InputError):
        shop.day.run(shop.refunds.give(second.order_no, Money(301, "TWD"), "returned", may))


def test_a_refund_with_a_lost_answer_is_never_sent_again_and_needs_a_manager(shop: Shop) -> None:
    shop.begin()
    shop.fault(Fault.LOST_ANSWER, "refund")
    may = permit(Action.REFUND, "c", "m")
    refund = shop.day.run(shop.refunds.give(shop.no, Money(200, "TWD"), "returned", may))
    assert refund.state is RefundState.UNKNOWN
    shop.days(2)
    assert shop.refunds.get(refund.refund_no).state is RefundState.REVIEW
    assert shop.simulator.orders.refunded_total("TWD") == 200


# -- without queries ------------------------------------------------------------------------------------------------


def test_signed_notices_settle_charges_where_no_query_can_be_made(day: VirtualDay) -> None:
    shop = Shop(day, queries="no")
    shop.agree()
    shop.customer_pays(shop.now(shop.no))
    shop.pass_time(10)
    assert shop.found().state is A.OPEN
    order = shop.simulator.orders.find("opay_periodic", shop.no)
    assert order is not None
    assert shop.notify(order) == "1|OK"
    assert (shop.now(shop.no).state, shop.found().state) == (State.CAPTURED, A.ACTIVE)
    shop.simulator.scenarios.card_failures = 1
    shop.days(65)
    declined, paid = shop.charges_at_gateway()
    assert shop.states()[1:] == ["expected", "expected"]
    undated = later_notice(MerchantTradeNo=shop.no, ProcessDate="?", Gwsr="1", Amount="500")

    async def arrives() -> str:
        return shop.parts.notices.receive("opay_periodic", *signed_notice(undated))

    assert shop.day.run(arrives()) == "1|OK"
    assert shop.states()[1:] == ["expected", "expected"]
    for one in (declined, paid, paid):
        assert shop.notify(one) == "1|OK"
    assert shop.states() == ["captured", "declined", "captured"]
    assert [one.amount for one in shop.booked()] == [NT500] * 2
    finish(shop)


def test_a_declined_first_authorisation_is_settled_by_its_notice_without_queries(day: VirtualDay) -> None:
    from pos.simulator.orders import OrderStatus

    shop = Shop(day, queries="no")
    shop.agree()
    shop.open_page(shop.now(shop.no))
    order = shop.simulator.orders.find("opay_periodic", shop.no)
    assert order is not None
    order.end(OrderStatus.FAILED, shop.simulator.context.now())
    order.paid_at = shop.simulator.context.now()
    assert shop.notify(order) == "1|OK"
    assert (shop.now(shop.no).state, shop.found().state) == (State.DECLINED, A.FAILED)
    finish(shop)


# -- restarts -------------------------------------------------------------------------------------------------------


def test_a_register_that_was_off_for_months_finds_every_charge(shop: Shop) -> None:
    shop.begin(times="6")
    shop.days(170)

    async def again() -> None:
        await shop.payments.close()
        shop.build()
        shop.agreements.resume()

    shop.day.run(again())
    shop.pass_time(10)
    assert (shop.found().state, shop.states()) == (A.ENDED, ["captured"] * 6)
    assert [f"{one.ended_at:%m-%d}" for one in shop.booked()] == [
        "11-20", "12-20", "01-20", "02-20", "03-20", "04-20"
    ]  # fmt: skip


def test_a_first_charge_that_is_found_weeks_later_does_not_move_the_others(shop: Shop) -> None:
    shop.agree()
    shop.open_page(shop.now(shop.no))

    async def off() -> None:
        await shop.payments.close()

    shop.day.run(off())
    shop.customer_pays(shop.now(shop.no))
    shop.days(40)

    async def on() -> None:
        shop.build()
        shop.recovery.resume()
        shop.agreements.resume()

    shop.day.run(on())
    shop.pass_time(7200)
    assert [one.due for one in shop.found().charges] == [date(2026, 11, 20), date(2026, 12, 20), date(2027, 1, 20)]
    assert shop.states() == ["captured", "captured", "expected"]


@pytest.mark.long
def test_months_with_failures_and_retries_add_up_to_the_gateways_sum(shop: Shop) -> None:
    times = examples(36, 11)  # with every fault twice
    shop.begin(times=str(times))
    shop.watch()
    for month in range(times):
        shop.simulator.scenarios.card_failures = int(month % 5 == 3)
        shop.simulator.scenarios.card_retry = month % 2 == 1
        shop.days(31)
    assert shop.found().state is A.ENDED
    total = sum(one.amount.minor for one in shop.booked())
    assert total == shop.simulator.orders.captured_total("TWD")
    assert times * 5 // 6 * 500 <= total <= times * 500
    assert {one.state for one in shop.found().charges} <= {C.CAPTURED, C.DECLINED}


def test_the_page_is_the_signed_form_of_the_agreement(shop: Shop) -> None:
    from pos.simulator.crypto import opay_mac

    shop.agree(every="6M", times="2")
    page = shop.parts.pages().open(shop.now(shop.no).page_token)
    fields = dict(page.fields)
    assert (fields["PeriodType"], fields["Frequency"], fields["ExecTimes"]) == ("M", "6", "2")
    assert fields["CheckMacValue"] == opay_mac(fields, *PAIR, sha256=True)
    assert httpx.URL(page.url).path.endswith("/Cashier/AioCheckOut/V4")
