"""The only place that builds concrete objects and joins them. What is slow to import is imported where it is needed."""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pos.domain.payment import Tender
from pos.errors import ConfigError
from pos.gateways import GATEWAYS, build
from pos.gateways.base import Gateway, GatewayConfig, Shop
from pos.gateways.http import Wire
from pos.i18n import Message
from pos.runtime import Bus, Clock, SystemClock
from pos.secrets import SecretStore
from pos.services.desk import Desk, Opened
from pos.services.routes import Routes
from pos.settings import Settings
from pos.store.folder import DataFolder

if TYPE_CHECKING:
    import httpx

    from pos.services.attempts import Randomness
    from pos.services.payments import Payments


@dataclass(frozen=True)
class Ports:
    """The outside world, each part replaceable: time, randomness, and the network."""

    clock: Clock = field(default_factory=SystemClock)
    source: Randomness = field(default_factory=random.SystemRandom)
    transport: Callable[[], httpx.AsyncBaseTransport | None] = lambda: None


@dataclass(frozen=True)
class Register:
    """A built register, not opened yet."""

    settings: Settings
    shop: Shop
    gateways: Mapping[str, Gateway]
    missing: Mapping[str, Message]
    bus: Bus
    desk: Desk
    data_dir: Path


def build_register(settings: Settings, secrets: SecretStore, data_dir: Path, ports: Ports | None = None) -> Register:
    """Join everything for one shop; nothing is opened and nothing is sent."""
    ports = ports or Ports()
    shop = shop_of(settings)
    gateways, missing = build_gateways(settings, secrets, shop, ports)
    tenders = {Tender(name): routes for name, routes in settings.tenders.items()}
    routes = Routes(tenders, gateways, missing, shop.currency)
    bus = Bus()

    async def opening() -> Opened:
        return await _open(settings, shop, gateways, routes, bus, data_dir, ports)

    return Register(settings, shop, gateways, missing, bus, Desk(routes, opening, shop.currency), data_dir)


def build_gateways(
    settings: Settings, secrets: SecretStore, shop: Shop, ports: Ports
) -> tuple[dict[str, Gateway], dict[str, Message]]:
    """The gateways that are set up, and in words why the others are not."""
    gateways: dict[str, Gateway] = {}
    missing: dict[str, Message] = {}
    for name, kind in GATEWAYS.items():
        config = GatewayConfig(settings.gateway_options(name), secrets.for_gateway(kind.FACTS))
        try:
            settings.check_gateway(name)
            kind.check_config(config)
        except ConfigError as error:
            missing[name] = error.message
            continue
        gateways[name] = build(name, config, shop, Wire(name, ports.clock, ports.transport()), ports.source)
    return gateways, missing


def shop_of(settings: Settings) -> Shop:
    """What the gateways must know of the shop."""
    return Shop(
        name=settings.shop.name,
        register_id=settings.shop.register,
        currency=settings.shop.currency,
        timezone=ZoneInfo(settings.shop.timezone),
        server_url=settings.server.url.rstrip("/"),
        address=own_address(),
    )


def own_address() -> str:
    """The address of this machine on the shop's network, without a packet being sent; loopback without one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # TEST-NET-1 (RFC 5737): only the routing table is asked
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


async def _open(
    settings: Settings,
    shop: Shop,
    gateways: Mapping[str, Gateway],
    routes: Routes,
    bus: Bus,
    data_dir: Path,
    ports: Ports,
) -> Opened:
    from pos.services.attempts import Attempts
    from pos.services.payments import Payments
    from pos.store.database import FILE_NAME, Database
    from pos.store.payments import PaymentStore

    folder = DataFolder(data_dir)
    folder.hold()
    try:
        database = Database(data_dir / FILE_NAME)
    except BaseException:
        folder.release()
        raise
    store = PaymentStore(database, shop.register_id, ports.clock)
    payments = Payments(Attempts(store, gateways, ports.clock, ports.source, bus), routes, shop.register_id)
    stop_pages = await _serve_pages(settings, payments)

    async def end() -> None:
        await stop_pages()
        await asyncio.gather(*(gateway.wire.aclose() for gateway in gateways.values()))
        database.close()
        folder.release()

    return Opened(payments, end)


async def _serve_pages(settings: Settings, payments: Payments) -> Callable[[], Awaitable[None]]:
    """The register's own page server, where the settings give it an address to listen on."""
    if not settings.server.listen:
        return _nothing
    from pos.server.app import page_app
    from pos.server.serve import PageServer

    host, _, port = settings.server.listen.rpartition(":")
    server = PageServer(page_app(payments), host, int(port))
    await server.start()
    return server.stop


async def _nothing() -> None:
    """What there is to stop where nothing was started."""
