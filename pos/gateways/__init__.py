"""The gateways. To add one, see docs/engineering/adding-a-gateway.md."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from pos.domain.payment import Attempt, RandomSource
from pos.gateways.base import Gateway, GatewayConfig, Shop
from pos.gateways.capabilities import Capability, Operations
from pos.gateways.mypay.client import Mypay
from pos.gateways.opay.client import Opay
from pos.gateways.opay_periodic.client import OpayPeriodic
from pos.gateways.qfpay.client import Qfpay
from pos.gateways.wanpay.client import Wanpay

if TYPE_CHECKING:
    from pos.gateways.http import Wire

GATEWAYS: dict[str, type[Gateway]] = {
    "opay": Opay,
    "wanpay": Wanpay,
    "qfpay": Qfpay,
    "mypay": Mypay,
    "opay_periodic": OpayPeriodic,
}

TITLES: Final[Mapping[str, str]] = {name: kind.FACTS.title for name, kind in GATEWAYS.items()}
"""The gateways' own names, by key."""


def can(name: str, capability: Capability) -> bool:
    """Return whether a gateway has a capability; none has it under a name that is not in the registry."""
    return name in GATEWAYS and capability in GATEWAYS[name].FACTS.capabilities


def names_with(capability: Capability) -> tuple[str, ...]:
    """Return the names of the gateways with a capability, in the order of the registry."""
    return tuple(name for name in GATEWAYS if can(name, capability))


def titles_with(capability: Capability) -> str:
    """Return the titles of the gateways with a capability, for a sentence."""
    return " / ".join(TITLES[name] for name in names_with(capability))


def title_of(name: str) -> str:
    """Return the title of a gateway, the name itself if it is not in the registry."""
    return TITLES.get(name, name)


def operations_with(gateways: Mapping[str, Gateway], capability: Capability) -> Mapping[str, Operations]:
    """Return the commands of those of ``gateways`` that have a capability, by name."""
    return {name: one.operations() for name, one in gateways.items() if capability in one.FACTS.capabilities}


def is_held(attempt: Attempt) -> bool:
    """Return whether, by its last answer, the gateway holds the money of ``attempt`` without having captured it."""
    code = GATEWAYS[attempt.gateway].FACTS.held_code if attempt.gateway in GATEWAYS else ""
    return bool(code) and attempt.code == code


def build(name: str, config: GatewayConfig, shop: Shop, wire: Wire, source: RandomSource) -> Gateway:
    """Return a gateway's client. Raises ConfigError if its settings or keys are missing or malformed."""
    GATEWAYS[name].check_config(config)
    return GATEWAYS[name](config, shop, wire, source)
