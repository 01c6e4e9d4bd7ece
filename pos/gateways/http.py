"""One wire to each gateway, and the only place that knows httpx.

What the rest of the program must know of a failed call is one thing: did anything leave this machine?
:class:`~pos.errors.NotSent` says certainly not; everything else is :class:`~pos.errors.NoAnswer`.
"""

from __future__ import annotations

import asyncio
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit

from pos import __version__
from pos.errors import BadReply, ConfigError, HttpFault, NoAnswer, NotSent, RateLimited
from pos.i18n import N_, Message, msg
from pos.runtime import Clock
from pos.text import REPLACEMENT

if TYPE_CHECKING:
    import ssl

    import httpx

CONNECT_SECONDS: Final = 5.0
READ_SECONDS: Final = 15.0
CALL_SECONDS: Final = 25.0
"""A gateway that trickles bytes must not hold a call for ever."""

REPLY_LIMIT: Final = 1024 * 1024
"""Bytes of a reply (reliability N2)."""

DEEPEST: Final = 16
"""Objects and lists inside each other in a reply; the documents' samples have four."""

_SURROGATE: Final = re.compile("[\ud800-\udfff]")

NOTICED_DRIFT: Final = 2.0
"""Seconds: ``Date`` has whole seconds and took its way; less is no difference."""

CREDIBLE_DRIFT: Final = 50 * 365 * 86400.0
"""Seconds: a dead clock battery explains decades; more is a damaged ``Date``."""

LONGEST_REST: Final = 3600.0
"""Seconds that a gateway may ask to be left alone."""

HEADERS: Final = {
    "User-Agent": f"Counter/{__version__}",
    "Accept": "application/json, text/plain, */*",
    "Accept-Encoding": "identity",
}

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_LOCAL: Final = frozenset(("http", host) for host in LOOPBACK)


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply of status 200, whole. Header names are in lower case."""

    headers: Mapping[str, str]
    body: bytes

    def json_object(self) -> dict[str, Any]:
        """The body as one JSON object. Raises BadReply for anything else."""
        return json_object(self.body)


def json_object(text: bytes | str) -> dict[str, Any]:
    """One JSON object and nothing else: no name twice, no ``NaN``, no deep nesting. Raises BadReply.

    Half of a surrogate pair, as software that cuts UTF-16 text leaves behind, becomes U+FFFD.
    """
    try:
        found = _checked_value(json.loads(text, object_pairs_hook=_unique_names, parse_constant=_no_number), DEEPEST)
    except (ValueError, RecursionError) as error:
        raise BadReply(N_("The gateway's answer is not JSON."), type(error).__name__) from error
    if not isinstance(found, dict):
        raise BadReply(N_("The gateway's answer is not a JSON object."))
    return found


def check_url(url: str) -> None:
    """Raises ConfigError unless ``url`` is https, or http on loopback (reliability I4)."""
    if not _is_safe(url):
        raise ConfigError(msg(N_("{url} must be an https address (http only on this computer)."), url=url))


def _is_safe(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        host.encode("idna")  # what the resolver will do: a name it cannot encode is no address
        return bool(host) and parts.port != 0 and (parts.scheme == "https" or (parts.scheme, host) in _LOCAL)
    except ValueError:
        return False


def _unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of two values by one name nobody can say which was meant."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _checked_value(value: Any, depth: int) -> Any:
    """Return ``value`` without lone surrogates. Raises ValueError for nesting below ``depth`` and infinite numbers."""
    if isinstance(value, str):
        return value if value.isascii() else _SURROGATE.sub(REPLACEMENT, value)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a number is too large")
    if isinstance(value, dict | list) and not depth:
        raise ValueError("it is nested too deeply")
    if isinstance(value, dict):
        return {_checked_value(name, depth): _checked_value(one, depth - 1) for name, one in value.items()}
    return [_checked_value(one, depth - 1) for one in value] if isinstance(value, list) else value


class Wire:
    """Calls to one gateway, each of ``patience`` seconds at most.

    ``transport`` replaces the network, ``verify`` the trusted certificates.
    """

    def __init__(
        self,
        gateway: str,
        clock: Clock,
        transport: httpx.AsyncBaseTransport | None = None,
        verify: ssl.SSLContext | None = None,
        patience: float = CALL_SECONDS,
    ) -> None:
        self.gateway = gateway
        self.drift = 0.0  # our clock minus theirs, in seconds
        self.guard: Callable[[], None] = lambda: None  # raises NotSent where nothing may be sent
        self._clock = clock
        self._transport = transport
        self._verify = verify
        self._patience = patience
        self._client: httpx.AsyncClient | None = None

    def now(self) -> datetime:
        """The time by the gateway's clock, as far as its last reply told it (reliability N8)."""
        return self._clock.now() - timedelta(seconds=self.drift)

    async def post_form(self, url: str, fields: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Reply:
        """POST ``fields`` as a form. Raises NotSent, NoAnswer, RateLimited, BadReply."""
        content = urlencode(fields).encode()
        form = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        return await self._post(url, content, form | dict(headers or {}))

    async def post_json(self, url: str, text: str, headers: Mapping[str, str] | None = None) -> Reply:
        """POST ``text`` byte for byte as JSON, so that a signature over it holds. Raises as :meth:`post_form`.

        Write it with :func:`pos.gateways.signing.compact`.
        """
        kind = {"Content-Type": "application/json; charset=utf-8"}
        return await self._post(url, text.encode(), kind | dict(headers or {}))

    async def aclose(self) -> None:
        """Let go of the sockets."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> Reply:
        """GET ``url``. Raises as :meth:`post_form`.

        For an address that an answer names, give no ``headers``: nothing of the shop is sent there.
        """
        return await self._call("GET", url, b"", headers or {})

    async def _post(self, url: str, content: bytes, headers: Mapping[str, str]) -> Reply:
        return await self._call("POST", url, content, headers)

    async def _call(self, verb: str, url: str, content: bytes, headers: Mapping[str, str]) -> Reply:
        import httpx

        check_url(url)
        self.guard()
        try:
            async with asyncio.timeout(self._patience):
                request = self._open_client().build_request(verb, url, content=content, headers=dict(headers))
                response = await self._open_client().send(request, stream=True)
                try:
                    return await self._read(response)
                finally:
                    await response.aclose()
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, httpx.CookieConflict) as error:
            raise translated(error) from error
        except TimeoutError as error:
            raise NoAnswer(_SILENT) from error

    async def _read(self, response: httpx.Response) -> Reply:
        self._learn_time(response.headers.get("date", ""))
        if response.status_code == 429:
            raise RateLimited(N_("The gateway asks for fewer queries."), self._rest(response.headers))
        if response.status_code != 200:
            text = N_("The gateway answered with HTTP status {status}.")
            raise HttpFault(msg(text, status=response.status_code), response.status_code)
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            # None was asked for, and a few packed bytes may unpack to more than this machine has.
            raise BadReply(N_("The gateway's answer is compressed, so it is not used."))
        body = b""
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > REPLY_LIMIT:
                raise BadReply(N_("The gateway's answer is too long."))
        return Reply(dict(response.headers), body)

    def _learn_time(self, date: str) -> None:
        try:
            theirs = parsedate_to_datetime(date)
        except (ValueError, TypeError, ArithmeticError):  # a year or an offset of many digits overflows
            return
        if theirs.tzinfo is None:
            return
        drift = (self._clock.now() - theirs).total_seconds()
        if abs(drift) < CREDIBLE_DRIFT:
            self.drift = drift if abs(drift) > NOTICED_DRIFT else 0.0

    def _rest(self, headers: Mapping[str, str]) -> float:
        """``Retry-After`` in seconds, an hour at most; it may be a moment by the gateway's clock."""
        retry_after = headers.get("retry-after", "")
        if re.fullmatch("[0-9]{1,9}", retry_after, re.ASCII):
            return min(float(retry_after), LONGEST_REST)
        try:
            wait = (parsedate_to_datetime(retry_after) - self.now()).total_seconds()
        except (ValueError, TypeError, ArithmeticError):
            return 0.0
        return min(max(wait, 0.0), LONGEST_REST)

    def _open_client(self) -> httpx.AsyncClient:
        if self._client is None:
            import httpx

            self._client = httpx.AsyncClient(
                transport=self._transport,
                verify=self._verify or True,
                timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS, pool=CONNECT_SECONDS),
                # A connection kept too long dies in mid-request, and a request that surely was not sent would
                # look like doubt. Every call opens its own.
                limits=httpx.Limits(max_keepalive_connections=0),
                follow_redirects=False,
                trust_env=False,
                headers=HEADERS,
            )
        return self._client


