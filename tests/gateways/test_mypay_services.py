"""MyPay's other commands: the client against the simulator, which is written from the same document."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from pos.domain.invoice import TAIPEI, Kind, invoice_request
from pos.domain.money import Money
from pos.domain.payment import Attempt, Line, Tender
from pos.einvoice.payload import read_proof, refusal_reason
from pos.errors import BadReply, ConfigError, InputError
from pos.gateways.base import Shop
from pos.gateways.capabilities import Outcome, Result
from pos.gateways.http import Wire
from pos.gateways.mypay.client import Mypay
from pos.gateways.mypay.services import MypayServices
from pos.simulator.app import Simulator
from pos.simulator.dialects.mypay import MypayDialect
from pos.simulator.orders import OrderStatus, SimOrder
from pos.simulator.transport import InProcess, NetworkFaults
from tests.gateways.conftest import client, replying
from tests.gateways.conftest import run as run_once
from tests.support.registers import BASE, config_of
from tests.support.shop import attempt
from tests.support.virtual import VirtualDay

DAY = 86_400
LINES = (Line("紅茶", Money(50, "TWD"), 2), Line("蛋糕", Money(25, "TWD"), 1))


class Bench:
    """A client, its commands and the gateway on one virtual clock (12:00 of 20 November in Taipei)."""

    def __init__(self, day: VirtualDay) -> None:
        self.day = day
        self.simulator = Simulator(day.clock, random.Random(5))
        self.simulator.announcement(BASE)
        wire = Wire("mypay", day.clock, InProcess(self.simulator, NetworkFaults(random.Random(6))))
        shop = Shop("測試商店", "R1", "TWD", ZoneInfo("Asia/Taipei"), address="192.168.1.20")
        self.mypay = Mypay(config_of(self.simulator, "mypay"), shop, wire, random.Random(7))
        self.services = MypayServices(self.mypay)

    def order(self, number: str = "A1", *, lines: tuple[Line, ...] = LINES, **extra: Any) -> Attempt:
        """Return an order as the register places it; ``extra`` are further fields of the document's table."""
        made = attempt(number, tender=Tender.MYPAY, lines=lines, amount=Money(125, "TWD"))

        async def placed() -> dict[str, Any]:
            return await self.mypay.call("api/orders", self.mypay._body(made) | extra)

        found = self.day.run(placed())
        assert found["code"] == "200", found
        return attempt(
            number, tender=Tender.MYPAY, lines=lines, amount=made.amount,
            gateway_ref=str(found["uid"]), gateway_key=found["key"],
        )  # fmt: skip

    def paid(self, number: str = "A1", **extra: Any) -> Attempt:
        made = self.order(number, **extra)
        self.day.run(self.customer_pays(number))
        return made

    async def customer_pays(self, number: str) -> None:
        self.simulator.context.pay(self.of(number))

    def of(self, number: str = "A1") -> SimOrder:
        found = self.simulator.orders.find("mypay", number)
        assert found is not None
        return found

    def sleep(self, seconds: float) -> None:
        self.day.run(self.day.clock.sleep(seconds))

    def run(self, work: Any) -> Any:
        return self.day.run(work)

    def query(self, made: Attempt) -> dict[str, Any]:
        found: dict[str, Any] = self.run(
            self.mypay.call("api/queryorder", {"uid": made.gateway_ref, "key": made.gateway_key})
        )
        return found


@pytest.fixture
def bench() -> Iterator[Bench]:
    with VirtualDay() as day:
        yield Bench(day)


# -- holds ------------------------------------------------------------------------------------------------------


def test_a_hold_is_captured_once_in_part_within_five_days(bench: Bench) -> None:
    made = bench.paid(pfn="CREDITCARD", creditcard_is_automatic_payment="0")
    assert bench.query(made)["prc"] == "245"
    assert bench.of().status is OrderStatus.UNPAID
    taken = bench.run(bench.services.capture(made, Money(100, "TWD"), (LINES[0],)))
    assert (taken.outcome, taken.found["content"]["prc"]) == (Outcome.DONE, "247")
    assert bench.run(bench.services.capture(made, Money(25, "TWD"))).outcome is Outcome.REFUSED
    bench.sleep(DAY)
    found = bench.query(made)
    assert (found["prc"], found["actual_cost"]) == ("250", 100)


