"""What the register remembers of a gateway between payments."""

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
    """Where gateways keep their facts."""

    def get(self, gateway: str, name: str) -> GatewayFact | None:
        """Return the fact, None if there is none."""
        ...

    def keep(self, gateway: str, name: str, fact: GatewayFact) -> None:
        """Remember ``fact`` in place of the one before. Raises StoreError."""
        ...


class FactsInMemory:
    """Facts by gateway and name, forgotten when the program ends."""

    def __init__(self, known: Mapping[tuple[str, str], GatewayFact] = MappingProxyType({})) -> None:
        self._facts = dict(known)

    def get(self, gateway: str, name: str) -> GatewayFact | None:
        return self._facts.get((gateway, name))

    def keep(self, gateway: str, name: str, fact: GatewayFact) -> None:
        self._facts[gateway, name] = fact
