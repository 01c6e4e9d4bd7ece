"""Self-signed certificates, made at run time, so that the repository contains no key."""

from __future__ import annotations

import ssl
import tempfile
import warnings
from pathlib import Path

from Crypto.Hash import SHA256
from Crypto.PublicKey import ECC
from Crypto.Signature import DSS
from Crypto.Util.asn1 import DerBitString, DerInteger, DerObject, DerObjectId, DerSequence, DerSetOf

COMMON_NAME = "2.5.4.3"
ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2"
UTF8_STRING, UTC_TIME = 0x0C, 0x17
FROM, UNTIL = b"200101000000Z", b"491231235959Z"


def self_signed() -> ssl.SSLContext:
    """Return a server's TLS context with a self-signed certificate for 127.0.0.1."""
    key = ECC.generate(curve="P-256")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:  # ssl reads certificates only from files
        pem = Path(folder) / "both.pem"
        pem.write_text(key.export_key(format="PEM") + "\n" + ssl.DER_cert_to_PEM_cert(_signed(key)), "ascii")
        context.load_cert_chain(pem)
    return context


def self_signed_old_tls() -> ssl.SSLContext:
    """Return the same with TLS 1.1 at most."""
    context = self_signed()
    context.set_ciphers("ALL:@SECLEVEL=0")  # OpenSSL 3 offers TLS 1.1 at this level only
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # a deprecated version is intended
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


def _signed(key: ECC.EccKey) -> bytes:
    """Return an X.509 certificate of version 1 (RFC 5280, 4.1), without extensions, in DER."""
    named = DerSequence([DerObjectId(COMMON_NAME), DerObject(UTF8_STRING, b"127.0.0.1")])
    name = DerSequence([DerSetOf([named.encode()])])
    times = DerSequence([DerObject(UTC_TIME, FROM), DerObject(UTC_TIME, UNTIL)])
    how = DerSequence([DerObjectId(ECDSA_WITH_SHA256)])
    public = key.public_key().export_key(format="DER", compress=False)
    body = DerSequence([DerInteger(1), how, name, times, name, public]).encode()
    signature = DSS.new(key, "fips-186-3", encoding="der").sign(SHA256.new(body))
    return DerSequence([body, how, DerBitString(signature)]).encode()
