"""Control: what scripts and tests may do to the gateways, as JSON, and one page that shows it to a person."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from pos.simulator.orders import CannotBe, Fate, RefundFate, SimOrder, SimRefund
from pos.simulator.scenarios import MISCHIEF_WORDS, OPAY_DIALECTS, OPAY_REPLIES, WORDS, Fault, NoticeFault
from pos.simulator.world import World

ACTIONS = ("pay", "pay_less", "fail", "expire", "pay_late")


def act(world: World, order: SimOrder, action: str, amount: int | None = None) -> None:
    """What a customer or a bank does. Raises CannotBe where it would refuse."""
    if action == "pay":
        if order.fate is not Fate.UNPAID:
            raise CannotBe(order.fate.value)
        world.pay(order, amount)
    elif action == "pay_less":
        world.pay(order, max(1, order.amount - 1) if amount is None else amount)
    elif action == "pay_late":
        if order.fate is Fate.UNPAID:
            order.end(Fate.EXPIRED, world.now())
        world.pay(order, amount)
    elif action in ("fail", "expire"):
        order.end(Fate.FAILED if action == "fail" else Fate.EXPIRED, world.now())
    else:
        raise CannotBe(f"unknown action; one of {', '.join(ACTIONS)}")


def order_facts(order: SimOrder) -> dict[str, Any]:
    """An order as JSON; the amounts are minor units."""
    return {
        "gateway": order.gateway, "number": order.number, "ref": order.ref, "amount": order.amount,
        "currency": order.currency, "method": order.method, "state": order.fate.value, "paid": order.paid,
        "late": order.late, "account": order.facts.get("account", ""), "created_at": order.created_at.isoformat(),
        "expires_at": order.expires_at.isoformat(),
    }  # fmt: skip


def refund_facts(refund: SimRefund) -> dict[str, Any]:
    """A refund as JSON; ``amount`` is minor units, ``number`` the shop's number of it where there is one."""
    order = refund.order
    return {
        "gateway": order.gateway, "number": refund.number, "order": order.number, "ref": refund.ref,
        "amount": refund.amount, "currency": order.currency, "state": refund.fate.value,
        "done": refund.fate is RefundFate.DONE, "asked_at": refund.asked_at.isoformat(),
        "due_at": refund.due_at.isoformat(),
    }  # fmt: skip


def control_routes(world: World) -> list[Route]:
    """Under ``/control``."""
    control = _Control(world)
    return [
        Route("/", control.page, methods=["GET"]),
        Route("/orders", control.orders, methods=["GET"]),
        Route("/orders/{gateway}/{number}/{action}", control.order, methods=["POST"]),
        Route("/refunds", control.refunds, methods=["GET", "POST"]),
        Route("/scenarios", control.scenarios, methods=["GET", "POST", "DELETE"]),
        Route("/notices", control.notices, methods=["GET", "POST"]),
        Route("/opay", control.opay, methods=["GET", "POST"]),
        Route("/mode", control.mode, methods=["POST"]),
        Route("/autopay", control.autopay, methods=["POST"]),
        Route("/clock", control.clock, methods=["POST"]),
        Route("/truth", control.truth, methods=["GET"]),
    ]


