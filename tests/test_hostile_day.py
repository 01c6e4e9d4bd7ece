"""A day whose gateways write hostile text into every field that is not needed to settle a payment.

The real clients against the simulator; then all output of the register is read: command line, slips, files, log.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from pos.cli.main import run
from pos.domain.payment import Attempt, Tender
from pos.domain.refund import Refund, RefundState
from pos.domain.staff import Action
from pos.domain.states import State
from pos.einvoice.receipt_header import ReceiptHeader
from pos.gateways.base import Gateway
from pos.gateways.http import Wire
from pos.gateways.signing import qfpay_body_sign
from pos.i18n import use_language
from pos.logs import FILE_NAME as LOG
from pos.logs import MORE, Masker, install
from pos.services.receipt_printing import draw_slip
from pos.simulator.transport import InProcess
from pos.store.database import FILE_NAME, Database
from tests.services.test_invoicing import Shop
from tests.support.access import SIGNED_OUT, permit
from tests.support.hostile import HOSTILE, as_wire, is_shown_safely, marks_pile_up
from tests.support.rows import wrong
from tests.support.virtual import VirtualDay

NEEDED: Final = frozenset(
    {"MerchantID", "MerchantTradeNo", "RtnCode", "TradeStatus", "TradeAmt", "Data", "orgno", "out_trade_no", "status",
     "orderstatus", "total_fee", "code_url", "expiredate", "bankcode", "sign", "respcd", "order_type", "txamt",
     "txcurrcd", "cancel", "pay_url", "qrcode", "mchid", "syssn", "orig_syssn", "origssn", "code", "url", "uid", "key",
     "prc", "order_id", "cost", "currency", "actual_cost", "actual_currency", "refund_uid", "result_content_type",
     "left_qrcode", "middle_barcode", "right_qrcode", "wordtrack", "number", "rand_code", "date", "seller_ban",
     "buyer_ban", "sales_amount", "tax_amount", "amount", "state", "input_type", "ratetype", "order_detail",
     "finishtime", "title_type", "Quantity", "UnitPrice", "Amount"}
)  # fmt: skip
"""Fields that settle a payment or prove an invoice; every other string of a reply is hostile."""

LONGEST: Final = 1500
"""Characters of a line, with everything in it."""

REFUND: Final = permit(Action.REFUND, "anna")


class Poisoned(httpx.AsyncBaseTransport):
    """The simulator, with ``shop.poison`` in its replies. Only JSON is changed, and signed again."""

    def __init__(self, shop: HostileShop, name: str) -> None:
        self._shop, self._name = shop, name
        self._inner = InProcess(shop.simulator, shop.weather)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        reply = await self._inner.handle_async_request(request)
        body = await reply.aread()
        try:
            body = as_wire(poison_in(json.loads(body), self._shop.poison))
        except ValueError:
            return httpx.Response(reply.status_code, content=body)
        key = self._shop.simulator.credentials["qfpay"]["client_key"]
        headers = {"X-QF-SIGN": qfpay_body_sign(body, key)} if self._name == "qfpay" else {}
        return httpx.Response(reply.status_code, content=body, headers=headers)


def poison_in(value: Any, poison: str, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: poison_in(one, poison, key) for key, one in value.items()}
    if isinstance(value, list):
        return [poison_in(one, poison, name) for one in value]
    if name == "order_detail":
        return json.dumps([row | {"Description": poison} for row in json.loads(value)])
    return poison if isinstance(value, str) and name not in NEEDED else value


class HostileShop(Shop):
    """A shop in Taiwan or Hong Kong whose gateways write ``poison``."""

    def __init__(self, day: VirtualDay, path: Path, currency: str) -> None:
        self.poison = "ok"
        self.of_currency = currency
        super().__init__(day, path)

    def build(self) -> None:
        if self.of_currency != "TWD":
            from dataclasses import replace

            self.shop = replace(self.shop, currency=self.of_currency)
        super().build()

    def _gateway(self, name: str) -> Gateway:
        made = super()._gateway(name)
        made.wire = Wire(name, self.register_clock, Poisoned(self, name))
        return made

    def back(self, made: Attempt) -> Refund:
        given: Refund = self.run(self.refunds.give(made.order_no, made.amount, "returned", REFUND))
        return given


@contextmanager
def logged(folder: Path) -> Iterator[None]:
    """Write the program's log to ``folder`` in the block."""
    hooks, level = (sys.excepthook, threading.excepthook), logging.getLogger().level
    handler = install(folder, Masker())
    try:
        yield
    finally:
        sys.excepthook, threading.excepthook = hooks
        logging.getLogger().removeHandler(handler)
        logging.getLogger().setLevel(level)
        handler.close()


