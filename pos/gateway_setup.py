"""Build a gateway from its settings and keys."""

from __future__ import annotations

from collections.abc import Callable

from pos.gateways import GATEWAYS, build
from pos.gateways.base import Gateway, GatewayConfig, Shop
from pos.gateways.http import Wire
from pos.runtime import Randomness
from pos.secrets import SecretStore
from pos.settings import Settings


def gateway_of(
    name: str, settings: Settings, secrets: SecretStore, shop: Shop, wire: Callable[[], Wire], source: Randomness
) -> Gateway:
    """Return the gateway that settings and keys set up. Raises ConfigError that says what is missing or wrong."""
    kind, options = GATEWAYS[name], settings.gateway_options(name)
    if not options:  # a gateway without settings needs no keys
        kind.check_config(GatewayConfig({}, {}))
    config = GatewayConfig(options, secrets.for_gateway(kind.FACTS))
    settings.check_gateway(name)
    kind.check_config(config)
    return build(name, config, shop, wire(), source)
