"""The gateways as one application: dialects, control and phone under one address."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import replace
from email.utils import format_datetime
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.routing import Mount

from pos.runtime import Clock
from pos.simulator.base import Dialect, SimulatorContext
from pos.simulator.control import control_routes
from pos.simulator.dialects import DIALECTS
from pos.simulator.notices import Notifier
from pos.simulator.orders import SimOrder
from pos.simulator.phone import phone_routes
from pos.simulator.scenarios import NoticeFault, Scenarios

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Scope = MutableMapping[str, Any]


class Simulator:
    """The simulator. ``source`` is the only source of randomness; without ``notifier`` no notifications are sent."""

    def __init__(
        self, clock: Clock, source: random.Random, *, strict: bool = True, notifier: Notifier | None = None
    ) -> None:
        self.scenarios = Scenarios(source)
        self.scenarios.strict = strict
        self.context = SimulatorContext(clock, source, self.scenarios)
        self.orders = self.context.orders
        self.dialects: dict[str, Dialect] = {kind.name: kind(self.context) for kind in DIALECTS}
        if notifier is not None:
            self.context.on_paid = partial(self.notify, notifier)
        self.app = _GatewayDate(self._starlette(), self.context)

    @property
    def credentials(self) -> dict[str, dict[str, str]]:
        """The test merchants by gateway, with the names of the settings and keys."""
        return {name: dict(dialect.credentials) for name, dialect in self.dialects.items()}

    def notify(self, notifier: Notifier, order: SimOrder) -> None:
        """Send the notification of a paid order to the shop, with the fault of the scenario."""
        fault = self.scenarios.notice_fault
        named = replace(order, number=f"X{order.number[1:]}") if fault is NoticeFault.STRANGER else order
        notifier.post(self.dialects[order.gateway].notification(named), fault)

    def announcement(self, base_url: str, addresses: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Return what ``pos simulator`` prints first; ``addresses`` are the addresses by gateway."""
        self.context.base_url = base_url
        urls = {name: f"{base_url}/{name}" for name in (*self.dialects, "phone", "control")}
        return {**urls, **(addresses or {}), "credentials": self.credentials}

    def _starlette(self) -> Starlette:
        mounts = [Mount(f"/{name}", routes=dialect.routes()) for name, dialect in self.dialects.items()]
        mounts.append(Mount("/phone", routes=phone_routes(self.context)))
        mounts.append(Mount("/control", routes=control_routes(self.context)))
        return Starlette(routes=mounts)


class _GatewayDate:
    """Middleware that sets the ``Date`` header by the gateways' clock."""

    def __init__(self, app: Starlette, context: SimulatorContext) -> None:
        self._app = app
        self._context = context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                date = format_datetime(self._context.now(), usegmt=True).encode()
                kept = [(name, value) for name, value in message["headers"] if name.lower() != b"date"]
                message["headers"] = [*kept, (b"date", date)]
            await send(message)

        await self._app(scope, receive, dated)
