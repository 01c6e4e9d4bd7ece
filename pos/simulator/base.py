"""Shared parts of the dialects: the context, the base class with the faults of a call, and checks of fields."""

from __future__ import annotations

import asyncio
import json
import random
import re
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Protocol
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from pos.runtime import Clock
from pos.simulator.orders import Orders, SimOrder
from pos.simulator.scenarios import BEFORE, CONTENT, Fault, Scenarios
from pos.simulator.wallets import Wallets

TAIPEI = ZoneInfo("Asia/Taipei")
HONG_KONG = ZoneInfo("Asia/Hong_Kong")

Reply = dict[str, Any]
Handler = Callable[[Request], Awaitable[Reply | Response]]


class ConnectionDropped(BaseException):
    """Close the connection without an answer. Not an Exception, so that no middleware answers instead."""


class Refused(Exception):
    """The document forbids the request; ``code`` is its error code."""

    def __init__(self, code: str, text: str) -> None:
        self.code = code
        super().__init__(text)


@dataclass(frozen=True)
class Notification:
    """A notification, the exact body that acknowledges it, and the delays of its repetitions in seconds."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    acknowledged: str
    retry_delays: tuple[float, ...]


class Listeners(Protocol):
    """The sockets of a served simulator."""

    async def apply_scenarios(self) -> dict[str, dict[str, str]]:
        """Close and open sockets by the planned faults. Return the planned https addresses, by fault and gateway."""
        ...


class SimulatorContext:
    """The state that the dialects, the control API and the phone share."""

    def __init__(self, clock: Clock, source: random.Random, scenarios: Scenarios) -> None:
        self.clock = clock
        self.source = source
        self.scenarios = scenarios
        self.orders = Orders()
        self.base_url = "http://127.0.0.1"
        self.wallets = Wallets(scenarios, source)
        self.listeners: Listeners | None = None
        self.on_paid: Callable[[SimOrder], None] = lambda order: None
        self._autopayers: set[asyncio.Task[None]] = set()

    def now(self) -> datetime:
        """Return the time by the gateways' clock."""
        return self.clock.now() + timedelta(seconds=self.scenarios.clock_skew)

    def place(self, order: SimOrder) -> None:
        """Add an order, and pay it later if ``autopay`` is set."""
        self.orders.add(order)
        if self.scenarios.autopay is not None:
            task = asyncio.ensure_future(self._pay_soon(order, self.scenarios.autopay))
            self._autopayers.add(task)
            task.add_done_callback(self._autopayers.discard)

    def pay(self, order: SimOrder, amount: int | None = None) -> None:
        """Pay an order and notify the shop. Raises ActionRefused."""
        order.pay(self.now(), amount)
        self.on_paid(order)

    async def _pay_soon(self, order: SimOrder, seconds: float) -> None:
        await self.clock.sleep(seconds)
        if order.status.value == "unpaid":
            self.pay(order)


