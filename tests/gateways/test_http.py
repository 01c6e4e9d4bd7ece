"""The errors of failed calls: the request never left, or it may have arrived."""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import warnings
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos.errors import BadReply, ConfigError, NoAnswer, NotSent, RateLimited
from pos.gateways.http import REPLY_LIMIT, Reply, Wire, check_url, json_object, translated
from pos.gateways.signing import compact
from tests.gateways.conftest import run
from tests.support.shop import NOON, StoppedClock

NEVER_LEFT = {
    httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol,
    httpx.LocalProtocolError, httpx.InvalidURL,
}  # fmt: skip
URL = "https://gateway.example/call"


def all_httpx_errors() -> list[type[Exception]]:
    found = {getattr(httpx, name) for name in httpx.__all__}
    kinds = [one for one in found if isinstance(one, type) and issubclass(one, Exception)]
    return sorted(kinds, key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", all_httpx_errors())
def test_every_error_of_httpx_is_classified(kind: type[Exception]) -> None:
    """An unknown error of a newer httpx counts as NoAnswer until it is classified here."""
    error = kind.__new__(kind)
    Exception.__init__(error, "x")
    assert type(translated(error)) is (NotSent if kind in NEVER_LEFT else NoAnswer)


def wire(responder: Callable[[httpx.Request], httpx.Response], clock: StoppedClock | None = None) -> Wire:
    return Wire("test", clock or StoppedClock(), httpx.MockTransport(responder))


def post(answer: httpx.Response) -> Reply:
    return run(wire(lambda request: answer).post_form(URL, {"a": "1"}))


def test_a_reply_of_200_is_returned() -> None:
    reply = post(httpx.Response(200, json={"a": 1}, headers={"X-QF-SIGN": "S"}))
    assert reply.json_object() == {"a": 1}
    assert reply.headers["x-qf-sign"] == "S"


@pytest.mark.parametrize("status", [201, 204, 301, 302, 307, 400, 401, 403, 404, 500, 502, 503])
def test_any_other_status_is_no_answer(status: int) -> None:
    with pytest.raises(NoAnswer, match=str(status)):
        post(httpx.Response(status, headers={"Location": "https://elsewhere.example"}))


def test_too_many_requests_has_the_requested_pause() -> None:
    with pytest.raises(RateLimited) as caught:
        post(httpx.Response(429, headers={"Retry-After": "30"}))
    assert caught.value.retry_after == 30
    for header in ("", "soon", "-5", "1.5", "Fri, 20 Nov 2026 03:00:00 GMT", "Fri, 20 Nov 2026 05:00:00 -0000"):
        with pytest.raises(RateLimited) as again:
            post(httpx.Response(429, headers={"Retry-After": header}))
        assert again.value.retry_after == 0


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("Fri, 20 Nov 2026 04:01:30 GMT", 90), ("Sat, 21 Nov 2026 04:00:00 GMT", 3600), ("999999999", 3600)],
)
def test_the_pause_may_be_a_date_and_is_an_hour_at_most(header: str, seconds: float) -> None:
    with pytest.raises(RateLimited) as caught:
        post(httpx.Response(429, headers={"Retry-After": header}))
    assert caught.value.retry_after == seconds


def test_a_compressed_reply_is_not_decompressed() -> None:
    compressed = gzip.compress(b" " * 10_000_000)
    with pytest.raises(BadReply, match="compressed"):
        post(httpx.Response(200, content=compressed, headers={"Content-Encoding": "gzip"}))
    assert post(httpx.Response(200, content=b"{}", headers={"Content-Encoding": "Identity"})).body == b"{}"


def test_a_reply_that_never_ends_is_cut_off() -> None:
    with pytest.raises(BadReply, match="too long"):
        post(httpx.Response(200, content=b"x" * (REPLY_LIMIT + 1)))
    assert len(post(httpx.Response(200, content=b"x" * REPLY_LIMIT)).body) == REPLY_LIMIT


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b'"x"', b"1", b"{", b"\xff", b"[" * 100_000, b'{"a":1}x',
                                  b'{"a":1,"a":2}', b'{"a":{"b":1,"b":1}}', b'{"a":NaN}', b'{"a":-Infinity}',
                                  b'{"a":' * 100_000, b'{"a":1' + b"0" * 5000 + b"}"])  # fmt: skip
