"""The page server: ``GET /pay/<token>`` for phones, ``POST /notify/<gateway>`` for gateways; nothing else answers."""

from __future__ import annotations

import html
import logging
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from pos.errors import BadNotice, NotAllowed, NotFound, PosError
from pos.i18n import N_, msg
from pos.server.result_page import result_route
from pos.services.pages import Pages, PaymentPage
from pos.services.payments import Payments

log = logging.getLogger(__name__)

BODY_LIMIT: Final = 64 * 1024
"""Bytes of a notification; the documents' fields together stay far below."""

_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def page_app(payments: Payments) -> Starlette:
    """The application; it holds no state of its own."""
    return Starlette(
        routes=[
            Route("/pay/{token}", _Pay(Pages(payments)).answer, methods=["GET"]),
            result_route(payments),
            Route("/notify/{gateway}", _Notify(payments).answer, methods=["POST"]),
        ]
    )


class _Pay:
    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    async def answer(self, request: Request) -> Response:
        try:
            page = self._pages.open(request.path_params["token"])
        except NotAllowed as error:
            return _html(_document(html.escape(error.spoken())), 410)
        except NotFound:
            return _html(_document(html.escape(msg(N_("There is no such payment page.")).spoken())), 404)
        except PosError as error:
            log.error("payment page: %s", error.detail or error)
            return _html(_document(html.escape(error.spoken())), 503)
        return _html(_form(page), 200)


class _Notify:
    """Reads and proves a notification, writes it down, then acknowledges it in the gateway's own words."""

    def __init__(self, payments: Payments) -> None:
        self._payments = payments

    async def answer(self, request: Request) -> Response:
        gateway = self._payments.gateways.get(request.path_params["gateway"])
        if gateway is None:
            return PlainTextResponse("0|unknown gateway", 404)
        body = await _limited(request)
        if body is None:
            return PlainTextResponse("0|too long", 413)
        try:
            notice = gateway.read_notice(dict(request.headers), body)
            self._payments.asking.noticed(gateway.FACTS.name, notice)
        except BadNotice as error:
            log.warning("notification from %s refused: %s", gateway.FACTS.name, error)
            return PlainTextResponse("0|refused", 400)
        except NotFound:
            # It may be of an order whose number is not stored yet: not acknowledged, so it comes again.
            return PlainTextResponse("0|unknown order", 404)
        except PosError as error:
            log.error("notification from %s not stored: %s", gateway.FACTS.name, error.detail or error)
            return PlainTextResponse("0|not stored", 503)
        return PlainTextResponse(notice.reply)


async def _limited(request: Request) -> bytes | None:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT:
            return None
    return body


def _html(text: str, status: int) -> HTMLResponse:
    return HTMLResponse(text, status, _HEADERS)


def _form(page: PaymentPage) -> str:
    fields = "".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
        for name, value in page.fields.items()
    )
    button = html.escape(msg(N_("Go on to payment")).spoken())
    return _document(
        f"<p>{html.escape(page.shop)}</p><p class=amount>{html.escape(page.amount)}</p>"
        f'<form method="post" action="{html.escape(page.url)}">{fields}<button>{button}</button></form>'
        "<script>document.forms[0].submit()</script>"
    )


def _document(body: str) -> str:
    return (
        "<!doctype html><html><head><meta charset=utf-8>"
        '<meta name=viewport content="width=device-width,initial-scale=1"><title>Counter</title>'
        "<style>body{font:18px/1.5 system-ui,sans-serif;margin:0;min-height:100vh;display:grid;place-content:center;"
        "text-align:center;padding:24px;color:#16202e;background:#f5f7fa}.amount{font-size:44px;font-weight:700;margin:8px}"
        "button{font:inherit;min-height:56px;padding:0 32px;border:0;border-radius:12px;color:#fff;background:#0b6b46}"
        f"</style></head><body><main>{body}</main></body></html>"
    )