def test_a_hold_may_be_released(bench: Bench) -> None:
    made = bench.paid(pfn="CREDITCARD", creditcard_is_automatic_payment="0")
    freed = bench.run(bench.services.release(made))
    assert (freed.outcome, freed.found["content"]["prc"]) == (Outcome.DONE, "300")
    assert bench.run(bench.services.release(made)).outcome is Outcome.REFUSED


def test_a_hold_ends_by_itself_after_five_days(bench: Bench) -> None:
    made = bench.paid(pfn="CREDITCARD", creditcard_is_automatic_payment="0")
    bench.sleep(5 * DAY + 60)
    assert bench.run(bench.services.capture(made, Money(125, "TWD"))).outcome is Outcome.REFUSED
    assert bench.query(made)["prc"] == "300"


def test_an_immediate_payment_has_no_hold(bench: Bench) -> None:
    made = bench.paid(pfn="CREDITCARD")
    assert bench.run(bench.services.capture(made, Money(125, "TWD"))).outcome is Outcome.REFUSED
    assert bench.run(bench.services.release(made)).outcome is Outcome.REFUSED


def test_captured_items_must_be_those_of_the_order(bench: Bench) -> None:
    made = bench.paid(pfn="CREDITCARD", creditcard_is_automatic_payment="0")
    other = (Line("咖啡", Money(100, "TWD"), 1),)
    assert bench.run(bench.services.capture(made, Money(100, "TWD"), other)).outcome is Outcome.REFUSED
    assert bench.run(bench.services.capture(made, Money(99, "TWD"), (LINES[0],))).outcome is Outcome.REFUSED


# -- direct debits ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unit", "days", "periods"),
    [("W", 21, 4), ("F", 28, 3), ("M", 62, 3), ("S", 182, 3), ("H", 182, 2), ("A", 366, 2), ("O", 400, 1)],
)
def test_periods_are_charged_on_their_days(bench: Bench, unit: str, days: int, periods: int) -> None:
    made = bench.paid(pfn="DIRECTDEBIT", regular=unit, regular_total="0")
    bench.sleep(days * DAY)
    found = bench.query(made)
    assert (found["prc"], found["nois"], found["actual_cost"]) == ("250", str(periods), 125 * periods)


def test_a_contract_ends_with_its_periods_or_when_it_is_stopped(bench: Bench) -> None:
    made = bench.paid(pfn="DIRECTDEBIT", regular="M", regular_total="2")
    bench.sleep(200 * DAY)
    assert bench.query(made)["nois"] == "2"
    other = bench.paid("A2", pfn="DIRECTDEBIT", regular="M", regular_total="0")
    group = bench.query(other)["group_id"]
    today = bench.day.clock.now().astimezone(TAIPEI).date()
    refused = bench.run(bench.services.stop_debit("A2", group, today, "搬家"))
    assert (refused.outcome, "停扣日" in str(refused.message)) == (Outcome.REFUSED, True)
    stopped = bench.run(bench.services.stop_debit("A2", group, today + timedelta(days=40), "搬家"))
    assert stopped.outcome is Outcome.DONE
    bench.sleep(300 * DAY)
    assert bench.query(other)["nois"] == "2"
    assert bench.run(bench.services.stop_debit("A2", "D0", date(2030, 1, 1), "x")).outcome is Outcome.REFUSED


