"""The gateways. To add one, see docs/engineering/adding-a-gateway.md."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from pos.domain.payment import OrderNumbers
from pos.gateways.base import Gateway, GatewayConfig, Shop
from pos.gateways.mypay.client import Mypay
from pos.gateways.opay.client import Opay
from pos.gateways.qfpay.client import Qfpay
from pos.gateways.wanpay.client import Wanpay

if TYPE_CHECKING:
    from pos.gateways.http import Wire

GATEWAYS: dict[str, type[Gateway]] = {
    "opay": Opay,
    "wanpay": Wanpay,
    "qfpay": Qfpay,
    "mypay": Mypay,
}

TITLES: Final[Mapping[str, str]] = {name: kind.FACTS.title for name, kind in GATEWAYS.items()}
"""The gateways' own names, by key."""


def build(name: str, config: GatewayConfig, shop: Shop, wire: Wire, source: OrderNumbers) -> Gateway:
    """One gateway's client. Raises ConfigError where its settings or keys are not in order."""
    GATEWAYS[name].check_config(config)
    return GATEWAYS[name](config, shop, wire, source)