class Day:
    """The sales by outcome, and their slips."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.taiwan, self.hong_kong = folder / "taiwan", folder / "hongkong"
        self.sold: dict[str, list[Attempt]] = {}
        self.heights: list[int] = []
        for place in (self.taiwan, self.hong_kong):
            place.mkdir()
        with logged(folder), VirtualDay() as day:
            for place, currency, sell in (
                (self.taiwan, "TWD", self.in_taiwan),
                (self.hong_kong, "HKD", self.in_hong_kong),
            ):
                shop = HostileShop(day, place / FILE_NAME, currency)
                for number, poison in enumerate(HOSTILE.values()):
                    shop.poison = poison[:20_000]  # a reply of more than 1 MiB is not read at all
                    sell(shop, number)
                shop.stop()

    def keep(self, shop: HostileShop, name: str, made: Attempt) -> None:
        self.sold.setdefault(name, []).append(shop.now(made.order_no))

    def in_taiwan(self, shop: HostileShop, number: int) -> None:
        account = shop.take(Tender.ATM, 125, gateway="wanpay")
        self.keep(shop, "account", account)
        self.keep(shop, "waiting", shop.take(Tender.MYPAY, 125, gateway="mypay"))
        sold = shop.sell(number=f"p{number}")
        shop.pass_time(4)
        self.keep(shop, "sold", sold)
        differing = shop.take(Tender.MYPAY, 125, gateway="mypay")
        shop.customer_pays(differing, 124)
        shop.pass_time(5)
        self.keep(shop, "review", differing)
        head = ReceiptHeader("十全茶行", "R1", shop.shop.timezone)
        self.heights += [draw_slip(head, shop.now(one.order_no)).height for one in (account, sold)]
        self.heights += [sheet.height for sheet in shop.run(shop.invoicing.sheets(SIGNED_OUT, sold.order_no))]

    def in_hong_kong(self, shop: HostileShop, number: int) -> None:
        sold = shop.take(Tender.ALIPAY, 12500, gateway="qfpay")
        shop.customer_pays(sold)
        shop.pass_time(4)
        self.keep(shop, "alipay", sold)
        given = shop.back(shop.now(sold.order_no))
        assert given.state is RefundState.REFUNDED


@pytest.fixture(scope="module")
def hostile_day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    return Day(tmp_path_factory.mktemp("hostile"))


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    use_language("en")


def said(data: Path, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Return the output of one command, standard output and standard error together."""
    assert run(["--data-dir", str(data), "--config", str(data / "counter.toml"), *words]) == 0
    told = capsys.readouterr()
    return told.out + told.err


def settle_the_shop(data: Path, currency: str, language: str) -> None:
    text = f'[shop]\nname = "十全茶行"\ncurrency = "{currency}"\nlanguage = "{language}"\n'
    (data / "counter.toml").write_text(text, encoding="utf-8")


def check(text: str) -> None:
    for line in text.splitlines():
        assert is_shown_safely(line), line
        assert not marks_pile_up(line)


def strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for pair in value.items() for one in pair for text in strings(one)]
    return [text for one in value for text in strings(one)] if isinstance(value, list) else [str(value)]