def test_anything_but_a_json_object_is_a_bad_reply(body: bytes) -> None:
    with pytest.raises(BadReply):
        json_object(body)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpx.ConnectError("refused"), NotSent),
        (httpx.ConnectTimeout("x"), NotSent),
        (httpx.ReadTimeout("x"), NoAnswer),
        (httpx.ReadError("reset"), NoAnswer),
        (httpx.RemoteProtocolError("x"), NoAnswer),
        (httpx.WriteError("x"), NoAnswer),
    ],
)
def test_the_error_of_a_failed_call_depends_on_its_cause(error: httpx.TransportError, kind: type[Exception]) -> None:
    def broken(request: httpx.Request) -> httpx.Response:
        raise error

    with pytest.raises(kind):
        run(wire(broken).post_form(URL, {}))


def test_a_bad_certificate_has_its_own_message() -> None:
    error = translated(httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed"))
    assert isinstance(error, NotSent)
    assert "certificate" in str(error)
    assert "no safe connection" in str(translated(httpx.ConnectError("[SSL: TLSV1_ALERT_PROTOCOL_VERSION]")))


def test_a_slow_reply_ends_with_a_timeout() -> None:
    class Trickle(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                await asyncio.sleep(0.01)
                yield b" "

    transport = httpx.MockTransport(lambda request: httpx.Response(200, stream=Trickle()))
    with pytest.raises(NoAnswer, match="in time"):
        run(Wire("test", StoppedClock(), transport, patience=0.1).post_form(URL, {}))


@pytest.mark.parametrize(
    ("date", "drift"),
    [
        ("Fri, 20 Nov 2026 04:00:00 GMT", 0),
        ("Fri, 20 Nov 2026 04:00:02 GMT", 0),
        ("Fri, 20 Nov 2026 04:03:00 GMT", -180),
        ("Thu, 19 Nov 2026 04:00:00 GMT", 86400),
        ("nonsense", 0),
        ("Fri, 20 Nov 2026 05:00:00 -0000", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 0),
        ("Thu, 01 Jan 1998 00:00:00 GMT", 911534400),
    ],
)
def test_the_gateways_clock_is_learned_from_its_date(date: str, drift: float) -> None:
    learned = wire(lambda request: httpx.Response(200, headers={"Date": date}))
    run(learned.post_form(URL, {}))
    assert learned.drift == drift
    assert learned.now() == NOON - timedelta(seconds=drift)


@given(date=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40))
def test_no_date_header_breaks_a_call(date: str) -> None:
    learned = wire(lambda request: httpx.Response(200, headers={"Date": date}))
    run(learned.post_form(URL, {}))
    assert learned.now().tzinfo is not None


@pytest.mark.parametrize("url", ["https://a.example", "http://127.0.0.1:80/x", "http://localhost", "http://[::1]:1/"])
def test_safe_addresses_are_accepted(url: str) -> None:
    check_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example", "ftp://a", "a.example", "", "https://", "http://127.0.0.1.evil", "https://[",
        "https://a..b", "https://a:b", "https://a:0", "https://" + "a" * 64 + ".example",
    ],
)  # fmt: skip
def test_an_address_without_tls_is_refused_before_anything_is_sent(url: str) -> None:
    with pytest.raises(ConfigError, match="https"):
        check_url(url)

    def never(request: httpx.Request) -> httpx.Response:
        raise AssertionError("sent")

    with pytest.raises(ConfigError):
        run(wire(never).post_form(url, {"key": "secret"}))


def test_a_form_is_encoded_once() -> None:
    seen: list[bytes] = []

    def look(request: httpx.Request) -> httpx.Response:
        seen.append(request.content)
        assert request.headers["content-type"].startswith("application/x-www-form-urlencoded")
        assert request.headers["user-agent"].startswith("Counter/")
        return httpx.Response(200)

    run(wire(look).post_form(URL, {"a": "1+2/3=", "b": "茶 &"}))
    assert seen == [b"a=1%2B2%2F3%3D&b=%E8%8C%B6+%26"]


def test_json_is_posted_unchanged_as_it_was_signed() -> None:
    seen: list[httpx.Request] = []

    def look(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={})

    text = compact({"b": "茶", "a": [1, "1"]})
    run(wire(look).post_json(URL, text, {"X-Sign": "S"}))
    assert seen[0].content.decode() == text == '{"b":"茶","a":[1,"1"]}'
    assert seen[0].headers["content-type"] == "application/json; charset=utf-8"
    assert seen[0].headers["x-sign"] == "S"
    assert seen[0].method == "POST"


