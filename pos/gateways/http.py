"""One wire to each gateway, and the only place that knows httpx.

What the rest of the program must know of a failed call is one thing: did anything leave this machine?
:class:`~pos.errors.NotSent` says certainly not; everything else is :class:`~pos.errors.NoAnswer`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit

from pos import __version__
from pos.errors import BadReply, ConfigError, NoAnswer, NotSent, RateLimited
from pos.i18n import N_, Message, msg
from pos.runtime import Clock

if TYPE_CHECKING:
    import ssl

    import httpx

CONNECT_SECONDS: Final = 5.0
READ_SECONDS: Final = 15.0
CALL_SECONDS: Final = 25.0
"""A gateway that trickles bytes must not hold a call for ever."""

REPLY_LIMIT: Final = 1024 * 1024
"""Bytes of a reply (reliability N2)."""

NOTICED_DRIFT: Final = 2.0
"""Seconds: ``Date`` has whole seconds and took its way; less is no difference."""

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply of status 200, whole. Header names are in lower case."""

    headers: Mapping[str, str]
    body: bytes

    def json_object(self) -> dict[str, Any]:
        """The body as one JSON object. Raises BadReply for anything else."""
        return json_object(self.body)


def json_object(text: bytes | str) -> dict[str, Any]:
    """One JSON object and nothing else. Raises BadReply."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadReply(N_("The gateway's answer is not JSON."), type(error).__name__) from error
    if not isinstance(found, dict):
        raise BadReply(N_("The gateway's answer is not a JSON object."))
    return found


def check_url(url: str) -> None:
    """Raises ConfigError unless ``url`` is https, or http on loopback (reliability I4)."""
    parts = urlsplit(url)
    if parts.hostname and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)):
        return
    raise ConfigError(msg(N_("{url} must be an https address (http only on this machine)."), url=url))


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

    async def aclose(self) -> None:
        """Let go of the sockets."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _post(self, url: str, content: bytes, headers: Mapping[str, str]) -> Reply:
        import httpx

        check_url(url)
        try:
            async with asyncio.timeout(self._patience):
                request = self._opened().build_request("POST", url, content=content, headers=dict(headers))
                response = await self._opened().send(request, stream=True)
                try:
                    return await self._read(response)
                finally:
                    await response.aclose()
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, httpx.CookieConflict) as error:
            raise translated(error) from error
        except TimeoutError as error:
            raise NoAnswer(_SILENT) from error

    async def _read(self, response: httpx.Response) -> Reply:
        body = b""
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > REPLY_LIMIT:
                raise BadReply(N_("The gateway's answer is too long."))
        self._learn_time(response.headers.get("date", ""))
        if response.status_code == 429:
            raise RateLimited(N_("The gateway asks to be asked less often."), _seconds(response.headers))
        if response.status_code != 200:
            text = N_("The gateway answered with HTTP status {status}.")
            raise NoAnswer(msg(text, status=response.status_code))
        return Reply(dict(response.headers), body)

    def _learn_time(self, date: str) -> None:
        try:
            theirs = parsedate_to_datetime(date)
        except ValueError:
            return
        if theirs.tzinfo is None:
            return
        drift = (self._clock.now() - theirs).total_seconds()
        self.drift = drift if abs(drift) > NOTICED_DRIFT else 0.0

    def _opened(self) -> httpx.AsyncClient:
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
                headers={"User-Agent": f"Counter/{__version__}", "Accept": "application/json, text/plain, */*"},
            )
        return self._client


_SILENT: Final = N_("The gateway did not answer in time.")


def translated(error: Exception) -> NotSent | NoAnswer:
    """httpx's errors by what they say about the request: never left, or may have arrived."""
    import httpx

    never_left = (
        httpx.ConnectError,
        httpx.ConnectTimeout,
        httpx.PoolTimeout,
        httpx.ProxyError,
        httpx.UnsupportedProtocol,
        httpx.LocalProtocolError,
        httpx.InvalidURL,
    )
    kind = type(error).__name__
    if isinstance(error, never_left):
        return NotSent(_why_unsent(error), kind)
    text = _SILENT if isinstance(error, httpx.TimeoutException) else N_("The connection broke before the answer came.")
    return NoAnswer(text, kind)


def _why_unsent(error: Exception) -> Message:
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return msg(N_("The gateway's certificate is not to be trusted. Nothing was sent."))
    if "SSL" in str(error).upper() or "TLS" in str(error).upper():
        return msg(N_("The gateway offers no safe connection. Nothing was sent."))
    return msg(N_("The gateway cannot be reached. Nothing was sent."))


def _seconds(headers: Mapping[str, str]) -> float:
    wish = headers.get("retry-after", "")
    return min(float(wish), 3600.0) if wish.isascii() and wish.isdigit() else 0.0
