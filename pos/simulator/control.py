"""The control API for scripts and tests, as JSON, and a page that describes it."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from pos.simulator.base import SimulatorContext
from pos.simulator.orders import ActionRefused, OrderStatus, RefundStatus, SimOrder, SimRefund
from pos.simulator.scenarios import (
    CODE_FATE_TEXTS,
    FAULT_TEXTS,
    NOTICE_FAULT_TEXTS,
    OPAY_DIALECTS,
    OPAY_REPLIES,
    CashFate,
    CodeFate,
    Fault,
    NoticeFault,
)
from pos.simulator.wallets import ALIPAY, WECHAT

ACTIONS = ("pay", "pay_less", "fail", "expire", "pay_late")


def act(context: SimulatorContext, order: SimOrder, action: str, amount: int | None = None) -> None:
    """Do what a customer or a bank does. Raises ActionRefused for what is not possible."""
    if action == "pay":
        if order.status is not OrderStatus.UNPAID:
            raise ActionRefused(order.status.value)
        context.pay(order, amount)
    elif action == "pay_less":
        context.pay(order, max(1, order.amount - 1) if amount is None else amount)
    elif action == "pay_late":
        if order.status is OrderStatus.UNPAID:
            order.end(OrderStatus.EXPIRED, context.now())
        context.pay(order, amount)
    elif action in ("fail", "expire"):
        order.end(OrderStatus.FAILED if action == "fail" else OrderStatus.EXPIRED, context.now())
    else:
        raise ActionRefused(f"unknown action; one of {', '.join(ACTIONS)}")


def order_facts(order: SimOrder) -> dict[str, Any]:
    """Return an order for JSON; amounts are minor units."""
    return {
        "gateway": order.gateway, "number": order.number, "ref": order.ref, "amount": order.amount,
        "currency": order.currency, "method": order.method, "state": order.status.value, "paid": order.paid,
        "late": order.late, "account": order.facts.get("account", ""), "created_at": order.created_at.isoformat(),
        "expires_at": order.expires_at.isoformat(),
    }  # fmt: skip


def refund_facts(refund: SimRefund) -> dict[str, Any]:
    """Return a refund for JSON; ``amount`` is minor units, ``number`` the shop's number or the gateway's."""
    order = refund.order
    return {
        "gateway": order.gateway, "number": refund.number, "order": order.number, "ref": refund.ref,
        "amount": refund.amount, "currency": order.currency, "state": refund.status.value,
        "done": refund.status is RefundStatus.DONE, "asked_at": refund.asked_at.isoformat(),
        "due_at": refund.due_at.isoformat(),
    }  # fmt: skip


def control_routes(context: SimulatorContext) -> list[Route]:
    """Return the routes under ``/control``."""
    control = _Control(context)
    return [
        Route("/", control.page, methods=["GET"]),
        Route("/orders", control.orders, methods=["GET"]),
        Route("/orders/{gateway}/{number}/{action}", control.order, methods=["POST"]),
        Route("/refunds", control.refunds, methods=["GET", "POST"]),
        Route("/scenarios", control.scenarios, methods=["GET", "POST", "DELETE"]),
        Route("/notices", control.notices, methods=["GET", "POST"]),
        Route("/opay", control.opay, methods=["GET", "POST"]),
        Route("/codes", control.codes, methods=["GET", "POST"]),
        Route("/cash", control.cash, methods=["GET", "POST"]),
        Route("/periods", control.periods, methods=["GET", "POST"]),
        Route("/mode", control.mode, methods=["POST"]),
        Route("/autopay", control.autopay, methods=["POST"]),
        Route("/clock", control.clock, methods=["POST"]),
        Route("/truth", control.truth, methods=["GET"]),
    ]


class _Control:
    def __init__(self, context: SimulatorContext) -> None:
        self._context = context

    async def orders(self, request: Request) -> Response:
        self._context.orders.process_due(self._context.now())
        return JSONResponse([order_facts(order) for order in self._context.orders.all()])

    async def order(self, request: Request) -> Response:
        path = request.path_params
        order = self._context.orders.find(path["gateway"], path["number"])
        if order is None:
            return JSONResponse({"error": "no such order"}, 404)
        value = (await _fields(request)).get("amount")
        try:
            act(self._context, order, path["action"], int(value) if value else None)
        except ActionRefused as error:
            return JSONResponse({"error": str(error)}, 409)
        return JSONResponse(order_facts(order))

    async def refunds(self, request: Request) -> Response:
        """List all refunds; POST the ``seconds`` of a refund at QFPay, and ``window`` for its hour without refunds."""
        scenarios = self._context.scenarios
        if request.method == "POST":
            fields = await _fields(request)
            scenarios.refund_seconds = float(fields.get("seconds", scenarios.refund_seconds))
            scenarios.refund_window = _as_bool(fields.get("window", scenarios.refund_window))
        self._context.orders.process_due(self._context.now())
        known = [refund_facts(refund) for refund in self._context.orders.refunds()]
        return JSONResponse({"refunds": known, "seconds": scenarios.refund_seconds, "window": scenarios.refund_window})

    async def scenarios(self, request: Request) -> Response:
        scenarios = self._context.scenarios
        if request.method == "DELETE":
            scenarios.clear()
        elif request.method == "POST":
            fields = await _fields(request)
            try:
                fault = Fault(str(fields.get("fault", "")))
            except ValueError:
                return JSONResponse({"error": "unknown fault", "faults": [fault.value for fault in Fault]}, 400)
            times, chance = int(fields.get("times", 1)), float(fields.get("chance", 1))
            gateway, verb = str(fields.get("gateway", "*")), str(fields.get("verb", "*"))
            scenarios.plan(fault, gateway, verb, times, chance)
        try:
            addresses = await self._context.listeners.apply_scenarios() if self._context.listeners is not None else {}
        except ActionRefused as error:
            return JSONResponse({"error": str(error)}, 409)
        planned = [
            {"gateway": one.gateway, "verb": one.verb, "fault": one.fault.value, "times": one.times}
            for one in scenarios.planned
        ]
        faults = {fault.value: FAULT_TEXTS[fault] for fault in Fault}
        return JSONResponse({"planned": planned, "addresses": addresses, "faults": faults})

    async def notices(self, request: Request) -> Response:
        scenarios = self._context.scenarios
        if request.method == "POST":
            try:
                scenarios.notice_fault = NoticeFault(str((await _fields(request)).get("mischief", "")))
            except ValueError:
                return JSONResponse({"error": "unknown mischief", "known": list(NoticeFault)}, 400)
        return JSONResponse({"mischief": scenarios.notice_fault, "known": NOTICE_FAULT_TEXTS})

    async def opay(self, request: Request) -> Response:
        """Show or set the ``dialect`` that O'Pay accepts and the form of its ``reply``."""
        scenarios = self._context.scenarios
        if request.method == "POST":
            fields = await _fields(request)
            dialect = str(fields.get("dialect", scenarios.opay_dialect))
            reply = str(fields.get("reply", scenarios.opay_reply))
            if dialect not in OPAY_DIALECTS or reply not in OPAY_REPLIES:
                known = {"dialects": OPAY_DIALECTS, "replies": OPAY_REPLIES}
                return JSONResponse({"error": "unknown dialect or reply", **known}, 400)
            scenarios.opay_dialect, scenarios.opay_reply = dialect, reply
        return JSONResponse({"dialect": scenarios.opay_dialect, "reply": scenarios.opay_reply})

    async def cash(self, request: Request) -> Response:
        """Show or set the ``fate`` of MyPay's next orders of cash."""
        scenarios = self._context.scenarios
        if request.method == "POST":
            fate = str((await _fields(request)).get("fate", ""))
            if fate not in list(CashFate):
                return JSONResponse({"error": "unknown fate", "fates": list(CashFate)}, 400)
            scenarios.cash_fate = CashFate(fate)
        return JSONResponse({"fate": scenarios.cash_fate})

    async def codes(self, request: Request) -> Response:
        """Show two fresh customers' codes, or set the ``fate`` of one ``code``, or of all codes without a fate."""
        scenarios, wallets = self._context.scenarios, self._context.wallets
        if request.method == "POST":
            fields = await _fields(request)
            try:
                fate = CodeFate(str(fields.get("fate", "")))
            except ValueError:
                return JSONResponse({"error": "unknown fate", "known": CODE_FATE_TEXTS}, 400)
            if code := str(fields.get("code", "")):
                scenarios.codes[code] = fate
            else:
                scenarios.code_fate = fate
        fresh = {wallet: wallets.fresh(wallet) for wallet in (WECHAT, ALIPAY)}
        return JSONResponse({"fate": scenarios.code_fate, "fresh": fresh, "known": CODE_FATE_TEXTS})

    async def periods(self, request: Request) -> Response:
        """Show or set how periodic cards go on: ``fail`` the next charges, ``retry`` them, have a ``stop`` call."""
        scenarios = self._context.scenarios
        if request.method == "POST":
            fields = await _fields(request)
            scenarios.card_failures = int(fields.get("fail", scenarios.card_failures))
            scenarios.card_retry = _as_bool(fields.get("retry", scenarios.card_retry))
            scenarios.stop_call = _as_bool(fields.get("stop", scenarios.stop_call))
        known = {"fail": scenarios.card_failures, "retry": scenarios.card_retry, "stop": scenarios.stop_call}
        return JSONResponse(known)

    async def mode(self, request: Request) -> Response:
        value = (await _fields(request)).get("strict", True)
        self._context.scenarios.strict = _as_bool(value)
        return JSONResponse({"strict": self._context.scenarios.strict})

    async def autopay(self, request: Request) -> Response:
        value = (await _fields(request)).get("seconds")
        self._context.scenarios.autopay = None if value in (None, "") else float(value)
        return JSONResponse({"seconds": self._context.scenarios.autopay})

    async def clock(self, request: Request) -> Response:
        self._context.scenarios.clock_skew = float((await _fields(request)).get("skew", 0))
        return JSONResponse({"skew": self._context.scenarios.clock_skew, "now": self._context.now().isoformat()})

    async def truth(self, request: Request) -> Response:
        orders = self._context.orders
        orders.process_due(self._context.now())
        currencies = {order.currency for order in orders.all()}
        return JSONResponse(
            {
                "captured": {currency: orders.captured_total(currency) for currency in sorted(currencies)},
                "refunded": {currency: orders.refunded_total(currency) for currency in sorted(currencies)},
                "refunds": [refund_facts(refund) for refund in orders.refunds()],
                "asked_twice": [list(key) for key in orders.requested_twice() if " " not in key[0]],
                "refunded_twice": [number for kind, number in orders.requested_twice() if kind.endswith(" refund")],
            }
        )

    async def page(self, request: Request) -> Response:
        faults, notices = _table(FAULT_TEXTS), _table(NOTICE_FAULT_TEXTS)
        return HTMLResponse(
            "<!doctype html><meta charset=utf-8><meta name=viewport content='width=device-width'><title>Control</title>"
            "<style>body{font:16px/1.5 system-ui;margin:24px;max-width:60rem}td{padding:2px 16px 2px 0}</style>"
            "<h1>Control</h1><p>POST <code>/control/scenarios</code> with <code>fault</code>, <code>gateway</code>, "
            "<code>verb</code> (charge, query, void, refund, withdraw, *) and <code>times</code>.</p>"
            f"<table>{faults}</table>"
            "<p>POST <code>/control/refunds</code> with <code>seconds</code> that QFPay takes for a refund, and "
            "<code>window</code> for its half hours before and after midnight.</p>"
            f"<p>POST <code>/control/codes</code> with <code>fate</code> ({', '.join(CodeFate)}) and the customer's "
            "<code>code</code> that it is for; without one it is for all.</p>"
            f"<p>POST <code>/control/opay</code> with <code>dialect</code> ({', '.join(OPAY_DIALECTS)}) and "
            f"<code>reply</code> ({', '.join(OPAY_REPLIES)}).</p>"
            "<p>POST <code>/control/periods</code> with <code>fail</code>, the number of the next charges of periodic "
            "cards that the bank declines, <code>retry</code> and <code>stop</code>.</p>"
            f"<p>POST <code>/control/notices</code> with <code>mischief</code>.</p><table>{notices}</table>"
        )


def _table(texts: Mapping[Fault, str] | Mapping[NoticeFault, str]) -> str:
    return "".join(f"<tr><td><code>{html.escape(name)}</code><td>{html.escape(text)}" for name, text in texts.items())


def _as_bool(value: object) -> bool:
    return str(value).lower() in ("true", "1", "yes")


async def _fields(request: Request) -> dict[str, Any]:
    body = await request.body()
    if "json" in request.headers.get("content-type", "") or body[:1] == b"{":
        found = json.loads(body or b"{}")
        return found if isinstance(found, dict) else {}
    return dict(parse_qsl(body.decode()))
