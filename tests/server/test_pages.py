"""The page server over HTTP: payment pages for phones, and notices of gateways."""

from __future__ import annotations

import asyncio
import json
import re
from base64 import b64encode
from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest

from pos.domain.money import Money
from pos.domain.payment import Attempt, Sale, Tender
from pos.domain.states import State
from pos.errors import ConfigError
from pos.gateways.signing import qfpay_body_sign, wanpay_sign
from pos.runtime import SystemClock
from pos.server.serve import PageServer
from pos.simulator.dialects.mypay import MypayDialect
from pos.simulator.dialects.qfpay import QfpayDialect
from pos.simulator.notices import LATE, REPLAY, Notifier
from pos.simulator.scenarios import Fault, NoticeFault
from pos.store.page_links import PageLinks
from tests.support.access import SIGNED_OUT
from tests.support.registers import SimulatedShop
from tests.support.virtual import VirtualDay


@pytest.fixture
def day() -> Iterator[VirtualDay]:
    with VirtualDay() as virtual:
        yield virtual


SERVER = "http://127.0.0.1:9"
LAST_NOTICE = {NoticeFault.LATE: LATE + 3, NoticeFault.REPLAYED: REPLAY + 3}
"""Seconds until the last notice of a scenario was answered."""


def call(shop: SimulatedShop, method: str, path: str, body: bytes = b"", **headers: str) -> httpx.Response:
    async def go() -> httpx.Response:
        transport = httpx.ASGITransport(app=shop.page_app())
        async with httpx.AsyncClient(transport=transport, base_url="http://shop") as browser:
            return await browser.request(method, path, content=body, headers=headers)

    return shop.day.run(go())


def notices_reach(shop: SimulatedShop) -> Notifier:
    """Deliver the gateways' notices to this shop's page server."""
    transport = httpx.ASGITransport(app=shop.page_app())
    notifier = Notifier(lambda: httpx.AsyncClient(transport=transport, base_url=SERVER), shop.day.clock, 0.1)
    for kind in (QfpayDialect, MypayDialect):
        dialect = shop.simulator.dialects[kind.name]
        assert isinstance(dialect, QfpayDialect | MypayDialect)
        dialect.notify_url = f"{SERVER}/notify/{kind.name}"
    shop.simulator.context.on_paid = partial(shop.simulator.notify, notifier)
    return notifier


def test_a_phone_gets_a_form_that_posts_itself_and_no_key(day: VirtualDay) -> None:
    shop = SimulatedShop(day)
    attempt = shop.take(Tender.WECHAT, 125, gateway="opay")
    page = call(shop, "GET", f"/pay/{attempt.page_token}")
    assert page.status_code == 200
    assert "NT$125" in page.text
    assert "/opay/WxAPI/Create" in page.text
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["x-frame-options"] == "DENY"
    assert all(key not in page.text for key in shop.simulator.credentials["opay"].values() if len(key) == 16)
    assert shop.now(attempt.order_no).page_served_at is not None
    shop.stop()


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "DELETE", "POST", "TRACE"])
def test_only_a_get_opens_a_page(day: VirtualDay, method: str) -> None:
    shop = SimulatedShop(day)
    attempt = shop.take(Tender.WECHAT, 125, gateway="opay")
    found = call(shop, method, f"/pay/{attempt.page_token}")
    assert (found.status_code, found.headers["allow"]) == (405, "GET")
    assert "Data" not in found.text
    assert shop.now(attempt.order_no).page_served_at is None
    assert call(shop, "HEAD", "/notify/opay").headers["allow"] == "POST"
    shop.stop()


@pytest.mark.parametrize("header", ["Sec-Purpose", "Purpose", "X-Moz"])
def test_a_prefetching_browser_does_not_open_a_page(day: VirtualDay, header: str) -> None:
    shop = SimulatedShop(day)
    attempt = shop.take(Tender.WECHAT, 125, gateway="opay")
    found = call(shop, "GET", f"/pay/{attempt.page_token}", b"", **{header: "prefetch;prerender"})
    assert (found.status_code, found.text) == (503, "")
    assert shop.now(attempt.order_no).page_served_at is None
    assert call(shop, "GET", f"/pay/{attempt.page_token}", b"", **{header: "navigate"}).status_code == 200
    shop.stop()


