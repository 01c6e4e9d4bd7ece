"""Links that may be shown as a QR code, and texts for people."""

from __future__ import annotations

import pytest

from pos.gateways.base import Verdict
from pos.gateways.fields import cleaned, link_fault, masked, secure_link
from pos.gateways.received import LINK_LIMIT
from tests.gateways.conftest import answer, client, run
from tests.gateways.fixtures import mypay, order

ACCEPTED, UNUSABLE = Verdict.ACCEPTED, Verdict.UNUSABLE


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://pay.example/1", ""),
        ("https://deep.pay.example/1", ""),
        ("http://127.0.0.1:80/1", ""),
        ("javascript:alert(1)", "safe"),
        ("file:///etc/passwd", "safe"),
        ("http://pay.example/1", "safe"),
        ("http://localhost/1", "safe"),
        ("weixin://wxpay/bizpayurl?pr=1", "safe"),
        ("https://evil.example/1", "evil.example"),
        ("https://pay.example.evil.example/1", "evil.example"),
        ("https://pay.example@evil.example/1", "not an address"),
        ("https://somebody@pay.example/1", "not an address"),
        ("https://evil.example\\.pay.example/1", "not an address"),
        ("https://evil.example%2f.pay.example/1", "it is not shown"),
        ("https://evil.example;.pay.example/1", "it is not shown"),
        ("https://pay.example./1", "it is not shown"),
        ("https:///1", "it is not shown"),
        ("https://pay.example/1\n", "control"),
        ("https://pay.example/\u202e", "control"),
        ("https://pay.example/ 1", "control"),
        ("https://[", "not an address"),
        ("https://pay.example/" + "x" * LINK_LIMIT, "too long"),
    ],
)
def test_links_that_may_be_shown_as_a_code(url: str, words: str) -> None:
    fault = str(link_fault(url, ("pay.example", "127.0.0.1")))
    assert words in fault
    assert bool(fault) == bool(words)


def test_an_order_whose_link_may_not_be_shown_cannot_be_paid() -> None:
    made = client("mypay", answer(mypay.placed(url="https://evil.example/")))
    found = run(made.charge(order("mypay")))
    assert (found.verdict, found.pay_url) == (UNUSABLE, "")
    allowed = client(
        "mypay", answer(mypay.placed(url="https://new.example/")), {"link_hosts": "a.example, new.example"}
    )
    assert run(allowed.charge(order("mypay"))).verdict is ACCEPTED


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://pay.example/a?b=1#c", "https://pay.example/a?b=1#c"),
        ("http://deep.pay.example:80/a", "https://deep.pay.example/a"),
        ("http://pay.example:8443/a", "https://pay.example:8443/a"),
        ("HTTP://Pay.Example/A", "https://Pay.Example/A"),
        ("https://pay.example/a", "https://pay.example/a"),
        ("http://127.0.0.1:8080/a", "http://127.0.0.1:8080/a"),
        ("http://evil.example/a", "http://evil.example/a"),
        ("http://pay.example.evil.example/a", "http://pay.example.evil.example/a"),
        ("http://[", "http://["),
        ("http://pay.example:x/", "http://pay.example:x/"),
        ("javascript://pay.example/a", "javascript://pay.example/a"),
        ("", ""),
    ],
)
def test_a_link_to_a_known_host_is_shown_as_https(url: str, shown: str) -> None:
    hosts = ("pay.example", "127.0.0.1")
    assert secure_link(url, hosts) == shown
    assert secure_link(shown, hosts) == shown


def test_mypays_documented_link_is_shown_as_https() -> None:
    sample = "http://pay.k20-mypay.tw/pfn/all/pay/12345.html"
    found = run(client("mypay", answer(mypay.placed(url=sample))).charge(order("mypay")))
    assert (found.verdict, found.pay_url) == (ACCEPTED, sample.replace("http:", "https:"))


def test_texts_for_people_are_cleaned_and_accounts_are_masked() -> None:
    assert cleaned(" a\x00\n\u202eb\t c ") == "a b c"
    assert masked("0000123456789012") == "************9012"
    assert masked("12") == "12"
    assert masked("") == ""