class Dialect(ABC):
    """The base class of the simulated gateways. ``CREDENTIALS`` are the test merchant's."""

    name: ClassVar[str]
    CREDENTIALS: ClassVar[dict[str, str]]

    def __init__(self, context: SimulatorContext) -> None:
        self.context = context
        self.orders = context.orders
        self.credentials = dict(self.CREDENTIALS)

    @abstractmethod
    def routes(self) -> list[Route]:
        """Return the routes with the document's paths."""

    @abstractmethod
    def refusal(self, refused: Refused, request: Request) -> Reply:
        """Return the document's error reply."""

    @abstractmethod
    def corrupted(self, reply: Reply, fault: Fault) -> Reply:
        """Return the reply with the fault in it."""

    @abstractmethod
    def respond(self, reply: Reply, fault: Fault | None) -> Response:
        """Return the response with the reply, signed or encrypted."""

    def notification(self, order: SimOrder) -> Notification | None:
        """Return the notification of a paid order; None if the shop gave no address."""
        return None

    @property
    def strict(self) -> bool:
        return self.context.scenarios.strict

    def route(self, path: str, verb: str, handler: Handler) -> Route:
        """Return a route whose calls have the planned faults."""

        async def endpoint(request: Request) -> Response:
            fault = self.context.scenarios.draw(self.name, verb)
            if fault in BEFORE and (answer := await self._before(fault)):
                return answer
            self.orders.process_due(self.context.now())
            try:
                reply = await handler(request)
            except Refused as refused:
                reply = self.refusal(refused, request)
            if isinstance(reply, Response):
                return await self._after(fault, reply)
            if fault in CONTENT and fault is not None:
                reply = self.corrupted(reply, fault)
            return await self._after(fault, self.respond(reply, fault))

        return Route(path, endpoint, methods=["POST", "GET"] if verb in ("page", "void") else ["POST"])

    async def _before(self, fault: Fault | None) -> Response | None:
        if fault is Fault.DROP_BEFORE:
            raise ConnectionDropped
        if fault is Fault.HANG_BEFORE:
            await self.context.clock.sleep(60)
        ready: dict[Fault | None, Callable[[], Response]] = {
            Fault.HTTP_502: lambda: HTMLResponse("<h1>Bad Gateway</h1>", 502),
            Fault.HTTP_403: lambda: HTMLResponse("<h1>Forbidden</h1>", 403),
            Fault.HTTP_429: lambda: Response("", 429, {"Retry-After": "30"}),
            Fault.REDIRECT: lambda: RedirectResponse("https://elsewhere.example/", 302),
            Fault.CAPTIVE_PORTAL: lambda: HTMLResponse("<html><h1>Welcome to our Wi-Fi</h1></html>"),
        }
        return ready[fault]() if fault in ready else None

    async def _after(self, fault: Fault | None, response: Response) -> Response:
        if fault is Fault.LOST_ANSWER:
            raise ConnectionDropped
        if fault in (Fault.HANG, Fault.SLOW):
            await self.context.clock.sleep(60 if fault is Fault.HANG else 6)
        kind = response.headers.get("content-type", "")
        whole = bytes(response.body)
        ready: dict[Fault | None, Callable[[], Response]] = {
            Fault.EMPTY: lambda: Response(b"", 200, media_type=kind),
            Fault.TRUNCATED: lambda: Response(whole[: len(whole) // 2], 200, media_type=kind),
            Fault.NOT_JSON: lambda: Response("系統維護中", 200, media_type="text/plain"),
            Fault.HUGE: lambda: Response(b'{"a":"' + b"x" * (2 * 1024 * 1024) + b'"}', 200, media_type=kind),
            Fault.HTTP_500: lambda: HTMLResponse("<h1>Server Error</h1>", 500),
        }
        return ready[fault]() if fault in ready else response


async def form_of(request: Request) -> dict[str, str]:
    """Return the fields of a form body, or of the query string of a GET. Raises Refused for anything else."""
    try:
        raw = (await request.body()).decode("utf-8", "strict") if request.method == "POST" else request.url.query
        pairs = parse_qsl(raw, keep_blank_values=True, strict_parsing=True, max_num_fields=200)
    except ValueError as error:
        raise Refused("form", "not a form") from error
    if len({name for name, _ in pairs}) != len(pairs):
        raise Refused("form", "a field is repeated")
    return dict(pairs)


def rule(code: str, name: str, value: str, pattern: str) -> str:
    """Return ``value`` if all of it matches ``pattern``. Raises Refused."""
    if not re.fullmatch(pattern, value, re.ASCII | re.DOTALL):
        raise Refused(code, f"{name} is not valid")
    return value


def day_of(code: str, name: str, value: str) -> date:
    """Return the date written YYYYMMDD. Raises Refused."""
    try:
        return date.fromisoformat(rule(code, name, value, "[0-9]{8}"))
    except ValueError:
        raise Refused(code, f"{name} is not valid") from None


def compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def local(moment: datetime | None, form: str, zone: ZoneInfo = TAIPEI) -> str:
    return moment.astimezone(zone).strftime(form) if moment else ""
