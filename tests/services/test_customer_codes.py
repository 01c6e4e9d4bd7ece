"""Charging the code on a customer's phone: at once, after a password, too late, twice, and never shown whole."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Coroutine, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pos.domain.customer_code import CustomerCode
from pos.domain.invoice import Kind, invoice_request
from pos.domain.money import Money
from pos.domain.payment import CODE_TYPE, Attempt, Sale, Tender
from pos.domain.states import State
from pos.errors import InputError, NoAnswer, NotAllowed
from pos.gateways.base import Answer, Verdict
from pos.gateways.customer_codes import TakesCodes
from pos.i18n import msg
from pos.services.answer_rules import CONFIRMING
from pos.services.customer_codes import REMEMBERED
from pos.services.payments import PossibleDuplicate
from pos.simulator.control import act
from pos.simulator.orders import SimOrder
from pos.simulator.scenarios import CodeFate, Fault
from pos.simulator.transport import NetworkFaults
from tests.services.conftest import MakeRegister, Register
from tests.support.access import SIGNED_OUT
from tests.support.gateways import Scripted
from tests.support.registers import SimulatedShop
from tests.support.rows import wrong
from tests.support.virtual import VirtualClock, VirtualDay

WECHAT, ALIPAY, OTHER = "134567890123456789", "283854702356157409", "6212345678901234567"


@pytest.fixture
def day() -> Iterator[VirtualDay]:
    with VirtualDay() as virtual:
        yield virtual


@pytest.fixture
def shop(day: VirtualDay) -> Iterator[SimulatedShop]:
    made = SimulatedShop(day, currency="HKD")
    yield made
    finish(made)


def finish(shop: SimulatedShop) -> None:
    assert shop.simulator.orders.requested_twice() == []
    assert wrong(shop.database) == []
    shop.stop()


def scan(shop: SimulatedShop, digits: str = ALIPAY, *, amount: int = 1250, payment: str = "p1", **more: Any) -> Attempt:
    sale = Sale(Money(amount, shop.shop.currency), (), more.pop("options", {}))
    code = CustomerCode(digits)
    return shop.day.run(
        shop.payments.take(SIGNED_OUT, sale, more.pop("tender", None), payment_id=payment, customer_code=code, **more)
    )


def order_of(shop: SimulatedShop, attempt: Attempt) -> SimOrder:
    found = shop.simulator.orders.find(attempt.gateway, attempt.order_no)
    assert found is not None
    return found


def customer(shop: SimulatedShop, attempt: Attempt, action: str) -> None:
    async def on_the_loop() -> None:
        act(shop.simulator.context, order_of(shop, attempt), action)

    shop.day.run(on_the_loop())


def kinds(shop: SimulatedShop, attempt: Attempt) -> list[str]:
    return [row.kind for row in shop.store.history(attempt.order_no)]


# -- paid at once -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("digits", "tender", "kind"),
    [(ALIPAY, Tender.ALIPAY, "800108"), (WECHAT, Tender.WECHAT, "801008")],
)
def test_a_code_is_charged_at_once_by_the_wallet_that_it_shows(
    shop: SimulatedShop, digits: str, tender: Tender, kind: str
) -> None:
    attempt = scan(shop, digits)
    assert (attempt.state, attempt.tender, attempt.code_type) == (State.CAPTURED, tender, kind)
    assert kinds(shop, attempt) == ["created", "send", "paid"]
    assert shop.now(attempt.order_no).code_type == kind


def test_a_code_that_does_not_tell_its_wallet_is_charged_by_the_way_that_was_chosen(day: VirtualDay) -> None:
    shop = SimulatedShop(day, currency="HKD", options={"qfpay": {"customer_codes": "any"}})
    with pytest.raises(InputError) as caught:
        scan(shop, OTHER)
    assert caught.value.field == "tender"
    attempt = scan(shop, OTHER, tender=Tender.WECHAT)
    assert (attempt.state, attempt.tender, attempt.code_type) == (State.CAPTURED, Tender.WECHAT, "800008")
    finish(shop)


def test_the_code_of_one_wallet_is_not_charged_by_another_one(shop: SimulatedShop) -> None:
    with pytest.raises(InputError) as caught:
        scan(shop, ALIPAY, tender=Tender.WECHAT)
    assert "Alipay" in caught.value.spoken()
    assert shop.simulator.orders.all() == []
    assert scan(shop, ALIPAY, tender=Tender.ALIPAY).state is State.CAPTURED


def test_hong_kongs_wallets_charge_the_codes_of_their_own_app(shop: SimulatedShop) -> None:
    with pytest.raises(InputError, match="Alipay"):
        scan(shop, ALIPAY, tender=Tender.WECHAT_HK)
    for number, (digits, tender, kind) in enumerate(
        ((ALIPAY, Tender.ALIPAY_HK, "800108"), (WECHAT, Tender.WECHAT_HK, "801008"), (OTHER, Tender.UNIONPAY, "800708"))
    ):
        attempt = scan(shop, digits, tender=tender, payment=f"p{number}", amount=1250 + number)
        assert (attempt.state, attempt.tender, attempt.code_type) == (State.CAPTURED, tender, kind)


@pytest.mark.parametrize("tender", [Tender.CASH, Tender.ATM, Tender.MYPAY, Tender.FPS])
def test_other_ways_to_pay_take_no_codes(shop: SimulatedShop, tender: Tender) -> None:
    with pytest.raises(InputError):
        scan(shop, ALIPAY, tender=tender)
    assert shop.store.of_payment("p1") == []


def test_a_gateway_that_takes_no_codes_is_not_tried(day: VirtualDay) -> None:
    shop = SimulatedShop(day)
    with pytest.raises(InputError) as caught:
        scan(shop, WECHAT)
    assert caught.value.field in ("auth_code", "currency", "gateway")
    assert shop.simulator.orders.all() == []
    offers = shop.payments._routes.offers()
    assert [one.tender for one in offers if one.takes_codes] == []
    finish(shop)


def test_the_offers_say_which_ways_take_codes(day: VirtualDay) -> None:
    for currency, options, tenders in (
        ("HKD", {}, [Tender.WECHAT, Tender.ALIPAY]),
        ("HKD", {"qfpay": {"customer_codes": "no"}}, []),
        ("TWD", {"mypay": {"customer_codes": "yes"}}, [Tender.WECHAT, Tender.MYPAY]),
    ):
        shop = SimulatedShop(day, currency=currency, options=options)
        assert [one.tender for one in shop.payments._routes.offers() if one.takes_codes] == tenders
        shop.stop()


@pytest.mark.parametrize(
    ("digits", "tender", "options", "kind"),
    [
        (WECHAT, None, {}, "WECHATOFF"),
        (OTHER, Tender.MYPAY, {}, "OFFLINE"),
        (ALIPAY, Tender.MYPAY, {"pfn": "LINEPAYOFF"}, "LINEPAYOFF"),
    ],
)
def test_mypay_charges_codes_where_its_setting_allows_it(
    day: VirtualDay, digits: str, tender: Tender | None, options: dict[str, str], kind: str
) -> None:
    shop = SimulatedShop(day, options={"mypay": {"customer_codes": "yes"}})
    attempt = scan(shop, digits, tender=tender, options=options)
    assert (attempt.state, attempt.gateway, attempt.code_type) == (State.CAPTURED, "mypay", kind)
    finish(shop)


def test_a_sale_with_an_e_invoice_takes_a_code_where_one_is_issued(day: VirtualDay) -> None:
    shop = SimulatedShop(day, options={"mypay": {"customer_codes": "yes"}})
    attempt = scan(shop, WECHAT, invoice_request=invoice_request(Kind.PAPER))
    assert attempt.state is State.CAPTURED
    invoice = shop.invoices.find(attempt.order_no)
    assert invoice is not None
    assert invoice.owed
    finish(shop)


# -- the customer types a password ------------------------------------------------------------------------------


def test_the_register_waits_while_the_customer_types_a_password(shop: SimulatedShop) -> None:
    shop.simulator.scenarios.code_fate = CodeFate.CONFIRM
    attempt = scan(shop)
    assert (attempt.state, attempt.message.text, attempt.pay_url) == (State.PENDING, CONFIRMING, "")
    shop.pass_time(40)
    assert shop.now(attempt.order_no).message.text == CONFIRMING
    customer(shop, attempt, "pay")
    shop.pass_time(10)
    assert shop.now(attempt.order_no).state is State.CAPTURED


def test_a_customer_who_declines_on_the_phone_has_not_paid(shop: SimulatedShop) -> None:
    shop.simulator.scenarios.code_fate = CodeFate.CONFIRM
    attempt = scan(shop)
    customer(shop, attempt, "fail")
    shop.pass_time(10)
    assert shop.now(attempt.order_no).state is State.DECLINED


@pytest.mark.parametrize("digits", [ALIPAY, WECHAT])
def test_after_two_minutes_without_a_result_the_charge_is_reversed(shop: SimulatedShop, digits: str) -> None:
    shop.simulator.scenarios.code_fate = CodeFate.CONFIRM
    attempt = scan(shop, digits)
    shop.pass_time(115)
    assert shop.now(attempt.order_no).state is State.PENDING
    shop.pass_time(20)
    after = shop.now(attempt.order_no)
    assert after.state is State.VOIDED
    assert kinds(shop, attempt)[-2:] == ["cancel", "void_done"]
    assert order_of(shop, attempt).status.value == "voided"


def test_money_after_a_reversal_goes_to_a_manager(shop: SimulatedShop) -> None:
    shop.simulator.scenarios.code_fate = CodeFate.CONFIRM
    attempt = scan(shop)
    shop.pass_time(140)
    assert shop.now(attempt.order_no).state is State.VOIDED
    customer(shop, attempt, "pay_late")
    shop.pass_time(700)
    found = shop.now(attempt.order_no)
    assert (found.state, found.received or found.amount) == (State.REVIEW, attempt.amount)


def test_money_that_wins_against_the_reversal_goes_to_a_manager(shop: SimulatedShop) -> None:
    shop.simulator.scenarios.code_fate = CodeFate.CONFIRM
    shop.simulator.scenarios.plan(Fault.DROP_BEFORE, "qfpay", "void", times=3)
    attempt = scan(shop)
    shop.pass_time(127)
    assert shop.now(attempt.order_no).state is State.VOIDING
    customer(shop, attempt, "pay")
    shop.pass_time(60)
    assert shop.now(attempt.order_no).state is State.REVIEW


def test_a_gateway_that_is_silent_for_two_minutes_is_asked_to_reverse(shop: SimulatedShop) -> None:
    shop.simulator.scenarios.plan(Fault.LOST_ANSWER, "qfpay", "charge")
    shop.simulator.scenarios.code_fate = CodeFate.CONFIRM
    shop.simulator.scenarios.plan(Fault.DROP_BEFORE, "qfpay", "query", times=40)
    attempt = scan(shop)
    assert attempt.state is State.UNKNOWN
    shop.pass_time(140)
    found = shop.now(attempt.order_no)
    assert (found.state, found.gateway_ref) == (State.VOIDED, order_of(shop, attempt).ref)


def test_the_cashier_may_reverse_earlier(shop: SimulatedShop) -> None:
    shop.simulator.scenarios.code_fate = CodeFate.CONFIRM
    attempt = scan(shop)

    async def cancel() -> None:
        shop.payments.cancel(SIGNED_OUT, attempt.order_no)

    shop.day.run(cancel())
    shop.pass_time(10)
    assert shop.now(attempt.order_no).state is State.VOIDED


def test_a_register_that_was_off_meanwhile_reverses_when_it_is_on_again(shop: SimulatedShop) -> None:
    shop.simulator.scenarios.code_fate = CodeFate.CONFIRM
    attempt = scan(shop)
    shop.day.run(shop.payments.close())
    shop.pass_time(200)
    shop.build()
    shop.resume()
    shop.pass_time(5)
    assert shop.now(attempt.order_no).state is State.VOIDED


def test_a_clock_that_is_a_day_ahead_gives_the_customer_the_same_two_minutes(day: VirtualDay) -> None:
    shop = SimulatedShop(day, currency="HKD")
    shop.simulator.scenarios.clock_skew = -86400.0
    shop.simulator.scenarios.code_fate = CodeFate.CONFIRM
    attempt = scan(shop)
    shop.pass_time(110)
    assert shop.now(attempt.order_no).state is State.PENDING
    shop.pass_time(25)
    assert shop.now(attempt.order_no).state in (State.VOIDING, State.VOIDED)
    finish(shop)


# -- codes that bring no money ----------------------------------------------------------------------------------


@pytest.mark.parametrize("fate", [CodeFate.POOR, CodeFate.WRONG, CodeFate.EXPIRED])
def test_a_code_that_is_refused_may_be_followed_by_a_new_one_for_the_same_payment(
    shop: SimulatedShop, fate: CodeFate
) -> None:
    shop.simulator.scenarios.codes[ALIPAY] = fate
    first = scan(shop)
    assert (first.state, bool(first.message)) == (State.DECLINED, True)
    again = scan(shop, ALIPAY.replace("7", "8"))
    assert (again.state, again.payment_id) == (State.CAPTURED, first.payment_id)
    assert shop.simulator.orders.captured_total("HKD") == 1250


def test_a_second_scan_of_the_same_code_charges_nothing(shop: SimulatedShop) -> None:
    scan(shop)
    for payment in ("p1", "p2"):
        with pytest.raises(NotAllowed):
            scan(shop, payment=payment)
    assert shop.simulator.orders.captured_total("HKD") == 1250
    assert len(shop.simulator.orders.all()) == 1


def test_two_scans_at_the_same_moment_are_one_charge(shop: SimulatedShop) -> None:
    sale, code = Sale(Money(1250, "HKD")), CustomerCode(ALIPAY)

    async def both() -> list[Attempt | BaseException]:
        calls = (
            shop.payments.take(SIGNED_OUT, sale, None, payment_id=name, customer_code=code, even_if_duplicate=True)
            for name in ("p1", "p1", "p2")
        )
        return await asyncio.gather(*calls, return_exceptions=True)

    found = shop.day.run(both())
    assert [isinstance(one, Attempt) for one in found] == [True, False, False]
    assert len(shop.simulator.orders.all()) == 1


def test_a_code_is_not_remembered_for_ever(shop: SimulatedShop) -> None:
    scan(shop)
    shop.pass_time(REMEMBERED + 1)
    assert scan(shop, payment="p2").state is State.DECLINED  # the gateway refuses it


def test_a_payment_in_doubt_of_the_same_amount_is_checked_first(shop: SimulatedShop) -> None:
    shop.simulator.scenarios.plan(Fault.LOST_ANSWER, "qfpay", "charge")
    scan(shop)
    with pytest.raises(PossibleDuplicate):
        scan(shop, WECHAT, payment="p2")
    assert scan(shop, WECHAT, payment="p2", even_if_duplicate=True).state is State.CAPTURED


# -- nothing was sent -------------------------------------------------------------------------------------------


def test_a_code_that_was_not_sent_is_scanned_again_for_the_same_attempt(day: VirtualDay) -> None:
    shop = SimulatedShop(day, currency="HKD", weather=NetworkFaults(random.Random(0), down={"qfpay"}))
    attempt = scan(shop)
    assert attempt.state is State.CREATED
    shop.weather.down.clear()
    with pytest.raises(NotAllowed) as caught:
        day.run(shop.payments.send_again(SIGNED_OUT, attempt.order_no))
    assert "Scan" in caught.value.spoken()
    with pytest.raises(InputError):  # of another wallet
        day.run(shop.payments.send_again(SIGNED_OUT, attempt.order_no, CustomerCode(WECHAT)))
    again = day.run(shop.payments.send_again(SIGNED_OUT, attempt.order_no, CustomerCode(ALIPAY)))
    assert (again.order_no, again.state) == (attempt.order_no, State.CAPTURED)
    finish(shop)


def test_a_payment_by_link_is_not_sent_again_with_a_code(day: VirtualDay) -> None:
    shop = SimulatedShop(day, currency="HKD", weather=NetworkFaults(random.Random(0), down={"qfpay"}))
    attempt = shop.take(Tender.ALIPAY, 1250)
    shop.weather.down.clear()
    with pytest.raises(NotAllowed):
        day.run(shop.payments.send_again(SIGNED_OUT, attempt.order_no, CustomerCode(ALIPAY)))
    assert shop.now(attempt.order_no).state is State.CREATED
    finish(shop)


# -- the code is a secret ---------------------------------------------------------------------------------------


def test_no_digit_of_a_code_is_in_the_journal_nor_on_the_bus(
    tmp_path: Path, day: VirtualDay, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    shop = SimulatedShop(day, currency="HKD", path=tmp_path / "counter.sqlite")
    for number, fault in enumerate((None, Fault.LOST_ANSWER, Fault.WRONG_TYPE, Fault.OTHER_ORDER, Fault.BAD_SIGNATURE)):
        if fault is not None:
            shop.simulator.scenarios.plan(fault, "qfpay", "charge")
        scan(shop, f"{ALIPAY[:-1]}{number}", payment=f"p{number}", amount=1250 + number)
        shop.pass_time(10)
    seen = repr(shop.facts) + "".join(str(record.__dict__) for record in caplog.records)
    finish(shop)
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert ALIPAY[2:-4].encode() not in written
    assert ALIPAY[2:-4] not in seen


def take(register: Register, sale: Sale) -> Coroutine[Any, Any, Attempt]:
    return register.payments.take(SIGNED_OUT, sale, None, payment_id="p1", customer_code=CustomerCode(WECHAT))


class Echo(Scripted, TakesCodes):
    """A gateway that repeats the code in all that it says."""

    FACTS = replace(Scripted.FACTS, tenders={Tender.WECHAT: ""})

    def __init__(self, clock: VirtualClock, *answers: Answer | NoAnswer) -> None:
        super().__init__(clock)
        self.answers = list(answers)

    def code_type(self, tender: Tender, options: Mapping[str, str]) -> str:
        return "ECHO"

    async def charge_code(self, attempt: Attempt, code: CustomerCode) -> Answer:
        found = self.answers.pop(0)
        if isinstance(found, NoAnswer):
            raise found
        return replace(found, message=replace(found.message, args={"words": f"code {code.digits}"}))


@pytest.mark.parametrize("verdict", [Verdict.REFUSED, Verdict.UNSURE, Verdict.REJECTED])
def test_a_gateway_that_repeats_the_code_does_not_get_it_into_the_journal(
    make_register: MakeRegister, day: VirtualDay, verdict: Verdict
) -> None:
    said = Answer(verdict, WECHAT, msg("The gateway says: {words}"), details={"sent": WECHAT})
    register = make_register(Echo(day.clock, said))
    sale = Sale(Money(125, "TWD"))
    attempt = register.run(take(register, sale))
    assert "13…6789" in attempt.message.spoken()
    rows = register.database.rows("SELECT body FROM journal") + register.database.rows("SELECT * FROM attempts")
    assert WECHAT not in repr(rows)
    assert WECHAT not in repr(register.facts)


def test_an_error_that_repeats_the_code_does_not_get_it_into_the_journal(
    make_register: MakeRegister, day: VirtualDay
) -> None:
    register = make_register(Echo(day.clock, NoAnswer(msg("The gateway says: {words}", words=WECHAT))))
    sale = Sale(Money(125, "TWD"))
    attempt = register.run(take(register, sale))
    assert attempt.state is State.UNKNOWN
    assert attempt.details[CODE_TYPE] == "ECHO"
    assert WECHAT not in repr(register.database.rows("SELECT body FROM journal"))
