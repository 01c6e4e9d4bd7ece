"""Links that may become a code, and words for people."""

from __future__ import annotations

import pytest

from pos.gateways.base import Verdict
from pos.gateways.fields import cleaned, link_fault, masked
from pos.gateways.received import LINK_LIMIT
from tests.gateways import replies
from tests.gateways.conftest import client, run
from tests.gateways.replies import answer, order

ACCEPTED, DIFFERS = Verdict.ACCEPTED, Verdict.DIFFERS


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
def test_links_that_may_become_a_code(url: str, words: str) -> None:
    fault = str(link_fault(url, ("pay.example", "127.0.0.1")))
    assert words in fault
    assert bool(fault) == bool(words)


def test_a_link_that_may_not_be_shown_goes_to_a_manager() -> None:
    made = client("mypay", answer(replies.mypay_order(url="https://evil.example/")))
    found = run(made.charge(order("mypay")))
    assert (found.verdict, found.pay_url) == (DIFFERS, "")
    allowed = client(
        "mypay", answer(replies.mypay_order(url="https://new.example/")), {"link_hosts": "a.example, new.example"}
    )
    assert run(allowed.charge(order("mypay"))).verdict is ACCEPTED


def test_words_are_cleaned_for_people_and_accounts_are_masked() -> None:
    assert cleaned(" a\x00\n\u202eb\t c ") == "a b c"
    assert masked("0000123456789012") == "************9012"
    assert masked("12") == "12"
    assert masked("") == ""
