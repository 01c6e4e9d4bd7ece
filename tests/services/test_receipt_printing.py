"""Receipts, slips and the drawer; holds, direct debits and tools at MyPay."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pytest

from pos.domain.direct_debit import DebitStop
from pos.domain.events import DrawerFailed
from pos.domain.invoice import TAIPEI
from pos.domain.money import Money
from pos.domain.payment import Attempt, Sale, Tender
from pos.domain.staff import Action
from pos.domain.states import State
from pos.einvoice.printer import Printer, PrinterSettings
from pos.einvoice.receipt_header import ReceiptHeader
from pos.errors import ConfigError, InputError, NoAnswer, NotAllowed
from pos.gateways.capabilities import Outcome
from pos.output import as_json, as_line
from pos.simulator.dialects.mypay import MypayDialect
from pos.simulator.scenarios import Fault
from tests.einvoice.samples import read_codes
from tests.einvoice.test_printer import RecordingPrinter, pictures
from tests.support.access import SIGNED_OUT, EveryPayment, permit
from tests.support.registers import SimulatedShop
from tests.support.virtual import VirtualDay

T = TypeVar("T")
KICK = b"\x1bp\x00"

CAPTURE = permit(Action.CAPTURE)


async def at_once(function: Callable[[], T], /) -> T:
    return function()


class Shop(SimulatedShop):
    def build(self) -> None:
        super().build()
        self.paper = RecordingPrinter()
        printer = Printer(PrinterSettings("file", "/dev/null", drawer=True), lambda _settings: self.paper)
        head = ReceiptHeader("十全茶行", "R1", ZoneInfo("Asia/Taipei"))
        self.printing = self.parts.printing(printer, head, EveryPayment(), at_once)
        self.mypay = self.parts.mypay()

    def sell(self, tender: Tender, gateway: str | None = None, **options: str) -> Attempt:
        sale = Sale(Money(125, "TWD"), (), options)
        taken = self.payments.take(
            SIGNED_OUT, sale, tender, payment_id=f"{self.source.getrandbits(64):x}", gateway=gateway
        )
        return self.day.run(taken)

    def run(self, work: Any) -> Any:
        return self.day.run(work)

    def kinds(self, made: Attempt) -> list[str]:
        return [row.kind for row in self.store.history(made.order_no)]


@pytest.fixture
def shop() -> Iterator[Shop]:
    with VirtualDay() as day:
        made = Shop(day)
        yield made
        made.stop()


def test_cash_opens_the_drawer_and_a_receipt_is_printed_on_request(shop: Shop) -> None:
    made = shop.sell(Tender.CASH)
    shop.pass_time(1)
    assert KICK in shop.paper.output
    assert not shop.paper.output.count(b"\x1dv0\x00")
    shop.run(shop.printing.print_slip(SIGNED_OUT, made.order_no))
    assert pictures(shop.paper.output).height > 200


def test_other_tenders_open_no_drawer(shop: Shop) -> None:
    made = shop.sell(Tender.MYPAY)
    shop.customer_pays(made)
    shop.pass_time(5)
    assert KICK not in shop.paper.output


def test_cash_that_goes_back_opens_the_drawer_too(shop: Shop) -> None:
    made = shop.sell(Tender.CASH)
    shop.pass_time(1)
    kicks = shop.paper.output.count(KICK)
    shop.run(shop.refunds.give(made.order_no, Money(25, "TWD"), "one too many", permit(Action.REFUND)))
    shop.pass_time(1)
    assert shop.paper.output.count(KICK) == kicks + 1


def shut(shop: Shop) -> list[DrawerFailed]:
    return [fact for fact in shop.facts if isinstance(fact, DrawerFailed)]


def test_a_drawer_that_stays_shut_is_said_with_the_sale_or_the_refund(shop: Shop) -> None:
    shop.sell(Tender.CASH)
    shop.pass_time(1)
    assert shut(shop) == [], "it opened"
    shop.paper.slices = shop.paper.jams_at + 1
    made = shop.sell(Tender.CASH)
    shop.pass_time(1)
    assert [(one.order_no, one.refund_no) for one in shut(shop)] == [(made.order_no, "")]
    assert shut(shop)[0].message.spoken()
    back = shop.run(shop.refunds.give(made.order_no, Money(25, "TWD"), "one too many", permit(Action.REFUND)))
    shop.pass_time(1)
    assert [(one.order_no, one.refund_no) for one in shut(shop)[1:]] == [(made.order_no, back.refund_no)]
    paid = shop.sell(Tender.MYPAY)
    shop.customer_pays(paid)
    shop.pass_time(5)
    assert len(shut(shop)) == 2, "no cash, no drawer"


def test_an_atm_slip_until_it_is_paid_then_a_receipt(shop: Shop) -> None:
    made = shop.sell(Tender.ATM, "wanpay")
    assert made.virtual_account is not None
    assert read_codes(shop.run(shop.printing.slip(SIGNED_OUT, made.order_no)).image) == {made.virtual_account.account}
    shop.customer_pays(made)
    shop.pass_time(5)
    assert read_codes(shop.run(shop.printing.slip(SIGNED_OUT, made.order_no)).image) == {made.order_no}


def test_a_code_alone_is_no_slip(shop: Shop) -> None:
    made = shop.sell(Tender.MYPAY)
    with pytest.raises(NotAllowed, match="nothing to print"):
        shop.run(shop.printing.print_slip(SIGNED_OUT, made.order_no))


@pytest.mark.parametrize("tender", [Tender.STORE_BARCODE, Tender.STORE_CODE])
def test_a_convenience_stores_bars_come_with_the_answer(shop: Shop, tender: Tender) -> None:
    made = shop.sell(tender)
    shop.pass_time(4)
    found = shop.now(made.order_no)
    texts = found.details["store_bars"].split()
    assert len(texts) == 3
    assert found.expires_at is not None
    assert ("store_pin" in found.details) is (tender is Tender.STORE_CODE)
    output = as_json(found, (), shop.shop.timezone)
    assert (output["store_bars"], output.get("store_pin", "")) == (texts, found.details.get("store_pin", ""))
    assert found.details.get("store_pin", found.pay_url) in as_line(found)
    assert read_codes(shop.run(shop.printing.slip(SIGNED_OUT, made.order_no)).image) >= set(texts)


# -- MyPay only -------------------------------------------------------------------------------------------------

HOLD = {"pfn": "CREDITCARD", "creditcard_is_automatic_payment": "0"}


def held(shop: Shop) -> Attempt:
    made = shop.sell(Tender.MYPAY, **HOLD)
    shop.customer_pays(made)
    shop.pass_time(4)
    found = shop.now(made.order_no)
    assert (found.state, found.code) == (State.PENDING, "245")
    return found


def test_held_money_is_taken_with_one_key_and_is_there_after_midnight(shop: Shop) -> None:
    made = held(shop)
    assert shop.run(shop.mypay.capture(made.order_no, None, CAPTURE)).code == "247"
    with pytest.raises(NotAllowed, match="Only authorised"):
        shop.run(shop.mypay.capture(made.order_no, None, CAPTURE))
    shop.pass_time(86_400)
    assert shop.now(made.order_no).state is State.CAPTURED
    assert shop.kinds(made).count("capture_done") == 1


def test_a_part_of_it_goes_to_a_manager(shop: Shop) -> None:
    made = held(shop)
    shop.run(shop.mypay.capture(made.order_no, Money(100, "TWD"), CAPTURE))
    shop.pass_time(86_400)
    assert shop.now(made.order_no).state is State.REVIEW


def test_a_hold_that_is_cancelled_is_given_back(shop: Shop) -> None:
    made = held(shop)

    async def cancelled() -> None:
        shop.payments.cancel(SIGNED_OUT, made.order_no)

    shop.run(cancelled())
    shop.pass_time(5)
    assert shop.now(made.order_no).state is State.VOIDED


def test_more_than_is_held_is_not_asked_for(shop: Shop) -> None:
    made = held(shop)
    with pytest.raises(InputError):
        shop.run(shop.mypay.capture(made.order_no, Money(126, "TWD"), CAPTURE))


def test_a_capture_whose_answer_is_lost_is_found_by_the_next_question(shop: Shop) -> None:
    made = held(shop)
    shop.simulator.scenarios.plan(Fault.LOST_ANSWER, "mypay", "service")
    with pytest.raises(NoAnswer):
        shop.run(shop.mypay.capture(made.order_no, None, CAPTURE))
    assert shop.kinds(made)[-1] == "capture_unknown"
    shop.pass_time(86_400)
    assert shop.now(made.order_no).state is State.CAPTURED


def test_a_capture_in_doubt_is_sent_again_only_when_mypay_says_the_money_is_held(shop: Shop) -> None:
    made = held(shop)
    shop.simulator.scenarios.plan(Fault.DROP_BEFORE, "mypay", "service")
    with pytest.raises(NoAnswer):
        shop.run(shop.mypay.capture(made.order_no, None, CAPTURE))
    shop.weather.down.add("mypay")
    with pytest.raises(NotAllowed, match="unclear whether"):
        shop.run(shop.mypay.capture(made.order_no, None, CAPTURE))
    shop.weather.down.clear()
    assert shop.run(shop.mypay.capture(made.order_no, None, CAPTURE)).code == "247"
    assert shop.kinds(made).count("capture_asked") == 2


def test_two_presses_take_held_money_once(shop: Shop) -> None:
    made = held(shop)

    async def twice() -> list[object]:
        presses = [shop.mypay.capture(made.order_no, None, CAPTURE) for _press in range(2)]
        return list(await asyncio.gather(*presses, return_exceptions=True))

    first, second = shop.run(twice())
    assert isinstance(first, Attempt)
    assert isinstance(second, NotAllowed)
    assert shop.kinds(made).count("capture_asked") == 1


def test_a_refused_capture_says_why(shop: Shop) -> None:
    made = held(shop)
    order = shop.simulator.orders.find("mypay", made.order_no)
    assert order is not None
    order.extra["hold"] = "released"
    with pytest.raises(NotAllowed, match="訂單狀態"):
        shop.run(shop.mypay.capture(made.order_no, None, CAPTURE))
    assert "capture_refused" in shop.kinds(made)


def test_a_direct_debit_is_ended_by_its_group(shop: Shop) -> None:
    made = shop.sell(Tender.MYPAY, pfn="DIRECTDEBIT", regular="M")
    shop.customer_pays(made)
    shop.pass_time(5)
    day = shop.day.clock.now().astimezone(TAIPEI).date() + timedelta(days=3)
    done = shop.run(shop.mypay.stop_debit(made.order_no, day, "搬家", permit(Action.STOP_DEBIT)))
    assert (done.outcome, shop.kinds(made)[-1]) == (Outcome.DONE, "debit_stop_done")
    other = shop.sell(Tender.MYPAY, echo_0="regular")
    (debit,) = shop.mypay.debits(permit(Action.SEE_ALL))
    assert (debit.order_no, debit.stop, debit.may_stop) == (made.order_no, DebitStop.DONE, False)
    assert str(debit.message) == f"From {day} on: 搬家"
    with pytest.raises(NotAllowed, match="no direct debit"):
        shop.run(shop.mypay.stop_debit(other.order_no, day, "x", permit(Action.STOP_DEBIT)))


def test_a_direct_debit_is_listed_with_what_the_gateway_told(shop: Shop) -> None:
    made = shop.sell(
        Tender.MYPAY, pfn="DIRECTDEBIT", regular="M", regular_total="12", regular_first_charge_date="20261120"
    )
    (waiting,) = shop.mypay.debits(permit(Action.SEE_ALL))
    assert (waiting.period, waiting.may_stop) == (0, False)
    shop.customer_pays(made)
    shop.pass_time(5)
    (debit,) = shop.mypay.debits(permit(Action.SEE_ALL))
    assert (debit.every, debit.times, debit.first) == ("M", 12, date(2026, 11, 20))
    assert (debit.period, debit.may_stop, debit.stop) == (1, True, DebitStop.NONE)
    shop.pass_time(65 * 86_400)
    assert shop.run(shop.mypay.refresh_debit(made.order_no)).period == 3
    assert shop.now(made.order_no).state is State.CAPTURED
    assert len(shop.ledger.of_order(made.order_no)) == 1, "later charges are the gateway's alone"
    shop.simulator.scenarios.plan(Fault.HTTP_500, "mypay", "query", 9)
    with pytest.raises(NoAnswer, match="did not answer"):
        shop.run(shop.mypay.refresh_debit(made.order_no))


def test_the_tools_are_asked_once_a_day(shop: Shop) -> None:
    amount = Money(125, "TWD")
    assert "CREDITCARD" in shop.run(shop.mypay.tools(amount))
    mypay = shop.simulator.dialects["mypay"]
    assert isinstance(mypay, MypayDialect)
    mypay.tools.remove("CREDITCARD")
    assert "CREDITCARD" in shop.run(shop.mypay.tools(amount))
    shop.pass_time(86_500)
    assert "CREDITCARD" not in shop.run(shop.mypay.tools(amount))


def test_without_mypay_it_is_said_so(shop: Shop) -> None:
    bare = shop.parts.mypay({})
    with pytest.raises(ConfigError, match="not set up"):
        shop.run(bare.tools(Money(1, "TWD")))
    with pytest.raises(ConfigError):
        shop.run(bare.bind_wallet("u", {}, permit(Action.BIND_WALLET)))
