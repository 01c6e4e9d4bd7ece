"""A customer's code: its form, its wallet, and that it is never shown whole."""

from __future__ import annotations

import pytest

from pos.domain.customer_code import CustomerCode, is_customer_code, without_codes
from pos.domain.tenders import Tender
from pos.errors import InputError

WECHAT, ALIPAY = "134567890123456789", "283854702356157409"
FULL_WIDTH = "".join(chr(ord(digit) + 0xFEE0) for digit in ALIPAY)


@pytest.mark.parametrize(
    "text",
    ["", "1" * 15, "1" * 25, "28385470235615740x", FULL_WIDTH, "2838 5470 2356 1574"],
)
def test_other_texts_are_no_codes_and_the_error_does_not_repeat_them(text: str) -> None:
    assert not is_customer_code(text)
    with pytest.raises(InputError) as caught:
        CustomerCode(text)
    assert caught.value.field == "auth_code"
    assert not text or text not in caught.value.spoken()


@pytest.mark.parametrize(
    ("digits", "wallet"),
    [
        (WECHAT, Tender.WECHAT),
        ("10" + "0" * 16, Tender.WECHAT),
        ("15" + "9" * 16, Tender.WECHAT),
        ("16" + "0" * 16, None),
        ("13" + "0" * 15, None),  # 17 digits
        ("13" + "0" * 17, None),
        (ALIPAY, Tender.ALIPAY),
        ("25" + "0" * 14, Tender.ALIPAY),
        ("30" + "9" * 22, Tender.ALIPAY),
        ("31" + "0" * 16, None),
        ("24" + "0" * 16, None),
        ("6212345678901234567", None),
    ],
)
def test_the_wallet_is_known_where_its_own_document_says_so(digits: str, wallet: Tender | None) -> None:
    assert CustomerCode(digits).wallet is wallet


def test_a_code_is_shown_by_its_first_two_and_last_four_digits_only() -> None:
    code = CustomerCode(ALIPAY)
    assert code.masked == "28…7409"
    assert ALIPAY not in repr(code)
    assert ALIPAY.encode() not in code.fingerprint


def test_a_code_is_recognised_again_by_its_fingerprint() -> None:
    assert CustomerCode(ALIPAY).fingerprint == CustomerCode(ALIPAY).fingerprint
    assert CustomerCode(ALIPAY).fingerprint != CustomerCode(WECHAT).fingerprint


def test_a_code_inside_a_text_is_masked_and_other_numbers_are_not() -> None:
    text = f"auth_code {ALIPAY} of 20260413000300020087033882 and 261120AAAAAAAAAAAAAA, HK$12.50"
    assert without_codes(text) == "auth_code 28…7409 of 20260413000300020087033882 and 261120AAAAAAAAAAAAAA, HK$12.50"
