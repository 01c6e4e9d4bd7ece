"""Encryption and signatures of each gateway, as pure functions, tested with the published vectors.

Data from outside that cannot be decrypted raises :class:`~pos.errors.BadReply`, never ValueError.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from pos.errors import BadReply
from pos.i18n import N_

IV_BYTES: Final = 16

_WIRE_ENCODINGS: Final = 2
"""How many times O'Pay's ``Data`` may be percent-encoded when it is read."""

_DAMAGED: Final = N_("The gateway's answer cannot be decrypted.")


def signatures_match(left: str, right: str) -> bool:
    """Return whether two digests are equal, in constant time, ignoring letter case."""
    return hmac.compare_digest(_bytes_of(left.upper()), _bytes_of(right.upper()))


# -- O'Pay WxAPI (微信公眾號支付 V1.0.3, appendix 1) --------


def opay_encrypt(text: str, key: str, iv: str) -> str:
    """Encrypt JSON to ``Data``: percent-encoding as JavaScript's encodeURIComponent, AES-128-CBC, PKCS7, Base64."""
    return opay_cipher(quote(text, safe="-_.~"), key, iv)


def opay_cipher(plain: str, key: str, iv: str) -> str:
    """Encrypt without the percent-encoding that V1.0.3 requires."""
    return base64.b64encode(aes_cbc_encrypt(plain.encode(), key.encode(), iv.encode())).decode()


def opay_decrypt(data: str, key: str, iv: str) -> str:
    """Decrypt ``Data`` to JSON text, in every form of the document and of the gateway's SDK. Raises BadReply.

    Base64 has neither spaces nor percent signs: a space is a ``+`` that a form parser replaced, a percent sign remains
    of a percent-encoding.
    """
    for _ in range(_WIRE_ENCODINGS):
        data = unquote(data)
    data = data.replace(" ", "+")
    plain = _text(aes_cbc_decrypt(_decoded(data), key.encode(), iv.encode()))
    return unquote_plus(plain) if plain[:3].lower() == "%7b" else plain


def dotnet_encode(text: str) -> str:
    """Percent-encode ``text`` as .NET's HttpUtility.UrlEncode does.

    A space becomes ``+``, hexadecimal digits are lower case, letters, digits and ``-_.!*()`` stay unchanged.
    """
    encoded = quote_plus(text, safe="-_.!*()").replace("~", "%7e")
    return re.sub("%[0-9A-F]{2}", lambda escape: escape[0].lower(), encoded)


# -- O'Pay AIO: CheckMacValue (public; protocols of the AIO SDKs) --------


def check_mac_value(fields: Mapping[str, str], key: str, iv: str, *, sha256: bool = False) -> str:
    """Return the digest of all fields except ``CheckMacValue``, including empty ones."""
    names = sorted((name for name in fields if name != "CheckMacValue"), key=str.lower)
    plain = "&".join([f"HashKey={key}", *(f"{name}={fields[name]}" for name in names), f"HashIV={iv}"])
    digest = hashlib.sha256 if sha256 else hashlib.md5
    return digest(dotnet_encode(plain).lower().encode()).hexdigest().upper()


# -- WanPay (ATM 虛擬帳號 V1.3, 2.3) --------


def wanpay_sign(fields: Mapping[str, str], key: str) -> str:
    """Return the MD5 of all non-empty fields except ``sign``, sorted by name, followed by ``&key=``; upper case."""
    pairs = [f"{name}={fields[name]}" for name in sorted(fields) if name != "sign" and fields[name] != ""]
    return _md5("&".join([*pairs, f"key={key}"]))


# -- QFPay (request: sorted fields; reply and notification: the raw body) --------


def qfpay_sign(fields: Mapping[str, str], key: str, *, sha256: bool = False) -> str:
    """Return the digest of ``k=v`` of all fields sorted by name, directly followed by the key; upper case."""
    plain = "&".join(f"{name}={fields[name]}" for name in sorted(fields)) + key
    return hashlib.sha256(plain.encode()).hexdigest().upper() if sha256 else _md5(plain)


def qfpay_body_sign(body: bytes, key: str) -> str:
    """Return the MD5 of the raw bytes of a body and the key; not of JSON that was parsed and serialized again."""
    return hashlib.md5(body + key.encode()).hexdigest().upper()


# -- MyPay (附錄四:資料加密方式說明) --------


def mypay_seal(plain: str, key: str, iv: bytes) -> str:
    """Return Base64 of the IV and the AES-256-CBC, PKCS7 ciphertext. ``iv``: 16 new random bytes."""
    return base64.b64encode(iv + aes_cbc_encrypt(plain.encode(), key.encode(), iv)).decode()


def mypay_open(sealed: str, key: str) -> str:
    """Decrypt what :func:`mypay_seal` made. Raises BadReply."""
    raw = _decoded(sealed)
    return _text(aes_cbc_decrypt(raw[IV_BYTES:], key.encode(), raw[:IV_BYTES]))


# -- shared by the gateways --------


def compact(value: object) -> str:
    """Return JSON without spaces; characters outside ASCII are not escaped."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def aes_cbc_encrypt(plain: bytes, key: bytes, iv: bytes) -> bytes:
    """Encrypt with AES in CBC mode, padded as PKCS7. ``key``: 16, 24 or 32 bytes; ``iv``: 16 bytes."""
    from Crypto.Cipher import AES
    from Crypto.Util.Padding import pad

    sealed: bytes = AES.new(key, AES.MODE_CBC, iv).encrypt(pad(plain, AES.block_size))
    return sealed


def aes_cbc_decrypt(sealed: bytes, key: bytes, iv: bytes) -> bytes:
    """Decrypt what :func:`aes_cbc_encrypt` made. Raises BadReply."""
    from Crypto.Cipher import AES
    from Crypto.Util.Padding import unpad

    try:
        opened: bytes = unpad(AES.new(key, AES.MODE_CBC, iv).decrypt(sealed), AES.block_size)
    except ValueError as error:
        raise BadReply(_DAMAGED, str(error)) from error
    return opened


def _md5(plain: str) -> str:
    return hashlib.md5(_bytes_of(plain)).hexdigest().upper()


def _bytes_of(text: str) -> bytes:
    return text.encode(errors="surrogatepass")  # JSON and headers may contain lone surrogates


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadReply(_DAMAGED, str(error)) from error


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise BadReply(_DAMAGED, str(error)) from error
