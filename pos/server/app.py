"""The application: ``GET /pay/<token>``, its result page for phones, and ``POST /notify/<gateway>`` for gateways."""

from __future__ import annotations

import html
import logging
from base64 import b64encode
from collections.abc import Awaitable, Callable, Sequence
from hashlib import sha256
from typing import Final
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from pos.errors import BadNotice, NotAllowed, NotFound, PosError
from pos.gateways.fields import NOTICE_LIMIT
from pos.i18n import N_, Message, msg
from pos.runtime import Clock
from pos.server.admission import Admission, RefusalLog
from pos.server.result_page import result_route
from pos.services.notices import Notices
from pos.services.payment_pages import PaymentPage, PaymentPages
from pos.services.payment_result import PaymentResults

log = logging.getLogger(__name__)

REFUSED: Final = "0|not accepted"
"""The body of every refusal: an unknown order or gateway, a bad signature, a body that is too long, a full disk.

It is the same for all, so that it does not reveal which orders exist. The status is 503, so that a gateway whose order
is not stored yet sends its notice again.
"""

_STYLE: Final = (
    "body{font:18px/1.5 system-ui,sans-serif;margin:0;min-height:100vh;display:grid;place-content:center;"
    "text-align:center;padding:24px;color:#16202e;background:#f5f7fa}.amount{font-size:44px;font-weight:700;margin:8px}"
    "button{font:inherit;min-height:56px;padding:0 32px;border:0;border-radius:12px;color:#fff;background:#0b6b46}"
)
_SCRIPT: Final = "document.forms[0].submit()"

_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

_PREFETCH: Final = ("sec-purpose", "purpose", "x-purpose", "x-moz")
"""Headers by which browsers mark the prefetching of a page."""

Answering = Callable[[Request], Awaitable[Response]]


def page_app(pages: PaymentPages, results: PaymentResults, notices: Notices, clock: Clock) -> Starlette:
    """Return the application for the payment pages and notices of one register."""
    pay, notify = _Pay(pages, Admission(clock)), _Notify(notices, Admission(clock), RefusalLog(clock))
    return Starlette(
        routes=[
            _route("GET", "/pay/{token}", pay.answer),
            result_route(results),
            _route("POST", "/notify/{gateway}", notify.answer),
        ]
    )


def _route(method: str, path: str, endpoint: Answering) -> Route:
    route = Route(path, endpoint, methods=[method])
    route.methods = {method}  # Starlette adds HEAD to GET, and a HEAD must not count as an opened page
    return route


class _Pay:
    def __init__(self, pages: PaymentPages, admission: Admission) -> None:
        self._pages = pages
        self._admission = admission

    async def answer(self, request: Request) -> Response:
        if not self._admission.admits(request):
            return _note(msg(N_("Too many requests. Wait a moment and open the page again.")), 429)
        if any("prefetch" in request.headers.get(name, "") for name in _PREFETCH):
            return Response("", 503, _headers())  # the browser loads the page when the customer opens it
        try:
            page = self._pages.open(request.path_params["token"])
        except NotAllowed as error:
            return _note(error.message, 410)
        except NotFound:
            return _note(msg(N_("There is no such payment page.")), 404)
        except PosError as error:
            log.error("payment page: %s", error.detail or error)
            return _note(error.message, 503)
        return HTMLResponse(_form(page), 200, _headers([_origin(page.url), *page.redirects]))


class _Notify:
    """Reads and verifies a notice, stores it, then acknowledges it with the gateway's own text."""

    def __init__(self, notices: Notices, admission: Admission, refusals: RefusalLog) -> None:
        self._notices = notices
        self._admission = admission
        self._refusals = refusals

    async def answer(self, request: Request) -> Response:
        if not self._admission.admits(request):
            return PlainTextResponse("0|too many requests", 429, {"Connection": "close", "Retry-After": "60"})
        name = request.path_params["gateway"]
        try:
            return PlainTextResponse(self._notices.receive(name, dict(request.headers), await _limited(request)))
        except PosError as error:
            self._refusals.refused(name, request, error.detail or error)
        except Exception as error:  # a bug in a reader, or a closed connection
            self._refusals.refused(name, request, f"{type(error).__name__} {error}")
        return PlainTextResponse(REFUSED, 503, {"Connection": "close", "Retry-After": "60"})


async def _limited(request: Request) -> bytes:
    """Return the body of a notice. Raises BadNotice if it is too long."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > NOTICE_LIMIT:
            raise BadNotice(N_("The notification is too long."))
    return body


def _headers(form_targets: Sequence[str] = ()) -> dict[str, str]:
    """Return the headers of a page whose form may be sent to ``form_targets`` only."""
    policy = {
        "default-src": ["'none'"],
        "style-src": [_hashed(_STYLE)],
        "script-src": [_hashed(_SCRIPT)] if form_targets else ["'none'"],
        "form-action": list(form_targets) or ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
    return {**_HEADERS, "Content-Security-Policy": "; ".join(f"{name} {' '.join(of)}" for name, of in policy.items())}


def _hashed(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _note(message: Message, status: int) -> HTMLResponse:
    return HTMLResponse(_document(html.escape(message.spoken())), status, _headers())


def _form(page: PaymentPage) -> str:
    fields = "".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
        for name, value in page.fields.items()
    )
    button = html.escape(msg(N_("Continue to payment")).spoken())
    return _document(
        f"<p>{html.escape(page.shop)}</p><p class=amount>{html.escape(page.amount)}</p>"
        f'<form method="post" action="{html.escape(page.url)}">{fields}<button>{button}</button></form>'
        f"<script>{_SCRIPT}</script>"
    )


def _document(body: str) -> str:
    return (
        "<!doctype html><html><head><meta charset=utf-8>"
        '<meta name=viewport content="width=device-width,initial-scale=1"><title>Counter</title>'
        f"<style>{_STYLE}</style></head><body><main>{body}</main></body></html>"
    )
