"""Signatures and ciphers, tested with the published vectors of the gateways and their SDKs."""

from __future__ import annotations

import base64
import contextlib
import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos.errors import BadReply
from pos.gateways import signing
from pos.simulator import crypto

VECTORS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "vectors.json").read_text(encoding="utf-8"))[
    "vectors"
]


def of_kind(*kinds: str) -> list[Any]:
    return [pytest.param(one, id=one["id"]) for one in VECTORS if one["kind"] in kinds]


def texts(fields: dict[str, Any]) -> dict[str, str]:
    return {name: "" if value is None else str(value) for name, value in fields.items()}


@pytest.mark.parametrize("vector", of_kind("aes128cbc-encrypt"))
def test_opay_envelopes(vector: dict[str, Any]) -> None:
    plain, key, iv = vector["inputs"]["plaintext"], vector["key"], vector["iv"]
    assert signing.opay_cipher(plain, key, iv) == vector["expected"]
    assert json.loads(signing.opay_decrypt(vector["expected"], key, iv))["MerchantID"] == "2000132"
    assert json.loads(crypto.opay_open(vector["expected"], key, iv))["MerchantID"] == "2000132"
    if text := vector["inputs"].get("json"):
        assert signing.opay_encrypt(text, key, iv) == vector["expected"]
        assert crypto.opay_seal(text, key, iv) == vector["expected"]
    if wire := vector.get("wire"):
        sent = wire.removeprefix("Data=").replace("%25", "%")
        assert signing.opay_decrypt(sent, key, iv) == plain


@pytest.mark.parametrize("vector", of_kind("aes128cbc-decrypt"))
def test_opay_recorded_replies(vector: dict[str, Any]) -> None:
    data, key, iv = vector["inputs"]["Data"], vector["key"], vector["iv"]
    assert signing.opay_decrypt(data, key, iv) == vector["expected"]
    assert crypto.opay_open(data, key, iv) == vector["expected"]


@pytest.mark.parametrize("vector", of_kind("aes128cbc-encrypt", "aes128cbc-decrypt"))
def test_opay_data_is_read_in_every_encoding_and_with_spaces_for_plus(vector: dict[str, Any]) -> None:
    data = vector["expected"] if vector["kind"].endswith("encrypt") else vector["inputs"]["Data"]
    plain = signing.opay_decrypt(data, vector["key"], vector["iv"])
    assert "+" in data
    once = signing.dotnet_encode(data)
    upper = once.replace("%2b", "%2B").replace("%2f", "%2F").replace("%3d", "%3D")
    for spoiled in (data.replace("+", " "), once, upper, signing.dotnet_encode(once)):
        assert signing.opay_decrypt(spoiled, vector["key"], vector["iv"]) == plain


@pytest.mark.parametrize(
    ("text", "encoded"),
    [
        ("#茶 -10 元 x 2", "%23%e8%8c%b6+-10+%e5%85%83+x+2"),
        ("A+B/C==", "A%2bB%2fC%3d%3d"),
        ("a-b_c.d!e*f(g)h", "a-b_c.d!e*f(g)h"),
        ("50% ~'\"&", "50%25+%7e%27%22%26"),
    ],
)
def test_dotnet_encoding_uses_lower_case_and_a_plus_for_a_space(text: str, encoded: str) -> None:
    assert signing.dotnet_encode(text) == encoded
    assert crypto.dotnet_encode(text) == encoded


@given(st.text())
def test_dotnet_encoding_is_decoded_by_any_form_parser(text: str) -> None:
    assert signing.dotnet_encode(text) == crypto.dotnet_encode(text)
    assert unquote_plus(signing.dotnet_encode(text)) == text


@pytest.mark.parametrize("vector", of_kind("CheckMacValue-md5", "CheckMacValue-sha256"))
def test_opay_check_mac_values(vector: dict[str, Any]) -> None:
    fields, sha256 = texts(vector["inputs"]), vector["kind"].endswith("sha256")
    made = signing.check_mac_value({**fields, "CheckMacValue": "ignored"}, vector["key"], vector["iv"], sha256=sha256)
    assert made == vector["expected"]
    assert crypto.opay_mac(fields, vector["key"], vector["iv"], sha256=sha256) == vector["expected"]
    assert signing.check_mac_value(fields, vector["key"], "another iv", sha256=sha256) != vector["expected"]


@pytest.mark.parametrize("vector", of_kind("md5-sign"))
def test_wanpay_signs(vector: dict[str, Any]) -> None:
    fields = texts(vector["inputs"])
    assert signing.wanpay_sign({**fields, "sign": "ignored"}, vector["key"]) == vector["expected"]
    assert crypto.wanpay_sign(fields, vector["key"]) == vector["expected"]
    assert signing.wanpay_sign(fields, vector["key"] + "x") != vector["expected"]