def policy_of(page: httpx.Response) -> dict[str, str]:
    pairs = (part.strip().partition(" ") for part in page.headers["content-security-policy"].split(";"))
    return {name: of for name, _, of in pairs}


def hash_of(page: httpx.Response, tag: str) -> str:
    inside = re.search(f"<{tag}>(.*?)</{tag}>", page.text, re.DOTALL)
    assert inside is not None
    return f"'sha256-{b64encode(sha256(inside[1].encode()).digest()).decode()}'"


def test_a_page_may_use_only_its_own_script_and_form(day: VirtualDay) -> None:
    shop = SimulatedShop(day)
    attempt = shop.take(Tender.WECHAT, 125, gateway="opay")
    page = call(shop, "GET", f"/pay/{attempt.page_token}")
    policy = policy_of(page)
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["style-src"] == hash_of(page, "style")
    assert policy["script-src"] == hash_of(page, "script")
    assert policy["form-action"].split() == ["http://127.0.0.1", "https://*.opay.tw", "https://*.qq.com"]
    assert "unsafe" not in page.headers["content-security-policy"]
    for closed in (call(shop, "GET", "/pay/guess"), call(shop, "GET", f"/pay/{'0' * 32}")):
        assert closed.status_code == 404
        assert policy_of(closed)["form-action"] == policy_of(closed)["script-src"] == "'none'"
        assert policy_of(closed)["style-src"] == hash_of(closed, "style")
    shop.stop()


