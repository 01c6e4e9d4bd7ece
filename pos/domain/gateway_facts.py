"""Facts that the register stores about a gateway between payments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Protocol


@dataclass(frozen=True, slots=True)
class GatewayFact:
    """One remembered value. ``day`` is the shop day on which it was last confirmed at ``address``."""

    value: str
    address: str
    day: date


class GatewayFacts(Protocol):
    """A store of facts about gateways."""

    def get(self, gateway: str, name: str) -> GatewayFact | None:
        """Return the fact, None if there is none."""
        ...

    def keep(self, gateway: str, name: str, fact: GatewayFact) -> None:
        """Store ``fact`` and replace the previous one. Raises StoreError."""
        ...


class FactsInMemory:
    """Facts by gateway and name, lost when the program ends."""

    def __init__(self, known: Mapping[tuple[str, str], GatewayFact] = MappingProxyType({})) -> None:
        self._facts = dict(known)

    def get(self, gateway: str, name: str) -> GatewayFact | None:
        return self._facts.get((gateway, name))

    def keep(self, gateway: str, name: str, fact: GatewayFact) -> None:
        self._facts[gateway, name] = fact
