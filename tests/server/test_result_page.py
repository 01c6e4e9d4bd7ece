"""The result page: it shows the payment's state in the register and causes no extra queries."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import httpx
import pytest

from pos.domain.states import State
from pos.gateways.opay.dialect import unseal
from pos.i18n import use_language
from pos.services.payment_result import ASK_AGAIN, OUTCOMES, PaymentResults
from pos.services.schedule import GAP
from pos.simulator.orders import OrderStatus
from tests.support.access import SIGNED_OUT
from tests.support.opay import PAIRS, Form, OpayShop
from tests.support.registers import BASE
from tests.support.virtual import VirtualDay

PAID = ("付款完成", "Paid. Thank you.")
WAITING = ("尚未付款", "Not paid yet.")
NOT_PAID = ("這筆付款沒有完成", "This payment was not completed.")
CHECKING = ("商店正在確認", "The shop is checking this payment.")


@pytest.fixture
def shop() -> Iterator[OpayShop]:
    with VirtualDay() as day:
        opened = OpayShop(day)
        yield opened
        opened.stop()


def says(page: httpx.Response, words: tuple[str, str]) -> bool:
    return all(html.escape(one) in page.text for one in words)


def test_the_customer_returns_to_the_page_of_the_payment(shop: OpayShop) -> None:
    """The address is that in the order that the gateway received."""
    attempt = shop.wechat(320)
    shop.customer_scans(attempt)
    order = shop.simulator.orders.find("opay", attempt.order_no)
    assert order is not None
    path = order.facts["ClientBackURL"].removeprefix(f"{BASE}:9")
    page = shop.get(path)
    assert (page.status_code, says(page, WAITING), "NT$320" in page.text) == (200, True, True)
    assert "測試商店" in page.text
    shop.customer_pays(attempt)
    shop.pass_time(10)
    page = shop.get(path)
    assert (page.status_code, says(page, PAID), "http-equiv=refresh" in page.text) == (200, True, False)
    form = Form()
    form.feed(shop.get(f"/pay/{shop.wechat().page_token}").text)
    assert unseal(form.fields["Data"], *PAIRS[0])["ClientBackURL"].startswith(f"{BASE}:9/pay/")


def test_parameters_of_the_browser_are_ignored(shop: OpayShop) -> None:
    attempt = shop.wechat()
    for brought in ("?RtnCode=1", "?TradeStatus=1&paid=yes", "?state=captured#paid"):
        page = shop.get(f"/pay/{attempt.page_token}/result{brought}")
        assert says(page, WAITING)
        assert not says(page, PAID)
    assert shop.now(attempt.order_no).state is State.PENDING


def test_an_unpaid_end_and_a_review_have_different_texts(shop: OpayShop) -> None:
    cancelled, expired, review = shop.wechat(), shop.wechat(), shop.wechat()
    for attempt in (cancelled, expired, review):
        shop.customer_scans(attempt)

    async def cancel() -> None:
        shop.payments.cancel(SIGNED_OUT, cancelled.order_no)

    shop.day.run(cancel())
    order = shop.simulator.orders.find("opay", expired.order_no)
    assert order is not None
    order.end(OrderStatus.EXPIRED, shop.day.clock.now())
    shop.customer_pays(review, 7)
    shop.pass_time(30)
    assert shop.now(review.order_no).state is State.REVIEW
    found = [shop.get(f"/pay/{one.page_token}/result") for one in (cancelled, expired, review)]
    assert [says(page, words) for page, words in zip(found, (NOT_PAID, NOT_PAID, CHECKING), strict=True)] == [True] * 3
    assert not any("http-equiv=refresh" in page.text for page in found)


def test_an_invalid_token_is_unknown(shop: OpayShop) -> None:
    for token in ("guess", "%00", "a" * 500, "..", "%F0%9F%8D%B5"):
        page = shop.get(f"/pay/{token}/result")
        assert page.status_code == 404
    assert says(shop.get("/pay/guess/result"), ("查無此付款頁。", "There is no such payment page."))


def test_an_unreadable_journal_is_reported_to_the_customer(shop: OpayShop, tmp_path: Path) -> None:
    token = shop.wechat().page_token
    shop.database.close()
    page = shop.get(f"/pay/{token}/result")
    assert (page.status_code, says(page, ("目前無法顯示付款結果", "The result cannot be shown now."))) == (503, True)
    shop.start()


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
def test_only_get_is_allowed(shop: OpayShop, method: str) -> None:
    attempt = shop.wechat()

    async def go() -> int:
        transport = httpx.ASGITransport(app=shop.page_app())
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as browser:
            return (await browser.request(method, f"/pay/{attempt.page_token}/result")).status_code

    assert shop.day.run(go()) == 405


def test_it_has_no_script_and_allows_none(shop: OpayShop) -> None:
    page = shop.get(f"/pay/{shop.wechat().page_token}/result")
    policy = page.headers["content-security-policy"]
    style = re.search("<style>(.*)</style>", page.text)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "<script" not in page.text
    assert (page.headers["cache-control"], page.headers["referrer-policy"]) == ("no-store", "no-referrer")


def test_shop_names_are_shown_as_plain_text(shop: OpayShop) -> None:
    shop.shop = replace(shop.shop, name="<script>alert(1)</script>&茶")
    shop.build()
    attempt = shop.wechat()
    page = shop.get(f"/pay/{attempt.page_token}/result")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&amp;茶" in page.text


@pytest.mark.parametrize("language", ["en", "zh_TW"])
def test_both_languages_are_shown_in_every_language_of_the_register(shop: OpayShop, language: str) -> None:
    use_language(language)
    try:
        page = shop.get(f"/pay/{shop.wechat().page_token}/result")
    finally:
        use_language("en")
    assert says(page, WAITING)
    assert page.text.index('lang="zh-TW"') < page.text.index('lang="en"')


def test_opening_the_page_causes_a_query_when_it_is_due(shop: OpayShop) -> None:
    attempt = shop.wechat()
    shop.customer_scans(attempt)
    shop.pass_time(700)  # between two queries a minute apart
    shop.customer_pays(attempt)
    results = shop.parts.results()

    async def look() -> None:
        results.get(attempt.page_token)

    shop.day.run(look())
    shop.pass_time(2)
    assert shop.now(attempt.order_no).state is State.CAPTURED


def test_reloading_the_page_causes_no_extra_queries(shop: OpayShop) -> None:
    attempt = shop.wechat()
    shop.customer_scans(attempt)
    shop.pass_time(1000)  # the schedule queries once a minute
    results = shop.parts.results()
    before = len(shop.calls)

    async def reload() -> None:
        for _ in range(600):
            results.get(attempt.page_token)
            await shop.day.clock.sleep(0.1)

    shop.day.run(reload())
    asked = [call.at for call in shop.calls[before:]]
    assert 60 / ASK_AGAIN - 1 <= len(asked) <= 60 / ASK_AGAIN + 2
    assert all(later - earlier >= GAP for earlier, later in pairwise(asked))


def test_the_memory_of_visits_is_bounded(shop: OpayShop) -> None:
    results = PaymentResults(shop.store, shop.gateways, shop.parts.poller, shop.register_clock, remembered=2)
    attempts = [shop.wechat() for _ in range(5)]

    async def visits() -> None:
        for attempt in attempts:
            results.get(attempt.page_token)

    shop.day.run(visits())
    assert len(results._asked) == 2


def test_every_state_has_an_outcome() -> None:
    assert set(OUTCOMES) == set(State)
