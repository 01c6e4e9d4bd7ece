"""The HTTP connection to each gateway; no other module here uses httpx.

A failed call raises :class:`~pos.errors.NotSent` if certainly nothing left this machine, and
:class:`~pos.errors.NoAnswer` in every other case.
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
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Protocol
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
"""Seconds for a whole call, also if the gateway sends its reply slowly."""

REPLY_LIMIT: Final = 1024 * 1024
"""Bytes of a reply (reliability N2)."""

DEEPEST: Final = 16
"""Nesting depth of a reply; the documented samples have four levels."""

_SURROGATE: Final = re.compile("[\ud800-\udfff]")

NOTICED_DRIFT: Final = 2.0
"""Seconds. A smaller difference is not noticed: ``Date`` has whole seconds, and the reply took time."""

CREDIBLE_DRIFT: Final = 50 * 365 * 86400.0
"""Seconds. A dead clock battery explains decades; a larger difference is a damaged ``Date``."""

LONGEST_REST: Final = 3600.0
"""Seconds that a gateway may request without calls."""

HEADERS: Final = {
    "User-Agent": f"Counter/{__version__}",
    "Accept": "application/json, text/plain, */*",
    "Accept-Encoding": "identity",
}

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_LOCAL: Final = frozenset(("http", host) for host in LOOPBACK)


class Pace(Protocol):
    """The rate limiter of one gateway."""

    async def acquire(self, rank: float, /) -> None:
        """Wait until a call is allowed; the smallest rank goes first."""
        ...

    def back_off(self, asked: float = 0.0, /) -> float:
        """Stop calls for at least ``asked`` seconds, as the gateway requested. Return the pause in seconds."""
        ...


class Unpaced:
    """A rate limiter without a limit."""

    async def acquire(self, rank: float, /) -> None:
        """Return at once."""

    def back_off(self, asked: float = 0.0, /) -> float:
        return asked


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete reply of status 200. Header names are in lower case."""

    headers: Mapping[str, str]
    body: bytes

    def json_object(self) -> dict[str, Any]:
        """Return the body as a JSON object. Raises BadReply for anything else."""
        return json_object(self.body)


def json_object(text: bytes | str) -> dict[str, Any]:
    """Parse a JSON object. Raises BadReply for anything else, repeated names, ``NaN`` and deep nesting.

    A lone surrogate, as software that cuts UTF-16 text leaves behind, becomes U+FFFD.
    """
    try:
        found = _checked_value(json.loads(text, object_pairs_hook=_unique_names, parse_constant=_no_number), DEEPEST)
    except (ValueError, RecursionError) as error:
        raise BadReply(N_("The gateway's answer is not JSON."), type(error).__name__) from error
    if not isinstance(found, dict):
        raise BadReply(N_("The gateway's answer is not a JSON object."))
    return found


def check_url(url: str) -> None:
    """Raise ConfigError unless ``url`` is https, or http on loopback (reliability I4)."""
    if not _is_safe(url):
        raise ConfigError(msg(N_("{url} must be an https address (http only on this computer)."), url=url))


def _is_safe(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        host.encode("idna")  # as the resolver does: a name that it cannot encode is not an address
        return bool(host) and parts.port != 0 and (parts.scheme == "https" or (parts.scheme, host) in _LOCAL)
    except ValueError:
        return False


def _unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a JSON object's pairs as a dictionary. Raises ValueError for a repeated name, which is ambiguous."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is repeated")
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
    """Calls to one gateway, each of at most ``patience`` seconds.

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
        self.drift = 0.0  # our clock minus the gateway's, in seconds
        self.guard: Callable[[], None] = lambda: None  # raises NotSent where nothing may be sent
        self._clock = clock
        self._transport = transport
        self._verify = verify
        self._patience = patience
        self._client: httpx.AsyncClient | None = None

    def now(self) -> datetime:
        """The time by the gateway's clock, from the ``Date`` of its last reply (reliability N8)."""
        return self._clock.now() - timedelta(seconds=self.drift)

    async def post_form(self, url: str, fields: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Reply:
        """POST ``fields`` as a form. Raises NotSent, NoAnswer, RateLimited, BadReply."""
        content = urlencode(fields).encode()
        form = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        return await self._post(url, content, form | dict(headers or {}))

    async def post_json(self, url: str, text: str, headers: Mapping[str, str] | None = None) -> Reply:
        """POST ``text`` unchanged as JSON, so that its signature stays valid. Raises what :meth:`post_form` raises.

        Make the text with :func:`pos.gateways.signing.compact`.
        """
        kind = {"Content-Type": "application/json; charset=utf-8"}
        return await self._post(url, text.encode(), kind | dict(headers or {}))

    async def aclose(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> Reply:
        """GET ``url``. Raises what :meth:`post_form` raises.

        Give no ``headers`` for an address that an answer names: nothing of the shop is sent there.
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
            # None was requested, and a few compressed bytes may expand to more than the memory of this machine.
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
        except (ValueError, TypeError, ArithmeticError):  # a year or an offset with many digits overflows
            return
        if theirs.tzinfo is None:
            return
        drift = (self._clock.now() - theirs).total_seconds()
        if abs(drift) < CREDIBLE_DRIFT:
            self.drift = drift if abs(drift) > NOTICED_DRIFT else 0.0

    def _rest(self, headers: Mapping[str, str]) -> float:
        """Return ``Retry-After`` in seconds, at most an hour; a date counts from the gateway's clock."""
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
                verify=self._verify or tls_context(),
                timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS, pool=CONNECT_SECONDS),
                # Every call opens its own connection: an idle one may be closed during a request, and then it is
                # not known whether the request was sent.
                limits=httpx.Limits(max_keepalive_connections=0),
                follow_redirects=False,
                trust_env=False,
                headers=HEADERS,
            )
        return self._client


@cache
def tls_context() -> ssl.SSLContext:
    """Return the one TLS context of all gateways: to load the certificates takes a tenth of a second."""
    import httpx

    return httpx.create_ssl_context(trust_env=False)


_SILENT: Final = N_("The gateway did not answer in time.")


def translated(error: Exception) -> NotSent | NoAnswer:
    """Translate an error of httpx: NotSent if the request never left, NoAnswer if it may have arrived."""
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
    """Return the type of an error and the operating system's text; httpx's own texts may contain the request."""
    causes = [cause for cause in _causes(error) if isinstance(cause, OSError) and cause.strerror]
    return ": ".join([type(error).__name__, *(f"[{cause.errno}] {cause.strerror}" for cause in causes)])


def _not_sent_reason(error: Exception) -> Message:
    text = " ".join(f"{type(cause).__name__} {cause}" for cause in _causes(error))
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return msg(N_("The gateway's certificate is not trusted. Nothing was sent."))
    if re.search("SSL|TLS|EndOfStream", text):  # the other side closed the connection during the handshake
        return msg(N_("The gateway offers no safe connection. Nothing was sent."))
    return msg(N_("The gateway cannot be reached. Nothing was sent."))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