def everything_in(shop: SimulatedShop) -> str:
    """Return the content of the whole database as text."""
    tables = [row[0] for row in shop.database.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return repr([shop.database.rows(f"SELECT * FROM {table}") for table in tables])


def test_no_token_that_opens_a_page_is_in_the_database(day: VirtualDay) -> None:
    shop = SimulatedShop(day)
    attempt = shop.take(Tender.WECHAT, 125, gateway="opay")
    other = shop.take(Tender.WECHAT, 125, gateway="opay")
    assert attempt.pay_url == f"{SERVER}/pay/{attempt.page_token}"
    assert re.fullmatch("[0-9a-f]{32}", attempt.page_token)
    assert attempt.page_token != other.page_token
    assert call(shop, "GET", f"/pay/{attempt.page_token}").status_code == 200
    written = everything_in(shop)
    assert attempt.page_token not in written
    for guess in set(re.findall("[0-9a-f]{32,64}", written)):
        assert call(shop, "GET", f"/pay/{guess}").status_code in (404, 429)
    shop.stop()


def test_a_page_works_after_a_restart(day: VirtualDay, tmp_path: Path) -> None:
    shop = SimulatedShop(day, path=tmp_path / "counter.sqlite")
    attempt = shop.take(Tender.WECHAT, 125, gateway="opay")
    shop.stop()
    shop.start()
    shop.resume()
    assert shop.now(attempt.order_no).pay_url == attempt.pay_url
    assert call(shop, "GET", f"/pay/{attempt.page_token}").status_code == 200
    shop.stop()
    shop.pages = PageLinks(lambda: b"")  # a process without the key
    shop.start()
    found = shop.now(attempt.order_no)
    assert (found.shown_url, found.pay_url) == ("", f"{SERVER}/pay/{{token}}")
    assert call(shop, "GET", f"/pay/{attempt.page_token}").status_code == 200
    shop.stop()


def test_closed_and_unknown_pages_are_answered_with_a_message(day: VirtualDay) -> None:
    shop = SimulatedShop(day)
    attempt = shop.take(Tender.WECHAT, 125, gateway="opay")

    async def cancel() -> None:
        shop.payments.cancel(SIGNED_OUT, attempt.order_no)

    day.run(cancel())
    assert call(shop, "GET", f"/pay/{attempt.page_token}").status_code == 410
    assert call(shop, "GET", "/pay/guess").status_code == 404
    assert call(shop, "GET", "/").status_code == 404
    assert call(shop, "POST", f"/pay/{attempt.page_token}").status_code == 405
    shop.stop()


def pending(shop: SimulatedShop, gateway: str, tender: Tender) -> Attempt:
    attempt = shop.take(tender, 1250, gateway=gateway)
    assert attempt.state is State.PENDING
    shop.pass_time(700)  # between two queries
    return attempt


def wanpay_notice(shop: SimulatedShop, attempt: Attempt, **changes: str) -> bytes:
    fields = {"orgno": "21008024", "out_trade_no": attempt.order_no, "status": "0000", "total_fee": "125000", **changes}
    fields["sign"] = wanpay_sign(fields, shop.simulator.credentials["wanpay"]["key"])
    return urlencode(fields).encode()


def test_n7_a_proven_notice_is_acknowledged_and_causes_a_query(day: VirtualDay) -> None:
    shop = SimulatedShop(day)
    attempt = pending(shop, "wanpay", Tender.ATM)
    shop.customer_pays(attempt)
    answer = call(shop, "POST", "/notify/wanpay", wanpay_notice(shop, attempt))
    assert (answer.status_code, answer.text) == (200, "success")
    shop.pass_time(1)
    assert shop.now(attempt.order_no).state is State.CAPTURED
    again = call(shop, "POST", "/notify/wanpay", wanpay_notice(shop, attempt))
    assert (again.status_code, again.text) == (200, "success")
    assert shop.now(attempt.order_no).state is State.CAPTURED
    shop.stop()


def test_n7_a_notice_of_money_that_never_came_settles_nothing(day: VirtualDay) -> None:
    shop = SimulatedShop(day)
    attempt = pending(shop, "wanpay", Tender.ATM)
    assert call(shop, "POST", "/notify/wanpay", wanpay_notice(shop, attempt)).text == "success"
    shop.pass_time(60)
    assert shop.now(attempt.order_no).state is State.PENDING
    shop.stop()


def test_n7_forged_stray_and_endless_notices_are_refused(day: VirtualDay) -> None:
    shop = SimulatedShop(day)
    attempt = pending(shop, "wanpay", Tender.ATM)
    good = wanpay_notice(shop, attempt)
    other = wanpay_notice(shop, attempt, out_trade_no="ANOTHERORDER")
    refused = [
        call(shop, "POST", "/notify/wanpay", good.replace(b"0000", b"5805")),
        call(shop, "POST", "/notify/wanpay", b"\xff\xfe"),
        call(shop, "POST", "/notify/wanpay", b"x" * 1024 * 1024),
        call(shop, "POST", "/notify/unknown", good),
        call(shop, "POST", "/notify/wanpay", other),
    ]
    assert [row.kind for row in shop.store.history(attempt.order_no)].count("notice") == 0
    body = json.dumps({"out_trade_no": attempt.order_no, "respcd": "0000"}).encode()
    key = shop.simulator.credentials["qfpay"]["client_key"]
    signed = {"X-QF-SIGN": qfpay_body_sign(body, key)}
    refused.append(call(shop, "POST", "/notify/qfpay", body, **signed))  # valid, but the order is another gateway's
    assert {(one.status_code, one.text, str(one.headers)) for one in refused} == {
        (503, "0|not accepted", str(refused[0].headers))
    }
    shop.stop()


def test_n7_a_notice_after_the_end_puts_late_money_into_review(day: VirtualDay) -> None:
    shop = SimulatedShop(day)
    attempt = pending(shop, "wanpay", Tender.ATM)
    from pos.simulator.orders import OrderStatus

    order = shop.simulator.orders.find("wanpay", attempt.order_no)
    assert order is not None
    order.end(OrderStatus.EXPIRED, day.clock.now())
    shop.pass_time(120)
    assert shop.now(attempt.order_no).state is State.EXPIRED
    shop.customer_pays(attempt)
    call(shop, "POST", "/notify/wanpay", wanpay_notice(shop, attempt))
    shop.pass_time(1)
    assert shop.now(attempt.order_no).state is State.REVIEW
    shop.stop()


@pytest.mark.parametrize(("gateway", "tender", "currency"), [
    ("opay", Tender.WECHAT, "TWD"), ("wanpay", Tender.ATM, "TWD"), ("mypay", Tender.MYPAY, "TWD"),
    ("qfpay", Tender.ALIPAY, "HKD"),
])  # fmt: skip
@pytest.mark.parametrize("fault", list(NoticeFault))
def test_n7_the_gateways_notices_work_as_documented(
    day: VirtualDay, gateway: str, tender: Tender, currency: str, fault: NoticeFault
) -> None:
    shop = SimulatedShop(day, currency=currency)
    attempt = shop.take(tender, 1250, gateway=gateway)
    if gateway == "opay":
        shop.open_page(attempt)
    shop.pass_time(700)

    async def paid() -> list[str]:
        notifier = notices_reach(shop)
        shop.simulator.scenarios.notice_fault = fault
        order = shop.simulator.orders.find(gateway, attempt.order_no)
        assert order is not None
        shop.simulator.context.pay(order)
        await asyncio.sleep(LAST_NOTICE.get(fault, 3))
        await notifier.close()
        return notifier.answers

    answers = day.run(paid())
    acknowledged = {"opay": "1|OK", "wanpay": "success", "qfpay": "SUCCESS", "mypay": "8888"}[gateway]
    expected = {
        NoticeFault.NONE: [f"200 {acknowledged}"],
        NoticeFault.TWICE: [f"200 {acknowledged}"] * 2,
        NoticeFault.DROPPED: [],
        NoticeFault.FORGED: ["503 0|not accepted"],
        NoticeFault.REPLAYED: [f"200 {acknowledged}"] * 2,
        NoticeFault.LATE: [f"200 {acknowledged}"],
        NoticeFault.STRANGER: ["503 0|not accepted"],
        NoticeFault.LONG: ["503 0|not accepted"],
        NoticeFault.RAGGED: [f"200 {acknowledged}"],
    }
    assert answers == expected[fault]
    settled = fault in (
        NoticeFault.NONE,
        NoticeFault.TWICE,
        NoticeFault.REPLAYED,
        NoticeFault.LATE,
        NoticeFault.RAGGED,
    )
    assert (shop.now(attempt.order_no).state is State.CAPTURED) is settled
    shop.pass_time(120)
    assert shop.now(attempt.order_no).state is State.CAPTURED
    captured = [row.kind for row in shop.store.history(attempt.order_no)].count("paid")
    assert captured == 1
    shop.stop()


@pytest.mark.parametrize(("gateway", "tender", "currency"), [
    ("wanpay", Tender.ATM, "TWD"), ("mypay", Tender.MYPAY, "TWD"), ("qfpay", Tender.ALIPAY, "HKD"),
])  # fmt: skip
def test_n7_a_notice_before_the_answer_to_our_create_settles_nothing_twice(
    day: VirtualDay, gateway: str, tender: Tender, currency: str
) -> None:
    shop = SimulatedShop(day, currency=currency)
    answers: list[str] = []

    async def taken() -> Attempt:
        notifier = notices_reach(shop)
        shop.simulator.scenarios.autopay = 0.0
        shop.simulator.scenarios.plan(Fault.SLOW, gateway, "charge")
        taking = asyncio.ensure_future(
            shop.payments.take(SIGNED_OUT, Sale(Money(1250, currency)), tender, payment_id="p1", gateway=gateway)
        )
        await asyncio.sleep(2)
        answers.extend(notifier.answers)
        assert not taking.done()
        attempt = await taking
        await notifier.close()
        return attempt

    attempt = day.run(taken())
    assert answers[0].startswith("200")
    shop.pass_time(30)
    assert shop.now(attempt.order_no).state is State.CAPTURED
    assert [row.kind for row in shop.store.history(attempt.order_no)].count("paid") == 1
    shop.stop()


def test_the_page_server_starts_and_stops_and_reports_a_used_address(day: VirtualDay) -> None:
    shop = SimulatedShop(day)
    attempt = shop.take(Tender.WECHAT, 125, gateway="opay")

    async def real() -> None:
        server = PageServer(shop.page_app(), "127.0.0.1", 0)
        port = await server.start()
        with pytest.raises(ConfigError, match="cannot listen"):
            await PageServer(shop.page_app(), "127.0.0.1", port).start()
        async with httpx.AsyncClient(trust_env=False) as browser:
            page = await browser.get(f"http://127.0.0.1:{port}/pay/{attempt.page_token}")
        assert page.status_code == 200
        await server.stop()
        await server.stop()

    asyncio.run(real())
    shop.stop()
    assert SystemClock().monotonic() > 0