def test_the_money_and_the_states_are_those_of_an_honest_day(hostile_day: Day) -> None:
    count = len(HOSTILE)
    states = {name: [one.state for one in sold] for name, sold in hostile_day.sold.items()}
    assert states == {
        "account": [State.PENDING] * count,
        "waiting": [State.PENDING] * count,
        "sold": [State.CAPTURED] * count,
        "review": [State.REVIEW] * count,
        "alipay": [State.CAPTURED] * count,
    }
    assert all(one.virtual_account and one.virtual_account.account.isdigit() for one in hostile_day.sold["account"])
    assert {one.paid.minor for one in hostile_day.sold["sold"]} == {125}
    assert {one.paid.minor for one in hostile_day.sold["alipay"]} == {12500}


@pytest.mark.diagonal
@pytest.mark.parametrize("language", ["en", "zh_TW"])
@pytest.mark.parametrize("place", ["taiwan", "hong_kong"])
def test_the_command_line_passes_nothing_on_that_a_terminal_obeys(
    hostile_day: Day, capsys: pytest.CaptureFixture[str], place: str, language: str
) -> None:
    data: Path = getattr(hostile_day, place)
    settle_the_shop(data, "TWD" if place == "taiwan" else "HKD", language)
    calls = [["pending"], ["refunds"], ["invoices"]]
    names = ("account", "waiting", "sold", "review") if place == "taiwan" else ("alipay",)
    calls += [
        ["show", one.order_no] for name in names for one in hostile_day.sold[name][:: 1 if language == "en" else 5]
    ]
    everything = ""
    for call in calls:
        text = said(data, capsys, *call)
        everything += text
        check(text)
        assert all(len(line) <= LONGEST for line in text.splitlines())
        whole = said(data, capsys, *call, "--json")
        check(whole)
        assert whole.count("\n") == 1
        for one in strings(json.loads(whole)):
            assert is_shown_safely(one)
            assert len(one) <= LONGEST
        everything += whole
    if place == "taiwan":  # the hostile text arrived, as plain text
        assert "<b>已付款</b>" in everything


@pytest.mark.diagonal
@pytest.mark.parametrize("form", ["csv", "json", "xlsx", "pdf"])
@pytest.mark.parametrize("place", ["taiwan", "hong_kong"])
def test_a_report_of_the_day_adds_up_and_holds_no_hostile_text(
    hostile_day: Day, capsys: pytest.CaptureFixture[str], tmp_path: Path, place: str, form: str
) -> None:
    data: Path = getattr(hostile_day, place)
    currency = "TWD" if place == "taiwan" else "HKD"
    settle_the_shop(data, currency, "en")
    file = tmp_path / f"day.{form}"
    said(data, capsys, "report", "day", "--date", "2026-11-20", "--format", form, "--out", str(file))
    if form in ("csv", "json"):
        check(file.read_text(encoding="utf-8-sig"))
    if form == "json":
        whole = json.loads(file.read_text(encoding="utf-8"))["totals"][currency]
        assert whole["gross"] == ("1250" if place == "taiwan" else "1250.00")
        assert whole["refunded"] == ("0" if place == "taiwan" else "1250.00")
    assert file.stat().st_size > 100


def test_the_tables_of_the_day_follow_from_its_journal(hostile_day: Day) -> None:
    for place in (hostile_day.taiwan, hostile_day.hong_kong):
        with closing(Database(place / FILE_NAME, read_only=True)) as database:
            assert wrong(database) == []


def test_no_slip_grows_with_a_gateways_text(hostile_day: Day) -> None:
    assert len(hostile_day.heights) == 4 * len(HOSTILE)
    assert max(hostile_day.heights) < 2000


def test_the_log_of_the_day_has_one_entry_a_line(hostile_day: Day) -> None:
    log = hostile_day.folder / LOG
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    for line in lines:
        assert line.isprintable()
        assert line.startswith((MORE, "20"))
        assert len(line) <= 5000