def test_a_signed_query_is_sent_by_get_with_its_headers() -> None:
    seen: list[httpx.Request] = []

    def look(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={})

    run(wire(look).get(URL, {"X-Sign": "S"}))
    run(wire(look).get(URL))
    assert [(one.method, one.content, one.headers.get("x-sign")) for one in seen] == [
        ("GET", b"", "S"),
        ("GET", b"", None),
    ]


@pytest.mark.parametrize("verb", ["post_json", "get"])
def test_json_and_queries_fail_as_forms_do(verb: str) -> None:
    arguments = (URL, "{}") if verb == "post_json" else (URL,)
    with pytest.raises(NoAnswer, match="500"):
        run(getattr(wire(lambda request: httpx.Response(500)), verb)(*arguments))
    with pytest.raises(ConfigError, match="https"):
        run(getattr(wire(lambda request: httpx.Response(200)), verb)("http://gateway.example", *arguments[1:]))


def test_a_closed_wire_may_be_opened_again() -> None:
    once = wire(lambda request: httpx.Response(200))

    async def twice() -> None:
        await once.post_form(URL, {})
        await once.aclose()
        await once.aclose()
        await once.post_form(URL, {})
        await once.aclose()

    run(twice())


def test_every_call_opens_its_own_connection_and_no_redirect_is_followed() -> None:
    """An idle connection may be closed during a request; then it is not known whether the request was sent."""
    seen: list[bytes] = []

    async def whole() -> None:
        ended = asyncio.Semaphore(0)

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            seen.append((await reader.readuntil(b"\r\n\r\n")).split(b" ")[1])
            writer.write(b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
            seen.append(await reader.read() and b"asked again")
            writer.close()
            ended.release()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        calling = Wire("real", StoppedClock())
        for _ in range(2):
            with pytest.raises(NoAnswer, match="302"):
                await calling.post_form(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/call", {})
        await calling.aclose()
        server.close()
        for _ in range(2):
            await asyncio.wait_for(ended.acquire(), 10)

    asyncio.run(whole())
    assert seen.count(b"/call") == 2
    assert b"/elsewhere" not in seen
    assert b"asked again" not in seen


def test_without_a_listener_nothing_is_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(NotSent, match="cannot be reached"):
        run(Wire("real", StoppedClock()).post_form(f"http://127.0.0.1:{port}/", {}))


def self_signed(folder: Path) -> tuple[Path, ssl.SSLContext]:
    import datetime
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "own.pem"
    pem.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(pem)
    return pem, serving


def served(context: ssl.SSLContext, verify: ssl.SSLContext | None, seen: list[bytes]) -> None:
    """Make a call over real TLS to a server that records what it reads."""

    async def whole() -> None:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            seen.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
        port = server.sockets[0].getsockname()[1]
        calling = Wire("tls", StoppedClock(), verify=verify)
        try:
            await calling.post_form(f"https://127.0.0.1:{port}/", {"secret": "1"})
        finally:
            await calling.aclose()
            server.close()
            await asyncio.sleep(0.05)

    asyncio.run(whole())


def test_an_unknown_certificate_gets_nothing(tmp_path: Path) -> None:
    _, context = self_signed(tmp_path)
    seen: list[bytes] = []
    with pytest.raises(NotSent, match="certificate"):
        served(context, None, seen)
    assert seen == []


def test_a_known_certificate_is_accepted(tmp_path: Path) -> None:
    pem, context = self_signed(tmp_path)
    seen: list[bytes] = []
    served(context, ssl.create_default_context(cafile=str(pem)), seen)
    assert seen[0].startswith(b"POST / HTTP/1.1")


def test_a_gateway_with_old_tls_gets_nothing(tmp_path: Path) -> None:
    pem, context = self_signed(tmp_path)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    seen: list[bytes] = []
    with pytest.raises(NotSent, match="no safe connection"):
        served(context, ssl.create_default_context(cafile=str(pem)), seen)
    assert seen == []
    assert httpx.create_ssl_context(trust_env=False).minimum_version >= ssl.TLSVersion.TLSv1_2
