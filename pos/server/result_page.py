"""``GET /pay/<token>/result``: the page that the gateway returns the customer's browser to (O'Pay's ``ClientBackURL``).

It ignores the browser's parameters and shows the payment's state in the register. It is in Chinese and in English,
needs no script, and reloads itself while the payment is pending.
"""

from __future__ import annotations

import hashlib
import html
import logging
from base64 import b64encode
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from pos.errors import NotFound, PosError
from pos.i18n import LANGUAGES, N_, spoken_in
from pos.services.payment_result import Outcome, PaymentResult, PaymentResults

log = logging.getLogger(__name__)

RELOAD_SECONDS: Final = 5

TEXTS: Final = {
    Outcome.PAID: N_("Paid. Thank you."),
    Outcome.WAITING: N_("Not paid yet. This page refreshes every few seconds."),
    Outcome.NOT_PAID: N_("This payment was not completed. Ask at the counter."),
    Outcome.CHECKING: N_("The shop is checking this payment. Ask at the counter."),
}
UNKNOWN_PAGE: Final = N_("There is no such payment page.")
FAULT: Final = N_("The result cannot be shown now. Ask at the counter.")

STYLE: Final = (
    "body{font:18px/1.5 system-ui,sans-serif;margin:0;min-height:100vh;display:grid;place-content:center;"
    "text-align:center;padding:24px;color:#16202e;background:#f5f7fa}"
    ".amount{font-size:44px;font-weight:700;margin:8px}.paid{color:#0b6b46}"
)
_STYLE_HASH: Final = b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()

HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def result_route(results: PaymentResults) -> Route:
    """Return the route of the result page."""

    async def answer(request: Request) -> Response:
        if request.method != "GET":  # Starlette adds HEAD
            return PlainTextResponse("Method Not Allowed", 405, {"Allow": "GET"})
        try:
            found = results.get(request.path_params["token"])
        except NotFound:
            return _page(_in_both_languages(UNKNOWN_PAGE), 404)
        except PosError as error:
            log.error("result page: %s", error.detail or error)
            return _page(_in_both_languages(FAULT), 503)
        return _page(_body(found), 200, reload=found.outcome is Outcome.WAITING)

    return Route("/pay/{token}/result", answer, methods=["GET"])


def _body(found: PaymentResult) -> str:
    return (
        f"<p>{html.escape(found.shop)}</p><p class=amount>{html.escape(found.amount)}</p>"
        f"<div class={found.outcome.value}>{_in_both_languages(TEXTS[found.outcome])}</div>"
    )


def _in_both_languages(text: str) -> str:
    """Return the sentence in every language of the program, Chinese first."""
    return "".join(f'<p lang="{code.replace("_", "-")}">{html.escape(spoken_in(text, code))}</p>' for code in LANGUAGES)


def _page(body: str, status: int, *, reload: bool = False) -> HTMLResponse:
    again = f"<meta http-equiv=refresh content={RELOAD_SECONDS}>" if reload else ""
    return HTMLResponse(
        "<!doctype html><html lang=zh-TW><head><meta charset=utf-8>"
        f'<meta name=viewport content="width=device-width,initial-scale=1">{again}<title>Counter</title>'
        f"<style>{STYLE}</style></head><body><main>{body}</main></body></html>",
        status,
        HEADERS,
    )