@pytest.mark.parametrize("vector", of_kind("request-sign-md5", "request-sign-sha256"))
def test_qfpay_request_signs(vector: dict[str, Any]) -> None:
    inputs = vector["inputs"]
    fields = dict(pair.split("=", 1) for pair in inputs["string"].split("&")) if "string" in inputs else texts(inputs)
    sha256 = vector["kind"].endswith("sha256")
    assert signing.qfpay_sign(fields, vector["key"], sha256=sha256) == vector["expected"]
    assert crypto.qfpay_sign(fields, vector["key"], sha256=sha256) == vector["expected"]
    assert signing.qfpay_sign(fields, vector["key"] + "x", sha256=sha256) != vector["expected"]


@pytest.mark.parametrize("vector", of_kind("response-and-notify-sign-md5"))
def test_qfpay_body_signs_are_over_the_raw_bytes(vector: dict[str, Any]) -> None:
    body = vector["inputs"]["body"].encode()
    assert signing.qfpay_body_sign(body, vector["key"]) == vector["expected"]
    assert crypto.qfpay_body_sign(body, vector["key"]) == vector["expected"]
    again = json.dumps(json.loads(body)).encode()
    assert signing.qfpay_body_sign(again.replace(b": ", b":"), vector["key"]) != vector["expected"]


@pytest.mark.parametrize("vector", of_kind("aes256cbc-iv-prefixed-base64"))
def test_mypay_seals(vector: dict[str, Any]) -> None:
    plain, key = vector["inputs"]["plaintext"], vector["key"]
    iv = bytes.fromhex(vector["iv_hex"])
    assert signing.mypay_seal(plain, key, iv) == vector["expected"]
    assert crypto.mypay_seal(plain, key, iv) == vector["expected"]
    assert signing.mypay_open(vector["expected"], key) == plain
    assert crypto.mypay_open(vector["expected"], key) == plain


def test_every_published_vector_is_reproduced() -> None:
    kinds = {
        "aes128cbc-encrypt", "CheckMacValue-md5", "CheckMacValue-sha256", "md5-sign", "request-sign-md5",
        "request-sign-sha256", "response-and-notify-sign-md5", "aes256cbc-iv-prefixed-base64", "aes128cbc-decrypt",
    }  # fmt: skip
    assert {vector["kind"] for vector in VECTORS} == kinds


KEY, IV = "5294y06JbISpM5x9", "v77hoKGq4kWxNNIS"
LONG_KEY = "KYTjd9ACcjGaTK6V3zWmMkyrQS08Ndcx"


@pytest.mark.parametrize("damaged", ["", "!", "QUJD", "A" * 22 + "==", "測試", "%2B%2B"])
def test_data_that_cannot_be_decrypted_is_a_bad_reply(damaged: str) -> None:
    with pytest.raises(BadReply, match="cannot be decrypted"):
        signing.opay_decrypt(damaged, KEY, IV)
    with pytest.raises(BadReply, match="cannot be decrypted"):
        signing.mypay_open(damaged, LONG_KEY)


def test_bytes_that_are_not_text_are_a_bad_reply() -> None:
    sealed = base64.b64encode(b"\0" * 16 + signing.aes_cbc_encrypt(b"\xff\xfe", LONG_KEY.encode(), b"\0" * 16))
    with pytest.raises(BadReply):
        signing.mypay_open(sealed.decode(), LONG_KEY)


@given(st.text())
def test_encrypted_text_is_decrypted_again(text: str) -> None:
    assert signing.mypay_open(signing.mypay_seal(text, LONG_KEY, b"0123456789abcdef"), LONG_KEY) == text


@given(st.text(), st.text())
def test_no_foreign_bytes_break_the_decryption(one: str, other: str) -> None:
    with contextlib.suppress(BadReply):
        signing.opay_decrypt(one + other, KEY, IV)
    with contextlib.suppress(BadReply):
        signing.mypay_open(one, LONG_KEY)


@given(st.binary(max_size=200))
def test_no_foreign_ciphertext_breaks_the_decryption(raw: bytes) -> None:
    """Whole blocks are valid Base64, and decrypt to any bytes."""
    sealed = base64.b64encode(raw).decode()
    with contextlib.suppress(BadReply):
        signing.opay_decrypt(sealed, KEY, IV)
    with contextlib.suppress(BadReply):
        signing.mypay_open(sealed, LONG_KEY)


@pytest.mark.parametrize("vector", of_kind("aes128cbc-encrypt"))
def test_another_shops_keys_do_not_decrypt_our_envelope(vector: dict[str, Any]) -> None:
    with pytest.raises(BadReply):
        signing.opay_decrypt(vector["expected"], "another key 1234", vector["iv"])


@pytest.mark.parametrize("vector", of_kind("aes256cbc-iv-prefixed-base64"))
def test_another_shops_key_does_not_decrypt_our_data(vector: dict[str, Any]) -> None:
    with pytest.raises(BadReply):
        signing.mypay_open(vector["expected"], "another key".ljust(32, "x"))


def test_digests_are_compared_ignoring_letter_case() -> None:
    assert signing.signatures_match("abCD", "ABcd")
    assert not signing.signatures_match("abcd", "abce")
    assert not signing.signatures_match("", "abcd")
    assert not signing.signatures_match("測", "abcd")
