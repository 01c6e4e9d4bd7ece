"""The simulated periodic cards: the checkout's rules, and contracts over years on the gateway's clock."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from pos.simulator.app import Simulator
from pos.simulator.crypto import opay_mac
from pos.simulator.notices import Notifier
from pos.simulator.orders import OrderStatus
from tests.simulator.caller import HOOK, Caller
from tests.support.virtual import VirtualDay

DAY = 86400.0
PAIR = "5294y06JbISpM5x9", "v77hoKGq4kWxNNIS"


class Shop(Caller):
    """Calls to the simulated gateway."""

    def order(self, gateway: str = "opay_periodic", number: str = "PERIOD0001") -> Any:
        return super().order(gateway, number)

    def sent(self, fields: dict[str, Any], path: str, *, sha256: bool = True, mac: str = "") -> httpx.Response:
        texts = {name: str(value) for name, value in fields.items()}
        signed = {**texts, "CheckMacValue": mac or opay_mac(texts, *PAIR, sha256=sha256)}
        return self.run(self.post(f"/opay_periodic{path}", signed))

    def checkout(self, *, version: str = "V4", sha256: bool = True, **changes: Any) -> httpx.Response:
        fields = {
            "MerchantID": "2000132", "MerchantTradeNo": "PERIOD0001", "MerchantTradeDate": "2026/11/20 09:00:00",
            "PaymentType": "aio", "TotalAmount": 500, "TradeDesc": "會費", "ItemName": "會費 500 元 x 1",
            "ReturnURL": HOOK, "PeriodReturnURL": f"{HOOK}/period", "ChoosePayment": "Credit", "PeriodAmount": 500,
            "PeriodType": "M", "Frequency": 1, "ExecTimes": 12, "EncryptType": 1,
        } | changes  # fmt: skip
        fields = {name: value for name, value in fields.items() if value is not None}
        return self.sent(fields, f"/Cashier/AioCheckOut/{version}", sha256=sha256)

    def asked(self, call: str = "QueryCreditCardPeriodInfo", number: str = "PERIOD0001", **changes: Any) -> Any:
        fields = {"MerchantID": "2000132", "MerchantTradeNo": number, "TimeStamp": self.now()} | changes
        return self.sent(fields, f"/Cashier/{call}")

    def info(self) -> Any:
        return json.loads(self.asked().text)

    def pays(self) -> None:
        async def on_the_loop() -> None:
            self.simulator.context.pay(self.order())

        self.run(on_the_loop())

    def days(self, count: float) -> None:
        self.run(self.clock.sleep(count * DAY))


@pytest.fixture
def shop() -> Iterator[Shop]:
    with VirtualDay() as day:
        yield Shop(day=day)


def test_a_signed_order_gets_a_page_with_the_card_form(shop: Shop) -> None:
    page = shop.checkout()
    assert "/phone/order/opay_periodic/PERIOD0001" in page.text
    phone = shop.run(shop.client.get("/phone/order/opay_periodic/PERIOD0001?lang=en")).text
    assert "Card number" in phone
    assert "Every 1 months, 12 charges in all" in phone
    shop.run(shop.post("/phone/order/opay_periodic/PERIOD0001/pay", {"card": "4311 9522 2222 2222", "cvc": "222"}))
    assert shop.order().status is OrderStatus.PAID


def test_another_card_is_declined(shop: Shop) -> None:
    shop.checkout()
    shop.run(shop.post("/phone/order/opay_periodic/PERIOD0001/pay", {"card": "4000 0000 0000 0000"}))
    assert shop.order().status is OrderStatus.FAILED
    assert "TradeStatus=10200095" in shop.asked("QueryTradeInfo/V4").text


@pytest.mark.parametrize(
    "changes",
    [
        {"MerchantID": "9999999"}, {"MerchantTradeNo": "ABC"}, {"MerchantTradeNo": "A" * 21}, {"PaymentType": "x"},
        {"TotalAmount": 0, "PeriodAmount": 0}, {"TradeDesc": "<b>"}, {"ItemName": None}, {"ChoosePayment": "ALL"},
        {"PeriodAmount": 501}, {"PeriodType": "W"}, {"Frequency": 13}, {"Frequency": 0}, {"ExecTimes": 1},
        {"ExecTimes": 100}, {"PeriodType": "Y", "Frequency": 2}, {"PeriodType": "Y", "ExecTimes": 10},
        {"PeriodType": "D", "Frequency": 366}, {"PeriodType": "D", "ExecTimes": 1000}, {"ReturnURL": "x"},
        {"MerchantTradeDate": "2026-11-20 09:00:00"}, {"ExpireTime": "2026/11/24 09:00:00"},
        {"ExpireTime": "2026/11/19 09:00:00"}, {"InvoiceMark": "Y"}, {"Language": "JPN"}, {"PlatformID": "1234567"},
    ],
)  # fmt: skip
def test_what_the_document_forbids_is_refused(shop: Shop, changes: dict[str, Any]) -> None:
    assert "RtnCode=" in shop.checkout(**changes).text
    assert shop.orders.all() == []


def test_a_number_is_used_once(shop: Shop) -> None:
    shop.checkout()
    assert "exists" in shop.checkout().text


@pytest.mark.parametrize(("encrypt", "sha256", "fits"), [(None, False, True), (1, False, False), (None, True, False)])
def test_the_digest_follows_encrypt_type(shop: Shop, encrypt: int | None, sha256: bool, fits: bool) -> None:
    text = shop.checkout(EncryptType=encrypt, sha256=sha256, version="V2").text
    assert ("CheckMacValue Error" not in text) is fits


def test_a_platforms_order_has_the_platforms_keys(shop: Shop) -> None:
    fields = {"MerchantID": "2000132", "PlatformID": "2012441", "MerchantTradeNo": "X", "TimeStamp": shop.now()}
    texts = {name: str(value) for name, value in fields.items()}
    for iv in ("B0lzARl9ZSdhW9jg", "B0lzARI9ZSdhW9jg"):
        mac = opay_mac(texts, "bkuAEQufy2bpEng1", iv, sha256=True)
        assert "TradeStatus=10200047" in shop.sent(texts, "/Cashier/QueryTradeInfo/V4", mac=mac).text
    assert "CheckMacValue Error" in shop.sent(texts, "/Cashier/QueryTradeInfo/V4").text


def test_a_query_is_good_for_three_minutes(shop: Shop) -> None:
    shop.checkout()
    assert "TradeStatus=0" in shop.asked("QueryTradeInfo/V4").text
    assert "minutes" in shop.asked("QueryTradeInfo/V4", TimeStamp=shop.now() - 181).text


def test_a_year_of_months_is_charged_on_its_days(shop: Shop) -> None:
    shop.checkout()
    assert shop.info()["ExecLog"] == []
    shop.pays()
    shop.days(28)
    assert shop.info()["TotalSuccessTimes"] == 1
    shop.days(400)
    found = shop.info()
    assert (found["TotalSuccessTimes"], found["TotalSuccessAmount"], found["ExecStatus"]) == (12, 6000, "2")
    days = [row["process_date"][5:10] for row in found["ExecLog"]]
    assert days == [f"{month:02}/20" for month in (11, 12, *range(1, 11))]
    assert shop.orders.captured_total("TWD") == 6000


def test_month_ends_clamp_from_the_first_day(shop: Shop) -> None:
    shop.days(41)  # the last day of December
    shop.checkout(MerchantTradeDate="2026/12/31 09:00:00", ExecTimes=4)
    shop.pays()
    shop.days(100)
    assert [row["process_date"][5:10] for row in shop.info()["ExecLog"]] == ["12/31", "01/31", "02/28", "03/31"]


def test_years_are_charged_from_a_day_that_most_years_lack(shop: Shop) -> None:
    shop.days(466)  # 29 February 2028
    shop.checkout(MerchantTradeDate="2028/02/29 09:00:00", PeriodType="Y", ExecTimes=3)
    shop.pays()
    shop.days(800)
    assert [row["process_date"][:10] for row in shop.info()["ExecLog"]] == ["2028/02/29", "2029/02/28", "2030/02/28"]


def test_a_declined_charge_uses_up_its_period(shop: Shop) -> None:
    shop.checkout(PeriodType="D", Frequency=30, ExecTimes=3)
    shop.pays()
    shop.simulator.scenarios.card_failures = 1
    shop.days(100)
    found = shop.info()
    assert [row["RtnCode"] for row in found["ExecLog"]] == [1, 10100248, 1]
    assert (found["TotalSuccessTimes"], found["ExecStatus"]) == (2, "2")
    assert shop.orders.captured_total("TWD") == 1000


def test_a_declined_charge_is_tried_again_on_the_next_day_if_it_is_planned(shop: Shop) -> None:
    shop.checkout(PeriodType="D", Frequency=30, ExecTimes=2)
    shop.pays()
    shop.simulator.scenarios.card_failures, shop.simulator.scenarios.card_retry = 1, True
    shop.days(40)
    found = shop.info()
    assert [row["process_date"][5:10] for row in found["ExecLog"]] == ["11/20", "12/20", "12/21"]
    assert (found["TotalSuccessTimes"], found["ExecStatus"]) == (2, "2")


def test_six_failures_in_a_row_stop_a_contract(shop: Shop) -> None:
    shop.checkout(PeriodType="D", Frequency=1, ExecTimes=30)
    shop.pays()
    shop.simulator.scenarios.card_failures = 9
    shop.days(30)
    found = shop.info()
    assert (len(found["ExecLog"]), found["ExecStatus"]) == (7, "0")


def test_a_contract_is_stopped_by_a_call_that_is_off_by_default(shop: Shop) -> None:
    shop.checkout()
    shop.pays()
    assert shop.asked("CreditCardPeriodAction", Action="Cancel").status_code == 404
    shop.run(shop.post("/control/periods", {"stop": "yes"}))
    assert "RtnCode=1" in shop.asked("CreditCardPeriodAction", Action="Cancel").text
    shop.days(90)
    assert (shop.info()["TotalSuccessTimes"], shop.info()["ExecStatus"]) == (1, "0")


def test_parts_of_a_charge_are_refunded_by_its_own_number(shop: Shop) -> None:
    shop.checkout()
    shop.pays()
    shop.days(32)
    trade_no = shop.info()["ExecLog"][1]["TradeNo"]

    def refunds(amount: int, number: str = trade_no) -> str:
        fields = {
            "MerchantID": "2000132", "MerchantTradeNo": "PERIOD0001", "TradeNo": number, "Action": "R",
            "TotalAmount": amount,
        }  # fmt: skip
        return shop.sent(fields, "/CreditDetail/DoAction").text

    assert "RtnCode=1&" in refunds(300)
    assert "more than what is left" in refunds(201)
    assert "RtnCode=1&" in refunds(200)
    assert "not known" in refunds(1, "X")
    assert shop.orders.refunded_total("TWD") == 500


def test_each_charge_is_notified_at_its_own_address() -> None:
    seen: list[tuple[str, dict[str, str]]] = []

    def receive(request: httpx.Request) -> httpx.Response:
        seen.append((str(request.url), dict(parse_qsl(request.content.decode(), keep_blank_values=True))))
        return httpx.Response(200, text="1|OK")

    with VirtualDay() as day:
        shop = Shop(day=day)
        notifier = Notifier(lambda: httpx.AsyncClient(transport=httpx.MockTransport(receive)), day.clock)
        simulator: Simulator = shop.simulator
        simulator.context.on_paid = lambda order: simulator.notify(notifier, order)
        shop.checkout(PeriodType="D", Frequency=1, ExecTimes=3)
        shop.pays()
        simulator.scenarios.card_failures = 1
        shop.days(3)
        shop.run(notifier.close())
    assert [url for url, _ in seen] == [HOOK, f"{HOOK}/period", f"{HOOK}/period"]
    results = [(fields["RtnCode"], fields.get("Amount"), fields.get("TotalSuccessTimes")) for _, fields in seen]
    assert results == [("1", None, None), ("10100248", "500", "1"), ("1", "500", "2")]
    assert all(fields["CheckMacValue"] == opay_mac(fields, *PAIR, sha256=True) for _, fields in seen)
