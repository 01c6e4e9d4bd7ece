"""The only place that builds concrete objects. Modules that are slow to import are imported where they are used."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pos.assembly import Assembly, Ports, backups_in, seals_in
from pos.domain.gateway_facts import FactsInMemory
from pos.domain.payment import Tender
from pos.errors import ConfigError
from pos.gateway_setup import gateway_of
from pos.gateways import GATEWAYS
from pos.gateways.base import Gateway, Shop
from pos.i18n import Message
from pos.keyrings import GuardedKeyring, system_keyring
from pos.logs import Masker, install
from pos.people_secrets import PeopleSecrets
from pos.runtime import Bus, SystemClock
from pos.secrets import SecretStore
from pos.services.container import ServiceHost, Services
from pos.services.routes import Routes
from pos.settings import Settings, check_chosen
from pos.settings_reader import read_settings
from pos.shop_settings import settings_path

if TYPE_CHECKING:
    from pos.services.backups import Backups

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Register:
    """A built register. :attr:`host` opens and closes its services."""

    settings: Settings
    shop: Shop
    gateways: Mapping[str, Gateway]
    missing: Mapping[str, Message]
    bus: Bus
    routes: Routes
    host: ServiceHost
    data_dir: Path
    own: PeopleSecrets

    @property
    def services(self) -> Services:
        """The open services. Raises PosError while the register is closed."""
        return self.host.services


def register_for(config: str | None, data_dir: Path | None, *, read_only: bool = False, keys: bool = True) -> Register:
    """Build the register of a settings file, its keys and its data folder.

    Without ``keys`` it has no gateways, and no keyring is read. Raises ConfigError, and InputError if ``config`` does
    not exist.
    """
    check_chosen(config, os.environ)
    facts = {name: kind.FACTS for name, kind in GATEWAYS.items()}
    settings = read_settings(settings_path(config, os.environ), facts)
    folder, secrets = data_dir or default_data_dir(), secrets_for(config, data_dir)
    if not read_only:
        install(folder, Masker(secrets.values(facts) if keys else secrets_in(os.environ)))
    own = people_secrets_for(config, data_dir)
    return build_register(settings, secrets, folder, read_only=read_only, own=own, keys=keys)


def secrets_for(config: str | None, data_dir: Path | None) -> SecretStore:
    """Return the store of the merchant keys of a settings file and a data folder."""
    from pos.store.identity import identity_in

    key_dir, folder = settings_path(config, os.environ).parent, data_dir or default_data_dir()
    return SecretStore(folder, key_dir, os.environ, keyring_for(os.environ), identity_in(folder))


def recall_facts(register: Register) -> None:
    """Load the journal's facts about the gateways without opening the register; none if it cannot be read."""
    from pos.store.gateway_facts import read_gateway_facts

    facts = FactsInMemory(read_gateway_facts(register.data_dir, register.shop.register_id, SystemClock()))
    for gateway in register.gateways.values():
        gateway.facts = facts


def people_secrets_for(config: str | None, data_dir: Path | None) -> PeopleSecrets:
    """Return the secrets behind PINs; the keyring is loaded at their first use."""
    folder, key_dir = data_dir or default_data_dir(), settings_path(config, os.environ).parent
    return PeopleSecrets(lambda: SecretStore(folder, key_dir, os.environ, system_keyring()))


def backups_of(register: Register) -> Backups:
    """Return the backups of a register's journal, also of an open one; files are opened when they are used."""
    from pos.store.identity import identity_in

    folder = register.data_dir
    seals = seals_in(register.own, lambda: identity_in(folder).uid, folder)
    return backups_in(register.settings, folder, SystemClock(), seals=seals)


def keyring_for(environ: Mapping[str, str]) -> GuardedKeyring | None:
    """Return the system's keyring, or None if the keys are in the environment and no keyring is read."""
    return None if secrets_in(environ) else system_keyring()


def secrets_in(environ: Mapping[str, str]) -> list[str]:
    """Return the merchant keys in the environment."""
    return [value for name, value in environ.items() if name.startswith("POS_SECRET_")]


def default_data_dir() -> Path:
    """Return the operating system's folder for application data."""
    import platformdirs

    return Path(platformdirs.user_data_dir("counter", appauthor=False))


def build_register(
    settings: Settings,
    secrets: SecretStore,
    data_dir: Path,
    ports: Ports | None = None,
    *,
    read_only: bool = False,
    own: PeopleSecrets | None = None,
    keys: bool = True,
) -> Register:
    """Build the register of one shop; nothing is opened and nothing is sent. Without ``keys`` it has no gateways."""
    ports = ports or Ports()
    shop = shop_of(settings)
    gateways, missing = build_gateways(settings, secrets, shop, ports) if keys else ({}, {})
    tenders = {Tender(name): routes for name, routes in settings.tenders.items()}
    shown = [Tender(name) for name in settings.tender_keys]
    routes = Routes(tenders, gateways, missing, shop.currency, shown)
    bus, private = Bus(), own or PeopleSecrets(lambda: secrets)

    async def opening() -> Services:
        page_key = partial(secrets.internal, "pages", create=not read_only)
        joined = Assembly(
            settings, shop, gateways, routes, bus, data_dir, ports, secrets if keys else None, page_key, private
        )
        return await (joined.reading() if read_only else joined.working())

    return Register(settings, shop, gateways, missing, bus, routes, ServiceHost(opening), data_dir, private)


def build_gateways(
    settings: Settings, secrets: SecretStore, shop: Shop, ports: Ports
) -> tuple[dict[str, Gateway], dict[str, Message]]:
    """Return the gateways that are set up, and for each of the others a message why it is not."""
    gateways: dict[str, Gateway] = {}
    missing: dict[str, Message] = {}
    for name in GATEWAYS:
        try:
            gateways[name] = gateway_of(name, settings, secrets, shop, partial(ports.wire, name), ports.source)
        except ConfigError as error:
            missing[name] = error.message
    return gateways, missing


def shop_of(settings: Settings) -> Shop:
    """Return the data of the shop that the gateways need."""
    return Shop(
        name=settings.shop.name,
        register_id=settings.shop.register,
        currency=settings.shop.currency,
        timezone=ZoneInfo(settings.shop.timezone),
        server_url=settings.server.url.rstrip("/"),
        address=own_address(),
    )


def own_address() -> str:
    """Return this machine's address on the shop's network, else loopback. No packet is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # TEST-NET-1 (RFC 5737): only the routing table is used
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])