# -- invoices ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "input_type", "printable"),
    [
        (invoice_request(Kind.PAPER), 3, True),
        (invoice_request(Kind.PAPER, ban="04595257", title="好公司"), 3, True),
        (invoice_request(Kind.MOBILE, "/ABC+123"), 1, False),
        (invoice_request(Kind.MOBILE, "/ABC+123", ban="04595257"), 1, False),
        (invoice_request(Kind.CERTIFICATE, "AB12345678901234"), 1, False),
        (invoice_request(Kind.DONATION, "007"), 2, False),
    ],
)
def test_every_requested_invoice_is_issued_and_found_by_a_query(
    bench: Bench, asked: Any, input_type: int, printable: bool
) -> None:
    made = bench.paid()
    assert bench.run(bench.services.query_invoice(made)) is None
    issued: Result = bench.run(bench.services.issue_invoice(made, asked))
    assert (issued.outcome, issued.found["state"]) == (Outcome.DONE, 2)
    found = bench.run(bench.services.query_invoice(made))
    assert found["input_type"] == input_type
    assert found["number"] == issued.found["number"]
    assert (not refusal_reason(found)) is printable
    if printable:
        proof = read_proof(found)
        assert (proof.total, proof.buyer, proof.for_company) == (125, asked.ban, bool(asked.ban))
        assert [line.name for line in proof.lines] == ["紅茶", "蛋糕"]


def test_an_invoice_is_issued_once_and_within_two_days(bench: Bench) -> None:
    made = bench.paid()
    bench.run(bench.services.issue_invoice(made, invoice_request(Kind.PAPER)))
    again = bench.run(bench.services.issue_invoice(made, invoice_request(Kind.PAPER)))
    assert (again.outcome, "已開立" in str(again.message)) == (Outcome.REFUSED, True)
    late = bench.paid("A2")
    bench.sleep(2 * DAY + 60)
    assert "48" in str(bench.run(bench.services.issue_invoice(late, invoice_request(Kind.PAPER))).message)


def test_an_unpaid_order_gets_no_invoice(bench: Bench) -> None:
    assert (
        bench.run(bench.services.issue_invoice(bench.order(), invoice_request(Kind.PAPER))).outcome is Outcome.REFUSED
    )


def test_an_invoice_may_be_issued_with_the_payment(bench: Bench) -> None:
    carrier: dict[str, Any] = {"invoice_input_type": 1, "invoice_cloud_type": "2", "invoice_mobile_code": "/ABC+123"}
    made = bench.paid(issue_invoice_state=1, **carrier)
    found = bench.query(made)
    assert (found["invoice_state"], found["invoice_mobile_code"]) == (2, "/ABC+123")
    assert bench.run(bench.services.query_invoice(made))["cloud_type"] == "2"


# -- customers and tools ----------------------------------------------------------------------------------------


def test_a_wallet_is_bound_on_mypays_page(bench: Bench) -> None:
    bound = bench.run(bench.services.bind_wallet("member-7", {"user_name": "王小明", "user_birthday": "19900131"}))
    assert (bound.outcome, "/ewallet/" in bound.found["url"]) == (Outcome.DONE, True)
    for user, person in (("", {}), ("u", {"shoe_size": "42"}), ("u" * 256, {})):
        with pytest.raises(InputError):
            bench.run(bench.services.bind_wallet(user, person))


def test_the_shops_tools_depend_on_the_sum(bench: Bench) -> None:
    small = bench.run(bench.services.tools(Money(125, "TWD")))
    large = bench.run(bench.services.tools(Money(30_000, "TWD")))
    assert {"BARCODE", "CREDITCARD"} <= set(small)
    assert set(small) - set(large) == {"BARCODE", "CSTORECODE"}


# -- answers that are not to be believed ------------------------------------------------------------------------

OURS = attempt(gateway_ref="88", gateway_key="k" * 32)


def answered(reply: object) -> MypayServices:
    made = client("mypay", replying(reply))
    assert isinstance(made, Mypay)
    return MypayServices(made)


def test_an_order_without_its_number_is_not_queried() -> None:
    with pytest.raises(InputError, match="not known"):
        run_once(answered({}).release(attempt()))


