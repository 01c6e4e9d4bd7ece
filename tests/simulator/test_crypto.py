"""The ciphers and signatures, tested with every published vector."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from pos.simulator import crypto

VECTORS = json.loads((Path(__file__).parent.parent / "gateways" / "vectors.json").read_text("utf-8"))["vectors"]
KEY, IV = "5294y06JbISpM5x9", "v77hoKGq4kWxNNIS"
STORE_KEY = "KYTjd9ACcjGaTK6V3zWmMkyrQS08Ndcx"


def made(vector: dict[str, Any]) -> str:
    """Return the simulator's result for a vector's inputs."""
    kind, key, inputs = vector["kind"], vector["key"], vector["inputs"]
    if kind.startswith("CheckMacValue"):
        fields = {name: "" if value is None else str(value) for name, value in inputs.items()}
        return crypto.opay_mac(fields, key, vector["iv"], sha256=kind.endswith("sha256"))
    if kind == "md5-sign":
        return crypto.wanpay_sign(inputs, key)
    if kind.startswith("request-sign"):
        fields = dict(part.split("=", 1) for part in inputs["string"].split("&")) if "string" in inputs else inputs
        return crypto.qfpay_sign(fields, key, sha256=kind.endswith("sha256"))
    if kind.startswith("response-and-notify"):
        return crypto.qfpay_body_sign(inputs["body"].encode(), key)
    if kind.startswith("aes256cbc"):
        return crypto.mypay_seal(inputs["plaintext"], key, bytes.fromhex(vector["iv_hex"]))
    if kind == "aes128cbc-decrypt":
        return crypto.opay_open(inputs["Data"], key, vector["iv"])
    if "json" in inputs:
        return crypto.opay_seal(inputs["json"], key, vector["iv"])
    sealed = crypto.cbc_encrypt(key.encode(), vector["iv"].encode(), inputs["plaintext"].encode())
    return b64encode(sealed).decode()


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: str(vector["id"]))
def test_every_published_vector_is_reproduced(vector: dict[str, Any]) -> None:
    assert made(vector) == vector["expected"]


@pytest.mark.parametrize("spelled", ['{"a":"茶 +~"}', '{"cmd":"api\\/orders"}'])
def test_encrypted_text_is_decrypted_again(spelled: str) -> None:
    assert crypto.opay_open(crypto.opay_seal(spelled, KEY, IV), KEY, IV) == spelled
    assert crypto.mypay_open(crypto.mypay_seal(spelled, STORE_KEY, bytes(16)), STORE_KEY) == spelled


@pytest.mark.parametrize("damaged", ["", "AAAA", "not base64!", "A" * 64, "5aW9", "測試"])
def test_damaged_text_is_refused(damaged: str) -> None:
    with pytest.raises(crypto.Unreadable):
        crypto.mypay_open(damaged, STORE_KEY)
    with pytest.raises(crypto.Unreadable):
        crypto.opay_open(damaged, KEY, IV)
