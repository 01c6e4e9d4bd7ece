"""The gateways. To add one: write its file, add its line here, write its dialect in the simulator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pos.domain.payment import RandomSource
from pos.gateways.base import Gateway, GatewayConfig, Shop
from pos.gateways.mypay import Mypay
from pos.gateways.opay import Opay
from pos.gateways.qfpay import Qfpay
from pos.gateways.wanpay import Wanpay

if TYPE_CHECKING:
    from pos.gateways.http import Wire

GATEWAYS: dict[str, type[Gateway]] = {
    "opay": Opay,
    "wanpay": Wanpay,
    "qfpay": Qfpay,
    "mypay": Mypay,
}


def build(name: str, config: GatewayConfig, shop: Shop, wire: Wire, source: RandomSource) -> Gateway:
    """One gateway's client. Raises ConfigError where its settings or keys are not in order."""
    GATEWAYS[name].check_config(config)
    return GATEWAYS[name](config, shop, wire, source)