_SILENT: Final = N_("The gateway did not answer in time.")


def translated(error: Exception) -> NotSent | NoAnswer:
    """httpx's errors by what they say about the request: never left, or may have arrived."""
    import httpx

    not_sent = (
        httpx.ConnectError,
        httpx.ConnectTimeout,
        httpx.PoolTimeout,
        httpx.ProxyError,
        httpx.UnsupportedProtocol,
        httpx.LocalProtocolError,
        httpx.InvalidURL,
    )
    detail = _error_detail(error)
    if isinstance(error, not_sent):
        return NotSent(_not_sent_reason(error), detail)
    text = _SILENT if isinstance(error, httpx.TimeoutException) else N_("The connection broke before the answer came.")
    return NoAnswer(text, detail)


def _error_detail(error: Exception) -> str:
    """Return the kind of an error and what the operating system said; httpx's own words may quote what was sent."""
    causes = [cause for cause in _causes(error) if isinstance(cause, OSError) and cause.strerror]
    return ": ".join([type(error).__name__, *(f"[{cause.errno}] {cause.strerror}" for cause in causes)])


def _not_sent_reason(error: Exception) -> Message:
    text = " ".join(f"{type(cause).__name__} {cause}" for cause in _causes(error))
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return msg(N_("The gateway's certificate is not trusted. Nothing was sent."))
    if re.search("SSL|TLS|EndOfStream", text):  # a handshake that the other side broke off ends the stream
        return msg(N_("The gateway offers no safe connection. Nothing was sent."))
    return msg(N_("The gateway cannot be reached. Nothing was sent."))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
