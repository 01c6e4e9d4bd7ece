"""The documents' ciphers and digests, implemented again, so that an error of the clients is not repeated here."""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from urllib.parse import quote, unquote, unquote_plus

from Crypto.Cipher import AES

BLOCK = 16


class Unreadable(Exception):
    """The data cannot be decrypted with our key."""


def cbc_encrypt(key: bytes, iv: bytes, plain: bytes) -> bytes:
    """Encrypt with AES-CBC, padded as PKCS7."""
    fill = BLOCK - len(plain) % BLOCK
    return bytes(AES.new(key, AES.MODE_CBC, iv).encrypt(plain + bytes([fill]) * fill))


def cbc_decrypt(key: bytes, iv: bytes, sealed: bytes) -> bytes:
    """Decrypt what :func:`cbc_encrypt` made. Raises Unreadable."""
    if not sealed or len(sealed) % BLOCK or len(iv) != BLOCK:
        raise Unreadable("length")
    plain = bytes(AES.new(key, AES.MODE_CBC, iv).decrypt(sealed))
    fill = plain[-1]
    if not 1 <= fill <= BLOCK or plain[-fill:] != bytes([fill]) * fill:
        raise Unreadable("padding")
    return plain[:-fill]


def unbase64(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError as error:
        raise Unreadable("base64") from error


def opay_seal(text: str, key: str, iv: str) -> str:
    """Encrypt as in O'Pay's appendix 1, V1.0.3: percent-encoding, then AES-128-CBC, then Base64."""
    return b64encode(cbc_encrypt(key.encode(), iv.encode(), quote(text, safe="-_.~").encode())).decode()


def opay_seal_bare(text: str, key: str, iv: str) -> str:
    """Encrypt as O'Pay's SDK does: AES-128-CBC without percent-encoding, then Base64."""
    return b64encode(cbc_encrypt(key.encode(), iv.encode(), text.encode())).decode()


def opay_text(data: str, key: str, iv: str) -> str:
    """Decrypt ``Data`` that is percent-encoded once or twice; the text may be percent-encoded. Raises Unreadable."""
    raw = unbase64(unquote(data).replace(" ", "+"))
    return cbc_decrypt(key.encode(), iv.encode(), raw).decode(errors="strict")


def opay_open(data: str, key: str, iv: str) -> str:
    """Decrypt the JSON of a ``Data`` in the form of V1.0.3 or the older one. Raises Unreadable."""
    text = opay_text(data, key, iv)
    return unquote_plus(text) if text.startswith(("%7B", "%7b")) else text


INVOICE_KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")
INVOICE_IV = b64decode("Dt8lyToo17X/XkXaQvihuA==")
"""The ministry's IV, and a key of the simulator: only the ministry needs the shop's key."""


def invoice_seal(text: str) -> str:
    """Return the 24 characters of the left code (MOF v1.8): AES-128-CBC of track, number and random code."""
    return b64encode(cbc_encrypt(INVOICE_KEY, INVOICE_IV, text.encode())).decode()


def opay_mac(fields: dict[str, str], key: str, iv: str, *, sha256: bool) -> str:
    """Return CheckMacValue, encoded as by .NET's HttpUtility.UrlEncode."""
    pairs = sorted(((k, v) for k, v in fields.items() if k != "CheckMacValue"), key=lambda pair: pair[0].lower())
    line = f"HashKey={key}&" + "&".join(f"{k}={v}" for k, v in pairs) + f"&HashIV={iv}"
    coded = dotnet_encode(line).lower().encode()
    return (hashlib.sha256(coded) if sha256 else hashlib.md5(coded)).hexdigest().upper()


def dotnet_encode(text: str) -> str:
    """Percent-encode as .NET does: lower-case hexadecimal digits, a space becomes ``+``."""
    return "".join(_dotnet(char) for char in text)


def _dotnet(char: str) -> str:
    if char == " ":
        return "+"
    if char.isascii() and (char.isalnum() or char in "-_.!*()"):
        return char
    return "".join(f"%{byte:02x}" for byte in char.encode())


def wanpay_sign(fields: dict[str, str], key: str) -> str:
    """Sign as in WanPay 2.3, with ``&key=`` as in its example."""
    line = "&".join(f"{k}={fields[k]}" for k in sorted(fields) if k != "sign" and fields[k] != "")
    return hashlib.md5(f"{line}&key={key}".encode()).hexdigest().upper()


def qfpay_sign(fields: dict[str, str], key: str, *, sha256: bool = False) -> str:
    line = ("&".join(f"{k}={v}" for k, v in sorted(fields.items())) + key).encode()
    return (hashlib.sha256(line) if sha256 else hashlib.md5(line)).hexdigest().upper()


def qfpay_body_sign(body: bytes, key: str) -> str:
    return hashlib.md5(body + key.encode()).hexdigest().upper()


def mypay_seal(text: str, key: str, iv: bytes) -> str:
    return b64encode(iv + cbc_encrypt(key.encode(), iv, text.encode())).decode()


def mypay_open(sealed: str, key: str) -> str:
    """Decrypt MyPay 附錄四: Base64 of IV and ciphertext. Raises Unreadable."""
    raw = unbase64(sealed)
    try:
        return cbc_decrypt(key.encode(), raw[:BLOCK], raw[BLOCK:]).decode()
    except UnicodeDecodeError as error:
        raise Unreadable("text") from error
