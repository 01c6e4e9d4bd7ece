"""Where a gateway's requests go: the address, and the merchant that they name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """``merchant`` is the shop's number at the gateway. ``local``: the address is on this machine or in its
    network, as a simulator's."""

    gateway: str
    address: str
    merchant: str
    local: bool = False

    def body(self) -> dict[str, str | bool]:
        """Return the target as it is written into the journal."""
        found: dict[str, str | bool] = {"gateway": self.gateway, "address": self.address, "merchant": self.merchant}
        return {**found, "local": True} if self.local else found


def target_from(found: Mapping[str, object]) -> Target:
    """Return the target that :meth:`Target.body` wrote down."""
    gateway, address, merchant = (str(found.get(name, "")) for name in ("gateway", "address", "merchant"))
    return Target(gateway, address, merchant, bool(found.get("local")))
