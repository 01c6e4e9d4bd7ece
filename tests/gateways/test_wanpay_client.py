"""WanPay: a second copy of the document's fields, statuses and notifications."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from pos.domain.money import Money
from pos.errors import BadNotice, BadReply, ConfigError, InputError, NoAnswer
from pos.gateways.base import GatewayConfig, Verdict
from pos.gateways.fields import TAIPEI
from pos.gateways.signing import wanpay_sign
from pos.gateways.wanpay.client import Wanpay, their_amount
from tests.gateways.conftest import answer, client, form, replying, run
from tests.gateways.fixtures import order, wanpay
from tests.gateways.fixtures.base import NUMBER

ACCEPTED, PAID, REFUSED, LAPSED = Verdict.ACCEPTED, Verdict.PAID, Verdict.REFUSED, Verdict.LAPSED
UNSURE, MISSING, EXISTS, REJECTED = Verdict.UNSURE, Verdict.MISSING, Verdict.EXISTS, Verdict.REJECTED


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        ("901", UNSURE), ("910", REJECTED), ("911", REJECTED), ("912", UNSURE), ("913", REJECTED), ("931", MISSING),
        ("932", UNSURE), ("991", UNSURE), ("992", UNSURE), ("993", UNSURE), ("999", UNSURE), ("6307", EXISTS),
        ("5223", MISSING), ("7777", UNSURE),
    ],
)  # fmt: skip
def test_wanpay_calls(status: str, verdict: Verdict) -> None:
    made = client("wanpay", answer({"status": status, "info": "info"}))
    for found in (run(made.charge(order("wanpay"))), run(made.query(order("wanpay")))):
        assert (found.verdict, found.code) == (verdict, status)
        assert found.credentials == (status in ("911", "913"))


@pytest.mark.parametrize(
    ("status", "verdict"),
    [("0000", PAID), ("5801", ACCEPTED), ("5803", LAPSED), ("5804", ACCEPTED), ("5805", REFUSED), ("5223", MISSING),
     ("7777", UNSURE)],
)  # fmt: skip
def test_wanpay_orders(status: str, verdict: Verdict) -> None:
    reply = wanpay.paid(orderstatus=status, bankno="822", acctno="0000123456789012")
    found = run(client("wanpay", answer(reply)).query(order("wanpay")))
    assert (found.verdict, found.code) == (verdict, status)
    assert found.details == {"payer_bank": "822", "payer_account": "************9012"}


@pytest.mark.parametrize("expiry", ["2026-11-23 23:59:59", "20261123"])
def test_wanpay_accounts_are_read_with_either_form_of_expiry(expiry: str) -> None:
    found = run(client("wanpay", answer(wanpay.placed(expiredate=expiry))).charge(order("wanpay")))
    assert found.virtual_account is not None
    assert found.virtual_account.account == "46710722851832"
    assert found.expires_at == datetime(2026, 11, 23, 23, 59, 59, tzinfo=TAIPEI)


def test_wanpay_replies_about_another_shop_or_order_are_refused() -> None:
    for changes in (
        {"out_trade_no": "OTHER"},
        {"orgno": "1"},
        {"code_url": "x"},
        {"expiredate": "soon"},
        {"bankcode": ""},
    ):
        with pytest.raises(BadReply):
            run(client("wanpay", answer(wanpay.placed(**changes))).charge(order("wanpay")))
    for whole in ({**wanpay.paid(), "sign": "0" * 32}, {**wanpay.paid(), "data": [1]}):
        with pytest.raises(BadReply):
            run(client("wanpay", answer(whole)).query(order("wanpay")))


def test_wanpay_a_validly_signed_reply_is_accepted_and_data_may_be_text() -> None:
    import json

    whole: dict[str, Any] = {"status": "900", "info": "ok", "data": json.dumps(wanpay.paid()["data"])}
    whole["sign"] = wanpay_sign(whole, wanpay.FIXTURE.secrets["key"])
    assert run(client("wanpay", answer(whole)).query(order("wanpay"))).verdict is PAID


@pytest.mark.parametrize(
    ("stated", "amount"),
    [
        ("12500", 125), ("125", 125), ("125.00", 125), (125, 125), ("12600", 126), ("126.00", 126), ("126", 2),
        ("0.01", 1), ("12499", 126), ("12501", 126), ("1", 1), ("124.01", 126),
    ],
)  # fmt: skip
def test_wanpay_amounts_are_ours_as_hundredths_or_as_dollars(stated: object, amount: int) -> None:
    assert their_amount(str(stated), Money(125, "TWD")) == Money(amount, "TWD")


def test_wanpay_requests_follow_the_document() -> None:
    seen: list[dict[str, str]] = []

    def look(request: Any) -> Any:
        seen.append(form(request))
        raise NoAnswer("enough")

    with pytest.raises(NoAnswer):
        run(client("wanpay", look, {"validity_days": "7"}).charge(order("wanpay")))
    sent = seen[0]
    assert (sent["total_fee"], sent["out_trade_no"], sent["virtualatmvalidity"]) == ("12500", NUMBER, "7")
    assert (sent["orgno"], len(sent["nonce_str"]), len(sent["secondtimestamp"])) == ("21008024", 8, 10)
    assert sent["backurl"] == "https://shop.example/notify/wanpay"
    assert sent["sign"] == wanpay_sign(sent, wanpay.FIXTURE.secrets["key"])


@pytest.mark.parametrize("days", ["0", "31", "x", "1.5", "-1"])
def test_wanpay_accounts_live_thirty_days_at_most(days: str) -> None:
    with pytest.raises(ConfigError, match="1 to 30"):
        Wanpay.check_config(GatewayConfig({**wanpay.FIXTURE.options, "validity_days": days}, wanpay.FIXTURE.secrets))


def test_wanpay_an_account_lives_to_the_end_of_its_last_day() -> None:
    assert client("wanpay", replying({})).lifetime() == timedelta(days=4)
    assert client("wanpay", replying({}), {"validity_days": "30"}).lifetime() == timedelta(days=31)


def test_wanpay_field_rules() -> None:
    with pytest.raises(InputError, match="orgno"):
        client("wanpay", replying({}), {"orgno": "1" * 31}).check(order("wanpay"))
    client("wanpay", replying({}), {"notify_url": "https://shop.example/".ljust(256, "x")}).check(order("wanpay"))
    for url in ("https://shop.example/?a=1", "https://shop.example/#x", "https://茶", "https://a.b/" + "x" * 246):
        with pytest.raises(InputError, match="notify_url"):
            client("wanpay", replying({}), {"notify_url": url}).check(order("wanpay"))
    for url in ("https://" + "x" * 249, "shop", "http://shop.example"):
        with pytest.raises(ConfigError, match="must be an https address"):
            client("wanpay", replying({}), {"notify_url": url})


def test_wanpay_notices_are_signed_with_every_field() -> None:
    from urllib.parse import urlencode

    made = client("wanpay", replying({}))
    fields = {"orgno": "21008024", "out_trade_no": NUMBER, "status": "0000", "newfield": "x", "empty": ""}
    fields["sign"] = wanpay_sign(fields, wanpay.FIXTURE.secrets["key"])
    notice = made.read_notice({}, urlencode(fields).encode())
    assert (notice.order_no, notice.reply, notice.code) == (NUMBER, "success", "0000")
    for wrong in ({"newfield": "y"}, {"sign": ""}, {"status": "5805"}):
        with pytest.raises(BadNotice, match="signature"):
            made.read_notice({}, urlencode(fields | wrong).encode())
    other = {"orgno": "1", "out_trade_no": NUMBER}
    other["sign"] = wanpay_sign(other, wanpay.FIXTURE.secrets["key"])
    with pytest.raises(BadNotice, match="another shop"):
        made.read_notice({}, urlencode(other).encode())


def test_wanpays_answer_about_another_order_has_a_message() -> None:
    with pytest.raises(BadReply, match="another out_trade_no"):
        run(client("wanpay", answer(wanpay.paid(out_trade_no="OTHER"))).query(order("wanpay")))