class _Control:
    def __init__(self, world: World) -> None:
        self._world = world

    async def orders(self, request: Request) -> Response:
        self._world.book.lapse(self._world.now())
        return JSONResponse([order_facts(order) for order in self._world.book.orders()])

    async def order(self, request: Request) -> Response:
        path = request.path_params
        order = self._world.book.find(path["gateway"], path["number"])
        if order is None:
            return JSONResponse({"error": "no such order"}, 404)
        wish = (await _fields(request)).get("amount")
        try:
            act(self._world, order, path["action"], int(wish) if wish else None)
        except CannotBe as error:
            return JSONResponse({"error": str(error)}, 409)
        return JSONResponse(order_facts(order))

    async def refunds(self, request: Request) -> Response:
        """All refunds; POST ``seconds`` that QFPay takes for one, and ``window`` for its hour without any."""
        scenarios = self._world.scenarios
        if request.method == "POST":
            fields = await _fields(request)
            scenarios.refund_seconds = float(fields.get("seconds", scenarios.refund_seconds))
            scenarios.refund_window = _yes(fields.get("window", scenarios.refund_window))
        self._world.book.lapse(self._world.now())
        known = [refund_facts(refund) for refund in self._world.book.refunds()]
        return JSONResponse({"refunds": known, "seconds": scenarios.refund_seconds, "window": scenarios.refund_window})

    async def scenarios(self, request: Request) -> Response:
        scenarios = self._world.scenarios
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
            unsafe = await self._world.doors.follow() if self._world.doors is not None else {}
        except CannotBe as error:
            return JSONResponse({"error": str(error)}, 409)
        planned = [
            {"gateway": one.gateway, "verb": one.verb, "fault": one.fault.value, "times": one.times}
            for one in scenarios.planned
        ]
        faults = {fault.value: WORDS[fault] for fault in Fault}
        return JSONResponse({"planned": planned, "addresses": unsafe, "faults": faults})

    async def notices(self, request: Request) -> Response:
        scenarios = self._world.scenarios
        if request.method == "POST":
            try:
                scenarios.mischief = NoticeFault(str((await _fields(request)).get("mischief", "")))
            except ValueError:
                return JSONResponse({"error": "unknown mischief", "known": list(NoticeFault)}, 400)
        return JSONResponse({"mischief": scenarios.mischief, "known": MISCHIEF_WORDS})

    async def opay(self, request: Request) -> Response:
        """POST ``dialect`` that O'Pay takes and ``reply``, the form of its answers."""
        scenarios = self._world.scenarios
        if request.method == "POST":
            fields = await _fields(request)
            dialect = str(fields.get("dialect", scenarios.opay_dialect))
            reply = str(fields.get("reply", scenarios.opay_reply))
            if dialect not in OPAY_DIALECTS or reply not in OPAY_REPLIES:
                known = {"dialects": OPAY_DIALECTS, "replies": OPAY_REPLIES}
                return JSONResponse({"error": "unknown dialect or reply", **known}, 400)
            scenarios.opay_dialect, scenarios.opay_reply = dialect, reply
        return JSONResponse({"dialect": scenarios.opay_dialect, "reply": scenarios.opay_reply})

    async def mode(self, request: Request) -> Response:
        wish = (await _fields(request)).get("strict", True)
        self._world.scenarios.strict = _yes(wish)
        return JSONResponse({"strict": self._world.scenarios.strict})

    async def autopay(self, request: Request) -> Response:
        wish = (await _fields(request)).get("seconds")
        self._world.scenarios.autopay = None if wish in (None, "") else float(wish)
        return JSONResponse({"seconds": self._world.scenarios.autopay})

    async def clock(self, request: Request) -> Response:
        self._world.scenarios.clock_skew = float((await _fields(request)).get("skew", 0))
        return JSONResponse({"skew": self._world.scenarios.clock_skew, "now": self._world.now().isoformat()})

    async def truth(self, request: Request) -> Response:
        book = self._world.book
        book.lapse(self._world.now())
        currencies = {order.currency for order in book.orders()}
        return JSONResponse(
            {
                "captured": {currency: book.captured(currency) for currency in sorted(currencies)},
                "refunded": {currency: book.returned(currency) for currency in sorted(currencies)},
                "refunds": [refund_facts(refund) for refund in book.refunds()],
                "asked_twice": [list(key) for key in book.asked_twice() if " " not in key[0]],
                "refunded_twice": [number for kind, number in book.asked_twice() if kind.endswith(" refund")],
            }
        )

    async def page(self, request: Request) -> Response:
        faults, notices = _table(WORDS), _table(MISCHIEF_WORDS)
        return HTMLResponse(
            "<!doctype html><meta charset=utf-8><meta name=viewport content='width=device-width'><title>Control</title>"
            "<style>body{font:16px/1.5 system-ui;margin:24px;max-width:60rem}td{padding:2px 16px 2px 0}</style>"
            "<h1>Control</h1><p>POST <code>/control/scenarios</code> with <code>fault</code>, <code>gateway</code>, "
            "<code>verb</code> (charge, query, void, refund, withdraw, *) and <code>times</code>.</p>"
            f"<table>{faults}</table>"
            "<p>POST <code>/control/refunds</code> with <code>seconds</code> that QFPay takes for a refund, and "
            "<code>window</code> for its half hours before and after midnight.</p>"
            f"<p>POST <code>/control/opay</code> with <code>dialect</code> ({', '.join(OPAY_DIALECTS)}) and "
            f"<code>reply</code> ({', '.join(OPAY_REPLIES)}).</p>"
            f"<p>POST <code>/control/notices</code> with <code>mischief</code>.</p><table>{notices}</table>"
        )


def _table(words: Mapping[Fault, str] | Mapping[NoticeFault, str]) -> str:
    return "".join(f"<tr><td><code>{html.escape(name)}</code><td>{html.escape(text)}" for name, text in words.items())


def _yes(wish: object) -> bool:
    return str(wish).lower() in ("true", "1", "yes")


async def _fields(request: Request) -> dict[str, Any]:
    body = await request.body()
    if "json" in request.headers.get("content-type", "") or body[:1] == b"{":
        found = json.loads(body or b"{}")
        return found if isinstance(found, dict) else {}
    return dict(parse_qsl(body.decode()))