@pytest.mark.parametrize(
    "reply",
    [
        {"code": "B200", "uid": "99", "key": "k" * 32},
        {"code": "B200", "uid": "88", "key": "x" * 32},
        {"uid": "88", "key": "k" * 32},
        {"code": []},
    ],
)
def test_an_answer_about_another_order_is_no_answer(reply: object) -> None:
    with pytest.raises(BadReply):
        run_once(answered(reply).issue_invoice(OURS, invoice_request(Kind.PAPER)))


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("B200", Outcome.DONE),
        ("B500", Outcome.REFUSED),
        ("100", Outcome.REFUSED),
        ("400", Outcome.UNSURE),
        ("7", Outcome.UNSURE),
    ],
)
def test_only_a_listed_code_is_an_answer(code: str, outcome: Outcome) -> None:
    assert run_once(answered({"code": code, "msg": "x"}).release(OURS)).outcome is outcome


def test_content_about_another_order_is_refused() -> None:
    reply = {"code": "B200", "msg": "", "content": {"uid": 88, "order_id": "OTHER"}}
    with pytest.raises(BadReply, match="order_id"):
        run_once(answered(reply).release(OURS))


@pytest.mark.parametrize(
    "reply", [{"uid": "1", "key": "k" * 32}, {"uid": "88", "key": "x"}, {"code": "100", "msg": "x"}]
)
def test_an_invoice_of_another_order_is_refused(reply: object) -> None:
    with pytest.raises(BadReply):
        run_once(answered(reply).query_invoice(OURS))


@pytest.mark.parametrize(
    "reply", [{"code": "B500", "msg": "x"}, {"code": "B200", "content": "CREDITCARD"}, {"code": "100"}]
)
def test_tools_that_cannot_be_read_are_no_tools(reply: object) -> None:
    with pytest.raises(BadReply):
        run_once(answered(reply).tools(Money(1, "TWD")))


def test_a_wallet_page_somewhere_else_is_not_opened() -> None:
    with pytest.raises(BadReply, match="evil"):
        run_once(answered({"code": "B200", "url": "https://evil.example/"}).bind_wallet("u", {}))


# -- the merchant key -------------------------------------------------------------------------------------------


def dated(key_expires: str) -> Mypay:
    made = client("mypay", replying({}), {"key_expires": key_expires})
    assert isinstance(made, Mypay)
    return made


@pytest.mark.parametrize(
    ("today", "words"),
    [
        (date(2026, 10, 1), ""),
        (date(2026, 11, 1), "60 days. Extend"),
        (date(2026, 12, 23), "8 days. Extend"),
        (date(2026, 12, 24), "7 days. MyPay mailed"),
        (date(2026, 12, 31), "0 days"),
        (date(2027, 1, 1), "expired"),
    ],
)
def test_the_keys_last_weeks_are_counted(today: date, words: str) -> None:
    warning = str(dated("2026-12-31").warning(today))
    assert words in warning
    assert bool(warning) == bool(words)
    assert not dated("").warning(today)


def test_a_malformed_last_day_is_refused() -> None:
    with pytest.raises(ConfigError, match="2026-12-31"):
        Mypay.check_config(dated("soon").config)


def test_the_next_key_takes_over_when_the_old_one_ends(bench: Bench) -> None:
    new = "N" * 32
    dialect = bench.simulator.dialects["mypay"]
    assert isinstance(dialect, MypayDialect)
    dialect.renew_key(new, bench.day.clock.now() + timedelta(days=7))
    made = bench.paid()
    bench.sleep(8 * DAY)
    assert bench.query(made)["code"] == "100"
    bench.mypay.config = replace(bench.mypay.config, secrets={**bench.mypay.config.secrets, "store_key_next": new})
    assert bench.query(made)["prc"] == "250"


def test_a_titles_picture_comes_from_mypays_hosts_only() -> None:
    made = client("mypay", lambda request: httpx.Response(200, content=b"picture " + request.method.encode()))
    assert isinstance(made, Mypay)
    services = MypayServices(made)
    assert run_once(services.title_picture("https://pay.usecase.cc/logo.png")) == b"picture GET"
    with pytest.raises(BadReply, match="evil"):
        run_once(services.title_picture("https://evil.example/logo.png"))
